//! [`Redactor`]: every secret that the process knows, found and removed in the spellings that servers and libraries
//! give it: as it is, percent-encoded, escaped as in JSON, HTML or a URL, wrapped over lines, or in Base64.

mod header;
mod known;
mod spelling;

use std::cell::RefCell;

use known::Known;

use crate::secret::{REDACTED, Secret};
use crate::text::{escape, one_line};

/// How many bytes a secret must have for its presence in a token to be no accident.
const TELLING: usize = 8;

/// How much of a stranger's text is looked at, in characters. What is shown is far less.
const LOOKED_AT: usize = 2 * 1024;

/// What must not be shown.
#[derive(Default)]
pub struct Redactor {
    known: RefCell<Vec<Known>>,
    public: String,
}

impl Redactor {
    /// Knows a word that everybody may know, such as the client's id: a secret that equals it may stand in a
    /// token by right.
    pub fn sparing(public: &str) -> Self {
        Self { public: public.to_owned(), ..Self::default() }
    }

    /// Learns a secret that is sent to the server. An empty one is no secret.
    pub fn learn(&self, secret: &Secret) {
        let raw = secret.expose();
        let telling = raw.len() >= TELLING && raw != self.public;
        self.add(Known::sent(secret, telling));
    }

    /// Learns the value of a header field that is a secret, and the secrets that stand within it.
    pub fn learn_field(&self, value: &Secret) {
        self.learn(value);
        let is_long = |part: &&Secret| part.expose().len() >= TELLING;
        header::credentials(value).iter().filter(is_long).for_each(|part| self.learn(part));
        for part in header::pairs(value).iter().filter(is_long) {
            self.add(Known::sent(part, false));
        }
    }

    /// Learns a secret that came from the server, such as the token: it is not shown either, but may of course
    /// stand where the server put it.
    pub fn learn_received(&self, secret: &Secret) {
        self.add(Known::received(secret));
    }

    fn add(&self, new: Known) {
        let mut known = self.known.borrow_mut();
        let is_known = |own: &Known| own.patterns == new.patterns && own.telling >= new.telling;
        if new.patterns[0].is_empty() || known.iter().any(is_known) {
            return;
        }
        known.push(new);
        // The longest first, so that none is hidden by one that it begins with.
        known.sort_by_key(|known| std::cmp::Reverse(known.patterns[0].len()));
    }

