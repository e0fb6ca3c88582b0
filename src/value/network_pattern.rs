//! The addresses and host names of the Data Loss Prevention and Network Access Control Profile:
//! values with one port at most, and patterns that they match.
//!
//! Canonical forms write addresses as `std` does and host names in lower case, without a dot at the
//! end: neither makes another host of it, and a pattern that denies must not be got round by it.

use std::fmt;
use std::net::IpAddr;

use super::ExtensionType;
use super::network::{PORTS, PortRange, address, is_host_name};

/// An IPv4 or IPv6 address with an optional port: the data type
/// `urn:oasis:names:tc:xacml:3.0:data-type:ipAddress-value`.
///
/// Written as `10.0.0.1:80` or `[::1]:80`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct IpAddressValue {
    /// The address.
    pub address: IpAddr,
    /// The port, if one is named.
    pub port: Option<u16>,
}

impl fmt::Display for IpAddressValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_address(f, self.address)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl ExtensionType for IpAddressValue {
    const ID: &'static str = "urn:oasis:names:tc:xacml:3.0:data-type:ipAddress-value";
    const NAME: &'static str = "ipAddress-value";

    fn read(text: &str) -> Result<Self, String> {
        let (address, rest) = address(text).ok_or(ADDRESS)?;
        Ok(Self {
            address,
            port: port(rest)?,
        })
    }
}

/// Addresses with optional ports: the data type
/// `urn:oasis:names:tc:xacml:3.0:data-type:ipAddress-pattern`.
///
/// Written as one address (`10.0.0.1`), an address with a mask (`10.0.0.0/255.0.0.0`) or the number
/// of bits that count (`10.0.0.0/8`), or a range (`10.0.0.1-10.0.0.9`), and `:` and ports after any
/// of them (`10.0.0.0/8:80-90`). An address of IPv6 is in brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct IpAddressPattern {
    addresses: Addresses,
    ports: Option<PortRange>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Addresses {
    One(IpAddr),
    /// INVARIANT: of one family. The mask is written as it was given: two notations of one mask are
    /// two values.
    Masked(IpAddr, Mask),
    /// INVARIANT: of one family, and the first is not after the last.
    Range(IpAddr, IpAddr),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Mask {
    Address(IpAddr),
    Bits(u8),
}

impl IpAddressPattern {
    /// The function `ipAddress-match`: whether the address is one of these. Ports do not count, and
    /// addresses of different families never match. An address of IPv4 in IPv6's notation
    /// (`[::ffff:10.0.0.1]`), as a socket for both gives it, is one of IPv4 to patterns of IPv4.
    pub fn matches(&self, value: &IpAddressValue) -> bool {
        let asked = match self.addresses {
            Addresses::One(IpAddr::V4(_))
            | Addresses::Masked(IpAddr::V4(_), _)
            | Addresses::Range(IpAddr::V4(_), _) => value.address.to_canonical(),
            _ => value.address,
        };
        let address = number(asked);
        match self.addresses {
            Addresses::One(one) => asked == one,
            Addresses::Masked(base, mask) => {
                let bits = mask.number(base);
                asked.is_ipv4() == base.is_ipv4() && address & bits == number(base) & bits
            }
            Addresses::Range(first, last) => {
                asked.is_ipv4() == first.is_ipv4()
                    && (number(first)..=number(last)).contains(&address)
            }
        }
    }

    /// The function `ipAddress-endpoint-match`: whether the address is one of these, and the port.
    /// A pattern without ports takes any, and one with ports takes no value without one.
    pub(crate) fn matches_endpoint(&self, value: &IpAddressValue) -> bool {
        self.matches(value) && port_matches(self.ports, value.port)
    }
}

impl Mask {
    fn number(self, of: IpAddr) -> u128 {
        match self {
            Self::Address(mask) => number(mask),
            Self::Bits(bits) => {
                // INVARIANT: at most as many as the address has.
                let zeros = u32::from(width(of) - bits);
                u128::MAX.checked_shl(zeros).unwrap_or(0) & (u128::MAX >> (128 - width(of)))
            }
        }
    }
}

impl fmt::Display for IpAddressPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.addresses {
            Addresses::One(one) => write_address(f, one)?,
            Addresses::Masked(base, mask) => {
                write_address(f, base)?;
                f.write_str("/")?;
                match mask {
                    Mask::Address(mask) => write_address(f, mask)?,
                    Mask::Bits(bits) => write!(f, "{bits}")?,
                }
            }
            Addresses::Range(first, last) => {
                write_address(f, first)?;
                f.write_str("-")?;
                write_address(f, last)?;
            }
        }
        self.ports.map_or(Ok(()), |ports| write!(f, ":{ports}"))
    }
}

impl ExtensionType for IpAddressPattern {
    const ID: &'static str = "urn:oasis:names:tc:xacml:3.0:data-type:ipAddress-pattern";
    const NAME: &'static str = "ipAddress-pattern";

