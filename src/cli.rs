//! The command line: parsing, dispatch, exit code.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::commands::{self, Context, Failure};
use crate::database::Interrupt;
use crate::report::{Document, Subject};
use crate::settings::{Environment, Flags, parse_duration};
use crate::ui::{Color, Format, Printer, Verbosity};

/// Migrates PostgreSQL and SQLite schemas forward and back
#[derive(Debug, Parser)]
#[command(name = "turnback", version, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    global: GlobalArgs,
    #[command(subcommand)]
    command: Command,
}

#[expect(clippy::doc_markdown, reason = "the doc comments are the help")]
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Global options")]
struct GlobalArgs {
    /// The database: postgres://user@host/database or sqlite:PATH [env: DATABASE_URL]
    #[arg(short = 'D', long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// A bundled set [env: TURNBACK_SET]
    #[arg(long, global = true, value_name = "NAME")]
    set: Option<String>,
    /// The directory of your own migrations
    #[arg(long, global = true, value_name = "DIR")]
    migrations_dir: Option<PathBuf>,
    /// The directory of their rollbacks [default: rollbacks, beside the migrations]
    #[arg(long, global = true, value_name = "DIR")]
    rollbacks_dir: Option<PathBuf>,
    /// The schema to install into [env: TURNBACK_SCHEMA]
    #[arg(long, global = true, value_name = "NAME")]
    schema: Option<String>,
    /// The settings file [env: TURNBACK_CONFIG] [default: turnback.toml]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The form of the output; sarif, junit, github and gitlab from `check`, `lint`, `prove` and `verify`
    #[arg(long, global = true, value_enum, default_value_t)]
    format: Format,
    /// Print results and errors only
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Print more: the server's notices, the queries
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    verbose: bool,
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t)]
    color: Color,
    /// Answer questions with yes
    #[arg(short, long, global = true)]
    yes: bool,
    /// How long to wait for another runner [default: 60s]
    #[arg(long, global = true, value_name = "DURATION", value_parser = parse_duration)]
    runner_wait: Option<Duration>,
    /// How long to try for locks on database objects [default: 60s]
    #[arg(long, global = true, value_name = "DURATION", value_parser = parse_duration)]
    ddl_lock_timeout: Option<Duration>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Sets(commands::sets::Args),
    Init(commands::init::Args),
    New(commands::new::Args),
    #[command(visible_alias = "info")]
    Status(commands::status::Args),
    Plan(commands::plan::Args),
    #[command(visible_alias = "up")]
    Migrate(commands::migrate::Args),
    #[command(visible_aliases = ["down", "undo"])]
    Rollback(commands::rollback::Args),
    Verify(commands::verify::Args),
    Prove(commands::prove::Args),
    Check(commands::check::Args),
    Lint(commands::lint::Args),
    Backfill(commands::backfill::Args),
    Backup(commands::backup::Args),
    Cleanup(commands::cleanup::Args),
    Snapshot(commands::snapshot::Args),
    Diff(commands::diff::Args),
}

impl Command {
    const fn name(&self) -> &'static str {
        match self {
            Self::Sets(_) => "sets",
            Self::Init(_) => "init",
            Self::New(_) => "new",
            Self::Status(_) => "status",
            Self::Plan(_) => "plan",
            Self::Migrate(_) => "migrate",
            Self::Rollback(_) => "rollback",
            Self::Verify(_) => "verify",
            Self::Prove(_) => "prove",
            Self::Check(_) => "check",
            Self::Lint(_) => "lint",
            Self::Backfill(args) => args.name(),
            Self::Backup(args) => args.name(),
            Self::Cleanup(_) => "cleanup",
            Self::Snapshot(_) => "snapshot",
            Self::Diff(_) => "diff",
        }
    }

    /// Whether it looks for faults, and can tell them to continuous integration.
    const fn has_findings(&self) -> bool {
        matches!(self, Self::Check(_) | Self::Lint(_) | Self::Verify(_) | Self::Prove(_))
    }

    fn run(&self, context: &mut Context) -> Result<Document, Failure> {
        match self {
            Self::Sets(args) => commands::sets::run(args, context),
            Self::Init(args) => commands::init::run(args),
            Self::New(args) => commands::new::run(args, context),
            Self::Status(args) => commands::status::run(args, context),
            Self::Plan(args) => commands::plan::run(args, context),
            Self::Migrate(args) if args.verify_only() => verify(context),
            Self::Migrate(args) => commands::migrate::run(args, context),
            Self::Rollback(args) if args.verify_only() => verify(context),
            Self::Rollback(args) => commands::rollback::run(args, context),
            Self::Verify(args) => commands::verify::run(args, context),
            Self::Prove(args) => commands::prove::run(args, context),
            Self::Check(args) => commands::check::run(args, context),
            Self::Lint(args) => commands::lint::run(args, context),
            Self::Backfill(args) => commands::backfill::run(args, context),
            Self::Backup(args) => commands::backup::run(args, context),
            Self::Cleanup(args) => commands::cleanup::run(args, context),
            Self::Snapshot(args) => commands::snapshot::run(args, context),
            Self::Diff(args) => commands::diff::run(args, context),
        }
    }
}

