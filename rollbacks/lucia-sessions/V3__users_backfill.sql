-- Nothing to undo in the schema. Which values were null is not known any more,
-- so the defaults stay, which is what null stood for. The columns themselves go
-- with the rollback of V2.

SELECT 1 WHERE false;
