//! What is known of the server's own functions without asking it.

use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{AstNode, CallExpr};

use crate::model::ObjectName;
use crate::sql::postgres::name_of;

/// The functions called at or under a node; those with a syntax of their own, such as `EXTRACT`, are
/// the server's and not named.
pub(super) fn calls(node: &SyntaxNode) -> Vec<ObjectName> {
    let called = node.descendants().filter_map(CallExpr::cast);
    let mut names: Vec<_> = called.filter_map(|it| name_of(it.expr())).collect();
    names.sort();
    names.dedup();
    names
}

/// Whether the server knows a function of this name that is stable or immutable, whatever its
/// arguments. Of one it does not know by its name nothing is said.
pub(super) fn is_steady(name: &ObjectName) -> bool {
    is_of_server(name) && STEADY.contains(&&*name.name)
}

/// Whether a function surely is one of the server's own.
pub(super) fn is_built_in(name: &ObjectName) -> bool {
    let is_known =
        |name: &str| STEADY.contains(&name) || OTHERS.contains(&name) || name.starts_with("pg_");
    name.schema.as_deref() == Some("pg_catalog") || (is_of_server(name) && is_known(&name.name))
}

fn is_of_server(name: &ObjectName) -> bool {
    name.schema.as_deref().is_none_or(|schema| schema == "pg_catalog")
}

/// `SELECT proname FROM pg_proc GROUP BY 1 HAVING bool_and(provolatile <> 'v')`, of it what defaults
/// are written with, and what SQL writes like a function.
const STEADY: [&str; 123] = [
    "abs",
    "age",
    "array",
    "array_append",
    "array_cat",
    "array_fill",
    "array_length",
    "array_to_string",
    "ascii",
    "bit_length",
    "btrim",
    "ceil",
    "ceiling",
    "char_length",
    "character_length",
    "chr",
    "coalesce",
    "concat",
    "concat_ws",
    "convert_from",
    "convert_to",
    "current_database",
    "current_schema",
    "current_schemas",
    "current_setting",
    "date",
    "date_bin",
    "date_part",
    "date_trunc",
    "daterange",
    "decode",
    "div",
    "encode",
    "exp",
    "floor",
    "format",
    "greatest",
    "has_schema_privilege",
    "has_table_privilege",
    "hashtext",
    "inet_client_addr",
    "initcap",
    "int4range",
    "int8range",
    "interval",
    "json_array_length",
    "json_build_array",
    "json_build_object",
    "jsonb_array_length",
    "jsonb_build_array",
    "jsonb_build_object",
    "jsonb_set",
    "justify_interval",
    "least",
    "left",
    "length",
    "ln",
    "log",
    "lower",
    "lpad",
    "ltrim",
    "make_date",
    "make_interval",
    "make_time",
    "make_timestamp",
    "make_timestamptz",
    "md5",
    "mod",
    "now",
    "nullif",
    "numrange",
    "octet_length",
    "overlay",
    "position",
    "power",
    "quote_ident",
    "quote_literal",
    "quote_nullable",
    "regexp_match",
    "regexp_matches",
    "regexp_replace",
    "repeat",
    "replace",
    "reverse",
    "right",
    "round",
    "row",
    "row_to_json",
    "rpad",
    "rtrim",
    "session_user",
    "sha224",
    "sha256",
    "sha384",
    "sha512",
    "sign",
    "split_part",
    "sqrt",
    "starts_with",
    "statement_timestamp",
    "strpos",
    "substr",
    "substring",
    "timezone",
    "to_char",
    "to_date",
    "to_hex",
    "to_json",
    "to_jsonb",
    "to_number",
    "to_regclass",
    "to_timestamp",
    "to_tsquery",
    "to_tsvector",
    "transaction_timestamp",
    "translate",
    "trim",
    "trunc",
    "tsrange",
    "tstzrange",
    "txid_current",
    "upper",
    "version",
];

/// Other functions of the server's that scripts call: volatile ones, aggregates, those that yield
/// rows.
const OTHERS: [&str; 40] = [
    "array_agg",
    "avg",
    "bool_and",
    "bool_or",
    "clock_timestamp",
    "count",
    "currval",
    "dense_rank",
    "every",
    "exists",
    "gen_random_uuid",
    "generate_series",
    "generate_subscripts",
    "json_agg",
    "json_array_elements",
    "json_each",
    "json_object_agg",
    "jsonb_agg",
    "jsonb_array_elements",
    "jsonb_each",
    "jsonb_object_agg",
    "jsonb_object_keys",
    "lag",
    "lastval",
    "lead",
    "max",
    "min",
    "nextval",
    "random",
    "rank",
    "regexp_split_to_table",
    "row_number",
    "set_config",
    "setval",
    "string_agg",
    "sum",
    "timeofday",
    "unnest",
    "uuidv4",
    "uuidv7",
];
