//! Resolved connection parameters.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::{Secret, SslParameters};

/// How long a server may take to answer where `connect_timeout` is not set.
pub const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// What a URL cannot hold as it is.
const RESERVED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'/')
    .add(b':')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'@')
    .add(b'[')
    .add(b']')
    .add(b'&')
    .add(b'=')
    .add(b',');

/// The port a server listens on where none is given.
pub(super) const DEFAULT_PORT: u16 = 5432;

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostPort {
    /// Over the network.
    Tcp {
        /// The name, which a certificate must bear; the address where only that is given.
        host: String,
        /// The address, where it need not be looked up.
        hostaddr: Option<IpAddr>,
        /// The port.
        port: u16,
    },
    /// On this machine.
    Unix {
        /// The directory that holds the socket.
        dir: PathBuf,
        /// The port, which is part of the socket's name.
        port: u16,
    },
}

impl HostPort {
    /// The socket's file, for a server on this machine.
    pub fn socket_file(&self) -> Option<PathBuf> {
        match self {
            Self::Tcp { .. } => None,
            Self::Unix { dir, port } => Some(dir.join(format!(".s.PGSQL.{port}"))),
        }
    }

    fn in_authority(&self) -> String {
        match self {
            Self::Tcp { host, port, .. } if host.contains(':') => format!("[{host}]:{port}"),
            Self::Tcp { host, port, .. } => {
                format!("{}:{port}", utf8_percent_encode(host, RESERVED))
            }
            Self::Unix { dir, port } => {
                format!("{}:{port}", utf8_percent_encode(&dir.to_string_lossy(), RESERVED))
            }
        }
    }
}

/// One server to try, with the password for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// Where it listens.
    pub at: HostPort,
    /// The password: the one given, else the password file's for this server.
    pub password: Option<Secret>,
}

/// What the session must be able to do; a server that cannot is passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetSession {
    /// Anything.
    Any,
    /// Write.
    ReadWrite,
    /// Nothing but read.
    ReadOnly,
    /// Be the primary.
    Primary,
    /// Be a standby.
    Standby,
    /// Be a standby if there is one.
    PreferStandby,
}

/// Whether the password exchange is bound to the TLS connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelBinding {
    /// Never.
    Disable,
    /// Where the server offers it.
    Prefer,
    /// Always, or no connection.
    Require,
}

/// TCP keepalive; what is `None` is left to turnback's or the system's default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keepalive {
    /// Whether probes are sent at all.
    pub enabled: bool,
    /// Silence before the first probe.
    pub idle: Option<Duration>,
    /// Time between probes.
    pub interval: Option<Duration>,
    /// Probes lost before the connection counts as dead.
    pub count: Option<u32>,
    /// How long sent data may stay unacknowledged.
    pub user_timeout: Option<Duration>,
}

/// Everything needed to open a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionParameters {
    /// The servers, in the order they are tried. Never empty.
    pub hosts: Vec<Host>,
    /// The database.
    pub database: String,
    /// The role.
    pub user: String,
    /// TLS.
    pub ssl: SslParameters,
    /// Binding of the password exchange to TLS.
    pub channel_binding: ChannelBinding,
    /// How long one server may take to answer; `None` waits for ever.
    pub connect_timeout: Option<Duration>,
    /// TCP keepalive.
    pub keepalive: Keepalive,
    /// How the session calls itself.
    pub application_name: String,
    /// Options for the server's session, such as `-c statement_timeout=0`.
    pub options: Option<String>,
    /// What the session must be able to do.
    pub target_session: TargetSession,
    /// Facts the user should hear, such as a password file that was ignored.
    pub notices: Vec<String>,
}

impl ConnectionParameters {
    /// The connection as a URL without password, for any output.
    pub fn describe(&self) -> String {
        let hosts: Vec<_> = self.hosts.iter().map(|host| &host.at).collect();
        self.url_of(&hosts)
    }

    /// The same, with this one server in place of all.
    pub fn describe_at(&self, server: &HostPort) -> String {
        self.url_of(&[server])
    }

    fn url_of(&self, hosts: &[&HostPort]) -> String {
        let user = utf8_percent_encode(&self.user, RESERVED);
        let database = utf8_percent_encode(&self.database, RESERVED);
        // One socket directory reads better as a parameter, as psql users write it.
        if let [HostPort::Unix { dir, port }] = hosts {
            let mut url = format!("postgres://{user}@/{database}?host={}", dir.display());
            if *port != DEFAULT_PORT {
                let _ = write!(url, "&port={port}");
            }
            return url;
        }
        let places: Vec<_> = hosts.iter().map(|host| host.in_authority()).collect();
        format!("postgres://{user}@{}/{database}", places.join(","))
    }
}
