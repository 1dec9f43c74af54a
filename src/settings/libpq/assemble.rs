//! From gathered values to connection parameters: types, defaults, and what must match.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::ConnectionSettingsError;
use super::parameters::{
    ChannelBinding, ConnectionParameters, DEFAULT_PORT, Host, HostPort, Keepalive, TargetSession,
};
use super::passfile::{PasswordFile, SOCKET_DIRS};
use super::secret::Secret;
use super::values::Values;
use super::{DEFAULT_CONNECT_TIMEOUT, tls};
use crate::settings::Environment;

const APPLICATION_NAME: &str = "turnback";

const TARGETS: [(&str, TargetSession); 6] = [
    ("any", TargetSession::Any),
    ("read-write", TargetSession::ReadWrite),
    ("read-only", TargetSession::ReadOnly),
    ("primary", TargetSession::Primary),
    ("standby", TargetSession::Standby),
    ("prefer-standby", TargetSession::PreferStandby),
];

const BINDINGS: [(&str, ChannelBinding); 3] = [
    ("disable", ChannelBinding::Disable),
    ("prefer", ChannelBinding::Prefer),
    ("require", ChannelBinding::Require),
];

pub(super) fn assemble(
    values: &Values,
    environment: &Environment,
) -> Result<ConnectionParameters, ConnectionSettingsError> {
    let user = match values.text("user") {
        Some(user) => user.to_owned(),
        None => whoami::username().map_err(|_| ConnectionSettingsError::NoUser)?,
    };
    let database = values.text("dbname").unwrap_or(&user).to_owned();
    let ssl = tls::parameters(values, environment)?;
    let (hosts, notice) = with_passwords(places(values)?, values, &database, &user, environment);
    let application_name =
        values.text("application_name").or_else(|| values.text("fallback_application_name"));
    Ok(ConnectionParameters {
        hosts,
        database,
        user,
        ssl,
        channel_binding: values
            .choice("channel_binding", &BINDINGS)?
            .unwrap_or(ChannelBinding::Prefer),
        connect_timeout: connect_timeout(values)?,
        keepalive: keepalive(values)?,
        application_name: application_name.unwrap_or(APPLICATION_NAME).to_owned(),
        options: values.text("options").map(str::to_owned),
        target_session: values
            .choice("target_session_attrs", &TARGETS)?
            .unwrap_or(TargetSession::Any),
        notices: notice.into_iter().collect(),
    })
}

/// The password that is given goes to every server; the password file has one for each.
fn with_passwords(
    places: Vec<HostPort>,
    values: &Values,
    database: &str,
    user: &str,
    environment: &Environment,
) -> (Vec<Host>, Option<String>) {
    let given = values.text("password").map(Secret::new);
    let file = match given {
        Some(_) => PasswordFile::default(),
        None => PasswordFile::read(values.text("passfile"), environment),
    };
    let hosts = places.into_iter().map(|at| {
        let password = given.clone().or_else(|| file.password(&at, database, user));
        Host { at, password }
    });
    (hosts.collect(), file.notice)
}

/// The servers, from the lists in host, hostaddr and port.
fn places(values: &Values) -> Result<Vec<HostPort>, ConnectionSettingsError> {
    let ports = ports(values)?;
    let names = list(values, "host");
    let addresses = addresses(values)?;
    let count = names.len().max(addresses.len()).max(1);
    for (name, given) in [("host", names.len()), ("hostaddr", addresses.len())] {
        if given != 0 && given != count {
            return Err(ConnectionSettingsError::Count { name, given, hosts: count });
        }
    }
    if ports.len() > 1 && ports.len() != count {
        return Err(ConnectionSettingsError::Count {
            name: "port",
            given: ports.len(),
            hosts: count,
        });
    }
    let places = (0..count).map(|index| {
        let port = *ports.get(index).or(ports.first()).unwrap_or(&DEFAULT_PORT);
        let name = names.get(index).copied().unwrap_or_default();
        place(name, addresses.get(index).copied().flatten(), port)
    });
    Ok(places.collect())
}

