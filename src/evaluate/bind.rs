//! Request → slots: each attribute the policies ask for is looked up once (§7.3.4).

use smallvec::SmallVec;

use super::{Context, DecisionSettings, Flag, dynamic_attribute};
use crate::attribute::Designator;
use crate::limits::short;
use crate::program::{Clock, Program, Slot, SlotId};
use crate::provider::{Fetched, FetchedValues, Need, ProviderError, SharedValues, Summary};
use crate::request::{Attribute, AttributeKeys, Request, UnusableKey};
use crate::value::key::{self, Keys, NO_KEYS};
use crate::value::{DateTime, Value, Zone};

/// The state of a slot, and whether evaluation has read or met it.
#[derive(Debug, Default)]
pub(super) struct Bound {
    pub(super) state: SlotState,
    /// The slot was pending and is among the needs.
    pub(super) met: Flag,
    /// The decision may depend on its values or their absence; it is among the reads.
    pub(super) read: Flag,
    /// The place, counted from one and among those of the context, of the instant from which its
    /// provider may answer otherwise; 0 for none, [`OF_CLOCK`] if its value is that of the clock.
    ends: u32,
}

/// No context has so many ends.
const OF_CLOCK: u32 = u32::MAX;

impl Bound {
    /// Whether its value is the clock's.
    pub(super) fn is_clock(&self) -> bool {
        self.ends == OF_CLOCK
    }

    /// The instant from which the slot may have other values: that of the decision if it is the
    /// clock's, 1970 if its provider failed, none if the values do not expire.
    pub(super) fn ends(&self, context: &Context) -> Option<DateTime> {
        match self.state {
            _ if self.is_clock() => context.instant,
            SlotState::Failed(_) => DateTime::from_unix(0, 0, Zone::UTC),
            _ => self.answer_ends(&context.ends),
        }
    }

    /// The instant, among those of the context, from which its provider may answer otherwise.
    pub(super) fn answer_ends(&self, ends: &[DateTime]) -> Option<DateTime> {
        let place = (self.ends as usize).checked_sub(1)?;
        ends.get(place).copied()
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum SlotState {
    /// The request has no value of it: it is empty, or pending if a provider can supply it.
    #[default]
    Unbound,
    /// The values of one attribute of the request, all of the slot's data type; their keys begin
    /// here among those of the request.
    Attribute {
        category: u32,
        attribute: u32,
        keys: u32,
        count: u32,
    },
    /// Values in the context's pool.
    Pool { start: u32, end: u32 },
    /// Values that a provider shares between decisions, by their place in the context.
    Shared(u32),
    /// The provider failed, with the failure of this number in the context.
    Failed(u32),
    /// The request has an attribute of this name whose value cannot be used, at a place among those
    /// of its category. Other values of the attribute do not count, and no provider is asked.
    Unusable { category: u32, place: u32 },
}

/// The slots of a decision, and where the values are that they are bound to.
pub(super) struct Bindings<'e> {
    pub(super) request: &'e Request,
    /// The keys of the request's values.
    pub(super) request_keys: &'e [Keys],
    pub(super) slots: &'e [Bound],
    /// The slots that have values, or failed.
    pub(super) filled: &'e [SlotId],
    pub(super) pool: &'e Pool,
    pub(super) shared: &'e [SharedValues],
    /// Some slot has an attribute of the request whose value cannot be used.
    pub(super) has_unusable: bool,
}

impl<'e> Bindings<'e> {
    /// The values of a bag; none where none are known.
    #[inline(always)]
    pub(super) fn values(&self, state: SlotState) -> &'e [Value] {
        state.values(self.request, self.pool, self.shared)
    }

    /// The keys of the values of a bag.
    #[inline]
    pub(super) fn keys(&self, state: SlotState) -> &'e [Keys] {
        match state {
            SlotState::Attribute { keys, count, .. } => {
                let start = keys as usize;
                &self.request_keys[start..start + count as usize]
            }
            SlotState::Pool { start, end } => &self.pool.keys[start as usize..end as usize],
            SlotState::Shared(index) => self.shared[index as usize].keys(),
            SlotState::Unbound | SlotState::Failed(_) | SlotState::Unusable { .. } => &[],
        }
    }

    /// Whether all values are those of single attributes of the request, which have few.
    pub(super) fn are_of_request(&self) -> bool {
        self.pool.values.is_empty() && self.shared.is_empty()
    }

    /// The index of a bag, if it has one.
    pub(super) fn shared(&self, state: SlotState) -> Option<&'e SharedValues> {
        match state {
            SlotState::Shared(shared) => self.shared.get(shared as usize),
            _ => None,
        }
    }
}

impl SlotState {
    /// The values; none where none are known.
    #[inline(always)]
    pub(super) fn values<'e>(
        self,
        request: &'e Request,
        pool: &'e Pool,
        shared: &'e [SharedValues],
    ) -> &'e [Value] {
        match self {
            Self::Attribute {
                category,
                attribute,
                ..
            } => {
                let category = &request.categories()[category as usize];
                &category.attributes[attribute as usize].values
            }
            Self::Pool { start, end } => &pool.values[start as usize..end as usize],
            Self::Shared(index) => shared[index as usize].values(),
            Self::Unbound | Self::Failed(_) | Self::Unusable { .. } => &[],
        }
    }
}

