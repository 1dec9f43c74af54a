//! Hazards, judged by what the database is.

mod concerns;
mod judge;
mod policy;
mod surroundings;
mod type_change;

pub use concerns::Concern;
pub use policy::{HazardPolicy, RefusedHazard};
pub use surroundings::{
    Column, DataType, Dependent, EventTrigger, MANY_ROWS, Questions, Relation, Slot, Surroundings,
};

use super::step::Plan;
use judge::Verdict;

impl Plan {
    /// Leaves of the hazards those that are some on this database, with what was seen of it.
    pub fn judge(&mut self, surroundings: &Surroundings) {
        for step in &mut self.steps {
            step.hazards.retain_mut(|hazard| match surroundings.decide(&hazard.doubt) {
                Verdict::Acquitted => false,
                Verdict::Hazard(seen) => {
                    hazard.measured = (!seen.is_empty()).then(|| seen.join("; "));
                    true
                }
            });
        }
    }
}
