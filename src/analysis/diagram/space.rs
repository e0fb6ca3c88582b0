//! The attributes that some policies test, and the classes of values that their tests tell apart.
//!
//! The literals of equalities and comparisons are *points*, and what is between them, or beside
//! them where values have no order, are *gaps*: no such test tells two values of one gap apart. Any
//! other test of a value is decided at each point, and a question of its own in the gaps.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use foldhash::quality::RandomState;
use indexmap::IndexMap;

use super::node::Truth;
use super::variable::{ValueClass, Variable, VariableKind};
use crate::analysis::Unanswered;
use crate::analysis::named::Named;
use crate::attribute::Designator;
use crate::function::regexp::Regexp;
use crate::function::{Environment, Function, Meaning, Operand, regexp_match};
use crate::limits::short;
use crate::program::{SlotId, Slots};
use crate::value::case::equal_ignoring_case;
use crate::value::{DataType, Value, Zone};

/// A test of one value.
#[derive(Clone, Debug)]
pub(in crate::analysis) enum UnaryTest {
    /// It is this value, by the `*-equal` of its data type.
    Equal(Value),
    /// It is this text, which is in lower case, but for its letter case.
    Folded(Arc<str>),
    /// It stands to this value as `meaning` says.
    Compared(Meaning, Value),
    /// A function holds between it and a literal.
    Holds(Box<Holds>),
}

#[derive(Clone, Debug)]
pub(in crate::analysis) struct Holds {
    pub(in crate::analysis) function: Arc<Function>,
    pub(in crate::analysis) literal: Value,
    pub(in crate::analysis) is_literal_first: bool,
    /// The literal, if it is a regular expression.
    pub(in crate::analysis) pattern: Option<Regexp>,
}

impl UnaryTest {
    /// Whether it is never Indeterminate, whatever the value is.
    pub(in crate::analysis) fn is_total(&self) -> bool {
        match self {
            Self::Equal(_) | Self::Folded(_) => true,
            Self::Compared(_, literal) => !matches!(literal, Value::Extension(_)),
            Self::Holds(holds) => {
                holds.pattern.is_some() || holds.function.meaning == Meaning::Contains
            }
        }
    }

    /// Two tests with one key are the same test.
    fn key(&self) -> String {
        match self {
            Self::Equal(value) => format!("= {}", value.lexical()),
            Self::Folded(text) => format!("~ {text}"),
            Self::Compared(meaning, value) => format!("{meaning:?} {}", value.lexical()),
            Self::Holds(holds) => format!(
                "{} {} {} {}",
                holds.function.id(),
                holds.is_literal_first,
                holds.literal.data_type().short_name(),
                holds.literal.lexical()
            ),
        }
    }
}

/// An attribute that is tested.
#[derive(Debug)]
pub(in crate::analysis) struct Tested {
    pub(in crate::analysis) designator: Designator,
    /// It is known to have one value at most.
    pub(in crate::analysis) is_single: bool,
    /// Its only value decides everything: one question asks for it.
    pub(in crate::analysis) is_branch: bool,
    /// Its bag is tested, and not its only value alone.
    is_bag: bool,
    /// Policies ask for more than whether some value passes a test: for the number of values, for the
    /// only one, for all of them, or in an expression that is taken whole.
    pub(in crate::analysis) is_counted: bool,
    /// It has one value at most because that was presumed.
    pub(in crate::analysis) is_presumed: bool,
    tests: IndexMap<String, UnaryTest, RandomState>,
    /// The literals of equalities and comparisons, in the order of the values if they have one.
    pub(in crate::analysis) points: Vec<Value>,
    places: HashMap<String, u32, RandomState>,
    /// Values are compared, so that each gap is between two points.
    pub(in crate::analysis) is_ordered: bool,
    /// Values are the same that differ in letter case alone.
    pub(in crate::analysis) is_folded: bool,
}

/// An expression that is taken whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::analysis) struct Whole {
    /// A description of it.
    pub(in crate::analysis) text: String,
    /// The open attributes that it reads.
    pub(in crate::analysis) reads: Vec<u32>,
    /// A truth that it never has.
    pub(in crate::analysis) never: Option<Truth>,
}

/// The attributes and the expressions of some policies.
pub(in crate::analysis) struct Space {
    pub(in crate::analysis) attributes: Vec<Tested>,
    numbers: HashMap<Designator, u32, RandomState>,
    pub(in crate::analysis) whole: IndexMap<String, Whole, RandomState>,
    /// The open attributes that assigned expressions read, by the keys of these.
    assigned: HashMap<String, Vec<Designator>, RandomState>,
    zone: Zone,
    /// The names of attributes in words.
    pub(in crate::analysis) named: Named,
    /// The attributes of the program, and those of them that are not open.
    slots: Arc<Slots>,
    closed: Arc<[SlotId]>,
}

