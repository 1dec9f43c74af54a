-- Brings back the function of V12, as it was.

CREATE FUNCTION auth_sessions_network(p_address text)
RETURNS cidr
LANGUAGE plpgsql
IMMUTABLE
STRICT
AS $$
DECLARE
    address inet;
BEGIN
    address := p_address::inet;

    -- ::ffff:192.0.2.1 is how a socket open to both families writes an IPv4
    -- address. Read as IPv6, all of them would share one /64.
    IF address <<= '::ffff:0:0/96'::inet THEN
        address := '0.0.0.0'::inet + (address - '::ffff:0:0'::inet);
    END IF;

    RETURN network(set_masklen(address, CASE family(address) WHEN 4 THEN 24 ELSE 64 END));
EXCEPTION
    WHEN data_exception THEN
        RETURN NULL;
END
$$;

COMMENT ON FUNCTION auth_sessions_network(text) IS
    'Network of an address: /24 for IPv4, also where it is written as IPv6 (::ffff:192.0.2.1), /64 for IPv6. Null for text that is no address.';

DO $$
BEGIN
    EXECUTE format(
        'ALTER FUNCTION auth_sessions_network(text) SET search_path = %I, pg_temp',
        current_schema()
    );
END
$$;
