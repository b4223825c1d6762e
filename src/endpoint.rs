//! [`Endpoint`]: the token endpoint (RFC 6749 section 3.2), parsed once. The policy for where a secret
//! may be sent lives in [`Endpoint::parse`]; past it, a URL is never a bare string again.

use std::fmt;

use url::{Host, Url};

use crate::secret_name::is_secret;
use crate::shown_url::SEPARATORS;

/// The longest URL that is taken, in bytes: no server is sure to take a longer one.
const LONGEST: usize = 8 * 1024;

/// Whether a secret may travel in the clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plaintext {
    /// `http` reaches this machine and no other.
    LoopbackOnly,
    /// `http` is allowed everywhere, because the user said `--allow-http`.
    Everywhere,
}

/// A token endpoint that may be given a secret: `https`, or `http` under the rule of [`Plaintext`];
/// no userinfo, no secret in the query, no fragment (RFC 6749 section 3.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint(Url);

/// Why a URL is no [`Endpoint`]: what is wrong, and the way out. Neither quotes the URL.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong with it.
    pub reason: String,
    /// What to write instead.
    pub hint: &'static str,
}

impl Endpoint {
    /// Parses a URL as browsers do (`http://0x7f.1` is loopback, `http://127.0.0.1@evil` is not), so
    /// that the decision is made on the very host that will be connected to.
    pub fn parse(text: &str, plaintext: Plaintext) -> Result<Self, Refusal> {
        let refuse = |reason: &str, hint| Refusal { reason: reason.to_owned(), hint };
        if text.is_empty() {
            return Err(refuse("it is empty", "write the whole URL, with `https://`"));
        }
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(refuse(
                "it holds white space or a control character",
                "write the URL without it, percent-encoded where it is meant",
            ));
        }
        if text.len() > LONGEST {
            return Err(refuse("it is longer than 8 KiB", "give the URL of the token endpoint"));
        }
        if text.starts_with(['"', '\'']) {
            return Err(refuse(
                "it begins with a quotation mark",
                "write the URL without the quotation marks",
            ));
        }
        let authority = ["https://", "http://"].iter().find_map(|scheme| {
            let (start, rest) = text.split_at_checked(scheme.len())?;
            start.eq_ignore_ascii_case(scheme).then_some(rest)
        });
        let Some(authority) = authority else {
            return Err(refuse("it does not begin with `https://`", "write the whole URL, with `https://`"));
        };
        // A browser takes the first name that comes for the host: `https://$UNSET/token` would ask `token`.
        if authority.starts_with(['/', '\\', '?', '#']) || authority.is_empty() {
            return Err(refuse("it names no host", "write the whole URL, with the host after `https://`"));
        }
        let url = Url::parse(text)
            .map_err(|error| refuse(&error.to_string(), "write the whole URL, with `https://`"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refuse(
                "it holds a user name or a password",
                "give the client by `OAUTH_CLIENT_ID` and `OAUTH_CLIENT_SECRET`",
            ));
        }
        let pieces = url.query().into_iter().flat_map(|query| query.split(SEPARATORS));
        let mut pairs = pieces.flat_map(|piece| url::form_urlencoded::parse(piece.as_bytes()));
        if let Some((name, _)) = pairs.find(|(name, _)| is_secret(name)) {
            let reason = format!(
                "its query has the parameter `{}`, which looks like a secret",
                crate::text::escape(&name)
            );
            return Err(Refusal {
                reason,
                hint: "URLs are logged on the way; send it in the body with `--param-file NAME=FILE`",
            });
        }
        if url.fragment().is_some() {
            return Err(refuse(
                "it holds a fragment (`#`)",
                "a token endpoint has none; percent-encode a `#` that is meant",
            ));
        }
        let endpoint = Self(url);
        if endpoint.is_http() && !endpoint.is_loopback() && plaintext == Plaintext::LoopbackOnly {
            return Err(refuse(
                "`http://` would send the client's credentials in the clear",
                "use `https://`; inside a cluster, where you trust every hop, `--allow-http`",
            ));
        }
        Ok(endpoint)
    }

    /// The URL as it is requested.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether the connection is not encrypted.
    pub fn is_http(&self) -> bool {
        self.0.scheme() == "http"
    }

    /// Whether the host is this machine: 127.0.0.0/8, `::1`, `localhost`, or a name under `.localhost`.
    pub fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(name)) => is_localhost(name),
            None => false,
        }
    }

    /// The host, a name in lower case or an address without brackets.
    pub fn host(&self) -> String {
        match self.0.host() {
            Some(Host::Ipv6(address)) => address.to_string(),
            Some(host) => host.to_string(),
            None => String::new(),
        }
    }

    /// The port that is connected to.
    pub fn port(&self) -> u16 {
        self.0.port_or_known_default().unwrap_or(443)
    }

    /// The path and the query, as the request line has them.
    pub fn target(&self) -> &str {
        &self.0[url::Position::BeforePath..]
    }

    /// The URL up to the query (RFC 9449 section 4.2, `htu`).
    pub fn without_query(&self) -> String {
        self.0[..url::Position::AfterPath].to_owned()
    }

    /// What a reference in an answer of this server's means, as an absolute URL (RFC 3986 section 5).
    pub fn resolve(&self, reference: &str) -> Option<String> {
        self.0.join(reference).ok().map(String::from)
    }

    /// The URL up to the path: scheme, host and port.
    pub fn origin(&self) -> String {
        self.0[..url::Position::BeforePath].to_owned()
    }

    /// `host` or `host:port`, as the `Host` header has it.
    pub fn authority(&self) -> &str {
        self.0.authority()
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// `localhost` and the names under it, with or without the final dot. They are never looked up (RFC 6761
/// section 6.3), so that no name server can send a secret elsewhere.
pub fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Endpoint, Refusal> {
        Endpoint::parse(text, Plaintext::LoopbackOnly)
    }

    #[test]
    fn https_is_accepted_and_its_query_is_kept() {
        assert_eq!(parse("HTTPS://H/").unwrap().as_str(), "https://h/");
        let endpoint = parse("https://api.example.com:8443/token?grant=a&account_id=b%20c").unwrap();
        assert_eq!(endpoint.target(), "/token?grant=a&account_id=b%20c");
        assert_eq!(
            (endpoint.host().as_str(), endpoint.port(), endpoint.is_http()),
            ("api.example.com", 8443, false)
        );
    }

    #[test]
    fn http_is_for_loopback_alone_decided_on_the_parsed_host() {
        for url in [
            "http://127.0.0.1/t",
            "http://127.9.9.9:1/t",
            "http://[::1]/t",
            "http://localhost/t",
            "http://LOCALHOST:8/t",
            "http://auth.localhost/t",
            "http://localhost./t",
            "http://0x7f.1/t",
            "http://2130706433/t",
        ] {
            assert!(parse(url).is_ok(), "{url}");
        }
        for url in [
            "http://example.com/t",
            "http://10.0.0.1/t",
            "http://0.0.0.0/t",
            "http://[::]/t",
            "http://[::ffff:127.0.0.1]/t",
            "http://localhost.example.com/t",
            "http://127.0.0.1.example.com/t",
            "http://notlocalhost/t",
            "http://128.0.0.1/t",
        ] {
            assert!(parse(url).unwrap_err().reason.contains("in the clear"), "{url}");
            assert!(Endpoint::parse(url, Plaintext::Everywhere).is_ok(), "{url}");
        }
    }

    #[test]
    fn userinfo_is_refused_before_the_host_is_looked_at() {
        for url in [
            "https://u:p@example.com/",
            "https://u@example.com/",
            "http://127.0.0.1@example.com/",
            "https://:p@example.com/",
        ] {
            assert!(parse(url).unwrap_err().reason.contains("user name"), "{url}");
        }
    }

    #[test]
    fn what_is_no_web_url_is_refused() {
        for url in [
            "",
            "\"https://example.com/\"",
            "example.com/token",
            "ftp://example.com/",
            "file:///etc/passwd",
            "https:example.com",
            "https:\\\\example.com",
            "https://",
            "https:///token",
            "https://\\/token",
            "https://?a",
            "https://exa mple.com/",
            "https://example.com/\n",
            "https://example.com/#f",
            "https://[::1/",
            "https://a:99999/",
            "data:text/plain,x",
            "javascript:alert(1)",
            "//example.com/",
        ] {
            assert!(parse(url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_secret_looking_query_parameter_is_refused_and_its_value_is_not_quoted() {
        for name in [
            "client_secret",
            "clientSecret",
            "api_key",
            "apikey",
            "password",
            "code",
            "access_token",
            "X-Api-Key",
        ] {
            for separator in ['&', ';'] {
                let refusal =
                    parse(&format!("https://example.com/?a=b{separator}{name}=canary")).unwrap_err();
                assert!(refusal.reason.contains(name) && !refusal.reason.contains("canary"), "{name}");
            }
        }
        for name in ["account_id", "grant_type", "api-version", "tenant", "client_id", "requested_token_type"]
        {
            assert!(parse(&format!("https://example.com/?{name}=x")).is_ok(), "{name}");
        }
    }
}
