//! What there is to do for each saved row.

use super::super::dialect::GONE;
use super::super::relation::{identity_list, is_same_row, kept_from, left_value};
use super::view::{Part, View};
use crate::database::{DatabaseError, OpenTransaction};
use crate::model::{Engine, ObjectName};
use crate::sql::{quote_identifier, quote_name};

/// The column that says what there is to do for a row; the words are those below.
const FATE: &str = "turnback_fate";
/// The column that says what the step did to it.
const DEED: &str = "turnback_deed";

/// It holds what was saved.
pub(super) const SAME: &str = "same";
/// It is as the step left it.
pub(super) const RESTORE: &str = "restore";
/// It is gone, and comes back.
pub(super) const MISSING: &str = "missing";
/// Somebody changed it since.
pub(super) const CONFLICT: &str = "conflict";
/// It is not there, for reasons that are not the step's, or is not wanted.
const ABSENT: &str = "absent";

/// What a step did to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    /// It removed the row, or the table.
    Removed,
    /// It overwrote values.
    Changed,
    /// It did nothing to it but drop its columns.
    Dropped,
}

impl Deed {
    const ALL: [Self; 3] = [Self::Removed, Self::Changed, Self::Dropped];

    const fn word(self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::Changed => "changed",
            Self::Dropped => "dropped",
        }
    }

    /// Whether the values of a column are the deed's.
    const fn concerns(self, part: &Part) -> bool {
        match self {
            Self::Removed => true,
            Self::Changed => part.left.is_some() || part.is_dropped(),
            Self::Dropped => part.is_dropped(),
        }
    }
}

/// How many rows there are of each fate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Counts {
    pub same: u64,
    pub restore: u64,
    pub missing: u64,
    pub conflict: u64,
    pub absent: u64,
}

/// The saved rows, each with its fate, in a table of their own while the transaction is open.
#[derive(Debug)]
pub(super) struct Sight<'v> {
    pub view: &'v View<'v>,
    place: ObjectName,
    /// The saved rows that are looked at, under the alias `b`.
    kept: String,
    pub counts: Counts,
}

impl<'v> Sight<'v> {
    /// Looks at every saved row for which the condition holds. `blank` tells whether a dropped
    /// column's NULL is nobody's value.
    pub fn take(
        view: &'v View<'v>,
        condition: Option<&str>,
        blank: bool,
        open: &mut dyn OpenTransaction,
    ) -> Result<Self, DatabaseError> {
        let place = view.dialect.place(&format!("{}_sight", view.table.place));
        let kept = kept_where(view, condition);
        let mut sight = Self { view, place, kept, counts: Counts::default() };
        let name = quote_name(&sight.place);
        open.run(&format!("CREATE TABLE {name} AS {}", sight.query(blank)))?;
        open.seal(&sight.place)?;
        if view.dialect.0 == Engine::Postgres {
            open.run(&format!("ANALYZE {name}"))?;
        }
        sight.count(open)?;
        Ok(sight)
    }

    fn query(&self, blank: bool) -> String {
        let (view, live) = (self.view, self.view.live());
        let table = view.table;
        let left = table.left_place.as_ref().map_or_else(String::new, |left| {
            let left = quote_name(&view.dialect.place(left));
            format!(" LEFT JOIN {left} AS l ON {}", is_same_row(&table.identity, "b", "l"))
        });
        let gone = match (table.is_gone(), left.is_empty()) {
            (true, _) => "1 = 1".to_owned(),
            (false, false) => format!("coalesce(l.{GONE}, 1 = 0)"),
            (false, true) => "1 = 0".to_owned(),
        };
        let listed =
            if left.is_empty() { "1 = 0".to_owned() } else { format!("l.{GONE} IS NOT NULL") };
        let missing = if view.brings_rows { MISSING } else { ABSENT };
        let fates = |deed: Deed| {
            let (same, own) = (self.same(deed), self.untouched(deed, blank));
            format!("WHEN {same} THEN '{SAME}' WHEN {own} THEN '{RESTORE}' ELSE '{CONFLICT}'")
        };
        let [removed, changed, dropped] = Deed::ALL;
        format!(
            "SELECT {identity}, CASE WHEN {absent} THEN CASE WHEN {gone} THEN '{missing}' \
             ELSE '{ABSENT}' END WHEN {gone} THEN CASE {of_removed} END WHEN {listed} THEN \
             CASE {of_changed} END ELSE CASE {of_dropped} END END AS {FATE}, \
             CASE WHEN {gone} THEN '{}' WHEN {listed} THEN '{}' ELSE '{}' END AS {DEED} \
             FROM {kept}{left} LEFT JOIN {from} ON {is_row}",
            removed.word(),
            changed.word(),
            dropped.word(),
            identity = identity_list(&table.identity, "b"),
            absent = format_args!("{} IS NULL", live.presence("t")),
            of_removed = fates(removed),
            of_changed = fates(changed),
            of_dropped = fates(dropped),
            kept = self.kept,
            from = live.from("t"),
            is_row = live.is_row_of("t", "b"),
        )
    }

