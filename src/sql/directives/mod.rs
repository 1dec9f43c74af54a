//! `-- turnback:…` comments: parsed strictly, for what is misspelt here is missing at night.

mod checks;
mod detect;
mod nearest;
mod scan;

pub(super) use checks::{CheckDirective, read_check_line};
use detect::KEYWORDS;
pub(super) use nearest::{listed, nearest};
use scan::Scan;

use super::error::{ScriptError, Source};
use super::hazards::{UNPARSED, hazard_ids, is_rule_of_linter};
use super::script::{
    Adoption, Allowance, BackupRequest, ParsedScript, Requirement, TransactionMode,
};
use super::token::Comment;
use crate::model::{ColumnNeed, Engine, ObjectKind, ObjectName, ObjectRef};

/// Those that are about the whole script.
const HEADER_KEYWORDS: [&str; 4] = ["transaction", "requires", "adopt-if", "backup"];

/// Where a comment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Before the first statement.
    Header,
    /// Between statements, or behind the last one.
    Between,
    /// Inside a statement.
    Inside,
}

/// Directives that wait for the next statement.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pub allows: Vec<Allowance>,
    pub backfill: Option<ObjectName>,
    /// The columns in whose order its rows are taken, where any are named.
    pub backfill_order: Vec<String>,
    /// Where the backfill's table is named.
    pub backfill_at: usize,
    first_at: Option<usize>,
}

impl Pending {
    /// Whether the next statement may be one that squawk cannot read.
    pub fn allows_unparsed(&self) -> bool {
        self.allows.iter().any(|allowance| allowance.hazard == UNPARSED.id)
    }

    /// An error if a directive still waits.
    pub fn refuse_rest(&self, source: &Source<'_>) -> Result<(), ScriptError> {
        let Some(at) = self.first_at else { return Ok(()) };
        Err(ScriptError::Directive {
            message: "no statement follows this directive".to_owned(),
            hints: vec!["put it on the line above the statement it is for".to_owned()],
            place: source.place(at),
        })
    }
}

/// Whether a statement of the script runs in batches. This is asked before the first statement is
/// judged; what is wrong with a directive is said when it is read.
pub(super) fn has_backfill(source: &Source<'_>, engine: Engine, comments: &[Comment]) -> bool {
    comments.iter().any(|comment| {
        let span = detect::directive(source, comment).ok().flatten();
        span.is_some_and(|span| {
            Scan::new(source, engine, span.start, span.end).word() == "backfill"
        })
    })
}

/// Reads a comment; if it is a directive, notes what it says.
pub(super) fn read(
    source: &Source<'_>,
    engine: Engine,
    comment: &Comment,
    place: Place,
    script: &mut ParsedScript,
    pending: &mut Pending,
) -> Result<(), ScriptError> {
    let Some(span) = detect::directive(source, comment)? else { return Ok(()) };
    let mut line = Scan::new(source, engine, span.start, span.end);
    let at = line.offset();
    let keyword = line.word();
    let is_header = HEADER_KEYWORDS.contains(&keyword);
    if let Some((message, hint)) = misplaced(keyword, place) {
        return Err(line.error_at(at, message, vec![hint]));
    }
    match keyword {
        "transaction" => transaction(&mut line, script)?,
        "requires" => requires(&mut line, script)?,
        "adopt-if" => adopt_if(&mut line, script)?,
        "backup" => backup(&mut line, script)?,
        "backfill" => backfill(&mut line, pending)?,
        _ => allow(&mut line, pending)?,
    }
    if !is_header {
        pending.first_at.get_or_insert(at);
    }
    line.finish()
}

/// What is wrong with a directive of this name at this place, and what would be right.
fn misplaced(keyword: &str, place: Place) -> Option<(String, String)> {
    if !KEYWORDS.contains(&keyword) {
        let known = listed(&nearest(KEYWORDS, keyword));
        let hint = format!("known directives: {known}");
        return Some((format!("unknown directive `{keyword}`"), hint));
    }
    if place == Place::Inside {
        let message = format!("directive `{keyword}` stands inside a statement");
        return Some((message, "move it to a line above the statement".to_owned()));
    }
    if HEADER_KEYWORDS.contains(&keyword) && place != Place::Header {
        let message = format!("directive `{keyword}` stands behind the first statement");
        let hint = "it is about the whole script: move it to the head".to_owned();
        return Some((message, hint));
    }
    None
}

