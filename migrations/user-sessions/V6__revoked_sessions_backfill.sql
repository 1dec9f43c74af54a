-- Marks sessions that were revoked as inactive, where an older application did
-- not. Since V5 no new ones appear, so this comes to an end.

-- turnback:backfill user_sessions
UPDATE user_sessions
   SET is_active = false
 WHERE revoked_at IS NOT NULL
   AND is_active;
