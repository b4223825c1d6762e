//! [`Bundle`]: a PEM file of certificate authorities, out of which those with certain names are taken while the rest
//! is left unread. This is for speed alone: of the 146 authorities of a system one is needed, and to read them all
//! takes longer than all else that a request does here. With this a cold HTTPS call with the system's authorities
//! takes 1.0 times what it takes with two; without it, 1.4 times.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use memchr::memmem;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::roots::BUNDLE_LIMIT;

const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
const END: &[u8] = b"-----END CERTIFICATE-----";
const DASHES: &[u8] = b"-----";

/// How many characters of a certificate are decoded to find its name. Longer names are found in the whole.
const START: usize = 640;

/// The text of a PEM file.
#[derive(Debug)]
pub struct Bundle {
    text: Vec<u8>,
}

impl Bundle {
    /// Reads a file; nothing where it cannot be read, or is so large that it must be something else.
    pub fn read(path: &Path) -> Option<Self> {
        let mut text = Vec::new();
        let file = File::open(path).ok()?;
        let length = file.metadata().ok().filter(std::fs::Metadata::is_file)?.len();
        text.reserve_exact(usize::try_from(length.min(BUNDLE_LIMIT)).ok()? + 1);
        file.take(BUNDLE_LIMIT + 1).read_to_end(&mut text).ok()?;
        (text.len() as u64 <= BUNDLE_LIMIT).then_some(Self { text })
    }

    /// Whether the first certificate can be read.
    pub fn begins_well(&self) -> bool {
        CertificateDer::pem_slice_iter(&self.text).next().is_some_and(|first| first.is_ok())
    }

    /// The certificates of authorities with one of these names, which are the contents of an X.501 `Name` in DER.
    /// Nothing where the file holds anything but certificates and comments: then it takes a full reading to tell what
    /// counts.
    pub fn named(&self, names: &[&[u8]]) -> Option<Vec<CertificateDer<'static>>> {
        let blocks = blocks(&self.text)?;
        let wanted = blocks.into_iter().filter(|block| has_name(block, names));
        Some(wanted.filter_map(|block| CertificateDer::from_pem_slice(block).ok()).collect())
    }
}

/// The parts of the text that are certificates, with the lines around them.
fn blocks(text: &[u8]) -> Option<Vec<&[u8]>> {
    let mut dashes = memmem::find_iter(text, DASHES);
    let mut blocks = Vec::new();
    while let Some(start) = dashes.next() {
        let body = start + BEGIN.len();
        is_line(text, start, BEGIN).then_some(())?;
        // The dashes at the end of the line.
        (dashes.next()? == body - DASHES.len()).then_some(())?;
        let end = dashes.next()?;
        is_line(text, end, END).then_some(())?;
        (dashes.next()? == end + END.len() - DASHES.len()).then_some(())?;
        blocks.push(&text[start..end + END.len()]);
    }
    Some(blocks)
}

/// Whether this, and nothing else, is the line that begins here.
fn is_line(text: &[u8], start: usize, line: &[u8]) -> bool {
    let is_break = |byte: Option<&u8>| matches!(byte, None | Some(b'\n' | b'\r'));
    text[start..].starts_with(line)
        && is_break(start.checked_sub(1).and_then(|before| text.get(before)))
        && is_break(text.get(start + line.len()))
}

fn has_name(block: &[u8], names: &[&[u8]]) -> bool {
    let body = &block[BEGIN.len()..block.len() - END.len()];
    let characters = || body.iter().copied().filter(|byte| !byte.is_ascii_whitespace());
    let mut encoded = [0; START];
    let mut length = 0;
    for (place, character) in encoded.iter_mut().zip(characters()) {
        *place = character;
        length += 1;
    }
    let mut der = [0; START];
    let Ok(decoded) = STANDARD.decode_slice(&encoded[..length], &mut der) else { return false };
    if let Some(name) = subject(&der[..decoded]) {
        return names.contains(&name);
    }
    let whole = STANDARD.decode(characters().collect::<Vec<u8>>()).unwrap_or_default();
    subject(&whole).is_some_and(|name| names.contains(&name))
}

/// The name of whom a certificate is for (RFC 5280 section 4.1), of which the beginning is enough.
pub fn subject(der: &[u8]) -> Option<&[u8]> {
    let (_, validity) = issuer_and_rest(der)?;
    let (_, _, rest) = element(validity)?;
    element(rest).map(|(_, name, _)| name)
}

/// The name of who has signed a certificate.
pub fn issuer(der: &[u8]) -> Option<&[u8]> {
    issuer_and_rest(der).map(|(name, _)| name)
}

fn issuer_and_rest(der: &[u8]) -> Option<(&[u8], &[u8])> {
    const VERSION: u8 = 0xa0;
    let (_, _, certificate) = header(der)?;
    let (_, _, mut rest) = header(certificate)?;
    if rest.first() == Some(&VERSION) {
        (_, _, rest) = element(rest)?;
    }
    let (_, _, signature) = element(rest)?;
    let (_, _, issuer) = element(signature)?;
    let (_, name, rest) = element(issuer)?;
    Some((name, rest))
}

/// The tag of a DER element, its content, and what follows it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, length, rest) = header(der)?;
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

/// The tag of a DER element, the length of its content, and what follows these two.
fn header(der: &[u8]) -> Option<(u8, usize, &[u8])> {
    let (&[tag, first], rest) = der.split_first_chunk::<2>()?;
    if first < 0x80 {
        return Some((tag, first.into(), rest));
    }
    let count = usize::from(first & 0x7f);
    let (bytes, rest) = rest.split_at_checked(count).filter(|_| (1..=3).contains(&count))?;
    Some((tag, bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest))
}
