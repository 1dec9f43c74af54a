//! Beginning a backfill: what it works at is fixed, and written down, before the first batch.

use super::compose::{Composer, Relation};
use super::fault::{BackfillFault, Refusal};
use super::ground::{Found, Grounds, look};
use super::leisure::keep_record;
use super::pilot::try_out;
use super::record::{Detail, Job, Place};
use super::store::{Store, Which};
use super::tuning::Tuning;
use crate::database::{Answer, DatabaseError, OpenTransaction, Session, TableShape};
use crate::engine::backup::{Doing, Journal, Unwritable};
use crate::model::{BackfillOf, BackfillState, Digest, Engine, Target};
use crate::plan::{Direction, Step};
use crate::sql::{Backfill, ParsedScript, Statement, StatementKind, columns_added};

/// How many blocks a part has at most: what its first pass has made dead is free again by the time
/// the next one comes.
const WINDOW: u64 = 2_048;
const SMALLEST_WINDOW: u64 = 64;
/// So many rows are counted, where nothing else tells how many there are.
const COUNTED: u64 = 100_000;
/// How often a block is gone over: only its first share of rows has to move elsewhere, the others
/// find the room that the share before has left. Measured, rows of 100 bytes: with one pass a heap
/// doubles, with 3 it grows by 42 %, with 5 by 30 %, in the same time.
const PASSES: u64 = 5;

/// A statement that is to run in batches.
#[derive(Clone, Copy)]
pub(in crate::engine) struct Work<'a> {
    /// The script it is part of.
    pub parsed: &'a ParsedScript,
    pub text: &'a str,
    /// Its place in the script.
    pub index: usize,
    pub parts: &'a Backfill,
}

impl<'a> Work<'a> {
    /// A statement of what a step runs, if it is to run in batches.
    pub fn of_step(step: &'a Step, index: usize) -> Option<Self> {
        Self::of_script(&step.parsed, &step.running().stored.text, index)
    }

    /// A statement of a script, if it is to run in batches.
    pub fn of_script(parsed: &'a ParsedScript, text: &'a str, index: usize) -> Option<Self> {
        let parts = parsed.statements.get(index)?.backfill.as_ref()?;
        Some(Self { parsed, text, index, parts })
    }

    /// The checksum of the statement.
    pub fn digest(&self) -> String {
        let span = self.parsed.statements[self.index].span.clone();
        Digest::of(&self.text[span]).to_string()
    }

    /// What the script sets before the statement.
    pub fn settings(&self) -> Vec<String> {
        let before = self.parsed.statements.iter().take(self.index);
        let sets = before.filter(|it| it.kind == StatementKind::Session);
        sets.filter_map(|it| self.text.get(it.span.clone())).map(str::to_owned).collect()
    }

    /// Makes a session ready for the statement: as the script has left it before it.
    pub fn make_ready(
        &self,
        session: &mut dyn Session,
        target: &Target,
    ) -> Result<(), DatabaseError> {
        session.begin_statements(target)?;
        let settings = self.settings();
        if !settings.is_empty() {
            session.exchange(&settings)?;
        }
        Ok(())
    }

    pub(super) fn changes_role(&self) -> bool {
        let words = self.settings().join(" ").to_ascii_uppercase();
        words.contains("ROLE") || words.contains("AUTHORIZATION")
    }

    /// Refuses a script that is another role by now: others work at the statement as the runner's,
    /// and that one may not write the record.
    pub fn refuse_role(&self) -> Result<(), BackfillFault> {
        if self.changes_role() {
            let table = self.parts.table.to_string();
            return Err(BackfillFault::Refused { table, refusal: Refusal::Role });
        }
        Ok(())
    }

    /// Between two of a script's statements its temporary tables are gone.
    fn of_temporary(&self, refusal: Refusal) -> Refusal {
        let before = self.parsed.statements.iter().take(self.index);
        let mut made = before.filter(|it| it.summary.starts_with("CREATE TEMP"));
        let is_it = |it: &Statement| {
            it.affects.iter().any(|it| it.object.name.name == self.parts.table.name)
        };
        if refusal == Refusal::Missing && made.any(is_it) { Refusal::Temporary } else { refusal }
    }

    /// The columns that get other values and were there before the script.
    pub(super) fn columns(&self, engine: Engine) -> Vec<String> {
        let before = self.parsed.statements.iter().take(self.index);
        let texts = before.filter_map(|it| self.text.get(it.span.clone()));
        let born: Vec<String> = texts.flat_map(|text| columns_added(engine, text)).collect();
        let columns = self.parts.columns.iter();
        columns.filter(|it| !born.contains(it)).cloned().collect()
    }
}

