//! One request for several decisions → the requests for one each (Multiple Decision Profile 1.0,
//! §2.3 repeated categories and §2.4 references).

use std::collections::HashMap;

use super::keys::Lazy;
use super::{Attributes, Request, RequestReference};

/// Why a part of a request is no request for one decision.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PartError {
    /// A `ReferenceId` that no `Attributes` of the request has.
    #[error("no `Attributes` of the request has the xml:id `{0}`")]
    UnknownReference(String),
    /// More decisions than the limit allows.
    #[error("the request asks for more than {0} decisions, which is the limit")]
    TooMany(usize),
    /// A `scope` that the profile does not know.
    #[error(
        "the scope of the resource must be `Immediate`, `Children` or `Descendants`, found {0}"
    )]
    Scope(String),
    /// A `scope` without a resource that it is of.
    #[error("the request asks what lies below its resource, but has no resource-id")]
    NoResource,
    /// A `scope` where no [`Hierarchy`](crate::hierarchy::Hierarchy) is known.
    #[error(
        "the request asks what lies below its resource, and no hierarchy of resources is known here"
    )]
    NoHierarchy,
    /// The hierarchy has no answer.
    #[error("the hierarchy `{name}` does not say what lies below the resource: {message}")]
    Hierarchy {
        /// What the hierarchy is called.
        name: String,
        /// Its reason.
        message: String,
    },
}

impl Request {
    /// The requests for one decision each that this one stands for, in the order it gives them:
    /// one for each `RequestReference`, and of each the cross product of the categories that stand
    /// there more than once, the last varying fastest. A request for one decision stands for
    /// itself.
    ///
    /// A part that makes no sense is an error in its place; so is everything from the first part
    /// on that is beyond `most`.
    ///
    /// A part with a `scope` is still one for several: what lies below its resource is known to
    /// [`Pdp::individual_requests`](crate::Pdp::individual_requests).
    ///
    /// ```
    /// use vedtak::Request;
    /// let request = Request::from_xml(r#"
    ///   <Request xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" CombinedDecision="false"
    ///       ReturnPolicyIdList="false">
    ///     <Attributes Category="urn:a" xml:id="a1"/>
    ///     <Attributes Category="urn:a" xml:id="a2"/>
    ///     <Attributes Category="urn:b" xml:id="b"/>
    ///   </Request>"#)?;
    /// let parts = request.individual_requests(100);
    /// assert_eq!(parts.len(), 2);
    /// assert!(parts.iter().all(|part| part.as_ref().is_ok_and(|part| part.categories().len() == 2)));
    /// # Ok::<(), vedtak::Error>(())
    /// ```
    pub fn individual_requests(&self, most: usize) -> Vec<Result<Self, PartError>> {
        let mut parts = Vec::new();
        if self.multi_requests.is_empty() {
            let all: Vec<&Attributes> = self.categories.iter().collect();
            self.cross_product(&all, most, &mut parts);
            return parts;
        }
        let by_id: HashMap<&str, &Attributes> = self
            .categories
            .iter()
            .filter_map(|attributes| Some((attributes.xml_id.as_deref()?, attributes)))
            .collect();
        for reference in &self.multi_requests {
            if parts.len() >= most {
                parts.push(Err(PartError::TooMany(most)));
                break;
            }
            match referenced(reference, &by_id) {
                Ok(attributes) => self.cross_product(&attributes, most, &mut parts),
                Err(error) => parts.push(Err(error)),
            }
        }
        parts
    }

    fn cross_product(
        &self,
        attributes: &[&Attributes],
        most: usize,
        parts: &mut Vec<Result<Self, PartError>>,
    ) {
        // Each category in the order it first stands there, with its alternatives.
        let mut places: HashMap<&str, usize> = HashMap::new();
        let mut categories: Vec<Vec<&Attributes>> = Vec::new();
        for attributes in attributes {
            let place = *places
                .entry(&attributes.category)
                .or_insert(categories.len());
            match categories.get_mut(place) {
                Some(alternatives) => alternatives.push(attributes),
                None => categories.push(vec![attributes]),
            }
        }
        let mut chosen = vec![0; categories.len()];
        loop {
            if parts.len() >= most {
                parts.push(Err(PartError::TooMany(most)));
                return;
            }
            let part = categories.iter().zip(&chosen);
            parts.push(Ok(Self {
                categories: part.map(|(all, at)| all[*at].clone()).collect(),
                return_policy_id_list: self.return_policy_id_list,
                combined_decision: false,
                xpath_version: self.xpath_version.clone(),
                multi_requests: Vec::new(),
                keys: Lazy::default(),
            }));
            let mut turned = false;
            for (at, alternatives) in chosen.iter_mut().zip(&categories).rev() {
                *at += 1;
                if *at < alternatives.len() {
                    turned = true;
                    break;
                }
                *at = 0;
            }
            if !turned {
                return;
            }
        }
    }
}

fn referenced<'r>(
    reference: &RequestReference,
    by_id: &HashMap<&str, &'r Attributes>,
) -> Result<Vec<&'r Attributes>, PartError> {
    let ids = reference.references.iter();
    ids.map(|id| {
        let known = by_id.get(id.as_str()).copied();
        known.ok_or_else(|| PartError::UnknownReference(id.clone()))
    })
    .collect()
}
