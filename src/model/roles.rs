//! Roles of a server.

/// The roles of a server; none at all where the engine has none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Roles {
    /// Their names, without those the server makes for itself.
    pub names: Vec<String>,
    /// The one this session works as.
    pub current: Option<String>,
}
