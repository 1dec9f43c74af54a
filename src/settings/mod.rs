//! Settings: flags over environment over `turnback.toml` over defaults, resolved once.

mod environment;
pub mod libpq;

pub use environment::Environment;
