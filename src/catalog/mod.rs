//! The catalog: a database's schema as plain values. Reading it is `database`'s work; comparing,
//! fingerprinting and storing it needs nothing but the values.

mod diff;
mod kind;
mod object;
mod proof;
mod record;
mod schema;
mod snapshot;
mod text;

pub use diff::{Change, Difference, differences};
pub use kind::Kind;
pub use object::{CatalogObject, ObjectKey};
pub use proof::{Ground, Verdict, foresee};
pub use record::{CatalogRow, RecordError, decode};
pub use schema::{Catalog, Scope};
pub use snapshot::{SnapshotError, read_snapshot, write_snapshot};
pub use text::{catalog_text, difference_text, object_text};