    /// The text without any known secret, in one pass: what stands in the place of one is not looked at again.
    pub fn clear(&self, text: &str) -> String {
        let known = self.known.borrow();
        let mut cleared = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if let Some(length) = known.iter().find_map(|known| known.match_at(rest)) {
                cleared.push_str(REDACTED);
                rest = &rest[length..];
            } else {
                cleared.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
        cleared
    }

    /// The text, or the word for a secret where it holds one that is too long to be there by chance.
    pub fn found_cleared<'a>(&self, text: &'a str) -> &'a str {
        if self.finds(text) { REDACTED } else { text }
    }

    /// A stranger's text, ready to be shown.
    pub fn show(&self, text: &str) -> String {
        let start: String = text.chars().take(LOOKED_AT).collect();
        escape(&self.clear(&one_line(&start)))
    }

    /// Whether the text holds a secret that was sent, and that is too long to be there by chance.
    pub fn finds(&self, text: &str) -> bool {
        let known = self.known.borrow();
        let telling: Vec<&Known> = known.iter().filter(|known| known.telling).collect();
        !telling.is_empty()
            && text
                .char_indices()
                .any(|(at, _)| telling.iter().any(|known| known.match_at(&text[at..]).is_some()))
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    use super::*;
    use crate::text::{SHOWN, form_encode};

    fn knowing(secret: &str) -> Redactor {
        let redactor = Redactor::default();
        redactor.learn(&Secret::new(secret.into()));
        redactor
    }

    #[test]
    fn every_encoders_spelling_is_cleared() {
        let secret = "Canary+x9/Q7%z~A==!'é <\"&";
        for echo in [
            "Canary+x9/Q7%z~A==!'é <\"&",
            "Canary%2Bx9/Q7%25z~A%3D%3D!'%C3%A9%20%3C%22%26",
            "canary%2bx9%2fq7%25z%7ea%3d%3d%21%27%c3%a9+%3c%22%26",
            "Canary%252Bx9%252FQ7%2525z~A%253D%253D%2521%2527%25C3%25A9%2520%253C%2522%2526",
            r#"Canary\u002Bx9\/Q7%z~A==!\u0027\u00e9 \u003C\"\u0026"#,
            r#"Canary+x9/Q7%z~A==!'\\u00E9 <\\\"&"#,
            "Canary&#43;x9/Q7%z~A==!&#39;&#233; &lt;&#34;&amp;",
            "Canary+x9/Q7%z~A==!&apos;&#xE9; &lt;&quot;&amp;",
            "Canary+x9/Q7%z\r\n  ~A==!'é\r\n <\"&",
            "Canary+x9/Q7%z~A==!'\u{fffd} <\"&",
            "Canary\\x2bx9/Q7%z~A==!\\x27é \\x3c\\x22\\x26",
            "Canary+x9/Q7%z~A==!&amp;#39;&amp;#233; &amp;#60;&amp;#34;&amp;#38;",
        ] {
            assert_eq!(knowing(secret).clear(&format!("a {echo} b")), "a [redacted] b", "{echo}");
            assert!(knowing(secret).finds(echo), "{echo}");
        }
    }

    #[test]
    fn several_spaces_wrapped_base64_and_a_cut_at_the_end_hide_nothing() {
        let redactor = knowing("correct  horse battery");
        for echo in [
            "correct  horse battery",
            "correct horse battery",
            "correct++horse+battery",
            "correct%20%20horse%20batt",
        ] {
            assert!(redactor.clear(echo).starts_with("[redacted]") && redactor.finds(echo), "{echo}");
        }
        assert_eq!(redactor.show("correct  horse  battery"), "[redacted]");
        let basic = BASE64_STANDARD.encode("id:correct  horse battery");
        let wrapped = format!("{}\r\n {}", &basic[..15], &basic[15..]);
        assert!(redactor.finds(&wrapped) && redactor.finds(&basic.replace('=', "%3D")), "{wrapped}");
    }

    #[test]
    fn a_secret_of_several_lines_is_cleared_however_its_line_breaks_are_spelled() {
        let redactor = knowing("line-one-abc\nline-two-def\r\n\tline-three");
        let lines = ["line-one-abc", "line-two-def", "line-three"];
        for line_break in ["\n", "\r\n", " ", "%0A", "%0d%0a", "\\n", "\\r\\n\\t", "\\u000a", "&#10;", "+"] {
            let echo = lines.join(line_break);
            assert_eq!(redactor.clear(&format!("a {echo} b")), "a [redacted] b", "{echo}");
            assert!(redactor.finds(&echo) && !redactor.show(&echo).contains("line"), "{echo}");
        }
    }

    #[test]
    fn runs_of_backslashes_are_cleared_in_every_spelling_and_cost_little() {
        let secret = format!("a{}b{}\"c", "\\".repeat(40), "\\".repeat(3));
        let json = serde_json::Value::from(secret.as_str()).to_string();
        let escaped = secret.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect::<Vec<_>>().concat();
        for echo in [
            secret.as_str(),
            &form_encode(&secret),
            &json[1..json.len() - 1],
            &secret.replace('\\', "&#92;"),
            &secret.replace('\\', "\\x5C"),
            &escaped,
            &escaped.replace('\\', "\\\\"),
            &escaped.replace("\\u", "\\U"),
        ] {
            assert_eq!(knowing(&secret).clear(echo), "[redacted]", "{echo}");
        }
        // A server that chooses both the secret and the text.
        let redactor = Redactor::default();
        redactor.learn_received(&Secret::new("\\".repeat(40) + &"x".repeat(24)));
        assert!(redactor.show(&"\\".repeat(2000)).starts_with('\\'));
    }

    #[test]
    fn no_text_takes_long_to_search() {
        let redactor = knowing("\\secret & 100% of it");
        redactor.learn(&Secret::new(" secret".into()));
        redactor.learn_received(&Secret::new("a".repeat(9000) + "b"));
        for hostile in ["\\", "&#", "&", "%25", "%", " ", "+", "a", "\\u", "&amp;"] {
            let text = hostile.repeat(20_000 / hostile.len());
            assert!(!redactor.finds(&text));
            assert!(redactor.show(&text).chars().count() <= SHOWN + 1);
        }
    }

    #[test]
    fn the_rest_of_a_long_token_is_cleared_with_its_beginning() {
        let redactor = Redactor::default();
        let token = "a1B2".repeat(100);
        redactor.learn_received(&Secret::new(token.clone()));
        assert_eq!(redactor.clear(&format!("<{token}> x")), "<[redacted]> x");
    }

    #[test]
    fn what_stands_for_a_secret_is_not_looked_at_again() {
        let redactor = knowing("e");
        redactor.learn(&Secret::new("red".into()));
        assert_eq!(redactor.clear("red e x"), "[redacted] [redacted] x");
    }

    #[test]
    fn a_long_text_and_a_short_secret_cost_no_more_than_is_shown() {
        let shown = knowing("e").show(&"e".repeat(1_000_000));
        assert_eq!(shown.chars().count(), SHOWN + 1);
    }

    #[test]
    fn an_empty_secret_redacts_nothing() {
        assert_eq!(knowing("").clear("abc"), "abc");
    }

    #[test]
    fn a_secret_that_the_cut_would_break_is_cleared_first() {
        let shown =
            knowing("correct horse battery").show(&format!("{} correct\n  horse battery", "x".repeat(480)));
        assert!(shown.contains("[redacted]") && !shown.contains("corr"), "{shown}");
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
    fn what_came_from_the_server_is_cleared_but_proves_nothing() {
        let redactor = Redactor::default();
        redactor.learn_received(&Secret::new("access-token".into()));
        assert!(!redactor.finds("access-token"));
        assert_eq!(redactor.show("for access-token"), "for [redacted]");
    }

    #[test]
    fn a_secret_that_looks_encoded_itself_is_cleared_as_it_is_and_encoded() {
        for secret in ["a%25b%2525", r"a\\u0041\", "&amp;&#38;x", "%%%%25%%"] {
            let json = serde_json::Value::from(secret).to_string();
            for echo in
                [secret, &form_encode(secret), &form_encode(&form_encode(secret)), &json[1..json.len() - 1]]
            {
                assert_eq!(knowing(secret).clear(echo), "[redacted]", "{secret} {echo}");
            }
        }
    }

    #[test]
    fn innocent_text_is_left_alone() {
        let text = r#"100% of \u0041 &amp; &#60; %zz \ & {"a":"b"}"#;
        assert_eq!(knowing("secret").clear(text), text);
    }

    proptest! {
        #[test]
        fn no_spelling_of_a_secret_survives(id in ".{0,12}", secret in "[!-~é ]{8,40}", around in "[a-z ]{0,9}") {
            let secret = secret.trim().to_owned();
            prop_assume!(secret.len() >= 8);
            let redactor = knowing(&secret);
            let form = form_encode(&secret);
            let basic = format!("{id}:{secret}");
            let basic_form = format!("{}:{form}", form_encode(&id));
            for echo in [
                secret.clone(),
                form.clone(),
                form.replace('+', "%20"),
                form.to_lowercase(),
                serde_json::Value::from(secret.as_str()).to_string(),
            ] {
                let shown = redactor.clear(&format!("{around}{echo}{around}"));
                prop_assert!(!shown.contains(&echo), "{shown}");
                prop_assert!(redactor.finds(&echo), "{echo}");
            }
            for encoded in [BASE64_STANDARD.encode(&basic), BASE64_STANDARD.encode(&basic_form), BASE64_URL_SAFE_NO_PAD.encode(&basic)] {
                prop_assert!(redactor.finds(&encoded), "{encoded}");
            }
        }

        #[test]
        fn nothing_panics(secret in ".{0,9}", text in "[%\\\\&#;xu0-9a-fé ]{0,60}") {
            let _ = knowing(&secret).show(&text);
        }
    }
}
