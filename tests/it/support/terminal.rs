//! A program in a pseudo-terminal, driven as a person would.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::File;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::process::Child;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pty_process::Size;
use pty_process::blocking::Command;
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{LocalModes, Termios, tcgetattr};
use tempfile::TempDir;

use super::command::{exit_code, wait_for};
use super::{PATIENCE, poll};

const ROWS: NonZeroU16 = NonZeroU16::new(40).expect("it is not zero");
const COLUMNS: NonZeroU16 = NonZeroU16::new(120).expect("it is not zero");

#[derive(Default)]
struct Output {
    bytes: Vec<u8>,
    ended: bool,
}

/// A terminal of 40 lines and 120 columns. The program is killed when this is dropped.
pub struct Terminal {
    child: Child,
    /// The side where a person would sit.
    keyboard: File,
    output: Arc<Mutex<Output>>,
    /// How much of the plain text `expect` has passed.
    passed: usize,
    before: Settings,
    /// Directories that the program uses.
    _places: Vec<Arc<TempDir>>,
}

impl Terminal {
    /// Runs a program in this environment and no other; `TERM` says what a person has.
    pub(super) fn start(
        program: &OsStr,
        args: &[OsString],
        env: &[(OsString, OsString)],
        cwd: &Path,
        places: Vec<Arc<TempDir>>,
    ) -> Self {
        let (terminal, line) = pty_process::blocking::open().expect("there are pseudo-terminals");
        terminal.resize(Size::new(ROWS.get(), COLUMNS.get())).expect("it is a terminal");
        let before = Settings::of(&terminal);
        let env = env.iter().map(|(name, value)| (name, value));
        let command = Command::new(program).args(args).env_clear().env("TERM", "xterm-256color");
        let child = command.envs(env).current_dir(cwd).spawn(line);
        let child =
            child.unwrap_or_else(|error| panic!("cannot run {}: {error}", program.display()));
        let keyboard = File::from(OwnedFd::from(terminal));
        let output = Arc::new(Mutex::new(Output::default()));
        let collected = Arc::clone(&output);
        let mut screen = keyboard.try_clone().expect("a file can be opened twice");
        std::thread::spawn(move || {
            let mut chunk = [0; 4096];
            // Reading fails once the program and its children are gone.
            while let Ok(count @ 1..) = screen.read(&mut chunk) {
                let mut output = collected.lock().expect("no holder panics");
                output.bytes.extend_from_slice(&chunk[..count]);
            }
            collected.lock().expect("no holder panics").ended = true;
        });
        Self { child, keyboard, output, passed: 0, before, _places: places }
    }

    /// Waits until the program prints a text, after what was expected before. Colours and cursor
    /// movements do not count as text.
    #[track_caller]
    pub fn expect(&mut self, text: &str, patience: Duration) {
        let found = poll(patience, || {
            let ended = self.output.lock().expect("no holder panics").ended;
            let plain = self.plain();
            let at = plain[self.passed..].windows(text.len()).position(|w| w == text.as_bytes());
            (at.is_some() || ended).then_some(at)
        });
        let Some(at) = found.flatten() else {
            panic!("the terminal never showed {text:?}, but:\n{}", self.output_so_far());
        };
        self.passed += at + text.len();
    }

    /// Types.
    pub fn send(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).expect("the terminal is open");
    }

    /// Types Ctrl-C.
    pub fn send_ctrl_c(&mut self) {
        self.send("\x03");
    }

    /// Sends the program a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("it was not waited for yet");
    }

    /// Everything printed so far, without colours and cursor movements.
    pub fn output_so_far(&self) -> String {
        String::from_utf8_lossy(&self.plain()).into_owned()
    }

    /// Everything printed so far, byte for byte.
    pub fn raw_output(&self) -> Vec<u8> {
        self.output.lock().expect("no holder panics").bytes.clone()
    }

    /// What a person sees now: progress that was wiped away is gone.
    pub fn screen(&self) -> String {
        let mut parser = vt100::Parser::new(ROWS, COLUMNS, 0);
        parser.process(&self.raw_output());
        parser.screen().contents()
    }

    /// The terminal's settings now.
    pub fn settings(&self) -> Settings {
        Settings::of(&self.keyboard)
    }

    /// Fails the test unless the terminal is left as it was found.
    #[track_caller]
    pub fn assert_restored(&self) {
        assert_eq!(self.settings(), self.before, "the terminal was left in another state");
    }

    /// Waits for the end of the program and of its output; returns the exit code, as a shell
    /// says it. A program that hangs fails the test.
    pub fn wait(&mut self) -> i32 {
        let status = wait_for(&mut self.child, PATIENCE);
        let Some(status) = status else {
            panic!("the program hangs; it printed:\n{}", self.output_so_far());
        };
        let ended = || self.output.lock().expect("no holder panics").ended.then_some(());
        poll(PATIENCE, ended).expect("nobody else holds the terminal");
        exit_code(status)
    }

    fn plain(&self) -> Vec<u8> {
        without_controls(&self.output.lock().expect("no holder panics").bytes)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Settings of a terminal, comparable.
#[derive(Clone)]
pub struct Settings(Termios);

impl Settings {
    fn of(terminal: &impl AsFd) -> Self {
        Self(tcgetattr(terminal).expect("it is a terminal"))
    }

    /// Whether what is typed is shown.
    pub fn echoes(&self) -> bool {
        self.0.local_modes.contains(LocalModes::ECHO)
    }

    /// Whether input arrives line by line.
    pub fn is_canonical(&self) -> bool {
        self.0.local_modes.contains(LocalModes::ICANON)
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl PartialEq for Settings {
    fn eq(&self, other: &Self) -> bool {
        // The type says all it holds, and compares nothing itself.
        format!("{self:?}") == format!("{other:?}")
    }
}

/// Leaves out escape sequences; one whose end has not arrived yet, with all that follows.
fn without_controls(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes.iter().copied();
    while let Some(byte) = rest.next() {
        match byte {
            0x1b => match rest.next() {
                // A control sequence ends with a letter or one of a few signs.
                Some(b'[') => drop(rest.find(|byte| (0x40..=0x7e).contains(byte))),
                // A title or a link ends with a bell or an escaped backslash.
                Some(b']') => {
                    let end = rest.find(|byte| [0x07, 0x1b].contains(byte));
                    if end == Some(0x1b) {
                        rest.next();
                    }
                }
                _ => {}
            },
            0x07 => {}
            _ => plain.push(byte),
        }
    }
    plain
}
