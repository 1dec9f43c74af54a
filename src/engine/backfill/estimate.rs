//! What a backfill would come to: some of it is done, timed and undone.

use std::time::{Duration, Instant};

use super::compose::{Composer, Relation, row};
use super::fault::Refusal;
use super::ground::{Grounds, look};
use super::pilot::try_out;
use super::start::{Work, relation};
use crate::database::{Answer, DatabaseError, Session};
use crate::engine::{Job, Saving};
use crate::model::{Engine, Version};
use crate::plan::{Action, Plan};

/// How many places of a table are tried.
const PLACES: u64 = 16;
/// How many blocks or rows each has.
const BLOCKS: u64 = 5;
const ROWS: u64 = 200;
/// Two estimates of a table that did not change look at the same places.
const SEED: u64 = 0x7475_726e;

/// What a backfill of a plan would come to.
#[derive(Debug, Clone, PartialEq)]
pub struct BackfillEstimate {
    /// The version.
    pub version: Version,
    /// The statement's place in its script, from 0.
    pub statement: usize,
    /// What can be said.
    pub outlook: Outlook,
}

/// What can be said of a backfill before it runs.
#[derive(Debug, Clone, PartialEq)]
pub enum Outlook {
    /// So much, about.
    About {
        /// How many rows it would change.
        rows: u64,
        /// How long one connection that is not held back would take.
        duration: Duration,
    },
    /// What it works at is not there yet: a step before it makes it.
    NotYet,
    /// It cannot run in batches.
    Refused(Refusal),
    /// The sample failed.
    Failed(String),
}

/// Tries some of each backfill of a plan. What is done is undone at once: rows are locked for as
/// long as that takes, and are left as dead rows.
pub fn estimate(
    session: &mut dyn Session,
    job: &Job<'_>,
    plan: &Plan,
) -> Result<Vec<BackfillEstimate>, DatabaseError> {
    let mut estimates = Vec::new();
    let works: Vec<_> = plan
        .steps
        .iter()
        .filter(|step| step.action == Action::Run)
        .flat_map(|step| {
            let from = step.resume.map_or(0, |resume| resume.from);
            let statements = from..step.parsed.statements.len();
            statements.filter_map(move |statement| Some((step, Work::of_step(step, statement)?)))
        })
        .collect();
    if works.is_empty() {
        return Ok(Vec::new());
    }
    session.write_beside()?;
    session.begin_statements(job.target)?;
    for (step, work) in works {
        let outlook = foresee(session, job, work)?;
        estimates.push(BackfillEstimate { version: step.version, statement: work.index, outlook });
    }
    Ok(estimates)
}

fn foresee(
    session: &mut dyn Session,
    job: &Job<'_>,
    work: Work<'_>,
) -> Result<Outlook, DatabaseError> {
    if work.changes_role() {
        return Ok(Outlook::Refused(Refusal::Role));
    }
    let grounds = match look(session, job.target, work.parts, &work.parts.order)? {
        Ok(grounds) => grounds,
        Err(Refusal::Missing) => return Ok(Outlook::NotYet),
        Err(refusal) => return Ok(Outlook::Refused(refusal)),
    };
    let engine = session.capabilities().engine;
    let saves =
        job.saving != Saving::Nothing && (work.parts.deletes || !work.columns(engine).is_empty());
    if saves && grounds.root.keys.is_empty() {
        return Ok(Outlook::Refused(Refusal::NoKey));
    }
    let composer = Composer::new(engine, work.text, work.parts, &grounds.key);
    let found = grounds.found.iter().enumerate();
    let relations: Vec<Relation> = found
        .map(|(number, it)| {
            let is_named = it.id == grounds.root.id;
            let of = (number, it.name.as_str(), it.blocks);
            relation(of, is_named, &grounds.root, &grounds.key)
        })
        .collect();
    let outcome = tried(session, &work, &composer, &relations, saves).and_then(|refusal| {
        if let Some(refusal) = refusal {
            return Ok(Outlook::Refused(refusal));
        }
        let mut sampler = Sampler { session, composer: &composer, tally: Tally::default() };
        match engine {
            Engine::Postgres => {
                let counted = grounds.found.iter().map(|it| it.rows).sum();
                sampler.blocks(&relations, counted)
            }
            Engine::Sqlite => sampler.keys(&relations, &grounds),
        }
    });
    session.abandon();
    match outcome {
        Err(DatabaseError::Interrupted) => Err(DatabaseError::Interrupted),
        Err(error) if is_absence(&error) => Ok(Outlook::NotYet),
        Err(error) if error.code().is_some() => Ok(Outlook::Failed(error.to_string())),
        outcome => outcome,
    }
}