/// Begins a backfill, and returns what is on record of it. `saves` is whether what it overwrites is
/// to come back.
pub(super) fn start(
    session: &mut dyn Session,
    (target, store): (&Target, &Store),
    (step, work): (&Step, Work<'_>),
    (tuning, saves): (Tuning, bool),
) -> Result<Job, BackfillFault> {
    let refused = |refusal| BackfillFault::Refused { table: work.parts.table.to_string(), refusal };
    let found = look(session, target, work.parts, &tuning.order_by)?;
    let grounds = found.map_err(|it| refused(work.of_temporary(it)))?;
    let engine = store.engine();
    let columns = work.columns(engine);
    let saves = saves && (work.parts.deletes || !columns.is_empty());
    if saves && grounds.root.keys.is_empty() {
        return Err(refused(Refusal::NoKey));
    }
    let composer = Composer::new(engine, work.text, work.parts, &grounds.key);
    let relations: Vec<Relation> = grounds
        .found
        .iter()
        .enumerate()
        .map(|(number, it)| {
            let is_named = it.id == grounds.root.id;
            let of = (number, it.name.as_str(), it.blocks);
            relation(of, is_named, &grounds.root, &grounds.key)
        })
        .collect();
    if let Some(refusal) = try_out(session, &composer, &relations, saves)? {
        return Err(refused(refusal));
    }
    let mut job = Job {
        id: 0,
        of: BackfillOf {
            version: step.version,
            name: step.name.clone(),
            rolling_back: step.direction == Direction::Back,
            statement: work.index,
            table: work.parts.table.to_string(),
        },
        statement_digest: work.digest(),
        script_digest: step.running().stored.digest.to_string(),
        state: BackfillState::Running,
        open: true,
        tuning,
        detail: Detail::default(),
        rows: 0,
        refused: 0,
        units: (0, 0),
        workers: 0,
        started_at: String::new(),
        finished_at: None,
        seconds: 0.0,
        waits_for: None,
        share: None,
    };
    let mut unwritable = None;
    let of = (target, step);
    let doing = Doing { columns: &columns, deletes: work.parts.deletes };
    let detail = detail(&grounds, rows_expected(session, &grounds)?, work.parts.deletes);
    let mut enter = |open: &mut dyn OpenTransaction| {
        let mut places = detail.clone();
        if saves && let Err(why) = begin_journals(of, doing, &grounds, &mut places, open)? {
            unwritable = Some(why);
            return Err(DatabaseError::Withheld);
        }
        job.detail = places;
        job.id = store.enter(open, &job)?;
        for relation in &relations {
            let of = (relation, 0, grounds.is_by_number());
            enter_units(store, job.id, &composer, of, open)?;
        }
        Ok(())
    };
    keep_record(session, target, &mut enter).map_err(|error| match unwritable {
        Some(Unwritable::NoKey) => refused(Refusal::NoKey),
        Some(Unwritable::TooWide) => refused(Refusal::TooWide),
        None => error.into(),
    })?;
    Ok(job)
}

/// A relation as its record describes it.
pub(super) fn relation(
    (number, name, blocks): (usize, &str, u64),
    is_named: bool,
    shape: &TableShape,
    key: &[String],
) -> Relation {
    let type_of = |column: &String| shape.columns.iter().find(|it| it.name == *column);
    Relation {
        number,
        name: name.to_owned(),
        is_named,
        blocks,
        key_types: key.iter().filter_map(type_of).map(|it| it.type_name.clone()).collect(),
    }
}

fn detail(grounds: &Grounds, rows: Option<u64>, deletes: bool) -> Detail {
    // Where nothing else tells rows apart, it is what they are taken by.
    let key = grounds.root.keys.first().unwrap_or(&grounds.key).clone();
    Detail {
        relations: grounds
            .found
            .iter()
            .map(|it| Place {
                name: it.name.clone(),
                blocks: it.blocks,
                key: key.clone(),
                backup: None,
                gone: false,
            })
            .collect(),
        key: grounds.key.clone(),
        rows,
        bytes_before: bytes(&grounds.found),
        bytes_after: None,
        passes: if grounds.key.is_empty() && !deletes { PASSES } else { 1 },
    }
}

/// About how many rows there are, where that can be told at once.
fn rows_expected(
    session: &mut dyn Session,
    grounds: &Grounds,
) -> Result<Option<u64>, DatabaseError> {
    if grounds.root.schema.is_some() {
        let rows: Option<Vec<u64>> = grounds.found.iter().map(|it| it.rows).collect();
        return Ok(rows.map(|rows| rows.iter().sum()));
    }
    let Some(found) = grounds.found.first() else { return Ok(None) };
    let mut ask = |sql: String| -> Result<Option<u64>, DatabaseError> {
        let answers = session.exchange(&[sql])?;
        Ok(answers.first().and_then(Answer::value).and_then(|it| it.parse().ok()))
    };
    let name = &found.name;
    let counted = ask(format!("SELECT count(*) FROM (SELECT 1 FROM {name} LIMIT {COUNTED})"))?;
    match (counted.filter(|rows| *rows < COUNTED), &grounds.root.address) {
        (Some(rows), _) => Ok(Some(rows)),
        (None, Some(it)) => {
            let (last, first) = (format!("SELECT max({it})"), format!("SELECT min({it})"));
            ask(format!("SELECT ({last} FROM {name}) - ({first} FROM {name}) + 1"))
        }
        (None, None) => Ok(None),
    }
}

/// The bytes of tables, and of their indexes.
pub(super) fn bytes(found: &[Found]) -> (u64, u64) {
    let tables = found.iter().map(|it| it.bytes.0).sum();
    (tables, found.iter().map(|it| it.bytes.1).sum())
}

/// One for the table and its partitions, one for each table that inherits from it.
fn begin_journals(
    (target, step): (&Target, &Step),
    doing: Doing<'_>,
    grounds: &Grounds,
    detail: &mut Detail,
    open: &mut dyn OpenTransaction,
) -> Result<Result<(), Unwritable>, DatabaseError> {
    let engine = if grounds.root.schema.is_some() { Engine::Postgres } else { Engine::Sqlite };
    let mut begun: Vec<(String, i64)> = Vec::new();
    for (found, place) in grounds.found.iter().zip(&mut detail.relations) {
        let heir = grounds.shapes.iter().find(|it| it.id == found.id && !found.is_partition);
        let shape = heir.unwrap_or(&grounds.root);
        let known = begun.iter().find(|(id, _)| *id == shape.id).map(|(_, backup)| *backup);
        let backup = if let Some(backup) = known {
            backup
        } else {
            let of = (target.ledger_set(), step);
            match Journal::begin(of, engine, shape.clone(), doing, open)? {
                Ok(journal) => journal.id,
                Err(why) => return Ok(Err(why)),
            }
        };
        begun.push((shape.id.clone(), backup));
        place.backup = Some(backup);
    }
    Ok(Ok(()))
}

/// Divides a relation into parts, its blocks from the one numbered `from`.
pub(super) fn enter_units(
    store: &Store,
    job: i64,
    composer: &Composer,
    (relation, from, by_number): (&Relation, u64, bool),
    open: &mut dyn OpenTransaction,
) -> Result<(), DatabaseError> {
    let table = store.table(Which::Unit);
    let number = relation.number;
    let unit = format!("(SELECT coalesce(max(unit) + 1, 0) FROM {table} WHERE backfill = {job})");
    if composer.key.is_empty() {
        let blocks = relation.blocks;
        // Several parts even of a small table, so that several can work at it.
        let window = (blocks.saturating_sub(from) / 8).clamp(SMALLEST_WINDOW, WINDOW);
        open.run(&format!(
            "INSERT INTO {table} (backfill, unit, relation, first, last, next) \
             SELECT {job}, {unit} + ((b - {from}) / {window}), {number}, b, \
             least(b + {window}, {blocks}), b \
             FROM generate_series({from}, {blocks} - 1, {window}) AS b"
        ))?;
        return Ok(());
    }
    let end = |way: &str| {
        let order: Vec<String> = composer.key.iter().map(|it| format!("{it} {way}")).collect();
        format!(
            "(SELECT {} FROM {} ORDER BY {} LIMIT 1)",
            composer.key_literal(relation),
            composer.target(relation),
            order.join(", ")
        )
    };
    // Numbers tell how much of the way is done.
    let first = if by_number { end("ASC") } else { "NULL".to_owned() };
    open.run(&format!(
        "INSERT INTO {table} (backfill, unit, relation, first, last) \
         SELECT {job}, {unit}, {number}, {first}, {}",
        end("DESC")
    ))?;
    Ok(())
}

/// The bytes of the tables as they are now; of none where they are gone.
pub(super) fn measure(
    session: &mut dyn Session,
    target: &Target,
    parts: &Backfill,
) -> Result<(u64, u64), DatabaseError> {
    let grounds = look(session, target, parts, &[])?;
    Ok(grounds.map(|it| bytes(&it.found)).unwrap_or_default())
}
