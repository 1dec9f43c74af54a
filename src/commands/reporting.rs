//! Reports of a run, for the commands that change a database.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::file::{replace, try_replacing};
use super::{Context, Failure};
use crate::database::Session;
use crate::engine::{Circumstances, EngineError, Observer, Recorder, RunOutcome, Timeline};
use crate::model::{Problem, ProblemKind, Target};
use crate::plan::Plan;
use crate::report::{Document, timeline_html, timeline_json};
use crate::settings::{Connection, Settings};

/// Where a report of the run goes.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ReportArgs {
    /// Write the time line of the run to a file, whatever comes of it: a page (.html) or JSON (.json);
    /// may be given more than once
    #[arg(long, value_name = "FILE", conflicts_with_all = ["dry_run", "verify_only"])]
    report: Vec<PathBuf>,
}

/// The forms of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Html,
}

/// The reports of a run that goes on.
pub struct Reports {
    files: Vec<(PathBuf, Form)>,
    recorder: Recorder,
    circumstances: Circumstances,
}

impl ReportArgs {
    /// Looks whether the files can be written, before anything is done.
    pub fn begin(&self, command: &'static str) -> Result<Reports, Failure> {
        let mut files = Vec::with_capacity(self.report.len());
        for file in &self.report {
            let form = form(file)?;
            try_replacing(file).map_err(|error| {
                let message = format!("cannot write the report {}: {error}", file.display());
                Problem::new(ProblemKind::Io, message)
                    .note("nothing was run")
                    .hint("name a file in a directory that exists and may be written to")
            })?;
            files.push((file.clone(), form));
        }
        Ok(Reports {
            files,
            recorder: Recorder::new(command),
            circumstances: Circumstances::default(),
        })
    }
}

fn form(file: &Path) -> Result<Form, Failure> {
    let ending = file.extension().and_then(OsStr::to_str).map(str::to_ascii_lowercase);
    match ending.as_deref() {
        Some("json") => Ok(Form::Json),
        Some("html" | "htm") => Ok(Form::Html),
        _ => {
            let message = format!(
                "the name of the report {} ends neither in .html nor in .json",
                file.display()
            );
            Err(Problem::new(ProblemKind::Usage, message)
                .hint("a page for people ends in .html, JSON for machines in .json")
                .into())
        }
    }
}

impl Reports {
    /// Notes where the run takes place.
    pub fn locate(&mut self, settings: &Settings) {
        if let Connection::Postgres(parameters) = &settings.connection {
            self.circumstances.role = Some(parameters.user.clone());
        }
        self.circumstances.schema.clone_from(&settings.schema);
    }

    /// Carries a plan out, and writes its time line where somebody wants it.
    pub fn watch(
        &mut self,
        (session, target): (&mut dyn Session, &Target),
        plan: Plan,
        observer: &mut dyn Observer,
        run: impl FnOnce(&mut dyn Session, Plan, &mut dyn Observer) -> Result<RunOutcome, EngineError>,
    ) -> Result<RunOutcome, EngineError> {
        if self.files.is_empty() {
            return run(session, plan, observer);
        }
        self.recorder.prepare(session, target, &plan)?;
        let outcome = run(session, plan, &mut self.recorder.watch(observer));
        self.recorder.conclude(session, target, &outcome);
        outcome
    }

    /// The run is over, one way or another: writes the reports. That one cannot be written changes
    /// nothing of what was done, but the exit code.
    pub fn end(
        self,
        context: &Context,
        outcome: Result<Document, Failure>,
    ) -> Result<Document, Failure> {
        let Self { files, recorder, mut circumstances } = self;
        if files.is_empty() {
            return outcome;
        }
        circumstances.database.clone_from(&context.subject.database);
        circumstances.set.clone_from(&context.subject.set);
        circumstances.operator = whoami::username().ok();
        circumstances.host = whoami::hostname().ok();
        circumstances.exit_code = match &outcome {
            Ok(document) => document.exit_code,
            Err(Failure(problem)) => problem.kind.exit_code(),
        };
        let problem = outcome.as_ref().err().map(|Failure(problem)| &**problem);
        let timeline = recorder.timeline(circumstances, problem);
        let (mut written, mut faults) = (Vec::new(), Vec::new());
        for (file, form) in &files {
            match replace(file, &rendered(&timeline, *form)) {
                Ok(()) => written.push(file.display().to_string()),
                Err(error) => faults
                    .push(format!("the report {} could not be written: {error}", file.display())),
            }
        }
        for file in &written {
            context.printer.note(&format!("the report of this run is in {file}"));
        }
        for fault in &faults {
            context.printer.ground(&format!("error: {fault}\n"));
        }
        outcome.map(|mut document| {
            document.body.insert("reports".to_owned(), json!(written));
            if !faults.is_empty() {
                document.body.insert("report_errors".to_owned(), json!(faults));
                document.exit_code = document.exit_code.max(ProblemKind::Io.exit_code());
            }
            document
        })
    }
}

fn rendered(timeline: &Timeline, form: Form) -> String {
    match form {
        Form::Json => format!("{:#}\n", timeline_json(timeline)),
        Form::Html => timeline_html(timeline),
    }
}
