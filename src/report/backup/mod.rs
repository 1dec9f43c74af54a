//! `backup`.

mod entry;
mod list;
mod prune;
mod restore;

pub use list::backup_list_document;
pub use prune::{prune_document, prune_text};
pub use restore::{restore_document, restore_text};
