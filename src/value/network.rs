//! Lexical forms of `ipAddress` and `dnsName` → addresses and hosts with their ports (A.2).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use super::{DataType, LexicalError, lexical};

/// `ipAddress`: an IPv4 or IPv6 address with an optional mask and optional ports.
///
/// `==` compares as written; the standard names no equality of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IpAddress {
    text: Box<str>,
    address: IpAddr,
    mask: Option<IpAddr>,
    ports: Option<PortRange>,
}

impl IpAddress {
    /// The address.
    pub fn address(&self) -> IpAddr {
        self.address
    }

    /// The mask, of the same family as the address.
    pub fn mask(&self) -> Option<IpAddr> {
        self.mask
    }

    /// The ports, if any are named.
    pub fn ports(&self) -> Option<PortRange> {
        self.ports
    }

    /// The address as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// `address ["/" mask] [":" [portrange]]`, IPv6 address and mask in brackets.
impl FromStr for IpAddress {
    type Err = LexicalError;

    fn from_str(text: &str) -> Result<Self, LexicalError> {
        lexical::limit(DataType::IpAddress, text)?;
        let error = |reason| LexicalError::new(DataType::IpAddress, text, reason);
        let (address, mut rest) = address(text)
            .ok_or_else(|| error("expected an IPv4 address, or an IPv6 address in brackets"))?;
        let mut mask = None;
        if let Some(after) = rest.strip_prefix('/') {
            let (found, after) = self::address(after)
                .filter(|(found, _)| found.is_ipv4() == address.is_ipv4())
                .ok_or_else(|| error("expected a mask like the address after the `/`"))?;
            (mask, rest) = (Some(found), after);
        }
        let ports = match rest.strip_prefix(':') {
            Some("") => None,
            Some(ports) => Some(PortRange::read(ports).ok_or_else(|| error(PORTS))?),
            None if rest.is_empty() => None,
            None => return Err(error("expected `:` and ports after the address")),
        };
        Ok(Self {
            text: text.into(),
            address,
            mask,
            ports,
        })
    }
}

crate::serialized::displayed! {
    /// Writes the address as it was written.
    IpAddress,
    /// Writes the name as it was written.
    DnsName
}

/// `dnsName`: a host name, whose first label may be `*` for any subdomain, with optional ports.
///
/// `==` compares as written; the standard names no equality of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnsName {
    text: Box<str>,
    host_length: usize,
    ports: Option<PortRange>,
}

impl DnsName {
    /// The host name as written.
    pub fn host(&self) -> &str {
        &self.text[..self.host_length]
    }

    /// The ports, if any are named.
    pub fn ports(&self) -> Option<PortRange> {
        self.ports
    }

    /// The name as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// `hostname [":" portrange]`; unlike an `ipAddress`, a colon must have ports after it.
impl FromStr for DnsName {
    type Err = LexicalError;

    fn from_str(text: &str) -> Result<Self, LexicalError> {
        lexical::limit(DataType::DnsName, text)?;
        let error = |reason| LexicalError::new(DataType::DnsName, text, reason);
        let (host, ports) = match text.split_once(':') {
            Some((host, ports)) => {
                let ports = PortRange::read(ports).ok_or_else(|| error(PORTS))?;
                (host, Some(ports))
            }
            None => (text, None),
        };
        if !is_host_name(host) {
            return Err(error(
                "expected a host name such as `www.example.com` or `*.example.com`",
            ));
        }
        Ok(Self {
            text: text.into(),
            host_length: host.len(),
            ports,
        })
    }
}

/// The ports of an [`IpAddress`] or a [`DnsName`], from one number to another, both included.
/// `Display` writes it as it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PortRange {
    /// The lowest port; `None` for `-n`: all up to the highest.
    pub from: Option<u16>,
    /// The highest port; `None` for `n-`: all from the lowest.
    pub to: Option<u16>,
}

impl PortRange {
    /// Whether the port lies in the range.
    pub fn contains(self, port: u16) -> bool {
        self.from.is_none_or(|from| from <= port) && self.to.is_none_or(|to| port <= to)
    }

    /// `n`, `-n`, `n-` or `n-m`. A range that holds no port is a slip, not a value.
    pub(super) fn read(text: &str) -> Option<Self> {
        let number = |digits: &str| {
            let is_number = digits.len() <= 5 && digits.bytes().all(|c| c.is_ascii_digit());
            is_number.then(|| digits.parse::<u16>().ok()).flatten()
        };
        let (from, to) = match text.split_once('-') {
            None => {
                let port = number(text)?;
                (Some(port), Some(port))
            }
            Some(("", to)) => (None, Some(number(to)?)),
            Some((from, "")) => (Some(number(from)?), None),
            Some((from, to)) => (Some(number(from)?), Some(number(to)?)),
        };
        match (from, to) {
            (Some(from), Some(to)) if from > to => None,
            _ => Some(Self { from, to }),
        }
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.from, self.to) {
            (Some(from), Some(to)) if from == to => write!(f, "{from}"),
            (from, to) => {
                from.map_or(Ok(()), |from| write!(f, "{from}"))?;
                f.write_str("-")?;
                to.map_or(Ok(()), |to| write!(f, "{to}"))
            }
        }
    }
}

