use super::prelude::*;

pub static OBSERVED_LOCK: HazardRule = HazardRule {
    id: "observed-lock",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Error,
    title: "the rehearsal saw a strong lock that the script does not show",
    trigger: "a statement that takes a lock in the rehearsal which nobody expected from its text: \
              within a block, a function, a trigger or an extension",
    lock: None,
    cost: Cost::Lock,
    why: "Others wait for the lock until the script has run.",
    acquittal: None,
    instead: "Write the statement that takes the lock itself, in a migration of its own, or accept \
              it with the reason.",
    example: None,
    find: Find::Elsewhere,
};
