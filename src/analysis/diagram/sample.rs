//! Classes of values → values of them.

use std::cmp::Ordering;

use super::node::Truth;
use super::space::{Space, Tested, UnaryTest, same};
use super::variable::{Count, ValueClass, Variable, VariableKind};
use crate::value::{DataType, Integer, Value};

/// Texts of which each data type has some.
const TEXTS: [&str; 24] = [
    "another",
    "another-2",
    "another-3",
    "",
    "0",
    "7",
    "0.5",
    "-1.0E300",
    "true",
    "false",
    "2000-01-01Z",
    "2100-01-01Z",
    "00:00:00Z",
    "12:30:00Z",
    "2000-01-01T00:00:00Z",
    "2100-01-01T00:00:00Z",
    "PT1S",
    "P1M",
    "aa",
    "AAAA",
    "another@another.example",
    "CN=another",
    "192.0.2.7",
    "another.example",
];

/// Some value of a data type; none of one of the host's.
pub(in crate::analysis) fn example(data_type: DataType) -> Option<Value> {
    let mut texts = TEXTS.iter();
    texts.find_map(|text| Value::parse(data_type, text).ok())
}

impl Space {
    /// Whether a gap has no value of its data type.
    pub(in crate::analysis) fn is_empty(&self, attribute: u32, class: ValueClass) -> bool {
        let tested = self.tested(attribute);
        let Some(gap) = class.as_gap() else {
            return false;
        };
        match tested.designator.data_type {
            DataType::Boolean => tested.points.len() == 2,
            DataType::Integer if tested.is_ordered && gap > 0 => {
                let before = tested
                    .points
                    .get(gap as usize - 1)
                    .and_then(Value::as_integer);
                let after = tested.points.get(gap as usize).and_then(Value::as_integer);
                let next = before.and_then(|before| before.checked_add(&Integer::from(1_usize)));
                next.is_some() && next.as_ref() == after
            }
            _ => false,
        }
    }

    /// The class of a value.
    pub(in crate::analysis) fn class(&self, attribute: u32, value: &Value) -> ValueClass {
        let tested = self.tested(attribute);
        if tested.is_ordered {
            let stands = |point: &Value| point.compare(value, self.zone());
            let before = |point: &Value| stands(point).is_some_and(Ordering::is_lt);
            let place = tested.points.partition_point(before);
            let is_point = tested
                .points
                .get(place)
                .is_some_and(|at| stands(at) == Some(Ordering::Equal));
            let place = crate::limits::short(place);
            return if is_point {
                ValueClass::point(place)
            } else {
                ValueClass::gap(place)
            };
        }
        let known = tested.place(value);
        let place = match tested.has_one_spelling() {
            true => known,
            false => known.or_else(|| {
                let place = tested
                    .points
                    .iter()
                    .position(|point| same(value, point, self.zone()));
                place.map(crate::limits::short)
            }),
        };
        place.map_or(ValueClass::gap(0), ValueClass::point)
    }

    /// The outcome of a question about an attribute that has these values; none of an expression that
    /// is taken whole.
    pub(in crate::analysis) fn outcome(&self, variable: Variable, values: &[Value]) -> Option<u32> {
        Some(match variable.asks() {
            VariableKind::Value(attribute) => match values {
                [] => ValueClass::ABSENT.0,
                [only] => self.class(attribute, only).0,
                _ => ValueClass::SEVERAL.0,
            },
            VariableKind::Count(_) => match values.len() {
                0 => Count::NONE,
                1 => Count::ONE,
                _ => Count::SEVERAL,
            },
            VariableKind::Has(attribute, class) => {
                let has = values
                    .iter()
                    .any(|value| self.class(attribute, value) == class);
                u32::from(has)
            }
            VariableKind::Passes(attribute, test) => {
                let others = values.iter();
                let others = others.filter(|value| self.class(attribute, value).as_gap().is_some());
                let mut truths = others.map(|value| self.truth_of(attribute, test, value));
                // True outweighs an error.
                match () {
                    () if truths.clone().any(|truth| truth == Truth::True) => 1,
                    () if truths.any(|truth| truth == Truth::Error) => 2,
                    () => 0,
                }
            }
            VariableKind::Whole(_) => return None,
        })
    }

