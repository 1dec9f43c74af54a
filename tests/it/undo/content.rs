//! Every row of a database as somebody sees it who knows nothing of turnback's code.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rusqlite::types::ValueRef;
use sha2::{Digest as _, Sha256};

use crate::support::{Database, Either, SqliteFile};

/// The rows of each table in their order as texts, with the columns by name; behind the names of
/// the columns.
pub type Content = BTreeMap<String, Vec<String>>;

/// Reads every table but turnback's and refinery's.
pub fn content(database: &Either) -> Content {
    match database {
        Either::Postgres(database) => of_postgres(database),
        Either::Sqlite(file) => of_sqlite(file),
    }
}

/// Writes one query a table, which `\gexec` runs: a line of JSON for the columns and for each row,
/// whose long values end in a hash of the whole.
const OF_POSTGRES: &str = r"
SELECT format(
    $$SELECT json_build_array(%1$L, '', %2$L)
      UNION ALL
      SELECT json_build_array(%1$L, 'r', left(r, 400) || CASE WHEN length(r) > 400
        THEN md5(r) ELSE '' END)
      FROM (SELECT ROW(%3$s)::text AS r FROM %4$I.%1$I AS rows_) AS rows$$,
    c.relname,
    a.names,
    a.columns,
    n.nspname
  )
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attname) AS names,
      string_agg('rows_.' || quote_ident(attname), ', ' ORDER BY attname) AS columns
    FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped
  ) AS a
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname = 'public'
  AND c.relname NOT LIKE 'refinery_schema_history%'
\gexec
";

fn of_postgres(database: &Database) -> Content {
    let mut content = Content::new();
    for line in database.psql(OF_POSTGRES).lines() {
        let cells: [String; 3] = serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
        let [table, kind, text] = cells;
        content.entry(table).or_default().push(format!("{kind}{text}"));
    }
    sorted(content)
}

const TABLES: &str = "SELECT name FROM sqlite_schema WHERE type = ? \
    AND name NOT LIKE 'turnback\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
    AND name NOT LIKE 'refinery_schema_history%'";
const COLUMNS: &str = "SELECT name FROM pragma_table_xinfo(?) WHERE hidden <> 1 ORDER BY name";

fn of_sqlite(file: &SqliteFile) -> Content {
    let connection = file.connection();
    let column = |sql: &str, of: &str| -> Vec<String> {
        let mut statement = connection.prepare(sql).expect("the query is right");
        let names = statement.query_map([of], |row| row.get(0)).expect("it has one parameter");
        names.map(|name| name.expect("the database can be read")).collect()
    };
    let quoted = |name: &String| format!("\"{}\"", name.replace('"', "\"\""));
    let mut content = Content::new();
    for table in column(TABLES, "table") {
        let columns: Vec<_> = column(COLUMNS, &table).iter().map(quoted).collect();
        let columns = columns.join(", ");
        let query = format!("SELECT {columns} FROM {}", quoted(&table));
        let mut statement = connection.prepare(&query).expect("the table is there");
        let count = statement.column_count();
        let rows = statement.query_map([], |row| {
            let cells = (0..count).map(|cell| row.get_ref(cell).map(shown));
            Ok(cells.collect::<rusqlite::Result<Vec<_>>>()?.join(", "))
        });
        let rows = rows.expect("it has no parameters").map(|row| format!("r{}", row.unwrap()));
        content.insert(table, std::iter::once(columns).chain(rows).collect());
    }
    sorted(content)
}

/// A value with its storage class.
fn shown(value: ValueRef<'_>) -> String {
    let text = match value {
        ValueRef::Text(bytes) => format!("'{}'", bytes.escape_ascii()),
        ValueRef::Blob(bytes) => format!("x'{}'", bytes.escape_ascii()),
        other => format!("{other:?}"),
    };
    if text.len() < 200 {
        return text;
    }
    let hash = Sha256::digest(&text);
    format!("{}… {:02x?}", text.chars().take(100).collect::<String>(), &hash[..8])
}

fn sorted(mut content: Content) -> Content {
    for rows in content.values_mut() {
        rows.sort_unstable();
    }
    content
}

/// What differs between two contents of a table, for people.
pub fn difference(expected: &[String], found: &[String]) -> String {
    let mut text = String::new();
    for (sign, rows, others) in [('-', expected, found), ('+', found, expected)] {
        let surplus = surplus(rows, others);
        for row in surplus.iter().take(8) {
            let _ = writeln!(text, "  {sign} {row}");
        }
        if surplus.len() > 8 {
            let _ = writeln!(text, "  {sign} and {} more rows", surplus.len() - 8);
        }
    }
    text
}

/// The rows that are not among the others, or there more often.
fn surplus<'a>(rows: &'a [String], others: &[String]) -> Vec<&'a str> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for row in others {
        *counts.entry(row).or_default() += 1;
    }
    let mut surplus = Vec::new();
    for row in rows {
        match counts.get_mut(row.as_str()) {
            Some(count @ 1..) => *count -= 1,
            _ => surplus.push(row.as_str()),
        }
    }
    surplus
}
