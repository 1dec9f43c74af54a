//! How much the findings of `lint` weigh.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use crate::sql::{HazardLevel, lint_ids, nearest_lint_ids};

/// The section `[lint]` of `turnback.toml`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LintSection {
    /// How much findings weigh, by their names.
    #[serde(default)]
    pub levels: LintLevels,
}

/// How much findings weigh where that is not the usual.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LintLevels(BTreeMap<String, HazardLevel>);

impl LintLevels {
    /// How much a finding of this name weighs, where somebody said so.
    pub fn get(&self, id: &str) -> Option<HazardLevel> {
        self.0.get(id).copied()
    }

    /// Sets one; what is said later wins.
    pub fn set(&mut self, id: String, level: HazardLevel) {
        self.0.insert(id, level);
    }
}

impl<'de> Deserialize<'de> for LintLevels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let levels = BTreeMap::<LintId, HazardLevel>::deserialize(deserializer)?;
        Ok(Self(levels.into_iter().map(|(LintId(id), level)| (id, level)).collect()))
    }
}

/// The name of a finding, known to exist.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct LintId(String);

impl<'de> Deserialize<'de> for LintId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = String::deserialize(deserializer)?;
        refuse_unknown(&id).map_err(serde::de::Error::custom)?;
        Ok(Self(id))
    }
}

/// Reads `ban-drop-column=warning`, as the command line has it; the error says what is wrong.
pub fn parse_lint_level(text: &str) -> Result<(String, HazardLevel), String> {
    let (id, level) =
        text.split_once('=').ok_or("write ID=LEVEL, such as ban-drop-column=warning".to_owned())?;
    refuse_unknown(id)?;
    let level = match level {
        "off" => HazardLevel::Off,
        "note" => HazardLevel::Note,
        "warning" => HazardLevel::Warning,
        "error" => HazardLevel::Error,
        _ => return Err(format!("`{level}` is no level: off, note, warning or error")),
    };
    Ok((id.to_owned(), level))
}

fn refuse_unknown(id: &str) -> Result<(), String> {
    if lint_ids().any(|known| known == id) {
        return Ok(());
    }
    let near = nearest_lint_ids(id);
    Err(format!("unknown finding `{id}`; the nearest names: {near}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_read_strictly() {
        let read = |text: &str| toml::from_str::<LintSection>(text).map_err(|it| it.to_string());
        let section = read("levels = { ban-drop-column = \"off\", unused-allow = \"error\" }");
        let levels = section.unwrap().levels;
        assert_eq!(levels.get("ban-drop-column"), Some(HazardLevel::Off));
        assert_eq!(levels.get("unused-allow"), Some(HazardLevel::Error));
        assert_eq!(levels.get("ban-drop-table"), None);
        let unknown = read("[levels]\nban-drop-colum = \"off\"").unwrap_err();
        assert!(unknown.contains("`ban-drop-column`"), "{unknown}");
        assert!(read("[levels]\nban-drop-column = \"fatal\"").is_err());
        assert!(read("level = {}").is_err());
        assert!(parse_lint_level("ban-drop-column").is_err());
        assert!(parse_lint_level("ban-drop-column=fatal").is_err());
        assert!(parse_lint_level("unknown=note").is_err());
    }
}
