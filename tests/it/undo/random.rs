//! Random tables, random destruction: what stood before it stands behind the rollback.
//!
//! `TURNBACK_SEED=<seed>` plays one world again, whose seed a failure has named.

use std::collections::BTreeSet;

use fastrand::Rng;
use turnback::model::Engine;

use super::change::{self, Change};
use super::content::{Content, content, difference};
use super::shape::Table;
use super::{postgres, postgres_kinds, sqlite};
use crate::support::{Cluster, Either, Project, SqliteFile};

/// Tables of one database; each has its change, and so is a case.
const TABLES: usize = 25;
/// Databases of a test: 25 × 20 are 500 cases.
const WORLDS: u64 = 20;

/// Tables with rows, and what a set of migrations does to them.
pub struct World {
    pub seed: u64,
    pub engine: Engine,
    pub tables: Vec<Table>,
    pub changes: Vec<Change>,
}

impl World {
    pub fn new(
        engine: Engine,
        seed: u64,
        change: impl Fn(&mut Rng, Engine, &Table) -> Change,
    ) -> Self {
        let mut random = Rng::with_seed(seed);
        let mut tables = Vec::new();
        for number in 1..=TABLES {
            let table = match engine {
                Engine::Postgres => postgres::table(&mut random, number, &mut tables),
                Engine::Sqlite => sqlite::table(&mut random, number, &mut tables),
            };
            tables.push(table);
        }
        let changes = tables.iter().map(|table| change(&mut random, engine, table)).collect();
        Self { seed, engine, tables, changes }
    }

    pub fn database(&self) -> Either {
        match self.engine {
            Engine::Postgres => Either::Postgres(Cluster::shared().database()),
            Engine::Sqlite => Either::Sqlite(SqliteFile::new()),
        }
    }

    /// V1 makes the tables and fills them; each further version changes up to three of them.
    pub fn write(&self, project: &Project) {
        let (mut up, mut down) = match self.engine {
            Engine::Postgres => {
                (postgres_kinds::PREAMBLE.to_owned(), postgres_kinds::PREAMBLE_BACK.to_owned())
            }
            Engine::Sqlite => (String::new(), String::new()),
        };
        for table in &self.tables {
            up += &format!("{}{}", table.created(), table.filled());
            down = format!("DROP TABLE {};\n{down}", table.name);
        }
        project.migration(1, "tables", &up, &down);
        let mut random = Rng::with_seed(self.seed);
        let mut rest = &self.changes[..];
        for version in 2.. {
            let (step, later) = rest.split_at(random.usize(1..=3).min(rest.len()));
            if step.is_empty() {
                break;
            }
            rest = later;
            let name = step[0].what.replace(' ', "_");
            let up: String = step.iter().map(|it| &*it.up).collect();
            let down: String = step.iter().rev().map(|it| &*it.down).collect();
            project.migration(version, &name, &up, &down);
        }
    }

    #[track_caller]
    fn run(&self, project: &Project, args: &[&str]) {
        let run = project.run(args);
        assert_eq!(run.code, 0, "seed {}, `{}`: {run}", self.seed, args.join(" "));
    }

    /// Plays it, and returns what there is to see: before the changes and behind them, rolled back
    /// and migrated again.
    pub fn play(&self, database: &Either) -> [Content; 4] {
        let project = database.project();
        self.write(&project);
        let commands: [&[&str]; 4] = [
            &["migrate", "--to", "1"],
            &["migrate"],
            &["rollback", "--to", "1", "--force"],
            &["migrate"],
        ];
        commands.map(|command| {
            self.run(&project, command);
            content(database)
        })
    }

