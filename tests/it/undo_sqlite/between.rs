//! What an application does between a migration and its rollback is left alone.

use super::{content, destroying};

const USERS: &str = "
    CREATE TABLE users (id integer PRIMARY KEY, name text, ip text);
    INSERT INTO users VALUES (1, 'a', '10.0.0.1'), (2, 'b', '10.0.0.2'), (3, 'c', '10.0.0.3');
";

#[test]
fn a_row_that_was_changed_since_is_listed_and_stays() {
    let (file, project) = destroying(USERS, "UPDATE users SET ip = 'none';", "SELECT 1;");
    project.run(&["migrate"]).expect_code(0);
    file.execute(
        "UPDATE users SET ip = '192.168.0.1' WHERE id = 2; DELETE FROM users WHERE id = 3",
    );
    project.run(&["rollback", "--force"]).expect_code(0);
    assert_eq!(file.rows("SELECT id, ip FROM users ORDER BY id"), ["1|10.0.0.1", "2|192.168.0.1"]);
    assert_eq!(
        file.rows("SELECT state, conflicts FROM turnback_backup WHERE id = 1"),
        ["restored|1"]
    );
    let list =
        file.rows("SELECT name FROM sqlite_schema WHERE name LIKE '%\\_conflicts' ESCAPE '\\'");
    let [list] = list.as_slice() else { panic!("{list:?}") };
    assert_eq!(file.rows(&format!("SELECT id, present FROM \"{list}\"")), ["2|ip = '192.168.0.1'"]);
}

#[test]
fn a_row_that_was_made_again_stays() {
    let (file, project) = destroying(USERS, "DELETE FROM users WHERE id > 1;", "SELECT 1;");
    project.run(&["migrate"]).expect_code(0);
    file.execute("INSERT INTO users VALUES (2, 'new', NULL)");
    project.run(&["rollback", "--force"]).expect_code(0);
    assert_eq!(file.rows("SELECT id, name FROM users ORDER BY id"), ["1|a", "2|new", "3|c"]);
}

#[test]
fn what_an_application_filled_in_comes_back_with_the_migration() {
    let up = "
        ALTER TABLE users ADD COLUMN seen text;
        CREATE TABLE visits (id integer PRIMARY KEY AUTOINCREMENT, page text);
    ";
    let down = "DROP TABLE visits; ALTER TABLE users DROP COLUMN seen;";
    let (file, project) = destroying(USERS, up, down);
    project.run(&["migrate"]).expect_code(0);
    file.execute(
        "UPDATE users SET seen = 'today' WHERE id = 1; INSERT INTO visits (page) VALUES ('/'), (x'2f');
         DELETE FROM visits WHERE id = 2;",
    );
    let (users, visits) = (content(&file, "users"), content(&file, "visits"));
    for _ in 0..2 {
        project.run(&["rollback", "--force"]).expect_code(0);
        project.run(&["migrate"]).expect_code(0);
        assert_eq!(
            (content(&file, "users"), content(&file, "visits")),
            (users.clone(), visits.clone())
        );
    }
    file.execute("INSERT INTO visits (page) VALUES ('/next')");
    assert_eq!(file.rows("SELECT max(id) FROM visits"), ["3"]);
}

#[test]
fn nothing_is_kept_of_what_was_not_destroyed() {
    let up = "UPDATE users SET ip = ip; DELETE FROM users WHERE id > 3;";
    let (file, project) = destroying(USERS, up, "ALTER TABLE users ADD COLUMN x;");
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(file.rows("SELECT count(*) FROM turnback_backup"), ["0"]);
    let own = "SELECT name FROM sqlite_schema WHERE name LIKE 'turnback_backup\\_u%' ESCAPE '\\'";
    assert_eq!(file.rows(own), Vec::<String>::new());
}
