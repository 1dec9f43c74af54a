//! Throwaway databases, for the commands that rehearse.

use super::{Context, Failure};
use crate::database::{Scratch, ScratchRequest, ScratchStep, Session};
use crate::model::{Engine, Roles};
use crate::sets::MigrationSet;
use crate::settings::{Connection, DatabaseSettings, ScratchFlags, ScratchSettings, SettingsError};
use crate::sql::ServerObjects;

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
    /// Opens the place for an engine.
    pub(super) fn open(
        &self,
        context: &Context,
        engine: Engine,
        near: Near<'_>,
    ) -> Result<Scratch, Failure> {
        let flags = ScratchFlags { scratch: self.scratch.clone(), offline: self.offline };
        let settings = ScratchSettings::resolve(&context.flags, flags, &context.environment)?;
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

    /// Opens a place like a live server: of its version, with its roles, but for those that the
    /// set makes itself.
    pub(super) fn open_like(
        &self,
        context: &Context,
        live: &mut dyn Session,
        set: &MigrationSet,
    ) -> Result<Scratch, Failure> {
        let engine = live.capabilities().engine;
        let major = live.facts().version_number / 10_000;
        let roles = live.read_roles()?;
        let near = Near { major: Some(major), live: None };
        let mut scratch = self.open(context, engine, near)?;
        mirror_roles(&mut scratch, &roles, set)?;
        Ok(scratch)
    }
}

/// Makes the roles that exist elsewhere, but for those that the set makes itself.
pub(super) fn mirror_roles(
    scratch: &mut Scratch,
    roles: &Roles,
    set: &MigrationSet,
) -> Result<(), Failure> {
    let Some(current) = &roles.current else { return Ok(()) };
    let made = server_objects(set).roles;
    let is_wanted = |name: &&String| *name == current || !made.contains(&name.to_ascii_lowercase());
    let names: Vec<String> = roles.names.iter().filter(is_wanted).cloned().collect();
    Ok(scratch.mirror_roles(&names, current)?)
}

/// What a set's scripts make or change that belongs to the whole server.
pub(super) fn server_objects(set: &MigrationSet) -> ServerObjects {
    let scripts = set.migrations.iter().flat_map(|it| [&it.script, &it.rollback]);
    ServerObjects::of(scripts.map(|script| script.stored.text.as_str()))
}

/// The database of the settings, for `--scratch same-server`; not naming one is no mistake here.
fn live(context: &Context) -> Result<Option<Connection>, Failure> {
    match DatabaseSettings::resolve(&context.flags, &context.environment) {
        Ok(settings) => Ok(Some(settings.connection)),
        Err(SettingsError::NoDatabase | SettingsError::SchemaOnSqlite) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
