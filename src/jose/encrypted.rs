//! Private keys that are encrypted with a passphrase (PKCS#8, RFC 5958 section 3).

use pkcs8::EncryptedPrivateKeyInfoRef;
use pkcs8::der::pem::PemLabel;
use pkcs8::der::{Decode, SecretDocument};
use pkcs8::pkcs5::EncryptionScheme;
use pkcs8::pkcs5::pbes2::Kdf;
use zeroize::Zeroizing;

use super::key::KeyFault;
use crate::secret::Secret;

/// The most that a passphrase may cost to try: iterations of PBKDF2, and bytes for scrypt.
const MOST_ITERATIONS: u32 = 10_000_000;
const MOST_MEMORY: u64 = 64 * 1024 * 1024;

/// The PKCS#8 that an `ENCRYPTED PRIVATE KEY` at the start of the text holds.
pub fn decrypt(pem: &str, passphrase: Option<&Secret>) -> Result<Zeroizing<Vec<u8>>, KeyFault> {
    let Some(passphrase) = passphrase else {
        return Err(KeyFault::new(
            "the key is encrypted",
            "set `OAUTH_KEY_PASSPHRASE`, or pass `--key-passphrase-file FILE`",
        ));
    };
    let unsupported = || {
        KeyFault::new(
            "the key is encrypted in a way that is not supported",
            "convert it: openssl pkcs8 -topk8 -v2 aes-256-cbc -in FILE -out key.pem",
        )
    };
    let damaged = KeyFault::new("the PEM in it is damaged", "export the key again");
    // Strict PEM ends at its own end.
    let end = pem.find("-----END").map(|at| at + pem[at..].find('\n').unwrap_or(pem.len() - at));
    let section = end.map_or(pem, |end| &pem[..end]);
    let Ok((label, document)) = SecretDocument::from_pem(section) else { return Err(damaged) };
    if EncryptedPrivateKeyInfoRef::validate_pem_label(label).is_err() {
        return Err(damaged);
    }
    let Ok(encrypted) = EncryptedPrivateKeyInfoRef::from_der(document.as_bytes()) else {
        return Err(unsupported());
    };
    if !is_affordable(&encrypted.encryption_algorithm) {
        return Err(KeyFault::new(
            "the key is encrypted with parameters that take too much time or memory",
            "encrypt it anew: openssl pkcs8 -topk8 -v2 aes-256-cbc -in FILE -out key.pem",
        ));
    }
    let key = encrypted.decrypt(passphrase.expose()).map_err(|error| match error {
        pkcs8::Error::EncryptedPrivateKey(pkcs8::pkcs5::Error::UnsupportedAlgorithm { .. }) => unsupported(),
        _ => {
            KeyFault::new("the passphrase does not open the key", "check `OAUTH_KEY_PASSPHRASE` or its file")
        }
    })?;
    Ok(Zeroizing::new(key.as_bytes().to_vec()))
}

/// Whether the passphrase can be tried in reasonable time and memory: a file says itself how much it takes.
fn is_affordable(scheme: &EncryptionScheme) -> bool {
    match scheme {
        EncryptionScheme::Pbes2(parameters) => match &parameters.kdf {
            Kdf::Pbkdf2(kdf) => kdf.iteration_count <= MOST_ITERATIONS,
            Kdf::Scrypt(kdf) => {
                let memory = kdf.cost_parameter.saturating_mul(128 * u64::from(kdf.block_size));
                memory <= MOST_MEMORY && kdf.parallelization <= 16
            }
            _ => true,
        },
        _ => true,
    }
}
