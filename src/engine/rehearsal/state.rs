//! What the server says of relations, and what two such answers differ in.

use std::collections::{BTreeMap, BTreeSet};

use super::observed::{Observed, ObservedLock, Rewrite, RowsChanged, Scan};
use crate::database::{DatabaseError, Rows, Session};
use crate::model::ObjectName;
use crate::sql::{LockStrength, Statement, StatementKind};

/// How much was read and written of a relation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Tally {
    scans: u64,
    read: u64,
    inserted: u64,
    updated: u64,
    deleted: u64,
}

/// One relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Relation {
    pub name: ObjectName,
    /// The server's letter for its kind (`pg_class.relkind`).
    kind: char,
    /// Where it is stored; another number is another file.
    file: Option<u64>,
    /// The number of its tablespace.
    tablespace: u64,
    index_of: Option<ObjectName>,
    partition_of: Option<ObjectName>,
    tally: Tally,
}

impl Relation {
    /// Whether applications meet it: no index, sequence or TOAST table.
    fn is_table(&self) -> bool {
        matches!(self.kind, 'r' | 'p' | 'm' | 'f' | 'v') && !self.is_own()
    }

    fn is_own(&self) -> bool {
        matches!(self.name.schema.as_deref(), Some("turnback" | "pg_toast"))
    }
}

/// Whose reading and writing is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counted {
    /// The session's, as far as it was not handed over.
    BySession,
    /// Everybody's, as far as it was handed over.
    Ever,
}

/// Relations by their numbers, and the strongest lock on each that is locked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct State {
    pub relations: BTreeMap<u32, Relation>,
    pub locks: BTreeMap<u32, LockStrength>,
}

impl State {
    /// All there is. Within a transaction of the session, what it finds counted already is not
    /// this transaction's: what the one before counted is handed over when the server likes.
    pub(super) fn of_database(
        session: &mut dyn Session,
        counted: Counted,
    ) -> Result<Self, DatabaseError> {
        let prefix = match counted {
            Counted::BySession => "pg_stat_get_xact_",
            Counted::Ever => "pg_stat_get_",
        };
        let sql = include_str!("relations.sql").replace("__COUNTED__", prefix);
        Self::read(&session.try_statement(&sql)?)
    }

    /// What the session's transaction has locked.
    pub(super) fn held(session: &mut dyn Session) -> Result<Self, DatabaseError> {
        Self::read(&session.try_statement(include_str!("held.sql"))?)
    }

    fn read(rows: &Rows) -> Result<Self, DatabaseError> {
        let mut state = Self::default();
        for row in &rows.rows {
            let text = |column: usize| row.get(column).cloned().flatten();
            let number = |column: usize| text(column).and_then(|it| it.parse::<u64>().ok());
            let count = |column| number(column).unwrap_or_default();
            let name = |schema, name| Some(ObjectName { schema: text(schema), name: text(name)? });
            let id = text(0).and_then(|it| it.parse().ok()).ok_or_else(no_answer)?;
            if let Some(lock) = strongest(&text(14).unwrap_or_default()) {
                state.locks.insert(id, lock);
            }
            let (Some(own), Some(kind)) = (name(1, 2), text(3).and_then(|it| it.chars().next()))
            else {
                continue;
            };
            state.relations.insert(
                id,
                Relation {
                    name: own,
                    kind,
                    file: number(4),
                    tablespace: count(15),
                    index_of: name(5, 6),
                    partition_of: name(7, 8),
                    tally: Tally {
                        scans: count(9),
                        read: count(10),
                        inserted: count(11),
                        updated: count(12),
                        deleted: count(13),
                    },
                },
            );
        }
        Ok(state)
    }

    /// Adds what is known now.
    pub(super) fn update(&mut self, now: &Self) {
        self.relations.extend(now.relations.iter().map(|(id, it)| (*id, it.clone())));
        self.locks.extend(&now.locks);
    }
}

fn no_answer() -> DatabaseError {
    DatabaseError::Unexpected("the server's answer on its relations cannot be read".to_owned())
}

fn strongest(modes: &str) -> Option<LockStrength> {
    modes.split(' ').filter_map(LockStrength::of_pg_locks).max()
}

