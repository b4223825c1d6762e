//! Variables that are nearly settings: nobody who writes `OAUTH_CLIENT_SECERT` means nothing by it.

use strsim::osa_distance;

use super::found::Origin;
use super::setting::{Role, Row, SETTINGS};
use super::sources::Sources;
use crate::text::escape;

/// How names begin that are looked at, in upper case.
const PREFIX: &str = "OAUTH";

/// Names that settings have on the command line or elsewhere.
const OTHER_NAMES: [(&str, &str); 3] = [
    ("OAUTH_URL", "OAUTH_TOKEN_URL"),
    ("OAUTH_TOKEN_ENDPOINT", "OAUTH_TOKEN_URL"),
    ("OAUTH_ISSUER_URL", "OAUTH_ISSUER"),
];

/// How many warnings are enough.
const MOST: usize = 10;

/// From this length on, two letters may be wrong.
const LONG: usize = 14;

/// What to warn of: names that nobody reads, and settings that do not count where they are.
pub fn warnings(sources: &Sources) -> Vec<String> {
    let mut warnings = Vec::new();
    for (origin, names) in sources.names() {
        for name in &names {
            if warnings.len() == MOST {
                return warnings;
            }
            // Who has set what is meant has set this for another program.
            let meant = meant(name).filter(|row| !matches!(sources.find(row.setting), Ok(Some(_))));
            let meant = meant.map(|row| row.variable);
            warnings.extend(meant.map(|meant| {
                format!("`{}` from {origin} is no setting: did you mean `{meant}`?", escape(name))
            }));
            if origin != Origin::Environment && is_outer(name) {
                warnings.push(format!(
                    "`{name}` from {origin} does nothing: it counts on the command line and in the environment alone"
                ));
            }
        }
    }
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
            ("OAUTH_CLIENTID", Some("OAUTH_CLIENT_ID")),
            ("oauth_client_id", Some("OAUTH_CLIENT_ID")),
            ("OAUTH-CLIENT-ID", Some("OAUTH_CLIENT_ID")),
            ("OAUTH_SCOPES", Some("OAUTH_SCOPE")),
            ("OAUTHSCOPE", Some("OAUTH_SCOPE")),
            ("OAUTH_URL", Some("OAUTH_TOKEN_URL")),
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
