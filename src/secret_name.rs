//! Names that announce a secret: of parameters in a URL or in a form, of header fields. What surely is one is
//! refused where others could read it; what may be one is not shown.

/// Names of secrets, letters and digits alone. `code` is here because some hosts keep a key in it.
const WHOLE: [&str; 18] = [
    "key",
    "code",
    "codeverifier",
    "devicecode",
    "assertion",
    "clientassertion",
    "accesstoken",
    "refreshtoken",
    "idtoken",
    "subjecttoken",
    "actortoken",
    "token",
    "pass",
    "passwd",
    "pwd",
    "jwt",
    "credential",
    "credentials",
];

/// How names of secrets end.
const ENDING: [&str; 13] = [
    "secret",
    "secretkey",
    "password",
    "passphrase",
    "apikey",
    "apitoken",
    "privatekey",
    "accesskey",
    "accountkey",
    "subscriptionkey",
    "connectionstring",
    "authtoken",
    "sessiontoken",
];

/// Last words of names that may be those of secrets. Words as common as `key` and `code` are not here alone: what
/// is hidden is also removed from every message, and a `country_code` is no secret.
const LAST_WORD: [&str; 21] = [
    "attestation",
    "auth",
    "authentication",
    "authorization",
    "bearer",
    "cookie",
    "credential",
    "dpop",
    "jwt",
    "otp",
    "pass",
    "passcode",
    "pat",
    "pin",
    "pop",
    "pwd",
    "sas",
    "session",
    "sig",
    "signature",
    "token",
];

/// Endings, letters and digits alone, of further names that may be those of secrets.
const MAY_END: [&str; 7] =
    ["authkey", "appkey", "clientkey", "functionskey", "mfacode", "samlresponse", "sessionid"];

/// Whether a parameter of this name would surely carry a secret.
pub fn is_secret(name: &str) -> bool {
    let name = letters(name);
    WHOLE.contains(&name.as_str()) || ENDING.iter().any(|ending| name.ends_with(ending))
}

/// Whether a parameter or a header field of this name may carry a secret, so that its value is not shown.
pub fn may_be_secret(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let last = lower.rsplit(|c: char| !c.is_ascii_alphanumeric()).find(|word| !word.is_empty());
    is_secret(name)
        || last.is_some_and(|word| LAST_WORD.contains(&word))
        || MAY_END.iter().any(|ending| letters(name).ends_with(ending))
}

fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_surely_is_a_secret_is_known_however_it_is_spelled() {
        for name in [
            "client_secret",
            "clientSecret",
            "api_key",
            "apikey",
            "X-Api-Key",
            "password",
            "user-password",
            "code",
            "access_token",
            "secret_key",
            "api_token",
            "device_code",
            "pwd",
            "auth_token",
            "oauth_token",
            "subscription-key",
            "jwt",
            "account_key",
            "connection_string",
            "credentials",
        ] {
            assert!(is_secret(name) && may_be_secret(name), "{name}");
        }
    }

    #[test]
    fn what_is_needed_in_plain_is_no_secret() {
        for name in [
            "account_id",
            "grant_type",
            "api-version",
            "tenant",
            "client_id",
            "requested_token_type",
            "keyid",
            "kid",
        ] {
            assert!(!is_secret(name) && !may_be_secret(name), "{name}");
        }
        assert!(
            ["country_code", "sort_key", "X-CF-ENCODED-CREDENTIALS"].iter().all(|name| !may_be_secret(name))
        );
    }

    #[test]
    fn what_may_be_a_secret_is_not_shown() {
        for name in [
            "Authorization",
            "DPoP",
            "OAuth-Client-Attestation-PoP",
            "X-Bearer",
            "X-Attestation",
            "github_pat",
            "sas",
            "X-Session",
            "X-SSL-Client-Key",
            "SAMLResponse",
            "proxy-authorization",
            "Cookie",
            "Set-Cookie",
            "X-Auth-Token",
            "Ocp-Apim-Subscription-Key",
            "X-Functions-Key",
            "X-Session-Id",
            "X-Signature",
            "mfa_code",
            "otp",
            "user_pass",
            "authkey",
            "credential",
            "jwt",
        ] {
            assert!(may_be_secret(name), "{name}");
        }
    }
}
