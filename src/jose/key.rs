//! [`SigningKey`]: a private key in any of the forms that are met, PKCS#8 (plain or encrypted), PKCS#1, SEC1 and
//! JWK, checked once and then only used to sign. What is not supported is named, with the command that converts
//! it.

use std::fmt;
use std::sync::Arc;

use pkcs8::der::pem::PemLabel;
use pkcs8::der::{Decode, SecretDocument};
use pkcs8::{EncryptedPrivateKeyInfoRef, ObjectIdentifier, PrivateKeyInfoRef};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512,
    RsaKeyPair,
};
use rustls::pki_types::pem::{PemObject, SectionKind};
use zeroize::Zeroizing;

use super::{Algorithm, Family, Members, jwk};
use crate::secret::Secret;

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// Curves by their object identifiers; those without a family cannot be used.
const CURVES: [(ObjectIdentifier, &str, Option<Family>); 4] = [
    (ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7"), "P-256", Some(Family::P256)),
    (ObjectIdentifier::new_unwrap("1.3.132.0.34"), "P-384", Some(Family::P384)),
    (ObjectIdentifier::new_unwrap("1.3.132.0.35"), "P-521", None),
    (ObjectIdentifier::new_unwrap("1.3.132.0.10"), "secp256k1", None),
];

/// PEM labels that cannot serve: what they are, and the way out.
const OTHER_FORMS: [(&str, &str, &str); 5] = [
    (
        "OPENSSH PRIVATE KEY",
        "a key in OpenSSH's own form",
        "convert a copy of it: ssh-keygen -p -m PKCS8 -f COPY",
    ),
    (
        "DSA PRIVATE KEY",
        "a DSA key, which JWTs cannot be signed with",
        "make a new key: openssl genpkey -algorithm ED25519 -out key.pem",
    ),
    ("PUBLIC KEY", "a public key", "give the private key"),
    ("RSA PUBLIC KEY", "a public key", "give the private key"),
    ("CERTIFICATE", "a certificate without a key", "give the private key"),
];

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
        Self { pair: Arc::new(pair), family: Family::Secret, id: None, algorithm: None }
    }

    /// Reads a key file. `id` chooses from a JWK set.
    pub fn parse(bytes: &[u8], passphrase: Option<&Secret>, id: Option<&str>) -> Result<Self, KeyFault> {
        let Ok(text) = std::str::from_utf8(bytes) else { return Err(binary(bytes)) };
        let text = text.trim_start_matches('\u{feff}').trim();
        let (parts, labels) = if text.starts_with('{') {
            jwk::read(text, id)?
        } else {
            // In a variable, line breaks are often written as `\n`.
            let pem = Zeroizing::new(text.replace("\\n", "\n").replace('\r', ""));
            (pem_parts(&pem, passphrase)?, jwk::Labels::default())
        };
        let Parts { pair, family } = parts;
        Ok(Self { pair: Arc::new(pair), family, id: labels.id, algorithm: labels.algorithm })
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
                pair.sign(padding, &SystemRandom::new(), message, &mut signature).map_err(failed)?;
                Ok(signature)
            }
        }
    }
}

/// Names a file that is no text: PFX, DER, or neither.
fn binary(bytes: &[u8]) -> KeyFault {
    // A PFX is a sequence that begins with the number 3 (RFC 7292 section 4).
    let begins_with =
        |number: u8| bytes.first() == Some(&0x30) && bytes.windows(3).take(5).any(|w| w == [2, 1, number]);
    match () {
        () if begins_with(3) => KeyFault::new(
            "it is a PFX (PKCS#12) file",
            "take the key out of it: openssl pkcs12 -in FILE -nocerts -noenc -out key.pem",
        ),
        () if begins_with(0) || begins_with(1) => {
            KeyFault::new("it is a key in DER", "convert it: openssl pkey -inform DER -in FILE -out key.pem")
        }
        () => KeyFault::new("it is neither PEM nor JSON", "give a private key in PEM, or a JWK"),
    }
}

fn pem_parts(pem: &str, passphrase: Option<&Secret>) -> Result<Parts, KeyFault> {
    if pem.contains("Proc-Type: 4,ENCRYPTED") {
        return Err(KeyFault::new(
            "it is encrypted in OpenSSL's old form",
            "convert it: openssl pkcs8 -topk8 -in FILE -out key.pem",
        ));
    }
    if let Some(start) = pem.find("-----BEGIN ENCRYPTED PRIVATE KEY-----") {
        return decrypt(&pem[start..], passphrase);
    }
    let damaged = |_| KeyFault::new("the PEM in it is damaged", "export the key again");
    for section in <(SectionKind, Vec<u8>)>::pem_slice_iter(pem.as_bytes()) {
        let (kind, der) = section.map_err(damaged)?;
        let der = Zeroizing::new(der);
        match kind {
            SectionKind::PrivateKey => return pkcs8_parts(&der),
            SectionKind::RsaPrivateKey => {
                return Pair::rsa(RsaKeyPair::from_der(&der)).map(|pair| Parts { pair, family: Family::Rsa });
            }
            SectionKind::EcPrivateKey => return sec1_parts(&der, None),
            _ => {}
        }
    }
    let other = OTHER_FORMS.iter().find(|(label, ..)| pem.contains(&format!("-----BEGIN {label}-----")));
    Err(match other {
        Some((_, form, hint)) => KeyFault::new(format!("it is {form}"), *hint),
        None => KeyFault::new(
            "it holds no private key in PEM or JSON",
            "give a file with `-----BEGIN PRIVATE KEY-----`",
        ),
    })
}

