//! Statements that are known to hurt a database in use.
//!
//! What is known of each is data, in [`CATALOGUE`]; a script is looked at for all of them, and where
//! its text does not suffice a [`Doubt`] says what to ask the database.

mod before;
mod catalogue;
mod column;
mod doubt;
mod functions;
pub(super) mod rule;
mod rules;
mod scene;
mod squawk;

use squawk_linter::{Linter, LinterSettings, Rule, Violation};
use squawk_syntax::SourceFile;
use squawk_syntax::ast::{AstNode, Stmt};

use super::error::Source;
use super::postgres::{is_small, with_stack};
use super::script::{ParsedScript, Statement, TransactionMode};
use super::sqlite::hazards::{SqliteSchema, hazards as sqlite_hazards};
use super::sqlite::version::SqliteVersion;
use super::token::lex;
use crate::model::{Engine, LineColumn};

pub use before::Before;
pub use catalogue::{CATALOGUE, hazard_ids, hazard_rule};
pub use doubt::Doubt;
pub use rule::{Cost, Example, HazardLevel, HazardLock, HazardRule};

use rule::Find;
pub(super) use rules::UNPARSED;
use scene::{Mark, Scene};
use squawk::doubt_of;

/// Whether squawk has a rule of this name, applied here or not.
pub(super) fn is_rule_of_linter(id: &str) -> bool {
    id.parse::<Rule>().is_ok()
}

/// A known danger of one statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hazard {
    /// What is known of it everywhere.
    pub rule: &'static HazardRule,
    /// How much it weighs here.
    pub level: HazardLevel,
    /// What the danger is here, where more is known than the rule says; without its full stop.
    pub here: Option<String>,
    /// What to write instead, where that depends on the statement.
    pub help: Option<String>,
    /// The statement's index in the script.
    pub statement: usize,
    /// Where it begins.
    pub at: LineColumn,
    /// Where it ends.
    pub end: LineColumn,
    /// Why the author accepts it, where a directive does.
    pub accepted: Option<String>,
    /// What the database decides.
    pub doubt: Doubt,
    /// What the database said, where it was asked: `users has about 1,200,000 rows in 310 MB`.
    pub measured: Option<String>,
}

impl Hazard {
    /// Its name.
    pub const fn id(&self) -> &'static str {
        self.rule.id
    }

    /// What the danger is here, in a sentence without its full stop.
    pub fn message(&self) -> String {
        let danger = self.here.as_deref().unwrap_or(self.rule.title);
        match &self.measured {
            Some(measured) => format!("{danger} ({measured})"),
            None => danger.to_owned(),
        }
    }

    /// What to write instead, in sentences.
    pub fn help(&self) -> &str {
        self.help.as_deref().unwrap_or(self.rule.instead)
    }
}

/// What is known of where a script is to run, for who has no database to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ground {
    /// The oldest `SQLite` that it must run on.
    pub sqlite: SqliteVersion,
    /// What scripts before it have made, on `SQLite`.
    pub schema: SqliteSchema,
}

impl Default for Ground {
    /// The program's own `SQLite`, and a schema nobody has seen.
    fn default() -> Self {
        Self { sqlite: SqliteVersion::BUILT_IN, schema: SqliteSchema::default() }
    }
}

/// The hazards of a script in their order, as far as its text tells: for who has no database to ask.
pub fn hazards_on(
    engine: Engine,
    text: &str,
    script: &ParsedScript,
    ground: &Ground,
) -> Vec<Hazard> {
    if engine == Engine::Sqlite {
        return of_sqlite(text, script, ground);
    }
    let mut found = suspicions(engine, text, script, &mut Before::default());
    found.retain(|hazard| hazard.doubt.counts_unasked());
    found
}

/// All that may be a hazard of a script, in order: for who asks a database about each
/// [`Hazard::doubt`]. `before` is what the scripts leave that run first, and will hold what this one
/// leaves.
pub fn suspicions(
    engine: Engine,
    text: &str,
    script: &ParsedScript,
    before: &mut Before,
) -> Vec<Hazard> {
    if engine == Engine::Sqlite {
        let mut found = of_sqlite(text, script, &Ground::default());
        // Notes are for whoever writes a script, not for whoever runs it.
        found.retain(|hazard| hazard.level > HazardLevel::Note);
        return found;
    }
    if script.statements.is_empty() {
        return Vec::new();
    }
    let bare = without_comments(text, script);
    let lexed = lex(engine, &bare);
    let found = with_stack(is_small(&bare, &lexed.tokens), || marks(&bare, script, before));
    let unjudged = found.is_none().then(|| script.statements[0].span.start);
    let unread = script.statements.iter().filter(|it| it.unparsed).map(|it| it.span.start);
    let unread =
        unread.chain(unjudged).map(|at| (&UNPARSED, Mark { range: at..at, doubt: Doubt::Settled }));
    let mut found: Vec<_> = found.unwrap_or_default().into_iter().chain(unread).collect();
    // Positions are cheap in the order of the text.
    found.sort_by_key(|(rule, mark)| (mark.range.start, rule.id));
    let source = Source::new("", text);
    found.into_iter().filter_map(|(rule, mark)| hazard(&source, script, rule, mark)).collect()
}

