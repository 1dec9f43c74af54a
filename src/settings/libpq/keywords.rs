//! Every connection keyword libpq knows, its variable, and what turnback does with it.

use Support::{Honoured, Only, WithoutEffect};

/// What a keyword means to turnback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Support {
    /// Read and obeyed.
    Honoured,
    /// Accepted: it cannot change how turnback connects.
    WithoutEffect,
    /// Refused, but for the values that ask for nothing turnback does not do anyway.
    Only(&'static [&'static str]),
}

/// One connection keyword.
#[derive(Debug)]
pub(super) struct Keyword {
    pub(super) name: &'static str,
    pub(super) variable: Option<&'static str>,
    pub(super) support: Support,
}

const fn honoured(name: &'static str, variable: &'static str) -> Keyword {
    Keyword { name, variable: Some(variable), support: Honoured }
}

const fn without_variable(name: &'static str, support: Support) -> Keyword {
    Keyword { name, variable: None, support }
}

const fn supported(name: &'static str, variable: &'static str, support: Support) -> Keyword {
    Keyword { name, variable: Some(variable), support }
}

/// libpq's table, as of `PostgreSQL` 18.
pub(super) const KEYWORDS: &[Keyword] = &[
    honoured("service", "PGSERVICE"),
    honoured("servicefile", "PGSERVICEFILE"),
    honoured("host", "PGHOST"),
    honoured("hostaddr", "PGHOSTADDR"),
    honoured("port", "PGPORT"),
    honoured("dbname", "PGDATABASE"),
    honoured("user", "PGUSER"),
    honoured("password", "PGPASSWORD"),
    honoured("passfile", "PGPASSFILE"),
    honoured("channel_binding", "PGCHANNELBINDING"),
    honoured("connect_timeout", "PGCONNECT_TIMEOUT"),
    honoured("options", "PGOPTIONS"),
    honoured("application_name", "PGAPPNAME"),
    without_variable("fallback_application_name", Honoured),
    without_variable("keepalives", Honoured),
    without_variable("keepalives_idle", Honoured),
    without_variable("keepalives_interval", Honoured),
    without_variable("keepalives_count", Honoured),
    without_variable("tcp_user_timeout", Honoured),
    honoured("sslmode", "PGSSLMODE"),
    honoured("sslnegotiation", "PGSSLNEGOTIATION"),
    honoured("sslcert", "PGSSLCERT"),
    honoured("sslkey", "PGSSLKEY"),
    honoured("sslrootcert", "PGSSLROOTCERT"),
    honoured("target_session_attrs", "PGTARGETSESSIONATTRS"),
    // Scripts are UTF-8, so the session always is.
    supported("client_encoding", "PGCLIENTENCODING", WithoutEffect),
    supported("sslcompression", "PGSSLCOMPRESSION", WithoutEffect),
    without_variable("tty", WithoutEffect),
    // Names for GSSAPI, which turnback does not speak; whether it is demanded stands in gssencmode.
    supported("krbsrvname", "PGKRBSRVNAME", WithoutEffect),
    supported("gsslib", "PGGSSLIB", WithoutEffect),
    supported("gssdelegation", "PGGSSDELEGATION", WithoutEffect),
    supported("gssencmode", "PGGSSENCMODE", Only(&["disable", "prefer"])),
    supported("sslsni", "PGSSLSNI", Only(&["1"])),
    supported("sslcertmode", "PGSSLCERTMODE", Only(&["allow"])),
    supported("sslcrl", "PGSSLCRL", Only(&[])),
    supported("sslcrldir", "PGSSLCRLDIR", Only(&[])),
    without_variable("sslpassword", Only(&[])),
    supported(
        "ssl_min_protocol_version",
        "PGSSLMINPROTOCOLVERSION",
        Only(&["TLSv1", "TLSv1.1", "TLSv1.2"]),
    ),
    supported("ssl_max_protocol_version", "PGSSLMAXPROTOCOLVERSION", Only(&["TLSv1.3"])),
    supported("min_protocol_version", "PGMINPROTOCOLVERSION", Only(&["3.0"])),
    supported("max_protocol_version", "PGMAXPROTOCOLVERSION", WithoutEffect),
    supported("requirepeer", "PGREQUIREPEER", Only(&[])),
    supported("require_auth", "PGREQUIREAUTH", Only(&[])),
    supported("load_balance_hosts", "PGLOADBALANCEHOSTS", Only(&["disable"])),
    without_variable("replication", Only(&["false", "off", "no", "0"])),
];

/// The keyword of this name.
pub(super) fn keyword(name: &str) -> Option<&'static Keyword> {
    KEYWORDS.iter().find(|keyword| keyword.name == name)
}

#[cfg(test)]
mod tests {
    use super::KEYWORDS;
    use std::collections::BTreeSet;

    #[test]
    fn each_keyword_stands_once() {
        let names: BTreeSet<_> = KEYWORDS.iter().map(|keyword| keyword.name).collect();
        assert_eq!(names.len(), KEYWORDS.len());
    }
}
