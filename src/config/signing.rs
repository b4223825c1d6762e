//! Keys and how assertions are made with them: the key from wherever it is kept, the algorithm, what the header
//! says.

use super::file::{self, either, resolve};
use super::found::Found;
use super::setting::Setting;
use super::sources::Sources;
use super::{misplaced, value};
use crate::assertion::{Moment, Signer};
use crate::cache::Identity;
use crate::client_auth::certificate::{Thumbprint, public_key};
use crate::error::Failure;
use crate::jose::key::KeyFault;
use crate::jose::{Algorithm, Family, Members, SigningKey, is_encrypted};
use crate::secret::Secret;
use crate::text::escape;

/// A key, and where it was set.
#[derive(Clone, Debug)]
pub struct KeyMaterial {
    /// Where.
    pub found: Found,
    /// The key.
    pub key: SigningKey,
}

/// How assertions are made.
#[derive(Debug)]
pub struct Settings {
    algorithm: Option<(Found, Algorithm)>,
    /// The public key of the certificate that the header names.
    certified: Option<(Found, Vec<u8>)>,
    header: Members,
    audience: Option<String>,
    lifetime: i64,
}

/// The longest lifetime that may be set, in seconds.
const LONGEST: f64 = 3600.0;

/// The key of `--signing-key` or `OAUTH_SIGNING_KEY`.
pub fn key(sources: &Sources, warnings: &mut Vec<String>) -> Result<Option<KeyMaterial>, Failure> {
    let Some(found) = either(sources, Setting::SigningKey, Setting::SigningKeyFile)? else { return Ok(None) };
    let id = sources.find(Setting::KeyId)?;
    let id = id.as_ref().map(Found::value);
    let key = if found.setting == Setting::SigningKey {
        parse(sources, found.value().as_bytes(), id).map_err(|fault| {
            let failure = unusable(&found, &fault, None);
            match misplaced::name_for_key(found.value()) {
                Some(hint) => failure.hint(hint),
                None => failure,
            }
        })?
    } else {
        let content = file::read(&found, found.value())?;
        warnings.extend(content.warning);
        parse(sources, &content.bytes, id).map_err(|fault| unusable(&found, &fault, Some(found.value())))?
    };
    Ok(Some(KeyMaterial { found, key }))
}

/// What is wrong with a key: with the key itself, or with its passphrase.
pub(super) enum Unusable {
    Key(KeyFault),
    Passphrase(Failure),
}

pub(super) fn parse(sources: &Sources, bytes: &[u8], id: Option<&str>) -> Result<SigningKey, Unusable> {
    // It may come from stdin, and not for this key.
    let passphrase =
        if is_encrypted(bytes) { passphrase(sources).map_err(Unusable::Passphrase)? } else { None };
    SigningKey::parse(bytes, passphrase.as_ref(), id).map_err(Unusable::Key)
}

pub(super) fn passphrase(sources: &Sources) -> Result<Option<Secret>, Failure> {
    let found = either(sources, Setting::KeyPassphrase, Setting::KeyPassphraseFile)?;
    found.map(|found| resolve(&found, Setting::KeyPassphrase)).transpose()
}

pub(super) fn unusable(found: &Found, fault: &Unusable, file: Option<&str>) -> Failure {
    match fault {
        Unusable::Passphrase(failure) => {
            Failure::new(failure.exit, failure.message.clone()).maybe_hint(failure.hint.clone())
        }
        Unusable::Key(fault) => {
            let place = file.map_or_else(String::new, |file| format!(": {}", escape(file)));
            Failure::config(format!("{} cannot be used: {}{place}", found.subject(), fault.reason))
                .hint(fault.hint.clone())
        }
    }
}

