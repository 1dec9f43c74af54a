-- Nothing to undo: V4 only looks.

SELECT 1 WHERE false;
