//! Single changes of functions, views, triggers, rules and policies.

use super::changes::{Case, case, check};

#[test]
fn every_change_of_a_function_shows() {
    check(FUNCTIONS);
}

#[test]
fn every_change_of_a_view_shows() {
    check(VIEWS);
}

#[test]
fn every_change_of_a_trigger_a_rule_and_a_policy_shows() {
    check(TRIGGERS);
}

const TWICE: &[&str] = &["altered function app.twice(integer)"];
const TOUCH: &[&str] = &["altered function app.touch()"];
const PLUS: &[&str] = &["altered function app.plus(integer, integer)"];

const FUNCTIONS: &[Case] = &[
    case(
        "CREATE OR REPLACE FUNCTION app.twice(n integer) RETURNS integer LANGUAGE sql \
         IMMUTABLE STRICT PARALLEL SAFE AS 'SELECT n * 3'",
        "CREATE OR REPLACE FUNCTION app.twice(n integer) RETURNS integer LANGUAGE sql \
         IMMUTABLE STRICT PARALLEL SAFE AS 'SELECT n * 2'",
        TWICE,
    ),
    case(
        "ALTER FUNCTION app.twice(integer) STABLE",
        "ALTER FUNCTION app.twice(integer) IMMUTABLE",
        TWICE,
    ),
    case(
        "ALTER FUNCTION app.twice(integer) CALLED ON NULL INPUT",
        "ALTER FUNCTION app.twice(integer) STRICT",
        TWICE,
    ),
    case(
        "ALTER FUNCTION app.twice(integer) PARALLEL UNSAFE",
        "ALTER FUNCTION app.twice(integer) PARALLEL SAFE",
        TWICE,
    ),
    case(
        "ALTER FUNCTION app.twice(integer) LEAKPROOF",
        "ALTER FUNCTION app.twice(integer) NOT LEAKPROOF",
        TWICE,
    ),
    case(
        "ALTER FUNCTION app.twice(integer) COST 7",
        "ALTER FUNCTION app.twice(integer) COST 100",
        TWICE,
    ),
    case(
        "ALTER FUNCTION app.moods(app.mood) ROWS 20",
        "ALTER FUNCTION app.moods(app.mood) ROWS 10",
        &["altered function app.moods(app.mood)"],
    ),
    case(
        "ALTER FUNCTION app.touch() SECURITY INVOKER",
        "ALTER FUNCTION app.touch() SECURITY DEFINER",
        TOUCH,
    ),
    case(
        "ALTER FUNCTION app.touch() SET search_path TO app, public",
        "ALTER FUNCTION app.touch() SET search_path TO app, pg_temp",
        TOUCH,
    ),
    case(
        "ALTER FUNCTION app.touch() RESET work_mem",
        "ALTER FUNCTION app.touch() SET work_mem TO '8MB'",
        TOUCH,
    ),
    case(
        "ALTER FUNCTION app.touch() OWNER TO catalog_writer",
        "ALTER FUNCTION app.touch() OWNER TO catalog_owner; \
         GRANT EXECUTE ON FUNCTION app.touch() TO catalog_writer WITH GRANT OPTION",
        TOUCH,
    ),
    case(
        "GRANT EXECUTE ON FUNCTION app.touch() TO PUBLIC",
        "REVOKE EXECUTE ON FUNCTION app.touch() FROM PUBLIC",
        TOUCH,
    ),
    case(
        "COMMENT ON FUNCTION app.twice(integer) IS 'Trebles'",
        "COMMENT ON FUNCTION app.twice(integer) IS 'Doubles'",
        TWICE,
    ),
    case(
        "CREATE OR REPLACE FUNCTION app.plus(a integer, b integer DEFAULT 1) RETURNS integer \
         LANGUAGE sql STABLE RETURN a - b",
        "CREATE OR REPLACE FUNCTION app.plus(a integer, b integer DEFAULT 1) RETURNS integer \
         LANGUAGE sql STABLE RETURN a + b",
        PLUS,
    ),
    case(
        "CREATE OR REPLACE FUNCTION app.plus(a integer, b integer DEFAULT 2) RETURNS integer \
         LANGUAGE sql STABLE RETURN a + b",
        "CREATE OR REPLACE FUNCTION app.plus(a integer, b integer DEFAULT 1) RETURNS integer \
         LANGUAGE sql STABLE RETURN a + b",
        PLUS,
    ),
    case(
        "CREATE FUNCTION app.twice(n bigint) RETURNS bigint LANGUAGE sql AS 'SELECT n * 2'",
        "DROP FUNCTION app.twice(bigint)",
        &["unexpected function app.twice(bigint)"],
    ),
    case(
        "CREATE OR REPLACE PROCEDURE app.tidy(keep interval DEFAULT '30 days') LANGUAGE plpgsql \
         AS $$BEGIN COMMIT; END$$",
        "CREATE OR REPLACE PROCEDURE app.tidy(keep interval DEFAULT '30 days') LANGUAGE plpgsql \
         AS $$BEGIN NULL; END$$",
        &["altered procedure app.tidy(interval)"],
    ),
    case(
        "CREATE OR REPLACE AGGREGATE app.total(integer) \
         (SFUNC = app.sum_state, STYPE = integer, INITCOND = '1')",
        "CREATE OR REPLACE AGGREGATE app.total(integer) \
         (SFUNC = app.sum_state, STYPE = integer, INITCOND = '0')",
        &["altered aggregate app.total(integer)"],
    ),
];

