//! What every file needs to say what is known of its hazard.

pub(super) use squawk_linter::Rule as SquawkRule;

pub(super) use crate::model::Engine;
pub(super) use crate::sql::hazards::doubt::Doubt;
pub(super) use crate::sql::hazards::rule::{
    Cost, Example, Find, HazardLevel, HazardLock, HazardRule,
};
pub(super) use crate::sql::hazards::scene::{Mark, Scene};
pub(super) use crate::sql::script::LockStrength;
