//! [`Bundle`]: a PEM file of certificate authorities, out of which those with certain names are taken while the rest
//! is left unread. This is for speed alone: of the 146 authorities of a system one is needed, and to read them all
//! takes longer than all else that a request does here. With this a cold HTTPS call with the system's authorities
//! takes 1.0 times what it takes with two; without it, 1.4 times.

use std::fs::File;
use std::io::{Read, Seek};
use std::ops::ControlFlow;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
#[cfg(not(target_arch = "x86_64"))]
use memchr::arch::all::memchr::One;
#[cfg(target_arch = "x86_64")]
use memchr::arch::x86_64::sse2::memchr::One;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
const END: &[u8] = b"-----END CERTIFICATE-----";
const DASHES: &[u8] = b"-----";

/// How many characters of a certificate are decoded at first: two lines, in which the name of the signer begins.
const START: usize = 128;

/// How much of the file is held at a time, in bytes. Each page of memory that is used for the first time costs as much
/// as to read one of the file.
const PIECE: usize = 32 * 1024;

/// A PEM file that holds certificates and comments, and nothing else.
#[derive(Debug)]
pub struct Bundle {
    /// It is read again by who has to judge: whatever became of its name by then, this is the file.
    file: File,
}

impl Bundle {
    /// A file whose first certificate begins as one: whoever is trusted, somebody must be.
    pub fn new(path: &Path) -> Option<Self> {
        let file = File::open(path).ok().filter(|file| file.metadata().is_ok_and(|about| about.is_file()))?;
        let mut has_first = false;
        let is_regular = read(&file, &mut |block| {
            has_first = beginning(block, &mut [0; START]).and_then(issuer_header).is_some();
            ControlFlow::Break(())
        });
        (is_regular && has_first).then_some(Self { file })
    }

    /// Certificates of authorities with one of these names, which are the contents of an X.501 `Name` in DER, though
    /// perhaps not all. Nothing where the file holds something else: then it takes a full reading to tell what counts.
    pub fn named(&self, names: &[&[u8]]) -> Option<Vec<CertificateDer<'static>>> {
        let mut found = Vec::new();
        let is_regular = read(&self.file, &mut |block| {
            let wanted = may_be_signed_by(block, names).then(|| decoded(block)).flatten();
            found.extend(wanted.filter(|der| issuer(der).is_some_and(|name| names.contains(&name))));
            ControlFlow::Continue(())
        });
        is_regular.then_some(found)
    }
}

fn decoded(block: &[u8]) -> Option<CertificateDer<'static>> {
    CertificateDer::from_pem_slice(block).ok()
}

/// Hands over the certificates of a file, with the lines around them, as far as they are wanted. Returns whether there
/// was nothing else between dashes.
fn read(mut file: &File, take: &mut dyn FnMut(&[u8]) -> ControlFlow<()>) -> bool {
    if file.rewind().is_err() {
        return false;
    }
    let mut piece = vec![0; PIECE];
    let mut filled = 0;
    loop {
        let Ok(count) = file.read(&mut piece[filled..]) else { return false };
        filled += count;
        match blocks(&piece[..filled], count == 0, take) {
            Some(ControlFlow::Break(())) => return true,
            Some(ControlFlow::Continue(_)) if count == 0 => return true,
            Some(ControlFlow::Continue(rest)) => {
                piece.copy_within(rest..filled, 0);
                filled -= rest;
            }
            None => return false,
        }
        if filled == PIECE {
            return false;
        }
    }
}

/// Hands over the certificates in a piece of a file, and returns where the rest begins. Nothing where there is
/// something else between dashes, or the last piece ends within a certificate.
fn blocks(
    piece: &[u8],
    is_last: bool,
    take: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
) -> Option<ControlFlow<(), usize>> {
    let mut dashes = dashes(piece);
    let mut rest = 0;
    loop {
        let places = [dashes.next(), dashes.next(), dashes.next(), dashes.next()];
        let [Some(start), Some(start_end), Some(end), Some(end_end)] = places else {
            let is_cut = places[0].is_some();
            return if is_last && is_cut { None } else { Some(ControlFlow::Continue(rest)) };
        };
        let is_certificate = is_line(piece, start, BEGIN)
            && is_line(piece, end, END)
            && start_end == start + BEGIN.len() - DASHES.len()
            && end_end == end + END.len() - DASHES.len();
        if !is_certificate {
            return None;
        }
        rest = end + END.len();
        if take(&piece[start..rest]).is_break() {
            return Some(ControlFlow::Break(()));
        }
    }
}

/// Where there are five dashes.
fn dashes(piece: &[u8]) -> impl Iterator<Item = usize> {
    let dash = search_for(DASHES[0]);
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let at = from + dash.as_ref()?.find(&piece[from..])?;
            let is_row = piece[at..].starts_with(DASHES);
            from = at + if is_row { DASHES.len() } else { 1 };
            if is_row {
                return Some(at);
            }
        }
    })
}

/// memchr's search, by what every processor of the kind can do: to ask this one what else it could do is slow on
/// virtual machines, and took 0.1 ms.
fn search_for(byte: u8) -> Option<One> {
    #[cfg(target_arch = "x86_64")]
    return One::new(byte);
    #[cfg(not(target_arch = "x86_64"))]
    Some(One::new(byte))
}

/// Whether this, and nothing else, is the line that begins here.
fn is_line(text: &[u8], start: usize, line: &[u8]) -> bool {
    let is_break = |byte: Option<&u8>| matches!(byte, None | Some(b'\n' | b'\r'));
    text[start..].starts_with(line)
        && is_break(start.checked_sub(1).and_then(|before| text.get(before)))
        && is_break(text.get(start + line.len()))
}

