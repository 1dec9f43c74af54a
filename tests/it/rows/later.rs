//! Rows made up for a rehearsal, and what later versions ask of them.

use crate::support::{Cluster, Project};

#[test]
fn conditions_that_come_later_find_rows_that_satisfy_them() {
    let database = Cluster::shared().database();
    let project = Project::for_database(&database);
    let table = "CREATE TABLE visits (id bigint PRIMARY KEY, page text, ref text, at timestamptz, \
                 until timestamptz, who integer);\nCREATE TABLE people (id integer PRIMARY KEY);";
    let condition = "ALTER TABLE visits ADD CONSTRAINT later CHECK (until > at AND page LIKE '/%') \
                     NOT VALID, ADD CONSTRAINT known FOREIGN KEY (who) REFERENCES people (id);";
    let away = "ALTER TABLE visits DROP CONSTRAINT later, DROP CONSTRAINT known;";
    project
        .migration(1, "visits", table, "DROP TABLE visits, people;")
        .migration(2, "conditions", condition, away)
        .migration(3, "valid", "ALTER TABLE visits VALIDATE CONSTRAINT later;", "ALTER TABLE visits DROP CONSTRAINT later, ADD CONSTRAINT later CHECK (until > at AND page LIKE '/%') NOT VALID;")
        .migration(4, "uuids", "ALTER TABLE visits ALTER ref TYPE uuid USING ref::uuid;", "ALTER TABLE visits ALTER ref TYPE text;");
    project.run(&["prove", "--scratch", "same-server"]).expect_code(0);
}
