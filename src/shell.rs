//! Quoting for each shell: one line that sets an environment variable, whatever printable ASCII its value
//! holds, and for POSIX shells one that makes a failure felt.

use std::fmt::Write;

use crate::error::{Exit, Failure};

/// A family of shells with one way of quoting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    /// POSIX: sh, bash, dash, zsh, ksh, busybox.
    Sh,
    /// fish.
    Fish,
    /// PowerShell, for `Invoke-Expression`.
    PowerShell,
    /// cmd.exe, for a batch file.
    Cmd,
    /// csh and tcsh.
    Csh,
    /// Nushell, for `from json | load-env`.
    Nu,
}

/// The names for `--shell`, the one that is documented first.
const NAMES: &[(Shell, &[&str])] = &[
    (Shell::Sh, &["sh", "bash", "dash", "zsh", "ksh", "ash", "busybox", "posix"]),
    (Shell::Fish, &["fish"]),
    (Shell::PowerShell, &["powershell", "pwsh"]),
    (Shell::Cmd, &["cmd"]),
    (Shell::Csh, &["csh", "tcsh"]),
    (Shell::Nu, &["nu", "nushell"]),
];

/// The longest value of an environment variable with its name, in bytes: Linux's `MAX_ARG_STRLEN`, less the
/// NUL at its end. Past it, every program that the shell starts fails with E2BIG.
const LONGEST: usize = 128 * 1024 - 1;

/// The longest line that cmd.exe takes, in characters.
const LONGEST_CMD_LINE: usize = 8191;

impl Shell {
    /// Reads `--shell`.
    pub fn parse(text: &str) -> Option<Self> {
        NAMES.iter().find(|(_, names)| names.contains(&text)).map(|(shell, _)| *shell)
    }

    /// The documented names.
    pub fn names() -> Vec<&'static str> {
        NAMES.iter().map(|(_, names)| names[0]).collect()
    }

    /// Its own name.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(shell, _)| *shell == self).map_or("", |(_, names)| names[0])
    }

    /// The line that sets the variable and exports it, without a line break. `value` is printable ASCII.
    pub fn assign(self, name: &str, value: &str) -> Result<String, Failure> {
        require_size(name, value)?;
        match self {
            Self::Sh => Ok(format!("export {name}={}", quote_posix(value))),
            Self::Fish => {
                Ok(format!("set -gx {name} '{}'", value.replace('\\', "\\\\").replace('\'', "\\'")))
            }
            Self::PowerShell => Ok(format!("$env:{name} = '{}'", value.replace('\'', "''"))),
            Self::Csh => Ok(format!("setenv {name} {}", quote_csh(value))),
            Self::Nu => Ok(format!("{{\"{name}\":{}}}", serde_json::Value::from(value))),
            Self::Cmd => assign_cmd(name, value),
        }
    }

    /// The line that takes the variable away and fails with this code when evaluated. A shell drops the
    /// status of `$(…)` within `eval`, so the line itself must carry it. Only POSIX shells need it.
    pub fn fail(self, name: Option<&str>, exit: Exit) -> Option<String> {
        let unset = name.map_or(String::new(), |name| format!("unset {name}; "));
        (self == Self::Sh).then(|| format!("{unset}(exit {})", exit.code()))
    }
}

/// Whether every shell takes this as the name of a variable.
pub fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Refuses a value that no program could be given in its environment.
pub fn require_size(name: &str, value: &str) -> Result<(), Failure> {
    if name.len() + 1 + value.len() > LONGEST {
        let message = format!(
            "the access token is {} bytes long, more than an environment variable may hold (128 KiB)",
            value.len()
        );
        return Err(Failure::new(Exit::Output, message).hint(
            "write it to a file or a pipe instead: leave out `--export`, `--github-env` or the command",
        ));
    }
    Ok(())
}

