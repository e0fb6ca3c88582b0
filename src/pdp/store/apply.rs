//! Compiled changes → the next version of a store, or the problems of the changes.
//!
//! **Benefit.** Many documents are one change: they may refer to one another in any order, readers
//! see all of them or none, and (`partly`) a document with a fault does not keep out the others.
//!
//! **Mechanism.** All changes are first made to the graph of references alone. As long as the graph
//! has faults, the changes to blame are undone, and the rest is examined again: what referred to a
//! refused document fails in the next round. Only a graph without faults is committed, in one step
//! that cannot fail.
//!
//! **Failure.** Without `partly`, or where faults are left and no change is, the graph and the
//! vocabulary are put back, and the error lists the problems. Rounds share a budget (`attempt.rs`);
//! when it is spent, all changes left are refused.
//!
//! **Exactness.** Only a graph without faults is committed, whatever the rounds refused before: a
//! wrong guess at the change to blame refuses more than necessary and never lets a fault in.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::attempt::Attempt;
use super::compiled::CompiledDocument;
use super::graph::{DocumentNode, FaultPlace, GraphFault};
use super::listing::DocumentRole;
use super::writer::StoreWriter;
use crate::compile::kind_name;
use crate::error::{Diagnostic, Error};
use crate::limits::Limits;
use crate::program::PolicyId;

/// One document of a change.
pub(super) enum Edit {
    Put(Box<CompiledDocument>),
    /// Removes the document in this place.
    Remove(PolicyId),
    /// Removes the document in this place, unless one of these changes, by number, is refused: they
    /// are its successors. A root policy that others refer to becomes one of the library.
    Succeed(PolicyId, Vec<usize>),
}

/// By place: the number of the change, and the document that is put; none if one is removed.
pub(super) type Edited = BTreeMap<PolicyId, (usize, Option<Box<CompiledDocument>>)>;

/// The result of changes.
#[derive(Default)]
pub(super) struct AppliedChanges {
    /// The places of documents that were put.
    pub(super) put: Vec<PolicyId>,
    /// The ids of documents that were removed, or decide by themselves no more.
    pub(super) removed: Vec<String>,
    /// The number of other documents that refer to any of these, directly or not.
    pub(super) referring: usize,
    /// The refused changes, by number, each with its error.
    pub(super) refused: Vec<(usize, Error)>,
}

impl AppliedChanges {
    pub(super) fn is_nothing(&self) -> bool {
        self.put.is_empty() && self.removed.is_empty()
    }
}

/// The number of documents that are named when they refer to one that would be removed.
const MOST_REFERRING: usize = 10;

/// The number of problems of references that are reported.
const MOST_FAULTS: usize = 1000;

/// Changes that are made to the graph of references, and not yet to the program.
struct Application<'w> {
    writer: &'w mut StoreWriter,
    attempt: Attempt,
    applied: AppliedChanges,
    edited: Edited,
    /// The places that new documents were given.
    taken: Vec<PolicyId>,
    /// By number of a change: the places whose removal depends on it.
    succeeded: HashMap<usize, Vec<PolicyId>>,
    /// The changes whose document has no place.
    displaced: HashSet<usize>,
    /// By place: the number of the change that was to remove a root policy to which others refer.
    demoted: BTreeMap<PolicyId, usize>,
}