fn tried(
    session: &mut dyn Session,
    work: &Work<'_>,
    composer: &Composer,
    relations: &[Relation],
    saves: bool,
) -> Result<Option<Refusal>, DatabaseError> {
    let settings = work.settings();
    if !settings.is_empty() {
        session.exchange(&settings)?;
    }
    try_out(session, composer, relations, saves)
}

/// Whether something is named that does not exist: a table, a column, a function. SQLite has no
/// code of its own for that.
fn is_absence(error: &DatabaseError) -> bool {
    match error.code() {
        Some("42P01" | "42703" | "42883" | "42704" | "3F000") => true,
        Some("SQLITE_ERROR") => error.to_string().contains("no such"),
        _ => false,
    }
}

/// What the places came to.
#[derive(Default)]
struct Tally {
    rows: u64,
    took: Duration,
    /// Rows that were looked at.
    seen: u64,
}

impl Tally {
    fn of(&self, all: u64) -> Outlook {
        if self.seen == 0 {
            return Outlook::About { rows: 0, duration: Duration::ZERO };
        }
        #[expect(clippy::cast_precision_loss, reason = "it is an estimate")]
        let times = all as f64 / self.seen as f64;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "it is an estimate, and not negative"
        )]
        let rows = (self.rows as f64 * times).round() as u64;
        Outlook::About { rows, duration: self.took.mul_f64(times) }
    }
}

struct Sampler<'a> {
    session: &'a mut dyn Session,
    composer: &'a Composer,
    tally: Tally,
}

