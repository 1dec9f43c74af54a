//! The password file, `~/.pgpass`: lines of `host:port:database:user:password`.

use std::io;
use std::path::{Path, PathBuf};

use super::parameters::HostPort;
use super::secret::Secret;
use crate::settings::Environment;

/// The directories libpq may have been built to look for sockets in.
pub(super) const SOCKET_DIRS: [&str; 2] = ["/var/run/postgresql", "/tmp"];

/// The password file's text, or why it cannot be used.
#[derive(Debug, Default)]
pub(super) struct PasswordFile {
    text: String,
    /// Why the file was ignored.
    pub(super) notice: Option<String>,
}

impl PasswordFile {
    /// Reads the file named by `given`, else the default one. A missing file is an empty one.
    pub(super) fn read(given: Option<&str>, environment: &Environment) -> Self {
        let Some(file) =
            given.map(|file| environment.working_dir.join(file)).or_else(|| default(environment))
        else {
            return Self::default();
        };
        let ignored = |reason: &str| Self {
            text: String::new(),
            notice: Some(format!("the password file {} is ignored: {reason}", file.display())),
        };
        match file.metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => match given {
                Some(_) => ignored("it does not exist"),
                None => Self::default(),
            },
            Err(error) => ignored(&error.to_string()),
            Ok(metadata) if !metadata.is_file() => ignored("it is not a plain file"),
            Ok(metadata) if is_shared(&metadata) => ignored(
                "others may read it; allow only its owner with chmod 0600, as libpq demands",
            ),
            Ok(_) => match std::fs::read(&file) {
                Ok(bytes) => {
                    Self { text: String::from_utf8_lossy(&bytes).into_owned(), notice: None }
                }
                Err(error) => ignored(&error.to_string()),
            },
        }
    }

    /// The password of the first line that fits.
    pub(super) fn password(&self, at: &HostPort, database: &str, user: &str) -> Option<Secret> {
        let (hosts, port) = match at {
            HostPort::Tcp { host, port, .. } => (vec![host.clone()], port),
            HostPort::Unix { dir, port } => {
                let dir = dir.to_string_lossy().into_owned();
                let is_default = SOCKET_DIRS.contains(&dir.as_str());
                (
                    is_default.then(|| "localhost".to_owned()).into_iter().chain([dir]).collect(),
                    port,
                )
            }
        };
        let port = port.to_string();
        self.text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
            let rest = hosts.iter().find_map(|host| field(line, host))?;
            let rest = field(rest, &port)?;
            let rest = field(rest, database)?;
            let rest = field(rest, user)?;
            Some(unescape(rest)).filter(|password| !password.is_empty()).map(Secret::new)
        })
    }
}

fn default(environment: &Environment) -> Option<PathBuf> {
    if cfg!(windows) {
        environment.get("APPDATA").map(|dir| Path::new(dir).join("postgresql/pgpass.conf"))
    } else {
        environment.home().map(|home| home.join(".pgpass"))
    }
}

#[cfg(unix)]
fn is_shared(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn is_shared(_metadata: &std::fs::Metadata) -> bool {
    false
}

/// What follows the line's first field, where that is `*` or says `wanted`.
fn field<'line>(line: &'line str, wanted: &str) -> Option<&'line str> {
    if let Some(rest) = line.strip_prefix("*:") {
        return Some(rest);
    }
    let mut rest = line.chars();
    let mut wanted = wanted.chars();
    loop {
        let next = match rest.next()? {
            ':' => return wanted.next().is_none().then_some(rest.as_str()),
            '\\' => rest.next()?,
            other => other,
        };
        if wanted.next() != Some(next) {
            return None;
        }
    }
}

/// The last field: a colon needs no backslash there, but may have one.
fn unescape(text: &str) -> String {
    let mut rest = text.chars();
    let mut plain = String::new();
    while let Some(next) = rest.next() {
        match next {
            '\\' => plain.extend(rest.next()),
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::{HostPort, PasswordFile};

    fn tcp(host: &str) -> HostPort {
        HostPort::Tcp { host: host.to_owned(), hostaddr: None, port: 5432 }
    }

    fn unix(dir: &str) -> HostPort {
        HostPort::Unix { dir: dir.into(), port: 5432 }
    }

    fn found(text: &str, at: &HostPort, database: &str, user: &str) -> Option<String> {
        let file = PasswordFile { text: text.to_owned(), notice: None };
        file.password(at, database, user).map(|secret| secret.expose().to_owned())
    }

    #[test]
    fn the_first_line_that_fits_counts() {
        let text =
            "# db:5432:shop:app:comment\nother:5432:shop:app:0\ndb:5432:shop:app:1\n*:*:*:*:2";
        assert_eq!(found(text, &tcp("db"), "shop", "app").as_deref(), Some("1"));
        assert_eq!(found(text, &tcp("db"), "shop", "root").as_deref(), Some("2"));
        assert_eq!(found("db:5433:*:*:x", &tcp("db"), "shop", "app"), None);
        assert_eq!(found("db:5432:shop:app", &tcp("db"), "shop", "app"), None);
        assert_eq!(found("d:5432:*:*:x\ndbx:5432:*:*:x", &tcp("db"), "shop", "app"), None);
    }

    #[test]
    fn colons_and_backslashes_are_escaped() {
        let text = r"\:\:1:5432:sh\\op:a\:b:p\:w\\:d";
        assert_eq!(found(text, &tcp("::1"), r"sh\op", "a:b").as_deref(), Some(r"p:w\:d"));
    }

    #[test]
    fn an_asterisk_is_a_wildcard_only_alone() {
        assert_eq!(found("*b:5432:*:*:x", &tcp("db"), "shop", "app"), None);
        assert_eq!(found(r"\*:5432:*:*:x", &tcp("db"), "shop", "app"), None);
    }

    #[test]
    fn a_socket_in_the_default_directory_is_localhost() {
        let text = "localhost:5432:*:*:local\n/srv/pg:5432:*:*:srv\r\n";
        assert_eq!(found(text, &unix("/var/run/postgresql"), "d", "u").as_deref(), Some("local"));
        assert_eq!(found(text, &unix("/srv/pg"), "d", "u").as_deref(), Some("srv"));
        assert_eq!(found(text, &unix("/srv/other"), "d", "u"), None);
    }
}
