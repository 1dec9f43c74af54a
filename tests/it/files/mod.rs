//! Files: what is wrong with them is said before a database is asked, and `turnback.toml`.

mod directives;
mod requires;
mod scripts;
mod sets;
mod settings;

use crate::support::{Project, Run};

/// A URL where nothing answers: a command that asks it fails with exit code 1.
const NOWHERE: &str = "postgres://nobody@127.0.0.1:1/nowhere";

/// What a fault in a script must look like.
struct Fault<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    /// The line it stands in.
    source: &'a str,
    /// A part of the message.
    message: &'a str,
    /// A part of a hint.
    hint: &'a str,
}

impl Fault<'_> {
    /// The message with its place, line and caret, as people read it.
    #[track_caller]
    fn is_shown_by(&self, run: &Run) {
        let Self { file, line, column, source, message, hint } = self;
        let gutter = " ".repeat(line.to_string().len());
        let caret = " ".repeat(column - 1);
        let place =
            format!("  --> {file}:{line}:{column}\n   {line} | {source}\n   {gutter} | {caret}^\n");
        assert_eq!(run.code, 2, "{run}");
        assert_eq!(run.stdout, "", "{run}");
        assert!(run.stderr.starts_with("error: "), "{run}");
        let headline = run.stderr.lines().next().unwrap_or_default();
        assert!(headline.contains(message), "{message:?} is not in the headline of\n{run}");
        assert!(run.stderr.contains(&place), "this is missing:\n{place}in\n{run}");
        let hinted = run.stderr.lines().any(|it| it.starts_with("  next: ") && it.contains(hint));
        assert!(hinted, "no hint says {hint:?}:\n{run}");
    }

    /// The same, as machines read it.
    #[track_caller]
    fn is_told_by(&self, run: &Run) {
        assert_eq!((run.code, run.stderr.as_str()), (2, ""), "{run}");
        let document = run.json();
        let error = &document["error"];
        assert_eq!(document["ok"], false, "{run}");
        assert_eq!(document["exit_code"], 2, "{run}");
        assert_eq!(error["kind"], "invalid_set", "{run}");
        assert_eq!(error["file"], self.file, "{run}");
        assert_eq!((&error["line"], &error["column"]), (&self.line.into(), &self.column.into()));
        assert!(error["message"].as_str().unwrap().contains(self.message), "{run}");
        assert!(error["hints"].to_string().contains(&*self.hint.escape_debug().to_string()));
    }
}

/// Runs a command in both forms.
fn both(project: &Project, command: &[&str]) -> (Run, Run) {
    let json = [command, &["--format", "json"]].concat();
    (project.run(command), project.run(&json))
}
