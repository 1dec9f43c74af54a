use super::{below_directive, postgres, refused, shown};
use crate::model::{Diagnose as _, Engine};

const ENGINES: [Engine; 2] = [Engine::Postgres, Engine::Sqlite];

/// Checks that a statement is refused where the mark stands, which is no part of it.
fn marked(engines: &[Engine], statement: &str, message: &str) {
    let column = 1 + statement.find('^').expect("a mark");
    let statement = statement.replace('^', "");
    for engine in engines {
        let error = refused(*engine, &below_directive("t", &statement));
        assert_eq!(shown(&error), format!("2:{column} {message}"), "{statement}");
        assert_eq!(error.problem().hints.len(), 1);
    }
}

const READS: &str =
    "`t` is read here while its batches change it: later ones would see what earlier ones did";
const ENDLESS: &str = "this UPDATE has no WHERE: nothing tells which rows are still to be done";
const CONSTANT: &str =
    "this condition is the same for every row: it does not tell which are still to be done";

#[test]
fn what_would_not_come_to_an_end_is_refused() {
    for (statement, message) in [
        ("update ^t set a = 1", ENDLESS),
        ("with x as (select 1) update ^t as y set a = (select 1 from u where true)", ENDLESS),
        ("update t set a = 1 where ^true", CONSTANT),
        ("update t set a = 1 where ^1 = /* a */ 1", CONSTANT),
        ("update t set a = 1 where ^(not ('a' <> 'b') and 1.5 is not null)", CONSTANT),
    ] {
        marked(&ENGINES, statement, message);
    }
}

#[test]
fn reading_the_table_again_is_refused() {
    for statement in [
        "update t set a = (select max(a) from ^t) where a is null",
        "update t set a = 1 from ^t as x where x.id = t.id and t.a is null",
        "update t set a = 1 from u, v join ^main.T as x on true where t.a is null",
        "update t set a = 1 from u left join (w cross join ^t) on true where t.a is null",
        "update t set a = 1 where a is null and exists (select 1 from u, ^t x where x.b = u.b)",
        "update t set a = 1 where a not in ((select 1 union select b from ^t))",
        "delete from t where a is distinct from (select min(a) from (^t cross join u))",
        "delete from t where a in (with x as (select 1) select 1 from x, ^t)",
        "with x as (select * from ^t) delete from t where a in (select a from x)",
        "delete from t where a in (select a from u where b in (select b from u join ^\"t\" on true))",
        "delete from t where 1 = (with t as (select 1) select 1 from t) or 2 in (select 2 from ^t)",
        "delete from t where a = (with t as (select 1) select 1 from u, ^main.t)",
    ] {
        marked(&ENGINES, statement, READS);
    }
    for statement in [
        "delete from t using ^t as x where x.id = t.id",
        "delete from t using only (^t) as x where x.id = t.id",
        "delete from t where a in (table ^t)",
        "update t set a = 1 where exists (select from rows from (f(1)) g, lateral (table only ^t) h)",
        "update t set a = (with t as (select a from ^t) select max(a) from t) where a is null",
        "update t set a = (with u as (select a from ^t), t as (select 1) select max(a) from t) where a is null",
    ] {
        marked(&[Engine::Postgres], statement, READS);
    }
    for statement in [
        "delete from t where a in ^T",
        "delete from t where a not in ^main.t and b",
        "delete from t where a in (select a from u indexed by i cross join ^[t])",
        "delete from t where a = (select 1 from json_each(t.j), ^'t')",
    ] {
        marked(&[Engine::Sqlite], statement, READS);
    }
}

#[test]
fn postgres_forms_that_no_batch_can_have_are_refused() {
    for (statement, message) in [
        (
            "update t set a = 1 ^where current of c",
            "`WHERE CURRENT OF` means one row, and a cursor that no batch has",
        ),
        (
            "delete from t ^where current of c returning *",
            "`WHERE CURRENT OF` means one row, and a cursor that no batch has",
        ),
        (
            "update t ^for portion of v from 1 to 2 set a = 1 where a is null",
            "`FOR PORTION OF` makes new rows of old ones, which later batches would meet again",
        ),
        (
            "with x as (select 1), y as (^insert into u values (1) returning *) delete from t",
            "this query within the statement changes data, and would do so again with every batch",
        ),
        (
            "with y as (^delete from t returning *) update t set a = 1 where a is null",
            "this query within the statement changes data, and would do so again with every batch",
        ),
    ] {
        marked(&[Engine::Postgres], statement, message);
    }
}

#[test]
fn sqlite_forms_that_no_batch_can_have_are_refused() {
    let conflict = "`OR REPLACE` lets rows that conflict decide what happens, and those may be in other batches";
    for (statement, message) in [
        ("update ^or Replace t set a = 1 where a is null", conflict),
        ("with x as (select 1) update ^or replace t set a = 1 where a is null", conflict),
        (
            "update t set a = 1 where a is null ^limit 5",
            "`LIMIT` chooses among all rows, and a batch has only some of them",
        ),
        (
            "delete from t ^order by a limit 5",
            "`ORDER BY` chooses among all rows, and a batch has only some of them",
        ),
        (
            "delete from t ^indexed by i where a",
            "`INDEXED BY` forbids to find the rows of a batch by the table's key",
        ),
        (
            "update main.t as x ^not indexed set a = 1 where a is null",
            "`NOT INDEXED` forbids to find the rows of a batch by the table's key",
        ),
        (
            "delete from t ^using u where a",
            "expected WHERE here: this statement cannot be taken apart",
        ),
        (
            "update t ^x set a = 1 where a",
            "expected SET here: this statement cannot be taken apart",
        ),
        (
            "delete from t where a = 1^) or (1 = 1",
            "expected `(` before `)` here: this statement cannot be taken apart",
        ),
        (
            "delete from t where ^(a = 1",
            "expected `)` behind `(` here: this statement cannot be taken apart",
        ),
        ("delete from t where^", "expected a condition here: this statement cannot be taken apart"),
    ] {
        marked(&[Engine::Sqlite], statement, message);
    }
    for way in ["rollback", "fail", "ignore"] {
        let statement = format!("update or {way} t set a = 1 where a is null");
        let error = refused(Engine::Sqlite, &below_directive("t", &statement));
        assert!(shown(&error).starts_with(&format!("2:8 `OR {}`", way.to_uppercase())));
    }
}

#[test]
fn nobody_reads_what_a_batch_returns() {
    for statement in
        ["delete from t ^returning *", "update t set a = 1 where a is null ^returning a"]
    {
        marked(&ENGINES, statement, "`RETURNING` gives rows that nobody reads");
    }
}

#[test]
fn a_backfill_must_be_understood() {
    let text = "-- turnback:backfill t\n-- turnback:allow unparsed -- new\nupdate t frobnicate;";
    assert_eq!(
        shown(&refused(Engine::Postgres, text)),
        "1:22 the statement below could not be read as an UPDATE or DELETE"
    );
    assert!(
        postgres("-- turnback:allow unparsed -- new\nupdate t frobnicate;").statements[0].unparsed
    );
}
