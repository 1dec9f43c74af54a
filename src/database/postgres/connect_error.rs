//! Why there is no connection, and what to do about it.

use std::fmt;
use std::time::Duration;

use super::tls::TlsFileError;
use crate::model::{Diagnose, Problem, ProblemKind, ServerMessage};
use crate::settings::libpq::HostPort;

/// No connection could be opened.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// A certificate or key on this machine cannot be used.
    #[error("cannot connect to {connection}: {error}")]
    TlsFile {
        /// The connection, without password.
        connection: String,
        /// What is wrong with the file.
        error: TlsFileError,
    },
    /// Every server that was tried failed.
    #[error(transparent)]
    Failed(Box<Failures>),
}

/// All attempts at one connection.
#[derive(Debug, thiserror::Error)]
#[error("cannot connect to {connection}: {}", self.telling_cause())]
pub struct Failures {
    /// The connection, without password: host, port, database and user.
    pub connection: String,
    /// The attempts, in order.
    pub attempts: Vec<Failure>,
}

/// One attempt.
#[derive(Debug)]
pub struct Failure {
    /// The server.
    pub at: HostPort,
    /// The connection to this server, without password.
    pub connection: String,
    /// The address, where the server's name has been looked up.
    pub address: Option<String>,
    /// Whether the attempt was made with TLS.
    pub encrypted: bool,
    /// Why it failed.
    pub cause: FailureCause,
}

/// How far an attempt came before its time was over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The name was being looked up.
    Lookup,
    /// Nothing had answered on the network.
    Network,
    /// Something had accepted the connection but not spoken as a server does.
    Greeting,
}

/// What a server refuses a session for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The password is wrong (28P01).
    WrongPassword,
    /// `pg_hba.conf` does not let this user in from here (28000).
    NotAllowed,
    /// The role does not exist or may not log in (28000).
    UnknownRole,
    /// Another way of authentication failed (28000).
    NotAuthenticated,
    /// The database does not exist (3D000).
    UnknownDatabase,
    /// The role may not connect to the database (42501).
    NoPrivilege,
    /// No connection is left (53300).
    TooManyConnections,
    /// The server is starting, stopping or recovering (57P03).
    NotReady,
    /// Anything else.
    Other,
}

/// Why one attempt failed.
#[derive(Debug, thiserror::Error)]
pub enum FailureCause {
    /// The name is not known.
    #[error("the host name cannot be looked up: {0}")]
    Lookup(String),
    /// Nothing listens on the port.
    #[error("connection refused")]
    Refused,
    /// There is no such socket on this machine.
    #[error("the socket {0} does not exist")]
    NoSocket(String),
    /// The network, or this machine, does not let us through.
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
    /// Nothing happened in time.
    #[error("{} within {} s", match stage {
        Stage::Lookup => "the host name was not looked up",
        Stage::Network => "no answer from the network",
        Stage::Greeting => "the connection was accepted, but the server did not answer",
    }, limit.as_secs())]
    TimedOut {
        /// How far it came.
        stage: Stage,
        /// `connect_timeout`.
        limit: Duration,
    },
    /// The connection broke before the session began.
    #[error("the connection was closed before the session began{}", Reason(.0))]
    Closed(Option<String>),
    /// What answers does not speak the protocol as expected.
    #[error("the server's answer was not understood: {0}")]
    Protocol(String),
    /// The server refuses the session.
    #[error("{message}")]
    Server {
        /// What for.
        refusal: Refusal,
        /// The server's message.
        message: String,
        /// The rest of what it said. Boxed to keep the enum small.
        server: Box<ServerMessage>,
    },
    /// The server asks for a password and there is none.
    #[error("the server asks for a password and none is given")]
    PasswordMissing,
    /// The server wants to authenticate in a way that turnback cannot, or failed to.
    #[error("authentication failed: {0}")]
    Authentication(String),
    /// The password exchange could not be bound to TLS, as `channel_binding` demands.
    #[error("the server did not bind the password exchange to TLS, which channel_binding demands")]
    NoChannelBinding,
    /// TLS is demanded here and refused there.
    #[error("the server does not offer TLS, which sslmode demands")]
    TlsRefused,
    /// The certificate comes from nobody who is trusted.
    #[error("the server's certificate is not signed by a trusted authority")]
    CertificateUntrusted,
    /// The certificate is for another host.
    #[error("the server's certificate is not for this host{}", Names(.presented))]
    CertificateName {
        /// The names in it.
        presented: Vec<String>,
    },
    /// The certificate's time is over, or has not come.
    #[error("the server's certificate is {0}")]
    CertificateDate(&'static str),
    /// The certificate cannot be used at all.
    #[error("the server's certificate cannot be verified: {0}")]
    CertificateUnusable(String),
    /// The server does not take our certificate.
    #[error("the server does not accept the client certificate: {0}")]
    ClientCertificate(String),
    /// TLS failed in another way.
    #[error("TLS failed: {0}")]
    Tls(String),
    /// The server cannot do what `target_session_attrs` asks for.
    #[error("the server is not {0}, which target_session_attrs asks for")]
    WrongSession(&'static str),
}

struct Reason<'a>(&'a Option<String>);

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_ref().map_or(Ok(()), |reason| write!(f, ": {reason}"))
    }
}

