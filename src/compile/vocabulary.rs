//! What the policies compiled so far have in common: names made numbers, texts kept once.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use foldhash::quality::RandomState;
use indexmap::{Equivalent, IndexMap, IndexSet};

use crate::attribute::{self, Designator};
use crate::function::Function;
use crate::function::regexp::Regexp;
use crate::program::{Clock, FunctionId, Slot, SlotId, Slots};
use crate::value::DataType;

/// Grows with every document; what one document added can be taken back.
#[derive(Default)]
pub(crate) struct Vocabulary {
    pub(crate) slots: Slots,
    slot_ids: IndexMap<Designator, SlotId, RandomState>,
    /// Of each slot, whether somebody can supply what a request lacks.
    supplied: Vec<bool>,
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
            return *known;
        }
        let designator = Designator {
            category: self.text(named.category),
            id: self.text(named.id),
            data_type: named.data_type,
            issuer: named.issuer.map(|issuer| self.text(issuer)),
        };
        let id = SlotId::next(self.slots.len());
        let clock = clock(&designator);
        // It asks the host, who may panic: nothing is noted before.
        let is_supplied = supplied(&designator);
        self.supplied.push(is_supplied);
        self.slot_ids.insert(designator.clone(), id);
        self.slots.push(Slot { designator, clock });
        id
    }

    /// Whether a provider may be asked for a slot.
    pub(super) fn is_supplied(&self, slot: SlotId) -> bool {
        self.supplied.get(slot.index()) != Some(&false)
    }

    /// How bad it is to look at a slot: somebody may have to be asked.
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

    /// The piece of a number.
    pub(super) fn piece_of(&self, number: u64) -> Option<&[u8]> {
        let number = usize::try_from(number).ok()?;
        self.pieces.get_index(number).map(|piece| &**piece)
    }

    /// Forgets all pieces, and what numbers they had.
    pub(super) fn forget_pieces(&mut self) {
        self.pieces = IndexSet::default();
    }

    /// How far it has come.
    pub(crate) fn mark(&self) -> (usize, usize) {
        (self.slots.len(), self.functions.len())
    }

    /// Forgets what was added since: the document it was for has problems.
    pub(crate) fn back_to(&mut self, (slots, functions): (usize, usize)) {
        self.slots.truncate(slots);
        self.supplied.truncate(slots);
        self.slot_ids.retain(|_, id| id.index() < slots);
        self.functions.truncate(functions);
        self.function_ids.retain(|_, id| id.index() < functions);
        self.purge();
    }

    /// Forgets texts that nothing uses any more, and all patterns: those in use live on where they
    /// are used.
    pub(crate) fn purge(&mut self) {
        self.patterns.clear();
        self.texts.retain(|text| Arc::strong_count(text) > 1);
    }
}

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

/// Which value of the clock an attribute takes (§7.3.6, B.7).
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
