//! What hurts a database in use: that each hazard does what is said of it, and its safe form does not.

mod forms;
mod pages;
mod rehearsed;
mod seen;
