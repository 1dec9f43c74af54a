//! The bundled sets, as they are installed.

use crate::support::{Either, Turnback, turnback};

#[test]
fn each_set_is_as_it_should_be_when_it_is_installed() {
    let sets = turnback(&["sets", "--format", "json"]).expect_code(0).json();
    let sets = sets["sets"].as_array().unwrap().clone();
    assert!(sets.len() >= 5, "{sets:?}");
    let each = |set: &serde_json::Value| {
        let [postgres, sqlite] = Either::both();
        let database = if set["engine"] == "sqlite" { sqlite } else { postgres };
        let (url, name) = (database.url(), set["name"].as_str().unwrap());
        let run =
            |args: &[&str]| Turnback::new(&[&["-D", &url, "--set", name], args].concat()).run();
        run(&["migrate"]).expect_code(0);
        let verified = run(&["verify"]);
        assert_eq!(verified.code, 0, "{name}: {verified}");
        run(&["rollback", "--all", "--force"]).expect_code(0);
        let verified = run(&["verify"]);
        assert_eq!(verified.code, 3, "{name}: {verified}");
    };
    std::thread::scope(|scope| {
        for set in &sets {
            scope.spawn(|| each(set));
        }
    });
}
