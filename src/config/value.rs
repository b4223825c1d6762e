//! Text that becomes a value: durations, counts, parameters and header fields. Errors name the setting and
//! quote no value.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::file;
use super::found::{Found, Origin};
use super::setting::Setting;
use super::sources::Sources;
use crate::error::Failure;
use crate::request::Ask;
use crate::secret::{Named, Secret, hidden, plain};
use crate::secret_name::{is_secret, may_be_secret};
use crate::text::escape;

/// The longest time that may be set.
const LONGEST: f64 = 86_400.0;

/// The most repetitions that may be set.
const MOST_RETRIES: u32 = 100;

/// Form parameters with options of their own, and those options.
const OWN_PARAMETERS: &[(&str, &str)] = &[
    ("grant_type", "--grant-type"),
    ("client_id", "--client-id"),
    ("client_secret", "--client-secret-file"),
    ("client_assertion", "--client-assertion-file"),
    ("client_assertion_type", "--client-assertion-file"),
    ("scope", "--scope"),
];

/// Header fields that the request itself decides.
const OWN_HEADERS: &[&str] = &[
    "host",
    "content-type",
    "content-length",
    "transfer-encoding",
    "connection",
    "expect",
    "te",
    "upgrade",
    "accept-encoding",
];

/// How long and how often.
pub struct Limits {
    /// For a connection.
    pub connect_timeout: Duration,
    /// For everything.
    pub max_time: Duration,
    /// Repetitions.
    pub retries: u32,
}

/// The limits that are set.
pub fn limits(sources: &Sources) -> Result<Limits, Failure> {
    Ok(Limits {
        connect_timeout: seconds(sources, Setting::ConnectTimeout, 0.001..=LONGEST)?,
        max_time: seconds(sources, Setting::MaxTime, 0.001..=LONGEST)?,
        retries: retries(sources)?,
    })
}

/// A setting that is a time in seconds within a range, fractions allowed as curl allows them.
pub fn seconds(sources: &Sources, setting: Setting, range: RangeInclusive<f64>) -> Result<Duration, Failure> {
    let found = sources.find(setting)?;
    let text = found.as_ref().map_or(setting.row().default, Found::value);
    time(text).filter(|seconds| range.contains(seconds)).map(Duration::from_secs_f64).ok_or_else(|| {
        let named = found.map(|found| found.subject()).unwrap_or_default();
        let least = if *range.start() < 1.0 { "above 0" } else { "from 1" };
        Failure::usage(format!("{named} is not a time in seconds"))
            .hint(format!("write a number {least} and up to {}, as in 30, 2.5 or 5m", range.end()))
    })
}

/// A time in seconds, as in 90, 2.5, 90s, 5m or 1h. Nothing below zero, and nothing that is no number.
pub fn time(text: &str) -> Option<f64> {
    let units = [("s", 1.0), ("m", 60.0), ("h", 3600.0), ("", 1.0)];
    let (number, seconds) =
        units.into_iter().find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, seconds)))?;
    let is_number = number.starts_with(|c: char| c.is_ascii_digit())
        && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    is_number.then(|| number.parse::<f64>().ok())?.map(|number| number * seconds)
}

/// How many times to try again.
fn retries(sources: &Sources) -> Result<u32, Failure> {
    let found = sources.find(Setting::Retry)?;
    let text = found.as_ref().map_or(Setting::Retry.row().default, Found::value);
    text.parse::<u32>().ok().filter(|count| *count <= MOST_RETRIES).ok_or_else(|| {
        let named = found.map(|found| found.subject()).unwrap_or_default();
        Failure::usage(format!("{named} is not a number of times")).hint("write a whole number from 0 to 100")
    })
}

