//! A server that asks who comes: passwords, TLS, client certificates.

use std::sync::LazyLock;

use super::certificates::Certificates;
use super::cluster::Cluster;
use super::database::Database;
use super::place::Place;

/// Who may connect, in the order of the server's rules. The harness comes over the socket.
const ACCESS: &str = "
local     all  postgres                     trust
local     all  all                          scram-sha-256
hostssl   all  with_certificate  all        cert
hostssl   all  tls_only          all        scram-sha-256
host      all  tls_only          all        reject
host      all  with_password     all        scram-sha-256
";

/// The ways to log in; each is a superuser of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Login {
    /// A password, over TLS or not.
    Password,
    /// A password, over TLS only.
    PasswordOverTls,
    /// A client certificate, over TLS only.
    Certificate,
}

impl Login {
    /// The role's name.
    pub const fn role(self) -> &'static str {
        match self {
            Self::Password => "with_password",
            Self::PasswordOverTls => "tls_only",
            Self::Certificate => "with_certificate",
        }
    }
}

/// A server with passwords and TLS.
pub struct Secured {
    cluster: Cluster,
    pub certificates: Certificates,
}

impl Secured {
    /// The password of every role that has one, with characters that a URL must encode.
    pub const PASSWORD: &'static str = "s3cret/p@ss:%word";
    /// The same, as it stands in a URL.
    pub const ENCODED_PASSWORD: &'static str = "s3cret%2Fp%40ss%3A%25word";

    /// The one that all tests of this process share, started by the first that asks.
    pub fn shared() -> &'static Self {
        static SHARED: LazyLock<Secured> = LazyLock::new(Secured::start);
        &SHARED
    }

    fn start() -> Self {
        let place = Place::claim("pg-tls");
        let certificates = Certificates::create(&place, Login::Certificate.role());
        let file = |name: &str| certificates.directory().join(name).display().to_string();
        let settings = [
            ("ssl", "on".to_owned()),
            ("ssl_ca_file", file("ca.pem")),
            ("ssl_cert_file", file("server.pem")),
            ("ssl_key_file", file("server.key")),
            ("password_encryption", "scram-sha-256".to_owned()),
        ];
        let settings = settings.each_ref().map(|(name, value)| (*name, value.as_str()));
        let cluster = Cluster::in_place(place, &settings, Some(ACCESS));
        for login in [Login::Password, Login::PasswordOverTls, Login::Certificate] {
            let (role, password) = (login.role(), Self::PASSWORD);
            cluster.psql(&format!("CREATE ROLE {role} LOGIN SUPERUSER PASSWORD '{password}'"));
        }
        Self { cluster, certificates }
    }

    pub fn database(&self) -> Database {
        self.cluster.database()
    }

    /// How to reach a database of this server: the host is `localhost`, the name in the server's
    /// certificate; the password is in the URL if the login has one. TLS is up to the caller.
    pub fn url(&self, database: &Database, login: Login) -> String {
        let password = match login {
            Login::Certificate => String::new(),
            _ => format!(":{}", Self::ENCODED_PASSWORD),
        };
        let (role, port, name) = (login.role(), self.cluster.port(), database.name());
        format!("postgres://{role}{password}@localhost:{port}/{name}")
    }
}
