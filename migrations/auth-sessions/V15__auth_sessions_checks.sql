-- Every session has a family and a time of authentication.
--
-- NOT VALID: new and changed rows are checked from here on, and the existing
-- ones are not read while the table is locked. V16 reads them, and makes the
-- columns NOT NULL.

ALTER TABLE auth_sessions
    ADD CONSTRAINT auth_sessions_family_id_present
        CHECK (family_id IS NOT NULL) NOT VALID,
    ADD CONSTRAINT auth_sessions_auth_time_present
        CHECK (auth_time IS NOT NULL) NOT VALID;
