//! Tests that must hold at once → the reason why no request passes them all.
//!
//! A request may have many values of an attribute, one for each test (§5.9). So only tests of an
//! attribute that has one value can contradict each other.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashSet};

use crate::error::cut;
use crate::function::equality_ignores_case;
use crate::syntax::{
    AllOf, AnyOf, AttributeDesignator, AttributeReference, AttributeValue, Match, Offset,
};
use crate::value::{DataType, Value, Zone};

/// The number of combinations of alternatives that are examined.
const MOST: usize = 256;

/// The reason why a target hardly ever, or never, matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// No request matches.
    Never(String),
    /// Only a request matches that has two values of an attribute that usually has one.
    TwoValues(String),
}

/// The number of values that an attribute has in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueCount {
    /// Any number.
    Any,
    /// One, in the requests of this host; two only in a request that is hardly meant.
    UsuallyOne,
    /// At most one.
    One,
}

/// Returns the reason why no request matches all of these `AnyOf`: each combination of their
/// alternatives has a match that is `never` true, or requires two values of an attribute that has
/// one. None if some request may match, or if there are too many combinations to tell.
///
/// Alternatives are reduced to the tests of attributes with one value, so most are equal; the work
/// grows with the target and not with the number of combinations, of which at most 256 are kept.
///
/// ```
/// use vedtak::analysis::lint::{Obstacle, ValueCount, obstacle};
/// use vedtak::attribute::{category, id};
/// use vedtak::function::id::STRING_EQUAL;
/// use vedtak::syntax::{AttributeDesignator, Match, Target};
/// use vedtak::value::DataType;
///
/// let action = || AttributeDesignator::new(category::ACTION, id::ACTION_ID, DataType::String);
/// let is = |value| Match::new(STRING_EQUAL, value, action());
/// let target = Target::new().any_of([is("read")]).any_of([is("write"), is("sign")]);
/// let found = obstacle(&target.any_of, &|_| None, &|_| ValueCount::One);
/// let reason = format!("`{}` cannot be `read` and `write` at once", id::ACTION_ID);
/// assert_eq!(found, Some(Obstacle::Never(reason)));
/// assert_eq!(obstacle(&target.any_of, &|_| None, &|_| ValueCount::Any), None);
/// ```
pub fn obstacle(
    any_of: &[AnyOf],
    never: &dyn Fn(&Match) -> Option<String>,
    count: &dyn Fn(&AttributeDesignator) -> ValueCount,
) -> Option<Obstacle> {
    let combinations = match combine(Combination::default(), any_of, never, count) {
        Ok(combinations) => combinations?,
        Err(reason) => return Some(Obstacle::Never(reason)),
    };
    two_values(&combinations).map(Obstacle::TwoValues)
}

/// The reason why only a request with two values of an attribute matches any of these.
pub(super) fn two_values(combinations: &[Combination<'_>]) -> Option<String> {
    let mut all = combinations
        .iter()
        .map(|combination| &combination.two_values);
    let first = all.next()?.clone()?;
    all.all(Option::is_some).then_some(first)
}

/// Joins tests with each alternative of each `AnyOf`. None if there are too many combinations; the
/// error is the first reason if none is left.
pub(super) fn combine<'m>(
    start: Combination<'m>,
    any_of: impl IntoIterator<Item = &'m AnyOf>,
    never: &dyn Fn(&Match) -> Option<String>,
    count: &dyn Fn(&AttributeDesignator) -> ValueCount,
) -> Result<Option<Vec<Combination<'m>>>, String> {
    let mut combinations = vec![start];
    for any_of in any_of {
        let mut first_reason = None;
        let mut seen = HashSet::new();
        let mut alternatives = Vec::new();
        for all_of in &any_of.all_of {
            match settle(all_of, never, count) {
                Ok(alternative) if seen.insert(alternative.key()) => alternatives.push(alternative),
                Ok(_) => {}
                Err(reason) => {
                    first_reason.get_or_insert(reason);
                }
            }
        }
        if combinations.len().saturating_mul(alternatives.len()) > MOST {
            return Ok(None);
        }
        let mut longer = Vec::with_capacity(combinations.len() * alternatives.len());
        let mut seen = HashSet::new();
        for known in &combinations {
            for more in &alternatives {
                let mut both = known.clone();
                match both.join(more) {
                    Ok(()) if seen.insert(both.key()) => longer.push(both),
                    Ok(()) => {}
                    Err(reason) => {
                        first_reason.get_or_insert(reason);
                    }
                }
            }
        }
        match first_reason {
            Some(reason) if longer.is_empty() => return Err(reason),
            // An AnyOf without alternatives, which the schema does not allow.
            None if longer.is_empty() => return Ok(None),
            _ => combinations = longer,
        }
    }
    Ok(Some(combinations))
}

