use super::prelude::*;

pub static BAN_DROP_SCHEMA: HazardRule = HazardRule {
    id: "ban-drop-schema",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Error,
    title: "applications that still use the schema fail",
    trigger: "`DROP SCHEMA`",
    lock: None,
    cost: Cost::Clients,
    why: "With `CASCADE` everything in it goes, whoever made it. Without, the schema has to be \
          empty; what names it, such as a `search_path`, finds its objects elsewhere or not at \
          all, and its grants are gone.",
    acquittal: None,
    instead: "Move or drop what is in it by name, in migrations of their own, and drop the empty \
              schema when no release names it any more.",
    example: Some(Example {
        ground: "CREATE SCHEMA reporting;",
        bad: "DROP SCHEMA reporting;",
        safe: &["-- turnback:allow ban-drop-schema -- empty, and in no search_path since May
DROP SCHEMA reporting;"],
    }),
    find: Find::Squawk(SquawkRule::BanDropSchema),
};
