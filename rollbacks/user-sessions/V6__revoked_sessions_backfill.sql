-- Nothing to undo in the schema. Which revoked sessions were marked active is
-- not known any more, so they stay inactive, which is what revoked means.

SELECT 1 WHERE false;
