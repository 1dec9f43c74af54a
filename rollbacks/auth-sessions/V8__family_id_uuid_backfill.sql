-- Nothing to undo: V8 wrote only the column of V7, which goes with it.

SELECT 1 WHERE false;
