//! URLs that strangers wrote, made fit to show: [`shown_url`] leaves out what may be a secret in them.

use crate::secret::REDACTED;
use crate::secret_name::may_be_secret;

/// What stands between the parameters of a query: some servers part them by a semicolon.
pub const SEPARATORS: [char; 2] = ['&', ';'];

/// A URL, or the end of one, without a password and without the values of parameters that may be secrets, in its path,
/// its query or its fragment.
pub fn shown_url(url: &str) -> String {
    let (before, fragment) = url.split_once('#').map_or((url, None), |(url, end)| (url, Some(end)));
    let (path, query) = before.split_once('?').map_or((before, None), |(path, query)| (path, Some(query)));
    let query = query.map_or_else(String::new, |query| format!("?{}", shown_pairs(query)));
    let fragment = fragment.map_or_else(String::new, |fragment| format!("#{}", shown_pairs(fragment)));
    format!("{}{query}{fragment}", shown_pairs(&without_userinfo(path)))
}

fn without_userinfo(path: &str) -> String {
    let Some((scheme, rest)) = path.split_once("//") else { return path.to_owned() };
    let authority = rest.split('/').next().unwrap_or_default();
    match authority.rsplit_once('@') {
        Some((userinfo, _)) => format!("{scheme}//{REDACTED}{}", &rest[userinfo.len()..]),
        None => path.to_owned(),
    }
}

fn shown_pairs(text: &str) -> String {
    let pairs = text.split_inclusive(SEPARATORS).map(|pair| {
        let (pair, end) = pair.split_at(pair.trim_end_matches(SEPARATORS).len());
        let Some((name, _)) = pair.split_once('=') else { return format!("{pair}{end}") };
        let is_secret = url::form_urlencoded::parse(name.as_bytes()).any(|(name, _)| may_be_secret(&name));
        if is_secret { format!("{name}={REDACTED}{end}") } else { format!("{pair}{end}") }
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strangers_url_is_shown_without_what_may_be_a_secret_in_it() {
        for (url, shown) in [
            ("https://h/p?a=b&code=c#d", "https://h/p?a=b&code=[redacted]#d"),
            ("/cb#access_token=c&state=s", "/cb#access_token=[redacted]&state=s"),
            ("https://u:p@h/x@y?z=@", "https://[redacted]@h/x@y?z=@"),
            ("//u@h", "//[redacted]@h"),
            ("/login;jsessionid=c?token=c;x=1", "/login;jsessionid=[redacted]?token=[redacted];x=1"),
            ("/token/", "/token/"),
            ("", ""),
        ] {
            assert_eq!(shown_url(url), shown);
        }
    }
}
