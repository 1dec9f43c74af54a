//! Confirmation of what destroys.

use super::{Context, Failure};
use crate::model::{Problem, ProblemKind};
use crate::ui::{Answer, ask_name, ask_yes_no, can_ask};

/// What the operator is asked.
pub(super) enum Question<'a> {
    /// To agree.
    Agree(&'a str),
    /// To type the name of a protected database.
    TypeName(&'a str),
}

/// Refuses where there is nobody to ask. `what` is the action, `flags` what goes ahead without
/// asking.
pub(super) fn need_terminal(what: &str, flags: &str) -> Result<(), Failure> {
    let ways = format!("{flags} goes ahead without asking; --dry-run shows what would be done");
    need_terminal_or(what, &ways)
}

/// The same where there is more to say, or less, of what to do instead.
pub(super) fn need_terminal_or(what: &str, ways: &str) -> Result<(), Failure> {
    if can_ask() {
        return Ok(());
    }
    let message = format!("{what} needs confirmation, and there is no terminal to ask on");
    Err(Problem::new(ProblemKind::Declined, message).note("nothing was done").hint(ways).into())
}

/// Shows the ground and asks.
pub(super) fn ask(context: &Context, ground: &str, question: &Question<'_>) -> Result<(), Failure> {
    context.printer.ground(ground);
    let interrupt = &context.interrupt;
    let answer = match question {
        Question::Agree(question) => ask_yes_no(question, interrupt),
        Question::TypeName(name) => {
            let question = format!("This database is protected. Type its name ({name}) to go on");
            ask_name(&question, name, interrupt)
        }
    };
    match answer {
        Answer::Yes => Ok(()),
        Answer::No => Err(Problem::new(ProblemKind::Declined, "declined; nothing was done").into()),
        Answer::Interrupted => {
            Err(Problem::new(ProblemKind::Interrupted, "interrupted; nothing was done").into())
        }
    }
}
