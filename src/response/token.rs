//! [`Token`]: an access token and what is known of it: its scheme, its end, whether it can stand in a header.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use super::fields::Fields;
use crate::error::{Exit, Failure};
use crate::secret::Secret;

/// An access token, checked, with all that came with it.
#[derive(Debug)]
pub struct Token {
    /// Printable ASCII (RFC 6749 appendix A.12), not empty.
    pub access_token: Secret,
    /// As the server spells it, where it says one.
    pub token_type: Option<String>,
    /// Seconds from `received_at`, as the server says; zero and negative numbers included.
    pub expires_in: Option<i64>,
    /// When the answer came, in seconds of the Unix epoch by the local clock.
    pub received_at: i64,
    /// Every field of the answer, in its order.
    pub fields: Fields,
}

impl Token {
    /// The scheme of the `Authorization` header.
    pub fn scheme(&self) -> &'static str {
        if self.token_type.as_deref().is_some_and(is_dpop) { "DPoP" } else { "Bearer" }
    }

    /// When the token expires, in seconds of the Unix epoch: as the server says, else by the `exp` of a
    /// token that is a JWT (RFC 7519 section 4.1.4).
    pub fn expires_at(&self) -> Option<i64> {
        match self.expires_in {
            Some(seconds) => Some(self.received_at.saturating_add(seconds)),
            None => jwt_expiry(self.access_token.expose()),
        }
    }

    /// The shorter of the lifetimes that the server says and that the token itself says, in seconds.
    pub fn shortest_lifetime(&self) -> Option<i64> {
        let own = jwt_expiry(self.access_token.expose()).map(|at| at.saturating_sub(self.received_at));
        match (self.expires_in, own) {
            (Some(said), Some(own)) => Some(said.min(own)),
            (said, own) => said.or(own),
        }
    }

    /// How many seconds the token is valid for, by the same two sources.
    pub fn lifetime(&self) -> Option<i64> {
        self.expires_in.or_else(|| self.expires_at().map(|at| at.saturating_sub(self.received_at)))
    }
}

/// Refuses a token that cannot stand in an `Authorization` header (RFC 6750 section 2.1).
pub fn require_header_safe(token: &Token) -> Result<(), Failure> {
    if token.access_token.expose().contains(' ') {
        let message = "the access token holds a space, which would break an `Authorization` header";
        return Err(
            Failure::new(Exit::NotAToken, message).hint("leave out `--header` to get the token as it is")
        );
    }
    Ok(())
}

/// Whether a token type is that of RFC 9449.
pub fn is_dpop(token_type: &str) -> bool {
    token_type.eq_ignore_ascii_case("DPoP")
}

fn jwt_expiry(token: &str) -> Option<i64> {
    let mut parts = token.split('.');
    let (_header, payload, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    let payload = BASE64_URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    parts.next().is_none().then(|| Fields::parse(std::str::from_utf8(&payload).ok()?)?.integer("exp"))?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: impl AsRef<str>) -> Token {
        let fields = Fields::parse(json.as_ref()).unwrap();
        Token {
            access_token: Secret::new(fields.text("access_token").unwrap()),
            token_type: fields.text("token_type"),
            expires_in: fields.integer("expires_in"),
            received_at: 1000,
            fields,
        }
    }

    #[test]
    fn an_extreme_lifetime_saturates_and_does_not_wrap() {
        let token = read(format!(r#"{{"access_token":"t","expires_in":{}}}"#, i64::MAX));
        assert_eq!(token.expires_at(), Some(i64::MAX));
    }

    #[test]
    fn a_jwt_tells_its_own_expiry_where_the_server_does_not() {
        let payload = BASE64_URL_SAFE_NO_PAD.encode(r#"{"sub":"a","exp":1600.5}"#);
        let token = read(format!(r#"{{"access_token":"e30.{payload}.c2ln"}}"#));
        assert_eq!((token.expires_at(), token.lifetime()), (Some(1600), Some(600)));
        for other in ["e30.!!.x", "a.b", "e30.e30.x", "a.b.c.d"] {
            assert_eq!(read(format!(r#"{{"access_token":"{other}"}}"#)).expires_at(), None);
        }
    }

    #[test]
    fn a_token_with_a_space_is_no_header() {
        assert!(require_header_safe(&read(r#"{"access_token":"a b"}"#)).is_err());
        assert!(require_header_safe(&read(r#"{"access_token":"a^b#c"}"#)).is_ok());
    }
}
