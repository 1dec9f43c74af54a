//! Ctrl-C and termination signals, handed down to whatever is waiting.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

type Hook = Box<dyn Fn() + Send>;

#[derive(Default)]
struct State {
    raised: bool,
    hooks: Vec<Hook>,
}

/// A request to stop, shared between the signal handler and the sessions.
#[derive(Clone, Default)]
pub struct Interrupt {
    shared: Arc<(Mutex<State>, Condvar)>,
}

impl Interrupt {
    /// Asks everything to stop. The first call returns `true`, later ones `false`.
    pub fn raise(&self) -> bool {
        let mut state = self.lock();
        let first = !state.raised;
        state.raised = true;
        for hook in &state.hooks {
            hook();
        }
        self.shared.1.notify_all();
        first
    }

    /// Whether a stop was asked for.
    pub fn is_raised(&self) -> bool {
        self.lock().raised
    }

    /// Runs `hook`, from the signal handler's thread, whenever a stop is asked for; at once if it
    /// was already.
    pub fn on_raise(&self, hook: impl Fn() + Send + 'static) {
        let mut state = self.lock();
        if state.raised {
            hook();
        }
        state.hooks.push(Box::new(hook));
    }

    /// Sleeps; returns `true` when a stop was asked for before the time was over.
    pub fn sleep(&self, duration: Duration) -> bool {
        let deadline = Instant::now() + duration;
        let mut state = self.lock();
        while !state.raised {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self
                .shared
                .1
                .wait_timeout(state, left)
                .map_or_else(|poisoned| poisoned.into_inner().0, |(state, _)| state);
        }
        true
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A hook that panicked leaves nothing half done here.
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::thread;

    #[test]
    fn a_sleeper_wakes_and_hooks_run() {
        let interrupt = Interrupt::default();
        let calls = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&calls);
        interrupt.on_raise(move || {
            counter.fetch_add(1, Ordering::SeqCst);
        });
        let waker = interrupt.clone();
        let thread = thread::spawn(move || waker.raise());
        assert!(interrupt.sleep(Duration::from_mins(1)));
        assert!(thread.join().unwrap());
        assert!(!interrupt.raise());
        assert_eq!(calls.load(Ordering::SeqCst), 2);
    }
}
