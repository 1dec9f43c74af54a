//! Opening a connection: which server, with or without TLS, within which time.

use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, timeout_at};
use tokio_postgres::config::{self, SslMode as DriverSslMode};
use tokio_postgres::tls::TlsConnect;
use tokio_postgres::{AsyncMessage, Client, Config, NoTls, SimpleQueryMessage};

use super::cancel::Canceller;
use super::classify;
use super::connect_error::{ConnectError, Failure, FailureCause, Failures, Stage};
use super::driver::{self, ConnectionEnd};
use super::socket::{self, Address, Socket};
use super::startup_pid::startup_pid;
use super::tls::TlsClient;
use crate::settings::libpq::{
    ChannelBinding, ConnectionParameters, Host, HostPort, SslMode, SslNegotiation, TargetSession,
};

/// An open connection and what belongs to it.
#[derive(Debug)]
pub struct Connected {
    /// The session.
    pub client: Client,
    /// The server's notices and notifications, in order.
    pub messages: UnboundedReceiver<AsyncMessage>,
    /// How the connection ended, once it has.
    pub end: ConnectionEnd,
    /// The process id the server named when the session began; zero where it named none. Behind a
    /// connection pooler it is not that of `pg_backend_pid()`.
    pub startup_pid: i32,
    /// Whether the connection is encrypted.
    pub encrypted: bool,
    /// The server that was reached.
    pub server: HostPort,
    /// Cancels what the session is doing.
    pub cancel: Canceller,
    /// Facts the user should hear, such as that TLS failed and the connection is plain.
    pub notices: Vec<String>,
}

/// Opens a connection to the first server that is reached and does what is asked of it.
///
/// A task that carries the messages is spawned on the runtime this is called from; it needs its
/// I/O and time drivers.
pub async fn connect(parameters: &ConnectionParameters) -> Result<Connected, ConnectError> {
    let (tls, notice) = tls_client(parameters)?;
    let mut attempts = Vec::new();
    for wanted in passes(parameters.target_session) {
        for host in &parameters.hosts {
            let dial = Dial { parameters, tls: tls.as_ref(), host, wanted: *wanted };
            match dial.connect().await {
                Ok(mut connected) => {
                    let over_network = matches!(connected.server, HostPort::Tcp { .. });
                    connected.notices.extend(notice.filter(|_| over_network));
                    return Ok(connected);
                }
                Err(failures) => {
                    let go_on = failures.iter().all(|failure| failure.cause.lets_others_try());
                    attempts.extend(failures);
                    if !go_on {
                        return Err(failed(parameters, attempts));
                    }
                }
            }
        }
    }
    Err(failed(parameters, attempts))
}

/// Opens another connection to where one leads: the same address of the same server.
pub(super) async fn connect_beside(
    parameters: &ConnectionParameters,
    server: &HostPort,
    address: &Address,
) -> Result<Connected, ConnectError> {
    let (tls, _) = tls_client(parameters)?;
    let mut attempts = Vec::new();
    for host in parameters.hosts.iter().filter(|host| host.at == *server) {
        let wanted = TargetSession::Any;
        let dial = Dial { parameters, tls: tls.as_ref(), host, wanted };
        if let Some(connected) = dial.connect_address(address, &mut attempts).await {
            return Ok(connected);
        }
    }
    Err(failed(parameters, attempts))
}

fn failed(parameters: &ConnectionParameters, attempts: Vec<Failure>) -> ConnectError {
    ConnectError::Failed(Box::new(Failures { connection: parameters.describe(), attempts }))
}

/// `prefer-standby` asks all servers for a standby, then takes any.
fn passes(wanted: TargetSession) -> &'static [TargetSession] {
    match wanted {
        TargetSession::Any => &[TargetSession::Any],
        TargetSession::ReadWrite => &[TargetSession::ReadWrite],
        TargetSession::ReadOnly => &[TargetSession::ReadOnly],
        TargetSession::Primary => &[TargetSession::Primary],
        TargetSession::Standby => &[TargetSession::Standby],
        TargetSession::PreferStandby => &[TargetSession::Standby, TargetSession::Any],
    }
}

