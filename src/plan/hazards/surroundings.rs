//! What of a database decides on hazards.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::Deserialize;

use crate::model::{ObjectName, bytes, grouped};
use crate::sql::Doubt;

use super::super::step::Plan;

/// So many rows are changed in one statement before it counts as a hazard. At the 60,000 rows a second
/// that one connection changes, a row of theirs is locked for a sixth of a second.
pub const MANY_ROWS: u64 = 10_000;

/// What is to be known of a database to judge a plan. Each name is there once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Questions {
    /// Tables, and other relations.
    pub tables: Vec<ObjectName>,
    /// Indexes, whose tables are meant.
    pub indexes: Vec<ObjectName>,
    /// Functions of any signature.
    pub functions: Vec<ObjectName>,
    /// Data types as written.
    pub types: Vec<String>,
}

impl Questions {
    /// What the hazards of a plan leave open, and what else its statements name.
    pub fn of(plan: &Plan) -> Self {
        let (mut tables, mut indexes) = (BTreeSet::new(), BTreeSet::new());
        let (mut functions, mut types) = (BTreeSet::new(), BTreeSet::new());
        for doubt in plan.steps.iter().flat_map(|step| &step.hazards).map(|it| &it.doubt) {
            tables.extend(doubt.tables());
            match doubt {
                Doubt::Indexes(names) => indexes.extend(names),
                Doubt::Default { functions: names, .. } => functions.extend(names),
                Doubt::Type { data_type, .. } | Doubt::Domain { data_type, .. } => {
                    types.insert(data_type.clone());
                }
                Doubt::Partition { parent, .. } => {
                    tables.insert(parent);
                }
                Doubt::TypeInUse(name) => {
                    types.insert(name.to_string());
                }
                _ => {}
            }
        }
        Self {
            tables: tables.into_iter().cloned().collect(),
            indexes: indexes.into_iter().cloned().collect(),
            functions: functions.into_iter().cloned().collect(),
            types: types.into_iter().collect(),
        }
    }

    /// What else the tables are part of that a plan's statements change.
    pub fn around(plan: &Plan) -> Self {
        let tables: BTreeSet<&ObjectName> = plan.tables_changed().collect();
        Self { tables: tables.into_iter().cloned().collect(), ..Self::default() }
    }

    /// Whether nothing is asked.
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}

/// The answers. A name that is missing names nothing.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// By the name that was asked for.
    pub tables: HashMap<ObjectName, Relation>,
    /// The tables of indexes, by the index's name.
    pub indexes: HashMap<ObjectName, Relation>,
    /// The tables with a column of a type, by the type as written.
    pub users: HashMap<String, Vec<Relation>>,
    /// The functions that are volatile.
    pub volatile: HashSet<ObjectName>,
    /// By the type as written.
    pub types: HashMap<String, DataType>,
    /// Whether the session's time zone is UTC.
    pub is_utc: bool,
    /// The event triggers that are switched on.
    pub event_triggers: Vec<EventTrigger>,
    /// The replication slots.
    pub slots: Vec<Slot>,
}

/// A function that runs for statements of some kinds, and may refuse them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct EventTrigger {
    /// Its name.
    pub name: String,
    /// When it runs: `ddl_command_start`, `sql_drop`, ….
    pub event: String,
    /// The function.
    pub function: String,
    /// The statements it runs for, such as `CREATE TABLE`; none is all.
    pub tags: Vec<String>,
}

/// A replication slot: the server keeps its log for whoever reads from it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct Slot {
    /// Its name.
    pub name: String,
    /// `physical` or `logical`.
    pub kind: String,
    /// Whether somebody reads from it.
    pub active: bool,
    /// How the log it needs stands: `reserved`, `extended`, `unreserved`, `lost`.
    pub status: Option<String>,
    /// How many bytes of the log are kept for it.
    pub kept: Option<u64>,
}

