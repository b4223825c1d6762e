//! The forms in which private keys are met: PKCS#8 (plain or encrypted), PKCS#1, SEC1 and JWK. What is not
//! supported is named, with the command that converts it.

use pkcs8::der::Decode;
use pkcs8::{ObjectIdentifier, PrivateKeyInfoRef};
use ring::signature::{Ed25519KeyPair, RsaKeyPair};
use rustls::pki_types::pem::{PemObject, SectionKind};
use zeroize::Zeroizing;

use super::key::{KeyFault, Pair, Parts};
use super::{Family, encrypted, jwk};
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

/// Other algorithms of keys that people have.
const OTHER_ALGORITHMS: [(ObjectIdentifier, &str); 4] = [
    (ObjectIdentifier::new_unwrap("1.3.101.110"), "an X25519 key, which cannot sign"),
    (ObjectIdentifier::new_unwrap("1.3.101.111"), "an X448 key, which cannot sign"),
    (ObjectIdentifier::new_unwrap("1.3.101.113"), "an Ed448 key"),
    (ObjectIdentifier::new_unwrap("1.2.840.10040.4.1"), "a DSA key"),
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

/// Reads a key file. `id` chooses from a JWK set.
pub fn read(
    bytes: &[u8],
    passphrase: Option<&Secret>,
    id: Option<&str>,
) -> Result<(Parts, jwk::Labels), KeyFault> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Err(binary(bytes)) };
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.starts_with('{') {
        return jwk::read(text, id);
    }
    // In a variable, line breaks are often written as `\n` or `\r\n`.
    let pem = Zeroizing::new(text.replace("\\r", "").replace("\\n", "\n").replace('\r', ""));
    let (parts, material) = pem_parts(&pem, passphrase)?;
    Ok((parts, jwk::Labels { material, ..jwk::Labels::default() }))
}

/// Names a file that is no text: PFX, DER, or neither.
pub fn binary(bytes: &[u8]) -> KeyFault {
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

/// A key, and the DER that it is written in once nothing is encrypted any more.
type Opened = (Parts, Zeroizing<Vec<u8>>);

/// Names what cannot serve, whatever the key is for.
pub fn require_plain(pem: &str) -> Result<(), KeyFault> {
    if pem.contains("Proc-Type: 4,ENCRYPTED") {
        return Err(KeyFault::new(
            "it is encrypted in OpenSSL's old form",
            "convert it: openssl pkcs8 -topk8 -in FILE -out key.pem",
        ));
    }
    let has = |label: &str| pem.contains(&format!("-----BEGIN {label}-----"));
    if ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"].into_iter().any(has) {
        return Ok(());
    }
    Err(match OTHER_FORMS.iter().find(|(label, ..)| has(label)) {
        Some((_, form, hint)) => KeyFault::new(format!("it is {form}"), *hint),
        None => KeyFault::new(
            "it holds no private key in PEM or JSON",
            "give a file with `-----BEGIN PRIVATE KEY-----`",
        ),
    })
}

fn pem_parts(pem: &str, passphrase: Option<&Secret>) -> Result<Opened, KeyFault> {
    if let Some(start) = pem.find("-----BEGIN ENCRYPTED PRIVATE KEY-----") {
        let der = encrypted::decrypt(&pem[start..], passphrase)?;
        return Ok((pkcs8_parts(&der)?, der));
    }
    require_plain(pem)?;
    let damaged = || KeyFault::new("the PEM in it is damaged", "export the key again");
    for section in <(SectionKind, Vec<u8>)>::pem_slice_iter(pem.as_bytes()) {
        let (kind, der) = section.map_err(|_| damaged())?;
        let der = Zeroizing::new(der);
        let parts = match kind {
            SectionKind::PrivateKey => pkcs8_parts(&der)?,
            SectionKind::RsaPrivateKey => {
                Parts { pair: Pair::rsa(RsaKeyPair::from_der(&der))?, family: Family::Rsa }
            }
            SectionKind::EcPrivateKey => sec1_parts(&der, None)?,
            _ => continue,
        };
        return Ok((parts, der));
    }
    Err(damaged())
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
        other => Err(match OTHER_ALGORITHMS.iter().find(|(own, _)| *own == other) {
            Some((_, name)) => KeyFault::unsupported(name),
            None => KeyFault::unsupported(&format!("a key of the algorithm {other}")),
        }),
    }
}

