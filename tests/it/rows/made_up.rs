//! Rows made up from a catalog: every table gets some, whatever its columns and conditions.

use std::collections::BTreeMap;

use turnback::catalog::{Catalog, Kind, Scope};
use turnback::engine::{Filled, fill};
use turnback::model::{ObjectName, Target};
use turnback::sets::{BundledSet, bundled, load_bundled};

use super::session;
use crate::support::{Cluster, Either, SqliteFile, Turnback};

/// Fills every table that the catalog of a database knows.
fn fill_all(place: &Either) -> Filled {
    fill_where(place, None, |_| true)
}

/// Fills some of the tables, with rows that are also to satisfy another catalog.
fn fill_where(
    place: &Either,
    last: Option<&Catalog>,
    is_wanted: impl Fn(&ObjectName) -> bool,
) -> Filled {
    let mut session = session(place);
    // Writing begins with a connection that may.
    session.try_lock().expect("nobody else is there");
    let catalog = session.read_catalog(&Scope::default()).expect("it can be read");
    let tables: Vec<ObjectName> = catalog
        .objects
        .keys()
        .filter(|key| key.kind == Kind::Table)
        .map(|key| ObjectName { schema: key.schema.clone(), name: key.name.clone() })
        .filter(is_wanted)
        .collect();
    let target = Target {
        set: None,
        schema: None,
        history_table: Target::history_table_of(None),
        highest_version: None,
    };
    fill(session.as_mut(), &target, &catalog, last, &tables).expect("the database goes on")
}

/// Rows by the table's own name.
fn rows(filled: &Filled) -> BTreeMap<&str, u64> {
    filled.rows.iter().map(|(table, rows)| (table.name.as_str(), *rows)).collect()
}

#[track_caller]
fn assert_full(filled: &Filled) {
    assert!(filled.left_empty.is_empty(), "{:#?}", filled.left_empty);
    let few: Vec<_> = filled.rows.iter().filter(|(_, rows)| **rows < 2).collect();
    assert!(few.is_empty(), "{few:?} have hardly any");
}

/// Each of the server's own types, and types made of them.
const EVERY_TYPE: &str = r#"
    smallint; integer; bigint; numeric; numeric(5,2); numeric(3,3); real; double precision;
    money; boolean; text; varchar(3); varchar(20); char; char(5); "char"; name; bytea; date;
    time; time(3) with time zone; timestamp(0); timestamptz; interval; interval day to second;
    uuid; json; jsonb; jsonpath; xml; inet; cidr; macaddr; macaddr8; bit; bit(6); varbit;
    varbit(2); point; line; lseg; box; path; polygon; circle; tsvector; tsquery; pg_lsn; oid;
    xid; xid8; cid; tid; pg_snapshot; regclass; regtype; regproc; regnamespace; int4range;
    int8range; numrange; daterange; tsrange; tstzrange; int4multirange; datemultirange;
    integer[]; text[]; box[]; timestamptz[][]; numeric(4,1)[]
"#;