impl Space {
    pub(in crate::analysis) fn new(zone: Zone) -> Self {
        Self {
            attributes: Vec::new(),
            numbers: HashMap::default(),
            whole: IndexMap::default(),
            assigned: HashMap::default(),
            zone,
            named: Named::default(),
            slots: Arc::default(),
            closed: Arc::default(),
        }
    }

    /// A space of the same program without attributes and expressions.
    pub(in crate::analysis) fn bare(&self) -> Self {
        Self {
            named: self.named.clone(),
            slots: self.slots.clone(),
            closed: self.closed.clone(),
            ..Self::new(self.zone)
        }
    }

    /// Notes the attributes of the program.
    pub(in crate::analysis) fn note_slots(
        &mut self,
        slots: &Arc<Slots>,
        is_open: &dyn Fn(&Designator) -> bool,
    ) {
        self.slots = slots.clone();
        self.named = Named::of([slots]);
        let closed = slots
            .in_use()
            .filter(|(_, slot)| !is_open(&slot.designator));
        self.closed = closed.map(|(id, _)| id).collect();
    }

    /// Whether a policy reads an attribute that is open; none of an attribute that is not open.
    pub(in crate::analysis) fn reads(&self, designator: &Designator) -> Option<bool> {
        match self.slots.of(designator) {
            Some(slot) if self.closed.contains(&slot) => None,
            slot => Some(slot.is_some()),
        }
    }

    /// The zone of dates and times that have none.
    pub(in crate::analysis) fn zone(&self) -> Zone {
        self.zone
    }

    /// The number of an attribute.
    pub(in crate::analysis) fn attribute(&mut self, designator: &Designator) -> u32 {
        if let Some(number) = self.numbers.get(designator) {
            return *number;
        }
        let number = short(self.attributes.len());
        self.numbers.insert(designator.clone(), number);
        self.attributes.push(Tested {
            designator: designator.clone(),
            is_single: false,
            is_branch: false,
            is_bag: false,
            is_counted: false,
            is_presumed: false,
            tests: IndexMap::default(),
            points: Vec::new(),
            places: HashMap::default(),
            is_ordered: false,
            is_folded: false,
        });
        number
    }

    pub(in crate::analysis) fn number(&self, designator: &Designator) -> Option<u32> {
        self.numbers.get(designator).copied()
    }

    /// Notes which attributes have one value at most: those that are declared to, and those of which it
    /// is presumed and whose values nobody counts. To be called once all tests are known.
    pub(in crate::analysis) fn note_single(
        &mut self,
        is_declared: impl Fn(&Designator) -> bool,
        is_presumed: impl Fn(&Designator) -> bool,
    ) {
        for tested in &mut self.attributes {
            let is_declared = is_declared(&tested.designator);
            tested.is_presumed =
                !is_declared && !tested.is_counted && is_presumed(&tested.designator);
            tested.is_single = is_declared || tested.is_presumed;
        }
    }

    /// The attributes that have one value at most because that was presumed.
    pub(in crate::analysis) fn presumed(&self) -> impl Iterator<Item = &Designator> {
        let presumed = self.attributes.iter().filter(|tested| tested.is_presumed);
        presumed.map(|tested| &tested.designator)
    }

    pub(in crate::analysis) fn tested(&self, attribute: u32) -> &Tested {
        &self.attributes[attribute as usize]
    }

    /// Notes that some value of a bag is looked for.
    pub(in crate::analysis) fn note_bag(&mut self, attribute: u32) {
        self.attributes[attribute as usize].is_bag = true;
    }

    /// Notes that more is asked of the values than whether one of them passes a test.
    pub(in crate::analysis) fn note_counted(&mut self, attribute: u32) {
        self.attributes[attribute as usize].is_counted = true;
    }

    /// The number of a test of an attribute's values.
    pub(in crate::analysis) fn test(&mut self, attribute: u32, test: UnaryTest) -> u32 {
        let tests = &mut self.attributes[attribute as usize].tests;
        let entry = tests.entry(test.key());
        let place = entry.index();
        entry.or_insert(test);
        short(place)
    }

    pub(in crate::analysis) fn whole(&mut self, key: String, whole: impl FnOnce() -> Whole) -> u32 {
        let entry = self.whole.entry(key);
        let place = entry.index();
        entry.or_insert_with(whole);
        short(place)
    }

    /// Notes the open attributes that an assigned expression reads.
    pub(in crate::analysis) fn note_assigned(&mut self, key: &str, reads: Vec<Designator>) {
        if !reads.is_empty() {
            self.assigned.insert(key.to_owned(), reads);
        }
    }

