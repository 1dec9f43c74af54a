//! Statements that are known to hurt a database in use.

use squawk_linter::{Linter, LinterSettings, Rule, Violation};
use squawk_syntax::SourceFile;

use super::error::Source;
use super::postgres::{is_small, with_stack};
use super::script::{ParsedScript, TransactionMode};
use super::token::lex;
use crate::model::{Engine, LineColumn};

/// The id that lets a statement pass which squawk cannot read.
pub(super) const UNPARSED: &str = "unparsed";

/// squawk's rules about locks, rewrites and scans, about what breaks an application that is
/// running, and about what is destroyed. Its rules of style (`prefer-…`, `require-table-schema`),
/// and those whose care turnback takes itself (timeouts, transactions, invalid concurrent
/// indexes, compatibility of replicas) are left out.
pub(super) const HAZARDS: [(&str, Rule); 22] = [
    ("adding-field-with-default", Rule::AddingFieldWithDefault),
    ("adding-foreign-key-constraint", Rule::AddingForeignKeyConstraint),
    ("adding-not-nullable-field", Rule::AddingNotNullableField),
    ("adding-required-field", Rule::AddingRequiredField),
    ("adding-serial-primary-key-field", Rule::AddingSerialPrimaryKeyField),
    ("ban-alter-domain-with-add-constraint", Rule::BanAlterDomainWithAddConstraint),
    ("ban-drop-column", Rule::BanDropColumn),
    ("ban-drop-database", Rule::BanDropDatabase),
    ("ban-drop-schema", Rule::BanDropSchema),
    ("ban-drop-table", Rule::BanDropTable),
    ("ban-drop-type", Rule::BanDropType),
    ("ban-set-schema", Rule::BanSetSchema),
    ("ban-truncate-cascade", Rule::BanTruncateCascade),
    ("changing-column-type", Rule::ChangingColumnType),
    ("constraint-missing-not-valid", Rule::ConstraintMissingNotValid),
    ("disallowed-unique-constraint", Rule::DisallowedUniqueConstraint),
    ("renaming-column", Rule::RenamingColumn),
    ("renaming-table", Rule::RenamingTable),
    ("require-concurrent-index-creation", Rule::RequireConcurrentIndexCreation),
    ("require-concurrent-index-deletion", Rule::RequireConcurrentIndexDeletion),
    ("require-concurrent-partition-detach", Rule::RequireConcurrentPartitionDetach),
    ("require-concurrent-reindex", Rule::RequireConcurrentReindex),
];

/// Whether squawk has a rule of this name, applied here or not.
pub(super) fn is_rule_of_linter(id: &str) -> bool {
    id.parse::<Rule>().is_ok()
}

/// A known danger of one statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hazard {
    /// The rule's name, as an `allow` directive gives it.
    pub id: String,
    /// What the danger is.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
    /// The statement's index in the script.
    pub statement: usize,
    /// Where exactly.
    pub at: LineColumn,
    /// Why the author accepts it, where a directive does.
    pub accepted: Option<String>,
}

/// The hazards of a script in their order. None are known of `SQLite`.
pub fn hazards(engine: Engine, text: &str, script: &ParsedScript) -> Vec<Hazard> {
    if engine == Engine::Sqlite || script.statements.is_empty() {
        return Vec::new();
    }
    let bare = without_comments(text, script);
    let in_transaction = script.mode == TransactionMode::Single;
    let lexed = lex(engine, &bare);
    let found = with_stack(is_small(&bare, &lexed.tokens), || lint(&bare, in_transaction));
    let unjudged = found.is_none().then(|| Hazard {
        id: UNPARSED.to_owned(),
        message: "The script could not be judged, so its locks and dangers are not known.".into(),
        help: None,
        statement: 0,
        at: script.statements[0].at,
        accepted: None,
    });
    // The linter's findings come in the order of the text, which keeps positions cheap.
    let source = Source::new("", text);
    let mut hazards: Vec<_> = found
        .unwrap_or_default()
        .into_iter()
        .filter_map(|violation| hazard(&source, script, violation))
        .chain(unread(script))
        .chain(unjudged)
        .collect();
    hazards.sort_by_key(|hazard| hazard.at);
    hazards
}

fn lint(text: &str, assume_in_transaction: bool) -> Vec<Violation> {
    let parse = SourceFile::parse(text);
    let mut linter = Linter::from(HAZARDS.map(|(_, rule)| rule));
    // The oldest server that is supported: what is a hazard only there is one.
    let pg_version = "14".parse().unwrap_or_default();
    linter.settings = LinterSettings { pg_version, assume_in_transaction };
    linter.lint(&parse, text)
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

fn hazard(source: &Source<'_>, script: &ParsedScript, violation: Violation) -> Option<Hazard> {
    let offset = usize::from(violation.text_range.start());
    let behind = script.statements.partition_point(|statement| statement.span.start <= offset);
    let statement = behind.checked_sub(1)?;
    let id = HAZARDS.iter().find(|(_, rule)| *rule == violation.code)?.0.to_owned();
    let allowed = script.statements[statement].allows.iter().find(|allow| allow.hazard == id);
    Some(Hazard {
        accepted: allowed.map(|allow| allow.reason.clone()),
        id,
        message: violation.message,
        help: violation.help,
        statement,
        at: source.at(offset),
    })
}

/// A statement that passed unread is a hazard by itself: nobody looked for others in it.
fn unread(script: &ParsedScript) -> impl Iterator<Item = Hazard> {
    let unread = script.statements.iter().enumerate().filter(|(_, statement)| statement.unparsed);
    unread.map(|(index, statement)| Hazard {
        id: UNPARSED.to_owned(),
        message: "The statement could not be read, so its locks and dangers are not known.".into(),
        help: None,
        statement: index,
        at: statement.at,
        accepted: statement
            .allows
            .iter()
            .find(|allow| allow.hazard == UNPARSED)
            .map(|allow| allow.reason.clone()),
    })
}
