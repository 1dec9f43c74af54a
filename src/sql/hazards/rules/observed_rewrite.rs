use super::prelude::*;

pub static OBSERVED_REWRITE: HazardRule = HazardRule {
    id: "observed-rewrite",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Error,
    title: "the rehearsal saw a table written anew that the script does not show",
    trigger: "a statement after which a table or index has another file in the rehearsal, which \
              nobody expected from its text",
    lock: Some(HazardLock { strength: LockStrength::AccessExclusive, on: "the table" }),
    cost: Cost::Rewrite,
    why: "The table and its indexes are written anew, and nobody reads or writes it meanwhile.",
    acquittal: None,
    instead: "Look up the hazard of what the block or function does, and write its safe form; or \
              accept it with the reason.",
    example: None,
    find: Find::Elsewhere,
};
