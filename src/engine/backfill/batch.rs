//! The next batch of a part: which rows, and how far the part has come then.

use super::compose::row;
use super::hand::Hand;
use super::record::{Advance, Unit};
use super::shared::{Batch, Density, Ground};
use crate::database::{Answer, DatabaseError, Session};

/// How many batches go over a part at least: what the first of them has made dead must be so to
/// everybody when the next pass comes, and other workers' batches look back as long as they take.
const BATCHES_A_PASS: u64 = 16;

impl<'a> Hand<'a> {
    /// Looks at a part before its first batch.
    pub(super) fn look_ahead(
        &self,
        session: &mut dyn Session,
        unit: &Unit,
    ) -> Result<Density, DatabaseError> {
        let fresh = unit.pass == 0 && unit.next == unit.first;
        if self.shared.passes == 1 || !fresh {
            return Ok(Density::Dense);
        }
        let composer = &self.shared.composer;
        let (first, last) = (number(unit.first.as_ref()), number(unit.last.as_ref()));
        let range = composer.blocks(first, last);
        let mut all = self.begin();
        all.push(composer.select("count(*)", &self.ground(unit).relation, &range));
        all.push("COMMIT".to_owned());
        let answers = session.exchange(&all).inspect_err(|_| session.abandon())?;
        let count = answers.iter().rev().nth(1).and_then(Answer::value);
        Ok(match count.and_then(|it| it.parse::<u64>().ok()) {
            Some(0) => Density::Empty,
            Some(count) if count <= last.saturating_sub(first) => Density::Sparse,
            _ => Density::Dense,
        })
    }

    pub(super) fn ground(&self, unit: &Unit) -> &'a Ground {
        &self.shared.grounds[unit.relation]
    }

    pub(super) fn batch(
        &self,
        session: &mut dyn Session,
        unit: &Unit,
        size: u64,
    ) -> Result<Batch, DatabaseError> {
        if self.shared.composer.key.is_empty() {
            Ok(self.blocks(unit, size))
        } else {
            self.keys(session, unit, size)
        }
    }

    fn blocks(&self, unit: &Unit, size: u64) -> Batch {
        let [first, last, next] =
            [&unit.first, &unit.last, &unit.next].map(|it| number(it.as_ref()));
        let passes = if self.density == Density::Sparse { 1 } else { self.shared.passes };
        let most = match passes {
            1 => u64::MAX,
            _ => (last.saturating_sub(first) / BATCHES_A_PASS).max(1),
        };
        let end = next.saturating_add(size.min(most)).min(last);
        let address = &self.shared.composer.address;
        let mut which = self.shared.composer.blocks(next, end);
        if passes > 1 {
            // By the address, so that a row is in the same share until it is changed.
            which += &format!(" AND abs(hashtid({address}) % {passes}) = {}", unit.pass);
        }
        let over = end >= last;
        let pass = if over { unit.pass + 1 } else { unit.pass };
        Batch {
            which,
            size: end.saturating_sub(next),
            advance: Advance {
                next: Some(if over { first } else { end }.to_string()),
                pass,
                done: over && pass >= passes,
            },
        }
    }

    fn keys(
        &self,
        session: &mut dyn Session,
        unit: &Unit,
        size: u64,
    ) -> Result<Batch, DatabaseError> {
        let composer = &self.shared.composer;
        let key = row(&composer.key);
        let mut bounds = vec!["1 = 1".to_owned()];
        bounds.extend(unit.next.iter().map(|it| format!("{key} > {it}")));
        bounds.extend(unit.last.iter().map(|it| format!("{key} <= {it}")));
        let found = session.exchange(&[composer.bound(
            &self.ground(unit).relation,
            &bounds.join(" AND "),
            size,
        )])?;
        let bound = found.first().and_then(Answer::value).map(str::to_owned);
        if let Some(bound) = &bound {
            // It lies before the part's end. Of two ends SQLite would go by the first it finds, and
            // read all rows up to it.
            if unit.last.is_some() {
                bounds.pop();
            }
            bounds.push(format!("{key} <= {bound}"));
        }
        let done = bound.is_none();
        Ok(Batch {
            which: bounds.join(" AND "),
            size: if done { 0 } else { size },
            advance: Advance { next: bound.or_else(|| unit.last.clone()), pass: unit.pass, done },
        })
    }
}

fn number(text: Option<&String>) -> u64 {
    text.and_then(|it| it.parse().ok()).unwrap_or_default()
}
