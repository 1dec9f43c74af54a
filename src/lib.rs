//! turnback migrates `PostgreSQL` and `SQLite` schemas forward and back.
//!
//! The folders stand in one order, and each imports only from those below it:
//! `commands` → `ui` → `report` → `engine` → `database` → `plan` → `catalog` → `sets` →
//! `settings` → `sql` → `model`.

pub mod catalog;
pub mod cli;
pub mod commands;
pub mod database;
pub mod engine;
pub mod model;
pub mod plan;
pub mod report;
pub mod sets;
pub mod settings;
pub mod sql;
pub mod ui;
