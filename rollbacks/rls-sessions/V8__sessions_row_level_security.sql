-- Switches row-level security off and removes the policy of V8. In this order,
-- so that a run without a transaction never leaves the table closed to everyone.

ALTER TABLE sessions DISABLE ROW LEVEL SECURITY;

DROP POLICY sessions_user_isolation ON sessions;
