//! A request → the parts on which a provider's answer may depend. The provider sees these alone,
//! and two fetches with equal parts are one.

use std::sync::Arc;

use crate::request::{Attributes, Request, SharedAttributes};

/// The parts of a request that a provider's answer may depend on.
///
/// A provider sees nothing else. So a declaration can be too wide, which costs a fetch, but never
/// too narrow: parts that the provider does not see cannot make its answers differ. Two fetches of
/// one attribute are the same if these parts are equal.
///
/// ```
/// use vedtak::attribute::category;
/// use vedtak::provider::Inputs;
///
/// // Roles depend on who asks and for whom, not on which of the party's letters is asked for.
/// let inputs = Inputs::nothing()
///     .attribute(category::ACCESS_SUBJECT, "urn:altinn:userid")
///     .attribute(category::RESOURCE, "urn:altinn:partyid");
/// # let _ = inputs;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inputs(Option<Vec<RequestInput>>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct RequestInput {
    category: Arc<str>,
    /// None: all of the category.
    id: Option<Arc<str>>,
}

impl Inputs {
    /// The whole request. Fetches are the same only for equal requests.
    pub fn everything() -> Self {
        Self(None)
    }

    /// No part of the request: one answer for all requests.
    pub fn nothing() -> Self {
        Self(Some(Vec::new()))
    }

    /// Adds a category, its `Content` included.
    #[must_use]
    pub fn category(self, category: impl Into<Arc<str>>) -> Self {
        self.and(category.into(), None)
    }

    /// Adds an attribute of a category, in every data type and from every issuer.
    #[must_use]
    pub fn attribute(self, category: impl Into<Arc<str>>, id: impl Into<Arc<str>>) -> Self {
        self.and(category.into(), Some(id.into()))
    }

    fn and(self, category: Arc<str>, id: Option<Arc<str>>) -> Self {
        Self(self.0.map(|mut inputs| {
            inputs.push(RequestInput { category, id });
            inputs
        }))
    }

    /// The request with these parts only; none if that is the whole request. `xml:id` and
    /// `IncludeInResult`, which matter to responses alone, are left out with the rest.
    pub(crate) fn of(&self, request: &Request) -> Option<Request> {
        let inputs = self.0.as_ref()?;
        let mut narrow = Request::default();
        for attributes in request.categories() {
            let mut own = inputs
                .iter()
                .filter(|input| input.category == attributes.category);
            let all = own.clone().any(|input| input.id.is_none());
            let kept = attributes.attributes.iter().filter(|attribute| {
                let mut own = own.clone();
                all || own.any(|input| input.id.as_ref() == Some(&attribute.id))
            });
            let mut kept: Vec<_> = kept.cloned().collect();
            for attribute in &mut kept {
                attribute.include_in_result = false;
            }
            let unusable = attributes.unusable().iter().filter(|unusable| {
                let mut own = own.clone();
                all || own.any(|input| input.id.as_ref() == Some(&unusable.id))
            });
            let unusable: Vec<_> = unusable.cloned().collect();
            let says_nothing = kept.is_empty() && unusable.is_empty();
            if own.next().is_some() && (all || !says_nothing) {
                let kept = Attributes {
                    category: attributes.category.clone(),
                    xml_id: None,
                    content: attributes.content.clone().filter(|_| all),
                    attributes: kept,
                };
                let kept = SharedAttributes::with_unusable(kept, &unusable);
                narrow.categories.push(kept);
            }
        }
        Some(narrow)
    }
}

/// A text that is equal only for equal requests: each part has its length before it, so that none
/// can look like two others.
pub(crate) fn canonical(request: &Request) -> String {
    let mut key = Text(String::new());
    key.flag(request.return_policy_id_list);
    key.flag(request.combined_decision);
    key.optional(request.xpath_version.as_deref());
    for reference in &request.multi_requests {
        key.0.push('m');
        reference.references.iter().for_each(|id| key.text(id));
    }
    for attributes in request.categories() {
        key.0.push('c');
        key.text(&attributes.category);
        key.optional(attributes.xml_id.as_deref());
        key.optional(attributes.content.as_deref());
        for attribute in &attributes.attributes {
            key.0.push('a');
            key.text(&attribute.id);
            key.optional(attribute.issuer.as_deref());
            key.flag(attribute.include_in_result);
            for value in &attribute.values {
                key.0.push('v');
                key.text(value.data_type().unique_name());
                match (value.as_xpath_expression(), value.as_str()) {
                    (Some(expression), _) => key.text(&format!("{expression:?}")),
                    (None, Some(text)) => key.text(text),
                    (None, None) => key.text(&value.lexical()),
                }
            }
        }
        for unusable in attributes.unusable() {
            key.0.push('u');
            key.text(&unusable.id);
            key.optional(unusable.issuer.as_deref());
            key.text(&unusable.reason);
        }
    }
    key.0
}

struct Text(String);

impl Text {
    fn text(&mut self, text: &str) {
        self.0 += &text.len().to_string();
        self.0.push(':');
        self.0 += text;
    }

    fn optional(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.text(text),
            None => self.0.push('-'),
        }
    }

    fn flag(&mut self, flag: bool) {
        self.0.push(if flag { '+' } else { '-' });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribute::category;

    fn request(resource: &str) -> Request {
        Request::builder()
            .subject("urn:user", "kari")
            .subject("urn:secret", "4711")
            .resource("urn:letter", resource)
            .action("read")
            .build()
    }

    #[test]
    fn only_what_is_declared_is_seen_and_makes_the_difference() {
        let inputs = Inputs::nothing().attribute(category::ACCESS_SUBJECT, "urn:user");
        let seen = inputs.of(&request("a")).expect("is narrower");
        assert_eq!(seen, Request::builder().subject("urn:user", "kari").build());
        assert_eq!(Some(&seen), inputs.of(&request("b")).as_ref());
        let inputs = inputs.category(category::RESOURCE);
        let [a, b] = ["a", "b"].map(|id| inputs.of(&request(id)).expect("is narrower"));
        assert_ne!(canonical(&a), canonical(&b));
        assert_eq!(a.categories().len(), 2);
        assert_eq!(Inputs::everything().of(&a), None);
        let everything = Inputs::everything()
            .category("urn:c")
            .attribute("urn:c", "urn:a");
        assert_eq!(everything, Inputs::everything());
        let nothing = Inputs::nothing().of(&request("a")).expect("is narrower");
        assert_eq!(nothing, Request::default());
    }

    #[test]
    fn no_two_requests_look_alike() {
        let requests = [
            Request::builder().subject("a", "b").build(),
            Request::builder()
                .subject("a", "b")
                .subject("a", "b")
                .build(),
            Request::builder().subject("ab", "").build(),
            Request::builder().subject("a", "1").build(),
            Request::builder().subject("a", 1).build(),
            Request::builder().subject("a", "b").action("").build(),
            Request::builder().resource("a", "b").build(),
            Request::default(),
        ];
        for (i, one) in requests.iter().enumerate() {
            for other in &requests[..i] {
                assert_ne!(canonical(one), canonical(other));
            }
        }
    }
}
