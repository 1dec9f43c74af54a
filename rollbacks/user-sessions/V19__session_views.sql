-- Removes the two views.

DROP VIEW user_session_devices;
DROP VIEW active_user_sessions;