impl Application<'_> {
    /// Makes one change to the graph, or refuses it.
    fn make(&mut self, number: usize, edit: Edit) {
        match edit {
            Edit::Put(compiled) => self.put(number, compiled),
            Edit::Remove(place) => self.remove(number, place),
            Edit::Succeed(place, successors) => {
                let is_displaced = |number| self.displaced.contains(number);
                if successors.iter().any(is_displaced) {
                    return;
                }
                for successor in successors {
                    self.succeeded.entry(successor).or_default().push(place);
                }
                self.remove(number, place);
            }
        }
    }

    fn remove(&mut self, number: usize, place: PolicyId) {
        match self.writer.removable(place, &self.edited) {
            Ok(()) => {
                self.attempt.take(&mut self.writer.graph, place);
                self.edited.insert(place, (number, None));
            }
            Err(message) => self.applied.refused.push((number, Error::plain(message))),
        }
    }

    fn put(&mut self, number: usize, compiled: Box<CompiledDocument>) {
        let writer = &mut *self.writer;
        let place = match writer.place_of(&compiled, &self.edited) {
            Ok(Some(place)) => place,
            Ok(None) => {
                let place = match compiled.is_root() {
                    true => writer.ids.last(),
                    false => writer.ids.any(),
                };
                self.taken.push(place);
                place
            }
            Err(message) => {
                let refused = Error::new(vec![compiled.refused(message)]);
                self.applied.refused.push((number, refused));
                self.displaced.insert(number);
                writer.forget_compiled(&compiled);
                return;
            }
        };
        let node = writer.node(&compiled);
        self.attempt.put(&mut writer.graph, place, node);
        self.edited.insert(place, (number, Some(compiled)));
    }

    fn is_removed(&self, place: PolicyId) -> bool {
        matches!(self.edited.get(&place), Some((_, None)))
    }

    /// Whether a root policy is to be removed: then it must not decide by itself any more, even if
    /// others refer to it.
    fn is_gone_root(&self, place: PolicyId) -> bool {
        let known = self.writer.listing.get(place);
        self.is_removed(place) && known.is_some_and(|known| known.role == DocumentRole::Root)
    }

    /// The problems of changes that are all refused for these faults.
    fn problems(&self, faults: &[GraphFault]) -> Vec<Diagnostic> {
        let told = self.writer.blamed(&self.attempt, faults, &self.edited);
        let blamed = told.iter().flat_map(|(blamed, _)| blamed).copied();
        let kept: BTreeSet<PolicyId> = blamed.filter(|place| self.is_removed(*place)).collect();
        let kept = kept.into_iter().take(MOST_REFERRING);
        let kept = kept.filter_map(|place| self.writer.not_removed(place, "nothing was changed"));
        let mut problems: Vec<Diagnostic> = kept.collect();
        problems.extend(told.into_iter().flat_map(|(_, problems)| problems));
        // Changes with a fault are never made, even if no problem is listed.
        if problems.is_empty() {
            let message = "references of the store would be broken";
            problems.push(Diagnostic::placeless("", message));
        }
        problems
    }

    /// Refuses the changes that are to blame for these faults, and undoes them. Those that refer to
    /// them fail in the next round.
    fn refuse(&mut self, faults: &[GraphFault]) {
        let told = self.writer.blamed(&self.attempt, faults, &self.edited);
        let mut errors: BTreeMap<PolicyId, Vec<Diagnostic>> = BTreeMap::new();
        for (blamed, problems) in told {
            for place in blamed {
                let of_place = errors.entry(place).or_insert_with(|| {
                    let kept = Some(place).filter(|place| self.is_removed(*place));
                    let kept = kept.and_then(|place| {
                        let what = match self.is_gone_root(place) {
                            true => "from now on it decides only where they do",
                            false => "it stays as it is",
                        };
                        self.writer.not_removed(place, what)
                    });
                    kept.into_iter().collect()
                });
                // Two more than listed: what is not removed, and how many others there are.
                let room = (MOST_REFERRING + 2).saturating_sub(of_place.len());
                of_place.extend(problems.iter().take(room).cloned());
            }
        }
        // Each round refuses something: else there would be no end.
        let is_any = errors.keys().any(|place| self.edited.contains_key(place));
        if self.attempt.is_spent() || !is_any {
            for place in self.attempt.edited() {
                errors.entry(place).or_default();
            }
        }
        for (place, problems) in errors {
            let is_gone_root = self.is_gone_root(place);
            let Some((number, compiled)) = self.edited.remove(&place) else {
                continue;
            };
            let error = match problems.is_empty() {
                true => Error::plain(
                    "the changes depend on one another in too many ways to tell which of them can \
                     be made without the others",
                ),
                false => Error::new(problems),
            };
            self.applied.refused.push((number, error));
            if is_gone_root {
                self.attempt.demote(&mut self.writer.graph, place);
                self.demoted.insert(place, number);
                continue;
            }
            self.attempt.undo(&mut self.writer.graph, place);
            if let Some(compiled) = compiled {
                self.writer.forget_compiled(&compiled);
            }
            for old in self.succeeded.remove(&number).into_iter().flatten() {
                // Another change may use its place by now, which is not undone.
                if self.is_removed(old) {
                    self.edited.remove(&old);
                    self.attempt.undo(&mut self.writer.graph, old);
                }
                // Its file is there, and refused: it stays as it was.
                if let Some(removal) = self.demoted.remove(&old) {
                    self.attempt.promote(&mut self.writer.graph, old);
                    let refused = &mut self.applied.refused;
                    refused.retain(|(number, _)| *number != removal);
                }
            }
        }
    }

    /// Puts the graph, the vocabulary and the ids back.
    fn undo(self) {
        let (attempt, writer) = (self.attempt, self.writer);
        for link in attempt.undo_all(&mut writer.graph).into_iter().rev() {
            writer.ids.give_back(link);
        }
        for compiled in self
            .edited
            .into_values()
            .filter_map(|(_, compiled)| compiled)
        {
            writer.forget_compiled(&compiled);
        }
        for place in self.taken.into_iter().rev() {
            writer.ids.give_back(place);
        }
    }

    /// Makes the changes that are left to the program.
    fn commit(mut self, version: u64) -> AppliedChanges {
        self.applied.refused.sort_by_key(|(number, _)| *number);
        for place in self.taken.into_iter().rev() {
            if !self.edited.contains_key(&place) {
                self.writer.ids.give_back(place);
            }
        }
        let settled = self.attempt.finish(&mut self.writer.graph);
        self.writer
            .commit(settled, self.edited, version, &mut self.applied);
        for place in self.demoted.into_keys() {
            self.applied.removed.extend(self.writer.demote(place));
        }
        self.applied
    }
}

