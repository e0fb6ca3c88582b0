//! What changes a store: compiles a document with the names known so far, and puts it where readers
//! of the next version find it.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use foldhash::quality::RandomState;

use super::super::Host;
use super::super::builder::Language;
use super::super::documents::ReadDocument;
use super::Packer;
use crate::attribute::{Designator, category};
use crate::combining::Algorithm;
use crate::compile::{self, Clause, Options, Unit, Vocabulary};
use crate::error::Error;
use crate::function::Function;
use crate::program::{
    By, Child, Chunks, Member, Policies, Policy, PolicyId, Program, Root, SlotId, Slots, Stored,
};

/// The next version of a store, and how it came to be.
pub(super) struct Writer {
    vocabulary: Vocabulary,
    /// What is published; `policies` and `root` are those being changed.
    program: Program,
    policies: Chunks<Policy>,
    stored: Stored,
    members: HashMap<String, Known>,
    /// How many policies ask for each value in some clause of theirs.
    frequency: HashMap<(SlotId, By, u64), u32, RandomState>,
    /// The next id of a policy that stands by itself. These are not used again: their order is that
    /// of the policies.
    next: u32,
    /// Ids that are given to policies in place, whose order says nothing: of those that are gone.
    free: Vec<PolicyId>,
    /// Changes since unused texts were forgotten.
    changes: usize,
    /// If the policies are kept in the form in which they are saved.
    packer: Option<Packer>,
}

/// A policy of the store.
struct Known {
    place: PolicyId,
    /// Policies in place inside it.
    nested: Vec<PolicyId>,
    /// What it is found under; nothing if it must always be visited.
    under: Option<Vec<Member>>,
    /// All it could be found under, for the frequencies.
    clauses: Vec<Clause>,
    /// As it is saved.
    saved: Option<Arc<[u8]>>,
}

/// A document that was compiled with the names of a writer, to be put in by the same writer.
pub(super) struct Change {
    id: String,
    unit: Unit,
    saved: Option<Arc<[u8]>>,
}

/// So many changes may leave texts behind that nothing uses.
const PURGE: usize = 10_000;

impl Writer {
    pub(super) fn new(language: &Language, root_combining: Option<&str>) -> Result<Self, Error> {
        let Some(id) = root_combining else {
            return Err(Error::plain(
                "say with `root_combining` how the policies of a store combine",
            ));
        };
        let algorithm = match language.algorithms.contains_key(id) {
            true => None,
            false => Some(compile::standard_algorithm(id).map_err(Error::plain)?),
        };
        let algorithm = algorithm.filter(Algorithm::ignores_what_does_not_apply);
        let Some(algorithm) = algorithm else {
            return Err(Error::plain(format!(
                "the policies of a store cannot be combined with `{}`: only with an algorithm of \
                 the standard that does not look at policies that do not apply",
                crate::xml::cut(id)
            )));
        };
        let packer = language.saveable.then(Packer::new);
        Ok(Self::of(algorithm, packer))
    }

    /// One without policies.
    fn of(algorithm: Algorithm, packer: Option<Packer>) -> Self {
        let stored = Stored::new(algorithm);
        let policies = Chunks::default();
        Self {
            vocabulary: Vocabulary::default(),
            program: Program {
                slots: Arc::default(),
                policies: Policies::Stored(policies.clone()),
                functions: Arc::default(),
                selectors: Arc::new([]),
                paths: Arc::default(),
                uses_xpath: false,
                root: Root::Store(stored.clone()),
            },
            policies,
            stored,
            members: HashMap::new(),
            frequency: HashMap::default(),
            next: 0,
            free: Vec::new(),
            changes: 0,
            packer,
        }
    }

    /// One without policies that combines and keeps them in the same way.
    pub(super) fn renewed(&self) -> Self {
        let packer = self.is_saveable().then(Packer::new);
        Self::of(self.stored.algorithm.clone(), packer)
    }

    pub(super) fn is_saveable(&self) -> bool {
        self.packer.is_some()
    }

