//! `snapshot` and `diff`.

mod diff;
mod refused;
mod sets;
mod snapshot;

/// A small schema that both engines take.
const SCHEMA: &str = "
CREATE TABLE users (
    id integer PRIMARY KEY,
    name text NOT NULL DEFAULT 'nobody',
    age integer CONSTRAINT adult CHECK (age >= 18)
);
CREATE TABLE posts (
    id integer PRIMARY KEY,
    user_id integer CONSTRAINT author REFERENCES users (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX users_by_name ON users (name);
CREATE VIEW adults AS SELECT id, name FROM users WHERE age >= 18;
";
