//! The live schema against the one on record.

use super::survey::check_version;
use super::{EngineError, Job};
use crate::catalog::{Catalog, Difference, Kind, ObjectKey, Scope, differences};
use crate::database::{DatabaseError, PolicyBypass, Session};
use crate::model::{Digest, LedgerState};

/// What the live schema is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// The catalog the last migration or rollback left, which is on record.
    Recorded,
    /// One from somewhere else, a snapshot file say.
    Given(Catalog),
    /// What the set's files build: the catalog without any of its migrations, and with them.
    Built {
        /// Without.
        before: Catalog,
        /// With those that are applied.
        after: Catalog,
    },
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// What is recorded of the set.
    pub state: LedgerState,
    /// The digest of the expected catalog; `None` where none is on record.
    pub expected: Option<Digest>,
    /// The digest of the live one, as far as the expected one reaches.
    pub live: Option<Digest>,
    /// Where the two differ.
    pub drift: Vec<Difference>,
    /// What is wrong with the live schema whatever is expected.
    pub weaknesses: Vec<Weakness>,
}

/// Something that does not do what its definition says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Weakness {
    /// An index, or the index of a constraint, that serves no query.
    InvalidIndex(ObjectKey),
    /// A constraint that rows older than it may break.
    UnvalidatedConstraint(ObjectKey),
    /// A role that a policy does not hold for.
    PolicyBypass(PolicyBypass),
}

/// How often reading begins anew when somebody migrates meanwhile.
const ATTEMPTS: usize = 5;

/// Compares, reading only.
pub fn verify(
    session: &mut dyn Session,
    job: &Job<'_>,
    expected: &Expected,
) -> Result<Verification, EngineError> {
    check_version(session.facts(), session.capabilities().engine, job.set)?;
    let mut attempts = 1;
    loop {
        let state = session.read_ledger(job.target)?;
        let found = compare(session, &state, expected)?;
        // Ledger and catalog are two questions; what was recorded between them is no drift.
        let same = session.read_ledger(job.target)?.digest() == state.digest();
        if same || attempts == ATTEMPTS {
            let Compared { expected, live, drift, weaknesses } = found;
            return Ok(Verification { state, expected, live, drift, weaknesses });
        }
        attempts += 1;
    }
}

/// Compares with a catalog, without any set and any record.
pub fn verify_catalog(
    session: &mut dyn Session,
    expected: Catalog,
) -> Result<Verification, EngineError> {
    let state = LedgerState::default();
    let Compared { expected, live, drift, weaknesses } =
        compare(session, &state, &Expected::Given(expected))?;
    Ok(Verification { state, expected, live, drift, weaknesses })
}

struct Compared {
    expected: Option<Digest>,
    live: Option<Digest>,
    drift: Vec<Difference>,
    weaknesses: Vec<Weakness>,
}

fn compare(
    session: &mut dyn Session,
    state: &LedgerState,
    expected: &Expected,
) -> Result<Compared, DatabaseError> {
    let (live, expected, before) = match expected {
        Expected::Recorded => {
            let Some(head) = &state.catalog else { return Ok(Compared::with_nothing()) };
            let live = session.read_catalog(&Scope { schemas: head.schemas.clone() })?;
            // Most often nothing has changed; then the one on record need not be fetched at all.
            let expected = if live.record_digest() == head.digest {
                None
            } else {
                session.read_catalogs(std::slice::from_ref(&head.digest))?.remove(&head.digest)
            };
            (live, expected, None)
        }
        Expected::Given(catalog) => {
            (session.read_catalog(&catalog.scope)?, Some(catalog.clone()), None)
        }
        Expected::Built { before, after } => {
            (session.read_catalog(&after.scope)?, Some(after.clone()), Some(before))
        }
    };
    let mut drift = expected.as_ref().map(|it| differences(it, &live)).unwrap_or_default();
    if let (Some(before), Some(expected)) = (before, &expected) {
        let own = own_objects(before, expected);
        drift.retain(|it| own.concerns(&it.key));
    }
    let mut weaknesses = weaknesses(&live);
    let bypasses = session.policy_bypasses(&live.scope)?;
    weaknesses.extend(bypasses.into_iter().map(Weakness::PolicyBypass));
    let digest = live.digest();
    let expected = expected.map_or_else(|| digest.clone(), |it| it.digest());
    Ok(Compared { expected: Some(expected), live: Some(digest), drift, weaknesses })
}

impl Compared {
    const fn with_nothing() -> Self {
        Self { expected: None, live: None, drift: Vec::new(), weaknesses: Vec::new() }
    }
}

/// The objects a set makes or changes. What else lies beside them in a live database is not the
/// set's, and it makes no difference to it.
struct Own {
    touched: Vec<Difference>,
}

fn own_objects(before: &Catalog, after: &Catalog) -> Own {
    let mut touched = differences(before, after);
    touched.retain(|it| it.change.matters());
    Own { touched }
}

impl Own {
    /// Whether it is one of them, or hangs on a table the set made.
    fn concerns(&self, key: &ObjectKey) -> bool {
        self.touched.iter().any(|it| {
            let made = it.expected.is_none() && it.key.parent.is_none();
            it.key == *key
                || made && it.key.schema == key.schema && key.parent.as_ref() == Some(&it.key.name)
        })
    }
}

fn weaknesses(live: &Catalog) -> Vec<Weakness> {
    let objects = live.objects.values();
    let invalid =
        objects.filter(|it| it.properties.get("valid").is_some_and(|valid| valid == "false"));
    invalid
        .map(|it| match it.key.kind {
            Kind::Index => Weakness::InvalidIndex(it.key.clone()),
            _ => Weakness::UnvalidatedConstraint(it.key.clone()),
        })
        .collect()
}
