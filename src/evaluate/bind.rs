//! Request → slots: each attribute the policies ask for is looked up once (§7.3.4).

use super::{Context, Flag, Settings};
use crate::program::{Clock, Program, Slot, SlotId};
use crate::provider::{Fetched, FetchedValues, Need, ProviderError, SharedValues};
use crate::request::{Attribute, Request};
use crate::value::{DateTime, Value};

/// What is known of a slot.
#[derive(Debug, Default)]
pub(super) struct Bound {
    pub(super) state: State,
    /// It was empty where it must be present.
    pub(super) missed: Flag,
    /// It was pending and is among the needs.
    pub(super) met: Flag,
    /// Its values, or that there are none, may have made a difference.
    pub(super) read: Flag,
    /// When its provider may answer otherwise.
    pub(super) valid_until: Option<DateTime>,
    /// Its value is the clock's.
    pub(super) from_clock: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum State {
    /// No values.
    #[default]
    Empty,
    /// The values of one attribute of the request, all of the slot's data type.
    Attribute { category: usize, attribute: usize },
    /// Values in the context's pool.
    Pool { start: usize, end: usize },
    /// Values that a provider shares between decisions, by their place in the context.
    Shared(usize),
    /// A provider can supply it and was not asked yet.
    Pending,
    /// The provider failed; what it said is in the context.
    Failed(usize),
}

impl State {
    /// The values; none where none are known.
    pub(super) fn values<'e>(
        self,
        request: &'e Request,
        pool: &'e [Value],
        shared: &'e [SharedValues],
    ) -> &'e [Value] {
        match self {
            Self::Attribute {
                category,
                attribute,
            } => &request.categories()[category].attributes[attribute].values,
            Self::Pool { start, end } => &pool[start..end],
            Self::Shared(index) => shared[index].values(),
            Self::Empty | Self::Pending | Self::Failed(_) => &[],
        }
    }
}

/// Fills the slots of a cleared context from the request, then from the clock; what is left and has a provider becomes
/// pending.
pub(super) fn bind(
    context: &mut Context,
    program: &Program,
    request: &Request,
    settings: &Settings<'_>,
    now: impl FnOnce() -> DateTime,
) {
    context
        .slots
        .resize_with(program.slots.len(), Bound::default);
    context
        .variables
        .resize_with(program.variables.len(), Default::default);
    context.contents.prepare(program, request);
    let mut scattered = Vec::new();
    for (c, category) in request.categories().iter().enumerate() {
        let Some(ids) = program.slots_by_name.get(&category.category) else {
            continue;
        };
        for (a, attribute) in category.attributes.iter().enumerate() {
            for slot in ids.get(&attribute.id).into_iter().flatten() {
                let fits = fit(&program.slots[slot.index()], attribute);
                let state = &mut context.slots[slot.index()].state;
                match (fits, *state) {
                    (Fit::None, _) => {}
                    (Fit::All, State::Empty) => {
                        *state = State::Attribute {
                            category: c,
                            attribute: a,
                        };
                    }
                    _ => {
                        // Marked here, gathered below, with what was found first.
                        if let State::Attribute {
                            category,
                            attribute,
                        } = *state
                        {
                            scattered.push((*slot, category, attribute));
                        }
                        *state = State::Pool { start: 0, end: 0 };
                        scattered.push((*slot, c, a));
                    }
                }
            }
        }
    }
    gather(context, program, request, scattered);
    from_clock(context, program, now);
    for (bound, provider) in context.slots.iter_mut().zip(settings.providers) {
        if bound.state == State::Empty && provider.is_some() {
            bound.state = State::Pending;
        }
    }
}

enum Fit {
    None,
    Some,
    All,
}

/// Whether a slot takes an attribute's values (§7.3.4): the names match already, issuer and data
/// type remain.
fn fit(slot: &Slot, attribute: &Attribute) -> Fit {
    let issuer = &slot.designator.issuer;
    if issuer.is_some() && *issuer != attribute.issuer {
        return Fit::None;
    }
    let data_type = slot.designator.data_type;
    let mut fitting = attribute
        .values
        .iter()
        .map(|value| value.data_type() == data_type);
    // An attribute without values says nothing.
    let Some(first) = fitting.next() else {
        return Fit::None;
    };
    match (first, fitting.all(|fits| fits == first)) {
        (true, true) => Fit::All,
        (false, true) => Fit::None,
        _ => Fit::Some,
    }
}

