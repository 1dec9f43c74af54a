//! Where catalogs come from: databases, snapshots, sets built on throwaway databases.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::context::{Context, Failure, load};
use super::scratch::{Near, ScratchArgs, mirror, scripts};
use crate::catalog::{Catalog, Scope, read_snapshot};
use crate::database::{DatabaseError, Session};
use crate::engine::{Fixtures, Job, Saving, build};
use crate::model::{Diagnose as _, Engine, Globals, Problem, ProblemKind};
use crate::settings::{CatalogSource, Connection, DatabaseSettings, OutOfOrder, SetChoice};
use crate::ui::ProgressBars;

/// Two catalogs to be compared, as the command line names them.
pub struct Wanted<'a> {
    /// Each as [`CatalogSource`] reads it.
    pub sources: [&'a str; 2],
    /// The schemas; none at all means what the sources cover.
    pub schemas: &'a [String],
    /// Where sets are built.
    pub scratch: &'a ScratchArgs,
}

/// A catalog, and where it came from.
pub struct Found {
    /// The source in words.
    pub name: String,
    /// What was found there.
    pub catalog: Catalog,
    /// The database, if it is one.
    connection: Option<Connection>,
    /// The roles and tablespaces there, as far as they are known. Who works there owns what is made
    /// there.
    globals: Globals,
}

/// What a command covers: the schemas it was given, else the one of `--schema`, else all.
pub fn scope_of(
    engine: Engine,
    schemas: &[String],
    schema: Option<&str>,
) -> Result<Scope, Failure> {
    if engine == Engine::Sqlite && !schemas.is_empty() {
        let message = "--schemas is for PostgreSQL: a SQLite database has no schemas";
        return Err(Problem::new(ProblemKind::Usage, message).into());
    }
    let named = schemas.iter().map(String::as_str);
    let schemas = named.chain(schema.filter(|_| schemas.is_empty())).map(str::to_owned);
    Ok(Scope { schemas: schemas.collect() })
}

/// Reads both. What costs little comes first, so that a mistake is told before a server is
/// started.
pub fn catalogs(context: &mut Context, wanted: &Wanted<'_>) -> Result<[Found; 2], Failure> {
    let parse = |text| CatalogSource::parse(text, &context.environment);
    let sources = [parse(wanted.sources[0])?, parse(wanted.sources[1])?];
    let schema = DatabaseSettings::schema(&context.flags, &context.environment)?;
    let mut found = [None, None];
    for (found, source) in found.iter_mut().zip(&sources) {
        if let CatalogSource::Snapshot(file) = source {
            *found = Some(snapshot(file)?);
        }
    }
    let scope = scope(wanted.schemas, schema.as_deref(), &found)?;
    for (found, source) in found.iter_mut().zip(&sources) {
        match source {
            CatalogSource::Live => {
                let mut live = context.open_database()?;
                *found = Some(database(&live.settings.connection, live.session.as_mut(), &scope)?);
            }
            CatalogSource::Database(connection) => {
                let mut session = context.connect(connection)?;
                *found = Some(database(connection, session.as_mut(), &scope)?);
            }
            CatalogSource::Snapshot(_) | CatalogSource::Set(_) => {}
        }
    }
    for index in [0, 1] {
        if let CatalogSource::Set(choice) = &sources[index] {
            let rehearsal = Rehearsal { choice, schema: schema.as_deref(), scope: &scope };
            let built = rehearsal.build(context, wanted.scratch, found[1 - index].as_ref())?;
            found[index] = Some(built);
        }
    }
    let [Some(from), Some(to)] = found else { unreachable!("each source was read") };
    if from.catalog.engine != to.catalog.engine {
        let say = |it: &Found| format!("{} is a {} schema", it.name, it.catalog.engine);
        let message = format!("{}, and {}: the two cannot be compared", say(&from), say(&to));
        return Err(Problem::new(ProblemKind::Usage, message).into());
    }
    scope_of(from.catalog.engine, wanted.schemas, None)?;
    let narrowed = |it: Found| Found { catalog: it.catalog.within(&scope), ..it };
    if scope.schemas.is_empty() { Ok([from, to]) } else { Ok([narrowed(from), narrowed(to)]) }
}

fn database(
    connection: &Connection,
    session: &mut dyn Session,
    scope: &Scope,
) -> Result<Found, DatabaseError> {
    Ok(Found {
        name: connection.describe(),
        catalog: session.read_catalog(scope)?,
        connection: Some(connection.clone()),
        globals: session.read_globals()?,
    })
}

/// Reads a snapshot.
pub fn snapshot(file: &Path) -> Result<Found, Failure> {
    let name = file.display();
    let text = fs::read_to_string(file).map_err(|error| {
        Problem::new(ProblemKind::Io, format!("cannot read the snapshot {name}: {error}"))
    })?;
    let catalog = read_snapshot(&text).map_err(|error| {
        let problem = error.problem();
        Problem { message: format!("the snapshot {name} cannot be used: {error}"), ..problem }
    })?;
    let globals = globals_of(&catalog);
    Ok(Found { name: format!("snapshot {name}"), catalog, connection: None, globals })
}

