-- Removes the function that acts on a replay.

DROP FUNCTION handle_token_replay(uuid, uuid);
