//! What the definition of a new column says.

use squawk_syntax::ast::{
    AddColumn, AstNode, Constraint, Expr, GeneratedAs, GeneratedStored, LitKind, Type,
};

use crate::model::Engine;
use crate::sql::constraint::read_type;
use crate::sql::postgres::name_of;

/// The names of types that stand for a number and a sequence.
const SERIALS: [&str; 6] = ["serial", "bigserial", "smallserial", "serial2", "serial4", "serial8"];

/// The type as written; nothing where none is.
pub(super) fn data_type(add: &AddColumn) -> String {
    add.ty().map(|it| it.syntax().text().to_string()).unwrap_or_default()
}

/// Whether its numbers come from a sequence of its own.
pub(super) fn is_serial(add: &AddColumn) -> bool {
    let data_type = read_type(Engine::Postgres, &data_type(add));
    data_type.name.schema.is_none() && SERIALS.contains(&&*data_type.name.name)
}

/// Whether it is an identity column.
pub(super) fn is_identity(add: &AddColumn) -> bool {
    add.constraints().any(|it| match it {
        Constraint::GeneratedConstraint(it) => {
            matches!(it.generated_as(), Some(GeneratedAs::GeneratedIdentity(_)))
        }
        _ => false,
    })
}

/// What computes it from other columns.
pub(super) fn generated(add: &AddColumn) -> Option<GeneratedStored> {
    add.constraints().find_map(|it| match it {
        Constraint::GeneratedConstraint(it) => match it.generated_as()? {
            GeneratedAs::GeneratedStored(it) => Some(it),
            GeneratedAs::GeneratedIdentity(_) => None,
        },
        _ => None,
    })
}

/// Its default, where that is more than `NULL`.
pub(super) fn default_of(add: &AddColumn) -> Option<Expr> {
    let default = add.constraints().find_map(|it| match it {
        Constraint::DefaultConstraint(default) => default.expr(),
        _ => None,
    })?;
    (!is_null(&default)).then_some(default)
}

fn is_null(expression: &Expr) -> bool {
    match expression {
        Expr::Literal(literal) => matches!(literal.kind(), Some(LitKind::Null(_))),
        Expr::ParenExpr(inner) => inner.expr().is_some_and(|it| is_null(&it)),
        Expr::CastExpr(cast) => cast.expr().is_some_and(|it| is_null(&it)),
        _ => false,
    }
}

/// Whether its type may be a domain: no type of the server's own, none of the usual extensions, no
/// array.
pub(super) fn may_be_domain(add: &AddColumn) -> bool {
    let Some(Type::PathType(path)) = add.ty() else { return false };
    let Some(name) = name_of(path.path_ref()) else { return false };
    let is_known = SERIALS.contains(&&*name.name) || KNOWN.contains(&&*name.name);
    !is_known && name.schema.as_deref() != Some("pg_catalog")
}

/// Types that are no domains, by their names and the other names SQL has for them.
const KNOWN: [&str; 78] = [
    "bigint",
    "bit",
    "bool",
    "boolean",
    "box",
    "bpchar",
    "bytea",
    "char",
    "character",
    "cidr",
    "circle",
    "citext",
    "cube",
    "date",
    "daterange",
    "datemultirange",
    "dec",
    "decimal",
    "double",
    "float",
    "float4",
    "float8",
    "geography",
    "geometry",
    "hstore",
    "inet",
    "int",
    "int2",
    "int4",
    "int4multirange",
    "int4range",
    "int8",
    "int8multirange",
    "int8range",
    "integer",
    "interval",
    "json",
    "jsonb",
    "jsonpath",
    "line",
    "lseg",
    "ltree",
    "macaddr",
    "macaddr8",
    "money",
    "name",
    "numeric",
    "nummultirange",
    "numrange",
    "oid",
    "path",
    "pg_lsn",
    "point",
    "polygon",
    "real",
    "regclass",
    "regconfig",
    "regproc",
    "regrole",
    "regtype",
    "smallint",
    "text",
    "time",
    "timestamp",
    "timestamptz",
    "timetz",
    "tsmultirange",
    "tsquery",
    "tsrange",
    "tstzmultirange",
    "tstzrange",
    "tsvector",
    "txid_snapshot",
    "uuid",
    "varbit",
    "varchar",
    "vector",
    "xml",
];