impl StoreWriter {
    /// Makes compiled changes: all of them or, if `partly`, those without a fault. No code of the
    /// host runs here, so that a panic of it cannot leave a change half made.
    pub(super) fn apply(
        &mut self,
        edits: Vec<Edit>,
        partly: bool,
        version: u64,
        limits: &Limits,
    ) -> Result<AppliedChanges, Error> {
        self.refuse_stale(&edits)?;
        let mut application = Application {
            writer: self,
            attempt: Attempt::default(),
            applied: AppliedChanges::default(),
            edited: Edited::new(),
            taken: Vec::new(),
            succeeded: HashMap::new(),
            displaced: HashSet::new(),
            demoted: BTreeMap::new(),
        };
        for (number, edit) in edits.into_iter().enumerate() {
            application.make(number, edit);
        }
        let mut problems: Vec<Diagnostic> = Vec::new();
        if !partly {
            let refused = std::mem::take(&mut application.applied.refused).into_iter();
            problems.extend(refused.flat_map(|(_, error)| error.into_diagnostics()));
        }
        while problems.is_empty() {
            let Application {
                attempt, writer, ..
            } = &mut application;
            let mut faults = attempt.settle(&mut writer.graph, limits);
            if faults.is_empty() {
                return Ok(application.commit(version));
            }
            attempt.tell_circles_once(&mut faults, partly);
            if partly && !application.edited.is_empty() {
                application.refuse(&faults);
            } else {
                problems = application.problems(&faults);
            }
        }
        application.undo();
        Err(Error::new(problems))
    }

    /// Refuses documents that were compiled with names that are no longer the store's.
    fn refuse_stale(&mut self, edits: &[Edit]) -> Result<(), Error> {
        let puts = || {
            edits.iter().filter_map(|edit| match edit {
                Edit::Put(compiled) => Some(compiled),
                Edit::Remove(_) | Edit::Succeed(..) => None,
            })
        };
        if puts().all(|compiled| compiled.epoch == self.epoch) {
            return Ok(());
        }
        puts().for_each(|compiled| self.forget_compiled(compiled));
        let message = "the store was restored while this was being put in: put it in again";
        Err(Error::plain(message))
    }

    /// Returns the place of the document that this one replaces; none for a new document.
    fn place_of(
        &self,
        compiled: &CompiledDocument,
        edited: &Edited,
    ) -> Result<Option<PolicyId>, String> {
        let id = crate::xml::cut(&compiled.name.1);
        let is_same = |node: &DocumentNode| match compiled.is_root() {
            true => node.is_root,
            false => {
                !node.is_root && node.name == compiled.name && node.version == compiled.version
            }
        };
        let mut same = self
            .graph
            .of_id(&compiled.name.1)
            .filter(|(_, node)| is_same(node));
        let Some((place, _)) = same.next() else {
            return Ok(None);
        };
        if edited.contains_key(&place) {
            return Err(format!(
                "the same change puts another document of the id `{id}`"
            ));
        }
        let known = self.listing.get(place);
        if known.is_some_and(|known| known.role == DocumentRole::Builder)
            && compiled.role != DocumentRole::Builder
        {
            let kind = kind_name(compiled.name.0);
            return Err(format!(
                "the {kind} `{id}` of version `{}` is in the library that the builder of the store \
                 was given, which does not change",
                compiled.version
            ));
        }
        Ok(Some(place))
    }

    fn removable(&self, place: PolicyId, edited: &Edited) -> Result<(), String> {
        let Some(known) = self.listing.get(place) else {
            return Err("there is no such document to take out".to_owned());
        };
        let id = crate::xml::cut(&known.id);
        if edited.contains_key(&place) {
            return Err(format!("the same change puts or takes out `{id}` already"));
        }
        match known.role {
            DocumentRole::Builder => Err(format!(
                "`{id}` is in the library that the builder of the store was given, which does not \
                 change"
            )),
            DocumentRole::Root | DocumentRole::Library => Ok(()),
        }
    }

