//! Where a backfill works: the table, its partitions, what tells their rows apart.

use super::compose::literal_of;
use super::fault::Refusal;
use crate::database::{DatabaseError, Session, TableShape};
use crate::model::{Engine, ObjectName, Target};
use crate::sql::{Backfill, quote_identifier, quote_literal, quote_name};

/// A table or partition as it was found.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// Its name, qualified and quoted.
    pub name: String,
    /// What it is known by.
    pub id: String,
    pub blocks: u64,
    /// Whether blocks are how its rows lie.
    pub is_heap: bool,
    /// About how many rows it has, where somebody counted.
    pub rows: Option<u64>,
    pub is_partition: bool,
    /// Bytes of the table and of its indexes.
    pub bytes: (u64, u64),
}

/// The table, and all whose rows are its rows.
#[derive(Debug, Clone)]
pub(super) struct Grounds {
    pub shapes: Vec<TableShape>,
    /// The table itself.
    pub root: TableShape,
    /// Those that hold rows.
    pub found: Vec<Found>,
    /// The columns in whose order rows are taken; none where it is that of blocks.
    pub key: Vec<String>,
}

impl Grounds {
    /// Whether rows are taken by the numbers that SQLite gives them.
    pub fn is_by_number(&self) -> bool {
        row_address(&self.root).is_some_and(|address| self.key == [address])
    }
}

/// Looks at the table of a statement.
pub(super) fn look(
    session: &mut dyn Session,
    target: &Target,
    parts: &Backfill,
    order: &[String],
) -> Result<Result<Grounds, Refusal>, DatabaseError> {
    let shapes = session.read_tables(target)?;
    let seen = match session.capabilities().engine {
        Engine::Postgres => relations(session, parts)?,
        Engine::Sqlite => sqlite_table(&shapes, parts),
    };
    Ok(seen.and_then(|found| grounds(shapes, found, parts, order)))
}

fn grounds(
    shapes: Vec<TableShape>,
    found: Vec<Found>,
    parts: &Backfill,
    order: &[String],
) -> Result<Grounds, Refusal> {
    let root = found.first().and_then(|it| shapes.iter().find(|shape| shape.id == it.id));
    let root = root.ok_or(Refusal::Missing)?.clone();
    let moves = parts.columns.iter().find(|it| root.moved_by.contains(it));
    if let Some(column) = moves {
        return Err(Refusal::MovesRows(column.clone()));
    }
    let by_blocks = found.iter().all(|it| it.is_heap) && order.is_empty();
    let key = if by_blocks {
        Vec::new()
    } else if let Some(address) = row_address(&root).filter(|_| order.is_empty()) {
        vec![address]
    } else {
        let fits = |key: &&Vec<String>| order.is_empty() || *key == order;
        let named = order.first().cloned().unwrap_or_default();
        root.keys.iter().find(fits).cloned().ok_or(if order.is_empty() {
            Refusal::NoKey
        } else {
            Refusal::NoOrder(named)
        })?
    };
    let mut found = found;
    found.retain(|it| !root.partitioned || it.id != root.id);
    for it in &mut found {
        let shape = shapes.iter().find(|shape| shape.id == it.id).ok_or(Refusal::Missing)?;
        it.name = quote_name(&shape.name());
    }
    Ok(Grounds { shapes, root, found, key })
}

/// What a row of a SQLite table is found by, where it has an address.
fn row_address(shape: &TableShape) -> Option<String> {
    (shape.schema.is_none() && shape.addressed).then(|| {
        let own = |name: &&str| shape.columns.iter().all(|it| !it.name.eq_ignore_ascii_case(name));
        let free = ["rowid", "_rowid_", "oid"].into_iter().find(own).unwrap_or("rowid");
        shape.address.clone().unwrap_or_else(|| free.to_owned())
    })
}

