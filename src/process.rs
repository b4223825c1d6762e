//! What this program owes the process that it lives in: no core file with secrets in it, and to know
//! whether stdout was open when it began, and its limits.

use std::io;
#[cfg(unix)]
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::error::Failure;

/// Keeps the process from leaving a core file and from being read by others of the same user (Linux,
/// prctl(2) `PR_SET_DUMPABLE`), or refuses to go on. A program that is executed afterwards is as dumpable as ever.
pub fn harden() -> Result<(), Failure> {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(|error| {
            let reason = crate::text::io_reason(&error.into());
            Failure::config(format!(
                "this process cannot be kept from leaving its secrets in a core file: {reason}"
            ))
            .hint("allow prctl(2) with `PR_SET_DUMPABLE` in the sandbox that this runs in")
        })?;
    }
    Ok(())
}

/// Fails where the clock stands before 1970: no certificate and no token can be judged by it.
pub fn require_clock() -> Result<(), Failure> {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(_) => Ok(()),
        Err(_) => Err(Failure::config("this machine's clock stands before 1970")
            .hint("set it: certificates and tokens are valid at a time")),
    }
}

/// Fails as the system would, but does not end the process by a signal as the system would, where a file would pass
/// the limit on files (setrlimit(2) `RLIMIT_FSIZE`) with so many bytes more. `end` tells where they would go, if to a
/// file; it is asked only where there is a limit.
#[cfg(unix)]
pub fn require_room(end: impl FnOnce() -> Option<u64>, bytes: usize) -> io::Result<()> {
    use rustix::process::{Resource, getrlimit};
    match getrlimit(Resource::Fsize).current {
        Some(limit) if end().is_some_and(|end| limit < end.saturating_add(bytes as u64)) => {
            Err(rustix::io::Errno::FBIG.into())
        }
        _ => Ok(()),
    }
}

/// There is no such limit.
#[cfg(not(unix))]
pub fn require_room(_: impl FnOnce() -> Option<u64>, _: usize) -> io::Result<()> {
    Ok(())
}

/// Whether stdout was closed when the process began. /dev/null was opened in its place before `main`, and a token
/// written there would be lost with exit 0.
pub fn began_without_stdout() -> bool {
    at_start::STDOUT_WAS_CLOSED.load(std::sync::atomic::Ordering::Relaxed)
}

/// Lets a program that takes this one's place ignore a closed pipe, if this one was started so: Rust would have it
/// ended by one. Services of systemd are started so.
#[cfg(unix)]
pub fn pass_on_signals(command: &mut Command) {
    at_start::pass_on_signals(command);
}

/// The one place with `unsafe`: a function that the loader calls before `main`, for only then can a closed stdout be
/// told from one that is /dev/null. On Linux it also does what of Rust's runtime is needed, for with glibc that is not
/// started: it opens /dev/null in the place of closed standard streams, so that no socket and no file becomes one of
/// them, and has writes to a closed pipe fail rather than end the process.
#[allow(unsafe_code)]
mod at_start {
    #[cfg(unix)]
    use std::process::Command;
    use std::sync::atomic::AtomicBool;
    #[cfg(any(target_os = "linux", target_vendor = "apple"))]
    use std::sync::atomic::Ordering;

    pub static STDOUT_WAS_CLOSED: AtomicBool = AtomicBool::new(false);

    #[cfg(target_os = "linux")]
    static PIPE_WAS_IGNORED: AtomicBool = AtomicBool::new(false);

    #[cfg(any(target_os = "linux", target_vendor = "apple"))]
    #[used]
    #[cfg_attr(target_os = "linux", unsafe(link_section = ".init_array"))]
    #[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mod_init_func"))]
    static PREPARE: extern "C" fn() = prepare;

    #[cfg(target_vendor = "apple")]
    extern "C" fn prepare() {
        let is_closed = rustix::io::fcntl_getfd(rustix::stdio::stdout()).is_err();
        STDOUT_WAS_CLOSED.store(is_closed, Ordering::Relaxed);
    }

    #[cfg(target_os = "linux")]
    extern "C" fn prepare() {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        use rustix::fs::{Mode, OFlags, open};
        use rustix::stdio::{stderr, stdin, stdout};

        let (stdin, stdout, stderr) = (stdin(), stdout(), stderr());
        let mut streams = [&stdin, &stdout, &stderr].map(|stream| PollFd::new(stream, PollFlags::empty()));
        let closed = match poll(&mut streams, Some(&Timespec::default())) {
            Ok(_) => streams.map(|stream| stream.revents().contains(PollFlags::NVAL)),
            // Fewer than three may be open at all, see getrlimit(2) `RLIMIT_NOFILE`; or the system is short of memory.
            Err(_) => [stdin, stdout, stderr].map(|stream| rustix::io::fcntl_getfd(stream).is_err()),
        };
        STDOUT_WAS_CLOSED.store(closed[1], Ordering::Relaxed);
        // The system gives the lowest number that is free.
        for _ in closed.into_iter().filter(|is_closed| *is_closed) {
            match open("/dev/null", OFlags::RDWR, Mode::empty()) {
                Ok(stream) => std::mem::forget(stream),
                Err(_) => std::process::abort(),
            }
        }
        // SAFETY: no other thread runs yet, and to ignore a signal runs no code of ours.
        let before = unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
        PIPE_WAS_IGNORED.store(before == libc::SIG_IGN, Ordering::Relaxed);
    }

    #[cfg(target_os = "linux")]
    pub fn pass_on_signals(command: &mut Command) {
        use std::os::unix::process::CommandExt;

        let ignore = || {
            // SAFETY: as above, and signal(2) may be called after fork(2).
            unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
            Ok(())
        };
        if PIPE_WAS_IGNORED.load(Ordering::Relaxed) {
            // SAFETY: what runs is one system call.
            unsafe { command.pre_exec(ignore) };
        }
    }

    /// It is not known how this program was started.
    #[cfg(all(unix, not(target_os = "linux")))]
    pub fn pass_on_signals(_: &mut Command) {}
}
