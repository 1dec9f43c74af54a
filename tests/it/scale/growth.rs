//! Work inside the program: processor time of this thread, which waits and other tests do not
//! lengthen. Four times the migrations take four times as long in a linear step and sixteen times
//! in a quadratic one; the line is drawn half-way.

use std::collections::HashMap;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use turnback::database::{Interrupt, Session, open};
use turnback::engine::{
    AcceptedDrift, Foresight, Job, Limits, OnChange, Saving, Silent, run, survey,
};
use turnback::model::{Engine, LedgerState, Target, Version};
use turnback::plan::{Context, Draft, Extent, Facts, Presence, Request, assess};
use turnback::report::{
    Ahead, Subject, plan_document, preview_text, removals, run_document, status_document,
};
use turnback::sets::{Migration, MigrationSet, Script, load_directories};
use turnback::settings::{Connection, OutOfOrder, SqliteLocation};

use super::{small_migration, write_small_migrations};
use crate::support::{Project, in_memory};

const FEW: i64 = 1_000;
const MANY: i64 = 4 * FEW;
const MOST_GROWTH: f64 = 8.0;

/// A step's name, and what it took.
type Cost = (&'static str, Duration);
type Costs = Vec<Cost>;

fn processor_time() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec.cast_unsigned(), u32::try_from(now.tv_nsec).expect("below a second"))
}

fn cost<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let before = processor_time();
    let result = work();
    (processor_time().saturating_sub(before), result)
}

/// The least of a few times.
fn least<T>(mut work: impl FnMut() -> T) -> Duration {
    (0..4).map(|_| cost(&mut work).0).min().expect("four were measured")
}