/// The numbers of a table's relations, with their blocks; nothing where there is something else
/// than tables now.
pub(super) fn tree(
    session: &mut dyn Session,
    parts: &Backfill,
) -> Result<Option<Vec<(String, u64)>>, DatabaseError> {
    if session.capabilities().engine == Engine::Sqlite {
        return Ok(Some(Vec::new()));
    }
    let found = relations(session, parts)?.ok();
    Ok(found.map(|found| found.into_iter().map(|it| (it.id, it.blocks)).collect()))
}

fn relations(
    session: &mut dyn Session,
    parts: &Backfill,
) -> Result<Result<Vec<Found>, Refusal>, DatabaseError> {
    let name = quote_literal(Engine::Postgres, &quote_name(&parts.table));
    let sql = include_str!("relations.sql")
        .replace("__TABLE__", &name)
        .replace("__BELOW__", if parts.only { "false" } else { "true" });
    let answers = session.exchange(&[sql])?;
    let rows = answers.first().map(|it| it.rows.as_slice()).unwrap_or_default();
    Ok(rows.iter().enumerate().map(|(index, row)| relation(index, row)).collect())
}

fn relation(index: usize, row: &[Option<String>]) -> Result<Found, Refusal> {
    let text = |column: usize| row.get(column).cloned().flatten().unwrap_or_default();
    let number = |column: usize| text(column).parse::<u64>();
    let kind = match text(1).as_str() {
        "v" => Some("view"),
        "m" => Some("materialized view"),
        "S" => Some("sequence"),
        "c" => Some("composite type"),
        "f" if index == 0 => Some("foreign table"),
        "f" => return Err(Refusal::Foreign(text(0))),
        _ => None,
    };
    if let Some(kind) = kind {
        return Err(Refusal::NotATable(kind));
    }
    if text(2) == "t" {
        return Err(Refusal::Temporary);
    }
    Ok(Found {
        name: text(0),
        id: text(3),
        blocks: number(4).unwrap_or(0),
        is_heap: text(1) == "p" || text(5) == "heap",
        rows: number(6).ok(),
        is_partition: text(7) == "t",
        bytes: (number(8).unwrap_or(0), number(9).unwrap_or(0)),
    })
}

fn sqlite_table(shapes: &[TableShape], parts: &Backfill) -> Result<Vec<Found>, Refusal> {
    let named = |it: &&TableShape| it.table.eq_ignore_ascii_case(&parts.table.name);
    let shape = shapes.iter().find(named).ok_or(Refusal::Missing)?;
    Ok(vec![Found {
        name: quote_name(&ObjectName::bare(&shape.table)),
        id: shape.id.clone(),
        blocks: 0,
        is_heap: false,
        rows: shape.rows,
        is_partition: false,
        bytes: (shape.bytes, 0),
    }])
}

/// What tells a row from another, as one text, and the same for people. Without a key it is where
/// the row lies.
pub(super) fn row_names(engine: Engine, alias: &str, key: &[String]) -> (String, String) {
    let column = |name: &String| format!("{alias}.{}", quote_identifier(name));
    let columns: Vec<String> = key.iter().map(column).collect();
    match engine {
        Engine::Postgres if key.is_empty() => {
            let address = format!("{alias}.ctid::text");
            (address.clone(), address)
        }
        Engine::Postgres => {
            let list = columns.join(", ");
            let shown = format!(
                "(SELECT row_to_json(turnback_row)::text FROM (SELECT {list}) AS turnback_row)"
            );
            (format!("ROW({list})::text"), shown)
        }
        Engine::Sqlite => {
            let shown = key.iter().zip(&columns).map(|(name, column)| {
                format!("{} || quote({column})", quote_literal(engine, &format!("{name} = ")))
            });
            let shown: Vec<String> = shown.collect();
            let exact: Vec<String> = columns.iter().map(|it| literal_of(it)).collect();
            (exact.join(" || ',' || "), shown.join(" || ', ' || "))
        }
    }
}
