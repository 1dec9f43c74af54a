//! Which hazards are accepted, for the commands that plan.

use std::collections::BTreeSet;

use super::{Context, Failure};
use crate::settings::allowed_hazards;

/// The hazards that are.
#[expect(clippy::doc_markdown, reason = "the doc comments are the help")]
#[derive(Debug, Clone, Default, clap::Args)]
pub struct HazardArgs {
    /// Accept a hazard for this run; can be repeated [env: TURNBACK_ALLOW_HAZARD]
    #[arg(long = "allow-hazard", value_name = "ID", value_delimiter = ',')]
    allowed: Vec<String>,
}

impl HazardArgs {
    /// What is accepted is known before a database is opened.
    pub fn allowed(&self, context: &Context) -> Result<BTreeSet<String>, Failure> {
        Ok(allowed_hazards(&self.allowed, &context.environment).map_err(|it| *it)?)
    }
}
