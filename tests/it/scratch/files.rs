//! Throwaway SQLite files.

use turnback::model::Engine;
use turnback::settings::ScratchChoice;

use super::{Asker, ask, directory, processes_of, run};

#[test]
fn a_file_works_a_clone_has_its_rows_and_nothing_is_left() {
    // The choice is of servers; a file needs none.
    let mut asker = Asker::new(ScratchChoice::SameServer);
    asker.engine = Engine::Sqlite;
    let scratch = asker.open().unwrap();
    assert_eq!(scratch.describe(), "temporary SQLite files");
    let empty = scratch.database().unwrap();
    let unwritten = scratch.clone_of(&empty).unwrap();
    run(&empty, "CREATE TABLE t AS SELECT 1 AS a");
    let copy = scratch.clone_of(&empty).unwrap();
    run(&copy, "INSERT INTO t VALUES (2)");
    assert_eq!(ask(&copy, "SELECT count(*) FROM t"), "2");
    assert_eq!(ask(&empty, "SELECT count(*) FROM t"), "1");
    run(&unwritten, "CREATE TABLE u (a)");
    let place = directory(&empty);
    drop(scratch);
    drop((empty, copy));
    assert_eq!(ask(&unwritten, "SELECT count(*) FROM u"), "0");
    drop(unwritten);
    assert!(!place.exists());
    assert_eq!(processes_of(&place), [""; 0]);
}
