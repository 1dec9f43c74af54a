//! The integration tests: one binary, so that they link once.

mod support;

mod files;
mod history;
mod layering;
mod prompts;
mod property;
mod support_works;
