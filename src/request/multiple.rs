//! One request for several decisions → the individual requests (Multiple Decision Profile 1.0, §2.3
//! repeated categories and §2.4 references; for nodes see `nodes`).

use std::collections::HashMap;

use super::budget::Budget;
use super::nodes::{self, Alternative, Alternatives};
use super::{Request, RequestReference, SharedAttributes};
use crate::limits::Limits;

/// The reason why a part of a request is no request for one decision.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IndividualRequestError {
    /// A `ReferenceId` that no `Attributes` of the request has.
    #[error("no `Attributes` of the request has the xml:id `{0}`")]
    UnknownReference(String),
    /// The request asks for more decisions than the limit allows: none of them is made.
    #[error(
        "more than {0} decisions are asked for at once, which is the limit (`Limits::decisions`): none of them is made"
    )]
    TooMany(usize),
    /// The decisions have more values together than a PDP copies: none of them is made.
    #[error(
        "the parts of the request have more than {0} values together, which is the limit: none of them is decided"
    )]
    TooManyValues(usize),
    /// A `scope` that the profile does not know.
    #[error(
        "the scope of the resource must be `Immediate`, `Children` or `Descendants`, found {0}"
    )]
    Scope(String),
    /// The value of a `scope` or `content-selector`, which choose the resources to decide about,
    /// cannot be used.
    #[error("what the request asks about cannot be told: {0}")]
    Unclear(String),
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
        /// The name of the hierarchy, [`Hierarchy::name`](crate::hierarchy::Hierarchy::name).
        name: String,
        /// The text of its error.
        message: String,
    },
    /// A category asks about nodes of its `Content` (§2.1, §2.2), which cannot be determined.
    #[error("the nodes that the request asks about cannot be told: {0}")]
    Nodes(String),
    /// Finding the nodes asked about takes too long.
    #[error(
        "finding the nodes that the request asks about takes more work than the limit allows (`Limits::work`)"
    )]
    NodesTakeTooMuch,
}

impl Request {
    /// The individual requests, none of them built yet.
    ///
    /// # Errors
    ///
    /// They are too many, or have too many values together.
    pub(crate) fn product(
        &self,
        limits: &Limits,
        budget: &mut Budget,
    ) -> Result<Product<'_>, IndividualRequestError> {
        let most = limits.decisions;
        // The least there can be, before anything is done for them.
        if self.multi_requests.len() > most {
            return Err(IndividualRequestError::TooMany(most));
        }
        let alternatives = nodes::alternatives(self, limits, budget);
        // What is too many is refused before it is spelled out: a reference may repeat a category of
        // many alternatives as often as it likes.
        let mut room = most;
        let mut choice = |chosen: Result<Vec<usize>, IndividualRequestError>| {
            let choice = match chosen {
                Ok(places) => Choice::of(places.into_iter(), &alternatives, room).map(Ok),
                Err(error) => Some(Err(error)),
            };
            let choice = choice.ok_or(IndividualRequestError::TooMany(most))?;
            let len = choice.as_ref().map_or(1, Choice::len);
            room = room
                .checked_sub(len)
                .ok_or(IndividualRequestError::TooMany(most))?;
            Ok(choice)
        };
        let choices: Result<Vec<_>, IndividualRequestError> = if self.multi_requests.is_empty() {
            choice(Ok((0..alternatives.len()).collect())).map(|choice| vec![choice])
        } else {
            let places = self.categories.iter().enumerate();
            let by_id: HashMap<&str, usize> = places
                .filter_map(|(place, attributes)| Some((attributes.xml_id.as_deref()?, place)))
                .collect();
            let references = self.multi_requests.iter();
            references
                .map(|reference| choice(referenced(reference, &by_id)))
                .collect()
        };
        let choices = choices?;
        let product = Product {
            request: self,
            alternatives,
            choices,
        };
        if product.values() > MOST_VALUES {
            return Err(IndividualRequestError::TooManyValues(MOST_VALUES));
        }
        Ok(product)
    }
}

/// The parts of a request: known and counted, and made one after the other.
pub(crate) struct Product<'r> {
    request: &'r Request,
    /// The alternatives of each category of the request, in its order.
    alternatives: Vec<Alternatives<'r>>,
    /// One for each `RequestReference`, or one for the whole request.
    choices: Vec<Result<Choice, IndividualRequestError>>,
}

/// The categories of some parts, in the order in which they first occur, each with the places of
/// its alternatives: the place of the category in the request, and that among its alternatives.
struct Choice {
    categories: Vec<Vec<(usize, usize)>>,
}

