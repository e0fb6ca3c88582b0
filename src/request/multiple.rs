//! One request for several decisions → the requests for one each (Multiple Decision Profile 1.0,
//! §2.3 repeated categories and §2.4 references; what asks for nodes is in `nodes`).

use std::collections::HashMap;

use super::nodes::{self, Alternative, Alternatives};
use super::{Request, RequestReference, SharedAttributes};
use crate::limits::Limits;

/// Why a part of a request is no request for one decision.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PartError {
    /// A `ReferenceId` that no `Attributes` of the request has.
    #[error("no `Attributes` of the request has the xml:id `{0}`")]
    UnknownReference(String),
    /// More decisions than the limit allows.
    #[error(
        "more than {0} decisions are asked for at once, which is the limit (`Limits::decisions`)"
    )]
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
        let mut parts = Vec::new();
        self.each_part(limits, |part| {
            parts.push(part.cloned().map_err(PartError::clone));
        });
        parts
    }

    /// The same, one after the other in one request that is filled anew for each: what a part has in
    /// common with the one before is not made again.
    pub(crate) fn each_part(&self, limits: &Limits, each: impl FnMut(Result<&Self, &PartError>)) {
        let alternatives = nodes::alternatives(self, limits);
        let mut walk = Walk {
            most: limits.decisions,
            count: 0,
            values: 0,
            part: Self {
                return_policy_id_list: self.return_policy_id_list,
                xpath_version: self.xpath_version.clone(),
                ..Self::default()
            },
            each,
        };
        if self.multi_requests.is_empty() {
            walk.cross_product(alternatives.iter());
            return;
        }
        let by_id: HashMap<&str, usize> = self
            .categories
            .iter()
            .enumerate()
            .filter_map(|(place, attributes)| Some((attributes.xml_id.as_deref()?, place)))
            .collect();
        for reference in &self.multi_requests {
            if !walk.has_room() {
                break;
            }
            match referenced(reference, &by_id) {
                Ok(places) => walk.cross_product(places.iter().map(|at| &alternatives[*at])),
                Err(error) => walk.give(Err(&error)),
            }
            if walk.is_over() {
                break;
            }
        }
    }
}

/// The way through the parts of a request.
struct Walk<F> {
    most: usize,
    /// How many there were.
    count: usize,
    /// What the parts so far hold.
    values: usize,
    part: Request,
    each: F,
}

impl<F: FnMut(Result<&Request, &PartError>)> Walk<F> {
    fn give(&mut self, part: Result<(), &PartError>) {
        self.count += 1;
        (self.each)(part.map(|()| &self.part));
    }

    /// Whether there may be another part; says so if not.
    fn has_room(&mut self) -> bool {
        let has_room = self.count < self.most;
        if !has_room {
            self.give(Err(&PartError::TooMany(self.most)));
        }
        has_room
    }

    fn is_over(&self) -> bool {
        self.count > self.most || self.values > MOST_VALUES
    }

    /// The parts that these categories make, of all that each stands for.
    fn cross_product<'a, 'r: 'a>(&mut self, chosen: impl Iterator<Item = &'a Alternatives<'r>>) {
        // Each category in the order it first stands there, with its alternatives.
        let mut places: HashMap<&str, usize> = HashMap::new();
        let mut categories: Vec<Vec<&Alternative<'r>>> = Vec::new();
        let mut before: Option<(&str, usize)> = None;
        for Alternatives { category, all } in chosen {
            let place = match before {
                // Those of one category mostly stand together.
                Some((name, place)) if name == *category => place,
                _ => *places.entry(category).or_insert(categories.len()),
            };
            before = Some((category, place));
            if place == categories.len() {
                categories.push(Vec::new());
            }
            categories[place].extend(all);
        }
        let mut chosen = vec![0; categories.len()];
        // What is chosen, kept as long as it is: what a part has in common with the one before is
        // not made again, and no more is held than one part.
        let mut made: Vec<Option<SharedAttributes>> = vec![None; categories.len()];
        while self.has_room() {
            let mut wrong = None;
            for ((made, all), at) in made.iter_mut().zip(&categories).zip(&chosen) {
                match made {
                    Some(_) => {}
                    None => match all[*at].made() {
                        Ok(category) => *made = Some(category),
                        Err(error) => wrong = wrong.or(Some(error)),
                    },
                }
            }
            match wrong {
                Some(error) => self.give(Err(error)),
                None => {
                    let categories = || made.iter().flatten();
                    self.values += categories()
                        .map(|category| category.keys().len())
                        .sum::<usize>();
                    if self.values > MOST_VALUES {
                        return self.give(Err(&PartError::TooManyValues(MOST_VALUES)));
                    }
                    self.part.refill(categories());
                    self.give(Ok(()));
                }
            }
            let mut turned = false;
            let places = chosen.iter_mut().zip(&categories).zip(&mut made);
            for ((at, alternatives), made) in places.rev() {
                // One that is the only one of its category stays what it is.
                if alternatives.len() > 1 {
                    *made = None;
                }
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

/// What all parts may hold together: each has its own keys of what they have in common.
pub(super) const MOST_VALUES: usize = 1_000_000;

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
