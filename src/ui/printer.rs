//! One place decides where output goes: data on stdout, everything else on stderr.

use std::fmt;
use std::io::{self, Write};

use serde_json::Value;

use crate::model::Problem;
use crate::report::{
    CiRun, Document, Subject, failure_document, github, gitlab, junit, problem_text, sarif,
};

/// The form of the output.
#[expect(clippy::doc_markdown, reason = "the doc comments are the help")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON document.
    Json,
    /// SARIF, for code scanning.
    Sarif,
    /// JUnit's XML, for reports of tests.
    Junit,
    /// GitHub's annotations.
    Github,
    /// GitLab's code quality report.
    Gitlab,
}

impl Format {
    /// Whether only findings can be told in it.
    pub const fn is_for_findings(self) -> bool {
        matches!(self, Self::Sarif | Self::Junit | Self::Github | Self::Gitlab)
    }
}

impl fmt::Display for Format {
    /// As it is written on the command line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Junit => "junit",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
        })
    }
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

    /// The form of the output.
    pub const fn format(self) -> Format {
        self.format
    }

    /// How much is printed.
    pub const fn verbosity(self) -> Verbosity {
        self.verbosity
    }

    /// A command's result, on stdout. `Err` when stdout is closed or full.
    pub fn document(self, document: &Document, subject: &Subject) -> io::Result<()> {
        let run = || CiRun::ended(document, subject);
        match self.format {
            _ if document.verbatim => write_text(&document.text),
            Format::Text => write_text(&document.text),
            Format::Json => write_json(&document.json(subject)),
            Format::Sarif => write_json(&sarif(&run())),
            Format::Junit => write_text(&junit(&run())),
            Format::Github => write_text(&github(&run())),
            Format::Gitlab => write_json(&gitlab(&run())),
        }
    }

    /// A failure: on stderr for people, as the document on stdout for machines. Who reads a report
    /// of continuous integration also reads the log.
    pub fn failure(
        self,
        command: &'static str,
        problem: &Problem,
        subject: &Subject,
    ) -> io::Result<()> {
        if self.format != Format::Json {
            let head = console::style("error").for_stderr().red().bold();
            write!(io::stderr().lock(), "{head}: {}", problem_text(problem))?;
        }
        let run = || CiRun::failed(command, problem, subject);
        match self.format {
            Format::Text => Ok(()),
            Format::Json => write_json(&failure_document(command, problem).json(subject)),
            Format::Sarif => write_json(&sarif(&run())),
            Format::Junit => write_text(&junit(&run())),
            Format::Github => write_text(&github(&run())),
            Format::Gitlab => write_json(&gitlab(&run())),
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

fn write_text(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

fn write_json(value: &Value) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    serde_json::to_writer_pretty(&mut stdout, value)?;
    stdout.write_all(b"\n")?;
    stdout.flush()
}
