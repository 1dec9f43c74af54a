//! `turnback diff`

use super::sources::{Wanted, catalogs};
use super::{Context, Failure};
use crate::catalog::differences;
use crate::report::{Compared, Document, diff_document};
use crate::settings::ScratchFlags;

/// Compare two of: databases, snapshots, sets
///
/// Each is a database URL, a file that `turnback snapshot` wrote, set:NAME for a bundled set,
/// dir:PATH for migrations of your own, or `.` for the database of -D. Sets are built on a
/// throwaway database.
#[expect(clippy::doc_markdown, reason = "the doc comments are the help")]
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What should be
    #[arg(value_name = "FROM")]
    from: String,
    /// What is
    #[arg(value_name = "TO", default_value = ".")]
    to: String,
    /// The schemas to compare, separated by commas [default: the one of --schema, else all]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    schemas: Vec<String>,
    /// Where sets are built: temporary, same-server, or a server's URL [env: TURNBACK_SCRATCH]
    /// [default: temporary]
    #[arg(long, value_name = "WHERE")]
    scratch: Option<String>,
    /// Fetch no server to build sets on [env: TURNBACK_OFFLINE]
    #[arg(long)]
    offline: bool,
}

/// Reads both and compares; writes nothing but throwaway databases.
pub fn run(args: &Args, context: &mut Context) -> Result<Document, Failure> {
    let Args { from, to, schemas, scratch, offline } = args;
    let wanted = Wanted {
        sources: [from, to],
        schemas,
        scratch: ScratchFlags { scratch: scratch.clone(), offline: *offline },
    };
    let [expected, actual] = catalogs(context, &wanted)?;
    let found = differences(&expected.catalog, &actual.catalog);
    let compared = Compared {
        expected: expected.name,
        actual: actual.name,
        objects: actual.catalog.objects.len(),
    };
    Ok(diff_document(&compared, &found))
}
