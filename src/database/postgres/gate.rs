//! The tables that a script will lock, taken before its first statement.

use std::collections::HashSet;
use std::time::Duration;

use super::session::{LOCK_NOT_AVAILABLE, PostgresSession, quote_literal, search_path_clause};
use crate::database::DatabaseError;
use crate::database::contract::TableLock;
use crate::database::error::Position;
use crate::model::{ObjectKind, ObjectName, Target};
use crate::sql::{Keys, LockStrength, Reach, Reached, Statement, StatementKind, quote_name};

/// The weakest lock that holds off writes: what is weaker needs no gate.
const WEAKEST: LockStrength = LockStrength::Share;

/// The version from which a role may lock what it may maintain.
const MAINTAIN_SINCE: u32 = 170_000;

/// What a `SET` may change that decides which table a bare name stands for.
const DECIDE_NAMES: [&str; 5] = ["search_path", "schema", "role", "authorization", "all"];

/// What a script names, as rows for the query that finds the tables.
#[derive(Debug, Clone, Default)]
pub(super) struct Gate {
    rows: Vec<String>,
}

impl Gate {
    /// What the statements of a text will lock; nothing where one table is locked once, which its
    /// statement does as well.
    pub fn of(session: &PostgresSession, text: &str, statements: &[Statement]) -> Self {
        if !session.gates {
            return Self::default();
        }
        let decides = |it: &Statement| {
            let text = text.get(it.span.clone()).unwrap_or_default().to_ascii_lowercase();
            it.kind == StatementKind::Session && DECIDE_NAMES.iter().any(|word| text.contains(word))
        };
        let bare_names_are_known = !statements.iter().any(decides);
        let is_known = |name: &ObjectName| name.schema.is_some() || bare_names_are_known;
        let mut named = Vec::new();
        for (index, statement) in (1..).zip(statements) {
            named.extend(named_by(index, statement).filter(|it| is_known(it.name)));
        }
        let strong: HashSet<&ObjectName> =
            named.iter().filter(|it| it.lock >= WEAKEST).map(|it| it.name).collect();
        // A weak lock matters where a strong one follows it.
        named.retain(|it| it.lock >= WEAKEST || it.reach.is_none() && strong.contains(it.name));
        let mut told = HashSet::new();
        named.retain(|it| told.insert(it.what()));
        match named.as_slice() {
            [] => Self::default(),
            [one] if one.reach.is_none() => Self::default(),
            named => Self { rows: named.iter().map(Named::row).collect() },
        }
    }

    /// Whether there is nothing to take.
    pub fn is_open(&self) -> bool {
        self.rows.is_empty()
    }

    /// Takes them, together with tables of the keeper's, which are taken in any case; empty where
    /// there is nothing to take. All waits together last no longer than `wait`.
    pub fn sql(
        &self,
        session: &PostgresSession,
        kept: &[(ObjectName, TableLock)],
        wait: Duration,
    ) -> String {
        let kept = kept.iter().map(|(table, lock)| {
            let lock = match lock {
                TableLock::AgainstWrites => LockStrength::ShareRowExclusive,
                TableLock::AgainstAll => LockStrength::AccessExclusive,
            };
            Named { statement: 0, name: table, lock, reach: None }.row()
        });
        let kept: Vec<String> = kept.collect();
        if kept.is_empty() && self.rows.is_empty() {
            return String::new();
        }
        let always = if kept.is_empty() { "false" } else { "true" };
        let rows: Vec<&str> = kept.iter().chain(&self.rows).map(String::as_str).collect();
        let maintain =
            if session.facts.version_number >= MAINTAIN_SINCE { ", MAINTAIN" } else { "" };
        let body = include_str!("gate.sql")
            .replace("__WAIT__", &session.bounded(wait).as_millis().max(1).to_string())
            .replace("__ALWAYS__", always)
            .replace("__RIGHTS__", &format!("UPDATE, DELETE, TRUNCATE{maintain}"))
            .replace("__ROWS__", &rows.join(", "));
        format!("DO {};", quote_literal(&body))
    }
}

/// A name in a script, and what is locked because of it.
struct Named<'a> {
    /// The statement's place in the script, from 1; 0 is none of it.
    statement: usize,
    name: &'a ObjectName,
    lock: LockStrength,
    /// The tables that are locked; itself, where there is none.
    reach: Option<&'a Reached>,
}

