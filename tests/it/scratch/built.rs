//! Sets built on throwaway databases.

use std::collections::BTreeMap;

use turnback::catalog::{Kind, Scope};
use turnback::database::{Interrupt, Session, TableDigest, open};
use turnback::engine::{
    AcceptedDrift, Fixtures, Job, Limits, OnChange, Saving, Silent, build, load_fixture, prepare,
    run, survey,
};
use turnback::model::{Diagnose as _, Digest, Engine, ObjectName, Target, Version};
use turnback::plan::{Extent, Request};
use turnback::sets::{MigrationSet, bundled, load_bundled, load_directories};
use turnback::settings::{OutOfOrder, ScratchChoice};

use super::Asker;
use crate::support::PATIENCE;

fn target_of(set: &MigrationSet, schema: Option<&str>) -> Target {
    Target {
        set: set.name().map(str::to_owned),
        schema: schema.map(str::to_owned),
        history_table: Target::history_table_of(set.name()),
        highest_version: set.highest(),
    }
}

fn job<'a>(set: &'a MigrationSet, target: &'a Target) -> Job<'a> {
    Job {
        set,
        target,
        out_of_order: OutOfOrder::Refuse,
        saving: Saving::Destroyed,
        retuning: None,
        hazards: None,
    }
}

/// The schema and the rows.
type State = (Digest, BTreeMap<ObjectName, TableDigest>);

fn state(session: &mut dyn Session) -> State {
    let catalog = session.read_catalog(&Scope::default()).unwrap();
    let tables = catalog.objects.keys().filter(|key| key.kind == Kind::Table);
    let tables: Vec<ObjectName> = tables
        .map(|key| ObjectName { schema: key.schema.clone(), name: key.name.clone() })
        .collect();
    (catalog.digest(), session.data_digests(&tables).unwrap())
}

fn carry_out(session: &mut dyn Session, job: &Job<'_>, request: Request) {
    let plan = survey(session, job, request).unwrap().plan;
    let on_change = match request {
        Request::Migrate { .. } => OnChange::Replan(request),
        Request::Rollback { .. } => OnChange::Refuse(AcceptedDrift::Nothing),
    };
    let limits = Limits { runner_wait: PATIENCE, ddl_lock_timeout: PATIENCE };
    run(session, job, plan, on_change, limits, &Interrupt::default(), &mut Silent)
        .unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn rows_of_the_fixtures_stand_every_way_down_and_up_again() {
    let interrupt = Interrupt::default();
    let scratch = |engine| {
        let mut asker = Asker::new(ScratchChoice::Temporary);
        asker.engine = engine;
        asker.open().unwrap()
    };
    let (postgres, sqlite) = (scratch(Engine::Postgres), scratch(Engine::Sqlite));
    for bundled in bundled() {
        let name = bundled.name();
        let set = load_bundled(name).unwrap();
        let target = target_of(&set, None);
        let job = job(&set, &target);
        let database = match bundled.manifest.engine {
            Engine::Postgres => postgres.database().unwrap(),
            Engine::Sqlite => sqlite.database().unwrap(),
        };
        let mut session = open(database.connection(), &interrupt).unwrap();
        let session = session.as_mut();
        prepare(session, &job, &interrupt, &mut Silent).unwrap();
        let mut before = state(session);
        for migration in &set.migrations {
            let version = migration.version;
            let label = format!("{name} V{version}");
            let up = Request::Migrate { to: Some(version) };
            carry_out(session, &job, up);
            let above = state(session);
            let extent = Extent::Steps(1);
            carry_out(session, &job, Request::Rollback { extent, prefer: None });
            assert_eq!(state(session), before, "{label}, down");
            carry_out(session, &job, up);
            assert_eq!(state(session), above, "{label}, up again");
            before = above;
            if let Some(fixture) = set.fixtures.iter().find(|it| it.after == Some(version)) {
                load_fixture(session, &target, fixture, &interrupt, &mut Silent)
                    .unwrap_or_else(|error| panic!("{label}: {error}"));
                before = state(session);
            }
        }
        for (table, digest) in before.1 {
            assert!(digest.rows > 0, "{name}: {table} has no rows");
        }
    }
}

#[test]
fn a_set_is_built_to_a_version_in_a_schema_of_its_own() {
    let interrupt = Interrupt::default();
    let set = load_bundled("rls-sessions").unwrap();
    let target = target_of(&set, Some("My Schema"));
    let job = job(&set, &target);
    let scratch = Asker::new(ScratchChoice::Temporary).open().unwrap();
    let mut builds = Vec::new();
    for (to, fixtures) in
        [(Some(2), Fixtures::All), (None, Fixtures::All), (None, Fixtures::Before)]
    {
        let database = scratch.database().unwrap();
        let mut session = open(database.connection(), &interrupt).unwrap();
        let to = to.map(Version::new);
        build(session.as_mut(), &job, to, fixtures, &interrupt, &mut Silent).unwrap();
        assert_eq!(
            session.read_ledger(&target).unwrap().history.len(),
            if to.is_some() { 2 } else { 11 }
        );
        builds.push(state(session.as_mut()));
    }
    let rows = |build: &State| build.1.values().map(|digest| digest.rows).sum::<u64>();
    assert_eq!(builds.iter().map(rows).collect::<Vec<_>>(), [100, 100, 0]);
    // The fixtures change no schema.
    assert_eq!(builds[1].0, builds[2].0);
    assert_ne!(builds[0].0, builds[1].0);
}

#[test]
fn what_the_application_has_comes_first_and_a_mistake_in_it_is_shown() {
    let interrupt = Interrupt::default();
    let root = tempfile::tempdir().unwrap();
    let (up, down) = (root.path().join("migrations"), root.path().join("rollbacks"));
    for directory in [&up, &down, &up.join("fixtures")] {
        std::fs::create_dir(directory).unwrap();
    }
    let file = "V1__orders.sql";
    let script = "-- turnback:requires table users\n\
                  CREATE TABLE orders (user_id int REFERENCES users (id));\n";
    std::fs::write(up.join(file), script).unwrap();
    std::fs::write(down.join(file), "DROP TABLE orders;\n").unwrap();
    let before = "CREATE TABLE users (id int PRIMARY KEY);\nINSERT INTO users VALUES (1);\n";
    std::fs::write(up.join("fixtures/before.sql"), before).unwrap();
    std::fs::write(up.join("fixtures").join(file), "INSERT INTO orders\nVALUES (2);\n").unwrap();

    let set = load_directories(&up, &down).unwrap();
    let target = target_of(&set, None);
    let scratch = Asker::new(ScratchChoice::Temporary).open().unwrap();
    let attempt = |fixtures| {
        let database = scratch.database().unwrap();
        let mut session = open(database.connection(), &interrupt).unwrap();
        let job = job(&set, &target);
        build(session.as_mut(), &job, None, fixtures, &interrupt, &mut Silent)
    };
    attempt(Fixtures::Before).unwrap();
    let problem = attempt(Fixtures::All).unwrap_err().problem();
    assert!(problem.message.contains("V1__orders.sql failed: insert or update on"), "{problem:?}");
    assert_eq!(problem.place.unwrap().line_text.as_deref(), Some("INSERT INTO orders"));
    assert!(problem.hints[0].contains("mend the fixture"));
}
