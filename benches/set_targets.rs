//! `cargo bench --bench set_targets`: the queries of the bundled PostgreSQL sets on a million rows,
//! beside the times that the sets' operators expect, as a table for docs/benchmarks-sets.md.
//!
//! A query fails the benchmark when its plan lacks the index that is there for it, or reads a table
//! from end to end; of a function, the plans of all statements in it are read. A time is that of
//! the server alone, by EXPLAIN ANALYZE, everything in memory.

#[path = "set_targets/queries.rs"]
mod queries;
#[expect(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "the harness of the integration tests has more than is needed here"
)]
#[path = "../tests/it/support/mod.rs"]
mod support;

use std::future::poll_fn;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::thread::available_parallelism;

use queries::{Query, SETS, Set};
use serde_json::Value;
use support::{Cluster, Database, Turnback};
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::{AsyncMessage, Client, NoTls, SimpleQueryMessage};

/// How often each query runs, each time for another user.
const RUNS: usize = 101;
const ROWS: usize = 1_000_000;
/// Plans come as notices, those of statements inside functions too, once they are switched on.
const PREPARE_PLANS: &str = "LOAD 'auto_explain'; SET auto_explain.log_min_duration = -1;
    SET auto_explain.log_nested_statements = on; SET auto_explain.log_level = notice";

fn main() -> ExitCode {
    let cluster = Cluster::private(&[("shared_buffers", "1GB"), ("autovacuum", "off")]);
    let cores = available_parallelism().map_or(0, usize::from);
    println!("PostgreSQL {}, {cores} cores\n", cluster.psql("SHOW server_version"));
    println!("| set | query | index | median | slowest | buffers | target |");
    println!("|---|---|---|--:|--:|--:|--:|");
    let mut missed = 0;
    for set in SETS {
        let database = filled(&cluster, set);
        let session = Session::open(&database);
        for query in set.queries {
            missed += usize::from(!measure(&session, set, query));
        }
    }
    println!("\n{RUNS} runs each; {missed} over their target");
    if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The set with its rows, statistics and visibility as after a night's vacuum.
fn filled(cluster: &Cluster, set: &Set) -> Database {
    let database = cluster.database();
    let url = database.url();
    Turnback::new(&["-D", &url, "--set", set.name, "migrate"]).run().expect_code(0);
    // Foreign keys are not looked up a million times: the rows fit.
    database.psql(&format!("SET session_replication_role = replica;\n{}", set.rows));
    database.psql("VACUUM ANALYZE");
    database
}

/// Runs a query many times, prints its line, and says whether it kept its target.
fn measure(session: &Session, set: &Set, query: &Query) -> bool {
    let mut random = fastrand::Rng::with_seed(42);
    let mut next = || random.usize(..ROWS);
    let index = session.index_of(set, query, next());
    let mut times = Vec::new();
    let mut buffers = 0;
    for _ in 0..RUNS {
        let explain = format!("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {}", query.sql);
        let answer = session.undone(set, &explain, next());
        let plan: Value = serde_json::from_str(&answer).expect("FORMAT JSON was asked for");
        times.push(plan[0]["Execution Time"].as_f64().expect("ANALYZE was asked for"));
        let blocks = ["Shared Hit Blocks", "Shared Read Blocks"].map(|it| &plan[0]["Plan"][it]);
        buffers = buffers.max(blocks.iter().filter_map(|it| it.as_u64()).sum());
    }
    // By now a function may use other plans, made for no value in particular.
    let later = session.index_of(set, query, next());
    times.sort_by(f64::total_cmp);
    let (median, slowest) = (times[RUNS / 2], times[RUNS - 1]);
    let met = query.target.is_none_or(|target| median < target);
    let index = if later == index { format!("`{index}`") } else { format!("`{index}`, `{later}`") };
    let target = query.target.map_or_else(String::new, |target| format!("{target} ms"));
    println!(
        "| {} | {} | {index} | {median:.3} ms | {slowest:.3} ms | {buffers} | {target}{} |",
        set.name,
        query.what,
        if met { "" } else { " MISSED" },
    );
    met
}

/// A connection that keeps the server's notices.
struct Session {
    runtime: Runtime,
    client: Client,
    notices: Arc<Mutex<Vec<String>>>,
}

impl Session {
    fn open(database: &Database) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime of one thread needs nothing special");
        let notices = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&notices);
        let client = runtime.block_on(async {
            let connected = tokio_postgres::connect(&database.url(), NoTls).await;
            let (client, mut connection) = connected.expect("the server is ours");
            tokio::spawn(async move {
                while let Some(Ok(message)) = poll_fn(|cx| connection.poll_message(cx)).await {
                    if let AsyncMessage::Notice(notice) = message {
                        kept.lock().expect("no holder panics").push(notice.message().to_owned());
                    }
                }
            });
            client
        });
        let session = Self { runtime, client, notices };
        session.ask(PREPARE_PLANS);
        session
    }

    fn ask(&self, sql: &str) -> String {
        let answer = self.runtime.block_on(self.client.simple_query(sql));
        let messages = answer.unwrap_or_else(|error| panic!("{error:?} in:\n{sql}"));
        let rows = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        });
        rows.last().unwrap_or_default().to_owned()
    }

    /// Runs a statement for the user or session of that number, and undoes it.
    fn undone(&self, set: &Set, sql: &str, number: usize) -> String {
        let number = number.to_string();
        self.ask("BEGIN");
        self.ask(&set.before.replace("$n", &number));
        let answer = self.ask(&sql.replace("$n", &number));
        self.ask("ROLLBACK");
        answer
    }

    /// The index of the query that the plans of its statements name.
    fn index_of(&self, set: &Set, query: &Query, number: usize) -> &'static str {
        self.notices.lock().expect("no holder panics").clear();
        self.ask("BEGIN");
        // Before the role changes to one that may not.
        self.ask("SET LOCAL auto_explain.log_min_duration = 0");
        self.ask(&set.before.replace("$n", &number.to_string()));
        self.ask(&query.sql.replace("$n", &number.to_string()));
        self.ask("ROLLBACK");
        let plans = self.notices.lock().expect("no holder panics").join("\n");
        assert!(!plans.contains("Seq Scan on "), "{} reads a whole table:\n{plans}", query.what);
        let used = query.indexes.iter().find(|index| {
            // An index scan is `using` it, a bitmap scan is `on` it.
            let named = [format!(" using {index} "), format!("Bitmap Index Scan on {index} ")];
            named.iter().any(|name| plans.contains(name.as_str()))
        });
        used.unwrap_or_else(|| panic!("{} uses none of its indexes:\n{plans}", query.what))
    }
}
