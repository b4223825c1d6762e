//! Which grant is meant: the one that is named, else the one that the settings are for. A setting of another grant
//! is refused where it was typed, for it would do nothing without a word.

use super::found::{Found, both};
use super::setting::Setting;
use super::sources::Sources;
use crate::error::{Exit, Failure};
use crate::grant::Kind;

/// Settings that mean something to one grant alone, and whether they say by themselves that it is meant. The others
/// may be set in the environment for other calls; typed, they are meant.
const OWN: [(Setting, Kind, bool); 15] = [
    (Setting::GoogleServiceAccount, Kind::JwtBearer, true),
    (Setting::AssertionFile, Kind::JwtBearer, true),
    (Setting::AssertionIssuer, Kind::JwtBearer, false),
    (Setting::AssertionSubject, Kind::JwtBearer, false),
    (Setting::AssertionClaim, Kind::JwtBearer, false),
    (Setting::RefreshTokenFile, Kind::RefreshToken, true),
    (Setting::SubjectTokenFile, Kind::TokenExchange, true),
    (Setting::SubjectToken, Kind::TokenExchange, true),
    (Setting::SubjectTokenType, Kind::TokenExchange, false),
    (Setting::ActorTokenFile, Kind::TokenExchange, false),
    (Setting::ActorTokenType, Kind::TokenExchange, false),
    (Setting::RequestedTokenType, Kind::TokenExchange, false),
    (Setting::Username, Kind::Password, false),
    (Setting::Password, Kind::Password, false),
    (Setting::PasswordFile, Kind::Password, false),
];

/// A setting that is set, whose grant it is, and whether it says that this is meant.
type Own = (Found, &'static Kind, bool);

/// The kind of grant. What is set for another one, and was not typed, is added to `warnings` where none was named.
pub fn kind(sources: &Sources, warnings: &mut Vec<String>) -> Result<Kind, Failure> {
    let mut own = Vec::new();
    for (setting, kind, is_telling) in &OWN {
        own.extend(sources.find(*setting)?.map(|found| {
            let is_telling = *is_telling || (found.is_typed() && *kind != Kind::Password);
            (found, kind, is_telling)
        }));
    }
    let named = sources.find(Setting::GrantType)?;
    let kind = match &named {
        Some(found) => Kind::parse(found.value()).map_err(|reason| {
            Failure::usage(format!("{} is not usable: {reason}", found.subject()))
                .hint("write a name as in client_credentials, or a URI")
        })?,
        None => implied(&own)?,
    };
    for (found, other, _) in own.iter().filter(|(_, other, _)| **other != kind) {
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
fn implied(own: &[Own]) -> Result<Kind, Failure> {
    let telling = || own.iter().filter(|(.., is_telling)| *is_telling);
    let Some((first, kind, _)) = telling().min_by_key(|(found, ..)| &found.origin) else {
        return Ok(Kind::ClientCredentials);
    };
    match telling().find(|(found, other, _)| found.origin == first.origin && other != kind) {
        None => Ok((*kind).clone()),
        Some((second, other, _)) => {
            let (names, kinds) = (both(first, second), format!("`{}` and `{}`", kind.short(), other.short()));
            let exit = if first.is_typed() { Exit::Usage } else { Exit::Config };
            Err(Failure::new(exit, format!("{names}, are for two grants, {kinds}"))
                .hint("leave out one of them, or name the grant with `--grant-type`"))
        }
    }
}
