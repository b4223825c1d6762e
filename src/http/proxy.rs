//! Which proxy to tunnel through, as curl chooses it: the option, else `https_proxy` and `all_proxy`, lower
//! case first, unless `NO_PROXY` names the host. A plain `http` request goes through no proxy, for that
//! would see the secret.

use ureq::Proxy;

use super::no_proxy;
use crate::endpoint::Endpoint;
use crate::error::{Exit, Failure};
use crate::secret::Secret;

/// The variables that name a proxy for https, in order.
const VARIABLES: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];

/// The schemes of a proxy. All of them tunnel, so that none sees the request.
const SCHEMES: [&str; 7] = ["http", "https", "socks", "socks4", "socks4a", "socks5", "socks5h"];

/// The proxy in use.
#[derive(Clone, Debug)]
pub struct ProxyChoice {
    /// The proxy itself, with its credentials.
    pub proxy: Proxy,
    /// Scheme, host and port.
    pub shown: String,
    /// Where the choice comes from, as in `from the environment`.
    pub origin: String,
}

impl ProxyChoice {
    /// The proxy's password, which must not be shown.
    pub fn password(&self) -> Option<Secret> {
        self.proxy.password().map(|password| Secret::new(password.to_owned()))
    }
}

/// A setting of the user's that names a proxy.
#[derive(Clone, Debug)]
pub struct Explicit {
    /// The URL, or nothing for no proxy at all.
    pub url: Secret,
    /// The option or variable.
    pub name: &'static str,
    /// Where it comes from.
    pub origin: String,
    /// The exit code when it is no proxy's URL.
    pub exit: Exit,
}

/// What decides which proxy is used for a server.
#[derive(Clone, Debug, Default)]
pub struct ProxyRules {
    explicit: Option<Explicit>,
    variable: Option<(&'static str, Secret)>,
    exceptions: String,
}

impl ProxyRules {
    /// By the user's setting and the variables that curl knows.
    pub fn new(explicit: Option<Explicit>, environment: &dyn Fn(&str) -> Option<String>) -> Self {
        let value = |name: &str| environment(name).filter(|value| !value.is_empty());
        Self {
            explicit,
            variable: VARIABLES.into_iter().find_map(|name| value(name).map(|url| (name, Secret::new(url)))),
            exceptions: value("no_proxy").or_else(|| value("NO_PROXY")).unwrap_or_default(),
        }
    }

    /// Chooses the proxy for this server.
    pub fn choose(&self, endpoint: &Endpoint) -> Result<Option<ProxyChoice>, Failure> {
        if no_proxy::covers(&self.exceptions, &endpoint.host(), endpoint.port()) {
            return Ok(None);
        }
        let tunnelled = |choice: ProxyChoice| Some(choice).filter(|_| !endpoint.is_http());
        match (&self.explicit, &self.variable) {
            (Some(explicit), _) if explicit.url.expose().is_empty() => Ok(None),
            (Some(explicit), _) => {
                parse(explicit.url.expose(), explicit.name, explicit.origin.clone(), explicit.exit)
                    .map(tunnelled)
            }
            (None, Some((name, url))) if !endpoint.is_http() => {
                parse(url.expose(), name, format!("from `{name}`"), Exit::Config).map(Some)
            }
            _ => Ok(None),
        }
    }
}

fn parse(url: &str, name: &str, origin: String, exit: Exit) -> Result<ProxyChoice, Failure> {
    let invalid = || {
        let hint = "write http://HOST:PORT, https://HOST:PORT or socks5h://HOST:PORT";
        let encode = "; in a password, percent-encode all but letters and digits";
        Failure::new(exit, format!("`{name}` is not the URL of a proxy")).hint(if url.contains('@') {
            format!("{hint}{encode}")
        } else {
            hint.to_owned()
        })
    };
    // Another reader of the URL would end the authority there, and connect to another host.
    if url.contains(['#', '?', '\\']) {
        return Err(invalid());
    }
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let scheme = scheme.to_ascii_lowercase();
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    if path.contains('@') {
        return Err(invalid());
    }
    let address = authority.rsplit('@').next().unwrap_or_default();
    let port = address.rsplit_once(':').map_or("", |(_, port)| port);
    let port_is_good =
        address.ends_with(']') || port.is_empty() || port.parse::<u16>().is_ok_and(|port| port > 0);
    if !SCHEMES.contains(&scheme.as_str()) || address.is_empty() || address.starts_with(':') || !port_is_good
    {
        return Err(invalid());
    }
    let proxy = Proxy::new(&format!("{scheme}://{authority}")).map_err(|_| invalid())?;
    Ok(ProxyChoice { proxy, shown: format!("{scheme}://{address}"), origin })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::Plaintext;

    fn chosen(
        url: &str,
        explicit: Option<&str>,
        environment: &[(&str, &str)],
    ) -> Result<Option<String>, Failure> {
        let endpoint = Endpoint::parse(url, Plaintext::LoopbackOnly).unwrap();
        let explicit = explicit.map(|url| Explicit {
            url: Secret::new(url.to_owned()),
            name: "--proxy",
            origin: "from the command line".into(),
            exit: Exit::Usage,
        });
        let value = |name: &str| {
            environment.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned())
        };
        ProxyRules::new(explicit, &value).choose(&endpoint).map(|choice| choice.map(|choice| choice.shown))
    }

