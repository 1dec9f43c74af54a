//! `turnback plan`

use super::{Context, Failure};
use crate::engine::{foresee_saving, survey};
use crate::model::Version;
use crate::plan::Request;
use crate::report::{Document, plan_document};

/// Show what migrate would do, and change nothing
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The last version to apply
    #[arg(long, value_name = "VERSION")]
    to: Option<Version>,
}

/// Reads and plans; writes nothing.
pub fn run(args: &Args, context: &mut Context) -> Result<Document, Failure> {
    let mut work = context.open()?;
    let (session, job) = work.split();
    let plan = survey(session, &job, Request::Migrate { to: args.to })?.plan;
    let foresight = foresee_saving(session, &job, &plan)?;
    Ok(plan_document("plan", &context.subject, &plan, &foresight))
}
