//! Types of PostgreSQL, each with the values that are easily lost on a way through text, JSON or
//! another type.

use super::shape::{Kind, Retype};

const fn kind(
    sql: &'static str,
    values: &'static [&'static str],
    blurred: &'static [&'static str],
) -> Kind {
    Kind { sql, values, blurred, retype: None }
}

#[expect(clippy::needless_pass_by_value, reason = "a constant is made of another")]
const fn lossy(kind: Kind, to: &'static str, using: &'static str, back: &'static str) -> Kind {
    Kind { retype: Some(Retype { to, using, back }), ..kind }
}

/// What the types below and the triggers of tables need.
pub const PREAMBLE: &str = "
CREATE TYPE mood AS ENUM ('sad', 'ok', 'very happy');
CREATE TYPE pair AS (a integer, \"B b\" text);
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.touched := OLD.touched + 1;
  RETURN NEW;
END $$;
";
pub const PREAMBLE_BACK: &str =
    "DROP FUNCTION touch(); DROP DOMAIN positive; DROP TYPE pair; DROP TYPE mood;\n";

pub const INTEGER: Kind = lossy(
    kind("integer", &["0", "1", "-1", "2", "77", "2147483647", "-2147483648"], &["@ / 2", "@ & 1"]),
    "smallint",
    "(@ % 100)::smallint",
    "@::integer",
);
pub const COUNTER: Kind = kind("integer", &["0", "3"], &[]);
pub const REFERENCE: Kind = kind("integer", &["1", "2", "3"], &[]);
pub const TEXT: Kind = lossy(
    kind(
        "text",
        &[
            "''",
            "' '",
            "'abc'",
            "'ABC'",
            "'abd'",
            "'NULL'",
            "'\\N'",
            "'it''s \"quoted\"'",
            "'back\\slash \\t \\000'",
            "E'line\\nline\\r\\ttab'",
            "'(1,\"2\")'",
            "'{a,b}'",
            "'☃ größe'",
            "'trailing  '",
            "(SELECT string_agg(md5(i::text), '') FROM generate_series(1, 3200) AS i)",
        ],
        &["left(@, 1)", "upper(@)", "length(@)::text", "trim(@)"],
    ),
    "varchar(3)",
    "left(@, 3)::varchar(3)",
    "@::text",
);
pub const KEY_TEXT: Kind = kind("text", &[], &[]);
pub const BIGINT: Kind = kind("bigint", &["0", "9223372036854775807", "-9007199254740993"], &[]);
pub const UUID: Kind = kind(
    "uuid",
    &["'00000000-0000-0000-0000-000000000000'", "'A0EEBC99-9c0b-4ef8-bb6d-6bb9bd380a11'"],
    &[],
);

pub const DATA: &[&Kind] = &[
    &INTEGER,
    &TEXT,
    &TEXT,
    &BIGINT,
    &UUID,
    &kind("smallint", &["0", "-32768", "32767"], &["@ / 2::smallint"]),
    &kind("varchar(20)", &["''", "'twenty characters !!!'::varchar(20)"], &["left(@, 1)"]),
    &kind("char(5)", &["''", "'ab'", "'ab   '", "'abcde'"], &["left(@, 1)"]),
    &lossy(
        kind(
            "numeric",
            &["1", "1.0", "1.00", "'NaN'", "'Infinity'", "'-Infinity'", "0.1", "-99999.123456789"],
            &["0 * @", "@ + 0.000"],
        ),
        "integer",
        "CASE WHEN abs(@) < 1000000 THEN round(@)::integer END",
        "@::numeric",
    ),
    &kind("numeric(12, 3)", &["0", "1.5", "123456789.125", "'NaN'"], &["round(@)"]),
    &lossy(
        kind(
            "double precision",
            &["0", "'-0'", "'NaN'", "'Infinity'", "'-Infinity'", "0.1", "1e-300", "1.5", "2.5"],
            &["round(@)", "@ * 0"],
        ),
        "integer",
        "CASE WHEN abs(@) < 1000000 THEN @::integer END",
        "@::double precision",
    ),
    &kind("real", &["0.1", "'-0'", "'NaN'", "3.4e38"], &["round(@)"]),
    &kind("bytea", &["'\\x'", "'\\x00'", "'\\xdeadbeef'", "'\\x5c78'"], &["substr(@, 1, 1)"]),
    &lossy(
        kind(
            "json",
            &["'{\"b\":1,  \"a\":1,\"a\":2}'", "'  [1,\n 2]'", "'null'", "'1.0'", "'\"\"'"],
            &["to_json(json_typeof(@))"],
        ),
        "jsonb",
        "@::jsonb",
        "@::text::json",
    ),
    &lossy(
        kind(
            "jsonb",
            &["'{\"b\": 1.00, \"a\": null}'", "'null'", "'[]'", "'\"\"'", "'{\"\": [1e2]}'"],
            &["to_jsonb(jsonb_typeof(@))"],
        ),
        "text",
        "left(@::text, 1)",
        "to_jsonb(@)",
    ),
    &kind("date", &["'2024-02-29'", "'infinity'", "'-infinity'", "'0044-03-15 BC'"], &[]),
    &kind(
        "timestamp",
        &["'2024-02-29 23:59:59.999999'", "'infinity'", "'0001-01-01 00:00:00 BC'"],
        &["date_trunc('day', @)"],
    ),
    &lossy(
        kind(
            "timestamptz",
            &[
                "'2024-03-31 02:30:00+01'",
                "'infinity'",
                "'-infinity'",
                "'0001-01-01 00:00:00+00 BC'",
                "'1999-12-31 23:59:59.000001+00'",
            ],
            &["date_trunc('year', @)"],
        ),
        "date",
        "(@ AT TIME ZONE 'UTC')::date",
        "@::timestamp AT TIME ZONE 'UTC'",
    ),
    &kind("time", &["'00:00'", "'24:00'", "'12:34:56.789'"], &["date_trunc('hour', @)::time"]),
    &kind("timetz", &["'12:00+05:30'", "'12:00-08'"], &[]),
    &kind("interval", &["'1 mon'", "'30 days'", "'720:00'", "'-1 day 2:03:04.5'"], &["@ * 0"]),
    &lossy(kind("boolean", &["true", "false"], &["NOT @"]), "integer", "@::integer", "@ <> 0"),
    &kind("inet", &["'10.0.0.1'", "'10.0.0.1/8'", "'::1'"], &["network(@)::inet"]),
    &kind("cidr", &["'10.0.0.0/8'", "'2001:db8::/32'"], &[]),
    &kind("macaddr", &["'08:00:2b:01:02:03'"], &["trunc(@)"]),
    &lossy(
        kind(
            "text[]",
            &["'{}'", "'{NULL,\"NULL\",\"\"}'", "'{{a,b},{c,NULL}}'", "'[2:3]={x,\"y,z\"}'"],
            &["@[1:1]"],
        ),
        "text",
        "array_to_string(@, ',')",
        "ARRAY[@]",
    ),
    &kind("integer[]", &["'{}'", "'{1,NULL,3}'", "'{{1,2},{3,4}}'"], &["@[1:1]"]),
    &kind("int4range", &["'empty'", "'[1,5)'", "'(,)'", "'[1,5]'"], &["@ * '[2,3)'"]),
    &kind("tstzrange", &["'empty'", "'[2024-01-01 00:00+00,infinity)'", "'[,)'"], &[]),
    &kind("int4multirange", &["'{}'", "'{[1,3),[5,8)}'"], &["range_merge(@)::int4multirange"]),
    &lossy(
        kind("mood", &["'sad'", "'ok'", "'very happy'"], &[]),
        "text",
        "left(@::text, 1)",
        "NULL::mood",
    ),
    &kind("mood[]", &["'{sad,NULL,\"very happy\"}'"], &[]),
    &kind("positive", &["1", "2147483647"], &["1 + @ / 2"]),
    &kind("pair", &["ROW(1, 'x')", "ROW(NULL, NULL)", "ROW(2, '(\"')", "'(,\"\")'"], &[]),
    &kind("bit(4)", &["B'0000'", "B'1010'"], &["@ & B'1100'"]),
    &kind("varbit", &["B''", "B'1'", "B'0001'"], &[]),
    &kind("money", &["'$0.01'", "'-1,234.56'"], &["@ * 0"]),
    &kind("point", &["'(0.1,-0)'", "'(1e300,2)'"], &[]),
    &kind("xml", &["'<a  b=\"1\"/>'", "'text &amp; more'"], &[]),
    &kind("tsvector", &["'a:1 b:2'", "''"], &["strip(@)"]),
    &kind("pg_lsn", &["'16/B374D848'"], &[]),
    &kind("oid", &["0", "4294967295"], &[]),
    &kind("\"char\"", &["'x'", "''"], &[]),
];
