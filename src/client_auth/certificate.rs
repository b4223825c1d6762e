//! [`Certificate`]: what the client shows in the TLS handshake (RFC 8705), checked before anything is sent: the
//! key fits, and the certificate is valid now. Also the thumbprint by which an assertion names one.

use std::fmt;

use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::pem::{PemObject, SectionKind};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use x509_cert::der::Decode;
use zeroize::Zeroizing;

use crate::jose::{base64url, is_encrypted, sha256};

/// A certificate chain and its private key.
#[derive(Clone)]
pub struct Certificate {
    /// The client's own certificate first.
    pub chain: Vec<CertificateDer<'static>>,
    /// Its key, in PEM.
    pub key: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({} in its chain)", self.chain.len())
    }
}

/// Why a pair of files is no certificate that can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateFault {
    /// The first file holds no certificate in PEM, or a damaged one.
    NoCertificate,
    /// The certificate's time has passed.
    Expired,
    /// The certificate's time has not come.
    NotYetValid,
    /// The second file holds no key in PEM, or none that TLS can use.
    NoKey,
    /// The certificate is of a version that TLS does not use.
    TooOld,
    /// The key belongs to another certificate.
    Mismatch,
}

impl Certificate {
    /// Reads both in PEM, neither encrypted, at `now` in seconds of the Unix epoch. As with curl, one file may hold both.
    pub fn parse(certificate: &[u8], key: &[u8], now: i64) -> Result<Self, CertificateFault> {
        let chain = chain(certificate)?;
        check_validity(&chain[0], now)?;
        let der = PrivateKeyDer::from_pem_slice(key).map_err(|_| CertificateFault::NoKey)?;
        let signing = any_supported_type(&der).map_err(|_| CertificateFault::NoKey)?;
        CertifiedKey::new(chain.clone(), signing).keys_match().map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => CertificateFault::Mismatch,
            error if error.to_string().contains("UnsupportedCertVersion") => CertificateFault::TooOld,
            _ => CertificateFault::NoCertificate,
        })?;
        Ok(Self { chain, key: Zeroizing::new(key.to_vec()) })
    }
}

fn chain(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, CertificateFault> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .map_err(|_| CertificateFault::NoCertificate)?;
    if chain.is_empty() { Err(CertificateFault::NoCertificate) } else { Ok(chain) }
}

fn check_validity(der: &CertificateDer, now: i64) -> Result<(), CertificateFault> {
    let certificate = x509_cert::Certificate::from_der(der).map_err(|_| CertificateFault::NoCertificate)?;
    let validity = certificate.tbs_certificate().validity();
    let seconds =
        |time: x509_cert::time::Time| i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
    if now > seconds(validity.not_after) {
        return Err(CertificateFault::Expired);
    }
    if now < seconds(validity.not_before) {
        return Err(CertificateFault::NotYetValid);
    }
    Ok(())
}

/// Which hash names a certificate in the header of an assertion (RFC 7515 sections 4.1.7 and 4.1.8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Thumbprint {
    /// `x5t#S256`.
    #[default]
    Sha256,
    /// `x5t`, for servers that know no other.
    Sha1,
}

impl Thumbprint {
    /// Reads `--thumbprint`.
    pub fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "sha256" | "x5t#s256" => Some(Self::Sha256),
            "sha1" | "x5t" => Some(Self::Sha1),
            _ => None,
        }
    }

    /// The header's member and its value, for the first certificate of a PEM file.
    pub fn of(self, pem: &[u8], now: i64) -> Result<(&'static str, String), CertificateFault> {
        let chain = chain(pem)?;
        check_validity(&chain[0], now)?;
        Ok(match self {
            Self::Sha256 => ("x5t#S256", base64url(sha256(&chain[0]))),
            Self::Sha1 => {
                ("x5t", base64url(ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, &chain[0])))
            }
        })
    }
}

/// The public key of the first certificate of a PEM file, as a key of its kind has it: the numbers of an RSA key in
/// DER, a point, or 32 bytes.
pub fn public_key(pem: &[u8]) -> Result<Vec<u8>, CertificateFault> {
    let chain = chain(pem)?;
    let certificate =
        x509_cert::Certificate::from_der(&chain[0]).map_err(|_| CertificateFault::NoCertificate)?;
    let key = &certificate.tbs_certificate().subject_public_key_info().subject_public_key;
    Ok(key.raw_bytes().to_vec())
}

/// Whether a PEM file holds a private key, so that it can stand for both files. A file that holds no certificate is
/// none.
pub fn holds_key(pem: &[u8]) -> Result<bool, CertificateFault> {
    chain(pem)?;
    let has_key = <(SectionKind, Vec<u8>)>::pem_slice_iter(pem).flatten().any(|(kind, _)| {
        matches!(kind, SectionKind::PrivateKey | SectionKind::RsaPrivateKey | SectionKind::EcPrivateKey)
    });
    Ok(has_key || is_encrypted(pem))
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    /// A certificate that is valid in these years, and its key.
    fn made(years: (i32, i32)) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["client".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(years.0, 1, 1);
        params.not_after = rcgen::date_time_ymd(years.1, 1, 1);
        (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
    }

    const NOW: i64 = 1_800_000_000;

    fn fault(certificate: &str, key: &str) -> CertificateFault {
        Certificate::parse(certificate.as_bytes(), key.as_bytes(), NOW).unwrap_err()
    }

    #[test]
    fn a_pair_that_fits_is_read_from_one_file_or_two() {
        let (certificate, key) = made((2020, 2100));
        assert_eq!(Certificate::parse(certificate.as_bytes(), key.as_bytes(), NOW).unwrap().chain.len(), 1);
        let both = format!("{key}{certificate}");
        assert!(holds_key(both.as_bytes()).unwrap() && !holds_key(certificate.as_bytes()).unwrap());
        assert!(holds_key(key.as_bytes()).is_err());
        assert!(Certificate::parse(both.as_bytes(), both.as_bytes(), NOW).is_ok());
    }

    #[test]
    fn what_cannot_be_shown_is_found_before_anything_is_sent() {
        let (certificate, key) = made((2020, 2100));
        let (_, other) = made((2020, 2100));
        let (expired, its_key) = made((2000, 2001));
        let (early, early_key) = made((2090, 2100));
        for (certificate, key, expected) in [
            (certificate.as_str(), other.as_str(), CertificateFault::Mismatch),
            (&expired, &its_key, CertificateFault::Expired),
            (&early, &early_key, CertificateFault::NotYetValid),
            (&certificate, "", CertificateFault::NoKey),
            (&certificate, &certificate, CertificateFault::NoKey),
            (&key, &key, CertificateFault::NoCertificate),
            ("", &key, CertificateFault::NoCertificate),
        ] {
            assert_eq!(fault(certificate, key), expected);
        }
    }

    #[test]
    fn a_thumbprint_is_that_of_the_der() {
        let (certificate, _) = made((2020, 2100));
        let (name, value) = Thumbprint::Sha256.of(certificate.as_bytes(), NOW).unwrap();
        assert_eq!((name, value.len()), ("x5t#S256", 43));
        let (name, value) = Thumbprint::parse("x5t").unwrap().of(certificate.as_bytes(), NOW).unwrap();
        assert_eq!((name, value.len()), ("x5t", 27));
        assert_eq!(Thumbprint::parse("md5"), None);
    }
}
