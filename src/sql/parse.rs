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

/// Reads a script: its statements in order, each classified, and its directives. `file` is the name
/// that errors show.
pub fn parse(engine: Engine, file: &str, text: &str) -> Result<ParsedScript, ScriptError> {
    let source = Source::new(file, text);
    if text.len() > LARGEST {
        return Err(ScriptError::TooLarge {
            place: Box::new(crate::model::Excerpt::of_file(file)),
        });
    }
    if let Some(at) = text.find('\0') {
        return Err(ScriptError::NulCharacter { place: source.place(at) });
    }
    let lexed = lex(engine, text);
    let pieces = split(engine, text, &lexed.tokens);
    let is_small = engine == Engine::Sqlite
        || pieces.iter().all(|piece| postgres::is_small(text, &lexed.tokens[piece.tokens.clone()]));
    let work = || {
        let source = Source::new(file, text);
        Reader::new(engine, &source, &lexed).read(&pieces)
    };
    with_stack(is_small, work).unwrap_or_else(|| {
        Err(ScriptError::Syntax {
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
}

impl<'a> Reader<'a> {
    fn new(engine: Engine, source: &'a Source<'a>, lexed: &'a Lexed) -> Self {
        Self {
            engine,
            source,
            lexed,
            comment: 0,
            has_backfill: directives::has_backfill(source, engine, &lexed.comments),
            script: ParsedScript {
                mode: TransactionMode::Single,
                requires: Vec::new(),
                adopt_if: Vec::new(),
                backups: Vec::new(),
                statements: Vec::new(),
            },
            pending: Pending::default(),
            created: Vec::new(),
        }
    }

    /// Reads in the order of the text, so that the first error in the file is the one reported.
    fn read(mut self, pieces: &[Piece]) -> Result<ParsedScript, ScriptError> {
        for piece in pieces {
            let tokens = &self.lexed.tokens[piece.tokens.clone()];
            let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else { continue };
            self.comments_until(first.start(), None)?;
            self.statement(piece, tokens, *first, *last)
                .map_err(|error| self.blame(piece, error))?;
            let end = self.lexed.tokens.get(piece.tokens.end).map_or(last.end(), |t| t.start());
            self.comments_until(end, Some(Place::Inside))?;
        }
        self.comments_until(usize::MAX, None)?;
        if let Some(fault) = self.fault() {
            return Err(fault);
        }
        self.pending.refuse_rest(self.source)?;
        self.script.mode = self.mode();
        directives::fill_adoptions(&mut self.script, self.engine, &self.created);
        Ok(self.script)
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
        let is_cut = piece.tokens.end == self.lexed.tokens.len();
        match error {
            ScriptError::Syntax { .. } if is_cut => self.fault().unwrap_or(error),
            other => other,
        }
    }

    fn comments_until(&mut self, end: usize, place: Option<Place>) -> Result<(), ScriptError> {
        while let Some(comment) = self.lexed.comments.get(self.comment) {
            if comment.span.start >= end {
                break;
            }
            let is_header = self.script.statements.is_empty();
            let place = place.unwrap_or(if is_header { Place::Header } else { Place::Between });
            directives::read(
                self.source,
                self.engine,
                comment,
                place,
                &mut self.script,
                &mut self.pending,
            )?;
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
