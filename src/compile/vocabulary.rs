//! Names, texts and patterns of the policies compiled so far → numbers, or one shared copy.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use foldhash::quality::RandomState;
use indexmap::{Equivalent, IndexMap, IndexSet};

use crate::attribute::{self, Designator};
use crate::function::regexp::Regexp;
use crate::function::{Call, EntityFunction, Function};
use crate::program::{Clock, FunctionId, LiteralPaths, Selector, SelectorId, Slot, SlotId, Slots};
use crate::value::{DataType, XPathExpression};
use crate::xpath::Path;

/// Grows with every document. Of a store, it forgets the attributes that no document asks for.
#[derive(Default)]
pub(crate) struct Vocabulary {
    pub(crate) slots: Slots,
    slots_used: NameCounts,
    /// The number of times that names were added or removed.
    changes: u64,
    slot_ids: IndexMap<Designator, SlotId, RandomState>,
    /// Whether a provider can supply each slot.
    supplied: Vec<bool>,
    /// The distinct AttributeSelectors, and the numbers of those that no document uses any more.
    selectors: Arc<Vec<Arc<Selector>>>,
    free_selectors: BTreeSet<u32>,
    selector_ids: HashMap<SelectorKey, SelectorId, RandomState>,
    selectors_used: NameCounts,
    /// The XPath expressions among the literals. Each is of one document.
    paths: Arc<LiteralPaths>,
    /// The paths of the document that is being compiled.
    new_paths: Vec<usize>,
    pub(crate) functions: Vec<Arc<Function>>,
    function_ids: HashMap<Arc<str>, FunctionId, RandomState>,
    /// Texts met before, so that equal ones share their memory.
    texts: HashSet<Arc<str>, RandomState>,
    /// Regular expressions met before: equal ones share their automaton.
    patterns: HashMap<Arc<str>, Regexp, RandomState>,
    /// Pieces of texts that patterns look for. A number is good for one program, or one document of
    /// a store.
    pieces: IndexSet<Box<[u8]>, RandomState>,
}

impl Vocabulary {
    pub(super) fn text(&mut self, text: &str) -> Arc<str> {
        match self.texts.get(text) {
            Some(known) => known.clone(),
            None => {
                let new: Arc<str> = text.into();
                self.texts.insert(new.clone());
                new
            }
        }
    }

    pub(super) fn slot(
        &mut self,
        named: &Named<'_>,
        supplied: &dyn Fn(&Designator) -> bool,
    ) -> SlotId {
        if let Some(known) = self.slot_ids.get(named) {
            let known = *known;
            self.slots_used.note(known.0);
            return known;
        }
        let designator = Designator {
            category: self.text(named.category),
            id: self.text(named.id),
            data_type: named.data_type,
            issuer: named.issuer.map(|issuer| self.text(issuer)),
        };
        let clock = clock(&designator);
        // A call to the host, which may panic: nothing is noted before.
        let is_supplied = supplied(&designator);
        let named = designator.clone();
        let id = self.slots.add(Slot { designator, clock });
        self.slot_ids.insert(named, id);
        if self.supplied.len() <= id.index() {
            self.supplied.resize(id.index() + 1, false);
        }
        self.supplied[id.index()] = is_supplied;
        self.slots_used.note(id.0);
        self.changes += 1;
        id
    }

    /// The selector of a key, if it was met before.
    pub(super) fn known_selector(&mut self, key: &SelectorKey) -> Option<SelectorId> {
        let known = *self.selector_ids.get(key)?;
        self.selectors_used.note(known.0);
        Some(known)
    }

    pub(super) fn add_selector(&mut self, key: SelectorKey, selector: Selector) -> SelectorId {
        let selectors = Arc::make_mut(&mut self.selectors);
        let id = match self.free_selectors.pop_first() {
            Some(free) => {
                selectors[free as usize] = Arc::new(selector);
                SelectorId(free)
            }
            None => {
                selectors.push(Arc::new(selector));
                SelectorId::next(selectors.len() - 1)
            }
        };
        self.selector_ids.insert(key, id);
        self.selectors_used.note(id.0);
        self.changes += 1;
        id
    }

