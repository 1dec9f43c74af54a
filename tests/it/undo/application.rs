//! Between migration and rollback an application goes on writing: what it wrote is not overwritten,
//! and what it did not touch comes back.

use std::collections::BTreeMap;

use fastrand::Rng;

use super::random::seeds;
use crate::support::{Either, Project, Run};

const PEOPLE: &str =
    "CREATE TABLE people (id integer PRIMARY KEY, name text, mail text, age integer);
    INSERT INTO people VALUES (1, 'Ada', 'ada@example.org', 36), (2, 'Bob', NULL, 7),
        (3, 'Cy', 'cy@example.org', 50), (4, 'Di', 'di@example.org', 4);";
const ROLLBACK: &[&str] = &["rollback", "--force"];

/// A database of each engine with the people, and `up` applied to them.
fn migrated(up: &str, down: &str) -> [(Either, Project); 2] {
    Either::both().map(|database| {
        let project = database.project();
        project.migration(1, "people", PEOPLE, "DROP TABLE people;");
        project.migration(2, "change", up, down);
        project.run(&["migrate"]).expect_code(0);
        (database, project)
    })
}

/// Each statement on its own.
fn write(database: &Either, statements: &[&str]) {
    for statement in statements {
        database.query(statement);
    }
}

fn people(database: &Either, columns: &str) -> String {
    let query = format!("SELECT {columns} FROM people ORDER BY id");
    database.query(&query).replace('\n', ", ")
}

fn names_conflict(run: &Run, table: &str) -> bool {
    let said = format!("{}{}", run.stdout, run.stderr).to_lowercase();
    said.contains("conflict") && said.contains(table)
}

#[test]
fn overwritten_values_come_back_but_not_over_what_the_application_wrote() {
    for format in ["text", "json"] {
        for (database, project) in migrated("UPDATE people SET name = 'someone';", "-- values") {
            let statements = [
                "UPDATE people SET name = 'Ada Lovelace' WHERE id = 1",
                "DELETE FROM people WHERE id = 2",
                "UPDATE people SET mail = 'new@example.org' WHERE id = 3",
                "INSERT INTO people VALUES (9, 'Ned', NULL, 1)",
            ];
            write(&database, &statements);
            let run = project.run(&["rollback", "--force", "--format", format]).expect_code(0);
            let expected = "1|Ada Lovelace|ada@example.org, 3|Cy|new@example.org, \
                4|Di|di@example.org, 9|Ned|";
            assert_eq!(people(&database, "id, name, mail"), expected);
            assert!(names_conflict(&run, "people"), "{run}");
        }
    }
}

#[test]
fn nothing_is_called_a_conflict_where_none_is() {
    for (database, project) in migrated("UPDATE people SET name = 'someone';", "-- values") {
        write(&database, &["UPDATE people SET age = age + 1"]);
        let run = project.run(ROLLBACK).expect_code(0);
        assert_eq!(people(&database, "name, age"), "Ada|37, Bob|8, Cy|51, Di|5");
        assert!(!names_conflict(&run, "people"), "{run}");
    }
}

#[test]
fn a_value_that_the_application_set_to_null_stays_null() {
    for (database, project) in migrated("UPDATE people SET name = 'someone';", "-- values") {
        write(&database, &["UPDATE people SET name = NULL WHERE id = 1"]);
        let run = project.run(ROLLBACK).expect_code(0);
        assert_eq!(people(&database, "id, name"), "1|, 2|Bob, 3|Cy, 4|Di");
        assert!(names_conflict(&run, "people"), "{run}");
    }
}