/// Copies the values of slots that several attributes fill, or some values of one (§7.3.3): for
/// each slot, the attributes with values for it.
fn gather(
    context: &mut Context,
    program: &Program,
    request: &Request,
    mut scattered: Vec<(SlotId, usize, usize)>,
) {
    // By slot; within one, in the order of the request.
    scattered.sort_by_key(|(slot, ..)| slot.index());
    for same in scattered.chunk_by(|(a, ..), (b, ..)| a == b) {
        let start = context.pool.len();
        let mut slot = None;
        for (id, category, attribute) in same {
            let wanted = program.slots[id.index()].designator.data_type;
            let attribute = &request.categories()[*category].attributes[*attribute];
            let values = attribute.values.iter();
            let fitting = values.filter(|value| value.data_type() == wanted);
            context.pool.extend(fitting.cloned());
            slot = Some(*id);
        }
        if let Some(slot) = slot {
            context.slots[slot.index()].state = State::Pool {
                start,
                end: context.pool.len(),
            };
        }
    }
}

/// §7.3.6: time and date that the request does not give are those of the decision.
fn from_clock(context: &mut Context, program: &Program, now: impl FnOnce() -> DateTime) {
    let mut now = Some(now);
    let mut instant: Option<DateTime> = None;
    for (bound, slot) in context.slots.iter_mut().zip(&program.slots) {
        let Some(clock) = slot.clock.filter(|_| bound.state == State::Empty) else {
            continue;
        };
        let instant = match (instant, now.take()) {
            (Some(instant), _) => instant,
            (None, Some(now)) => *instant.insert(now()),
            (None, None) => continue,
        };
        context.instant = Some(instant);
        bound.from_clock = true;
        let value = match clock {
            Clock::Time => Value::Time(instant.time()),
            Clock::Date => Value::Date(instant.date()),
            Clock::DateTime => Value::DateTime(instant),
        };
        let start = context.pool.len();
        context.pool.push(value);
        bound.state = State::Pool {
            start,
            end: start + 1,
        };
    }
}

/// Takes the answer to a need. A lying provider counts as a failing one.
pub(super) fn supply(
    context: &mut Context,
    program: &Program,
    settings: &Settings<'_>,
    need: &Need,
    answer: Result<Fetched, ProviderError>,
) {
    let most = settings.values;
    let slot = SlotId(need.slot);
    let known = program.slots.get(slot.index());
    let Some(bound) = context.slots.get_mut(slot.index()) else {
        return;
    };
    if bound.state != State::Pending || known.is_none_or(|s| s.designator != need.designator) {
        return;
    }
    let wanted = need.designator.data_type;
    let wrong = |values: &[Value]| {
        values
            .iter()
            .map(Value::data_type)
            .find(|data_type| *data_type != wanted)
    };
    let failure = match answer {
        Ok(fetched) if fetched.values().len() > most => {
            let count = fetched.values().len();
            format!("it returned {count} values; the limit is {most}")
        }
        Ok(fetched) => match wrong(fetched.values()) {
            Some(found) => format!(
                "it returned a value of type {}, asked for {}",
                found.short_name(),
                wanted.short_name()
            ),
            None => {
                bound.valid_until = fetched.valid_until;
                bound.state = match fetched.values {
                    FetchedValues::Owned(values) => {
                        let start = context.pool.len();
                        context.pool.extend(values);
                        let end = context.pool.len();
                        State::Pool { start, end }
                    }
                    FetchedValues::Shared(values) => {
                        context.shared.push(values);
                        State::Shared(context.shared.len() - 1)
                    }
                };
                return;
            }
        },
        Err(error) => error.to_string(),
    };
    bound.state = State::Failed(context.failures.len());
    let id = &need.designator.id;
    let name = settings
        .provider_names
        .get(need.provider)
        .map_or("", String::as_str);
    context.failures.push(format!(
        "the attribute provider `{name}`, asked for `{id}`: {failure}"
    ));
}
