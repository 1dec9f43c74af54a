//! A connection that breaks at every round trip of a whole run, one after the other.

use super::database::Database;
use super::project::Project;
use super::proxy::{Fault, Moment, Proxy, Trigger};

const MIGRATE: &[&str] = &["migrate", "--format", "json"];
const ROLLBACK: &[&str] = &["rollback", "--all", "--force", "--format", "json"];

/// Which command has just been repeated until it was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Migrated,
    RolledBack,
}

/// Migrates and rolls back, again and again, and cuts the connection one round trip later each
/// time, until there is no later one. A command that fails is run again, as an operator would;
/// `check` says whether the end is right. Returns how many round trips there are.
pub fn cut_everywhere(
    database: &Database,
    project: &Project,
    moment: Moment,
    check: impl Fn(Stage, &str),
) -> usize {
    for trip in 1.. {
        let proxy = Proxy::for_database(database);
        proxy.when(Trigger::RoundTrip(trip), moment, Fault::Cut);
        // Without TLS, whose negotiation would be one more.
        let url = format!("{}?sslmode=disable", proxy.url_for(database));
        for (command, stage) in [(MIGRATE, Stage::Migrated), (ROLLBACK, Stage::RolledBack)] {
            insist(project, &url, command, &proxy);
            check(stage, &format!("{stage:?}, cut {moment:?} at round trip {trip}"));
        }
        if proxy.fired() == 0 {
            return trip - 1;
        }
    }
    unreachable!("a run has an end")
}

fn insist(project: &Project, url: &str, command: &[&str], proxy: &Proxy) {
    let run = || project.command(command).env("DATABASE_URL", url).run();
    let fired = proxy.fired();
    let first = run();
    if first.code == 0 {
        return;
    }
    assert!(proxy.fired() > fired, "it failed uncut:\n{first}");
    assert_eq!(first.json()["error"]["kind"], "connection", "{first}");
    let again = run();
    assert_eq!(again.code, 0, "after:\n{first}\nthe same command did not go on:\n{again}");
}
