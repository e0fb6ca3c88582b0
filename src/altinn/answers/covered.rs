//! Rights with their alternatives → whether others give at least as much.

use std::collections::{HashMap, HashSet};

use super::need::{Need, NeedKey};
use super::rights::Alternative;
use super::steps::Steps;
use crate::analysis::Unanswered;

/// A right that an alternative gives.
#[derive(Clone, Copy)]
pub(super) struct GivenBy<'a> {
    pub(super) action: Option<&'a str>,
    pub(super) part: &'a [(std::sync::Arc<str>, std::sync::Arc<str>)],
    pub(super) alternative: &'a Alternative,
}

/// Something that a request or its subject must have for an alternative to give its right. Whatever
/// requires less gives at least as much.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Required<'a> {
    Action(&'a str),
    Part(&'a str, &'a str),
    Need(NeedKey<'a>),
    /// A requirement that the analysis does not see through, in words.
    Rest(String),
}

impl<'a> GivenBy<'a> {
    fn required(&self) -> impl Iterator<Item = Required<'a>> {
        let part = self
            .part
            .iter()
            .map(|(id, value)| Required::Part(id, value));
        let needs = self.alternative.needs.iter().map(Need::identity);
        let rests = self.alternative.rests_on.iter();
        let rests = rests.map(|on| Required::Rest(format!("{on:?}")));
        let action = self.action.into_iter().map(Required::Action);
        action
            .chain(part)
            .chain(needs.map(Required::Need))
            .chain(rests)
    }
}

/// Rights with their alternatives, found by all that they require.
///
/// A tree over what they require, in one order: to find those that require no more than another is
/// to follow its branches along what the other requires. Branches below which everything requires
/// more in number are left out, so that among alternatives of one size nothing is searched.
pub(super) struct GivenIndex<'a> {
    numbers: HashMap<Required<'a>, u32>,
    /// All that is required → the place of the first that requires just this.
    whole: HashMap<Vec<u32>, usize>,
    /// A node and what is required next → a node; the root is 0.
    branches: HashMap<(usize, u32), usize>,
    nodes: Vec<GivenNode>,
}

