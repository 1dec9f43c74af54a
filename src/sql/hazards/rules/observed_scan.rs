use super::prelude::*;

pub static OBSERVED_SCAN: HazardRule = HazardRule {
    id: "observed-scan",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Error,
    title: "the rehearsal saw a table read from end to end under a strong lock that the script \
            does not show",
    trigger: "a statement that reads as many rows as the table has in the rehearsal, while it \
              holds a lock that stops readers or writers",
    lock: None,
    cost: Cost::Scan,
    why: "Others wait until the last row is read.",
    acquittal: None,
    instead: "Look up the hazard of what the statement does, and write its safe form; or accept it \
              with the reason.",
    example: None,
    find: Find::Elsewhere,
};
