//! [`Grant`]: each grant as form parameters (RFC 6749 sections 4 and 6, 7523, 8693), and whether asking twice
//! is harmless.

use crate::assertion::{Moment, Signer};
use crate::secret::{Named, Secret, hidden, plain};

/// A kind of grant, before what it needs is known.
#[allow(missing_docs, reason = "their names document them")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    ClientCredentials,
    RefreshToken,
    JwtBearer,
    TokenExchange,
    Password,
    /// Any other, by its registered name or its URI (RFC 6749 section 4.5).
    Extension(String),
}

/// Kinds by the value of `grant_type`, and the short names that stand for it.
const KINDS: [(Kind, &str, &str); 5] = [
    (Kind::ClientCredentials, "client_credentials", "client_credentials"),
    (Kind::RefreshToken, "refresh_token", "refresh_token"),
    (Kind::JwtBearer, "urn:ietf:params:oauth:grant-type:jwt-bearer", "jwt_bearer"),
    (Kind::TokenExchange, "urn:ietf:params:oauth:grant-type:token-exchange", "token_exchange"),
    (Kind::Password, "password", "password"),
];

/// The URIs of token types begin with this (RFC 8693 section 3).
const TOKEN_TYPE: &str = "urn:ietf:params:oauth:token-type:";

impl Kind {
    /// Reads `--grant-type`: names with underscores or hyphens, short or whole.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let short = text.to_ascii_lowercase().replace('-', "_");
        if let Some((kind, ..)) = KINDS.iter().find(|(_, name, own)| *name == text || *own == short) {
            return Ok(kind.clone());
        }
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("a grant type is a name or a URI in printable ASCII, without spaces");
        }
        Ok(Self::Extension(text.to_owned()))
    }

    /// The short name that an extension's name is a part of, or is but for its hyphens: it may be what was meant.
    pub fn nearly(&self) -> Option<&'static str> {
        let Self::Extension(name) = self else { return None };
        let letters = |text: &str| text.replace(['_', '-'], "").to_ascii_lowercase();
        let name = letters(name);
        let is_part = |own: &str| own.starts_with(&name) || own.ends_with(&name);
        KINDS.iter().map(|row| row.2).find(|own| is_part(&letters(own)))
    }

    /// The short name, for messages.
    pub fn short(&self) -> &str {
        match self {
            Self::Extension(name) => name,
            known => KINDS.iter().find(|row| row.0 == *known).map_or("", |row| row.2),
        }
    }

    /// The value of `grant_type`.
    pub fn name(&self) -> &str {
        match self {
            Self::Extension(name) => name,
            known => KINDS.iter().find(|row| row.0 == *known).map_or("", |row| row.1),
        }
    }
}

/// A token type: a URI, or the last word of one of RFC 8693's.
pub fn token_type(text: &str) -> String {
    if text.contains(':') { text.to_owned() } else { format!("{TOKEN_TYPE}{}", text.replace('-', "_")) }
}

/// A token that is exchanged, and its type's URI.
#[derive(Clone, Debug)]
pub struct Exchanged {
    /// The token.
    pub token: Secret,
    /// Its type.
    pub token_type: String,
}

/// An assertion that is the grant.
#[derive(Clone, Debug)]
pub enum Assertion {
    /// From elsewhere.
    Ready(Secret),
    /// Signed here, anew for each attempt.
    Signed(Box<Signer>),
}

/// What is exchanged for the token.
#[derive(Clone, Debug)]
pub enum Grant {
    /// The client's own credentials (RFC 6749 section 4.4).
    ClientCredentials,
    /// A refresh token (section 6).
    RefreshToken(Secret),
    /// An assertion (RFC 7523 section 2.1).
    JwtBearer(Assertion),
    /// Other tokens (RFC 8693 section 2.1).
    TokenExchange {
        /// On whose behalf.
        subject: Exchanged,
        /// Who acts.
        actor: Option<Exchanged>,
        /// The type of token that is wanted.
        requested_type: Option<String>,
    },
    /// Somebody's password (RFC 6749 section 4.3).
    Password {
        /// Whose.
        username: String,
        /// The password.
        password: Secret,
    },
    /// Any other; what it needs comes by `--param` and `--param-file`.
    Extension(String),
}

