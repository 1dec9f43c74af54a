//! A live database that is named: it is asked for its roles, and not touched.

use super::{alone, set_for, there, verdicts};
use crate::support::{Cluster, Project};

#[test]
fn it_is_not_changed() {
    let database = Cluster::shared().database();
    database.psql("CREATE TABLE users (id int); INSERT INTO users VALUES (1)");
    let before = database.dump();
    let project = Project::for_database(&database);
    let run = there(project.command(&["prove", "--set", "rls-sessions", "--to", "2"])).run();
    let run = run.expect_code(0);
    assert!(run.stdout.ends_with("2 of 2 migrations proven\n"), "{run}");
    assert_eq!(database.dump(), before);
}

#[test]
fn its_roles_exist_where_the_rehearsal_takes_place() {
    let cluster = Cluster::private(&[]);
    cluster.psql("CREATE ROLE reader; CREATE ROLE \"Odd Runner\" SUPERUSER LOGIN");
    let database = cluster.database();
    let project = set_for("postgresql");
    let url = database.url().replace("postgres@", "Odd%20Runner@");
    project.migration(
        1,
        "a",
        "CREATE TABLE a (id int);\nGRANT SELECT ON a TO reader;\nALTER TABLE a OWNER TO \"Odd Runner\";",
        "DROP TABLE a;",
    );
    let run = alone(project.command(&["prove", "-D", &url, "--format", "json"])).run();
    assert_eq!(verdicts(&run.expect_code(0)), ["1 yes yes yes yes yes"]);
    // Nobody says there which roles there are.
    let run = alone(project.command(&["prove", "--format", "json"])).run().expect_code(4);
    let problem = run.json()["migrations"][0]["problem"].as_str().unwrap().to_owned();
    assert!(problem.contains("role \"reader\" does not exist"), "{run}");
}

#[test]
fn a_schema_that_is_named_is_made() {
    let project = set_for("postgresql");
    project.migration(1, "a", "CREATE TABLE a (id int);", "DROP TABLE a;");
    project.migration(2, "b", "SELECT 1;", "UPDATE a SET id = id + 1;");
    let run = there(project.command(&["prove", "--schema", "My Schema"])).run().expect_code(4);
    assert!(
        run.stdout
            .contains("\n  \"My Schema\".a: 4 rows before, 4 rows after, whose values differ\n"),
        "{run}"
    );
}

#[test]
fn roles_that_the_set_made_there_are_made_by_it_again() {
    let cluster = Cluster::private(&[]);
    let database = cluster.database();
    let project = Project::for_database(&database);
    project.migration(1, "a", "CREATE TABLE a (id int);", "DROP TABLE a;");
    project.migration(
        2,
        "worker",
        "CREATE ROLE worker;\nGRANT SELECT ON a TO worker;",
        "DROP OWNED BY worker;\nDROP ROLE worker;",
    );
    project.run(&["migrate"]).expect_code(0);
    alone(project.command(&["prove"])).run().expect_code(0);
    alone(project.command(&["verify", "--rebuild"])).run().expect_code(0);
    alone(project.command(&["diff", "dir:."])).run().expect_code(0);
}