/// Values that are not one attribute of the request: joined, fetched or from the clock.
#[derive(Debug, Default)]
pub(super) struct Pool {
    values: Vec<Value>,
    keys: Vec<Keys>,
}

impl Pool {
    pub(super) fn clear(&mut self) {
        self.values.clear();
        self.keys.clear();
    }

    /// Adds values and returns the state with their place.
    fn add(&mut self, values: impl IntoIterator<Item = Value>) -> SlotState {
        let start = self.values.len();
        self.values.extend(values);
        let new = self.values[start..].iter();
        let keys = new.map(|value| key::keys(value).unwrap_or(NO_KEYS));
        self.keys.extend(keys);
        SlotState::Pool {
            start: short(start),
            end: short(self.values.len()),
        }
    }
}

/// Fills the slots of a cleared context from the request, then from the clock. What is left stays
/// unbound.
pub(super) fn bind(
    context: &mut Context,
    program: &Program,
    request: &Request,
    now: impl FnOnce() -> DateTime,
) {
    if context.slots.len() < program.slots.len() {
        context
            .slots
            .resize_with(program.slots.len(), Bound::default);
    }
    context.contents.prepare(program, request);
    let mut scattered = Scattered::new();
    let all = request.keys();
    for keys in &all.attributes {
        let issuer = || {
            let category = &request.categories()[keys.category as usize];
            category.attributes[keys.attribute as usize]
                .issuer
                .as_deref()
        };
        for id in program.slots.names.get(keys.name, issuer) {
            let category = &request.categories()[keys.category as usize];
            let attribute = &category.attributes[keys.attribute as usize];
            let slot = &program.slots[id.index()];
            let state = &mut context.slots[id.index()].state;
            let found = SlotState::Attribute {
                category: keys.category,
                attribute: keys.attribute,
                keys: keys.values,
                count: keys.count,
            };
            match (fit(slot, &category.category, attribute, keys), *state) {
                (Fit::None, _) => {}
                (Fit::All, SlotState::Unbound) => {
                    *state = found;
                    context.touched.push(id);
                }
                _ => {
                    // Marked here; its values are joined below, with those found first.
                    match *state {
                        SlotState::Unbound => context.touched.push(id),
                        SlotState::Pool { .. } => {}
                        first => scattered.push((id, first)),
                    }
                    *state = SlotState::Pool { start: 0, end: 0 };
                    scattered.push((id, found));
                }
            }
        }
    }
    if !scattered.is_empty() {
        gather(context, program, request, scattered);
    }
    for unusable in &all.unusable {
        set_unusable(context, program, request, *unusable);
    }
    if !program.slots.from_clock.is_empty() {
        from_clock(context, program, now);
    }
}

/// Marks the slots of attributes whose value cannot be used. Other values of them do not count:
/// with a part of a bag a policy could decide otherwise than with the whole.
#[cold]
fn set_unusable(context: &mut Context, program: &Program, request: &Request, key: UnusableKey) {
    let shared = &request.categories()[key.category as usize];
    let attribute = &shared.unusable()[key.place as usize];
    for id in program
        .slots
        .names
        .get(key.name, || attribute.issuer.as_deref())
    {
        let wanted = &program.slots[id.index()].designator;
        let is_asked_for = wanted.id == attribute.id
            && wanted.category == shared.category
            && (wanted.issuer.is_none() || wanted.issuer == attribute.issuer);
        if !is_asked_for {
            continue;
        }
        let state = &mut context.slots[id.index()].state;
        if *state == SlotState::Unbound {
            context.touched.push(id);
        }
        *state = SlotState::Unusable {
            category: key.category,
            place: key.place,
        };
        context.has_unusable = true;
    }
}

/// Slots with the attributes that fill them, in the order of the request.
type Scattered = SmallVec<[(SlotId, SlotState); 4]>;

enum Fit {
    None,
    Some,
    All,
}

/// Whether a slot takes an attribute's values (§7.3.4). The keys of their names are the same.
fn fit(slot: &Slot, category: &str, attribute: &Attribute, keys: &AttributeKeys) -> Fit {
    let wanted = &slot.designator;
    if keys
        .data_type
        .is_some_and(|found| found != wanted.data_type)
    {
        return Fit::None;
    }
    if *wanted.id != *attribute.id || *wanted.category != *category {
        return Fit::None;
    }
    if wanted.issuer.is_some() && wanted.issuer != attribute.issuer {
        return Fit::None;
    }
    if keys.data_type.is_some() {
        return Fit::All;
    }
    let fits = |value: &Value| value.data_type() == wanted.data_type;
    match attribute.values.iter().any(fits) {
        true => Fit::Some,
        // An attribute without values says nothing.
        false => Fit::None,
    }
}

