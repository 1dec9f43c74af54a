use proptest::prelude::*;

use crate::model::{Diagnose as _, Engine, LineColumn};
use crate::sql::{Backfill, Ground, RowChoice, hazards_on, parse};

const ENGINES: [Engine; 2] = [Engine::Postgres, Engine::Sqlite];

/// Pieces that mean something to a lexer, a parser or the directives.
const PIECES: [&str; 89] = [
    ";",
    ";",
    "\n",
    "\r\n",
    " ",
    " ",
    "(",
    ")",
    "[",
    "]",
    ",",
    ".",
    "'",
    "\"",
    "`",
    "$$",
    "$a$",
    "\\",
    "--",
    "/*",
    "*/",
    "-- turnback:",
    "-- turnback:allow unparsed -- x\n",
    "-- turnback:transaction off\n",
    "-- turnback:requires table ",
    "-- turnback:adopt-if table t\n",
    "-- turnback:backup ",
    "-- turnback:backfill t\n",
    "turnback",
    ":",
    "?",
    "é",
    "\u{feff}",
    "\u{a0}",
    "U&\"\\0041",
    "E'\\",
    "x'0",
    "1",
    "0x",
    "1e",
    "$1",
    "+",
    "::",
    "t",
    "\"T\"",
    "create ",
    "table ",
    "alter ",
    "drop ",
    "column ",
    "add ",
    "constraint ",
    "references ",
    "index ",
    "concurrently ",
    "on ",
    "trigger ",
    "begin ",
    "atomic ",
    "end ",
    "case ",
    "when ",
    "function ",
    "f() ",
    "returns int ",
    "language sql ",
    "as ",
    "select ",
    "from ",
    "update ",
    "set ",
    "delete ",
    "insert into ",
    "values ",
    "with ",
    "union ",
    "not ",
    "pragma ",
    "foreign_keys ",
    "copy ",
    "stdin ",
    "vacuum ",
    "comment ",
    "is ",
    "partition ",
    "of ",
    "update t set a = 1 ",
    "delete from t ",
    "where ",
];

fn soup() -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(PIECES.as_slice()), 0..40)
        .prop_map(|pieces| pieces.concat())
}

/// Parses and holds what every caller relies on.
fn check(engine: Engine, text: &str) {
    match parse(engine, "f", text) {
        Ok(script) => {
            let mut end = 0;
            for statement in &script.statements {
                assert!(end <= statement.span.start && statement.span.start < statement.span.end);
                end = statement.span.end;
                let own = text.get(statement.span.clone()).expect("spans are on char boundaries");
                assert_eq!(own.trim_ascii(), own);
                assert_eq!(statement.at, LineColumn::of(text, statement.span.start));
                assert!(statement.summary.chars().count() <= 80);
                assert!(!statement.summary.contains(['\n', '\r']));
                for change in &statement.changes {
                    let RowChoice::Where { span, .. } = &change.chosen else { continue };
                    assert!(statement.span.start < span.start && span.end <= statement.span.end);
                    let condition = text.get(span.clone()).expect("spans are on char boundaries");
                    assert!(!condition.is_empty() && condition.trim_ascii() == condition);
                }
            }
            let backfills = script.statements.iter().filter_map(|it| it.backfill.as_ref());
            backfills.for_each(|backfill| check_parts(text, backfill));
            for hazard in hazards_on(engine, text, &script, &Ground::default()) {
                assert!(hazard.statement < script.statements.len());
            }
        }
        Err(error) => {
            let place = error.problem().place.expect("every script error has a place");
            assert!(place.at.is_some() && place.line_text.is_some());
        }
    }
}

/// The parts of a statement follow each other, and none has space around it.
fn check_parts(text: &str, backfill: &Backfill) {
    let Backfill { with, target, assignments, others, condition, .. } = backfill;
    let parts = [with, &Some(target.clone()), assignments, others, condition];
    let mut end = 0;
    for part in parts.into_iter().flatten() {
        assert!(end <= part.start);
        end = part.end;
        let part = text.get(part.clone()).expect("spans are on char boundaries");
        assert!(!part.is_empty() && part.trim_ascii() == part);
    }
    assert!(backfill.deletes || !backfill.columns.is_empty());
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        for engine in ENGINES {
            check(engine, &text);
        }
    }

    #[test]
    fn any_soup_of_tokens_is_read_or_refused(text in soup()) {
        for engine in ENGINES {
            check(engine, &text);
        }
    }

    #[test]
    fn a_statement_is_found_between_any_others(count in 1_usize..20) {
        let text = "select 1;".repeat(count);
        for engine in ENGINES {
            assert_eq!(parse(engine, "f", &text).expect("valid").statements.len(), count);
        }
    }
}