fn decrypt(pem: &str, passphrase: Option<&Secret>) -> Result<Parts, KeyFault> {
    let Some(passphrase) = passphrase else {
        return Err(KeyFault::new(
            "the key is encrypted",
            "set `OAUTH_KEY_PASSPHRASE`, or pass `--key-passphrase-file FILE`",
        ));
    };
    let damaged = KeyFault::new("the PEM in it is damaged", "export the key again");
    // Strict PEM ends at its own end.
    let end = pem.find("-----END").and_then(|at| Some(at + pem[at..].find('\n').unwrap_or(pem.len() - at)));
    let section = end.map_or(pem, |end| &pem[..end]);
    let Ok((label, document)) = SecretDocument::from_pem(section) else { return Err(damaged) };
    if EncryptedPrivateKeyInfoRef::validate_pem_label(label).is_err() {
        return Err(damaged);
    }
    let Ok(encrypted) = EncryptedPrivateKeyInfoRef::from_der(document.as_bytes()) else {
        return Err(KeyFault::new(
            "the key is encrypted in a way that is not supported",
            "convert it: openssl pkcs8 -topk8 -v2 aes-256-cbc -in FILE -out key.pem",
        ));
    };
    let key = encrypted.decrypt(passphrase.expose()).map_err(|error| match error {
        pkcs8::Error::EncryptedPrivateKey(pkcs8::pkcs5::Error::UnsupportedAlgorithm { .. }) => KeyFault::new(
            "the key is encrypted in a way that is not supported",
            "convert it: openssl pkcs8 -topk8 -v2 aes-256-cbc -in FILE -out key.pem",
        ),
        _ => {
            KeyFault::new("the passphrase does not open the key", "check `OAUTH_KEY_PASSPHRASE` or its file")
        }
    })?;
    pkcs8_parts(key.as_bytes())
}

fn pkcs8_parts(der: &[u8]) -> Result<Parts, KeyFault> {
    let info = PrivateKeyInfoRef::try_from(der).map_err(|_| KeyFault::broken())?;
    let inner = info.private_key.as_bytes();
    match info.algorithm.oid {
        RSA => Pair::rsa(RsaKeyPair::from_pkcs8(der)).map(|pair| Parts { pair, family: Family::Rsa }),
        RSA_PSS => Pair::rsa(RsaKeyPair::from_der(inner)).map(|pair| Parts { pair, family: Family::RsaPss }),
        EC => sec1_parts(inner, info.algorithm.parameters_oid().ok()),
        // OpenSSL writes the first version of the form, without the public key.
        ED25519 => Ed25519KeyPair::from_pkcs8_maybe_unchecked(der)
            .map(|pair| Parts { pair: Pair::Ed25519(pair), family: Family::Ed25519 })
            .map_err(|_| KeyFault::broken()),
        other => Err(KeyFault::unsupported(&format!("a key of the algorithm {other}"))),
    }
}

