//! One backup.

use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

use crate::model::{Backup, Identity, ObjectName, quoted_where_needed};

/// Everything the register says of a backup.
pub(super) fn entry_json(backup: &Backup, places: &Places) -> Value {
    let table = &backup.table;
    let identity: Vec<&String> = table.identity.columns().iter().map(|it| &it.name).collect();
    json!({
        "id": backup.id,
        "set": Some(&backup.set).filter(|set| !set.is_empty()),
        "version": backup.version,
        "name": backup.name,
        "direction": direction(backup),
        "schema": table.schema,
        "table": table.table,
        "table_removed": table.is_gone(),
        "columns": table.columns.iter().map(|it| &it.name).collect::<Vec<_>>(),
        "whole_rows": table.whole,
        "identity": {
            "kind": match table.identity { Identity::Key(_) => "key", Identity::Values(_) => "values" },
            "columns": identity,
        },
        "rows": backup.rows,
        "bytes": backup.bytes,
        "hash": backup.hash,
        "taken_at": backup.taken_at.format(&Rfc3339).ok(),
        "state": backup.state,
        "conflicts": backup.conflicts,
        "place": places.place,
        "left_place": places.left_place,
        "conflicts_place": places.conflicts_place,
    })
}

/// The tables a backup lies in.
pub(super) struct Places {
    pub place: ObjectName,
    pub left_place: Option<ObjectName>,
    pub conflicts_place: Option<ObjectName>,
}

impl Places {
    pub fn of(backup: &Backup) -> Self {
        // Only an engine with schemas keeps them in one of turnback's.
        let schema = backup.table.schema.as_ref().map(|_| "turnback".to_owned());
        let own = |name: &str| ObjectName { schema: schema.clone(), name: name.to_owned() };
        let table = &backup.table;
        Self {
            place: own(&table.place),
            left_place: table.left_place.as_deref().map(own),
            conflicts_place: (backup.conflicts > 0)
                .then(|| own(&format!("{}_conflicts", table.place))),
        }
    }
}

/// Which way the step went that destroyed it.
pub(super) fn direction(backup: &Backup) -> &'static str {
    if backup.rolling_back { "rollback" } else { "migrate" }
}

/// `public.users`.
pub(super) fn table_name(backup: &Backup) -> String {
    let table = &backup.table;
    ObjectName { schema: table.schema.clone(), name: table.table.clone() }.to_string()
}

/// The saved columns, or that rows were saved with all of them.
pub(super) fn columns_text(backup: &Backup) -> String {
    if backup.table.whole {
        return "whole rows".to_owned();
    }
    let columns = backup.table.columns.iter();
    columns.map(|it| quoted_where_needed(&it.name)).collect::<Vec<_>>().join(", ")
}
