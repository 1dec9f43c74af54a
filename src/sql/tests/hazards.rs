use super::{postgres, sqlite};
use crate::model::Engine;
use crate::sql::hazards;

fn found(text: &str) -> Vec<(String, usize, bool)> {
    hazards(Engine::Postgres, text, &postgres(text))
        .into_iter()
        .map(|hazard| (hazard.id, hazard.statement, hazard.accepted.is_some()))
        .collect()
}

#[test]
fn hazards_belong_to_statements_and_can_be_accepted() {
    let text = "select 1;\n\
                -- turnback:allow ban-drop-column -- copied last month\n\
                alter table t drop column a;\n\
                alter table t drop column b;\n\
                alter table t alter column c type bigint;";
    assert_eq!(
        found(text),
        [
            ("ban-drop-column".to_owned(), 1, true),
            ("ban-drop-column".to_owned(), 2, false),
            ("changing-column-type".to_owned(), 3, false),
        ]
    );
    let first = &hazards(Engine::Postgres, text, &postgres(text))[0];
    assert_eq!(first.accepted.as_deref(), Some("copied last month"));
    assert_eq!(first.at.line, 3);
}

#[test]
fn new_tables_and_style_are_no_hazards() {
    assert!(found("create table t (id int, c varchar(3)); create index i on t (id);").is_empty());
    assert_eq!(found("create index i on t (id);")[0].0, "require-concurrent-index-creation");
}

#[test]
fn comments_for_squawk_accept_nothing() {
    let text =
        "-- squawk-ignore ban-drop-table\ndrop table /* squawk-ignore */ é;\n/* x */ drop table t;";
    let found = found(text);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().all(|(id, _, accepted)| id == "ban-drop-table" && !accepted));
}

#[test]
fn an_unread_statement_is_a_hazard() {
    let text = "-- turnback:allow unparsed -- a newer server\nfrobnicate t;\ndrop table t;";
    assert_eq!(
        found(text),
        [("unparsed".to_owned(), 0, true), ("ban-drop-table".to_owned(), 1, false)]
    );
}

#[test]
fn none_are_known_of_sqlite() {
    let text = "drop table t";
    assert!(hazards(Engine::Sqlite, text, &sqlite(text)).is_empty());
}
