//! [`Known`]: a secret as it is searched for.

use zeroize::Zeroizing;

use super::spelling::match_pattern;

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
