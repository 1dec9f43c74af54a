//! Properties on their way into words.

use std::collections::{BTreeMap, BTreeSet};

/// An object's properties, of which no one may be forgotten.
pub(super) struct Left<'a> {
    properties: &'a BTreeMap<String, String>,
    taken: BTreeSet<&'a str>,
}

impl<'a> Left<'a> {
    pub fn of(properties: &'a BTreeMap<String, String>) -> Self {
        Self { properties, taken: BTreeSet::new() }
    }

    pub fn has(&self, name: &str) -> bool {
        self.properties.contains_key(name)
    }

    pub fn take(&mut self, name: &str) -> Option<&'a str> {
        let (name, value) = self.properties.get_key_value(name)?;
        self.taken.insert(name);
        Some(value)
    }

    /// Takes a property that is either `true` or not there.
    pub fn take_flag(&mut self, name: &str) -> bool {
        let is_set = self.properties.get(name).is_some_and(|value| value == "true");
        is_set && self.take(name).is_some()
    }

    /// The words, and the property behind them, if it is there.
    pub fn phrase(&mut self, words: &str, name: &str) -> String {
        self.take(name).map(|value| format!(" {words} {value}")).unwrap_or_default()
    }

    /// The word, if the property is `true`.
    pub fn word(&mut self, word: &str, name: &str) -> String {
        if self.take_flag(name) { format!(" {word}") } else { String::new() }
    }

    /// Those that were not taken.
    pub fn rest(self) -> Vec<(&'a str, &'a str)> {
        let all = self.properties.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        all.filter(|(name, _)| !self.taken.contains(name)).collect()
    }
}