/// What a statement can be seen to have done: `known` is what was known before it, `original` what
/// was there before its step.
pub(super) fn differences(
    known: &State,
    now: &State,
    original: &BTreeSet<u32>,
    statement: &Statement,
) -> Observed {
    let mut observed = Observed::default();
    let name_of = |id: &u32| now.relations.get(id).or_else(|| known.relations.get(id));
    for (id, lock) in &now.locks {
        let is_new = known.locks.get(id).is_none_or(|before| before < lock);
        if let Some(relation) = name_of(id)
            && is_new
            && relation.is_table()
            && original.contains(id)
        {
            let foreseen = foresees(statement, relation, *lock);
            let object = relation.name.clone();
            observed.locks.push(ObservedLock { object, lock: *lock, foreseen });
        }
    }
    let files = Files::of(known);
    for (id, relation) in now.relations.iter().filter(|(_, it)| !it.is_own()) {
        let before = known.relations.get(id);
        let tally = relation.tally.since(before.map(|it| it.tally).unwrap_or_default());
        tally.record(relation, original.contains(id), &mut observed);
        match (relation.kind, before) {
            ('r' | 'm', Some(before)) if before.file != relation.file => {
                // What runs outside a transaction empties nothing, and its reading may not be known.
                let has_read = tally.scans > 0 || statement.kind.runs_alone();
                // Blocks that are copied to another tablespace are not read as rows.
                let is_moved = before.tablespace != relation.tablespace;
                if has_read || is_moved || relation.kind == 'm' {
                    let object = relation.name.clone();
                    observed.rewrites.push(Rewrite { object, index_of: None });
                } else {
                    observed.emptied.push(relation.name.clone());
                }
            }
            ('i', _) if files.is_other(relation) => observed.rewrites.push(Rewrite {
                object: relation.name.clone(),
                index_of: relation.index_of.clone(),
            }),
            _ => {}
        }
    }
    // An emptied table's indexes are made anew, too, and it says nothing.
    let emptied = observed.emptied.clone();
    observed.rewrites.retain(|it| it.index_of.as_ref().is_none_or(|of| !emptied.contains(of)));
    observed
}

/// Where the indexes that are known are stored, by their names: one that is built anew may get
/// another number.
struct Files<'a>(BTreeMap<&'a ObjectName, Option<u64>>);

impl<'a> Files<'a> {
    fn of(known: &'a State) -> Self {
        let indexes = known.relations.values().filter(|it| it.kind == 'i');
        Self(indexes.map(|it| (&it.name, it.file)).collect())
    }

    fn is_other(&self, index: &Relation) -> bool {
        self.0.get(&index.name).is_some_and(|file| *file != index.file)
    }
}

impl Tally {
    fn since(self, before: Self) -> Self {
        Self {
            scans: self.scans.saturating_sub(before.scans),
            read: self.read.saturating_sub(before.read),
            inserted: self.inserted.saturating_sub(before.inserted),
            updated: self.updated.saturating_sub(before.updated),
            deleted: self.deleted.saturating_sub(before.deleted),
        }
    }

    fn record(self, relation: &Relation, was_there: bool, observed: &mut Observed) {
        let table = relation.name.clone();
        if !matches!(relation.kind, 'r' | 'm') {
            return;
        }
        if self.scans > 0 && was_there {
            observed.scans.push(Scan { table: table.clone(), rows: self.read });
        }
        let Self { inserted, updated, deleted, .. } = self;
        if inserted + updated + deleted > 0 {
            observed.changed.push(RowsChanged { table, inserted, updated, deleted });
        }
    }
}

/// Whether the plan expects a lock as strong on the relation, or on what it is a partition of.
fn foresees(statement: &Statement, relation: &Relation, lock: LockStrength) -> bool {
    let is_same = |expected: &ObjectName, found: &ObjectName| {
        expected.name == found.name
            && (expected.schema.is_none() || expected.schema == found.schema)
    };
    statement.affects.iter().filter(|it| it.lock.is_some_and(|it| it >= lock)).any(|it| {
        let expected = &it.object.name;
        is_same(expected, &relation.name)
            || relation.partition_of.as_ref().is_some_and(|root| is_same(expected, root))
    }) || is_vacuum(statement)
}

/// `VACUUM` cuts empty blocks off a table's end where nobody has it locked, and lets go as soon as
/// somebody waits.
fn is_vacuum(statement: &Statement) -> bool {
    statement.kind == StatementKind::OutsideTransaction && statement.summary.starts_with("VACUUM")
}