    /// The open attributes that the assigned expression of a key reads.
    pub(in crate::analysis) fn reads_of_assigned(&self, key: &str) -> &[Designator] {
        self.assigned.get(key).map_or(&[], Vec::as_slice)
    }

    /// Finds the points of each attribute, once all tests are known.
    pub(in crate::analysis) fn settle(&mut self, budget: usize) -> Result<(), Unanswered> {
        for tested in &mut self.attributes {
            // Values that may be written in several ways are compared with one another.
            let tests = tested.tests.len();
            if !tested.has_one_spelling() && tests.saturating_mul(tests) > budget {
                return Err(Unanswered::TooLarge);
            }
            tested.settle(self.zone);
        }
        Ok(())
    }

    pub(in crate::analysis) fn variable(&self, asks: VariableKind) -> Variable {
        let category = match asks {
            VariableKind::Value(attribute)
            | VariableKind::Count(attribute)
            | VariableKind::Has(attribute, _)
            | VariableKind::Passes(attribute, _) => &*self.tested(attribute).designator.category,
            VariableKind::Whole(_) => "",
        };
        Variable::new(asks, category)
    }

    /// Whether a value passes a test.
    pub(in crate::analysis) fn passes(&self, test: &UnaryTest, value: &Value) -> Truth {
        let truth = |holds| if holds { Truth::True } else { Truth::False };
        match test {
            UnaryTest::Equal(literal) => truth(same(value, literal, self.zone)),
            UnaryTest::Folded(text) => truth(
                value
                    .as_str()
                    .is_some_and(|found| equal_ignoring_case(found, text)),
            ),
            UnaryTest::Compared(meaning, literal) => match value.compare(literal, self.zone) {
                Some(ordering) => truth(stands(*meaning, ordering)),
                None if value.as_double().is_some() => Truth::False,
                None => Truth::Error,
            },
            UnaryTest::Holds(holds) => {
                // What may be asked so is bounded by the tests and the points, which are.
                let environment = Environment::new(self.zone, u64::MAX);
                let result = match &holds.pattern {
                    Some(pattern) => regexp_match(&environment, pattern, value).ok(),
                    None => {
                        let operands = match holds.is_literal_first {
                            true => [&holds.literal, value],
                            false => [value, &holds.literal],
                        };
                        let operands = operands.map(|value| Operand::value(value.clone()));
                        let result = holds.function.apply(&environment, &operands);
                        let result = result.ok().and_then(Operand::into_value);
                        result.and_then(|value| value.as_bool())
                    }
                };
                result.map_or(Truth::Error, truth)
            }
        }
    }

    /// Whether the values of a class pass a test; none if they differ.
    pub(in crate::analysis) fn on_class(
        &self,
        attribute: u32,
        test: u32,
        class: ValueClass,
    ) -> Option<Truth> {
        let tested = self.tested(attribute);
        let test = tested.test(test);
        if let Some(place) = class.as_point() {
            return Some(self.passes(test, &tested.points[place as usize]));
        }
        let gap = class.as_gap()?;
        match test {
            UnaryTest::Equal(_) => Some(Truth::False),
            UnaryTest::Folded(_) => tested.is_folded.then_some(Truth::False),
            UnaryTest::Compared(meaning, literal) if tested.is_ordered => {
                let place = tested.place(literal)?;
                let ordering = match gap <= place {
                    true => Ordering::Less,
                    false => Ordering::Greater,
                };
                Some(match stands(*meaning, ordering) {
                    true => Truth::True,
                    false => Truth::False,
                })
            }
            UnaryTest::Compared(..) | UnaryTest::Holds(_) => None,
        }
    }
}

impl Tested {
    pub(in crate::analysis) fn test(&self, test: u32) -> &UnaryTest {
        &self.tests[test as usize]
    }

    pub(in crate::analysis) fn tests(&self) -> impl Iterator<Item = &UnaryTest> {
        self.tests.values()
    }

    /// The steps that a test of each point takes: matching a pattern takes as many as it and the
    /// text have characters, multiplied.
    pub(in crate::analysis) fn cost_of(&self, test: u32) -> usize {
        let points = self.points.len();
        let UnaryTest::Holds(holds) = self.test(test) else {
            return points;
        };
        let Some(pattern) = &holds.pattern else {
            return points;
        };
        let texts = self
            .points
            .iter()
            .map(|point| point.as_str().map_or(1, str::len));
        let texts = texts.fold(0, usize::saturating_add);
        points.saturating_add(texts.saturating_mul(pattern.as_str().len()) / 64)
    }

    /// The place of a value among the points; none may be found of one that is written otherwise.
    pub(in crate::analysis) fn place(&self, literal: &Value) -> Option<u32> {
        self.places.get(&self.spelling(literal)).copied()
    }

