-- The people who can sign in, known by their address.
--
-- A portal that already has this table keeps it as it is; all the set asks of
-- it is the key that its other tables refer to.
-- turnback:adopt-if table users(email)

CREATE TABLE IF NOT EXISTS users (
    email   text NOT NULL PRIMARY KEY,
    role    text NOT NULL DEFAULT 'member',
    name    text,
    created datetime DEFAULT current_timestamp
);
