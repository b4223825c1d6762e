//! Which grant is meant: the one that is named, else the one that the settings are for. A setting of another grant
//! is refused where it was typed, for it would do nothing without a word.

use super::found::{Found, both};
use super::setting::Setting;
use super::sources::Sources;
use crate::error::{Exit, Failure};
use crate::grant::Kind;

/// Settings that mean something to one grant alone.
const OWN: [(Setting, Kind); 15] = [
    (Setting::GoogleServiceAccount, Kind::JwtBearer),
    (Setting::AssertionFile, Kind::JwtBearer),
    (Setting::AssertionIssuer, Kind::JwtBearer),
    (Setting::AssertionSubject, Kind::JwtBearer),
    (Setting::AssertionClaim, Kind::JwtBearer),
    (Setting::RefreshTokenFile, Kind::RefreshToken),
    (Setting::SubjectTokenFile, Kind::TokenExchange),
    (Setting::SubjectToken, Kind::TokenExchange),
    (Setting::SubjectTokenType, Kind::TokenExchange),
    (Setting::ActorTokenFile, Kind::TokenExchange),
    (Setting::ActorTokenType, Kind::TokenExchange),
    (Setting::RequestedTokenType, Kind::TokenExchange),
    (Setting::Username, Kind::Password),
    (Setting::Password, Kind::Password),
    (Setting::PasswordFile, Kind::Password),
];

/// The kind of grant. What is set for another one, and was not typed, is added to `warnings` where none was named.
pub fn kind(sources: &Sources, warnings: &mut Vec<String>) -> Result<Kind, Failure> {
    let mut own = Vec::new();
    for (setting, kind) in &OWN {
        own.extend(sources.find(*setting)?.map(|found| (found, kind)));
    }
    let named = sources.find(Setting::GrantType)?;
    let kind = match &named {
        Some(found) => Kind::parse(found.value()).map_err(|reason| {
            Failure::usage(format!("{} is not usable: {reason}", found.subject()))
                .hint("write a name as in client_credentials, or a URI")
        })?,
        None => implied(&own)?,
    };
    for (found, other) in own.iter().filter(|(_, other)| **other != kind) {
        if found.is_typed() {
            let message = format!("{} is for the grant `{}`", found.subject(), other.short());
            return Err(Failure::usage(message)
                .hint(format!("write `--grant-type {}`, or leave it out", other.short())));
        }
        // It is never meant unless it is named: whoever sets its settings alone has forgotten that.
        if named.is_none() && **other == Kind::Password {
            let (subject, name) = (found.subject(), other.short());
            warnings.push(format!("{subject} does nothing without `--grant-type {name}`"));
        }
    }
    Ok(kind)
}

/// The grant of the settings with the highest precedence.
fn implied(own: &[(Found, &Kind)]) -> Result<Kind, Failure> {
    let telling = || own.iter().filter(|(_, kind)| **kind != Kind::Password);
    let Some((first, kind)) = telling().min_by_key(|(found, _)| &found.origin) else {
        return Ok(Kind::ClientCredentials);
    };
    match telling().find(|(found, other)| found.origin == first.origin && other != kind) {
        None => Ok((*kind).clone()),
        Some((second, other)) => {
            let (names, kinds) = (both(first, second), format!("`{}` and `{}`", kind.short(), other.short()));
            let exit = if first.is_typed() { Exit::Usage } else { Exit::Config };
            Err(Failure::new(exit, format!("{names}, are for two grants, {kinds}"))
                .hint("leave out one of them, or name the grant with `--grant-type`"))
        }
    }
}
