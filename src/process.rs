//! What this program owes the process that it lives in: no core file with secrets in it, and to know
//! whether stdout was open when it began.

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

/// Whether stdout was closed when the process began. Rust opens /dev/null in its place before `main`, and
/// a token written there would be lost with exit 0.
pub fn began_without_stdout() -> bool {
    at_start::STDOUT_WAS_CLOSED.load(std::sync::atomic::Ordering::Relaxed)
}

/// The one place with `unsafe`: a function that the loader calls before Rust's runtime starts, for only
/// then can a closed stdout be told from one that is /dev/null. It makes one system call and stores a flag.
#[allow(unsafe_code)]
mod at_start {
    use std::sync::atomic::AtomicBool;

    pub static STDOUT_WAS_CLOSED: AtomicBool = AtomicBool::new(false);

    #[cfg(any(target_os = "linux", target_vendor = "apple"))]
    #[used]
    #[cfg_attr(target_os = "linux", unsafe(link_section = ".init_array"))]
    #[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mod_init_func"))]
    static LOOK: extern "C" fn() = look;

    #[cfg(any(target_os = "linux", target_vendor = "apple"))]
    extern "C" fn look() {
        let is_closed = rustix::io::fcntl_getfd(rustix::stdio::stdout()).is_err();
        STDOUT_WAS_CLOSED.store(is_closed, std::sync::atomic::Ordering::Relaxed);
    }
}
