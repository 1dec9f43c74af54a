//! What a script destroys comes back when the step is undone.

mod application;
mod change;
mod content;
mod killed;
mod limits;
mod postgres;
mod postgres_kinds;
mod random;
mod shape;
mod sqlite;
mod unseen;
