//! [`Entry`]: a token as it is kept, and its bytes: encrypted, authenticated, and nothing at all if a single bit of
//! them is not as it was written.

use ring::aead::{Aad, Nonce};
use ring::rand::{SecureRandom, SystemRandom};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::identity::Derived;
use crate::response::{Fields, Token};
use crate::secret::Secret;

/// What every entry begins with. It is authenticated with the rest.
pub const MAGIC: &[u8; 8] = b"oatoken1";

const NONCE_LENGTH: usize = 12;

/// The longest time that a token is kept, in seconds, whatever its server says: some count milliseconds.
pub const LONGEST: i64 = 24 * 60 * 60;

/// A token and its times, in seconds of the Unix epoch by the local clock.
#[derive(Debug)]
pub struct Entry {
    /// Every field of the answer, as JSON, without a refresh token.
    fields: Zeroizing<String>,
    /// When it was issued.
    pub issued_at: i64,
    /// When it is no longer valid.
    pub expires_at: i64,
    /// The last nonce for DPoP.
    pub nonce: Option<String>,
}

impl Entry {
    /// What is kept of a token that came now: nothing of one whose end is not known. `assumed` is the user's word
    /// on its lifetime in seconds, for servers that say none.
    pub fn new(token: &Token, assumed: Option<i64>, nonce: Option<String>) -> Option<Self> {
        let lifetime = token.shortest_lifetime().or(assumed).filter(|lifetime| *lifetime > 0)?;
        let members: Vec<String> = token
            .fields
            .iter()
            .filter(|(name, _)| *name != "refresh_token")
            .map(|(name, value)| format!("{}:{value}", Value::from(name)))
            .collect();
        Some(Self {
            fields: Zeroizing::new(format!("{{{}}}", members.join(","))),
            issued_at: token.received_at,
            expires_at: token.received_at.saturating_add(lifetime.min(LONGEST)),
            nonce,
        })
    }

    /// How many seconds are left. A clock that stands before the time of issue has jumped, and nothing is left.
    pub fn left(&self, now: i64) -> i64 {
        if now < self.issued_at { 0 } else { self.expires_at.saturating_sub(now) }
    }

    /// How many seconds must be left by default for the token to be good enough: a minute, or a tenth of a short
    /// lifetime.
    pub fn margin(&self) -> i64 {
        (self.expires_at.saturating_sub(self.issued_at) / 10).min(60)
    }

    /// The token as it is now, with `expires_in` counted down.
    pub fn token(&self, now: i64) -> Option<Token> {
        let fields = Fields::parse(&self.fields)?;
        Some(Token {
            access_token: Secret::new(fields.text("access_token")?),
            token_type: fields.text("token_type"),
            expires_in: Some(self.left(now)),
            received_at: now,
            fields,
        })
    }

    /// The entry's bytes.
    pub fn seal(&self, derived: &Derived) -> anyhow::Result<Vec<u8>> {
        let text = Zeroizing::new(
            json!({
                "fields": self.fields.as_str(), "issued_at": self.issued_at, "expires_at": self.expires_at,
                "nonce": self.nonce
            })
            .to_string(),
        );
        seal(derived, text.as_bytes())
    }

    /// Reads an entry's bytes; anything that was not sealed with this key is none.
    pub fn open(derived: &Derived, bytes: &[u8]) -> Option<Self> {
        let text = open(derived, bytes)?;
        let members = Fields::parse(std::str::from_utf8(&text).ok()?)?;
        Some(Self {
            fields: Zeroizing::new(members.text("fields")?),
            issued_at: members.integer("issued_at")?,
            expires_at: members.integer("expires_at")?,
            nonce: members.text("nonce"),
        })
    }
}

/// Encrypts and authenticates a text: magic, nonce, ciphertext, tag.
pub fn seal(derived: &Derived, text: &[u8]) -> anyhow::Result<Vec<u8>> {
    let failed = |_| anyhow::anyhow!("an entry of the cache could not be encrypted");
    let mut nonce = [0; NONCE_LENGTH];
    SystemRandom::new().fill(&mut nonce).map_err(failed)?;
    let mut sealed = text.to_vec();
    let nonce_to_use = Nonce::assume_unique_for_key(nonce);
    derived.key.seal_in_place_append_tag(nonce_to_use, Aad::from(MAGIC), &mut sealed).map_err(failed)?;
    Ok([&MAGIC[..], &nonce, &sealed].concat())
}

