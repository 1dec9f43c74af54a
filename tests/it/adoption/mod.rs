//! `-- turnback:adopt-if` in a project's own directories.

mod postgres;
mod postgres_types;
mod sqlite;
