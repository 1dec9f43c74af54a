//! `pg_dump` and `pg_restore`, as far as they are installed.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::installed::{expand, pg_config_bin};
use super::server_user::server_command;
use crate::settings::ScratchSettings;
use crate::settings::libpq::{ConnectionParameters, HostPort, RootCert};

/// Variables of libpq that would change whom a program connects to, and how.
const VARIABLES: [&str; 24] = [
    "PGAPPNAME",
    "PGCHANNELBINDING",
    "PGCONNECT_TIMEOUT",
    "PGDATABASE",
    "PGGSSENCMODE",
    "PGHOST",
    "PGHOSTADDR",
    "PGLOADBALANCEHOSTS",
    "PGPASSFILE",
    "PGPASSWORD",
    "PGREQUIREAUTH",
    "PGREQUIREPEER",
    "PGREQUIRESSL",
    "PGSERVICE",
    "PGSERVICEFILE",
    "PGSSLCERT",
    "PGSSLCRL",
    "PGSSLCRLDIR",
    "PGSSLKEY",
    "PGSSLMODE",
    "PGSSLNEGOTIATION",
    "PGSSLROOTCERT",
    "PGTARGETSESSIONATTRS",
    "PGUSER",
];

/// The programs of one directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Clients {
    bin: PathBuf,
    major: u32,
}

impl Clients {
    /// Those that can read a server of this major version: of that one, else of the next newer.
    pub(super) fn find(settings: &ScratchSettings, server: u32) -> Result<Self, String> {
        let ScratchSettings { program_path, server_places, .. } = settings;
        let mut directories: Vec<PathBuf> =
            server_places.iter().flat_map(|pattern| expand(pattern)).collect();
        directories.extend(pg_config_bin(program_path));
        directories.extend(program_path.iter().cloned());
        let bins: BTreeSet<PathBuf> = directories.iter().filter_map(|it| bin_of(it)).collect();
        let found: Vec<Self> = bins.into_iter().filter_map(Self::at).collect();
        let fit = found.iter().filter(|it| it.major >= server).min_by_key(|it| it.major);
        fit.cloned().ok_or_else(|| match found.iter().map(|it| it.major).max() {
            Some(newest) => format!(
                "pg_dump is installed in version {newest}, and the server has version {server}"
            ),
            None => "pg_dump is not installed".to_owned(),
        })
    }

    fn at(bin: PathBuf) -> Option<Self> {
        let output = server_command(bin.join("pg_dump")).arg("--version").output().ok()?;
        let banner = String::from_utf8(output.stdout).ok()?;
        let version = banner.split_whitespace().nth(2)?;
        let digits = version.split(|c: char| !c.is_ascii_digit()).next()?;
        Some(Self { major: digits.parse().ok()?, bin })
    }

    /// One of them, which finds the database in its environment: a password has no place on a
    /// command line.
    pub(super) fn command(
        &self,
        program: &str,
        parameters: &ConnectionParameters,
        server: &HostPort,
    ) -> Command {
        let mut command = server_command(self.bin.join(program));
        for name in VARIABLES {
            command.env_remove(name);
        }
        match server {
            HostPort::Tcp { host, hostaddr, port } => {
                command.env("PGHOST", host).env("PGPORT", port.to_string());
                command.envs(hostaddr.map(|it| ("PGHOSTADDR", it.to_string())));
            }
            HostPort::Unix { dir, port } => {
                command.env("PGHOST", dir).env("PGPORT", port.to_string());
            }
        }
        command.env("PGUSER", &parameters.user).env("PGDATABASE", &parameters.database);
        let host = parameters.hosts.iter().find(|it| it.at == *server);
        let password = host.and_then(|it| it.password.as_ref());
        command.envs(password.map(|it| ("PGPASSWORD", it.expose())));
        // The password file was read already.
        command.env("PGPASSFILE", "/nonexistent/pgpass").env("PGGSSENCMODE", "disable");
        let ssl = &parameters.ssl;
        command.env("PGSSLMODE", ssl.mode.as_str());
        match &ssl.root_cert {
            RootCert::File(file) => command.env("PGSSLROOTCERT", file),
            RootCert::System => command.env("PGSSLROOTCERT", "system"),
            RootCert::None => &mut command,
        };
        if let Some(client) = &ssl.client {
            command.env("PGSSLCERT", &client.certificate).env("PGSSLKEY", &client.key);
        }
        command.envs(parameters.options.as_ref().map(|it| ("PGOPTIONS", it)));
        command.arg("--no-password");
        command
    }
}

/// The directory the programs really are in. What stands for them elsewhere, such as Debian's
/// `pg_wrapper`, chooses a version by itself.
fn bin_of(directory: &Path) -> Option<PathBuf> {
    let dump = fs::canonicalize(directory.join("pg_dump")).ok()?;
    let bin = dump.parent().filter(|_| dump.file_name() == Some(OsStr::new("pg_dump")))?;
    bin.join("pg_restore").is_file().then(|| bin.to_owned())
}
