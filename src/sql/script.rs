//! What parsing a script yields.

use std::fmt;
use std::ops::Range;

use serde::Serialize;

use super::backfill::parts::Backfill;
use super::rename::Rename;
use crate::model::{ColumnNeed, LineColumn, ObjectName, ObjectRef};

/// How a script runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TransactionMode {
    /// The whole script and its record in one transaction.
    Single,
    /// Statement by statement, each recorded: with `-- turnback:transaction off`, or with a
    /// `-- turnback:backfill`, whose batches are transactions of their own.
    Off,
}

/// A script, understood as far as planning needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedScript {
    /// How it runs.
    pub mode: TransactionMode,
    /// `-- turnback:requires …`
    pub requires: Vec<Requirement>,
    /// `-- turnback:adopt-if …`
    pub adopt_if: Vec<Adoption>,
    /// `-- turnback:backup …`
    pub backups: Vec<BackupRequest>,
    /// The statements in their order; comments and empty statements are none.
    pub statements: Vec<Statement>,
}

impl ParsedScript {
    /// The statement a byte of the text belongs to, with its index: the last one that has begun.
    pub(super) fn statement_at(&self, offset: usize) -> Option<(usize, &Statement)> {
        let behind = self.statements.partition_point(|it| it.span.start <= offset);
        let index = behind.checked_sub(1)?;
        Some((index, &self.statements[index]))
    }

    /// A script without anything in it.
    pub(super) const fn empty() -> Self {
        Self {
            mode: TransactionMode::Single,
            requires: Vec::new(),
            adopt_if: Vec::new(),
            backups: Vec::new(),
            statements: Vec::new(),
        }
    }
}

/// An object that must exist before the script runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// The object.
    pub object: ObjectRef,
    /// Whether its absence is only reported (`?` behind the name).
    pub optional: bool,
    /// Where the directive names it.
    pub at: LineColumn,
}

/// A table which, where it exists, is adopted instead of created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adoption {
    /// The table.
    pub table: ObjectName,
    /// The columns it must have then.
    pub columns: Vec<ColumnNeed>,
    /// Where the directive names it.
    pub at: LineColumn,
}

/// What the author wants saved before the script runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupRequest {
    /// The table.
    pub table: ObjectName,
    /// The columns; none means the whole table.
    pub columns: Vec<String>,
    /// Where the directive names it.
    pub at: LineColumn,
}

/// A hazard the author accepts for one statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Allowance {
    /// The hazard's id.
    pub hazard: String,
    /// Why it is acceptable here.
    pub reason: String,
    /// Where the directive stands.
    pub at: LineColumn,
}

/// One statement of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its bytes in the script's text: from its first token to its last, without the semicolon.
    pub span: Range<usize>,
    /// Where it starts.
    pub at: LineColumn,
    /// What it is in a few words, such as `CREATE TABLE sessions`.
    pub summary: String,
    /// What matters about how it runs.
    pub kind: StatementKind,
    /// The relations it touches by name and, where known, the lock it takes on each.
    pub affects: Vec<Affected>,
    /// What it locks besides; `SQLite` has none.
    pub reaches: Vec<Reach>,
    /// The schemas it speaks of where it defines something, makes a schema or sets the path;
    /// `SQLite` has none.
    pub schemas: Vec<String>,
    /// The tables, columns and other objects whose data goes with it, where it is
    /// [`StatementKind::Destructive`] and names them; `DROP OWNED` names none.
    pub destroys: Vec<ObjectRef>,
    /// The rows that exist already and that it changes, deletes or converts; where it is an
    /// [`StatementKind::Update`] or a [`StatementKind::Delete`], its own first, then those of its
    /// `WITH`. What triggers, rules, functions and foreign keys do besides is not known here.
    pub changes: Vec<RowChange>,
    /// The table or column it gives another name.
    pub renames: Option<Rename>,
    /// Whether it passed unread, by `-- turnback:allow unparsed`: what it does is not known.
    pub unparsed: bool,
    /// Hazards accepted by directives above it.
    pub allows: Vec<Allowance>,
    /// Its parts, where a `-- turnback:backfill` directive stands above it.
    pub backfill: Option<Backfill>,
}

/// What matters about how a statement runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatementKind {
    /// `SET`, `RESET`: changes the session, so a resumed script repeats it.
    Session,
    /// `CREATE INDEX CONCURRENTLY`.
    CreateIndexConcurrently {
        /// The index's name; no script gets by without one.
        index: Option<ObjectName>,
        /// The indexed table, in whose schema the index is made.
        table: ObjectName,
    },
    /// `DROP INDEX CONCURRENTLY`.
    DropIndexConcurrently {
        /// The indexes.
        indexes: Vec<ObjectName>,
    },
    /// `REINDEX … CONCURRENTLY`.
    ReindexConcurrently {
        /// What it makes anew.
        of: Reindexed,
    },
    /// `ALTER TABLE … DETACH PARTITION … CONCURRENTLY`.
    DetachConcurrently {
        /// The table.
        whole: ObjectName,
        /// Its partition.
        part: ObjectName,
    },
    /// Another statement the server refuses inside a transaction block, such as `VACUUM`.
    OutsideTransaction,
    /// Creates an object or adds a column and touches no row that exists.
    Additive,
    /// `UPDATE` of a table.
    Update,
    /// `DELETE` from a table.
    Delete,
    /// `DROP …` of a table, column or schema, `TRUNCATE`: data goes with it. See
    /// [`Statement::destroys`].
    Destructive,
    /// Anything else.
    Other,
}

