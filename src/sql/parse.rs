//! A script's text as a [`ParsedScript`].

use super::backfill::{self, Backfill};
use super::directives::{self, Pending, Place};
use super::error::{ScriptError, Source};
use super::meaning::Meaning;
use super::postgres::{self, with_stack};
use super::rename::rename;
use super::schemas::named_schemas;
use super::script::{ParsedScript, RowChange, Statement, TransactionMode};
use super::split::{Piece, split};
use super::summary::summary;
use super::token::{Lexed, Token, lex};
use super::words::Words;
use super::{rules, sqlite};
use crate::model::{ColumnNeed, Engine, ObjectName};

/// What a server takes in one piece; offsets up to here fit in 32 bits.
const LARGEST: usize = 1 << 30;

/// How many faults of a script are collected: more than anybody reads, and each has its line.
const MOST_FAULTS: usize = 100;

/// Reads a script: its statements in order, each classified, and its directives. `file` is the name
/// that errors show.
pub fn parse(engine: Engine, file: &str, text: &str) -> Result<ParsedScript, ScriptError> {
    match review(engine, file, text, Faults::Stop) {
        Review { faults, script } if faults.is_empty() => Ok(script),
        Review { mut faults, .. } => Err(faults.swap_remove(0)),
    }
}

/// What to do where a script is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Faults {
    /// Leave it at the first one.
    Stop,
    /// Note it, leave out the statement or directive, and read on.
    Collect,
}

/// A script as far as it can be read, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// What was read.
    pub script: ParsedScript,
    /// What was not, in the order of the text. With [`Faults::Stop`] there is one at most.
    pub faults: Vec<ScriptError>,
}

/// Reads a script as [`parse`] does, and as far as it is told to where it is wrong.
pub fn review(engine: Engine, file: &str, text: &str, faults: Faults) -> Review {
    let unread = |fault| Review { script: ParsedScript::empty(), faults: vec![fault] };
    let source = Source::new(file, text);
    if text.len() > LARGEST {
        return unread(ScriptError::TooLarge {
            place: Box::new(crate::model::Excerpt::of_file(file)),
        });
    }
    if let Some(at) = text.find('\0') {
        return unread(ScriptError::NulCharacter { place: source.place(at) });
    }
    let lexed = lex(engine, text);
    let pieces = split(engine, text, &lexed.tokens);
    let is_small = engine == Engine::Sqlite
        || pieces.iter().all(|piece| postgres::is_small(text, &lexed.tokens[piece.tokens.clone()]));
    let work = || {
        let source = Source::new(file, text);
        Reader::new(engine, &source, &lexed, faults).read(&pieces)
    };
    with_stack(is_small, work).unwrap_or_else(|| {
        unread(ScriptError::Syntax {
            message: "the parser failed on this script".to_owned(),
            place: source.place(0),
            can_be_allowed: false,
        })
    })
}

/// A script on its way from tokens to statements.
struct Reader<'a> {
    engine: Engine,
    source: &'a Source<'a>,
    lexed: &'a Lexed,
    /// The first comment not yet read.
    comment: usize,
    /// Whether a statement runs in batches, which are no part of one transaction.
    has_backfill: bool,
    script: ParsedScript,
    pending: Pending,
    created: Vec<(ObjectName, Vec<ColumnNeed>)>,
    on_fault: Faults,
    faults: Vec<ScriptError>,
}

impl<'a> Reader<'a> {
    fn new(engine: Engine, source: &'a Source<'a>, lexed: &'a Lexed, on_fault: Faults) -> Self {
        Self {
            engine,
            source,
            lexed,
            comment: 0,
            has_backfill: directives::has_backfill(source, engine, &lexed.comments),
            script: ParsedScript::empty(),
            pending: Pending::default(),
            created: Vec::new(),
            on_fault,
            faults: Vec::new(),
        }
    }

    fn read(mut self, pieces: &[Piece]) -> Review {
        if let Err(fault) = self.read_all(pieces) {
            self.faults.push(fault);
        }
        self.script.mode = self.mode();
        directives::fill_adoptions(&mut self.script, self.engine, &self.created);
        Review { script: self.script, faults: self.faults }
    }

    /// Stops at a fault, or notes it.
    fn heed(&mut self, read: Result<(), ScriptError>) -> Result<(), ScriptError> {
        match (read, self.on_fault) {
            (Err(fault), Faults::Collect) if self.faults.len() < MOST_FAULTS => {
                self.faults.push(fault);
                Ok(())
            }
            (read, _) => read,
        }
    }

    /// Reads in the order of the text, so that the first error in the file is the one reported.
    fn read_all(&mut self, pieces: &[Piece]) -> Result<(), ScriptError> {
        for piece in pieces {
            let tokens = &self.lexed.tokens[piece.tokens.clone()];
            let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else { continue };
            self.comments_until(first.start(), None)?;
            if self.on_fault == Faults::Collect && self.is_cut(piece) {
                break;
            }
            let read = self.statement(piece, tokens, *first, *last);
            let read = read.map_err(|error| self.blame(piece, error));
            self.heed(read)?;
            let end = self.lexed.tokens.get(piece.tokens.end).map_or(last.end(), |t| t.start());
            self.comments_until(end, Some(Place::Inside))?;
        }
        self.comments_until(usize::MAX, None)?;
        match self.fault() {
            Some(fault) => Err(fault),
            None => self.pending.refuse_rest(self.source),
        }
    }

