//! The secrets within the value of a header field: a server may tell of one without what stands around it.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use zeroize::Zeroizing;

use crate::secret::Secret;

/// What follows the scheme of an `Authorization` (RFC 9110 section 11.4), the password of `Basic` (RFC 7617), and the
/// values of cookies and other pairs (RFC 6265 section 4.2).
pub fn parts(value: &Secret) -> Vec<Secret> {
    let value = value.expose().trim();
    let mut parts = Vec::new();
    if let Some((scheme, credentials)) = value.split_once(' ') {
        let credentials = credentials.trim();
        parts.push(Secret::new(credentials.to_owned()));
        if scheme.eq_ignore_ascii_case("Basic") {
            parts.extend(password(credentials));
        }
    }
    let pairs = value.split([';', ',', ' ']).filter_map(|pair| pair.split_once('='));
    parts.extend(pairs.map(|(_, value)| Secret::new(value.trim_matches('"').to_owned())));
    parts
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
    fn credentials_passwords_and_cookies_are_parts() {
        for (value, part) in [
            ("Bearer abc.def", "abc.def"),
            ("basic dXNlcjpwYXNzOndvcmQ=", "pass:word"),
            ("Basic dXNlcjpwYXNzOndvcmQ=", "dXNlcjpwYXNzOndvcmQ="),
            ("SESSION=abc; theme=\"dark\"", "abc"),
            ("SESSION=abc; theme=\"dark\"", "dark"),
            ("Signature keyId=\"k\",signature=\"s=\"", "s="),
        ] {
            let parts = parts(&Secret::new(value.to_owned()));
            assert!(parts.iter().any(|own| own.expose() == part), "{value}");
        }
        assert!(parts(&Secret::new("plain".to_owned())).is_empty());
    }
}
