use super::prelude::*;

pub static BAN_DROP_DATABASE: HazardRule = HazardRule {
    id: "ban-drop-database",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Error,
    title: "a whole database goes, and no rollback brings it back",
    trigger: "`DROP DATABASE`",
    lock: None,
    cost: Cost::Data,
    why: "Nothing of another database can be saved, and the statement is not part of any \
          transaction.",
    acquittal: None,
    instead: "Drop databases by hand, with a backup at hand, and not in a migration.",
    example: None,
    find: Find::Squawk(SquawkRule::BanDropDatabase),
};
