//! The catalogs of a run: what goes on record of them, and whether a rollback is proven.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::catalog::{Catalog, CatalogRow, Ground, ObjectKey, Scope, Verdict};
use crate::database::{CatalogRecord, Catalogs, Reading, Session, StoredCatalog};
use crate::model::{CatalogHead, CatalogPair, Digest, Engine, LedgerState, Target};
use crate::plan::{Direction, Plan, Step};

/// Changes by others in what a migration touched, which its rollback goes over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AcceptedDrift {
    /// None: such a rollback is refused.
    Nothing,
    /// Those the operator was shown and confirmed. Where it cannot be known beforehand whether a
    /// change is one, the operator has said that the rollback goes ahead.
    These(BTreeSet<ObjectKey>),
    /// All of them.
    Everything,
}

impl AcceptedDrift {
    fn covers(&self, verdict: &Verdict) -> bool {
        let Verdict { drift, in_doubt, .. } = verdict;
        match self {
            Self::Nothing => drift.is_empty() && in_doubt.is_empty(),
            Self::These(keys) => drift.iter().all(|it| keys.contains(&it.key)),
            Self::Everything => true,
        }
    }
}

/// How many objects a run reads before it begins to save. It is some seconds' work for the server.
const FREE_OBJECTS: usize = 50_000;

/// How many objects a step may cost beyond that, on average: a run of thousands of migrations over a
/// schema that grows with them stays linear in their number.
const OBJECTS_A_STEP: usize = 25;

/// What a run knows of its database's catalog.
pub(super) struct Witness {
    pub(super) scope: Scope,
    /// How many objects were read so far.
    objects_read: usize,
    /// How many steps were left without catalogs since the last one that has them.
    left_out: usize,
    /// The size of the last catalog that was read.
    pub(super) last_size: usize,
    /// The newest catalog on record.
    head: Option<CatalogHead>,
    /// Whether it is that of an earlier run.
    head_is_earlier: bool,
    /// The catalog behind the last step of this run.
    pub(super) known: Option<Catalog>,
    accepted: AcceptedDrift,
}

/// What is to be said of a step's catalogs before it is committed.
pub(super) struct Judgement {
    /// The record to write, and what is known once it is written.
    record: Option<(CatalogRecord, CatalogHead, Catalog)>,
    pub(super) verdict: Verdict,
    pub(super) absorbed: Option<Absorbed>,
}

/// What a run found, where that is not what the run before it left.
pub(super) struct Absorbed {
    /// The catalog the run before it left.
    pub recorded: Digest,
    /// What was found, as far as that one reaches.
    pub found: Catalog,
}

impl Witness {
    pub(super) fn new(scope: Scope, state: &LedgerState, accepted: AcceptedDrift) -> Self {
        Self {
            scope,
            objects_read: 0,
            left_out: 0,
            last_size: 0,
            head: state.catalog.clone(),
            head_is_earlier: true,
            known: None,
            accepted,
        }
    }

    /// Whether a migration is to be left without catalogs, because a run of so many would spend its
    /// time on reading them. The last one of a run never is: the next run, and `verify`, start from
    /// what it left.
    pub(super) fn leaves_out(&mut self, is_last: bool) -> bool {
        let is_due = is_last
            || self.objects_read <= FREE_OBJECTS
            || self.left_out * OBJECTS_A_STEP >= 2 * self.last_size;
        if is_due {
            self.left_out = 0;
        } else {
            self.left_out += 1;
            self.known = None;
        }
        !is_due
    }

