-- Removes the function that records use.

DROP FUNCTION touch_session(uuid);
