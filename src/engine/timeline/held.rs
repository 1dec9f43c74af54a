//! Which locks a step held, from when to when.

use std::time::Duration;

use super::moment::Beginning;
use super::{LockLine, Span};
use crate::database::HeldLock;
use crate::model::{ObjectKind, ObjectName};
use crate::sql::{LockStrength, Statement};

/// A lock while it is not known how long it was held.
struct Phase {
    object: ObjectName,
    mode: LockStrength,
    from: Duration,
    until: Option<Duration>,
    seen: bool,
}

/// The locks of statements that ran when their spans say. `until` is the end of their transaction, if
/// they share one; otherwise each is one. `held` is what the server named before that end: it knows
/// better than the manual which locks there were, but not since when.
pub(super) fn locks<'a>(
    ran: impl Iterator<Item = (Span, &'a Statement)>,
    held: &[HeldLock],
    beginning: &Beginning,
    until: Option<Duration>,
) -> Vec<LockLine> {
    let mut phases: Vec<Phase> = Vec::new();
    let mut first = None;
    for (span, statement) in ran {
        first.get_or_insert(span.offset);
        for (object, mode) in taken(statement) {
            let ends = until.is_none().then(|| span.end());
            take(&mut phases, (object, mode), span.offset, ends);
        }
    }
    if let (false, Some(from)) = (held.is_empty(), first) {
        confirm(&mut phases, held, from);
    }
    let line = |it: Phase| {
        let until = it.until.or(until).unwrap_or(it.from);
        let span = beginning.span(it.from, until);
        LockLine { object: it.object, mode: it.mode, span, seen: it.seen }
    };
    phases.into_iter().map(line).collect()
}

/// Leaves out the tables that the script makes: on them nobody else can wait.
pub(super) fn leave_out_made(locks: &mut Vec<LockLine>, statements: &[Statement]) {
    let made = made(statements);
    locks.retain(|it| !made.iter().any(|name| is_same(name, &it.object)));
}

/// What a statement locks, as the manual says.
fn taken(statement: &Statement) -> impl Iterator<Item = (&ObjectName, LockStrength)> {
    let tables = statement.affects.iter().filter(|it| {
        matches!(it.object.kind, ObjectKind::Table | ObjectKind::View | ObjectKind::Column)
    });
    tables.filter_map(|it| it.lock.map(|lock| (&it.object.name, lock)))
}

/// A lock is taken: it replaces a weaker one that is still held.
fn take(
    phases: &mut Vec<Phase>,
    (object, mode): (&ObjectName, LockStrength),
    from: Duration,
    until: Option<Duration>,
) {
    let open = phases.iter_mut().rev().find(|it| it.until.is_none() && is_same(&it.object, object));
    if let Some(open) = open {
        if open.mode >= mode {
            return;
        }
        open.until = Some(from);
    }
    phases.push(Phase { object: object.clone(), mode, from, until, seen: false });
}

/// Puts what the server named over what was expected. A lock that no statement was expected to take
/// may have been held from the first one on.
fn confirm(phases: &mut Vec<Phase>, held: &[HeldLock], from: Duration) {
    for HeldLock { object, mode } in held {
        let mut of_object = phases.iter_mut().filter(|it| is_same(&it.object, object));
        let last = of_object.next_back();
        match last {
            Some(last) if last.mode >= *mode => {
                (last.mode, last.seen, last.object) = (*mode, true, object.clone());
                of_object.for_each(|it| it.seen = true);
            }
            _ => {
                phases.retain(|it| !is_same(&it.object, object));
                let (object, mode) = (object.clone(), *mode);
                phases.push(Phase { object, mode, from, until: None, seen: true });
            }
        }
    }
}

/// The tables the script makes.
fn made(statements: &[Statement]) -> Vec<&ObjectName> {
    let making = statements.iter().filter(|it| it.summary.starts_with("CREATE TABLE"));
    making.filter_map(|it| it.affects.first()).map(|it| &it.object.name).collect()
}

/// Whether two names mean one object; a script may leave the schema out.
fn is_same(one: &ObjectName, other: &ObjectName) -> bool {
    let schemas = one.schema.as_ref().zip(other.schema.as_ref());
    one.name == other.name && schemas.is_none_or(|(one, other)| one == other)
}
