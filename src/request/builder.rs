//! Typed values of the host → a request, without XML.

use std::sync::Arc;

use super::{Attribute, Attributes, Request, SharedAttributes};
use crate::attribute::{category, id};
use crate::value::Value;

/// Puts a [`Request`] together. Values of one attribute may be added one after the other; they
/// form one bag (§7.3.3).
#[derive(Clone, Debug, Default)]
pub struct RequestBuilder {
    request: Request,
}

impl RequestBuilder {
    /// Adds a value to an attribute of the access subject.
    pub fn subject(self, id: impl Into<Arc<str>>, value: impl Into<Value>) -> Self {
        self.attribute(category::ACCESS_SUBJECT, id, value)
    }

    /// Adds a value to an attribute of the resource.
    pub fn resource(self, id: impl Into<Arc<str>>, value: impl Into<Value>) -> Self {
        self.attribute(category::RESOURCE, id, value)
    }

    /// Adds a value to the standard attribute `action-id`.
    pub fn action(self, value: impl Into<Value>) -> Self {
        self.attribute(category::ACTION, id::ACTION_ID, value)
    }

    /// Adds a value to an attribute of the environment.
    pub fn environment(self, id: impl Into<Arc<str>>, value: impl Into<Value>) -> Self {
        self.attribute(category::ENVIRONMENT, id, value)
    }

    /// Adds a value to an attribute of any category, without an issuer.
    pub fn attribute(
        self,
        category: impl Into<Arc<str>>,
        id: impl Into<Arc<str>>,
        value: impl Into<Value>,
    ) -> Self {
        self.with(AttributeBuilder::new(category, id).value(value))
    }

    /// Adds an attribute with its issuer, its values and whether the response shall repeat it.
    ///
    /// ```
    /// use vedtak::{Request, request::AttributeBuilder, attribute::category};
    /// let roles = AttributeBuilder::new(category::ACCESS_SUBJECT, "urn:altinn:rolecode")
    ///     .issuer("register")
    ///     .values(["dagl", "lede"])
    ///     .include_in_result();
    /// let request = Request::builder().with(roles).build();
    /// assert_eq!(request.categories()[0].attributes[0].values.len(), 2);
    /// ```
    pub fn with(mut self, attribute: AttributeBuilder) -> Self {
        let AttributeBuilder {
            category,
            mut attribute,
        } = attribute;
        let index = self.place(category);
        let attributes = &mut self.request.categories[index].to_mut().attributes;
        let same = attributes.iter_mut().find(|known| {
            known.id == attribute.id
                && known.issuer == attribute.issuer
                && known.include_in_result == attribute.include_in_result
        });
        match same {
            Some(same) => same.values.append(&mut attribute.values),
            None => attributes.push(attribute),
        }
        self
    }

    /// Gives a category its `Content`: one XML element, which policies follow XPath in (feature
    /// `xpath`). Given twice, the last counts. It must be well-formed XML that stands alone: what is not
    /// makes the expressions that look into it Indeterminate, and a request written with it cannot be
    /// read.
    ///
    /// ```
    /// use vedtak::{Request, attribute::category};
    /// let request = Request::builder().content(category::RESOURCE, "<letter id='1'/>").build();
    /// assert_eq!(request.categories()[0].content.as_deref(), Some("<letter id='1'/>"));
    /// ```
    pub fn content(mut self, category: impl Into<Arc<str>>, xml: impl Into<Arc<str>>) -> Self {
        let index = self.place(category.into());
        self.request.categories[index].to_mut().content = Some(xml.into());
        self
    }

    /// Adds a whole category, such as one of another request: what requests have in common need not
    /// be made anew for each. One that is there already is asked about as well (Multiple Decision
    /// Profile).
    ///
    /// ```
    /// use vedtak::Request;
    /// let asker = Request::builder().subject("urn:altinn:userid", 20000490).build();
    /// let requests = ["read", "write"].map(|action| {
    ///     let builder = Request::builder().category(asker.categories()[0].clone());
    ///     builder.action(action).build()
    /// });
    /// assert_eq!(requests[0].categories()[0], requests[1].categories()[0]);
    /// ```
    pub fn category(mut self, attributes: impl Into<SharedAttributes>) -> Self {
        self.request.categories.push(attributes.into());
        self
    }

    /// Adds what other categories say, as if it were said here: values of one attribute form one
    /// bag. A category that stands there more than once is added as it is.
    pub(super) fn merge(mut self, others: &[SharedAttributes]) -> Self {
        for shared in others {
            let alike = |all: &[SharedAttributes]| {
                let same = |known: &&SharedAttributes| known.category == shared.category;
                all.iter().filter(same).count()
            };
            if alike(&self.request.categories) != 1 || alike(others) != 1 {
                self = self.category(shared.clone());
                continue;
            }
            for attribute in &shared.attributes {
                self = self.with(AttributeBuilder::of(
                    shared.category.clone(),
                    attribute.clone(),
                ));
            }
            if let Some(content) = &shared.content {
                self = self.content(shared.category.clone(), content.clone());
            }
        }
        self
    }

    /// The place of a category, which is added if it is not there.
    fn place(&mut self, category: Arc<str>) -> usize {
        let categories = &mut self.request.categories;
        let known = categories
            .iter()
            .position(|known| known.category == category);
        known.unwrap_or_else(|| {
            let empty = Attributes {
                category,
                xml_id: None,
                content: None,
                attributes: Vec::new(),
            };
            categories.push(empty.into());
            categories.len() - 1
        })
    }

    /// Asks for the list of policies that applied.
    pub fn return_policy_id_list(mut self) -> Self {
        self.request.return_policy_id_list = true;
        self
    }

    /// The request.
    pub fn build(self) -> Request {
        self.request
    }
}

/// One attribute on its way into a [`RequestBuilder`].
#[derive(Clone, Debug)]
pub struct AttributeBuilder {
    category: Arc<str>,
    attribute: Attribute,
}

impl AttributeBuilder {
    /// An attribute without values.
    pub fn new(category: impl Into<Arc<str>>, id: impl Into<Arc<str>>) -> Self {
        Self {
            category: category.into(),
            attribute: Attribute {
                id: id.into(),
                issuer: None,
                include_in_result: false,
                values: Vec::new(),
            },
        }
    }

    /// A finished attribute.
    pub(crate) fn of(category: impl Into<Arc<str>>, attribute: Attribute) -> Self {
        Self {
            category: category.into(),
            attribute,
        }
    }

    pub(crate) fn into_attribute(self) -> Attribute {
        self.attribute
    }

    /// Says who vouches for the values.
    pub fn issuer(mut self, issuer: impl Into<Arc<str>>) -> Self {
        self.attribute.issuer = Some(issuer.into());
        self
    }

    /// Adds a value.
    pub fn value(mut self, value: impl Into<Value>) -> Self {
        self.attribute.values.push(value.into());
        self
    }

    /// Adds values.
    pub fn values<V: Into<Value>>(mut self, values: impl IntoIterator<Item = V>) -> Self {
        self.attribute
            .values
            .extend(values.into_iter().map(Into::into));
        self
    }

    /// Asks for the attribute to be repeated in the response.
    pub fn include_in_result(mut self) -> Self {
        self.attribute.include_in_result = true;
        self
    }
}
