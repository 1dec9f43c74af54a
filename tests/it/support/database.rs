//! A database for one test.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::binaries::POSTGRES;
use super::client::Client;

/// How the harness itself reaches a server: over its socket, as its superuser.
#[derive(Debug, Clone)]
pub struct Psql {
    pub sockets: PathBuf,
    pub port: u16,
}

impl Psql {
    /// Runs SQL and returns the rows, columns separated by `|`. Statements stand alone: the
    /// script is read as `psql` reads a file.
    pub fn run(&self, database: &str, sql: &str) -> String {
        // The program takes ten times as long to start as most statements to run.
        if is_one_statement(sql) {
            return Client::over_socket(&self.sockets, self.port, database).finish(sql);
        }
        self.attempt(database, sql).unwrap_or_else(|error| panic!("{error}in:\n{sql}"))
    }

    /// Like `run`, with the server's words if it fails.
    pub fn attempt(&self, database: &str, sql: &str) -> Result<String, String> {
        let mut command = self.client("psql", database);
        command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", "-"]);
        output_of(&mut command, sql)
    }

    fn client(&self, program: &str, database: &str) -> Command {
        let mut command = client(program);
        command.arg("-h").arg(&self.sockets).arg("-p").arg(self.port.to_string());
        command.args(["-U", "postgres", "-d", database]);
        command
    }
}

/// Whether nothing depends on how `psql` takes a script apart.
fn is_one_statement(sql: &str) -> bool {
    let sql = sql.trim_end();
    let sql = sql.strip_suffix(';').unwrap_or(sql);
    !sql.contains([';', '\\']) && !sql.trim_start().starts_with("COPY")
}

/// Runs SQL at a URL, as a user with this environment would.
pub fn psql_at(url: &str, sql: &str, env: &[(&str, &str)]) -> Result<String, String> {
    let mut command = client("psql");
    command.args(["-X", "-q", "-A", "-t", "-w", "-v", "ON_ERROR_STOP=1", "-f", "-", url]);
    output_of(command.envs(env.iter().copied()), sql)
}

/// A client program of PostgreSQL that reads nothing from the environment or a home directory.
fn client(program: &str) -> Command {
    let mut command = Command::new(POSTGRES.program(program));
    command.env_clear().env("LC_ALL", "C.UTF-8").env("PGCONNECT_TIMEOUT", "20");
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", "/nonexistent");
    command
}

/// What a program printed, or its errors if it failed.
fn output_of(command: &mut Command, input: &str) -> Result<String, String> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program was found, so it can be run");
    let mut stdin = child.stdin.take().expect("it was asked to be a pipe");
    let output = std::thread::scope(|scope| {
        scope.spawn(move || {
            // A script that fails closes its input early.
            let _ = stdin.write_all(input.as_bytes());
        });
        child.wait_with_output().expect("a child can be waited for")
    });
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// A database of its own name, dropped with the value whoever is still connected.
pub struct Database {
    psql: Psql,
    name: String,
}

impl Database {
    pub(super) fn create(psql: &Psql, template: &str) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("turnback_test_{}_{count}", std::process::id());
        // Copying files is the fast way where no write-ahead log has to be kept.
        let strategy = if POSTGRES.major >= 15 { " STRATEGY file_copy" } else { "" };
        psql.run("postgres", &format!("CREATE DATABASE {name} TEMPLATE {template}{strategy}"));
        Self { psql: psql.clone(), name }
    }

    /// A second database with the same contents. Nobody may be connected to this one.
    pub fn copy(&self) -> Self {
        Self::create(&self.psql, &self.name)
    }

    /// A second database with what an archive of this one brings back.
    pub fn restored(&self) -> Self {
        let archive = tempfile::NamedTempFile::new().expect("a temporary file can be created");
        let copy = Self::create(&self.psql, "template0");
        let mut dump = self.psql.client("pg_dump", &self.name);
        let mut restore = self.psql.client("pg_restore", &copy.name);
        dump.args(["--format=custom", "--file"]);
        restore.arg("--exit-on-error");
        for command in [&mut dump, &mut restore] {
            output_of(command.arg(archive.path()), "").unwrap_or_else(|error| panic!("{error}"));
        }
        copy
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Over TCP, as the superuser, without a password.
    pub fn url(&self) -> String {
        self.url_through(self.psql.port)
    }

    /// The same through something else that listens on 127.0.0.1.
    pub fn url_through(&self, port: u16) -> String {
        format!("postgres://postgres@127.0.0.1:{port}/{}", self.name)
    }

    /// Over the Unix socket.
    pub fn socket_url(&self) -> String {
        let directory = self.psql.sockets.display().to_string().replace('/', "%2F");
        format!("postgres://postgres@{directory}:{}/{}", self.psql.port, self.name)
    }

    /// The port of its server.
    pub fn port(&self) -> u16 {
        self.psql.port
    }

    pub(super) fn access(&self) -> &Psql {
        &self.psql
    }

    /// Runs SQL and returns the rows, one a line, columns separated by `|`.
    pub fn psql(&self, sql: &str) -> String {
        self.psql.run(&self.name, sql)
    }

    /// Runs SQL that may fail, and returns the server's words if it does.
    pub fn try_psql(&self, sql: &str) -> Result<String, String> {
        self.psql.attempt(&self.name, sql)
    }

    /// The whole database as `pg_dump` writes it.
    pub fn dump(&self) -> String {
        self.dump_with(&[])
    }

    /// A dump with options, such as `--schema-only` or `--exclude-schema=turnback`. What differs
    /// between two dumps of equal databases is left out.
    pub fn dump_with(&self, options: &[&str]) -> String {
        let mut command = self.psql.client("pg_dump", &self.name);
        let dump = output_of(command.args(options), "").unwrap_or_else(|error| panic!("{error}"));
        let noise =
            ["\\restrict ", "\\unrestrict ", "-- Dumped from database", "-- Dumped by pg_dump"];
        let lines = dump.lines().filter(|line| !noise.iter().any(|start| line.starts_with(start)));
        lines.flat_map(|line| [line, "\n"]).collect()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // The server may be gone by now, crashed by the test.
        let _ = self
            .psql
            .attempt("postgres", &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
    }
}
