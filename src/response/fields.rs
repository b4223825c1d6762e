//! [`Fields`]: the fields of an answer in the order in which they came, whether it was JSON or a form. Values
//! stay JSON text until somebody asks, so that a hostile megabyte of brackets stays a megabyte.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::redact::Redactor;

/// A form with more pairs than this is no token response, and would take memory for each.
const MOST_PAIRS: usize = 1000;

/// An object's members: names, and values as JSON text.
#[derive(Debug)]
pub struct Fields {
    members: Vec<(String, Box<RawValue>)>,
    /// Whether the text was a form: unlike JSON, one that is cut short still looks whole.
    pub is_form: bool,
}

impl Fields {
    /// Reads a JSON object, or a form that looks like a token response; anything else is nothing.
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().or_else(|| Self::parse_form(text.trim()))
    }

    /// GitHub and other early servers answer `access_token=…&scope=…`.
    fn parse_form(text: &str) -> Option<Self> {
        let is_form =
            text.split('&').any(|pair| pair.starts_with("access_token=") || pair.starts_with("error="));
        if !is_form || text.contains(|c: char| c.is_whitespace() || c == '<' || c == '{') {
            return None;
        }
        if text.bytes().filter(|byte| *byte == b'&').count() >= MOST_PAIRS {
            return None;
        }
        let pairs = url::form_urlencoded::parse(text.as_bytes());
        pairs
            .map(|(name, value)| Some((name.into_owned(), serde_json::value::to_raw_value(&value).ok()?)))
            .collect::<Option<_>>()
            .map(|members| Self { members, is_form: true })
    }

    /// Whether there is a member of this name, of whatever type.
    pub fn has(&self, name: &str) -> bool {
        self.raw(name).is_some()
    }

    /// The member's value as JSON text. Of several of one name, the last counts, as everywhere.
    pub fn raw(&self, name: &str) -> Option<&str> {
        self.members.iter().rev().find(|(own, _)| own == name).map(|(_, value)| value.get())
    }

    /// The member's value, if it is a string.
    pub fn text(&self, name: &str) -> Option<String> {
        as_text(self.raw(name)?)
    }

    /// The member's value as a whole number, if it is a number or a string that holds one. Fractions are cut.
    pub fn integer(&self, name: &str) -> Option<i64> {
        let raw = self.raw(name)?;
        let text = as_text(raw).unwrap_or_else(|| raw.to_owned());
        let text = text.trim();
        text.parse().ok().or_else(|| {
            let float: f64 = text.parse().ok()?;
            // Beyond 2^53 a float is no longer a number of seconds that anybody meant.
            #[allow(clippy::cast_possible_truncation)]
            (float.abs() <= 9_007_199_254_740_992.0).then_some(float.trunc() as i64)
        })
    }

    /// The string at a path such as `fault.detail.errorcode`; a number steps into an array.
    pub fn text_at(&self, path: &str) -> Option<String> {
        match path.split_once('.') {
            None => self.text(path).filter(|text| !text.is_empty()),
            Some((name, rest)) => {
                let raw = self.raw(name)?;
                match rest.strip_prefix("0.") {
                    Some(rest) => serde_json::from_str::<Vec<&RawValue>>(raw)
                        .ok()?
                        .first()
                        .and_then(|first| Self::parse(first.get()))?
                        .text_at(rest),
                    None => serde_json::from_str::<Self>(raw).ok()?.text_at(rest),
                }
            }
        }
    }

    /// The members in order: names, and values as JSON text on one line.
    pub fn iter(&self) -> impl Iterator<Item = (&str, String)> {
        self.members.iter().map(|(name, value)| (name.as_str(), compact(value.get())))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The first few names, for a message.
    pub fn names(&self, redactor: &Redactor) -> String {
        let names: Vec<_> =
            self.members.iter().take(8).map(|(name, _)| format!("`{}`", redactor.show(name))).collect();
        names.join(", ")
    }
}

/// Replaces string literals within JSON text, by what they hold, however it is escaped there. What `change`
/// returns is taken as it is, quotes included; nothing leaves the literal alone.
pub fn map_strings(json: &str, change: impl Fn(&str) -> Option<String>) -> String {
    let mut changed = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(start) = rest.find('"') {
        changed.push_str(&rest[..start]);
        let bytes = rest.as_bytes();
        let mut end = start + 1;
        while end < bytes.len() && bytes[end] != b'"' {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        let literal = rest.get(start..=end).unwrap_or(&rest[start..]);
        // A literal that is no text, such as half a surrogate, is judged as it stands.
        let text = serde_json::from_str(literal).unwrap_or_else(|_| literal.trim_matches('"').to_owned());
        let new = change(&text);
        changed.push_str(new.as_deref().unwrap_or(literal));
        rest = &rest[start + literal.len()..];
    }
    changed.push_str(rest);
    changed
}

/// JSON text without the white space between its tokens.
fn compact(json: &str) -> String {
    let mut in_string = false;
    let mut escaped = false;
    let keep = |c: &char| {
        if in_string {
            in_string = escaped || *c != '"';
            escaped = !escaped && *c == '\\';
            return true;
        }
        in_string = *c == '"';
        !c.is_ascii_whitespace()
    };
    json.chars().filter(keep).collect()
}

fn as_text(raw: &str) -> Option<String> {
    raw.starts_with('"').then(|| serde_json::from_str(raw).ok())?
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields { members: fields, is_form: false })
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_spelling_and_duplicates_are_kept_and_the_last_counts() {
        let fields = Fields::parse(r#"{"z":1.0,"a":[ 1, "b \" c" ],"z":12345678901234567890123}"#).unwrap();
        let all: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(all, ["z=1.0", r#"a=[1,"b \" c"]"#, "z=12345678901234567890123"]);
        assert_eq!(fields.raw("z"), Some("12345678901234567890123"));
    }

    #[test]
    fn paths_lead_into_objects_and_to_the_first_of_an_array() {
        let fields = Fields::parse(
            r#"{"fault":{"detail":{"errorcode":"e"}},"errors":[{"code":"c"},{"code":"d"}],"s":"t"}"#,
        )
        .unwrap();
        assert_eq!(fields.text_at("fault.detail.errorcode").as_deref(), Some("e"));
        assert_eq!(fields.text_at("errors.0.code").as_deref(), Some("c"));
        assert_eq!(fields.text_at("s").as_deref(), Some("t"));
        assert!(
            ["s.x", "fault", "fault.none", "errors.0.none", "none"]
                .iter()
                .all(|path| fields.text_at(path).is_none())
        );
    }

    #[test]
    fn only_a_form_that_speaks_of_a_token_or_an_error_is_a_form() {
        assert_eq!(
            Fields::parse("scope=a+b&access_token=x%3D").unwrap().text("access_token").as_deref(),
            Some("x=")
        );
        assert!(
            ["a=b", "hello", "<a access_token=x>", "access_token = x", ""]
                .iter()
                .all(|text| Fields::parse(text).is_none())
        );
    }

    #[test]
    fn a_form_of_a_thousand_pairs_is_none() {
        assert!(
            Fields::parse(&format!("access_token=t{}", "&a".repeat(999)))
                .is_some_and(|fields| fields.is_form)
        );
        assert!(Fields::parse(&format!("access_token=t{}", "&a".repeat(1000))).is_none());
    }

    #[test]
    fn deep_nesting_neither_overflows_nor_is_understood() {
        let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(400_000), "]".repeat(400_000));
        assert!(Fields::parse(&deep).is_none_or(|fields| fields.text_at("a.0.b").is_none()));
    }
}
