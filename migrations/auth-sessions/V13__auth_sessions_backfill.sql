-- Fills what can be known about the sessions that exist: a family of their own
-- where they have none, when their user signed in, their device and network.
--
-- One UPDATE for all of it: each would write a new version of the row, into
-- every index.
--
-- convert_to() gives the bytes of the agent as they are. A cast to bytea would
-- read a backslash as an escape and fail, and whoever connects chooses the text.

-- turnback:backfill auth_sessions
UPDATE auth_sessions
   SET family_id = coalesce(family_id, gen_random_uuid()),
       auth_time = coalesce(auth_time, created_at, now()),
       device_hash = coalesce(device_hash, encode(sha256(convert_to(user_agent, 'UTF8')), 'hex')),
       last_ip_cidr = coalesce(last_ip_cidr, auth_sessions_network(ip::text))
 WHERE family_id IS NULL
    OR auth_time IS NULL
    OR (device_hash IS NULL AND user_agent IS NOT NULL)
    OR (last_ip_cidr IS NULL AND auth_sessions_network(ip::text) IS NOT NULL);

DO $$
DECLARE
    unreadable bigint;
BEGIN
    SELECT count(*)
      INTO unreadable
      FROM auth_sessions AS s
     WHERE s.last_ip_cidr IS NULL
       AND s.ip IS NOT NULL
       AND auth_sessions_network(s.ip::text) IS NULL;

    IF unreadable > 0 THEN
        RAISE WARNING 'auth_sessions: % values of ip are no address; last_ip_cidr stays null there', unreadable
            USING HINT = 'SELECT ip, count(*) FROM auth_sessions WHERE ip IS NOT NULL AND last_ip_cidr IS NULL GROUP BY ip ORDER BY count(*) DESC;';
    END IF;
END
$$;
