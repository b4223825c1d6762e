//! Whether to ask again, and after how long: which faults pass, full jitter, and `Retry-After`.

use std::time::{Duration, SystemTime};

use super::Reply;
use super::fault::Fault;
use crate::request::TokenRequest;

/// The statuses of a server that may be well again in a moment.
pub const PASSING: [u16; 5] = [429, 500, 502, 503, 504];

/// The longest wait before the first repetition, doubled for each that follows.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(8);

/// What a `Retry-After` header says (RFC 9110 section 10.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// There is none, or none that can be read.
    Unsaid,
    /// This long.
    Wait(Duration),
}

/// Reads seconds or an HTTP date; a date that has passed is no wait.
pub fn parse_retry_after(value: &str) -> RetryAfter {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More seconds than can be counted are beyond every deadline.
        return RetryAfter::Wait(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    match httpdate::parse_http_date(value) {
        Ok(date) => RetryAfter::Wait(date.duration_since(SystemTime::now()).unwrap_or_default()),
        Err(_) => RetryAfter::Unsaid,
    }
}

/// How long to wait before asking again after attempt number `attempts`, or nothing where asking again
/// is useless or may do harm.
pub fn wait(request: &TokenRequest, outcome: &Result<Reply, Fault>, attempts: u32) -> Option<Duration> {
    let (passing, sent, asked) = match outcome {
        Ok(reply) => (PASSING.contains(&reply.status), true, reply.retry_after()),
        Err(fault) => (fault.passing, fault.sent, RetryAfter::Unsaid),
    };
    if !passing || (sent && !request.repeatable) {
        return None;
    }
    Some(match asked {
        RetryAfter::Wait(wait) => wait,
        RetryAfter::Unsaid => backoff(attempts, fastrand::f64()),
    })
}

/// Full jitter: anything between nothing and the limit, so that a fleet does not come back as one.
fn backoff(attempts: u32, chance: f64) -> Duration {
    let limit = FIRST_WAIT.saturating_mul(1 << (attempts - 1).min(8)).min(LONGEST_WAIT);
    limit.mul_f64(chance)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date() {
        assert_eq!(parse_retry_after(" 120 "), RetryAfter::Wait(Duration::from_secs(120)));
        assert_eq!(
            parse_retry_after("99999999999999999999999"),
            RetryAfter::Wait(Duration::from_secs(u64::MAX)),
            "beyond every deadline"
        );
        assert_eq!(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT"), RetryAfter::Wait(Duration::ZERO));
        let tomorrow = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(86_400));
        assert!(
            matches!(parse_retry_after(&tomorrow), RetryAfter::Wait(wait) if wait > Duration::from_secs(86_000))
        );
    }

    #[test]
    fn a_malformed_retry_after_is_as_if_unsaid() {
        for value in ["", "soon", "-1", "1.5", "Sun, 06 Nov"] {
            assert_eq!(parse_retry_after(value), RetryAfter::Unsaid, "{value}");
        }
    }

    #[test]
    fn the_wait_doubles_up_to_a_limit_and_is_jittered_down_to_nothing() {
        let waits: Vec<u128> =
            [1, 2, 3, 5, 40].iter().map(|&attempt| backoff(attempt, 1.0).as_millis()).collect();
        assert_eq!(waits, [500, 1000, 2000, 8000, 8000]);
        assert_eq!(backoff(3, 0.0), Duration::ZERO);
    }
}
