//! What a script alone cannot tell.

use crate::model::ObjectName;

/// The question to a database whose answer decides whether a suspicion is a hazard there. Without a
/// database it counts as one where [`Doubt::counts_unasked`] says so.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Doubt {
    /// There is none: it is a hazard everywhere.
    Settled,
    /// Has one of these tables a row? One that does not exist yet has none.
    Rows(Vec<ObjectName>),
    /// Has the table a row, and does no validated CHECK prove that the column holds no NULL?
    NotNull {
        /// The table.
        table: ObjectName,
        /// The column.
        column: String,
    },
    /// Has the table a row, and is one of the functions of the column's default volatile?
    Default {
        /// The table.
        table: ObjectName,
        /// The functions the default calls.
        functions: Vec<ObjectName>,
    },
    /// Has the table a row, and is the new column's type a domain with a constraint?
    Domain {
        /// The table.
        table: ObjectName,
        /// The type as written.
        data_type: String,
    },
    /// Has the table a row, and does the new type of the column need a rewrite or a scan?
    Type {
        /// The table.
        table: ObjectName,
        /// The column.
        column: String,
        /// The new type as written.
        data_type: String,
        /// Whether the script computes the new values itself.
        using: bool,
    },
    /// Has a table with a column of this type a row?
    TypeInUse(ObjectName),
    /// Has the table of one of these indexes a row?
    Indexes(Vec<ObjectName>),
    /// Has the partition a row, and does no validated CHECK prove that all its rows belong there?
    Partition {
        /// The table it becomes a part of.
        parent: ObjectName,
        /// The partition.
        partition: ObjectName,
    },
    /// Has the table more rows than can be changed at once?
    ManyRows(ObjectName),
    /// Is the table partitioned?
    Partitioned(ObjectName),
    /// Has the table a row, and no policy?
    Policies(ObjectName),
    /// Does anything depend on one of these relations: a view, a function, a foreign key?
    Dependents(Vec<ObjectName>),
    /// Has the table a row, and can a column of the index hold NULL, with no validated CHECK that
    /// proves it does not?
    NullableKey {
        /// The table that gets a primary key.
        table: ObjectName,
        /// The index that is to serve it.
        index: ObjectName,
    },
    /// Has one of these tables a foreign key to another table?
    ForeignKeys {
        /// The tables.
        tables: Vec<ObjectName>,
        /// The one constraint that is meant, where it is.
        constraint: Option<String>,
    },
}

impl Doubt {
    /// The tables it asks about.
    pub fn tables(&self) -> &[ObjectName] {
        match self {
            Self::Rows(tables) | Self::Dependents(tables) | Self::ForeignKeys { tables, .. } => {
                tables
            }
            Self::NotNull { table, .. }
            | Self::Default { table, .. }
            | Self::Domain { table, .. }
            | Self::Type { table, .. }
            | Self::NullableKey { table, .. }
            | Self::ManyRows(table)
            | Self::Partitioned(table)
            | Self::Policies(table)
            | Self::Partition { partition: table, .. } => std::slice::from_ref(table),
            Self::Settled | Self::TypeInUse(_) | Self::Indexes(_) => &[],
        }
    }

    /// Whether the suspicion counts as a hazard where no database can be asked. Where it does not,
    /// nearly every statement of its kind is harmless.
    pub const fn counts_unasked(&self) -> bool {
        !matches!(self, Self::Partitioned(_) | Self::NullableKey { .. } | Self::ForeignKeys { .. })
    }
}
