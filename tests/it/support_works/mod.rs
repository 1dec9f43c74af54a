//! The harness holds what the other tests rely on.

mod faults;
mod replicas;
mod runs;
mod servers;