fn of_sqlite(text: &str, script: &ParsedScript, ground: &Ground) -> Vec<Hazard> {
    let source = Source::new("", text);
    let found = sqlite_hazards(text, script, ground.sqlite, &ground.schema);
    let hazards = found.into_iter().map(|it| {
        let statement = &script.statements[it.statement];
        Hazard {
            rule: it.rule,
            level: it.level,
            here: Some(it.message.trim_end_matches('.').to_owned()),
            help: it.help,
            statement: it.statement,
            at: source.at(it.at),
            end: source.at(statement.span.end),
            accepted: accepted(statement, it.rule),
            doubt: Doubt::Settled,
            measured: None,
        }
    });
    hazards.collect()
}

/// Why the author accepts a hazard of a statement, where a directive does.
fn accepted(statement: &Statement, rule: &HazardRule) -> Option<String> {
    let allowed = statement.allows.iter().find(|allow| allow.hazard == rule.id);
    allowed.map(|allow| allow.reason.clone())
}

/// What looks like a hazard, in a text where statements stand at their places.
fn marks(
    text: &str,
    script: &ParsedScript,
    before: &mut Before,
) -> Vec<(&'static HazardRule, Mark)> {
    let parse = SourceFile::parse(text);
    let mut found = Vec::new();
    let violations = lint(&parse, text, script.mode == TransactionMode::Single);
    let mut violations = violations.into_iter().peekable();
    let all: Vec<Stmt> = parse.tree().stmts().collect();
    before.begin(&all);
    for syntax in &all {
        let range = syntax.syntax().text_range();
        let Some((_, statement)) = script.statement_at(usize::from(range.start())) else {
            continue;
        };
        let scene = Scene { syntax, statement, before };
        let mut add = |rule, mark: Mark| {
            if !scene.is_made_here(&mark.doubt) {
                found.push((rule, mark));
            }
        };
        while let Some(violation) = violations.next_if(|it| it.text_range.start() < range.end()) {
            let range = violation.text_range;
            let range = usize::from(range.start())..usize::from(range.end());
            if let Some(rule) = rule_of(violation.code) {
                let doubt = doubt_of(scene, &range);
                add(rule, Mark { range, doubt });
            }
        }
        for rule in CATALOGUE {
            if let Find::Syntax(look) = rule.find {
                for mark in look(scene) {
                    add(rule, mark);
                }
            }
        }
        before.add(syntax, statement, script.mode);
    }
    found
}

fn rule_of(code: Rule) -> Option<&'static HazardRule> {
    CATALOGUE.into_iter().find(|it| matches!(it.find, Find::Squawk(rule) if rule == code))
}

/// squawk's findings in the order of the text.
fn lint(
    parse: &squawk_syntax::Parse<SourceFile>,
    text: &str,
    assume_in_transaction: bool,
) -> Vec<Violation> {
    let rules = CATALOGUE.into_iter().filter_map(|it| match it.find {
        Find::Squawk(rule) => Some(rule),
        Find::Syntax(_) | Find::Elsewhere => None,
    });
    let mut linter = Linter::from(rules.collect::<Vec<_>>());
    // The oldest server that is supported: what is a hazard only there is one.
    let pg_version = "14".parse().unwrap_or_default();
    linter.settings = LinterSettings { pg_version, assume_in_transaction };
    let mut found = linter.lint(parse, text);
    found.sort_by_key(|it| it.text_range.start());
    found
}

/// The statements at their places with spaces between them: a comment for squawk itself would
/// accept a hazard without a reason. Statements squawk cannot read are left out as well.
fn without_comments(text: &str, script: &ParsedScript) -> String {
    let mut bare = String::with_capacity(text.len());
    for statement in script.statements.iter().filter(|statement| !statement.unparsed) {
        let gap = statement.span.start.saturating_sub(bare.len());
        bare.extend(std::iter::repeat_n(' ', gap));
        let comments = lex(Engine::Postgres, &text[statement.span.clone()]).comments;
        let mut at = statement.span.start;
        for comment in comments {
            let start = statement.span.start + comment.span.start;
            bare.push_str(&text[at..start]);
            bare.extend(std::iter::repeat_n(' ', comment.span.len()));
            at = start + comment.span.len();
        }
        bare.push_str(&text[at..statement.span.end]);
        bare.push(';');
    }
    bare
}

fn hazard(
    source: &Source<'_>,
    script: &ParsedScript,
    rule: &'static HazardRule,
    Mark { range, doubt }: Mark,
) -> Option<Hazard> {
    let (index, statement) = script.statement_at(range.start)?;
    Some(Hazard {
        rule,
        level: rule.level,
        here: None,
        help: None,
        statement: index,
        at: source.at(range.start),
        end: source.at(range.end),
        accepted: accepted(statement, rule),
        doubt,
        measured: None,
    })
}
