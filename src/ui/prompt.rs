//! Questions, asked on the terminal.

use std::io::{self, IsTerminal as _};

use console::Term;
use dialoguer::{Confirm, Input};

/// What the operator said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Go on.
    Yes,
    /// Do not; also the answer of an empty line.
    No,
    /// Ctrl-C, or the terminal went away.
    Interrupted,
}

/// Whether there is somebody to ask.
pub fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks; an empty answer is no.
pub fn ask_yes_no(question: &str) -> Answer {
    let term = Term::stderr();
    let answer = Confirm::new()
        .with_prompt(question)
        .default(false)
        .wait_for_newline(true)
        .interact_on_opt(&term);
    restore(&term);
    match answer {
        Ok(Some(true)) => Answer::Yes,
        Ok(Some(false) | None) => Answer::No,
        Err(_) => Answer::Interrupted,
    }
}

/// Asks for a name to be typed; anything else is no.
pub fn ask_name(question: &str, name: &str) -> Answer {
    let term = Term::stderr();
    let typed: Result<String, _> =
        Input::new().with_prompt(question).allow_empty(true).interact_text_on(&term);
    restore(&term);
    match typed {
        Ok(typed) if typed.trim() == name => Answer::Yes,
        Ok(_) => Answer::No,
        Err(_) => Answer::Interrupted,
    }
}

/// A question that was interrupted leaves the cursor hidden.
fn restore(term: &Term) {
    let _ = term.show_cursor();
}
