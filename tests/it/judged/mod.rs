//! Hazards as the database makes them: which are some, which a run stops at, who else is concerned.

mod concerns;
mod exact;
mod refused;
