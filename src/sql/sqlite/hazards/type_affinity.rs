//! `sqlite-type-affinity`

use super::read::{Ddl, NewColumn};
use super::rule::{SqliteHazard, found_by};
use super::scene::Scene;
use crate::model::Engine;
use crate::sql::hazards::rule::{Cost, Example, Find, HazardLevel, HazardRule};

/// See <https://www.sqlite.org/datatype3.html#determination_of_column_affinity>.
pub(in crate::sql) static RULE: HazardRule = HazardRule {
    id: "sqlite-type-affinity",
    engine: Some(Engine::Sqlite),
    level: HazardLevel::Warning,
    title: "a column's type makes numbers of text, or does not do what its name says",
    trigger: "a column of a table that is not STRICT, whose type SQLite knows only by the letters in \
              it: STRING, UUID, JSON and others it does not know are NUMERIC, POINT is an INTEGER, \
              SERIAL numbers nothing; a note for dates, times and booleans",
    lock: None,
    cost: Cost::Data,
    why: "SQLite looks for INT, CHAR, CLOB, TEXT, BLOB, REAL, FLOA and DOUB in a type's name, and \
          makes everything else NUMERIC. A NUMERIC or INTEGER column stores text that looks like a \
          number as that number: '0012' becomes 12, '1e5' becomes 100000, and neither comes back.",
    acquittal: None,
    instead: "Declare TEXT for text of every kind, INTEGER for numbers and booleans, BLOB for bytes, \
              or make the table STRICT, which refuses types that do not exist.",
    example: Some(Example {
        ground: "",
        bad: "CREATE TABLE coupons (id INTEGER PRIMARY KEY, code STRING);
INSERT INTO coupons VALUES (1, '0012');",
        safe: &["CREATE TABLE coupons (id INTEGER PRIMARY KEY, code TEXT);
INSERT INTO coupons VALUES (1, '0012');"],
    }),
    find: Find::Elsewhere,
};

/// Types that are numbers, for whoever writes them, and NUMERIC.
const NUMBERS: [&str; 10] = [
    "NUMERIC",
    "DECIMAL",
    "DEC",
    "NUMBER",
    "MONEY",
    "SMALLMONEY",
    "CURRENCY",
    "FIXED",
    "BIT",
    "ANY",
];

/// Types of moments and periods.
const TIMES: [&str; 7] = ["DATE", "DATETIME", "TIMESTAMP", "TIMESTAMPTZ", "TIME", "TIMETZ", "YEAR"];

/// Types that number rows in `PostgreSQL`.
const SERIALS: [&str; 6] = ["SERIAL", "BIGSERIAL", "SMALLSERIAL", "SERIAL2", "SERIAL4", "SERIAL8"];

/// Integers by their whole names; others only have `INT` somewhere in it.
const INTEGERS: [&str; 18] = [
    "INT",
    "INTEGER",
    "TINYINT",
    "SMALLINT",
    "MEDIUMINT",
    "BIGINT",
    "MIDDLEINT",
    "LONGINT",
    "HUGEINT",
    "INT1",
    "INT2",
    "INT3",
    "INT4",
    "INT8",
    "INT16",
    "INT32",
    "INT64",
    "UINT",
];

pub(super) fn find(scene: &Scene<'_>) -> Vec<SqliteHazard> {
    let mut found = Vec::new();
    scene.walk(|index, statement, moment| match statement {
        Ddl::CreateTable(new) if !new.strict => {
            found.extend(new.columns.iter().filter_map(|it| surprise(index, it)));
        }
        Ddl::AddColumn { table, column } if !moment.schema.is_strict(table) => {
            found.extend(surprise(index, column));
        }
        _ => {}
    });
    found
}

fn surprise(statement: usize, column: &NewColumn) -> Option<SqliteHazard> {
    let (written, at) = column.data_type.as_ref()?;
    let (level, what) = judge(written)?;
    let message = format!("{} is declared {written}, which {what}.", column.name);
    Some(SqliteHazard { level, ..found_by(&RULE, statement, *at, message) })
}

/// What a type does that its name does not say.
fn judge(written: &str) -> Option<(HazardLevel, &'static str)> {
    use HazardLevel::{Note, Warning};
    let upper = written.to_ascii_uppercase();
    let name = upper.split('(').next().unwrap_or(&upper);
    let words = || name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|it| !it.is_empty());
    let is_one_of = |known: &[&str]| words().any(|word| known.contains(&word));
    // SQLite looks at the whole of a type, in this order.
    if upper.contains("INT") {
        let is_float = is_one_of(&["FLOATING", "REAL", "DOUBLE"]);
        return match () {
            () if is_one_of(&INTEGERS) => None,
            () if is_float => Some((
                Note,
                "SQLite takes for INTEGER because of the INT in POINT: a division by such a value drops the remainder",
            )),
            () => Some((
                Warning,
                "SQLite takes for INTEGER because of the INT in it: text that looks like a number becomes one",
            )),
        };
    }
    if ["CHAR", "CLOB", "TEXT", "BLOB", "REAL", "FLOA", "DOUB"].iter().any(|it| upper.contains(it))
    {
        return None;
    }
    match () {
        () if is_one_of(&SERIALS) => Some((
            Warning,
            "numbers nothing in SQLite: without a value the column is NULL, and as a primary key, too; INTEGER PRIMARY KEY numbers the rows",
        )),
        () if is_one_of(&NUMBERS) => None,
        () if is_one_of(&TIMES) => Some((
            Note,
            "SQLite takes for NUMERIC: '2026-01-31' stays text, '20260131' becomes a number",
        )),
        () if is_one_of(&["BOOL", "BOOLEAN"]) => Some((
            Note,
            "SQLite takes for NUMERIC: TRUE is stored as 1, 'true' stays text, and is not true",
        )),
        () => Some((
            Warning,
            "SQLite does not know and takes for NUMERIC: text that looks like a number becomes one, '0012' becomes 12",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;
    use super::*;

    #[test]
    fn only_names_that_say_something_else_are_ones() {
        let level = |written: &str| judge(written).map(|(level, _)| level);
        for written in [
            "TEXT",
            "varchar(30)",
            "INTEGER",
            "unsigned big int",
            "int8",
            "BLOB",
            "double precision",
            "DECIMAL(10, 2)",
            "nvarchar",
            "real",
            "citext",
            "money",
        ] {
            assert_eq!(level(written), None, "{written}");
        }
        for written in
            ["string", "UUID", "json", "POINT", "charint", "interval", "serial", "ENUM('int')"]
        {
            assert_eq!(level(written), Some(HazardLevel::Warning), "{written}");
        }
        for written in ["DateTime", "timestamp with time zone", "boolean", "FLOATING POINT"] {
            assert_eq!(level(written), Some(HazardLevel::Note), "{written}");
        }
    }

    #[test]
    fn the_type_is_shown_and_strict_tables_have_none() {
        let text = "create table t (a text, \"b c\" uuid not null, constraint x check (a > 1))";
        let hazards = found(&RULE, "", text);
        assert_eq!(hazards.len(), 1);
        assert!(hazards[0].message.starts_with("b c is declared uuid, which"));
        assert_eq!(&text[hazards[0].at..][..4], "uuid");
        assert_eq!(found(&RULE, "", "create table t (a uuid) strict"), []);
        assert_eq!(found(&RULE, "create table t (a text) strict", "alter table t add b any"), []);
        assert_eq!(found(&RULE, "", "alter table t add column b json").len(), 1);
        assert_eq!(found(&RULE, "", "create table t (a, b)"), []);
    }
}
