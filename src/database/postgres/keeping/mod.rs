//! What turnback does in a step's transaction besides running its script: saving what it destroys,
//! and putting it back.

mod alone;
mod around;
mod open;
mod parametrised;
mod register;
mod shapes;

pub(super) use alone::keep;
pub(super) use around::{Kept, run_part};
pub(super) use register::read_backups;
pub(super) use shapes::read_tables;
