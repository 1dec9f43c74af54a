//! The integration tests: one binary, so that they link once.

mod adoption;
mod catalog;
mod catalog_sqlite;
mod check;
mod cleanup;
mod commands;
mod connections;
mod crash;
mod files;
mod history;
mod layering;
mod object_locks;
mod odd_input;
mod outside_transaction;
mod prompts;
mod property;
mod rows;
mod runner_lock;
mod scale;
mod scratch;
mod script_sessions;
mod sets;
mod sets_concurrency;
mod sets_security;
mod support;
mod support_works;
