//! Links the unwinder in, where the program would load it: this is for speed alone. Rust's standard library wants it for
//! backtraces, which are never made here, and to load `libgcc_s.so.1` took an eighth of a cached call, and nine system
//! calls. What is released unwinds nothing, so the index that an unwinder would search is left out, 39 KB. Where anything
//! is not as it is with gcc on Linux, nothing is changed.

use std::env::var;
use std::path::Path;
use std::process::Command;

/// gcc's own unwinder, as a static library.
const UNWINDER: &str = "libgcc_eh.a";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if is_usual() && gcc_has_it() {
        println!("cargo:rustc-link-lib=dylib:+verbatim={UNWINDER}");
        if var("PROFILE").is_ok_and(|profile| profile == "release") {
            println!("cargo:rustc-link-arg-bins=-Wl,--no-eh-frame-hdr");
        }
    }
}

/// Whether the program is built for the machine that builds it, Linux with glibc, by the linker that Rust chooses, and
/// loads libraries at all.
fn is_usual() -> bool {
    let is = |name: &str, value: &str| var(name).is_ok_and(|own| own == value);
    let features = var("CARGO_CFG_TARGET_FEATURE").unwrap_or_default();
    is("CARGO_CFG_TARGET_OS", "linux")
        && is("CARGO_CFG_TARGET_ENV", "gnu")
        && var("HOST") == var("TARGET")
        && var("RUSTC_LINKER").is_err()
        && !features.split(',').any(|feature| feature == "crt-static")
}

fn gcc_has_it() -> bool {
    let asked = Command::new("cc").arg(format!("-print-file-name={UNWINDER}")).output();
    asked.is_ok_and(|output| Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_absolute())
}
