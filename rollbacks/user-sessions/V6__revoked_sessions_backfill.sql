-- Nothing to undo in the schema. Which revoked sessions were marked active is
-- known only to the backup that turnback takes before V6 and restores here; run
-- by itself, this file leaves them inactive, which is what revoked means.

SELECT 1 WHERE false;
