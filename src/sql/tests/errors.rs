use super::{postgres, refused, shown, sqlite, texts};
use crate::model::{Diagnose as _, Engine, ProblemKind};
use crate::sql::{ScriptError, StatementKind, TransactionMode, parse};

#[test]
fn the_transaction_is_turnbacks_own() {
    for engine in [Engine::Postgres, Engine::Sqlite] {
        for statement in
            ["begin", "start transaction", "commit", "end", "rollback", "rollback work", "abort"]
        {
            for head in ["", "-- turnback:transaction off\n"] {
                let error = refused(engine, &format!("{head}select 1;\n{statement};"));
                assert!(matches!(error, ScriptError::TransactionControl { .. }), "{statement}");
                assert_eq!(error.problem().kind, ProblemKind::InvalidSet);
            }
        }
        for statement in ["savepoint a", "release a", "rollback to a", "rollback transaction to a"]
        {
            assert!(parse(engine, "f", statement).is_ok(), "{statement}");
            let error = refused(engine, &format!("-- turnback:transaction off\n{statement};"));
            assert!(matches!(error, ScriptError::SavepointWithoutTransaction { .. }));
        }
    }
    for statement in ["prepare transaction 'x'", "commit prepared 'x'", "rollback and chain"] {
        let error = refused(Engine::Postgres, statement);
        assert!(matches!(error, ScriptError::TransactionControl { .. }), "{statement}");
    }
}

#[test]
fn what_needs_no_transaction_needs_the_directive() {
    let postgres = [
        "vacuum",
        "vacuum full t",
        "create database d",
        "drop database d",
        "alter system set a = 1",
        "create tablespace x location '/x'",
        "drop tablespace x",
        "reindex table concurrently t",
        "reindex (concurrently) index i",
        "reindex database d",
        "reindex schema s",
        "alter table a detach partition b concurrently",
        "cluster",
        "discard all",
        "create subscription s connection '' publication p",
        "drop subscription s",
        "alter subscription s refresh publication",
        "alter database d set tablespace x",
        "create index concurrently i on t (a)",
        "drop index concurrently i",
    ];
    let sqlite = [
        "vacuum",
        "vacuum into 'x'",
        "attach 'x' as y",
        "detach y",
        "pragma journal_mode = wal",
        "pragma main.synchronous(off)",
        "pragma wal_checkpoint",
    ];
    for (engine, statements) in
        [(Engine::Postgres, postgres.as_slice()), (Engine::Sqlite, sqlite.as_slice())]
    {
        for statement in statements {
            let error = refused(engine, &format!("\n  {statement};"));
            assert!(
                matches!(error, ScriptError::NeedsNoTransaction { .. }),
                "{statement}: {error}"
            );
            assert!(shown(&error).starts_with("2:3 "));
            let off = format!("-- turnback:transaction off\n{statement};");
            let script = parse(engine, "f", &off).expect(statement);
            assert_eq!(script.mode, TransactionMode::Off);
            assert_eq!(script.statements.len(), 1);
        }
    }
}

#[test]
fn what_only_resembles_them_runs_in_a_transaction() {
    for statement in [
        "reindex table t",
        "cluster t",
        "cluster t using i",
        "discard plans",
        "analyze",
        "create subscription s connection '' publication p with (connect = false)",
        "alter subscription s disable",
        "alter database d set a = 1",
        "alter table a detach partition b",
    ] {
        let kind = &postgres(statement).statements[0].kind;
        assert!(!kind.runs_alone(), "{statement}");
    }
    for statement in
        ["pragma journal_mode", "pragma user_version = 3", "pragma defer_foreign_keys = on"]
    {
        let kind = &sqlite(statement).statements[0].kind;
        assert!(!kind.runs_alone(), "{statement}");
    }
}

#[test]
fn copy_from_the_client_is_refused_before_its_data() {
    let error = refused(Engine::Postgres, "copy t (a) from stdin;\n1\tit's\n\\.\n");
    assert_eq!(
        shown(&error),
        "1:1 COPY FROM STDIN needs a client that feeds or reads the data; a script has none"
    );
    assert!(matches!(
        refused(Engine::Postgres, "copy (select 1) to stdout"),
        ScriptError::CopyWithClient { direction: "TO STDOUT", .. }
    ));
    for statement in
        ["copy t from '/x'", "copy t from program 'x' with (format csv)", "copy t to '/x'"]
    {
        postgres(statement);
    }
}

