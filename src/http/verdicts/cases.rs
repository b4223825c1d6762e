//! The chains that are judged, good ones and bad ones, each with the authorities that a store holds.

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa,
    Issuer, KeyPair, NameConstraints,
};
use rustls::pki_types::CertificateDer;

/// What signs: its parameters, its key, its certificate.
pub struct Signer {
    params: CertificateParams,
    key: KeyPair,
    certificate: Certificate,
}

/// How an authority differs from a plain one.
pub type Change<'a> = &'a dyn Fn(&mut CertificateParams);

pub const PLAIN: Change<'static> = &|_| {};

impl Signer {
    fn issuer(&self) -> Issuer<'_, &KeyPair> {
        Issuer::from_params(&self.params, &self.key)
    }

    pub fn pem(&self) -> String {
        self.certificate.pem()
    }
}

fn params(name: &str, years: (i32, i32)) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = rcgen::date_time_ymd(years.0, 1, 1);
    params.not_after = rcgen::date_time_ymd(years.1, 1, 1);
    params
}

fn authority_params(name: &str, change: Change) -> CertificateParams {
    let mut params = params(name, (2000, 2100));
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    change(&mut params);
    params
}

pub fn root(name: &str, change: Change) -> Signer {
    root_with(name, KeyPair::generate().unwrap(), change)
}

fn root_with(name: &str, key: KeyPair, change: Change) -> Signer {
    let params = authority_params(name, change);
    let certificate = params.self_signed(&key).unwrap();
    Signer { params, key, certificate }
}

fn intermediate(name: &str, by: &Signer, change: Change) -> Signer {
    let key = KeyPair::generate().unwrap();
    let params = authority_params(name, change);
    let certificate = params.signed_by(&key, &by.issuer()).unwrap();
    Signer { params, key, certificate }
}

/// A certificate of the same key and name by another signer.
fn cross_signed(own: &Signer, by: &Signer) -> Certificate {
    own.params.signed_by(&own.key, &by.issuer()).unwrap()
}

fn leaf(by: &Signer, change: Change) -> Certificate {
    let mut params = params("leaf", (2000, 2100));
    params.subject_alt_names = vec![rcgen::SanType::DnsName("localhost".try_into().unwrap())];
    change(&mut params);
    params.signed_by(&KeyPair::generate().unwrap(), &by.issuer()).unwrap()
}

fn same_key(own: &Signer) -> KeyPair {
    KeyPair::from_pem(&own.key.serialize_pem()).unwrap()
}

/// A chain as a server sends it, its own certificate first, and the authorities that a store has or has not.
pub struct Case {
    pub name: &'static str,
    pub chain: Vec<CertificateDer<'static>>,
    pub roots: Vec<String>,
}

