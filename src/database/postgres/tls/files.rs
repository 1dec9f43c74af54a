//! Certificates and keys from PEM files.

use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};

use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::model::{Diagnose, Problem, ProblemKind};

/// A certificate or key on this machine that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TlsFileError {
    /// The file does not exist.
    #[error("the {what} {} does not exist", file.display())]
    Missing {
        /// What it should hold.
        what: &'static str,
        /// The file.
        file: PathBuf,
    },
    /// The file cannot be read.
    #[error("the {what} {} cannot be read: {reason}", file.display())]
    Unreadable {
        /// What it should hold.
        what: &'static str,
        /// The file.
        file: PathBuf,
        /// The system's reason.
        reason: String,
    },
    /// The file holds no such thing.
    #[error("{} holds no {what} in PEM form", file.display())]
    Empty {
        /// What it should hold.
        what: &'static str,
        /// The file.
        file: PathBuf,
    },
    /// The file holds something broken.
    #[error("{} holds a malformed certificate or key: {reason}", file.display())]
    Malformed {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The key is protected by a password.
    #[error("the private key {} is encrypted, which is not supported", file.display())]
    Encrypted {
        /// The file.
        file: PathBuf,
    },
    /// Others than its owner may use the key.
    #[error("the private key {} is open to its group or to all", file.display())]
    Exposed {
        /// The file.
        file: PathBuf,
    },
    /// The certificate and the key do not belong together, or are of a kind TLS cannot use.
    #[error("the certificate {} cannot be used with the key {}: {reason}",
        certificate.display(), key.display())]
    Identity {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The operating system has no usable authorities.
    #[error("the operating system's trusted certificates cannot be read: {reason}")]
    System {
        /// Why not.
        reason: String,
    },
    /// TLS itself could not be set up.
    #[error("TLS cannot be set up: {0}")]
    Setup(String),
}

impl Diagnose for TlsFileError {
    fn problem(&self) -> Problem {
        let hint = match self {
            Self::Missing { .. } | Self::Unreadable { .. } => {
                "correct sslrootcert, sslcert or sslkey (PGSSLROOTCERT, PGSSLCERT, PGSSLKEY)"
                    .to_owned()
            }
            Self::Empty { .. } | Self::Malformed { .. } => {
                "write it in PEM form, with its BEGIN and END lines".to_owned()
            }
            Self::Encrypted { file } => format!(
                "write it without a password: openssl pkey -in {0} -out {0}.plain",
                file.display()
            ),
            Self::Exposed { file } => {
                format!("chmod 0600 {} (0640 is enough for a key that root owns)", file.display())
            }
            Self::Identity { .. } => "name a key and the certificate issued for it".to_owned(),
            Self::System { .. } => {
                "install the package ca-certificates, or name a file in sslrootcert".to_owned()
            }
            Self::Setup(_) => "report this: it is a bug".to_owned(),
        };
        Problem::new(ProblemKind::Configuration, self.to_string()).hint(hint)
    }
}

/// All certificates in a file.
pub(super) fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsFileError> {
    const WHAT: &str = "certificate";
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match read {
        Ok(found) if found.is_empty() => Err(TlsFileError::Empty { what: WHAT, file: file.into() }),
        Ok(found) => Ok(found),
        Err(error) => Err(unusable(WHAT, file, error)),
    }
}

/// The private key in a file only its owner may read.
pub(super) fn private_key(
    certificate: &Path,
    file: &Path,
) -> Result<PrivateKeyDer<'static>, TlsFileError> {
    const WHAT: &str = "private key";
    let text = std::fs::metadata(file).and_then(|metadata| {
        if is_exposed(&metadata) { Ok(None) } else { std::fs::read(file).map(Some) }
    });
    let text = match text {
        Ok(Some(text)) => text,
        Ok(None) => return Err(TlsFileError::Exposed { file: file.into() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(TlsFileError::Identity {
                certificate: certificate.into(),
                key: file.into(),
                reason: "the key does not exist".to_owned(),
            });
        }
        Err(error) => return Err(unusable(WHAT, file, pem::Error::Io(error))),
    };
    let is_encrypted = [&b"BEGIN ENCRYPTED PRIVATE KEY"[..], b"Proc-Type: 4,ENCRYPTED"]
        .iter()
        .any(|mark| text.windows(mark.len()).any(|window| window == *mark));
    if is_encrypted {
        return Err(TlsFileError::Encrypted { file: file.into() });
    }
    PrivateKeyDer::from_pem_slice(&text).map_err(|error| unusable(WHAT, file, error))
}

fn unusable(what: &'static str, file: &Path, error: pem::Error) -> TlsFileError {
    let file = file.to_owned();
    match error {
        pem::Error::NoItemsFound => TlsFileError::Empty { what, file },
        pem::Error::Io(error) if error.kind() == io::ErrorKind::NotFound => {
            TlsFileError::Missing { what, file }
        }
        pem::Error::Io(error) => TlsFileError::Unreadable { what, file, reason: error.to_string() },
        // Never the line itself: it may be part of a key.
        pem::Error::MissingSectionEnd { .. } => {
            TlsFileError::Malformed { file, reason: "an END line is missing".to_owned() }
        }
        pem::Error::IllegalSectionStart { .. } => {
            TlsFileError::Malformed { file, reason: "a BEGIN line is malformed".to_owned() }
        }
        _ => TlsFileError::Malformed { file, reason: "it is not base64".to_owned() },
    }
}

/// libpq's rule: the owner alone, but a key that root owns may be read by its group.
#[cfg(unix)]
fn is_exposed(metadata: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let forbidden = if metadata.uid() == 0 { 0o037 } else { 0o077 };
    metadata.mode() & forbidden != 0
}

#[cfg(not(unix))]
fn is_exposed(_metadata: &Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMA==\n-----END PRIVATE KEY-----\n";

    fn written(text: &str, mode: u32) -> (TempDir, PathBuf) {
        let dir = TempDir::new().expect("a directory");
        let file = dir.path().join("file.pem");
        fs::write(&file, text).expect("writes");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).expect("sets the mode");
        }
        (dir, file)
    }

    #[test]
    fn a_file_without_a_certificate_is_told_from_a_missing_and_a_broken_one() {
        let (dir, file) = written(KEY, 0o600);
        assert!(matches!(certificates(&file), Err(TlsFileError::Empty { .. })));
        let gone = certificates(&dir.path().join("gone"));
        assert!(matches!(gone, Err(TlsFileError::Missing { .. })));
        let (_dir, file) = written("-----BEGIN CERTIFICATE-----\nMA==\n", 0o600);
        assert!(matches!(certificates(&file), Err(TlsFileError::Malformed { .. })));
    }

    #[test]
    fn a_key_is_read_when_it_is_private_and_plain() {
        let (_dir, file) = written(KEY, 0o600);
        assert!(private_key(&file, &file).is_ok());
        let (_dir, file) = written(&KEY.replace("PRIVATE", "ENCRYPTED PRIVATE"), 0o600);
        let encrypted = private_key(&file, &file);
        assert!(matches!(encrypted, Err(TlsFileError::Encrypted { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn a_key_others_may_read_is_refused() {
        let (_dir, file) = written(KEY, 0o644);
        assert!(matches!(private_key(&file, &file), Err(TlsFileError::Exposed { .. })));
    }
}