/// Returns whether each of several gives no more than another, or just as much as one before.
///
/// # Errors
///
/// It takes more steps than are left.
pub(super) fn covered(given: &[GivenBy<'_>], steps: &mut Steps) -> Result<Vec<bool>, Unanswered> {
    let index = GivenIndex::new(given);
    let all = given.iter().enumerate();
    all.map(|(place, one)| index.is_covered(place, one, steps))
        .collect()
}

#[derive(Clone, Copy)]
struct GivenNode {
    /// Whether something requires just what leads here.
    is_end: bool,
    /// The fewest things that something below requires in all.
    fewest: usize,
}

impl<'a> GivenIndex<'a> {
    pub(super) fn new(given: &[GivenBy<'a>]) -> Self {
        let mut counts: HashMap<Required<'a>, (usize, usize)> = HashMap::new();
        for required in given.iter().flat_map(GivenBy::required) {
            let next = counts.len();
            counts.entry(required).or_insert((0, next)).0 += 1;
        }
        // The rarest first: most branches end there.
        let mut ordered: Vec<_> = counts.into_iter().collect();
        ordered.sort_unstable_by_key(|(_, key)| *key);
        let numbered = (0_u32..).zip(ordered);
        let mut index = Self {
            numbers: numbered
                .map(|(number, (required, _))| (required, number))
                .collect(),
            whole: HashMap::new(),
            branches: HashMap::new(),
            nodes: vec![GivenNode {
                is_end: false,
                fewest: usize::MAX,
            }],
        };
        for (place, one) in given.iter().enumerate() {
            let all = index.numbers_of(one);
            let mut node = 0;
            for number in &all {
                index.nodes[node].fewest = index.nodes[node].fewest.min(all.len());
                let next = index.nodes.len();
                node = *index.branches.entry((node, *number)).or_insert(next);
                if node == next {
                    index.nodes.push(GivenNode {
                        is_end: false,
                        fewest: all.len(),
                    });
                }
            }
            let end = &mut index.nodes[node];
            end.is_end = true;
            end.fewest = end.fewest.min(all.len());
            index.whole.entry(all).or_insert(place);
        }
        index
    }

    /// The numbers of what is required, in order, without what none of the index requires.
    fn numbers_of(&self, one: &GivenBy<'a>) -> Vec<u32> {
        let numbers: HashSet<u32> = one
            .required()
            .filter_map(|required| self.numbers.get(&required).copied())
            .collect();
        let mut numbers: Vec<u32> = numbers.into_iter().collect();
        numbers.sort_unstable();
        numbers
    }

    /// Whether something gives at least a right to whoever meets its alternative.
    ///
    /// # Errors
    ///
    /// It takes more steps than are left.
    pub(super) fn is_given(
        &self,
        wanted: &GivenBy<'a>,
        steps: &mut Steps,
    ) -> Result<bool, Unanswered> {
        let wanted = self.numbers_of(wanted);
        steps.take(1)?;
        if self.whole.contains_key(&wanted) {
            return Ok(true);
        }
        self.has_below(&wanted, wanted.len(), steps)
    }

    /// Whether something else in the index gives at least as much as the one of it at a place, or just
    /// as much and stands before.
    ///
    /// # Errors
    ///
    /// As of [`is_given`](Self::is_given).
    fn is_covered(
        &self,
        place: usize,
        one: &GivenBy<'a>,
        steps: &mut Steps,
    ) -> Result<bool, Unanswered> {
        let all = self.numbers_of(one);
        steps.take(1)?;
        match (self.whole.get(&all), all.len().checked_sub(1)) {
            (Some(first), _) if *first != place => Ok(true),
            (_, None) => Ok(false),
            (_, Some(fewer)) => self.has_below(&all, fewer, steps),
        }
    }

    /// Whether something requires only what is wanted, and at most so many of it.
    fn has_below(
        &self,
        wanted: &[u32],
        most: usize,
        steps: &mut Steps,
    ) -> Result<bool, Unanswered> {
        let mut next = vec![(0, 0)];
        while let Some((node, from)) = next.pop() {
            let known = self.nodes[node];
            if known.fewest > most {
                continue;
            }
            if known.is_end {
                return Ok(true);
            }
            steps.take(wanted.len() - from + 1)?;
            for (place, number) in wanted.iter().enumerate().skip(from) {
                if let Some(below) = self.branches.get(&(node, *number)) {
                    next.push((*below, place + 1));
                }
            }
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::altinn::catalogue::Catalogue;
    use crate::altinn::transition::Transition;
    use crate::attribute::category;

    fn alternative(catalogue: &Catalogue, values: &[usize]) -> Alternative {
        let need = |value: &usize| {
            let value = format!("value-{value}");
            let of = [category::ACCESS_SUBJECT, "urn:altinn:accesspackage", &value];
            Need::new(catalogue, Transition::default(), of)
        };
        Alternative {
            needs: values.iter().map(need).collect(),
            rests_on: Vec::new(),
            may_be_refused: false,
        }
    }

    #[test]
    fn what_is_covered_is_found_as_by_comparing_all() {
        let catalogue = Catalogue::standard();
        let mut number = 1_u64;
        let mut below = |end: u64| {
            number = number
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (number >> 33) % end
        };
        for _ in 0..200 {
            let sets = Vec::from_iter((0..12).map(|_| {
                let set = (0..6).filter(|_| below(2) == 0);
                (
                    set.collect::<Vec<usize>>(),
                    [None, Some("read"), Some("write")][below(3) as usize],
                )
            }));
            let all = Vec::from_iter(sets.iter().map(|(set, _)| alternative(&catalogue, set)));
            let given = all
                .iter()
                .zip(&sets)
                .map(|(alternative, (_, action))| GivenBy {
                    action: *action,
                    part: &[],
                    alternative,
                });
            let given = Vec::from_iter(given);
            let (some, _) = given.split_at(8);
            let index = GivenIndex::new(some);
            let mut steps = Steps::new(10_000);
            let covers = |one: usize, other: usize| {
                let ((one, action), (other, of)) = (&sets[one], &sets[other]);
                (action.is_none() || action == of) && one.iter().all(|value| other.contains(value))
            };
            for (place, one) in given.iter().enumerate() {
                let is_given = index.is_given(one, &mut steps);
                assert_eq!(
                    is_given,
                    Ok((0..8).any(|other| covers(other, place))),
                    "{sets:?}"
                );
                if place < 8 {
                    let is_covered = index.is_covered(place, one, &mut steps);
                    let expected = (0..8).any(|other| {
                        other != place
                            && covers(other, place)
                            && (other < place || !covers(place, other))
                    });
                    assert_eq!(is_covered, Ok(expected), "{place} {sets:?}");
                }
            }
        }
    }
}
