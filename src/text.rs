//! What strangers wrote, made safe to show: known secrets removed in every usual spelling, controls
//! and CI commands escaped, length cut. Everything that a server, a proxy or a file says passes here
//! before it reaches a terminal or a log.

use std::cell::RefCell;
use std::fmt::Write;

use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use zeroize::Zeroizing;

use crate::secret::{REDACTED, Secret};

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

/// Makes a stranger's text harmless to a terminal, a log and a CI system: one line without controls,
/// bidirectional overrides or workflow commands, at most [`SHOWN`] characters.
pub fn escape(text: &str) -> String {
    let words = text.split(['\r', '\n', '\t', ' ']).filter(|word| !word.is_empty());
    let line = words.collect::<Vec<_>>().join(" ");
    let mut shown = String::new();
    for (count, (at, character)) in line.char_indices().enumerate() {
        if count == SHOWN {
            shown.push('…');
            break;
        }
        let rest = &line[at..];
        // GitHub reads `::` at the start of a line as a command, and both it and Azure
        // Pipelines read `##[` and `##vso[` wherever they stand.
        let command =
            (at == 0 && rest.starts_with("::")) || rest.starts_with("##[") || rest.starts_with("##vso[");
        if command || character.is_control() || is_invisible(character) {
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(character));
        } else {
            shown.push(character);
        }
    }
    shown
}

/// What the system says of a failed file operation, without Rust's ` (os error N)` and in lower case, as
/// the house has it.
pub fn io_reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    escape(&text.split(" (os error").next().unwrap_or_default().to_lowercase())
}

/// Characters that change how others are shown: bidirectional controls, line and paragraph separators,
/// zero-width characters, the byte order mark, and tags.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Every secret that the process knows, in the spellings in which a server may echo it.
#[derive(Default)]
pub struct Redactor {
    spellings: RefCell<Vec<Spelling>>,
    public: String,
}

struct Spelling {
    text: Zeroizing<String>,
    /// Whether the secret is too long to turn up by chance.
    telling: bool,
}

/// How many bytes a secret must have for its presence in a token to be no accident.
const TELLING: usize = 8;

impl Redactor {
    /// Knows a word that everybody may know, such as the client's id: a secret that equals it may stand in a
    /// token by right.
    pub fn sparing(public: &str) -> Self {
        Self { public: public.to_owned(), ..Self::default() }
    }

    /// Learns one more secret. An empty one is no secret.
    pub fn learn(&self, secret: &Secret) {
        let raw = secret.expose();
        if raw.is_empty() {
            return;
        }
        let telling = raw.len() >= TELLING && raw != self.public;
        let mut known = self.spellings.borrow_mut();
        known.extend(spellings(raw).into_iter().map(|text| Spelling { text: Zeroizing::new(text), telling }));
        // The longest first, so that no spelling is broken by one that it contains.
        known.sort_by_key(|spelling| std::cmp::Reverse(spelling.text.len()));
    }

    /// The text without any known secret. Upper and lower case are one here, for names of header fields lose
    /// the difference.
    pub fn clear(&self, text: &str) -> String {
        self.spellings.borrow().iter().fold(text.to_owned(), |text, spelling| redact(text, &spelling.text))
    }

    /// The text, or the word for a secret where it holds one that is too long to be there by chance.
    pub fn found_cleared<'a>(&self, text: &'a str) -> &'a str {
        if self.finds(text) { REDACTED } else { text }
    }

    /// A stranger's text, ready to be shown. It is cleared again at the end, for a secret with a space in it
    /// may have been broken by a line break that is one no longer.
    pub fn show(&self, text: &str) -> String {
        self.clear(&escape(&self.clear(text)))
    }

    /// Whether the text holds a known secret that is too long to be there by chance.
    pub fn finds(&self, text: &str) -> bool {
        self.spellings
            .borrow()
            .iter()
            .any(|spelling| spelling.telling && text.contains(spelling.text.as_str()))
    }
}

fn redact(text: String, spelling: &str) -> String {
    let (lower, spelling) = (text.to_ascii_lowercase(), Zeroizing::new(spelling.to_ascii_lowercase()));
    if !lower.contains(spelling.as_str()) {
        return text;
    }
    let mut cleared = String::with_capacity(text.len());
    let mut end = 0;
    for (start, found) in lower.match_indices(spelling.as_str()) {
        cleared.push_str(&text[end..start]);
        cleared.push_str(REDACTED);
        end = start + found.len();
    }
    cleared.push_str(&text[end..]);
    cleared
}

