//! JSON Web Keys (RFC 7517, 7518 section 6, 8037): a private key read from one, a public key written as one,
//! and its thumbprint (RFC 7638).

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::rsa::{KeyPairComponents, PublicKeyComponents};
use serde_json::Value;
use zeroize::Zeroizing;

use super::key::{KeyFault, Pair, Parts};
use super::{Algorithm, Family, Members, base64url, sha256};
use crate::text::escape;

/// What a JWK says beside the key.
#[derive(Debug, Default)]
pub struct Labels {
    /// `kid`.
    pub id: Option<String>,
    /// `alg`.
    pub algorithm: Option<String>,
    /// What only the key's owner can know, in one spelling.
    pub material: Zeroizing<Vec<u8>>,
}

/// Reads a private JWK, or from a set the one that `id` names, or its only private one.
pub fn read(text: &str, id: Option<&str>) -> Result<(Parts, Labels), KeyFault> {
    let damaged =
        || KeyFault::new("it is JSON, but no JWK", "give a private JWK, a JWK set, or a key in PEM");
    let value: Value = serde_json::from_str(text).map_err(|_| damaged())?;
    let jwk = match value.get("keys") {
        Some(Value::Array(keys)) => choose(keys, id)?,
        _ => value.as_object().ok_or_else(damaged)?,
    };
    let label = |name: &str| jwk.get(name).and_then(Value::as_str).map(str::to_owned);
    let material = Zeroizing::new(Value::Object(jwk.clone()).to_string().into_bytes());
    let parts = parts(jwk)?;
    let algorithm = label("alg").filter(|name| !name.is_empty());
    if is_for_encryption(jwk) {
        return Err(KeyFault::new("the JWK is for encryption (`use` is `enc`)", "give the one that signs"));
    }
    let signs = |name: &String| Algorithm::parse(name).is_some_and(|own| own.fits(parts.family));
    if let Some(name) = algorithm.as_ref().filter(|name| !signs(name)) {
        return Err(KeyFault::new(
            format!("the JWK's `alg` is `{}`, which its key cannot sign with", escape(name)),
            "give the key that is meant for it, or take `alg` out",
        ));
    }
    Ok((parts, Labels { id: label("kid"), algorithm, material }))
}

fn is_for_encryption(jwk: &Members) -> bool {
    jwk.get("use").and_then(Value::as_str) == Some("enc")
}

fn choose<'a>(keys: &'a [Value], id: Option<&str>) -> Result<&'a Members, KeyFault> {
    let name = |key: &Members| key.get("kid").and_then(Value::as_str).map(str::to_owned);
    // One that is chosen by its id is looked at, whatever it is for.
    let may_sign = |key: &&Members| key.contains_key("d") && (id.is_some() || !is_for_encryption(key));
    let fits = |key: &&Members| may_sign(key) && id.is_none_or(|id| name(key).as_deref() == Some(id));
    let fitting: Vec<&Members> = keys.iter().filter_map(Value::as_object).filter(fits).collect();
    match (fitting.as_slice(), id) {
        ([one], _) => Ok(one),
        ([], Some(id)) => Err(KeyFault::new(
            format!("the JWK set has no private key of the id `{}`", escape(id)),
            "check `--key-id` against the `kid` of the keys",
        )),
        ([], None) => Err(KeyFault::new(
            "the JWK set has no private key that signs",
            "give the set with the private keys",
        )),
        (several, _) => {
            let names: Vec<String> = several
                .iter()
                .filter_map(|key| name(key))
                .map(|name| format!("`{}`", escape(&name)))
                .collect();
            Err(KeyFault::new(
                "the JWK set has several private keys",
                format!("choose one with `--key-id`: {}", names.join(", ")),
            ))
        }
    }
}

