//! A private key for TLS, which wants PEM that is not encrypted. What else it may be is named, with the command that
//! converts it.

use pkcs8::LineEnding;
use pkcs8::der::pem;
use zeroize::Zeroizing;

use super::key::KeyFault;
use super::{encrypted, form};
use crate::secret::Secret;

/// How an encrypted key begins.
const ENCRYPTED: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----";

/// Whether a passphrase is needed.
pub fn is_encrypted(bytes: &[u8]) -> bool {
    bytes.windows(ENCRYPTED.len()).any(|window| window == ENCRYPTED.as_bytes())
}

/// The PEM of a key, decrypted. What stands around an encrypted one is left out.
pub fn plain_pem(bytes: &[u8], passphrase: Option<&Secret>) -> Result<Zeroizing<Vec<u8>>, KeyFault> {
    // What openssl writes between the sections may be in another encoding.
    let text = String::from_utf8_lossy(bytes);
    if !text.contains("-----BEGIN ") && std::str::from_utf8(bytes).is_err() {
        return Err(form::binary(bytes));
    }
    if let Some(start) = text.find(ENCRYPTED) {
        let der = encrypted::decrypt(&text[start..], passphrase)?;
        let plain = pem::encode_string("PRIVATE KEY", LineEnding::LF, &der);
        return plain.map(|plain| Zeroizing::new(plain.into_bytes())).map_err(|_| KeyFault::broken());
    }
    if text.trim_start().starts_with('{') {
        return Err(KeyFault::new(
            "it is a JWK, and TLS wants a key in PEM",
            "give the key in PEM, with `-----BEGIN PRIVATE KEY-----`",
        ));
    }
    form::require_plain(&text)?;
    Ok(Zeroizing::new(bytes.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_key_stays_as_it_is_whatever_stands_around_it_and_others_are_named() {
        for label in ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"] {
            let pem =
                format!("friendlyName: M\u{fc}ller\n-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n");
            let latin: Vec<u8> = pem.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
            for bytes in [pem.as_bytes(), &latin] {
                assert_eq!(*plain_pem(bytes, None).unwrap(), bytes);
                assert!(!is_encrypted(bytes));
            }
        }
        for (bytes, reason) in [
            (&b"{\"kty\":\"EC\"}"[..], "it is a JWK, and TLS wants a key in PEM"),
            (b"\x30\x82\x01\x00\x02\x01\x03\xff", "it is a PFX (PKCS#12) file"),
            (b"-----BEGIN PUBLIC KEY-----\n", "it is a public key"),
            (b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n", "the key is encrypted"),
        ] {
            assert_eq!(plain_pem(bytes, None).unwrap_err().reason, reason);
        }
    }
}