#[test]
fn a_dropped_column_comes_back_for_the_rows_that_are_there() {
    let up = "ALTER TABLE people DROP COLUMN name;";
    for (database, project) in migrated(up, "ALTER TABLE people ADD COLUMN name text;") {
        let statements = [
            "DELETE FROM people WHERE id = 2",
            "UPDATE people SET mail = 'new@example.org' WHERE id = 3",
            "INSERT INTO people (id, age) VALUES (9, 1)",
        ];
        write(&database, &statements);
        project.run(ROLLBACK).expect_code(0);
        let expected = "1|Ada|ada@example.org, 3|Cy|new@example.org, 4|Di|di@example.org, 9||";
        assert_eq!(people(&database, "id, name, mail"), expected);
    }
}

#[test]
fn a_deleted_row_comes_back_unless_the_application_has_it_again() {
    for (database, project) in migrated("DELETE FROM people WHERE age < 10;", "-- rows") {
        write(&database, &["INSERT INTO people VALUES (4, 'Dora', NULL, 20)"]);
        let run = project.run(ROLLBACK).expect_code(0);
        assert_eq!(people(&database, "id, name, age"), "1|Ada|36, 2|Bob|7, 3|Cy|50, 4|Dora|20");
        assert!(names_conflict(&run, "people"), "{run}");
    }
}

#[test]
fn a_dropped_table_comes_back_whole() {
    let down = PEOPLE.split("INSERT").next().unwrap();
    for (database, project) in migrated("DROP TABLE people;", down) {
        project.run(ROLLBACK).expect_code(0);
        assert_eq!(people(&database, "id, name, age"), "1|Ada|36, 2|Bob|7, 3|Cy|50, 4|Di|4");
    }
}

#[test]
fn what_the_application_wrote_outlives_a_rollback_and_the_next_migration() {
    let up = "ALTER TABLE people ADD COLUMN nick text; UPDATE people SET nick = lower(name);";
    for (database, project) in migrated(up, "ALTER TABLE people DROP COLUMN nick;") {
        let statements = [
            "UPDATE people SET nick = 'ace' WHERE id = 1",
            "UPDATE people SET nick = NULL WHERE id = 3",
            "DELETE FROM people WHERE id = 2",
            "INSERT INTO people (id, name, nick) VALUES (9, 'Ned', 'nine')",
        ];
        write(&database, &statements);
        project.run(ROLLBACK).expect_code(0);
        write(&database, &["INSERT INTO people (id, name) VALUES (10, 'Ten')"]);
        write(&database, &["DELETE FROM people WHERE id = 4"]);
        project.run(&["migrate"]).expect_code(0);
        assert_eq!(people(&database, "id, nick"), "1|ace, 3|, 9|nine, 10|ten");
    }
}

#[test]
fn the_rows_of_a_table_that_a_rollback_dropped_are_there_after_the_next_migration() {
    let up = "CREATE TABLE notes (person integer, note text);";
    for (database, project) in migrated(up, "DROP TABLE notes;") {
        write(&database, &["INSERT INTO notes VALUES (1, 'first'), (1, 'first'), (2, NULL)"]);
        for _ in 0..2 {
            project.run(ROLLBACK).expect_code(0);
            project.run(&["migrate"]).expect_code(0);
            let notes = database.query("SELECT person, note FROM notes ORDER BY person");
            assert_eq!(notes, "1|first\n1|first\n2|");
        }
    }
}

/// The columns of a row but its key.
type Row = [Option<u32>; 3];

/// A table of the random test below: what its rows are, by their key, and what a migration does.
struct Used {
    name: String,
    rows: BTreeMap<u32, Row>,
    destruction: Destruction,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Destruction {
    Overwrite,
    DropColumn,
    Delete,
}

impl Used {
    fn new(random: &mut Rng, number: usize) -> Self {
        let mut row = |key| (key, [(); 3].map(|()| Some(random.u32(..1000))));
        let rows = (1..=12).map(&mut row).collect();
        let destruction = [Destruction::Overwrite, Destruction::DropColumn, Destruction::Delete];
        Self { name: format!("used_{number}"), rows, destruction: destruction[number % 3] }
    }

