//! `turnback diff`

use super::scratch::ScratchArgs;
use super::sources::{Wanted, catalogs};
use super::{Context, Failure};
use crate::catalog::differences;
use crate::report::{Compared, Document, diff_document};

/// Compare two of: databases, snapshots, sets
///
/// Each is a database URL, a file that `turnback snapshot` wrote, set:NAME for a bundled set,
/// dir:PATH for migrations of your own, or `.` for the database of -D. Sets are built on a
/// throwaway database.
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
    #[command(flatten)]
    scratch: ScratchArgs,
}

/// Reads both and compares; writes nothing but throwaway databases.
pub fn run(args: &Args, context: &mut Context) -> Result<Document, Failure> {
    let Args { from, to, schemas, scratch } = args;
    let wanted = Wanted { sources: [from, to], schemas, scratch };
    let [expected, actual] = catalogs(context, &wanted)?;
    let found = differences(&expected.catalog, &actual.catalog);
    let compared = Compared {
        expected: expected.name,
        actual: actual.name,
        objects: actual.catalog.objects.len(),
    };
    Ok(diff_document(&compared, &found))
}
