-- The users that sessions belong to.
--
-- Most databases have this table already; theirs stays as it is. The comments
-- are written here, and not in a migration of their own, so that an adopted
-- table keeps the comments it has.
-- turnback:adopt-if table users(id varchar(255), email, name)

CREATE TABLE users (
    id         varchar(255) PRIMARY KEY,
    email      varchar(255) NOT NULL UNIQUE,
    name       varchar(255),
    created_at timestamptz  NOT NULL DEFAULT now()
);

COMMENT ON TABLE users IS 'People who can sign in. Deleting one deletes their sessions and keeps their audit trail.';
COMMENT ON COLUMN users.id IS 'Key of the user.';
COMMENT ON COLUMN users.email IS 'Address the user signs in with.';
COMMENT ON COLUMN users.name IS 'Name as shown to operators.';
COMMENT ON COLUMN users.created_at IS 'When the account was made.';