struct Names<'a>(&'a [String]);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, ", but for {}", self.0.join(", ")) }
    }
}

impl FailureCause {
    /// Whether a server answered.
    fn was_reached(&self) -> bool {
        !matches!(
            self,
            Self::Lookup(_)
                | Self::Refused
                | Self::NoSocket(_)
                | Self::Unreachable(_)
                | Self::TimedOut { .. }
                | Self::Closed(_)
        )
    }

    /// Whether the other servers are tried too. libpq's rule: a server that was reached and says
    /// no has the last word, unless it cannot serve right now or is not the one wanted.
    pub(super) fn lets_others_try(&self) -> bool {
        match self {
            Self::WrongSession(_) => true,
            Self::Server { refusal, .. } => *refusal == Refusal::NotReady,
            _ => !self.was_reached(),
        }
    }

    /// Whether the attempt with TLS may be followed by one without, where `sslmode` is `prefer`.
    pub(super) fn lets_plain_try(&self) -> bool {
        match self {
            Self::TlsRefused
            | Self::CertificateUntrusted
            | Self::CertificateName { .. }
            | Self::CertificateDate(_)
            | Self::CertificateUnusable(_)
            | Self::ClientCertificate(_)
            | Self::Tls(_) => true,
            Self::Server { refusal, .. } => *refusal == Refusal::NotAllowed,
            _ => false,
        }
    }

    /// Whether the attempt without TLS may be followed by one with, where `sslmode` is `allow`.
    pub(super) fn lets_tls_try(&self) -> bool {
        matches!(self, Self::Server { refusal: Refusal::NotAllowed, .. })
    }

    /// The kind of problem.
    pub fn kind(&self) -> ProblemKind {
        match self {
            Self::Server { refusal, .. } => match refusal {
                Refusal::WrongPassword
                | Refusal::NotAllowed
                | Refusal::UnknownRole
                | Refusal::NotAuthenticated
                | Refusal::NoPrivilege => ProblemKind::Permission,
                Refusal::UnknownDatabase
                | Refusal::TooManyConnections
                | Refusal::NotReady
                | Refusal::Other => ProblemKind::Connection,
            },
            Self::PasswordMissing
            | Self::Authentication(_)
            | Self::NoChannelBinding
            | Self::ClientCertificate(_) => ProblemKind::Permission,
            _ => ProblemKind::Connection,
        }
    }

    /// The server's SQLSTATE, where it sent one.
    pub fn sqlstate(&self) -> Option<&str> {
        match self {
            Self::Server { server, .. } => server.code.as_deref(),
            _ => None,
        }
    }
}

impl Failures {
    /// The attempt that tells most: the first one a server answered, else the first.
    pub fn telling(&self) -> Option<&Failure> {
        let mut attempts = self.attempts.iter();
        attempts.find(|failure| failure.cause.was_reached()).or_else(|| self.attempts.first())
    }