/// What survives word splitting and globbing as well as `eval`. Everything else becomes an octal escape of
/// printf(1), which is built into every POSIX shell: an unquoted `eval $(…)` splits and globs the line before
/// it is evaluated, and no quoting within the line can stop that.
fn quote_posix(value: &str) -> String {
    let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"_.~+/=".contains(&byte);
    if value.bytes().all(|byte| is_safe(byte) || byte == b'-') {
        return format!("'{value}'");
    }
    // A `-` may be an option to printf.
    let mut escaped = String::new();
    for byte in value.bytes() {
        if is_safe(byte) {
            escaped.push(char::from(byte));
        } else {
            let _ = write!(escaped, "\\{byte:03o}");
        }
    }
    // Backquotes, for zsh can take the parentheses of `$(…)` for a pattern.
    format!("\"`printf '{escaped}'`\"")
}

/// A backslash before everything that is not plain; csh has no quotes in which `!` is safe.
fn quote_csh(value: &str) -> String {
    let mut quoted = String::new();
    for character in value.chars() {
        if !character.is_ascii_alphanumeric() && !"._+/-:,".contains(character) {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted
}

fn assign_cmd(name: &str, value: &str) -> Result<String, Failure> {
    let refuse = |reason: &str| {
        Err(Failure::new(Exit::Output, format!("the access token {reason}"))
            .hint("use PowerShell, or write the token to a file"))
    };
    let line = format!("set \"{name}={}\"", value.replace('%', "%%"));
    if value.contains('"') {
        return refuse("holds a double quote, which cmd.exe cannot quote");
    }
    if line.len() > LONGEST_CMD_LINE {
        return refuse("is longer than a line of cmd.exe may be (8191 characters)");
    }
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_shell_has_its_own_way_of_saying_it() {
        for (shell, line) in [
            (Shell::Sh, "export T=\"`printf 'a\\047b\\044c\\134d\\045e\\041'`\""),
            (Shell::Fish, r"set -gx T 'a\'b$c\\d%e!'"),
            (Shell::PowerShell, r"$env:T = 'a''b$c\d%e!'"),
            (Shell::Cmd, r#"set "T=a'b$c\d%%e!""#),
            (Shell::Csh, r"setenv T a\'b\$c\\d\%e\!"),
            (Shell::Nu, r#"{"T":"a'b$c\\d%e!"}"#),
        ] {
            assert_eq!(shell.assign("T", r"a'b$c\d%e!").unwrap(), line);
        }
    }

    #[test]
    fn a_posix_line_holds_nothing_that_splitting_or_globbing_would_change() {
        let every: String = (b' '..=b'~').map(char::from).collect();
        let line = Shell::Sh.assign("T", &every).unwrap();
        assert!(
            !line
                .contains(['*', '?', '[', ']', ',', '$', '(', ')', '^', '#', '!', ';', '&', '|', '\n', '\t']),
            "{line}"
        );
        assert!(!line.contains("  "), "{line}");
        assert_eq!(Shell::Sh.assign("T", "eyJ.a-b_c~+/=").unwrap(), "export T='eyJ.a-b_c~+/='");
        assert_eq!(Shell::Sh.assign("T", "-v *").unwrap(), "export T=\"`printf '\\055v\\040\\052'`\"");
    }

    #[test]
    fn only_posix_shells_need_a_line_that_fails() {
        assert_eq!(Shell::Sh.fail(Some("T"), Exit::Client).as_deref(), Some("unset T; (exit 4)"));
        assert_eq!(Shell::Sh.fail(None, Exit::Usage).as_deref(), Some("(exit 2)"));
        assert_eq!(Shell::Fish.fail(Some("T"), Exit::Client), None);
    }

    #[test]
    fn a_value_over_128_kib_is_refused_for_every_shell() {
        let longest = "x".repeat(LONGEST - 2);
        assert!(Shell::Sh.assign("T", &longest).is_ok());
        assert_eq!(Shell::Nu.assign("T", &(longest + "x")).unwrap_err().exit, Exit::Output);
    }

    #[test]
    fn cmd_refuses_what_it_cannot_quote() {
        assert!(Shell::Cmd.assign("T", "a\"b").is_err());
        assert!(Shell::Cmd.assign("T", &"x".repeat(8190)).is_err());
    }

    #[test]
    fn names_are_what_every_shell_takes() {
        assert!(["T", "_t1", "OAUTH_ACCESS_TOKEN"].iter().all(|name| is_name(name)));
        assert!(["", "1a", "a-b", "a b", "a=b", "é", "a\n"].iter().all(|name| !is_name(name)));
    }
}
