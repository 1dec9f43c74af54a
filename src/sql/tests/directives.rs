use super::{postgres, refused, shown, sqlite};
use crate::model::{Diagnose as _, Engine, ObjectKind, ObjectName};
use crate::sql::{ScriptError, TransactionMode};

#[test]
fn a_header_is_read_whole() {
    let script = postgres(
        "-- A migration.\n\
         -- turnback:transaction off\n\
         --turnback:requires table Users, column a.\"Sess ions\".IP?, extension \"uuid-ossp\"?\n\
         \t-- turnback:adopt-if table s.sessions (id numeric(10,2), \"At\" timestamp  with time zone, tags text[], x)\n\
         -- turnback:backup sessions(ip, user_agent), users\n\
         SELECT 1;",
    );
    assert_eq!(script.mode, TransactionMode::Off);
    let requires: Vec<_> = script
        .requires
        .iter()
        .map(|need| (need.object.to_string(), need.optional, need.at.column))
        .collect();
    assert_eq!(
        requires,
        [
            ("table users".to_owned(), false, 21),
            ("column a.\"Sess ions\".ip".to_owned(), true, 34),
            ("extension \"uuid-ossp\"".to_owned(), true, 60),
        ]
    );
    let adoption = &script.adopt_if[0];
    assert_eq!(adoption.table.to_string(), "s.sessions");
    let columns: Vec<_> = adoption.columns.iter().map(ToString::to_string).collect();
    assert_eq!(
        columns,
        ["id numeric(10,2)", "\"At\" timestamp with time zone", "tags text[]", "x"]
    );
    assert_eq!(script.backups[0].columns, ["ip", "user_agent"]);
    assert_eq!(script.backups[1].table, ObjectName::bare("users"));
    assert!(script.backups[1].columns.is_empty());
}

#[test]
fn sqlite_names_keep_their_letters() {
    let script = sqlite("-- turnback:requires table Users\nselect 1");
    assert_eq!(script.requires[0].object.name, ObjectName::bare("Users"));
    assert_eq!(script.requires[0].object.kind, ObjectKind::Table);
}

