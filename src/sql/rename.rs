//! Tables and columns that a statement gives another name.

use super::words::Words;
use crate::model::ObjectName;

/// Another name for a table or a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rename {
    /// The table, by the name it has until then.
    pub table: ObjectName,
    /// What gets another name.
    pub what: Renamed,
}

/// What gets another name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Renamed {
    /// The table; or it goes to another schema.
    Table {
        /// Its name from then on.
        to: ObjectName,
    },
    /// A column.
    Column {
        /// Its name until then.
        from: String,
        /// Its name from then on.
        to: String,
    },
}

/// `ALTER TABLE … RENAME …` and `ALTER TABLE … SET SCHEMA …`.
pub(super) fn rename(mut words: Words<'_>) -> Option<Rename> {
    if !words.eat_all(&["ALTER", "TABLE"]) {
        return None;
    }
    words.eat_if_exists();
    words.eat("ONLY");
    let table = words.name()?;
    if words.eat_all(&["SET", "SCHEMA"]) {
        let to = ObjectName { schema: words.identifier(), name: table.name.clone() };
        return Some(Rename { table, what: Renamed::Table { to } });
    }
    if !words.eat("RENAME") || words.is("CONSTRAINT") {
        return None;
    }
    if words.eat("TO") {
        let to = ObjectName { schema: table.schema.clone(), name: words.identifier()? };
        return Some(Rename { table, what: Renamed::Table { to } });
    }
    words.eat("COLUMN");
    let from = words.identifier()?;
    let to = words.eat("TO").then(|| words.identifier()).flatten()?;
    Some(Rename { table, what: Renamed::Column { from, to } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Engine;
    use crate::sql::token::lex;

    fn of(text: &str) -> Option<Rename> {
        rename(Words::new(Engine::Postgres, text, &lex(Engine::Postgres, text).tokens))
    }

    fn name(schema: Option<&str>, name: &str) -> ObjectName {
        ObjectName { schema: schema.map(str::to_owned), name: name.to_owned() }
    }

    #[test]
    fn tables_and_columns_get_other_names() {
        let table = |from: ObjectName, to: ObjectName| {
            Some(Rename { table: from, what: Renamed::Table { to } })
        };
        assert_eq!(
            of("ALTER TABLE IF EXISTS app.Users RENAME TO \"People\""),
            table(name(Some("app"), "users"), name(Some("app"), "People"))
        );
        assert_eq!(
            of("ALTER TABLE users SET SCHEMA old"),
            table(name(None, "users"), name(Some("old"), "users"))
        );
        let what = Renamed::Column { from: "a b".into(), to: "c".into() };
        let column = Some(Rename { table: name(None, "t"), what });
        assert_eq!(of("alter table only t rename column \"a b\" to c"), column);
        assert_eq!(of("alter table t rename \"a b\" to C"), column);
    }

    #[test]
    fn what_renames_neither_is_none() {
        for text in [
            "ALTER TABLE t RENAME CONSTRAINT a TO b",
            "ALTER INDEX i RENAME TO j",
            "ALTER TABLE t ADD COLUMN rename int",
            "ALTER TABLE t RENAME",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
