//! `PostgreSQL` connection settings, resolved as psql resolves them.
//!
//! A value comes from the connection URL, else from the service file, else from the environment,
//! else from libpq's defaults; the password also from the password file. What libpq knows and
//! turnback cannot honour is refused by name, never dropped in silence.

mod assemble;
mod conninfo;
mod error;
mod keywords;
mod parameters;
mod passfile;
mod redact;
mod secret;
mod service;
#[cfg(test)]
mod tests;
mod tls;
mod url;
mod values;

pub use error::{ConnectionSettingsError, Origin};
pub use parameters::{
    ChannelBinding, ConnectionParameters, DEFAULT_CONNECT_TIMEOUT, Host, HostPort, Keepalive,
    TargetSession,
};
pub use redact::redact;
pub use secret::Secret;
pub use tls::{ClientIdentity, RootCert, SslMode, SslNegotiation, SslParameters, Verification};

use super::Environment;
use values::Values;

/// Resolves everything needed to connect: `url` first (a `postgres://` URL or libpq's
/// `keyword=value` form), then the service file, the environment and the defaults.
///
/// Reads the service file, the password file, and looks whether the certificate files that libpq
/// takes by default exist; nothing else.
pub fn resolve(
    url: Option<&str>,
    environment: &Environment,
) -> Result<ConnectionParameters, ConnectionSettingsError> {
    let mut values = Values::default();
    if let Some(text) = url {
        values.add_all(parse(text)?, &Origin::Url)?;
    }
    service::add(&mut values, environment)?;
    values.add_environment(environment)?;
    assemble::assemble(&values, environment)
}

/// The pairs of a connection string in either form.
fn parse(text: &str) -> Result<Vec<(String, String)>, ConnectionSettingsError> {
    if url::has_scheme(text) {
        url::parse(text)
            .map_err(|reason| ConnectionSettingsError::Url { url: redact(text), reason })
    } else if text.contains('=') {
        conninfo::parse(text).map_err(|reason| ConnectionSettingsError::Url {
            url: redact(text),
            reason: reason.to_string(),
        })
    } else {
        Err(ConnectionSettingsError::NotAConnectionString { text: redact(text) })
    }
}
