//! Two sets that share a table's name live in two schemas of one database.

use super::{Place, assert_same, each_postgres};
use crate::support::{Cluster, Database, Run, Turnback};

/// Pairs of sets that both make a table of some name.
fn pairs() -> Vec<(Place, Place)> {
    let made = |place: &Place| -> Vec<String> {
        let texts = place.set.migrations.iter().map(|it| it.script.stored.text.as_str());
        let names = texts.flat_map(|text| text.split("CREATE TABLE ").skip(1));
        names.filter_map(|rest| rest.split([' ', '(']).next().map(str::to_owned)).collect()
    };
    let mut pairs = Vec::new();
    let mut places = each_postgres();
    while let Some(one) = places.pop() {
        for other in each_postgres() {
            let others = made(&other);
            if other.name < one.name && made(&one).iter().any(|name| others.contains(name)) {
                let one = super::empty(one.name);
                pairs.push((one, other));
            }
        }
    }
    pairs
}

struct Side<'a> {
    database: &'a Database,
    set: &'a str,
    schema: &'a str,
}

impl Side<'_> {
    fn run(&self, args: &[&str]) -> Run {
        let url = self.database.url();
        let head = ["-D", &url, "--set", self.set, "--schema", self.schema];
        Turnback::new(&[&head, args].concat()).run()
    }

    fn dump(&self) -> String {
        let schema = format!("--schema=\"{}\"", self.schema);
        let options = [&*schema, "--exclude-table=*.refinery_schema_history*"];
        super::without_sequences(&self.database.dump_with(&options))
    }
}

#[test]
fn they_are_checked_and_rolled_back_independently() {
    let pairs = pairs();
    assert!(!pairs.is_empty(), "two sets make a table `users`");
    for (one, other) in pairs {
        let database = Cluster::shared().database();
        database.psql(r#"CREATE SCHEMA "one Side"; CREATE SCHEMA "Other""#);
        let one = Side { database: &database, set: one.name, schema: "one Side" };
        let other = Side { database: &database, set: other.name, schema: "Other" };
        let checks = |side: &Side<'_>| side.run(&["check"]);
        let empty = other.dump();
        one.run(&["migrate"]).expect_code(0);
        let one_alone = one.dump();
        other.run(&["migrate"]).expect_code(0);
        let other_whole = other.dump();
        assert_same(&one.dump(), &one_alone, &format!("{} beside {}", one.set, other.set));
        checks(&one).expect_code(0);
        checks(&other).expect_code(0);
        one.run(&["rollback", "--all", "--force"]).expect_code(0);
        assert_same(&other.dump(), &other_whole, &format!("{} beside {}", other.set, one.set));
        checks(&other).expect_code(0);
        checks(&one).expect_code(1);
        assert_eq!(other.run(&["status", "--exit-code"]).code, 0);
        one.run(&["migrate"]).expect_code(0);
        other.run(&["rollback", "--all", "--force"]).expect_code(0);
        assert_same(&other.dump(), &empty, other.set);
        assert_same(&one.dump(), &one_alone, one.set);
        checks(&one).expect_code(0);
    }
}
