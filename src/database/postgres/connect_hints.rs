//! What to do about an attempt to connect that failed.

use super::connect_error::{Failure, FailureCause, Refusal, Stage};
use crate::settings::libpq::HostPort;

impl Failure {
    /// What to do next, one a line.
    pub fn hints(&self) -> Vec<String> {
        let hints = match &self.cause {
            FailureCause::Lookup(_) => {
                vec!["correct the host, or look whether this machine's name server knows it"]
            }
            FailureCause::Refused => vec![
                "look whether PostgreSQL runs there and listens on this port (listen_addresses, \
                 port), and correct host and port if it does",
            ],
            FailureCause::NoSocket(_) => vec![
                "look whether PostgreSQL runs on this machine, and with which port and \
                 unix_socket_directories",
                "give a host to connect over the network",
            ],
            FailureCause::Unreachable(_) => {
                vec!["look at the network, the VPN and the firewall between here and the server"]
            }
            FailureCause::TimedOut { stage, .. } => timeout_hints(*stage),
            FailureCause::Closed(_) | FailureCause::Protocol(_) => {
                vec!["look whether the port is that of PostgreSQL, and into the server's log"]
            }
            FailureCause::Server { refusal, .. } => return self.refusal_hints(*refusal),
            FailureCause::PasswordMissing => vec![
                "give the password in PGPASSWORD, or in ~/.pgpass as \
                 host:port:database:user:password",
            ],
            FailureCause::Authentication(_) => vec![
                "let pg_hba.conf ask for scram-sha-256 or a certificate; GSSAPI is not supported",
            ],
            FailureCause::NoChannelBinding => vec![
                "set sslmode=require and let pg_hba.conf ask for scram-sha-256, or set \
                 channel_binding=prefer",
            ],
            FailureCause::TlsRefused => vec![
                "set ssl = on in the server's configuration",
                "or, where nobody can listen on the way, set sslmode=prefer",
            ],
            FailureCause::CertificateUntrusted => vec![
                "set sslrootcert to the file of the authority that signed it, or to \"system\" \
                 for the authorities this system trusts",
            ],
            FailureCause::CertificateName { .. } => vec![
                "connect by a name in the certificate; hostaddr can give the address beside it",
                "or set sslmode=verify-ca, which does not compare the name",
            ],
            FailureCause::CertificateDate(_) => {
                vec!["renew the server's certificate, or correct this machine's clock"]
            }
            FailureCause::CertificateUnusable(_) => vec![
                "issue the server's certificate again, as X.509 version 3 with a subjectAltName \
                 for its host",
            ],
            FailureCause::ClientCertificate(_) => vec![
                "set sslcert and sslkey to a certificate whose authority the server trusts \
                 (ssl_ca_file) and its key",
            ],
            FailureCause::Tls(_) => vec![
                "look into the server's log, and at its TLS settings: TLS 1.2 or later is needed, \
                 and version 17 for sslnegotiation=direct",
            ],
            FailureCause::WrongSession(_) => {
                vec!["name a host that is, or change target_session_attrs"]
            }
        };
        hints.into_iter().map(str::to_owned).collect()
    }

    fn refusal_hints(&self, refusal: Refusal) -> Vec<String> {
        let hints = match refusal {
            Refusal::WrongPassword => vec![
                "correct the password where it stands: the URL, the service file, PGPASSWORD or \
                 ~/.pgpass",
            ],
            Refusal::NotAllowed => {
                let over_network = matches!(self.at, HostPort::Tcp { .. });
                let plain = (over_network && !self.encrypted).then_some(
                    "the server may let in only encrypted connections: set sslmode=require",
                );
                let hba = "add a line for this host, database and user to the server's \
                           pg_hba.conf, then SELECT pg_reload_conf()";
                let certificate = self.encrypted.then_some(
                    "or, where it asks for a client certificate, set sslcert and sslkey",
                );
                plain.into_iter().chain([hba]).chain(certificate).collect()
            }
            Refusal::UnknownRole => {
                vec!["correct the user, or create the role with LOGIN on the server"]
            }
            Refusal::NotAuthenticated => vec![
                "connect as the operating system's user that the role is for, or let the \
                 server's pg_hba.conf ask for a password",
            ],
            Refusal::UnknownDatabase => {
                vec!["correct the database's name, or create it with CREATE DATABASE"]
            }
            Refusal::NoPrivilege => vec!["GRANT CONNECT ON DATABASE to this role"],
            Refusal::TooManyConnections => vec![
                "end connections that are not needed (pg_stat_activity), or raise \
                 max_connections or the limit of the role or database, and run again",
            ],
            Refusal::NotReady => vec!["wait until the server is ready, and run again"],
            Refusal::Other => vec!["look into the server's log"],
        };
        hints.into_iter().map(str::to_owned).collect()
    }
}

fn timeout_hints(stage: Stage) -> Vec<&'static str> {
    match stage {
        Stage::Lookup => vec!["look at this machine's name server, or give hostaddr"],
        Stage::Network => vec![
            "look at host and port, and whether a firewall drops the packets",
            "raise connect_timeout where the way is slow",
        ],
        Stage::Greeting => vec![
            "look whether the port is that of PostgreSQL, and whether the server is overloaded",
            "raise connect_timeout where it needs longer",
        ],
    }
}
