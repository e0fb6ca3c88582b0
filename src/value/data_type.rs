//! Data type identifiers ↔ [`DataType`] (A.2, 10.2.7).

use std::fmt;
use std::str::FromStr;

use super::DataType;
use crate::error::{UnknownName, cut, did_you_mean, similar_identifier};

impl DataType {
    /// A name that no other data type has, short for the standard's: the host's may be called
    /// alike.
    pub(crate) const fn unique_name(self) -> &'static str {
        match self {
            // It has a colon, and none of the standard's short names has.
            Self::Extension(extension) => extension.id(),
            standard => standard.short_name(),
        }
    }

    /// The data type of an identifier; `None` for one the standard does not know.
    /// [`DataTypes::from_uri`](super::DataTypes::from_uri) knows those of profiles and hosts, too.
    ///
    /// Knows also the two identifiers that XACML 2.0 took for the durations from a working draft
    /// of XQuery, deprecated since (10.2.9).
    pub fn from_uri(uri: &str) -> Option<Self> {
        let short_name = uri
            .strip_prefix(XML_SCHEMA)
            .or_else(|| uri.strip_prefix(XQUERY_DRAFT))
            .or_else(|| uri.rsplit_once(':').map(|(_, name)| name))?;
        let found = Self::ALL
            .iter()
            .copied()
            .find(|data_type| data_type.short_name() == short_name)?;
        let deprecated = matches!(found, Self::DayTimeDuration | Self::YearMonthDuration)
            && uri.starts_with(XQUERY_DRAFT);
        (deprecated || found.uri() == uri).then_some(found)
    }

    /// The identifier by which 3.0 knows a data type of a document of 2.0, which also names the
    /// durations like its other data types. Any other identifier is as it was.
    pub(crate) fn uri_of_2(uri: &str) -> &str {
        let data_type = match uri.strip_prefix("urn:oasis:names:tc:xacml:2.0:data-type:") {
            Some("dayTimeDuration") => Some(Self::DayTimeDuration),
            Some("yearMonthDuration") => Some(Self::YearMonthDuration),
            _ => Self::from_uri(uri),
        };
        match data_type {
            Some(data_type) => data_type.uri(),
            None => uri,
        }
    }

    /// The identifier in documents of 2.0, which took those of the durations from a draft of
    /// XQuery.
    pub(crate) const fn uri_in_2(self) -> &'static str {
        match self {
            Self::DayTimeDuration => {
                "http://www.w3.org/TR/2002/WD-xquery-operators-20020816#dayTimeDuration"
            }
            Self::YearMonthDuration => {
                "http://www.w3.org/TR/2002/WD-xquery-operators-20020816#yearMonthDuration"
            }
            same => same.uri(),
        }
    }

    /// The data type of a [`short_name`](Self::short_name), as the JSON Profile has them.
    pub(crate) fn from_short_name(name: &str) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|data_type| data_type.short_name() == name)
    }

    /// The message about an unknown data type, with a similar identifier if there is one.
    pub(crate) fn unknown(uri: &str) -> String {
        unknown(
            uri,
            similar_identifier(uri, Self::ALL.iter().map(|known| known.uri())),
        )
    }
}

pub(super) fn unknown(uri: &str, similar: Option<impl fmt::Display>) -> String {
    let hint = did_you_mean(similar);
    format!("the data type `{}` is not known{hint}", cut(uri))
}

/// The identifier.
impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.uri())
    }
}

/// The identifier, or the [short name](DataType::short_name) of one of the standard's. A data type
/// of a profile or host is known to [`DataTypes`](super::DataTypes).
///
/// ```
/// use vedtak::value::DataType;
/// assert_eq!("http://www.w3.org/2001/XMLSchema#dateTime".parse(), Ok(DataType::DateTime));
/// assert_eq!("dateTime".parse(), Ok(DataType::DateTime));
/// assert!("datetime".parse::<DataType>().is_err());
/// ```
impl FromStr for DataType {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let found = Self::from_short_name(text).or_else(|| Self::from_uri(text));
        found.ok_or_else(|| UnknownName::new(Self::unknown(text)))
    }
}

crate::serialized::as_text! {
    DataType: "the identifier of a data type", ToString::to_string;
}

const XML_SCHEMA: &str = "http://www.w3.org/2001/XMLSchema#";
const XQUERY_DRAFT: &str = "http://www.w3.org/TR/2002/WD-xquery-operators-20020816#";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_read_back() {
        for data_type in DataType::ALL.iter().copied() {
            assert_eq!(DataType::from_uri(data_type.uri()), Some(data_type));
            assert!(data_type.uri().ends_with(data_type.short_name()));
            assert_eq!(data_type.to_string(), data_type.uri());
            assert_eq!(data_type.to_string().parse(), Ok(data_type));
            assert_eq!(data_type.short_name().parse(), Ok(data_type));
        }
    }

    #[test]
    fn deprecated_identifiers_are_durations_only() {
        let draft = |name: &str| DataType::from_uri(&format!("{XQUERY_DRAFT}{name}"));
        assert_eq!(draft("dayTimeDuration"), Some(DataType::DayTimeDuration));
        assert_eq!(
            draft("yearMonthDuration"),
            Some(DataType::YearMonthDuration)
        );
        assert_eq!(draft("string"), None);
    }

    #[test]
    fn other_identifiers_are_unknown() {
        for uri in [
            "",
            "string",
            ":",
            "http://www.w3.org/2001/XMLSchema#",
            "http://www.w3.org/2001/XMLSchema#decimal",
            "http://www.w3.org/2001/XMLSchema#x500Name",
            "http://www.w3.org/2001/XMLSchema#String",
            "urn:oasis:names:tc:xacml:1.0:data-type:ipAddress",
            " http://www.w3.org/2001/XMLSchema#string",
        ] {
            assert_eq!(DataType::from_uri(uri), None, "{uri}");
        }
    }
}