/// An `ECPrivateKey` (RFC 5915), whose curve is named within it or around it.
fn sec1_parts(der: &[u8], curve: Option<ObjectIdentifier>) -> Result<Parts, KeyFault> {
    let key = sec1::EcPrivateKey::from_der(der).map_err(|_| KeyFault::broken())?;
    let own = key.parameters.and_then(sec1::EcParameters::named_curve);
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
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::super::{Algorithm, SigningKey};
    use super::*;
    use crate::error::{Exit, Failure};

    fn generated(arguments: &str) -> Option<String> {
        let words: Vec<&str> = arguments.split(' ').collect();
        let output = std::process::Command::new("openssl").args(words).output().ok();
        assert!(output.is_some() || std::env::var_os("CI").is_none(), "openssl is not installed");
        let output = output?;
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

    /// With openssl at hand, as its users make keys.
    #[test]
    fn keys_of_openssl_are_read_in_every_form_and_small_or_foreign_ones_are_refused() {
        let genpkey = "genpkey -algorithm";
        for (arguments, family) in [
            (format!("{genpkey} RSA -pkeyopt rsa_keygen_bits:2048"), Ok(Family::Rsa)),
            ("genrsa -traditional 2048".to_owned(), Ok(Family::Rsa)),
            (format!("{genpkey} RSA-PSS -pkeyopt rsa_keygen_bits:2048"), Ok(Family::RsaPss)),
            (format!("{genpkey} EC -pkeyopt ec_paramgen_curve:P-256"), Ok(Family::P256)),
            (format!("{genpkey} EC -pkeyopt ec_paramgen_curve:P-384"), Ok(Family::P384)),
            (format!("{genpkey} ED25519"), Ok(Family::Ed25519)),
            ("ecparam -name prime256v1 -genkey".to_owned(), Ok(Family::P256)),
            ("ecparam -name secp384r1 -genkey".to_owned(), Ok(Family::P384)),
            ("ecparam -name secp256k1 -genkey".to_owned(), Err("secp256k1")),
            (format!("{genpkey} EC -pkeyopt ec_paramgen_curve:secp256k1"), Err("secp256k1")),
            (format!("{genpkey} EC -pkeyopt ec_paramgen_curve:P-521"), Err("P-521")),
            (format!("{genpkey} ED448"), Err("an Ed448 key")),
            (format!("{genpkey} RSA -pkeyopt rsa_keygen_bits:1024"), Err("2048")),
        ] {
            let Some(pem) = generated(&arguments) else { continue };
            let forms = [
                pem.clone(),
                pem.replace('\n', "\r\n"),
                pem.trim_end().to_owned(),
                pem.trim_end().replace('\n', "\\n"),
                pem.replace('\n', "\\r\\n"),
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
                        assert!(fault.reason.contains(reason), "{arguments}: {}", fault.reason);
                    }
                    (read, _) => panic!("{arguments}: {read:?}"),
                }
            }
        }
    }

    #[test]
    fn an_rsa_key_of_which_a_bit_is_wrong_is_no_bug_of_ours() {
        let Some(pem) = generated("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048") else { return };
        let (_, der) = <(SectionKind, Vec<u8>)>::from_pem_slice(pem.as_bytes()).unwrap();
        let mut damaged_only_when_it_signs = 0;
        for at in (40..der.len()).step_by(29) {
            let mut der = der.clone();
            der[at] ^= 4;
            let text = STANDARD.encode(&der);
            let pem = format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----");
            let Ok(key) = SigningKey::parse(pem.as_bytes(), None, None) else { continue };
            if let Err(error) = key.sign(Algorithm::RS256, b"message") {
                let failure = Failure::from(error);
                assert_eq!(failure.exit, Exit::Config);
                damaged_only_when_it_signs += 1;
            }
        }
        assert!(damaged_only_when_it_signs > 0, "ring has begun to check when it reads");
    }

    #[test]
    fn an_encrypted_key_opens_with_its_passphrase_and_no_other() {
        let Some(pem) = generated("genpkey -algorithm ED25519 -aes-256-cbc -pass pass:correct") else {
            return;
        };
        let parse = |passphrase: Option<&str>| {
            SigningKey::parse(pem.as_bytes(), passphrase.map(|text| Secret::new(text.into())).as_ref(), None)
        };
        let opened = parse(Some("correct")).unwrap();
        assert_eq!(opened.family, Family::Ed25519);
        assert_ne!(opened.fingerprint(), crate::jose::sha256(pem.as_bytes()), "the file alone tells nothing");
        assert_eq!(parse(Some("wrong")).unwrap_err().reason, "the passphrase does not open the key");
        assert_eq!(parse(None).unwrap_err().reason, "the key is encrypted");
    }
}
