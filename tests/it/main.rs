//! The integration tests: one binary, so that they link once.

mod support;

mod layering;
mod property;
mod support_works;
