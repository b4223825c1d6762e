//! [`Identity`]: everything that makes a token what it is, in one canonical spelling, and what follows from it: the
//! name of the entry, and the key that it is encrypted with.

use std::fmt::Write;

use ring::aead::{CHACHA20_POLY1305, LessSafeKey, UnboundKey};
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};
use zeroize::Zeroizing;

/// The format of identities and entries. Another number is another entry.
const VERSION: &[u8] = b"oauth-token cache 1";

/// A request, as far as the token depends on it: what anybody may know, and what only the client does.
pub struct Identity {
    public: Vec<u8>,
    secret: Zeroizing<Vec<u8>>,
}

impl Default for Identity {
    fn default() -> Self {
        Self { public: VERSION.to_vec(), secret: Zeroizing::default() }
    }
}

/// What an identity stands for in the cache.
pub struct Derived {
    /// The entry's name, 64 hexadecimal digits.
    pub name: String,
    /// The entry's key.
    pub key: LessSafeKey,
}

impl Identity {
    /// Adds a named part that is no secret. Lengths go before texts, so that no two lists of parts have one spelling.
    pub fn add(&mut self, name: &str, value: &str) {
        delimit(&mut self.public, name.as_bytes());
        delimit(&mut self.public, value.as_bytes());
    }

    /// Adds a named part that is a secret. The key is made of all of them.
    pub fn add_secret(&mut self, name: &str, value: &[u8]) {
        delimit(&mut self.secret, name.as_bytes());
        delimit(&mut self.secret, value);
    }

    /// Name and key, by HKDF (RFC 5869) over the secrets with the rest as context: whoever lacks one of the secrets
    /// can tell nothing from a name, and read nothing of an entry.
    pub fn derive(&self) -> anyhow::Result<Derived> {
        let failed = |_| anyhow::anyhow!("a key for the cache could not be derived");
        let extracted = Salt::new(HKDF_SHA256, VERSION).extract(&self.secret);
        let mut bytes = Zeroizing::new([0; 64]);
        extracted.expand(&[&self.public], Length).and_then(|okm| okm.fill(&mut *bytes)).map_err(failed)?;
        let (key, name) = bytes.split_at(32);
        Ok(Derived {
            name: hexadecimal(name),
            key: LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, key).map_err(failed)?),
        })
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

struct Length;

impl KeyType for Length {
    fn len(&self) -> usize {
        64
    }
}

fn delimit(bytes: &mut Vec<u8>, part: &[u8]) {
    bytes.extend((part.len() as u64).to_be_bytes());
    bytes.extend(part);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(public: &[(&str, &str)], secret: &[(&str, &str)]) -> String {
        let mut identity = Identity::default();
        for (name, value) in public {
            identity.add(name, value);
        }
        for (name, value) in secret {
            identity.add_secret(name, value.as_bytes());
        }
        identity.derive().unwrap().name
    }

    #[test]
    fn the_same_parts_have_the_same_name_and_others_another() {
        let one = name(&[("scope", "a")], &[("secret", "s")]);
        assert_eq!(one, name(&[("scope", "a")], &[("secret", "s")]));
        assert_eq!((one.len(), one.bytes().all(|byte| byte.is_ascii_hexdigit())), (64, true));
        for other in [
            name(&[("scope", "b")], &[("secret", "s")]),
            name(&[("scope", "a")], &[("secret", "t")]),
            name(&[("audience", "a")], &[("secret", "s")]),
            name(&[], &[("secret", "s")]),
            name(&[("scope", "a")], &[]),
            name(&[("scope", "a"), ("scope", "a")], &[("secret", "s")]),
        ] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn no_two_lists_of_parts_have_one_spelling() {
        assert_ne!(name(&[("a", "bc")], &[]), name(&[("ab", "c")], &[]));
        assert_ne!(name(&[("a", "b"), ("c", "d")], &[]), name(&[("a", "bcd")], &[]));
        assert_ne!(name(&[("a", "b")], &[]), name(&[], &[("a", "b")]));
    }
}
