//! [`Progress`]: how far an attempt has come, and how long it may yet take. Whatever waits asks it for how long, so that
//! one deadline holds for name lookup, proxy, TLS, request and answer together.

use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, Weak};
use std::thread;
use std::time::{Duration, Instant};

use ureq::unversioned::transport::ShutdownHandle;
use ureq::{Error, Timeout};

/// A part of an attempt, named for what has been reached at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
pub enum Phase {
    /// The name is an address.
    LookedUp,
    /// A TCP connection to the server, or a tunnel through the proxy.
    Connected,
    /// TLS is agreed and the server is trusted; without TLS, the same as connected.
    Secured,
    /// The header of the answer has come.
    Answered,
    /// The body is complete.
    Complete,
}

/// All of them, in order.
const PHASES: [Phase; 5] =
    [Phase::LookedUp, Phase::Connected, Phase::Secured, Phase::Answered, Phase::Complete];

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LookedUp => "name looked up",
            Self::Connected => "connected",
            Self::Secured => "TLS agreed",
            Self::Answered => "answered",
            Self::Complete => "answer complete",
        })
    }
}

/// Told of each phase as it ends, and how long after the attempt began.
pub type TellPhase = fn(Phase, Duration);

/// What the parts of an attempt share.
#[derive(Clone)]
pub struct Progress(Arc<State>);

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Progress({:?})", self.last())
    }
}

struct State {
    began: Instant,
    limits: Limits,
    tell: Option<TellPhase>,
    reached: AtomicU8,
    sockets: Mutex<Vec<Weak<dyn ShutdownHandle>>>,
}

/// What keeps connections from being broken.
pub struct Watchdog {
    _alive: Sender<()>,
}

/// How long an attempt may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Until the server is connected and trusted.
    pub connection: Duration,
    /// Until the answer is complete.
    pub answer: Duration,
}

impl Progress {
    /// The clock starts now.
    pub fn start(limits: Limits, tell: Option<TellPhase>) -> Self {
        let (reached, sockets) = (AtomicU8::new(0), Mutex::default());
        Self(Arc::new(State { began: Instant::now(), limits, tell, reached, sockets }))
    }

    /// The attempt has come this far, by nothing that would be worth telling.
    pub fn pass(&self, phase: Phase) {
        self.0.reached.store(phase as u8 + 1, Ordering::Relaxed);
    }

    /// The attempt has come this far.
    pub fn reach(&self, phase: Phase) {
        self.pass(phase);
        if let Some(tell) = self.0.tell {
            tell(phase, self.0.began.elapsed());
        }
    }

    /// The last phase that was reached.
    pub fn last(&self) -> Option<Phase> {
        PHASES.get(usize::from(self.0.reached.load(Ordering::Relaxed)).checked_sub(1)?).copied()
    }

    /// The limit that holds now.
    pub fn limit(&self) -> Duration {
        let Limits { connection, answer } = self.0.limits;
        if is_secured(self.last()) { answer } else { connection }
    }

    /// There is a connection, which [`Progress::watch`] can break.
    pub fn connected(&self, socket: Weak<dyn ShutdownHandle>) {
        if let Ok(mut sockets) = self.0.sockets.lock() {
            sockets.push(socket);
        }
    }

    /// Breaks every connection when the limit has passed, unless what this returns is dropped before: for what cannot
    /// be told to wait for so long and no longer. Where there is no thread for it, nothing is done.
    pub fn watch(&self) -> Watchdog {
        let (watchdog, dropped) = mpsc::channel();
        let progress = self.clone();
        let watch = move || {
            let left = progress.left().unwrap_or_default();
            if dropped.recv_timeout(left) == Err(RecvTimeoutError::Timeout) {
                let sockets = progress.0.sockets.lock().map(|sockets| sockets.clone()).unwrap_or_default();
                sockets.iter().filter_map(Weak::upgrade).for_each(|socket| socket.shutdown());
            }
        };
        let _ = thread::Builder::new().spawn(watch);
        Watchdog { _alive: watchdog }
    }

    /// What is left of it, which is more than nothing.
    pub fn left(&self) -> Result<Duration, Error> {
        let left = self.limit().saturating_sub(self.0.began.elapsed());
        let reason = if is_secured(self.last()) { Timeout::Global } else { Timeout::Connect };
        if left.is_zero() { Err(Error::Timeout(reason)) } else { Ok(left) }
    }
}

/// Whether the request may be on its way.
pub fn is_secured(reached: Option<Phase>) -> bool {
    reached >= Some(Phase::Secured)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_for_the_connection_holds_until_the_server_is_trusted_and_then_the_one_for_all() {
        let limits = Limits { connection: Duration::ZERO, answer: Duration::from_secs(3600) };
        let progress = Progress::start(limits, None);
        assert!(progress.last().is_none() && progress.left().is_err());
        for phase in PHASES {
            progress.reach(phase);
            assert_eq!(progress.last(), Some(phase));
            let is_secured = phase >= Phase::Secured;
            assert_eq!(progress.limit(), if is_secured { limits.answer } else { limits.connection });
            assert_eq!(progress.left().is_ok(), is_secured);
        }
    }
}
