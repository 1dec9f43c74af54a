-- Removes the view of live sessions.

DROP VIEW active_sessions;
