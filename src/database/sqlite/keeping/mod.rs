//! What turnback does in a step's transaction besides running its script: saving what it destroys,
//! and putting it back.

mod around;
mod open;
mod register;
mod shapes;
mod touches;

pub(super) use around::{Kept, touched_by, within};
pub(super) use register::read_backups;
pub(super) use shapes::read as read_shapes;
pub(super) use touches::{Watch, touches_of};
