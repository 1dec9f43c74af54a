//! `turnback lint`

use std::collections::BTreeMap;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::{Context, Failure};
use crate::model::{Engine, Problem, ProblemKind};
use crate::plan::{LintFinding, Linter, lint_fault};
use crate::report::{Document, Linted, lint_document};
use crate::sets::{
    Directories, FileFault, FileFaultKind, Gathered, SetError, gather, load_bundled,
    load_directories, loose_script, scripts_of,
};
use crate::settings::{LintSettings, SetChoice, parse_lint_level};
use crate::sql::{HazardLevel, SqliteVersion};

/// Find what is dangerous or wrong in migrations, without a database
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Files and directories, or - for standard input; by default the project's migrations and
    /// rollbacks
    paths: Vec<PathBuf>,
    /// The engine, over what a set.toml or the database's URL says [default: postgresql]
    #[arg(long, value_enum)]
    engine: Option<EngineName>,
    /// The oldest SQLite the scripts are for, over what set.toml says [default: 3.35]
    #[arg(long, value_name = "VERSION", value_parser = parse_sqlite_version)]
    minimum_sqlite: Option<SqliteVersion>,
    /// How much a finding weighs: off, note, warning or error
    #[arg(long, value_name = "ID=LEVEL", value_parser = parse_lint_level)]
    level: Vec<(String, HazardLevel)>,
    /// The name that standard input has in the report, and where it would lie
    #[arg(long, value_name = "FILE", default_value = "stdin.sql")]
    stdin_filename: PathBuf,
}

/// An engine, as the command line names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum EngineName {
    /// PostgreSQL
    #[value(name = "postgresql", alias = "postgres")]
    Postgresql,
    /// SQLite
    Sqlite,
}

fn parse_sqlite_version(text: &str) -> Result<SqliteVersion, String> {
    SqliteVersion::parse(text).ok_or_else(|| format!("`{text}` is no version such as 3.35"))
}

/// Reads files and judges them; opens no database.
pub fn run(args: &Args, context: &mut Context) -> Result<Document, Failure> {
    let mut settings = LintSettings::resolve(&context.flags, &context.environment)?;
    for (id, level) in &args.level {
        settings.levels.set(id.clone(), *level);
    }
    let project = match &settings.set {
        Ok(SetChoice::Directories { migrations, rollbacks }) => {
            Some(Directories { migrations, rollbacks })
        }
        _ => None,
    };
    let (gathered, set_faults) = match args.paths.as_slice() {
        [] => of_set(&settings, project, context)?,
        paths => (of_paths(paths, &args.stdin_filename, project)?, Vec::new()),
    };
    let mut linter = Linter {
        engine: args.engine.map(|name| match name {
            EngineName::Postgresql => Engine::Postgres,
            EngineName::Sqlite => Engine::Sqlite,
        }),
        usual: settings.engine.unwrap_or(Engine::Postgres),
        minimum: args.minimum_sqlite,
        levels: &settings.levels,
        homes: BTreeMap::new(),
    };
    let Gathered { scripts, faults } = gathered;
    let mut files: Vec<String> = faults.iter().map(|(it, _)| it.file.clone()).collect();
    let mut found: Vec<LintFinding> = faults.into_iter().map(lint_fault).collect();
    found.extend(set_faults.into_iter().map(|it| lint_fault((it, None))));
    for script in &scripts {
        files.push(script.script.file.clone());
        found.extend(linter.script(script));
    }
    Ok(lint_document(&Linted { files, found }))
}

/// The scripts of the set that the settings choose, and what is wrong with it as a whole.
fn of_set(
    settings: &LintSettings,
    project: Option<Directories<'_>>,
    context: &mut Context,
) -> Result<(Gathered, Vec<FileFault>), Failure> {
    if let Ok(SetChoice::Bundled(name)) = &settings.set {
        let set = load_bundled(name)?;
        context.subject.set = set.name().map(str::to_owned);
        return Ok((Gathered { scripts: scripts_of(&set), faults: Vec::new() }, Vec::new()));
    }
    let Some(Directories { migrations, rollbacks }) = project else {
        let message = "there is nothing to look at: no file is named, and no project is here";
        return Err(Problem::new(ProblemKind::Usage, message)
            .hint("name files or directories: `turnback lint migrations rollbacks`")
            .hint("`turnback init` makes a project")
            .into());
    };
    let set_faults = match load_directories(migrations, rollbacks) {
        Ok(set) => {
            context.subject.set = set.name().map(str::to_owned);
            Vec::new()
        }
        Err(SetError::Files(faults)) => faults,
        Err(error) => return Err(error.into()),
    };
    let mut paths = vec![migrations.to_owned()];
    paths.extend(rollbacks.is_dir().then(|| rollbacks.to_owned()));
    let gathered = gather(&paths, project);
    // What is wrong with a file by itself was found without the set.
    let is_told = |fault: &FileFault| gathered.faults.iter().any(|(it, _)| it == fault);
    let is_of_set =
        |fault: &FileFault| !matches!(fault.kind, FileFaultKind::NotUtf8 { .. }) && !is_told(fault);
    let set_faults = set_faults.into_iter().filter(is_of_set).collect();
    Ok((gathered, set_faults))
}

fn of_paths(
    paths: &[PathBuf],
    stdin_name: &Path,
    project: Option<Directories<'_>>,
) -> Result<Gathered, Failure> {
    let is_stdin = |path: &&PathBuf| path.as_os_str() == "-";
    let files: Vec<PathBuf> = paths.iter().filter(|path| !is_stdin(path)).cloned().collect();
    let mut gathered = gather(&files, project);
    if paths.iter().any(|path| is_stdin(&path)) {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map_err(|error| {
            Problem::new(ProblemKind::Io, format!("cannot read standard input: {error}"))
        })?;
        match loose_script(stdin_name, &bytes, project) {
            Ok(script) => gathered.scripts.push(script),
            Err(fault) => gathered.faults.push(fault),
        }
    }
    Ok(gathered)
}
