//! One place decides where output goes: data on stdout, everything else on stderr.

use std::io::{self, Write};

use serde_json::Value;

use crate::model::Problem;
use crate::report::{Document, Subject, failure_document, problem_text};

/// The form of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON document.
    Json,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Color {
    /// When writing to a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How much is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verbosity {
    /// Results and errors only.
    Quiet,
    /// Facts beside the result too.
    Normal,
    /// The server's notices and the queries as well.
    Verbose,
}

/// Prints.
#[derive(Debug, Clone, Copy)]
pub struct Printer {
    format: Format,
    verbosity: Verbosity,
}

impl Printer {
    /// A printer for the run. Sets the process's use of colours.
    pub fn new(format: Format, verbosity: Verbosity, color: Color) -> Self {
        if color != Color::Auto {
            console::set_colors_enabled_stderr(color == Color::Always);
        }
        Self { format, verbosity }
    }

    /// How much is printed.
    pub const fn verbosity(self) -> Verbosity {
        self.verbosity
    }

    /// A command's result, on stdout. `Err` when stdout is closed or full.
    pub fn document(self, document: &Document, subject: &Subject) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        match self.format {
            Format::Text => stdout.write_all(document.text.as_bytes())?,
            Format::Json => write_json(&mut stdout, &document.json(subject))?,
        }
        stdout.flush()
    }

    /// A failure: on stderr for people, as the document on stdout for machines.
    pub fn failure(
        self,
        command: &'static str,
        problem: &Problem,
        subject: &Subject,
    ) -> io::Result<()> {
        match self.format {
            Format::Text => {
                let head = console::style("error").for_stderr().red().bold();
                write!(io::stderr().lock(), "{head}: {}", problem_text(problem))
            }
            Format::Json => {
                let document = failure_document(command, problem);
                let mut stdout = io::stdout().lock();
                write_json(&mut stdout, &document.json(subject))?;
                stdout.flush()
            }
        }
    }

    /// The result could not be printed, which is said on stderr.
    pub fn lost_output(self, error: &io::Error) {
        let _ = writeln!(io::stderr().lock(), "error: cannot write the output: {error}");
    }

    /// A fact beside the result, on stderr.
    pub fn note(self, text: &str) {
        if self.verbosity != Verbosity::Quiet {
            let head = console::style("note").for_stderr().cyan();
            // Nobody is left to tell that stderr is gone.
            let _ = writeln!(io::stderr().lock(), "{head}: {text}");
        }
    }

    /// Text as it is, on stderr: what a question is about.
    pub fn ground(self, text: &str) {
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }
}

fn write_json(to: &mut impl Write, value: &Value) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *to, value)?;
    to.write_all(b"\n")
}
