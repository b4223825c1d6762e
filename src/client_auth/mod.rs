//! [`ClientAuth`]: how the client proves itself (RFC 6749 section 2.3, 7523, 8705). Exactly one way per
//! request; another is never tried by itself, for that would send the credentials twice. One file per family.

pub mod certificate;
pub mod secret;

use crate::assertion::{Moment, Signer};
use crate::secret::{Named, Secret, hidden, plain};

pub use certificate::Certificate;
pub use secret::BasicEncoding;

/// The value of `client_assertion_type` (RFC 7523 section 2.2).
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A way of proving who asks. The strongest comes first: what no other party can replay before what one can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// An assertion signed with the client's private key, or by somebody the server trusts.
    PrivateKeyJwt,
    /// The certificate of the connection, from an authority.
    TlsClientAuth,
    /// The certificate of the connection, registered as it is.
    SelfSignedTlsClientAuth,
    /// An assertion signed with the client secret.
    ClientSecretJwt,
    /// Id and secret in the `Authorization` header.
    ClientSecretBasic,
    /// Id and secret in the form.
    ClientSecretPost,
    /// A public client: its id in the form and no proof.
    None,
}

/// The methods by their registered names (RFC 7591 section 2, 8705 section 2), and short ones.
const METHODS: [(Method, &str, &str); 7] = [
    (Method::PrivateKeyJwt, "private_key_jwt", ""),
    (Method::TlsClientAuth, "tls_client_auth", "tls"),
    (Method::SelfSignedTlsClientAuth, "self_signed_tls_client_auth", "self_signed_tls"),
    (Method::ClientSecretJwt, "client_secret_jwt", ""),
    (Method::ClientSecretBasic, "client_secret_basic", "basic"),
    (Method::ClientSecretPost, "client_secret_post", "post"),
    (Method::None, "none", ""),
];

impl Method {
    /// Reads `--auth-method`: registered names, hyphens for underscores, and the short ones.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase().replace('-', "_");
        METHODS
            .iter()
            .find(|(_, name, short)| *name == text || (!short.is_empty() && *short == text))
            .map(|row| row.0)
    }

    /// The registered name.
    pub fn name(self) -> &'static str {
        METHODS[self as usize].1
    }

    /// All names.
    pub fn names() -> Vec<&'static str> {
        METHODS.iter().map(|row| row.1).collect()
    }
}

/// The client and its proof, complete.
#[derive(Clone, Debug)]
pub enum ClientAuth {
    /// `client_secret_basic`.
    Basic {
        /// The client's id.
        id: String,
        /// The client's secret.
        secret: Secret,
        /// How both are spelled before Base64.
        encoding: BasicEncoding,
    },
    /// `client_secret_post`.
    Post {
        /// The client's id.
        id: String,
        /// The client's secret.
        secret: Secret,
    },
    /// `client_secret_jwt` or `private_key_jwt`, signed here for each attempt.
    Signed {
        /// Which of the two.
        method: Method,
        /// Who signs; the client's id is the issuer.
        signer: Box<Signer>,
    },
    /// `private_key_jwt` with an assertion from elsewhere, which may name the client by itself.
    Assertion {
        /// The client's id, where it is given.
        id: Option<String>,
        /// The assertion.
        assertion: Secret,
    },
    /// `tls_client_auth` or `self_signed_tls_client_auth`: the connection proves the client.
    Tls {
        /// Which of the two.
        method: Method,
        /// The client's id.
        id: String,
    },
    /// `none`.
    None {
        /// The client's id, where there is one: a grant may say who asks.
        id: Option<String>,
    },
}

impl ClientAuth {
    /// The method in use.
    pub fn method(&self) -> Method {
        match self {
            Self::Basic { .. } => Method::ClientSecretBasic,
            Self::Post { .. } => Method::ClientSecretPost,
            Self::Signed { method, .. } | Self::Tls { method, .. } => *method,
            Self::Assertion { .. } => Method::PrivateKeyJwt,
            Self::None { .. } => Method::None,
        }
    }

    /// The client's id.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Basic { id, .. } | Self::Post { id, .. } | Self::Tls { id, .. } => Some(id),
            Self::Signed { signer, .. } => Some(&signer.issuer),
            Self::Assertion { id, .. } | Self::None { id } => id.as_deref(),
        }
    }

    /// The value of the `Authorization` header, where the method has one.
    pub fn authorization(&self) -> Option<Secret> {
        match self {
            Self::Basic { id, secret, encoding } => Some(secret::basic(id, secret, *encoding)),
            _ => None,
        }
    }

    /// What belongs in the form.
    pub fn parameters(&self, audience: &str, moment: &Moment) -> anyhow::Result<Vec<Named>> {
        let mut form = Vec::new();
        if !matches!(self, Self::Basic { .. }) {
            form.extend(self.id().map(|id| plain("client_id", id)));
        }
        let assertion = match self {
            Self::Post { secret, .. } => {
                form.push(hidden("client_secret", secret.clone()));
                None
            }
            Self::Signed { signer, .. } => Some(signer.sign(audience, "client", moment)?),
            Self::Assertion { assertion, .. } => Some(assertion.clone()),
            Self::Basic { .. } | Self::Tls { .. } | Self::None { .. } => None,
        };
        if let Some(assertion) = assertion {
            form.push(plain("client_assertion_type", ASSERTION_TYPE));
            form.push(hidden("client_assertion", assertion));
        }
        Ok(form)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_stands_at_its_place_and_is_found_by_its_registered_name_and_with_hyphens() {
        for (place, (method, name, _)) in METHODS.iter().enumerate() {
            assert_eq!(*method as usize, place);
            assert_eq!(Method::parse(name).unwrap().name(), *name);
            assert_eq!(Method::parse(&name.replace('_', "-")), Some(*method));
        }
    }

    #[test]
    fn short_spellings_are_accepted_and_others_are_not() {
        assert_eq!(Method::parse("basic"), Some(Method::ClientSecretBasic));
        assert_eq!(Method::parse("Post"), Some(Method::ClientSecretPost));
        assert_eq!(Method::parse("self-signed-tls"), Some(Method::SelfSignedTlsClientAuth));
        assert_eq!((Method::parse("bearer"), Method::parse("")), (None, None));
    }
}
