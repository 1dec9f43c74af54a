-- Removes the function that ends a family.

DROP FUNCTION revoke_session_family(uuid, text);