#[test]
fn foreign_keys_are_switched_by_turnback() {
    let error = refused(Engine::Sqlite, "select 1; pragma foreign_keys = off;");
    assert_eq!(shown(&error), "1:11 PRAGMA foreign_keys does nothing inside a transaction");
    sqlite("-- turnback:transaction off\npragma foreign_keys = off;");
    sqlite("pragma foreign_keys;");
}

#[test]
fn commands_of_the_shells_are_not_sql() {
    for (text, expected) in [
        ("\\connect x\nselect 1;", "1:1 `\\connect` is a psql command, not SQL"),
        ("select 1;\n\\i x.sql\n", "2:1 `\\i` is a psql command, not SQL"),
        ("select 1 \\gexec", "1:10 `\\gexec` is a psql command, not SQL"),
    ] {
        assert_eq!(shown(&refused(Engine::Postgres, text)), expected);
    }
    let error = refused(Engine::Sqlite, "select 1;\n.read x.sql\nselect 2;");
    assert_eq!(shown(&error), "2:1 `.read` is a command of the sqlite3 shell, not SQL");
}

#[test]
fn broken_text_is_refused_where_it_breaks() {
    for (engine, text, expected) in [
        (Engine::Postgres, "select 1;\nselect 'a;", "2:8 syntax error: this string has no end"),
        (Engine::Postgres, "select $a$;", "1:8 syntax error: this dollar-quoted string has no end"),
        (Engine::Postgres, "/* /* */ select", "1:1 syntax error: this block comment has no end"),
        (Engine::Sqlite, "select 1;\n  /* a", "2:3 syntax error: this block comment has no end"),
        (Engine::Sqlite, "select 1 \\ 2", "1:10 syntax error: SQLite does not know this sign"),
        (
            Engine::Sqlite,
            "\ncreate trigger a after insert on t begin select 1; select 2;",
            "2:1 this CREATE TRIGGER has no `END;`",
        ),
        (Engine::Sqlite, "select '\0'", "1:9 the script holds a NUL character"),
    ] {
        assert_eq!(shown(&refused(engine, text)), expected, "{text}");
    }
    let error = refused(Engine::Postgres, "select 1;\n-- é\ncreate tabel t ();");
    assert!(shown(&error).starts_with("3:"), "{}", shown(&error));
    assert!(error.problem().hints[0].contains("allow unparsed"));
    assert!(matches!(refused(Engine::Postgres, "select 1 select 2"), ScriptError::Syntax { .. }));
}

#[test]
fn syntax_squawk_does_not_know_can_be_allowed() {
    let text = "-- turnback:allow unparsed -- a newer server\nfrobnicate table t;\nselect 1";
    let script = postgres(text);
    assert_eq!(texts(text, &script), ["frobnicate table t", "select 1"]);
    assert!(script.statements[0].unparsed);
    assert_eq!(script.statements[0].kind, StatementKind::Other);
    assert_eq!(script.statements[0].summary, "FROBNICATE table t");
    assert!(!script.statements[1].unparsed);
    // The way out is for one statement, and for no rule but the parser's.
    refused(Engine::Postgres, &format!("{text}; frobnicate"));
    refused(Engine::Postgres, "-- turnback:allow unparsed -- x\ncommit frobnicate");
}

#[test]
fn depth_is_refused_before_it_hurts() {
    for text in [
        format!("select {}1{}", "(".repeat(3_000), ")".repeat(3_000)),
        format!("select {}1", "not ".repeat(20_000)),
        format!("select {}1", "1 + ".repeat(20_000)),
        format!("select {}1", "case when ".repeat(20_000)),
        format!(
            "create function f() returns int language sql as $$ select {} $$",
            "(".repeat(3_000)
        ),
        "(".repeat(100_000),
        "select 1 union ".repeat(100_000),
    ] {
        assert!(matches!(refused(Engine::Postgres, &text), ScriptError::TooDeep { .. }));
    }
    for text in [
        format!("select {}1{}", "(".repeat(400), ")".repeat(400)),
        format!("select {}1", "a and ".repeat(2_000)),
        format!("{}select 1", "select 1 union all ".repeat(2_000)),
        format!("insert into t values {}(1, 2)", "(1, -2), ".repeat(5_000)),
    ] {
        assert_eq!(postgres(&text).statements.len(), 1);
    }
}
