//! Every hazard that is known, by name.

use super::rule::HazardRule;
use super::rules;
use crate::sql::sqlite::hazards as sqlite;

/// All of them, in the order of their names.
pub static CATALOGUE: [&HazardRule; 58] = [
    &rules::ADDING_DOMAIN_COLUMN,
    &rules::ADDING_EXCLUSION_CONSTRAINT,
    &rules::ADDING_FIELD_WITH_DEFAULT,
    &rules::ADDING_FOREIGN_KEY_CONSTRAINT,
    &rules::ADDING_IDENTITY_COLUMN,
    &rules::ADDING_NOT_NULLABLE_FIELD,
    &rules::ADDING_REQUIRED_FIELD,
    &rules::ADDING_SERIAL_PRIMARY_KEY_FIELD,
    &rules::ALLOW_WITHOUT_REASON,
    &rules::ATTACHING_UNPROVEN_PARTITION,
    &rules::BAN_ALTER_DOMAIN_WITH_ADD_CONSTRAINT,
    &rules::BAN_DROP_CASCADE,
    &rules::BAN_DROP_COLUMN,
    &rules::BAN_DROP_DATABASE,
    &rules::BAN_DROP_SCHEMA,
    &rules::BAN_DROP_TABLE,
    &rules::BAN_DROP_TYPE,
    &rules::BAN_SET_SCHEMA,
    &rules::BAN_TRUNCATE_CASCADE,
    &rules::CHANGE_IN_ONE_PIECE,
    &rules::CHANGING_ACCESS_METHOD,
    &rules::CHANGING_COLUMN_TYPE,
    &rules::CHANGING_GENERATED_EXPRESSION,
    &rules::CHANGING_PERSISTENCE,
    &rules::CHANGING_TABLESPACE,
    &rules::CLUSTERING_TABLE,
    &rules::CONCURRENT_INDEX_ON_PARTITIONED_TABLE,
    &rules::CONSTRAINT_MISSING_NOT_VALID,
    &rules::CREATING_PARTITION,
    &rules::DISALLOWED_UNIQUE_CONSTRAINT,
    &rules::DROPPING_FOREIGN_KEY,
    &rules::ENABLING_ROW_SECURITY,
    &rules::ENUM_VALUE_USED_AT_ONCE,
    &rules::LOCKING_TABLE,
    &rules::OBSERVED_LOCK,
    &rules::OBSERVED_REWRITE,
    &rules::OBSERVED_SCAN,
    &rules::OPAQUE_STATEMENT,
    &rules::PRIMARY_KEY_OF_NULLABLE_COLUMNS,
    &rules::REFRESHING_MATERIALIZED_VIEW,
    &rules::RENAMING_COLUMN,
    &rules::RENAMING_TABLE,
    &rules::REQUIRE_CONCURRENT_INDEX_CREATION,
    &rules::REQUIRE_CONCURRENT_INDEX_DELETION,
    &rules::REQUIRE_CONCURRENT_PARTITION_DETACH,
    &rules::REQUIRE_CONCURRENT_REINDEX,
    &sqlite::alter_unsupported::RULE,
    &sqlite::rebuild_loses_objects::RULE,
    &sqlite::rebuild_with_foreign_keys::RULE,
    &sqlite::rename_before_rebuild::RULE,
    &sqlite::type_affinity::RULE,
    &sqlite::without_rowid_backfill::RULE,
    &rules::TRUNCATING_TABLE,
    &rules::UNKNOWN_HAZARD,
    &rules::UNPARSED,
    &rules::UNUSED_ALLOW,
    &rules::VACUUMING_FULL,
    &rules::VALIDATING_UNDER_LOCK,
];

/// The one of a name.
pub fn hazard_rule(id: &str) -> Option<&'static HazardRule> {
    CATALOGUE.into_iter().find(|rule| rule.id == id)
}

/// The names of those that a directive or a flag can accept.
pub fn hazard_ids() -> impl Iterator<Item = &'static str> {
    CATALOGUE.into_iter().filter(|rule| rule.engine.is_some()).map(|rule| rule.id)
}
