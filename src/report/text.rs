//! Small pieces of text that several reports need.

use std::time::Duration;

use time::OffsetDateTime;
use time::macros::format_description;

pub use crate::model::{bytes, grouped};

/// Rows as columns of equal width, two spaces apart; the last column is not padded.
pub(super) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max()
    };
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or_default()).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::from("  ");
        for (cell, width) in row.iter().zip(&widths) {
            line += &format!("{cell:<width$}  ");
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}

/// `3 ms`, `1.2 s`, `4 min 5 s`.
pub fn duration(duration: Duration) -> String {
    match duration.as_millis() {
        milliseconds @ ..1_000 => format!("{milliseconds} ms"),
        1_000..59_950 => format!("{:.1} s", duration.as_secs_f64()),
        milliseconds => {
            let seconds = (milliseconds + 500) / 1_000;
            format!("{} min {} s", seconds / 60, seconds % 60)
        }
    }
}

/// `2026-11-20 22:46:36 UTC`.
pub(super) fn timestamp(at: OffsetDateTime) -> String {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second] UTC");
    at.to_offset(time::UtcOffset::UTC).format(format).unwrap_or_else(|_| at.to_string())
}

/// `1 row`, `2 rows`.
pub(super) fn counted(count: usize, singular: &str, plural: &str) -> String {
    format!("{count} {}", if count == 1 { singular } else { plural })
}

/// `12 s`, `3 min`, `5 h`, `40 d`.
pub(super) fn age(age: time::Duration) -> String {
    match age.whole_seconds().max(0) {
        seconds @ ..60 => format!("{seconds} s"),
        seconds @ 60..3_600 => format!("{} min", seconds / 60),
        seconds @ 3_600..172_800 => format!("{} h", seconds / 3_600),
        seconds => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_read_well() {
        assert_eq!(duration(Duration::from_millis(12)), "12 ms");
        assert_eq!(duration(Duration::from_millis(1_234)), "1.2 s");
        assert_eq!(duration(Duration::from_secs(245)), "4 min 5 s");
        assert_eq!(age(time::Duration::minutes(125)), "2 h");
        assert_eq!(age(time::Duration::days(40)), "40 d");
    }
}
