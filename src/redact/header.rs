//! The secrets within the value of a header field: a server may tell of one without what stands around it.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use zeroize::Zeroizing;

use crate::secret::Secret;

/// What follows the scheme of an `Authorization` (RFC 9110 section 11.4), and the password of `Basic` (RFC 7617).
pub fn credentials(value: &Secret) -> Vec<Secret> {
    let Some((scheme, credentials)) = value.expose().trim().split_once(' ') else { return Vec::new() };
    let credentials = credentials.trim();
    let password = password(credentials).filter(|_| scheme.eq_ignore_ascii_case("Basic"));
    std::iter::once(Secret::new(credentials.to_owned())).chain(password).collect()
}

/// The values of cookies and other pairs (RFC 6265 section 4.2). One may be a word that stands elsewhere, too: the
/// name of a tenant is no less a cookie.
pub fn pairs(value: &Secret) -> Vec<Secret> {
    let pairs = value.expose().split([';', ',', ' ']).filter_map(|pair| pair.split_once('='));
    pairs.map(|(_, value)| Secret::new(value.trim_matches('"').to_owned())).collect()
}

fn password(credentials: &str) -> Option<Secret> {
    let bytes = Zeroizing::new(BASE64_STANDARD.decode(credentials).ok()?);
    let (_, password) = std::str::from_utf8(&bytes).ok()?.split_once(':')?;
    Some(Secret::new(password.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_and_passwords_are_found() {
        for (value, part) in [
            ("Bearer abc.def", "abc.def"),
            ("basic dXNlcjpwYXNzOndvcmQ=", "pass:word"),
            ("Basic dXNlcjpwYXNzOndvcmQ=", "dXNlcjpwYXNzOndvcmQ="),
        ] {
            let found = credentials(&Secret::new(value.to_owned()));
            assert!(found.iter().any(|own| own.expose() == part), "{value}");
        }
        assert!(credentials(&Secret::new("plain".to_owned())).is_empty());
    }

    #[test]
    fn cookies_and_other_pairs_are_found() {
        for (value, part) in [
            ("SESSION=abc; theme=\"dark\"", "abc"),
            ("SESSION=abc; theme=\"dark\"", "dark"),
            ("Signature keyId=\"k\",signature=\"s=\"", "s="),
        ] {
            let found = pairs(&Secret::new(value.to_owned()));
            assert!(found.iter().any(|own| own.expose() == part), "{value}");
        }
        assert!(pairs(&Secret::new("plain".to_owned())).is_empty());
    }
}
