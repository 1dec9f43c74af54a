//! Questions, asked on the terminal.

use std::fs::File;
use std::io::{self, IsTerminal as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use console::Term;
use dialoguer::{Confirm, Input};
use nix::sys::signal::SigSet;
use rustix::stdio::dup2_stdin;
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

use crate::database::Interrupt;

/// What the operator said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Go on.
    Yes,
    /// Do not; also the answer of an empty line.
    No,
    /// Ctrl-C, a signal, or the terminal went away.
    Interrupted,
}

/// Whether there is somebody to ask.
pub fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks; an empty answer is no.
pub fn ask_yes_no(question: &str, interrupt: &Interrupt) -> Answer {
    let question = question.to_owned();
    match answer(interrupt, move |term| {
        let confirm = Confirm::new().with_prompt(question).default(false).wait_for_newline(true);
        confirm.interact_on_opt(term)
    }) {
        Some(Some(true)) => Answer::Yes,
        Some(Some(false) | None) => Answer::No,
        None => Answer::Interrupted,
    }
}

/// Asks for a name to be typed; anything else is no.
pub fn ask_name(question: &str, name: &str, interrupt: &Interrupt) -> Answer {
    let question = question.to_owned();
    match answer(interrupt, move |term| {
        let input = Input::<String>::new().with_prompt(question).allow_empty(true);
        input.interact_text_on(term)
    }) {
        Some(typed) if typed.trim() == name => Answer::Yes,
        Some(_) => Answer::No,
        None => Answer::Interrupted,
    }
}

/// What is answered, or nothing where a stop was asked for or the terminal went away.
///
/// The question waits in a thread of its own: a signal that comes between two keys, or before the
/// first one, does not end the reading.
fn answer<T: Send + 'static>(
    interrupt: &Interrupt,
    question: impl FnOnce(&Term) -> dialoguer::Result<T> + Send + 'static,
) -> Option<T> {
    let _listening = KeyByKey::begin().ok()?;
    let (said, replies) = mpsc::channel();
    let stopped = said.clone();
    interrupt.on_raise(move || drop(stopped.send(Reply::Stop)));
    thread::spawn(move || {
        // Signals are for the thread that has a handler for them, and end no reading.
        let _ = SigSet::all().thread_block();
        said.send(Reply::Answer(question(&Term::stderr()).ok()))
    });
    let first = replies.recv();
    if let Ok(Reply::Answer(Some(answer))) = first {
        return Some(answer);
    }
    interrupt.raise();
    take_input_away();
    if matches!(first, Ok(Reply::Stop)) {
        // One that is not shown yet finds nothing to read; any other is at rest.
        let _ = replies.recv_timeout(REST);
    }
    // What is said next does not belong behind the question.
    let _ = Term::stderr().write_line("");
    None
}

/// What ends the wait for an answer.
enum Reply<T> {
    /// What was answered, or nothing where Ctrl-C was pressed or the terminal went away.
    Answer(Option<T>),
    /// A stop was asked for.
    Stop,
}

/// How long a question may take that is being shown when a stop is asked for.
const REST: Duration = Duration::from_millis(100);

/// Takes standard input from a question that nobody waits for any more. With the next key it would
/// set the terminal to what it found, behind the return of the settings as well.
fn take_input_away() {
    if let Ok(nothing) = File::open("/dev/null") {
        let _ = dup2_stdin(nothing);
    }
}

/// A terminal that hands over each key as it is pressed, Ctrl-C too, and shows none by itself.
///
/// The library does this for the time of one key. Done here before the question is shown, no key
/// falls between two of its times, where Ctrl-C would be a signal and others would be shown twice.
struct KeyByKey {
    terminal: OwnedFd,
    before: Termios,
}

impl KeyByKey {
    /// # Errors
    /// The terminal went away.
    fn begin() -> io::Result<Self> {
        let terminal = io::stdin().as_fd().try_clone_to_owned()?;
        let before = tcgetattr(&terminal)?;
        let mut listening = before.clone();
        listening.make_raw();
        // Lines that are printed still begin on the left.
        listening.output_modes = before.output_modes;
        tcsetattr(&terminal, OptionalActions::Drain, &listening)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for KeyByKey {
    fn drop(&mut self) {
        let _ = tcsetattr(&self.terminal, OptionalActions::Drain, &self.before);
        // A question that was interrupted leaves the cursor hidden.
        let _ = Term::stderr().show_cursor();
    }
}
