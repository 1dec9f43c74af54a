use super::{affects, postgres, texts};
use crate::model::{Engine, LineColumn};
use crate::sql::{ScriptError, StatementKind, parse};

const OFF: &str = "-- turnback:transaction off\n";

#[test]
fn spans_are_the_statements_without_comments_and_semicolons() {
    let text = "-- head\r\n/* a /* b */ */ select\r\n 1 -- tail\r\n;;\r\n ; select 2; -- end\r\n";
    let script = postgres(text);
    assert_eq!(texts(text, &script), ["select\r\n 1", "select 2"]);
    assert_eq!(script.statements[0].at, LineColumn { line: 2, column: 17 });
    assert_eq!(script.statements[1].at, LineColumn { line: 5, column: 4 });
    for empty in ["", "\n", ";;", "-- only\n/* comments */", "\u{feff}"] {
        assert!(postgres(empty).statements.is_empty());
    }
}

#[test]
fn bodies_and_quotes_stay_whole() {
    for statement in [
        "create function f() returns int language sql begin atomic select 1; select case when true then 2 end; end",
        "create procedure p() language sql begin atomic insert into t values (1); update t set a = 2; end",
        "create rule r as on insert to t do also (insert into l values (1); delete from l)",
        "create function f() returns void language plpgsql as $a$ begin execute $b$ select ';' $b$; end; $a$",
        "do $$ begin perform 1; end $$",
        r#"select E'it\'s; \\', 'it''s;', U&'\0041;', U&"a;b" from t"#,
        "select 1 /* ; /* ; */ ; */ + 2",
    ] {
        let text = format!("select 0;\n{statement};\nselect 3");
        assert_eq!(texts(&text, &postgres(&text)), ["select 0", statement, "select 3"]);
    }
}

#[test]
fn locks_are_those_of_the_server() {
    for (statement, expected) in [
        ("create table a (id int)", "table a"),
        (
            "create table a (b int references s.b, foreign key (b) references c (x))",
            "table a, table s.b: SHARE ROW EXCLUSIVE, table c: SHARE ROW EXCLUSIVE",
        ),
        ("create table a (id int primary key, p int references a)", "table a"),
        ("create table a partition of b for values in (1)", "table a, table b: ACCESS EXCLUSIVE"),
        ("create table a () inherits (b)", "table a, table b: SHARE UPDATE EXCLUSIVE"),
        ("drop table a, s.\"B\"", "table a: ACCESS EXCLUSIVE, table s.\"B\": ACCESS EXCLUSIVE"),
        ("alter table only a add column b int", "table a: ACCESS EXCLUSIVE"),
        (
            "alter table a add b int references c",
            "table a: ACCESS EXCLUSIVE, table c: SHARE ROW EXCLUSIVE",
        ),
        (
            "alter table a add constraint k foreign key (b) references c not valid",
            "table a: SHARE ROW EXCLUSIVE, table c: SHARE ROW EXCLUSIVE",
        ),
        ("alter table a validate constraint k", "table a: SHARE UPDATE EXCLUSIVE"),
        ("alter table a alter column b set statistics 100", "table a: SHARE UPDATE EXCLUSIVE"),
        ("alter table a validate constraint k, alter b set not null", "table a: ACCESS EXCLUSIVE"),
        ("alter table a set (fillfactor = 50)", "table a: SHARE UPDATE EXCLUSIVE"),
        ("alter table a disable trigger t", "table a: SHARE ROW EXCLUSIVE"),
        ("alter table a enable row level security", "table a: ACCESS EXCLUSIVE"),
        ("alter table a rename to b", "table a: ACCESS EXCLUSIVE"),
        (
            "alter table a attach partition b for values in (1)",
            "table a: SHARE UPDATE EXCLUSIVE, table b: ACCESS EXCLUSIVE",
        ),
        (
            "alter table a detach partition b",
            "table a: ACCESS EXCLUSIVE, table b: ACCESS EXCLUSIVE",
        ),
        ("create index on s.a (b)", "table s.a: SHARE"),
        ("drop index s.i, j", "index s.i: ACCESS EXCLUSIVE, index j: ACCESS EXCLUSIVE"),
        ("alter index i rename to j", "index i: SHARE UPDATE EXCLUSIVE"),
        (
            "create trigger t before insert on a execute function f()",
            "table a: SHARE ROW EXCLUSIVE",
        ),
        ("drop trigger t on a", "table a: ACCESS EXCLUSIVE"),
        ("create policy p on a", "table a: ACCESS EXCLUSIVE"),
        ("alter policy p on a using (true)", "table a: ACCESS EXCLUSIVE"),
        ("drop policy p on a", "table a: ACCESS EXCLUSIVE"),
        ("create rule r as on insert to a do nothing", "table a: ACCESS EXCLUSIVE"),
        ("truncate a, only b", "table a: ACCESS EXCLUSIVE, table b: ACCESS EXCLUSIVE"),
        ("update only a set b = 1", "table a: ROW EXCLUSIVE"),
        ("delete from a using b", "table a: ROW EXCLUSIVE"),
        ("insert into s.a default values", "table s.a: ROW EXCLUSIVE"),
        ("merge into a using b on true when matched then delete", "table a: ROW EXCLUSIVE"),
        (
            "with d as (delete from b returning *) insert into a select * from d",
            "table a: ROW EXCLUSIVE, table b: ROW EXCLUSIVE",
        ),
        ("with d as (delete from b returning *) select * from d", "table b: ROW EXCLUSIVE"),
        ("lock table a, b in share mode", "table a: SHARE, table b: SHARE"),
        ("lock a", "table a: ACCESS EXCLUSIVE"),
        ("comment on table a is 'x'", "table a: SHARE UPDATE EXCLUSIVE"),
        ("comment on column s.a.b is 'x'", "table s.a: SHARE UPDATE EXCLUSIVE"),
        ("reindex table a", "table a: SHARE"),
        ("reindex index i", "index i: ACCESS EXCLUSIVE"),
        ("cluster a using i", "table a: ACCESS EXCLUSIVE"),
        ("analyze a, b (c)", "table a: SHARE UPDATE EXCLUSIVE, table b: SHARE UPDATE EXCLUSIVE"),
        ("refresh materialized view v", "view v: ACCESS EXCLUSIVE"),
        ("refresh materialized view concurrently v", "view v: EXCLUSIVE"),
        ("create or replace view v as select 1", "view v: ACCESS EXCLUSIVE"),
        ("grant select on a, b to r", "table a, table b"),
        ("create view v as select * from a", "view v"),
        ("select * from a", ""),
        ("copy a from '/x'", "table a: ROW EXCLUSIVE"),
        ("create statistics s on a, b from t", "table t: SHARE UPDATE EXCLUSIVE"),
    ] {
        assert_eq!(affects(&postgres(statement).statements[0]), expected, "{statement}");
    }
    for (statement, expected) in [
        ("create index concurrently i on a (b)", "table a: SHARE UPDATE EXCLUSIVE"),
        ("drop index concurrently i", "index i: SHARE UPDATE EXCLUSIVE"),
        ("vacuum (analyze) a", "table a: SHARE UPDATE EXCLUSIVE"),
        ("vacuum full a", "table a: ACCESS EXCLUSIVE"),
        ("reindex table concurrently a", "table a: SHARE UPDATE EXCLUSIVE"),
        (
            "alter table a detach partition b concurrently",
            "table a: SHARE UPDATE EXCLUSIVE, table b: SHARE UPDATE EXCLUSIVE",
        ),
    ] {
        let script = postgres(&format!("{OFF}{statement}"));
        assert_eq!(affects(&script.statements[0]), expected, "{statement}");
    }
}

