//! Catalogs in the ledger.

use std::collections::{BTreeMap, HashMap};

use super::answer::number;
use super::session::{PostgresSession, quote_literal};
use crate::catalog::{Catalog, CatalogRow, decode};
use crate::database::DatabaseError;
use crate::model::Digest;

/// A digest, or its absence, as SQL.
pub(super) fn digest_sql(digest: Option<&Digest>) -> String {
    digest.map_or_else(|| "NULL".to_owned(), |digest| format!("'{digest}'"))
}

/// The statements that store catalogs. The rows come in the order in which they build on each other.
pub(super) fn catalogs_sql(rows: &[CatalogRow]) -> String {
    let inserts: Vec<String> = rows
        .iter()
        .map(|row| {
            format!(
                "INSERT INTO turnback.catalog (sha256, base_sha256, depth, schemas, body) \
                 VALUES ('{}', {}, {}, {}, {}) ON CONFLICT DO NOTHING;",
                row.digest,
                digest_sql(row.base.as_ref()),
                row.depth,
                quote_literal(&row.schemas),
                quote_literal(&row.body),
            )
        })
        .collect();
    inserts.concat()
}

/// Catalogs by digest, with all they build on; one round trip.
pub(super) fn read_catalogs(
    session: &PostgresSession,
    digests: &[Digest],
) -> Result<HashMap<Digest, Catalog>, DatabaseError> {
    let list: Vec<String> = digests.iter().map(|digest| quote_literal(digest.as_str())).collect();
    let results = session.query(&format!(
        "WITH RECURSIVE chain AS ( \
             SELECT * FROM turnback.catalog WHERE sha256 IN ({}) \
             UNION SELECT c.* FROM chain JOIN turnback.catalog AS c ON c.sha256 = chain.base_sha256 \
         ) SELECT sha256, base_sha256, depth, schemas, body FROM chain",
        list.join(", ")
    ))?;
    let mut rows = BTreeMap::new();
    for row in results.iter().flatten() {
        let text = |column| row.get(column).unwrap_or_default().to_owned();
        let stored = CatalogRow {
            digest: Digest::from_stored(text(0)),
            base: row.get(1).map(Digest::from_stored),
            depth: number(row, 2)?,
            schemas: text(3),
            body: text(4),
        };
        rows.insert(stored.digest.clone(), stored);
    }
    digests.iter().map(|digest| Ok((digest.clone(), decode(digest, &rows)?))).collect()
}
