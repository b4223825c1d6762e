//! The spellings in which a text may stand within another, character by character: as it is, in another case,
//! percent-encoded, escaped as in JSON or HTML, wrapped over lines; and its Base64.

use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use zeroize::Zeroizing;

/// How many characters of a text must stand there for one that is cut short to be found.
const NEARLY_WHOLE: usize = 8;

/// The longest run of white space or backslashes in a secret as a text spells it, and how much of its end may belong
/// to what follows.
const LONGEST_RUN: usize = 128;
const UNCERTAIN: usize = 8;

/// The longest run of white space between two characters of a secret, or of backslashes before one.
const LONGEST_GAP: usize = 16;

/// White space as it is encoded.
const BREAKS: [char; 4] = [' ', '\n', '\r', '\t'];

/// Named entities of HTML that encoders write.
const ENTITIES: [(char, &str); 6] =
    [('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;"), ('"', "&quot;"), ('\'', "&apos;"), ('\u{a0}', "&nbsp;")];

/// How many bytes at the start of the text spell this pattern. Every reading of the text is followed, for `%25` may be
/// a percent sign or its encoding. A long secret that is cut short near its end is one, too.
pub fn match_pattern(pattern: &[char], text: &str) -> Option<usize> {
    let mut readings = vec![text];
    for (index, character) in pattern.iter().enumerate() {
        let mut next: Vec<&str> = Vec::new();
        for rest in &readings {
            let here = if index > 0 && *character != ' ' { skip_wrapping(rest) } else { rest };
            next.extend(after(here, *character));
        }
        next.sort_unstable_by_key(|rest| rest.len());
        next.dedup_by_key(|rest| rest.len());
        if next.is_empty() {
            let is_most = index >= NEARLY_WHOLE && 4 * index >= 3 * pattern.len();
            return readings.first().filter(|_| is_most).map(|rest| text.len() - rest.len());
        }
        readings = next;
    }
    readings.first().map(|rest| text.len() - rest.len())
}

/// The characters to match, with one space for each run of white space, and one backslash for each run of them: both
/// multiply and wither on the way, and a run that is matched at once cannot be made to take long.
pub fn pattern(text: &str) -> Zeroizing<Vec<char>> {
    let mut characters = Zeroizing::new(Vec::with_capacity(text.len()));
    for character in text.chars() {
        let character = if character.is_whitespace() { ' ' } else { character };
        if !matches!(character, ' ' | '\\') || characters.last() != Some(&character) {
            characters.push(character);
        }
    }
    characters
}

/// The Base64 of a text at each of the three places where it can begin within a longer one such as `id:secret`, in
/// both alphabets.
pub fn base64_cores(text: &str) -> Vec<Zeroizing<String>> {
    let mut cores: Vec<Zeroizing<String>> = Vec::new();
    for core in (0..3).filter_map(|before| base64_core(text, before)) {
        for spelling in [core.replace('+', "-").replace('/', "_"), core] {
            if !cores.iter().any(|own| **own == spelling) {
                cores.push(Zeroizing::new(spelling));
            }
        }
    }
    cores
}

/// The Base64 of `text` with `before` bytes in front of it, less the digits that depend on its neighbours.
/// Too short a rest would hit innocent text, and is none.
fn base64_core(text: &str, before: usize) -> Option<String> {
    let whole = "\0".repeat(before) + text;
    let digits = BASE64_STANDARD_NO_PAD.encode(&whole);
    let within = (before * 8).div_ceil(6)..whole.len() * 8 / 6;
    digits.get(within).filter(|core| core.len() >= 6).map(str::to_owned)
}

/// The text after at most so many characters at its start that are of a kind.
fn skip(text: &str, most: usize, is_of_kind: impl Fn(char) -> bool) -> &str {
    let end = text.char_indices().take(most).find(|(_, c)| !is_of_kind(*c)).map(|(at, _)| at);
    let end = end.unwrap_or_else(|| text.char_indices().nth(most).map_or(text.len(), |(at, _)| at));
    &text[end..]
}

/// What follows white space, controls and invisible characters, which a long line may have been broken with.
fn skip_wrapping(text: &str) -> &str {
    skip(text, LONGEST_GAP, |c| {
        c.is_whitespace()
            || c.is_control()
            || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
    })
}

fn skip_backslashes(text: &str) -> &str {
    skip(text, LONGEST_GAP, |c| c == '\\')
}

/// What follows this character at the start of the text, in each of its spellings.
fn after(text: &str, character: char) -> Vec<&str> {
    if matches!(character, ' ' | '\\') {
        return run(text, character);
    }
    let Some(first) = text.chars().next() else { return Vec::new() };
    let mut rests = match first {
        '%' => percent(text, character),
        '\\' => escaped(text, character),
        '&' => entity(text, character),
        _ => Vec::new(),
    };
    if first.eq_ignore_ascii_case(&character) || (!character.is_ascii() && first == '\u{fffd}') {
        rests.push(&text[first.len_utf8()..]);
    }
    rests
}

/// What follows a run of spaces or of backslashes. Where the run ends is not certain, for a plus sign may be a space,
/// and a backslash may belong to what follows: the first place and the last few are told.
fn run(text: &str, character: char) -> Vec<&str> {
    if character == ' ' {
        return run_of(text, space);
    }
    let mut rests = run_of(text, backslash);
    rests.extend(run_of(text, escaped_backslash));
    rests
}

fn run_of(text: &str, one: fn(&str) -> Option<&str>) -> Vec<&str> {
    let mut rests = Vec::new();
    let mut rest = text;
    while rests.len() < LONGEST_RUN {
        let Some(next) = one(rest) else { break };
        rests.push(next);
        rest = next;
    }
    let last = rests.len().saturating_sub(UNCERTAIN).max(1);
    rests.drain(1.min(rests.len())..last.min(rests.len()));
    rests
}

/// What follows one character of white space, a plus sign, or either of them encoded.
fn space(text: &str) -> Option<&str> {
    let first = text.chars().next()?;
    let encoded = |spelled: fn(&str, char) -> Vec<&str>| BREAKS.iter().find_map(|c| spelled(text, *c).pop());
    match first {
        '%' => encoded(percent),
        '&' => encoded(entity),
        '\\' => {
            let unescaped = skip_backslashes(text);
            unescaped.strip_prefix(['n', 'r', 't']).or_else(|| encoded(escaped))
        }
        _ => (first.is_whitespace() || first == '+').then(|| &text[first.len_utf8()..]),
    }
}

/// What follows one backslash, or one that is encoded.
fn backslash(text: &str) -> Option<&str> {
    text.strip_prefix('\\').or_else(|| percent(text, '\\').pop()).or_else(|| entity(text, '\\').pop())
}

/// What follows `\u005c` or `\x5c`.
fn escaped_backslash(text: &str) -> Option<&str> {
    let digits = skip_backslashes(text.strip_prefix('\\')?);
    let is_backslash = |digits: &str, count| hex(digits, count) == Some(u32::from('\\'));
    match digits.strip_prefix(['u', 'U']) {
        Some(digits) => is_backslash(digits, 4).then(|| &digits[4..]),
        None => digits.strip_prefix('x').filter(|digits| is_backslash(digits, 2)).map(|digits| &digits[2..]),
    }
}

/// `%2B`, and what encoding that once more makes of it, `%252B`; each byte of the character.
fn percent(text: &str, character: char) -> Vec<&str> {
    let mut rests = vec![text];
    for byte in character.encode_utf8(&mut [0; 4]).bytes() {
        let mut next = Vec::new();
        for rest in rests {
            let mut rest = rest.strip_prefix('%');
            for _ in 0..LONGEST_GAP {
                let Some(digits) = rest else { break };
                if hex(digits, 2) == Some(u32::from(byte)) {
                    next.push(&digits[2..]);
                }
                rest = digits.strip_prefix("25");
            }
        }
        rests = next;
    }
    rests
}

/// `\"`, `\u0022` and `\x22`, with any number of backslashes; characters beyond 16 bits as two surrogates.
fn escaped(text: &str, character: char) -> Vec<&str> {
    let unescaped = skip_backslashes(text);
    let digits = unescaped.strip_prefix('x').filter(|digits| hex(digits, 2) == Some(u32::from(character)));
    let mut rest = Some(text);
    for unit in character.encode_utf16(&mut [0; 2]) {
        let digits = rest.and_then(|rest| skip_backslashes(rest).strip_prefix(['u', 'U']));
        rest = digits.filter(|digits| hex(digits, 4) == Some(u32::from(*unit))).map(|digits| &digits[4..]);
    }
    unescaped
        .strip_prefix(character)
        .into_iter()
        .chain(digits.map(|digits| &digits[2..]))
        .chain(rest)
        .collect()
}

/// `&quot;`, `&#34;`, `&#x22;`, and those encoded once more, `&amp;#34;`.
fn entity(text: &str, character: char) -> Vec<&str> {
    let named = ENTITIES.iter().find_map(|(own, name)| text.strip_prefix(name).filter(|_| *own == character));
    named.into_iter().chain(numeric_entity(text, character)).collect()
}

fn numeric_entity(text: &str, character: char) -> Option<&str> {
    let inner = text.strip_prefix('&')?;
    let inner = inner.strip_prefix("amp;").unwrap_or(inner);
    let end = inner.bytes().take(10).position(|byte| byte == b';')?;
    let (number, rest) = (inner[..end].strip_prefix('#')?, &inner[end + 1..]);
    let code = match number.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => number.parse(),
    };
    (code.ok()? == u32::from(character)).then_some(rest)
}

/// The number that the first digits make.
fn hex(text: &str, digits: usize) -> Option<u32> {
    let start = text.get(..digits).filter(|start| start.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u32::from_str_radix(start, 16).ok()
}