/// Whether a certificate may be signed by one of these, as far as its beginning tells. An authority's own is signed by
/// itself; one that another has signed is passed over, for to tell its name takes twice the reading, and it is
/// hardly ever needed.
fn may_be_signed_by(block: &[u8], names: &[&[u8]]) -> bool {
    let mut der = [0; START];
    let Some(beginning) = beginning(block, &mut der) else { return false };
    let Some((length, name)) = issuer_header(beginning) else { return false };
    names.iter().any(|own| own.len() == length && own.starts_with(&name[..name.len().min(length)]))
}

/// The first bytes of a certificate.
fn beginning<'a>(block: &[u8], der: &'a mut [u8; START]) -> Option<&'a [u8]> {
    let mut encoded = [0; START];
    let mut length = 0;
    let mut rest = &block[BEGIN.len()..block.len() - END.len()];
    while !rest.is_empty() && length < START {
        let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        let line = rest[..end].trim_ascii();
        let taken = line.len().min(START - length);
        encoded[length..length + taken].copy_from_slice(&line[..taken]);
        length += taken;
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    // Groups of four that odd lines have cut are left out.
    let decoded = STANDARD.decode_slice(&encoded[..length / 4 * 4], der).ok()?;
    Some(&der[..decoded])
}

/// The name of who has signed a certificate (RFC 5280 section 4.1).
pub fn issuer(der: &[u8]) -> Option<&[u8]> {
    let (length, rest) = issuer_header(der)?;
    rest.get(..length)
}

/// The length of that name, and its beginning.
fn issuer_header(der: &[u8]) -> Option<(usize, &[u8])> {
    const VERSION: u8 = 0xa0;
    let (_, certificate) = header(der)?;
    let (_, to_be_signed) = header(certificate)?;
    let serial = if to_be_signed.first() == Some(&VERSION) { element(to_be_signed)?.1 } else { to_be_signed };
    let (_, signature) = element(serial)?;
    let (_, issuer) = element(signature)?;
    header(issuer)
}

/// The content of a DER element, and what follows it.
fn element(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = header(der)?;
    rest.split_at_checked(length)
}

/// The length of a DER element's content, and what follows these two.
fn header(der: &[u8]) -> Option<(usize, &[u8])> {
    let (&[_, first], rest) = der.split_first_chunk::<2>()?;
    if first < 0x80 {
        return Some((first.into(), rest));
    }
    let count = usize::from(first & 0x7f);
    let (bytes, rest) = rest.split_at_checked(count).filter(|_| (1..=3).contains(&count))?;
    Some((bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest))
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair};

    use super::*;

    fn authority(name: &str) -> rcgen::Certificate {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap()
    }

    fn named(text: &str, wanted: &rcgen::Certificate) -> Option<usize> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let bundle = Bundle::new(file.path())?;
        let found = bundle.named(&[issuer(wanted.der()).unwrap()])?;
        assert!(found.iter().all(|der| der == wanted.der()));
        Some(found.len())
    }

    #[test]
    fn an_authority_is_found_by_its_name_wherever_it_stands() {
        let wanted = authority("the one that is wanted");
        let others: String = (0..150).map(|number| authority(&format!("another, {number}")).pem()).collect();
        assert!(others.len() > 2 * PIECE, "it does not fit into one piece, nor into two");
        for text in [
            format!("{}{others}", wanted.pem()),
            format!("{others}{}", wanted.pem()),
            format!("{others}# a comment - with -- dashes\n\n{}", wanted.pem().trim_end()),
            format!("{others}{}", wanted.pem()).replace('\n', "\r\n"),
        ] {
            assert_eq!(named(&text, &wanted), Some(1));
        }
        assert_eq!(named(&others, &wanted), Some(0));
        let long = authority(&"x".repeat(500));
        assert_eq!(named(&format!("{others}{}", long.pem()), &long), Some(1));
        assert_eq!(named(&format!("{}{}", wanted.pem(), wanted.pem()), &wanted), Some(2));
    }

    #[test]
    fn a_file_that_holds_something_else_is_left_to_a_full_reading() {
        let own = authority("own");
        let pem = own.pem();
        for text in [
            String::new(),
            "nothing".to_owned(),
            pem.replace("CERTIFICATE", "TRUSTED CERTIFICATE"),
            pem.replace("-----END", "----END"),
            format!("-----BEGIN CERTIFICATE-----\n{pem}"),
            format!("x{pem}"),
            format!("{pem}-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
            format!("{pem}-----BEGIN CERTIFICATE-----\nAAAA\n"),
            format!("{pem}# -----\n"),
            format!("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n{pem}"),
            format!("{pem}{}{pem}", "# a long comment\n".repeat(PIECE / 16)),
        ] {
            assert_eq!(named(&text, &own), None, "{}", text.get(..200).unwrap_or(&text));
        }
        assert!(Bundle::new("/nonexistent".as_ref()).is_none() && Bundle::new("/".as_ref()).is_none());
    }

    #[test]
    fn der_that_is_cut_or_odd_has_no_issuer() {
        let der = authority("own").der().to_vec();
        let end = der.windows(3).position(|window| window == b"own").unwrap() + 3;
        assert!((0..end).all(|length| issuer(&der[..length]).is_none()));
        assert!(issuer(&der[..end]).is_some_and(|name| name.ends_with(b"own")));
        assert!(
            [&[0x30, 0x84, 1, 1, 1, 1][..], &[0x30, 0x80], &[0x30]].iter().all(|der| issuer(der).is_none())
        );
    }
}