    /// How the script runs, as far as it was read.
    fn mode(&self) -> TransactionMode {
        if self.has_backfill { TransactionMode::Off } else { self.script.mode }
    }

    /// Where the lexer stopped, if it did.
    fn fault(&self) -> Option<ScriptError> {
        let fault = self.lexed.fault.as_ref()?;
        Some(ScriptError::Syntax {
            message: fault.message.clone(),
            place: self.source.place(fault.at),
            can_be_allowed: false,
        })
    }

    /// A statement that a string without an end cut short lacks its end as well; the string is to
    /// blame.
    fn blame(&self, piece: &Piece, error: ScriptError) -> ScriptError {
        match error {
            ScriptError::Syntax { .. } if self.is_cut(piece) => self.fault().unwrap_or(error),
            other => other,
        }
    }

    /// Whether the lexer stopped in a statement.
    fn is_cut(&self, piece: &Piece) -> bool {
        self.lexed.fault.is_some() && piece.tokens.end == self.lexed.tokens.len()
    }

    fn comments_until(&mut self, end: usize, place: Option<Place>) -> Result<(), ScriptError> {
        while let Some(comment) = self.lexed.comments.get(self.comment) {
            if comment.span.start >= end {
                break;
            }
            let is_header = self.script.statements.is_empty();
            let place = place.unwrap_or(if is_header { Place::Header } else { Place::Between });
            let read = directives::read(
                self.source,
                self.engine,
                comment,
                place,
                &mut self.script,
                &mut self.pending,
            );
            self.heed(read)?;
            self.comment += 1;
        }
        Ok(())
    }

    fn statement(
        &mut self,
        piece: &Piece,
        tokens: &[Token],
        first: Token,
        last: Token,
    ) -> Result<(), ScriptError> {
        let words = Words::new(self.engine, self.source.text, tokens);
        let pending = std::mem::take(&mut self.pending);
        let mode = self.mode();
        rules::refuse_control(self.source, mode, words)?;
        let (meaning, unparsed) = match self.engine {
            Engine::Postgres => {
                postgres::read(self.source, tokens, words, pending.allows_unparsed())?
            }
            Engine::Sqlite => (sqlite::read(self.source, tokens, piece.finished, mode)?, false),
        };
        let summary = summary(words);
        rules::refuse_in_transaction(self.source, mode, &meaning.kind, &summary, first.start())?;
        rules::refuse_unnamed_index(self.source, &meaning.kind, first.start())?;
        let backfill = self.backfill(&pending, words, &meaning)?;
        self.created.extend(meaning.creates);
        self.script.statements.push(Statement {
            span: first.start()..last.end(),
            at: self.source.at(first.start()),
            summary,
            kind: meaning.kind,
            affects: meaning.affects,
            reaches: meaning.reaches,
            schemas: match self.engine {
                Engine::Postgres => named_schemas(words),
                Engine::Sqlite => Vec::new(),
            },
            destroys: meaning.destroys,
            changes: meaning.changes,
            renames: rename(words),
            unparsed,
            allows: pending.allows,
            backfill,
        });
        Ok(())
    }

    /// The parts of a statement that runs in batches. Its directive names the table that it updates
    /// or deletes from.
    fn backfill(
        &self,
        pending: &Pending,
        words: Words<'_>,
        meaning: &Meaning,
    ) -> Result<Option<Backfill>, ScriptError> {
        let Some(table) = &pending.backfill else { return Ok(None) };
        let (message, hint) = match meaning.own_change() {
            Some(change) if directives::is_same(self.engine, &change.table, table) => {
                let order = pending.backfill_order.clone();
                let read = backfill::read(words, change);
                return read.map(|it| Some(Backfill { order, ..it })).map_err(|fault| {
                    let place = self.source.place(fault.at);
                    ScriptError::Backfill { reason: fault.reason, place }
                });
            }
            Some(RowChange { table: changed, .. }) => (
                format!("the statement below changes `{changed}`, not `{table}`"),
                format!("write `-- turnback:backfill {changed}`"),
            ),
            None if pending.allows_unparsed() => (
                "the statement below could not be read as an UPDATE or DELETE".to_owned(),
                "remove `-- turnback:backfill`, or write the statement so that it can be read"
                    .to_owned(),
            ),
            None => (
                "the statement below is neither UPDATE nor DELETE".to_owned(),
                format!("put the directive directly above the UPDATE or DELETE of `{table}`"),
            ),
        };
        Err(ScriptError::Directive {
            message,
            hints: vec![hint],
            place: self.source.place(pending.backfill_at),
        })
    }
}
