//! What the bundled sets leave open to whom, and what a checker of their functions finds.

mod functions;
mod policies;
mod privileges;
mod views;

use std::sync::LazyLock;

use crate::support::{Client, Cluster, Database, Turnback, turnback};

/// The bundled sets for PostgreSQL, by the program's own word.
static SETS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let json = turnback(&["sets", "--format", "json"]).expect_code(0).json();
    let sets = json["sets"].as_array().unwrap_or_else(|| panic!("{json}"));
    let names = sets.iter().filter(|it| it["engine"] == "postgresql");
    let names: Vec<_> = names.map(|it| it["name"].as_str().unwrap().to_owned()).collect();
    assert!(names.len() >= 4, "{json}");
    names
});

/// With this table there before it, `auth-sessions` needs functions that it does not need else.
const TEXT_FAMILIES: &str = "
    CREATE TABLE app.users (
        id varchar(255) PRIMARY KEY, email varchar(255) UNIQUE NOT NULL, name varchar(255),
        created_at timestamptz NOT NULL DEFAULT now());
    CREATE TABLE app.auth_sessions (
        id varchar(255) PRIMARY KEY,
        user_id varchar(255) NOT NULL REFERENCES app.users (id) ON DELETE CASCADE,
        refresh_token_hash varchar(255) NOT NULL, family_id varchar(255),
        rotated_from varchar(255), user_agent text, ip varchar(45),
        created_at timestamptz DEFAULT now(), last_used timestamptz DEFAULT now(),
        expires_at timestamptz NOT NULL, revoked_at timestamptz)";

/// Each set on each ground where it makes something of its own.
fn grounds() -> impl Iterator<Item = (&'static str, &'static str)> {
    let fresh = SETS.iter().map(|set| (set.as_str(), ""));
    fresh.chain([("auth-sessions", TEXT_FAMILIES)])
}

/// A set in a schema of its own, and a role that may use the schema and no more.
struct Ground {
    set: &'static str,
    database: Database,
    role: String,
}

impl Ground {
    /// Nothing is installed yet.
    fn new((set, tables): (&'static str, &'static str)) -> Self {
        let database = Cluster::shared().database();
        let role = format!("{}_stranger", database.name());
        database.psql(&format!(
            "CREATE SCHEMA app; CREATE ROLE {role}; GRANT USAGE ON SCHEMA app TO {role};\n{tables}"
        ));
        Self { set, database, role }
    }

    fn installed(ground: (&'static str, &'static str)) -> Self {
        let ground = Self::new(ground);
        ground.turnback(&["migrate"]);
        ground
    }

    fn turnback(&self, args: &[&str]) {
        let url = self.database.url();
        let all = [&["-D", &url, "--set", self.set, "--schema", "app"], args].concat();
        Turnback::new(&all).run().expect_code(0);
    }

    /// A connection of the role.
    fn stranger(&self) -> Client {
        let client = Client::connect(&self.database);
        client.tell(&format!("SET search_path = app; SET ROLE {}", self.role));
        client
    }

    /// Gives the role a privilege.
    fn grant(&self, what: &str) {
        self.psql(&format!("GRANT {what} TO {}", self.role));
    }

    /// Runs SQL as the owner.
    fn psql(&self, sql: &str) -> String {
        self.database.psql(&format!("SET search_path = app;\n{sql}"))
    }

    /// The same, line by line.
    fn rows(&self, sql: &str) -> Vec<String> {
        self.psql(sql).lines().map(str::to_owned).collect()
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        let role = &self.role;
        let _ = self.database.try_psql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
    }
}