fn parts(jwk: &Members) -> Result<Parts, KeyFault> {
    let text = |name: &str| jwk.get(name).and_then(Value::as_str).unwrap_or_default();
    let field = |name: &str| -> Result<Zeroizing<Vec<u8>>, KeyFault> {
        BASE64_URL_SAFE_NO_PAD
            .decode(text(name))
            .ok()
            .filter(|bytes| !bytes.is_empty())
            .map(Zeroizing::new)
            .ok_or_else(|| {
                KeyFault::new(
                    format!("the JWK has no usable member `{name}`"),
                    if name == "d" {
                        "that may be the public key: give the private one"
                    } else {
                        "export the whole private key again"
                    },
                )
            })
    };
    match (text("kty"), text("crv")) {
        ("RSA", _) => {
            let components = KeyPairComponents {
                public_key: PublicKeyComponents { n: field("n")?, e: field("e")? },
                d: field("d")?,
                p: field("p")?,
                q: field("q")?,
                dP: field("dp")?,
                dQ: field("dq")?,
                qInv: field("qi")?,
            };
            Ok(Parts {
                pair: Pair::rsa(ring::rsa::KeyPair::from_components(&components))?,
                family: Family::Rsa,
            })
        }
        ("EC", curve @ ("P-256" | "P-384")) => {
            let family = if curve == "P-256" { Family::P256 } else { Family::P384 };
            let point = [&[4][..], &field("x")?, &field("y")?].concat();
            Pair::ec(family, &field("d")?, &point).map(|pair| Parts { pair, family })
        }
        ("OKP", "Ed25519") => {
            let pair = ring::signature::Ed25519KeyPair::from_seed_and_public_key(&field("d")?, &field("x")?);
            Ok(Parts { pair: Pair::Ed25519(pair.map_err(|_| KeyFault::broken())?), family: Family::Ed25519 })
        }
        ("oct", _) => Err(KeyFault::new(
            "it is a shared secret (`kty` is `oct`)",
            "for `client_secret_jwt` the key is the client secret: set `OAUTH_CLIENT_SECRET`",
        )),
        (kind, curve) => {
            Err(KeyFault::unsupported(&format!("a JWK of the type {} {}", escape(kind), escape(curve))))
        }
    }
}

/// The public key as a JWK, with the members of its thumbprint and no others.
pub fn public(pair: &Pair) -> Members {
    let mut jwk = Members::new();
    let mut put = |name: &str, value: &str| jwk.insert(name.to_owned(), value.into());
    match pair {
        Pair::Rsa(key) => {
            let public = PublicKeyComponents::<Vec<u8>>::from(key.public());
            put("e", &base64url(public.e));
            put("kty", "RSA");
            put("n", &base64url(public.n));
        }
        Pair::Ec(family, key) => {
            use ring::signature::KeyPair;
            let point = &key.public_key().as_ref()[1..];
            let (x, y) = point.split_at(point.len() / 2);
            put("crv", if *family == Family::P256 { "P-256" } else { "P-384" });
            put("kty", "EC");
            put("x", &base64url(x));
            put("y", &base64url(y));
        }
        Pair::Ed25519(key) => {
            use ring::signature::KeyPair;
            put("crv", "Ed25519");
            put("kty", "OKP");
            put("x", &base64url(key.public_key()));
        }
        Pair::Secret(_) => {}
    }
    jwk
}