const VIEWS: &[Case] = &[
    case(
        "CREATE OR REPLACE VIEW app.named WITH (check_option = local) AS \
         SELECT id, name FROM app.users WHERE score > 2",
        "CREATE OR REPLACE VIEW app.named WITH (check_option = local) AS \
         SELECT id, name FROM app.users WHERE score > 1",
        &["altered view app.named"],
    ),
    case(
        "ALTER VIEW app.guarded SET (security_barrier = false)",
        "ALTER VIEW app.guarded SET (security_barrier = true)",
        &["altered view app.guarded"],
    ),
    case(
        "ALTER VIEW app.named RESET (check_option)",
        "ALTER VIEW app.named SET (check_option = local)",
        &["altered view app.named"],
    ),
    case(
        "ALTER VIEW app.guarded OWNER TO catalog_writer",
        "ALTER VIEW app.guarded OWNER TO catalog_owner",
        &["altered view app.guarded"],
    ),
    case(
        "REVOKE SELECT ON app.named FROM catalog_reader",
        "GRANT SELECT ON app.named TO catalog_reader",
        &["altered view app.named"],
    ),
    case(
        "COMMENT ON VIEW app.named IS 'All names'",
        "COMMENT ON VIEW app.named IS 'Names'",
        &["altered view app.named"],
    ),
    case(
        "ALTER VIEW app.named ALTER name DROP DEFAULT",
        "ALTER VIEW app.named ALTER name SET DEFAULT 'x'",
        &["altered column app.named.name"],
    ),
    case(
        "ALTER MATERIALIZED VIEW app.counts SET (fillfactor = 50)",
        "ALTER MATERIALIZED VIEW app.counts SET (fillfactor = 90)",
        &["altered materialized view app.counts"],
    ),
    case(
        "REFRESH MATERIALIZED VIEW app.empty",
        "REFRESH MATERIALIZED VIEW app.empty WITH NO DATA",
        &["altered materialized view app.empty"],
    ),
];

const TRIGGERS: &[Case] = &[
    case(
        "ALTER TABLE app.users DISABLE TRIGGER touched",
        "ALTER TABLE app.users ENABLE TRIGGER touched",
        &["altered trigger app.users.touched"],
    ),
    case(
        "ALTER TABLE app.posts ENABLE ALWAYS TRIGGER quiet",
        "ALTER TABLE app.posts DISABLE TRIGGER quiet",
        &["altered trigger app.posts.quiet"],
    ),
    case(
        "ALTER TABLE app.events_2024 DISABLE TRIGGER events_touch",
        "ALTER TABLE app.events_2024 ENABLE TRIGGER events_touch",
        &["unexpected trigger app.events_2024.events_touch"],
    ),
    case(
        "CREATE OR REPLACE TRIGGER touched BEFORE UPDATE ON app.users FOR EACH ROW \
         EXECUTE FUNCTION app.touch()",
        "CREATE OR REPLACE TRIGGER touched BEFORE UPDATE ON app.users FOR EACH ROW \
         WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION app.touch()",
        &["altered trigger app.users.touched"],
    ),
    case(
        "COMMENT ON TRIGGER touched ON app.users IS NULL",
        "COMMENT ON TRIGGER touched ON app.users IS 'Stamps'",
        &["altered trigger app.users.touched"],
    ),
    case(
        "ALTER TABLE app.log DISABLE RULE keep",
        "ALTER TABLE app.log ENABLE RULE keep",
        &["altered rule app.log.keep"],
    ),
    case(
        "CREATE OR REPLACE RULE no_delete AS ON DELETE TO app.named WHERE OLD.id > 0 DO INSTEAD NOTHING",
        "CREATE OR REPLACE RULE no_delete AS ON DELETE TO app.named DO INSTEAD NOTHING",
        &["altered rule app.named.no_delete"],
    ),
    case(
        "ALTER POLICY own ON app.posts USING (author > 0)",
        "ALTER POLICY own ON app.posts USING (author = current_setting('app.user')::bigint)",
        &["altered policy app.posts.own"],
    ),
    case(
        "ALTER POLICY own ON app.posts WITH CHECK (author > 1)",
        "ALTER POLICY own ON app.posts WITH CHECK (author > 0)",
        &["altered policy app.posts.own"],
    ),
    case(
        "ALTER POLICY own ON app.posts TO catalog_reader",
        "ALTER POLICY own ON app.posts TO catalog_reader, catalog_writer",
        &["altered policy app.posts.own"],
    ),
    case(
        "ALTER POLICY authored ON app.posts USING (EXISTS (SELECT 1 FROM app.users WHERE id <> author))",
        "ALTER POLICY authored ON app.posts USING (EXISTS (SELECT 1 FROM app.users WHERE id = author))",
        &["altered policy app.posts.authored"],
    ),
    case(
        "DROP POLICY authored ON app.posts; CREATE POLICY authored ON app.posts FOR SELECT \
         USING (EXISTS (SELECT 1 FROM app.users WHERE id = author))",
        "DROP POLICY authored ON app.posts; CREATE POLICY authored ON app.posts AS RESTRICTIVE \
         FOR SELECT USING (EXISTS (SELECT 1 FROM app.users WHERE id = author))",
        &["altered policy app.posts.authored"],
    ),
    case(
        "COMMENT ON POLICY own ON app.posts IS 'Theirs'",
        "COMMENT ON POLICY own ON app.posts IS 'One''s own'",
        &["altered policy app.posts.own"],
    ),
];
