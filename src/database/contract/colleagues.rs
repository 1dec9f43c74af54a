//! Sessions beside a session.

use std::fmt;
use std::sync::Arc;

use super::Session;
use crate::database::DatabaseError;

type Opening = dyn Fn() -> Result<Box<dyn Session>, DatabaseError> + Send + Sync;

/// Opens further sessions on a session's database. It may be handed to other threads; each opens
/// its own.
#[derive(Clone)]
pub struct Colleagues(Arc<Opening>);

impl Colleagues {
    /// From what opens one.
    pub(in crate::database) fn new(
        open: impl Fn() -> Result<Box<dyn Session>, DatabaseError> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(open))
    }

    /// Opens a session.
    pub fn open(&self) -> Result<Box<dyn Session>, DatabaseError> {
        (self.0)()
    }
}

impl fmt::Debug for Colleagues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Colleagues")
    }
}
