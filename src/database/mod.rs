//! The database engines behind one contract. The only home of drivers.

pub mod postgres;
