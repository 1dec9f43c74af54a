//! A catalog as text for people: SQL as far as SQL has words for it, remarks for the rest. Nothing
//! of an object is left out, so two texts are equal only where two objects are.

mod definition;
mod difference;
mod object;
mod properties;
mod routine;
mod whole;

#[cfg(test)]
mod tests;

pub use difference::difference_text;
pub use object::object_text;
pub use whole::catalog_text;
