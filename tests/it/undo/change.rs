//! Random changes that destroy something, each with a rollback that restores the structure only.

use fastrand::Rng;
use turnback::model::Engine;

use super::shape::{Column, Role, Table, extended};

/// A migration of one table and its rollback.
#[derive(Debug, Clone)]
pub struct Change {
    pub what: &'static str,
    pub up: String,
    pub down: String,
}

type Maker = fn(&mut Rng, &Table) -> Option<Change>;

/// Every kind of change of an engine.
pub fn makers(engine: Engine) -> &'static [Maker] {
    const BOTH: [Maker; 9] = [
        drop_columns,
        drop_columns,
        drop_table,
        update,
        update,
        delete,
        replace_column,
        rename_and_update,
        several,
    ];
    const POSTGRES: &[Maker] = &[
        BOTH[0], BOTH[1], BOTH[2], BOTH[3], BOTH[4], BOTH[5], BOTH[6], BOTH[7], BOTH[8], truncate,
        retype, retype,
    ];
    const SQLITE: &[Maker] = &[
        BOTH[0], BOTH[1], BOTH[2], BOTH[3], BOTH[4], BOTH[5], BOTH[6], BOTH[7], BOTH[8], rebuild,
        rebuild,
    ];
    match engine {
        Engine::Postgres => POSTGRES,
        Engine::Sqlite => SQLITE,
    }
}

/// A change that the table allows.
pub fn random(random: &mut Rng, engine: Engine, table: &Table) -> Change {
    let makers = makers(engine);
    loop {
        if let Some(change) = makers[random.usize(..makers.len())](random, table) {
            return change;
        }
    }
}

/// A change that loses nothing, nor does its rollback.
pub fn harmless(table: &Table) -> Change {
    let name = &table.name;
    Change {
        what: "nothing lost",
        up: format!("ALTER TABLE {name} ADD COLUMN nothing_lost integer;\n"),
        down: format!("ALTER TABLE {name} DROP COLUMN nothing_lost;\n"),
    }
}

const NOTHING_TO_UNDO: &str = "-- There is nothing to undo but the rows.\n";

fn chosen<T: Copy>(random: &mut Rng, choices: &[T]) -> Option<T> {
    (!choices.is_empty()).then(|| choices[random.usize(..choices.len())])
}

/// Some of the free columns, such that one column is left at least.
fn chosen_columns<'a>(random: &mut Rng, table: &'a Table) -> Option<Vec<&'a Column>> {
    let mut free = table.free();
    random.shuffle(&mut free);
    let most = free.len().min(table.columns.len() - 1).min(3);
    free.truncate(if most == 0 { 0 } else { random.usize(1..=most) });
    Some(free).filter(|it| !it.is_empty())
}

/// What a rollback may guess; it is of no use where the values are kept.
fn approximation(random: &mut Rng, table: &Table, column: &Column) -> String {
    if random.u8(..3) > 0 {
        return String::new();
    }
    let (table, column, value) = (&table.name, &column.name, column.constant(random));
    format!("UPDATE {table} SET {column} = {value};\n")
}

fn condition(random: &mut Rng, table: &Table) -> String {
    let numbered = table.columns.iter().find(|it| {
        it.role == Role::Key && ["integer", "INTEGER", "bigint", "serial"].contains(&it.kind.sql)
    });
    let column = &table.columns[random.usize(..table.columns.len())].name;
    match (random.u8(..4), numbered) {
        (0, _) => String::new(),
        (1, _) => format!(" WHERE {column} IS NOT NULL"),
        (_, Some(key)) => format!(" WHERE {} % {} = 0", key.name, random.u8(2..4)),
        (2, None) => format!(" WHERE {column} IS NULL"),
        (_, None) => format!(" WHERE length(CAST({column} AS text)) > 2"),
    }
}

fn drop_columns(random: &mut Rng, table: &Table) -> Option<Change> {
    let columns = chosen_columns(random, table)?;
    let name = &table.name;
    let up = columns.iter().map(|it| format!("ALTER TABLE {name} DROP COLUMN {};\n", it.name));
    // What a trigger does to a rollback's own guess is the rollback's.
    let is_counted = table.columns.iter().any(|it| it.name == "touched");
    let add = |it: &&Column| {
        let guess = if is_counted { String::new() } else { approximation(random, table, it) };
        format!("ALTER TABLE {name} ADD COLUMN {};\n{guess}", it.definition())
    };
    let up = up.collect();
    Some(Change { what: "drop columns", up, down: columns.iter().map(add).collect() })
}

fn drop_table(_: &mut Rng, table: &Table) -> Option<Change> {
    let change = Change {
        what: "drop table",
        up: format!("DROP TABLE {};\n", table.name),
        down: table.created(),
    };
    (!table.is_referenced).then_some(change)
}

