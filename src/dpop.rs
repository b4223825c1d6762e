//! [`DpopKey`]: proofs that whoever sends a request holds a key (RFC 9449), for the token endpoint and for the
//! API after it.

use pkcs8::LineEnding;
use pkcs8::der::SecretDocument;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};

use crate::assertion::Moment;
use crate::endpoint::Endpoint;
use crate::jose::{self, Algorithm, Members, SigningKey, base64url, sha256};
use crate::secret::Secret;

/// A key that proofs are signed with.
#[derive(Clone, Debug)]
pub struct DpopKey {
    /// The key.
    pub key: SigningKey,
    /// What it signs with.
    pub algorithm: Algorithm,
}

impl DpopKey {
    /// A proof for one request (section 4.2): `htm`, `htu` without query, and `nonce` and `ath` where there are
    /// a nonce from the server and a token.
    pub fn proof(
        &self,
        method: &str,
        endpoint: &Endpoint,
        moment: &Moment,
        nonce: Option<&str>,
        token: Option<&Secret>,
    ) -> anyhow::Result<Secret> {
        let mut header = Members::new();
        header.insert("typ".to_owned(), "dpop+jwt".into());
        header.insert("jwk".to_owned(), self.key.public_jwk().into());
        let mut claims = Members::new();
        let mut put = |name: &str, value: String| claims.insert(name.to_owned(), value.into());
        put("jti", moment.id_for("dpop")?);
        put("htm", method.to_owned());
        put("htu", endpoint.without_query());
        if let Some(nonce) = nonce {
            put("nonce", nonce.to_owned());
        }
        if let Some(token) = token {
            put("ath", base64url(sha256(token.expose().as_bytes())));
        }
        claims.insert("iat".to_owned(), moment.issued_at().into());
        jose::sign(&self.key, self.algorithm, header, &claims)
    }
}

/// A new key for ES256, the algorithm that every server knows, as PKCS#8 in PEM.
pub fn generate() -> anyhow::Result<Secret> {
    let failed = |_| anyhow::anyhow!("a key could not be made");
    let der = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
        .map_err(failed)?;
    let document =
        SecretDocument::try_from(der.as_ref()).map_err(|_| anyhow::anyhow!("a key could not be written"))?;
    let pem = document
        .to_pem("PRIVATE KEY", LineEnding::LF)
        .map_err(|_| anyhow::anyhow!("a key could not be written"))?;
    Ok(Secret::new(pem.to_string()))
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    use serde_json::Value;

    use super::*;
    use crate::endpoint::Plaintext;

    fn decoded(jwt: &Secret, part: usize) -> Value {
        let part = jwt.expose().split('.').nth(part).unwrap();
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    }

    fn key() -> DpopKey {
        let key = SigningKey::parse(generate().unwrap().expose().as_bytes(), None, None).unwrap();
        DpopKey { key, algorithm: Algorithm::ES256 }
    }

    #[test]
    fn a_proof_names_method_and_url_without_query_and_holds_the_public_key_alone() {
        let endpoint =
            Endpoint::parse("https://server.example.com/token?a=b", Plaintext::LoopbackOnly).unwrap();
        let moment = Moment { now: 105, id: "i".to_owned().into() };
        let proof = key().proof("POST", &endpoint, &moment, Some("n"), None).unwrap();
        assert_eq!(
            decoded(&proof, 1),
            serde_json::json!({"jti":"i-dpop","htm":"POST","htu":"https://server.example.com/token","nonce":"n","iat":100})
        );
        let header = decoded(&proof, 0);
        assert_eq!((&header["typ"], &header["alg"]), (&"dpop+jwt".into(), &"ES256".into()));
        let names: Vec<_> = header["jwk"].as_object().unwrap().keys().collect();
        assert_eq!(names, ["crv", "kty", "x", "y"]);
    }

    /// RFC 9449 section 7.1.
    #[test]
    fn the_hash_of_the_example_token_is_that_of_the_rfc() {
        let endpoint =
            Endpoint::parse("https://resource.example.org/protectedresource", Plaintext::LoopbackOnly)
                .unwrap();
        let moment = Moment { now: 0, id: "i".to_owned().into() };
        let token = Secret::new("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU".into());
        let proof = key().proof("GET", &endpoint, &moment, None, Some(&token)).unwrap();
        assert_eq!(decoded(&proof, 1)["ath"], "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo");
    }
}
