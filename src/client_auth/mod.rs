//! [`ClientAuth`]: how the client proves itself (RFC 6749 section 2.3). Exactly one way per request; the
//! other is never tried by itself, for that would send the credentials twice. One file per family.

pub mod secret;

use crate::secret::Secret;

pub use secret::BasicEncoding;

/// The methods by their registered names (RFC 7591 section 2).
pub const METHODS: [&str; 3] = ["client_secret_basic", "client_secret_post", "none"];

/// A way of proving who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Id and secret in the `Authorization` header.
    ClientSecretBasic,
    /// Id and secret in the form.
    ClientSecretPost,
    /// A public client: its id in the form and no proof.
    None,
}

impl Method {
    /// Reads `--auth-method`: registered names, hyphens for underscores, `basic` and `post`.
    pub fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().replace('-', "_").as_str() {
            "client_secret_basic" | "basic" => Some(Self::ClientSecretBasic),
            "client_secret_post" | "post" => Some(Self::ClientSecretPost),
            "none" => Some(Self::None),
            _ => None,
        }
    }

    /// The registered name.
    pub fn name(self) -> &'static str {
        METHODS[self as usize]
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
    /// `none`.
    None {
        /// The client's id.
        id: String,
    },
}

impl ClientAuth {
    /// The method in use.
    pub fn method(&self) -> Method {
        match self {
            Self::Basic { .. } => Method::ClientSecretBasic,
            Self::Post { .. } => Method::ClientSecretPost,
            Self::None { .. } => Method::None,
        }
    }

    /// The client's id.
    pub fn id(&self) -> &str {
        match self {
            Self::Basic { id, .. } | Self::Post { id, .. } | Self::None { id } => id,
        }
    }

    /// The value of the `Authorization` header, where the method has one.
    pub fn authorization(&self) -> Option<Secret> {
        match self {
            Self::Basic { id, secret, encoding } => Some(secret::basic(id, secret, *encoding)),
            Self::Post { .. } | Self::None { .. } => None,
        }
    }

    /// The client's id for the form, where it belongs there.
    pub fn form_id(&self) -> Option<&str> {
        match self {
            Self::Post { id, .. } | Self::None { id } => Some(id),
            Self::Basic { .. } => None,
        }
    }

    /// The client's secret for the form, where it belongs there.
    pub fn form_secret(&self) -> Option<&Secret> {
        match self {
            Self::Post { secret, .. } => Some(secret),
            Self::Basic { .. } | Self::None { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_is_found_by_its_registered_name_and_with_hyphens() {
        for name in METHODS {
            assert_eq!(Method::parse(name).unwrap().name(), name);
            assert_eq!(Method::parse(&name.replace('_', "-")).unwrap().name(), name);
        }
    }

    #[test]
    fn short_spellings_are_accepted_and_others_are_not() {
        assert_eq!(Method::parse("basic"), Some(Method::ClientSecretBasic));
        assert_eq!(Method::parse("Post"), Some(Method::ClientSecretPost));
        assert_eq!(Method::parse("bearer"), None);
    }
}
