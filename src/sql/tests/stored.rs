use std::collections::BTreeSet;

use crate::sql::stored::{
    SchemaNames, TableText, canonical_default, canonical_statement, canonical_type, read_index,
    read_table, read_trigger, read_view,
};

const TRIGGER: &str = "CREATE TRIGGER [t 1] UPDATE OF a, \"b\" ON x FOR EACH ROW\n\
    WHEN new.begin > (SELECT 1) BEGIN -- first\n\
    update x set a = CASE WHEN \"b\" THEN 1 END where \"b\"=='b';; SELECT \"no name\" from x; END;";

fn names() -> SchemaNames {
    [("x".to_owned(), BTreeSet::from(["a".to_owned(), "b".to_owned()]))].into()
}

#[test]
fn a_trigger_is_written_clause_by_clause() {
    assert_eq!(
        read_trigger(TRIGGER, &names()).unwrap(),
        "CREATE TRIGGER \"t 1\" BEFORE UPDATE OF a, b ON x\n\
         WHEN new.\"begin\" > (SELECT 1)\n\
         BEGIN\n  \
           UPDATE x SET a = CASE WHEN b THEN 1 END\n  WHERE b = 'b';\n  \
           SELECT 'no name'\n  FROM x;\n\
         END"
    );
}

#[test]
fn a_view_is_written_clause_by_clause() {
    let sql = "CREATE VIEW v(one, [two 2]) AS select a, count ( * ) \"b\" from x left  join x y \
               on y.a=x.a where -a<- 1 group by a union all select replace(a,1,2),X'0aF0' from x";
    let view = read_view(sql, &names()).unwrap();
    assert_eq!(view.columns.unwrap(), "one, \"two 2\"");
    assert_eq!(
        view.query,
        "SELECT a, count(*) b\nFROM x\nLEFT JOIN x y ON y.a = x.a\nWHERE -a < -1\nGROUP BY a\n\
         UNION ALL\nSELECT REPLACE (a, 1, 2), x'0AF0'\nFROM x"
    );
}

#[test]
fn defaults_and_types_have_one_form() {
    for (written, canonical) in [
        ("null", None),
        ("5", Some("5")),
        ("- 5", Some("-5")),
        ("1+1", Some("(1 + 1)")),
        ("Word", Some("'Word'")),
        ("\"Word\"", Some("'Word'")),
        ("True", Some("TRUE")),
        ("current_timestamp", Some("CURRENT_TIMESTAMP")),
    ] {
        assert_eq!(canonical_default(written).as_deref(), canonical, "{written}");
    }
    assert_eq!(canonical_type("Numeric( 10 ,2 )"), "NUMERIC(10, 2)");
}

/// SQLite lets its schema be edited, so any text may come.
#[test]
fn a_text_cut_anywhere_is_still_compared() {
    let names = names();
    let table = "CREATE TABLE [t] (a int(1, 2) CONSTRAINT p PRIMARY KEY ASC ON CONFLICT FAIL \
                 AUTOINCREMENT, b DEFAULT -1 REFERENCES x (a) ON DELETE SET NULL MATCH FULL NOT \
                 DEFERRABLE INITIALLY DEFERRED, c AS (a || 'é') STORED, UNIQUE (a COLLATE nocase) \
                 CHECK (\"a\" > 0))";
    let index = "CREATE UNIQUE INDEX i ON t (a COLLATE x DESC, (b)) WHERE a > 0";
    let full = read_table(table);
    assert!(matches!(full, Some(TableText::Ordinary { columns, .. }) if columns.len() == 3));
    for text in [table, index, TRIGGER, "CREATE VIRTUAL TABLE v USING m (a b, 'c')"] {
        for (end, _) in text.char_indices() {
            let text = &text[..end];
            let _ = (read_table(text), read_index(text, &["a".to_owned()]));
            let _ = (read_view(text, &names), read_trigger(text, &names));
            let _ = (canonical_statement(text, &names), canonical_default(text));
        }
    }
}
