//! A refused request + the subject's delegations → those that would permit it but for one thing.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use smallvec::SmallVec;

use super::Examination;
use crate::altinn::delegation::{Delegation, Right};
use crate::altinn::fact::{Path, Window};
use crate::altinn::facts::Asked;
use crate::altinn::language::{InWords, Say, Words, spoken, texts};
use crate::altinn::party::{Party, PartyKey};
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
    /// It is one service out of this access package, by its code, with which alone the policy does
    /// not permit the request.
    Package(Arc<str>),
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
            NearDifference::Package(code) => {
                let code = cut(code);
                write!(f, "{}", texts::OUT_OF_PACKAGE.with(words, &[&id, &code]))
            }
        }
    }
}

spoken! {
    NearDelegation: "the delegation and what differs";
}

/// The number of other givers whose delegations are looked at.
const MOST_GIVERS: usize = 8;

/// A difference, without the party that a source has for a key.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Difference {
    Rights(Vec<Right>),
    Instance(InstanceId),
    Window(Window),
    Party(PartyKey),
    Package(Arc<str>),
}

/// The decisions about the policy on behalf of delegations, each made once.
#[derive(Default)]
struct Tried {
    /// By whether the app may delegate more of the instance.
    delegable: [Option<bool>; 2],
    /// By the code of an access package.
    packages: HashMap<Arc<str>, bool>,
    /// Whether access lists and resource rights let the party in.
    is_served: Option<bool>,
}

impl Examination<'_, '_> {
    /// Returns the delegations to the subject that differ from the request in one thing, if the
    /// request would be permitted to whoever has a delegation that fits.
    pub(super) fn near(&mut self, register: Option<&Snapshot>) -> Vec<NearDelegation> {
        let pair = &self.session.pairs[self.case.pair];
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
        // What the main unit has given is among those of its sub-unit.
        let is_new = |giver: &Party| unit.as_deref().is_none_or(|unit| !giver.is(unit));
        let givers = self.other_givers(register, &subject, &party);
        for giver in givers.into_iter().filter(|giver| is_new(giver)) {
            on_file.extend(self.delegations_from(&subject, &giver));
        }
        let mut near = Vec::new();
        let mut known = HashSet::new();
        let mut tried = Tried::default();
        for given in on_file {
            let from = |party: &Party| party.has_key(&given.from);
            let is_from = from(&party) || unit.as_deref().is_some_and(from);
            let Some(differs) = self.only_difference(&given, &subject, is_from, &mut tried) else {
                continue;
            };
            if !self.would_permit(&given, &mut tried) {
                continue;
            }
            let key = (given.id.clone(), given.path.clone());
            if known.insert((key, differs.clone())) {
                near.push(NearDelegation {
                    delegation: given.id,
                    path: given.path,
                    differs: self.told(differs),
                });
            }
        }
        near
    }

    /// Whether a delegation like this one would permit the request if it fitted.
    fn would_permit(&mut self, given: &Delegation, tried: &mut Tried) -> bool {
        let case = self.case;
        let by_app = case.policy.delegable_by_app.as_ref();
        let by_app = by_app.filter(|_| given.instance.is_some());
        let place = usize::from(by_app.is_some());
        let permits = tried.delegable[place].unwrap_or_else(|| {
            let pdp = by_app.unwrap_or(&case.policy.delegable);
            let (session, context) = (&mut *self.session, &mut *self.context);
            let outcome = self
                .inner
                .evaluate(pdp, session, context, self.sources, case);
            let decision = outcome.decision();
            self.is_complete &= decision != Decision::Indeterminate;
            decision == Decision::Permit
        });
        tried.delegable[place] = Some(permits);
        permits && self.is_served(tried)
    }

    /// Whether a Permit of the request would meet no veto.
    fn is_served(&mut self, tried: &mut Tried) -> bool {
        *tried.is_served.get_or_insert_with(|| {
            let veto = self
                .inner
                .vetoed(&mut None, &*self.session, self.sources, self.case, None);
            self.is_complete &= veto.is_ok();
            matches!(veto, Ok(None))
        })
    }

    /// Whether the policy permits the request to the holder of an access package alone.
    fn gives_alone(&mut self, package: &Arc<str>, tried: &mut Tried) -> bool {
        if let Some(known) = tried.packages.get(package) {
            return *known;
        }
        let decision = self.inner.with_package_alone(
            package,
            (&mut *self.session, &mut *self.context),
            self.case,
            |outcome, _| outcome.decision(),
        );
        self.is_complete &= decision != Decision::Indeterminate;
        let gives = decision == Decision::Permit;
        tried.packages.insert(package.clone(), gives);
        gives
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
        &mut self,
        given: &Delegation,
        subject: &Party,
        is_from: bool,
        tried: &mut Tried,
    ) -> Option<Difference> {
        let asking = &self.case.asking;
        let is_hers = subject.has_key(&given.to) || !given.path.steps().is_empty();
        if !is_hers || given.resource != asking.resource || asking.actions.is_empty() {
            return None;
        }
        // What never holds is no help at another time, nor is what gives nothing.
        if given.window.is_empty() || given.rights.is_empty() {
            return None;
        }
        let asked = asking.instance.as_ref().map(|(id, _)| id);
        let instance = given.instance.as_ref().filter(|id| Some(*id) != asked);
        let window = Some(given.window).filter(|window| !window.contains(asking.at));
        let allows = asking.allows(given).ok()?;
        let differences = [
            (!allows).then(|| Difference::Rights(given.rights.clone())),
            instance.cloned().map(Difference::Instance),
            window.map(Difference::Window),
            (!is_from).then(|| Difference::Party(given.from.clone())),
        ];
        let differences = differences.into_iter().flatten();
        let mut differences: SmallVec<[Difference; 2]> = differences.take(2).collect();
        if differences.len() < 2
            && let Some(package) = &given.out_of
            && !self.gives_alone(package, tried)
        {
            differences.push(Difference::Package(package.clone()));
        }
        let one = differences.pop()?;
        differences.is_empty().then_some(one)
    }

    fn told(&self, difference: Difference) -> NearDifference {
        match difference {
            Difference::Rights(rights) => NearDifference::Rights(rights),
            Difference::Instance(instance) => NearDifference::Instance(instance),
            Difference::Window(window) => NearDifference::Window(window),
            Difference::Party(giver) => {
                let giver = self.sources.parties.ask(|source| source.party(&giver));
                NearDifference::Party(giver.ok().flatten())
            }
            Difference::Package(code) => NearDifference::Package(code),
        }
    }
}
