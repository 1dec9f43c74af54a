//! The harness holds what the other tests rely on.

mod faults;
mod runs;
mod servers;
