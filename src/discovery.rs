//! An issuer's [`Metadata`] (RFC 8414, OpenID Connect Discovery 1.0): where its token endpoint is, and how a
//! client may prove itself there.

use serde_json::Value;

use crate::endpoint::{Endpoint, Plaintext, Refusal};
use crate::error::{Exit, Failure};
use crate::http::{Reply, Session};
use crate::jose::Members;
use crate::redact::Redactor;
use crate::request::TokenRequest;
use crate::shown_url::shown_url;
use crate::text::escape;

/// Who issues the tokens: the identifier as it was written, for it is compared exactly, and as a URL.
#[derive(Clone, Debug)]
pub struct Issuer {
    /// As it was written.
    pub text: String,
    /// As a URL, under the same policy as an endpoint.
    pub endpoint: Endpoint,
    /// Whether a token endpoint may be plain `http` anywhere.
    pub plaintext: Plaintext,
}

/// What an issuer says of itself, as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// `token_endpoint`.
    pub token_endpoint: Endpoint,
    /// `mtls_endpoint_aliases.token_endpoint` (RFC 8705 section 5).
    pub mtls_token_endpoint: Option<Endpoint>,
    /// `token_endpoint_auth_methods_supported`; without it, `client_secret_basic` is meant.
    pub methods: Vec<String>,
    /// `token_endpoint_auth_signing_alg_values_supported`.
    pub algorithms: Vec<String>,
}

impl Issuer {
    /// Where the metadata may be: RFC 8414 puts the well-known part before the issuer's path, OpenID Connect
    /// after it.
    pub fn well_known(&self) -> [String; 2] {
        let origin = self.endpoint.origin();
        let whole = self.endpoint.without_query();
        let path = whole.strip_prefix(&origin).unwrap_or_default().trim_end_matches('/');
        [
            format!("{origin}/.well-known/oauth-authorization-server{path}"),
            format!("{origin}{path}/.well-known/openid-configuration"),
        ]
    }

    /// Asks for the metadata; at the second place only where the first has none.
    pub fn discover(&self, session: &Session, redactor: &Redactor) -> Result<Metadata, Failure> {
        let [first, second] = self.well_known();
        let reply = self.ask(session, &first)?;
        if reply.status != 404 {
            return self.read(&reply, redactor);
        }
        self.read(&self.ask(session, &second)?, redactor)
    }

    fn ask(&self, session: &Session, url: &str) -> Result<Reply, Failure> {
        let endpoint = Endpoint::parse(url, self.plaintext).map_err(|refusal| {
            Failure::usage(format!("the issuer's metadata cannot be asked for: {}", refusal.reason))
                .hint(refusal.hint)
        })?;
        session.send(&|| Ok(TokenRequest::get(endpoint.clone(), Vec::new())))
    }

