//! Requests (§5.42 to §5.51): [`Request::builder`](crate::Request::builder) makes one in code,
//! [`Request::from_xml`](crate::Request::from_xml) and `Request::from_json` read one, and a [`Matrix`]
//! is many at once.
//!
//! # XACML 2.0
//!
//! A request in the namespace `urn:oasis:names:tc:xacml:2.0:context:schema:os` is read as the
//! equivalent request of 3.0. Subjects become categories by their `SubjectCategory`, those of one
//! category together; several resources ask for several decisions, whose results then repeat the
//! `resource-id`. `ResourceContent` becomes `Content`, and must be one element. [`Request::xacml`]
//! keeps the version, for [the answer](crate::response#xacml-20).

pub(crate) mod attributes;
pub(crate) mod budget;
mod builder;
#[cfg(feature = "json")]
pub(crate) mod json;
pub(crate) mod keys;
mod matrix;
mod multiple;
mod nodes;
mod replace;
pub(crate) mod scope;
mod shared;
mod xml;

use std::sync::Arc;

pub use builder::{AttributeBuilder, RequestBuilder};
use keys::Lazy;
pub(crate) use keys::{AttributeKeys, UnusableKey};
pub use matrix::Matrix;
pub use multiple::IndividualRequestError;
pub(crate) use multiple::{MOST_VALUES, Product};
#[cfg(feature = "json")]
pub(crate) use shared::attribute_count;
pub use shared::{SharedAttributes, UnusableAttribute};
#[cfg(feature = "saml")]
pub(crate) use xml::read_element;

use crate::decision::XacmlVersion;
use crate::value::Value;
pub use crate::value::entity::Attribute;
use crate::xpath;

/// A request for a decision: categories of attributes, made with [`builder`](Self::builder) or read
/// from XML or JSON.
///
/// Built with [`Request::builder`], or read with [`Request::from_xml`] or `Request::from_json`.
///
/// ```
/// use vedtak::Request;
/// let request = Request::builder()
///     .subject("urn:altinn:userid", 20000490)
///     .resource("urn:altinn:resource", "ttd-brev")
///     .action("read")
///     .build();
/// assert_eq!(request.categories().len(), 3);
/// ```
/// Two requests are equal if they ask the same, in whatever version of XACML.
#[derive(Clone, Debug, Default)]
pub struct Request {
    pub(crate) xacml: XacmlVersion,
    pub(crate) categories: Vec<SharedAttributes>,
    pub(crate) return_policy_id_list: bool,
    pub(crate) combined_decision: bool,
    pub(crate) xpath_version: Option<String>,
    pub(crate) multi_requests: Vec<RequestReference>,
    /// INVARIANT: the other fields do not change once these are made; a copy makes its own.
    pub(crate) keys: Lazy,
}

impl PartialEq for Request {
    fn eq(&self, other: &Self) -> bool {
        let Self {
            xacml: _,
            categories,
            return_policy_id_list,
            combined_decision,
            xpath_version,
            multi_requests,
            keys: _,
        } = self;
        *categories == other.categories
            && *return_policy_id_list == other.return_policy_id_list
            && *combined_decision == other.combined_decision
            && *xpath_version == other.xpath_version
            && *multi_requests == other.multi_requests
    }
}

impl Request {
    /// An empty request to fill in.
    pub fn builder() -> RequestBuilder {
        RequestBuilder::default()
    }

    /// The version of XACML that it was written in, which its sender expects of the response:
    /// [`Response::to_xml_for`](crate::Response::to_xml_for) writes it. A request in JSON, or of
    /// the host, is of 3.0.
    pub fn xacml(&self) -> XacmlVersion {
        self.xacml
    }

    /// The `Attributes` elements, in order. A category that is repeated asks for several decisions
    /// (Multiple Decision Profile).
    pub fn categories(&self) -> &[SharedAttributes] {
        &self.categories
    }

    /// The `Attributes` elements, to be changed where they are.
    ///
    /// ```
    /// use vedtak::{Request, attribute::{category, id}};
    /// let mut request = Request::builder().action("read").build();
    /// for attribute in &mut request.categories_mut()[0].to_mut().attributes {
    ///     attribute.values.push("print".into());
    /// }
    /// assert_eq!(request.values(category::ACTION, id::ACTION_ID).count(), 2);
    /// ```
    pub fn categories_mut(&mut self) -> &mut [SharedAttributes] {
        self.keys = Lazy::default();
        &mut self.categories
    }

    /// The values of an attribute, of any data type and issuer, in order.
    ///
    /// ```
    /// use vedtak::{Request, attribute::{category, id}};
    /// let request = Request::builder().action("read").build();
    /// let mut actions = request.values(category::ACTION, id::ACTION_ID);
    /// assert_eq!(actions.next().and_then(|action| action.as_str()), Some("read"));
    /// ```
    pub fn values<'r>(&'r self, category: &'r str, id: &'r str) -> impl Iterator<Item = &'r Value> {
        let categories = self.categories.iter();
        categories
            .filter(move |attributes| &*attributes.category == category)
            .flat_map(|attributes| &attributes.attributes)
            .filter(move |attribute| &*attribute.id == id)
            .flat_map(|attribute| &attribute.values)
    }

    /// `ReturnPolicyIdList`: the response names the policies that applied.
    pub fn return_policy_id_list(&self) -> bool {
        self.return_policy_id_list
    }

    /// `CombinedDecision`: several decisions are combined into one.
    pub fn combined_decision(&self) -> bool {
        self.combined_decision
    }

    /// `XPathVersion` of `RequestDefaults`.
    pub fn xpath_version(&self) -> Option<&str> {
        self.xpath_version.as_deref()
    }

    /// The version of XPath that its expressions are written for; the error is one that is not
    /// known.
    pub(crate) fn known_xpath_version(&self) -> Result<xpath::Version, &str> {
        match self.xpath_version.as_deref() {
            None => Ok(xpath::Version::One),
            Some(uri) => xpath::Version::from_uri(uri).ok_or(uri),
        }
    }

    /// `MultiRequests`: the combinations of `Attributes` asked about, by their `xml:id`.
    pub fn multi_requests(&self) -> &[RequestReference] {
        &self.multi_requests
    }

    /// Whether this asks for several decisions at once (Multiple Decision Profile): by repeated
    /// categories, `MultiRequests`, `CombinedDecision`, or a `scope` of more than its resource.
    pub fn is_multiple(&self) -> bool {
        self.single().is_none()
    }
}

/// `Attributes` (§5.44): the attributes and the content of one category.
#[derive(Clone, Debug, PartialEq)]
pub struct Attributes {
    /// `Category`.
    pub category: Arc<str>,
    /// `xml:id`.
    pub xml_id: Option<String>,
    /// The child of `Content`, as XML that declares its own namespaces. Shared: it may be long, and
    /// the parts of a request for several decisions have it in common.
    pub content: Option<Arc<str>>,
    /// `Attribute`.
    pub attributes: Vec<Attribute>,
}

/// `RequestReference` (§5.50): the `xml:id`s of the `Attributes` that make one request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestReference {
    /// `ReferenceId` of each `AttributesReference`.
    pub references: Vec<String>,
}
