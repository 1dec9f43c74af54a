//! `turnback new`

use time::OffsetDateTime;
use time::macros::format_description;

use super::{Context, Failure};
use crate::model::Version;
use crate::report::{Document, scaffold_document};
use crate::sets::new_migration;
use crate::settings::Settings;

/// Make an empty migration and its rollback
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What it does, in letters, digits and underscores: `add_last_seen`
    name: String,
    /// Its version; by default one more than the highest
    #[arg(long, value_name = "VERSION", conflicts_with = "timestamp")]
    version: Option<Version>,
    /// Take the time as the version, in UTC: 20260131120000
    #[arg(long)]
    timestamp: bool,
}

/// Writes the two files.
pub fn run(args: &Args, context: &mut Context) -> Result<Document, Failure> {
    let (migrations, rollbacks) =
        Settings::project_directories(&context.flags, &context.environment)?;
    let version = if args.timestamp { Some(now()) } else { args.version };
    let written = new_migration(&migrations, &rollbacks, &args.name, version)?;
    Ok(scaffold_document("new", &written, "write both, then turnback plan"))
}

fn now() -> Version {
    let format = format_description!("[year][month][day][hour][minute][second]");
    let text = OffsetDateTime::now_utc().format(format).expect("the format's parts are all there");
    text.parse().expect("a formatted time is digits")
}
