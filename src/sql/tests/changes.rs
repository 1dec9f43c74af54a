use super::{postgres, sqlite};
use crate::sql::{ChangedRows, ParsedScript, RowChange, RowChoice};

/// A change in one line, its condition as the bytes it names: `only t: a, b where x = 1 as u`.
fn line(text: &str, change: &RowChange) -> String {
    let only = if change.only { "only " } else { "" };
    let what = match &change.what {
        ChangedRows::Columns(columns) => columns.join(", "),
        ChangedRows::Rows => "*".to_owned(),
        ChangedRows::Type { column, to: Some(to) } => format!("type of {column}: {to}"),
        ChangedRows::Type { column, to: None } => format!("type of {column}, computed"),
    };
    let chosen = match &change.chosen {
        RowChoice::All => "all".to_owned(),
        RowChoice::Where { span, alias: None } => format!("where {}", &text[span.clone()]),
        RowChoice::Where { span, alias: Some(alias) } => {
            format!("where {} as {alias}", &text[span.clone()])
        }
        RowChoice::Otherwise => "otherwise".to_owned(),
    };
    format!("{only}{}: {what} {chosen}", change.table)
}

/// Each statement stands behind another, so that offsets into it are not those into the script.
fn holds(parse: fn(&str) -> ParsedScript, cases: &[(&str, &[&str])]) {
    for (statement, expected) in cases {
        let text = format!("-- é\nselect 'where';\n  {statement} ; select 1");
        let script = parse(&text);
        let found: Vec<_> =
            script.statements[1].changes.iter().map(|change| line(&text, change)).collect();
        assert_eq!(found, *expected, "{statement}");
        assert!(script.statements[0].changes.is_empty() && script.statements[2].changes.is_empty());
    }
}

