//! What a server has beside what is in its databases.

/// The names of what belongs to a whole server; none at all where the engine has none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Globals {
    /// The roles, without those the server makes for itself.
    pub roles: Vec<String>,
    /// The role this session works as.
    pub current_role: Option<String>,
    /// The database this session works in.
    pub database: Option<String>,
    /// The tablespaces, without those the server makes for itself.
    pub tablespaces: Vec<String>,
}
