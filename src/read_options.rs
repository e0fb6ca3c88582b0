//! The options of reading: [`ReadOptions`], which every reader of documents takes.

#[cfg(feature = "json")]
use crate::json::JsonDialect;
use crate::limits::Limits;
use crate::value::DataTypes;

/// The options of reading a policy, a request, a response or a message: the name of its source, limits, data
/// types of the host and the dialect of JSON.
///
/// Every type with a `from_xml` or `from_json` has a `read_xml` or `read_json` that takes options.
/// [`Pdp::read_options`](crate::Pdp::read_options) returns those of a PDP.
///
/// ```
/// use vedtak::{Limits, ReadOptions, Request};
/// let mut limits = Limits::default();
/// limits.bytes = 16 * 1024;
/// let options = ReadOptions::new().source("r.xml").limits(&limits);
/// let error = Request::read_xml("<Request/>", options).unwrap_err();
/// assert!(error.to_string().starts_with("r.xml:1:1: `Request` is in no namespace"));
/// let error = Request::read_xml([b' '; 17 * 1024], options).unwrap_err();
/// assert!(error.to_string().contains("the limit is 16384 bytes"));
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct ReadOptions<'o> {
    source: Option<&'o str>,
    pub(crate) limits: &'o Limits,
    pub(crate) data_types: &'o DataTypes,
    #[cfg(feature = "json")]
    pub(crate) dialect: &'o JsonDialect,
}

impl<'o> ReadOptions<'o> {
    /// The default [`Limits`], the standard's data types, and the JSON Profile word for word.
    pub fn new() -> Self {
        Self {
            source: None,
            limits: &Limits::DEFAULT,
            data_types: &STANDARD,
            #[cfg(feature = "json")]
            dialect: &JsonDialect::PROFILE,
        }
    }

    /// Sets the name that problems are reported under, such as a file name. Without one it is the
    /// kind of the document, such as `request`.
    pub fn source(mut self, name: &'o str) -> Self {
        self.source = Some(name);
        self
    }

    /// Sets the bounds on the size of the document.
    pub fn limits(mut self, limits: &'o Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Accepts values of data types of the host, named by their identifiers, beside the standard's.
    pub fn data_types(mut self, data_types: &'o DataTypes) -> Self {
        self.data_types = data_types;
        self
    }

    /// Reads JSON in a dialect of the JSON Profile.
    #[cfg(feature = "json")]
    pub fn dialect(mut self, dialect: &'o JsonDialect) -> Self {
        self.dialect = dialect;
        self
    }

    /// Returns the name that problems are reported under; `kind` if none was set.
    pub(crate) fn source_or(&self, kind: &'o str) -> &'o str {
        self.source.unwrap_or(kind)
    }
}

/// The standard's data types, where options can refer to them.
static STANDARD: DataTypes = DataTypes::STANDARD;

impl Default for ReadOptions<'_> {
    fn default() -> Self {
        Self::new()
    }
}
