use super::prelude::*;

pub static UNKNOWN_HAZARD: HazardRule = HazardRule {
    id: "unknown-hazard",
    engine: None,
    level: HazardLevel::Error,
    title: "no hazard has this name",
    trigger: "`-- turnback:allow` with a name that is not in this list",
    lock: None,
    cost: Cost::Unknown,
    why: "A misspelt name accepts nothing, though it looks as if it did.",
    acquittal: None,
    instead: "Take the name from the finding that is to be accepted.",
    example: None,
    find: Find::Elsewhere,
};
