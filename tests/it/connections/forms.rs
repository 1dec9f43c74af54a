//! The forms that psql takes: URLs, keywords, variables, service and password files, sockets.

use super::{assert_reached, encoded, project, status};
use crate::support::{Cluster, Database, Login, Secured, Turnback};

/// What the environment names in place of a URL.
fn by_variables(database: &Database) -> Turnback {
    project()
        .command(&["status", "--format", "json"])
        .env("PGHOST", "127.0.0.1")
        .env("PGPORT", database.port().to_string())
        .env("PGUSER", "postgres")
        .env("PGDATABASE", database.name())
}

#[test]
fn every_form_of_url_leads_to_the_same_database() {
    let cluster = Cluster::shared();
    let database = cluster.database();
    let (port, name) = (cluster.port(), database.name());
    let sockets = cluster.sockets().display();
    let encoded = encoded(cluster.sockets());
    for url in [
        format!("postgres://postgres@127.0.0.1:{port}/{name}"),
        format!("postgresql://postgres@127.0.0.1:{port}/{name}"),
        format!("postgres://127.0.0.1:{port}/{name}?user=postgres"),
        format!("postgres://postgres@localhost:{port}/{name}?application_name=x"),
        format!("postgres:///{name}?host=127.0.0.1&port={port}&user=postgres"),
        format!("postgres://postgres@{encoded}:{port}/{name}"),
        format!("postgres://postgres@/{name}?host={sockets}&port={port}"),
        format!("host=127.0.0.1 port={port} user=postgres dbname={name}"),
        format!("host='{sockets}' port={port} user='postgres' dbname = '{name}'"),
        format!("postgres://postgres@127.0.0.1:1,127.0.0.1:{port}/{name}"),
        format!("postgres://postgres@ignored.invalid:{port}/{name}?hostaddr=127.0.0.1"),
    ] {
        let run = status(&url).run();
        assert_eq!(run.code, 0, "{url}:\n{run}");
        assert_reached(run, &database);
    }
}

#[test]
fn the_variables_of_libpq_name_a_database() {
    let database = Cluster::shared().database();
    assert_reached(by_variables(&database).run(), &database);
    let sockets = Cluster::shared().sockets().display().to_string();
    assert_reached(by_variables(&database).env("PGHOST", sockets).run(), &database);
    // A URL goes before them, part by part.
    let url = format!("postgres:///{}", database.name());
    let run = by_variables(&database).env("PGDATABASE", "other").env("DATABASE_URL", url).run();
    assert_reached(run, &database);
}

#[test]
fn a_service_file_names_a_database() {
    let database = Cluster::shared().database();
    let project = project();
    let section = format!(
        "# ours\n[shop]\nhost=127.0.0.1\nport={}\nuser=postgres\ndbname={}\n",
        database.port(),
        database.name()
    );
    project.write("services.conf", &section).write(".pg_service.conf", &section);
    let file = project.path().join("services.conf");
    let command = || project.command(&["status", "--format", "json"]);
    let by_name = command().env("PGSERVICE", "shop");
    assert_reached(by_name.env("PGSERVICEFILE", &file).run(), &database);
    let by_url = command().env("DATABASE_URL", "postgres://?service=shop");
    assert_reached(by_url.env("PGSERVICEFILE", &file).run(), &database);
    let at_home = command().env("PGSERVICE", "shop").env("HOME", project.path());
    assert_reached(at_home.run(), &database);
    let system_wide = command().env("PGSERVICE", "shop").env("PGSYSCONFDIR", "/nonexistent");
    let run = system_wide.run().expect_code(2);
    assert!(run.json()["error"]["message"].to_string().contains("\\\"shop\\\" is not defined"));
}

#[test]
fn a_service_that_is_not_defined_says_where_it_was_looked_for() {
    let run = project().command(&["status"]).env("PGSERVICE", "shop").run().expect_code(2);
    assert!(run.stderr.contains("the connection service \"shop\" is not defined"), "{run}");
    assert!(run.stderr.contains(".pg_service.conf does not exist"), "{run}");
    assert!(run.stderr.contains("next: add a section [shop]"), "{run}");
}

/// A project whose home holds a password file.
fn with_passfile(database: &Database, password: &str, mode: u32) -> Turnback {
    use std::os::unix::fs::PermissionsExt as _;
    let project = project();
    let escaped = password.replace('\\', "\\\\").replace(':', "\\:");
    let role = Login::Password.role();
    let lines = format!(
        "# passwords\nother:*:*:*:wrong\nlocalhost:{}:*:{role}:{escaped}\n*:*:*:*:wrong\n",
        database.port()
    );
    project.write(".pgpass", lines);
    let file = project.path().join(".pgpass");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
    let url = format!("postgres://{role}@localhost:{}/{}", database.port(), database.name());
    let command = project.command(&["status", "--format", "json"]);
    command.env("DATABASE_URL", url).env("HOME", project.path())
}

#[test]
fn the_password_comes_from_the_file_the_variable_or_the_url() {
    let secured = Secured::shared();
    let database = secured.database();
    let url = secured.url(&database, Login::Password);
    assert_reached(status(&url).run(), &database);
    let bare = url.replace(&format!(":{}", Secured::ENCODED_PASSWORD), "");
    assert_reached(status(&bare).env("PGPASSWORD", Secured::PASSWORD).run(), &database);
    assert_reached(with_passfile(&database, Secured::PASSWORD, 0o600).run(), &database);
    let elsewhere = with_passfile(&database, "wrong", 0o600);
    let other = project();
    other.write("secrets", format!("*:*:*:*:{}", Secured::PASSWORD.replace(':', "\\:")));
    let file = other.path().join("secrets");
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    assert_reached(elsewhere.env("PGPASSFILE", file).run(), &database);
    // The one that is named closest wins, and is not tried again with another.
    let run = status(&url).env("PGPASSWORD", "wrong").run();
    assert_reached(run, &database);
    let run = with_passfile(&database, Secured::PASSWORD, 0o600).env("PGPASSWORD", "wrong").run();
    assert_eq!(run.expect_code(1).json()["error"]["sqlstate"], "28P01");
}

#[test]
fn a_password_file_that_others_can_read_is_not_used_and_that_is_said() {
    let database = Secured::shared().database();
    let run = with_passfile(&database, Secured::PASSWORD, 0o644).run().expect_code(1);
    let said = "the server asks for a password and none is given";
    assert!(run.json()["error"]["message"].as_str().unwrap().contains(said), "{run}");
    assert!(run.stderr.contains(".pgpass"), "{run}");
}

#[test]
fn a_parameter_of_the_url_that_is_misspelt_is_refused() {
    for (parameter, said) in [
        ("sslMode=require", "did you mean sslmode?"),
        ("pgbouncer=true", "unknown connection parameter \"pgbouncer\""),
        ("sslmode=yes", "sslmode is \"yes\""),
        ("connect_timeout=soon", "connect_timeout is \"soon\""),
    ] {
        let run = project().url(&format!("postgres://u@h/d?{parameter}")).run(&["status"]);
        let run = run.expect_code(2);
        assert!(run.stderr.contains(said), "{run}");
    }
}