/// `--verify-only` is another name for the command.
fn verify(context: &mut Context) -> Result<Document, Failure> {
    commands::verify::run(&commands::verify::Args::default(), context)
}

impl GlobalArgs {
    /// Taking the struct apart means that a new flag does not compile until it is handled.
    fn split(self) -> (Flags, Printer, bool) {
        let Self {
            database_url,
            set,
            migrations_dir,
            rollbacks_dir,
            schema,
            config,
            format,
            quiet,
            verbose,
            color,
            yes,
            runner_wait,
            ddl_lock_timeout,
        } = self;
        let flags = Flags {
            database_url,
            set,
            migrations_dir,
            rollbacks_dir,
            schema,
            config,
            runner_wait,
            ddl_lock_timeout,
        };
        let verbosity = match (quiet, verbose) {
            (true, _) => Verbosity::Quiet,
            (false, true) => Verbosity::Verbose,
            (false, false) => Verbosity::Normal,
        };
        (flags, Printer::new(format, verbosity, color), yes)
    }
}

fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let matches = Cli::command().try_get_matches_from(arguments)?;
    let cli = Cli::from_arg_matches(&matches)?;
    let format = cli.global.format;
    if format.is_for_findings() && !cli.command.has_findings() {
        let message = format!(
            "`turnback {}` has no findings to tell as {format}: its formats are text and json",
            cli.command.name()
        );
        return Err(Cli::command().error(ErrorKind::InvalidValue, message));
    }
    Ok(cli)
}

/// Runs the program with the given arguments, the first being its name.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match parse(arguments) {
        Ok(cli) => cli,
        // clap prints help and version to stdout with 0, usage errors to stderr with 2.
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let (flags, printer, assume_yes) = cli.global.split();
    if printer.verbosity() == Verbosity::Verbose {
        start_tracing();
    }
    let interrupt = Interrupt::default();
    handle_signals(&interrupt);
    let mut context = Context {
        flags,
        environment: Environment::of_process(),
        printer,
        assume_yes,
        interrupt,
        subject: Subject::default(),
    };
    let (code, output) = match cli.command.run(&mut context) {
        Ok(document) => (document.exit_code, printer.document(&document, &context.subject)),
        Err(Failure(problem)) => (
            problem.kind.exit_code(),
            printer.failure(cli.command.name(), &problem, &context.subject),
        ),
    };
    match output {
        // A reader that has seen enough (`turnback status | head`) is no failure; a full disk is.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            printer.lost_output(&error);
            ExitCode::from(code.max(1))
        }
        _ => ExitCode::from(code),
    }
}

/// The first signal asks to stop: the running statement is cancelled, what is open rolled back,
/// what stands reported. The second ends the program at once.
fn handle_signals(interrupt: &Interrupt) {
    let interrupt = interrupt.clone();
    let handled = ctrlc::set_handler(move || {
        if !interrupt.raise() {
            let _ = console::Term::stderr().show_cursor();
            std::process::exit(130);
        }
    });
    if let Err(error) = handled {
        tracing::warn!(%error, "signals end the program at once");
    }
}

fn start_tracing() {
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(io::stderr)
        .with_target(false)
        .init();
}