/// A table, or another relation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct Relation {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Whether it is partitioned.
    #[serde(default)]
    pub partitioned: bool,
    /// How many rows it has: exactly as far as they were counted, up to [`MANY_ROWS`]; `None` where
    /// they could not be.
    #[serde(skip)]
    pub counted: Option<u64>,
    /// Whether its rows can be counted: the role may read them, and they are kept here.
    #[serde(default)]
    pub countable: bool,
    /// How many rows it had when the server last looked.
    #[serde(default)]
    pub estimate: Option<u64>,
    /// How many bytes it has with its indexes, about.
    #[serde(default)]
    pub bytes: Option<u64>,
    /// Its columns.
    #[serde(default)]
    pub columns: Vec<Column>,
    /// Its validated CHECK constraints, as the server writes them.
    #[serde(default)]
    pub checks: Vec<String>,
    /// The columns by which it is partitioned.
    #[serde(default)]
    pub partition_key: Vec<String>,
    /// Its foreign keys to other tables.
    #[serde(default)]
    pub foreign_keys: Vec<ForeignKey>,
    /// Its indexes.
    #[serde(default)]
    pub indexes: Vec<Index>,
    /// How many policies it has.
    #[serde(default)]
    pub policies: u64,
    /// What depends on it.
    #[serde(default)]
    pub dependents: Vec<Dependent>,
    /// The publications that send its changes.
    #[serde(default)]
    pub publications: Vec<String>,
}

/// A column, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type with its modifiers, as the server writes it.
    pub data_type: String,
    /// The type below, where its own is a domain, without modifiers.
    pub base_type: String,
    /// Whether it can hold no NULL.
    pub not_null: bool,
    /// Whether an index has it.
    pub indexed: bool,
    /// Whether a CHECK speaks of it.
    pub checked: bool,
}

/// A foreign key, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct ForeignKey {
    /// The constraint's name.
    pub name: String,
    /// The table it refers to.
    pub refers_to: String,
}

/// An index, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// The columns it is made of.
    pub columns: Vec<String>,
}

/// Something that depends on a relation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct Dependent {
    /// What it is: `view`, `materialized view`, `function`, `foreign key`, `policy`, `trigger`, ….
    pub kind: String,
    /// Its name.
    pub name: String,
    /// The columns it uses; none where it uses the relation as a whole.
    #[serde(default)]
    pub columns: Vec<String>,
    /// Whether the server knows of it; else the name was found in a function's text.
    #[serde(default)]
    pub recorded: bool,
}

/// A data type, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct DataType {
    /// The type below, where it is a domain, without modifiers.
    pub base_type: String,
    /// Whether it is a domain with a constraint.
    pub constrained: bool,
    /// The types whose values are stored just as its own.
    #[serde(default)]
    pub stored_as: Vec<String>,
}

impl Relation {
    /// Whether it surely has no rows.
    pub fn is_empty(&self) -> bool {
        self.counted == Some(0)
    }

    /// How many rows, exactly or about; `None` where nobody knows.
    pub fn rows(&self) -> Option<u64> {
        match self.counted {
            Some(rows) if rows <= MANY_ROWS => Some(rows),
            counted => self.estimate.max(counted),
        }
    }

    /// How large it is, in words: `users has about 1,200,000 rows in 310 MiB`.
    pub fn size(&self) -> String {
        let rows = match (self.counted, self.rows()) {
            (Some(1), _) => "1 row".to_owned(),
            (Some(rows), _) if rows <= MANY_ROWS => format!("{} rows", grouped(rows)),
            (Some(_), Some(rows)) if rows <= MANY_ROWS + 1 => {
                format!("more than {} rows", grouped(MANY_ROWS))
            }
            (_, Some(rows)) => format!("about {} rows", grouped(rows)),
            (_, None) => return format!("how many rows {} has is not known", self.title()),
        };
        match self.bytes {
            Some(size) => format!("{} has {rows} in {}", self.title(), bytes(size)),
            None => format!("{} has {rows}", self.title()),
        }
    }

    /// Its name, with the schema where that is not the usual one.
    pub fn title(&self) -> String {
        let schema = (!matches!(&*self.schema, "public" | "")).then(|| self.schema.clone());
        ObjectName { schema, name: self.name.clone() }.to_string()
    }

    /// The column of a name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|it| it.name == name)
    }
}
