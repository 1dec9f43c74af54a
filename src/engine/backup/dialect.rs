//! What the two engines write differently.

use crate::database::ColumnShape;
use crate::model::{Engine, ObjectName, SavedColumn};
use crate::sql::quote_identifier;

/// The column that stands for the values of a row that has no key.
pub(super) const KEY: &str = "turnback_key";
/// The column that counts rows of the same values.
pub(super) const NTH: &str = "turnback_nth";
/// The column that says whether a step removed the row.
pub(super) const GONE: &str = "turnback_gone";
/// The longest name `PostgreSQL` keeps whole, in bytes (`NAMEDATALEN` less one).
const LONGEST_NAME: usize = 63;

/// The most columns that are compared before they are written: a row of both sides of a join has
/// room for 1,664 in `PostgreSQL` (`MaxTupleAttributeNumber`).
pub(super) const COMPARED: usize = 400;

/// The SQL of an engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect(pub Engine);

impl Dialect {
    /// Where a table of turnback's own lies.
    pub fn place(self, name: &str) -> ObjectName {
        let schema = (self.0 == Engine::Postgres).then(|| "turnback".to_owned());
        ObjectName { schema, name: name.to_owned() }
    }

    /// The register of backups.
    pub fn register(self) -> ObjectName {
        self.place(if self.0 == Engine::Sqlite { "turnback_backup" } else { "backup" })
    }

    /// Selects the names of turnback's own tables.
    pub const fn own_tables(self) -> &'static str {
        match self.0 {
            Engine::Postgres => {
                "SELECT relname FROM pg_class WHERE relnamespace = 'turnback'::regnamespace"
            }
            Engine::Sqlite => "SELECT name FROM sqlite_schema WHERE name LIKE 'turnback%'",
        }
    }

    /// The name of a backup: that of the table and the time, as operators expect it. Where it is
    /// taken, a number is put behind it.
    pub fn backup_name(self, table: &str, time: &str, taken: impl Fn(&str) -> bool) -> String {
        let prefix = if self.0 == Engine::Sqlite { "turnback_backup_" } else { "" };
        let middle = if self.0 == Engine::Sqlite { "_" } else { "_backup_" };
        let name = |number: usize| {
            let number = if number == 1 { String::new() } else { format!("_{number}") };
            let tail = format!("{middle}{time}{number}");
            // Room for the suffixes of the tables that belong to it.
            let room = LONGEST_NAME - tail.len() - prefix.len() - "_conflicts".len();
            format!("{prefix}{}{tail}", &table[..table.floor_char_boundary(room.min(table.len()))])
        };
        let mut number = 1;
        while taken(&name(number)) {
            number += 1;
        }
        name(number)
    }

    /// A value as it is saved.
    pub fn saved(self, alias: &str, column: &ColumnShape) -> String {
        let value = format!("{alias}.{}", quote_identifier(&column.name));
        match self.0 {
            Engine::Postgres if !column.as_is => {
                format!("{value}::text COLLATE pg_catalog.\"default\"")
            }
            _ => value,
        }
    }

    /// A saved value as the column takes it now.
    pub fn put_back(
        self,
        alias: &str,
        name: &str,
        saved: &SavedColumn,
        now: &ColumnShape,
    ) -> String {
        let value = format!("{alias}.{}", quote_identifier(name));
        if self.0 == Engine::Sqlite || (saved.as_is && saved.type_name == now.type_name) {
            return value;
        }
        format!("CAST({value}::text AS {})", now.type_name)
    }

    /// Whether a live value is the one that was saved; never NULL.
    pub fn is_same(self, live: &str, now: &ColumnShape, kept: &str, saved: &SavedColumn) -> String {
        match self.0 {
            Engine::Sqlite => {
                format!("(typeof({live}) = typeof({kept}) AND {live} IS {kept} COLLATE BINARY)")
            }
            Engine::Postgres if saved.exact && saved.as_is && saved.type_name == now.type_name => {
                format!("{live} IS NOT DISTINCT FROM {kept}")
            }
            Engine::Postgres => format!("{live}::text IS NOT DISTINCT FROM {kept}::text"),
        }
    }

    /// Several values as one text that no others share.
    pub fn row_text(self, values: &[String]) -> String {
        match self.0 {
            _ if values.is_empty() => "''".to_owned(),
            Engine::Postgres => format!("ROW({})::text COLLATE \"C\"", values.join(", ")),
            Engine::Sqlite => {
                let texts: Vec<String> = values
                    .iter()
                    .map(|value| {
                        format!(
                            "substr(typeof({value}), 1, 1) || CASE typeof({value}) \
                             WHEN 'real' THEN quote({value}) ELSE hex({value}) END"
                        )
                    })
                    .collect();
                texts.join(" || ',' || ")
            }
        }
    }

    /// The same, short.
    pub fn row_key(self, values: &[String]) -> String {
        match self.0 {
            Engine::Postgres => format!("md5({})::uuid", self.row_text(values)),
            Engine::Sqlite => self.row_text(values),
        }
    }

    /// What finds a row again while nobody changes it.
    pub const fn addresses(self) -> &'static [&'static str] {
        match self.0 {
            Engine::Postgres => &["ctid", "tableoid"],
            Engine::Sqlite => &["rowid"],
        }
    }

    /// An address as a literal.
    pub fn address_literal(self, address: &str) -> String {
        match self.0 {
            Engine::Postgres => format!("'{address}'::tid"),
            Engine::Sqlite => address.to_owned(),
        }
    }

    /// What a row's address is called in a table with these columns, where rows keep their order by
    /// it while they are changed.
    pub fn lasting_address(self, columns: &[&str]) -> Option<&'static str> {
        let is_free = |name: &&str| !columns.iter().any(|own| own.eq_ignore_ascii_case(name));
        match self.0 {
            Engine::Postgres => None,
            Engine::Sqlite => ["rowid", "_rowid_", "oid"].into_iter().find(is_free),
        }
    }

    /// A literal.
    pub fn literal(self, text: &str) -> String {
        crate::sql::quote_literal(self.0, text)
    }

    /// Values of a row for people to read.
    pub fn shown(self, alias: &str, columns: &[String]) -> String {
        let quoted = columns.iter().map(|name| format!("{alias}.{}", quote_identifier(name)));
        match self.0 {
            Engine::Postgres => {
                let list: Vec<String> = quoted.collect();
                format!(
                    "(SELECT row_to_json(turnback_row)::text FROM (SELECT {}) AS turnback_row)",
                    list.join(", ")
                )
            }
            Engine::Sqlite => {
                let list: Vec<String> = quoted
                    .zip(columns)
                    .map(|(value, name)| {
                        format!("{} || quote({value})", self.literal(&format!("{name} = ")))
                    })
                    .collect();
                list.join(" || ', ' || ")
            }
        }
    }
}
