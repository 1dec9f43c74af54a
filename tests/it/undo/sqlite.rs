//! Random tables of SQLite.

use fastrand::Rng;

use super::shape::{Column, Kind, Namer, Role, Table, extended};

/// Values of every storage class, which most columns take whatever their type says.
const ANY: &[&str] = &[
    "0",
    "1",
    "-1",
    "9223372036854775807",
    "-9223372036854775808",
    "9007199254740993",
    "1.0",
    "0.1",
    "-0.0",
    "1e300",
    "9e999",
    "-9e999",
    "''",
    "' '",
    "'abc'",
    "'ABC'",
    "'1'",
    "'1.0'",
    "'1e3'",
    "'0x10'",
    "' 7'",
    "'it''s \"quoted\"'",
    "'a' || char(10) || 'b'",
    "'größe ☃'",
    "'NULL'",
    "x''",
    "x'00ff'",
    "x'616263'",
    "hex(zeroblob(60000))",
    "zeroblob(3000)",
];
const BLURRED: &[&str] = &[
    "substr(@, 1, 1)",
    "lower(@)",
    "typeof(@)",
    "CAST(@ AS TEXT)",
    "CAST(@ AS INTEGER)",
    "CAST(@ AS BLOB)",
    "length(@)",
];
const INTEGERS: &[&str] = &["0", "1", "-1", "9223372036854775807", "-9223372036854775808"];
const REALS: &[&str] = &["0.0", "-0.0", "0.1", "1e300", "9e999", "-9e999", "1"];
const TEXTS: &[&str] = &["''", "'abc'", "'ABC'", "'1'", "'it''s'", "'a' || char(10)", "'☃'"];
const BLOBS: &[&str] = &["x''", "x'00'", "x'616263'", "zeroblob(3000)"];

const fn loose(sql: &'static str) -> Kind {
    Kind { sql, values: ANY, blurred: BLURRED, retype: None }
}

const fn strict(
    sql: &'static str,
    values: &'static [&'static str],
    blurred: &'static [&'static str],
) -> Kind {
    Kind { sql, values, blurred, retype: None }
}

const LOOSE: &[&Kind] = &[
    &loose(""),
    &loose("INTEGER"),
    &loose("TEXT"),
    &loose("REAL"),
    &loose("NUMERIC"),
    &loose("BLOB"),
    &loose("VARCHAR(10)"),
    &loose("BOOLEAN"),
    &loose("DATETIME"),
    &loose("TEXT COLLATE NOCASE"),
    &loose("TEXT COLLATE RTRIM"),
];
const STRICT: &[&Kind] = &[
    &strict("INTEGER", INTEGERS, &["@ / 2", "@ % 2"]),
    &strict("INT", INTEGERS, &["@ / 2"]),
    &strict("REAL", REALS, &["round(@)"]),
    &strict("TEXT", TEXTS, &["lower(@)", "substr(@, 1, 1)"]),
    &strict("BLOB", BLOBS, &["CAST(substr(@, 1, 1) AS BLOB)"]),
    &strict("ANY", ANY, BLURRED),
];
static INTEGER: Kind = strict("INTEGER", INTEGERS, &[]);
static TEXT: Kind = strict("TEXT", TEXTS, &[]);
static REFERENCE: Kind = strict("INTEGER", &["1", "2", "3"], &[]);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Integer,
    Autoincrement,
    Text,
    /// A primary key that may be NULL, as SQLite has it.
    NullableText,
    NoCase,
    Composite,
    Unique,
    None,
}

const KEYS: [Key; 10] = [
    Key::Integer,
    Key::Integer,
    Key::Autoincrement,
    Key::Text,
    Key::NullableText,
    Key::NoCase,
    Key::Composite,
    Key::Unique,
    Key::None,
    Key::None,
];

/// Table number `number` of a world; `others` are there already.
pub fn table(random: &mut Rng, number: usize, others: &mut [Table]) -> Table {
    let mut namer = Namer { random, number };
    let key = KEYS[namer.random.usize(..KEYS.len())];
    let is_strict = key != Key::NullableText && namer.random.u8(..4) == 0;
    let has_rowid =
        !matches!(key, Key::Integer | Key::Text | Key::Composite) || namer.random.u8(..3) > 0;
    let options = match (is_strict, has_rowid) {
        (true, true) => " STRICT",
        (true, false) => " STRICT, WITHOUT ROWID",
        (false, true) => "",
        (false, false) => " WITHOUT ROWID",
    };
    let mut table = Table {
        name: namer.table(),
        columns: key_columns(key),
        constraints: Vec::new(),
        create: "CREATE TABLE",
        suffix: options.to_owned(),
        after: Vec::new(),
        rows: Vec::new(),
        overriding: "",
        is_referenced: false,
    };
    if key == Key::Composite {
        table.constraints.push("PRIMARY KEY (\"K 2\", k1)".into());
    }
    let kinds = if is_strict { STRICT } else { LOOSE };
    for _ in 0..namer.random.usize(1..7) {
        let column = data_column(&mut namer, kinds, &table.columns);
        table.columns.push(column);
    }
    decorate(&mut namer, key, &mut table);
    if namer.random.u8(..5) == 0 {
        refer(&mut namer, &mut table, others);
    }
    table.rows = namer.rows(&table.columns, |number, column| key_value(key, number, column));
    table
}

