//! Throwaway databases of the same engine, for rehearsals.
//!
//! By default they lie on a server of their own, which a supervising shell ends and removes
//! whatever becomes of turnback; or on a server somebody named. A server that somebody works with
//! is never used unasked.

mod clients;
mod cluster;
mod error;
mod fetch;
mod files;
mod image;
mod installed;
mod open;
mod packages;
mod place;
mod process;
mod server;
mod server_user;
mod supervisor;
mod sweep;
mod template;
mod tree;

pub use error::{FetchRefusal, ScratchError};
pub use image::{Copier, SchemaCopy};
pub use open::{Scratch, ScratchDatabase, ScratchRequest, ScratchStep};
