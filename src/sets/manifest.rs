//! `set.toml`: what a set says of itself.

use serde::Deserialize;

use crate::model::Engine;

/// The contents of a `set.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The set's name: letters, digits and hyphens. It names the history table too.
    pub name: String,
    /// The engine its SQL is written for.
    pub engine: Engine,
    /// One sentence for `turnback sets`.
    pub summary: String,
    /// The oldest server it works on, such as `14` or `3.35`.
    pub minimum_server: Option<String>,
    /// What `cleanup` deletes, table by table.
    #[serde(default)]
    pub retention: Vec<RetentionRule>,
}

/// Rows that are kept only so long.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionRule {
    /// The table.
    pub table: String,
    /// The SQL condition under which a row is deleted.
    pub delete_when: String,
    /// The condition in words.
    pub because: String,
}

/// The longest set name whose history table still fits `PostgreSQL`'s 63 bytes.
const LONGEST_NAME: usize = 39;

impl Manifest {
    /// Reads a `set.toml`; the error says what is wrong and where.
    pub fn parse(text: &str) -> Result<Self, String> {
        let manifest: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        let name = &manifest.name;
        let plain = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if !plain || name.len() > LONGEST_NAME {
            return Err(format!(
                "the name `{name}` must be at most {LONGEST_NAME} lower-case letters, digits and \
                 hyphens, a letter first"
            ));
        }
        Ok(manifest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_cannot_name_a_table_is_refused() {
        let text =
            |name: &str| format!("name = \"{name}\"\nengine = \"sqlite\"\nsummary = \"s\"\n");
        assert!(Manifest::parse(&text("lucia-sessions")).is_ok());
        assert!(Manifest::parse(&text("Lucia")).is_err());
        assert!(Manifest::parse(&text(&"a".repeat(40))).is_err());
        assert!(Manifest::parse("name = \"a\"\nengine = \"oracle\"\nsummary = \"\"").is_err());
        assert!(Manifest::parse(&(text("a") + "colour = 1\n")).unwrap_err().contains("colour"));
    }
}
