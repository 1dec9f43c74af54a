-- The question every request asks, so it does nothing but look up a key. It runs
-- as the caller, who needs SELECT on revoked_access_tokens.

CREATE FUNCTION is_access_token_revoked(p_hash text)
RETURNS boolean
LANGUAGE sql
STABLE
AS $$
    SELECT EXISTS (
        SELECT
          FROM revoked_access_tokens AS r
         WHERE r.token_hash = p_hash
           AND r.expires_at > localtimestamp
    );
$$;

COMMENT ON FUNCTION is_access_token_revoked(text) IS
    'Whether an access token with this hash must be refused although it has not expired.';

-- Names in the body mean the schema the function is in, whoever calls. That
-- schema is known only now, and CREATE FUNCTION takes no expression for it.
DO $$
BEGIN
    EXECUTE format(
        'ALTER FUNCTION is_access_token_revoked(text) SET search_path = %I, pg_temp',
        current_schema()
    );
END
$$;
