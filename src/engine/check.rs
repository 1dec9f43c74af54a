//! Behaviour checks: what a set promises, tried on the live database and undone.

use super::savepoint::{Undone, statement_error, undo_to};
use super::{EngineError, Observer, Progress};
use crate::database::error::Position;
use crate::database::{DatabaseError, Rows, Session};
use crate::model::{Excerpt, Target};
use crate::plan::PlanError;
use crate::sets::{MigrationSet, Script};
use crate::sql::{Check, CheckFile, Trial, parse_checks};

/// What came of one check.
#[derive(Debug)]
pub struct CheckDone {
    /// The file it stands in.
    pub file: String,
    /// What it holds, in a sentence.
    pub name: String,
    /// Whether it does.
    pub verdict: Verdict,
}

/// Whether a check holds.
#[derive(Debug)]
pub enum Verdict {
    /// It does.
    Passed,
    /// It could not be tried here; the condition says why.
    Skipped(String),
    /// It does not.
    Failed(Box<CheckFailure>),
}

/// Why a check does not hold.
#[derive(Debug)]
pub struct CheckFailure {
    /// The statement.
    pub place: Excerpt,
    /// Which row, where the statement names its rows.
    pub what: Option<String>,
    /// What was expected.
    pub expected: String,
    /// What came.
    pub actual: String,
}

/// Runs every check of a set. Each file is one transaction, each check a savepoint; both are
/// undone. An error is one of the run itself, not of a check.
pub fn check(
    session: &mut dyn Session,
    target: &Target,
    set: &MigrationSet,
    observer: &mut dyn Observer,
) -> Result<Vec<CheckDone>, EngineError> {
    let engine = session.capabilities().engine;
    // All files are read before the first is run.
    let files = set
        .checks
        .iter()
        .map(|script| Ok((script, parse_checks(engine, &script.file, &script.stored.text)?)))
        .collect::<Result<Vec<_>, PlanError>>()?;
    let mut done = Vec::new();
    for (script, file) in &files {
        session.begin_trial(target)?;
        let outcome = run_file(session, target, script, file, observer, &mut done);
        session.end_trial()?;
        outcome?;
    }
    Ok(done)
}

fn run_file(
    session: &mut dyn Session,
    target: &Target,
    script: &Script,
    file: &CheckFile,
    observer: &mut dyn Observer,
    done: &mut Vec<CheckDone>,
) -> Result<(), EngineError> {
    let tell = |name: &str, verdict| CheckDone {
        file: script.file.clone(),
        name: name.to_owned(),
        verdict,
    };
    let mut ready = Undone::Trial;
    for check in &file.checks {
        if ready == Undone::Trial
            && let Some(failure) = set_up(session, script, file)?
        {
            done.push(tell("the set-up runs", Verdict::Failed(Box::new(failure))));
            return Ok(());
        }
        observer.notice(Progress::CheckStarted { name: &check.name });
        session.try_statement("SAVEPOINT turnback_check")?;
        let verdict = run_check(session, script, check)?;
        done.push(tell(&check.name, verdict));
        ready = undo_to(session, "turnback_check")?;
        if ready == Undone::Trial {
            session.end_trial()?;
            session.begin_trial(target)?;
        }
    }
    Ok(())
}

fn set_up(
    session: &mut dyn Session,
    script: &Script,
    file: &CheckFile,
) -> Result<Option<CheckFailure>, DatabaseError> {
    for trial in &file.set_up {
        if let Err(error) = session.try_statement(text_of(script, trial)) {
            return Ok(Some(unexpected(script, trial, &statement_error(error)?)));
        }
    }
    Ok(None)
}

fn run_check(
    session: &mut dyn Session,
    script: &Script,
    check: &Check,
) -> Result<Verdict, DatabaseError> {
    match skips(session, script, check)? {
        Some(verdict) => Ok(verdict),
        None => try_all(session, script, check),
    }
}

fn skips(
    session: &mut dyn Session,
    script: &Script,
    check: &Check,
) -> Result<Option<Verdict>, DatabaseError> {
    let Some(condition) = &check.skip_unless else { return Ok(None) };
    match session.try_statement(&format!("SELECT ({condition})")) {
        Ok(rows) => {
            let value = rows.rows.first().and_then(|row| row.first()).cloned().flatten();
            let holds = value.is_some_and(|value| value == "t" || value == "1");
            Ok((!holds).then(|| Verdict::Skipped(condition.clone())))
        }
        Err(error) => {
            let failure = CheckFailure {
                place: excerpt(script, check.at.line),
                what: None,
                expected: "a condition that can be evaluated".to_owned(),
                actual: with_code(&statement_error(error)?),
            };
            Ok(Some(Verdict::Failed(Box::new(failure))))
        }
    }
}