fn update(random: &mut Rng, table: &Table) -> Option<Change> {
    let mut columns = table.changeable();
    random.shuffle(&mut columns);
    columns.truncate(random.usize(1..3));
    let first = columns.first()?;
    let set = |it: &&Column| format!("{} = {}", it.name, it.overwritten(random));
    let set: Vec<_> = columns.iter().map(set).collect();
    let up = format!("UPDATE {} SET {}{};\n", table.name, set.join(", "), condition(random, table));
    let down = approximation(random, table, first);
    let down = if down.is_empty() { NOTHING_TO_UNDO.to_owned() } else { down };
    Some(Change { what: "update", up, down })
}

fn delete(random: &mut Rng, table: &Table) -> Option<Change> {
    let up = format!("DELETE FROM {}{};\n", table.name, condition(random, table));
    let change = Change { what: "delete", up, down: NOTHING_TO_UNDO.to_owned() };
    (!table.is_referenced).then_some(change)
}

fn truncate(_: &mut Rng, table: &Table) -> Option<Change> {
    let up = format!("TRUNCATE {};\n", table.name);
    let change = Change { what: "truncate", up, down: NOTHING_TO_UNDO.to_owned() };
    (!table.is_referenced).then_some(change)
}

fn retype(random: &mut Rng, table: &Table) -> Option<Change> {
    let mut free = table.free();
    free.retain(|it| it.constraint.is_empty() && it.kind.retype.is_some());
    let column = chosen(random, &free)?;
    let retype = column.kind.retype.as_ref()?;
    let to = |kind: &str, using: &str| {
        let (table, name) = (&table.name, &column.name);
        let using = using.replace('@', name);
        format!("ALTER TABLE {table} ALTER COLUMN {name} TYPE {kind} USING {using};\n")
    };
    let (up, down) = (to(retype.to, retype.using), to(column.kind.sql, retype.back));
    Some(Change { what: "retype", up, down })
}

/// A new column takes the place of an old one.
fn replace_column(random: &mut Rng, table: &Table) -> Option<Change> {
    let column = chosen(random, &table.free())?;
    let (name, old, kind) = (&table.name, &column.name, column.kind.sql);
    let from = column.overwritten(random);
    let back = if column.is_nullable { "successor" } else { column.constant(random) };
    let up = format!(
        "ALTER TABLE {name} ADD COLUMN successor {kind};\nUPDATE {name} SET successor = {from};\n\
         ALTER TABLE {name} DROP COLUMN {old};\n"
    );
    let down = format!(
        "ALTER TABLE {name} ADD COLUMN {};\nUPDATE {name} SET {old} = {back};\n\
         ALTER TABLE {name} DROP COLUMN successor;\n",
        column.definition()
    );
    Some(Change { what: "replace column", up, down })
}

fn rename_and_update(random: &mut Rng, table: &Table) -> Option<Change> {
    let column = chosen(random, &table.free())?;
    let (name, old) = (&table.name, &column.name);
    let renamed = Column { name: "renamed".to_owned(), ..column.clone() };
    let to = renamed.overwritten(random);
    let up = format!(
        "ALTER TABLE {name} RENAME COLUMN {old} TO renamed;\nUPDATE {name} SET renamed = {to};\n"
    );
    let guess = approximation(random, table, &renamed);
    let down = format!("{guess}ALTER TABLE {name} RENAME COLUMN renamed TO {old};\n");
    Some(Change { what: "rename and update", up, down })
}

/// Several statements about one table.
fn several(random: &mut Rng, table: &Table) -> Option<Change> {
    let first = update(random, table)?;
    let second = if random.bool() { update } else { delete }(random, table)?;
    let third = drop_columns(random, table)?;
    let up = format!("{}{}{}", first.up, second.up, third.up);
    Some(Change { what: "several", up, down: format!("{}{}", third.down, first.down) })
}

/// The way to change a table where the engine has no statement for it.
fn rebuild(random: &mut Rng, table: &Table) -> Option<Change> {
    if table.is_referenced {
        return None;
    }
    let gone = chosen_columns(random, table)?;
    let is_kept = |column: &Column| gone.iter().all(|it| it.name != column.name);
    let kept: Vec<_> = table.written().filter(|it| is_kept(it)).map(|it| &*it.name).collect();
    if kept.is_empty() {
        return None;
    }
    let (name, kept) = (&table.name, kept.join(", "));
    let other = extended(name, "_rebuilt");
    let rebuilt = |create: &str, rows: &str| {
        let after: String = table.after.iter().flat_map(|it| [it, ";\n"]).collect();
        format!(
            "{create};\nINSERT INTO {other} ({kept}) SELECT {kept} FROM {name}{rows};\n\
             DROP TABLE {name};\nALTER TABLE {other} RENAME TO {name};\n{after}"
        )
    };
    let some = condition(random, table);
    let rows = if random.u8(..3) == 0 { some } else { String::new() };
    let up = rebuilt(&table.created_as(&other, is_kept), &rows);
    let down = rebuilt(&table.created_as(&other, |_| true), "");
    Some(Change { what: "rebuild", up, down })
}
