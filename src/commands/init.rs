//! `turnback init`

use std::path::Path;

use super::Failure;
use crate::report::{Document, scaffold_document};
use crate::sets::init_project;

/// Make turnback.toml, migrations/ and rollbacks/ here
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Writes the files of a project.
pub fn run(_args: &Args) -> Result<Document, Failure> {
    let written = init_project(Path::new(""))?;
    Ok(scaffold_document("init", &written, "turnback new <name> makes the first migration"))
}
