-- Refuses a base that cannot be hardened, before anything changes: one that uses
-- a name of this set for something of its own, or whose family_id cannot become
-- a uuid.
--
-- The rollbacks drop by name, so a name that is taken would be lost. V18 looks
-- again, when the backfill is done.

DO $$
DECLARE
    taken text;
BEGIN
    SELECT string_agg(used.name, ', ' ORDER BY used.name)
      INTO taken
      FROM (SELECT 'column ' || a.attname
              FROM pg_attribute AS a
             WHERE a.attrelid = 'auth_sessions'::regclass
               AND a.attname IN ('current_jti', 'reused_jti_of', 'device_hash', 'last_ip_cidr', 'auth_time')
               AND NOT a.attisdropped
             UNION ALL
            SELECT wanted.name
              FROM unnest(ARRAY[
                       'idx_auth_sessions_current_jti',
                       'idx_auth_sessions_reused_jti_of',
                       'idx_auth_sessions_device_hash',
                       'idx_auth_sessions_last_ip_cidr',
                       'idx_auth_sessions_auth_time',
                       'idx_auth_sessions_family_active',
                       'idx_auth_sessions_unique_active_jti',
                       'active_sessions',
                       'session_families'
                   ]) AS wanted(name)
             WHERE to_regclass(wanted.name) IS NOT NULL
             UNION ALL
            SELECT wanted.name
              FROM unnest(ARRAY[
                       'revoke_session_family(uuid, text)',
                       'handle_token_replay(uuid, uuid)',
                       'rotate_session_token(varchar, varchar, uuid, varchar, timestamptz)',
                       'cleanup_expired_sessions()'
                   ]) AS wanted(name)
             WHERE to_regprocedure(wanted.name) IS NOT NULL) AS used(name);

    IF taken IS NOT NULL THEN
        RAISE EXCEPTION 'names of this set are already taken: %', taken
            USING ERRCODE = 'duplicate_object',
                  HINT = 'Rename or drop what has these names, then run this again.';
    END IF;
END
$$;

-- The table is read here, and locked no more than by any SELECT: V7, which locks
-- it briefly, then has nothing to read.
DO $$
DECLARE
    family_type text;
    unfit       bigint;
    examples    text;
BEGIN
    SELECT format_type(a.atttypid, NULL)
      INTO family_type
      FROM pg_attribute AS a
     WHERE a.attrelid = 'auth_sessions'::regclass
       AND a.attname = 'family_id'
       AND NOT a.attisdropped;

    IF NOT FOUND OR family_type = 'uuid' THEN
        RETURN;
    END IF;

    IF family_type NOT IN ('character varying', 'text') THEN
        RAISE EXCEPTION 'auth_sessions.family_id is of type %', family_type
            USING ERRCODE = 'datatype_mismatch',
                  HINT = 'It must be uuid, or text that holds uuids. Change its type, then run this again.';
    END IF;

    -- The forms the type uuid reads: braces as a pair or not at all, hyphens
    -- after any four digits.
    SELECT count(*)
      INTO unfit
      FROM auth_sessions AS s
     WHERE s.family_id !~ '^([0-9A-Fa-f]{4}-?){7}[0-9A-Fa-f]{4}$'
       AND s.family_id !~ '^\{([0-9A-Fa-f]{4}-?){7}[0-9A-Fa-f]{4}\}$';

    IF unfit = 0 THEN
        RETURN;
    END IF;

    SELECT string_agg(quote_literal(left(example.family_id, 64)), ', ')
      INTO examples
      FROM (SELECT DISTINCT s.family_id
              FROM auth_sessions AS s
             WHERE s.family_id !~ '^([0-9A-Fa-f]{4}-?){7}[0-9A-Fa-f]{4}$'
               AND s.family_id !~ '^\{([0-9A-Fa-f]{4}-?){7}[0-9A-Fa-f]{4}\}$'
             LIMIT 3) AS example;

    RAISE EXCEPTION 'auth_sessions.family_id holds % values that are not uuids, such as %', unfit, examples
        USING ERRCODE = 'invalid_text_representation',
              HINT = 'Give the sessions of each such family a uuid in common, or set family_id to null to have a fresh one for each session. Then run this again.';
END
$$;
