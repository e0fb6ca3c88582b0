//! `Version` and the patterns references match it with (§5.12, §5.13).

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

/// A version such as `1.0.3`: numbers joined by dots, ordered number by number. Equal numbers are equal
/// versions, however they are written.
///
/// ```
/// use vedtak::syntax::Version;
/// let version: Version = "1.10".parse()?;
/// assert!(version > "1.9".parse()?);
/// assert_eq!(version, "01.10".parse()?);
/// assert!("1.".parse::<Version>().is_err());
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug)]
pub struct Version {
    text: Box<str>,
}

impl Version {
    /// The version as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn numbers(&self) -> impl Iterator<Item = &str> {
        self.text.split('.')
    }
}

/// `1.0`, which a document may leave out (§5.2, §5.14).
impl Default for Version {
    fn default() -> Self {
        Self { text: "1.0".into() }
    }
}

impl FromStr for Version {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.split('.').all(is_number) {
            Ok(Self { text: text.into() })
        } else {
            Err("numbers joined by dots, such as `1.0`".to_owned())
        }
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version {}

/// Equal ones hash alike.
impl Hash for Version {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for number in self.numbers() {
            number.trim_start_matches('0').hash(state);
        }
    }
}

impl Ord for Version {
    /// Number by number; of `1.0` and `1.0.0` the shorter is earlier.
    fn cmp(&self, other: &Self) -> Ordering {
        let mut mine = self.numbers();
        let mut theirs = other.numbers();
        loop {
            let order = match (mine.next(), theirs.next()) {
                (Some(a), Some(b)) => compare_numbers(a, b),
                (None, None) => return Ordering::Equal,
                (a, b) => return a.is_some().cmp(&b.is_some()),
            };
            if order != Ordering::Equal {
                return order;
            }
        }
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

crate::serialized::displayed!(Version, VersionPattern);

/// A version with wildcards: `*` matches any one number, a final `+` any numbers from there on.
///
/// ```
/// use vedtak::syntax::VersionPattern;
/// let pattern: VersionPattern = "1.*.3".parse()?;
/// assert!(pattern.matches(&"1.5.3".parse()?));
/// assert!(!pattern.matches(&"1.5".parse()?));
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct VersionPattern {
    text: Box<str>,
}

impl VersionPattern {
    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether `version` fits the pattern.
    pub fn matches(&self, version: &Version) -> bool {
        self.compare(version) == Ordering::Equal
    }

    /// Whether `version` matches the pattern or is later than it, as `EarliestVersion` requires.
    pub(crate) fn matches_or_is_earlier_than(&self, version: &Version) -> bool {
        self.compare(version) != Ordering::Greater
    }

    /// Whether `version` matches the pattern or is earlier than it, as `LatestVersion` requires.
    pub(crate) fn matches_or_is_later_than(&self, version: &Version) -> bool {
        self.compare(version) != Ordering::Less
    }

    /// Whether the matching versions follow one another: `1.*` leaves out `1.2.3`, which is between
    /// `1.2` and `1.3`.
    pub(super) fn is_in_a_row(&self) -> bool {
        !self.text.contains('*')
    }

    /// The order of the pattern and `version`, a wildcard being equal to any number.
    fn compare(&self, version: &Version) -> Ordering {
        let mut parts = self.text.split('.');
        let mut numbers = version.numbers();
        loop {
            let order = match (parts.next(), numbers.next()) {
                (Some("+"), Some(_)) => return Ordering::Equal,
                (Some("*"), Some(_)) => Ordering::Equal,
                (Some(a), Some(b)) => compare_numbers(a, b),
                (None, None) => return Ordering::Equal,
                (a, b) => return a.is_some().cmp(&b.is_some()),
            };
            if order != Ordering::Equal {
                return order;
            }
        }
    }
}

impl FromStr for VersionPattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (rest, last) = text.rsplit_once('.').unwrap_or(("*", text));
        let inner = |part: &str| part == "*" || is_number(part);
        if rest.split('.').all(inner) && (inner(last) || last == "+") {
            Ok(Self { text: text.into() })
        } else {
            Err("a version pattern, such as `1.*` or `1.+`".to_owned())
        }
    }
}

fn is_number(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit())
}

/// Compares two numbers of any length.
fn compare_numbers(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn versions_are_ordered_by_their_numbers() {
        let sorted = [
            "0.1",
            "0.1.0",
            "1",
            "1.2",
            "1.10",
            "2",
            "10",
            "99999999999999999999",
        ];
        let versions: Vec<Version> = sorted.iter().map(|v| v.parse().expect(v)).collect();
        for (i, a) in versions.iter().enumerate() {
            for (j, b) in versions.iter().enumerate() {
                assert_eq!(a.cmp(b), i.cmp(&j), "{a} {b}");
            }
        }
        let versions = ["1.0", "01.00", "1.000"].map(|v| v.parse::<Version>().expect(v));
        assert_eq!(HashSet::from(versions).len(), 1);
        for bad in ["", ".", "1.", ".1", "1..2", "a", "1.x", "-1", "1.*", " 1"] {
            assert!(bad.parse::<Version>().is_err(), "{bad}");
        }
    }

    #[test]
    fn patterns_match_as_section_5_13_says() {
        // pattern, version, matches, as earliest, as latest
        let cases = [
            ("1.2.3", "1.2.3", true, true, true),
            ("1.2.*", "1.2.3", true, true, true),
            ("1.2.*", "1.2", false, false, true),
            ("1.2.*", "1.2.3.4", false, true, false),
            ("1.+", "1.2.3.4", true, true, true),
            ("1.+", "1", false, false, true),
            ("+", "7.7", true, true, true),
            ("*", "7", true, true, true),
            ("1.*.3", "1.9.4", false, true, false),
            ("2", "1.9", false, false, true),
            ("2", "3", false, true, false),
            ("01", "1", true, true, true),
        ];
        for (pattern, version, matches, earliest, latest) in cases {
            let p: VersionPattern = pattern.parse().expect(pattern);
            let v: Version = version.parse().expect(version);
            assert_eq!(p.matches(&v), matches, "{pattern} {version}");
            assert_eq!(
                p.matches_or_is_earlier_than(&v),
                earliest,
                "{pattern} {version}"
            );
            assert_eq!(
                p.matches_or_is_later_than(&v),
                latest,
                "{pattern} {version}"
            );
        }
        for bad in ["", "+.1", "1.+.2", "1.**", "1.", "x"] {
            assert!(bad.parse::<VersionPattern>().is_err(), "{bad}");
        }
    }
}
