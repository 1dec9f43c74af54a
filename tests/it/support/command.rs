//! Runs of the program, each in an environment of its own.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use turnback::sql::hazard_ids;

use super::terminal::Terminal;
use super::{PATIENCE, poll};

/// The path of the program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_turnback");

/// Runs the program with these arguments, nothing else set, and waits for its end.
pub fn turnback(args: &[&str]) -> Run {
    Turnback::new(args).run()
}

/// A run that is still to be started.
pub struct Turnback {
    program: OsString,
    args: Vec<OsString>,
    /// In the order they were set; the last one of a name wins.
    env: Vec<(OsString, OsString)>,
    cwd: PathBuf,
    stdin: Vec<u8>,
    home: Arc<TempDir>,
    /// Another directory that has to exist as long as the run.
    project: Option<Arc<TempDir>>,
}

impl Turnback {
    /// A run in an empty directory, with an empty home and an environment that the machine it
    /// runs on does not influence.
    pub fn new<A: AsRef<OsStr>>(args: &[A]) -> Self {
        Self::other_program(PROGRAM, args)
    }

    /// Another program, run in the same way.
    pub fn other_program<A: AsRef<OsStr>>(program: impl AsRef<OsStr>, args: &[A]) -> Self {
        let home = tempfile::tempdir().expect("a temporary directory can be created");
        let cwd = home.path().join("work");
        std::fs::create_dir(&cwd).expect("the directory is empty");
        let mut run = Self {
            program: program.as_ref().to_owned(),
            args: args.iter().map(|arg| arg.as_ref().to_owned()).collect(),
            env: Vec::new(),
            cwd,
            stdin: Vec::new(),
            home: Arc::new(home),
            project: None,
        };
        // What finds programs, and what the tools that measure test coverage pass down.
        for name in ["PATH", "TMPDIR", "LLVM_PROFILE_FILE"] {
            if let Some(value) = std::env::var_os(name) {
                run = run.env(name, value);
            }
        }
        let home = run.home.path().to_owned();
        // Hazards have tests of their own, which take this away.
        let hazards: Vec<&str> = hazard_ids().collect();
        run.env("TURNBACK_ALLOW_HAZARD", hazards.join(","))
            .env("HOME", home)
            .env("NO_COLOR", "1")
            .env("TZ", "UTC")
            .env("LC_ALL", "C.UTF-8")
    }

    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.env.push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    pub fn env_remove(mut self, name: &str) -> Self {
        self.env.retain(|(known, _)| known != name);
        self
    }

    /// Runs it in a project, which exists until the run has ended.
    pub(super) fn project(mut self, directory: &Arc<TempDir>) -> Self {
        self.project = Some(Arc::clone(directory));
        self.cwd(directory.path())
    }

    pub fn cwd(mut self, directory: impl AsRef<Path>) -> Self {
        directory.as_ref().clone_into(&mut self.cwd);
        self
    }

    /// What the run reads; nothing unless this is called.
    pub fn stdin(mut self, bytes: impl AsRef<[u8]>) -> Self {
        bytes.as_ref().clone_into(&mut self.stdin);
        self
    }

    /// Runs it to its end. A run that hangs is killed and the test fails.
    pub fn run(self) -> Run {
        self.spawn().wait()
    }

    /// Starts it and returns, for runs side by side and for runs that are to be killed.
    pub fn spawn(self) -> Running {
        let mut command = Command::new(&self.program);
        command.args(&self.args).env_clear().envs(self.env).current_dir(&self.cwd);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child =
            command.spawn().unwrap_or_else(|error| panic!("{}: {error}", self.program.display()));
        let mut stdin = child.stdin.take().expect("it was asked to be a pipe");
        let input = self.stdin;
        std::thread::spawn(move || {
            // A program that does not read its input closes it early.
            let _ = stdin.write_all(&input);
        });
        let stdout = Collected::read(child.stdout.take().expect("it was asked to be a pipe"));
        let stderr = Collected::read(child.stderr.take().expect("it was asked to be a pipe"));
        let (home, project) = (self.home, self.project);
        Running { child, stdout, stderr, cwd: self.cwd, home, _project: project }
    }

    /// Starts it in a pseudo-terminal, as an operator does.
    pub fn in_terminal(self) -> Terminal {
        let Self { program, args, env, cwd, stdin: _, home, project } = self;
        let places = [Some(home), project].into_iter().flatten().collect();
        Terminal::start(&program, &args, &env, &cwd, places)
    }
}

