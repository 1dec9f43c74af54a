//! Tables as the queries of backups see them: with what tells their rows apart.

use super::dialect::{Dialect, KEY, NTH};
use crate::database::{ColumnShape, DatabaseError, OpenTransaction, TableShape};
use crate::model::{Engine, Identity, LeftColumn, SavedColumn, SavedTable};
use crate::sql::{quote_identifier, quote_name};

/// A table in use, with what a backup of it tells its rows apart by.
#[derive(Debug, Clone)]
pub(super) struct Live<'a> {
    pub dialect: Dialect,
    pub shape: &'a TableShape,
    /// The columns rows are told apart by: as the backup calls them, and as they are now.
    pub identity: Vec<(&'a SavedColumn, &'a ColumnShape)>,
    is_keyed: bool,
}

impl<'a> Live<'a> {
    /// A table through a backup's eyes; `None` where a column that rows are told apart by is
    /// missing. `name_now` tells what a column is called now.
    pub fn new(
        dialect: Dialect,
        shape: &'a TableShape,
        identity: &'a Identity,
        name_now: impl Fn(&'a SavedColumn) -> Option<&'a str>,
    ) -> Option<Self> {
        let columns = identity.columns().iter().map(|saved| {
            let name = name_now(saved)?;
            Some((saved, column(dialect, shape, name)?))
        });
        Some(Self {
            dialect,
            shape,
            identity: columns.collect::<Option<_>>()?,
            is_keyed: matches!(identity, Identity::Key(_)),
        })
    }

    /// Whether a key tells its rows apart.
    pub const fn is_keyed(&self) -> bool {
        self.is_keyed
    }

    /// The table itself, quoted. Rows of tables that inherit from it are not its own.
    pub fn table(&self) -> String {
        table_sql(self.shape, self.dialect)
    }

    /// What to select from, under an alias; rows without a key come with what stands for it.
    pub fn from(&self, alias: &str) -> String {
        if self.is_keyed {
            return format!("{} AS {alias}", self.table());
        }
        let values = |of_identity: bool| -> Vec<String> {
            let columns = self.shape.columns.iter().filter(|column| !column.generated);
            columns
                .filter(|it| self.identity.iter().any(|(_, own)| own.id == it.id) == of_identity)
                .map(|column| self.dialect.saved("s", column))
                .collect()
        };
        let identity: Vec<String> =
            self.identity.iter().map(|(_, column)| self.dialect.saved("s", column)).collect();
        let addresses: String = if self.shape.addressed {
            self.addresses()
                .iter()
                .map(|it| format!(", s.{it} AS turnback_{it}"))
                .collect::<Vec<_>>()
                .concat()
        } else {
            String::new()
        };
        format!(
            "(SELECT s.*{addresses}, {key} AS {KEY}, row_number() OVER \
             (PARTITION BY {key} ORDER BY {rest}) AS {NTH} FROM {table} AS s) AS {alias}",
            key = self.dialect.row_key(&identity),
            rest = self.order().unwrap_or_else(|| self.dialect.row_text(&values(false))),
            table = self.table(),
        )
    }

    /// The address of a row, as select list under the aliases `turnback_…`.
    pub fn address_list(&self, alias: &str) -> String {
        let list: Vec<String> = if !self.shape.addressed {
            let key = self.key().iter().enumerate();
            key.map(|(n, name)| format!("{alias}.{} AS turnback_{n}", quote_identifier(name)))
                .collect()
        } else if self.is_keyed {
            let addresses = self.addresses();
            addresses.iter().map(|it| format!("{alias}.{it} AS turnback_{it}")).collect()
        } else {
            self.addresses().iter().map(|it| format!("{alias}.turnback_{it}")).collect()
        };
        list.join(", ")
    }

    /// In what order equal rows are counted, where their addresses stay as they are.
    fn order(&self) -> Option<String> {
        let names: Vec<&str> = self.shape.columns.iter().map(|it| it.name.as_str()).collect();
        let address = self.dialect.lasting_address(&names).filter(|_| self.shape.addressed)?;
        Some(format!("s.{address}"))
    }

    /// What a row's address is called.
    fn addresses(&self) -> Vec<&str> {
        match &self.shape.address {
            Some(name) => vec![name],
            None => self.dialect.addresses().to_vec(),
        }
    }

    /// The key that finds a row which has no address.
    fn key(&self) -> &[String] {
        self.shape.keys.first().map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether a row of the table is the one an [`Self::address_list`] is of.
    pub fn is_at(&self, alias: &str, found: &str) -> String {
        let list: Vec<String> = if self.shape.addressed {
            let addresses = self.addresses();
            addresses.iter().map(|it| format!("{alias}.{it} = {found}.turnback_{it}")).collect()
        } else {
            let key = self.key().iter().enumerate();
            key.map(|(n, name)| {
                format!("{alias}.{} = {found}.turnback_{n}", quote_identifier(name))
            })
            .collect()
        };
        list.join(" AND ")
    }

    /// Whether a row of the table is the one that a row of a backup's tables is about.
    pub fn is_row_of(&self, alias: &str, kept: &str) -> String {
        if !self.is_keyed {
            return format!("{alias}.{KEY} = {kept}.{KEY} AND {alias}.{NTH} = {kept}.{NTH}");
        }
        let list: Vec<String> = self
            .identity
            .iter()
            .map(|(saved, column)| {
                format!(
                    "{} = {kept}.{}",
                    self.dialect.saved(alias, column),
                    quote_identifier(&saved.name)
                )
            })
            .collect();
        list.join(" AND ")
    }

    /// A column that is never NULL in a row of the table, so that NULL tells that a row is missing.
    pub fn presence(&self, alias: &str) -> String {
        match self.identity.first() {
            Some((_, column)) if self.is_keyed => {
                format!("{alias}.{}", quote_identifier(&column.name))
            }
            _ => format!("{alias}.{NTH}"),
        }
    }
}

/// What tells rows apart in a backup's own tables, as select list.
pub(super) fn identity_list(identity: &Identity, alias: &str) -> String {
    match identity {
        Identity::Key(columns) => {
            let list: Vec<String> = columns
                .iter()
                .map(|column| format!("{alias}.{}", quote_identifier(&column.name)))
                .collect();
            list.join(", ")
        }
        Identity::Values(_) => format!("{alias}.{KEY}, {alias}.{NTH}"),
    }
}

/// Whether rows of two of a backup's own tables are about the same row.
pub(super) fn is_same_row(identity: &Identity, one: &str, other: &str) -> String {
    let names: Vec<String> = match identity {
        Identity::Key(columns) => {
            columns.iter().map(|column| quote_identifier(&column.name)).collect()
        }
        Identity::Values(_) => vec![KEY.to_owned(), NTH.to_owned()],
    };
    let list: Vec<String> =
        names.iter().map(|name| format!("{one}.{name} = {other}.{name}")).collect();
    list.join(" AND ")
}

/// What the step left in a column, as its backup tells it.
pub(super) fn left_value(alias: &str, left: &LeftColumn) -> String {
    let place = quote_identifier(&left.place);
    match left.element {
        Some(element) => format!("({alias}.{place})[{element}]"),
        None => format!("{alias}.{place}"),
    }
}

/// The saved rows to select from. Whole rows without a key carry nothing that stands for it: tables
/// may have as many columns as there is room for.
pub(super) fn kept_from(dialect: Dialect, kept: &SavedTable, alias: &str) -> String {
    let SavedTable { identity, columns, .. } = kept;
    let table = quote_name(&dialect.place(&kept.place));
    let Identity::Values(of_identity) = identity else { return format!("{table} AS {alias}") };
    if kept.numbered {
        return format!("{table} AS {alias}");
    }
    let value = |column: &SavedColumn| format!("s.{}", quote_identifier(&column.name));
    let key = dialect.row_key(&of_identity.iter().map(value).collect::<Vec<_>>());
    let rest = columns.iter().filter(|it| of_identity.iter().all(|own| own.name != it.name));
    let names: Vec<&str> = columns.iter().chain(of_identity).map(|it| it.name.as_str()).collect();
    // Copies are made in the order of the addresses.
    let rest = match dialect.lasting_address(&names) {
        Some(address) => format!("s.{address}"),
        None => dialect.row_text(&rest.map(value).collect::<Vec<_>>()),
    };
    format!(
        "(SELECT s.*, {key} AS {KEY}, row_number() OVER (PARTITION BY {key} ORDER BY {rest}) \
         AS {NTH} FROM {table} AS s) AS {alias}"
    )
}

/// A table by its name, without those that inherit from it.
pub(super) fn table_sql(shape: &TableShape, dialect: Dialect) -> String {
    let name = quote_name(&shape.name());
    if dialect.0 == Engine::Postgres && !shape.partitioned { format!("ONLY {name}") } else { name }
}

/// A column by its name, as the engine compares names.
pub(super) fn column<'a>(
    dialect: Dialect,
    shape: &'a TableShape,
    name: &str,
) -> Option<&'a ColumnShape> {
    shape.columns.iter().find(|column| match dialect.0 {
        Engine::Postgres => column.name == name,
        Engine::Sqlite => column.name.eq_ignore_ascii_case(name),
    })
}

