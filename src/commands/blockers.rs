//! What becomes of sessions that hold a lock for too long, for the commands that wait for locks.

use super::confirm::need_terminal_or;
use super::{Context, Failure};
use crate::ui::Ending;

/// Whether they may be ended.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct BlockerArgs {
    /// End sessions that hold a lock beyond --ddl-lock-timeout; each time the operator is asked
    #[arg(long)]
    terminate_blockers: bool,
}

impl BlockerArgs {
    /// What was asked for. Without a terminal the agreement has to be given beforehand.
    pub fn ending(self, context: &Context, force: bool) -> Result<Ending, Failure> {
        if !self.terminate_blockers {
            return Ok(Ending::Never);
        }
        if force || context.assume_yes {
            return Ok(Ending::Always);
        }
        need_terminal_or("--terminate-blockers", "--yes or --force ends them without asking")?;
        Ok(Ending::Ask(context.interrupt.clone()))
    }
}
