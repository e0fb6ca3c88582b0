//! Lowered expressions → values: those that `expression` gives for the expressions they were made
//! of, without collecting arguments.

use std::borrow::Cow;

use smallvec::SmallVec;

use super::cause::Stop;
use super::expression::both;
use super::{Pass, SlotState};
use crate::function::regexp_match;
use crate::program::{IsIn, PredicateCall, RegexpMatch, SlotId, Term, ValueCall};
use crate::value::Value;
use crate::value::case::equal_ignoring_case;

impl<'e> Pass<'e> {
    /// The value of a term that takes no evaluation: of a literal, and of an attribute of the
    /// request with one value.
    #[inline(always)]
    pub(super) fn at_hand(&self, term: &'e Term) -> Option<&'e Value> {
        match term {
            Term::Literal(value) => Some(value),
            Term::OneAndOnly(bag, _) => self.only_at_hand(bag.slot),
            _ => None,
        }
    }

    fn only_at_hand(&self, slot: SlotId) -> Option<&'e Value> {
        match self.look_at(slot).state {
            state @ SlotState::Attribute { count: 1, .. } => self.bindings.values(state).first(),
            _ => None,
        }
    }

    pub(super) fn predicate(&self, call: &'e PredicateCall) -> Result<bool, Stop> {
        let PredicateCall { first, second, .. } = call;
        let result = if let Some(first) = self.at_hand(first)
            && let Some(second) = self.at_hand(second)
        {
            self.spend_on(2)?;
            (call.call)(&self.environment, first, second)
        } else {
            let (first, second) = both(self.term(first), || self.term(second))?;
            (call.call)(&self.environment, &first, &second)
        };
        result.map_err(|error| self.failed(Some(call.function), error))
    }

    pub(super) fn regexp_match(&self, fits: &'e RegexpMatch) -> Result<bool, Stop> {
        let text = self.term(&fits.text)?;
        let result = regexp_match(&self.environment, &fits.pattern, &text);
        result.map_err(|error| self.failed(Some(fits.function), error))
    }

    pub(super) fn value_call(&self, call: &'e ValueCall) -> Result<Value, Stop> {
        let result = match &*call.arguments {
            [only] => (call.call)(&self.environment, &[&*self.term(only)?]),
            [first, second] => {
                if let Some(first) = self.at_hand(first)
                    && let Some(second) = self.at_hand(second)
                {
                    self.spend_on(2)?;
                    (call.call)(&self.environment, &[first, second])
                } else {
                    let (first, second) = both(self.term(first), || self.term(second))?;
                    (call.call)(&self.environment, &[&first, &second])
                }
            }
            [first, second, third] => {
                if let Some(first) = self.at_hand(first)
                    && let Some(second) = self.at_hand(second)
                    && let Some(third) = self.at_hand(third)
                {
                    self.spend_on(3)?;
                    (call.call)(&self.environment, &[first, second, third])
                } else {
                    let two = both(self.term(first), || self.term(second));
                    let ((first, second), third) = both(two, || self.term(third))?;
                    (call.call)(&self.environment, &[&first, &second, &third])
                }
            }
            many => {
                let none = SmallVec::<[Cow<'e, Value>; 8]>::new();
                let mut values = Ok(none);
                for next in many {
                    values = both(values, || self.term(next)).map(|(mut values, value)| {
                        values.push(value);
                        values
                    });
                }
                let values = values?;
                let values: SmallVec<[&Value; 8]> = values.iter().map(|value| &**value).collect();
                (call.call)(&self.environment, &values)
            }
        };
        result.map_err(|error| self.failed(Some(call.function), error))
    }

    /// Whether the bag of an attribute contains one of several texts, by their keys. The texts are
    /// compared as by the test of a target.
    pub(super) fn is_in(&self, is_in: &'e IsIn) -> Result<bool, Stop> {
        let (state, bag) = self.keyed(is_in.bag)?;
        let folded = is_in.folded;
        if bag.len() > 8
            && let Some(shared) = self.bindings.shared(state)
            && let Some(Value::String(_) | Value::AnyUri(_)) = is_in.values.first()
        {
            self.spend_on(is_in.keys.len())?;
            // As the first one, all are texts.
            let literals = is_in.values.iter().map_while(Value::as_str);
            for (key, literal) in is_in.keys.iter().zip(literals) {
                for text in shared.with_key(folded, *key) {
                    if self.same_text(folded, text, literal)? {
                        return Ok(true);
                    }
                }
            }
            return Ok(false);
        }
        let steps = 1 + is_in.keys.len().checked_ilog2().unwrap_or(0) as usize;
        self.spend_on(bag.len().saturating_mul(steps))?;
        for (at, keys) in bag.iter().enumerate() {
            let key = if folded { keys.folded } else { keys.exact };
            let place = match &*is_in.keys {
                few if few.len() <= 8 => few.iter().position(|known| *known == key),
                many => many.binary_search(&key).ok(),
            };
            let Some(literal) = place.and_then(|place| is_in.values.get(place)) else {
                continue;
            };
            let Some(value) = self.bindings.values(state).get(at) else {
                continue;
            };
            let same = match (value, literal) {
                (Value::String(text), Value::String(literal))
                | (Value::AnyUri(text), Value::AnyUri(literal)) => {
                    self.same_text(folded, text, literal)?
                }
                (value, literal) => value == literal,
            };
            if same {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether two texts with the same key are equal. Long texts cost the work that the comparing
    /// function would.
    fn same_text(&self, folded: bool, text: &str, literal: &str) -> Result<bool, Stop> {
        let length = text.len().min(literal.len());
        if folded {
            self.spend_on(length / 16)?;
            return Ok(equal_ignoring_case(text, literal));
        }
        self.spend_on(length / 256)?;
        Ok(text == literal)
    }
}
