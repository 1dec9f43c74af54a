-- What a hardened session knows besides: its JWT, its device, its network, and
-- when its user last proved who they are.
--
-- auth_time gets its default only once the column is there: added with it, every
-- existing row would claim that its user signed in at the time of this migration.
-- And it gets it here already, so that no row written before V13 is missed.

ALTER TABLE auth_sessions
    ADD COLUMN current_jti   uuid,
    ADD COLUMN reused_jti_of uuid,
    ADD COLUMN device_hash   varchar(64),
    ADD COLUMN last_ip_cidr  cidr,
    ADD COLUMN auth_time     timestamptz;

ALTER TABLE auth_sessions
    ALTER COLUMN auth_time SET DEFAULT now();

COMMENT ON COLUMN auth_sessions.current_jti IS 'Id of the JWT this session last issued.';
COMMENT ON COLUMN auth_sessions.reused_jti_of IS 'JWT id whose reuse was seen on this session. Not a foreign key: such ids are not unique over all rows.';
COMMENT ON COLUMN auth_sessions.device_hash IS 'SHA-256 of the device fingerprint, in lower-case hex.';
COMMENT ON COLUMN auth_sessions.last_ip_cidr IS 'Network of the last address: /24 for IPv4, /64 for IPv6.';
COMMENT ON COLUMN auth_sessions.auth_time IS 'When the user last authenticated in full.';