    /// Reads the metadata, and believes it only if it is this issuer's (RFC 8414 section 3.3).
    pub fn read(&self, reply: &Reply, redactor: &Redactor) -> Result<Metadata, Failure> {
        let status = reply.status;
        let refuse = |exit, what: &str| {
            Failure::new(exit, format!("the issuer's metadata cannot be used: {what} ({status})"))
                .hint("check `--issuer`; `--url` names the token endpoint itself, and needs no metadata")
        };
        match status {
            200 => {}
            300..=399 => {
                let target = redactor.show(&shown_url(reply.header("location").unwrap_or("nowhere")));
                let what = format!("the answer is a redirect to `{target}`, which is never followed");
                return Err(refuse(Exit::NotAToken, &what));
            }
            404 => {
                let [first, second] = self.well_known().map(|place| escape(&place));
                let none = refuse(Exit::Request, &format!("there is none at `{first}` nor at `{second}`"));
                return Err(if self.text.contains("/.well-known/") {
                    none.hint("give the issuer, which is what stands before `/.well-known/`")
                } else {
                    none
                });
            }
            429 | 500.. => return Err(refuse(Exit::Unwell, "the server is unwell")),
            401 | 403 => return Err(refuse(Exit::Request, "the server refuses it")),
            _ => return Err(refuse(Exit::Request, "the server does not answer with it")),
        }
        let Ok(metadata) = serde_json::from_str::<Members>(&reply.text()) else {
            return Err(refuse(Exit::NotAToken, "it is no JSON object"));
        };
        let word = |name: &str| metadata.get(name).and_then(Value::as_str);
        let issuer = word("issuer").ok_or_else(|| refuse(Exit::NotAToken, "it names no issuer"))?;
        if issuer != self.text {
            return Err(self.mismatch(issuer, redactor));
        }
        // What was found over TLS must not lead out of it (RFC 8414 section 2), unless the user has allowed that.
        let is_downgrade = |endpoint: &Endpoint| {
            !self.endpoint.is_http() && endpoint.is_http() && self.plaintext == Plaintext::LoopbackOnly
        };
        let checked = |url: &str| {
            let endpoint = Endpoint::parse(url, self.plaintext)?;
            if is_downgrade(&endpoint) {
                let reason = "it is not `https://`, though the issuer is".to_owned();
                return Err(Refusal { reason, hint: "use `--url` if you trust it" });
            }
            Ok(endpoint)
        };
        let endpoint = |url: &str| {
            checked(url).map_err(|refusal| {
                let what =
                    format!("its token endpoint `{}` is not usable: {}", redactor.show(url), refusal.reason);
                refuse(Exit::NotAToken, &what)
            })
        };
        let url =
            word("token_endpoint").ok_or_else(|| refuse(Exit::NotAToken, "it names no token endpoint"))?;
        let alias =
            metadata.get("mtls_endpoint_aliases").and_then(|aliases| aliases["token_endpoint"].as_str());
        let list = |name: &str| -> Option<Vec<String>> {
            let values = metadata.get(name)?.as_array()?.iter();
            Some(values.filter_map(Value::as_str).map(str::to_owned).collect())
        };
        Ok(Metadata {
            token_endpoint: endpoint(url)?,
            // One that cannot be used is as good as none, for most clients show no certificate.
            mtls_token_endpoint: alias.and_then(|url| endpoint(url).ok()),
            methods: list("token_endpoint_auth_methods_supported")
                .unwrap_or_else(|| vec!["client_secret_basic".to_owned()]),
            algorithms: list("token_endpoint_auth_signing_alg_values_supported").unwrap_or_default(),
        })
    }