/// Bytes that a thread collects while the program runs.
struct Collected {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Collected {
    fn read(mut from: impl Read + Send + 'static) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&bytes);
        let reader = std::thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(count @ 1..) = from.read(&mut chunk) {
                shared.lock().expect("no holder panics").extend_from_slice(&chunk[..count]);
            }
        });
        Self { bytes, reader: Some(reader) }
    }

    fn so_far(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().expect("no holder panics")).into_owned()
    }

    fn finish(&mut self) -> String {
        if let Some(reader) = self.reader.take() {
            reader.join().expect("the reader does not panic");
        }
        self.so_far()
    }
}

/// A run under way, killed when dropped.
pub struct Running {
    child: Child,
    stdout: Collected,
    stderr: Collected,
    cwd: PathBuf,
    home: Arc<TempDir>,
    _project: Option<Arc<TempDir>>,
}

impl Running {
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("it is our child").is_none()
    }

    /// Its number, which the directories it makes carry.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it printed on stdout until now.
    pub fn stdout_so_far(&self) -> String {
        self.stdout.so_far()
    }

    /// What it printed on stderr until now.
    pub fn stderr_so_far(&self) -> String {
        self.stderr.so_far()
    }

    /// Waits until stderr contains a text; fails the test if that takes too long.
    pub fn wait_for_stderr(&mut self, text: &str) {
        let found = poll(PATIENCE, || {
            let ended = !self.is_running();
            let seen = self.stderr.so_far().contains(text);
            (seen || ended).then_some(seen)
        });
        let seen = found.unwrap_or(false) || self.stderr.so_far().contains(text);
        assert!(seen, "stderr never said {text:?}, but:\n{}", self.stderr.so_far());
    }

    /// Sends a signal, `Signal::KILL` among them. A run that has ended ignores it.
    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).expect("a child that was not waited for can be signalled");
    }

    /// Waits for its end. A run that hangs is killed and the test fails.
    pub fn wait(mut self) -> Run {
        let status = wait_for(&mut self.child, PATIENCE);
        let Some(status) = status else {
            let (stdout, stderr) = (self.stdout.so_far(), self.stderr.so_far());
            panic!("the run hangs; stdout:\n{stdout}\nstderr:\n{stderr}");
        };
        Run {
            stdout: self.stdout.finish(),
            stderr: self.stderr.finish(),
            code: exit_code(status),
            places: vec![
                (self.cwd.display().to_string(), "[project]"),
                (self.home.path().display().to_string(), "[home]"),
            ],
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A run that has ended.
#[derive(Debug, Clone)]
pub struct Run {
    pub stdout: String,
    pub stderr: String,
    /// The exit code, or 128 and the number of the signal that ended it, as a shell says it.
    pub code: i32,
    /// Directories of this run, and what stands for them in a snapshot.
    places: Vec<(String, &'static str)>,
}

impl Run {
    /// Fails the test unless the run ended with this code.
    #[track_caller]
    pub fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "the run ended otherwise:\n{self}");
        self
    }

    /// stdout as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in:\n{self}"))
    }
}

/// The whole run, as snapshots show it.
impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { stdout, stderr, code, places } = self;
        let mut text = format!("exit code: {code}\n");
        for (name, stream) in [("stdout", stdout), ("stderr", stderr)] {
            text.extend(["----- ", name, " -----\n", stream]);
            if !stream.is_empty() && !stream.ends_with('\n') {
                text.push_str("[no newline at the end]\n");
            }
        }
        f.write_str(&places.iter().fold(text, |text, (path, name)| text.replace(path, name)))
    }
}

/// What a document says differs, a line each: `missing index public.users.users_name`.
#[track_caller]
pub fn drift(document: &serde_json::Value) -> Vec<String> {
    let objects = document["drift"].as_array().cloned().unwrap_or_default();
    let line = |it: &serde_json::Value| {
        let word = |field: &str| it[field].as_str().expect("it is a text").to_owned();
        format!("{} {} {}", word("change"), word("kind"), word("object"))
    };
    objects.iter().map(line).collect()
}

/// The status of a child that ended in time.
pub fn wait_for(child: &mut Child, patience: Duration) -> Option<ExitStatus> {
    poll(patience, || child.try_wait().expect("it is our child"))
}

/// A shell's notion of an exit code, which has room for signals.
pub fn exit_code(status: ExitStatus) -> i32 {
    status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal))
        .expect("an ended process has either")
}
