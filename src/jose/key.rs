//! [`SigningKey`]: a private key, or a shared secret, that has been read and checked once and is then only used
//! to sign.

use std::fmt;
use std::sync::Arc;

use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512,
    RsaKeyPair,
};
use zeroize::Zeroizing;

use super::{Algorithm, Family, Members, form, jwk, sha256};
use crate::error::Failure;
use crate::secret::Secret;

/// Why a file holds no key that can be used: what is wrong, and the way out. Neither quotes the file.
#[derive(Debug, PartialEq, Eq)]
pub struct KeyFault {
    /// What is wrong with it.
    pub reason: String,
    /// What to do.
    pub hint: String,
}

impl KeyFault {
    /// With these words.
    pub fn new(reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { reason: reason.into(), hint: hint.into() }
    }

    /// A key whose parts do not fit together.
    pub fn broken() -> Self {
        Self::new(
            "the key in it is damaged",
            "export the key again; openssl pkey -in FILE -check -noout tells more",
        )
    }

    /// A key of a kind that cannot be used.
    pub fn unsupported(kind: &str) -> Self {
        Self::new(
            format!("it is {kind}, which is not supported"),
            "use RSA of 2048 bits or more, the curves P-256 or P-384, or Ed25519",
        )
    }
}

/// A private key, or a shared secret, ready to sign.
pub enum Pair {
    /// RSA.
    Rsa(RsaKeyPair),
    /// A curve of NIST's.
    Ec(Family, EcdsaKeyPair),
    /// Ed25519.
    Ed25519(Ed25519KeyPair),
    /// HMAC, by the bytes of a secret.
    Secret(Zeroizing<Vec<u8>>),
}

impl Pair {
    /// Names what is wrong with an RSA key.
    pub fn rsa(made: Result<RsaKeyPair, ring::error::KeyRejected>) -> Result<Self, KeyFault> {
        made.map(Self::Rsa).map_err(|rejected| match rejected.to_string().as_str() {
            "TooSmall" => KeyFault::new(
                "it is an RSA key of fewer than 2048 bits, which is no longer safe",
                "make a new one: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out key.pem",
            ),
            "TooLarge" => KeyFault::new(
                "it is an RSA key of more than 4096 bits, which is not supported",
                "use one of 2048 to 4096 bits, or P-256, or Ed25519",
            ),
            _ => KeyFault::broken(),
        })
    }

    /// A key of a curve, from the private number and the public point (`04 || x || y`).
    pub fn ec(family: Family, private: &[u8], public: &[u8]) -> Result<Self, KeyFault> {
        let (algorithm, length) = match family {
            Family::P256 => (&ECDSA_P256_SHA256_FIXED_SIGNING, 32),
            _ => (&ECDSA_P384_SHA384_FIXED_SIGNING, 48),
        };
        // Some tools leave out zeros at the beginning.
        let padded = Zeroizing::new([&vec![0; length - private.len().min(length)][..], private].concat());
        let pair =
            EcdsaKeyPair::from_private_key_and_public_key(algorithm, &padded, public, &SystemRandom::new());
        pair.map(|pair| Self::Ec(family, pair)).map_err(|_| KeyFault::broken())
    }
}

/// A key and what kind it is.
pub struct Parts {
    /// The key.
    pub pair: Pair,
    /// Its kind.
    pub family: Family,
}

/// A key that signs. Its `Debug` shows nothing of it.
#[derive(Clone)]
pub struct SigningKey {
    pair: Arc<Pair>,
    fingerprint: Zeroizing<Vec<u8>>,
    /// Its kind.
    pub family: Family,
    /// Its `kid`, where its file says one.
    pub id: Option<String>,
    /// Its `alg`, where its file says one.
    pub algorithm: Option<String>,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({:?})", self.family)
    }
}

impl SigningKey {
    /// A key for HMAC: the bytes of a shared secret.
    pub fn of_secret(secret: &[u8]) -> Self {
        let pair = Pair::Secret(Zeroizing::new(secret.to_vec()));
        let fingerprint = Zeroizing::new(sha256(secret));
        Self { pair: Arc::new(pair), fingerprint, family: Family::Secret, id: None, algorithm: None }
    }

    /// Reads a key file. `id` chooses from a JWK set.
    pub fn parse(bytes: &[u8], passphrase: Option<&Secret>, id: Option<&str>) -> Result<Self, KeyFault> {
        let (parts, labels) = form::read(bytes, passphrase, id)?;
        let Parts { pair, family } = parts;
        let fingerprint = Zeroizing::new(sha256(&labels.material));
        Ok(Self { pair: Arc::new(pair), fingerprint, family, id: labels.id, algorithm: labels.algorithm })
    }

    /// What only its owner can know of it: a hash of the key itself, without the passphrase around it.
    pub fn fingerprint(&self) -> &[u8] {
        &self.fingerprint
    }

    /// The public key as certificates have it; a shared secret has none.
    pub fn public(&self) -> Option<&[u8]> {
        match &*self.pair {
            Pair::Rsa(pair) => Some(pair.public().as_ref()),
            Pair::Ec(_, pair) => Some(pair.public_key().as_ref()),
            Pair::Ed25519(pair) => Some(pair.public_key().as_ref()),
            Pair::Secret(_) => None,
        }
    }

    /// The public key as a JWK.
    pub fn public_jwk(&self) -> Members {
        jwk::public(&self.pair)
    }

    /// Signs, with a signature in the form that JWS has it.
    pub fn sign(&self, algorithm: Algorithm, message: &[u8]) -> anyhow::Result<Vec<u8>> {
        use Algorithm as A;
        let failed = |_| anyhow::anyhow!("a signature of {} could not be made", algorithm.name());
        match (&*self.pair, algorithm) {
            (Pair::Secret(secret), _) => {
                let hmac = match algorithm {
                    A::HS384 => ring::hmac::HMAC_SHA384,
                    A::HS512 => ring::hmac::HMAC_SHA512,
                    _ => ring::hmac::HMAC_SHA256,
                };
                Ok(ring::hmac::sign(&ring::hmac::Key::new(hmac, secret), message).as_ref().to_vec())
            }
            (Pair::Ed25519(pair), _) => Ok(pair.sign(message).as_ref().to_vec()),
            (Pair::Ec(_, pair), _) => pair
                .sign(&SystemRandom::new(), message)
                .map(|signature| signature.as_ref().to_vec())
                .map_err(failed),
            (Pair::Rsa(pair), _) => {
                let padding: &dyn ring::signature::RsaEncoding = match algorithm {
                    A::RS384 => &RSA_PKCS1_SHA384,
                    A::RS512 => &RSA_PKCS1_SHA512,
                    A::PS256 => &RSA_PSS_SHA256,
                    A::PS384 => &RSA_PSS_SHA384,
                    A::PS512 => &RSA_PSS_SHA512,
                    _ => &RSA_PKCS1_SHA256,
                };
                let mut signature = vec![0; pair.public().modulus_len()];
                // What ring does not check when it reads a key, for that takes as long as to sign.
                let damaged = |_| {
                    Failure::config("the RSA key to sign with is damaged: its numbers do not fit together")
                        .hint(KeyFault::broken().hint)
                };
                pair.sign(padding, &SystemRandom::new(), message, &mut signature).map_err(damaged)?;
                Ok(signature)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_of_a_key() {
        let key = SigningKey::of_secret(b"canary");
        assert_eq!(format!("{key:?}"), "SigningKey(Secret)");
    }
}
