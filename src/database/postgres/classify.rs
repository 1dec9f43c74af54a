//! From the driver's errors to causes a user can act on.

use std::error::Error as StdError;
use std::io;

use rustls::{AlertDescription, CertificateError};
use tokio_postgres::error::{DbError, SqlState};

use super::connect_error::{FailureCause, Refusal};
use super::socket::Address;
use crate::model::ServerMessage;

/// A socket that did not open.
pub(super) fn socket(error: &io::Error, address: &Address) -> FailureCause {
    match (error.kind(), address) {
        (io::ErrorKind::ConnectionRefused, _) => FailureCause::Refused,
        (io::ErrorKind::NotFound, Address::Unix(file)) => {
            FailureCause::NoSocket(file.display().to_string())
        }
        _ => FailureCause::Unreachable(error.to_string()),
    }
}

/// A session that did not begin.
pub(super) fn session(error: &tokio_postgres::Error) -> FailureCause {
    if let Some(error) = error.as_db_error() {
        return refusal(error);
    }
    if let Some(error) = rustls_error(error) {
        return tls(error);
    }
    if error.is_closed() {
        return FailureCause::Closed(None);
    }
    let Some(source) = error.source() else { return FailureCause::Protocol(error.to_string()) };
    let reason = source.to_string();
    // The driver keeps its kinds of error to itself; its words are all there is.
    match (error.to_string().as_str(), reason.as_str()) {
        (_, "password missing") => FailureCause::PasswordMissing,
        (_, "server does not support TLS") => FailureCause::TlsRefused,
        (_, "server did not use channel binding") => FailureCause::NoChannelBinding,
        ("authentication error", _) => FailureCause::Authentication(reason),
        ("error performing TLS handshake", _) => match source.downcast_ref::<io::Error>() {
            Some(error) if error.kind() == io::ErrorKind::InvalidInput => {
                FailureCause::CertificateName { presented: Vec::new() }
            }
            _ => FailureCause::Tls(reason),
        },
        (_, "bytes remaining on stream") => {
            FailureCause::Protocol("it breaks off within a message".to_owned())
        }
        ("error parsing response from server", _) => FailureCause::Protocol(reason),
        _ => match source.downcast_ref::<io::Error>() {
            Some(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                FailureCause::Closed(None)
            }
            Some(error) if error.raw_os_error().is_some() => FailureCause::Closed(Some(reason)),
            _ => FailureCause::Protocol(reason),
        },
    }
}

/// The rustls error in the chain; an `io::Error` does not name what it wraps as its source.
fn rustls_error<'error>(error: &'error (dyn StdError + 'static)) -> Option<&'error rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        let found = wrapped.and_then(|wrapped| wrapped.downcast_ref::<rustls::Error>());
        if let Some(found) = found.or_else(|| error.downcast_ref()) {
            return Some(found);
        }
        next = error.source();
    }
    None
}

fn tls(error: &rustls::Error) -> FailureCause {
    match error {
        rustls::Error::InvalidCertificate(error) => certificate(error),
        rustls::Error::AlertReceived(alert) => match alert {
            AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::CertificateRequired
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied
            | AlertDescription::DecryptError => FailureCause::ClientCertificate(match alert {
                AlertDescription::UnknownCA => "it does not trust its authority".to_owned(),
                AlertDescription::CertificateExpired => "it is expired".to_owned(),
                AlertDescription::CertificateRevoked => "it is revoked".to_owned(),
                AlertDescription::CertificateRequired => "there is none".to_owned(),
                other => format!("{other:?}"),
            }),
            _ => FailureCause::Tls(error.to_string()),
        },
        _ => FailureCause::Tls(error.to_string()),
    }
}

fn certificate(error: &CertificateError) -> FailureCause {
    match error {
        CertificateError::UnknownIssuer => FailureCause::CertificateUntrusted,
        CertificateError::NotValidForName => {
            FailureCause::CertificateName { presented: Vec::new() }
        }
        CertificateError::NotValidForNameContext { presented, .. } => {
            FailureCause::CertificateName {
                presented: presented.iter().map(|name| bare_name(name)).collect(),
            }
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            FailureCause::CertificateDate("expired")
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            FailureCause::CertificateDate("not valid yet")
        }
        CertificateError::Other(other) => {
            FailureCause::CertificateUnusable(match other.to_string().as_str() {
                "UnsupportedCertVersion" => "it is an X.509 certificate of version 1".to_owned(),
                "CaUsedAsEndEntity" => "it is an authority's, not a server's".to_owned(),
                other => other.to_owned(),
            })
        }
        other => FailureCause::CertificateUnusable(other.to_string()),
    }
}

/// `DnsName("db")` as rustls writes it, without the wrapping.
fn bare_name(name: &str) -> String {
    let inner = name.split_once('(').and_then(|(_, inner)| inner.strip_suffix(')'));
    inner.unwrap_or(name).trim_matches('"').to_owned()
}

fn refusal(error: &DbError) -> FailureCause {
    let refusal = match (error.code(), error.routine()) {
        (&SqlState::INVALID_PASSWORD, _) => Refusal::WrongPassword,
        // The server's messages are translated; the names of its functions are not.
        (&SqlState::INVALID_AUTHORIZATION_SPECIFICATION, Some("InitializeSessionUserId")) => {
            Refusal::UnknownRole
        }
        (&SqlState::INVALID_AUTHORIZATION_SPECIFICATION, Some("auth_failed")) => {
            Refusal::NotAuthenticated
        }
        (&SqlState::INVALID_AUTHORIZATION_SPECIFICATION, _) => Refusal::NotAllowed,
        (&SqlState::INVALID_CATALOG_NAME, _) => Refusal::UnknownDatabase,
        (&SqlState::INSUFFICIENT_PRIVILEGE, _) => Refusal::NoPrivilege,
        (&SqlState::TOO_MANY_CONNECTIONS, _) => Refusal::TooManyConnections,
        (&SqlState::CANNOT_CONNECT_NOW, _) => Refusal::NotReady,
        _ => Refusal::Other,
    };
    FailureCause::Server {
        refusal,
        message: error.message().to_owned(),
        server: Box::new(ServerMessage {
            code: Some(error.code().code().to_owned()),
            detail: error.detail().map(str::to_owned),
            hint: error.hint().map(str::to_owned),
            context: error.where_().map(str::to_owned),
            blockers: Vec::new(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::bare_name;

    #[test]
    fn a_presented_name_is_shown_bare() {
        assert_eq!(bare_name("DnsName(\"db.example\")"), "db.example");
        assert_eq!(bare_name("IpAddress(10.0.0.1)"), "10.0.0.1");
        assert_eq!(bare_name("db"), "db");
    }
}
