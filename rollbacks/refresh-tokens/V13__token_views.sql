-- Removes the two views.

DROP VIEW security_event_summary;
DROP VIEW active_refresh_tokens;