impl StatementKind {
    /// Whether the server refuses it inside a transaction block.
    pub const fn runs_alone(&self) -> bool {
        matches!(
            self,
            Self::CreateIndexConcurrently { .. }
                | Self::DropIndexConcurrently { .. }
                | Self::ReindexConcurrently { .. }
                | Self::DetachConcurrently { .. }
                | Self::OutsideTransaction
        )
    }
}

/// Whose indexes a `REINDEX` makes anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reindexed {
    /// A table's, or this one index; those of its partitions as well.
    Relation(ObjectName),
    /// Those of all tables in a schema.
    Schema(String),
    /// Those of all tables in the database.
    Database,
}

/// Rows that exist already and that a statement changes, deletes or converts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowChange {
    /// Their table, as written.
    pub table: ObjectName,
    /// What of them changes.
    pub what: ChangedRows,
    /// Whether `ONLY` was written: the rows of tables that inherit from it stay as they are.
    pub only: bool,
    /// Which of the table's rows they are.
    pub chosen: RowChoice,
}

/// What of a row changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangedRows {
    /// `UPDATE`: these columns get new values. Each is named once.
    Columns(Vec<String>),
    /// `DELETE`, `TRUNCATE`, `OR REPLACE`: the whole row goes.
    Rows,
    /// `ALTER COLUMN … TYPE`: the column's value is converted.
    Type {
        /// The column.
        column: String,
        /// The new type as written; `None` where the script computes the new values itself.
        to: Option<String>,
    },
}

/// Which rows of a table a statement changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowChoice {
    /// Every row.
    All,
    /// Those that a condition holds for, which can be asked of the table alone.
    Where {
        /// The condition's bytes in the script's text, without the word `WHERE`.
        span: Range<usize>,
        /// The name under which the condition must speak of the table, where it was given one.
        alias: Option<String>,
    },
    /// Some, chosen by more than a condition on the table: by other tables (`FROM`, `USING`), a
    /// `WITH`, a cursor, a `LIMIT`, or by what conflicts with a new row.
    Otherwise,
}

/// A relation a statement names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Affected {
    /// The relation, or another object where the statement is about one.
    pub object: ObjectRef,
    /// The strongest lock the statement takes on it; `None` where the engine has no such locks or
    /// it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lock: Option<LockStrength>,
}

/// Tables that a statement locks without naming them: the catalog knows which they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// What the statement names.
    pub from: ObjectName,
    /// How they stand to it.
    pub to: Reached,
    /// The lock it takes on each.
    pub lock: LockStrength,
}

/// How tables stand to what a statement names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reached {
    /// They inherit from the table; partitions are among them.
    Heirs,
    /// They are partitions of the table, or of its partitions.
    Partitions,
    /// The partition of the table for rows that fit no other one.
    DefaultPartition,
    /// The table that it is a partition of, and that one's default partition.
    Whole,
    /// The table that the index of that name belongs to.
    Indexed,
    /// They lie in the schema of that name, or stand to one there as to a table that is dropped.
    Contents,
    /// Foreign keys of the table, or of its partitions, refer to them.
    Referenced(Keys),
    /// Their foreign keys refer to the table, or to its partitions.
    Referencing(Keys),
    /// They are emptied with the table: their foreign keys refer to it, or to another one of these.
    Emptied,
}

/// Which foreign keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keys {
    /// Each.
    All,
    /// The one of this name.
    Named(String),
    /// Those with this column of the table.
    Column(String),
}

/// `PostgreSQL`'s table locks, weakest first
/// (documentation chapter "Explicit Locking", table 13.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LockStrength {
    /// Taken by `SELECT`.
    AccessShare,
    /// Taken by `SELECT … FOR UPDATE`.
    RowShare,
    /// Taken by `UPDATE`, `DELETE`, `INSERT`.
    RowExclusive,
    /// Taken by `VALIDATE CONSTRAINT`, `CREATE INDEX CONCURRENTLY`, `ANALYZE`.
    ShareUpdateExclusive,
    /// Taken by `CREATE INDEX`.
    Share,
    /// Taken by `CREATE TRIGGER`, `ADD FOREIGN KEY`.
    ShareRowExclusive,
    /// Taken by `REFRESH MATERIALIZED VIEW CONCURRENTLY`.
    Exclusive,
    /// Taken by most `ALTER TABLE`, `DROP`, `TRUNCATE`.
    AccessExclusive,
}

impl LockStrength {
    /// The weakest first.
    pub const ALL: [Self; 8] = [
        Self::AccessShare,
        Self::RowShare,
        Self::RowExclusive,
        Self::ShareUpdateExclusive,
        Self::Share,
        Self::ShareRowExclusive,
        Self::Exclusive,
        Self::AccessExclusive,
    ];

    /// The one that `pg_locks` calls so: `AccessShareLock` is `ACCESS SHARE`.
    pub fn of_pg_locks(mode: &str) -> Option<Self> {
        let letters = mode.strip_suffix("Lock")?;
        let same = |it: &Self| {
            let words = it.to_string();
            words
                .split(' ')
                .flat_map(str::chars)
                .map(|c| c.to_ascii_lowercase())
                .eq(letters.chars().map(|c| c.to_ascii_lowercase()))
        };
        Self::ALL.into_iter().find(same)
    }
}

impl fmt::Display for LockStrength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AccessShare => "ACCESS SHARE",
            Self::RowShare => "ROW SHARE",
            Self::RowExclusive => "ROW EXCLUSIVE",
            Self::ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
            Self::Share => "SHARE",
            Self::ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            Self::Exclusive => "EXCLUSIVE",
            Self::AccessExclusive => "ACCESS EXCLUSIVE",
        })
    }
}
