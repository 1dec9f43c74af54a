//! A TCP proxy that counts round trips and breaks connections at chosen instants.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;

use super::database::Database;

/// What sets a fault off. Each fault happens once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trigger {
    /// A client sends these bytes, in either case. In the extended protocol a statement's text
    /// is sent when it is prepared, which is before it runs.
    Sent(Vec<u8>),
    /// A client begins this round trip, counted from 1 over all connections.
    RoundTrip(usize),
}

/// When, seen from the bytes that set it off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The server never gets them.
    BeforeForwarding,
    /// The server got them and has answered that it is ready for the next query; the client
    /// never learns.
    AfterReply,
}

/// What happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Every connection breaks. New ones are accepted.
    Cut,
    /// No byte passes any more, until `thaw`.
    Freeze,
    /// The server gets the bytes that set it off, but for the first one, which is another.
    Garble,
}

/// The message that ends a session.
const TERMINATE: &[u8] = b"X\0\0\0\x04";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gate {
    Open,
    Frozen,
    /// New connections break at once.
    Closed,
}

struct State {
    gate: Gate,
    armed: Vec<(Trigger, Moment, Fault)>,
    fired: usize,
    round_trips: usize,
    streams: Vec<TcpStream>,
}

impl State {
    fn inflict(&mut self, fault: Fault) {
        match fault {
            Fault::Cut => self.cut(),
            Fault::Freeze => self.gate = Gate::Frozen,
            Fault::Garble => {}
        }
    }

