//! TLS with rustls, verified as libpq verifies.

mod files;
mod verifier;

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres_rustls::MakeRustlsConnect;

use self::verifier::{Roots, ServerVerifier};
use super::socket::Socket;
use crate::settings::libpq::{ClientIdentity, RootCert, SslParameters, Verification};

pub use self::files::TlsFileError;

/// What wraps one socket in TLS.
pub(super) type Connector = <MakeRustlsConnect as MakeTlsConnect<Socket>>::TlsConnect;

/// Wraps sockets in TLS. Cheap to clone; a query is cancelled with the same settings.
#[derive(Clone)]
pub(super) struct TlsClient {
    make: MakeRustlsConnect,
    verification: Verification,
}

impl TlsClient {
    /// Reads the certificates and the key that the settings name.
    pub(super) fn new(ssl: &SslParameters) -> Result<Self, TlsFileError> {
        // Passed to all that needs it: no process-wide default is set.
        let provider = Arc::new(ring::default_provider());
        let verification = ssl.verification();
        let verifier = ServerVerifier::new(verification, roots(&ssl.root_cert)?, &provider);
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| TlsFileError::Setup(error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        let mut config = match &ssl.client {
            None => builder.with_no_client_auth(),
            Some(ClientIdentity { certificate, key }) => {
                let chain = files::certificates(certificate)?;
                let private = files::private_key(certificate, key)?;
                builder.with_client_auth_cert(chain, private).map_err(|error| {
                    TlsFileError::Identity {
                        certificate: certificate.clone(),
                        key: key.clone(),
                        reason: error.to_string(),
                    }
                })?
            }
        };
        config.alpn_protocols = vec![b"postgresql".to_vec()];
        config.resumption = Resumption::disabled();
        Ok(Self { make: MakeRustlsConnect::new(config), verification })
    }

    /// The connector for a server of this name. A name that TLS cannot carry, such as one with a
    /// space, is replaced by the address unless it is to be verified.
    pub(super) fn connector(&self, host: &str, address: Option<IpAddr>) -> Connector {
        let cannot_carry = ServerName::try_from(host).is_err();
        let name = match address {
            Some(address)
                if cannot_carry && self.verification != Verification::AuthorityAndName =>
            {
                address.to_string()
            }
            _ => host.to_owned(),
        };
        let made = MakeTlsConnect::<Socket>::make_tls_connect(&mut self.make.clone(), &name);
        made.unwrap_or_else(|never| match never {})
    }
}

fn roots(root_cert: &RootCert) -> Result<Roots, TlsFileError> {
    match root_cert {
        RootCert::None => Ok(Roots { store: RootCertStore::empty(), certificates: Vec::new() }),
        RootCert::File(file) => roots_of_file(file),
        RootCert::System => roots_of_system(),
    }
}

fn roots_of_file(file: &Path) -> Result<Roots, TlsFileError> {
    let certificates = files::certificates(file)?;
    let mut store = RootCertStore::empty();
    for certificate in &certificates {
        store.add(certificate.clone()).map_err(|error| TlsFileError::Malformed {
            file: file.to_owned(),
            reason: error.to_string(),
        })?;
    }
    Ok(Roots { store, certificates })
}

fn roots_of_system() -> Result<Roots, TlsFileError> {
    let loaded = rustls_native_certs::load_native_certs();
    if loaded.certs.is_empty() {
        let reasons: Vec<_> = loaded.errors.iter().map(ToString::to_string).collect();
        return Err(TlsFileError::System { reason: reasons.join("; ") });
    }
    // System stores hold certificates that no verifier takes; those that fit are enough.
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(loaded.certs);
    Ok(Roots { store, certificates: Vec::new() })
}