#[test]
fn an_adoption_takes_its_columns_from_the_script() {
    let header = "-- turnback:adopt-if table sessions\n";
    let create = "create table sessions (\"Id\" varchar (10) primary key, at timestamp with time zone[] not null default now(),
        constraint c check (at is not null), unique (\"Id\"), n numeric(4, 2) collate \"C\");";
    let script = postgres(&format!("{header}{create}"));
    let columns: Vec<_> = script.adopt_if[0].columns.iter().map(ToString::to_string).collect();
    assert_eq!(
        columns,
        ["\"Id\" varchar (10)", "at timestamp with time zone[]", "n numeric(4, 2)"]
    );

    let create = "create table if not exists main.Sessions (id text primary key, a unsigned big int(3, 4) not null,
        b, \"c d\" default (1, 2), e int generated always as (a), foreign key (a) references t (a))";
    let script = sqlite(&format!("{header}{create}"));
    let columns: Vec<_> = script.adopt_if[0].columns.iter().map(ToString::to_string).collect();
    assert_eq!(columns, ["id text", "a unsigned big int(3, 4)", "b", "\"c d\"", "e int"]);
}

#[test]
fn directives_attach_to_the_next_statement() {
    let script = postgres(
        "select 1;\n\
         -- turnback:allow ban-drop-column -- nobody reads it\n\
         -- turnback:allow unparsed -- new -- syntax\n\
         alter table t drop column a;\n\
         -- turnback:backfill S.T\n\
         /* why */ update s.t set a = 1 where a is null;",
    );
    assert!(script.statements[0].allows.is_empty());
    let allows: Vec<_> = script.statements[1]
        .allows
        .iter()
        .map(|allow| (allow.hazard.as_str(), allow.reason.as_str(), allow.at.line))
        .collect();
    assert_eq!(
        allows,
        [("ban-drop-column", "nobody reads it", 2), ("unparsed", "new -- syntax", 3)]
    );
    assert_eq!(script.statements[2].backfill.as_ref().unwrap().table.to_string(), "s.t");
}

#[test]
fn strings_bodies_and_other_comments_hold_no_directives() {
    let script = postgres(
        "select '\n-- turnback:transaction off\n', $$\n-- turnback:bogus\n$$;\n\
         /* a\n-- turnback:bogus\n*/ -- see turnback for more\n",
    );
    assert_eq!(script.mode, TransactionMode::Single);
}

#[test]
fn what_is_misspelt_is_an_error_at_the_word() {
    for (line, expected) in [
        (
            "--turnback :transaction off",
            "1:3 this looks like a directive, but is not written like one",
        ),
        (
            "-- Turnback:transaction off",
            "1:4 this looks like a directive, but is not written like one",
        ),
        ("/* turnback:transaction off */", "1:4 a directive must be a line comment"),
        ("-- turnback:transacton off", "1:13 unknown directive `transacton`"),
        ("-- turnback:", "1:13 unknown directive ``"),
        ("-- turnback:transaction on", "1:25 `transaction` knows only `off`"),
        ("-- turnback:transaction off now", "1:29 unexpected `now`"),
        ("-- turnback:requires tabel users", "1:22 `tabel` is no kind of object"),
        ("-- turnback:requires table a, b", "1:31 `b` is no kind of object"),
        ("-- turnback:requires column ip", "1:29 this is not the name of a column"),
        ("-- turnback:requires role a.b", "1:27 this is not the name of a role"),
        (
            "-- turnback:requires table",
            "1:27 expected the name of the table, but the directive ends here",
        ),
        ("-- turnback:requires table \"x", "1:28 this quoted name has no end"),
        ("-- turnback:requires table a, table a", "1:31 `table a` is given twice"),
        ("-- turnback:adopt-if view v", "1:22 `adopt-if` knows only tables"),
        ("-- turnback:adopt-if table t (a int", "1:36 expected `)`, but the directive ends here"),
        ("-- turnback:backup t(a b)", "1:24 expected `,` or `)`, found `b)`"),
        ("-- turnback:backup a.b.c", "1:20 a table's name has at most a schema before it"),
        ("-- turnback:backup", "1:19 expected the name of a table, but the directive ends here"),
        ("-- turnback:allow ban-drop-colum -- x", "1:19 unknown hazard `ban-drop-colum`"),
        (
            "-- turnback:allow prefer-text-field -- x",
            "1:19 `prefer-text-field` is a rule of squawk that turnback does not apply",
        ),
        ("-- turnback:allow ban-drop-column", "1:34 expected `-- <reason>`"),
        (
            "-- turnback:allow ban-drop-column --  ",
            "1:37 expected a reason, but the directive ends here",
        ),
        (
            "select 1; -- turnback:allow unparsed -- x",
            "1:14 a directive stands on a line of its own",
        ),
    ] {
        for engine in [Engine::Postgres, Engine::Sqlite] {
            assert_eq!(
                shown(&refused(engine, &format!("{line}\nselect 1;\n"))),
                expected,
                "{line}"
            );
        }
    }
}

#[test]
fn what_is_misplaced_is_an_error() {
    for (text, expected) in [
        (
            "select 1;\n-- turnback:transaction off",
            "2:13 directive `transaction` stands behind the first statement",
        ),
        (
            "-- turnback:transaction off\n-- turnback:transaction off",
            "2:25 `transaction off` is given twice",
        ),
        (
            "select\n-- turnback:allow unparsed -- x\n1",
            "2:13 directive `allow` stands inside a statement",
        ),
        (
            "select 1\n-- turnback:allow unparsed -- x\n;select 2",
            "2:13 directive `allow` stands inside a statement",
        ),
        (
            "select 1;\n-- turnback:allow unparsed -- x\n",
            "2:13 no statement follows this directive",
        ),
        (
            "-- turnback:backfill t\nselect 1",
            "1:22 the statement below is neither UPDATE nor DELETE",
        ),
        (
            "-- turnback:backfill t\nupdate u set a = 1",
            "1:22 the statement below changes `u`, not `t`",
        ),
        (
            "-- turnback:backfill t\n-- turnback:backfill t\nupdate t set a = 1",
            "2:22 `backfill` is given twice",
        ),
    ] {
        for engine in [Engine::Postgres, Engine::Sqlite] {
            assert_eq!(shown(&refused(engine, text)), expected, "{text}");
        }
    }
}

#[test]
fn hints_name_the_nearest() {
    let hints = |text| refused(Engine::Postgres, text).problem().hints;
    assert_eq!(
        hints("-- turnback:bakfill t")[0],
        "known directives: `backfill`, `backup`, `allow`, `requires`, `adopt-if`, `transaction`"
    );
    let hint = &hints("-- turnback:allow renaming-tabel -- x\nselect 1")[0];
    assert!(hint.contains("the nearest names: `renaming-table`"), "{hint}");
}

#[test]
fn a_caret_stands_under_the_word() {
    let error = refused(Engine::Postgres, "\r\n  -- turnback:transacton off\r\nselect 1;");
    let place = error.problem().place.unwrap();
    assert_eq!(place.to_string(), "V1__a.sql:2:15");
    assert_eq!(place.line_text.as_deref(), Some("  -- turnback:transacton off"));
    assert!(matches!(error, ScriptError::Directive { .. }));
}
