//! Builds anew when a bundled set changes: a file that is added changes no source.

fn main() {
    println!("cargo::rerun-if-changed=migrations");
    println!("cargo::rerun-if-changed=rollbacks");
}