/// TLS, where it may be spoken. Where it need not be, unusable files are a notice, as for psql.
fn tls_client(
    parameters: &ConnectionParameters,
) -> Result<(Option<TlsClient>, Option<String>), ConnectError> {
    let over_network = |host: &Host| matches!(host.at, HostPort::Tcp { .. });
    let mode = parameters.ssl.mode;
    if mode == SslMode::Disable || !parameters.hosts.iter().any(over_network) {
        return Ok((None, None));
    }
    match TlsClient::new(&parameters.ssl) {
        Ok(tls) => Ok((Some(tls), None)),
        Err(error) if matches!(mode, SslMode::Allow | SslMode::Prefer) => {
            Ok((None, Some(format!("the connection is not encrypted: {error}"))))
        }
        Err(error) => Err(ConnectError::TlsFile { connection: parameters.describe(), error }),
    }
}

/// One server to be connected to.
struct Dial<'a> {
    parameters: &'a ConnectionParameters,
    /// `None` where TLS is not spoken.
    tls: Option<&'a TlsClient>,
    host: &'a Host,
    wanted: TargetSession,
}

/// The moment an attempt's time is over, and how long that was.
#[derive(Clone, Copy)]
struct Deadline(Option<(Instant, Duration)>);

impl Deadline {
    fn after(limit: Option<Duration>) -> Self {
        Self(limit.map(|limit| (Instant::now() + limit, limit)))
    }

    async fn bound<T>(
        self,
        stage: Stage,
        work: impl Future<Output = Result<T, FailureCause>>,
    ) -> Result<T, FailureCause> {
        let Some((moment, limit)) = self.0 else { return work.await };
        let bounded = timeout_at(moment, work).await;
        bounded.unwrap_or(Err(FailureCause::TimedOut { stage, limit }))
    }
}