    fn created(&self) -> String {
        let row = |(key, row): (&u32, &Row)| {
            let [a, b, c] = row.map(|it| it.expect("the application has inserted nothing yet"));
            format!("({key}, {a}, {b}, {c})")
        };
        let rows = self.rows.iter().map(row).collect::<Vec<_>>().join(", ");
        let name = &self.name;
        format!(
            "CREATE TABLE {name} (id integer PRIMARY KEY, a integer, b integer, c integer);\n\
             INSERT INTO {name} VALUES {rows};\n"
        )
    }

    fn destroyed(&self) -> (String, String) {
        let name = &self.name;
        match self.destruction {
            Destruction::Overwrite => (format!("UPDATE {name} SET a = -1;"), "-- values".into()),
            Destruction::DropColumn => (
                format!("ALTER TABLE {name} DROP COLUMN a;"),
                format!("ALTER TABLE {name} ADD COLUMN a integer;"),
            ),
            Destruction::Delete => {
                (format!("DELETE FROM {name} WHERE id % 2 = 0;"), "-- rows".into())
            }
        }
    }

    /// Writes as an application does, and keeps account of what has to be there in the end.
    fn used(&mut self, random: &mut Rng) -> Vec<String> {
        let name = self.name.clone();
        let mut statements = Vec::new();
        for key in 1..=12 {
            let is_gone = self.destruction == Destruction::Delete && key % 2 == 0;
            let value = random.u32(1000..2000);
            match random.u8(..8) {
                _ if is_gone => {}
                0 => {
                    self.rows.remove(&key);
                    statements.push(format!("DELETE FROM {name} WHERE id = {key}"));
                }
                1 if self.destruction != Destruction::DropColumn => {
                    self.rows.get_mut(&key).expect("it is there")[0] = Some(value);
                    statements.push(format!("UPDATE {name} SET a = {value} WHERE id = {key}"));
                }
                2 | 3 => {
                    self.rows.get_mut(&key).expect("it is there")[2] = Some(value);
                    statements.push(format!("UPDATE {name} SET c = {value} WHERE id = {key}"));
                }
                4 => {
                    let key = 100 + key;
                    self.rows.insert(key, [None, Some(value), Some(5)]);
                    let values = format!("({key}, {value}, 5)");
                    statements.push(format!("INSERT INTO {name} (id, b, c) VALUES {values}"));
                }
                _ => {}
            }
        }
        statements
    }

    fn expected(&self) -> String {
        let text = |cell: &Option<u32>| cell.map_or_else(String::new, |it| it.to_string());
        let row = |(key, row): (&u32, &Row)| {
            format!("{key}|{}", row.iter().map(text).collect::<Vec<_>>().join("|"))
        };
        self.rows.iter().map(row).collect::<Vec<_>>().join("\n")
    }
}

#[test]
fn whatever_an_application_writes_is_there_behind_the_rollback() {
    let seed = seeds(1)[0];
    for database in Either::both() {
        let mut random = Rng::with_seed(seed);
        let mut tables: Vec<_> = (0..27).map(|number| Used::new(&mut random, number)).collect();
        let project = database.project();
        let up: String = tables.iter().map(Used::created).collect();
        let down: Vec<_> = tables.iter().map(|it| format!("DROP TABLE {};", it.name)).collect();
        project.migration(1, "tables", &up, &down.join("\n"));
        for (version, table) in (2..).zip(&tables) {
            let (up, down) = table.destroyed();
            project.migration(version, "destroy", &up, &down);
        }
        project.run(&["migrate"]).expect_code(0);
        for table in &mut tables {
            for statement in table.used(&mut random) {
                database.query(&statement);
            }
        }
        project.run(&["rollback", "--to", "1", "--force"]).expect_code(0);
        for table in &tables {
            let (name, destruction) = (&table.name, table.destruction);
            let found = database.query(&format!("SELECT id, a, b, c FROM {name} ORDER BY id"));
            assert_eq!(found, table.expected(), "seed {seed}: {name}, {destruction:?}");
        }
    }
}
