//! What can be wrong with connection settings.

use std::fmt;
use std::path::PathBuf;

use crate::model::{Diagnose, Problem, ProblemKind};

/// Where a connection setting was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The connection URL or its keyword form.
    Url,
    /// A section of a service file.
    Service {
        /// The section's name.
        name: String,
        /// The file.
        file: PathBuf,
    },
    /// An environment variable.
    Variable(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url => f.write_str("the connection URL"),
            Self::Service { name, file } => {
                write!(f, "service \"{name}\" in {}", file.display())
            }
            Self::Variable(name) => f.write_str(name),
        }
    }
}

/// Connection settings that cannot be used. No variant holds a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectionSettingsError {
    /// Neither a `PostgreSQL` URL nor the keyword form.
    #[error("\"{text}\" is not a PostgreSQL connection URL")]
    NotAConnectionString {
        /// What was given, password removed.
        text: String,
    },
    /// A connection string that is malformed.
    #[error("the connection URL {url} is malformed: {reason}")]
    Url {
        /// The URL, password removed.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// A keyword libpq does not know.
    #[error("unknown connection parameter \"{name}\" in {origin}")]
    UnknownParameter {
        /// The parameter.
        name: String,
        /// Where it stands.
        origin: Origin,
    },
    /// A keyword of libpq's that turnback cannot honour.
    #[error("the connection parameter {name} in {origin} is not supported")]
    Unsupported {
        /// The parameter.
        name: &'static str,
        /// Where it stands.
        origin: Origin,
        /// The values that are accepted.
        harmless: &'static [&'static str],
    },
    /// A value that does not fit its parameter.
    #[error("{name} is \"{value}\" in {origin}, but must be {expected}")]
    Value {
        /// The parameter.
        name: &'static str,
        /// Its value.
        value: String,
        /// Where it stands.
        origin: Origin,
        /// What would fit.
        expected: String,
    },
    /// Lists of hosts, addresses and ports that do not match.
    #[error("{given} values of {name} do not match {hosts} hosts")]
    Count {
        /// The parameter.
        name: &'static str,
        /// How many values it has.
        given: usize,
        /// How many hosts there are.
        hosts: usize,
    },
    /// The service is in none of the files.
    #[error("the connection service \"{name}\" is not defined")]
    ServiceNotFound {
        /// The service.
        name: String,
        /// The files that were looked at or for.
        searched: Vec<PathBuf>,
    },
    /// The service file cannot be read.
    #[error("the service file {} cannot be read: {reason}", file.display())]
    ServiceFile {
        /// The file.
        file: PathBuf,
        /// The system's reason.
        reason: String,
    },
    /// A line of the service file is malformed.
    #[error("{}:{line}: {reason}", file.display())]
    ServiceLine {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// The user's name is given nowhere and the system does not tell it.
    #[error("no user name is given and the operating system tells none")]
    NoUser,
    /// A mode that skips verification, where verification was asked for.
    #[error("sslmode={mode} does not go with {with}")]
    WeakSslMode {
        /// The mode.
        mode: &'static str,
        /// What it does not go with.
        with: &'static str,
        /// The modes that do.
        instead: &'static str,
    },
    /// Verification was asked for without a root certificate.
    #[error("sslmode={mode} needs a root certificate, and {} does not exist", file.display())]
    RootCertMissing {
        /// The mode.
        mode: &'static str,
        /// The file libpq takes by default.
        file: PathBuf,
    },
}

impl ConnectionSettingsError {
    fn hints(&self) -> Vec<String> {
        let hint = match self {
            Self::NotAConnectionString { .. } => {
                "write postgres://user@host:port/database, or host=… dbname=…".to_owned()
            }
            Self::Url { .. } => {
                return vec![
                    "write @ as %40, : as %3A, / as %2F, ? as %3F, # as %23 and % as %25"
                        .to_owned(),
                    "or leave the password out of the URL and give it in PGPASSWORD or ~/.pgpass"
                        .to_owned(),
                ];
            }
            Self::UnknownParameter { name, origin } => match nearest_keyword(name) {
                Some(near) => format!("did you mean {near}? Correct it in {origin}"),
                None => format!("remove it from {origin}, or correct its spelling"),
            },
            Self::Unsupported { name, origin, harmless: [] } => {
                format!("remove {name} from {origin}")
            }
            Self::Unsupported { name, origin, harmless } => {
                format!("remove {name} from {origin}, or set it to {}", harmless.join(" or "))
            }
            Self::Value { name, origin, .. } => format!("correct {name} in {origin}"),
            Self::Count { name, .. } => {
                format!("give one {name} for each host, separated by commas")
            }
            Self::ServiceNotFound { name, .. } => {
                format!("add a section [{name}] to one of these files, or correct the name")
            }
            Self::ServiceFile { .. } => {
                "correct PGSERVICEFILE, or make the file readable".to_owned()
            }
            Self::ServiceLine { .. } => "write keyword=value, one a line".to_owned(),
            Self::NoUser => "put the user into the URL, or set PGUSER".to_owned(),
            Self::WeakSslMode { instead, .. } => format!("set sslmode to {instead}"),
            Self::RootCertMissing { .. } => {
                "set sslrootcert to the file of the authority that signed the server's \
                 certificate, or to \"system\" for the authorities this system trusts"
                    .to_owned()
            }
        };
        vec![hint]
    }
}

impl Diagnose for ConnectionSettingsError {
    fn problem(&self) -> Problem {
        let mut problem = Problem::new(ProblemKind::Configuration, self.to_string());
        if let Self::ServiceNotFound { searched, .. } = self {
            for file in searched {
                let state = if file.exists() { "does not define it" } else { "does not exist" };
                problem = problem.note(format!("{} {state}", file.display()));
            }
        }
        self.hints().into_iter().fold(problem, Problem::hint)
    }
}

/// The known keyword that differs from `name` only in case, dashes or underscores.
fn nearest_keyword(name: &str) -> Option<&'static str> {
    let plain = |text: &str| text.replace(['_', '-'], "").to_lowercase();
    let wanted = match plain(name).as_str() {
        "database" | "db" => "dbname".to_owned(),
        "username" => "user".to_owned(),
        "hostname" => "host".to_owned(),
        "timeout" => "connecttimeout".to_owned(),
        "ssl" => "sslmode".to_owned(),
        other => other.to_owned(),
    };
    let mut keywords = super::keywords::KEYWORDS.iter();
    keywords.find(|keyword| plain(keyword.name) == wanted).map(|keyword| keyword.name)
}

#[cfg(test)]
mod tests {
    use super::nearest_keyword;

    #[test]
    fn a_misspelt_keyword_is_recognised() {
        assert_eq!(nearest_keyword("sslMode"), Some("sslmode"));
        assert_eq!(nearest_keyword("connect-timeout"), Some("connect_timeout"));
        assert_eq!(nearest_keyword("database"), Some("dbname"));
        assert_eq!(nearest_keyword("pgbouncer"), None);
    }
}