/// What was asked for, else what the snapshots cover: they know nothing of other schemas.
fn scope(
    schemas: &[String],
    schema: Option<&str>,
    found: &[Option<Found>; 2],
) -> Result<Scope, Failure> {
    let snapshots = || found.iter().flatten();
    let engine = snapshots().next().map_or(Engine::Postgres, |it| it.catalog.engine);
    let asked = scope_of(engine, schemas, schema.filter(|_| engine == Engine::Postgres))?;
    let limits = || snapshots().filter(|it| !it.catalog.scope.schemas.is_empty());
    for it in limits() {
        let covered = &it.catalog.scope.schemas;
        if let Some(missing) = asked.schemas.iter().find(|schema| !covered.contains(*schema)) {
            let message = format!("the {} does not cover the schema {missing}", it.name);
            let covered: Vec<&str> = covered.iter().map(String::as_str).collect();
            return Err(Problem::new(ProblemKind::Usage, message)
                .note(format!("it covers {}", covered.join(", ")))
                .into());
        }
    }
    if !asked.schemas.is_empty() {
        return Ok(asked);
    }
    let common = limits().map(|it| it.catalog.scope.schemas.clone());
    let common = common.reduce(|one, other| &one & &other);
    if common.as_ref().is_some_and(BTreeSet::is_empty) {
        let message = "the two snapshots cover no schema in common";
        return Err(Problem::new(ProblemKind::Usage, message).into());
    }
    Ok(Scope { schemas: common.unwrap_or_default() })
}

/// The roles that own something, most of all the one that a snapshot's reader would work as, and the
/// tablespaces that something is in.
fn globals_of(catalog: &Catalog) -> Globals {
    let of_all = |property: &str| {
        let objects = catalog.objects.values();
        let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
        for name in objects.filter_map(|it| it.properties.get(property)) {
            // Such names every server has.
            if !name.starts_with("pg_") {
                *counts.entry(name).or_default() += 1;
            }
        }
        counts
    };
    let names = |counts: &BTreeMap<&String, usize>| counts.keys().map(|it| (*it).clone()).collect();
    let (owners, tablespaces) = (of_all("owner"), of_all("tablespace"));
    let most = owners.iter().max_by_key(|(_, count)| **count);
    Globals {
        roles: names(&owners),
        current_role: most.map(|(owner, _)| (*owner).clone()),
        database: None,
        tablespaces: names(&tablespaces),
    }
}

/// A set that is to be built.
struct Rehearsal<'a> {
    choice: &'a SetChoice,
    schema: Option<&'a str>,
    scope: &'a Scope,
}

impl Rehearsal<'_> {
    /// Builds it for the engine and the server's version of the other side, where that is known,
    /// and as the role that owns the other side.
    fn build(
        &self,
        context: &Context,
        flags: &ScratchArgs,
        other: Option<&Found>,
    ) -> Result<Found, Failure> {
        let set = load(self.choice)?;
        let name = match self.choice {
            SetChoice::Bundled(name) => format!("set {name}"),
            SetChoice::Directories { migrations, .. } => {
                format!("the migrations in {}", migrations.display())
            }
        };
        let own = set.manifest.as_ref().map(|manifest| manifest.engine);
        let others = other.map(|it| it.catalog.engine);
        let engine = own.or(others).ok_or_else(|| {
            Problem::new(ProblemKind::Usage, format!("nothing says which engine {name} are for"))
                .hint("compare them with a database or a snapshot, or name it in their set.toml")
        })?;
        if let Some(others) = others.filter(|others| *others != engine) {
            let message = format!("{name} is for {engine}, and the other one is a {others} schema");
            return Err(Problem::new(ProblemKind::Usage, message).into());
        }
        let place = Near {
            major: other.map(|it| it.catalog.major),
            live: other.and_then(|it| it.connection.as_ref()),
        };
        let mut scratch = flags.open(context, engine, place, scripts(&set))?;
        if let Some(other) = other {
            mirror(&mut scratch, other.globals.clone(), &set)?;
        }
        let database = scratch.database()?;
        let mut session = context.connect(database.connection())?;
        let mut bars = ProgressBars::new(context.printer);
        let target = set.target(self.schema);
        let job = Job {
            set: &set,
            target: &target,
            out_of_order: OutOfOrder::default(),
            saving: Saving::Destroyed,
            retuning: None,
            hazards: None,
        };
        let built =
            build(session.as_mut(), &job, None, Fixtures::Before, &context.interrupt, &mut bars);
        bars.finish();
        built?;
        let catalog = session.read_catalog(self.scope)?;
        Ok(Found { name, catalog, connection: None, globals: Globals::default() })
    }
}