    /// Values in a gap, for which each of these tests has this truth; none may be found although
    /// there are some. A test has an even number; an odd one is the test before it, negated. If values
    /// are offered, it is one of these; and none of those that are there, if possible.
    pub(in crate::analysis) fn in_gap(
        &self,
        attribute: u32,
        gap: ValueClass,
        passes: &[(u32, Truth)],
        offered: Option<&[Value]>,
        there: &[Value],
    ) -> Option<Value> {
        let fits = |value: &Value| {
            self.class(attribute, value) == gap
                && passes
                    .iter()
                    .all(|(test, truth)| self.truth_of(attribute, *test, value) == *truth)
        };
        let all = match offered {
            Some(offered) => offered.to_vec(),
            None => self.candidates(attribute, gap),
        };
        let mut fitting = all.into_iter().filter(fits);
        let first = fitting.next()?;
        if !there.contains(&first) {
            return Some(first);
        }
        let another = fitting.find(|value| !there.contains(value));
        Some(another.unwrap_or(first))
    }

    /// The truth of a numbered test of a value; see [`in_gap`](Self::in_gap).
    pub(in crate::analysis) fn truth_of(&self, attribute: u32, test: u32, value: &Value) -> Truth {
        let truth = self.passes(self.tested(attribute).test(test / 2), value);
        match (test % 2, truth) {
            (1, Truth::True) => Truth::False,
            (1, Truth::False) => Truth::True,
            (_, truth) => truth,
        }
    }

    fn candidates(&self, attribute: u32, gap: ValueClass) -> Vec<Value> {
        let tested = self.tested(attribute);
        let data_type = tested.designator.data_type;
        // The literals first, for they are what a reader expects.
        let (mut all, mut longer) = (Vec::new(), Vec::new());
        for test in tested.tests() {
            match test {
                UnaryTest::Folded(text) => all.extend(spellings(tested, text)),
                UnaryTest::Holds(holds) => {
                    if holds.literal.data_type() == data_type {
                        all.push(holds.literal.clone());
                    }
                    if let Some(text) = holds.literal.as_str() {
                        let with = [
                            text.to_owned(),
                            format!("{text}another"),
                            format!("another{text}"),
                        ];
                        let with = with.iter().map(|text| Value::parse(data_type, text));
                        longer.extend(with.filter_map(Result::ok));
                    }
                }
                UnaryTest::Equal(_) | UnaryTest::Compared(..) => {}
            }
        }
        all.append(&mut longer);
        if let Some(gap) = gap.as_gap().filter(|_| tested.is_ordered) {
            let gap = gap as usize;
            let before = gap
                .checked_sub(1)
                .and_then(|before| tested.points.get(before));
            all.extend(before.and_then(|value| beside(value, true)));
            all.extend(
                tested
                    .points
                    .get(gap)
                    .and_then(|value| beside(value, false)),
            );
        }
        let texts = TEXTS
            .iter()
            .filter_map(|text| Value::parse(data_type, text).ok());
        all.extend(texts);
        // Of texts there are more than there are points.
        for number in 0..=tested.points.len() {
            all.extend(Value::parse(data_type, &format!("another{number}")).ok());
        }
        all
    }
}

/// Other spellings of a text in lower case.
fn spellings(tested: &Tested, text: &str) -> Vec<Value> {
    let data_type = tested.designator.data_type;
    let mut first = text.chars();
    let capital = first
        .next()
        .map(|c| c.to_uppercase().chain(first).collect::<String>());
    let all = [Some(text.to_uppercase()), capital, Some(text.to_owned())];
    let all = all.into_iter().flatten();
    all.filter_map(|text| Value::parse(data_type, &text).ok())
        .collect()
}

/// A value next to another, after or before it.
fn beside(value: &Value, is_after: bool) -> Option<Value> {
    let one = Integer::from(1_usize);
    let step = |text: &str| match Value::parse(DataType::DayTimeDuration, text) {
        Ok(Value::DayTimeDuration(step)) => Some(step),
        _ => None,
    };
    Some(match value {
        Value::Integer(number) if is_after => number.checked_add(&one)?.into(),
        Value::Integer(number) => number.checked_subtract(&one)?.into(),
        Value::String(text) if is_after => format!("{text} ").into(),
        Value::String(text) => {
            // Before a text stands what it begins with.
            let mut shorter = text.to_string();
            shorter.pop()?;
            shorter.into()
        }
        Value::Date(date) => date
            .checked_add_day_time(step(if is_after { "P1D" } else { "-P1D" })?)?
            .into(),
        Value::DateTime(instant) => instant
            .checked_add_day_time(step(if is_after { "PT1S" } else { "-PT1S" })?)?
            .into(),
        Value::Time(time) => time
            .add_day_time(step(if is_after { "PT1S" } else { "-PT1S" })?)
            .into(),
        _ => return None,
    })
}
