//! Documents + the names known so far → compiled policies, indexed for readers of the next version.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::quality::RandomState;

use super::super::Host;
use super::super::builder::Language;
use super::super::documents::ReadDocument;
use super::super::source::any_supplies;
use super::apply::{AppliedChanges, Edited};
use super::attempt::Settled;
use super::compiled::CompiledDocument;
use super::graph::Graph;
use super::ids::Ids;
use super::listing::{DocumentRole, ListedDocument, Listing, StoredDocument};
use super::saved::{Packer, SavedAbout};
use crate::attribute::{Designator, category};
use crate::combining::Algorithm;
use crate::compile::{self, Clause, Options, Unit, Used, Vocabulary};
use crate::error::Error;
use crate::function::Function;
use crate::program::{
    By, Child, Chunks, Member, Policies, Policy, PolicyId, Program, Root, SlotId, Slots, Stored,
};

/// The next version of a store, with all that further changes need.
pub(super) struct StoreWriter {
    vocabulary: Vocabulary,
    /// The number of its vocabulary: a restored store has a new one.
    pub(super) epoch: u64,
    /// The number of changes of the vocabulary that `program` includes.
    named: u64,
    /// The published program, except `policies` and `root`, which the fields below replace.
    program: Program,
    policies: Chunks<Policy>,
    stored: Stored,
    pub(super) graph: Graph,
    members: HashMap<PolicyId, Entered, RandomState>,
    pub(super) listing: Listing,
    /// The number of policies with each value in one of their clauses.
    frequency: HashMap<(SlotId, By, u64), u32, RandomState>,
    pub(super) ids: Ids,
    /// The number of changes since unused texts were removed.
    changes: usize,
    /// Packs documents for saving, if the store is saveable.
    packer: Option<Packer>,
}

/// A document of the store, as it was put in.
struct Entered {
    is_root: bool,
    /// The policies nested in it.
    nested: Vec<PolicyId>,
    /// The clause that it is indexed by; none if it is always visited.
    under: Option<Vec<Member>>,
    /// All clauses that it could be indexed by, for the frequencies.
    clauses: Vec<Clause>,
    /// The names of the vocabulary that it uses.
    used: Used,
    /// Its saved form.
    saved: Option<Arc<[u8]>>,
}

/// The number of changes after which unused texts are removed.
const PURGE: usize = 10_000;

/// A document in its saved form: its id, its role and digest, and the packed tree.
pub(super) type SavedDocument = (String, SavedAbout, Arc<[u8]>);

impl StoreWriter {
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

    /// Returns a writer without policies.
    fn of(algorithm: Algorithm, packer: Option<Packer>) -> Self {
        let stored = Stored::new(algorithm);
        let policies = Chunks::default();
        Self {
            vocabulary: Vocabulary::default(),
            epoch: 0,
            named: 0,
            program: Program {
                slots: Arc::default(),
                policies: Policies::Stored(policies.clone()),
                functions: Arc::default(),
                selectors: Arc::default(),
                paths: Arc::default(),
                uses_xpath: false,
                root: Root::Store(stored.clone()),
            },
            policies,
            stored,
            graph: Graph::default(),
            members: HashMap::default(),
            listing: Listing::default(),
            frequency: HashMap::default(),
            ids: Ids::default(),
            changes: 0,
            packer,
        }
    }

    /// Returns a writer without policies, of the same combining algorithm and saved form.
    pub(super) fn renewed(&self) -> Self {
        let packer = self.is_saveable().then(Packer::new);
        Self::of(self.stored.algorithm.clone(), packer)
    }

    pub(super) fn is_saveable(&self) -> bool {
        self.packer.is_some()
    }

    /// Returns the saved form of all documents in the order in which they combine, without the
    /// builder's library; none if the store is not saveable.
    pub(super) fn saved(&self) -> Option<Vec<SavedDocument>> {
        self.packer.as_ref()?;
        let documents = self.listing.iter();
        let own = documents.filter(|(_, document)| document.role != DocumentRole::Builder);
        let saved = own.filter_map(|(place, document)| {
            let saved = self.members.get(&place)?.saved.clone()?;
            let about = SavedAbout {
                is_library: document.is_library(),
                digest: document.digest,
            };
            Some((document.id.to_string(), about, saved))
        });
        Some(saved.collect())
    }

    /// The place of the root policy of this id.
    pub(super) fn root(&self, id: &str) -> Option<PolicyId> {
        let mut same = self.graph.of_id(id).filter(|(_, node)| node.is_root);
        same.next().map(|(place, _)| place)
    }

    /// The places of the library documents of this id, in one version or in all.
    pub(super) fn library(&self, id: &str, version: Option<&str>) -> Vec<PolicyId> {
        let same = self.graph.of_id(id).filter(|(_, node)| !node.is_root);
        let same =
            same.filter(|(_, node)| version.is_none_or(|version| node.version.as_str() == version));
        same.map(|(place, _)| place).collect()
    }