    /// Keeps the path of an XPath expression that is a literal.
    pub(super) fn add_path(&mut self, expression: &Arc<XPathExpression>, path: Path) {
        let address = Arc::as_ptr(expression) as usize;
        let paths = Arc::make_mut(&mut self.paths);
        paths.insert(address, (expression.clone(), Arc::new(path)));
        self.new_paths.push(address);
        self.changes += 1;
    }

    pub(crate) fn selectors(&self) -> &Arc<Vec<Arc<Selector>>> {
        &self.selectors
    }

    pub(crate) fn paths(&self) -> &Arc<LiteralPaths> {
        &self.paths
    }

    /// Whether a decision may read a Content.
    pub(crate) fn uses_xpath(&self) -> bool {
        let of_nodes = |function: &Arc<Function>| {
            matches!(
                function.call,
                Call::Nodes(_) | Call::Entity(EntityFunction::Selector)
            )
        };
        self.selectors.len() > self.free_selectors.len() || self.functions.iter().any(of_nodes)
    }

    /// Whether a provider may be asked for a slot.
    pub(crate) fn is_supplied(&self, slot: SlotId) -> bool {
        // An unknown slot counts as supplied: a provider may fail, so clauses are then not relied upon.
        self.supplied.get(slot.index()) != Some(&false)
    }

    /// The cost of reading a slot: a provider may have to be asked.
    pub(crate) fn cost(&self, slot: SlotId) -> u64 {
        match self.is_supplied(slot) {
            false => 1,
            true => 1000,
        }
    }

    pub(super) fn known_function(&self, id: &str) -> Option<(FunctionId, Arc<Function>)> {
        let known = *self.function_ids.get(id)?;
        Some((known, self.functions.get(known.index())?.clone()))
    }

    pub(super) fn add_function(&mut self, id: &str, function: &Arc<Function>) -> FunctionId {
        let known = FunctionId::next(self.functions.len());
        let text = self.text(id);
        self.function_ids.insert(text, known);
        self.functions.push(function.clone());
        self.changes += 1;
        known
    }

    pub(super) fn pattern(&self, pattern: &str) -> Option<Regexp> {
        self.patterns.get(pattern).cloned()
    }

    pub(super) fn add_pattern(&mut self, pattern: &str, compiled: Regexp) {
        let pattern = self.text(pattern);
        self.patterns.insert(pattern, compiled);
    }

    /// The number of a piece: equal ones have one.
    pub(super) fn piece(&mut self, piece: &[u8]) -> u64 {
        let known = self.pieces.get_index_of(piece);
        known.unwrap_or_else(|| self.pieces.insert_full(piece.into()).0) as u64
    }

    /// The piece of a number; empty if there is none.
    pub(super) fn piece_of(&self, number: u64) -> &[u8] {
        let piece = self.pieces.get_index(number as usize);
        piece.map_or(&[], |piece| &**piece)
    }

    /// Removes all pieces and their numbers.
    pub(super) fn forget_pieces(&mut self) {
        self.pieces = IndexSet::default();
    }

    /// The number of times that names were added or removed.
    pub(crate) fn changes(&self) -> u64 {
        self.changes
    }

    /// Begins a document of a store: the names that it uses are noted from here on.
    pub(super) fn begin(&mut self) {
        self.slots_used.begin();
        self.selectors_used.begin();
        self.new_paths.clear();
    }

    /// Counts the document as a user of its names, until it is [released](Self::release).
    pub(super) fn keep(&mut self) -> Used {
        Used {
            slots: self.slots_used.keep(),
            selectors: self.selectors_used.keep(),
            paths: std::mem::take(&mut self.new_paths).into(),
        }
    }

    /// Removes the names of a document that has problems. `functions` is the number of functions
    /// before it.
    pub(super) fn give_up(&mut self, functions: usize) {
        let used = self.keep();
        self.release(&used);
        if self.functions.len() > functions {
            self.functions.truncate(functions);
            self.function_ids.retain(|_, id| id.index() < functions);
            self.changes += 1;
        }
        self.purge();
    }

