//! What was typed and does nothing with the proof of the client that is used: whoever typed it meant something by
//! it. What comes from the environment or a file may be there for other calls.

use super::setting::Setting;
use super::sources::Sources;
use super::typed::typed;
use crate::client_auth::{ClientAuth, Method};
use crate::error::Failure;
use crate::grant::{Assertion, Grant};
use crate::request::Plan;

/// What a request makes use of.
#[allow(clippy::struct_excessive_bools, reason = "they are independent of each other")]
struct Uses {
    method: Method,
    /// Something is signed here.
    signs: bool,
    /// It is signed with the key of `--signing-key`.
    signs_with_own_key: bool,
    /// A key that may be encrypted is read.
    reads_key: bool,
    /// The runner is asked for a token.
    asks_runner: bool,
    /// A certificate is named in assertions.
    names_certificate: bool,
}

type Row = (Setting, fn(&Uses) -> bool);

/// Settings of the client, and what they are of use to.
const NEEDS: [Row; 12] = [
    (Setting::ClientSecretFile, |uses| {
        use Method as M;
        matches!(uses.method, M::ClientSecretBasic | M::ClientSecretPost | M::ClientSecretJwt)
    }),
    (Setting::BasicEncoding, |uses| uses.method == Method::ClientSecretBasic),
    (Setting::SigningKeyFile, |uses| uses.signs_with_own_key),
    (Setting::KeyPassphraseFile, |uses| uses.reads_key),
    (Setting::KeyId, |uses| uses.signs),
    (Setting::Algorithm, |uses| uses.signs),
    (Setting::SigningCert, |uses| uses.signs),
    (Setting::Thumbprint, |uses| uses.signs && uses.names_certificate),
    (Setting::AssertionAudience, |uses| uses.signs || uses.asks_runner),
    (Setting::AssertionType, |uses| uses.signs),
    (Setting::AssertionLifetime, |uses| uses.signs),
    (Setting::ClientAssertionFile, |uses| uses.method == Method::PrivateKeyJwt && !uses.signs_with_own_key),
];

/// What was typed about the client, and what of the rest matters to it.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "they are independent of each other")]
pub struct Typed {
    settings: Vec<&'static Row>,
    has_key: bool,
    has_account: bool,
    asks_runner: bool,
    names_certificate: bool,
}

impl Typed {
    /// Looks at what was typed.
    pub fn new(sources: &Sources, has_key: bool) -> Result<Self, Failure> {
        let is_set = |setting| sources.find(setting).map(|found| found.is_some());
        Ok(Self {
            settings: NEEDS.iter().filter(|row| !typed(row.0, sources.cli).is_empty()).collect(),
            has_key,
            has_account: is_set(Setting::GoogleServiceAccount)?,
            asks_runner: is_set(Setting::ClientAssertion)? || is_set(Setting::SubjectToken)?,
            names_certificate: is_set(Setting::SigningCert)?,
        })
    }

    /// What does nothing for this request.
    pub fn idle(&self, plan: &Plan) -> Vec<String> {
        let method = plan.client.method();
        let signs_client = matches!(plan.client, ClientAuth::Signed { .. });
        let signs_grant = matches!(plan.grant, Grant::JwtBearer(Assertion::Signed(_)));
        let uses = Uses {
            method,
            signs: signs_client || signs_grant,
            signs_with_own_key: (signs_client && method == Method::PrivateKeyJwt)
                || (signs_grant && !self.has_account),
            reads_key: self.has_key || plan.dpop.is_some(),
            asks_runner: self.asks_runner,
            names_certificate: self.names_certificate,
        };
        let idle = self.settings.iter().filter(|(_, is_of_use)| !is_of_use(&uses));
        idle.filter_map(|(setting, _)| setting.row().option)
            .map(|option| match option {
                "--thumbprint" if uses.signs => format!("`{option}` does nothing without `--signing-cert`"),
                "--signing-key" if method == Method::PrivateKeyJwt => {
                    format!("`{option}` does nothing beside an assertion from elsewhere")
                }
                "--key-passphrase-file" => format!("`{option}` does nothing without a key"),
                _ => format!("`{option}` does nothing with `{}`", method.name()),
            })
            .collect()
    }
}