/// The column of one table that is a column of another one, which is the same table at another
/// time, or one built in its place. `SQLite` numbers columns by where they stand, so that a renamed
/// one is found only where none was added or dropped.
pub(super) fn same_column<'a>(
    dialect: Dialect,
    from: &TableShape,
    name: &str,
    to: &'a TableShape,
) -> Option<&'a ColumnShape> {
    let own = column(dialect, from, name)?;
    let by_number = || to.columns.iter().find(|it| it.id == own.id);
    match dialect.0 {
        Engine::Postgres if from.id == to.id => by_number(),
        Engine::Postgres => column(dialect, to, name),
        Engine::Sqlite => column(dialect, to, name).or_else(|| {
            let is_same = from.id == to.id && from.columns.len() == to.columns.len();
            by_number().filter(|it| is_same && column(dialect, from, &it.name).is_none())
        }),
    }
}

/// How many rows a table or a join has.
pub(super) fn count(from: &str, open: &mut dyn OpenTransaction) -> Result<u64, DatabaseError> {
    let counted = open.ask(&format!("SELECT count(*) FROM {from}"))?;
    let count = counted.rows.first().and_then(|row| row.first().cloned()).flatten();
    Ok(count.and_then(|it| it.parse().ok()).unwrap_or(0))
}
