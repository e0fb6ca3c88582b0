//! A data type of the host, for the policies and requests to have values of: `1.2` and `1.2.0` are
//! one version.

use std::cmp::Ordering;
use std::fmt;

use vedtak::value::ExtensionType;

pub(crate) struct Version(Vec<u32>);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.0.iter().map(u32::to_string).collect();
        f.write_str(&parts.join("."))
    }
}

impl ExtensionType for Version {
    const ID: &'static str = "urn:example:data-type:version";
    const NAME: &'static str = "version";
    const ORDERED: bool = true;

    fn read(text: &str) -> Result<Self, String> {
        let parts = text.split('.').map(|part| part.parse().map_err(|_| part));
        let parts: Result<Vec<u32>, _> = parts.collect();
        let mut parts = parts.map_err(|part| format!("`{part}` is no number"))?;
        while parts.len() > 1 && parts.last() == Some(&0) {
            parts.pop();
        }
        Ok(Self(parts))
    }

    /// There is none of versions below one.
    fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self.0[0], other.0[0]) {
            (0, _) | (_, 0) => None,
            _ => Some(self.0.cmp(&other.0)),
        }
    }

    /// Named as the standard names its own, so that the generator need not tell them apart.
    fn function(name: &str) -> Option<String> {
        let name = match name {
            "string-from" => "string-from-version".to_owned(),
            name => format!("version-{name}"),
        };
        Some(format!("urn:oasis:names:tc:xacml:1.0:function:{name}"))
    }
}