/// The address a text starts with, and what follows it.
pub(super) fn address(text: &str) -> Option<(IpAddr, &str)> {
    if let Some(inner) = text.strip_prefix('[') {
        let (address, rest) = inner.split_once(']')?;
        return Some((address.parse::<Ipv6Addr>().ok()?.into(), rest));
    }
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (address, rest) = text.split_at(end);
    Some((address.parse::<Ipv4Addr>().ok()?.into(), rest))
}

/// Whether a text is a host name by RFC 2396 §3.2.2, with `*` as the first label of several. The
/// last label starts with a letter, by which the RFC distinguishes a name from an address.
pub(super) fn is_host_name(text: &str) -> bool {
    let name = text.strip_suffix('.').unwrap_or(text);
    let name = name.strip_prefix("*.").unwrap_or(name);
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|c| c.is_ascii_alphanumeric() || c == b'-')
    };
    name.split('.').all(is_label)
        && name
            .rsplit('.')
            .next()
            .is_some_and(|top| top.starts_with(|c: char| c.is_ascii_alphabetic()))
}

pub(super) const PORTS: &str = "expected ports such as `80`, `-80`, `80-` or `80-90` after the `:`";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        for (text, address, mask, ports) in [
            ("10.0.0.1", "10.0.0.1", None, None),
            ("10.0.0.1:", "10.0.0.1", None, None),
            (
                "1.2.3.4/255.255.255.0",
                "1.2.3.4",
                Some("255.255.255.0"),
                None,
            ),
            (
                "1.2.3.4/255.255.0.0:80-90",
                "1.2.3.4",
                Some("255.255.0.0"),
                range(80, 90),
            ),
            ("1.2.3.4:80", "1.2.3.4", None, range(80, 80)),
            ("1.2.3.4:-80", "1.2.3.4", None, range(None, 80)),
            ("1.2.3.4:80-", "1.2.3.4", None, range(80, None)),
            ("1.2.3.4:0-65535", "1.2.3.4", None, range(0, 65535)),
            ("[::1]", "::1", None, None),
            (
                "[2001:DB8::1]/[ffff::]:443",
                "2001:db8::1",
                Some("ffff::"),
                range(443, 443),
            ),
            ("[::ffff:1.2.3.4]:", "::ffff:1.2.3.4", None, None),
        ] {
            let found: IpAddress = text.parse().unwrap();
            assert_eq!(found.address(), address.parse::<IpAddr>().unwrap());
            assert_eq!(
                found.mask(),
                mask.map(|mask| mask.parse().unwrap()),
                "{text}"
            );
            assert_eq!(found.ports(), ports, "{text}");
            assert_eq!(found.to_string(), text);
        }
    }

    #[test]
    fn other_texts_are_no_addresses() {
        for text in [
            "",
            ":80",
            "1.2.3",
            "1.2.3.4.5",
            "1.2.3.256",
            "01.2.3.4",
            "1.2.3.4 ",
            "1.2.3.4/24",
            "1.2.3.4/",
            "1.2.3.4/[::]",
            "1.2.3.4/1.1.1.1/1.1.1.1",
            "1.2.3.4:-",
            "1.2.3.4:80-90-100",
            "1.2.3.4:90-80",
            "1.2.3.4:65536",
            "1.2.3.4:000080",
            "1.2.3.4:+80",
            "1.2.3.4:80:81",
            "1.2.3.4x",
            "::1",
            "[::1",
            "[::1]]",
            "[1.2.3.4]",
            "[fe80::1%eth0]",
            "[::1]/64",
            "[::1]/1.2.3.4",
            "example.com",
        ] {
            assert!(text.parse::<IpAddress>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn host_names_are_read() {
        for (text, host, ports) in [
            ("localhost", "localhost", None),
            ("www.example.com", "www.example.com", None),
            ("www.example.com.", "www.example.com.", None),
            ("*.example.com:8080", "*.example.com", range(8080, 8080)),
            ("3com.com:-1023", "3com.com", range(None, 1023)),
            ("a-b.c1:1024-", "a-b.c1", range(1024, None)),
            ("*.com", "*.com", None),
        ] {
            let name: DnsName = text.parse().unwrap();
            assert_eq!((name.host(), name.ports()), (host, ports));
            assert_eq!(name.to_string(), text);
        }
    }

    #[test]
    fn other_texts_are_no_host_names() {
        for text in [
            "",
            ".",
            "*",
            "*.",
            "**.com",
            "a.*.com",
            "*a.com",
            "*.*.com",
            ".com",
            "a..com",
            "a.com..",
            "-a.com",
            "a-.com",
            "a_b.com",
            "a b.com",
            "blåbær.no",
            "10.0.0.1",
            "example.123",
            "example.com:",
            "example.com:-",
            "example.com:http",
            "example.com:1:2",
            ":80",
        ] {
            assert!(text.parse::<DnsName>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_range_holds_its_ends() {
        let range = range(80, 90).unwrap();
        assert!(range.contains(80) && range.contains(90));
        assert!(!range.contains(79) && !range.contains(91));
    }

    fn range(from: impl Into<Option<u16>>, to: impl Into<Option<u16>>) -> Option<PortRange> {
        Some(PortRange {
            from: from.into(),
            to: to.into(),
        })
    }
}
