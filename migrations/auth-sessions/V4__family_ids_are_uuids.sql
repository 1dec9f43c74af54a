-- Refuses a base whose family_id cannot become a uuid, before anything changes.
--
-- The table is read, and locked no more than by any SELECT. In a migration of
-- its own, so that V7, which locks it briefly, has nothing to read.

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
