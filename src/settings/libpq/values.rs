//! The values gathered so far, each with where it came from.

use std::collections::BTreeMap;

use super::error::{ConnectionSettingsError, Origin};
use super::keywords::{KEYWORDS, Keyword, Support, keyword};
use crate::settings::Environment;

/// One value and its origin.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub(super) text: String,
    pub(super) origin: Origin,
}

/// Values by keyword. The first source that names a keyword wins, even with an empty value.
#[derive(Debug, Default)]
pub(super) struct Values(BTreeMap<&'static str, Value>);

impl Values {
    /// Adds one source's pairs; within it, a later pair replaces an earlier one.
    pub(super) fn add_all(
        &mut self,
        pairs: Vec<(String, String)>,
        origin: &Origin,
    ) -> Result<(), ConnectionSettingsError> {
        let mut source = BTreeMap::new();
        let mut after_password = false;
        for (name, text) in pairs {
            let Some(keyword) = keyword(&name) else {
                // What follows a password may be the rest of it, cut off by a separator.
                let name = if after_password { "***".to_owned() } else { name };
                return Err(ConnectionSettingsError::UnknownParameter {
                    name,
                    origin: origin.clone(),
                });
            };
            after_password = matches!(keyword.name, "password" | "sslpassword");
            let value = Value { text, origin: origin.clone() };
            refuse_unsupported(keyword, &value)?;
            source.insert(keyword.name, value);
        }
        for (name, value) in source {
            self.0.entry(name).or_insert(value);
        }
        Ok(())
    }

    /// Adds what libpq's variables say.
    pub(super) fn add_environment(
        &mut self,
        environment: &Environment,
    ) -> Result<(), ConnectionSettingsError> {
        for keyword in KEYWORDS {
            let Some(variable) = keyword.variable else { continue };
            let Some(text) = environment.get(variable) else { continue };
            if self.0.contains_key(keyword.name) {
                continue;
            }
            let value = Value { text: text.to_owned(), origin: Origin::Variable(variable) };
            refuse_unsupported(keyword, &value)?;
            self.0.insert(keyword.name, value);
        }
        Ok(())
    }

    /// A value that is set and not empty.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.text.is_empty())
    }

    /// The text of a value that is set and not empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.get(name).map(|value| value.text.as_str())
    }

    /// A value read as one of the words in `choices`.
    pub(super) fn choice<T: Copy>(
        &self,
        name: &'static str,
        choices: &[(&'static str, T)],
    ) -> Result<Option<T>, ConnectionSettingsError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let found = choices.iter().find(|(word, _)| *word == value.text);
        found.map(|(_, meaning)| Some(*meaning)).ok_or_else(|| {
            let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
            ConnectionSettingsError::Value {
                name,
                value: value.text.clone(),
                origin: value.origin.clone(),
                expected: format!("one of {}", words.join(", ")),
            }
        })
    }

    /// A value read as a whole number.
    pub(super) fn number(
        &self,
        name: &'static str,
    ) -> Result<Option<i32>, ConnectionSettingsError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        value.text.trim().parse().map(Some).map_err(|_| ConnectionSettingsError::Value {
            name,
            value: value.text.clone(),
            origin: value.origin.clone(),
            expected: "a whole number".to_owned(),
        })
    }
}

fn refuse_unsupported(keyword: &Keyword, value: &Value) -> Result<(), ConnectionSettingsError> {
    match keyword.support {
        Support::Only(harmless)
            if !value.text.is_empty() && !harmless.contains(&value.text.as_str()) =>
        {
            Err(ConnectionSettingsError::Unsupported {
                name: keyword.name,
                origin: value.origin.clone(),
                harmless,
            })
        }
        _ => Ok(()),
    }
}