/// Copies the values of slots that several attributes fill, or some values of one (§7.3.3): for
/// each slot, the attributes with values for it.
fn gather(context: &mut Context, program: &Program, request: &Request, mut scattered: Scattered) {
    // By slot; within one, in the order of the request.
    scattered.sort_by_key(|(slot, _)| slot.index());
    for same in scattered.chunk_by(|(a, _), (b, _)| a == b) {
        let Some((id, _)) = same.first() else {
            continue;
        };
        let wanted = program.slots[id.index()].designator.data_type;
        let none = Pool::default();
        let all = same
            .iter()
            .flat_map(|(_, state)| state.values(request, &none, &[]));
        let fitting = all.filter(|value| value.data_type() == wanted).cloned();
        context.slots[id.index()].state = context.pool.add(fitting);
    }
}

/// §7.3.6: time and date that the request does not give are those of the decision.
fn from_clock(context: &mut Context, program: &Program, now: impl FnOnce() -> DateTime) {
    let mut now = Some(now);
    let mut instant: Option<DateTime> = None;
    for id in &program.slots.from_clock {
        let bound = &mut context.slots[id.index()];
        let Some(clock) = program.slots[id.index()].clock else {
            continue;
        };
        if bound.state != SlotState::Unbound {
            continue;
        }
        let instant = match (instant, now.take()) {
            (Some(instant), _) => instant,
            (None, Some(now)) => *instant.insert(now()),
            (None, None) => continue,
        };
        context.instant = Some(instant);
        bound.ends = OF_CLOCK;
        bound.state = context.pool.add([match clock {
            Clock::Time => Value::Time(instant.time()),
            Clock::Date => Value::Date(instant.date()),
            Clock::DateTime => Value::DateTime(instant),
        }]);
        context.touched.push(*id);
    }
}

/// Binds the answer to a need. A provider that answers with wrong data types counts as one that
/// failed.
pub(super) fn supply(
    context: &mut Context,
    program: &Program,
    settings: &DecisionSettings<'_>,
    need: &Need,
    answer: Result<Fetched, ProviderError>,
) {
    let slot = SlotId(need.slot);
    let Some(known) = program.slots.get(slot.index()) else {
        return dynamic_attribute::supply(context, program, settings, need, answer);
    };
    let Some(provider) = pending(context, settings, slot) else {
        return;
    };
    if known.designator == need.designator {
        fill(context, program, settings, (slot, provider), answer);
    }
}

/// Binds the attributes that the host has at hand, of those that a provider supplies and the request
/// lacks.
pub(super) fn supply_at_hand(
    context: &mut Context,
    program: &Program,
    settings: &DecisionSettings<'_>,
    mut at_hand: impl FnMut(&Designator, usize) -> Option<Result<Fetched, ProviderError>>,
) {
    for (slot, known) in program.slots.iter().enumerate() {
        let slot = SlotId(short(slot));
        if let Some(provider) = pending(context, settings, slot)
            && let Some(answer) = at_hand(&known.designator, provider)
        {
            fill(context, program, settings, (slot, provider), answer);
        }
    }
}

/// Returns the provider of a slot that has no values yet.
fn pending(context: &Context, settings: &DecisionSettings<'_>, slot: SlotId) -> Option<usize> {
    let bound = context.slots.get(slot.index())?;
    match bound.state {
        SlotState::Unbound => settings.provider(slot),
        _ => None,
    }
}

/// Binds the answer of its provider to a slot of the program.
fn fill(
    context: &mut Context,
    program: &Program,
    settings: &DecisionSettings<'_>,
    (slot, provider): (SlotId, usize),
    answer: Result<Fetched, ProviderError>,
) {
    let designator = &program.slots[slot.index()].designator;
    let bound = &mut context.slots[slot.index()];
    context.touched.push(slot);
    let most = settings.limits().attribute_values;
    let why = match answer {
        Ok(fetched) => match unfit(&fetched, designator, most) {
            None => {
                if let Some(until) = fetched.valid_until {
                    context.ends.push(until);
                    bound.ends = short(context.ends.len());
                }
                bound.state = match fetched.values {
                    FetchedValues::Owned(values) => context.pool.add(values),
                    FetchedValues::Shared(values) => {
                        context.shared.push(values);
                        SlotState::Shared(short(context.shared.len() - 1))
                    }
                };
                return;
            }
            Some(why) => why,
        },
        Err(error) => error.to_string(),
    };
    bound.state = SlotState::Failed(short(context.failures.len()));
    let failure = settings.failure(provider, designator, why);
    context.failures.push(failure);
}

/// Why an answer does not count: its values have another data type, or are too many.
pub(super) fn unfit(fetched: &Fetched, wanted: &Designator, most: usize) -> Option<String> {
    let summary = match &fetched.values {
        FetchedValues::Owned(values) => Summary::of(values),
        FetchedValues::Shared(values) => values.summary(),
    };
    let count = summary.size;
    if count > most {
        return Some(format!("it returned {count} values; the limit is {most}"));
    }
    let wanted = wanted.data_type;
    let found = summary.other_than(wanted)?;
    Some(format!(
        "it returned a value of type {}, asked for {}",
        found.short_name(),
        wanted.short_name()
    ))
}
