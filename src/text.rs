//! What strangers wrote, made safe to show: controls and CI commands escaped, length cut. Everything that a
//! server, a proxy or a file says passes here before it reaches a terminal or a log; what may hold a secret passes
//! `redact` first.

use std::fmt::Write;

/// How many characters of a stranger's text are shown.
pub const SHOWN: usize = 500;

/// Encodes as `application/x-www-form-urlencoded` (RFC 6749 appendix B), leaving `A-Za-z0-9-._~` alone:
/// servers that do not decode are met, and those characters survive them.
pub fn form_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            b' ' => encoded.push('+'),
            other => {
                let _ = write!(encoded, "%{other:02X}");
            }
        }
    }
    encoded
}

/// The text on one line, with single spaces.
pub fn one_line(text: &str) -> String {
    let words = text.split(['\r', '\n', '\t', ' ']).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// Makes a stranger's text harmless to a terminal, a log and a CI system: one line without controls,
/// bidirectional overrides or workflow commands, cut after [`SHOWN`] characters.
pub fn escape(text: &str) -> String {
    let line = one_line(text);
    let mut shown = String::new();
    let mut count = 0;
    for (at, character) in line.char_indices() {
        let rest = &line[at..];
        // GitHub reads `::` at the start of a line as a command.
        let is_command = (at == 0 && rest.starts_with("::")) || is_command(rest);
        let piece = if is_command || is_unseen(character) {
            format!("\\u{{{:x}}}", u32::from(character))
        } else {
            character.to_string()
        };
        count += piece.chars().count();
        if count > SHOWN {
            shown.push('…');
            break;
        }
        shown.push_str(&piece);
    }
    shown
}

/// What the system says of a failed operation, without Rust's ` (os error N)`, in lower case and without the full stop
/// that Windows ends it with, as the house has it.
pub fn io_reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    let reason = text.split(" (os error").next().unwrap_or_default().trim_end_matches('.');
    escape(&reason.to_lowercase())
}

/// Whether the text begins with what GitHub and Azure Pipelines read as a command wherever it stands.
pub fn is_command(text: &str) -> bool {
    text.starts_with("##[") || text.starts_with("##vso[")
}

/// Controls, and characters that change how others are shown: bidirectional controls, line and paragraph separators,
/// zero-width characters, the byte order mark, and tags.
pub fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(character,
        '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_encoding_follows_appendix_b_of_rfc_6749() {
        assert_eq!(form_encode(" %&+£€"), "+%25%26%2B%C2%A3%E2%82%AC");
        assert_eq!(form_encode("a+b%/="), "a%2Bb%25%2F%3D");
        assert_eq!(form_encode("AZaz09-._~"), "AZaz09-._~");
        assert_eq!(form_encode("*!'()"), "%2A%21%27%28%29");
    }

    #[test]
    fn controls_bidi_overrides_and_ci_commands_are_escaped() {
        assert_eq!(escape("a\u{1b}[31mb\u{7f}\u{9b}\u{202e}c"), "a\\u{1b}[31mb\\u{7f}\\u{9b}\\u{202e}c");
        assert_eq!(escape("::set-env name=A::b"), "\\u{3a}:set-env name=A::b");
        assert_eq!(escape("x ##vso[task.x]y ##[error]z"), "x \\u{23}#vso[task.x]y \\u{23}#[error]z");
    }

    #[test]
    fn line_breaks_become_single_spaces() {
        assert_eq!(
            escape("AADSTS7000215: no.\r\nTrace ID: 1\n\n::warning::x "),
            "AADSTS7000215: no. Trace ID: 1 ::warning::x"
        );
    }

    #[test]
    fn what_the_system_says_is_told_in_the_manner_of_the_house() {
        for text in ["Connection refused (os error 111)", "Connection refused. (os error 10061)"] {
            assert_eq!(io_reason(&std::io::Error::other(text)), "connection refused");
        }
    }

    #[test]
    fn text_is_cut_at_500_characters() {
        assert_eq!(escape(&"é".repeat(600)), "é".repeat(500) + "…");
        assert_eq!(escape(&"é".repeat(500)), "é".repeat(500));
    }
}
