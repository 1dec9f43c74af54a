//! Whether a rollback really rolled back.

use std::collections::BTreeSet;

use super::diff::Change;
use super::{Catalog, Difference, ObjectKey, differences};

/// What is recorded of the migration that is rolled back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ground {
    /// The catalog before it.
    pub before: Catalog,
    /// The catalog behind it; `None` for one that never finished.
    pub after: Option<Catalog>,
}

/// What a comparison found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verdict {
    /// Objects the migration touched that somebody changed since: as it left them, as they were
    /// found.
    pub drift: Vec<Difference>,
    /// Objects that are not as they were before the migration, or that it never touched and the
    /// rollback changed all the same: as they should be, as they are.
    pub failures: Vec<Difference>,
    /// Objects that the rollback left as it found them, and that are not as they were before a
    /// migration that never finished: nobody knows whether it changed them or somebody else.
    pub in_doubt: Vec<Difference>,
    /// Differences that make none to anybody's SQL, and those that cannot be told.
    pub remarks: Vec<Difference>,
}

impl Ground {
    /// The objects the migration touched.
    fn touched(&self, found: &Catalog) -> BTreeSet<ObjectKey> {
        let after = self.after.as_ref().unwrap_or(found);
        let changed = differences(&self.before, after).into_iter();
        changed.filter(|it| it.change.matters()).map(|it| it.key).collect()
    }

    /// What somebody changed since in the objects the migration touched, given the catalog as it is
    /// `found`. What hangs on a table the migration made goes with it, and so counts as well.
    pub fn drift(&self, found: &Catalog) -> Vec<Difference> {
        let Some(after) = &self.after else { return Vec::new() };
        let found = found.within(&self.before.scope);
        let touched = self.touched(&found);
        let made =
            |key: &ObjectKey| touched.contains(key) && !self.before.objects.contains_key(key);
        let hangs_on_made = |key: &ObjectKey| {
            let Some(parent) = &key.parent else { return false };
            touched.iter().any(|it| {
                it.parent.is_none() && it.schema == key.schema && it.name == *parent && made(it)
            })
        };
        let changed = differences(after, &found).into_iter();
        changed
            .filter(|it| it.change.matters())
            .filter(|it| touched.contains(&it.key) || hangs_on_made(&it.key))
            .collect()
    }

    /// Compares what the rollback left with what is recorded. `found` is the catalog right before
    /// the rollback, `left` the one behind it.
    pub fn judge(&self, found: &Catalog, left: &Catalog) -> Verdict {
        let found = found.within(&self.before.scope);
        let left = left.within(&self.before.scope);
        let touched = self.touched(&found);
        let drift = self.drift(&found);
        let gone_with_its_table: BTreeSet<ObjectKey> = drift
            .iter()
            .filter(|it| it.change == Change::Unexpected && !left.objects.contains_key(&it.key))
            .map(|it| it.key.clone())
            .collect();
        let mut verdict = Verdict { drift, ..Verdict::default() };
        // What the migration touched is as it was before it …
        let restored = touched.iter().filter_map(|key| Difference::of(key, &self.before, &left));
        // … and everything else is as it was found.
        let others = differences(&found, &left).into_iter();
        let others = others
            .filter(|it| !touched.contains(&it.key) && !gone_with_its_table.contains(&it.key));
        for difference in restored.chain(others) {
            let untouched = found.objects.get(&difference.key) == difference.actual.as_ref();
            if !difference.change.matters() {
                verdict.remarks.push(difference);
            } else if self.after.is_none() && untouched {
                verdict.in_doubt.push(difference);
            } else {
                verdict.failures.push(difference);
            }
        }
        verdict.failures.sort_by(|a, b| a.key.cmp(&b.key));
        verdict
    }

    /// The same for a rollback that goes on where it stopped: `found` is what it found then, and what
    /// others had changed was looked at when it began.
    pub fn judge_rest(&self, found: &Catalog, left: &Catalog) -> Verdict {
        let mut verdict = self.judge(found, left);
        verdict.drift.clear();
        verdict
    }

    /// The catalog that a faithful rollback leaves, given the one it finds.
    fn rolled_back(&self, found: &Catalog) -> Catalog {
        let mut left = found.clone();
        for key in self.touched(&found.within(&self.before.scope)) {
            match self.before.objects.get(&key) {
                Some(object) => left.objects.insert(key, object.clone()),
                None => left.objects.remove(&key),
            };
        }
        left
    }
}