#[test]
fn a_column_of_every_type_is_filled() {
    let place = Either::Postgres(Cluster::shared().database());
    let types: Vec<&str> = EVERY_TYPE.split(';').map(str::trim).collect();
    let columns: Vec<String> =
        types.iter().enumerate().map(|(index, it)| format!("c{index} {it}")).collect();
    place.query(&format!(
        "CREATE SCHEMA app;
         CREATE TYPE app.\"Mood\" AS ENUM ('sad', 'it''s ok', 'happy');
         CREATE DOMAIN app.short AS varchar(10) NOT NULL CHECK (VALUE ~ '^[a-z]+$');
         CREATE DOMAIN app.shorter AS app.short CHECK (length(VALUE) = 2);
         CREATE TYPE app.pair AS (\"left one\" integer, \"right\" app.\"Mood\"[], t text COLLATE \"C\");
         CREATE TYPE app.span AS RANGE
             (subtype = timestamptz, multirange_type_name = app.span_multirange);
         CREATE TABLE app.nullable ({});
         CREATE TABLE app.own (a app.\"Mood\" NOT NULL, b app.short, c app.shorter, d app.pair NOT NULL,
             e app.span NOT NULL, f app.\"Mood\"[] NOT NULL, g app.pair[] NOT NULL,
             h app.span_multirange NOT NULL, i app.short[] NOT NULL);
         CREATE TABLE app.none ();",
        columns.join(", ")
    ));
    let filled = fill_all(&place);
    assert_full(&filled);
    let nulls: Vec<&str> = (0..)
        .zip(&types)
        .filter(|(index, _)| {
            let null = format!("SELECT count(*) FROM app.nullable WHERE c{index} IS NULL");
            place.query(&null) != "0"
        })
        .map(|(_, it)| *it)
        .collect();
    assert!(nulls.is_empty(), "{nulls:?} are NULL");
    assert_eq!(
        place.query("SELECT count(DISTINCT a) >= 2, count(DISTINCT d::text) >= 2 FROM app.own"),
        "t|t"
    );
}

const CONDITIONS: &str = "
    CREATE TABLE conditions (
        id integer PRIMARY KEY,
        status text NOT NULL CHECK (status IN ('active', 'revoked')),
        priority smallint NOT NULL CHECK (priority BETWEEN 90 AND 92),
        hash text NOT NULL UNIQUE CHECK (length(hash) = 64),
        code text NOT NULL CHECK (length(code) BETWEEN 5 AND 7 AND code = upper(code)),
        email text CHECK (email LIKE '%_@_%.__%' AND email = lower(email)),
        score integer CHECK (score > 1000000 AND score % 7 = 0),
        ratio numeric(5, 4) NOT NULL CHECK (ratio >= 0 AND ratio <= 1),
        created_at timestamp NOT NULL,
        expires_at timestamp NOT NULL,
        revoked_at timestamp,
        reason text,
        low integer NOT NULL, high integer NOT NULL, middle integer NOT NULL,
        one text, other text,
        CHECK (expires_at > created_at),
        CHECK (revoked_at IS NULL OR revoked_at >= created_at),
        CHECK ((revoked_at IS NULL) = (reason IS NULL)),
        CHECK ((status = 'revoked') = (revoked_at IS NOT NULL)),
        CHECK (low < middle AND middle < high),
        CONSTRAINT just_one CHECK ((one IS NULL) <> (other IS NULL)),
        UNIQUE (status, low)
    );";

#[test]
fn conditions_are_satisfied_on_both_engines() {
    for place in Either::both() {
        place.query(CONDITIONS);
        let filled = fill_all(&place);
        assert_full(&filled);
        assert_eq!(
            place.query(
                "SELECT count(DISTINCT status), count(DISTINCT hash) = count(*) FROM conditions"
            ),
            if matches!(place, Either::Postgres(_)) { "2|t" } else { "2|1" }
        );
    }
}

#[test]
fn conditions_of_postgres_alone_are_satisfied() {
    let place = Either::Postgres(Cluster::shared().database());
    place.query(
        "CREATE TABLE a (
             token_hash bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
             hex text NOT NULL CHECK (hex ~ '^[0-9a-f]{40}$') UNIQUE,
             version text NOT NULL CHECK (version ~ '^v\\d+\\.\\d+$'),
             agent text CHECK (char_length(agent) <= 12),
             scopes text[] NOT NULL CHECK (scopes <@ ARRAY['read', 'write'] AND cardinality(scopes) > 0),
             meta jsonb NOT NULL CHECK (jsonb_typeof(meta) = 'object' AND meta ? 'kind'),
             ip inet CHECK (family(ip) = 4),
             kind text NOT NULL, size integer,
             during tstzrange NOT NULL, EXCLUDE USING gist (during WITH &&),
             total integer GENERATED ALWAYS AS (size * 2) STORED CHECK (total > 0),
             CHECK (CASE kind WHEN 'small' THEN size < 10 WHEN 'large' THEN size >= 1000 ELSE false END),
             at timestamptz NOT NULL DEFAULT now(),
             until timestamptz NOT NULL CHECK (until > now() - interval '1 day'),
             CHECK (until <= at + interval '200 years')
         );
         CREATE UNIQUE INDEX ON a (lower(hex));
         CREATE UNIQUE INDEX ON a (kind) WHERE agent IS NULL;
         -- Conditions that some values cannot even be asked for.
         CREATE TABLE \"Odd \"\"T\" (\"Id\" integer PRIMARY KEY, i integer CHECK (i / (i - 1) >= 0),
             document text NOT NULL CHECK (document::jsonb ? 'kind'));
         CREATE TABLE many (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, s bigserial, n int DEFAULT 7);",
    );
    let filled = fill_all(&place);
    assert_full(&filled);
    assert_eq!(place.query("SELECT count(DISTINCT n) > 1, bool_or(n = 7) FROM many"), "t|t");
}

