-- Removes the view of families.

DROP VIEW session_families;
