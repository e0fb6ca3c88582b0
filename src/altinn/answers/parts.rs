//! The rights of a policy to parts of its resource: each is also had by whoever has it to the whole.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::PolicyAnswers;
use super::covered::{GivenBy, covered};
use super::rights::{Alternative, PolicyRight, PolicyRights};
use super::steps::Steps;
use crate::altinn::delegation::Right;
use crate::altinn::id::{self, AttributeKind};
use crate::analysis::Unanswered;
use crate::attribute::{category, id::ACTION_ID};
use crate::function::equality_ignores_case;
use crate::syntax::{
    AnyOf, AttributeReference, Document, Effect, Match, Policy, PolicyChild, Rule, Target,
};
use crate::value::DataType;

/// The most attributes of a part whose wider rights are looked up; for more, all rights are looked at.
const MOST_OF_PART: usize = 6;

/// The steps for which an alternative counts that is copied to another right: it takes more room than
/// what an analysis compares.
const STEPS_OF_COPY: usize = 100;

/// The action and the part of a right.
type ActionAndPart<'a> = (Option<&'a str>, Vec<&'a (Arc<str>, Arc<str>)>);

/// Rights, by action and part.
pub(super) struct RightsIndex<'a> {
    rights: &'a [PolicyRight],
    places: HashMap<ActionAndPart<'a>, usize>,
}

impl<'a> RightsIndex<'a> {
    pub(super) fn of(rights: &'a [PolicyRight]) -> Self {
        let key = |right: &'a PolicyRight| (right.action.as_deref(), right.part.iter().collect());
        let places = rights.iter().enumerate();
        Self {
            rights,
            places: places.map(|(place, right)| (key(right), place)).collect(),
        }
    }

    pub(super) fn same(&self, right: &PolicyRight) -> Option<&'a PolicyRight> {
        let key = (right.action.as_deref(), right.part.iter().collect());
        self.places.get(&key).map(|place| &self.rights[*place])
    }

    fn has(&self, action: &str, part: &[(Arc<str>, Arc<str>)]) -> bool {
        let key: ActionAndPart<'_> = (Some(action), part.iter().collect());
        self.places.contains_key(&key)
    }

    /// The number of rights that are looked at to find those that include one.
    fn lookups(&self, right: &PolicyRight) -> usize {
        match right.part.len() {
            few @ ..=MOST_OF_PART => 2 << few,
            _ => self.rights.len(),
        }
    }

    /// The rights that whoever has them has this one, in their order: it is among them, if it is here.
    pub(super) fn including(&self, right: &PolicyRight) -> Vec<&'a PolicyRight> {
        if right.part.len() > MOST_OF_PART {
            let rights = self.rights.iter();
            return rights.filter(|other| includes(other, right)).collect();
        }
        let mut places = Vec::new();
        for chosen in 0_u32..1 << right.part.len() {
            let part = right.part.iter().enumerate();
            let part = part.filter(|(place, _)| chosen & 1 << place != 0);
            let part: Vec<&(Arc<str>, Arc<str>)> = part.map(|(_, one)| one).collect();
            for action in [None, right.action.as_deref()] {
                places.extend(self.places.get(&(action, part.clone())).copied());
            }
        }
        places.sort_unstable();
        places.dedup();
        places
            .into_iter()
            .map(|place| &self.rights[place])
            .collect()
    }
}

/// Whether whoever has the one right has the other.
fn includes(one: &PolicyRight, other: &PolicyRight) -> bool {
    (one.action.is_none() || one.action == other.action)
        && one.part.iter().all(|part| other.part.contains(part))
}

impl PolicyAnswers {
    /// Returns the rights of the policy to one action: to the whole resource, and to each part for which
    /// it has others. An app whose rules are for its tasks has none to the whole.
    ///
    /// ```
    /// use vedtak::altinn::Pdp;
    /// use vedtak::altinn::resource::ResourceId;
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/scenarios/40-an-app-step-by-step/policies/app_ttd_byggesak.xml")?;
    ///
    /// let app = ResourceId::new("app_ttd_byggesak");
    /// let pdp = Pdp::builder().policy(app.as_str(), policy).build()?;
    /// let answers = pdp.answers(&app, "2026-03-02T09:00:00+01:00".parse()?)?.expect("has a policy");
    /// let told = answers.rights_to("read")?.rights;
    /// let told: Vec<String> = told.iter().filter_map(|one| Some(one.right()?.to_string())).collect();
    /// assert_eq!(told, ["read (urn:altinn:task Task_1)", "read (urn:altinn:task Task_2)"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As of [`rights`](Self::rights).
    pub fn rights_to(&self, action: &str) -> Result<PolicyRights, Unanswered> {
        let mut rights = self.rights()?;
        let mut by_part: BTreeMap<_, PolicyRight> = BTreeMap::new();
        let mut spelt_otherwise = Vec::new();
        // Of each part, what every action has comes first, and is among what this action has.
        for mut right in std::mem::take(&mut rights.rights) {
            match right.action.as_deref() {
                Some(other) if other == action => {}
                None => right.action = Some(action.into()),
                Some(other) => {
                    if other.to_lowercase() == action.to_lowercase() {
                        spelt_otherwise.push(right.part);
                    }
                    continue;
                }
            }
            by_part.insert(right.part.clone(), right);
        }
        // A policy may compare its actions in any letter case.
        let mut steps = Steps::new(self.budget);
        for part in spelt_otherwise {
            let Entry::Vacant(vacant) = by_part.entry(part) else {
                continue;
            };
            let mut asked = Right::from(action);
            asked.part.clone_from(vacant.key());
            let right = self.asked_for(&asked, &mut steps)?;
            rights.is_complete &= right.is_complete;
            if right.may_be_delegated || right.is_somebodys() {
                vacant.insert(right);
            }
        }
        rights.rights = by_part.into_values().collect();
        Ok(rights)
    }