impl Grant {
    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::ClientCredentials => Kind::ClientCredentials,
            Self::RefreshToken(_) => Kind::RefreshToken,
            Self::JwtBearer(_) => Kind::JwtBearer,
            Self::TokenExchange { .. } => Kind::TokenExchange,
            Self::Password { .. } => Kind::Password,
            Self::Extension(name) => Kind::Extension(name.clone()),
        }
    }

    /// Whether a request whose fate is unknown may be sent again: not where it spends something that may be
    /// good for once. What an extension spends is not known here, so it is taken to be spent.
    pub fn is_repeatable(&self) -> bool {
        match self {
            Self::ClientCredentials | Self::JwtBearer(Assertion::Signed(_)) | Self::TokenExchange { .. } => {
                true
            }
            Self::RefreshToken(_)
            | Self::JwtBearer(Assertion::Ready(_))
            | Self::Password { .. }
            | Self::Extension(_) => false,
        }
    }

    /// The secrets in it.
    pub fn secrets(&self) -> Vec<&Secret> {
        match self {
            Self::RefreshToken(token) | Self::JwtBearer(Assertion::Ready(token)) => vec![token],
            Self::TokenExchange { subject, actor, .. } => {
                std::iter::once(subject).chain(actor).map(|exchanged| &exchanged.token).collect()
            }
            Self::Password { password, .. } => vec![password],
            Self::ClientCredentials | Self::JwtBearer(Assertion::Signed(_)) | Self::Extension(_) => {
                Vec::new()
            }
        }
    }

    /// The form parameters, `grant_type` first.
    pub fn parameters(&self, audience: &str, moment: &Moment) -> anyhow::Result<Vec<Named>> {
        let mut form = vec![plain("grant_type", self.kind().name())];
        match self {
            Self::ClientCredentials | Self::Extension(_) => {}
            Self::RefreshToken(token) => form.push(hidden("refresh_token", token.clone())),
            Self::JwtBearer(Assertion::Ready(assertion)) => form.push(hidden("assertion", assertion.clone())),
            Self::JwtBearer(Assertion::Signed(signer)) => {
                form.push(hidden("assertion", signer.sign(audience, "grant", moment)?));
            }
            Self::TokenExchange { subject, actor, requested_type } => {
                form.push(hidden("subject_token", subject.token.clone()));
                form.push(plain("subject_token_type", &subject.token_type));
                if let Some(actor) = actor {
                    form.push(hidden("actor_token", actor.token.clone()));
                    form.push(plain("actor_token_type", &actor.token_type));
                }
                form.extend(requested_type.iter().map(|uri| plain("requested_token_type", uri)));
            }
            Self::Password { username, password } => {
                form.push(plain("username", username));
                form.push(hidden("password", password.clone()));
            }
        }
        Ok(form)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(grant: &Grant) -> Vec<String> {
        let moment = Moment { now: 0, id: "id".to_owned().into() };
        let form = grant.parameters("https://server", &moment).unwrap();
        form.iter().map(|(name, value)| format!("{name}={}", value.expose())).collect()
    }

    fn secret(text: &str) -> Secret {
        Secret::new(text.into())
    }

    #[test]
    fn kinds_are_read_with_hyphens_underscores_short_or_whole() {
        for (text, kind) in [
            ("client-credentials", Kind::ClientCredentials),
            ("client_credentials", Kind::ClientCredentials),
            ("refresh-token", Kind::RefreshToken),
            ("jwt-bearer", Kind::JwtBearer),
            ("urn:ietf:params:oauth:grant-type:jwt-bearer", Kind::JwtBearer),
            ("token_exchange", Kind::TokenExchange),
            ("urn:ietf:params:oauth:grant-type:token-exchange", Kind::TokenExchange),
            ("password", Kind::Password),
            ("account_credentials", Kind::Extension("account_credentials".into())),
        ] {
            assert_eq!(Kind::parse(text), Ok(kind), "{text}");
        }
        assert!(["", "a b", "a\n", "é"].iter().all(|text| Kind::parse(text).is_err()));
    }

    #[test]
    fn a_part_of_a_known_name_is_nearly_that_and_other_names_are_their_own() {
        for (text, own) in [
            ("refresh", Some("refresh_token")),
            ("clientcredentials", Some("client_credentials")),
            ("client-credential", Some("client_credentials")),
            ("jwt", Some("jwt_bearer")),
            ("Exchange", Some("token_exchange")),
            ("account_credentials", None),
            ("urn:ibm:params:oauth:grant-type:apikey", None),
            ("password", None),
        ] {
            assert_eq!(Kind::parse(text).unwrap().nearly(), own, "{text}");
        }
    }

    #[test]
    fn other_grants_keep_their_spelling_and_are_never_repeated() {
        let grant = Grant::Extension("urn:ibm:params:oauth:grant-type:apikey".into());
        assert_eq!(form(&grant), ["grant_type=urn:ibm:params:oauth:grant-type:apikey"]);
        assert!(!grant.is_repeatable() && Grant::ClientCredentials.is_repeatable());
    }

    #[test]
    fn what_may_be_good_for_once_is_never_repeated() {
        assert!(!Grant::RefreshToken(secret("r")).is_repeatable());
        assert!(!Grant::JwtBearer(Assertion::Ready(secret("a"))).is_repeatable());
        assert_eq!(form(&Grant::RefreshToken(secret("r"))), ["grant_type=refresh_token", "refresh_token=r"]);
    }

    #[test]
    fn a_token_exchange_names_its_types_by_uri() {
        let grant = Grant::TokenExchange {
            subject: Exchanged { token: secret("s"), token_type: token_type("jwt") },
            actor: Some(Exchanged { token: secret("a"), token_type: token_type("urn:x:y") }),
            requested_type: Some(token_type("access-token")),
        };
        assert_eq!(
            form(&grant),
            [
                "grant_type=urn:ietf:params:oauth:grant-type:token-exchange",
                "subject_token=s",
                "subject_token_type=urn:ietf:params:oauth:token-type:jwt",
                "actor_token=a",
                "actor_token_type=urn:x:y",
                "requested_token_type=urn:ietf:params:oauth:token-type:access_token",
            ]
        );
        assert_eq!(grant.secrets().len(), 2);
    }
}