    /// All policies as they are saved, with their ids, in the order in which they combine.
    pub(super) fn saved(&self) -> Option<Vec<(String, Arc<[u8]>)>> {
        self.packer.as_ref()?;
        let members = self.members.iter();
        let mut all: Vec<_> = members
            .filter_map(|(id, known)| Some((known.place, id, known.saved.as_ref()?)))
            .collect();
        all.sort_unstable_by_key(|(place, ..)| *place);
        let all = all.into_iter();
        Some(
            all.map(|(_, id, saved)| (id.clone(), saved.clone()))
                .collect(),
        )
    }

    pub(super) fn has(&self, id: &str) -> bool {
        self.members.contains_key(id)
    }

    pub(super) fn len(&self) -> usize {
        self.members.len()
    }

    pub(super) fn ids(&self) -> Vec<String> {
        self.members.keys().cloned().collect()
    }

    /// The program as changed so far.
    pub(super) fn program(&mut self) -> &Program {
        self.name();
        self.program.policies = Policies::Stored(self.policies.clone());
        self.program.root = Root::Store(self.stored.clone());
        &self.program
    }

    /// The attributes and functions of all policies, those of compiled changes included.
    pub(super) fn names(&mut self) -> (&Arc<Slots>, &Arc<Vec<Arc<Function>>>) {
        self.name();
        (&self.program.slots, &self.program.functions)
    }

    fn name(&mut self) {
        if self.program.slots.len() != self.vocabulary.slots.len() {
            self.program.slots = Arc::new(self.vocabulary.slots.clone());
        }
        if self.program.functions.len() != self.vocabulary.functions.len() {
            self.program.functions = Arc::new(self.vocabulary.functions.clone());
        }
    }

    /// Compiles a document to the change that puts it in place of the one with its id. Code of the
    /// host runs here; nothing that readers will see changes.
    pub(super) fn compile(
        &mut self,
        document: &ReadDocument,
        host: &Host,
        language: &Language,
    ) -> Result<Change, Error> {
        let supplied = |designator: &Designator| {
            let mut providers = host.providers.iter();
            providers.any(|provider| provider.supplies(designator))
        };
        let options = Options {
            limits: &host.limits,
            data_types: &host.data_types,
            functions: &language.functions,
            algorithms: &language.algorithms,
            root_combining: None,
            root: None,
            supplied: &supplied,
            steps: language.steps,
        };
        Ok(Change {
            unit: compile::unit(&mut self.vocabulary, document.input(), &options)?,
            id: document.id().to_owned(),
            saved: self.packer.as_ref().map(|packer| document.saved(packer)),
        })
    }

    /// Makes a change that was compiled. No code of the host runs here, so that a change is made
    /// as a whole whatever the host does.
    pub(super) fn make(&mut self, change: Change) {
        let Change { id, unit, saved } = change;
        let before = self.members.remove(&id).map(|known| self.forget(known));
        let place = before.unwrap_or_else(|| self.next_id());
        let mut known = self.enter(unit, place);
        known.saved = saved;
        self.members.insert(id, known);
        self.changed();
    }

