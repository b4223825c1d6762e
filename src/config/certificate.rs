//! The certificate that the client shows: its files, and what is wrong with them.

use super::file;
use super::found::Found;
use super::setting::Setting;
use super::signing::{self, Unusable, unusable};
use super::sources::Sources;
use crate::assertion::Moment;
use crate::client_auth::Certificate;
use crate::client_auth::certificate::{CertificateFault, holds_key};
use crate::error::Failure;
use crate::jose::{is_encrypted, plain_pem};
use crate::text::escape;

/// The certificate of `--cert` and `--key`, which may be one file. Warnings are added to `warnings`.
pub fn read(sources: &Sources, warnings: &mut Vec<String>) -> Result<Option<(Found, Certificate)>, Failure> {
    let (cert, key) = (sources.find(Setting::Cert)?, sources.find(Setting::Key)?);
    let (cert, key) = match (cert, key) {
        (None, None) => return Ok(None),
        (None, Some(key)) => {
            return Err(Failure::config(format!("{} is set without a certificate", key.subject()))
                .hint("pass the certificate with `--cert FILE`"));
        }
        (Some(cert), key) => (cert, key),
    };
    let pem = file::read(&cert, cert.value())?;
    let read;
    let (key_found, key_content) = match &key {
        Some(key) => {
            read = file::read(key, key.value())?;
            (key, &read)
        }
        None if holds_key(&pem.bytes).map_err(|fault| failure(fault, &cert, &cert))? => (&cert, &pem),
        None => {
            return Err(Failure::config(format!("{} is set without its key", cert.subject()))
                .hint("pass the key with `--key FILE`, or put both into one file"));
        }
    };
    warnings.extend(key_content.warning.clone());
    let passphrase = if is_encrypted(&key_content.bytes) { signing::passphrase(sources)? } else { None };
    let plain = plain_pem(&key_content.bytes, passphrase.as_ref())
        .map_err(|fault| unusable(key_found, &Unusable::Key(fault), Some(key_found.value())))?;
    let certificate = Certificate::parse(&pem.bytes, &plain, Moment::now().now);
    let certificate = certificate.map_err(|fault| failure(fault, &cert, key_found))?;
    Ok(Some((cert, certificate)))
}

/// Names the file that is at fault.
pub fn failure(fault: CertificateFault, cert: &Found, key: &Found) -> Failure {
    use CertificateFault as F;
    let (found, what, hint) = match fault {
        F::NoCertificate => (
            cert,
            "holds no certificate that can be read",
            "give a file in PEM, with `-----BEGIN CERTIFICATE-----`; a PFX is split by openssl pkcs12 -in FILE -noenc -out both.pem",
        ),
        F::Expired => (
            cert,
            "holds a certificate that has expired",
            "renew the certificate, or check this machine's clock",
        ),
        F::NotYetValid => (cert, "holds a certificate that is not valid yet", "check this machine's clock"),
        F::NoKey => (
            key,
            "holds no private key that TLS can use",
            "give a file in PEM with an RSA, P-256, P-384 or Ed25519 key",
        ),
        F::TooOld => (
            cert,
            "holds a certificate that TLS cannot use",
            "have one made of X.509 version 3: openssl x509 -req makes such with -extfile",
        ),
        F::Mismatch => {
            (key, "holds the key of another certificate", "give the key that the certificate was made for")
        }
    };
    let file = escape(found.value());
    Failure::config(format!("the file of {} {what}: {file}", found.subject())).hint(hint)
}
