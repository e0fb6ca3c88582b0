//! Sets of changes that were found → those that a further one may hold all of.

use std::collections::HashMap;

use super::Sufficient;
use super::change::Changed;
use crate::analysis::diagram::space::Space;
use crate::analysis::diagram::variable::ValueClass;

/// A value that a change adds or removes: its attribute, its class, and whether it is added.
type ChangedValue = (u32, ValueClass, bool);

/// The sets that were found, each by one of the values that it changes: what holds all of it changes that,
/// too. So sets that have no value in common are not compared.
#[derive(Default)]
pub(super) struct FoundSets {
    sets: Vec<(Sufficient, Vec<Changed>)>,
    /// The value of each that the fewest before it are found by; none of a set that changes nothing.
    places: HashMap<Option<ChangedValue>, Vec<usize>>,
}

impl FoundSets {
    pub(super) fn len(&self) -> usize {
        self.sets.len()
    }

    pub(super) fn push(&mut self, space: &Space, set: Sufficient, changes: Vec<Changed>) {
        let number = |value: &Option<ChangedValue>| self.places.get(value).map_or(0, Vec::len);
        let rarest = values_of(space, &changes).map(Some).min_by_key(number);
        let place = self.sets.len();
        self.places.entry(rarest.flatten()).or_default().push(place);
        self.sets.push((set, changes));
    }

    /// The sets of which changes may hold all, in no order.
    pub(super) fn near(
        &self,
        space: &Space,
        changes: &[Changed],
    ) -> Vec<&(Sufficient, Vec<Changed>)> {
        let values = values_of(space, changes).map(Some).chain([None]);
        let places = values.filter_map(|value| self.places.get(&value));
        let near: Vec<_> = places.flatten().map(|place| &self.sets[*place]).collect();
        #[cfg(test)]
        COMPARED.set(COMPARED.get() + near.len());
        near
    }

    pub(super) fn into_sets(self) -> Vec<Sufficient> {
        self.sets.into_iter().map(|(set, _)| set).collect()
    }
}

fn values_of(space: &Space, changes: &[Changed]) -> impl Iterator<Item = ChangedValue> {
    changes.iter().flat_map(move |changed| {
        let added = changed.add.iter().map(|value| (value, true));
        let all = added.chain(changed.remove.iter().map(|value| (value, false)));
        all.map(move |(value, is_added)| {
            let class = space.class(changed.attribute, value);
            (changed.attribute, class, is_added)
        })
    })
}

#[cfg(test)]
thread_local! {
    /// The number of sets that were held against others.
    static COMPARED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

#[cfg(test)]
mod tests {
    use super::COMPARED;
    use crate::analysis::{Costs, Enough, Unanswered};
    use crate::{Pdp, Request};

    /// One rule, of groups of which each needs one of its values.
    fn of_groups(groups: &[usize], budget: usize) -> Result<Enough, Unanswered> {
        let groups = groups.iter().enumerate().map(|(group, values)| {
            let values = (0..*values).map(|value| {
                format!(
                    "<AllOf><Match MatchId=\"urn:oasis:names:tc:xacml:1.0:function:string-equal\">\
                     <AttributeValue DataType=\"http://www.w3.org/2001/XMLSchema#string\">g{group}v{value}\
                     </AttributeValue><AttributeDesignator AttributeId=\"role\" MustBePresent=\"false\" \
                     Category=\"urn:oasis:names:tc:xacml:1.0:subject-category:access-subject\" \
                     DataType=\"http://www.w3.org/2001/XMLSchema#string\"/></Match></AllOf>"
                )
            });
            format!("<AnyOf>{}</AnyOf>", values.collect::<String>())
        });
        let pdp = Pdp::from_xml(format!(
            "<Policy xmlns=\"urn:oasis:names:tc:xacml:3.0:core:schema:wd-17\" PolicyId=\"p\" Version=\"1\" \
             RuleCombiningAlgId=\"urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides\">\
             <Target/><Rule RuleId=\"r\" Effect=\"Permit\"><Target>{}</Target></Rule></Policy>",
            groups.collect::<String>()
        ));
        let (pdp, nothing) = (pdp.expect("compiles"), Request::default());
        let analysis = pdp.analysis(&nothing).open(|_| true).budget(budget);
        analysis.enough(Costs::default(), 10_000)
    }

    fn compared(groups: &[usize]) -> usize {
        let before = COMPARED.get();
        let enough = of_groups(groups, 10_000_000).expect("is within the budget");
        assert_eq!(enough.sets.len(), groups.iter().product::<usize>());
        COMPARED.get() - before
    }

    #[test]
    fn sets_are_held_against_those_that_they_have_a_value_in_common_with() {
        for n in [50, 100, 200] {
            assert!(compared(&[n]) <= n, "{n}");
            assert!(compared(&[1, n]) <= 4 * n, "{n}");
        }
    }

    /// Eight times one of twelve: no budget lists them all.
    #[test]
    fn many_ways_end_the_budget() {
        for budget in [50_000, 100_000, 200_000] {
            let before = COMPARED.get();
            assert_eq!(of_groups(&[12; 8], budget), Err(Unanswered::TooLarge));
            assert!(COMPARED.get() - before <= budget);
        }
    }
}