    /// The program with all changes so far.
    pub(super) fn program(&mut self) -> &Program {
        self.name();
        self.program.policies = Policies::Stored(self.policies.clone());
        self.program.root = Root::Store(self.stored.clone());
        &self.program
    }

    /// The attributes and functions of all policies, those of compiled documents included.
    pub(super) fn names(&mut self) -> (&Arc<Slots>, &Arc<Vec<Arc<Function>>>) {
        self.name();
        (&self.program.slots, &self.program.functions)
    }

    pub(super) fn may_be_supplied(&self, slot: SlotId) -> bool {
        self.vocabulary.is_supplied(slot)
    }

    fn name(&mut self) {
        if self.named != self.vocabulary.changes() {
            self.named = self.vocabulary.changes();
            self.program.slots = Arc::new(self.vocabulary.slots.clone());
            self.program.functions = Arc::new(self.vocabulary.functions.clone());
            self.program.selectors = self.vocabulary.selectors().clone();
            self.program.paths = self.vocabulary.paths().clone();
            self.program.uses_xpath = self.vocabulary.uses_xpath();
        }
    }

    /// Compiles a document. Code of the host runs here; nothing that readers will see changes. A
    /// document that is not put in must be [forgotten](Self::forget_compiled) afterwards.
    pub(super) fn compile(
        &mut self,
        document: ReadDocument,
        role: DocumentRole,
        host: &Host,
        language: &Language,
    ) -> Result<Box<CompiledDocument>, Error> {
        let supplied = |of: &Designator| any_supplies(&host.providers, of);
        let options = Options {
            limits: &host.settings.limits,
            data_types: &host.settings.data_types,
            functions: &language.functions,
            algorithms: &language.algorithms,
            root_combining: None,
            root: None,
            supplied: &supplied,
            steps: language.steps,
        };
        let unit = compile::unit(&mut self.vocabulary, document.input(), &options)?;
        if let Some(problem) = document.unreadable() {
            self.vocabulary.release(&unit.used);
            return Err(Error::new(vec![problem]));
        }
        let saved = self.packer.as_ref().map(|packer| document.saved(packer));
        let policy = document.policy();
        let mut compiled = CompiledDocument {
            name: (policy.is_set(), policy.id().into()),
            version: policy.version().clone(),
            role,
            source: document.source().into(),
            unit,
            saved,
            written: None,
            digest: document.digest,
            epoch: self.epoch,
            text: None,
            offset: policy.offset(),
        };
        if compiled.refers() {
            compiled.text = document.text.as_ref().map(|(_, text)| text.clone());
        }
        compiled.written = language.explainable.then(|| document.into_written());
        Ok(Box::new(compiled))
    }

    /// Releases the names of a compiled document that is not put in.
    pub(super) fn forget_compiled(&mut self, compiled: &CompiledDocument) {
        if compiled.epoch != self.epoch {
            return;
        }
        self.vocabulary.release(&compiled.unit.used);
    }

    pub(super) fn commit(
        &mut self,
        settled: Settled,
        edited: Edited,
        version: u64,
        applied: &mut AppliedChanges,
    ) {
        applied.referring = settled.referring;
        let mut edited: Vec<_> = edited.into_iter().collect();
        edited.sort_unstable_by_key(|(_, (number, _))| *number);
        for (place, (_, compiled)) in edited {
            if let Some(known) = self.members.remove(&place) {
                self.forget(place, known);
            }
            match compiled {
                Some(mut compiled) => {
                    let listed = ListedDocument {
                        about: self.listed(&compiled, version),
                        written: compiled.written.take(),
                    };
                    self.listing.set(place, Some(Arc::new(listed)));
                    let known = self.enter(*compiled, place);
                    self.members.insert(place, known);
                    applied.put.push(place);
                }
                None => {
                    let known = self.listing.get(place);
                    applied
                        .removed
                        .extend(known.map(|known| known.id().to_owned()));
                    self.listing.set(place, None);
                    self.ids.free.push(place);
                }
            }
            self.changes += 1;
        }
        // After all documents are in their places: a link may lead to one that this change puts.
        for link in settled.links {
            let target = self.graph.links.get(&link).and_then(|link| link.target);
            let policy = target.and_then(|target| self.policies.shared(target.index()));
            self.policies.set(link.index(), policy);
        }
        for link in settled.unused {
            self.policies.set(link.index(), None);
            self.ids.free.push(link);
        }
        if self.changes >= PURGE.max(self.members.len()) {
            self.changes = 0;
            self.vocabulary.purge();
        }
    }

