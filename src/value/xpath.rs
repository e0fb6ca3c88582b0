//! The `xpathExpression` data type: a text with its category and namespaces (A.2).

use std::sync::Arc;

/// `xpathExpression`: an XPath expression over the `Content` of one category.
///
/// The text may be no XPath: it is checked where it is compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct XPathExpression {
    /// The expression as written.
    pub text: Arc<str>,
    /// The category whose `Content` it is evaluated over: the XML attribute `XPathCategory`.
    pub category: Arc<str>,
    /// Prefix and namespace of the declarations in scope; the empty prefix is the default one.
    pub namespaces: Arc<[(Arc<str>, Arc<str>)]>,
}

impl XPathExpression {
    /// An expression of which only the text is known.
    pub(super) fn from_text(text: &str) -> Self {
        Self {
            text: text.into(),
            category: "".into(),
            namespaces: Arc::new([]),
        }
    }
}