/// An `ECPrivateKey` (RFC 5915), whose curve is named within it or around it.
fn sec1_parts(der: &[u8], curve: Option<ObjectIdentifier>) -> Result<Parts, KeyFault> {
    let key = sec1::EcPrivateKey::from_der(der).map_err(|_| KeyFault::broken())?;
    let own = key.parameters.and_then(|parameters| parameters.named_curve());
    let Some(curve) = curve.or(own) else {
        return Err(KeyFault::new(
            "the key does not name its curve",
            "convert it: openssl pkey -in FILE -out key.pem",
        ));
    };
    let family = match CURVES.iter().find(|(own, ..)| *own == curve) {
        Some((_, _, Some(family))) => *family,
        Some((_, name, None)) => return Err(KeyFault::unsupported(&format!("a key of the curve {name}"))),
        None => return Err(KeyFault::unsupported(&format!("a key of the curve {curve}"))),
    };
    let Some(public) = key.public_key else {
        return Err(KeyFault::new(
            "the key comes without its public point",
            "convert it: openssl ec -in FILE -out key.pem",
        ));
    };
    Pair::ec(family, key.private_key, public).map(|pair| Parts { pair, family })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generated(arguments: &str) -> Option<String> {
        let words: Vec<&str> = arguments.split(' ').collect();
        let output = std::process::Command::new("openssl").args(words).output().ok()?;
        output.status.success().then(|| String::from_utf8(output.stdout).ok())?
    }

    #[test]
    fn what_is_no_key_is_named_with_the_way_out() {
        for (bytes, reason) in [
            (&b""[..], "no private key"),
            (b"hello", "no private key"),
            (b"\xff\xfe", "neither PEM nor JSON"),
            (b"\x30\x82\x05\x01\x02\x01\x03\x30\xff", "PFX"),
            (b"\x30\x82\x05\x01\x02\x01\x00\x30\xff", "in DER"),
            (b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----", "OpenSSH"),
            (b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "public key"),
            (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "certificate"),
            (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "damaged"),
            (b"-----BEGIN PRIVATE KEY-----\n!!\n-----END PRIVATE KEY-----", "damaged"),
            (b"-----BEGIN PRIVATE KEY-----\nAAAA\n", "damaged"),
            (b"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n", "old form"),
            (
                b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----",
                "encrypted",
            ),
        ] {
            let fault = SigningKey::parse(bytes, None, None).unwrap_err();
            assert!(fault.reason.contains(reason), "{}: {}", String::from_utf8_lossy(bytes), fault.reason);
            assert!(!fault.hint.is_empty());
        }
    }

    #[test]
    fn debug_shows_nothing_of_a_key() {
        let key = SigningKey::of_secret(b"canary");
        assert_eq!(format!("{key:?}"), "SigningKey(Secret)");
    }

    /// With openssl at hand, as its users make keys.
    #[test]
    fn keys_of_openssl_are_read_in_every_form_and_small_or_foreign_ones_are_refused() {
        let genpkey = "genpkey -algorithm";
        for (arguments, family) in [
            (format!("{genpkey} RSA -pkeyopt rsa_keygen_bits:2048"), Ok(Family::Rsa)),
            (format!("{genpkey} RSA-PSS -pkeyopt rsa_keygen_bits:2048"), Ok(Family::RsaPss)),
            (format!("{genpkey} EC -pkeyopt ec_paramgen_curve:P-256"), Ok(Family::P256)),
            (format!("{genpkey} EC -pkeyopt ec_paramgen_curve:P-384"), Ok(Family::P384)),
            (format!("{genpkey} ED25519"), Ok(Family::Ed25519)),
            ("ecparam -name prime256v1 -genkey".to_owned(), Ok(Family::P256)),
            ("ecparam -name secp384r1 -genkey".to_owned(), Ok(Family::P384)),
            ("ecparam -name secp256k1 -genkey".to_owned(), Err("secp256k1")),
            (format!("{genpkey} EC -pkeyopt ec_paramgen_curve:secp256k1"), Err("secp256k1")),
            (format!("{genpkey} EC -pkeyopt ec_paramgen_curve:P-521"), Err("P-521")),
            (format!("{genpkey} ED448"), Err("1.3.101.113")),
            (format!("{genpkey} RSA -pkeyopt rsa_keygen_bits:1024"), Err("2048")),
        ] {
            let Some(pem) = generated(&arguments) else { continue };
            let forms = [
                pem.clone(),
                pem.replace('\n', "\r\n"),
                pem.trim_end().to_owned(),
                pem.trim_end().replace('\n', "\\n"),
                format!("\u{feff}{pem}"),
            ];
            for form in forms {
                match (SigningKey::parse(form.as_bytes(), None, None), &family) {
                    (Ok(key), Ok(family)) => {
                        assert_eq!(key.family, *family, "{arguments}");
                        for algorithm in Algorithm::of(*family) {
                            assert!(!key.sign(algorithm, b"message").unwrap().is_empty());
                        }
                    }
                    (Err(fault), Err(reason)) => {
                        assert!(fault.reason.contains(reason), "{arguments}: {}", fault.reason)
                    }
                    (read, _) => panic!("{arguments}: {read:?}"),
                }
            }
        }
    }

    #[test]
    fn an_encrypted_key_opens_with_its_passphrase_and_no_other() {
        let Some(pem) = generated("genpkey -algorithm ED25519 -aes-256-cbc -pass pass:correct") else {
            return;
        };
        let parse = |passphrase: Option<&str>| {
            SigningKey::parse(pem.as_bytes(), passphrase.map(|text| Secret::new(text.into())).as_ref(), None)
        };
        assert_eq!(parse(Some("correct")).unwrap().family, Family::Ed25519);
        assert_eq!(parse(Some("wrong")).unwrap_err().reason, "the passphrase does not open the key");
        assert_eq!(parse(None).unwrap_err().reason, "the key is encrypted");
    }
}
