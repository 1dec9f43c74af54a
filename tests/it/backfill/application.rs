//! An application that goes on writing, and knows what it wrote.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use fastrand::Rng;

use crate::support::{Client, Database};

const CLIENTS: u32 = 2;

/// What the application knows of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub region: u8,
    pub src: String,
    pub other: u32,
    pub note: usize,
    /// Whether the application has written the column that is backfilled, or the row's key.
    pub labelled: bool,
}

/// By key; what is not here is not there.
pub type Rows = BTreeMap<u32, Row>;

/// The rows that are there before anybody writes, and the SQL that makes them.
pub fn ground(count: u32, partitioned: bool) -> (Rows, String) {
    let row = |id: u32| Row {
        region: u8::try_from(id % 3).expect("it is less than 3"),
        src: format!("s{id}"),
        other: id % 97,
        note: usize::try_from(id % 61).expect("it is small"),
        labelled: false,
    };
    let (by, key) =
        if partitioned { (" PARTITION BY LIST (region)", "id, region") } else { ("", "id") };
    let columns = "id int, region int, label text, src text, other int, note text";
    let mut sql = format!("CREATE TABLE item ({columns}, PRIMARY KEY ({key})){by};\n");
    if partitioned {
        sql += "CREATE TABLE item_0 PARTITION OF item FOR VALUES IN (0);
                CREATE TABLE item_1 PARTITION OF item FOR VALUES IN (1);
                CREATE TABLE item_2 PARTITION OF item FOR VALUES IN (2);";
    }
    sql += &format!(
        "INSERT INTO item SELECT i, i % 3, 'v1:' || i, 's' || i, i % 97, repeat('n', i % 61) \
         FROM generate_series(1, {count}) AS i;"
    );
    ((1..=count).map(|id| (id, row(id))).collect(), sql)
}

#[derive(Default)]
struct Orders {
    calm: AtomicBool,
    stop: AtomicBool,
}

/// Clients at work, each with rows of its own.
pub struct Application {
    orders: Arc<Orders>,
    clients: Vec<JoinHandle<Rows>>,
}

impl Application {
    pub fn start(database: &Database, rows: &Rows, partitioned: bool, random: &mut Rng) -> Self {
        let orders = Arc::new(Orders::default());
        let serve = |number: u32| {
            let rows = rows.iter().filter(|(id, _)| **id % CLIENTS == number);
            let rows: Rows = rows.map(|(id, row)| (*id, row.clone())).collect();
            let (client, random) = (Client::connect(database), random.fork());
            let next = rows.keys().last().map_or(number, |last| last + CLIENTS);
            let mut work = Work { rows, next, partitioned, random };
            let orders = Arc::clone(&orders);
            std::thread::spawn(move || {
                while !orders.stop.load(Ordering::Relaxed) {
                    let sql = work.act(orders.calm.load(Ordering::Relaxed));
                    client.tell(&sql);
                    std::thread::sleep(Duration::from_micros(work.random.u64(0..3_000)));
                }
                work.rows
            })
        };
        let clients = (0..CLIENTS).map(serve).collect();
        Self { orders, clients }
    }

    /// From now on it writes no row that the backfill would have to change.
    pub fn calm(&self) {
        self.orders.calm.store(true, Ordering::Relaxed);
    }

    /// Ends it; returns the rows as they have to be.
    pub fn end(self) -> Rows {
        self.orders.stop.store(true, Ordering::Relaxed);
        let clients = self.clients.into_iter();
        clients.flat_map(|it| it.join().expect("whatever it writes is accepted")).collect()
    }
}

struct Work {
    rows: Rows,
    next: u32,
    partitioned: bool,
    random: Rng,
}

/// A label that the backfill has to change, with the time at which it was written.
const UNFILLED: &str = "'v1:' || extract(epoch FROM clock_timestamp())";

impl Work {
    /// The next thing to do. It is written down as done.
    fn act(&mut self, calm: bool) -> String {
        let keys = self.rows.len();
        let at = self.random.usize(..keys.max(1));
        let Some(id) = self.rows.keys().nth(at).copied() else { return self.insert(calm) };
        let row = self.rows.get_mut(&id).expect("it was just found");
        let value = self.random.u32(1_000..1_000_000);
        match self.random.u8(..12) {
            0 | 1 => self.insert(calm),
            2 | 3 => {
                row.other = value;
                format!("UPDATE item SET other = {value} WHERE id = {id}")
            }
            4 => {
                row.note = self.random.usize(..400);
                format!("UPDATE item SET note = repeat('n', {}) WHERE id = {id}", row.note)
            }
            5 => rewritten(row, id, value),
            6 => {
                self.rows.remove(&id);
                format!("DELETE FROM item WHERE id = {id}")
            }
            7 => {
                row.labelled = true;
                let label = if calm { "'v2:' || src" } else { UNFILLED };
                format!("UPDATE item SET label = {label} WHERE id = {id}")
            }
            8 if self.partitioned => {
                row.region = self.random.u8(..3);
                // It is part of the key: the row that had the old one is gone.
                row.labelled = true;
                format!("UPDATE item SET region = {} WHERE id = {id}", row.region)
            }
            8 | 9 => {
                self.rows.remove(&id);
                let insert = self.insert_as(id, true);
                format!("BEGIN; DELETE FROM item WHERE id = {id}; {insert}; COMMIT")
            }
            10 => {
                let write = rewritten(row, id, value);
                format!(
                    "BEGIN; SAVEPOINT a; UPDATE item SET other = -1, src = '' WHERE id = {id}; \
                     ROLLBACK TO a; {write}; RELEASE a; COMMIT"
                )
            }
            _ => {
                row.other = value;
                format!(
                    "BEGIN; SELECT FROM item WHERE id = {id} FOR UPDATE; SELECT pg_sleep(0.02); \
                     UPDATE item SET other = {value} WHERE id = {id}; COMMIT"
                )
            }
        }
    }

    fn insert(&mut self, calm: bool) -> String {
        let id = self.next;
        self.next += CLIENTS;
        let filled = calm || self.random.bool();
        self.insert_as(id, filled)
    }

    fn insert_as(&mut self, id: u32, filled: bool) -> String {
        let row = Row {
            region: self.random.u8(..3),
            src: format!("s{}", self.random.u32(..)),
            other: self.random.u32(..1_000),
            note: self.random.usize(..200),
            labelled: true,
        };
        let label = if filled { format!("'v2:{}'", row.src) } else { UNFILLED.to_owned() };
        let sql = format!(
            "INSERT INTO item VALUES ({id}, {}, {label}, '{}', {}, repeat('n', {}))",
            row.region, row.src, row.other, row.note
        );
        self.rows.insert(id, row);
        sql
    }
}

/// What the backfilled column is made of changes; the application fills it where it was filled.
fn rewritten(row: &mut Row, id: u32, value: u32) -> String {
    row.src = format!("s{value}");
    row.labelled = true;
    format!(
        "UPDATE item SET src = 's{value}', label = CASE WHEN label LIKE 'v2:%' \
         THEN 'v2:s{value}' ELSE label END WHERE id = {id}"
    )
}
