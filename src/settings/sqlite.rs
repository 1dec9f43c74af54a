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
    /// Reads the URL of a `SQLite` database; `None` when it is not one.
    /// `sqlite:app.db`, `sqlite:/srv/app.db`, `sqlite:///srv/app.db` and `sqlite::memory:` are.
    pub fn of_url(url: &str, working_dir: &Path) -> Option<Self> {
        let rest = url.strip_prefix("sqlite:")?;
        if rest == ":memory:" || rest == "//:memory:" {
            return Some(Self::Memory);
        }
        let path = rest.strip_prefix("//").unwrap_or(rest);
        Some(Self::File(working_dir.join(path)))
    }

    /// The location as a URL.
    pub fn describe(&self) -> String {
        match self {
            Self::Memory => "sqlite::memory:".to_owned(),
            Self::File(path) => format!("sqlite:{}", path.display()),
        }
    }
}