/// The spellings of a secret: raw, form-encoded, percent-encoded, as JSON and HTML carry it, and Base64
/// at each of the three places where it can begin within a longer text such as `id:secret`.
fn spellings(raw: &str) -> Vec<String> {
    let form = form_encode(raw);
    let percent = form.replace('+', "%20");
    let json = serde_json::Value::from(raw).to_string();
    let json = json[1..json.len() - 1].to_owned();
    let html = raw.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let mut all = Vec::new();
    for plain in [raw, &form, &percent] {
        for core in (0..3).filter_map(|before| base64_core(plain, before)) {
            all.extend([core.replace('+', "-").replace('/', "_"), core]);
        }
    }
    all.extend([
        lowercase_escapes(&form),
        lowercase_escapes(&percent),
        html.replace('\'', "&#39;"),
        html.replace('\'', "&#x27;"),
        json.replace('/', "\\/"),
        html,
        json,
        form,
        percent,
        raw.to_owned(),
    ]);
    all
}

/// `%2B` as `%2b`, the rest as it is.
fn lowercase_escapes(encoded: &str) -> String {
    let mut lower = String::with_capacity(encoded.len());
    let mut escape = 0;
    for character in encoded.chars() {
        lower.push(if escape > 0 { character.to_ascii_lowercase() } else { character });
        escape = if character == '%' { 2 } else { escape.max(1) - 1 };
    }
    lower
}

/// The Base64 of `text` with `before` bytes in front of it, less the digits that depend on its neighbours.
/// Too short a rest would hit innocent text, and is none.
fn base64_core(text: &str, before: usize) -> Option<String> {
    let whole = "\0".repeat(before) + text;
    let digits = BASE64_STANDARD_NO_PAD.encode(&whole);
    let within = (before * 8).div_ceil(6)..whole.len() * 8 / 6;
    digits.get(within).filter(|core| core.len() >= 6).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    use super::*;

    fn knowing(secret: &str) -> Redactor {
        let redactor = Redactor::default();
        redactor.learn(&Secret::new(secret.into()));
        redactor
    }

    #[test]
    fn form_encoding_follows_appendix_b_of_rfc_6749() {
        assert_eq!(form_encode(" %&+£€"), "+%25%26%2B%C2%A3%E2%82%AC");
        assert_eq!(form_encode("a+b%/="), "a%2Bb%25%2F%3D");
        assert_eq!(form_encode("AZaz09-._~"), "AZaz09-._~");
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
    fn text_is_cut_at_500_characters() {
        assert_eq!(escape(&"é".repeat(600)), "é".repeat(500) + "…");
        assert_eq!(escape(&"é".repeat(500)), "é".repeat(500));
    }

    #[test]
    fn a_secret_that_is_broken_over_lines_is_cleared() {
        assert_eq!(knowing("correct horse").show("it is correct\r\n  horse"), "it is [redacted]");
    }

    #[test]
    fn a_secret_in_another_case_is_cleared() {
        assert_eq!(knowing("Canary-9").show("x-canary-9: CANARY-9é"), "x-[redacted]: [redacted]é");
    }

    #[test]
    fn an_empty_secret_redacts_nothing() {
        assert_eq!(knowing("").clear("abc"), "abc");
    }

    #[test]
    fn a_secret_that_is_also_the_clients_id_is_cleared_but_proves_nothing() {
        let redactor = Redactor::sparing("my-client");
        redactor.learn(&Secret::new("my-client".into()));
        assert!(!redactor.finds("for my-client"));
        assert_eq!(redactor.clear("for my-client"), "for [redacted]");
        assert!(knowing("my-client").finds("for my-client"));
    }

    #[test]
    fn json_and_html_spellings_are_cleared() {
        let redactor = knowing("a\"b/c<&'d");
        for echo in [r#"a\"b/c<&'d"#, r#"a\"b\/c<&'d"#, "a&quot;b/c&lt;&amp;'d", "a&quot;b/c&lt;&amp;&#39;d"]
        {
            assert_eq!(redactor.clear(echo), REDACTED, "{echo}");
        }
    }

    proptest! {
        #[test]
        fn no_spelling_of_a_secret_survives(id in ".{0,12}", secret in "[!-~é ]{8,40}", around in "[a-z ]{0,9}") {
            let redactor = knowing(&secret);
            let form = form_encode(&secret);
            let basic = format!("{id}:{secret}");
            let basic_form = format!("{}:{form}", form_encode(&id));
            for echo in [
                secret.clone(),
                form.clone(),
                form.replace('+', "%20"),
                lowercase_escapes(&form),
            ] {
                let shown = redactor.clear(&format!("{around}{echo}{around}"));
                prop_assert!(!shown.contains(&echo), "{shown}");
            }
            for encoded in [BASE64_STANDARD.encode(&basic), BASE64_STANDARD.encode(&basic_form), BASE64_URL_SAFE_NO_PAD.encode(&basic)] {
                prop_assert!(redactor.finds(&encoded), "{encoded}");
            }
        }
    }
}