fn try_all(
    session: &mut dyn Session,
    script: &Script,
    check: &Check,
) -> Result<Verdict, DatabaseError> {
    let mut asserted = false;
    for trial in &check.statements {
        let failure = if let Some(code) = &trial.expect_error {
            asserted = true;
            try_refused(session, script, trial, code)?
        } else {
            match session.try_statement(text_of(script, trial)) {
                Ok(rows) => compare(script, trial, &rows, &mut asserted),
                Err(error) => Some(unexpected(script, trial, &statement_error(error)?)),
            }
        };
        if let Some(failure) = failure {
            return Ok(Verdict::Failed(Box::new(failure)));
        }
    }
    if asserted {
        return Ok(Verdict::Passed);
    }
    Ok(Verdict::Failed(Box::new(CheckFailure {
        place: excerpt(script, check.at.line),
        what: None,
        expected: "at least one row with the columns expected and actual, or an error".to_owned(),
        actual: "the check asserts nothing".to_owned(),
    })))
}

/// A statement that must fail, in a savepoint of its own.
fn try_refused(
    session: &mut dyn Session,
    script: &Script,
    trial: &Trial,
    code: &str,
) -> Result<Option<CheckFailure>, DatabaseError> {
    session.try_statement("SAVEPOINT turnback_refused")?;
    let outcome = session.try_statement(text_of(script, trial));
    let error = outcome.map_or_else(|error| statement_error(error).map(Some), |_| Ok(None))?;
    let undone = undo_to(session, "turnback_refused")?;
    let actual = error.map_or(Some("it succeeded".to_owned()), |error| {
        let said = with_code(&error);
        match undone {
            Undone::Trial => Some(format!("{said}; it undid the whole transaction")),
            Undone::Savepoint => (error.code() != Some(code)).then_some(said),
        }
    });
    Ok(actual.map(|actual| CheckFailure {
        place: Excerpt::of_offset(&script.file, &script.stored.text, trial.span.start),
        what: None,
        expected: format!("error {code}"),
        actual,
    }))
}

/// The first row whose values differ. A result without the two columns asserts nothing.
fn compare(
    script: &Script,
    trial: &Trial,
    rows: &Rows,
    asserted: &mut bool,
) -> Option<CheckFailure> {
    let column = |name: &str| rows.columns.iter().position(|column| column == name);
    let (expected, actual) = (column("expected")?, column("actual")?);
    *asserted |= !rows.rows.is_empty();
    let place = || Excerpt::of_offset(&script.file, &script.stored.text, trial.span.start);
    if rows.rows.is_empty() {
        return Some(CheckFailure {
            place: place(),
            what: None,
            expected: "at least one row".to_owned(),
            actual: "no row".to_owned(),
        });
    }
    let shown = |value: &Option<String>| match value.as_deref() {
        None => "NULL".to_owned(),
        // Not to be taken for none.
        Some("NULL") => "'NULL'".to_owned(),
        Some(value) => value.to_owned(),
    };
    let wrong = rows.rows.iter().find(|row| row[expected] != row[actual])?;
    Some(CheckFailure {
        place: place(),
        what: column("what").and_then(|what| wrong[what].clone()),
        expected: shown(&wrong[expected]),
        actual: shown(&wrong[actual]),
    })
}

fn unexpected(script: &Script, trial: &Trial, error: &DatabaseError) -> CheckFailure {
    let offset = match error {
        DatabaseError::Statement { position: Position::Offset(offset), .. } => *offset,
        _ => 0,
    };
    CheckFailure {
        place: Excerpt::of_offset(&script.file, &script.stored.text, trial.span.start + offset),
        what: None,
        expected: "no error".to_owned(),
        actual: with_code(error),
    }
}

fn with_code(error: &DatabaseError) -> String {
    let code = error.code().map(|code| format!("{code}: ")).unwrap_or_default();
    format!("{code}{error}")
}

fn text_of<'a>(script: &'a Script, trial: &Trial) -> &'a str {
    &script.stored.text[trial.span.clone()]
}

fn excerpt(script: &Script, line: usize) -> Excerpt {
    let text = &script.stored.text;
    let offset = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    Excerpt::of_offset(&script.file, text, offset)
}
