//! `turnback snapshot`

use std::ffi::OsStr;
use std::path::PathBuf;

use super::file::replace;
use super::sources::scope_of;
use super::{Context, Failure};
use crate::catalog::{Catalog, catalog_text, write_snapshot};
use crate::model::{Problem, ProblemKind};
use crate::report::{Document, snapshot_document};
use crate::ui::Format;

/// Export the catalog of the database: to keep, to compare with, or to review
#[derive(Debug, clap::Args)]
pub struct Args {
    /// JSON, which diff and verify read, or SQL for people [default: as the file's name ends, else
    /// as --format says]
    #[arg(long, value_enum)]
    form: Option<Form>,
    /// The schemas to export, separated by commas [default: the one of --schema, else all]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    schemas: Vec<String>,
    /// The file to write instead of stdout
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// The snapshot itself
    Json,
    /// Text that reads like SQL
    Sql,
}

/// Reads, and writes nothing but the file.
pub fn run(args: &Args, context: &mut Context) -> Result<Document, Failure> {
    let form = form(args, context.printer.format())?;
    let mut live = context.open_database()?;
    let engine = live.session.capabilities().engine;
    let scope = scope_of(engine, &args.schemas, live.settings.schema.as_deref())?;
    let catalog = live.session.read_catalog(&scope)?;
    let text = written(&catalog, form);
    match &args.output {
        None => Ok(Document::verbatim("snapshot", text)),
        Some(file) => {
            replace(file, &text).map_err(|error| {
                let message = format!("cannot write {}: {error}", file.display());
                Problem::new(ProblemKind::Io, message)
            })?;
            Ok(snapshot_document(&catalog, file))
        }
    }
}

fn form(args: &Args, format: Format) -> Result<Form, Failure> {
    let ending = args.output.as_ref().map(|file| file.extension().and_then(OsStr::to_str));
    match (args.form, ending) {
        (Some(form), _) => Ok(form),
        (None, Some(Some("json"))) => Ok(Form::Json),
        (None, Some(Some("sql"))) => Ok(Form::Sql),
        (None, Some(_)) => {
            let message = "the file's name ends neither in .json nor in .sql";
            Err(Problem::new(ProblemKind::Usage, message)
                .hint("--form json writes what diff and verify read, --form sql what people read")
                .into())
        }
        (None, None) if format == Format::Json => Ok(Form::Json),
        (None, None) => Ok(Form::Sql),
    }
}

fn written(catalog: &Catalog, form: Form) -> String {
    match form {
        Form::Json => write_snapshot(catalog),
        Form::Sql => catalog_text(catalog),
    }
}
