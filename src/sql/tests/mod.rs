//! What parsing promises, for both engines.

mod backfill;
mod changes;
mod directives;
mod errors;
mod hazards;
mod postgres;
mod random;
mod sqlite;
mod stored;
mod unsound;

use super::{ParsedScript, ScriptError, Statement, parse};
use crate::model::{Diagnose as _, Engine, LineColumn};

fn postgres(text: &str) -> ParsedScript {
    parse(Engine::Postgres, "V1__a.sql", text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn sqlite(text: &str) -> ParsedScript {
    parse(Engine::Sqlite, "V1__a.sql", text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn refused(engine: Engine, text: &str) -> ScriptError {
    parse(engine, "V1__a.sql", text).expect_err(text)
}

fn texts<'a>(text: &'a str, script: &ParsedScript) -> Vec<&'a str> {
    script.statements.iter().map(|statement| &text[statement.span.clone()]).collect()
}

/// Each object with its lock, as a plan would print them.
fn affects(statement: &Statement) -> String {
    let shown = statement.affects.iter().map(|affected| match affected.lock {
        Some(lock) => format!("{}: {lock}", affected.object),
        None => affected.object.to_string(),
    });
    shown.collect::<Vec<_>>().join(", ")
}

/// A statement that runs in batches.
fn below_directive(table: &str, statement: &str) -> String {
    format!("-- turnback:backfill {table}\n{statement}")
}

/// An error's message with its place: `3:5 message`.
fn shown(error: &ScriptError) -> String {
    let problem = error.problem();
    let place = problem.place.expect("every script error has a place");
    assert_eq!(place.file, "V1__a.sql");
    assert!(!problem.hints.is_empty() || matches!(error, ScriptError::Directive { .. }));
    let at = place.at.unwrap_or(LineColumn { line: 0, column: 0 });
    format!("{at} {}", problem.message)
}
