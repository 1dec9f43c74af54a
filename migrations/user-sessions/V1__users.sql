-- The users that sessions belong to.
--
-- Most databases have this table already; theirs stays as it is, and all the
-- set asks of it is the key that sessions refer to. The comments are written
-- here, and not in a migration of their own, so that an adopted table keeps
-- the comments it has.
-- turnback:adopt-if table users(id uuid)

CREATE TABLE users (
    id    uuid PRIMARY KEY,
    email text
);

COMMENT ON TABLE users IS 'People who can sign in. Deleting one deletes their sessions.';
COMMENT ON COLUMN users.id IS 'Key of the user.';
COMMENT ON COLUMN users.email IS 'Address the user signs in with.';
