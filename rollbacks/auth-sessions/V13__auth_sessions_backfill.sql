-- Nothing to undo in the schema: the columns V13 filled go with V5, and with V6
-- where it added family_id. In a family_id that was here before, which values
-- were null is known only to the backup that turnback takes before V13 and
-- restores here; run by itself, this file leaves the families in place.

SELECT 1 WHERE false;
