use super::prelude::*;

pub static UNUSED_ALLOW: HazardRule = HazardRule {
    id: "unused-allow",
    engine: None,
    level: HazardLevel::Warning,
    title: "the directive accepts a hazard that the next statement does not have",
    trigger: "`-- turnback:allow <hazard>` above a statement without that hazard",
    lock: None,
    cost: Cost::Unknown,
    why: "It would accept the hazard unseen if the statement were changed, and it hides that the \
          danger has gone.",
    acquittal: None,
    instead: "Remove the directive.",
    example: None,
    find: Find::Elsewhere,
};
