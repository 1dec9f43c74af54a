//! Verification of the server's certificate, in libpq's three strengths.

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use x509_cert::Certificate;
use x509_cert::der::Decode as _;
use x509_cert::der::asn1::{PrintableStringRef, TeletexStringRef, Utf8StringRef};
use x509_cert::der::oid::db::rfc4519::COMMON_NAME;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

use crate::settings::libpq::Verification;

/// The authorities that are trusted.
#[derive(Debug)]
pub(super) struct Roots {
    /// Authorities that may have signed the server's certificate.
    pub(super) store: RootCertStore,
    /// Certificates that are trusted themselves.
    pub(super) certificates: Vec<CertificateDer<'static>>,
}

/// Verifies as much as `sslmode` and `sslrootcert` ask for.
#[derive(Debug)]
pub(super) struct ServerVerifier {
    verification: Verification,
    roots: Roots,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerVerifier {
    pub(super) fn new(verification: Verification, roots: Roots, provider: &CryptoProvider) -> Self {
        Self { verification, roots, algorithms: provider.signature_verification_algorithms }
    }

    /// The certificate is one of those named as trusted, or was signed by one of them.
    fn verify_origin(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        // Servers often show a self-signed certificate that is itself the root file, as in
        // PostgreSQL's manual. libpq takes it; a chain of one is not built by webpki when the
        // certificate says it is an authority.
        if self.roots.certificates.iter().any(|trusted| trusted == certificate) {
            return verify_dates(certificate, now);
        }
        let parsed = ParsedCertificate::try_from(certificate)?;
        let verified = verify_server_cert_signed_by_trust_anchor(
            &parsed,
            &self.roots.store,
            intermediates,
            now,
            self.algorithms.all,
        );
        // Where the certificate vouches for itself, that nobody trusted does is what matters.
        verified.map_err(|error| if is_self_issued(certificate) { UNTRUSTED } else { error })
    }
}

impl ServerCertVerifier for ServerVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.verification != Verification::None {
            self.verify_origin(end_entity, intermediates, now)?;
        }
        if self.verification == Verification::AuthorityAndName {
            verify_name(end_entity, server_name)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        // A signature under a certificate nobody vouches for proves nothing, and certificates
        // that psql takes here (X.509 version 1) cannot even be parsed by webpki.
        if self.verification == Verification::None {
            return Ok(HandshakeSignatureValid::assertion());
        }
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if self.verification == Verification::None {
            return Ok(HandshakeSignatureValid::assertion());
        }
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

const UNTRUSTED: Error = Error::InvalidCertificate(CertificateError::UnknownIssuer);

fn is_self_issued(certificate: &CertificateDer<'_>) -> bool {
    parse(certificate).is_ok_and(|certificate| {
        certificate.tbs_certificate.issuer == certificate.tbs_certificate.subject
    })
}

fn parse(certificate: &CertificateDer<'_>) -> Result<Certificate, Error> {
    Certificate::from_der(certificate).map_err(|_| CertificateError::BadEncoding.into())
}

fn verify_dates(certificate: &CertificateDer<'_>, now: UnixTime) -> Result<(), Error> {
    let validity = parse(certificate)?.tbs_certificate.validity;
    if now.as_secs() < validity.not_before.to_unix_duration().as_secs() {
        return Err(CertificateError::NotValidYet.into());
    }
    if now.as_secs() > validity.not_after.to_unix_duration().as_secs() {
        return Err(CertificateError::Expired.into());
    }
    Ok(())
}

/// The alternative names decide; a certificate without any is judged by its common name, which
/// libpq still does and many servers' certificates need.
fn verify_name(certificate: &CertificateDer<'_>, name: &ServerName<'_>) -> Result<(), Error> {
    let parsed = ParsedCertificate::try_from(certificate)?;
    let verified = verify_server_name(&parsed, name);
    let Err(refused) = verified else { return Ok(()) };
    let certificate = parse(certificate)?;
    let Some(common_name) = common_name_that_counts(&certificate) else { return Err(refused) };
    if common_name_covers(&common_name, &name.to_str()) {
        return Ok(());
    }
    Err(CertificateError::NotValidForNameContext {
        expected: name.to_owned(),
        presented: vec![common_name],
    }
    .into())
}

/// The common name of a certificate that bears no alternative name for a host.
fn common_name_that_counts(certificate: &Certificate) -> Option<String> {
    let certificate = &certificate.tbs_certificate;
    let alternatives = certificate.get::<SubjectAltName>().ok()?;
    let names_a_host = alternatives.is_some_and(|(_, SubjectAltName(names))| {
        names.iter().any(|name| matches!(name, GeneralName::DnsName(_) | GeneralName::IpAddress(_)))
    });
    if names_a_host {
        return None;
    }
    let attributes = certificate.subject.0.iter().flat_map(|names| names.0.iter());
    let common = attributes.into_iter().find(|attribute| attribute.oid == COMMON_NAME)?;
    let value = &common.value;
    let text = (Utf8StringRef::try_from(value).map(|text| text.as_str().to_owned()))
        .or_else(|_| PrintableStringRef::try_from(value).map(|text| text.as_str().to_owned()))
        .or_else(|_| TeletexStringRef::try_from(value).map(|text| text.as_str().to_owned()));
    text.ok()
}

/// `*` stands for one whole leftmost label, never for part of an address.
fn common_name_covers(pattern: &str, host: &str) -> bool {
    if pattern.eq_ignore_ascii_case(host) {
        return true;
    }
    let is_address = host.parse::<std::net::IpAddr>().is_ok();
    let (Some(domain), Some((label, rest))) = (pattern.strip_prefix("*."), host.split_once('.'))
    else {
        return false;
    };
    !is_address && !label.is_empty() && domain.contains('.') && domain.eq_ignore_ascii_case(rest)
}

#[cfg(test)]
mod tests {
    use super::common_name_covers;

    #[test]
    fn a_common_name_covers_one_label() {
        assert!(common_name_covers("DB.example.org", "db.example.org"));
        assert!(common_name_covers("*.example.org", "db.example.org"));
        assert!(common_name_covers("10.0.0.1", "10.0.0.1"));
        assert!(!common_name_covers("*.example.org", "a.db.example.org"));
        assert!(!common_name_covers("*.example.org", "example.org"));
        assert!(!common_name_covers("*.org", "example.org"));
        assert!(!common_name_covers("*.0.0.1", "10.0.0.1"));
        assert!(!common_name_covers("*", "localhost"));
    }
}