#[allow(clippy::too_many_lines, reason = "a table")]
pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |name, chain: &[&Certificate], roots: &[String]| {
        let chain = chain.iter().map(|certificate| certificate.der().clone()).collect();
        cases.push(Case { name, chain, roots: roots.to_vec() });
    };
    let a = root("root A", PLAIN);
    let b = root("root B", PLAIN);
    let middle = intermediate("middle", &a, PLAIN);
    let lower = intermediate("lower", &middle, PLAIN);
    let by_root = leaf(&a, PLAIN);
    let by_middle = leaf(&middle, PLAIN);
    let by_lower = leaf(&lower, PLAIN);

    add("by the root itself", &[&by_root], &[a.pem()]);
    add("with an intermediate", &[&by_middle, &middle.certificate], &[a.pem()]);
    add("with two intermediates", &[&by_lower, &lower.certificate, &middle.certificate], &[a.pem()]);
    add("in another order", &[&by_lower, &middle.certificate, &lower.certificate], &[a.pem()]);
    add("with the root in it", &[&by_middle, &middle.certificate, &a.certificate], &[a.pem()]);
    add("with a stranger in it", &[&by_middle, &b.certificate, &middle.certificate], &[a.pem()]);
    add("without its intermediate", &[&by_middle], &[a.pem()]);
    add("with half of its intermediates", &[&by_lower, &middle.certificate], &[a.pem()]);
    add("by an unknown root", &[&by_middle, &middle.certificate], &[b.pem()]);
    add("among several roots", &[&by_middle, &middle.certificate], &[b.pem(), a.pem(), b.pem()]);
    add("by a root that is there twice", &[&by_root], &[a.pem(), a.pem()]);
    add("whose intermediate is trusted", &[&by_middle], &[middle.pem()]);
    add("whose intermediate is trusted and sent", &[&by_middle, &middle.certificate], &[middle.pem()]);

    let expired =
        root_with("root A", same_key(&a), &|params| params.not_after = rcgen::date_time_ymd(2001, 1, 1));
    add("an expired root alone", &[&by_root], &[expired.pem()]);
    add("an expired root before a valid one", &[&by_root], &[expired.pem(), a.pem()]);
    add("an expired root after a valid one", &[&by_root], &[a.pem(), expired.pem()]);
    let namesake = root("root A", PLAIN);
    add("a namesake with another key alone", &[&by_root], &[namesake.pem()]);
    add("a namesake with another key before it", &[&by_root], &[namesake.pem(), a.pem()]);
    add(
        "a namesake with another key after it",
        &[&by_middle, &middle.certificate],
        &[a.pem(), namesake.pem()],
    );

    let crossed = cross_signed(&middle, &b);
    add("cross-signed, the sent one's root", &[&by_middle, &crossed], &[b.pem()]);
    add("cross-signed, the other root", &[&by_middle, &crossed], &[a.pem()]);
    add("cross-signed, both sent", &[&by_middle, &crossed, &middle.certificate], &[a.pem()]);
    add("cross-signed, both sent, the other first", &[&by_middle, &middle.certificate, &crossed], &[b.pem()]);
    let crossed_root = cross_signed(&a, &b);
    add("a root that another has signed, sent", &[&by_root, &crossed_root], &[b.pem()]);
    add("a root that another has signed, trusted", &[&by_root], &[crossed_root.pem()]);
    add("the same beside its signer", &[&by_root], &[b.pem(), crossed_root.pem()]);

    let limits = |permitted: &str| NameConstraints {
        permitted_subtrees: vec![GeneralSubtree::DnsName(permitted.to_owned())],
        excluded_subtrees: Vec::new(),
    };
    for (name, permitted) in
        [("allowed by its constraints", "localhost"), ("outside its constraints", "example.com")]
    {
        let bound = intermediate("bound", &a, &|params| params.name_constraints = Some(limits(permitted)));
        add(name, &[&leaf(&bound, PLAIN), &bound.certificate], &[a.pem()]);
        let bound = root("bound root", &|params| params.name_constraints = Some(limits(permitted)));
        add(name, &[&leaf(&bound, PLAIN)], &[bound.pem()]);
        add(name, &[&leaf(&bound, PLAIN)], &[bound.pem(), a.pem()]);
    }
    let short =
        intermediate("short", &a, &|params| params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0)));
    let below = intermediate("below", &short, PLAIN);
    add(
        "a path that is too long",
        &[&leaf(&below, PLAIN), &below.certificate, &short.certificate],
        &[a.pem()],
    );
    add("a path that is just short enough", &[&leaf(&short, PLAIN), &short.certificate], &[a.pem()]);
    let no_authority = intermediate("no authority", &a, &|params| params.is_ca = IsCa::NoCa);
    add(
        "an intermediate that is none",
        &[&leaf(&no_authority, PLAIN), &no_authority.certificate],
        &[a.pem()],
    );

    let late: Change = &|params| params.not_after = rcgen::date_time_ymd(2001, 1, 1);
    let early: Change = &|params| params.not_before = rcgen::date_time_ymd(2090, 1, 1);
    let elsewhere: Change =
        &|params| params.subject_alt_names = vec![rcgen::SanType::DnsName("example.com".try_into().unwrap())];
    let for_clients: Change =
        &|params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    for (name, change) in [
        ("expired", late),
        ("not valid yet", early),
        ("of another host", elsewhere),
        ("for clients", for_clients),
    ] {
        add(name, &[&leaf(&a, change)], &[a.pem()]);
        add(name, &[&leaf(&a, change)], &[b.pem()]);
    }
    let old = intermediate("old", &a, late);
    add("an expired intermediate", &[&leaf(&old, PLAIN), &old.certificate], &[a.pem()]);
    let own = root("leaf", &|params| {
        params.subject_alt_names = vec![rcgen::SanType::DnsName("localhost".try_into().unwrap())];
    });
    add("self-signed and trusted", &[&own.certificate], &[own.pem()]);
    add("self-signed and not trusted", &[&own.certificate], &[a.pem()]);
    let long = root(&"a long name ".repeat(40), PLAIN);
    add("a root with a long name", &[&leaf(&long, PLAIN)], &[long.pem()]);
    cases
}
