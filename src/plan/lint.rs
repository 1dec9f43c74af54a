//! What is wrong with scripts, as far as the scripts themselves show it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::model::{Diagnose, Digest, Engine, Excerpt, LineColumn, Problem};
use crate::sets::{FileFault, LooseFault, LooseScript, Role};
use crate::settings::LintLevels;
use crate::sql::{
    ALLOW_WITHOUT_REASON, Allowance, Faults, Ground, Hazard, HazardLevel, INVALID_FILE,
    INVALID_SCRIPT, ParsedScript, ScriptError, SqliteVersion, UNKNOWN_HAZARD, UNUSED_ALLOW,
    hazards_on, parse_checks, review,
};

/// One thing that is wrong with a script, or dangerous.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LintFinding {
    /// Its name.
    pub id: &'static str,
    /// How much it weighs; never [`HazardLevel::Off`].
    pub level: HazardLevel,
    /// What was found, in a sentence without its full stop.
    pub message: String,
    /// What to write instead, or to do.
    pub help: Option<String>,
    /// Where.
    pub place: Excerpt,
    /// Where the statement ends.
    pub end: Option<LineColumn>,
    /// The statement in a few words.
    pub statement: Option<String>,
    /// What stays the same where the script is changed elsewhere: the statement's text, hashed.
    pub likeness: Option<String>,
    /// Why the author accepts it.
    pub accepted: Option<String>,
}

impl LintFinding {
    /// Whether the script cannot be used at all.
    pub fn is_invalid(&self) -> bool {
        [INVALID_FILE, INVALID_SCRIPT].contains(&self.id)
    }
}

/// What scripts are judged by.
#[derive(Debug, Clone)]
pub struct Linter<'a> {
    /// The engine, where the user says so.
    pub engine: Option<Engine>,
    /// The engine where nothing says so.
    pub usual: Engine,
    /// The oldest `SQLite`, where the user says so.
    pub minimum: Option<SqliteVersion>,
    /// How much findings weigh.
    pub levels: &'a LintLevels,
    /// What the scripts of each home have made so far.
    pub homes: BTreeMap<PathBuf, Ground>,
}

/// The longest line that is kept to be shown.
const SHOWN_LINE: usize = 4096;

/// A file that is no script.
pub fn lint_fault((fault, at): LooseFault) -> LintFinding {
    let message = fault.to_string();
    let FileFault { file, kind } = fault;
    let place = Excerpt { at, ..Excerpt::of_file(file) };
    invalid(INVALID_FILE, message, Some(kind.hint().to_owned()), place)
}

fn invalid(id: &'static str, message: String, help: Option<String>, place: Excerpt) -> LintFinding {
    LintFinding {
        id,
        level: HazardLevel::Error,
        message,
        help,
        place,
        end: None,
        statement: None,
        likeness: None,
        accepted: None,
    }
}

