-- A user reads and writes only their own sessions.
--
-- The application says for whom it works with
--     SET LOCAL app.current_user_id = '<uuid>';
-- Without that, and after a connection pool has left the setting empty, there
-- are no rows and no error. A value that is no uuid is an error.
--
-- Owners of the table, superusers and roles with BYPASSRLS are not bound.

-- Permissive policies add up: one that is here already, even asleep because
-- row-level security is off, could open what this one closes. And the rollback
-- switches row-level security off, so it must have been off before.
DO $$
DECLARE
    enabled  boolean;
    policies text;
BEGIN
    SELECT c.relrowsecurity OR c.relforcerowsecurity
      INTO enabled
      FROM pg_class AS c
     WHERE c.oid = 'sessions'::regclass;

    SELECT string_agg(quote_ident(p.polname), ', ' ORDER BY p.polname)
      INTO policies
      FROM pg_policy AS p
     WHERE p.polrelid = 'sessions'::regclass;

    IF enabled OR policies IS NOT NULL THEN
        RAISE EXCEPTION 'table sessions already uses row-level security'
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  DETAIL = format('Enabled or forced: %s. Policies: %s.',
                                  CASE WHEN enabled THEN 'yes' ELSE 'no' END,
                                  coalesce(policies, 'none')),
                  HINT = 'Policies that exist would widen this one, and the rollback would switch off what was on. Drop them and disable row-level security on sessions, then run this again.';
    END IF;
END
$$;

-- The scalar subquery makes the setting an InitPlan: read once for a statement,
-- not once for each row, and an index on user_id can be used.
CREATE POLICY sessions_user_isolation ON sessions
    FOR ALL
    USING (
        user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid)
    )
    WITH CHECK (
        user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid)
    );

COMMENT ON POLICY sessions_user_isolation ON sessions IS
    'Shows and accepts only sessions of the user named by app.current_user_id; none where that is missing or empty.';

ALTER TABLE sessions ENABLE ROW LEVEL SECURITY;