/// The drift each of several rollbacks will find, in their order, if all before it are faithful.
/// `None` stands for one of which nothing is recorded.
pub fn foresee(grounds: &[Option<Ground>], live: &Catalog) -> Vec<Vec<Difference>> {
    let mut catalog = live.clone();
    grounds
        .iter()
        .map(|ground| {
            let Some(ground) = ground else { return Vec::new() };
            let drift = ground.drift(&catalog);
            catalog = ground.rolled_back(&catalog);
            drift
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::{CatalogObject, Kind, Scope};
    use super::*;
    use crate::model::Engine;

    /// Objects as `table`, `table.column` or `table.column=type`.
    fn catalog(objects: &[&str]) -> Catalog {
        let objects = objects.iter().map(|text| {
            let (name, data_type) = text.split_once('=').unwrap_or((text, ""));
            let (kind, parent, name) = match name.split_once('.') {
                Some((table, column)) => (Kind::Column, Some(table.to_owned()), column),
                None => (Kind::Table, None, name),
            };
            let key = ObjectKey { kind, schema: None, parent, name: name.to_owned() };
            let mut object = CatalogObject::new(key);
            object.properties.insert("type".into(), data_type.into());
            object
        });
        Catalog::new(Engine::Sqlite, 3, Scope::default(), objects)
    }

    fn ground(before: &[&str], after: &[&str]) -> Ground {
        Ground { before: catalog(before), after: Some(catalog(after)) }
    }

    fn keys(differences: &[Difference]) -> Vec<String> {
        differences.iter().map(|it| format!("{} {}", it.change.word(), it.key)).collect()
    }

    #[test]
    fn what_others_made_elsewhere_stays_and_does_not_block() {
        let ground = ground(&["a", "a.x=int"], &["a", "a.x=text", "b"]);
        let found = catalog(&["a", "a.x=text", "b", "c", "a.y"]);
        let verdict = ground.judge(&found, &catalog(&["a", "a.x=int", "c", "a.y"]));
        assert_eq!(verdict, Verdict::default());
        let verdict = ground.judge(&found, &catalog(&["a", "a.x=int", "a.y"]));
        assert_eq!(keys(&verdict.failures), ["missing table c"]);
    }

    #[test]
    fn what_is_forgotten_or_restored_wrongly_is_named() {
        let ground = ground(&["a", "a.x=int"], &["a", "a.x=text", "b"]);
        let found = catalog(&["a", "a.x=text", "b"]);
        let verdict = ground.judge(&found, &catalog(&["a", "a.x=bigint", "b"]));
        assert_eq!(keys(&verdict.failures), ["unexpected table b", "altered column a.x"]);
        assert!(verdict.drift.is_empty());
    }

    #[test]
    fn what_others_changed_in_the_same_objects_is_drift() {
        let ground = ground(&[], &["a", "a.x=int"]);
        let found = catalog(&["a", "a.x=bigint", "a.y=int"]);
        let verdict = ground.judge(&found, &catalog(&[]));
        assert_eq!(keys(&verdict.drift), ["altered column a.x", "unexpected column a.y"]);
        assert!(verdict.failures.is_empty());
    }

    #[test]
    fn a_migration_that_never_finished_leaves_what_it_made_in_doubt() {
        let ground = Ground { before: catalog(&["a"]), after: None };
        let verdict = ground.judge(&catalog(&["a", "b", "c"]), &catalog(&["a", "c"]));
        assert_eq!(keys(&verdict.in_doubt), ["unexpected table c"]);
        assert!(verdict.drift.is_empty());
        assert!(verdict.failures.is_empty());
    }

    #[test]
    fn the_drift_of_several_rollbacks_is_foreseen() {
        let grounds = [
            Some(ground(&["a", "a.x=int"], &["a", "a.x=text"])),
            Some(ground(&[], &["a", "a.x=int"])),
        ];
        let quiet = foresee(&grounds, &catalog(&["a", "a.x=text"]));
        assert_eq!(quiet, [vec![], vec![]]);
        let changed = foresee(&grounds, &catalog(&["a", "a.x=varchar", "a.y"]));
        assert_eq!(keys(&changed[0]), ["altered column a.x"]);
        assert_eq!(keys(&changed[1]), ["unexpected column a.y"]);
    }
}