fn transaction(scan: &mut Scan<'_>, script: &mut ParsedScript) -> Result<(), ScriptError> {
    let at = scan.offset();
    let only_off = || vec!["write `-- turnback:transaction off`, or nothing".to_owned()];
    if scan.word() != "off" {
        return Err(scan.error_at(at, "`transaction` knows only `off`", only_off()));
    }
    if script.mode == TransactionMode::Off {
        return Err(duplicate(scan, at, "`transaction off`"));
    }
    script.mode = TransactionMode::Off;
    Ok(())
}

fn duplicate(scan: &Scan<'_>, at: usize, what: &str) -> ScriptError {
    scan.error_at(at, format!("{what} is given twice"), vec!["remove one of the two".to_owned()])
}

fn requires(scan: &mut Scan<'_>, script: &mut ParsedScript) -> Result<(), ScriptError> {
    loop {
        let at = scan.offset();
        let position = scan.position();
        let kind = object_kind(scan)?;
        let object = object(scan, kind)?;
        if script.requires.iter().any(|known| known.object == object) {
            return Err(duplicate(scan, at, &format!("`{object}`")));
        }
        let optional = scan.eat('?');
        script.requires.push(Requirement { object, optional, at: position });
        if !scan.eat(',') {
            return Ok(());
        }
    }
}

fn object_kind(scan: &mut Scan<'_>) -> Result<ObjectKind, ScriptError> {
    let at = scan.offset();
    let word = scan.word();
    ObjectKind::ALL.into_iter().find(|kind| kind.word() == word).ok_or_else(|| {
        let known = listed(&nearest(ObjectKind::ALL.map(ObjectKind::word), word));
        let message = if word.is_empty() {
            "expected the kind of an object".to_owned()
        } else {
            format!("`{word}` is no kind of object")
        };
        scan.error_at(at, message, vec![format!("each name needs its kind: {known}")])
    })
}

/// A name of the form its kind of object has.
fn object(scan: &mut Scan<'_>, kind: ObjectKind) -> Result<ObjectRef, ScriptError> {
    let at = scan.offset();
    let mut parts = scan.dotted(&format!("the name of the {kind}"))?;
    let (fewest, most, form) = match kind {
        ObjectKind::Column => (2, 3, "table.column` or `schema.table.column"),
        ObjectKind::Schema | ObjectKind::Extension | ObjectKind::Role => (1, 1, "name"),
        _ => (1, 2, "name` or `schema.name"),
    };
    if !(fewest..=most).contains(&parts.len()) {
        let message = format!("this is not the name of a {kind}");
        return Err(scan.error_at(at, message, vec![format!("write `{form}`")]));
    }
    let column = if kind == ObjectKind::Column { parts.pop() } else { None };
    let name = parts.pop().unwrap_or_default();
    Ok(ObjectRef { kind, name: ObjectName { schema: parts.pop(), name }, column })
}

fn adopt_if(scan: &mut Scan<'_>, script: &mut ParsedScript) -> Result<(), ScriptError> {
    let at = scan.offset();
    if scan.word() != "table" {
        let hints = vec!["write `-- turnback:adopt-if table <name>`".to_owned()];
        return Err(scan.error_at(at, "`adopt-if` knows only tables", hints));
    }
    let (at, position) = (scan.offset(), scan.position());
    let table = scan.table()?;
    if script.adopt_if.iter().any(|known| known.table == table) {
        return Err(duplicate(scan, at, &format!("`{table}`")));
    }
    let columns = scan.column_needs()?;
    script.adopt_if.push(Adoption { table, columns, at: position });
    Ok(())
}

