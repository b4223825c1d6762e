//! `NO_PROXY`, as curl reads it and a little wider: names with everything under them, addresses, CIDR
//! blocks, ports, separated by commas or spaces. The crates for it know no ports or no CIDR.

use std::net::IpAddr;

/// Whether the list names this host, which is a name in lower case or an address without brackets.
pub fn covers(list: &str, host: &str, port: u16) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let address = host.parse::<IpAddr>().ok();
    list.split(|separator: char| separator == ',' || separator.is_whitespace())
        .filter(|entry| !entry.is_empty())
        .any(|entry| entry == "*" || covers_one(entry, host, address, port))
}

fn covers_one(entry: &str, host: &str, address: Option<IpAddr>, port: u16) -> bool {
    let (pattern, entry_port) = split_port(entry);
    if entry_port.is_some_and(|entry_port| entry_port != port) {
        return false;
    }
    match address {
        Some(address) => match pattern.split_once('/') {
            Some((network, bits)) => is_within(address, network, bits),
            None => pattern.parse() == Ok(address),
        },
        None => is_under(host, pattern),
    }
}

/// `[::1]:8080`, `host:8080`, and an IPv6 address without brackets, which has no port.
fn split_port(entry: &str) -> (&str, Option<u16>) {
    if let Some((address, rest)) = entry.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return (address, rest.strip_prefix(':').and_then(|port| port.parse().ok()));
    }
    match entry.split_once(':') {
        Some((name, port)) if !port.contains(':') => (name, Some(port.parse().unwrap_or(0))),
        _ => (entry, None),
    }
}

fn is_under(host: &str, pattern: &str) -> bool {
    let pattern = pattern.trim_start_matches('*').trim_matches('.').to_ascii_lowercase();
    !pattern.is_empty()
        && host.strip_suffix(&pattern).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn is_within(address: IpAddr, network: &str, bits: &str) -> bool {
    let Ok(bits) = bits.parse::<u32>() else { return false };
    match (address, network.parse()) {
        (IpAddr::V4(address), Ok(IpAddr::V4(network))) if bits <= 32 => {
            (address.to_bits() ^ network.to_bits()).checked_shr(32 - bits).unwrap_or(0) == 0
        }
        (IpAddr::V6(address), Ok(IpAddr::V6(network))) if bits <= 128 => {
            (address.to_bits() ^ network.to_bits()).checked_shr(128 - bits).unwrap_or(0) == 0
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cover_themselves_and_what_is_under_them() {
        for list in [
            "example.com",
            ".example.com",
            "*.example.com",
            "EXAMPLE.com",
            " a, example.com",
            "a  example.com.",
            "*",
            "example.com:443",
        ] {
            assert!(covers(list, "auth.example.com", 443), "{list}");
            assert!(covers(list, "example.com", 443), "{list}");
            assert!(!covers(list, "notexample.com", 443) || list == "*", "{list}");
        }
        assert!(covers("example.com", "example.com.", 443));
        assert!(
            !covers("", "example.com", 443)
                && !covers(".", "example.com", 443)
                && !covers("example.com:80", "example.com", 443)
        );
    }

    #[test]
    fn addresses_match_alone_within_blocks_and_with_ports() {
        for list in ["10.1.2.3", "10.0.0.0/8", "10.1.2.3/32", "0.0.0.0/0", "10.1.2.3:443", "x,10.1.2.0/24 y"]
        {
            assert!(covers(list, "10.1.2.3", 443), "{list}");
        }
        for list in
            ["10.1.2.4", "11.0.0.0/8", "10.1.2.3:80", "10.0.0.0/33", "10.0.0.0/x", ".3", "2.3", "::/0"]
        {
            assert!(!covers(list, "10.1.2.3", 443), "{list}");
        }
        for list in ["::1", "[::1]", "[::1]:443", "::/0", "::1/128", "0:0:0:0:0:0:0:1"] {
            assert!(covers(list, "::1", 443), "{list}");
        }
        assert!(covers("10.1.2.0/24", "10.1.2.200", 443) && covers("0.0.0.0/0", "192.0.2.1", 443));
        assert!(!covers("10.1.2.0/25", "10.1.2.200", 443) && !covers("example.com:x", "example.com", 443));
        assert!(!covers("[::1]:80", "::1", 443) && !covers("fe80::/10", "::1", 443));
    }
}