/// The text of what [`seal`] has made, or nothing.
pub fn open(derived: &Derived, bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, sealed) = bytes.strip_prefix(MAGIC)?.split_at_checked(NONCE_LENGTH)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut text = Zeroizing::new(sealed.to_vec());
    let length = derived.key.open_in_place(nonce, Aad::from(MAGIC), &mut text).ok()?.len();
    text.truncate(length);
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::super::identity::Identity;
    use super::*;

    fn derived(secret: &str) -> Derived {
        let mut identity = Identity::default();
        identity.add_secret("secret", secret.as_bytes());
        identity.derive().unwrap()
    }

    fn token(json: &str) -> Token {
        let fields = Fields::parse(json).unwrap();
        Token {
            access_token: Secret::new(fields.text("access_token").unwrap()),
            token_type: fields.text("token_type"),
            expires_in: fields.integer("expires_in"),
            received_at: 1000,
            fields,
        }
    }

    fn entry(json: &str) -> Option<Entry> {
        Entry::new(&token(json), None, Some("n".into()))
    }

    const PLAIN: &str = r#"{"access_token":"canary-token","token_type":"DPoP","expires_in":"600","x":[1.50],"refresh_token":"canary-refresh"}"#;

    #[test]
    fn what_is_sealed_is_opened_with_its_key_and_no_other() {
        let bytes = entry(PLAIN).unwrap().seal(&derived("s")).unwrap();
        let opened = Entry::open(&derived("s"), &bytes).unwrap();
        let token = opened.token(1100).unwrap();
        assert_eq!(
            (token.access_token.expose(), token.scheme(), token.expires_in),
            ("canary-token", "DPoP", Some(500))
        );
        assert_eq!(token.fields.raw("x"), Some("[1.50]"));
        assert_eq!((token.fields.has("refresh_token"), opened.nonce.as_deref()), (false, Some("n")));
        assert!(Entry::open(&derived("t"), &bytes).is_none());
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(!text.contains("canary") && !text.contains("expires"));
    }

    #[test]
    fn every_flipped_bit_and_every_truncation_is_nothing() {
        let derived = derived("s");
        let bytes = entry(r#"{"access_token":"t","expires_in":600}"#).unwrap().seal(&derived).unwrap();
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut damaged = bytes.clone();
                damaged[at] ^= 1 << bit;
                assert!(Entry::open(&derived, &damaged).is_none(), "byte {at}, bit {bit}");
            }
            assert!(Entry::open(&derived, &bytes[..at]).is_none(), "{at} bytes");
        }
        assert!(Entry::open(&derived, &[bytes, vec![0]].concat()).is_none());
    }

    #[test]
    fn what_has_no_end_is_not_kept_and_absurd_ends_are_cut() {
        assert!(entry(r#"{"access_token":"t"}"#).is_none());
        assert!(entry(r#"{"access_token":"t","expires_in":0}"#).is_none());
        assert!(entry(r#"{"access_token":"t","expires_in":-5}"#).is_none());
        assert_eq!(Entry::new(&token(r#"{"access_token":"t"}"#), Some(90), None).unwrap().expires_at, 1090);
        let absurd = entry(r#"{"access_token":"t","expires_in":86399999}"#).unwrap();
        assert_eq!(absurd.expires_at, 1000 + LONGEST);
    }

    #[test]
    fn a_jwt_that_ends_before_its_server_says_ends_then() {
        // {"exp":1060}
        let jwt = r#"{"access_token":"e30.eyJleHAiOjEwNjB9.c2ln","expires_in":600}"#;
        assert_eq!(entry(jwt).unwrap().expires_at, 1060);
        assert_eq!(entry(&jwt.replace(r#","expires_in":600"#, "")).unwrap().expires_at, 1060);
    }

    #[test]
    fn the_margin_is_a_minute_or_a_tenth_and_a_clock_before_the_issue_leaves_nothing() {
        assert_eq!(entry(r#"{"access_token":"t","expires_in":3600}"#).unwrap().margin(), 60);
        let short = entry(r#"{"access_token":"t","expires_in":100}"#).unwrap();
        assert_eq!((short.margin(), short.left(1000), short.left(1099), short.left(1101)), (10, 100, 1, -1));
        assert_eq!(short.left(999), 0);
    }
}