/// Returns the tests of an alternative, or the reason why no request passes them.
fn settle<'m>(
    all_of: &'m AllOf,
    never: &dyn Fn(&Match) -> Option<String>,
    count: &dyn Fn(&AttributeDesignator) -> ValueCount,
) -> Result<Combination<'m>, String> {
    let mut combination = Combination::default();
    for matching in &all_of.matches {
        if let Some(reason) = never(matching) {
            return Err(reason);
        }
        if let Some(stated) = Stated::of_match(matching) {
            combination.add(&stated, count(stated.designator))?;
        }
    }
    Ok(combination)
}

/// The values that several tests together require of attributes with one value.
#[derive(Clone, Debug, Default)]
pub(super) struct Combination<'m> {
    /// For each attribute and relation the strictest value, and whether the attribute only usually
    /// has one.
    tests: BTreeMap<(Attribute<'m>, ValueRelation), (ComparedLiteral<'m>, bool)>,
    pub(super) two_values: Option<String>,
}

/// Category, id, issuer and data type.
pub(super) type Attribute<'m> = (&'m str, &'m str, Option<&'m str>, &'m str);

pub(super) fn attribute(designator: &AttributeDesignator) -> Attribute<'_> {
    (
        &designator.category,
        &designator.id,
        designator.issuer.as_deref(),
        &designator.data_type,
    )
}

/// The relation of an attribute's value to a literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum ValueRelation {
    Equal,
    EqualIgnoringCase,
    AtLeast,
    GreaterThan,
    AtMost,
    LessThan,
}

impl ValueRelation {
    /// The relation that a function states of its first argument to its second; none for functions
    /// that are no comparison.
    pub(super) fn of_function(id: &str) -> Option<Self> {
        if let Some(ignores_case) = equality_ignores_case(id) {
            return Some(match ignores_case {
                true => Self::EqualIgnoringCase,
                false => Self::Equal,
            });
        }
        let name = id.strip_prefix("urn:oasis:names:tc:xacml:1.0:function:")?;
        Some(match name.split_once('-')?.1 {
            "greater-than" => Self::GreaterThan,
            "greater-than-or-equal" => Self::AtLeast,
            "less-than" => Self::LessThan,
            "less-than-or-equal" => Self::AtMost,
            _ => return None,
        })
    }

    /// The relation with its sides exchanged.
    pub(super) fn reversed(self) -> Self {
        match self {
            Self::Equal | Self::EqualIgnoringCase => self,
            Self::AtLeast => Self::AtMost,
            Self::GreaterThan => Self::LessThan,
            Self::AtMost => Self::AtLeast,
            Self::LessThan => Self::GreaterThan,
        }
    }

    /// The bound that it is, and whether the bound is within; none for equality.
    fn bound(self) -> Option<(Side, bool)> {
        match self {
            Self::Equal | Self::EqualIgnoringCase => None,
            Self::AtLeast => Some((Side::Lower, true)),
            Self::GreaterThan => Some((Side::Lower, false)),
            Self::AtMost => Some((Side::Upper, true)),
            Self::LessThan => Some((Side::Upper, false)),
        }
    }

    fn shown(self, literal: &str) -> String {
        let word = match self {
            Self::Equal | Self::EqualIgnoringCase => "",
            Self::AtLeast => "at least ",
            Self::GreaterThan => "greater than ",
            Self::AtMost => "at most ",
            Self::LessThan => "less than ",
        };
        format!("{word}`{}`", cut(literal))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Lower,
    Upper,
}

/// A literal as it is written, and its value.
#[derive(Clone, Debug)]
pub(super) struct ComparedLiteral<'m> {
    pub(super) text: &'m str,
    pub(super) value: Value,
}