#[test]
fn postgres_updates() {
    holds(
        postgres,
        &[
            ("update t set a = 1", &["t: a all"]),
            ("update only t set a = 1 where b", &["only t: a where b"]),
            ("update only (t) set a = 1", &["only t: a all"]),
            ("update t * set a = 1", &["t: a all"]),
            ("UPDATE Users AS U SET A = 1 WHERE u.x > 0", &["users: a where u.x > 0 as u"]),
            (
                r#"update "App"."Odd Name" "O n" set "Col A" = 1 where "O n"."where" = 'WHERE '';'"#,
                &[r#""App"."Odd Name": Col A where "O n"."where" = 'WHERE '';' as O n"#],
            ),
            ("update c.s.t set a = 1 where s.t.a = 2", &["s.t: a where s.t.a = 2"]),
            ("update t set (a, b) = (1, 2), c = 3, a[1] = 0", &["t: a, b, c all"]),
            ("update t set (a, b) = (select 1, 2 from u where u.x = t.x)", &["t: a, b all"]),
            ("update t set (a) = row (1), d = default", &["t: a, d all"]),
            (
                "update t set a[1] = 1, b.c = 2, d[1:2].e = '{}', (f[1], g.h) = (1, 2)",
                &["t: a, b, d, f, g all"],
            ),
            (
                "update t /* set z = 1 where y */ set a = 1 -- where\n where /* x */ a = 1 /* y */ \
                 and $$ where $$ = b /* z */",
                &["t: a where a = 1 /* y */ and $$ where $$ = b"],
            ),
            (
                "update t set a = (select 1 from u where v) where (a) in (select b from u where \
                 c = 'where' limit 1) returning (select 1 from x where true)",
                &["t: a where (a) in (select b from u where c = 'where' limit 1)"],
            ),
            ("update t set a = 1 where (a = 1 or b)", &["t: a where (a = 1 or b)"]),
            ("update t set a = 1 where é = 'é' returning *", &["t: a where é = 'é'"]),
            ("update t set a = u.a from u where t.id = u.id", &["t: a otherwise"]),
            ("update t set a = 1 where current of c", &["t: a otherwise"]),
            ("update t set a = 1 returning *", &["t: a all"]),
        ],
    );
}

#[test]
fn postgres_deletes_and_truncates() {
    holds(
        postgres,
        &[
            ("delete from t", &["t: * all"]),
            (
                "delete from only s.t as x where x.a is null",
                &["only s.t: * where x.a is null as x"],
            ),
            ("delete from t x where x.a returning a", &["t: * where x.a as x"]),
            ("delete from t using u where t.a = u.a", &["t: * otherwise"]),
            ("delete from t where current of c", &["t: * otherwise"]),
            (
                "delete from t where exists (select 1 from \"t\" b where b.a = t.a and b.id < t.id)",
                &["t: * where exists (select 1 from \"t\" b where b.a = t.a and b.id < t.id)"],
            ),
            ("truncate t", &["t: * all"]),
            (
                "truncate table only a, s.\"B c\" *, c restart identity cascade",
                &["only a: * all", "s.\"B c\": * all", "c: * all"],
            ),
        ],
    );
    let script = postgres("truncate a, b");
    assert_eq!(script.statements[0].destroys.len(), 2);
}

#[test]
fn postgres_inserts_and_merges() {
    holds(
        postgres,
        &[
            ("insert into t values ('on conflict do update set a = 1')", &[]),
            ("insert into t select 1 on conflict do nothing", &[]),
            (
                "insert into s.t as x (id) values (1) on conflict (id) do update set a = \
                 excluded.a, (b, c) = (1, 2) where x.d",
                &["s.t: a, b, c otherwise"],
            ),
            ("merge into t using u on t.id = u.id when not matched then insert values (1)", &[]),
            (
                "merge into only s.t x using u on x.id = u.id when matched and u.gone then delete \
                 when matched then update set a = 1, (b, \"C d\") = (1, 2) \
                 when not matched by source then update set a = 2, e = 3 \
                 when not matched then insert values (1)",
                &["only s.t: a, b, C d, e otherwise", "only s.t: * otherwise"],
            ),
            (
                "merge into t using u on t.id = u.id when not matched by source then delete",
                &["t: * otherwise"],
            ),
            ("merge into t using u on t.id = u.id when matched then do nothing", &[]),
        ],
    );
}

#[test]
fn postgres_changes_inside_a_with() {
    let moved = "with x as (delete from a where b returning *)";
    let gone: &[&str] = &["a: * otherwise"];
    for query in [
        "select * from x",
        "table x",
        "values ((select count(*) from x))",
        "select * from x union all select 1",
        "select * into n from x",
        "insert into t select * from x",
    ] {
        holds(postgres, &[(&format!("{moved} {query}"), gone)]);
    }
    holds(
        postgres,
        &[
            (&format!("insert into t {moved} select * from x"), gone),
            (&format!("create table n as {moved} select * from x"), gone),
            (&format!("({moved} select * from x)"), gone),
            (&format!("copy ({moved} select * from x) to '/tmp/x'"), gone),
            (&format!("explain (analyze, verbose) {moved} select * from x"), gone),
            (&format!("explain {moved} select * from x"), &[]),
            (&format!("prepare p as {moved} select * from x"), &[]),
            (
                "with x as (delete from a returning *), y as (update only b.c set d = 1), \
                 z as (insert into e values (1) on conflict (f) do update set g = 1), \
                 w as (merge into h using x on true when matched then delete) \
                 update t set a = 1 where b in (select 1 from x)",
                &[
                    "t: a otherwise",
                    "a: * all",
                    "only b.c: d all",
                    "e: g otherwise",
                    "h: * otherwise",
                ],
            ),
            ("with x as (select 1) delete from t", &["t: * all"]),
            ("with x as (select 1) delete from t where a = 1", &["t: * otherwise"]),
        ],
    );
}

#[test]
fn postgres_conversions() {
    holds(
        postgres,
        &[
            ("alter table t alter column a type bigint", &["t: type of a: bigint all"]),
            (
                "alter table only s.\"T t\" alter a set data type text using a::text, add b int, \
                 alter column \"B\" type int collate \"C\", alter c set not null",
                &["only s.\"T t\": type of a, computed all", "only s.\"T t\": type of B: int all"],
            ),
            ("alter table t alter a set default 'type int'", &[]),
            ("alter table t drop column a", &[]),
            ("drop table t", &[]),
        ],
    );
}

#[test]
fn postgres_only_keeps_what_a_body_says() {
    holds(
        postgres,
        &[
            ("create function f() returns void language sql as 'delete from t'", &[]),
            ("create procedure p() language sql begin atomic delete from t; end", &[]),
            ("create rule r as on delete to t do instead (update t set a = 1; delete from u)", &[]),
            ("do $$ begin delete from t; end $$", &[]),
        ],
    );
}

#[test]
fn sqlite_updates() {
    holds(
        sqlite,
        &[
            ("update t set a = 1", &["t: a all"]),
            ("update or ignore main.t set a = 1 where b", &["main.t: a where b"]),
            ("update or replace t set a = 1 where b", &["t: a where b", "t: * otherwise"]),
            (
                "UPDATE [Odd Name] AS \"O n\" NOT INDEXED SET `Col A` = 1, 'b' = 2 \
                 WHERE \"O n\".\"where\" = 'WHERE '';'",
                &["\"Odd Name\": Col A, b where \"O n\".\"where\" = 'WHERE '';' as O n"],
            ),
            ("update t indexed by \"set\" set a = 1 where a", &["t: a where a"]),
            ("update t set (a, b) = (1, 2), c = max(1, 2), A = 0", &["t: a, b, c all"]),
            (
                "update t set a = case when b then (select 1 from u where v) end, c = 2 \
                 where a in (select b from u where c = 'limit' order by 1 limit 1) \
                 returning (select 1 from x where y)",
                &["t: a, c where a in (select b from u where c = 'limit' order by 1 limit 1)"],
            ),
            (
                "update t /* set z = 1 where y */ set a = 1 -- where\n where /* x */ a = 1 /* y */ \
                 and \"from\" = b /* z */",
                &["t: a where a = 1 /* y */ and \"from\" = b"],
            ),
            (
                "update t set a = b is distinct from c, d = 1 where é is not distinct from 'é'",
                &["t: a, d where é is not distinct from 'é'"],
            ),
            ("update t set a = u.a from u where t.id = u.id", &["t: a otherwise"]),
            ("update t set a = 1 where b order by c limit 3", &["t: a otherwise"]),
            ("update t set a = 1 limit 3", &["t: a otherwise"]),
            ("update t set a = 1 where b order by c", &["t: a where b"]),
            ("update t set a = 1 returning *", &["t: a all"]),
            ("with x as (select 1 where 2) update t set a = 1 where b in x", &["t: a otherwise"]),
            ("with x as (select 1 where 2) update t set a = 1", &["t: a all"]),
            ("explain update t set a = 1", &[]),
        ],
    );
}

#[test]
fn sqlite_deletes() {
    holds(
        sqlite,
        &[
            ("delete from t", &["t: * all"]),
            ("delete from main.[t u] as x where x.a", &["main.\"t u\": * where x.a as x"]),
            ("delete from t indexed by i where a = 1 returning a", &["t: * where a = 1"]),
            ("delete from t not indexed", &["t: * all"]),
            ("delete from t where a limit 1", &["t: * otherwise"]),
            ("delete from t order by a limit 1", &["t: * otherwise"]),
            ("with recursive x as (select 1) delete from t where a in x", &["t: * otherwise"]),
            (
                "create trigger x after insert on t begin delete from u; update t set a = 1; end",
                &[],
            ),
            ("drop table t", &[]),
            ("alter table t drop column a", &[]),
        ],
    );
}

#[test]
fn sqlite_inserts() {
    holds(
        sqlite,
        &[
            ("insert into t values ('or replace')", &[]),
            ("insert or ignore into t values (1)", &[]),
            ("insert into t select 1 where true on conflict do nothing", &[]),
            ("insert or replace into main.\"T t\" values (1)", &["main.\"T t\": * otherwise"]),
            ("replace into t select 1", &["t: * otherwise"]),
            ("with x as (select 1) replace into t select * from x", &["t: * otherwise"]),
            (
                "insert into t as x (id) values (1) on conflict (id) where id > 0 do update set \
                 a = excluded.a, (b, c) = (1, 2) where x.d returning *",
                &["t: a, b, c otherwise"],
            ),
            (
                "insert into t values (1) on conflict (a) do update set b = 1 \
                 on conflict (c) do update set b = 2, d = 3 on conflict do nothing",
                &["t: b, d otherwise"],
            ),
            (
                "insert or replace into t values (1) on conflict (a) do update set b = 1",
                &["t: * otherwise", "t: b otherwise"],
            ),
        ],
    );
}