    /// What a step reads: what the step before it left need not be read again.
    pub(super) fn reading(&self, direction: Direction) -> Reading<'_> {
        match (direction, &self.known) {
            (Direction::Forward, Some(_)) => Reading::After(&self.scope),
            _ => Reading::Both(&self.scope),
        }
    }

    /// What is read behind a script without a transaction.
    pub(super) const fn reading_after(&self) -> Reading<'_> {
        Reading::After(&self.scope)
    }

    /// A catalog as it is stored: whole, unless it is the newest on record already.
    pub(super) fn store(&self, catalog: &Catalog) -> (StoredCatalog, u32) {
        // What the last step left is on record under a digest that is known.
        let known = self
            .head
            .as_ref()
            .filter(|_| self.known.as_ref().is_some_and(|it| std::ptr::eq(it, catalog)));
        let digest = known.map_or_else(|| catalog.record_digest(), |head| head.digest.clone());
        match &self.head {
            Some(head) if head.digest == digest => {
                (StoredCatalog { digest, rows: Vec::new() }, head.depth)
            }
            _ => (StoredCatalog { digest, rows: vec![CatalogRow::whole(catalog)] }, 0),
        }
    }

    fn record(&self, before: &Catalog, after: Catalog) -> (CatalogRecord, CatalogHead, Catalog) {
        let (StoredCatalog { digest, mut rows }, mut depth) = self.store(before);
        let mut pair = CatalogPair { before: digest.clone(), after: digest };
        if after != *before {
            let row = CatalogRow::since(&after, before, &pair.before, depth);
            pair.after = row.digest.clone();
            depth = row.depth;
            rows.push(row);
        }
        let schemas = after.scope.schemas.clone();
        let head = CatalogHead { digest: pair.after.clone(), depth, schemas };
        (CatalogRecord { pair, rows }, head, after)
    }

    /// Judges what a step left. A rollback needs its ground; without one there is nothing to prove
    /// it by. It `goes_on` where an earlier run stopped.
    pub(super) fn judge(
        &self,
        catalogs: Catalogs,
        ground: Option<&Ground>,
        goes_on: bool,
    ) -> Judgement {
        let Catalogs { before, after } = catalogs;
        let Some(before) = before.as_ref().or(self.known.as_ref()) else {
            return Judgement { record: None, verdict: Verdict::default(), absorbed: None };
        };
        let verdict = match ground {
            Some(ground) if goes_on => ground.judge_rest(before, &after),
            Some(ground) => ground.judge(before, &after),
            None => Verdict::default(),
        };
        let proven = verdict.failures.is_empty() && self.accepted.covers(&verdict);
        let absorbed = self.absorbed(before);
        let record = proven.then(|| self.record(before, after));
        Judgement { record, verdict, absorbed }
    }

    /// What the first step of a run finds, where that is not what is on record. One digest tells.
    fn absorbed(&self, found: &Catalog) -> Option<Absorbed> {
        let head = self.head.as_ref().filter(|_| self.head_is_earlier)?;
        let scope = Scope { schemas: head.schemas.clone() };
        let found = if found.scope == scope {
            Cow::Borrowed(found)
        } else {
            Cow::Owned(found.within(&scope))
        };
        let recorded = head.digest.clone();
        let is_changed = found.record_digest() != recorded;
        is_changed.then(|| Absorbed { recorded, found: found.into_owned() })
    }

    /// The step is committed.
    pub(super) fn keep(&mut self, judgement: Judgement) -> Verdict {
        if let Some((_, head, catalog)) = judgement.record {
            self.last_size = catalog.objects.len();
            self.objects_read += self.last_size;
            self.head = Some(head);
            self.head_is_earlier = false;
            self.known = Some(catalog);
        }
        judgement.verdict
    }
}

impl Judgement {
    pub(super) fn record(&self) -> Option<CatalogRecord> {
        self.record.as_ref().map(|(record, ..)| record.clone())
    }
}

/// The schemas a run touches: where the set lives, what its scripts name, and what earlier runs
/// touched.
pub(super) fn scope(
    session: &dyn Session,
    target: &Target,
    plan: &Plan,
    state: &LedgerState,
) -> Scope {
    if session.capabilities().engine == Engine::Sqlite {
        return Scope::default();
    }
    let home = target.schema.as_ref().or(session.facts().creation_schema.as_ref());
    let named = plan.steps.iter().flat_map(Step::schemas).map(str::to_owned);
    let recorded = state.catalog.iter().flat_map(|head| head.schemas.iter().cloned());
    Scope { schemas: home.cloned().into_iter().chain(named).chain(recorded).collect() }
}
