//! The time line of a run as a document to be kept: JSON for machines, one HTML page for people.

mod chart;
mod escape;
mod figures;
mod page;
mod steps;

use serde_json::Value;

use crate::engine::Timeline;

pub use page::timeline_html;

/// The time line for machines.
pub fn timeline_json(timeline: &Timeline) -> Value {
    serde_json::to_value(timeline).expect("its keys are texts and its numbers finite")
}
