//! Snapshots of whole runs that come out the same on every machine.

/// Compares a run, exit code and both streams, with a snapshot; what differs from run to run is
/// replaced. Use it like `insta::assert_snapshot!`, with `@"…"` for a snapshot in place.
macro_rules! assert_run_snapshot {
    ($run:expr $(, $($rest:tt)*)?) => {
        $crate::support::snapshot::settings()
            .bind(|| insta::assert_snapshot!($run.to_string() $(, $($rest)*)?))
    };
}
pub(crate) use assert_run_snapshot;

/// What is replaced, in this order. Whole numbers of seconds or longer units stay: they are
/// configured, not measured.
const FILTERS: &[(&str, &str)] = &[
    // Places.
    (r"/[^\s']*turnback-test-\d+/[a-z-]+-\d+-\d+", "[server]"),
    (r"%2F[^\s']*turnback-test-\d+%2F[a-z-]+-\d+-\d+", "[server]"),
    (r"turnback_test_\d+_\d+", "[database]"),
    (r"/[^\s']*/\.tmp[A-Za-z0-9]{6}", "[temp]"),
    (r"(127\.0\.0\.1|localhost|\[::1\]|\[server\]/s|\[server\]%2Fs):\d{4,5}", "$1:[port]"),
    (r#"("?(?:port)"?[ :=]+)\d{4,5}"#, "$1[port]"),
    (r"\.s\.PGSQL\.\d+", ".s.PGSQL.[port]"),
    // Moments and durations.
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?( ?(Z|UTC|[+-]\d\d(:?\d\d)?))?", "[timestamp]"),
    (r"\b\d+(\.\d+)? ?(ns|µs|us|ms)\b", "[duration]"),
    (r"\b\d+\.\d+ ?s\b", "[duration]"),
    (r#"("[a-z_]*_(?:ns|us|ms|seconds)"): ?\d+(\.\d+)?"#, "$1: [duration]"),
    // Identities.
    (r#"("?\b(?:pid|process)"?[ :=]+)-?\d+"#, "$1[pid]"),
    (r"(pg_terminate_backend\()\d+", "$1[pid]"),
    (r"active for \d+ s", "active for [duration]"),
    (r"\b[0-9a-f]{64}\b", "[sha256]"),
    (r"\b[0-9a-f]{32,40}\b", "[hash]"),
    // Versions.
    (concat!(r"\bturnback ", env!("CARGO_PKG_VERSION")), "turnback [version]"),
    (r#"("[a-z_]*version"): ?"\d+(\.\d+)+[^"]*""#, r#"$1: "[version]""#),
    (r"\b(PostgreSQL|SQLite) \d+(\.\d+)*( \([^)]*\))?", "$1 [version]"),
];

/// Settings for snapshots of other texts than runs: errors, plans, reports.
pub fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.set_prepend_module_to_snapshot(false);
    for (pattern, replacement) in FILTERS {
        settings.add_filter(pattern, *replacement);
    }
    settings
}
