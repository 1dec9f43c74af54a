//! Throwaway databases, for the commands that rehearse.

use super::{Context, Failure};
use crate::database::{Scratch, ScratchRequest, ScratchStep, Session};
use crate::model::{Engine, Globals, Problem, ProblemKind};
use crate::sets::{MigrationSet, Script};
use crate::settings::{
    Connection, DatabaseSettings, ScratchChoice, ScratchFlags, ScratchSettings, SettingsError,
};
use crate::sql::{ServerChange, ServerObject};

/// Where throwaway databases are made.
#[expect(clippy::doc_markdown, reason = "the doc comments are the help")]
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Scratch databases")]
pub struct ScratchArgs {
    /// Where: temporary, same-server, or a server's URL [env: TURNBACK_SCRATCH]
    /// [default: temporary]
    #[arg(long, value_name = "WHERE")]
    scratch: Option<String>,
    /// Fetch no server [env: TURNBACK_OFFLINE]
    #[arg(long)]
    offline: bool,
}

/// The server that a throwaway database is to be like, as far as it is known.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Near<'a> {
    /// Its major version.
    pub major: Option<u32>,
    /// It itself, for `same-server`, where it is not the one of the settings.
    pub live: Option<&'a Connection>,
}

impl ScratchArgs {
    /// Opens the place for an engine, where these scripts are to run.
    pub(super) fn open<'a>(
        &self,
        context: &Context,
        engine: Engine,
        near: Near<'_>,
        scripts: impl IntoIterator<Item = &'a Script>,
    ) -> Result<Scratch, Failure> {
        let flags = ScratchFlags { scratch: self.scratch.clone(), offline: self.offline };
        let settings = ScratchSettings::resolve(&context.flags, flags, &context.environment)?;
        if engine == Engine::Postgres {
            scripts.into_iter().try_for_each(|script| refuse_outside(&settings.choice, script))?;
        }
        let live = match near.live {
            Some(connection) => Some(connection.clone()),
            None => live(context)?,
        };
        let printer = context.printer;
        let scratch = Scratch::open(&ScratchRequest {
            engine,
            settings: &settings,
            major: near.major.filter(|_| engine == Engine::Postgres),
            live: live.as_ref(),
            interrupt: &context.interrupt,
            told: &|step| match step {
                ScratchStep::Fetching { package } => printer.note(&format!("fetching {package}")),
            },
        });
        Ok(scratch?)
    }

    /// Opens a place like a live server: of its version, with its roles and tablespaces, but for
    /// those that the set makes itself.
    pub(super) fn open_like(
        &self,
        context: &Context,
        live: &mut dyn Session,
        set: &MigrationSet,
    ) -> Result<Scratch, Failure> {
        let engine = live.capabilities().engine;
        let major = live.facts().version_number / 10_000;
        let globals = live.read_globals()?;
        let near = Near { major: Some(major), live: None };
        let mut scratch = self.open(context, engine, near, scripts(set))?;
        mirror(&mut scratch, globals, set)?;
        Ok(scratch)
    }
}

/// The migrations and rollbacks of a set.
pub(super) fn scripts(set: &MigrationSet) -> impl Iterator<Item = &Script> {
    set.migrations.iter().flat_map(|it| [&it.script, &it.rollback])
}

/// Refuses a script that would change more than the databases of its rehearsal.
fn refuse_outside(choice: &ScratchChoice, script: &Script) -> Result<(), Failure> {
    let is_outside = |change: &ServerChange| match (choice, change.object) {
        (_, ServerObject::Subscription) => change.made.is_some(),
        // A set needs the roles that it makes; who names a server lends it.
        (ScratchChoice::Temporary, _) | (ScratchChoice::Server(_), ServerObject::Role) => false,
        _ => true,
    };
    let mut changes = ServerChange::all_of(&script.stored.text).into_iter();
    let Some(change) = changes.find(is_outside) else { return Ok(()) };
    let (message, hint) = if change.object == ServerObject::Subscription {
        (
            format!("`{change}` would make a replication slot on its publisher when rehearsed"),
            "create it WITH (connect = false), and refresh it by hand",
        )
    } else {
        (
            format!("`{change}` would be carried out on a server that others use when rehearsed"),
            "--scratch temporary rehearses it on a server of its own",
        )
    };
    let place = format!("it is in {}", script.file);
    Err(Problem::new(ProblemKind::Usage, message).note(place).hint(hint).into())
}

/// Makes the roles and tablespaces that exist elsewhere, but for those that the set makes itself.
pub(super) fn mirror(
    scratch: &mut Scratch,
    mut globals: Globals,
    set: &MigrationSet,
) -> Result<(), Failure> {
    let changes = server_changes(set);
    let is_made = |object, name: &str| changes.iter().any(|it| it.makes(object, name));
    let current = globals.current_role.clone();
    let is_current = |name: &String| current.as_ref() == Some(name);
    globals.roles.retain(|name| is_current(name) || !is_made(ServerObject::Role, name));
    globals.tablespaces.retain(|name| !is_made(ServerObject::Tablespace, name));
    Ok(scratch.mirror(&globals)?)
}

/// What a set's scripts make or change that belongs to the whole server.
pub(super) fn server_changes(set: &MigrationSet) -> Vec<ServerChange> {
    scripts(set).flat_map(|script| ServerChange::all_of(&script.stored.text)).collect()
}

/// The database of the settings, for `--scratch same-server`; not naming one is no mistake here.
fn live(context: &Context) -> Result<Option<Connection>, Failure> {
    match DatabaseSettings::resolve(&context.flags, &context.environment) {
        Ok(settings) => Ok(Some(settings.connection)),
        Err(SettingsError::NoDatabase | SettingsError::SchemaOnSqlite) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
