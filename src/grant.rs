//! [`Grant`]: each grant as form parameters (RFC 6749 section 4), and whether asking twice is harmless.

/// What is exchanged for the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grant {
    /// The client's own credentials (RFC 6749 section 4.4).
    ClientCredentials,
    /// Any other, by its registered name or its URI (section 4.5); what it needs comes by `--param` and
    /// `--param-file`.
    Extension(String),
}

impl Grant {
    /// Reads `--grant-type`. Hyphens serve for underscores in the name that is known.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.replace('-', "_").eq_ignore_ascii_case("client_credentials") {
            return Ok(Self::ClientCredentials);
        }
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("a grant type is a name or a URI in printable ASCII, without spaces".to_owned());
        }
        Ok(Self::Extension(text.to_owned()))
    }

    /// The value of `grant_type`.
    pub fn name(&self) -> &str {
        match self {
            Self::ClientCredentials => "client_credentials",
            Self::Extension(name) => name,
        }
    }

    /// Whether a request whose fate is unknown may be sent again. What an extension grant spends (a code,
    /// a refresh token) is not known here, so it is taken to be spent.
    pub fn is_repeatable(&self) -> bool {
        matches!(self, Self::ClientCredentials)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_credentials_may_be_written_with_hyphens() {
        assert_eq!(Grant::parse("client-credentials"), Ok(Grant::ClientCredentials));
        assert_eq!(Grant::parse("client_credentials"), Ok(Grant::ClientCredentials));
    }

    #[test]
    fn other_grants_keep_their_spelling_and_are_never_repeated() {
        let grant = Grant::parse("urn:ibm:params:oauth:grant-type:apikey").unwrap();
        assert_eq!(grant.name(), "urn:ibm:params:oauth:grant-type:apikey");
        assert!(!grant.is_repeatable() && Grant::ClientCredentials.is_repeatable());
    }

    #[test]
    fn spaces_controls_and_nothing_are_no_grant() {
        assert!(["", "a b", "a\n", "é"].iter().all(|text| Grant::parse(text).is_err()));
    }
}
