//! The family of methods that send the client secret itself (RFC 6749 section 2.3.1): the `Basic` header
//! and its two spellings. The form's spelling is the form's.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use zeroize::Zeroizing;

use crate::secret::Secret;
use crate::text::form_encode;

/// How id and secret are spelled before Base64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BasicEncoding {
    /// Form-encoded, as RFC 6749 section 2.3.1 has it.
    #[default]
    Form,
    /// As they are, for servers that do not decode (RFC 7617 alone).
    Raw,
}

impl BasicEncoding {
    /// Reads `--basic-encoding`.
    pub fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "form" => Some(Self::Form),
            "raw" => Some(Self::Raw),
            _ => None,
        }
    }

    /// The option's value.
    pub fn name(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Raw => "raw",
        }
    }
}

/// The value of the `Authorization` header.
pub fn basic(id: &str, secret: &Secret, encoding: BasicEncoding) -> Secret {
    let pair = Zeroizing::new(match encoding {
        BasicEncoding::Form => {
            format!("{}:{}", form_encode(id), *Zeroizing::new(form_encode(secret.expose())))
        }
        BasicEncoding::Raw => format!("{id}:{}", secret.expose()),
    });
    Secret::new(format!("Basic {}", *Zeroizing::new(BASE64_STANDARD.encode(pair.as_bytes()))))
}

/// Whether the two spellings differ for this client, so that the wrong one can be the reason for a 401.
pub fn encoding_matters(id: &str, secret: &Secret) -> bool {
    form_encode(id) != id || form_encode(secret.expose()) != secret.expose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(id: &str, secret: &str, encoding: BasicEncoding) -> String {
        let header = basic(id, &Secret::new(secret.into()), encoding);
        let bytes = BASE64_STANDARD.decode(header.expose().strip_prefix("Basic ").unwrap()).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn the_example_of_rfc_6749_section_2_3_1_is_reproduced() {
        let header = basic("s6BhdRkqt3", &Secret::new("7Fjfp0ZBr1KtDRbnfVdmIw".into()), BasicEncoding::Form);
        assert_eq!(header.expose(), "Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3");
    }

    #[test]
    fn reserved_characters_are_encoded_in_form_and_untouched_in_raw() {
        assert_eq!(
            decoded("sb-name!b1|app!b2", "a+b%/=", BasicEncoding::Form),
            "sb-name%21b1%7Capp%21b2:a%2Bb%25%2F%3D"
        );
        assert_eq!(decoded("sb-name!b1|app!b2", "uuid$x=", BasicEncoding::Raw), "sb-name!b1|app!b2:uuid$x=");
    }

    #[test]
    fn the_spellings_differ_only_for_reserved_characters() {
        assert!(!encoding_matters("my-client_1.0~", &Secret::new("Abc-._~9".into())));
        assert!(
            encoding_matters("id", &Secret::new("a b".into()))
                && encoding_matters("a:b", &Secret::new("s".into()))
        );
    }
}
