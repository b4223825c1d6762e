//! JOSE: keys, signatures and compact JSON Web Signatures (RFC 7515, 7518, 8037). Whoever signs an assertion
//! or a proof does it here; what is said in it is the signer's affair.

mod encrypted;
mod form;
mod plain;
pub mod jwk;
pub mod key;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::secret::Secret;

pub use key::SigningKey;
pub use plain::{is_encrypted, plain_pem};

/// The members of a JSON object.
pub type Members = Map<String, Value>;

/// A signature algorithm (RFC 7518 section 3.1, RFC 8037 section 3.1).
#[allow(missing_docs, reason = "the registered names document them")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    HS256,
    HS384,
    HS512,
    RS256,
    RS384,
    RS512,
    PS256,
    PS384,
    PS512,
    ES256,
    ES384,
    EdDSA,
}

/// What kind of key an algorithm wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// A shared secret.
    Secret,
    /// RSA.
    Rsa,
    /// RSA that may be used for PSS alone.
    RsaPss,
    /// The curve P-256.
    P256,
    /// The curve P-384.
    P384,
    /// Edwards curve 25519.
    Ed25519,
}

/// Every algorithm by its registered name. Of each family the first is the default.
const ALGORITHMS: [(Algorithm, &str, &[Family]); 12] = {
    use Algorithm as A;
    use Family as F;
    [
        (A::HS256, "HS256", &[F::Secret]),
        (A::HS384, "HS384", &[F::Secret]),
        (A::HS512, "HS512", &[F::Secret]),
        (A::RS256, "RS256", &[F::Rsa]),
        (A::RS384, "RS384", &[F::Rsa]),
        (A::RS512, "RS512", &[F::Rsa]),
        (A::PS256, "PS256", &[F::Rsa, F::RsaPss]),
        (A::PS384, "PS384", &[F::Rsa, F::RsaPss]),
        (A::PS512, "PS512", &[F::Rsa, F::RsaPss]),
        (A::ES256, "ES256", &[F::P256]),
        (A::ES384, "ES384", &[F::P384]),
        (A::EdDSA, "EdDSA", &[F::Ed25519]),
    ]
};

impl Algorithm {
    /// Reads a registered name, upper or lower case. `Ed25519` is the name that RFC 9864 gives to `EdDSA`.
    pub fn parse(text: &str) -> Option<Self> {
        if text.eq_ignore_ascii_case("Ed25519") {
            return Some(Self::EdDSA);
        }
        ALGORITHMS.iter().find(|row| row.1.eq_ignore_ascii_case(text)).map(|row| row.0)
    }

    /// The registered name.
    pub fn name(self) -> &'static str {
        ALGORITHMS[self as usize].1
    }

    /// Whether a key of this family can be used with it.
    pub fn fits(self, family: Family) -> bool {
        ALGORITHMS[self as usize].2.contains(&family)
    }

    /// The algorithms for a key of this family, the default first.
    pub fn of(family: Family) -> Vec<Self> {
        ALGORITHMS.iter().filter(|row| row.2.contains(&family)).map(|row| row.0).collect()
    }

    /// The names of all.
    pub fn names() -> Vec<&'static str> {
        ALGORITHMS.iter().map(|row| row.1).collect()
    }
}

/// Base64 for URLs, without padding (RFC 7515 section 2).
pub fn base64url(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// SHA-256.
pub fn sha256(bytes: &[u8]) -> Vec<u8> {
    ring::digest::digest(&ring::digest::SHA256, bytes).as_ref().to_vec()
}

/// 128 random bits, as text.
pub fn nonce() -> anyhow::Result<String> {
    use ring::rand::SecureRandom;
    let mut bytes = [0; 16];
    ring::rand::SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| anyhow::anyhow!("the system gives no random numbers"))?;
    Ok(base64url(bytes))
}

/// Signs claims (RFC 7519) or any other JSON object: `header.payload.signature`. `alg` is put into the header.
pub fn sign(
    key: &SigningKey,
    algorithm: Algorithm,
    mut header: Members,
    payload: &Members,
) -> anyhow::Result<Secret> {
    header.insert("alg".to_owned(), algorithm.name().into());
    let part = |members: &Members| serde_json::to_vec(members).map(base64url);
    let message = format!("{}.{}", part(&header)?, part(payload)?);
    let signature = key.sign(algorithm, message.as_bytes())?;
    Ok(Secret::new(format!("{message}.{}", base64url(signature))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_stands_at_its_place_and_is_found_by_its_name() {
        for (place, row) in ALGORITHMS.iter().enumerate() {
            assert_eq!(row.0 as usize, place);
            assert_eq!(Algorithm::parse(&row.1.to_lowercase()), Some(row.0));
        }
        assert_eq!(Algorithm::parse("ed25519"), Some(Algorithm::EdDSA));
        assert_eq!((Algorithm::parse("ES512"), Algorithm::parse("none")), (None, None));
    }

    #[test]
    fn the_default_of_a_family_is_its_first() {
        assert_eq!(Algorithm::of(Family::Rsa)[0], Algorithm::RS256);
        assert_eq!(Algorithm::of(Family::RsaPss)[0], Algorithm::PS256);
        assert_eq!(Algorithm::of(Family::P384), [Algorithm::ES384]);
    }

    /// RFC 7515 appendix A.1, over its own spelling of header and payload.
    #[test]
    fn the_hs256_example_of_rfc_7515_is_reproduced() {
        let secret = BASE64_URL_SAFE_NO_PAD
            .decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
            .unwrap();
        let key = SigningKey::of_secret(&secret);
        let message = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let signature = key.sign(Algorithm::HS256, message.as_bytes()).unwrap();
        assert_eq!(base64url(signature), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    }

    #[test]
    fn two_nonces_differ() {
        assert_ne!(nonce().unwrap(), nonce().unwrap());
    }
}
