-- Nothing to undo in the schema. Which values were null is known only to the
-- backup that turnback takes before V3 and restores here; run by itself, this
-- file leaves the defaults in place, which is what null stood for. The columns
-- themselves go with the rollback of V2.

SELECT 1 WHERE false;