impl<'m> ComparedLiteral<'m> {
    /// None for a text that is not of its data type, or a data type that is not the standard's.
    pub(super) fn of(value: &'m AttributeValue) -> Option<Self> {
        let data_type = DataType::from_uri(&value.data_type)?;
        let text = &*value.text;
        let value = Value::parse(data_type, text).ok()?;
        Some(Self { text, value })
    }

    /// The order of two values, if the zone of the PDP has no part in it: a time without a zone may
    /// come before or after one with a zone.
    fn compare(&self, other: &Self) -> Option<Ordering> {
        let is_certain = self.value.lacks_zone() == other.value.lacks_zone();
        let ordering = || self.value.compare(&other.value, Zone::UTC);
        is_certain.then(ordering)?
    }

    fn differs(&self, other: &Self) -> bool {
        let is_certain = self.value.lacks_zone() == other.value.lacks_zone();
        is_certain && self.value.equal(&other.value, Zone::UTC) == Some(false)
    }
}

/// A test of an attribute's value against a literal.
#[derive(Clone, Debug)]
pub(super) struct Stated<'m> {
    pub(super) designator: &'m AttributeDesignator,
    pub(super) relation: ValueRelation,
    pub(super) literal: ComparedLiteral<'m>,
    pub(super) offset: Offset,
    /// The test is of the only value, and an error if there are more or none (A.3.10).
    pub(super) is_of_one: bool,
}

impl<'m> Stated<'m> {
    /// The literal is the first argument of a `Match` (§5.9).
    pub(super) fn of_match(matching: &'m Match) -> Option<Self> {
        let AttributeReference::Designator(designator) = &matching.attribute else {
            return None;
        };
        Some(Self {
            designator,
            relation: ValueRelation::of_function(&matching.function)?.reversed(),
            literal: ComparedLiteral::of(&matching.value)?,
            offset: matching.offset,
            is_of_one: false,
        })
    }
}

impl<'m> Combination<'m> {
    /// Adds a test of an attribute with so many values, or returns the reason why it contradicts an
    /// earlier one.
    pub(super) fn add(&mut self, stated: &Stated<'m>, count: ValueCount) -> Result<(), String> {
        if count == ValueCount::Any {
            return Ok(());
        }
        let usually = count == ValueCount::UsuallyOne;
        self.require(
            attribute(stated.designator),
            stated.relation,
            &stated.literal,
            usually,
        )
    }

    fn require(
        &mut self,
        of: Attribute<'m>,
        relation: ValueRelation,
        literal: &ComparedLiteral<'m>,
        usually: bool,
    ) -> Result<(), String> {
        // There are six relations, so these are no more.
        let same = (of, ValueRelation::Equal)..=(of, ValueRelation::LessThan);
        let mut earlier = self.tests.range(same);
        let other =
            earlier.find(|((_, other), (known, _))| excludes((relation, literal), (*other, known)));
        if let Some(((_, other), (known, _))) = other {
            let id = cut(of.1);
            let (one, two) = (other.shown(known.text), relation.shown(literal.text));
            if usually {
                self.two_values
                    .get_or_insert_with(|| format!("`{id}` is to be {one} and {two} at once"));
                return Ok(());
            }
            return Err(format!("`{id}` cannot be {one} and {two} at once"));
        }
        let entry = self.tests.entry((of, relation));
        let (known, _) = entry.or_insert_with(|| (literal.clone(), usually));
        let is_stricter = match relation.bound() {
            Some((Side::Lower, _)) => literal.compare(known) == Some(Ordering::Greater),
            Some((Side::Upper, _)) => literal.compare(known) == Some(Ordering::Less),
            None => false,
        };
        if is_stricter {
            known.clone_from(literal);
        }
        Ok(())
    }

    pub(super) fn join(&mut self, other: &Self) -> Result<(), String> {
        for ((of, relation), (literal, usually)) in &other.tests {
            self.require(*of, *relation, literal, *usually)?;
        }
        if self.two_values.is_none() {
            self.two_values.clone_from(&other.two_values);
        }
        Ok(())
    }

