use super::prelude::*;

pub static BAN_DROP_TYPE: HazardRule = HazardRule {
    id: "ban-drop-type",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Error,
    title: "statements that name the type, operator or cast fail",
    trigger: "`DROP TYPE`, `DROP CAST`, `DROP OPERATOR` with its classes and families",
    lock: None,
    cost: Cost::Clients,
    why: "Applications cast to it by name, and drivers look it up by its number and keep that. \
          Where a column has the type the statement fails, or with `CASCADE` drops the column.",
    acquittal: None,
    instead: "Give columns another type first, release an application that does not name this one, \
              and drop it then.",
    example: Some(Example {
        ground: "CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE TABLE account (id int PRIMARY KEY);
INSERT INTO account SELECT generate_series(1, 2000);",
        bad: "DROP TYPE mood;",
        safe: &["-- turnback:allow ban-drop-type -- no column has it, and no release casts to it
DROP TYPE mood;"],
    }),
    find: Find::Squawk(SquawkRule::BanDropType),
};
