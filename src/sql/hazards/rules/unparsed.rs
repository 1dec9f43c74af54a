use super::prelude::*;

pub static UNPARSED: HazardRule = HazardRule {
    id: "unparsed",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Error,
    title: "the statement could not be read, so its locks and dangers are not known",
    trigger: "a statement that the server may know and turnback's parser does not",
    lock: None,
    cost: Cost::Unknown,
    why: "Nobody has looked for other hazards in it, nor for what it destroys.",
    acquittal: None,
    instead: "Rehearse the migration with `turnback plan --rehearse`, and accept the statement \
              with the reason.",
    example: None,
    find: Find::Elsewhere,
};
