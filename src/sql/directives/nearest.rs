//! The names a misspelt one may have meant.

/// How many letters must be inserted, removed or changed to make one word of the other.
pub(super) fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, l) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, r) in right.iter().enumerate() {
            let changed = diagonal + usize::from(l != *r);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[right.len()]
}

/// The known names, nearest first.
pub(in crate::sql) fn nearest<'a>(
    known: impl IntoIterator<Item = &'a str>,
    word: &str,
) -> Vec<&'a str> {
    // A word of absurd length is near to nothing, and comparing it would take long.
    let short: String = word.chars().take(64).flat_map(char::to_lowercase).collect();
    let mut known: Vec<_> = known.into_iter().map(|name| (distance(&short, name), name)).collect();
    known.sort_by_key(|(distance, _)| *distance);
    known.into_iter().map(|(_, name)| name).collect()
}

/// Names as a list in a sentence.
pub(in crate::sql) fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_letters() {
        assert_eq!(distance("turnback", "turnback"), 0);
        assert_eq!(distance("trunback", "turnback"), 2);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(nearest(["transaction", "allow", "backup"], "bakcup")[0], "backup");
    }
}
