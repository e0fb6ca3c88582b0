//! Typed values of the host → a request, without XML.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use super::{Attribute, Attributes, Request, SharedAttributes, UnusableAttribute};
use crate::attribute::{category, id};
use crate::value::Value;

/// Makes a [`Request`] attribute by attribute ([`Request::builder`]). Values of one attribute may
/// be added one after the other; they form one bag (§7.3.3).
#[derive(Clone, Debug, Default)]
pub struct RequestBuilder {
    request: Request,
    places: Places,
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

    /// Adds an attribute with its issuer, its values and its `IncludeInResult`.
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
        let index = self.place(attribute.category.clone());
        let shared = &mut self.request.categories[index];
        let mut attribute = match attribute.build() {
            Ok(attribute) => attribute,
            Err(unusable) => {
                shared.unusable_mut().push(unusable);
                return self;
            }
        };
        let attributes = &mut shared.to_mut().attributes;
        match self.places.attribute(index, attributes, &attribute) {
            Some(same) => attributes[same].values.append(&mut attribute.values),
            None => attributes.push(attribute),
        }
        self
    }

    /// Gives a category its `Content`: one XML element, which policies follow XPath in (feature
    /// `xpath`). Given twice, the last counts. It must be well-formed and declare its own
    /// namespaces. Otherwise the expressions that select from it are Indeterminate, and the request
    /// cannot be read back once it is written.
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

    /// Adds a whole category, such as one of another request: categories that requests share need
    /// not be made anew for each. A category that is added twice asks for several decisions
    /// (Multiple Decision Profile).
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

    /// The place of a category, which is added if it is not there.
    fn place(&mut self, category: Arc<str>) -> usize {
        let categories = &mut self.request.categories;
        let known = self.places.category(categories, &category);
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

/// Joins one category of two sources: values of one attribute form one bag. Of two `Content`s the later
/// one counts.
pub(super) fn joined(first: &SharedAttributes, other: &SharedAttributes) -> SharedAttributes {
    let mut places = Places::default();
    let mut attributes = Vec::with_capacity(first.attributes.len() + other.attributes.len());
    attributes.extend(first.attributes.iter().cloned());
    let mut are_apart = true;
    for attribute in &other.attributes {
        match places.attribute(0, &attributes, attribute) {
            Some(same) => {
                attributes[same].values.extend_from_slice(&attribute.values);
                are_apart = false;
            }
            None => attributes.push(attribute.clone()),
        }
    }
    let content = other.content.as_ref().or(first.content.as_ref());
    let joined = Attributes {
        category: first.category.clone(),
        xml_id: first.xml_id.clone(),
        content: content.cloned(),
        attributes,
    };
    let unusable = [first.unusable(), other.unusable()].concat();
    if are_apart && joined.content.is_none() && unusable.is_empty() {
        let keys = first.keys().beside(other.keys());
        return SharedAttributes::with_keys(joined, keys);
    }
    SharedAttributes::with_unusable(joined, &unusable)
}

/// The places of categories and attributes in a request that is being built. Few are searched one
/// by one; many are noted once each, so that adding n of them takes n steps.
///
/// INVARIANT: a builder adds at the end and moves nothing, so a noted place stays true. Places
/// added since are noted at the next look-up.
#[derive(Clone, Debug, Default)]
struct Places {
    categories: HashMap<Arc<str>, usize>,
    /// The number of categories noted.
    categories_noted: usize,
    attributes: HashMap<AttributeName, usize>,
    /// The number of attributes noted of each category.
    attributes_noted: Vec<usize>,
}

/// The parts that make values one attribute: the place of the category, `AttributeId`, `Issuer`,
/// `IncludeInResult`.
type AttributeName = (usize, Arc<str>, Option<Arc<str>>, bool);

/// The most places that are searched one by one, which is then faster than noting them.
const FEW: usize = 8;

impl Places {
    /// The first category of this name.
    fn category(&mut self, all: &[SharedAttributes], wanted: &Arc<str>) -> Option<usize> {
        if all.len() <= FEW {
            return all.iter().position(|known| known.category == *wanted);
        }
        let new = all.iter().enumerate().skip(self.categories_noted);
        for (place, category) in new {
            let place_of = self.categories.entry(category.category.clone());
            place_of.or_insert(place);
        }
        self.categories_noted = all.len();
        self.categories.get(wanted).copied()
    }

    /// The first attribute of the category at this place with the same parts, whose values form one
    /// bag with those of another.
    fn attribute(
        &mut self,
        category: usize,
        all: &[Attribute],
        wanted: &Attribute,
    ) -> Option<usize> {
        if all.len() <= FEW {
            return all.iter().position(|known| {
                known.id == wanted.id
                    && known.issuer == wanted.issuer
                    && known.include_in_result == wanted.include_in_result
            });
        }
        let name = |of: &Attribute| -> AttributeName {
            let (id, issuer) = (of.id.clone(), of.issuer.clone());
            (category, id, issuer, of.include_in_result)
        };
        if self.attributes_noted.len() <= category {
            self.attributes_noted.resize(category + 1, 0);
        }
        let noted = &mut self.attributes_noted[category];
        for (place, attribute) in all.iter().enumerate().skip(*noted) {
            self.attributes.entry(name(attribute)).or_insert(place);
        }
        *noted = all.len();
        self.attributes.get(&name(wanted)).copied()
    }
}

/// An attribute with several values, an issuer or `IncludeInResult`, for [`RequestBuilder::with`].
#[derive(Clone, Debug)]
pub struct AttributeBuilder {
    category: Arc<str>,
    attribute: Attribute,
    unusable: Option<Cow<'static, str>>,
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
            unusable: None,
        }
    }

    /// A finished attribute.
    pub(crate) fn of(category: impl Into<Arc<str>>, attribute: Attribute) -> Self {
        Self {
            category: category.into(),
            attribute,
            unusable: None,
        }
    }

    /// An attribute that cannot be used.
    pub(crate) fn of_unusable(category: impl Into<Arc<str>>, of: &UnusableAttribute) -> Self {
        let mut builder = Self::new(category, of.id.clone());
        builder.attribute.issuer = of.issuer.clone();
        builder.unusable = Some(of.reason.clone());
        builder
    }

    /// The attribute without its category; an error if its value cannot be used.
    pub(crate) fn build(self) -> Result<Attribute, UnusableAttribute> {
        let attribute = self.attribute;
        match self.unusable {
            None => Ok(attribute),
            Some(reason) => Err(UnusableAttribute {
                id: attribute.id,
                issuer: attribute.issuer,
                reason,
            }),
        }
    }

    /// Sets the issuer, which vouches for the values.
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

    /// Marks the attribute as having a value that cannot be used. In messages the `reason` follows
    /// "it": `is null`, or `is unknown, as the directory does not answer`. Policies that do not ask for the attribute are not affected. Where one does, it is
    /// Indeterminate (`syntax-error`), even if it has other values, and no provider is asked.
    ///
    /// It has no form in XML or JSON, and no response repeats it: a request that is written is
    /// written without it.
    ///
    /// ```
    /// use vedtak::{Decision, Pdp, Request, attribute::category, request::AttributeBuilder};
    /// let pdp = Pdp::from_xml(std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?)?;
    /// let request = |id| {
    ///     let attribute = AttributeBuilder::new(category::ACCESS_SUBJECT, id).unusable("is null");
    ///     let builder = Request::builder().with(attribute).subject("urn:altinn:rolecode", "dagl");
    ///     builder.resource("urn:altinn:resource", "vedtak-brev").action("read").build()
    /// };
    /// assert_eq!(pdp.decide(&request("urn:nobody:asks")).decision(), Decision::Permit);
    /// let response = pdp.decide(&request("urn:altinn:rolecode"));
    /// assert_eq!(response.decision(), Decision::Indeterminate);
    /// let message = response.status().and_then(|status| status.message.as_deref());
    /// assert!(message.is_some_and(|message| message.contains("cannot be used: it is null")));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn unusable(mut self, reason: impl Into<Cow<'static, str>>) -> Self {
        self.unusable = Some(reason.into());
        self
    }

    /// Asks for the attribute to be repeated in the response.
    pub fn include_in_result(mut self) -> Self {
        self.attribute.include_in_result = true;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::keys::CategoryKeys;

    /// Whether they are put together from those of both or made anew.
    #[test]
    fn what_is_joined_has_the_keys_of_its_attributes() {
        let party = AttributeBuilder::new(category::RESOURCE, "urn:party").values([1, 2]);
        let issued = AttributeBuilder::new(category::RESOURCE, "urn:party").value("x");
        let scope = "urn:oasis:names:tc:xacml:2.0:resource:scope";
        let unusable = AttributeBuilder::new(category::RESOURCE, "urn:x").unusable("is null");
        let several = Request::builder()
            .resource("urn:a", "A")
            .with(party.clone());
        let requests = [
            Request::builder().with(party),
            Request::builder().with(issued.issuer("somebody")),
            several.resource("urn:empty", true).resource("urn:empty", 1),
            Request::builder().resource(scope, "Children"),
            Request::builder().with(unusable),
            Request::builder().content(category::RESOURCE, "<a/>"),
        ];
        let all = requests.map(|request| request.build().categories[0].clone());
        for (first, other) in all.iter().flat_map(|a| all.iter().map(move |b| (a, b))) {
            let both = joined(first, other);
            let anew = CategoryKeys::of(&both, both.unusable());
            assert_eq!(format!("{:?}", both.keys()), format!("{anew:?}"));
            let builder = Request::builder().category(first.clone());
            let one_by_one = other.attributes.iter().fold(builder, |builder, attribute| {
                builder.with(AttributeBuilder::of(category::RESOURCE, attribute.clone()))
            });
            let one_by_one = one_by_one.build();
            assert_eq!(both.attributes, one_by_one.categories[0].attributes);
        }
    }
}
