//! `.env`: settings in a file. Values are literal, so that no character of a secret is lost: nothing is
//! expanded, and only double quotes know escapes. dotenvy reads those; the rest it would change (`$NAME`,
//! `it's`, `a b`), and its errors quote the line. No error here quotes anything.

mod quote;

use std::fs::{File, Metadata};
use std::io::{self, Read};

use zeroize::Zeroizing;

use quote::{closing, unquote, without_comment};

/// The file that is read because it is there.
pub const AMBIENT: &str = ".env";

/// The largest file that is read, in bytes.
const LIMIT: u64 = 1024 * 1024;

/// What is wrong with a file.
#[derive(Debug)]
pub enum Fault {
    /// It cannot be read.
    Unreadable(io::Error),
    /// It is over 1 MiB.
    TooLarge,
    /// It is UTF-16, as PowerShell's `>` writes it, or no text.
    Encoding(&'static str),
    /// This line, counted from 1, is not UTF-8.
    NotUtf8(usize),
    /// This line, counted from 1, is no assignment.
    Line(usize, &'static str),
}

/// A variable and its value, in the order of the file.
pub type Assignment = (String, Zeroizing<String>);

/// Reads a file. One bad line loads nothing.
pub fn read(file: File) -> Result<Vec<Assignment>, Fault> {
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(LIMIT + 1).read_to_end(&mut bytes).map_err(Fault::Unreadable)?;
    if bytes.len() as u64 > LIMIT {
        return Err(Fault::TooLarge);
    }
    parse(decode(&bytes)?)
}

/// What [`AMBIENT`] is: to open what is no file could keep this program waiting, or have an effect on whoever waits at
/// the other end of a pipe. Linux tells it in one system call where there is none.
pub fn about_ambient() -> io::Result<Metadata> {
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let flags = rustix::fs::OFlags::PATH.bits().cast_signed();
        File::options().read(true).custom_flags(flags).open(AMBIENT)?.metadata()
    }
    #[cfg(not(target_os = "linux"))]
    std::fs::metadata(AMBIENT)
}

/// UTF-8 without its byte order mark.
pub fn decode(bytes: &[u8]) -> Result<&str, Fault> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(Fault::Encoding("UTF-16"));
    }
    if bytes.contains(&0) {
        return Err(Fault::Encoding("binary or UTF-16: it holds a NUL"));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        Fault::NotUtf8(before.split(|byte| *byte == b'\n').count())
    })?;
    Ok(text.trim_start_matches('\u{feff}'))
}

fn parse(text: &str) -> Result<Vec<Assignment>, Fault> {
    let mut assignments = Vec::new();
    let mut lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).enumerate();
    while let Some((index, line)) = lines.next() {
        let bad = |reason| Fault::Line(index + 1, reason);
        let line = line.trim_start();
        if line.trim_end().is_empty() || line.starts_with('#') {
            continue;
        }
        let Some((name, value)) = line.split_once('=') else {
            // `export NAME` alone is good shell, and assigns nothing.
            match without_export(line) {
                Some(name) if is_name(name.trim()) => continue,
                _ => return Err(bad("it has no `=`")),
            }
        };
        let name = name.trim();
        let name = without_export(name).map_or(name, str::trim_start);
        if !is_name(name) {
            return Err(bad("what stands before `=` is no name of a variable"));
        }
        // A comment may follow an empty value, so what stands before the value matters.
        let value = if value.starts_with([' ', '\t']) && value.trim_start().starts_with('#') {
            ""
        } else {
            value.trim_start()
        };
        let value = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                let mut quoted = Zeroizing::new(value.to_owned());
                let mut closed = closing(&value[1..], quote).is_some();
                while !closed {
                    let (_, more) = lines.next().ok_or_else(|| bad("its quote is never closed"))?;
                    // A backslash at the end of a line hides the line break alone, so each line is looked at once.
                    closed = closing(more, quote).is_some();
                    quoted.push('\n');
                    quoted.push_str(more);
                }
                unquote(&quoted, quote).ok_or_else(|| bad("something follows the closing quote; quote the whole value in the other kind of quotes"))?
            }
            _ => Zeroizing::new(without_comment(value).trim_end().to_owned()),
        };
        assignments.push((name.to_owned(), value));
    }
    Ok(assignments)
}

fn without_export(text: &str) -> Option<&str> {
    text.strip_prefix("export").filter(|rest| rest.starts_with([' ', '\t']))
}

