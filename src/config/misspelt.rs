//! Variables that are nearly settings: nobody who writes `OAUTH_CLIENT_SECERT` means nothing by it.

use strsim::osa_distance;

use super::found::Origin;
use super::setting::{Role, Row, SETTINGS};
use super::sources::Sources;
use crate::text::escape;

/// How names begin that are looked at, in upper case.
const PREFIX: &str = "OAUTH";

/// Names that settings have on the command line or elsewhere.
const OTHER_NAMES: [(&str, &str); 5] = [
    ("OAUTH_ID", "OAUTH_CLIENT_ID"),
    ("OAUTH_SECRET", "OAUTH_CLIENT_SECRET"),
    ("OAUTH_URL", "OAUTH_TOKEN_URL"),
    ("OAUTH_TOKEN_ENDPOINT", "OAUTH_TOKEN_URL"),
    ("OAUTH_ISSUER_URL", "OAUTH_ISSUER"),
];

/// How many are enough.
const MOST: usize = 10;

/// From this length on, two letters may be wrong.
const LONG: usize = 14;

/// Names that nobody reads, and what they may have been meant for.
pub fn near(sources: &Sources) -> Vec<String> {
    let places = sources.names();
    let names = places.iter().flat_map(|(origin, names)| names.iter().map(move |name| (origin, *name)));
    let near = names.filter_map(|(origin, name)| Some((origin, name, meant(name)?))).take(MOST);
    // Who has set what is meant has set this for another program.
    let unset = near.filter(|(.., row)| !matches!(sources.find(row.setting), Ok(Some(_))));
    unset
        .map(|(origin, name, row)| {
            format!("`{}` from {origin} is no setting: did you mean `{}`?", escape(name), row.variable)
        })
        .collect()
}

/// Settings that do not count in the files where they are.
pub fn misplaced(sources: &Sources) -> Vec<String> {
    let mut warnings = Vec::new();
    for (origin, names) in sources.names().into_iter().filter(|(origin, _)| *origin != Origin::Environment) {
        warnings.extend(names.into_iter().filter(|name| is_outer(name)).map(|name| {
            format!("`{name}` from {origin} does nothing: it counts on the command line and in the environment alone")
        }));
    }
    warnings.truncate(MOST);
    warnings
}

fn is_outer(name: &str) -> bool {
    SETTINGS.iter().any(|row| row.variable == name && row.role == Role::Outer)
}

/// The setting that is meant by a name that is none.
fn meant(name: &str) -> Option<&'static Row> {
    let start = name.get(..PREFIX.len())?;
    let is_setting = |name: &str| SETTINGS.iter().any(|row| row.variable == name);
    if !start.eq_ignore_ascii_case(PREFIX) || is_setting(name) {
        return None;
    }
    let upper = name.to_ascii_uppercase().replace(['-', '.'], "_");
    if let Some((_, meant)) = OTHER_NAMES.iter().find(|(other, _)| *other == upper) {
        return SETTINGS.iter().find(|row| row.variable == *meant);
    }
    let allowed = if upper.len() >= LONG { 2 } else { 1 };
    let near = SETTINGS.iter().filter(|row| row.variable.len().abs_diff(upper.len()) <= allowed);
    let distances = near.map(|row| (osa_distance(row.variable, &upper), row));
    distances
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= allowed)
        .map(|(_, row)| row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_taken_for_the_setting_that_it_nearly_is() {
        for (name, expected) in [
            ("OAUTH_CLIENT_SECERT", Some("OAUTH_CLIENT_SECRET")),
            // Of a long name two letters may be wrong, of a short one one.
            ("OAUTH_CLIENT_SECERTS", Some("OAUTH_CLIENT_SECRET")),
            ("OAUTH_CLINT_SECERTS", None),
            ("OAUTH_SCPOES", None),
            ("OAUTH_CLIENTID", Some("OAUTH_CLIENT_ID")),
            ("oauth_client_id", Some("OAUTH_CLIENT_ID")),
            ("OAUTH-CLIENT-ID", Some("OAUTH_CLIENT_ID")),
            ("OAUTH_SCOPES", Some("OAUTH_SCOPE")),
            ("OAUTHSCOPE", Some("OAUTH_SCOPE")),
            ("OAUTH_URL", Some("OAUTH_TOKEN_URL")),
            ("OAUTH_SECRET", Some("OAUTH_CLIENT_SECRET")),
            ("OAUTH_CLIENT_ID", None),
            ("OAUTH_ACCESS_TOKEN", None),
            ("OAUTH_CALLBACK_URL", None),
            ("OAUTH_CLIENT_NAME", None),
            ("OAUTH_KEYRING", None),
            (&"OAUTH_SCOPE".repeat(100_000), None),
            ("HOME", None),
            ("", None),
            ("é", None),
        ] {
            assert_eq!(meant(name).map(|row| row.variable), expected, "{name}");
        }
    }
}