/// What is asked for.
pub fn ask(sources: &Sources) -> Result<Ask, Failure> {
    let values = |setting| -> Result<Vec<String>, Failure> {
        let Some(found) = sources.find(setting)? else { return Ok(Vec::new()) };
        let holds_control =
            found.values.iter().any(|value| value.chars().any(|c| c.is_control() && c != '\t'));
        if holds_control {
            return Err(Failure::usage(format!("{} holds a control character", found.subject()))
                .hint("write it without line breaks"));
        }
        Ok(found.values.into_iter().filter(|value| !value.is_empty()).collect())
    };
    let mut params = params(sources)?;
    params.extend(param_files(sources)?);
    Ok(Ask {
        scope: values(Setting::Scope)?.join(" ").split_whitespace().collect::<Vec<_>>().join(" "),
        audiences: values(Setting::Audience)?,
        resources: values(Setting::Resource)?,
        params,
        headers: headers(sources)?,
    })
}

fn params(sources: &Sources) -> Result<Vec<Named>, Failure> {
    let Some(found) = sources.find(Setting::Param)? else { return Ok(Vec::new()) };
    let mut params = Vec::new();
    for text in &found.values {
        let (name, value) = assignment(&found, text, "NAME=VALUE")?;
        if is_secret(name) && found.origin == Origin::CommandLine {
            return Err(Failure::usage(format!(
                "`--param {}` would put a secret where every user of this machine can read it",
                escape(name)
            ))
            .hint(format!(
                "pass `--param-file {}=FILE`; take the secret that you typed for leaked",
                escape(name)
            )));
        }
        params.push(if may_be_secret(name) {
            hidden(name, Secret::new(value.to_owned()))
        } else {
            plain(name, value)
        });
    }
    Ok(params)
}

fn param_files(sources: &Sources) -> Result<Vec<Named>, Failure> {
    let Some(found) = sources.find(Setting::ParamFile)? else { return Ok(Vec::new()) };
    let mut params = Vec::new();
    for text in &found.values {
        let (name, file) = assignment(&found, text, "NAME=FILE")?;
        params.push(hidden(name, file::secret(&found, file)?));
    }
    Ok(params)
}

fn assignment<'a>(found: &Found, text: &'a str, form: &str) -> Result<(&'a str, &'a str), Failure> {
    let (name, value) = text.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or_else(|| {
        Failure::usage(format!("{} is not of the form {form}", found.subject()))
            .hint(format!("write `{} {form}`", found.setting.row().option.unwrap_or_default()))
    })?;
    match OWN_PARAMETERS.iter().find(|(own, _)| *own == name) {
        Some((_, option)) => Err(Failure::usage(format!("the parameter `{name}` has an option of its own"))
            .hint(format!("use `{option}`"))),
        None => Ok((name, value)),
    }
}

fn headers(sources: &Sources) -> Result<Vec<Named>, Failure> {
    let Some(found) = sources.find(Setting::RequestHeader)? else { return Ok(Vec::new()) };
    let mut headers = Vec::new();
    for text in &found.values {
        let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        let well_formed = |(name, value): &(&str, &str)| {
            !name.is_empty()
                && name.chars().all(is_token)
                && !value.chars().any(|c| c.is_control() && c != '\t')
                && value.is_ascii()
        };
        let (name, value) = text.split_once(':').filter(well_formed).ok_or_else(|| {
            Failure::usage(format!("{} is not of the form NAME: VALUE", found.subject()))
                .hint("write `--request-header 'NAME: VALUE'`, in ASCII")
        })?;
        let lower = name.to_ascii_lowercase();
        if OWN_HEADERS.contains(&lower.as_str()) {
            return Err(Failure::usage(format!("the header `{name}` is decided by the request itself"))
                .hint("leave it out"));
        }
        let value = value.trim();
        headers.push(if may_be_secret(name) {
            hidden(name, Secret::new(value.to_owned()))
        } else {
            plain(name, value)
        });
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_seconds_minutes_or_hours() {
        for (text, seconds) in
            [("90", 90.0), ("2.5", 2.5), ("90s", 90.0), ("5m", 300.0), ("1h", 3600.0), ("0", 0.0)]
        {
            assert_eq!(time(text), Some(seconds), "{text}");
        }
        for text in ["", "s", "-1", "+1", "1d", "5 m", "1e3", "inf", "NaN", ".5", "1.2.3", "m5"] {
            assert_eq!(time(text), None, "{text}");
        }
    }
}