    /// Gives each right the alternatives of those that include it, too; one that may lack some is not
    /// complete.
    pub(super) fn add_wider(&self, rights: &mut [PolicyRight]) {
        let (mut steps, mut of_environment) = (Steps::new(self.budget), Steps::new(self.budget));
        let index = RightsIndex::of(rights);
        let mut all: Vec<(Vec<Alternative>, bool)> = Vec::with_capacity(rights.len());
        for right in rights.iter() {
            let with_wider = self.with_wider(right, &index, (&mut steps, &mut of_environment));
            // Beyond the budget, it keeps what it has.
            all.push(with_wider.unwrap_or_else(|_| (right.alternatives.clone(), false)));
        }
        for (right, (alternatives, is_complete)) in rights.iter_mut().zip(all) {
            right.alternatives = alternatives;
            right.is_complete &= is_complete;
            right.settle();
        }
    }

    /// Returns the rights to parts that a rule which denies names, and which some have not who have the right
    /// to the whole: as they are asked about by themselves; and whether these are all.
    ///
    /// # Errors
    ///
    /// It takes more steps than the budget.
    pub(super) fn denied_parts(
        &self,
        rights: &[PolicyRight],
    ) -> Result<(Vec<PolicyRight>, bool), Unanswered> {
        let mut denied = Vec::new();
        let denies = Denies::of(self.policy.document());
        let may_be_denied = |right: &&PolicyRight| {
            let mut alternatives = right.alternatives.iter();
            alternatives.any(|one| one.may_be_refused || !one.rests_on.is_empty())
        };
        let mut open = rights.iter().filter(may_be_denied).peekable();
        if !denies.has_rules || open.peek().is_none() {
            return Ok((denied, true));
        }
        let mut are_all = !self.denies_other_parts();
        let mut steps = Steps::new(self.budget);
        let index = RightsIndex::of(rights);
        for right in open {
            if !right.part.is_empty() {
                // A rule that denies another part of this part: the two are not asked about together.
                are_all &= !denies.parts.iter().any(|denied| is_beside(denied, right));
                continue;
            }
            // Where every action is permitted, those that the rules name are asked about.
            let actions = match &right.action {
                Some(action) => vec![action.clone()],
                None => {
                    let of_denies = denies.actions.iter().cloned();
                    of_denies.filter(|action| !index.has(action, &[])).collect()
                }
            };
            for action in actions {
                let mut right = Right::from(action);
                let of_whole = self.asked_for(&right, &mut steps)?.alternatives;
                for part in &denies.parts {
                    if index.has(&right.action, part) {
                        continue;
                    }
                    right.part.clone_from(part);
                    let of_part = self.asked_for(&right, &mut steps)?;
                    if of_part.alternatives != of_whole {
                        denied.push(of_part);
                    }
                }
            }
        }
        Ok((denied, are_all))
    }

    /// Whether a rule that denies asks for a part of the resource otherwise than by texts in one `AnyOf` of its
    /// target: by another comparison, in a condition, or in the target of its policy.
    fn denies_other_parts(&self) -> bool {
        let mut rest = self.policy.document().clone();
        for policy in rest.policies_mut() {
            let denies = |child: &PolicyChild| matches!(child, PolicyChild::Rule(rule) if rule.effect == Effect::Deny);
            if !policy.children.iter().any(denies) {
                policy.target = Target::new();
            }
            policy
                .children
                .retain(|child| denies(child) || !matches!(child, PolicyChild::Rule(_)));
            for child in &mut policy.children {
                let PolicyChild::Rule(rule) = child else {
                    continue;
                };
                let any_of = rule.target.iter_mut().flat_map(|target| &mut target.any_of);
                let names_part = |any_of: &AnyOf| {
                    let mut all = any_of.all_of.iter().flat_map(|all_of| &all_of.matches);
                    all.any(|one| named_part(one).is_some())
                };
                let mut of_parts = any_of.filter(|any_of| names_part(any_of));
                let (Some(only), None) = (of_parts.next(), of_parts.next()) else {
                    continue;
                };
                // What is understood is put aside: the rest must ask for no part.
                for one in only
                    .all_of
                    .iter_mut()
                    .flat_map(|all_of| &mut all_of.matches)
                {
                    if named_part(one).is_some()
                        && let AttributeReference::Designator(of) = &mut one.attribute
                    {
                        of.category = category::ACTION.into();
                        of.id = ACTION_ID.into();
                    }
                }
            }
        }
        let asks = |pdp: crate::Pdp| pdp.attributes().any(|of| is_part(&of.category, &of.id));
        self.policy.compile_like(rest).map_or(true, asks)
    }

