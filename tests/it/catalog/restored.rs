//! A dump brings back the same catalog.

use turnback::model::Engine;
use turnback::sets::{BundledSet, bundled, load_bundled};

use super::{assert_same, catalog, empty, template};
use crate::support::{Cluster, Database, Turnback};

/// What `pg_dump | psql` makes of a database.
fn dumped(database: &Database) -> Database {
    let copy = empty();
    copy.psql(&database.dump());
    copy
}

#[test]
fn a_rich_schema_comes_back_from_a_dump() {
    let before = catalog(template());
    let copy = dumped(template());
    assert_same(&before, &catalog(&copy), "dumped");
    assert_same(&before, &catalog(&dumped(&copy)), "dumped again");
}

#[test]
fn a_rich_schema_comes_back_from_an_archive() {
    assert_same(&catalog(template()), &catalog(&template().restored()), "restored");
}

#[test]
fn every_bundled_set_comes_back_from_a_dump() {
    let of_postgres = |name: &&str| {
        let set = load_bundled(name).expect("a bundled set is sound");
        set.manifest.is_some_and(|manifest| manifest.engine == Engine::Postgres)
    };
    for name in bundled().iter().map(BundledSet::name).filter(of_postgres) {
        let database = Cluster::shared().database();
        Turnback::new(&["-D", &database.url(), "--set", name, "migrate"]).run().expect_code(0);
        assert_same(&catalog(&database), &catalog(&dumped(&database)), name);
    }
}
