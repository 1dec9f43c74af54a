//! What others have made of the tables that a plan changes, and who else hears of it.

use serde::Serialize;

use super::super::step::{Action, Plan, Step};
use super::surroundings::{Dependent, EventTrigger, Relation, Slot, Surroundings};
use crate::model::{ObjectKind, ObjectName, bytes};
use crate::sql::{ChangedRows, Renamed, Statement};

/// Something that a plan's statements touch beyond what they name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Concern {
    /// What it is: `view`, `function`, `foreign key`, `event trigger`, `publication`, `slot`, ….
    pub kind: String,
    /// Its name.
    pub object: String,
    /// What becomes of it, or of the statement, in a sentence without its full stop.
    pub message: String,
    /// The step's place in the plan, from 0, where it is of one.
    pub step: Option<usize>,
    /// The statement's place in the step, from 0.
    pub statement: Option<usize>,
}

/// What a statement does to a table or one of its columns, that others may notice.
struct Touch {
    table: ObjectName,
    /// The column; `None` for the table as a whole.
    column: Option<String>,
    deed: Deed,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Deed {
    Drop,
    Rename,
    Type,
}

impl Plan {
    /// The tables that others may have made something of, or that others hear of.
    pub(super) fn tables_changed(&self) -> impl Iterator<Item = &ObjectName> {
        self.ahead().flat_map(|(_, _, _, statement)| {
            let backfilled = statement.backfill.as_ref().map(|it| &it.table);
            let altered = statement.affects.iter().filter(|it| {
                it.lock.is_some_and(|lock| lock >= crate::sql::LockStrength::ShareUpdateExclusive)
            });
            altered
                .filter(|it| matches!(it.object.kind, ObjectKind::Table | ObjectKind::Column))
                .map(|it| &it.object.name)
                .chain(backfilled)
        })
    }

    /// What the plan's statements touch beyond what they name.
    pub fn concerns(&self, surroundings: &Surroundings) -> Vec<Concern> {
        let mut concerns = Vec::new();
        for (index, place, _, statement) in self.ahead() {
            for touch in touches(statement) {
                let relation = surroundings.tables.get(&touch.table);
                let dependents = relation.map_or(&[][..], |it| &it.dependents);
                let told = dependents.iter().filter_map(|it| touch.told_of(it));
                concerns.extend(told.map(|(kind, object, message)| Concern {
                    kind,
                    object,
                    message,
                    step: Some(index),
                    statement: Some(place),
                }));
            }
        }
        concerns.dedup_by(|one, other| one.object == other.object && one.message == other.message);
        concerns.extend(self.publications(surroundings));
        concerns.extend(surroundings.event_triggers.iter().filter_map(|it| self.triggered(it)));
        if self.ahead().any(|(_, _, _, statement)| statement.backfill.is_some()) {
            concerns.extend(surroundings.slots.iter().map(flooded));
        }
        concerns
    }

    /// The statements that will run, with their steps and both their places.
    fn ahead(&self) -> impl Iterator<Item = (usize, usize, &Step, &Statement)> {
        let steps = self.steps.iter().enumerate().filter(|(_, step)| step.action == Action::Run);
        steps.flat_map(|(index, step)| {
            let from = step.resume.map_or(0, |resume| resume.from);
            let statements = step.parsed.statements.iter().enumerate().skip(from);
            statements.map(move |(place, statement)| (index, place, step, statement))
        })
    }

    fn publications(&self, surroundings: &Surroundings) -> Vec<Concern> {
        let mut found: Vec<(&Relation, &String)> = Vec::new();
        for table in self.tables_changed() {
            let Some(relation) = surroundings.tables.get(table) else { continue };
            for publication in &relation.publications {
                if !found.contains(&(relation, publication)) {
                    found.push((relation, publication));
                }
            }
        }
        let concern = |(relation, publication): (&Relation, &String)| Concern {
            kind: "publication".to_owned(),
            object: publication.clone(),
            message: format!(
                "sends the rows of {} to its subscribers, and nothing of how the table changes: a new \
                 column is needed there before rows have it, a dropped one afterwards",
                relation.title()
            ),
            step: None,
            statement: None,
        };
        found.into_iter().map(concern).collect()
    }