fn key_columns(key: Key) -> Vec<Column> {
    let column = |name: &str, kind: &'static Kind, constraint: &str| Column {
        name: name.to_owned(),
        kind,
        constraint: constraint.to_owned(),
        is_nullable: false,
        role: Role::Key,
    };
    match key {
        Key::Integer => vec![column("id", &INTEGER, "PRIMARY KEY")],
        Key::Autoincrement => vec![column("id", &INTEGER, "PRIMARY KEY AUTOINCREMENT")],
        Key::Text => vec![column("\"the key\"", &TEXT, "NOT NULL PRIMARY KEY")],
        Key::NullableText => vec![column("\"Id\"", &TEXT, "PRIMARY KEY")],
        Key::NoCase => vec![column("id", &TEXT, "NOT NULL COLLATE NOCASE PRIMARY KEY")],
        Key::Composite => {
            vec![column("k1", &TEXT, "NOT NULL"), column("\"K 2\"", &INTEGER, "NOT NULL")]
        }
        Key::Unique => vec![column("id", &INTEGER, "NOT NULL UNIQUE")],
        Key::None => Vec::new(),
    }
}

fn key_value(key: Key, number: usize, column: &Column) -> String {
    match column.kind.sql {
        "TEXT" if key == Key::NullableText && number.is_multiple_of(4) => "NULL".to_owned(),
        "TEXT" if number.is_multiple_of(5) => format!("'it''s \"{number}\"' || char(10)"),
        "TEXT" => format!("'Key {number}'"),
        _ if key == Key::Unique => format!("{}", number * 1_000_000_007),
        _ => number.to_string(),
    }
}

fn data_column(namer: &mut Namer<'_>, kinds: &[&'static Kind], taken: &[Column]) -> Column {
    // Hides the number of the row, by which SQLite knows rows without a key; it cannot be dropped.
    let hides_number = namer.random.u8(..25) == 0 && taken.iter().all(|it| it.name != "rowid");
    let name = if hides_number { "rowid".to_owned() } else { namer.column(taken) };
    let kind = namer.pick(kinds);
    let constant = kind.values.iter().find(|it| !it.contains('(') && !it.contains("||"));
    let constant = constant.expect("each type has a plain value");
    let (constraint, is_nullable) = match namer.random.u8(..8) {
        0 => (format!("NOT NULL DEFAULT {constant}"), false),
        1 => (format!("DEFAULT {constant}"), true),
        2 => (format!("CHECK ({name} IS NULL OR {name} IS NOT NULL)"), true),
        _ => (String::new(), true),
    };
    let role = if hides_number { Role::Pinned } else { Role::Data };
    Column { name, kind, constraint, is_nullable, role }
}

/// What tables have besides columns of data.
fn decorate(namer: &mut Namer<'_>, key: Key, table: &mut Table) {
    let name = table.name.clone();
    let fixed = |name: &str, kind: &'static Kind, constraint: &str, role| Column {
        name: name.to_owned(),
        kind,
        constraint: constraint.to_owned(),
        is_nullable: true,
        role,
    };
    match namer.random.u8(..8) {
        0 => {
            table.columns.push(fixed("ground", &TEXT, "", Role::Pinned));
            let how = if namer.random.bool() { "STORED" } else { "VIRTUAL" };
            let computed = format!("GENERATED ALWAYS AS (length(ground)) {how}");
            table.columns.push(fixed("computed", &INTEGER, &computed, Role::Computed));
        }
        1 | 2 if [Key::Integer, Key::Autoincrement].contains(&key) => {
            let counter = fixed("touched", &INTEGER, "NOT NULL DEFAULT 0", Role::Computed);
            table.columns.push(counter);
            table.after.push(format!(
                "CREATE TRIGGER {} AFTER UPDATE ON {name} WHEN NEW.touched = OLD.touched BEGIN \
                 UPDATE {name} SET touched = touched + 1 WHERE id = NEW.id; END",
                extended(&name, "_touch")
            ));
        }
        3 => {
            let index = extended(&name, "_index");
            let found = table.columns.iter_mut().find(|it| it.role == Role::Data);
            if let Some(column) = found {
                column.role = Role::Pinned;
                table.after.push(format!("CREATE INDEX {index} ON {name} ({})", column.name));
            }
        }
        _ => {}
    }
}

/// Gives the table a foreign key to another one.
fn refer(namer: &mut Namer<'_>, table: &mut Table, others: &mut [Table]) {
    let is_fit = |it: &&mut Table| {
        let key = |column: &Column| column.name == "id" && column.constraint == "PRIMARY KEY";
        it.rows.len() >= 3 && it.columns.iter().any(key)
    };
    let mut fit: Vec<_> = others.iter_mut().filter(is_fit).collect();
    if fit.is_empty() {
        return;
    }
    let at = namer.random.usize(..fit.len());
    fit[at].is_referenced = true;
    table.columns.push(Column {
        name: "parent".to_owned(),
        kind: &REFERENCE,
        constraint: format!("REFERENCES {} (id)", fit[at].name),
        is_nullable: true,
        role: Role::Data,
    });
}