    fn telling_cause(&self) -> String {
        self.telling().map_or_else(
            || "there is no server to try".to_owned(),
            |failure| {
                let cause = &failure.cause;
                match cause.sqlstate() {
                    Some(code) => format!("{cause} (SQLSTATE {code})"),
                    None => cause.to_string(),
                }
            },
        )
    }

    fn notes(&self) -> Vec<String> {
        if self.attempts.len() < 2 {
            return Vec::new();
        }
        let notes = self.attempts.iter().map(|failure| {
            let address = failure.address.as_ref().map(|address| format!(" ({address})"));
            let with =
                if failure.encrypted && failure.cause.was_reached() { " with TLS" } else { "" };
            let code = failure.cause.sqlstate().map(|code| format!(" (SQLSTATE {code})"));
            format!(
                "{}{}{with}: {}{}",
                failure.connection,
                address.unwrap_or_default(),
                failure.cause,
                code.unwrap_or_default()
            )
        });
        notes.collect()
    }
}

impl ConnectError {
    /// The attempt that tells most.
    pub fn telling(&self) -> Option<&Failure> {
        match self {
            Self::TlsFile { .. } => None,
            Self::Failed(failures) => failures.telling(),
        }
    }
}

impl Diagnose for ConnectError {
    fn problem(&self) -> Problem {
        let failures = match self {
            Self::TlsFile { error, .. } => {
                return Problem { message: self.to_string(), ..error.problem() };
            }
            Self::Failed(failures) => failures,
        };
        let Some(telling) = failures.telling() else {
            return Problem::new(ProblemKind::Internal, self.to_string());
        };
        let message = format!("cannot connect to {}: {}", failures.connection, telling.cause);
        let mut problem = Problem::new(telling.cause.kind(), message);
        if let FailureCause::Server { server, .. } = &telling.cause {
            problem.server = (**server).clone();
        }
        problem.notes = failures.notes();
        problem.hints = telling.hints();
        problem
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(host: &str, cause: FailureCause) -> Failure {
        Failure {
            at: HostPort::Tcp { host: host.to_owned(), hostaddr: None, port: 5432 },
            connection: format!("postgres://app@{host}:5432/shop"),
            address: None,
            encrypted: false,
            cause,
        }
    }

    fn wrong_password() -> FailureCause {
        let server = ServerMessage { code: Some("28P01".to_owned()), ..ServerMessage::default() };
        FailureCause::Server {
            refusal: Refusal::WrongPassword,
            message: "password authentication failed".to_owned(),
            server: Box::new(server),
        }
    }

    #[test]
    fn the_server_that_answered_tells_most_and_each_is_noted() {
        let attempts = vec![failure("h1", FailureCause::Refused), failure("h2", wrong_password())];
        let connection = "postgres://app@h1:5432,h2:5432/shop".to_owned();
        let error = ConnectError::Failed(Box::new(Failures { connection, attempts }));
        assert_eq!(
            error.to_string(),
            "cannot connect to postgres://app@h1:5432,h2:5432/shop: password authentication \
             failed (SQLSTATE 28P01)"
        );
        let problem = error.problem();
        assert_eq!(problem.kind, ProblemKind::Permission);
        assert_eq!(problem.server.code.as_deref(), Some("28P01"));
        assert_eq!(
            problem.notes,
            [
                "postgres://app@h1:5432/shop: connection refused",
                "postgres://app@h2:5432/shop: password authentication failed (SQLSTATE 28P01)",
            ]
        );
    }

    #[test]
    fn a_server_that_says_no_has_the_last_word() {
        assert!(FailureCause::Refused.lets_others_try());
        assert!(FailureCause::WrongSession("a standby").lets_others_try());
        assert!(!wrong_password().lets_others_try());
        assert!(!FailureCause::CertificateUntrusted.lets_others_try());
    }

    #[test]
    fn a_wrong_password_is_not_sent_again_without_encryption() {
        assert!(!wrong_password().lets_plain_try());
        assert!(FailureCause::TlsRefused.lets_plain_try());
    }
}