/// Measures again where a step seems to grow too fast: what is linear is fast enough one of the
/// times, however busy the machine is, and what is quadratic never.
fn assert_linear(few: i64, many: i64, measure: impl Fn(i64) -> Costs) {
    let mut costs = (measure(few), measure(many));
    for _ in 0..2 {
        if too_fast(&costs).is_empty() {
            return;
        }
        keep_least(&mut costs.0, &measure(few));
        keep_least(&mut costs.1, &measure(many));
    }
    let faults = too_fast(&costs);
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

fn too_fast((few, many): &(Costs, Costs)) -> Vec<String> {
    let growth = |((name, few), (_, many)): (&Cost, &Cost)| {
        let growth = many.as_secs_f64() / few.as_secs_f64();
        println!("{name:24} {few:>12.2?} {many:>12.2?} {growth:>6.1}");
        let is_too_fast = growth > MOST_GROWTH;
        is_too_fast.then(|| format!("{name}: {few:.2?} grew to {many:.2?}, {growth:.1} times"))
    };
    few.iter().zip(many).filter_map(growth).collect()
}

fn keep_least(costs: &mut Costs, again: &Costs) {
    for ((_, cost), (_, again)) in costs.iter_mut().zip(again) {
        *cost = (*cost).min(*again);
    }
}

fn target(set: &MigrationSet) -> Target {
    Target {
        set: None,
        schema: None,
        history_table: Target::history_table_of(None),
        highest_version: set.highest(),
    }
}

fn set_of(count: i64, texts: impl Fn(i64) -> (String, String)) -> MigrationSet {
    let migration = |version: i64| {
        let (up, down) = texts(version);
        Migration {
            version: Version::new(version),
            name: "small".to_owned(),
            script: Script::new(format!("migrations/V{version}__small.sql"), &up),
            rollback: Script::new(format!("rollbacks/V{version}__small.sql"), &down),
        }
    };
    MigrationSet {
        manifest: None,
        migrations: (1..=count).map(migration).collect(),
        checks: Vec::new(),
        fixtures: Vec::new(),
    }
}

fn carry_out(session: &mut dyn Session, job: &Job<'_>, request: Request) -> (Duration, usize) {
    let plan = survey(session, job, request).expect("there is a plan").plan;
    let patience = Duration::from_secs(20);
    let limits = Limits { runner_wait: patience, ddl_lock_timeout: patience };
    let interrupt = Interrupt::default();
    let (time, outcome) = cost(|| {
        run(
            session,
            job,
            plan,
            OnChange::Refuse(AcceptedDrift::Nothing),
            limits,
            &interrupt,
            &mut Silent,
        )
        .expect("every step is right")
    });
    (time, outcome.steps.len())
}

/// A set's whole life on SQLite, which works in this thread too.
fn life_on_sqlite(count: i64) -> Costs {
    let files = Project::new();
    write_small_migrations(&files, count);
    let (migrations, rollbacks) = (files.path().join("migrations"), files.path().join("rollbacks"));
    let set = load_directories(&migrations, &rollbacks).expect("the files are right");
    let directory = in_memory();
    let location = SqliteLocation::File(directory.path().join("app.db"));
    let connection = Connection::Sqlite(location);
    let mut session = open(&connection, &Interrupt::default()).expect("nothing is in the way");
    let session = session.as_mut();
    let target = target(&set);
    let job = Job {
        set: &set,
        target: &target,
        out_of_order: OutOfOrder::Refuse,
        saving: Saving::Destroyed,
        retuning: None,
        hazards: None,
    };
    let (forward, back) =
        (Request::Migrate { to: None }, Request::Rollback { extent: Extent::All, prefer: None });
    let subject = Subject::default();
    let mut costs: Costs = vec![
        ("load", least(|| load_directories(&migrations, &rollbacks).is_ok())),
        ("plan", least(|| survey(session, &job, forward).is_ok())),
    ];
    let plan = survey(session, &job, forward).expect("there is a plan").plan;
    let ahead = Ahead {
        plan: &plan,
        foresight: &Foresight::default(),
        saving: Saving::Destroyed,
        estimates: &[],
        policy: None,
        concerns: &[],
        rehearsal: None,
    };
    costs.push(("show the plan", least(|| plan_document("plan", &subject, &ahead).json(&subject))));
    let (applying, steps) = carry_out(session, &job, forward);
    assert_eq!(i64::try_from(steps), Ok(count));
    costs.push(("apply", applying));
    costs.push(("find nothing to do", least(|| survey(session, &job, forward).is_ok())));
    costs.push((
        "status",
        least(|| {
            let state = session.read_ledger(&target).expect("it can be read");
            status_document(&subject, &assess(&set, &state), true).json(&subject)
        }),
    ));
    costs.push(("plan the way back", least(|| survey(session, &job, back).is_ok())));
    let plan = survey(session, &job, back).expect("there is a plan").plan;
    costs.push((
        "say what would go",
        least(|| {
            assert!(removals(&plan).len() > 1);
            preview_text(&subject, &plan, &[], &Foresight::default(), Saving::Destroyed)
        }),
    ));
    // The last quarter, beside all the others: each step costs several times that of the way there.
    let quarter = usize::try_from(count / 4).expect("it is a few hundred");
    let last = Request::Rollback { extent: Extent::Steps(quarter), prefer: None };
    let (rolling_back, steps) = carry_out(session, &job, last);
    assert_eq!(steps, quarter);
    costs.push(("roll back", rolling_back));
    costs
}

#[test]
fn no_step_on_sqlite_is_quadratic_in_the_number_of_migrations() {
    // Half as many show the same; each that goes back copies what it removes.
    assert_linear(FEW / 2, MANY / 2, life_on_sqlite);
}

/// Planning for PostgreSQL is parsing and judging, without a server.
fn plan_for_postgres(count: i64) -> Costs {
    let set = set_of(count, small_migration);
    let state = LedgerState::default();
    let context = Context {
        set: &set,
        state: &state,
        engine: Engine::Postgres,
        out_of_order: OutOfOrder::Refuse,
    };
    let draft = || Draft::new(context, Request::Migrate { to: None }).expect("it can be planned");
    let there = Presence { exists: true, faults: Vec::new() };
    let presence: HashMap<_, _> =
        draft().needs().probes.iter().map(|probe| (probe.clone(), there.clone())).collect();
    let facts = Facts { presence, texts: HashMap::new() };
    let settle = |draft: Draft<'_>| cost(|| draft.finish(&facts).expect("it can be planned"));
    let settling = (0..3).map(|_| settle(draft()).0).min();
    let (_, plan) = settle(draft());
    assert!(plan.steps.iter().all(|step| step.requires.iter().all(|it| it.present == Some(true))));
    vec![
        ("choose and parse", least(draft)),
        ("settle and judge", settling.expect("three were measured")),
        ("hash", least(|| plan.digest())),
    ]
}

#[test]
fn no_step_of_planning_for_postgres_is_quadratic() {
    assert_linear(FEW / 2, MANY / 2, plan_for_postgres);
}

#[test]
fn one_long_script_is_read_and_run_in_linear_time() {
    let life = |statements: i64| {
        // Long rows, so that copying the whole script for each of them would show.
        let body = "body ".repeat(200);
        let script = |head: &str| {
            let rows =
                (0..statements).map(|row| format!("INSERT INTO t VALUES ({row}, '{body}');\n"));
            format!("{head}CREATE TABLE t (id integer, body text);\n{}", rows.collect::<String>())
        };
        let mut costs = Costs::new();
        for (name, head) in
            [("one transaction", ""), ("no transaction", "-- turnback:transaction off\n")]
        {
            let set = set_of(1, |_| (script(head), "DROP TABLE t;\n".to_owned()));
            let directory = in_memory();
            let connection =
                Connection::Sqlite(SqliteLocation::File(directory.path().join("app.db")));
            let mut session = open(&connection, &Interrupt::default()).expect("nothing hinders");
            let target = target(&set);
            let job = Job {
                set: &set,
                target: &target,
                out_of_order: OutOfOrder::Refuse,
                saving: Saving::Destroyed,
                retuning: None,
                hazards: None,
            };
            let request = Request::Migrate { to: None };
            costs.push(("parse", least(|| survey(session.as_mut(), &job, request).is_ok())));
            costs.push((name, carry_out(session.as_mut(), &job, request).0));
        }
        costs
    };
    assert_linear(2_500, 10_000, life);
}

#[test]
fn reports_of_long_runs_are_linear() {
    let report = |count: i64| {
        let set = set_of(count, small_migration);
        let connection = Connection::Sqlite(SqliteLocation::Memory);
        let mut session = open(&connection, &Interrupt::default()).expect("nothing hinders");
        let target = target(&set);
        let job = Job {
            set: &set,
            target: &target,
            out_of_order: OutOfOrder::Refuse,
            saving: Saving::Destroyed,
            retuning: None,
            hazards: None,
        };
        let request = Request::Migrate { to: None };
        let plan = survey(session.as_mut(), &job, request).expect("there is a plan").plan;
        let patience = Duration::from_secs(20);
        let limits = Limits { runner_wait: patience, ddl_lock_timeout: patience };
        let interrupt = Interrupt::default();
        let outcome = run(
            session.as_mut(),
            &job,
            plan,
            OnChange::Refuse(AcceptedDrift::Nothing),
            limits,
            &interrupt,
            &mut Silent,
        );
        let outcome = outcome.expect("every step is right");
        let subject = Subject::default();
        vec![("report", least(|| run_document("migrate", &subject, &outcome).json(&subject)))]
    };
    assert_linear(FEW, MANY, report);
}