/// The SHA-256 thumbprint (RFC 7638). `serde_json` writes members in lexicographic order, as it must be.
pub fn thumbprint(jwk: &Members) -> String {
    base64url(sha256(Value::Object(jwk.clone()).to_string().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::super::{Algorithm, SigningKey};
    use super::*;

    const ED25519: &str = r#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

    fn key(text: &str, id: Option<&str>) -> Result<SigningKey, KeyFault> {
        SigningKey::parse(text.as_bytes(), None, id)
    }

    /// RFC 8037 appendices A.1 to A.4.
    #[test]
    fn the_ed25519_example_of_rfc_8037_is_reproduced() {
        let key = key(ED25519, None).unwrap();
        let signature =
            key.sign(Algorithm::EdDSA, b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc").unwrap();
        assert_eq!(
            base64url(signature),
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        );
        assert_eq!(thumbprint(&key.public_jwk()), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    /// RFC 7638 section 3.1.
    #[test]
    fn the_thumbprint_example_of_rfc_7638_is_reproduced() {
        let jwk = serde_json::json!({
            "kty": "RSA",
            "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
            "e": "AQAB"
        });
        assert_eq!(thumbprint(jwk.as_object().unwrap()), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    /// RFC 9449 sections 4.1 and 6.1.
    #[test]
    fn the_thumbprint_example_of_rfc_9449_is_reproduced() {
        let jwk = serde_json::json!({
            "kty": "EC", "crv": "P-256",
            "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
            "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA"
        });
        assert_eq!(thumbprint(jwk.as_object().unwrap()), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    }

    /// RFC 7515 appendix A.3: the key; a signature of ES256 is another each time.
    #[test]
    fn the_p256_key_of_rfc_7515_signs_64_bytes() {
        let key = key(r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI","kid":"k"}"#, None).unwrap();
        assert_eq!(key.sign(Algorithm::ES256, b"x").unwrap().len(), 64);
        assert_eq!((key.id.as_deref(), key.family), (Some("k"), Family::P256));
    }

    #[test]
    fn a_key_that_is_meant_for_something_else_is_refused() {
        for (member, reason) in [
            (r#""use":"enc""#, "the JWK is for encryption (`use` is `enc`)"),
            (r#""alg":"ES256""#, "the JWK's `alg` is `ES256`, which its key cannot sign with"),
            (r#""alg":"ECDH-ES""#, "the JWK's `alg` is `ECDH-ES`, which its key cannot sign with"),
        ] {
            let jwk = ED25519.replacen('{', &format!("{{{member},"), 1);
            assert_eq!(key(&jwk, None).unwrap_err().reason, reason);
        }
        let jwk = ED25519.replacen('{', r#"{"use":"sig","alg":"Ed25519","#, 1);
        assert!(key(&jwk, None).is_ok());
    }

    #[test]
    fn a_set_is_searched_by_id_and_a_choice_is_asked_for() {
        let one = ED25519.replacen('{', r#"{"kid":"one","#, 1);
        let two = ED25519.replacen('{', r#"{"kid":"two","alg":"EdDSA","#, 1);
        let public = r#"{"kid":"public","kty":"OKP"}"#;
        let set = format!(r#"{{"keys":[{one},{two},{public}]}}"#);
        assert_eq!(key(&set, Some("two")).unwrap().id.as_deref(), Some("two"));
        let fault = key(&set, None).unwrap_err();
        assert_eq!(fault.hint, "choose one with `--key-id`: `one`, `two`");
        assert!(key(&set, Some("public")).unwrap_err().reason.contains("no private key of the id `public`"));
        let encrypts = ED25519.replacen('{', r#"{"kid":"three","use":"enc","#, 1);
        let alone = format!(r#"{{"keys":[{public},{encrypts},{one}]}}"#);
        assert_eq!(key(&alone, None).unwrap().id.as_deref(), Some("one"));
    }

    #[test]
    fn what_is_no_private_jwk_is_named() {
        for (text, reason) in [
            ("{", "it is JSON, but no JWK"),
            ("{}", "a JWK of the type"),
            (r#"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#, "no usable member `d`"),
            (r#"{"kty":"oct","k":"c2VjcmV0"}"#, "shared secret"),
            (r#"{"kty":"EC","crv":"secp256k1","d":"AA"}"#, "secp256k1"),
            (r#"{"kty":"EC","crv":"P-521","d":"AA"}"#, "P-521"),
            (r#"{"kty":"OKP","crv":"Ed25519","d":"AAAA","x":"AAAA"}"#, "damaged"),
        ] {
            let fault = key(text, None).unwrap_err();
            assert!(fault.reason.contains(reason), "{text}: {}", fault.reason);
        }
    }
}