fn backup(scan: &mut Scan<'_>, script: &mut ParsedScript) -> Result<(), ScriptError> {
    loop {
        let (at, position) = (scan.offset(), scan.position());
        let table = scan.table()?;
        if script.backups.iter().any(|known| known.table == table) {
            return Err(duplicate(scan, at, &format!("`{table}`")));
        }
        let columns = scan.columns()?;
        script.backups.push(BackupRequest { table, columns, at: position });
        if !scan.eat(',') {
            return Ok(());
        }
    }
}

fn backfill(scan: &mut Scan<'_>, pending: &mut Pending) -> Result<(), ScriptError> {
    let at = scan.offset();
    let table = scan.table()?;
    let order = scan.columns()?;
    if pending.backfill.is_some() {
        return Err(duplicate(scan, at, "`backfill`"));
    }
    pending.backfill = Some(table);
    pending.backfill_order = order;
    pending.backfill_at = at;
    Ok(())
}

fn allow(scan: &mut Scan<'_>, pending: &mut Pending) -> Result<(), ScriptError> {
    let (at, position) = (scan.offset(), scan.position());
    let hazard = scan.word().trim_end_matches('-');
    if !hazard_ids().any(|id| id == hazard) {
        return Err(unknown_hazard(scan, at, hazard));
    }
    if pending.allows.iter().any(|known| known.hazard == hazard) {
        return Err(duplicate(scan, at, &format!("`{hazard}`")));
    }
    if !(scan.eat('-') && scan.eat('-')) {
        return Err(without_reason(scan, hazard, "expected `-- <reason>`".to_owned()));
    }
    let reason = scan.rest().to_owned();
    if reason.is_empty() {
        let message = "expected a reason, but the directive ends here".to_owned();
        return Err(without_reason(scan, hazard, message));
    }
    scan.skip_rest();
    pending.allows.push(Allowance { hazard: hazard.to_owned(), reason, at: position });
    Ok(())
}

/// The hazards whose names are nearest to one that is none, as a list.
pub fn nearest_hazards(id: &str) -> String {
    let near = nearest(hazard_ids(), id);
    listed(&near[..near.len().min(3)])
}

fn without_reason(scan: &Scan<'_>, hazard: &str, message: String) -> ScriptError {
    let place = scan.source.place(scan.offset());
    ScriptError::AllowWithoutReason { message, hazard: hazard.to_owned(), place }
}

fn unknown_hazard(scan: &Scan<'_>, at: usize, hazard: &str) -> ScriptError {
    let place = scan.source.place(at);
    if is_rule_of_linter(hazard) {
        let message = format!("`{hazard}` is a rule of squawk that turnback does not apply");
        return ScriptError::UnknownHazard { message, hint: "remove the directive".into(), place };
    }
    let hint = format!("the nearest names: {}", nearest_hazards(hazard));
    let message = format!("unknown hazard `{hazard}`");
    ScriptError::UnknownHazard { message, hint, place }
}

/// Gives adoptions without a column list the columns of the table's `CREATE TABLE`.
pub(super) fn fill_adoptions(
    script: &mut ParsedScript,
    engine: Engine,
    created: &[(ObjectName, Vec<ColumnNeed>)],
) {
    for adoption in script.adopt_if.iter_mut().filter(|adoption| adoption.columns.is_empty()) {
        let found = created.iter().find(|(table, _)| is_same(engine, table, &adoption.table));
        if let Some((_, columns)) = found {
            adoption.columns.clone_from(columns);
        }
    }
}

/// Whether two names can mean the same table: a schema counts where both have one.
pub(super) fn is_same(engine: Engine, left: &ObjectName, right: &ObjectName) -> bool {
    let equal = |left: &str, right: &str| match engine {
        Engine::Postgres => left == right,
        Engine::Sqlite => left.eq_ignore_ascii_case(right),
    };
    let schemas = left.schema.as_deref().zip(right.schema.as_deref());
    equal(&left.name, &right.name) && schemas.is_none_or(|(left, right)| equal(left, right))
}
