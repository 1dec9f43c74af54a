use std::ops::Range;

use super::{below_directive, refused, shown};
use crate::model::Engine;
use crate::sql::{Backfill, StatementKind, TransactionMode, parse};

const ENGINES: [Engine; 2] = [Engine::Postgres, Engine::Sqlite];

/// The first statement's parts; the directive above it names `t` unless the text has one.
fn read(engine: Engine, text: &str) -> (String, Backfill) {
    let has_directive = text.contains("-- turnback:backfill");
    let text = if has_directive { text.to_owned() } else { below_directive("t", text) };
    let script = parse(engine, "V1__a.sql", &text).unwrap_or_else(|it| panic!("{it}: {text}"));
    let backfill = script.statements.into_iter().find_map(|statement| statement.backfill);
    (text, backfill.expect("a statement has the directive"))
}

/// Every part with its text, one a line.
fn parts(text: &str, backfill: &Backfill) -> String {
    let only = if backfill.only { "only " } else { "" };
    let mut shown = vec![format!("table: {only}{}", backfill.table)];
    let mut part = |name: &str, range: &Option<Range<usize>>| {
        shown.extend(range.clone().map(|range| format!("{name}: {}", &text[range])));
    };
    part("with", &backfill.with);
    part("target", &Some(backfill.target.clone()));
    part("set", &backfill.assignments);
    part("others", &backfill.others);
    part("where", &backfill.condition);
    shown.extend(backfill.alias.iter().map(|alias| format!("alias: {alias}")));
    if !backfill.deletes {
        shown.push(format!("columns: {}", backfill.columns.join(", ")));
    }
    shown.join("\n")
}

/// A statement put together of the parts, as a batch is.
fn put_together(engine: Engine, text: &str, backfill: &Backfill) -> String {
    let of = |word: &str, range: &Option<Range<usize>>| {
        range.clone().map_or(String::new(), |range| format!("{word} {}\n", &text[range]))
    };
    let (verb, others) = match (backfill.deletes, engine) {
        (false, _) => ("UPDATE", "FROM"),
        (true, _) => ("DELETE FROM", "USING"),
    };
    let statement = [
        of("", &backfill.with),
        format!("{verb} {}\n", &text[backfill.target.clone()]),
        of("SET", &backfill.assignments),
        of(others, &backfill.others),
        of("WHERE", &backfill.condition),
    ];
    below_directive(&backfill.table.to_string(), &statement.concat())
}

fn holds(engine: Engine, statement: &str, expected: &[&str]) {
    let (text, backfill) = read(engine, statement);
    let found = parts(&text, &backfill);
    assert_eq!(found, expected.join("\n"), "{statement}");
    let again = put_together(engine, &text, &backfill);
    let (again, backfill) = read(engine, &again);
    assert_eq!(parts(&again, &backfill), found, "{again}");
}

#[test]
fn both_engines_have_these_parts() {
    for (statement, expected) in [
        (
            "update t set a = 1 where a is null",
            ["table: t", "target: t", "set: a = 1", "where: a is null", "columns: a"].as_slice(),
        ),
        ("delete from t", &["table: t", "target: t"]),
        ("delete from t where true", &["table: t", "target: t", "where: true"]),
        (
            "/* a */ UPDATE -- b\n t /* c */ AS /* d */ \"ü x\" -- e\n SET /* f */ a /* g */ = 'it''s -- ' /* h */, b=2\
             /* i */ FROM /* j */ u /* k */ JOIN w ON (u.a = (w.a)), (SELECT 1) AS v /* l */ WHERE/* m */ (a) \
             /* WHERE */ <> ';' OR b IS DISTINCT FROM u.b /* n */ -- o\n /* p */ ; -- q",
            &[
                "table: t",
                "target: t /* c */ AS /* d */ \"ü x\"",
                "set: a /* g */ = 'it''s -- ' /* h */, b=2",
                "others: u /* k */ JOIN w ON (u.a = (w.a)), (SELECT 1) AS v",
                "where: (a) /* WHERE */ <> ';' OR b IS DISTINCT FROM u.b",
                "alias: ü x",
                "columns: a, b",
            ],
        ),
        (
            "update t set (a, \"B c\") = (select x, y from u where u.id = t.id limit 1), a = case when b \
             is distinct from c then 1 end where exists (select 1 from u where u.id = t.id)",
            &[
                "table: t",
                "target: t",
                "set: (a, \"B c\") = (select x, y from u where u.id = t.id limit 1), a = case when b \
                 is distinct from c then 1 end",
                "where: exists (select 1 from u where u.id = t.id)",
                "columns: a, B c",
            ],
        ),
        (
            "with /* a */ x (id, n) as (select id, count(*) from u group by id), y as (select * from x) /* b */ \
             update t set a = (select n from y where y.id = t.id) where a in (select id from x)",
            &[
                "table: t",
                "with: with /* a */ x (id, n) as (select id, count(*) from u group by id), y as (select * from x)",
                "target: t",
                "set: a = (select n from y where y.id = t.id)",
                "where: a in (select id from x)",
                "columns: a",
            ],
        ),
    ] {
        for engine in ENGINES {
            holds(engine, statement, expected);
        }
    }
}

