//! What a statement does to the tables around it, as the server counts it.

use std::collections::BTreeMap;

use turnback::sql::LockStrength;

use crate::support::{Client, Database};

/// Relations of a schema by name, each with the file it is kept in and how many of its rows were
/// read and changed by the transaction that asks.
const RELATIONS: &str = "
    SELECT relation.relname, relation.relkind, pg_relation_filenode(relation.oid),
           coalesce(counted.seq_tup_read, 0),
           coalesce(counted.n_tup_upd + counted.n_tup_del, 0)
    FROM pg_class AS relation
    LEFT JOIN pg_stat_xact_all_tables AS counted ON counted.relid = relation.oid
    WHERE relation.relnamespace = current_schema()::regnamespace
      AND relation.relkind IN ('r', 'm', 'p', 'i', 'I', 'v')";

const LOCKS: &str = "
    SELECT lock.relation, lock.mode FROM pg_locks AS lock
    WHERE lock.pid = pg_backend_pid() AND lock.locktype = 'relation' AND lock.granted";

/// What was seen of a script that ran.
#[derive(Debug, Default)]
pub struct Seen {
    /// Tables that were there before, written anew.
    pub rewritten: Vec<String>,
    /// How many rows were read at most of one table that was there before, from its beginning to its
    /// end.
    pub read: u64,
    /// How many rows were changed.
    pub changed: u64,
    /// The indexes that are there now and were not before, or are kept elsewhere.
    pub built: Vec<String>,
    /// The strongest lock on something that was there before.
    pub lock: Option<LockStrength>,
}

#[derive(Debug, Clone)]
struct Relation {
    oid: String,
    kind: String,
    file: String,
    read: u64,
    changed: u64,
}

/// Runs a script in one transaction in a schema and commits it.
pub fn in_transaction(database: &Database, schema: &str, script: &str) -> Result<Seen, String> {
    let client = Client::connect(database);
    client.tell(&format!("SET search_path = {schema}; SET client_min_messages = error; BEGIN"));
    let before = relations(&client);
    client.ask(script).map_err(|error| error.to_string())?;
    let after = relations(&client);
    let mut seen = compared(&before, &after);
    seen.lock = strongest(&client, &before);
    client.tell("COMMIT");
    Ok(seen)
}

/// Runs the statement of a script that no transaction may have around it.
pub fn by_itself(database: &Database, schema: &str, statement: &str) -> Result<Seen, String> {
    let client = Client::connect(database);
    client.tell(&format!("SET search_path = {schema}; SET client_min_messages = error"));
    let before = relations(&client);
    client.ask(statement).map_err(|error| error.to_string())?;
    // What was read and which locks were held is forgotten with the transactions that ended.
    Ok(Seen { read: 0, changed: 0, ..compared(&before, &relations(&client)) })
}

fn relations(client: &Client) -> BTreeMap<String, Relation> {
    let rows = client.tell(&RELATIONS.replace("SELECT relation", "SELECT relation.oid, relation"));
    rows.lines()
        .map(|row| {
            let mut cells = row.split('|').map(str::to_owned);
            let mut next = || cells.next().expect("six columns are asked for");
            let (oid, name, kind, file) = (next(), next(), next(), next());
            let mut number = || next().parse().expect("it is a number");
            (name, Relation { oid, kind, file, read: number(), changed: number() })
        })
        .collect()
}

fn compared(before: &BTreeMap<String, Relation>, after: &BTreeMap<String, Relation>) -> Seen {
    let mut seen = Seen::default();
    for (name, now) in after {
        let known = before.values().find(|it| it.oid == now.oid);
        let is_moved = known.is_none_or(|it| it.file != now.file);
        match (&*now.kind, known) {
            ("i" | "I", _) if is_moved => seen.built.push(name.clone()),
            ("r" | "m", Some(known)) => {
                if is_moved {
                    seen.rewritten.push(name.clone());
                }
                seen.read = seen.read.max(now.read.saturating_sub(known.read));
                seen.changed = seen.changed.max(now.changed.saturating_sub(known.changed));
            }
            _ => {}
        }
    }
    seen
}

/// The strongest lock of the client's on one of these relations.
fn strongest(client: &Client, relations: &BTreeMap<String, Relation>) -> Option<LockStrength> {
    let held = client.tell(LOCKS);
    let held = held.lines().filter_map(|row| {
        let (oid, mode) = row.split_once('|').expect("two columns are asked for");
        let (relation, lock) = (relations.values().find(|it| it.oid == oid)?, strength(mode));
        // Nobody writes to a materialized view: only the lock that stops readers hurts.
        (relation.kind != "m" || lock == LockStrength::AccessExclusive).then_some(lock)
    });
    held.max()
}

fn strength(mode: &str) -> LockStrength {
    match mode {
        "AccessShareLock" => LockStrength::AccessShare,
        "RowShareLock" => LockStrength::RowShare,
        "RowExclusiveLock" => LockStrength::RowExclusive,
        "ShareUpdateExclusiveLock" => LockStrength::ShareUpdateExclusive,
        "ShareLock" => LockStrength::Share,
        "ShareRowExclusiveLock" => LockStrength::ShareRowExclusive,
        "ExclusiveLock" => LockStrength::Exclusive,
        "AccessExclusiveLock" => LockStrength::AccessExclusive,
        mode => panic!("the server knows a lock that turnback does not: {mode}"),
    }
}
