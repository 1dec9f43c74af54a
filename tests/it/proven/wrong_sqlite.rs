//! The same on SQLite.

use super::{Wrong, check};
use crate::support::{Either, SqliteFile};

const GROUND: &str = "
CREATE TABLE users (
    id integer PRIMARY KEY,
    name text NOT NULL DEFAULT 'nobody' CHECK (name <> ''),
    born text
);
CREATE INDEX users_born ON users (born) WHERE born IS NOT NULL;
CREATE TABLE posts (id integer PRIMARY KEY, author int REFERENCES users (id) ON DELETE CASCADE);
CREATE VIEW adults AS SELECT id FROM users WHERE born < '2000-01-01';
CREATE TRIGGER stamp AFTER INSERT ON posts BEGIN UPDATE users SET born = 'now'; END;
";

/// What every way back through another table is made of.
macro_rules! rebuilt {
    ($columns:literal) => {
        concat!(
            "CREATE TABLE new (id integer PRIMARY KEY, ",
            $columns,
            "); INSERT INTO new SELECT * FROM posts; DROP TABLE posts; ALTER TABLE new RENAME TO \
             posts; CREATE TRIGGER stamp AFTER INSERT ON posts BEGIN UPDATE users SET born = \
             'now'; END;"
        )
    };
}

const WRONG: &[Wrong] = &[
    Wrong {
        fault: "forgotten index",
        up: "CREATE TABLE more (a int); CREATE INDEX users_name ON users (name);",
        down: "DROP TABLE more;",
        mended: "DROP TABLE more; DROP INDEX users_name;",
        expected: &["unexpected index users.users_name"],
    },
    Wrong {
        fault: "index without its predicate",
        up: "DROP INDEX users_born;",
        down: "CREATE INDEX users_born ON users (born);",
        mended: "CREATE INDEX users_born ON users (born) WHERE born IS NOT NULL;",
        expected: &["altered index users.users_born"],
    },
    Wrong {
        fault: "column left",
        up: "ALTER TABLE users ADD COLUMN extra text;",
        down: "-- nothing",
        mended: "ALTER TABLE users DROP COLUMN extra;",
        expected: &["unexpected column users.extra"],
    },
    Wrong {
        fault: "wrong type",
        up: "ALTER TABLE posts RENAME COLUMN author TO writer;",
        down: rebuilt!("author text REFERENCES users (id) ON DELETE CASCADE"),
        mended: "ALTER TABLE posts RENAME COLUMN writer TO author;",
        expected: &["altered column posts.author"],
    },
    Wrong {
        fault: "forgotten default and NOT NULL",
        up: "ALTER TABLE posts ADD COLUMN tag text NOT NULL DEFAULT 'none';",
        down: "ALTER TABLE posts ADD COLUMN other text;",
        mended: "ALTER TABLE posts DROP COLUMN tag;",
        expected: &["unexpected column posts.other", "unexpected column posts.tag"],
    },
    Wrong {
        fault: "dropped too much",
        up: "CREATE TABLE own (id int);",
        down: "DROP TABLE own; DROP VIEW adults;",
        mended: "DROP TABLE own;",
        expected: &["missing view adults"],
    },
    Wrong {
        fault: "forgotten trigger",
        up: "DROP TRIGGER stamp;",
        down: "-- nothing",
        mended: "CREATE TRIGGER stamp AFTER INSERT ON posts BEGIN UPDATE users SET born = 'now'; END;",
        expected: &["missing trigger posts.stamp"],
    },
    Wrong {
        fault: "foreign key without its action",
        up: rebuilt!("author int"),
        down: rebuilt!("author int REFERENCES users (id)"),
        mended: rebuilt!("author int REFERENCES users (id) ON DELETE CASCADE"),
        expected: &["altered constraint posts.\"FOREIGN KEY (author)\""],
    },
    Wrong {
        fault: "view with another query",
        up: "DROP VIEW adults;",
        down: "CREATE VIEW adults AS SELECT id FROM users;",
        mended: "CREATE VIEW adults AS SELECT id FROM users WHERE born < '2000-01-01';",
        expected: &["altered view adults"],
    },
];

#[test]
fn none_commits_and_what_is_wrong_is_named() {
    for wrong in WRONG {
        check(&Either::Sqlite(SqliteFile::new()), GROUND, wrong);
    }
}
