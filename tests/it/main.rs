//! The integration tests: one binary, so that they link once.

mod support;

mod adoption;
mod commands;
mod connections;
mod files;
mod history;
mod layering;
mod odd_input;
mod outside_transaction;
mod prompts;
mod property;
mod sets;
mod support_works;