    /// Runs what compiles changes. If the host's code panics in it, the names that those changes
    /// brought are forgotten: none of them will be made.
    pub(super) fn compiling<T>(&mut self, compile: impl FnOnce(&mut Self) -> T) -> T {
        let mark = self.vocabulary.mark();
        catch_unwind(AssertUnwindSafe(|| compile(self))).unwrap_or_else(|panic| {
            self.vocabulary.back_to(mark);
            // Names are compared by how many there are, and other ones may follow.
            self.program.slots = Arc::new(self.vocabulary.slots.clone());
            self.program.functions = Arc::new(self.vocabulary.functions.clone());
            resume_unwind(panic)
        })
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<()> {
        let known = self.members.remove(id)?;
        let place = self.forget(known);
        self.free.push(place);
        self.changed();
        Some(())
    }

    fn changed(&mut self) {
        self.changes += 1;
        if self.changes >= PURGE.max(self.members.len()) {
            self.changes = 0;
            self.vocabulary.purge();
        }
    }

    fn next_id(&mut self) -> PolicyId {
        let id = PolicyId(self.next);
        self.next = self.next.saturating_add(1);
        id
    }

    /// Takes a policy out; what it was in stays free for the one that follows it.
    fn forget(&mut self, known: Known) -> PolicyId {
        let Known {
            place,
            nested,
            under,
            clauses,
            saved: _,
        } = known;
        self.stored.remove(place, under.as_deref());
        for id in nested.iter().copied().chain([place]) {
            self.policies.set(id.index(), None);
        }
        self.free.extend(nested);
        for pair in clauses.iter().flatten() {
            let value = (pair.slot, pair.by, pair.key);
            if let Some(count) = self.frequency.get_mut(&value) {
                *count -= 1;
                if *count == 0 {
                    self.frequency.remove(&value);
                }
            }
        }
        place
    }

    fn enter(&mut self, unit: Unit, place: PolicyId) -> Known {
        let Unit {
            policies,
            root,
            clauses,
        } = unit;
        let mut nested = Vec::new();
        let mut ids = Vec::with_capacity(policies.len());
        for local in 0..policies.len() {
            ids.push(match local == root.index() {
                true => place,
                false => {
                    let id = self.free.pop().unwrap_or_else(|| self.next_id());
                    nested.push(id);
                    id
                }
            });
        }
        for (mut policy, id) in policies.into_iter().zip(&ids) {
            for child in &mut policy.children {
                if let Child::Policy(local) = child {
                    *local = ids[local.index()];
                }
            }
            self.policies.set(id.index(), Some(Arc::new(policy)));
        }
        // only-one-applicable asks for the targets of policies alone (C.9).
        let by_target = matches!(self.stored.algorithm, Algorithm::OnlyOneApplicable);
        let mut all = clauses.own;
        if !by_target {
            all.extend(clauses.derived);
        }
        let best = all.iter().min_by_key(|clause| self.cost(clause));
        let under = best.map(|clause| {
            let pairs = clause.iter();
            let members = pairs.map(|pair| Member {
                slot: pair.slot,
                folded: pair.by == By::Folded,
                key: pair.key,
                needs: pair.needs,
            });
            members.collect::<Vec<_>>()
        });
        self.stored.insert(place, under.as_deref());
        for pair in all.iter().flatten() {
            let value = (pair.slot, pair.by, pair.key);
            *self.frequency.entry(value).or_default() += 1;
        }
        Known {
            place,
            nested,
            under,
            clauses: all,
            saved: None,
        }
    }

    /// What finding a policy by this clause costs: the others that are found by the same values.
    /// Where that is the same, resources tell policies apart better than anything else.
    fn cost(&self, clause: &Clause) -> (u64, bool, usize) {
        let of_pair = |pair: &compile::Pair| {
            let seen = self.frequency.get(&(pair.slot, pair.by, pair.key));
            let seen = seen.map_or(1, |seen| u64::from(*seen) + 1);
            seen.saturating_mul(self.vocabulary.cost(pair.slot))
        };
        let slots = &self.vocabulary.slots;
        let of_resource = |pair: &compile::Pair| {
            let slot = slots.get(pair.slot.index());
            slot.is_some_and(|slot| &*slot.designator.category == category::RESOURCE)
        };
        let expected = clause.iter().map(of_pair).fold(0, u64::saturating_add);
        (expected, !clause.iter().all(of_resource), clause.len())
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::Pdp;

    /// Ids are 32 bits, and each takes some bytes in every version.
    #[test]
    fn putting_a_policy_again_takes_no_more_ids() {
        let policy = |id: &str| {
            format!(
                r#"<Policy PolicyId="{id}" Version="1"
                RuleCombiningAlgId="urn:oasis:names:tc:xacml:1.0:rule-combining-algorithm:first-applicable"
                ><Target/><Rule RuleId="r" Effect="Permit"/></Policy>"#
            )
        };
        let set = |id: &str, count: usize| {
            let policies: String = (0..count)
                .map(|number| policy(&format!("{id}-{number}")))
                .collect();
            format!(
                r#"<PolicySet xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicySetId="{id}"
                Version="1" PolicyCombiningAlgId="urn:oasis:names:tc:xacml:1.0:policy-combining-algorithm:first-applicable"
                ><Target/>{policies}</PolicySet>"#
            )
        };
        let deny = "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides";
        let store = Pdp::builder().root_combining(deny).store().expect("empty");
        for round in 0..50 {
            store
                .put("a", set("a", 20 + round % 3))
                .expect("it compiles");
            store.put("b", set("b", 5)).expect("it compiles");
            store.remove("b").expect("it is there");
        }
        let next = store.writer().next;
        assert!(next < 100, "{next} ids for 23 policies at a time");
    }
}