fn place(name: &str, hostaddr: Option<IpAddr>, port: u16) -> HostPort {
    match hostaddr {
        Some(address) => {
            let host = if name.is_empty() { address.to_string() } else { name.to_owned() };
            HostPort::Tcp { host, hostaddr, port }
        }
        None if name.is_empty() => default_place(&SOCKET_DIRS.map(Path::new), port),
        None if Path::new(name).is_absolute() => HostPort::Unix { dir: PathBuf::from(name), port },
        None => HostPort::Tcp { host: name.to_owned(), hostaddr: None, port },
    }
}

/// Where libpq looks when no host is given: the directory that has the socket, else Debian's
/// directory where it exists, else this machine over TCP.
fn default_place(dirs: &[&Path], port: u16) -> HostPort {
    let unix = |dir: &Path| HostPort::Unix { dir: dir.to_owned(), port };
    let has_socket =
        |dir: &&&Path| unix(dir).socket_file().is_some_and(|file| cfg!(unix) && file.exists());
    let listening = dirs.iter().find(has_socket);
    let debian = dirs.first().filter(|dir| cfg!(unix) && dir.is_dir());
    match listening.or(debian) {
        Some(dir) => unix(dir),
        None => HostPort::Tcp { host: "localhost".to_owned(), hostaddr: None, port },
    }
}

fn list<'values>(values: &'values Values, name: &str) -> Vec<&'values str> {
    values.text(name).map(|text| text.split(',').map(str::trim).collect()).unwrap_or_default()
}

fn ports(values: &Values) -> Result<Vec<u16>, ConnectionSettingsError> {
    let ports = list(values, "port").into_iter().map(|text| match text {
        "" => Ok(DEFAULT_PORT),
        _ => text
            .parse()
            .ok()
            .filter(|port| *port > 0)
            .ok_or_else(|| wrong(values, "port", text, "a number from 1 to 65535")),
    });
    ports.collect()
}

fn addresses(values: &Values) -> Result<Vec<Option<IpAddr>>, ConnectionSettingsError> {
    let addresses = list(values, "hostaddr").into_iter().map(|text| match text {
        "" => Ok(None),
        _ => text
            .parse()
            .map(Some)
            .map_err(|_| wrong(values, "hostaddr", text, "an IPv4 or IPv6 address")),
    });
    addresses.collect()
}

fn wrong(
    values: &Values,
    name: &'static str,
    text: &str,
    expected: &str,
) -> ConnectionSettingsError {
    let origin = values.get(name).map(|value| value.origin.clone());
    ConnectionSettingsError::Value {
        name,
        value: text.to_owned(),
        origin: origin.unwrap_or(super::Origin::Url),
        expected: expected.to_owned(),
    }
}

/// libpq waits for ever by default; a tool run at night by a job must not.
fn connect_timeout(values: &Values) -> Result<Option<Duration>, ConnectionSettingsError> {
    let Some(seconds) = values.number("connect_timeout")? else {
        return Ok(Some(DEFAULT_CONNECT_TIMEOUT));
    };
    Ok(positive(seconds).map(|seconds| Duration::from_secs(seconds.into())))
}

fn keepalive(values: &Values) -> Result<Keepalive, ConnectionSettingsError> {
    let number = |name| values.number(name).map(|number| number.and_then(positive));
    let seconds =
        |name| number(name).map(|number| number.map(|number| Duration::from_secs(number.into())));
    Ok(Keepalive {
        enabled: values.number("keepalives")? != Some(0),
        idle: seconds("keepalives_idle")?,
        interval: seconds("keepalives_interval")?,
        count: number("keepalives_count")?,
        user_timeout: number("tcp_user_timeout")?
            .map(|millis| Duration::from_millis(millis.into())),
    })
}

fn positive(number: i32) -> Option<u32> {
    u32::try_from(number).ok().filter(|number| *number > 0)
}
