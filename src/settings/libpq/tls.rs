//! TLS settings: whether to encrypt, and what to believe of the server's certificate.

use std::path::{Path, PathBuf};

use super::error::ConnectionSettingsError;
use super::values::Values;
use crate::settings::Environment;

/// libpq's `sslmode`. Without meaning on Unix sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SslMode {
    /// Never TLS.
    Disable,
    /// Without TLS first; with it where the server demands it.
    Allow,
    /// With TLS first; without where that fails.
    Prefer,
    /// TLS or nothing.
    Require,
    /// TLS, and the certificate must come from a trusted authority.
    VerifyCa,
    /// TLS, a trusted authority, and the certificate must name the host.
    VerifyFull,
}

impl SslMode {
    const WORDS: [(&'static str, Self); 6] = [
        ("disable", Self::Disable),
        ("allow", Self::Allow),
        ("prefer", Self::Prefer),
        ("require", Self::Require),
        ("verify-ca", Self::VerifyCa),
        ("verify-full", Self::VerifyFull),
    ];

    /// The mode as it is written in `sslmode`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Allow => "allow",
            Self::Prefer => "prefer",
            Self::Require => "require",
            Self::VerifyCa => "verify-ca",
            Self::VerifyFull => "verify-full",
        }
    }
}

/// How TLS begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SslNegotiation {
    /// The client asks in `PostgreSQL`'s protocol whether the server speaks TLS.
    Postgres,
    /// TLS at once, as servers from version 17 understand.
    Direct,
}

/// Whose word for the server's certificate is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RootCert {
    /// Nobody's: no file is named, and the one libpq takes by default does not exist.
    None,
    /// The authorities the operating system trusts.
    System,
    /// The authorities in this PEM file.
    File(PathBuf),
}

/// The certificate turnback shows to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientIdentity {
    /// PEM file of the certificate and its chain.
    pub certificate: PathBuf,
    /// PEM file of its private key.
    pub key: PathBuf,
}

/// How much of the server's certificate is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verification {
    /// Nothing: the connection is encrypted, but to whom is not known.
    None,
    /// The certificate comes from a trusted authority.
    Authority,
    /// And it names the host.
    AuthorityAndName,
}

/// All TLS settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SslParameters {
    /// Whether to encrypt.
    pub mode: SslMode,
    /// How TLS begins.
    pub negotiation: SslNegotiation,
    /// Whom to trust.
    pub root_cert: RootCert,
    /// What to show to a server that asks for a certificate.
    pub client: Option<ClientIdentity>,
}

impl SslParameters {
    /// What is verified: a root certificate that exists is always used, whatever the mode.
    pub fn verification(&self) -> Verification {
        match (self.mode, &self.root_cert) {
            (SslMode::VerifyFull, _) => Verification::AuthorityAndName,
            (SslMode::VerifyCa, _) => Verification::Authority,
            (_, RootCert::None) => Verification::None,
            _ => Verification::Authority,
        }
    }
}

/// Reads the TLS settings and looks for the files libpq takes by default.
pub(super) fn parameters(
    values: &Values,
    environment: &Environment,
) -> Result<SslParameters, ConnectionSettingsError> {
    let given = values.choice("sslmode", &SslMode::WORDS)?;
    let root = values.text("sslrootcert");
    let mode = match (given, root) {
        (Some(mode), Some("system")) if mode != SslMode::VerifyFull => {
            return Err(ConnectionSettingsError::WeakSslMode {
                mode: mode.as_str(),
                with: "sslrootcert=system",
                instead: "verify-full",
            });
        }
        (Some(mode), _) => mode,
        (None, Some("system")) => SslMode::VerifyFull,
        (None, _) => SslMode::Prefer,
    };
    let defaults = default_dir(environment);
    Ok(SslParameters {
        mode,
        negotiation: negotiation(values, mode)?,
        root_cert: root_cert(root, mode, &defaults, environment)?,
        client: client_identity(values, &defaults, environment),
    })
}

fn negotiation(values: &Values, mode: SslMode) -> Result<SslNegotiation, ConnectionSettingsError> {
    let words = [("postgres", SslNegotiation::Postgres), ("direct", SslNegotiation::Direct)];
    let negotiation = values.choice("sslnegotiation", &words)?.unwrap_or(SslNegotiation::Postgres);
    let weak = matches!(mode, SslMode::Disable | SslMode::Allow | SslMode::Prefer);
    if weak && negotiation == SslNegotiation::Direct {
        return Err(ConnectionSettingsError::WeakSslMode {
            mode: mode.as_str(),
            with: "sslnegotiation=direct",
            instead: "require, verify-ca or verify-full",
        });
    }
    Ok(negotiation)
}

fn root_cert(
    given: Option<&str>,
    mode: SslMode,
    defaults: &Path,
    environment: &Environment,
) -> Result<RootCert, ConnectionSettingsError> {
    match given {
        Some("system") => Ok(RootCert::System),
        Some(path) => Ok(RootCert::File(environment.working_dir.join(path))),
        None => {
            let file = defaults.join("root.crt");
            if file.exists() {
                Ok(RootCert::File(file))
            } else if matches!(mode, SslMode::VerifyCa | SslMode::VerifyFull) {
                Err(ConnectionSettingsError::RootCertMissing { mode: mode.as_str(), file })
            } else {
                Ok(RootCert::None)
            }
        }
    }
}

fn client_identity(
    values: &Values,
    defaults: &Path,
    environment: &Environment,
) -> Option<ClientIdentity> {
    let given = |name| values.text(name).map(|path| environment.working_dir.join(path));
    let certificate = given("sslcert").or_else(|| {
        let file = defaults.join("postgresql.crt");
        file.exists().then_some(file)
    })?;
    let key = given("sslkey").unwrap_or_else(|| defaults.join("postgresql.key"));
    Some(ClientIdentity { certificate, key })
}

fn default_dir(environment: &Environment) -> PathBuf {
    if cfg!(windows) {
        PathBuf::from(environment.get("APPDATA").unwrap_or_default()).join("postgresql")
    } else {
        environment.home().unwrap_or_default().join(".postgresql")
    }
}
