//! Why there is no trust, in words: rustls's errors, and what usually helps.

use rustls::{AlertDescription, CertificateError};

use super::fault::Context;
use super::progress::Phase;
use crate::error::Failure;
use crate::text::escape;

/// A failed handshake, or an alert after it.
pub fn failure(error: &rustls::Error, context: &Context, reached: Option<Phase>) -> Failure {
    let (reason, hint) = reason(error, context, &context.peer_host(reached));
    context.no_trust(&reason, reached).maybe_hint(hint)
}

type Words = (String, Option<String>);

fn words(reason: &str, hint: &str) -> Words {
    (reason.to_owned(), Some(hint.to_owned()))
}

fn reason(error: &rustls::Error, context: &Context, host: &str) -> Words {
    use AlertDescription as A;
    match error {
        rustls::Error::InvalidCertificate(error) => certificate(error, context, host),
        rustls::Error::InvalidMessage(_) => words(
            "the server does not speak TLS on this port",
            "check the port; plain `http://` is for loopback alone",
        ),
        rustls::Error::AlertReceived(A::ProtocolVersion) => words(
            "the server offers no TLS version or cipher that is still safe",
            "the server must offer TLS 1.2 or 1.3",
        ),
        rustls::Error::PeerIncompatible(_) | rustls::Error::AlertReceived(A::InsufficientSecurity) => words(
            "the server offers no TLS version or cipher that is still safe",
            "the server must offer TLS 1.3, or TLS 1.2 with ECDHE cipher suites",
        ),
        rustls::Error::AlertReceived(A::HandshakeFailure) if !context.shows_certificate => words(
            "the server broke off the handshake",
            "it must offer TLS 1.3, or TLS 1.2 with ECDHE cipher suites; if it wants a client certificate, pass `--cert` and `--key`",
        ),
        rustls::Error::AlertReceived(A::CertificateRequired) => {
            words("the server wants a client certificate", "pass it with `--cert FILE` and `--key FILE`")
        }
        rustls::Error::AlertReceived(alert) if context.shows_certificate => words(
            &format!(
                "the server does not accept the client's certificate ({})",
                escape(&format!("{alert:?}"))
            ),
            "check `--cert`: the server must know its authority, or the certificate itself",
        ),
        other => (escape(&other.to_string()), None),
    }
}

fn certificate(error: &CertificateError, context: &Context, host: &str) -> Words {
    use CertificateError as C;
    let text = format!("{error:?}");
    match error {
        C::UnknownIssuer if context.has_own_authorities => words(
            "the certificate is signed by an unknown authority",
            "neither `--cacert` nor the system knows it: give the authority's own certificate, or let the server send its intermediate one",
        ),
        C::UnknownIssuer => {
            let hint = "if the authority is a private one, give its certificate with `--cacert FILE`";
            let known = match context.variables.as_slice() {
                [] => String::new(),
                names => format!("; those that are known come from `{}`", names.join("` and `")),
            };
            (
                "the certificate is signed by an unknown authority".to_owned(),
                Some(format!("{hint}{known}")),
            )
        }
        C::BadSignature => words(
            "the certificate's signature is not that of an authority that is known",
            "another authority may have the same name: check `--cacert`; an RSA key of fewer than 2048 bits is refused, too",
        ),
        C::Expired | C::ExpiredContext { .. } => words(
            "the certificate has expired",
            "check this machine's clock; if it is right, the server needs a new certificate",
        ),
        C::NotValidYet | C::NotValidYetContext { .. } => {
            words("the certificate is not valid yet", "check this machine's clock")
        }
        C::NotValidForName | C::NotValidForNameContext { .. } => (
            format!("the certificate is not for the host `{host}`"),
            Some("check the URL's host; the certificate must name it".to_owned()),
        ),
        C::Revoked => ("the certificate is revoked".to_owned(), None),
        _ if text.contains("CaUsedAsEndEntity") => words(
            "the server uses an authority's certificate as its own (`CA:TRUE`)",
            "issue the server a certificate of its own (for openssl req: `-addext basicConstraints=CA:FALSE`)",
        ),
        _ if text.contains("UnsupportedCertVersion") => words(
            "the certificate is of version 1 of X.509",
            "issue the server one of version 3, with the host in `subjectAltName`",
        ),
        _ if text.contains("UnsupportedSignatureAlgorithm") => words(
            "the certificate is signed with an algorithm that is not safe, such as SHA-1",
            "the server needs a certificate signed with SHA-256 or better",
        ),
        _ => (
            format!("the certificate is not acceptable: {}", escape(&error.to_string())),
            Some("the server needs a certificate for servers, signed by an authority that this machine or `--cacert` knows".to_owned()),
        ),
    }
}