    fn listed(&self, compiled: &CompiledDocument, version: u64) -> StoredDocument {
        StoredDocument {
            is_set: compiled.name.0,
            id: compiled.name.1.clone(),
            version: compiled.version.clone(),
            role: compiled.role,
            source: compiled.source.clone(),
            digest: compiled.digest,
            since: version,
            refers_to: compiled
                .unit
                .links
                .elsewhere
                .iter()
                .map(|link| (link.is_set, link.reference.clone()))
                .collect(),
        }
    }

    /// Removes a document; its place is free for the one that replaces it.
    fn forget(&mut self, place: PolicyId, known: Entered) {
        let Entered {
            is_root,
            nested,
            under,
            clauses,
            used,
            saved: _,
        } = known;
        if is_root {
            self.stored.remove(place, under.as_deref());
        }
        for id in nested.iter().copied().chain([place]) {
            self.policies.set(id.index(), None);
        }
        self.ids.free.extend(nested);
        self.forget_clauses(&clauses);
        self.vocabulary.release(&used);
    }

    /// Makes a root policy one of the library, which decides only where others refer to it. Returns
    /// its id.
    pub(super) fn demote(&mut self, place: PolicyId) -> Option<String> {
        let listed = self.listing.demoted(place)?;
        let id = listed.about.id().to_owned();
        self.listing.set(place, Some(Arc::new(listed)));
        if let Some(known) = self.members.get_mut(&place) {
            known.is_root = false;
            let under = known.under.take();
            let clauses = std::mem::take(&mut known.clauses);
            self.stored.remove(place, under.as_deref());
            self.forget_clauses(&clauses);
        }
        self.changes += 1;
        Some(id)
    }

    fn forget_clauses(&mut self, clauses: &[Clause]) {
        for pair in clauses.iter().flatten() {
            let value = (pair.slot, pair.by, pair.key);
            if let Some(count) = self.frequency.get_mut(&value) {
                *count -= 1;
                if *count == 0 {
                    self.frequency.remove(&value);
                }
            }
        }
    }

    fn enter(&mut self, compiled: CompiledDocument, place: PolicyId) -> Entered {
        let (is_root, saved) = (compiled.is_root(), compiled.saved);
        let Unit {
            mut policies,
            root,
            clauses,
            used,
            links,
            shape: _,
        } = compiled.unit;
        let mut nested = Vec::new();
        let mut ids = Vec::with_capacity(policies.len());
        for local in 0..policies.len() {
            ids.push(match local == root.index() {
                true => place,
                false => {
                    let id = self.ids.any();
                    nested.push(id);
                    id
                }
            });
        }
        for policy in &mut policies {
            for child in &mut policy.children {
                if let Child::Policy(local) = child
                    && let Some(id) = ids.get(local.index())
                {
                    *local = *id;
                }
            }
        }
        let refers = self
            .graph
            .documents
            .get(&place)
            .map(|node| &node.refers[..]);
        for (link, (id, _)) in links.elsewhere.iter().zip(refers.unwrap_or_default()) {
            let policy = policies.get_mut(link.policy.index());
            if let Some(child) = policy.and_then(|policy| policy.children.get_mut(link.child)) {
                *child = Child::Policy(*id);
            }
        }
        for (policy, id) in policies.into_iter().zip(&ids) {
            self.policies.set(id.index(), Some(Arc::new(policy)));
        }
        let (mut all, mut under) = (Vec::new(), None);
        if is_root {
            // only-one-applicable evaluates only the targets of policies (C.9).
            let by_target = matches!(self.stored.algorithm, Algorithm::OnlyOneApplicable);
            all = clauses.own;
            if !by_target {
                all.extend(clauses.derived);
            }
            let best = all.iter().min_by_key(|clause| self.cost(clause));
            under = best.map(|clause| {
                let pairs = clause.iter();
                let members = pairs.map(|pair| Member {
                    slot: pair.slot,
                    folded: pair.by == By::Folded,
                    key: pair.key,
                    needs: pair.needs,
                    is_supplied: self.vocabulary.is_supplied(pair.slot),
                });
                members.collect::<Vec<_>>()
            });
            self.stored.insert(place, under.as_deref());
        }
        for pair in all.iter().flatten() {
            let value = (pair.slot, pair.by, pair.key);
            *self.frequency.entry(value).or_default() += 1;
        }
        Entered {
            is_root,
            nested,
            under,
            clauses: all,
            used,
            saved,
        }
    }

    /// Returns the cost of indexing a policy by this clause: the number of other policies found by
    /// the same values. Of equal clauses, one of resource attributes is best, as they distinguish
    /// policies best.
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
            store.remove("b").expect("nobody refers to it");
        }
        let next = store.writer().ids.next;
        assert!(next < 100, "{next} ids for 23 policies at a time");
    }
}