impl Linter<'_> {
    /// What is wrong with a script, in the order of its text. What it makes is known to those of
    /// the same home that come behind it.
    pub fn script(&mut self, loose: &LooseScript) -> Vec<LintFinding> {
        let LooseScript { home, script } = loose;
        let engine = self.engine.or(home.engine).unwrap_or(self.usual);
        let (file, text) = (&script.file, &script.stored.text);
        if home.role == Role::Check {
            let fault = parse_checks(engine, file, text).err();
            return fault.iter().filter_map(|it| self.fault(it)).collect();
        }
        let review = review(engine, file, text, Faults::Collect);
        let mut found: Vec<_> = review.faults.iter().filter_map(|it| self.fault(it)).collect();
        if home.role != Role::Fixture {
            let minimum = home.minimum_server.as_deref().and_then(SqliteVersion::parse);
            let minimum = self.minimum.or(minimum).unwrap_or(SqliteVersion::OLDEST);
            let ground = self.homes.entry(home.directory.clone()).or_default();
            ground.sqlite = minimum;
            let hazards = hazards_on(engine, text, &review.script, ground);
            if engine == Engine::Sqlite && home.role == Role::Migration {
                ground.schema.learn(text, &review.script);
            }
            found.extend(self.judged(loose, &review.script, hazards));
        }
        found.sort_by_key(|it| it.place.at);
        found
    }

    /// How much a finding weighs, unless it is not looked for.
    fn level(&self, id: &str, usual: HazardLevel) -> Option<HazardLevel> {
        let level = self.levels.get(id).unwrap_or(usual);
        (level != HazardLevel::Off).then_some(level)
    }

    fn fault(&self, error: &ScriptError) -> Option<LintFinding> {
        let Problem { message, place, hints, .. } = error.problem();
        let place = place.map(short)?;
        let help = hints.into_iter().next();
        let (id, message) = match error {
            ScriptError::AllowWithoutReason { hazard, .. } => {
                (ALLOW_WITHOUT_REASON, format!("`{hazard}` is allowed without a reason"))
            }
            ScriptError::UnknownHazard { .. } => (UNKNOWN_HAZARD, message),
            _ => (INVALID_SCRIPT, message),
        };
        let level = self.level(id, HazardLevel::Error)?;
        Some(LintFinding { level, ..invalid(id, message, help, place) })
    }

    /// The hazards, and the allowances that there is no hazard for.
    fn judged(
        &self,
        loose: &LooseScript,
        script: &ParsedScript,
        hazards: Vec<Hazard>,
    ) -> Vec<LintFinding> {
        let text = &loose.script.stored.text;
        let lines = Lines::of(&loose.script.file, text);
        let mut found = self.unused(&lines, script, &hazards);
        let is_back = loose.home.role == Role::Rollback;
        let hazards = hazards.into_iter().filter(|it| !(is_back && is_purpose(it.id())));
        found.extend(hazards.filter_map(|it| self.hazard(&lines, script, it)));
        found
    }

    fn hazard(&self, lines: &Lines<'_>, script: &ParsedScript, it: Hazard) -> Option<LintFinding> {
        let (id, message, help) = (it.id(), it.message(), it.help.clone());
        let statement = &script.statements[it.statement];
        let level = self.level(id, it.level)?;
        let place = lines.place(it.at);
        Some(LintFinding {
            level,
            end: Some(it.end),
            statement: Some(statement.summary.clone()),
            likeness: Some(likeness(&lines.text[statement.span.clone()])),
            accepted: it.accepted,
            ..invalid(id, message, help, place)
        })
    }

    fn unused(
        &self,
        lines: &Lines<'_>,
        script: &ParsedScript,
        hazards: &[Hazard],
    ) -> Vec<LintFinding> {
        let Some(level) = self.level(UNUSED_ALLOW, HazardLevel::Warning) else {
            return Vec::new();
        };
        let statements = script.statements.iter().enumerate();
        let allowed = statements.flat_map(|(index, it)| it.allows.iter().map(move |a| (index, a)));
        let unused = allowed.filter(|(index, allow)| {
            hazards.iter().all(|it| it.statement != *index || it.id() != allow.hazard)
        });
        let finding = |(index, allow): (usize, &Allowance)| {
            let summary = &script.statements[index].summary;
            let message =
                format!("`{}` is allowed here, and `{summary}` does not have it", allow.hazard);
            LintFinding {
                level,
                statement: Some(summary.clone()),
                likeness: Some(likeness(&allow.hazard)),
                ..invalid(
                    UNUSED_ALLOW,
                    message,
                    Some("remove the directive".to_owned()),
                    lines.place(allow.at),
                )
            }
        };
        unused.map(finding).collect()
    }
}

/// Whether a rollback is there to do this: what it drops and renames by name is saved first.
fn is_purpose(hazard: &str) -> bool {
    const NEVER: [&str; 2] = ["ban-drop-cascade", "ban-drop-database"];
    let drops = hazard.starts_with("ban-drop-") && !NEVER.contains(&hazard);
    drops || hazard.starts_with("renaming-")
}

/// A text's hash, whatever its white space.
fn likeness(text: &str) -> String {
    Digest::of(text.split_whitespace().collect::<Vec<_>>().join(" ")).to_string()
}

fn short(mut place: Excerpt) -> Excerpt {
    place.line_text = place.line_text.filter(|line| line.len() <= SHOWN_LINE);
    place
}

/// A file's lines, to be shown.
struct Lines<'a> {
    file: &'a str,
    text: &'a str,
    all: Vec<&'a str>,
}

impl<'a> Lines<'a> {
    fn of(file: &'a str, text: &'a str) -> Self {
        Self { file, text, all: text.lines().collect() }
    }

    fn place(&self, at: LineColumn) -> Excerpt {
        let line = self.all.get(at.line - 1).map(|line| (*line).to_owned());
        short(Excerpt { file: self.file.to_owned(), at: Some(at), line_text: line })
    }
}
