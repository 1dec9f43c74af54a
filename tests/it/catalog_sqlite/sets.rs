//! The bundled set for SQLite, up and down.

use super::{catalog, changed};
use crate::support::SqliteFile;

#[test]
fn each_version_of_the_bundled_set_is_found_again_on_the_way_back() {
    let file = SqliteFile::new();
    file.execute("CREATE TABLE bystander (id INTEGER PRIMARY KEY)");
    let versions: Vec<String> = {
        let plan = file.run("lucia-sessions", &["plan", "--format", "json"]).expect_code(0).json();
        let migrations = plan["migrations"].as_array().unwrap().clone();
        migrations.iter().map(|it| it["version"].to_string()).collect()
    };
    let mut passed = vec![catalog(&file)];
    for version in &versions {
        file.run("lucia-sessions", &["migrate", "--to", version]).expect_code(0);
        passed.push(catalog(&file));
    }
    // Two of them only fill columns.
    let changing = passed.windows(2).filter(|pair| pair[0].digest() != pair[1].digest());
    assert_eq!(changing.count(), versions.len() - 2);
    for version in versions.iter().rev() {
        let above = passed.pop().unwrap();
        assert_eq!(changed(&above, &catalog(&file)), [""; 0], "before rolling back V{version}");
        file.run("lucia-sessions", &["rollback", "--force"]).expect_code(0);
    }
    assert_eq!(changed(&passed[0], &catalog(&file)), [""; 0]);
    assert_eq!(passed[0].digest(), catalog(&file).digest());
}
