//! `turnback sets`

use std::path::PathBuf;

use super::{Context, Failure};
use crate::report::{Document, scaffold_document, sets_document};
use crate::sets::{bundled, export, load_bundled};

/// List the bundled sets, or write one out to own and edit
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Write a set's files to <DIR>/migrations and <DIR>/rollbacks
    Export {
        /// The set
        name: String,
        /// The directory
        dir: PathBuf,
    },
}

/// Lists or exports.
pub fn run(args: &Args, context: &mut Context) -> Result<Document, Failure> {
    match &args.action {
        None => {
            let sets = bundled()
                .iter()
                .map(|set| Ok((set, load_bundled(set.name())?)))
                .collect::<Result<Vec<_>, Failure>>()?;
            Ok(sets_document(&sets))
        }
        Some(Action::Export { name, dir }) => {
            let written = export(name, dir)?;
            context.subject.set = Some(name.clone());
            let migrations = dir.join("migrations");
            let next = format!("turnback migrate --migrations-dir {}", migrations.display());
            Ok(scaffold_document("sets export", &written, &next))
        }
    }
}
