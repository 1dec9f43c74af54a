//! Rows that a statement's own condition chooses.

use super::dialect::Dialect;
use super::relation::table_sql;
use crate::database::{DatabaseError, OpenTransaction, TableShape};
use crate::model::ObjectName;
use crate::sql::{quote_identifier, quote_name};

/// So many rows are copied in well under a second.
const FEW: u64 = 100_000;

/// A condition that chooses rows of a table by what they hold alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Condition {
    pub text: String,
    /// The name under which it speaks of the table.
    pub alias: String,
}

/// The rows a condition chose.
#[derive(Debug)]
pub(super) struct Chosen {
    pub condition: Condition,
    /// The table that holds their addresses.
    place: ObjectName,
    rows: u64,
}

impl Chosen {
    /// Whether they are few enough to be copied while others wait.
    pub const fn are_few(&self) -> bool {
        self.rows <= FEW
    }

    /// Joins them to the table as `t`.
    pub fn join(&self) -> String {
        format!(
            " JOIN {} AS c ON t.ctid = c.turnback_at AND t.tableoid = c.turnback_in",
            quote_name(&self.place)
        )
    }

    /// Takes the addresses away again.
    pub fn drop(&self, open: &mut dyn OpenTransaction) -> Result<(), DatabaseError> {
        open.run(&format!("DROP TABLE {}", quote_name(&self.place)))?;
        Ok(())
    }
}

impl Condition {
    /// Chooses a table's rows as the script would, and writes their addresses into a table of that
    /// name. `None` where the condition cannot be asked yet: it may speak of a column that the
    /// script makes.
    pub fn choose(
        &self,
        dialect: Dialect,
        shape: &TableShape,
        place: &str,
        open: &mut dyn OpenTransaction,
    ) -> Result<Option<Chosen>, DatabaseError> {
        let place = dialect.place(place);
        let (table, alias) = (table_sql(shape, dialect), quote_identifier(&self.alias));
        open.run("SAVEPOINT turnback_choice")?;
        let made = open.run_as_script(&format!(
            "CREATE TABLE {} AS SELECT {alias}.ctid AS turnback_at, \
             {alias}.tableoid AS turnback_in FROM {table} AS {alias} WHERE ({})",
            quote_name(&place),
            self.text
        ));
        match made {
            Ok(rows) => {
                open.run("RELEASE SAVEPOINT turnback_choice")?;
                Ok(Some(Chosen { condition: self.clone(), place, rows }))
            }
            Err(DatabaseError::Statement { .. }) => {
                open.run("ROLLBACK TO SAVEPOINT turnback_choice")?;
                open.run("RELEASE SAVEPOINT turnback_choice")?;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}
