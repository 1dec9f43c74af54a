//! SQL text: split into statements, classified, directives read, identifiers quoted.
//!
//! `PostgreSQL` is parsed by the squawk crates, `SQLite` is cut by `SQLite`'s own tokenizer. Nothing
//! here knows a database or a file system.

mod script;

pub use script::{
    Adoption, Affected, Allowance, BackupRequest, LockStrength, ParsedScript, Requirement,
    Statement, StatementKind, TransactionMode,
};
