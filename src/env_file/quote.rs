//! Quotes and comments in a value of `.env`.

use zeroize::Zeroizing;

/// A `#` begins a comment after white space only: it is common within secrets.
pub fn without_comment(value: &str) -> &str {
    let comment = value.match_indices('#').find(|(at, _)| value[..*at].ends_with([' ', '\t']));
    comment.map_or(value, |(at, _)| value[..at].trim_end())
}

/// Where a quote is closed that was opened before the text. Only in double quotes does a backslash hide one.
pub fn closing(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let closes = c == quote && !escaped;
        escaped = quote == '"' && c == '\\' && !escaped;
        closes.then_some(at)
    })
}

/// What stands in the quotes that the text begins with; nothing where more than a comment follows them.
pub fn unquote(text: &str, quote: char) -> Option<Zeroizing<String>> {
    let end = closing(&text[1..], quote)? + 1;
    let rest = text[end + 1..].trim();
    let is_comment = rest.starts_with('#') && text[end + 1..].starts_with([' ', '\t']);
    if !rest.is_empty() && !is_comment {
        return None;
    }
    if quote == '\'' { Some(Zeroizing::new(text[1..end].to_owned())) } else { unescape(&text[1..end]) }
}

/// Resolves `\n`, `\"` and `\\` by dotenvy. What it would expand or refuse is escaped first, and so stays
/// as it is.
fn unescape(inner: &str) -> Option<Zeroizing<String>> {
    let mut line = Zeroizing::new(String::from("V=\""));
    let mut characters = inner.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, characters.peek()) {
            ('\\', Some(&next @ ('\\' | '"' | 'n' | '$'))) => {
                line.extend(['\\', next]);
                characters.next();
            }
            ('\\' | '$', _) => line.extend(['\\', character]),
            _ => line.push(character),
        }
    }
    line.push('"');
    let (_, value) = dotenvy::from_read_iter(line.as_bytes()).next()?.ok()?;
    Some(Zeroizing::new(value))
}