fn named_by(index: usize, statement: &Statement) -> impl Iterator<Item = Named<'_>> {
    let itself = statement.affects.iter().filter_map(move |affected| {
        let is_table = matches!(affected.object.kind, ObjectKind::Table | ObjectKind::Column);
        let lock = affected.lock.filter(|_| is_table)?;
        Some(Named { statement: index, name: &affected.object.name, lock, reach: None })
    });
    let others = statement.reaches.iter().map(move |Reach { from, to, lock }| Named {
        statement: index,
        name: from,
        lock: *lock,
        reach: Some(to),
    });
    itself.chain(others)
}

impl Named<'_> {
    fn row(&self) -> String {
        format!("({}, {})", self.statement, self.what())
    }

    /// The row without its statement.
    fn what(&self) -> String {
        let (reach, keys) = match self.reach {
            None => ("itself", None),
            Some(Reached::Heirs) => ("heirs", None),
            Some(Reached::Partitions) => ("partitions", None),
            Some(Reached::DefaultPartition) => ("default", None),
            Some(Reached::Whole) => ("whole", None),
            Some(Reached::Indexed) => ("indexed", None),
            Some(Reached::Contents) => ("contents", None),
            Some(Reached::Emptied) => ("emptied", None),
            Some(Reached::Referenced(keys)) => ("referenced", Some(keys)),
            Some(Reached::Referencing(keys)) => ("referencing", Some(keys)),
        };
        let (which, key) = match keys {
            None => ("", ""),
            Some(Keys::All) => ("all", ""),
            Some(Keys::Named(name)) => ("name", name.as_str()),
            Some(Keys::Column(column)) => ("column", column.as_str()),
        };
        // The server numbers them from 1.
        let lock = LockStrength::ALL.iter().take_while(|it| **it <= self.lock).count();
        let name = quote_literal(&quote_name(self.name));
        let key = quote_literal(key);
        format!("{name}, {lock}, '{reach}', '{which}', {key}")
    }
}

/// A lock that the gate asked for.
struct Asked {
    /// The statement it is for, from 0; `None` where it is none of the script.
    statement: Option<usize>,
    /// The table, quoted and with its schema.
    table: String,
    lock: LockStrength,
}

/// The lock that the context of an error speaks of.
fn asked(context: &str) -> Option<Asked> {
    let (_, rest) = context.split_once("LOCK TABLE ONLY ")?;
    let (asked, rest) = rest.split_once(" MODE -- for statement ")?;
    let (table, mode) = asked.rsplit_once(" IN ")?;
    let lock = LockStrength::ALL.into_iter().find(|it| it.to_string() == mode)?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let statement = rest[..end].parse::<usize>().ok()?.checked_sub(1);
    Some(Asked { statement, table: table.to_owned(), lock })
}

/// What is known of an error behind a transaction that was undone because of it: who holds the lock
/// that was not had, where nobody saw it meanwhile, and the statement that will need what the gate
/// asked for. Names are found after `path` was run.
pub(super) fn explained(
    session: &PostgresSession,
    mut error: DatabaseError,
    path: &str,
    statements: &[Statement],
) -> DatabaseError {
    let DatabaseError::Statement { server, position, .. } = &mut error else { return error };
    let asked = server.context.as_deref().and_then(asked);
    if server.code.as_deref() == Some(LOCK_NOT_AVAILABLE) && server.blockers.is_empty() {
        let wanted = match &asked {
            Some(asked) => vec![(asked.table.clone(), asked.lock)],
            None => wanted_at(*position, statements),
        };
        server.blockers = session.holders(path, &wanted);
    }
    if let Some(asked) = asked {
        let (table, lock) = (&asked.table, asked.lock);
        server.context =
            Some(format!("before the first statement: LOCK TABLE {table} IN {lock} MODE"));
        *position = asked.statement.map_or(*position, Position::Statement);
    }
    error
}

/// The tables that the statement at a place locks by name.
fn wanted_at(position: Position, statements: &[Statement]) -> Vec<(String, LockStrength)> {
    let statement = match (position, statements) {
        (_, [only]) => Some(only),
        (Position::Offset(at), _) => statements.iter().find(|it| it.span.contains(&at)),
        (Position::Statement(index), _) => statements.get(index),
        (Position::Unknown, _) => None,
    };
    let Some(statement) = statement else { return Vec::new() };
    let itself = named_by(0, statement).filter(|it| it.reach.is_none());
    itself.map(|it| (quote_name(it.name), it.lock)).collect()
}

/// Where the names of a target's scripts are found.
pub(super) fn path_of(target: &Target) -> String {
    if target.schema.is_some() {
        search_path_clause(target, "LOCAL")
    } else {
        "SET LOCAL search_path TO DEFAULT".to_owned()
    }
}
