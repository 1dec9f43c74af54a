//! The terminal: what is printed where, progress, questions.

mod backfill;
mod ongoing;
mod printer;
mod progress;
mod prompt;

pub use printer::{Color, Format, Printer, Verbosity};
pub use progress::{Ending, ProgressBars};
pub use prompt::{Answer, ask_name, ask_yes_no, can_ask};
