//! Hierarchical URIs as names of resources (Hierarchical Resource Profile 1.0).

use super::Node;
use crate::value::Value;

/// The name of a resource that contains its place: `scheme://authority/a/b` lies below
/// `scheme://authority/a`.
///
/// XACML compares URIs as they are written. A policy about all that begins with
/// `https://x.example/open/` must not be asked about `https://x.example/open/../secret`, so only
/// the one canonical form of a name is read: no `.` or `..`, no empty part and no `/` at the end,
/// scheme and host in lower case, `%` before two digits in upper case and only where it is needed,
/// no query and no fragment.
///
/// ```
/// use vedtak::hierarchy::UriName;
/// let letter: UriName = "https://x.example/letters/in/7".parse()?;
/// assert_eq!(letter.parent().map(|up| up.to_string()).as_deref(), Some("https://x.example/letters/in"));
/// assert!(letter.is_below(&"https://x.example/letters".parse()?));
/// assert!("https://x.example/letters/../secret".parse::<UriName>().is_err());
/// # Ok::<(), vedtak::hierarchy::UriNameError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UriName {
    text: String,
    /// The byte offset of the path, which is empty or begins with `/`.
    path: usize,
}

/// The reason why a text is no [`UriName`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not the canonical name of a resource in a hierarchy: {reason}")]
pub struct UriNameError {
    text: String,
    reason: &'static str,
}

impl UriName {
    /// The name of the node directly above; none for the top.
    pub fn parent(&self) -> Option<Self> {
        let path = &self.text[self.path..];
        let end = path.rfind('/')?;
        Some(Self {
            text: self.text[..self.path + end].to_owned(),
            path: self.path,
        })
    }

    /// The names of all it lies in, the nearest first.
    pub fn ancestors(&self) -> impl Iterator<Item = Self> {
        std::iter::successors(self.parent(), Self::parent)
    }

    /// Whether it lies below another, however far.
    pub fn is_below(&self, other: &Self) -> bool {
        let rest = self.text.strip_prefix(&other.text);
        self.path == other.path && rest.is_some_and(|rest| rest.starts_with('/'))
    }

    /// The name as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The node of this name. The name contains its place; the profile forbids attributes with it.
    pub fn node(&self) -> Node {
        Node::new(Value::AnyUri(self.text.as_str().into()))
    }
}

crate::serialized::displayed!(UriName);

impl std::str::FromStr for UriName {
    type Err = UriNameError;

    fn from_str(text: &str) -> Result<Self, UriNameError> {
        check(text).map_or_else(
            |reason| {
                let text = crate::error::cut(text);
                Err(UriNameError { text, reason })
            },
            |path| {
                Ok(Self {
                    text: text.to_owned(),
                    path,
                })
            },
        )
    }
}

/// Returns the byte offset of the path, or the first error.
fn check(text: &str) -> Result<usize, &'static str> {
    let (scheme, rest) = text
        .split_once("://")
        .ok_or("it does not begin as `scheme://`")?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let mut letters = scheme.bytes();
    let in_scheme = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+-.".contains(&b);
    if !letters.next().is_some_and(|b| b.is_ascii_lowercase()) || !letters.all(in_scheme) {
        return Err("the scheme must be of lower-case letters");
    }
    let host = authority.rsplit('@').next().unwrap_or_default();
    if host.bytes().any(|b| b.is_ascii_uppercase()) {
        return Err("the host must be in lower case");
    }
    characters(authority, b"-._~!$&'()*+,;=:@[]")?;
    if path.is_empty() {
        return Ok(text.len());
    }
    for part in path[1..].split('/') {
        match part {
            "" => return Err("a part of the path is empty"),
            "." | ".." => return Err("the path must not have `.` or `..`"),
            part => characters(part, b"-._~!$&'()*+,;=:@")?,
        }
    }
    Ok(text.len() - path.len())
}

/// Only characters of URIs, and only those escaped that must be.
fn characters(text: &str, others: &[u8]) -> Result<(), &'static str> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if byte == b'%' {
            let digits = text.get(at + 1..at + 3).unwrap_or_default();
            let upper = |b: u8| b.is_ascii_digit() || (b'A'..=b'F').contains(&b);
            let code = u8::from_str_radix(digits, 16).ok();
            let Some(code) = code.filter(|_| digits.len() == 2 && digits.bytes().all(upper)) else {
                return Err("`%` must be followed by two digits from 0 to F");
            };
            if code.is_ascii_alphanumeric() || b"-._~".contains(&code) {
                return Err("a character is escaped that need not be");
            }
            at += 3;
        } else if byte.is_ascii_alphanumeric() || others.contains(&byte) {
            at += 1;
        } else {
            return Err(match byte {
                b'?' | b'#' => "it must have no query and no fragment",
                _ => "it has a character that URIs do not have",
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_canonical_names_are_read() {
        for good in [
            "https://x.example",
            "https://x.example/a",
            "https://x.example:8443/a/b%20c/%C3%A6",
            "file://host/a.b/c..d",
            "ldap://[::1]/x",
            "a+b://u:P@x/1",
        ] {
            assert!(good.parse::<UriName>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "a",
            "/a/b",
            "urn:a:b",
            "://x/a",
            "HTTPS://x/a",
            "1a://x/a",
            "https://X/a",
            "https://x/",
            "https://x/a/",
            "https://x//a",
            "https://x/./a",
            "https://x/a/..",
            "https://x/a?b",
            "https://x/a#b",
            "https://x/a b",
            "https://x/æ",
            "https://x/%2e%2e/a",
            "https://x/%2E%2E/a",
            "https://x/%61",
            "https://x/%c3%a6",
            "https://x/%",
            "https://x/%4",
            "https://x/%+4",
            "https://x/%æ",
            "https://x/a\\b",
            "https://x?a=/b",
        ] {
            assert!(bad.parse::<UriName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn names_lie_below_names() {
        let name = |text: &str| text.parse::<UriName>().expect("is a name");
        let (top, a, ab) = (name("s://x"), name("s://x/a"), name("s://x/a/b"));
        assert_eq!(ab.ancestors().collect::<Vec<_>>(), [a.clone(), top.clone()]);
        assert_eq!(top.parent(), None);
        assert!(ab.is_below(&a) && ab.is_below(&top) && a.is_below(&top));
        assert!(!a.is_below(&a) && !a.is_below(&ab));
        assert!(!name("s://x/ab").is_below(&a));
        assert!(!name("s://xy/a").is_below(&top));
        assert_eq!(a.node().ids(), [Value::AnyUri("s://x/a".into())]);
        assert!(a.node().ancestors().is_empty());
    }
}