fn is_name(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && text.chars().all(is_part)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parsed(text: &str) -> Vec<(String, String)> {
        let assignments = parse(decode(text.as_bytes()).unwrap()).unwrap();
        assignments.into_iter().map(|(name, value)| (name, value.to_string())).collect()
    }

    fn value(line: &str) -> String {
        parsed(&format!("OAUTH_X={line}")).remove(0).1
    }

    #[test]
    fn values_are_literal() {
        for literal in [
            "6bcb$Fyc4r=",
            "pa$USERx",
            "a b",
            "it's",
            "abc#def",
            "#abc",
            r"back\slash\n",
            "a\"b\"c",
            "a  b",
            "${HOME}",
            "`id`",
            "$(id)",
            "é",
            "sb-name!b1|app!b2",
            "x=y=z",
            "a,b;c&d",
        ] {
            assert_eq!(value(literal), literal);
            assert_eq!(value(&format!("{literal}  # comment")), literal);
        }
    }

    #[test]
    fn single_quotes_are_literal_and_double_quotes_know_three_escapes() {
        for (written, read) in [
            (r"'abc\'", r"abc\"),
            ("'a # b' # c", "a # b"),
            ("' padded '", " padded "),
            ("'a\"b$c'", "a\"b$c"),
            ("''", ""),
            ("\"\"", ""),
            (r#""a\"b""#, "a\"b"),
            (r#""a\\b\nc""#, "a\\b\nc"),
            (r#""a\qb\t""#, r"a\qb\t"),
            (r#""pa$USERx${Y}""#, "pa$USERx${Y}"),
            (r#""a\$b""#, "a$b"),
            ("\"it's\"", "it's"),
            ("\"a\nb\" # c", "a\nb"),
            ("'a\nb'", "a\nb"),
            ("\"#x\"\t#y", "#x"),
        ] {
            assert_eq!(value(written), read, "{written}");
        }
    }

    #[test]
    fn spaces_at_the_ends_of_lines_within_quotes_survive() {
        assert_eq!(value("\"a  \n b \" "), "a  \n b ");
        assert_eq!(value("'a\\\nb'"), "a\\\nb");
    }

    #[test]
    fn a_file_of_line_breaks_within_quotes_is_read_once_and_not_line_by_line_again() {
        let lines = "\n".repeat(900_000);
        assert_eq!(value(&format!("'{lines}'")).len(), lines.len());
        assert!(matches!(parse(&format!("A='{lines}")), Err(Fault::Line(1, _))));
    }

    #[test]
    fn files_of_every_make_are_read() {
        let text = "\u{feff}# comment\r\n\r\nexport OAUTH_A=1\r\n  OAUTH_B = 2 \r\nMY-KEY=3\nmy.key='4'\nexport OAUTH_A\nOAUTH_A=5\nOAUTH_C=\nexport\tOAUTH_D=6\nexportOAUTH_E=7";
        let expected = [
            ("OAUTH_A", "1"),
            ("OAUTH_B", "2"),
            ("MY-KEY", "3"),
            ("my.key", "4"),
            ("OAUTH_A", "5"),
            ("OAUTH_C", ""),
            ("OAUTH_D", "6"),
            ("exportOAUTH_E", "7"),
        ];
        assert_eq!(parsed(text), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(value(" # only a comment"), "");
    }

    #[test]
    fn a_bad_line_is_named_by_its_number() {
        for (text, number) in [
            ("OAUTH_A=1\ncanary", 2),
            ("a b=c", 1),
            ("=x", 1),
            ("\n\nOAUTH_A='canary", 3),
            ("OAUTH_A=\"canary\\\"", 1),
            ("OAUTH_A='it's'", 1),
            ("OAUTH_A=\"a\"b", 1),
            ("1A=x", 1),
            ("OAUTH_A='a'#b", 1),
            ("A=1\nB=\"x\ny\"\nbad", 4),
        ] {
            assert!(matches!(parse(text), Err(Fault::Line(line, _)) if line == number), "{text}");
        }
    }

    #[test]
    fn what_is_not_utf_8_is_named_by_its_line_or_its_encoding() {
        for (bytes, name) in
            [(&b"\xff\xfeA\0"[..], "UTF-16"), (b"\xfe\xff\0A", "UTF-16"), (b"A\0=\0", "binary")]
        {
            assert!(
                matches!(decode(bytes), Err(Fault::Encoding(encoding)) if encoding.starts_with(name)),
                "{bytes:?}"
            );
        }
        for (bytes, line) in [(&b"A=\xff"[..], 1), (b"A=1\r\n\nB=\xe9\n", 3), (b"\n\xff", 2)] {
            assert!(matches!(decode(bytes), Err(Fault::NotUtf8(own)) if own == line), "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_that_is_written_panics(text in "(OAUTH_X|export |[ =\"'\\\\$#\n\r{}a-z])*") {
            let _ = parse(&text);
        }

        #[test]
        fn any_secret_survives_in_single_quotes(secret in "[ -&(-~]*") {
            prop_assert_eq!(value(&format!("'{secret}'")), secret);
        }

        #[test]
        fn any_secret_survives_in_double_quotes_with_its_backslashes_and_quotes_escaped(secret in "[ -~]*") {
            let escaped = secret.replace('\\', "\\\\").replace('"', "\\\"");
            prop_assert_eq!(value(&format!("\"{escaped}\"")), secret);
        }

        #[test]
        fn any_secret_without_spaces_survives_unquoted(secret in "[!-&(-~][!-~]*") {
            prop_assume!(!secret.starts_with('"') && !secret.starts_with('\''));
            prop_assert_eq!(value(&secret), secret);
        }
    }
}
