//! Assertions that are signed here (RFC 7523 section 3): who speaks, about whom, to whom, and until when. A
//! client proves itself with one, and a grant is one.

use std::cell::OnceCell;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::jose::{self, Algorithm, Members, SigningKey};
use crate::secret::Secret;

/// How many seconds the time of issue lies back: a clock that is a second ahead must not make it lie in the
/// future. `nbf` is left out for the same reason.
const BACKDATED: i64 = 5;

/// What makes each attempt's assertions and proofs its own.
#[derive(Clone, Debug)]
pub struct Moment {
    /// Seconds of the Unix epoch.
    pub now: i64,
    /// Random text, drawn when it is first needed.
    pub id: OnceCell<String>,
}

impl Moment {
    /// This one.
    pub fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { now: i64::try_from(since.as_secs()).unwrap_or(i64::MAX), id: OnceCell::new() }
    }

    /// An identifier for what is made now for this purpose (`jti`): never the same twice.
    pub fn id_for(&self, purpose: &str) -> anyhow::Result<String> {
        let id = if let Some(id) = self.id.get() {
            id
        } else {
            let drawn = jose::nonce()?;
            self.id.get_or_init(|| drawn)
        };
        Ok(format!("{id}-{purpose}"))
    }

    /// The time of issue to write down.
    pub fn issued_at(&self) -> i64 {
        self.now - BACKDATED
    }
}

/// Everything of an assertion but the moment and the server.
#[derive(Clone, Debug)]
pub struct Signer {
    /// The key.
    pub key: SigningKey,
    /// What it signs with.
    pub algorithm: Algorithm,
    /// Members of the header beside `alg`: `kid`, `typ`, `x5t#S256`.
    pub header: Members,
    /// `iss`.
    pub issuer: String,
    /// `sub`.
    pub subject: Option<String>,
    /// `aud`, where it is not the server's own.
    pub audience: Option<String>,
    /// Seconds from the time of issue to the end.
    pub lifetime: i64,
    /// Further claims; they win over those above.
    pub claims: Members,
}

impl Signer {
    /// Signs one for this server, by default, and this moment. `purpose` keeps two of one moment apart.
    pub fn sign(&self, audience: &str, purpose: &str, moment: &Moment) -> anyhow::Result<Secret> {
        let mut claims = Members::new();
        let mut put = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        put("iss", self.issuer.as_str().into());
        if let Some(subject) = &self.subject {
            put("sub", subject.as_str().into());
        }
        // One string: an array is what CVE-2025-27370 turns on.
        put("aud", self.audience.as_deref().unwrap_or(audience).into());
        put("iat", moment.issued_at().into());
        put("exp", moment.issued_at().saturating_add(self.lifetime).into());
        put("jti", moment.id_for(purpose)?.into());
        claims.extend(self.claims.clone());
        jose::sign(&self.key, self.algorithm, self.header.clone(), &claims)
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;

    use super::*;

    fn signer() -> Signer {
        Signer {
            key: SigningKey::of_secret(b"secret"),
            algorithm: Algorithm::HS256,
            header: Members::new(),
            issuer: "me".into(),
            subject: Some("me".into()),
            audience: None,
            lifetime: 60,
            claims: Members::new(),
        }
    }

    fn claims(signer: &Signer, id: &str) -> Value {
        let moment = Moment { now: 1_000_005, id: id.to_owned().into() };
        let jwt = signer.sign("https://server", "a", &moment).unwrap();
        let payload = jwt.expose().split('.').nth(1).unwrap();
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
    }

    #[test]
    fn an_assertion_says_who_to_whom_and_until_when_and_no_more() {
        assert_eq!(
            claims(&signer(), "x"),
            serde_json::json!({
                "iss": "me", "sub": "me", "aud": "https://server", "iat": 1_000_000, "exp": 1_000_060, "jti": "x-a"
            })
        );
    }

    #[test]
    fn an_audience_of_the_users_own_and_further_claims_win() {
        let mut own = signer();
        own.audience = Some("https://other".into());
        own.claims.insert("scope".into(), "a b".into());
        own.claims.insert("sub".into(), "somebody".into());
        let claims = claims(&own, "x");
        assert_eq!(
            (&claims["aud"], &claims["scope"], &claims["sub"]),
            (&"https://other".into(), &"a b".into(), &"somebody".into())
        );
    }

    #[test]
    fn every_moment_has_another_identifier() {
        let (one, two) = (Moment::now(), Moment::now());
        let ids = [&one, &one, &two].map(|moment| moment.id_for("client").unwrap());
        assert!(ids[0] == ids[1] && ids[1] != ids[2], "{ids:?}");
    }
}
