//! Where throwaway databases come from.

use std::path::PathBuf;

use super::libpq::{self, ConnectionParameters};
use super::resolve::{DEFAULT_SET, choose_set, project_file};
use super::{
    Connection, ConnectionOrigin, DatabaseSettings, Environment, Flags, OutOfOrder, SetChoice,
    SettingsError,
};

/// The flags of the commands that rehearse, as given.
#[derive(Debug, Clone, Default)]
pub struct ScratchFlags {
    /// `--scratch`
    pub scratch: Option<String>,
    /// `--offline`
    pub offline: bool,
}

/// Which server throwaway databases are made on. `SQLite` needs none.
#[derive(Debug, Clone)]
pub enum ScratchChoice {
    /// A server of its own, started for the purpose and gone afterwards.
    Temporary,
    /// The server the live database is on.
    SameServer,
    /// A server somebody named.
    Server(Box<ConnectionParameters>),
}

/// Everything needed to make throwaway databases.
#[derive(Debug, Clone)]
pub struct ScratchSettings {
    /// Which server.
    pub choice: ScratchChoice,
    /// Whether nothing may be fetched.
    pub offline: bool,
    /// The directories programs are looked for in.
    pub program_path: Vec<PathBuf>,
    /// Where servers are looked for besides. A `*` stands for any end of a name.
    pub server_places: Vec<PathBuf>,
    /// The directory for what is worth keeping between runs; `None` keeps nothing.
    pub cache: Option<PathBuf>,
    /// The directory for temporary files.
    pub temporary: PathBuf,
}

/// Where Debian, Red Hat, Homebrew and Postgres.app keep several versions side by side.
const SERVER_PLACES: [&str; 5] = [
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
];

impl ScratchSettings {
    /// Resolves them: `--scratch` over `TURNBACK_SCRATCH` over `turnback.toml` over a temporary
    /// server.
    pub fn resolve(
        flags: &Flags,
        scratch: ScratchFlags,
        environment: &Environment,
    ) -> Result<Self, SettingsError> {
        let ScratchFlags { scratch, offline } = scratch;
        let text = match scratch.or_else(|| environment.get("TURNBACK_SCRATCH").map(str::to_owned))
        {
            Some(text) => Some(text),
            None => project_file(flags.config.as_deref(), environment)?.scratch,
        };
        Ok(Self {
            choice: text.map_or(Ok(ScratchChoice::Temporary), |text| choice(&text, environment))?,
            offline: offline || environment.get("TURNBACK_OFFLINE").is_some(),
            program_path: environment.program_path(),
            server_places: SERVER_PLACES.map(PathBuf::from).into(),
            cache: environment.cache_directory().map(|directory| directory.join("turnback")),
            temporary: environment.temporary_directory(),
        })
    }
}

/// A set to rehearse, and the database it is meant for, if one is named.
#[derive(Debug, Clone)]
pub struct RehearsalSettings {
    /// The set.
    pub set: SetChoice,
    /// The database whose version and roles the rehearsal takes over.
    pub live: Option<Connection>,
    /// The schema that was named.
    pub schema: Option<String>,
    /// What to do with a pending version below an applied one.
    pub out_of_order: OutOfOrder,
}

impl RehearsalSettings {
    /// Resolves them as [`Settings`](super::Settings) does; a database may be left out.
    pub fn resolve(flags: &Flags, environment: &Environment) -> Result<Self, SettingsError> {
        let file = project_file(flags.config.as_deref(), environment)?;
        let (migrations, rollbacks) = (flags.migrations_dir.clone(), flags.rollbacks_dir.clone());
        if flags.set.is_some() && (migrations.is_some() || rollbacks.is_some()) {
            return Err(SettingsError::SetAndDirectories);
        }
        let set = choose_set(flags.set.clone(), migrations, rollbacks, &file, environment);
        let live = match DatabaseSettings::resolve(flags, environment) {
            Ok(it) => Some(it.connection).filter(|_| it.origin == ConnectionOrigin::Named),
            Err(SettingsError::NoDatabase) => None,
            Err(error) => return Err(error),
        };
        let set = match set {
            Ok(set) => set,
            Err(directory) if live.is_some() => return Err(SettingsError::NoSet { directory }),
            Err(_) => SetChoice::Bundled(DEFAULT_SET.to_owned()),
        };
        let schema = DatabaseSettings::schema(flags, environment)?;
        Ok(Self { set, live, schema, out_of_order: file.out_of_order })
    }
}

fn choice(text: &str, environment: &Environment) -> Result<ScratchChoice, SettingsError> {
    match text {
        "temporary" => Ok(ScratchChoice::Temporary),
        "same-server" => Ok(ScratchChoice::SameServer),
        url if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
            Ok(ScratchChoice::Server(Box::new(libpq::resolve(Some(url), environment)?)))
        }
        other => Err(SettingsError::Scratch(libpq::redact(other))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(flag: Option<&str>, variables: &[(&str, &str)]) -> ScratchSettings {
        let environment = Environment::of(variables.iter().copied(), "/nonexistent");
        let scratch = ScratchFlags { scratch: flag.map(str::to_owned), offline: false };
        ScratchSettings::resolve(&Flags::default(), scratch, &environment).unwrap()
    }

    #[test]
    fn a_flag_wins_over_the_environment_and_nothing_is_a_server_of_its_own() {
        assert!(matches!(resolve(None, &[]).choice, ScratchChoice::Temporary));
        let variables = [("TURNBACK_SCRATCH", "same-server"), ("TURNBACK_OFFLINE", "1")];
        let settings = resolve(None, &variables);
        assert!(matches!(settings.choice, ScratchChoice::SameServer));
        assert!(settings.offline);
        let settings = resolve(Some("postgres://me@build.example/postgres"), &variables);
        assert!(matches!(settings.choice, ScratchChoice::Server(it) if it.user == "me"));
    }

    #[test]
    fn the_cache_is_where_the_system_keeps_caches() {
        let settings = resolve(None, &[("HOME", "/home/me"), ("XDG_CACHE_HOME", "/cache")]);
        assert_eq!(settings.cache, Some(PathBuf::from("/cache/turnback")));
        assert_eq!(resolve(None, &[]).cache, None);
    }

    #[test]
    fn what_is_neither_a_server_nor_a_word_is_refused() {
        let environment = Environment::of([("", ""); 0], "/nonexistent");
        let refused = choice("sqlite:app.db", &environment);
        assert!(matches!(refused, Err(SettingsError::Scratch(text)) if text == "sqlite:app.db"));
    }
}
