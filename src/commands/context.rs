//! What every command works with.

use super::tuning::in_file;
use crate::database::{DatabaseError, Interrupt, ScratchError, Session, open};
use crate::engine::{EngineError, Job, Limits, Retuning, Saving};
use crate::model::{Diagnose, Problem, ProblemKind, Target};
use crate::plan::HazardPolicy;
use crate::report::Subject;
use crate::sets::{MigrationSet, SetError, load_bundled, load_directories};
use crate::settings::{
    Connection, ConnectionOrigin, DatabaseSettings, Environment, Flags, SetChoice, Settings,
    SettingsError,
};
use crate::ui::Printer;

/// What a command gets from the command line and the process.
pub struct Context {
    /// The global flags.
    pub flags: Flags,
    /// The process's environment.
    pub environment: Environment,
    /// Where to print.
    pub printer: Printer,
    /// Whether questions are answered yes.
    pub assume_yes: bool,
    /// Signals.
    pub interrupt: Interrupt,
    /// What the command works on, as far as it is known; for the report, failure or not.
    pub subject: Subject,
}

/// A command's failure, ready to be shown.
#[derive(Debug)]
pub struct Failure(pub Box<Problem>);

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self(Box::new(problem))
    }
}

macro_rules! failure_from {
    ($($error:ty),+) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                error.problem().into()
            }
        })+
    };
}

failure_from!(DatabaseError, EngineError, ScratchError, SetError, SettingsError);

/// A database and a set, ready to work.
pub struct Workspace {
    /// The open database.
    pub session: Box<dyn Session>,
    /// The set.
    pub set: MigrationSet,
    /// Where the set lives.
    pub target: Target,
    /// The settings all this came from.
    pub settings: Settings,
    /// How hard backfills work, where somebody said so.
    pub retuning: Retuning,
    /// Which hazards a run may go past.
    pub hazards: HazardPolicy,
}

/// A database, without a set.
pub struct LiveDatabase {
    /// The open database.
    pub session: Box<dyn Session>,
    /// The settings it came from.
    pub settings: DatabaseSettings,
}

impl Workspace {
    /// The session, and the work to do with it.
    pub fn split(&mut self) -> (&mut dyn Session, Job<'_>) {
        self.split_saving(Saving::Destroyed)
    }

    /// The same with what is saved of what the work destroys.
    pub fn split_saving(&mut self, saving: Saving) -> (&mut dyn Session, Job<'_>) {
        let job = Job {
            set: &self.set,
            target: &self.target,
            out_of_order: self.settings.out_of_order,
            saving,
            retuning: Some(&self.retuning),
            hazards: Some(&self.hazards),
        };
        (self.session.as_mut(), job)
    }

    /// How long to wait for others.
    pub fn limits(&self) -> Limits {
        Limits {
            runner_wait: self.settings.runner_wait,
            ddl_lock_timeout: self.settings.ddl_lock_timeout,
        }
    }
}

impl LiveDatabase {
    /// How long to wait for others.
    pub fn limits(&self) -> Limits {
        Limits {
            runner_wait: self.settings.runner_wait,
            ddl_lock_timeout: self.settings.ddl_lock_timeout,
        }
    }
}

impl Context {
    /// Resolves the settings, loads the set, opens the database. The set comes first: what is
    /// wrong with files is said without a database.
    pub fn open(&mut self) -> Result<Workspace, Failure> {
        let settings = Settings::resolve(self.flags.clone(), &self.environment)?;
        self.subject.database = Some(settings.connection.describe());
        let set = load(&settings.set)?;
        self.subject.set = set.name().map(str::to_owned);
        if settings.origin == ConnectionOrigin::EmbeddedDefault {
            let set = set.name().unwrap_or_default();
            let database = settings.connection.describe();
            self.printer
                .note(&format!("no database is named: working on {database}, with the set {set}"));
        }
        check_engine(&set, &settings.connection)?;
        let retuning = in_file(&settings.backfill)?;
        let session = self.connect(&settings.connection)?;
        let target = set.target(settings.schema.as_deref());
        let levels = settings.levels.clone();
        let hazards = HazardPolicy { levels, ..HazardPolicy::default() };
        Ok(Workspace { session, set, target, settings, retuning, hazards })
    }

    /// Opens the database alone, for commands that need no set.
    pub fn open_database(&mut self) -> Result<LiveDatabase, Failure> {
        let settings = DatabaseSettings::resolve(&self.flags, &self.environment)?;
        let database = settings.connection.describe();
        if settings.origin == ConnectionOrigin::EmbeddedDefault {
            self.printer.note(&format!("no database is named: working on {database}"));
        }
        self.subject.database = Some(database);
        let session = self.connect(&settings.connection)?;
        Ok(LiveDatabase { session, settings })
    }

    /// Opens any database, and passes on what there is to say about it.
    pub fn connect(&self, connection: &Connection) -> Result<Box<dyn Session>, Failure> {
        for notice in connection.notices() {
            self.printer.note(notice);
        }
        let mut session = open(connection, &self.interrupt)?;
        for notice in session.take_notices() {
            self.printer.note(&notice.message);
        }
        Ok(session)
    }
}

/// Loads a set.
pub fn load(choice: &SetChoice) -> Result<MigrationSet, SetError> {
    match choice {
        SetChoice::Bundled(name) => load_bundled(name),
        SetChoice::Directories { migrations, rollbacks } => load_directories(migrations, rollbacks),
    }
}

/// Refuses a set that is for another engine than the database.
pub(super) fn check_engine(set: &MigrationSet, connection: &Connection) -> Result<(), Failure> {
    let Some(manifest) = &set.manifest else { return Ok(()) };
    if manifest.engine == connection.engine() {
        return Ok(());
    }
    let message = format!(
        "the set {} is for {}, and {} is a {} database",
        manifest.name,
        manifest.engine,
        connection.describe(),
        connection.engine()
    );
    Err(Problem::new(ProblemKind::Usage, message)
        .hint("`turnback sets` shows which set is for which engine")
        .hint("-D names another database")
        .into())
}
