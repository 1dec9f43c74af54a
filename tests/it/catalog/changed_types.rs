//! Single changes of types, sequences and schemas, and of what belongs to the whole database.

use super::changes::{Case, case, check};
use crate::support::Cluster;

#[test]
fn every_change_of_a_type_shows() {
    check(TYPES);
}

#[test]
fn every_change_of_a_sequence_shows() {
    check(SEQUENCES);
}

#[test]
fn every_change_of_what_belongs_to_the_whole_database_shows() {
    check(DATABASE);
}

#[test]
fn every_change_of_a_publication_of_parts_shows() {
    if Cluster::major() >= 15 {
        check(PUBLICATIONS_OF_PARTS);
    }
}

const TYPES: &[Case] = &[
    case(
        "ALTER TYPE app.mood RENAME VALUE 'sad' TO 'blue'",
        "ALTER TYPE app.mood RENAME VALUE 'blue' TO 'sad'",
        &["altered type app.mood"],
    ),
    case(
        "GRANT USAGE ON TYPE app.mood TO catalog_writer",
        "REVOKE USAGE ON TYPE app.mood FROM catalog_writer",
        &["altered type app.mood"],
    ),
    case(
        "COMMENT ON TYPE app.mood IS NULL",
        "COMMENT ON TYPE app.mood IS 'How it is'",
        &["altered type app.mood"],
    ),
    case(
        "ALTER DOMAIN app.email DROP NOT NULL",
        "ALTER DOMAIN app.email SET NOT NULL",
        &["altered type app.email"],
    ),
    case(
        "ALTER DOMAIN app.email DROP DEFAULT",
        "ALTER DOMAIN app.email SET DEFAULT 'nobody@example.com'",
        &["altered type app.email"],
    ),
    case(
        "ALTER DOMAIN app.pct DROP CONSTRAINT high",
        "ALTER DOMAIN app.pct ADD CONSTRAINT high CHECK (VALUE <= 100)",
        &["missing constraint app.pct.high"],
    ),
    case(
        "ALTER DOMAIN app.pct ADD CONSTRAINT odd CHECK (VALUE <> 50) NOT VALID",
        "ALTER DOMAIN app.pct DROP CONSTRAINT odd",
        &["unexpected constraint app.pct.odd"],
    ),
    case(
        "COMMENT ON CONSTRAINT low ON DOMAIN app.pct IS NULL",
        "COMMENT ON CONSTRAINT low ON DOMAIN app.pct IS 'Not less'",
        &["altered constraint app.pct.low"],
    ),
    case(
        "ALTER TYPE app.address RENAME ATTRIBUTE street TO road",
        "ALTER TYPE app.address RENAME ATTRIBUTE road TO street",
        &["altered type app.address"],
    ),
    case(
        "COMMENT ON COLUMN app.address.zip IS NULL",
        "COMMENT ON COLUMN app.address.zip IS 'The code'",
        &["altered type app.address"],
    ),
    case(
        "DROP TYPE app.span; CREATE TYPE app.span AS RANGE (subtype = float8); \
         ALTER TYPE app.span OWNER TO catalog_owner",
        "DROP TYPE app.span; \
         CREATE TYPE app.span AS RANGE (subtype = float8, subtype_diff = float8mi); \
         ALTER TYPE app.span OWNER TO catalog_owner",
        &["altered type app.span"],
    ),
    case(
        "ALTER TYPE app.address OWNER TO catalog_writer",
        "ALTER TYPE app.address OWNER TO catalog_owner",
        &["altered type app.address"],
    ),
];

const TICKET: &[&str] = &["altered sequence app.ticket"];

const SEQUENCES: &[Case] = &[
    case("ALTER SEQUENCE app.ticket INCREMENT 6", "ALTER SEQUENCE app.ticket INCREMENT 5", TICKET),
    case("ALTER SEQUENCE app.ticket NO CYCLE", "ALTER SEQUENCE app.ticket CYCLE", TICKET),
    case("ALTER SEQUENCE app.ticket CACHE 8", "ALTER SEQUENCE app.ticket CACHE 7", TICKET),
    case("ALTER SEQUENCE app.ticket START 101", "ALTER SEQUENCE app.ticket START 100", TICKET),
    case("ALTER SEQUENCE app.ticket MINVALUE 9", "ALTER SEQUENCE app.ticket MINVALUE 10", TICKET),
    case(
        "ALTER SEQUENCE app.ticket NO MAXVALUE",
        "ALTER SEQUENCE app.ticket MAXVALUE 9000",
        TICKET,
    ),
    case("ALTER SEQUENCE app.ticket AS bigint", "ALTER SEQUENCE app.ticket AS integer", TICKET),
    case(
        "REVOKE USAGE ON SEQUENCE app.ticket FROM catalog_writer",
        "GRANT USAGE ON SEQUENCE app.ticket TO catalog_writer",
        TICKET,
    ),
    case(
        "ALTER SEQUENCE app.posts_id_seq OWNED BY NONE",
        "ALTER SEQUENCE app.posts_id_seq OWNED BY app.posts.id",
        &["altered sequence app.posts_id_seq"],
    ),
];

