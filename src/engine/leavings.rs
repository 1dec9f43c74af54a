//! What statements that work beside others leave when they fail.

use std::fmt;

use crate::database::DatabaseError;
use crate::model::ObjectName;

/// What a statement that failed has left in the database.
#[derive(Debug)]
pub enum Leavings {
    /// Invalid indexes, which are dropped by now.
    Dropped(Vec<ObjectName>),
    /// Invalid indexes, and why they are not dropped.
    Stand(Vec<ObjectName>, Box<DatabaseError>),
    /// A partition whose detach has begun.
    HalfDetached(ObjectName),
}

impl fmt::Display for Leavings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |indexes: &[ObjectName]| {
            let names: Vec<String> = indexes.iter().map(ToString::to_string).collect();
            names.join(", ")
        };
        match self {
            Self::Dropped(indexes) => {
                write!(f, "the invalid index that it left was dropped: {}", list(indexes))
            }
            Self::Stand(indexes, error) => write!(
                f,
                "it left an invalid index, which stands, as it cannot be dropped now ({error}): {}; \
                 the next run drops it",
                list(indexes)
            ),
            Self::HalfDetached(part) => write!(
                f,
                "partition {part} is half detached: queries of the whole table no longer see its \
                 rows; the next run finishes it"
            ),
        }
    }
}