    fn cut(&mut self) {
        for stream in self.streams.drain(..) {
            // It may be gone already.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

struct Shared {
    upstream: u16,
    state: Mutex<State>,
    changed: Condvar,
    ended: AtomicBool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no holder panics")
    }

    fn wait_while_frozen(&self, state: MutexGuard<'_, State>) {
        let frozen = |state: &mut State| state.gate == Gate::Frozen;
        drop(self.changed.wait_while(state, frozen).expect("no holder panics"));
    }
}

/// A proxy on a port of its own, in front of one server.
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

impl Proxy {
    /// A proxy in front of a database's server.
    pub fn for_database(database: &Database) -> Self {
        Self::new(database.port())
    }

    /// A proxy in front of a port of 127.0.0.1.
    pub fn new(upstream: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("there is a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let (armed, streams) = (Vec::new(), Vec::new());
        let state = State { gate: Gate::Open, armed, fired: 0, round_trips: 0, streams };
        let state = Mutex::new(state);
        let (changed, ended) = (Condvar::new(), AtomicBool::new(false));
        let shared = Arc::new(Shared { upstream, state, changed, ended });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || accept(&listener, &accepting));
        Self { port, shared }
    }

    /// The way to a database through this proxy.
    pub fn url_for(&self, database: &Database) -> String {
        database.url_through(self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// How often a client sent something and had to wait for the answer, connecting included.
    pub fn round_trips(&self) -> usize {
        self.shared.state().round_trips
    }

    /// Arms a fault.
    pub fn when(&self, trigger: Trigger, moment: Moment, fault: Fault) {
        self.shared.state().armed.push((trigger, moment, fault));
    }

    /// Breaks every connection once a client sends these bytes.
    pub fn cut_when(&self, bytes: &[u8], moment: Moment) {
        self.when(Trigger::Sent(bytes.to_owned()), moment, Fault::Cut);
    }

    /// How many of the armed faults have happened.
    pub fn fired(&self) -> usize {
        self.shared.state().fired
    }

    /// Breaks every connection now. New ones are accepted.
    pub fn cut(&self) {
        self.shared.state().cut();
    }

    /// Lets no byte pass any more; connections stay open.
    pub fn freeze(&self) {
        self.set(Gate::Frozen);
    }

    /// Ends a freeze; what was held back passes.
    pub fn thaw(&self) {
        self.set(Gate::Open);
    }

    /// Breaks every connection, and new ones too, until `open`.
    pub fn close(&self) {
        self.set(Gate::Closed);
        self.cut();
    }

    /// Accepts connections again.
    pub fn open(&self) {
        self.set(Gate::Open);
    }

    fn set(&self, gate: Gate) {
        self.shared.state().gate = gate;
        self.shared.changed.notify_all();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        self.close();
        // Wakes the thread that accepts, so that it sees the end.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for client in listener.incoming() {
        if shared.ended.load(Ordering::SeqCst) {
            return;
        }
        if let Ok(client) = client {
            // A server that is down breaks the connection, which is what the client may see.
            let _ = connect(client, shared);
        }
    }
}

/// Joins a client with the server, one thread a direction.
fn connect(client: TcpStream, shared: &Arc<Shared>) -> std::io::Result<()> {
    let mut state = shared.state();
    if state.gate == Gate::Closed {
        return Ok(());
    }
    let server = TcpStream::connect(("127.0.0.1", shared.upstream))?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    state.streams.extend([client.try_clone()?, server.try_clone()?]);
    let link = Arc::new(Mutex::new(Link { server_spoke_last: true, after_reply: None }));
    let (to_server, to_client) = (server.try_clone()?, client.try_clone()?);
    let (there, back) = ((Arc::clone(shared), Arc::clone(&link)), (Arc::clone(shared), link));
    thread::spawn(move || forward(client, to_server, &there.0, &there.1));
    thread::spawn(move || answer(server, to_client, &back.0, &back.1));
    Ok(())
}

/// What the two directions of one connection know of each other.
struct Link {
    server_spoke_last: bool,
    after_reply: Option<Fault>,
}

fn forward(mut client: TcpStream, mut server: TcpStream, shared: &Shared, link: &Mutex<Link>) {
    let mut chunk = [0; 16 * 1024];
    // The end of what was sent before, as far as it may begin a pattern.
    let mut seen: Vec<u8> = Vec::new();
    while let Ok(count @ 1..) = client.read(&mut chunk) {
        let bytes = &mut chunk[..count];
        seen.extend_from_slice(bytes);
        let mut state = shared.state();
        {
            let mut link = link.lock().expect("no holder panics");
            // No answer comes to a goodbye, and whoever says it does not wait for it to arrive.
            let waits = std::mem::take(&mut link.server_spoke_last) && bytes != TERMINATE;
            state.round_trips += usize::from(waits);
            let trips = state.round_trips;
            let due = state.armed.iter().position(|(trigger, ..)| match trigger {
                Trigger::Sent(pattern) => contains(&seen, pattern),
                Trigger::RoundTrip(number) => trips >= *number,
            });
            if let Some((trigger, moment, fault)) = due.map(|index| state.armed.remove(index)) {
                state.fired += 1;
                if let (Trigger::Sent(pattern), Fault::Garble) = (&trigger, fault) {
                    let at = find(bytes, pattern).expect("what is garbled comes in one piece");
                    bytes[at] = b'?';
                }
                match moment {
                    Moment::BeforeForwarding => state.inflict(fault),
                    Moment::AfterReply => link.after_reply = Some(fault),
                }
                if (moment, fault) == (Moment::BeforeForwarding, Fault::Cut) {
                    return;
                }
            }
        }
        let longest = state.armed.iter().map(|(trigger, ..)| match trigger {
            Trigger::Sent(pattern) => pattern.len(),
            Trigger::RoundTrip(_) => 0,
        });
        let keep = longest.max().unwrap_or(0).saturating_sub(1).min(seen.len());
        seen.drain(..seen.len() - keep);
        shared.wait_while_frozen(state);
        if server.write_all(bytes).is_err() {
            break;
        }
    }
    let _ = server.shutdown(Shutdown::Write);
}

fn answer(mut server: TcpStream, mut client: TcpStream, shared: &Shared, link: &Mutex<Link>) {
    let mut chunk = [0; 16 * 1024];
    // The reply that a fault waits for, withheld from the client.
    let mut withheld: Vec<u8> = Vec::new();
    while let Ok(count @ 1..) = server.read(&mut chunk) {
        withheld.extend_from_slice(&chunk[..count]);
        let mut state = shared.state();
        {
            let mut link = link.lock().expect("no holder panics");
            link.server_spoke_last = true;
            if let Some(fault) = link.after_reply {
                if !is_ready_for_query(&withheld) {
                    continue;
                }
                link.after_reply = None;
                state.inflict(fault);
                if fault == Fault::Cut {
                    return;
                }
            }
        }
        shared.wait_while_frozen(state);
        if client.write_all(&withheld).is_err() {
            break;
        }
        withheld.clear();
    }
    let _ = client.shutdown(Shutdown::Write);
}

fn contains(bytes: &[u8], pattern: &[u8]) -> bool {
    find(bytes, pattern).is_some()
}

fn find(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    bytes.windows(pattern.len()).position(|window| window.eq_ignore_ascii_case(pattern))
}

/// Whether a reply ends with the message that closes every reply: `Z`, its length, a status.
fn is_ready_for_query(reply: &[u8]) -> bool {
    matches!(reply, [.., b'Z', 0, 0, 0, 5, b'I' | b'T' | b'E'])
}