    /// Equal for combinations that require the same.
    fn key(&self) -> Vec<(Attribute<'m>, ValueRelation, &'m str)> {
        let tests = self.tests.iter();
        tests
            .map(|((of, relation), (literal, _))| (*of, *relation, literal.text))
            .collect()
    }
}

/// Whether no value stands in both relations to these literals.
fn excludes(
    a: (ValueRelation, &ComparedLiteral<'_>),
    b: (ValueRelation, &ComparedLiteral<'_>),
) -> bool {
    match (a.0.bound(), b.0.bound()) {
        (None, None) => match (a.0, b.0) {
            (ValueRelation::Equal, ValueRelation::Equal) => a.1.differs(b.1),
            _ => a.1.text.to_lowercase() != b.1.text.to_lowercase(),
        },
        // An equal text in another letter case may be on either side of the bound.
        (None, Some(_)) if a.0 == ValueRelation::EqualIgnoringCase => false,
        (None, Some((side, within))) => {
            let ordering = a.1.compare(b.1);
            ordering.is_some_and(|ordering| match (side, ordering) {
                (_, Ordering::Equal) => !within,
                (Side::Lower, Ordering::Less) | (Side::Upper, Ordering::Greater) => true,
                _ => false,
            })
        }
        (Some(_), None) => excludes(b, a),
        (Some((Side::Lower, lower)), Some((Side::Upper, upper))) => {
            if let (Value::Integer(low), Value::Integer(high)) = (&a.1.value, &b.1.value)
                && let (Some(low), Some(high)) = (low.as_i64(), high.as_i64())
            {
                // Between two whole numbers that follow one another there is none.
                let low = i128::from(low) + i128::from(!lower);
                return low > i128::from(high) - i128::from(!upper);
            }
            match a.1.compare(b.1) {
                Some(Ordering::Greater) => true,
                Some(Ordering::Equal) => !(lower && upper),
                _ => false,
            }
        }
        (Some((Side::Upper, _)), Some((Side::Lower, _))) => excludes(b, a),
        (Some(_), Some(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RELATIONS: [ValueRelation; 5] = [
        ValueRelation::Equal,
        ValueRelation::AtLeast,
        ValueRelation::GreaterThan,
        ValueRelation::AtMost,
        ValueRelation::LessThan,
    ];

    fn holds(value: i64, (relation, bound): (ValueRelation, i64)) -> bool {
        match relation {
            ValueRelation::Equal | ValueRelation::EqualIgnoringCase => value == bound,
            ValueRelation::AtLeast => value >= bound,
            ValueRelation::GreaterThan => value > bound,
            ValueRelation::AtMost => value <= bound,
            ValueRelation::LessThan => value < bound,
        }
    }

    /// Three tests of an integer contradict each other exactly if no number passes all of them: each
    /// pair leaves an interval, and intervals that meet in pairs have a number in common.
    #[test]
    fn tests_of_an_integer_contradict_each_other_if_no_number_passes() {
        let of = ("c", "a", None, "integer");
        let texts: Vec<String> = (-1..=2).map(|bound: i64| bound.to_string()).collect();
        let tests: Vec<(ValueRelation, i64)> = RELATIONS
            .into_iter()
            .flat_map(|relation| (-1..=2).map(move |bound| (relation, bound)))
            .collect();
        let mut contradictions = 0;
        for a in &tests {
            for b in &tests {
                for c in &tests {
                    let mut combination = Combination::default();
                    let mut add = |(relation, bound): (ValueRelation, i64)| {
                        let literal = ComparedLiteral {
                            text: &texts[usize::try_from(bound + 1).unwrap()],
                            value: bound.into(),
                        };
                        combination.require(of, relation, &literal, false)
                    };
                    let found = [*a, *b, *c].into_iter().any(|test| add(test).is_err());
                    let mut numbers = -4..=5;
                    let passes = |number| [a, b, c].into_iter().all(|test| holds(number, *test));
                    assert_eq!(found, !numbers.any(passes), "{a:?} {b:?} {c:?}");
                    contradictions += usize::from(found);
                }
            }
        }
        assert!(contradictions > 1000, "{contradictions}");
    }
}