    const URL: &str = "https://auth.example.com/token";

    #[test]
    fn https_proxy_comes_before_all_proxy_and_lower_case_before_upper() {
        let all = [
            ("ALL_PROXY", "http://d"),
            ("all_proxy", "http://c"),
            ("HTTPS_PROXY", "http://b"),
            ("https_proxy", "http://a"),
        ];
        let expected = ["http://a", "http://b", "http://c", "http://d"];
        for (taken, proxy) in expected.iter().enumerate() {
            assert_eq!(chosen(URL, None, &all[..4 - taken]).unwrap().unwrap(), *proxy);
        }
        assert_eq!(
            chosen(URL, None, &[("https_proxy", ""), ("ALL_PROXY", "d:3128")]).unwrap().unwrap(),
            "http://d:3128"
        );
    }

    #[test]
    fn http_proxy_is_never_used() {
        assert_eq!(
            chosen(URL, None, &[("http_proxy", "http://a"), ("HTTP_PROXY", "http://a")]).unwrap(),
            None
        );
    }

    #[test]
    fn the_option_wins_an_empty_option_is_no_proxy_and_no_proxy_beats_both() {
        let environment = [("https_proxy", "http://a")];
        assert_eq!(chosen(URL, Some("socks5h://b:1080"), &environment).unwrap().unwrap(), "socks5h://b:1080");
        assert_eq!(chosen(URL, Some(""), &environment).unwrap(), None);
        assert_eq!(chosen(URL, Some("http://b"), &[("NO_PROXY", "example.com")]).unwrap(), None);
        assert_eq!(
            chosen(URL, Some("http://b"), &[("no_proxy", "other"), ("NO_PROXY", "example.com")])
                .unwrap()
                .unwrap(),
            "http://b"
        );
    }

    #[test]
    fn a_plain_http_request_goes_through_no_proxy() {
        assert_eq!(chosen("http://127.0.0.1/", None, &[("ALL_PROXY", "http://a")]).unwrap(), None);
        assert_eq!(chosen("http://127.0.0.1/", Some("http://a"), &[]).unwrap(), None);
        assert_eq!(chosen("http://127.0.0.1/", Some("ftp://a"), &[]).unwrap_err().exit, Exit::Usage);
    }

    #[test]
    fn what_is_no_proxy_is_an_error_that_names_the_variable_and_not_its_value() {
        for bad in [
            "ftp://canary",
            "http://",
            "http://canary:0",
            "http://canary:99999",
            "http://canary:x",
            "http://:80",
            "can ary",
            "://x",
            "http://canary:1#w@127.0.0.1:2",
            "http://canary:p?w@127.0.0.1:2",
            "http://canary:p/w@127.0.0.1:2",
            "http://canary:1/w@127.0.0.1:2",
            "http://canary:p\\w@127.0.0.1:2",
        ] {
            let failure = chosen(URL, None, &[("HTTPS_PROXY", bad)]).unwrap_err();
            assert_eq!(failure.exit, Exit::Config, "{bad}");
            assert!(failure.message.contains("HTTPS_PROXY") && !failure.message.contains("canary"), "{bad}");
        }
    }

    #[test]
    fn credentials_are_not_shown() {
        assert_eq!(
            chosen(URL, Some("http://user:canary@[::1]:3128/"), &[]).unwrap().unwrap(),
            "http://[::1]:3128"
        );
    }
}