    /// What is wrong with a content, for people: the table, what was done to it, the rows.
    pub fn faults(&self, when: &str, expected: &Content, found: &Content) -> Vec<String> {
        let cases = self.tables.iter().zip(&self.changes);
        let fault = |(table, change): (&Table, &Change)| {
            let name = plain(&table.name);
            let rows = |content: &Content| content.get(&name).cloned().unwrap_or_default();
            let (expected, found) = (rows(expected), rows(found));
            (expected != found).then(|| {
                let Change { what, up, down } = change;
                let rows = difference(&expected, &found);
                format!(
                    "seed {}, {when}: {what}\n{}-- migration\n{up}-- rollback\n{down}-- rows\n{rows}",
                    self.seed,
                    table.created()
                )
            })
        };
        cases.filter_map(fault).collect()
    }
}

/// A name without its quotes, as the catalog has it.
fn plain(name: &str) -> String {
    let inner = name.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
    inner.map_or_else(|| name.to_owned(), |it| it.replace("\"\"", "\""))
}

/// The seeds of this run.
pub fn seeds(count: u64) -> Vec<u64> {
    if let Ok(seed) = std::env::var("TURNBACK_SEED") {
        return vec![seed.parse().expect("TURNBACK_SEED is a whole number")];
    }
    let first = u64::from(fastrand::u32(..));
    (first..first + count).collect()
}

/// A few of the faults are enough to read.
#[track_caller]
pub fn assert_none(faults: &[String]) {
    let shown: Vec<_> = faults.iter().take(3).cloned().collect();
    assert!(faults.is_empty(), "{} cases failed; the first:\n{}", faults.len(), shown.join("\n"));
}

fn everything_comes_back(engine: Engine) {
    let mut faults = Vec::new();
    for seed in seeds(WORLDS) {
        let world = World::new(engine, seed, change::random);
        let [first, second, third, fourth] = world.play(&world.database());
        faults.extend(world.faults("rolled back", &first, &third));
        faults.extend(world.faults("migrated again", &second, &fourth));
    }
    assert_none(&faults);
}

#[test]
fn what_random_migrations_destroy_on_postgres_comes_back() {
    everything_comes_back(Engine::Postgres);
}

#[test]
fn what_random_migrations_destroy_on_sqlite_comes_back() {
    everything_comes_back(Engine::Sqlite);
}

// The tests above would pass where nothing is destroyed, and fail where a content does not read the
// same twice.

#[test]
fn harmless_migrations_destroy_nothing() {
    for engine in [Engine::Postgres, Engine::Sqlite] {
        let seed = seeds(1)[0];
        let world = World::new(engine, seed, |_, _, table| change::harmless(table));
        let [first, second, third, fourth] = world.play(&world.database());
        assert_none(&world.faults("rolled back", &first, &third));
        assert_none(&world.faults("migrated again", &second, &fourth));
        assert!(first.values().any(|rows| rows.len() > 10), "seed {seed}: few rows");
    }
}

#[test]
fn random_migrations_destroy_and_end_the_same_elsewhere() {
    for engine in [Engine::Postgres, Engine::Sqlite] {
        let seed = seeds(1)[0];
        let world = World::new(engine, seed, change::random);
        let [(before, behind), (_, elsewhere)] = [(); 2].map(|()| {
            let database = world.database();
            let project = database.project();
            world.write(&project);
            world.run(&project, &["migrate", "--to", "1"]);
            let before = content(&database);
            world.run(&project, &["migrate"]);
            (before, content(&database))
        });
        let changed = world.faults("migrated", &before, &behind).len();
        assert!(changed > TABLES / 2, "seed {seed}: only {changed} tables were changed");
        assert_none(&world.faults("migrated elsewhere", &behind, &elsewhere));
    }
}

#[test]
fn each_way_to_destroy_is_among_the_random_ones() {
    for (engine, known) in [(Engine::Postgres, 9), (Engine::Sqlite, 8)] {
        let worlds = (0..20).map(|seed| World::new(engine, seed, change::random));
        let changes = worlds.flat_map(|world| world.changes);
        let kinds: BTreeSet<_> = changes.map(|change| change.what).collect();
        assert_eq!(kinds.len(), known, "{kinds:?}");
    }
}
