//! What becomes of a table while a backfill works at it: partitions come and go, and it grows.

use super::compose::Composer;
use super::fault::{BackfillFault, Refusal};
use super::ground::{Found, Grounds, look, tree};
use super::leisure::{keep_record, take_time};
use super::record::{Detail, Job, Place};
use super::start::{Work, enter_units, relation};
use super::store::{Store, Which};
use crate::database::{DatabaseError, OpenTransaction, Session};
use crate::model::{Engine, Target};

/// So many new blocks are worth parts of their own; fewer are swept.
const WORTH_PARTS: u64 = 2_048;

/// What a table was when it was last looked at.
pub(super) struct Tree(Option<Vec<(String, u64)>>);

impl Tree {
    /// Looks for the first time.
    pub fn of(session: &mut dyn Session, work: Work<'_>) -> Result<Self, DatabaseError> {
        Ok(Self(tree(session, work.parts)?))
    }

    /// Whether it has become another since, or has grown by much.
    pub fn has_changed(
        &mut self,
        session: &mut dyn Session,
        work: Work<'_>,
    ) -> Result<bool, DatabaseError> {
        let now = tree(session, work.parts)?;
        let (Some(before), Some(present)) = (&self.0, &now) else { return Ok(true) };
        let is_same = |((one, before), (other, now)): (&(String, u64), &(String, u64))| {
            one == other && *now < before + WORTH_PARTS
        };
        let same = before.len() == present.len() && before.iter().zip(present).all(is_same);
        if !same {
            self.0 = now;
        }
        Ok(!same)
    }
}

/// Brings the record of where a backfill works up to what is there now. Returns whether it says
/// something else than before: there may be parts to do.
pub(super) fn catch_up(
    session: &mut dyn Session,
    (target, store): (&Target, &Store),
    job: &mut Job,
    work: Work<'_>,
) -> Result<bool, BackfillFault> {
    if store.engine() == Engine::Sqlite {
        // It has neither partitions nor blocks; rows are taken in the order of their numbers, up to
        // the last one there was.
        return Ok(false);
    }
    let refused = |refusal| BackfillFault::Refused { table: job.of.table.clone(), refusal };
    let grounds = look(session, target, work.parts, &job.tuning.order_by)?.map_err(refused)?;
    if Change::between(&job.detail, &grounds).is_none() {
        return Ok(false);
    }
    if let Some(heir) = unsaved_heir(&job.detail, &grounds) {
        return Err(refused(Refusal::Heir(heir)));
    }
    let composer = Composer::new(store.engine(), work.text, work.parts, &job.detail.key);
    let mut present = job.detail.clone();
    let mut enter = |open: &mut dyn OpenTransaction| {
        // Another runner may have seen the same.
        present = store.lock_detail(open, job.id)?;
        if let Some(change) = Change::between(&present, &grounds) {
            change.enter(store, job.id, (&composer, &grounds), &mut present, open)?;
        }
        Ok(())
    };
    keep_record(session, target, &mut enter)?;
    // Work of our own has taken the session back.
    work.make_ready(session, target)?;
    take_time(session)?;
    let changed = present.relations != job.detail.relations;
    job.detail = present;
    Ok(changed)
}

/// A table that inherits from the author's, where what changes is written down: each such table
/// would have to be a backup of its own.
fn unsaved_heir(detail: &Detail, grounds: &Grounds) -> Option<String> {
    let saves = detail.relations.iter().any(|it| it.backup.is_some());
    let is_known = |found: &Found| detail.relations.iter().any(|it| it.name == found.name);
    let mut heirs = grounds.found.iter().filter(|it| !it.is_partition && !is_known(it));
    let heir = heirs.next().filter(|_| saves)?;
    let shape = grounds.shapes.iter().find(|it| it.id == heir.id)?;
    Some(shape.name().to_string())
}

/// What is there, and on record otherwise.
struct Change<'a> {
    /// Numbers of those that are gone.
    gone: Vec<usize>,
    /// Those that were not there.
    new: Vec<&'a Found>,
    /// Numbers of those that have grown, each with how many blocks it has now.
    grown: Vec<(usize, u64)>,
}

impl<'a> Change<'a> {
    fn between(detail: &Detail, grounds: &'a Grounds) -> Option<Self> {
        let present = || detail.relations.iter().enumerate().filter(|(_, it)| !it.gone);
        let found = |place: &Place| grounds.found.iter().find(|it| it.name == place.name);
        let gone = present().filter(|(_, it)| found(it).is_none()).map(|(number, _)| number);
        let is_known = |found: &&Found| present().any(|(_, it)| it.name == found.name);
        let by_blocks = detail.key.is_empty();
        let grown = present().filter_map(|(number, place)| {
            let blocks = found(place)?.blocks;
            (by_blocks && blocks >= place.blocks + WORTH_PARTS).then_some((number, blocks))
        });
        let change = Self {
            gone: gone.collect(),
            new: grounds.found.iter().filter(|it| !is_known(it)).collect(),
            grown: grown.collect(),
        };
        let is_none = change.gone.is_empty() && change.new.is_empty() && change.grown.is_empty();
        (!is_none).then_some(change)
    }

    fn enter(
        &self,
        store: &Store,
        job: i64,
        (composer, grounds): (&Composer, &Grounds),
        detail: &mut Detail,
        open: &mut dyn OpenTransaction,
    ) -> Result<(), DatabaseError> {
        let mut parts = |number: usize, blocks: u64, from: u64, place: &Place| {
            let of = (number, place.name.as_str(), blocks);
            let is_named =
                grounds.found.iter().any(|it| it.name == place.name && it.id == grounds.root.id);
            let relation = relation(of, is_named, &grounds.root, &detail.key);
            enter_units(store, job, composer, (&relation, from, false), open)
        };
        for (number, blocks) in &self.grown {
            let place = &detail.relations[*number];
            parts(*number, *blocks, place.blocks, place)?;
        }
        // Partitions share what is written down of their table.
        let of_root = detail.relations.first();
        let (key, backup) = of_root.map(|it| (it.key.clone(), it.backup)).unwrap_or_default();
        let mut new = Vec::new();
        for found in &self.new {
            let number = detail.relations.len() + new.len();
            let place = Place {
                name: found.name.clone(),
                blocks: found.blocks,
                key: key.clone(),
                backup,
                gone: false,
            };
            parts(number, found.blocks, 0, &place)?;
            new.push(place);
        }
        for (number, blocks) in &self.grown {
            detail.relations[*number].blocks = *blocks;
        }
        for number in &self.gone {
            detail.relations[*number].gone = true;
            open.run(&format!(
                "UPDATE {} SET done = true WHERE backfill = {job} AND relation = {number}",
                store.table(Which::Unit)
            ))?;
        }
        detail.relations.extend(new);
        open.run(&store.detail_sql(job, detail)?)?;
        Ok(())
    }
}
