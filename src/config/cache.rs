//! The cache as it was asked for: where it is, which entry is meant, and what is demanded of a token in it.

use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;

use super::Config;
use super::setting::Setting;
use super::source::Source;
use super::sources::Sources;
use super::{trust, value};
use crate::cache::{self, Cache, Identity, Policy};
use crate::error::Failure;
use crate::jose::{jwk, sha256};
use crate::secret::Secret;

/// The longest time that may be demanded or assumed, in seconds.
const LONGEST: f64 = 86_400.0;

/// The longest refresh token that is looked at, in bytes.
const LONGEST_TOKEN: u64 = 64 * 1024;

/// Where the cache is and what it may answer with.
#[derive(Debug)]
pub struct Settings {
    directory: PathBuf,
    policy: Policy,
}

/// The settings, where the cache is on and has a place.
pub fn read(sources: &Sources) -> Result<Option<Settings>, Failure> {
    let policy = Policy {
        refresh: sources.cli.cache.refresh,
        min_ttl: duration(sources, Setting::MinTtl)?,
        assume_ttl: duration(sources, Setting::AssumeTtl)?,
    };
    let directory = directory(sources)?;
    if sources.cli.cache.no_cache || !sources.is_on(Setting::Cache)? {
        return Ok(None);
    }
    Ok(directory.map(|directory| Settings { directory, policy }))
}

/// What to warn of: an option that only the cache has, where it is off, or no place for one that is on.
pub fn warning(sources: &Sources, is_on: bool) -> Result<Option<String>, Failure> {
    let cli = &sources.cli.cache;
    let typed = [
        (cli.refresh, "--refresh"),
        (cli.min_ttl.is_some(), "--min-ttl"),
        (cli.assume_ttl.is_some(), "--assume-ttl"),
        (cli.cache_dir.is_some(), "--cache-dir"),
    ];
    let ignored = typed.iter().find(|(is_typed, _)| *is_typed && !is_on).map(|(_, option)| *option);
    let is_wanted = !cli.no_cache && sources.is_on(Setting::Cache)?;
    Ok(match (ignored, is_wanted && !is_on) {
        (_, true) => Some("the cache is not used: there is no home directory for it".to_owned()),
        (Some(option), _) if cli.no_cache => Some(format!("`{option}` does nothing with `--no-cache`")),
        (Some(option), _) => Some(format!("`{option}` does nothing without `--cache`")),
        (None, _) => None,
    })
}

/// Where the cache is, whether it is on or not.
pub fn directory(sources: &Sources) -> Result<Option<PathBuf>, Failure> {
    if let Some(found) = sources.find(Setting::CacheDir)? {
        trust::written_file(&found)?;
        if found.value().is_empty() {
            return Err(Failure::usage(format!("{} names no directory", found.subject()))
                .hint("name one, or leave it out"));
        }
        return Ok(Some(PathBuf::from(found.value())));
    }
    let variable = |name: &str| sources.environment.0.get(name).map(PathBuf::from);
    Ok(cache::default_directory(&variable))
}

/// A setting that is a time, as in 90, 90s, 5m or 1h, in seconds.
fn duration(sources: &Sources, setting: Setting) -> Result<Option<i64>, Failure> {
    let Some(found) = sources.find(setting)? else { return Ok(None) };
    let seconds = value::time(found.value()).filter(|seconds| *seconds <= LONGEST && seconds.fract() == 0.0);
    match seconds
        .map(|seconds| Duration::from_secs_f64(seconds).as_secs())
        .and_then(|whole| i64::try_from(whole).ok())
    {
        Some(seconds) => Ok(Some(seconds)),
        None => Err(Failure::usage(format!("{} is not a time", found.subject()))
            .hint("write whole seconds, minutes or hours, as in 90, 90s, 5m or 1h, up to 24h")),
    }
}

impl Config {
    /// The cache for this request, where it is on. `refresh` is the refresh token, where it is known better than by
    /// its file.
    pub fn cache(&self, refresh: Option<&Secret>) -> Result<Option<Cache>, Failure> {
        let Some(settings) = &self.cache else { return Ok(None) };
        Ok(Some(Cache::new(settings.directory.clone(), &self.identity(refresh), settings.policy)?))
    }

    /// How long others are waited for.
    pub fn patience(&self) -> Duration {
        self.transport.max_time
    }

    /// How many seconds a token must be valid for, where the user says so.
    pub fn min_ttl(&self) -> Option<i64> {
        self.cache.as_ref()?.policy.min_ttl
    }

    /// Everything that makes the token what it is.
    fn identity(&self, refresh: Option<&Secret>) -> Identity {
        let mut identity = Identity::default();
        match &self.target {
            super::Target::Url(endpoint, _) => identity.add("url", endpoint.as_str()),
            super::Target::Issuer(issuer, _) => identity.add("issuer", &issuer.text),
        }
        self.credentials.identify(&mut identity);
        identity.add("grant_type", self.kind.name());
        match refresh {
            Some(token) => identity.add_secret("refresh_token", token.expose().as_bytes()),
            None => self.grant.identify(&mut identity),
        }
        let mut scopes: Vec<&str> = self.ask.scope.split(' ').collect();
        scopes.sort_unstable();
        scopes.dedup();
        for scope in scopes {
            identity.add("scope", scope);
        }
        self.ask.audiences.iter().for_each(|audience| identity.add("audience", audience));
        self.ask.resources.iter().for_each(|resource| identity.add("resource", resource));
        for (kind, pairs) in [("param", &self.ask.params), ("header", &self.ask.headers)] {
            for (name, value) in pairs {
                identity.add(kind, name);
                identity.add_secret(kind, value.expose().as_bytes());
            }
        }
        if let Some(dpop) = &self.dpop {
            identity.add("dpop", &jwk::thumbprint(&dpop.key.public_jwk()));
        }
        if let Some(certificate) = self.credentials.certificate() {
            identity.add_secret("certificate", &certificate.key);
            certificate.chain.iter().for_each(|der| identity.add_secret("certificate", &sha256(der)));
        }
        identity
    }
}

impl Source {
    /// What it is known by, as a secret.
    pub fn identify(&self, name: &str, identity: &mut Identity) {
        match self {
            Self::Ready(secret) => identity.add_secret(name, secret.expose().as_bytes()),
            // Another token, another login: the path alone would not tell. It is read without its lock, for nobody
            // asks yet.
            Self::RefreshFile { path, .. } => {
                let mut content = zeroize::Zeroizing::new(Vec::new());
                if path.is_file()
                    && let Ok(file) = std::fs::File::open(path)
                {
                    let _ = file.take(LONGEST_TOKEN).read_to_end(&mut content);
                }
                identity.add_secret(name, content.trim_ascii_end());
            }
            Self::Runner(runner) => identity.add_secret(name, runner.secret().expose().as_bytes()),
        }
    }
}