impl Sampler<'_> {
    /// Ranges of blocks, wherever they lie. `counted` is about how many rows there are, where the
    /// server's statistics tell.
    fn blocks(
        &mut self,
        relations: &[Relation],
        counted: Option<u64>,
    ) -> Result<Outlook, DatabaseError> {
        let places = relations.iter().map(|it| it.blocks.div_ceil(BLOCKS)).sum();
        let address = &self.composer.address;
        let mut looked_at = 0;
        for (relation, first) in chosen(places).into_iter().filter_map(|it| place(relations, it)) {
            let end = (first + BLOCKS).min(relation.blocks);
            let which = format!("{address} >= '({first},0)'::tid AND {address} < '({end},0)'::tid");
            let target = self.composer.target(relation);
            let seen = self.number(&format!("SELECT count(*) FROM {target} WHERE {which}"))?;
            self.try_place(relation, &which, seen)?;
            looked_at += end - first;
        }
        // Where nobody has counted, the blocks tell how many rows there are.
        let blocks: u64 = relations.iter().map(|it| it.blocks).sum();
        let by_blocks = self.tally.seen * blocks / looked_at.max(1);
        Ok(self.tally.of(counted.filter(|it| *it > 0).unwrap_or(by_blocks)))
    }

    /// Ranges of an integer key; of any other its beginning.
    fn keys(
        &mut self,
        relations: &[Relation],
        grounds: &Grounds,
    ) -> Result<Outlook, DatabaseError> {
        let key = row(&self.composer.key);
        let Some(relation) = relations.first() else { return Ok(self.tally.of(0)) };
        let all = self.number(&format!("SELECT count(*) FROM {}", relation.name))?;
        debug_assert!(grounds.found.len() == 1, "a SQLite table has no partitions");
        for from in self.beginnings(relation, &key, all)? {
            let mut bounds = vec!["1 = 1".to_owned()];
            bounds.extend(from.map(|from| format!("{key} >= {from}")));
            let bound = self.composer.bound(relation, &bounds.join(" AND "), ROWS);
            let bound = self.session.exchange(&[bound])?;
            let bound = bound.first().and_then(Answer::value);
            bounds.extend(bound.map(|bound| format!("{key} <= {bound}")));
            let which = bounds.join(" AND ");
            let target = self.composer.target(relation);
            let seen = self.number(&format!("SELECT count(*) FROM {target} WHERE {which}"))?;
            self.try_place(relation, &which, seen)?;
        }
        Ok(self.tally.of(all))
    }

    /// Where the places begin; `None` is the key's own beginning.
    fn beginnings(
        &mut self,
        relation: &Relation,
        key: &str,
        rows: u64,
    ) -> Result<Vec<Option<i64>>, DatabaseError> {
        if rows <= ROWS * PLACES || self.composer.key.len() > 1 {
            return Ok(vec![None]);
        }
        let target = self.composer.target(relation);
        let ends = self.session.exchange(&[format!(
            "SELECT CASE WHEN typeof(min({key})) = 'integer' AND typeof(max({key})) = 'integer' \
             THEN min({key}) END, max({key}) FROM {target}"
        )])?;
        let ends = ends.first().and_then(|it| it.rows.first());
        let end = |column: usize| ends.and_then(|it| it.get(column)?.as_ref()?.parse().ok());
        let (Some(first), Some(last)): (Option<i64>, Option<i64>) = (end(0), end(1)) else {
            return Ok(vec![None]);
        };
        let mut random = fastrand::Rng::with_seed(SEED);
        let part = |number: u64| {
            let width = (i128::from(last) - i128::from(first) + 1) * i128::from(number);
            i64::try_from(i128::from(first) + width / i128::from(PLACES)).unwrap_or(last)
        };
        let places = (0..PLACES).map(|number| (part(number), part(number + 1)));
        Ok(places.map(|(from, to)| Some(random.i64(from..to.max(from + 1)))).collect())
    }

    fn number(&mut self, sql: &str) -> Result<u64, DatabaseError> {
        let answers = self.session.exchange(&[sql.to_owned()])?;
        Ok(answers.first().and_then(Answer::value).and_then(|it| it.parse().ok()).unwrap_or(0))
    }

    /// Runs the statement for the rows of a place, and undoes it.
    fn try_place(
        &mut self,
        relation: &Relation,
        which: &str,
        size: u64,
    ) -> Result<(), DatabaseError> {
        let opening = match self.session.capabilities().engine {
            Engine::Postgres => {
                "BEGIN; SET LOCAL row_security = off; SET LOCAL lock_timeout = '200ms'; \
                 SET LOCAL statement_timeout = '5s'"
            }
            Engine::Sqlite => "BEGIN IMMEDIATE",
        };
        let opening: Vec<String> = opening.split("; ").map(str::to_owned).collect();
        self.session.exchange(&opening)?;
        let began = Instant::now();
        let outcome = self.session.exchange(&[self.composer.statement(relation, which, "")]);
        let took = began.elapsed();
        self.session.abandon();
        match outcome {
            Ok(answers) => {
                self.tally.rows += answers.last().map_or(0, |it| it.touched);
                self.tally.took += took;
                self.tally.seen += size;
                Ok(())
            }
            // Whoever holds these rows needs them more.
            Err(error) if error.is_lock_conflict() => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// One number out of each part of those below `count`, the same ones each time; all of them where they
/// are few. Rows that match may lie together.
fn chosen(count: u64) -> Vec<u64> {
    if count <= PLACES {
        return (0..count).collect();
    }
    let mut random = fastrand::Rng::with_seed(SEED);
    let part = |number: u64| {
        u64::try_from(u128::from(number) * u128::from(count) / u128::from(PLACES)).unwrap_or(count)
    };
    (0..PLACES).map(|number| random.u64(part(number)..part(number + 1))).collect()
}

/// The place of that number among those of all relations: the relation, and its first block.
fn place(relations: &[Relation], mut number: u64) -> Option<(&Relation, u64)> {
    for relation in relations {
        let places = relation.blocks.div_ceil(BLOCKS);
        if number < places {
            return Some((relation, number * BLOCKS));
        }
        number -= places;
    }
    None
}
