//! Whether a request can match a target at all.

use crate::altinn::id::{PARTY_NAMES, resource};
use crate::altinn::resource::ResourceId;
use crate::attribute::{category, id::ACTION_ID};
use crate::syntax::{AttributeReference, Match, Target};

/// More combinations of alternatives than this are not looked at.
const MOST: usize = 1024;

/// Why no request can match a target, if none can: each combination of its alternatives asks for
/// something that nobody has, for two things at once, or for another resource.
pub(super) fn unreachable(
    target: &Target,
    of: Option<&ResourceId>,
    knows: &dyn Fn(&Match) -> bool,
) -> Option<String> {
    let mut combinations: Vec<Vec<&Match>> = vec![Vec::new()];
    for any_of in &target.any_of {
        if combinations.len().saturating_mul(any_of.all_of.len()) > MOST {
            return None;
        }
        combinations = combinations
            .iter()
            .flat_map(|known| {
                any_of
                    .all_of
                    .iter()
                    .map(|all_of| known.iter().copied().chain(&all_of.matches).collect())
            })
            .collect();
    }
    let mut first = None;
    for all in &combinations {
        let reason = impossible(all, of, knows)?;
        first.get_or_insert(reason);
    }
    first
}

/// Whether every way to match a target needs something for which `needed` is true.
pub(super) fn only(target: &Target, needed: &dyn Fn(&Match) -> bool) -> bool {
    target.any_of.iter().any(|any_of| {
        let mut all_of = any_of.all_of.iter();
        !any_of.all_of.is_empty() && all_of.all(|all_of| all_of.matches.iter().any(needed))
    })
}

fn impossible(
    all: &[&Match],
    of: Option<&ResourceId>,
    knows: &dyn Fn(&Match) -> bool,
) -> Option<String> {
    if let Some(unknown) = all.iter().find(|matching| !knows(matching)) {
        return Some(format!("nobody has `{}`", unknown.value.text));
    }
    let stated = Vec::from_iter(all.iter().filter_map(|matching| Stated::of(matching)));
    for (i, one) in stated.iter().enumerate() {
        if let Some(other) = stated[..i].iter().find(|other| other.excludes(one)) {
            let (id, one, other) = (one.id, other.value, one.value);
            return Some(format!("`{id}` cannot be `{one}` and `{other}` at once"));
        }
    }
    let about = |wanted: &str| {
        let mut stated = stated.iter();
        stated.find(|stated| stated.category == category::RESOURCE && stated.id == wanted)
    };
    let of = of?;
    let app = of.as_app();
    let own = [
        (resource::RESOURCE, Some(of.as_str())),
        (resource::ORG, app.map(|(org, _)| org)),
        (resource::APP, app.map(|(_, app)| app)),
    ];
    own.into_iter().find_map(|(id, own)| {
        let stated = about(id)?;
        let is_own = own.is_some_and(|own| stated.value.to_lowercase() == own.to_lowercase());
        let value = stated.value;
        (!is_own).then(|| format!("its `{id}` is `{value}`, and the policy is of `{of}`"))
    })
}

/// An attribute that has one value in any request that is answered, and the value it must have.
struct Stated<'m> {
    category: &'m str,
    id: &'m str,
    value: &'m str,
    ignores_case: bool,
}

impl<'m> Stated<'m> {
    fn of(matching: &'m Match) -> Option<Self> {
        const OF_RESOURCE: [&str; 5] = [
            resource::RESOURCE,
            resource::ORG,
            resource::APP,
            resource::TASK,
            resource::END_EVENT,
        ];
        let AttributeReference::Designator(designator) = &matching.attribute else {
            return None;
        };
        let id = &*designator.id;
        let is_single = match &*designator.category {
            category::ACCESS_SUBJECT => PARTY_NAMES.contains(&id),
            category::RESOURCE => OF_RESOURCE.contains(&id) || PARTY_NAMES.contains(&id),
            category::ACTION => id == ACTION_ID,
            _ => false,
        };
        let ignores_case = match matching.function.rsplit(':').next()? {
            "string-equal" => false,
            "string-equal-ignore-case" => true,
            _ => return None,
        };
        is_single.then_some(Self {
            category: &designator.category,
            id,
            value: &matching.value.text,
            ignores_case,
        })
    }

    fn excludes(&self, other: &Self) -> bool {
        let differ = match self.ignores_case || other.ignores_case {
            true => self.value.to_lowercase() != other.value.to_lowercase(),
            false => self.value != other.value,
        };
        self.category == other.category && self.id == other.id && differ
    }
}
