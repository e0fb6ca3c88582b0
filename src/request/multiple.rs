//! One request for several decisions → the requests for one each (Multiple Decision Profile 1.0,
//! §2.3 repeated categories and §2.4 references; what asks for nodes is in `nodes`).

use std::collections::HashMap;

use super::keys::Lazy;
use super::nodes::{self, Alternative};
use super::{Attributes, Request, RequestReference};
use crate::limits::Limits;

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
    /// The decisions are about more values together than a PDP copies.
    #[error("the parts of the request have more than {0} values together, which is the limit")]
    TooManyValues(usize),
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
    /// A category asks about nodes of its `Content` (§2.1, §2.2), and which they are cannot be
    /// told.
    #[error("the nodes that the request asks about cannot be told: {0}")]
    Nodes(String),
    /// Finding the nodes asked about takes too long.
    #[error("finding the nodes that the request asks about takes more work than the limit allows")]
    NodesTakeTooMuch,
}

impl Request {
    /// The requests for one decision each that this one stands for, in the order it gives them:
    /// one for each `RequestReference`, and of each the cross product of the categories that stand
    /// there more than once, the last varying fastest. A request for one decision stands for
    /// itself. With the feature `xpath`, a category that asks about nodes of its `Content` (§2.1 and
    /// §2.2) stands there once for each.
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
        self.parts(&Limits {
            decisions: most,
            ..Limits::default()
        })
    }

    /// The same within the limits of a PDP.
    pub(crate) fn parts(&self, limits: &Limits) -> Vec<Result<Self, PartError>> {
        let most = limits.decisions;
        let alternatives = nodes::alternatives(self, limits);
        let mut parts = Vec::new();
        if self.multi_requests.is_empty() {
            let all: Vec<usize> = (0..self.categories.len()).collect();
            self.cross_product(&all, &alternatives, most, 0, &mut parts);
            return parts;
        }
        let by_id: HashMap<&str, usize> = self
            .categories
            .iter()
            .enumerate()
            .filter_map(|(place, attributes)| Some((attributes.xml_id.as_deref()?, place)))
            .collect();
        let mut values = 0;
        for reference in &self.multi_requests {
            if parts.len() >= most {
                parts.push(Err(PartError::TooMany(most)));
                break;
            }
            match referenced(reference, &by_id) {
                Ok(places) => {
                    values = self.cross_product(&places, &alternatives, most, values, &mut parts);
                }
                Err(error) => parts.push(Err(error)),
            }
            if values > MOST_VALUES {
                break;
            }
        }
        parts
    }

    /// The parts that the categories at `chosen` make, of all that each stands for. Counts on from
    /// `values`, what the parts before hold.
    fn cross_product(
        &self,
        chosen: &[usize],
        alternatives: &[Vec<Alternative<'_>>],
        most: usize,
        mut values: usize,
        parts: &mut Vec<Result<Self, PartError>>,
    ) -> usize {
        // Each category in the order it first stands there, with its alternatives.
        let mut places: HashMap<&str, usize> = HashMap::new();
        let mut categories: Vec<Vec<&Alternative<'_>>> = Vec::new();
        for at in chosen {
            let place = *places
                .entry(&self.categories[*at].category)
                .or_insert(categories.len());
            if place == categories.len() {
                categories.push(Vec::new());
            }
            categories[place].extend(&alternatives[*at]);
        }
        let mut chosen = vec![0; categories.len()];
        loop {
            if parts.len() >= most {
                parts.push(Err(PartError::TooMany(most)));
                return values;
            }
            let part = categories.iter().zip(&chosen);
            let part = part.map(|(all, at)| match all[*at] {
                Ok(attributes) => Ok(attributes.clone().into_owned()),
                Err(error) => Err(error.clone()),
            });
            let part: Result<Vec<Attributes>, _> = part.collect();
            if let Ok(part) = &part {
                let attributes = part.iter().flat_map(|category| &category.attributes);
                values += attributes.map(|a| 1 + a.values.len()).sum::<usize>();
            }
            if values > MOST_VALUES {
                parts.push(Err(PartError::TooManyValues(MOST_VALUES)));
                return values;
            }
            parts.push(part.map(|categories| Self {
                categories,
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
                return values;
            }
        }
    }
}

/// What all parts may hold together: each has its own copy of what they have in common.
const MOST_VALUES: usize = 1_000_000;

fn referenced(
    reference: &RequestReference,
    by_id: &HashMap<&str, usize>,
) -> Result<Vec<usize>, PartError> {
    let ids = reference.references.iter();
    ids.map(|id| {
        let known = by_id.get(id.as_str()).copied();
        known.ok_or_else(|| PartError::UnknownReference(id.clone()))
    })
    .collect()
}