#[test]
fn what_is_destroyed_is_named() {
    for (statement, expected) in [
        ("drop table a, s.b", "table a, table s.b"),
        ("alter table a drop column x, drop y", "column a.x, column a.y"),
        ("truncate a", "table a"),
        ("drop schema s cascade", "schema s"),
        ("drop materialized view v", "view v"),
        ("drop owned by r", ""),
        ("drop type t cascade", "type t"),
        ("drop extension e cascade", "extension e"),
    ] {
        let statement = &postgres(statement).statements[0];
        assert_eq!(statement.kind, StatementKind::Destructive, "{}", statement.summary);
        let destroyed: Vec<_> = statement.destroys.iter().map(ToString::to_string).collect();
        assert_eq!(destroyed.join(", "), expected);
    }
}

#[test]
fn kinds_say_how_a_statement_runs() {
    use StatementKind::{Additive, Delete, Other, Session, Update};
    for (statement, expected) in [
        ("set search_path = a", Session),
        ("set role r", Session),
        ("reset all", Session),
        ("select pg_catalog.set_config('search_path', '', false)", Session),
        ("select 1", Other),
        ("create table a ()", Additive),
        ("create table a as select 1", Additive),
        ("create type t as enum ('a')", Additive),
        ("create extension e", Additive),
        ("create function f() returns int language sql return 1", Additive),
        ("create or replace function f() returns int language sql return 1", Other),
        ("create sequence s", Additive),
        ("create schema s", Additive),
        ("create index i on a (b)", Additive),
        ("alter table a add b int, add column c int", Additive),
        ("alter table a add constraint c check (true)", Other),
        ("comment on table a is null", Additive),
        ("with x as (select 1) update a set b = 1", Update),
        ("delete from a", Delete),
        ("insert into a values (1)", Other),
        ("drop index i", Other),
        ("drop type t", Other),
        ("explain analyze update a set b = 1", Other),
        ("call p()", Other),
    ] {
        assert_eq!(postgres(statement).statements[0].kind, expected, "{statement}");
    }
}

#[test]
fn concurrent_indexes_are_named() {
    let text = format!(
        "{OFF}create unique index concurrently if not exists \"I\" on only s.t (a);\n\
         drop index concurrently if exists s.i, j;"
    );
    let kinds: Vec<_> = postgres(&text).statements.into_iter().map(|it| it.kind).collect();
    let StatementKind::CreateIndexConcurrently { index, table } = &kinds[0] else {
        panic!("{kinds:?}")
    };
    assert_eq!(index.as_ref().unwrap().to_string(), "\"I\"");
    assert_eq!(table.to_string(), "s.t");
    let StatementKind::DropIndexConcurrently { indexes } = &kinds[1] else { panic!("{kinds:?}") };
    assert_eq!(indexes.iter().map(ToString::to_string).collect::<Vec<_>>(), ["s.i", "j"]);
    let unnamed = format!("{OFF}create index concurrently on t (a)");
    let error = parse(Engine::Postgres, "f", &unnamed).unwrap_err();
    assert!(matches!(error, ScriptError::UnnamedConcurrentIndex { .. }), "{error}");
}