    /// The only point that passes a test of an equality, where no gap depends on it.
    pub(in crate::analysis) fn only_point(&self, test: u32) -> Option<u32> {
        match self.test(test) {
            UnaryTest::Equal(literal) => self.place(literal),
            UnaryTest::Folded(text) if self.is_folded => self.places.get(&**text).copied(),
            _ => None,
        }
    }

    /// Whether equal values are equal texts.
    pub(in crate::analysis) fn has_one_spelling(&self) -> bool {
        has_one_spelling(self.designator.data_type)
    }

    fn spelling(&self, value: &Value) -> String {
        match (self.is_folded, value) {
            (true, Value::String(text) | Value::AnyUri(text)) => text.to_lowercase(),
            _ => value.lexical(),
        }
    }

    /// The classes of its values that are no points, in order.
    pub(in crate::analysis) fn gaps(&self) -> impl Iterator<Item = ValueClass> + use<> {
        let last = if self.is_ordered {
            self.points.len()
        } else {
            0
        };
        (0..=short(last)).map(ValueClass::gap)
    }

    /// The classes of its values, in order.
    pub(in crate::analysis) fn classes(&self) -> impl Iterator<Item = ValueClass> + use<> {
        let points = short(self.points.len());
        let is_ordered = self.is_ordered;
        let gap = move |place| (is_ordered || place == 0).then(|| ValueClass::gap(place));
        (0..=points).flat_map(move |place| {
            let point = (place < points).then(|| ValueClass::point(place));
            gap(place).into_iter().chain(point)
        })
    }

    /// The class, if it is one of a value.
    pub(in crate::analysis) fn has_class(&self, class: ValueClass) -> Option<ValueClass> {
        (class != ValueClass::ABSENT && class != ValueClass::SEVERAL).then_some(class)
    }

    fn settle(&mut self, zone: Zone) {
        let has = |is: fn(&UnaryTest) -> bool| self.tests.values().any(is);
        let is_exact = has(|test| !matches!(test, UnaryTest::Folded(_)));
        let is_compared = has(|test| matches!(test, UnaryTest::Compared(..)));
        self.is_folded = !is_exact && !self.tests.is_empty();
        self.is_ordered = is_compared && is_totally_ordered(self.designator.data_type);
        self.is_branch = self.is_single || !self.is_bag;
        let mut points: Vec<Value> = Vec::new();
        for test in self.tests.values() {
            match test {
                UnaryTest::Equal(literal) => points.push(literal.clone()),
                UnaryTest::Compared(_, literal) if self.is_ordered => points.push(literal.clone()),
                UnaryTest::Folded(text) => points.push(text.clone().into()),
                UnaryTest::Compared(..) | UnaryTest::Holds(_) => {}
            }
        }
        if self.is_ordered {
            points.sort_by(|a, b| a.compare(b, zone).unwrap_or(Ordering::Equal));
        }
        let mut places = HashMap::default();
        let mut kept: Vec<Value> = Vec::new();
        // What is not equal to itself, such as NaN, is equal to nothing.
        points.retain(|point| same(point, point, zone));
        for point in points {
            // Points that are equal and written otherwise stand side by side where they have an
            // order; where they have none, few data types write equal values in two ways.
            let known = match self.is_ordered {
                true => kept
                    .last()
                    .filter(|last| same(last, &point, zone))
                    .map(|_| kept.len() - 1),
                false if has_one_spelling(self.designator.data_type) => places
                    .get(&self.spelling(&point))
                    .map(|place: &u32| *place as usize),
                false => kept.iter().position(|known| same(known, &point, zone)),
            };
            let place = known.unwrap_or(kept.len());
            places.insert(self.spelling(&point), short(place));
            if known.is_none() {
                kept.push(point);
            }
        }
        self.points = kept;
        self.places = places;
    }
}

/// Whether the values of a data type are written in one way, so that equal ones are equal texts.
fn has_one_spelling(data_type: DataType) -> bool {
    matches!(
        data_type,
        DataType::String | DataType::AnyUri | DataType::Integer | DataType::Boolean
    )
}

/// Whether any two values of a data type stand in the order of its comparisons.
fn is_totally_ordered(data_type: DataType) -> bool {
    matches!(
        data_type,
        DataType::Integer | DataType::String | DataType::Time | DataType::Date | DataType::DateTime
    )
}

/// Whether two values are equal, by the `*-equal` of their data type.
pub(in crate::analysis) fn same(a: &Value, b: &Value, zone: Zone) -> bool {
    a.equal(b, zone).unwrap_or(false)
}

fn stands(meaning: Meaning, ordering: Ordering) -> bool {
    match meaning {
        Meaning::Greater => ordering.is_gt(),
        Meaning::GreaterOrEqual => ordering.is_ge(),
        Meaning::Less => ordering.is_lt(),
        Meaning::LessOrEqual => ordering.is_le(),
        _ => false,
    }
}
