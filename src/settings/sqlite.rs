//! `sqlite:PATH`.

use std::path::{Path, PathBuf};

/// Where a `SQLite` database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SqliteLocation {
    /// In memory; gone when the program ends.
    Memory,
    /// In a file.
    File(PathBuf),
}

impl SqliteLocation {
    /// Reads the URL of a `SQLite` database; `None` when it is not one, an error when it names no
    /// file. `sqlite:app.db`, `sqlite:/srv/app.db`, `sqlite:///srv/app.db` and `sqlite::memory:`
    /// do. A relative path starts from `base`.
    pub fn of_url(url: &str, base: &Path) -> Option<Result<Self, &'static str>> {
        let rest = url.strip_prefix("sqlite:")?;
        let path = rest.strip_prefix("//").unwrap_or(rest);
        Some(match path {
            ":memory:" => Ok(Self::Memory),
            // SQLite would make a database that is gone when the program ends.
            "" => Err("it names no file"),
            // SQLite would take it for a URI and open another file than the one named.
            _ if path.starts_with("file:") => Err("write the path without file:"),
            _ if path.contains('?') => Err("it takes no parameters"),
            _ => Ok(Self::File(base.join(path))),
        })
    }

    /// The location as a URL.
    pub fn describe(&self) -> String {
        match self {
            Self::Memory => "sqlite::memory:".to_owned(),
            Self::File(path) => format!("sqlite:{}", path.display()),
        }
    }
}