    /// Removes a document as a user of these names; those that no other uses are freed.
    pub(crate) fn release(&mut self, used: &Used) {
        let slots = self.slots_used.release(&used.slots);
        if !slots.is_empty() {
            for slot in &slots {
                if let Some(slot) = self.slots.get(*slot as usize) {
                    self.slot_ids.swap_remove(&slot.designator);
                }
            }
            self.slots.forget(slots.into_iter().map(SlotId));
            self.supplied.truncate(self.slots.len());
            self.changes += 1;
        }
        let selectors = self.selectors_used.release(&used.selectors);
        if !selectors.is_empty() {
            self.selector_ids.retain(|_, id| !selectors.contains(&id.0));
            self.free_selectors.extend(selectors);
            let all = Arc::make_mut(&mut self.selectors);
            while let Some(last) = all.len().checked_sub(1)
                && self.free_selectors.remove(&SelectorId::next(last).0)
            {
                all.pop();
            }
            self.changes += 1;
        }
        if !used.paths.is_empty() {
            let paths = Arc::make_mut(&mut self.paths);
            for path in &used.paths {
                paths.remove(path);
            }
            self.changes += 1;
        }
    }

    /// Removes texts that are not used any more, and all patterns: those in use live on in their
    /// policies.
    pub(crate) fn purge(&mut self) {
        self.patterns.clear();
        self.texts.retain(|text| Arc::strong_count(text) > 1);
    }
}

/// The slots, selectors and paths of a vocabulary that a document of a store uses.
#[derive(Debug, Default)]
pub(crate) struct Used {
    slots: Box<[u32]>,
    selectors: Box<[u32]>,
    /// Addresses of XPath expressions.
    paths: Box<[usize]>,
}

/// The number of documents of a store that use each name.
#[derive(Default)]
struct NameCounts {
    documents: Vec<u32>,
    /// The names that the document being compiled uses, some of them more than once.
    noted: Option<Vec<u32>>,
}

impl NameCounts {
    fn begin(&mut self) {
        self.noted = Some(Vec::new());
    }

    fn note(&mut self, name: u32) {
        if let Some(noted) = &mut self.noted
            && noted.last() != Some(&name)
        {
            noted.push(name);
        }
    }

    fn keep(&mut self) -> Box<[u32]> {
        let mut noted = self.noted.take().unwrap_or_default();
        noted.sort_unstable();
        noted.dedup();
        if let Some(last) = noted.last()
            && self.documents.len() <= *last as usize
        {
            self.documents.resize(*last as usize + 1, 0);
        }
        for name in &noted {
            self.documents[*name as usize] += 1;
        }
        noted.into()
    }

    /// Returns the names that no document uses any more.
    fn release(&mut self, names: &[u32]) -> BTreeSet<u32> {
        let mut unused = BTreeSet::new();
        for name in names {
            if let Some(documents) = self.documents.get_mut(*name as usize) {
                *documents = documents.saturating_sub(1);
                if *documents == 0 {
                    unused.insert(*name);
                }
            }
        }
        while self.documents.last() == Some(&0) {
            self.documents.pop();
        }
        unused
    }
}

/// The parts that make two AttributeSelectors equal: category, context selector, path, data type,
/// namespaces.
pub(super) type SelectorKey = (
    String,
    Option<String>,
    String,
    DataType,
    Vec<(Arc<str>, Arc<str>)>,
);

/// A designator as a document has it: most were met before, and need no texts of their own.
///
/// INVARIANT: hashes as a [`Designator`] of the same texts does.
#[derive(Hash)]
pub(super) struct Named<'d> {
    pub(super) category: &'d str,
    pub(super) id: &'d str,
    pub(super) data_type: DataType,
    pub(super) issuer: Option<&'d str>,
}

impl Equivalent<Designator> for Named<'_> {
    fn equivalent(&self, known: &Designator) -> bool {
        *self.category == *known.category
            && *self.id == *known.id
            && self.data_type == known.data_type
            && self.issuer == known.issuer.as_deref()
    }
}

/// The value of the clock that an attribute has (§7.3.6, B.7); none for other attributes.
fn clock(designator: &Designator) -> Option<Clock> {
    let standard =
        &*designator.category == attribute::category::ENVIRONMENT && designator.issuer.is_none();
    let clock = match (&*designator.id, designator.data_type) {
        (attribute::id::CURRENT_TIME, DataType::Time) => Clock::Time,
        (attribute::id::CURRENT_DATE, DataType::Date) => Clock::Date,
        (attribute::id::CURRENT_DATE_TIME, DataType::DateTime) => Clock::DateTime,
        _ => return None,
    };
    standard.then_some(clock)
}