impl Choice {
    /// The choice between the alternatives of some categories; none if one category alone has more
    /// than `most`.
    fn of(
        chosen: impl Iterator<Item = usize>,
        alternatives: &[Alternatives<'_>],
        most: usize,
    ) -> Option<Self> {
        let mut places: HashMap<&str, usize> = HashMap::new();
        let mut categories: Vec<Vec<(usize, usize)>> = Vec::new();
        let mut before: Option<(&str, usize)> = None;
        for of in chosen {
            let Alternatives { category, all } = &alternatives[of];
            let place = match before {
                // Those of one category mostly stand together.
                Some((name, place)) if name == *category => place,
                _ => *places.entry(category).or_insert(categories.len()),
            };
            before = Some((category, place));
            if place == categories.len() {
                categories.push(Vec::new());
            }
            categories[place].extend((0..all.len()).map(|at| (of, at)));
            // A product is no less than each of its factors: each category has an alternative.
            if categories[place].len() > most {
                return None;
            }
        }
        Some(Self { categories })
    }

    /// The number of parts.
    fn len(&self) -> usize {
        let lengths = self.categories.iter().map(Vec::len);
        lengths.fold(1, usize::saturating_mul)
    }
}

impl<'r> Product<'r> {
    /// The number of parts; `usize::MAX` if there are more.
    fn len(&self) -> usize {
        let choices = self.choices.iter();
        let lengths = choices.map(|choice| choice.as_ref().map_or(1, Choice::len));
        lengths.fold(0, usize::saturating_add)
    }

    fn alternative(&self, (of, at): (usize, usize)) -> &Alternative<'r> {
        &self.alternatives[of].all[at]
    }

    /// The number of attributes and values of all parts together. Each alternative is in as many
    /// parts as there are choices of the other categories.
    fn values(&self) -> usize {
        let mut sum = 0_usize;
        for choice in self.choices.iter().flatten() {
            let parts = choice.len();
            for category in &choice.categories {
                let values = category.iter().map(|at| self.alternative(*at).values());
                let values = values.fold(0, usize::saturating_add);
                let each = parts / category.len().max(1);
                sum = sum.saturating_add(values.saturating_mul(each));
            }
        }
        sum
    }

    /// All parts, to keep.
    pub(crate) fn parts(&self) -> Vec<Result<Request, IndividualRequestError>> {
        let mut parts = Vec::with_capacity(self.len());
        self.each(|part| parts.push(part.cloned().map_err(IndividualRequestError::clone)));
        parts
    }

    /// Calls `each` with one part after the other, in one request that is refilled for each: the
    /// categories that a part shares with the one before are kept.
    pub(crate) fn each(&self, mut each: impl FnMut(Result<&Request, &IndividualRequestError>)) {
        let mut part = Request {
            return_policy_id_list: self.request.return_policy_id_list,
            xpath_version: self.request.xpath_version.clone(),
            ..Request::default()
        };
        for choice in &self.choices {
            let categories = match choice {
                Ok(choice) => &choice.categories,
                Err(error) => {
                    each(Err(error));
                    continue;
                }
            };
            let mut chosen = vec![0; categories.len()];
            // What is chosen, kept as long as it is: what a part has in common with the one before is
            // not made again, and no more is held than one part.
            let mut made: Vec<Option<SharedAttributes>> = vec![None; categories.len()];
            loop {
                let mut wrong = None;
                for ((made, all), at) in made.iter_mut().zip(categories).zip(&chosen) {
                    if made.is_none() {
                        match self.alternative(all[*at]).made() {
                            Ok(category) => *made = Some(category),
                            Err(error) => wrong = wrong.or(Some(error)),
                        }
                    }
                }
                match wrong {
                    Some(error) => each(Err(error)),
                    None => {
                        part.refill(made.iter().flatten());
                        each(Ok(&part));
                    }
                }
                // The next choice, the last category varying fastest.
                let mut turned = false;
                let places = chosen.iter_mut().zip(categories).zip(&mut made);
                for ((at, category), made) in places.rev() {
                    // One that is the only one of its category stays what it is.
                    if category.len() > 1 {
                        *made = None;
                    }
                    *at += 1;
                    if *at < category.len() {
                        turned = true;
                        break;
                    }
                    *at = 0;
                }
                if !turned {
                    break;
                }
            }
        }
    }
}

/// The most attributes and values that all parts may have together: each part has keys of its own
/// for those they share.
pub(crate) const MOST_VALUES: usize = 1_000_000;

fn referenced(
    reference: &RequestReference,
    by_id: &HashMap<&str, usize>,
) -> Result<Vec<usize>, IndividualRequestError> {
    let ids = reference.references.iter();
    ids.map(|id| {
        let known = by_id.get(id.as_str()).copied();
        known.ok_or_else(|| IndividualRequestError::UnknownReference(id.clone()))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_many_is_not_spelled_out() {
        let attributes = SharedAttributes::from(crate::request::Attributes {
            category: "urn:a".into(),
            xml_id: None,
            content: None,
            attributes: Vec::new(),
        });
        let alternatives = [Alternatives {
            category: "urn:a",
            all: (0..1_001)
                .map(|_| Alternative::Itself(&attributes))
                .collect(),
        }];
        for times in [1_000, 2_000, 4_000] {
            let mut taken = 0;
            let chosen = std::iter::repeat_n(0, times).inspect(|_| taken += 1);
            assert!(Choice::of(chosen, &alternatives, 3_000).is_none());
            assert_eq!(taken, 3);
        }
        let whole = Choice::of([0, 0].into_iter(), &alternatives, 3_000);
        assert_eq!(whole.map(|choice| choice.len()), Some(2_002));
    }
}
