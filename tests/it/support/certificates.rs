//! A certificate authority for one test server, and one that it does not know.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};

use super::place::Place;

/// The files of a certificate and its key.
struct Identity {
    certificate: String,
    key: String,
}

/// Certificate files, in PEM.
pub struct Certificates {
    directory: PathBuf,
}

impl Certificates {
    /// Writes them into a place: for a server called `localhost`, and nothing else, so that
    /// connecting to 127.0.0.1 shows whether a client compares names; and for one client.
    pub fn create(place: &Place, client: &str) -> Self {
        let directory = place.directory("tls", 0o755);
        let authority = authority("turnback test authority");
        let server = issue(&authority, "localhost", true);
        let client = issue(&authority, client, false);
        let other = self::authority("another authority");
        for (name, text) in [
            ("ca.pem", &authority.pem()),
            ("other-ca.pem", &other.pem()),
            ("server.pem", &server.certificate),
            ("client.pem", &client.certificate),
        ] {
            let path = directory.join(name);
            std::fs::write(&path, text).expect("the directory is ours");
        }
        place.secret("tls/server.key", &server.key);
        // Clients insist on a key that only its reader can read: the user who runs the tests.
        let mut options = OpenOptions::new();
        let file =
            options.write(true).create_new(true).mode(0o600).open(directory.join("client.key"));
        let written = file.and_then(|mut file| file.write_all(client.key.as_bytes()));
        written.expect("the directory is ours");
        Self { directory }
    }

    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The authority that signed the server's certificate.
    pub fn ca(&self) -> PathBuf {
        self.directory.join("ca.pem")
    }

    /// An authority that signed nothing.
    pub fn other_ca(&self) -> PathBuf {
        self.directory.join("other-ca.pem")
    }

    /// The certificate of `Login::Certificate`.
    pub fn client(&self) -> PathBuf {
        self.directory.join("client.pem")
    }

    /// Its key.
    pub fn client_key(&self) -> PathBuf {
        self.directory.join("client.key")
    }
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = named(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = KeyPair::generate().expect("random numbers are to be had");
    CertifiedIssuer::self_signed(params, key).expect("the parameters are complete")
}

fn issue(authority: &CertifiedIssuer<'_, KeyPair>, name: &str, is_server: bool) -> Identity {
    let mut params = if is_server {
        CertificateParams::new(vec![name.to_owned()]).expect("the name is plain")
    } else {
        named(name)
    };
    params.distinguished_name.push(DnType::CommonName, name);
    params.extended_key_usages = vec![if is_server {
        ExtendedKeyUsagePurpose::ServerAuth
    } else {
        ExtendedKeyUsagePurpose::ClientAuth
    }];
    let key = KeyPair::generate().expect("random numbers are to be had");
    let certificate = params.signed_by(&key, authority).expect("the parameters are complete");
    Identity { certificate: certificate.pem(), key: key.serialize_pem() }
}