#[test]
fn foreign_keys_lead_to_rows_along_chains_to_themselves_and_in_circles() {
    for place in Either::both() {
        place.query(
            "CREATE TABLE z_users (id integer PRIMARY KEY, name text NOT NULL);
             CREATE TABLE tenants (id integer PRIMARY KEY);
             CREATE TABLE accounts (tenant integer NOT NULL REFERENCES tenants (id), no integer NOT NULL,
                 owner integer NOT NULL REFERENCES z_users, PRIMARY KEY (tenant, no));
             CREATE TABLE bookings (id integer PRIMARY KEY,
                 tenant integer NOT NULL REFERENCES tenants, account integer NOT NULL,
                 other integer, by_user integer REFERENCES z_users (id),
                 FOREIGN KEY (tenant, account) REFERENCES accounts (tenant, no),
                 FOREIGN KEY (tenant, other) REFERENCES accounts (tenant, no),
                 CHECK (other <> account));
             CREATE TABLE tree (id integer PRIMARY KEY, parent integer REFERENCES tree (id));
             CREATE TABLE rooted (id integer PRIMARY KEY, parent integer NOT NULL REFERENCES rooted (id));
             CREATE TABLE memberships (\"user\" integer REFERENCES z_users (id), tenant integer REFERENCES tenants (id),
                 PRIMARY KEY (\"user\", tenant));",
        );
        let open = match place {
            Either::Postgres(_) => {
                "CREATE TABLE a (id integer PRIMARY KEY, b integer);
                 CREATE TABLE b (id integer PRIMARY KEY, a integer NOT NULL REFERENCES a (id));
                 ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b (id);
                 CREATE TABLE c (id integer PRIMARY KEY, d integer NOT NULL);
                 CREATE TABLE d (id integer PRIMARY KEY, c integer NOT NULL REFERENCES c (id));
                 ALTER TABLE c ADD FOREIGN KEY (d) REFERENCES d (id) DEFERRABLE;"
            }
            Either::Sqlite(_) => {
                "CREATE TABLE a (id integer PRIMARY KEY, b integer REFERENCES b (id));
                 CREATE TABLE b (id integer PRIMARY KEY, a integer NOT NULL REFERENCES a (id));
                 CREATE TABLE c (id integer PRIMARY KEY, d integer NOT NULL REFERENCES d (id));
                 CREATE TABLE d (id integer PRIMARY KEY, c integer NOT NULL REFERENCES c (id));"
            }
        };
        place.query(open);
        let filled = fill_all(&place);
        assert_full(&filled);
        assert_eq!(
            place.query("SELECT count(*) FROM a WHERE b IS NOT NULL"),
            rows(&filled)["a"].to_string()
        );
        assert_ne!(place.query("SELECT count(*) FROM tree WHERE parent IS NOT NULL"), "0");
        assert_ne!(place.query("SELECT count(*) FROM bookings WHERE by_user IS NOT NULL"), "0");
    }
}

#[test]
fn partitions_get_rows_through_their_root() {
    let place = Either::Postgres(Cluster::shared().database());
    place.query(
        "CREATE TABLE log (id int, at date NOT NULL, kind text NOT NULL) PARTITION BY RANGE (at);
         CREATE TABLE log_2 PARTITION OF log FOR VALUES FROM ('2031-02-01') TO ('2031-03-01');
         CREATE TABLE log_3 PARTITION OF log FOR VALUES FROM ('2031-03-01') TO ('2031-04-01')
             PARTITION BY LIST (kind);
         CREATE TABLE log_3_x PARTITION OF log_3 FOR VALUES IN ('x', 'y');
         CREATE TABLE numbered (a int NOT NULL, b int NOT NULL) PARTITION BY RANGE (a, b);
         CREATE TABLE numbered_1 PARTITION OF numbered FOR VALUES FROM (1000, 5) TO (1000, 50);
         CREATE TABLE hashed (a int) PARTITION BY HASH (a);
         CREATE TABLE hashed_0 PARTITION OF hashed FOR VALUES WITH (modulus 2, remainder 0);
         CREATE TABLE empty (a int) PARTITION BY LIST (a);",
    );
    let filled = fill_all(&place);
    assert!(rows(&filled).values().all(|rows| *rows >= 1), "{filled:?}");
    let empty: Vec<&str> = filled.left_empty.iter().map(|it| it.table.name.as_str()).collect();
    assert_eq!(empty, ["empty"], "{filled:#?}");
    assert_eq!(filled.left_empty[0].code.as_deref(), Some("23514"));
    assert_eq!(rows(&filled).len(), 3, "{filled:?}");
}

#[test]
fn a_table_that_takes_no_rows_says_why_and_the_others_have_theirs() {
    let postgres = Either::Postgres(Cluster::shared().database());
    postgres.query(
        "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not today'; END $$;
         CREATE FUNCTION never() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
         CREATE TABLE refused (a int); CREATE TRIGGER t BEFORE INSERT ON refused FOR EACH ROW EXECUTE FUNCTION no();
         CREATE TABLE swallowed (a int); CREATE TRIGGER t BEFORE INSERT ON swallowed FOR EACH ROW EXECUTE FUNCTION never();
         CREATE TABLE late (a int);
         CREATE CONSTRAINT TRIGGER t AFTER INSERT ON late DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION no();
         CREATE TABLE impossible (a int NOT NULL, CONSTRAINT never CHECK (a > 0 AND a < 0));",
    );
    let sqlite = Either::Sqlite(SqliteFile::with(
        "CREATE TABLE refused (a int); CREATE TRIGGER t BEFORE INSERT ON refused BEGIN SELECT RAISE(ABORT, 'not today'); END;
         CREATE TABLE swallowed (a int); CREATE TRIGGER u BEFORE INSERT ON swallowed BEGIN SELECT RAISE(IGNORE); END;
         CREATE TABLE late (a int); CREATE TRIGGER v AFTER INSERT ON late BEGIN SELECT RAISE(ROLLBACK, 'not today'); END;
         CREATE TABLE impossible (a int NOT NULL, CONSTRAINT never CHECK (a > 0 AND a < 0));",
    ));
    for place in [postgres, sqlite] {
        place.query("CREATE TABLE first (a int)");
        place.query("CREATE TABLE zoo (a int)");
        let filled = fill_all(&place);
        assert_eq!(
            rows(&filled).into_iter().collect::<Vec<_>>(),
            [("first", 4), ("zoo", 4)],
            "{filled:?}"
        );
        let said: BTreeMap<&str, &str> = filled
            .left_empty
            .iter()
            .map(|it| (it.table.name.as_str(), it.reason.as_str()))
            .collect();
        assert_eq!(said["refused"], "not today");
        assert_eq!(said["late"], "not today");
        assert!(said["impossible"].contains("never"), "{said:?}");
        assert!(said["swallowed"].contains("took no row"), "{said:?}");
        for table in said.keys() {
            assert_eq!(place.query(&format!("SELECT count(*) FROM {table}")), "0");
        }
    }
}

#[test]
fn the_same_schema_gets_the_same_rows() {
    for (one, other) in Either::both().into_iter().zip(Either::both()) {
        let digest = |place: &Either| {
            place.query(CONDITIONS);
            fill_all(place);
            let name = ObjectName::bare("conditions");
            session(place).data_digests(std::slice::from_ref(&name)).unwrap()[&name]
        };
        assert_eq!(digest(&one), digest(&other));
    }
}

#[test]
fn every_table_of_every_bundled_set_gets_rows() {
    for name in bundled().iter().map(BundledSet::name) {
        let place = if name == "lucia-sessions" {
            Either::Sqlite(SqliteFile::new())
        } else {
            Either::Postgres(Cluster::shared().database())
        };
        let url = place.url();
        Turnback::new(&["-D", &url, "--set", name, "migrate"]).run().expect_code(0);
        let filled = fill_all(&place);
        assert!(filled.left_empty.is_empty(), "{name}: {:#?}", filled.left_empty);
        assert!(
            filled.rows.len() >= 2 && filled.rows.values().all(|rows| *rows >= 2),
            "{name}: {:?}",
            filled.rows
        );
    }
}

/// A value that got into the wrong column, or was replaced by the column's default, must show.
#[test]
fn columns_of_one_type_have_values_of_their_own_and_not_only_the_default() {
    for place in Either::both() {
        place.query(
            "CREATE TABLE t (a text, b text, c text NOT NULL DEFAULT 'new', d integer DEFAULT 7,
                             e integer, f boolean NOT NULL DEFAULT false, g varchar(4), h timestamp)",
        );
        assert_full(&fill_all(&place));
        let told = "SELECT count(*), sum(CASE WHEN a = b OR a = c OR d = e THEN 1 ELSE 0 END), \
                    count(DISTINCT a), count(DISTINCT c) > 1, count(DISTINCT d) > 1, \
                    count(DISTINCT f), count(DISTINCT g), count(h) FROM t";
        let yes = if matches!(place, Either::Postgres(_)) { "t" } else { "1" };
        assert_eq!(place.query(told), format!("4|0|4|{yes}|{yes}|2|4|4"));
    }
}

/// Rows made at one version live through the migrations behind it, whatever conditions those add.
#[test]
fn rows_made_up_at_every_version_live_through_the_later_ones() {
    for name in bundled().iter().map(BundledSet::name) {
        let [place, whole] = if name == "lucia-sessions" {
            [SqliteFile::new(), SqliteFile::new()].map(Either::Sqlite)
        } else {
            [Cluster::shared().database(), Cluster::shared().database()].map(Either::Postgres)
        };
        let migrate = |place: &Either, to: &str| {
            Turnback::new(&["-D", &place.url(), "--set", name, "migrate", "--to", to])
                .run()
                .expect_code(0)
        };
        let versions: Vec<String> = load_bundled(name)
            .unwrap()
            .migrations
            .iter()
            .map(|migration| migration.version.to_string())
            .collect();
        migrate(&whole, versions.last().unwrap());
        let last = session(&whole).read_catalog(&Scope::default()).unwrap();
        for version in &versions {
            migrate(&place, version);
            let is_empty =
                |table: &ObjectName| place.query(&format!("SELECT count(*) FROM {table}")) == "0";
            let filled = fill_where(&place, Some(&last), is_empty);
            assert!(filled.left_empty.is_empty(), "{name} V{version}: {:#?}", filled.left_empty);
        }
    }
}