    fn read(text: &str) -> Result<Self, String> {
        let (first, rest) = address(text).ok_or(ADDRESS)?;
        let (addresses, rest) = if let Some(mask) = rest.strip_prefix('/') {
            let (mask, rest) = read_mask(mask, first).ok_or(
                "expected a mask like the address, or the number of bits that count, after the `/`",
            )?;
            (Addresses::Masked(first, mask), rest)
        } else if let Some(last) = rest.strip_prefix('-') {
            let (last, rest) = address(last)
                .filter(|(last, _)| last.is_ipv4() == first.is_ipv4() && first <= *last)
                .ok_or("expected an address like the first, and none before it, after the `-`")?;
            (Addresses::Range(first, last), rest)
        } else {
            (Addresses::One(first), rest)
        };
        Ok(Self {
            addresses,
            ports: ports(rest)?,
        })
    }
}

/// A host name with an optional port: the data type
/// `urn:oasis:names:tc:xacml:3.0:data-type:dnsName-value`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DnsNameValue {
    /// The host in lower case, without a dot at its end.
    host: Box<str>,
    port: Option<u16>,
}

impl DnsNameValue {
    /// The host name, in lower case and without a dot at its end.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, if one is named.
    pub fn port(&self) -> Option<u16> {
        self.port
    }
}

impl fmt::Display for DnsNameValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.host)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl ExtensionType for DnsNameValue {
    const ID: &'static str = "urn:oasis:names:tc:xacml:3.0:data-type:dnsName-value";
    const NAME: &'static str = "dnsName-value";

    fn read(text: &str) -> Result<Self, String> {
        let (host, rest) = host(text);
        if host.starts_with('*') || !is_host_name(host) {
            return Err("expected a host name such as `www.example.com`".to_owned());
        }
        Ok(Self {
            host: canonical(host),
            port: port(rest)?,
        })
    }
}

/// A host name, or all below one, with optional ports: the data type
/// `urn:oasis:names:tc:xacml:3.0:data-type:dnsName-pattern`.
///
/// `*.example.com` matches all names below `example.com`, at any depth, and not that name itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DnsNamePattern {
    /// The host in lower case, without a dot at its end.
    host: Box<str>,
    ports: Option<PortRange>,
}

impl DnsNamePattern {
    /// The function `dnsName-match`: whether the host is one of these. Ports and case do not count.
    pub fn matches(&self, value: &DnsNameValue) -> bool {
        match self.host.strip_prefix('*') {
            // The rest begins with a dot, and no host name does.
            Some(below) => value.host.ends_with(below),
            None => self.host == value.host,
        }
    }

    /// The function `dnsName-endpoint-match`: whether the host is one of these, and the port. A
    /// pattern without ports takes any, and one with ports takes no value without one.
    pub(crate) fn matches_endpoint(&self, value: &DnsNameValue) -> bool {
        self.matches(value) && port_matches(self.ports, value.port)
    }
}

impl fmt::Display for DnsNamePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.host)?;
        self.ports.map_or(Ok(()), |ports| write!(f, ":{ports}"))
    }
}

impl ExtensionType for DnsNamePattern {
    const ID: &'static str = "urn:oasis:names:tc:xacml:3.0:data-type:dnsName-pattern";
    const NAME: &'static str = "dnsName-pattern";

    fn read(text: &str) -> Result<Self, String> {
        let (host, rest) = host(text);
        if !is_host_name(host) {
            return Err(
                "expected a host name such as `www.example.com` or `*.example.com`".to_owned(),
            );
        }
        Ok(Self {
            host: canonical(host),
            ports: ports(rest)?,
        })
    }
}

const ADDRESS: &str = "expected an IPv4 address, or an IPv6 address in brackets";

fn write_address(f: &mut fmt::Formatter<'_>, address: IpAddr) -> fmt::Result {
    match address {
        IpAddr::V4(address) => write!(f, "{address}"),
        IpAddr::V6(address) => write!(f, "[{address}]"),
    }
}

/// The bits of an address, those of IPv4 as the lowest 32.
fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    }
}

