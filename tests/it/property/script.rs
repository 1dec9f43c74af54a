//! The migrations: each makes an object of its own, so that any of them can stand without the
//! others.

use turnback::model::{Engine, Version};
use turnback::sets::{Migration, Script};

/// What a migration makes, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Table,
    Column,
    Index,
    /// A table and then an index on it, without a transaction.
    Stepwise,
    /// A table that may be there already.
    Adoptable,
}

impl Kind {
    pub const ALL: [Self; 5] =
        [Self::Table, Self::Column, Self::Index, Self::Stepwise, Self::Adoptable];

    /// What stands once it is applied, in the order it comes to stand.
    pub fn objects(self, v: i64) -> Vec<String> {
        let (table, index) = (format!("table t{v}"), format!("index i{v}"));
        match self {
            Self::Table | Self::Adoptable => vec![table],
            Self::Column => vec![format!("column c{v}")],
            Self::Index => vec![index],
            Self::Stepwise => vec![table, index],
        }
    }

    pub fn migration(self, engine: Engine, v: i64, is_broken: bool) -> Migration {
        let (up, down) = self.texts(engine, v, is_broken);
        let name = "step".to_owned();
        let script = |directory: &str, text: &str| {
            Script::new(format!("{directory}/V{v}__{name}.sql"), text)
        };
        Migration {
            version: Version::new(v),
            script: script("migrations", &up),
            rollback: script("rollbacks", &down),
            name,
        }
    }

    /// A broken script does its work first, and has it undone by its last statement.
    fn texts(self, engine: Engine, v: i64, is_broken: bool) -> (String, String) {
        let concurrently = match engine {
            Engine::Postgres => "CONCURRENTLY ",
            Engine::Sqlite => "",
        };
        let table = format!("CREATE TABLE t{v} (id integer, body text);\n");
        let fault =
            if is_broken { format!("INSERT INTO nowhere VALUES ({v});\n") } else { String::new() };
        match self {
            Self::Table => (table + &fault, format!("DROP TABLE t{v};\n")),
            Self::Column => (
                format!("ALTER TABLE base ADD COLUMN c{v} integer;\n{fault}"),
                format!("ALTER TABLE base DROP COLUMN c{v};\n"),
            ),
            Self::Index => {
                (format!("CREATE INDEX i{v} ON base (id);\n{fault}"), format!("DROP INDEX i{v};\n"))
            }
            Self::Stepwise => {
                let column = if is_broken { "nothing" } else { "id" };
                (
                    format!(
                        "-- turnback:transaction off\n{table}\
                         CREATE INDEX {concurrently}i{v} ON t{v} ({column});\n"
                    ),
                    // It may have to undo a half.
                    format!(
                        "-- turnback:transaction off\nDROP INDEX {concurrently}IF EXISTS i{v};\n\
                         DROP TABLE IF EXISTS t{v};\n"
                    ),
                )
            }
            Self::Adoptable => (
                format!("-- turnback:adopt-if table t{v}\n{table}{fault}"),
                format!("DROP TABLE t{v};\n"),
            ),
        }
    }
}