#[test]
fn postgres_has_more_parts() {
    for (statement, expected) in [
        (
            "-- turnback:backfill \"S\".\"T\"\nUPDATE ONLY \"S\".\"T\" AS x SET (a, b) = (SELECT 1, 2), C[1] = 3 \
             WHERE \"S\".x.a = $q$ where ' $q$",
            [
                "table: only \"S\".\"T\"",
                "target: ONLY \"S\".\"T\" AS x",
                "set: (a, b) = (SELECT 1, 2), C[1] = 3",
                "where: \"S\".x.a = $q$ where ' $q$",
                "alias: x",
                "columns: a, b, c",
            ]
            .as_slice(),
        ),
        (
            "update only (t) X set a = E'\\' where' where a = U&'\\0041'",
            &[
                "table: only t",
                "target: only (t) X",
                "set: a = E'\\' where'",
                "where: a = U&'\\0041'",
                "alias: x",
                "columns: a",
            ],
        ),
        (
            "delete /* a */ from /* b */ t /* c */ * /* d */ using /* e */ u left join (v cross join w) on true, lateral \
             f(u.a) as g (h) /* f */ where t.id = u.id",
            &[
                "table: t",
                "target: t /* c */ *",
                "others: u left join (v cross join w) on true, lateral f(u.a) as g (h)",
                "where: t.id = u.id",
            ],
        ),
    ] {
        holds(Engine::Postgres, statement, expected);
    }
}

#[test]
fn sqlite_has_quotes_of_its_own() {
    holds(
        Engine::Sqlite,
        "update or abort main.[T] as `x y` set [a b] = json_extract(t.j, '$.a'), 'c' = 1 where x in (1, 2) or z in u",
        &[
            "table: main.\"T\"",
            "target: main.[T] as `x y`",
            "set: [a b] = json_extract(t.j, '$.a'), 'c' = 1",
            "where: x in (1, 2) or z in u",
            "alias: x y",
            "columns: a b, c",
        ],
    );
}

#[test]
fn a_query_of_the_same_name_is_not_the_table() {
    for statement in [
        "update t set a = (with t as (select 1 as b) select b from t) where a is null",
        "update t set a = (with u as (select 1), t as (select * from u) select 1 from u union select 2 from t) where a is null",
        "update t set a = (with recursive t(n) as (select 1 union all select n + 1 from t where n < 3) select max(n) from t) where a is null",
        "update t set a = (with t as (select 1 as b) select (select max(b) from (select * from t) x)) where a is null",
        "update t set a = (select b from u as t), b = t.t where t.a is null",
        "update t set a = 1 where a is distinct from t.b or a is not distinct from t",
        "update t set a = (select t from u join v on v.t = t.t) where t(a) in (t, 1)",
    ] {
        for engine in ENGINES {
            assert!(!read(engine, statement).1.deletes);
        }
    }
}

#[test]
fn a_script_with_a_backfill_is_no_transaction() {
    let backfill = "-- turnback:backfill t\ndelete from t;\n";
    for engine in ENGINES {
        let text = format!("select 1;\n{backfill}{backfill}");
        let script = parse(engine, "f", &text).expect("two backfills");
        assert_eq!(script.mode, TransactionMode::Off);
        let parts = script.statements.iter().filter_map(|statement| statement.backfill.as_ref());
        assert_eq!(parts.map(|it| &text[it.target.clone()]).collect::<Vec<_>>(), ["t", "t"]);
        let off = format!("-- turnback:transaction off\n{backfill}");
        assert!(parse(engine, "f", &off).is_ok());
        assert_eq!(
            shown(&refused(engine, &format!("savepoint a;\n{backfill}"))),
            "1:1 SAVEPOINT needs a transaction, and this script runs without one"
        );
        let begun = refused(engine, &format!("begin;\n{backfill}commit;"));
        assert!(shown(&begun).starts_with("1:1 BEGIN is not for a script"));
        let vacuum = parse(engine, "f", &format!("vacuum;\n{backfill}")).expect("no transaction");
        assert_eq!(vacuum.statements[0].kind, StatementKind::OutsideTransaction);
        let prose = parse(engine, "f", "-- a backfill\nselect '-- turnback:backfill t';");
        assert_eq!(prose.expect("no directive").mode, TransactionMode::Single);
    }
}

#[test]
fn the_bundled_backfills_are_sound() {
    let (postgres, sqlite) = (Engine::Postgres, Engine::Sqlite);
    for (engine, text, columns) in [
        (
            postgres,
            include_str!("../../../migrations/auth-sessions/V8__family_id_uuid_backfill.sql"),
            "family_id",
        ),
        (
            postgres,
            include_str!("../../../migrations/auth-sessions/V13__auth_sessions_backfill.sql"),
            "family_id, auth_time, device_hash, last_ip_cidr",
        ),
        (
            postgres,
            include_str!("../../../migrations/user-sessions/V6__revoked_sessions_backfill.sql"),
            "is_active",
        ),
        (
            sqlite,
            include_str!("../../../migrations/lucia-sessions/V3__users_backfill.sql"),
            "status, failed_login_attempts",
        ),
        (
            sqlite,
            include_str!(
                "../../../migrations/lucia-sessions/V19__sessions_fingerprint_backfill.sql"
            ),
            "fingerprint",
        ),
    ] {
        let (text, backfill) = read(engine, text);
        assert_eq!(backfill.columns.join(", "), columns);
        let found = parts(&text, &backfill);
        let (again, backfill) = read(engine, &put_together(engine, &text, &backfill));
        assert_eq!(parts(&again, &backfill), found);
    }
}