const DATABASE: &[Case] = &[
    case(
        "COMMENT ON SCHEMA app IS NULL",
        "COMMENT ON SCHEMA app IS 'The application'",
        &["altered schema app"],
    ),
    case(
        "GRANT CREATE ON SCHEMA app TO catalog_writer",
        "REVOKE CREATE ON SCHEMA app FROM catalog_writer",
        &["altered schema app"],
    ),
    case(
        "REVOKE USAGE ON SCHEMA public FROM PUBLIC",
        "GRANT USAGE ON SCHEMA public TO PUBLIC",
        &["altered schema public"],
    ),
    case(
        "ALTER SCHEMA \"Odd Schema\" OWNER TO catalog_writer",
        "ALTER SCHEMA \"Odd Schema\" OWNER TO postgres",
        &["altered schema \"Odd Schema\""],
    ),
    case("CREATE EXTENSION citext", "DROP EXTENSION citext", &["unexpected extension citext"]),
    case(
        "UPDATE pg_extension SET extversion = '0.1' WHERE extname = 'hstore'",
        "UPDATE pg_extension SET extversion = ( \
             SELECT default_version FROM pg_available_extensions WHERE name = 'hstore') \
         WHERE extname = 'hstore'",
        &["minor extension hstore"],
    ),
    case(
        "ALTER DEFAULT PRIVILEGES FOR ROLE catalog_owner IN SCHEMA app \
         GRANT INSERT ON TABLES TO catalog_reader",
        "ALTER DEFAULT PRIVILEGES FOR ROLE catalog_owner IN SCHEMA app \
         REVOKE INSERT ON TABLES FROM catalog_reader",
        &["altered default privileges app.tables for role catalog_owner"],
    ),
    case(
        "ALTER DEFAULT PRIVILEGES FOR ROLE catalog_owner GRANT EXECUTE ON FUNCTIONS TO PUBLIC",
        "ALTER DEFAULT PRIVILEGES FOR ROLE catalog_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
        &["missing default privileges functions for role catalog_owner"],
    ),
    case(
        "ALTER EVENT TRIGGER watch DISABLE",
        "ALTER EVENT TRIGGER watch ENABLE",
        &["altered event trigger watch"],
    ),
    case(
        "COMMENT ON EVENT TRIGGER watch IS NULL",
        "COMMENT ON EVENT TRIGGER watch IS 'Watches'",
        &["altered event trigger watch"],
    ),
    case(
        "ALTER PUBLICATION news SET (publish = 'insert')",
        "ALTER PUBLICATION news SET (publish = 'insert, update')",
        &["altered publication news"],
    ),
    case(
        "ALTER PUBLICATION news ADD TABLE app.visits",
        "ALTER PUBLICATION news DROP TABLE app.visits",
        &["altered publication news"],
    ),
    case(
        "ALTER PUBLICATION everything SET (publish_via_partition_root = true)",
        "ALTER PUBLICATION everything SET (publish_via_partition_root = false)",
        &["altered publication everything"],
    ),
];

const PUBLICATIONS_OF_PARTS: &[Case] = &[
    case(
        "ALTER PUBLICATION news SET TABLE app.users WHERE (score > 1), app.log",
        "ALTER PUBLICATION news SET TABLE app.users, app.log",
        &["altered publication news"],
    ),
    case(
        "ALTER PUBLICATION news SET TABLE app.users (id, name), app.log",
        "ALTER PUBLICATION news SET TABLE app.users, app.log",
        &["altered publication news"],
    ),
    case(
        "ALTER PUBLICATION news ADD TABLES IN SCHEMA app",
        "ALTER PUBLICATION news DROP TABLES IN SCHEMA app",
        &["altered publication news"],
    ),
];