    fn mismatch(&self, issuer: &str, redactor: &Redactor) -> Failure {
        let shown = redactor.show(issuer);
        let hint = match issuer {
            _ if issuer.trim_end_matches('/') == self.text.trim_end_matches('/') => {
                let slash = if issuer.ends_with('/') { "with" } else { "without" };
                format!("write it {slash} the slash at its end, as the server does: {shown}")
            }
            _ if issuer.contains("{tenantid}") => {
                "write the tenant's own id into it, as in https://login.microsoftonline.com/TENANT-ID/v2.0"
                    .to_owned()
            }
            _ => format!("if you trust that issuer, use it as `--issuer`: {shown}"),
        };
        let own = redactor.show(&self.text);
        Failure::config(format!("the issuer is `{own}`, but its metadata says `{shown}`")).hint(hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issuer(text: &str) -> Issuer {
        let plaintext = Plaintext::LoopbackOnly;
        Issuer { text: text.to_owned(), endpoint: Endpoint::parse(text, plaintext).unwrap(), plaintext }
    }

    fn read(issuer_text: &str, status: u16, body: &str) -> Result<Metadata, Failure> {
        let reply = Reply { status, headers: Vec::new(), body: body.as_bytes().to_vec().into(), attempts: 1 };
        issuer(issuer_text).read(&reply, &Redactor::default())
    }

    #[test]
    fn the_well_known_part_stands_before_the_path_or_after_it() {
        for (text, first, second) in [
            (
                "https://a.example",
                "https://a.example/.well-known/oauth-authorization-server",
                "https://a.example/.well-known/openid-configuration",
            ),
            (
                "https://a.example:8443/realms/x/",
                "https://a.example:8443/.well-known/oauth-authorization-server/realms/x",
                "https://a.example:8443/realms/x/.well-known/openid-configuration",
            ),
        ] {
            assert_eq!(issuer(text).well_known(), [first, second]);
        }
    }

    #[test]
    fn metadata_is_read_with_its_defaults() {
        let metadata =
            read("https://a", 200, r#"{"issuer":"https://a","token_endpoint":"https://b/token"}"#).unwrap();
        assert_eq!(metadata.token_endpoint.as_str(), "https://b/token");
        assert_eq!(
            (metadata.methods, metadata.mtls_token_endpoint),
            (vec!["client_secret_basic".to_owned()], None)
        );
        let metadata = read(
            "https://a",
            200,
            "\u{feff}{\"issuer\":\"https://a\",\"token_endpoint\":\"https://b/t\",\"mtls_endpoint_aliases\":{\"token_endpoint\":\"https://m/t\"},\"token_endpoint_auth_methods_supported\":[\"private_key_jwt\",1],\"token_endpoint_auth_signing_alg_values_supported\":[\"PS256\"]}",
        )
        .unwrap();
        assert_eq!(metadata.mtls_token_endpoint.unwrap().as_str(), "https://m/t");
        assert_eq!(
            (metadata.methods, metadata.algorithms),
            (vec!["private_key_jwt".to_owned()], vec!["PS256".to_owned()])
        );
    }

    #[test]
    fn another_issuer_is_refused_with_both_and_the_likely_fix() {
        for (own, theirs, hint) in [
            (
                "https://a/x",
                "https://a/x/",
                "write it with the slash at its end, as the server does: https://a/x/",
            ),
            (
                "https://a/",
                "https://a",
                "write it without the slash at its end, as the server does: https://a",
            ),
            (
                "https://a/common",
                "https://a/{tenantid}/v2.0",
                "write the tenant's own id into it, as in https://login.microsoftonline.com/TENANT-ID/v2.0",
            ),
            ("https://a", "https://evil", "if you trust that issuer, use it as `--issuer`: https://evil"),
        ] {
            let body = format!(r#"{{"issuer":"{theirs}","token_endpoint":"https://a/t"}}"#);
            let failure = read(own, 200, &body).unwrap_err();
            assert_eq!(failure.exit, Exit::Config);
            assert_eq!(failure.message, format!("the issuer is `{own}`, but its metadata says `{theirs}`"));
            assert_eq!(failure.hint.as_deref(), Some(hint));
        }
    }

    #[test]
    fn what_is_no_metadata_has_its_exit_code() {
        for (status, body, exit) in [
            (404, "", Exit::Request),
            (403, "", Exit::Request),
            (500, "", Exit::Unwell),
            (302, "", Exit::NotAToken),
            (200, "<html>", Exit::NotAToken),
            (200, "[]", Exit::NotAToken),
            (200, "{}", Exit::NotAToken),
            (200, r#"{"issuer":"https://a"}"#, Exit::NotAToken),
            (200, r#"{"issuer":"https://a","token_endpoint":"http://b/t"}"#, Exit::NotAToken),
            (200, r#"{"issuer":"https://a","token_endpoint":"https://u:p@b/t"}"#, Exit::NotAToken),
            (200, r#"{"issuer":"https://a","token_endpoint":"http://127.0.0.1/t"}"#, Exit::NotAToken),
            (200, r#"{"issuer":"https://a","token_endpoint":1}"#, Exit::NotAToken),
        ] {
            assert_eq!(read("https://a", status, body).unwrap_err().exit, exit, "{status} {body}");
        }
    }
}