    fn is_saved(&self, part: &Part) -> String {
        let live = format!("t.{}", quote_identifier(&part.now.name));
        let kept = format!("b.{}", quote_identifier(&part.saved.name));
        self.view.dialect.is_same(&live, &part.now, &kept, &part.saved)
    }

    /// Whether a row holds what was saved.
    fn same(&self, deed: Deed) -> String {
        let parts = self.view.parts.iter().filter(|part| deed.concerns(part));
        all(parts.map(|part| self.is_saved(part)))
    }

    /// Whether every value is the saved one or what the step left.
    fn untouched(&self, deed: Deed, blank: bool) -> String {
        if deed == Deed::Removed {
            return "1 = 0".to_owned();
        }
        let parts = self.view.parts.iter().filter(|part| deed.concerns(part));
        all(parts.map(|part| {
            let live = format!("t.{}", quote_identifier(&part.now.name));
            let own = match &part.left {
                Some(left) => {
                    let place = left_value("l", left);
                    self.view.dialect.is_same(&live, &part.now, &place, &left.column)
                }
                None if blank => format!("{live} IS NULL"),
                None => "1 = 0".to_owned(),
            };
            format!("({} OR {own})", self.is_saved(part))
        }))
    }

    fn count(&mut self, open: &mut dyn OpenTransaction) -> Result<(), DatabaseError> {
        let counted = open.ask(&format!(
            "SELECT {FATE}, count(*) FROM {} GROUP BY {FATE}",
            quote_name(&self.place)
        ))?;
        for row in counted.rows {
            let [Some(fate), Some(count)] = row.as_slice() else { continue };
            let count = count.parse().unwrap_or_default();
            match fate.as_str() {
                SAME => self.counts.same = count,
                RESTORE => self.counts.restore = count,
                MISSING => self.counts.missing = count,
                CONFLICT => self.counts.conflict = count,
                _ => self.counts.absent = count,
            }
        }
        Ok(())
    }

    /// The saved rows of a fate as what stands behind FROM, the live ones as `t`.
    pub fn found(&self, fate: &str) -> String {
        let live = self.view.live();
        format!("{} LEFT JOIN {} ON {}", self.saved(fate), live.from("t"), live.is_row_of("t", "b"))
    }

    /// The same without the live ones.
    pub fn saved(&self, fate: &str) -> String {
        format!(
            "{} JOIN {} AS s ON {} AND s.{FATE} = '{fate}'",
            self.kept,
            quote_name(&self.place),
            is_same_row(&self.view.table.identity, "b", "s")
        )
    }

    /// Gives the rows of a fate their saved values, each those that the step destroyed in it.
    pub fn update(&self, fate: &str, open: &mut dyn OpenTransaction) -> Result<u64, DatabaseError> {
        let live = self.view.live();
        let mut rows = 0;
        for deed in Deed::ALL {
            let parts = self.view.values().filter(|part| deed.concerns(part));
            let pairs: Vec<_> = parts.map(Part::pair).collect();
            let found = format!(
                "{} JOIN {} ON {} WHERE s.{DEED} = '{}'",
                self.saved(fate),
                live.from("t"),
                live.is_row_of("t", "b"),
                deed.word()
            );
            rows += super::super::write::update(&live, &pairs, &found, open)?;
        }
        Ok(rows)
    }

    /// Forgets what was seen.
    pub fn close(&self, open: &mut dyn OpenTransaction) -> Result<(), DatabaseError> {
        open.run(&format!("DROP TABLE {}", quote_name(&self.place)))?;
        Ok(())
    }
}

/// The saved rows for which a condition over their columns holds, as `b`.
pub(super) fn kept_where(view: &View<'_>, condition: Option<&str>) -> String {
    match condition {
        // On lines of its own: it may end in a comment.
        Some(condition) => format!(
            "(SELECT * FROM {} WHERE (\n{condition}\n)) AS b",
            kept_from(view.dialect, view.table, "k")
        ),
        None => kept_from(view.dialect, view.table, "b"),
    }
}

fn all(tests: impl Iterator<Item = String>) -> String {
    let tests: Vec<String> = tests.collect();
    if tests.is_empty() { "1 = 1".to_owned() } else { tests.join(" AND ") }
}
