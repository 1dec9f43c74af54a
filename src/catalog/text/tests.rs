use super::*;
use crate::catalog::{Catalog, CatalogObject, Kind, ObjectKey, Scope};
use crate::model::Engine;

/// An object of the table `app.users`, or of the schema where the kind has no parent.
fn object(kind: Kind, name: &str, properties: &[(&str, &str)]) -> CatalogObject {
    let parent = matches!(kind, Kind::Column | Kind::Constraint | Kind::Index);
    let key = ObjectKey {
        kind,
        schema: Some("app".into()),
        parent: parent.then(|| "users".into()),
        name: name.into(),
    };
    let pair = |(name, value): &(&str, &str)| ((*name).into(), (*value).into());
    CatalogObject { properties: properties.iter().map(pair).collect(), ..CatalogObject::new(key) }
}

#[test]
fn a_column_reads_as_in_its_table() {
    let column = object(
        Kind::Column,
        "Name",
        &[("type", "text"), ("not_null", "true"), ("default", "''"), ("collation", "\"C\"")],
    );
    assert_eq!(object_text(&column), "\"Name\" text COLLATE \"C\" DEFAULT '' NOT NULL\n");
}

#[test]
fn a_constraint_without_a_name_of_its_own_is_given_none() {
    let named = object(Kind::Constraint, "adult", &[("definition", "CHECK (age > 17)")]);
    assert_eq!(object_text(&named), "CONSTRAINT adult CHECK (age > 17)\n");
    let unnamed = object(
        Kind::Constraint,
        "FOREIGN KEY (a)",
        &[("definition", "FOREIGN KEY (a) REFERENCES b (c) ON DELETE CASCADE")],
    );
    assert_eq!(object_text(&unnamed), "FOREIGN KEY (a) REFERENCES b (c) ON DELETE CASCADE\n");
}

#[test]
fn what_has_no_words_in_sql_is_a_remark() {
    let mut view = object(Kind::View, "adults", &[("query", " SELECT 1;"), ("odd_thing", "x\ny")]);
    view.noted.insert("version".into(), "2".into());
    assert_eq!(
        object_text(&view),
        "CREATE VIEW app.adults AS\n SELECT 1;\n-- odd thing:\n--   x\n--   y\n-- version: 2\n"
    );
}

/// Every word the texts know a property by, and one that they do not.
const NAMES: &str = "type collation default generated identity not_null definition columns unique \
    where query virtual unlogged of_type partition_of partition_bound inherits partition_key \
    access_method server options strict without_rowid labels base attributes subtype start \
    increment minimum maximum cache owned_by cycle arguments returns language window volatility \
    leakproof security_definer parallel cost rows support settings sql_body body restrictive \
    command roles using using_query check check_query event tags function in_schema comment owner \
    grants row_level_security something_new";

#[test]
fn no_property_of_any_kind_is_dropped() {
    for kind in Kind::ALL {
        for form in ["enum", "domain", "composite", "range", "OTHER"] {
            let mut object = object(kind, "thing", &[("form", form)]);
            let values: Vec<String> = NAMES
                .split_whitespace()
                .enumerate()
                .map(|(number, name)| {
                    let value = format!("VALUE{number};");
                    object.properties.insert(name.to_owned(), value.clone());
                    value
                })
                .collect();
            let table = self::object(Kind::Table, "users", &[]);
            let objects = [object.clone(), table];
            let catalog = Catalog::new(Engine::Postgres, 15, Scope::default(), objects);
            for text in [object_text(&object), catalog_text(&catalog)] {
                for value in values.iter().map(|value| value.trim_end_matches(';')) {
                    assert!(text.contains(value), "{kind} {form} lost {value}:\n{text}");
                }
            }
        }
    }
}

#[test]
fn a_catalog_reads_like_the_script_that_makes_it() {
    let at = |position: &str, mut object: CatalogObject| {
        object.noted.insert("position".into(), position.into());
        object
    };
    let mut extension = object(Kind::Extension, "uuid-ossp", &[("in_schema", "public")]);
    extension.key.schema = None;
    extension.noted.insert("version".into(), "1.1".into());
    let mut schema = object(Kind::Schema, "app", &[("owner", "postgres")]);
    schema.key.schema = None;
    let mut elsewhere = object(Kind::View, "numbers", &[("query", "SELECT 1;")]);
    elsewhere.key.schema = Some("a_schema".into());
    let mut view_column = object(Kind::Column, "id", &[("type", "bigint"), ("comment", "the id")]);
    view_column.key.parent = Some("adults".into());
    let objects = [
        extension,
        schema,
        elsewhere,
        object(Kind::Type, "mood", &[("form", "enum"), ("labels", "'sad', 'happy'")]),
        object(Kind::Table, "users", &[("owner", "app"), ("row_level_security", "enabled")]),
        at("10", object(Kind::Column, "age", &[("type", "integer"), ("comment", "in years")])),
        at("9", object(Kind::Column, "id", &[("type", "bigint"), ("identity", "always")])),
        object(Kind::Constraint, "users_pkey", &[("definition", "PRIMARY KEY (id)")]),
        object(
            Kind::Index,
            "by_age",
            &[
                ("definition", "CREATE INDEX by_age ON app.users USING btree (age)"),
                ("valid", "false"),
            ],
        ),
        object(Kind::View, "adults", &[("query", "SELECT id\n   FROM users;")]),
        at("1", view_column),
        object(
            Kind::Function,
            "f(integer)",
            &[
                ("arguments", "n integer"),
                ("returns", "integer"),
                ("language", "sql"),
                ("volatility", "stable"),
                ("settings", "search_path=\"\"\nwork_mem=1MB"),
                ("body", " \n  SELECT $$1$$;\n"),
                ("grants", "PUBLIC: none\nreader: ALL"),
            ],
        ),
    ];
    let scope = Scope { schemas: ["app".into(), "a_schema".into()].into() };
    let text = catalog_text(&Catalog::new(Engine::Postgres, 15, scope, objects));
    insta::assert_snapshot!(text, @r#"
    -- PostgreSQL 15
    -- schemas: a_schema, app

    CREATE EXTENSION "uuid-ossp" SCHEMA public;
    -- version: 1.1

    CREATE VIEW a_schema.numbers AS
    SELECT 1;

    CREATE SCHEMA app;
    -- owner: postgres

    CREATE TYPE app.mood AS ENUM ('sad', 'happy');

    CREATE TABLE app.users (
        id bigint GENERATED ALWAYS AS IDENTITY,
        age integer,
        -- comment: in years
        CONSTRAINT users_pkey PRIMARY KEY (id)
    );
    -- owner: app
    -- row level security: enabled
    CREATE INDEX by_age ON app.users USING btree (age);
    -- valid: false

    CREATE VIEW app.adults AS
    SELECT id
       FROM users;
    -- column id bigint
    --   -- comment: the id

    CREATE FUNCTION app.f(n integer)
        RETURNS integer
        LANGUAGE sql STABLE
        SET search_path=""
        SET work_mem=1MB
    AS $_$
      SELECT $$1$$;
    $_$;
    -- grants:
    --   PUBLIC: none
    --   reader: ALL
    "#);
}