    /// Returns the alternatives of a right and of those that include it, and whether these are all.
    fn with_wider(
        &self,
        right: &PolicyRight,
        index: &RightsIndex<'_>,
        (steps, of_environment): (&mut Steps, &mut Steps),
    ) -> Result<(Vec<Alternative>, bool), Unanswered> {
        steps.take(index.lookups(right))?;
        let including = index.including(right).into_iter();
        let wider = including.filter(|other| !std::ptr::eq(*other, right));
        let wider: Vec<&Alternative> = wider.flat_map(|other| &other.alternatives).collect();
        let mut alternatives = right.alternatives.clone();
        if wider.is_empty() {
            return Ok((alternatives, true));
        }
        // A rule for the part may deny what the whole permits.
        let is_sure = |one: &Alternative| !one.may_be_refused && one.rests_on.is_empty();
        let are_sure = wider.iter().all(|one| is_sure(one));
        if let (false, Some(right)) = (are_sure, right.right()) {
            let found = self.found_in_each_environment(Some(&right), steps, of_environment)?;
            let all = found.all.into_iter().map(|(.., one)| one);
            return Ok((all.collect(), found.is_complete));
        }
        steps.take(STEPS_OF_COPY * (alternatives.len() + wider.len()))?;
        alternatives.extend(wider.into_iter().filter(|one| is_sure(one)).cloned());
        let given = alternatives.iter().map(|alternative| GivenBy {
            action: None,
            part: &[],
            alternative,
        });
        let mut covered = covered(&given.collect::<Vec<_>>(), steps)?.into_iter();
        alternatives.retain(|_| !covered.next().unwrap_or(false));
        Ok((alternatives, are_sure))
    }
}

/// Whether a denied part is none of a right's own, and not the right's part with more.
fn is_beside(denied: &[(Arc<str>, Arc<str>)], right: &PolicyRight) -> bool {
    let is_other = |(id, _): &(Arc<str>, Arc<str>)| right.part.iter().all(|(own, _)| own != id);
    denied.iter().any(is_other)
}

/// The names in the targets of rules that deny, each once.
#[derive(Default)]
struct Denies {
    has_rules: bool,
    /// Of parts of the resource: the attributes of one alternative together.
    parts: BTreeSet<Vec<(Arc<str>, Arc<str>)>>,
    actions: BTreeSet<Arc<str>>,
}

impl Denies {
    fn of(document: &Document) -> Self {
        let rules = document.policies().flat_map(Policy::rules);
        let rules = rules.filter(|rule| rule.effect == Effect::Deny);
        let rules: Vec<&Rule> = rules.collect();
        let mut denies = Self {
            has_rules: !rules.is_empty(),
            ..Self::default()
        };
        let targets = rules.iter().filter_map(|rule| rule.target.as_ref());
        let any_of = targets.flat_map(|target| &target.any_of);
        for all_of in any_of.flat_map(|any_of| &any_of.all_of) {
            let mut part = Vec::new();
            for matching in &all_of.matches {
                let AttributeReference::Designator(of) = &matching.attribute else {
                    continue;
                };
                if let Some(named) = named_part(matching) {
                    part.push(named);
                } else if equality_ignores_case(&matching.function).is_some()
                    && of.category == category::ACTION
                    && of.id == ACTION_ID
                {
                    denies.actions.insert((*matching.value.text).into());
                }
            }
            part.sort_unstable();
            if !part.is_empty() {
                denies.parts.insert(part);
            }
        }
        denies
    }
}

/// The attribute of a part and its text, if a match compares just these.
fn named_part(matching: &Match) -> Option<(Arc<str>, Arc<str>)> {
    let AttributeReference::Designator(of) = &matching.attribute else {
        return None;
    };
    let is_text = DataType::from_uri(&of.data_type) == Some(DataType::String);
    let is_named = equality_ignores_case(&matching.function).is_some() && is_text;
    let named = || (Arc::from(&*of.id), (*matching.value.text).into());
    (is_named && is_part(&of.category, &of.id)).then(named)
}

/// Whether an attribute is of a part of a resource, and names neither the resource, an instance nor a party.
fn is_part(of: &str, id: &str) -> bool {
    use AttributeKind::{App, AppOwner, Instance, Party, Resource};
    let names = matches!(
        id::kind(of, id),
        Some(Resource | AppOwner | App | Instance | Party(..))
    );
    of == category::RESOURCE && !names
}
