//! [`Known`]: a secret as it is searched for.

use zeroize::Zeroizing;

use super::spelling::{base64_cores, match_pattern, pattern};
use crate::secret::Secret;
use crate::text::form_encode;

/// How much of a secret from a server is matched, in characters; what follows without a break is taken to be the
/// rest. A server could otherwise choose a secret that takes long to search for.
const RECEIVED: usize = 64;

/// A secret that the process knows.
pub struct Known {
    /// It, and its Base64 at each place where that can begin within a longer text; runs of spaces are one.
    pub patterns: Vec<Zeroizing<Vec<char>>>,
    /// Whether it is too long to turn up by chance, and was sent to the server.
    pub telling: bool,
    /// Whether it goes on past its pattern.
    pub open: bool,
}

impl Known {
    /// One that is sent: as it is, and within Base64, form-encoded before or not.
    pub fn sent(secret: &Secret, telling: bool) -> Self {
        let raw = secret.expose();
        let form = Zeroizing::new(form_encode(raw));
        let mut patterns = vec![pattern(raw)];
        for core in base64_cores(raw).iter().chain(&base64_cores(&form)) {
            patterns.push(pattern(core));
        }
        patterns.dedup();
        Self { patterns, telling, open: false }
    }

    /// One that came from the server.
    pub fn received(secret: &Secret) -> Self {
        let start: String = secret.expose().chars().take(RECEIVED).collect();
        let open = start.len() < secret.expose().len();
        Self { patterns: vec![pattern(&start)], telling: false, open }
    }

    /// How many bytes at the start of the text are this secret.
    pub fn match_at(&self, text: &str) -> Option<usize> {
        let first = text.chars().next()?;
        let fits = |pattern: &[char], may_be_encoded: bool| {
            // Most places are ruled out by their first character alone.
            let is_it = pattern.first().is_some_and(|own| own.eq_ignore_ascii_case(&first));
            let is_code = matches!(first, '%' | '\\' | '&' | '+' | '\u{fffd}') || first.is_whitespace();
            if is_it || (may_be_encoded && is_code) { match_pattern(pattern, text) } else { None }
        };
        let mut patterns = self.patterns.iter();
        let plain = patterns.next().and_then(|plain| fits(plain, true));
        let length = plain.or_else(|| patterns.find_map(|base64| fits(base64, false)))?;
        let more = if self.open { &text[length..] } else { "" };
        let goes_on = |c: char| c.is_ascii_alphanumeric() || "-._~+/=%".contains(c);
        Some(length + more.len() - more.trim_start_matches(goes_on).len())
    }
}