/// How assertions are made.
pub fn settings(sources: &Sources) -> Result<Settings, Failure> {
    let mut header = Members::new();
    if let Some(found) = sources.find(Setting::KeyId)? {
        header.insert("kid".to_owned(), found.value().into());
    }
    match sources.find(Setting::AssertionType)? {
        None => header.insert("typ".to_owned(), "JWT".into()),
        Some(found) if found.value() == "none" => None,
        Some(found) => header.insert("typ".to_owned(), found.value().into()),
    };
    let mut certified = None;
    if let Some(named) = certificate(sources)? {
        header.insert(named.header.0.to_owned(), named.header.1.into());
        certified = Some((named.found, named.public));
    }
    let lifetime = value::seconds(sources, Setting::AssertionLifetime, 1.0..=LONGEST)?;
    Ok(Settings {
        algorithm: algorithm(sources)?,
        certified,
        header,
        audience: sources.find(Setting::AssertionAudience)?.map(|found| found.value().to_owned()),
        lifetime: i64::try_from(lifetime.as_secs()).unwrap_or(60),
    })
}

/// Whether two public keys are one. A point may be written without its second number, of which its first byte then
/// tells whether it is odd (SEC 1 section 2.3.3).
fn is_same_key(certified: &[u8], own: &[u8]) -> bool {
    match (certified, own) {
        ([sign @ (2 | 3), x @ ..], [4, point @ ..]) if point.len() == 2 * x.len() => {
            point.starts_with(x) && point.last().is_some_and(|last| last & 1 == sign & 1)
        }
        _ => certified == own,
    }
}

fn algorithm(sources: &Sources) -> Result<Option<(Found, Algorithm)>, Failure> {
    let Some(found) = sources.find(Setting::Algorithm)? else { return Ok(None) };
    match Algorithm::parse(found.value()) {
        Some(algorithm) => Ok(Some((found, algorithm))),
        None => Err(Failure::usage(format!("{} is no algorithm that is known", found.subject()))
            .hint(format!("write one of {}", Algorithm::names().join(", ")))),
    }
}

/// A certificate that the header names.
struct Named {
    found: Found,
    header: (&'static str, String),
    public: Vec<u8>,
}

fn certificate(sources: &Sources) -> Result<Option<Named>, Failure> {
    let hash = match sources.find(Setting::Thumbprint)? {
        None => Thumbprint::default(),
        Some(found) => Thumbprint::parse(found.value()).ok_or_else(|| {
            Failure::usage(format!("{} is neither `sha256` nor `sha1`", found.subject())).hint("leave it out")
        })?,
    };
    let Some(found) = sources.find(Setting::SigningCert)? else { return Ok(None) };
    let content = file::read(&found, found.value())?;
    let read = hash
        .of(&content.bytes, Moment::now().now)
        .and_then(|header| public_key(&content.bytes).map(|public| (header, public)));
    match read {
        Ok((header, public)) => Ok(Some(Named { found, header, public })),
        Err(fault) => Err(super::certificate::failure(fault, &found, &found)),
    }
}

impl Settings {
    /// Whether the algorithm that was set takes a secret for its key.
    pub fn wants_secret(&self) -> bool {
        self.algorithm.as_ref().is_some_and(|(_, algorithm)| algorithm.fits(Family::Secret))
    }

    /// Adds how assertions are made.
    pub fn identify(&self, identity: &mut Identity) {
        identity.add("algorithm", self.algorithm.as_ref().map_or("", |(_, algorithm)| algorithm.name()));
        identity.add("assertion_header", &serde_json::Value::Object(self.header.clone()).to_string());
        identity.add("assertion_audience", self.audience.as_deref().unwrap_or_default());
        identity.add("assertion_lifetime", &self.lifetime.to_string());
    }

