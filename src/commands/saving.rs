//! What is saved of what scripts destroy, for the commands that run them.

use crate::engine::Saving;

/// What is saved before it is destroyed.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct SavingArgs {
    /// How much is saved of what the scripts destroy
    #[arg(long, value_enum, value_name = "EXTENT", default_value_t)]
    backup: Extent,
    /// Save nothing of what the scripts destroy: it is lost for good
    #[arg(long, conflicts_with = "backup")]
    no_backup: bool,
}

/// How much is saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum Extent {
    /// The values and rows that are destroyed
    #[default]
    Auto,
    /// Every table the scripts change, whole
    Full,
}

impl SavingArgs {
    /// What was asked for.
    pub const fn saving(self) -> Saving {
        match (self.no_backup, self.backup) {
            (true, _) => Saving::Nothing,
            (false, Extent::Auto) => Saving::Destroyed,
            (false, Extent::Full) => Saving::Full,
        }
    }
}