    fn triggered(&self, trigger: &EventTrigger) -> Option<Concern> {
        let runs_for = |statement: &Statement| {
            let tags = &trigger.tags;
            let is_definition = ["ALTER ", "CREATE ", "DROP ", "COMMENT ", "GRANT ", "REVOKE "]
                .iter()
                .any(|word| statement.summary.starts_with(word));
            let drops = !statement.destroys.is_empty() || statement.summary.starts_with("DROP ");
            (trigger.event != "sql_drop" || drops)
                && is_definition
                && (tags.is_empty() || tags.iter().any(|tag| statement.summary.starts_with(tag)))
        };
        let count = self.ahead().filter(|(_, _, _, statement)| runs_for(statement)).count();
        let statements = if count == 1 { "1 statement" } else { &format!("{count} statements") };
        (count > 0).then(|| Concern {
            kind: "event trigger".to_owned(),
            object: trigger.name.clone(),
            message: format!(
                "runs {}() at {} for {statements} of the plan, and may refuse",
                trigger.function, trigger.event
            ),
            step: None,
            statement: None,
        })
    }
}

fn flooded(slot: &Slot) -> Concern {
    let kept = slot.kept.map(|it| format!(", {} of it now", bytes(it))).unwrap_or_default();
    let message = if slot.active {
        format!(
            "has the server keep its log until it is read{kept}; a backfill adds what it writes"
        )
    } else {
        format!(
            "is read by nobody, and has the server keep its log{kept}; a backfill adds what it writes, \
             until the disk is full"
        )
    };
    Concern {
        kind: "replication slot".to_owned(),
        object: slot.name.clone(),
        message,
        step: None,
        statement: None,
    }
}

/// What a statement does that others may notice.
fn touches(statement: &Statement) -> Vec<Touch> {
    let dropped = statement.destroys.iter().filter_map(|object| {
        let deed = Deed::Drop;
        let truncates = statement.summary.starts_with("TRUNCATE");
        match object.kind {
            ObjectKind::Column => {
                let column = object.column.clone();
                Some(Touch { table: object.name.clone(), column, deed })
            }
            ObjectKind::Table | ObjectKind::View if !truncates => {
                Some(Touch { table: object.name.clone(), column: None, deed })
            }
            _ => None,
        }
    });
    let converted = statement.changes.iter().filter_map(|change| match &change.what {
        ChangedRows::Type { column, .. } => Some(Touch {
            table: change.table.clone(),
            column: Some(column.clone()),
            deed: Deed::Type,
        }),
        ChangedRows::Columns(_) | ChangedRows::Rows => None,
    });
    let renamed = statement.renames.as_ref().map(|rename| Touch {
        table: rename.table.clone(),
        column: match &rename.what {
            Renamed::Column { from, .. } => Some(from.clone()),
            Renamed::Table { .. } => None,
        },
        deed: Deed::Rename,
    });
    dropped.chain(converted).chain(renamed).collect()
}

impl Touch {
    /// What is to be said of something that depends on the table: kind, name, message.
    fn told_of(&self, dependent: &Dependent) -> Option<(String, String, String)> {
        if let Some(column) = &self.column
            && !dependent.columns.contains(column)
        {
            return None;
        }
        // What is part of the table goes with it.
        let is_part = matches!(dependent.kind.as_str(), "policy" | "trigger");
        if is_part && self.column.is_none() {
            return None;
        }
        let table = &self.table;
        let what = match &self.column {
            Some(column) => format!("{table}.{}", crate::model::quoted_where_needed(column)),
            None => table.to_string(),
        };
        let is_key = dependent.kind == "foreign key";
        let message = match (self.deed, dependent.recorded) {
            // The server itself follows a new name.
            (Deed::Rename, true) => return None,
            (Deed::Rename | Deed::Drop, false) => {
                format!("speaks of {what} in its text, and fails when it is called afterwards")
            }
            (Deed::Type, false) => {
                format!("speaks of {what} in its text, and may not expect the new type")
            }
            (Deed::Type, true) if is_key => {
                format!("refers to {what}: it is checked anew, and its own column keeps its type")
            }
            (Deed::Type, true) => {
                format!("uses {what}: the server refuses another type until it is dropped")
            }
            (Deed::Drop, true) => format!(
                "{} {what}: the server refuses to drop that, or drops both with CASCADE",
                if is_key { "refers to" } else { "uses" }
            ),
        };
        Some((dependent.kind.clone(), dependent.name.clone(), message))
    }
}
