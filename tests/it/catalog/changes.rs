//! How the tables of changes are carried out.

use super::{assert_same, changes, read, session, template};
use crate::support::Client;

/// A change of the schema.
pub struct Case {
    /// The statement.
    pub change: &'static str,
    /// What takes it back, to the last byte of the catalog.
    pub back: &'static str,
    /// What differs in between, as `changes` says it, and nothing else.
    pub expected: &'static [&'static str],
}

/// A row of a table of cases.
pub const fn case(
    change: &'static str,
    back: &'static str,
    expected: &'static [&'static str],
) -> Case {
    Case { change, back, expected }
}

/// Makes each change on one database, looks, and takes it back.
pub fn check(cases: &[Case]) {
    let database = template().copy();
    let (mut session, client) = (session(&database), Client::connect(&database));
    let before = read(&mut *session);
    let mut faults = Vec::new();
    for Case { change, back, expected } in cases {
        client.tell(change);
        let found = changes(&before, &read(&mut *session));
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        if found.is_empty() || found != expected {
            faults.push(format!("{change}\nchanges {found:#?}\nnot     {expected:#?}"));
        }
        client.tell(back);
    }
    // What one left behind shows in all that follow.
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
    assert_same(&before, &read(&mut *session), "everything was taken back");
}
