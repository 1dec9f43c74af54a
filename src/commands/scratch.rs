//! Throwaway databases, for the commands that rehearse.

use super::{Context, Failure};
use crate::database::{Scratch, ScratchRequest, ScratchStep, Session};
use crate::model::Engine;
use crate::settings::{Connection, DatabaseSettings, ScratchFlags, ScratchSettings, SettingsError};

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

impl ScratchArgs {
    /// Opens the place for an engine, near the server's version if one is wanted.
    pub(super) fn open(
        &self,
        context: &Context,
        engine: Engine,
        major: Option<u32>,
    ) -> Result<Scratch, Failure> {
        let flags = ScratchFlags { scratch: self.scratch.clone(), offline: self.offline };
        let settings = ScratchSettings::resolve(&context.flags, flags, &context.environment)?;
        let live = live(context)?;
        let printer = context.printer;
        let scratch = Scratch::open(&ScratchRequest {
            engine,
            settings: &settings,
            major: major.filter(|_| engine == Engine::Postgres),
            live: live.as_ref(),
            interrupt: &context.interrupt,
            told: &|step| match step {
                ScratchStep::Fetching { package } => printer.note(&format!("fetching {package}")),
            },
        });
        Ok(scratch?)
    }

    /// Opens a place like a live server: of its version, with its roles.
    pub(super) fn open_like(
        &self,
        context: &Context,
        live: &mut dyn Session,
    ) -> Result<Scratch, Failure> {
        let engine = live.capabilities().engine;
        let major = live.facts().version_number / 10_000;
        let roles = live.read_roles()?;
        let mut scratch = self.open(context, engine, Some(major))?;
        if let Some(current) = &roles.current {
            scratch.mirror_roles(&roles.names, current)?;
        }
        Ok(scratch)
    }
}

/// The database of the settings, for `--scratch same-server`; not naming one is no mistake here.
pub(super) fn live(context: &Context) -> Result<Option<Connection>, Failure> {
    match DatabaseSettings::resolve(&context.flags, &context.environment) {
        Ok(settings) => Ok(Some(settings.connection)),
        Err(SettingsError::NoDatabase | SettingsError::SchemaOnSqlite) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
