//! The data types of these tests.

use std::cmp::Ordering;
use std::fmt;

use vedtak::value::ExtensionType;

/// A Norwegian organisation number: eight digits and a check digit, often written in groups.
#[derive(Debug, PartialEq)]
pub(crate) struct OrganisationNumber(pub(crate) String);

impl fmt::Display for OrganisationNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl ExtensionType for OrganisationNumber {
    const ID: &'static str = "urn:example:data-type:organisation-number";
    const NAME: &'static str = "organisation number";

    fn read(text: &str) -> Result<Self, String> {
        let number: String = text.chars().filter(|c| *c != ' ').collect();
        let digits: Option<Vec<u32>> = number.chars().map(|c| c.to_digit(10)).collect();
        let digits = digits.filter(|digits| digits.len() == 9);
        let digits = digits.ok_or("expected nine digits")?;
        let weights = [3, 2, 7, 6, 5, 4, 3, 2, 1];
        let sum: u32 = digits
            .iter()
            .zip(weights)
            .map(|(d, weight)| d * weight)
            .sum();
        match sum % 11 {
            0 => Ok(Self(number)),
            _ => Err("the check digit is wrong".to_owned()),
        }
    }

    fn function(name: &str) -> Option<String> {
        Some(format!("urn:example:function:organisation-number-{name}"))
    }
}

/// Major, minor and patch of a version, for clients that must not be too old.
#[derive(PartialEq, PartialOrd)]
pub(crate) struct Version(pub(crate) [u32; 3]);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.0;
        write!(f, "{major}.{minor}.{patch}")
    }
}

impl ExtensionType for Version {
    const ID: &'static str = "urn:example:data-type:version";
    const NAME: &'static str = "version";
    const ORDERED: bool = true;

    fn read(text: &str) -> Result<Self, String> {
        let parts: Option<Vec<u32>> = text.split('.').map(|part| part.parse().ok()).collect();
        let parts: Option<[u32; 3]> = parts.and_then(|parts| parts.try_into().ok());
        parts
            .map(Self)
            .ok_or_else(|| "expected three numbers".to_owned())
    }

    fn compare(&self, other: &Self) -> Option<Ordering> {
        self.partial_cmp(other)
    }

    fn function(name: &str) -> Option<String> {
        Some(format!("urn:example:function:version-{name}"))
    }
}

/// A point, in XML: `<point x="1" y="2"/>`.
pub(crate) struct Point(pub(crate) String, pub(crate) String);

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "<point xmlns=\"urn:example:map\" x=\"{}\" y=\"{}\"/>",
            self.0, self.1
        )
    }
}

impl ExtensionType for Point {
    const ID: &'static str = "urn:example:data-type:point";
    const NAME: &'static str = "point";
    const XML: bool = true;

    fn read(text: &str) -> Result<Self, String> {
        let attribute = |name: &str| {
            let (_, rest) = text.split_once(&format!("{name}=\"")).ok_or("no such")?;
            let (value, _) = rest.split_once('"').ok_or("no end")?;
            Ok::<_, String>(value.to_owned())
        };
        match text.contains("urn:example:map") {
            true => Ok(Self(attribute(" x")?, attribute(" y")?)),
            false => Err("expected a `point`".to_owned()),
        }
    }

    fn function(name: &str) -> Option<String> {
        (name == "equal").then(|| "urn:example:function:point-equal".to_owned())
    }
}