impl Dial<'_> {
    /// Tries the server's addresses in order; each has the whole time.
    async fn connect(&self) -> Result<Connected, Vec<Failure>> {
        let mut failures = Vec::new();
        let looking_up = async {
            let found = socket::addresses(&self.host.at).await;
            found.map_err(|error| FailureCause::Lookup(error.to_string()))
        };
        let deadline = Deadline::after(self.parameters.connect_timeout);
        let addresses = match deadline.bound(Stage::Lookup, looking_up).await {
            Ok(addresses) if addresses.is_empty() => {
                let cause = FailureCause::Lookup("it has no address".to_owned());
                return Err(vec![self.failure(None, false, cause)]);
            }
            Ok(addresses) => addresses,
            Err(cause) => return Err(vec![self.failure(None, false, cause)]),
        };
        for address in addresses {
            match self.connect_address(&address, &mut failures).await {
                Some(connected) => return Ok(connected),
                None if failures.iter().all(|failure| failure.cause.lets_others_try()) => {}
                None => break,
            }
        }
        Err(failures)
    }

    /// Tries one address, with TLS and without in the order `sslmode` says.
    async fn connect_address(
        &self,
        address: &Address,
        failures: &mut Vec<Failure>,
    ) -> Option<Connected> {
        let deadline = Deadline::after(self.parameters.connect_timeout);
        let tls = self.tls.filter(|_| address.ip().is_some());
        let (first, second) = match (tls, self.parameters.ssl.mode) {
            (None, _) => (None, None),
            (Some(tls), SslMode::Allow) => (None, Some(Some(tls))),
            (Some(tls), SslMode::Prefer) => (Some(tls), Some(None)),
            (Some(tls), _) => (Some(tls), None),
        };
        let cause = match self.attempt(address, first, deadline).await {
            Ok(connected) => return Some(connected),
            Err(cause) => cause,
        };
        let again = match first {
            Some(_) => cause.lets_plain_try(),
            None => cause.lets_tls_try(),
        };
        let Some(second) = second.filter(|_| again) else {
            failures.push(self.failure(Some(address), first.is_some(), cause));
            return None;
        };
        match self.attempt(address, second, deadline).await {
            Ok(mut connected) => {
                if !connected.encrypted && !matches!(cause, FailureCause::TlsRefused) {
                    connected.notices.push(format!("the connection is not encrypted: {cause}"));
                }
                Some(connected)
            }
            Err(second_cause) => {
                // That a server offers no TLS is no failure where it is only preferred.
                if !matches!(cause, FailureCause::TlsRefused) {
                    failures.push(self.failure(Some(address), first.is_some(), cause));
                }
                failures.push(self.failure(Some(address), second.is_some(), second_cause));
                None
            }
        }
    }

    /// One connection to one address, with this TLS or without.
    async fn attempt(
        &self,
        address: &Address,
        tls: Option<&TlsClient>,
        deadline: Deadline,
    ) -> Result<Connected, FailureCause> {
        let opening = async {
            let opened = socket::open(address, &self.parameters.keepalive).await;
            opened.map_err(|error| classify::socket(&error, address))
        };
        let stream = deadline.bound(Stage::Network, opening).await?;
        let beginning = async {
            match tls {
                Some(tls) => {
                    let connector = tls.connector(self.host_name(), address.ip());
                    self.begin(address, stream, connector, Some(tls)).await
                }
                None => self.begin(address, stream, NoTls, None).await,
            }
        };
        deadline.bound(Stage::Greeting, beginning).await
    }

    /// Begins a session and looks whether it can do what is wanted.
    async fn begin<T>(
        &self,
        address: &Address,
        stream: Socket,
        connector: T,
        tls: Option<&TlsClient>,
    ) -> Result<Connected, FailureCause>
    where
        T: TlsConnect<Socket>,
        T::Stream: Send + 'static,
    {
        let config = self.config(tls.is_some());
        let opened = config.connect_raw(stream, connector).await;
        let (client, connection) = opened.map_err(|error| classify::session(&error))?;
        let (messages, end) = driver::drive(connection);
        verify_session(&client, self.wanted).await?;
        let token = client.cancel_token();
        let startup_pid =
            startup_pid(&token).await.map_err(|error| FailureCause::Protocol(error.to_string()))?;
        Ok(Connected {
            client,
            messages,
            end,
            startup_pid,
            encrypted: tls.is_some(),
            server: self.host.at.clone(),
            cancel: Canceller {
                token,
                address: address.clone(),
                host: self.host_name().to_owned(),
                tls: tls.cloned(),
                keepalive: self.parameters.keepalive,
                timeout: self.parameters.connect_timeout,
            },
            notices: Vec::new(),
        })
    }

    /// The driver's settings. Host, port and time are ours to keep: it gets an open socket.
    fn config(&self, encrypted: bool) -> Config {
        let parameters = self.parameters;
        let mut config = Config::new();
        config
            .user(&parameters.user)
            .dbname(&parameters.database)
            .application_name(&parameters.application_name)
            .channel_binding(match parameters.channel_binding {
                ChannelBinding::Disable => config::ChannelBinding::Disable,
                ChannelBinding::Prefer => config::ChannelBinding::Prefer,
                ChannelBinding::Require => config::ChannelBinding::Require,
            })
            .ssl_mode(if encrypted { DriverSslMode::Require } else { DriverSslMode::Disable })
            .ssl_negotiation(match parameters.ssl.negotiation {
                SslNegotiation::Postgres => config::SslNegotiation::Postgres,
                SslNegotiation::Direct => config::SslNegotiation::Direct,
            });
        if let Some(options) = &parameters.options {
            config.options(options);
        }
        if let Some(password) = &self.host.password {
            config.password(password.expose());
        }
        config
    }

    fn host_name(&self) -> &str {
        match &self.host.at {
            HostPort::Tcp { host, .. } => host,
            HostPort::Unix { .. } => "localhost",
        }
    }

    fn failure(&self, address: Option<&Address>, encrypted: bool, cause: FailureCause) -> Failure {
        Failure {
            at: self.host.at.clone(),
            connection: self.parameters.describe_at(&self.host.at),
            address: address.filter(|address| address.ip().is_some()).map(ToString::to_string),
            encrypted,
            cause,
        }
    }
}

/// Asks the server whether it is the kind that is wanted.
async fn verify_session(client: &Client, wanted: TargetSession) -> Result<(), FailureCause> {
    if wanted == TargetSession::Any {
        return Ok(());
    }
    let rows = client
        .simple_query(
            "SELECT pg_catalog.pg_is_in_recovery(), \
             pg_catalog.current_setting('transaction_read_only') = 'on'",
        )
        .await
        .map_err(|error| classify::session(&error))?;
    let row = rows.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    let is = |column| row.and_then(|row| row.try_get(column).ok().flatten()) == Some("t");
    let (is_standby, is_read_only) = (is(0), is(1));
    let (fits, name) = match wanted {
        TargetSession::Any | TargetSession::PreferStandby => (true, "reachable"),
        TargetSession::ReadWrite => (!is_read_only, "open for writing"),
        TargetSession::ReadOnly => (is_read_only, "read-only"),
        TargetSession::Primary => (!is_standby, "the primary"),
        TargetSession::Standby => (is_standby, "a standby"),
    };
    if fits { Ok(()) } else { Err(FailureCause::WrongSession(name)) }
}