    /// A signer with this key. `supported` are the algorithms that the server lists, if it does.
    pub fn signer(
        &self,
        material: &KeyMaterial,
        issuer: &str,
        subject: Option<&str>,
        supported: &[String],
    ) -> Result<Signer, Failure> {
        if let (Some((found, certified)), Some(public)) = (&self.certified, material.key.public())
            && !is_same_key(certified, public)
        {
            let (subject, file) = (found.subject(), escape(found.value()));
            return Err(Failure::config(format!(
                "the file of {subject} holds the certificate of another key than {}: {file}",
                material.found.subject()
            ))
            .hint("give the certificate that was made for the key"));
        }
        let mut header = self.header.clone();
        if let (false, Some(id)) = (header.contains_key("kid"), &material.key.id) {
            header.insert("kid".to_owned(), id.as_str().into());
        }
        Ok(Signer {
            key: material.key.clone(),
            algorithm: self.algorithm(material, supported)?,
            header,
            issuer: issuer.to_owned(),
            subject: subject.map(str::to_owned),
            audience: self.audience.clone(),
            lifetime: self.lifetime,
            claims: Members::new(),
        })
    }

    /// The user's algorithm if it fits the key; else the key's own, else the first that the server lists.
    fn algorithm(&self, material: &KeyMaterial, supported: &[String]) -> Result<Algorithm, Failure> {
        let family = material.key.family;
        let fitting = Algorithm::of(family);
        let own = material.key.algorithm.as_deref().and_then(Algorithm::parse);
        if let Some((found, algorithm)) = &self.algorithm {
            if let Some(own) = own.filter(|own| own != algorithm) {
                return Err(Failure::usage(format!(
                    "{} is `{}`, but the `alg` of {} is `{}`",
                    found.subject(),
                    algorithm.name(),
                    material.found.subject(),
                    own.name()
                ))
                .hint("leave it out, or take `alg` out of the JWK"));
            }
            if algorithm.fits(family) {
                return Ok(*algorithm);
            }
            let names: Vec<&str> = fitting.iter().map(|algorithm| algorithm.name()).collect();
            return Err(Failure::usage(format!(
                "{} is `{}`, which the key of {} cannot sign",
                found.subject(),
                algorithm.name(),
                material.found.subject()
            ))
            .hint(format!("leave it out, or write one of {}", names.join(", "))));
        }
        let offered = || fitting.iter().find(|own| supported.iter().any(|name| name == own.name())).copied();
        own.or_else(offered)
            .or_else(|| fitting.first().copied())
            .ok_or_else(|| Failure::from(anyhow::anyhow!("a key without an algorithm")))
    }
}

#[cfg(test)]
mod tests {
    use super::super::found::Origin;
    use super::*;

    #[test]
    fn an_algorithm_other_than_the_keys_own_is_refused() {
        let found = |setting, value: &str| Found {
            setting,
            values: vec![value.to_owned()],
            origin: Origin::CommandLine,
        };
        let mut key = SigningKey::of_secret(b"secret");
        key.algorithm = Some("HS384".to_owned());
        let material = KeyMaterial { found: found(Setting::SigningKeyFile, "key"), key };
        for (typed, chosen) in [(None, Ok("HS384")), (Some("HS384"), Ok("HS384")), (Some("HS256"), Err(2))] {
            let algorithm =
                typed.map(|name| (found(Setting::Algorithm, name), Algorithm::parse(name).unwrap()));
            let settings =
                Settings { algorithm, certified: None, header: Members::new(), audience: None, lifetime: 60 };
            let outcome = settings.algorithm(&material, &["HS512".to_owned()]);
            assert_eq!(outcome.map(Algorithm::name).map_err(|failure| failure.exit.code()), chosen);
        }
    }

    #[test]
    fn a_point_without_its_second_number_is_the_same_key() {
        let point = [4, 1, 2, 3, 5];
        assert!(is_same_key(&point, &point) && is_same_key(&[3, 1, 2], &point));
        for other in [&[2, 1, 2][..], &[3, 1, 3], &[3, 1], &[], &[4, 1, 2, 3, 6], &[4, 1, 2]] {
            assert!(!is_same_key(other, &point), "{other:?}");
        }
    }
}