    fn node(&mut self, compiled: &CompiledDocument) -> DocumentNode {
        let (graph, ids) = (&mut self.graph, &mut self.ids);
        let links = compiled.unit.links.elsewhere.iter();
        let refers = links.map(|link| {
            let place = graph.link(link.is_set, &link.reference, || ids.any());
            (place, link.way)
        });
        DocumentNode {
            name: compiled.name.clone(),
            version: compiled.version.clone(),
            is_root: compiled.is_root(),
            refers: refers.collect(),
            own: compiled.unit.links.own.clone().into(),
            shape: compiled.unit.shape,
            whole: compiled.unit.shape,
        }
    }

    /// Returns the changes that faults are due to, with the problems to report.
    fn blamed(
        &self,
        attempt: &Attempt,
        faults: &[GraphFault],
        edited: &Edited,
    ) -> Vec<(Vec<PolicyId>, Vec<Diagnostic>)> {
        // By document that is put: its own faults, so that one walk finds their positions.
        let mut own: BTreeMap<PolicyId, Vec<&GraphFault>> = BTreeMap::new();
        let mut all = Vec::new();
        for (number, fault) in faults.iter().enumerate() {
            let blamed = attempt.to_blame(&self.graph, fault);
            let mut at: Vec<PolicyId> = self.documents_of(fault);
            at.retain(|place| edited.get(place).is_some_and(|(_, put)| put.is_some()));
            if at.is_empty() {
                let told = number < MOST_FAULTS;
                let problems = if told { self.others(fault) } else { Vec::new() };
                all.push((blamed, problems));
            }
            for place in at {
                own.entry(place).or_default().push(fault);
            }
        }
        let mut told = 0;
        for (place, faults) in own {
            let Some((_, Some(compiled))) = edited.get(&place) else {
                continue;
            };
            let refers = self
                .graph
                .documents
                .get(&place)
                .map(|node| &node.refers[..]);
            let links = refers.unwrap_or_default().iter().map(|(link, _)| *link);
            let links: Vec<PolicyId> = links.collect();
            let listed = &faults[..faults.len().min(MOST_FAULTS.saturating_sub(told).max(1))];
            told += listed.len();
            all.push((vec![place], compiled.diagnostics(listed, &links)));
        }
        all
    }

    /// Returns the documents with a fault.
    fn documents_of(&self, fault: &GraphFault) -> Vec<PolicyId> {
        match fault.place {
            FaultPlace::Link(link) => {
                let users = self
                    .graph
                    .links
                    .get(&link)
                    .map(|link| link.users.iter().copied());
                users.into_iter().flatten().collect()
            }
            FaultPlace::Own(place, _)
            | FaultPlace::Document(place)
            | FaultPlace::Circle(place, _) => vec![place],
        }
    }

    /// Returns the problem of a document that stays because others refer to it, which are named
    /// after it, and what becomes of it.
    fn not_removed(&self, place: PolicyId, what: &str) -> Option<Diagnostic> {
        let document = self.named(place)?;
        let message = format!("{document} is not removed, as other documents refer to it; {what}");
        Some(Diagnostic::placeless("", message))
    }

    /// The kind, id and source of a document of the store.
    fn named(&self, place: PolicyId) -> Option<String> {
        let known = self.listing.get(place)?;
        let kind = kind_name(known.is_set);
        let source = match &*known.source {
            "" => String::new(),
            source => format!(" from {source}"),
        };
        Some(format!(
            "the {kind} `{}`{source}",
            crate::xml::cut(&known.id)
        ))
    }

    /// Returns the problems of documents already in the store, which a change of another document
    /// would break.
    fn others(&self, fault: &GraphFault) -> Vec<Diagnostic> {
        let documents = self.documents_of(fault);
        let named = documents.iter().take(MOST_REFERRING).filter_map(|place| {
            let document = self.named(*place)?;
            let message = format!(
                "{document}, which is in the store, would be broken: {}",
                fault.message
            );
            Some(Diagnostic::placeless("", message))
        });
        let mut named: Vec<Diagnostic> = named.collect();
        let more = documents.len().saturating_sub(MOST_REFERRING);
        if more > 0 {
            let message = format!(
                "and so would be {more} more documents, which refer to it in the same words"
            );
            named.push(Diagnostic::placeless("", message));
        }
        named
    }
}
