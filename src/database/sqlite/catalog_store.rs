//! Catalogs in the ledger.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{Connection, OptionalExtension as _, params};

use super::error::convert;
use crate::catalog::{Catalog, CatalogRow, decode};
use crate::database::DatabaseError;
use crate::model::{CatalogHead, Digest};

/// The catalog the last change left; none where it was not put on record or was removed since, for
/// an older one tells nothing of what stands.
pub(super) fn head(connection: &Connection) -> rusqlite::Result<Option<CatalogHead>> {
    let head = connection.query_row(
        "SELECT sha256, depth, schemas FROM turnback_catalog
         WHERE sha256 = (SELECT catalog_after_sha256 FROM turnback_event
                         WHERE kind <> 'failed' ORDER BY id DESC LIMIT 1)",
        [],
        |row| {
            Ok(CatalogHead {
                digest: Digest::from_stored(row.get::<_, String>(0)?),
                depth: row.get(1)?,
                schemas: CatalogRow::parse_schemas(&row.get::<_, String>(2)?),
            })
        },
    );
    head.optional()
}

/// Stores catalogs that are not stored yet.
pub(super) fn write(connection: &Connection, rows: &[CatalogRow]) -> rusqlite::Result<()> {
    for row in rows {
        connection.execute(
            "INSERT INTO turnback_catalog (sha256, base_sha256, depth, schemas, body)
             VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
            params![
                row.digest.as_str(),
                row.base.as_ref().map(Digest::as_str),
                row.depth,
                row.schemas,
                row.body,
            ],
        )?;
    }
    Ok(())
}

/// Catalogs by digest, with all they build on.
pub(super) fn read_catalogs(
    connection: &Connection,
    digests: &[Digest],
) -> Result<HashMap<Digest, Catalog>, DatabaseError> {
    let mut rows = BTreeMap::new();
    for digest in digests {
        read_chain(connection, digest, &mut rows).map_err(convert)?;
    }
    digests.iter().map(|digest| Ok((digest.clone(), decode(digest, &rows)?))).collect()
}

fn read_chain(
    connection: &Connection,
    digest: &Digest,
    rows: &mut BTreeMap<Digest, CatalogRow>,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "SELECT base_sha256, depth, schemas, body FROM turnback_catalog WHERE sha256 = ?1",
    )?;
    let mut next = Some(digest.clone());
    while let Some(digest) = next.take_if(|digest| !rows.contains_key(digest)) {
        let row = statement.query_row([digest.as_str()], |row| {
            let base: Option<String> = row.get(0)?;
            Ok(CatalogRow {
                digest: digest.clone(),
                base: base.map(Digest::from_stored),
                depth: row.get(1)?,
                schemas: row.get(2)?,
                body: row.get(3)?,
            })
        });
        let Some(row) = row.optional()? else { break };
        next.clone_from(&row.base);
        rows.insert(digest, row);
    }
    Ok(())
}
