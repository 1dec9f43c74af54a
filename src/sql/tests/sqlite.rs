use super::{affects, sqlite, texts};
use crate::sql::StatementKind;

#[test]
fn statements_are_cut_as_sqlite_cuts_them() {
    let trigger = "CREATE TRIGGER IF NOT EXISTS x AFTER UPDATE ON t BEGIN\n  \
                   SELECT CASE WHEN 1 THEN 2 END; -- END;\n  DELETE FROM t;\nEND";
    let text = format!("-- head\r\nselect 1;\r\n{trigger};\r\nselect [a;b], `c;d`, 'e;''f'");
    let script = sqlite(&text);
    assert_eq!(texts(&text, &script), ["select 1", trigger, "select [a;b], `c;d`, 'e;''f'"]);
    for empty in ["", ";;", "-- only\n/* comments */"] {
        assert!(sqlite(empty).statements.is_empty());
    }
}

#[test]
fn kinds_and_objects_come_from_the_words() {
    use StatementKind::{Additive, Delete, Destructive, Other, Session, Update};
    for (statement, kind, objects) in [
        ("create table if not exists main.t (a)", Additive, "table main.t"),
        ("create temp table t as select 1", Additive, "table t"),
        ("create unique index i on [Odd t] (a)", Additive, "table \"Odd t\""),
        ("create view v as select 1", Additive, "view v"),
        ("create virtual table t using fts5(a)", Additive, "table t"),
        ("create trigger x after insert on t begin select 1; end", Additive, "table t"),
        ("alter table t add column a int", Additive, "table t"),
        ("alter table t rename to u", Other, "table t"),
        ("alter table t drop column a", Destructive, "column t.a"),
        ("drop table if exists t", Destructive, "table t"),
        ("drop index i", Other, "index i"),
        ("update or replace t set a = 1", Update, "table t"),
        ("with x as (select 1) update t set a = 1", Update, "table t"),
        ("delete from 't'", Delete, "table t"),
        ("insert or ignore into t values (1)", Other, "table t"),
        ("replace into t values (1)", Other, "table t"),
        ("pragma user_version = 1", Session, ""),
        ("pragma table_info(t)", Session, ""),
        ("explain update t set a = 1", Other, ""),
        ("select 1", Other, ""),
        ("analyze", Other, ""),
    ] {
        let found = &sqlite(statement).statements[0];
        assert_eq!(found.kind, kind, "{statement}");
        assert_eq!(affects(found), objects, "{statement}");
    }
}

#[test]
fn what_is_destroyed_is_named() {
    for (statement, expected) in
        [("drop table a.b", "table a.b"), ("alter table t drop \"x y\"", "column t.\"x y\"")]
    {
        assert_eq!(sqlite(statement).statements[0].destroys[0].to_string(), expected);
    }
}
