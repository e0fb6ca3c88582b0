//! The questions that a diagram asks, and their order: resource, action, subject, the rest.

use crate::attribute::category;

/// A question about a request, by its place in the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::analysis) struct Variable(u64);

/// The question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::analysis) enum VariableKind {
    /// Which value an attribute with one value at most has. The outcomes are [classes](ValueClass).
    Value(u32),
    /// How many values an attribute has: [`NONE`](Count::NONE), [`SEVERAL`](Count::SEVERAL), or one.
    Count(u32),
    /// Whether some value of an attribute is of a class. Outcome 1: it is.
    Has(u32, ValueClass),
    /// Whether some value of an attribute that is no point passes a test. The outcomes are those of
    /// a truth.
    Passes(u32, u32),
    /// The value of an expression that is taken whole. The outcomes are those of a truth.
    Whole(u32),
}

/// A class of values that the tests of an attribute tell apart: a point, or a gap beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::analysis) struct ValueClass(pub(in crate::analysis) u32);

impl ValueClass {
    /// No value.
    pub(in crate::analysis) const ABSENT: Self = Self(u32::MAX);
    /// Several values.
    pub(in crate::analysis) const SEVERAL: Self = Self(u32::MAX - 1);

    /// The value with this place among the points.
    pub(in crate::analysis) const fn point(place: u32) -> Self {
        Self(2 * place + 1)
    }

    /// The values before the point with this place; the first gap, where values have no order, has
    /// all that are no points.
    pub(in crate::analysis) const fn gap(place: u32) -> Self {
        Self(2 * place)
    }

    /// The place of the point.
    pub(in crate::analysis) fn as_point(self) -> Option<u32> {
        let is_point = self < Self::SEVERAL && self.0 % 2 == 1;
        is_point.then_some(self.0 / 2)
    }

    /// The place of the gap.
    pub(in crate::analysis) fn as_gap(self) -> Option<u32> {
        let is_gap = self < Self::SEVERAL && self.0.is_multiple_of(2);
        is_gap.then_some(self.0 / 2)
    }
}

/// The outcomes of a count beside the usual one.
pub(in crate::analysis) struct Count;

impl Count {
    pub(in crate::analysis) const ONE: u32 = Variable::USUAL;
    pub(in crate::analysis) const NONE: u32 = 1;
    pub(in crate::analysis) const SEVERAL: u32 = 2;
}

const KIND: u32 = 32;
const ATTRIBUTE: u32 = 36;
const RANK: u32 = 60;

impl Variable {
    /// The outcome that has no way of its own: the first gap, one value, False.
    pub(in crate::analysis) const USUAL: u32 = 0;
    pub(in crate::analysis) const LAST: Self = Self(u64::MAX);

    /// The variable of a question about an attribute of this category.
    pub(in crate::analysis) fn new(asks: VariableKind, category: &str) -> Self {
        let (attribute, kind, rest) = match asks {
            VariableKind::Value(attribute) => (attribute, 0, 0),
            VariableKind::Count(attribute) => (attribute, 1, 0),
            VariableKind::Has(attribute, class) => (attribute, 2, class.0),
            VariableKind::Passes(attribute, test) => (attribute, 3, test),
            VariableKind::Whole(number) => (0, 4, number),
        };
        let rank = match category {
            _ if kind == 4 => 4,
            category::RESOURCE => 0,
            category::ACTION => 1,
            category::ACCESS_SUBJECT => 2,
            _ => 3,
        };
        debug_assert!(attribute < 1 << (RANK - ATTRIBUTE));
        Self(
            rank << RANK
                | u64::from(attribute) << ATTRIBUTE
                | u64::from(kind as u32) << KIND
                | u64::from(rest),
        )
    }

    /// The question.
    pub(in crate::analysis) fn asks(self) -> VariableKind {
        // Cut to the bits of each part.
        #[allow(clippy::cast_possible_truncation)]
        let (attribute, kind, rest) = (
            (self.0 >> ATTRIBUTE) as u32 & ((1 << (RANK - ATTRIBUTE)) - 1),
            (self.0 >> KIND) as u32 & 0xf,
            self.0 as u32,
        );
        match kind {
            0 => VariableKind::Value(attribute),
            1 => VariableKind::Count(attribute),
            2 => VariableKind::Has(attribute, ValueClass(rest)),
            3 => VariableKind::Passes(attribute, rest),
            _ => VariableKind::Whole(rest),
        }
    }
}