/// The number of bits of an address.
fn width(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

/// The mask or the number of bits that a text starts with, and what follows it.
fn read_mask(text: &str, of: IpAddr) -> Option<(Mask, &str)> {
    if let Some((mask, rest)) = address(text) {
        return (mask.is_ipv4() == of.is_ipv4()).then_some((Mask::Address(mask), rest));
    }
    let end = text.find(|c: char| !c.is_ascii_digit());
    let (digits, rest) = text.split_at(end.unwrap_or(text.len()));
    let is_written_so = digits == "0" || !digits.starts_with('0');
    let bits = digits.parse().ok().filter(|bits| *bits <= width(of))?;
    is_written_so.then_some((Mask::Bits(bits), rest))
}

fn host(text: &str) -> (&str, &str) {
    text.split_at(text.find(':').unwrap_or(text.len()))
}

fn canonical(host: &str) -> Box<str> {
    let host = host.strip_suffix('.').unwrap_or(host);
    host.to_ascii_lowercase().into()
}

/// The port after a `:`, if anything is there.
fn port(rest: &str) -> Result<Option<u16>, String> {
    match ports(rest)? {
        None => Ok(None),
        Some(PortRange {
            from: Some(from),
            to: Some(to),
        }) if from == to => Ok(Some(from)),
        Some(_) => Err("expected one port, not a range of them, after the `:`".to_owned()),
    }
}

fn ports(rest: &str) -> Result<Option<PortRange>, String> {
    match rest.strip_prefix(':') {
        Some(ports) => Ok(Some(PortRange::read(ports).ok_or(PORTS)?)),
        None if rest.is_empty() => Ok(None),
        None => Err("expected `:` and ports after it, or nothing".to_owned()),
    }
}

fn port_matches(ports: Option<PortRange>, port: Option<u16>) -> bool {
    match (ports, port) {
        (None, _) => true,
        (Some(ports), Some(port)) => ports.contains(port),
        (Some(_), None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{DataType, Value};

    #[test]
    fn an_address_in_the_other_notation_gets_round_no_pattern() {
        for pattern in ["10.0.0.1", "10.0.0.0/8", "10.0.0.0-10.0.0.9"] {
            let pattern = IpAddressPattern::read(pattern).expect("is one");
            let matches = |value| pattern.matches(&IpAddressValue::read(value).expect("is one"));
            assert!(
                matches("10.0.0.1") && matches("[::ffff:10.0.0.1]") && matches("[::ffff:a00:1]")
            );
            assert!(!matches("[::ffff:11.0.0.1]") && !matches("[::10.0.0.1]"));
        }
    }

    /// The canonical form of a text, which reads back as itself.
    fn canonical<T: ExtensionType>(text: &str) -> Option<String> {
        let value = Value::parse(DataType::of::<T>(), text).ok()?;
        let form = value.to_string();
        assert_eq!(
            Value::parse(DataType::of::<T>(), &form).as_ref(),
            Ok(&value)
        );
        Some(form)
    }

    #[test]
    fn canonical_forms_read_back() {
        let read =
            |text, form: &str| assert_eq!(canonical::<IpAddressValue>(text).as_deref(), Some(form));
        read("10.0.0.1", "10.0.0.1");
        read("10.0.0.1:080", "10.0.0.1:80");
        read("[0:0::1]:65535", "[::1]:65535");
        let read = |text, form: &str| {
            assert_eq!(canonical::<IpAddressPattern>(text).as_deref(), Some(form))
        };
        for same in [
            "10.0.0.1",
            "10.0.0.1:80",
            "10.0.0.0/8",
            "10.0.0.0/0",
            "10.0.0.0/32:80-",
            "10.0.0.0/255.0.0.0:-80",
            "10.0.0.1-10.0.0.1:80-90",
            "[::1]/128",
            "[::]-[::ff]",
        ] {
            read(same, same);
        }
        read("[0::]/[ffff::0]:80-80", "[::]/[ffff::]:80");
        let read =
            |text, form: &str| assert_eq!(canonical::<DnsNameValue>(text).as_deref(), Some(form));
        read("Www.Example.com.:80", "www.example.com:80");
        read("a", "a");
        let read =
            |text, form: &str| assert_eq!(canonical::<DnsNamePattern>(text).as_deref(), Some(form));
        read("*.Example.com:1024-", "*.example.com:1024-");
        read("example.com.", "example.com");
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "10.0.0",
            "010.0.0.1",
            "::1",
            "10.0.0.1:",
            "10.0.0.1:80-90",
            "10.0.0.1:-80",
            "10.0.0.1/8",
            "10.0.0.1:99999",
            "10.0.0.1 ",
            "[::1",
            "10.0.0.1-10.0.0.2",
        ] {
            let read = IpAddressValue::read(text);
            assert!(read.is_err(), "{text:?}: {read:?}");
        }
        for text in [
            "",
            "10.0.0.0/33",
            "10.0.0.0/-1",
            "10.0.0.0/08",
            "10.0.0.0/",
            "10.0.0.0/+8",
            "10.0.0.0/[::]",
            "[::]/129",
            "[::]/255.0.0.0",
            "10.0.0.2-10.0.0.1",
            "10.0.0.1-[::1]",
            "10.0.0.1-",
            "10.0.0.0/8/8",
            "10.0.0.0/8-10.0.0.9",
            "10.0.0.0/8:",
            "10.0.0.0/8:90-80",
            "10.*",
            "*",
        ] {
            let read = IpAddressPattern::read(text);
            assert!(read.is_err(), "{text:?}: {read:?}");
        }
        for text in [
            "",
            "*.example.com",
            "a..b",
            "a:",
            "a:80-90",
            "a:x",
            "10.0.0.1",
            "a b",
            ".",
        ] {
            let read = DnsNameValue::read(text);
            assert!(read.is_err(), "{text:?}: {read:?}");
        }
        for text in ["", "*", "a.*.b", "*a.b", "a:", "a:1:2", "a/8"] {
            let read = DnsNamePattern::read(text);
            assert!(read.is_err(), "{text:?}: {read:?}");
        }
    }
}
