//! A refused request + the subject's delegations → those that would permit it but for one thing.

use std::fmt;
use std::sync::Arc;

use super::Examination;
use crate::altinn::delegation::{Delegation, Right};
use crate::altinn::fact::{Path, Window};
use crate::altinn::facts::Asked;
use crate::altinn::language::{InWords, Language, Say, Words, texts};
use crate::altinn::party::Party;
use crate::altinn::pdp::delegated::main_unit;
use crate::altinn::register::Snapshot;
use crate::altinn::resource::InstanceId;
use crate::decision::Decision;
use crate::report::cut;

/// A delegation that would permit the request but for one thing. `Display` says it in English.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct NearDelegation {
    /// The id of the delegation at its source.
    pub delegation: Arc<str>,
    /// The path by which the subject may use it.
    pub path: Path,
    /// The one thing in which it differs from the request.
    pub differs: NearDifference,
}

/// The one thing in which a delegation differs from a request.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum NearDifference {
    /// It gives other rights: for other actions, or for another part of the resource.
    Rights(Vec<Right>),
    /// It is for another instance, or for this one while the request is about none.
    Instance(InstanceId),
    /// It holds at another time.
    Window(Window),
    /// It was given by another party; none if that is unknown.
    Party(Option<Arc<Party>>),
}

impl NearDelegation {
    /// Returns the delegation and what differs for display in a language.
    pub fn in_language(&self, language: Language) -> impl fmt::Display + '_ {
        InWords(self, language.into())
    }
}

impl Say for NearDelegation {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        let id = cut(&self.delegation);
        match &self.differs {
            NearDifference::Rights(rights) => {
                let rights: Vec<String> = rights.iter().map(ToString::to_string).collect();
                let rights = format!("`{}`", rights.join("`, `"));
                write!(f, "{}", texts::OTHER_RIGHTS.with(words, &[&id, &rights]))
            }
            NearDifference::Instance(instance) => {
                let instance = cut(instance.as_str());
                write!(
                    f,
                    "{}",
                    texts::OTHER_INSTANCE.with(words, &[&id, &instance])
                )
            }
            NearDifference::Window(window) => {
                let window = InWords(window, words);
                write!(f, "{}", texts::OTHER_WINDOW.with(words, &[&id, &window]))
            }
            NearDifference::Party(party) => {
                let party = match party {
                    Some(party) => party.to_string(),
                    None => texts::SOMEBODY_ELSE.with(words, &[]).to_string(),
                };
                write!(f, "{}", texts::OTHER_PARTY.with(words, &[&id, &party]))
            }
        }
    }
}

impl fmt::Display for NearDelegation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.say(f, Words::DISPLAY)
    }
}

/// The number of other givers whose delegations are looked at.
const MOST_GIVERS: usize = 8;

impl Examination<'_, '_> {
    /// Returns the delegations to the subject that differ from the request in one thing, if the
    /// policy permits the request to whoever has a delegation that fits.
    pub(super) fn near(&mut self, register: Option<&Snapshot>) -> Vec<NearDelegation> {
        let case = self.case;
        let pair = &self.session.pairs[case.pair];
        let (subject, party) = (pair.subject.clone(), pair.party.clone());
        // Nobody acts for a party that has ceased to exist.
        let Some(party) = party.filter(|party| !party.is_deleted) else {
            return Vec::new();
        };
        let mut on_file = self.delegations_from(&subject, &party);
        let Ok(unit) = main_unit(self.sources, &party, &on_file) else {
            self.is_complete = false;
            return Vec::new();
        };
        for giver in self.other_givers(register, &subject, &party) {
            on_file.extend(self.delegations_from(&subject, &giver));
        }
        let mut near: Vec<NearDelegation> = Vec::new();
        let mut permits: [Option<bool>; 2] = [None; 2];
        for given in on_file {
            let from = |party: &Party| party.has_key(&given.from);
            let is_from = from(&party) || unit.as_deref().is_some_and(from);
            let Some(differs) = self.only_difference(&given, &subject, is_from) else {
                continue;
            };
            let by_app = case.policy.delegable_by_app.as_ref();
            let by_app = by_app.filter(|_| given.instance.is_some());
            let place = usize::from(by_app.is_some());
            let would = permits[place].unwrap_or_else(|| {
                let pdp = by_app.unwrap_or(&case.policy.delegable);
                let (session, context) = (&mut *self.session, &mut *self.context);
                let outcome = self
                    .inner
                    .evaluate(pdp, session, context, self.sources, case);
                outcome.decision() == Decision::Permit
            });
            permits[place] = Some(would);
            let near_one = NearDelegation {
                delegation: given.id,
                path: given.path,
                differs,
            };
            if would && !near.contains(&near_one) {
                near.push(near_one);
            }
        }
        near
    }

    fn delegations_from(&mut self, subject: &Party, party: &Party) -> Vec<Delegation> {
        let asking = &self.case.asking;
        let instance = asking.instance.as_ref().map(|(id, _)| id);
        let asked = Asked::new(subject, party, asking.at);
        let on_file = self
            .sources
            .delegations
            .ask(|source| source.delegations(&asked, &asking.resource, instance));
        self.is_complete &= on_file.is_ok();
        on_file.unwrap_or_default()
    }

    /// Returns other parties that gave the subject something of the resource, as the register says.
    fn other_givers(
        &self,
        register: Option<&Snapshot>,
        subject: &Party,
        party: &Party,
    ) -> Vec<Arc<Party>> {
        let givers = register.map(|known| known.givers_to(subject, &self.case.asking.resource));
        let givers = givers.into_iter().flatten();
        let others = givers.filter(|giver| !giver.is(party) && !giver.is_deleted);
        others.take(MOST_GIVERS).collect()
    }

    /// Returns what differs between a delegation and the request, if it is one thing.
    fn only_difference(
        &self,
        given: &Delegation,
        subject: &Party,
        is_from: bool,
    ) -> Option<NearDifference> {
        let asking = &self.case.asking;
        let is_hers = subject.has_key(&given.to) || !given.path.steps().is_empty();
        if !is_hers || given.resource != asking.resource || asking.actions.is_empty() {
            return None;
        }
        let asked = asking.instance.as_ref().map(|(id, _)| id);
        let instance = given.instance.as_ref().filter(|id| Some(*id) != asked);
        let window = Some(given.window).filter(|window| !window.contains(asking.at));
        let allows = asking.allows(given).ok()?;
        let differences = [
            (!allows).then(|| NearDifference::Rights(given.rights.clone())),
            instance.cloned().map(NearDifference::Instance),
            window.map(NearDifference::Window),
            (!is_from).then(|| {
                let giver = self.sources.parties.ask(|source| source.party(&given.from));
                NearDifference::Party(giver.ok().flatten())
            }),
        ];
        // What never holds is no help at another time, nor is what gives nothing.
        if given.window.is_empty() || given.rights.is_empty() {
            return None;
        }
        let mut differences = differences.into_iter().flatten();
        let one = differences.next()?;
        differences.next().is_none().then_some(one)
    }
}
