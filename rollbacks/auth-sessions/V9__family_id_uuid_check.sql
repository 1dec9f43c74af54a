-- Removes the check of V9, where family_id is text.

ALTER TABLE auth_sessions DROP CONSTRAINT IF EXISTS auth_sessions_family_id_matches;
