//! The process's environment, read once. Nothing below `settings` looks at it again.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// A copy of the environment variables and the working directory.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    /// The directory relative paths start from.
    pub working_dir: PathBuf,
}

impl Environment {
    /// Reads the process's environment; a variable that is not UTF-8 counts as not set.
    pub fn of_process() -> Self {
        Self {
            variables: std::env::vars_os()
                .filter_map(|(name, value)| {
                    Some((name.into_string().ok()?, value.into_string().ok()?))
                })
                .collect(),
            working_dir: std::env::current_dir().unwrap_or_default(),
        }
    }

    /// An environment of just these variables.
    pub fn of<N: Into<String>, V: Into<String>>(
        variables: impl IntoIterator<Item = (N, V)>,
        working_dir: impl Into<PathBuf>,
    ) -> Self {
        Self {
            variables: variables
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
            working_dir: working_dir.into(),
        }
    }

    /// A variable's value; an empty one counts as not set, as libpq has it.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The user's home directory.
    pub fn home(&self) -> Option<PathBuf> {
        self.get("HOME").or_else(|| self.get("USERPROFILE")).map(PathBuf::from)
    }

    /// The user's directory for what can be had again: `XDG_CACHE_HOME`, else where the system
    /// keeps it. A relative path counts as not set, as the XDG specification has it.
    pub fn cache_directory(&self) -> Option<PathBuf> {
        let named = self.get("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        named.or_else(|| {
            let usual = if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" };
            self.home().filter(|home| home.is_absolute()).map(|home| home.join(usual))
        })
    }

    /// The directory for temporary files.
    pub fn temporary_directory(&self) -> PathBuf {
        let named = self.get("TMPDIR").map(PathBuf::from).filter(|path| path.is_absolute());
        named.unwrap_or_else(|| PathBuf::from("/tmp"))
    }

    /// The directories of `PATH`.
    pub fn program_path(&self) -> Vec<PathBuf> {
        self.get("PATH").map(|path| std::env::split_paths(path).collect()).unwrap_or_default()
    }
}
