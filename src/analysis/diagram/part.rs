//! An expression → its parts, in the order in which they are written: for its text, its key, and what it
//! reads.

use std::iter::once;

use smallvec::{SmallVec, smallvec};

use crate::program::{
    AttributeBag, BagOf, Condition, Expression, FunctionId, SelectorId, Term, VariableId,
};
use crate::value::Value;

/// A part of an expression, or the whole.
#[derive(Clone, Copy)]
pub(in crate::analysis) enum ExpressionPart<'e> {
    Condition(&'e Condition),
    Term(&'e Term),
    Bag(&'e BagOf),
    Function(FunctionId),
    Attribute(AttributeBag),
    Selector {
        id: SelectorId,
        must_be_present: bool,
    },
    Variable(VariableId),
    Value(&'e Value),
    /// A regular expression.
    Pattern(&'e str),
    /// A text that is told as the name of a function is.
    Name(&'e str),
}

impl<'e> From<&'e Condition> for ExpressionPart<'e> {
    fn from(condition: &'e Condition) -> Self {
        Self::Condition(condition)
    }
}

impl<'e> From<&'e Term> for ExpressionPart<'e> {
    fn from(term: &'e Term) -> Self {
        Self::Term(term)
    }
}

impl<'e> From<&'e Expression> for ExpressionPart<'e> {
    fn from(expression: &'e Expression) -> Self {
        match expression {
            Expression::Term(term) => Self::Term(term),
            Expression::Bag(bag) => Self::Bag(bag),
        }
    }
}

impl<'e> ExpressionPart<'e> {
    /// Its parts; of many literals, none.
    pub(in crate::analysis) fn parts(self) -> SmallVec<[Self; 4]> {
        match self {
            Self::Condition(condition) => Self::of_condition(condition),
            Self::Term(term) => Self::of_term(term),
            Self::Bag(bag) => Self::of_bag(bag),
            Self::Function(_)
            | Self::Attribute(_)
            | Self::Selector { .. }
            | Self::Variable(_)
            | Self::Value(_)
            | Self::Pattern(_)
            | Self::Name(_) => SmallVec::new(),
        }
    }

    fn of_condition(condition: &'e Condition) -> SmallVec<[Self; 4]> {
        match condition {
            Condition::And(parts) | Condition::Or(parts) => parts.iter().map(Self::from).collect(),
            Condition::NOf(count, parts) => {
                let parts = parts.iter().map(Self::from);
                once(Self::Term(count)).chain(parts).collect()
            }
            Condition::Match(one) => smallvec![
                Self::Function(one.applied.function),
                Self::Value(&one.value),
                Self::Attribute(one.bag),
            ],
            Condition::AnyOf(products) | Condition::AllOf(products) => {
                Self::applied(products.applied.function, &products.arguments)
            }
            Condition::AllOfAny(both) => smallvec![
                Self::Function(both.applied.function),
                Self::Bag(&both.first),
                Self::Bag(&both.second),
            ],
            Condition::ForAny(quantified) | Condition::ForAll(quantified) => {
                smallvec![
                    Self::Bag(&quantified.domain),
                    Self::Condition(&quantified.iterant),
                ]
            }
            Condition::RegexpMatch(one) => smallvec![
                Self::Function(one.function),
                Self::Pattern(one.pattern.as_str()),
                Self::Term(&one.text),
            ],
            Condition::Term(term) => smallvec![Self::Term(term)],
            Condition::Not(part) => smallvec![Self::Condition(part)],
            Condition::Predicate(call) => smallvec![
                Self::Function(call.function),
                Self::Term(&call.first),
                Self::Term(&call.second),
            ],
            Condition::IsIn(is_in) => smallvec![Self::Attribute(is_in.bag)],
        }
    }

    fn of_term(term: &'e Term) -> SmallVec<[Self; 4]> {
        match term {
            Term::Literal(value) => smallvec![Self::Value(value)],
            Term::Local(_) => SmallVec::new(),
            Term::Variable(variable) => smallvec![Self::Variable(*variable)],
            Term::Apply(apply) => Self::applied(apply.function, &apply.arguments),
            Term::Condition(condition) => smallvec![Self::Condition(condition)],
            Term::OneAndOnly(bag, _) | Term::BagSize(bag) => smallvec![Self::Attribute(*bag)],
            Term::Call(call) => Self::applied(call.function, &call.arguments),
        }
    }

    fn of_bag(bag: &'e BagOf) -> SmallVec<[Self; 4]> {
        match bag {
            BagOf::Attribute(bag) => smallvec![Self::Attribute(*bag)],
            BagOf::Selector {
                selector,
                must_be_present,
            } => smallvec![Self::Selector {
                id: *selector,
                must_be_present: *must_be_present,
            }],
            BagOf::Variable(variable) => smallvec![Self::Variable(*variable)],
            BagOf::Apply(apply) => Self::applied(apply.function, &apply.arguments),
            BagOf::Map(products) => Self::applied(products.applied.function, &products.arguments),
            BagOf::MapEach(quantified) => smallvec![
                Self::Bag(&quantified.domain),
                Self::Term(&quantified.iterant),
            ],
            BagOf::Select(quantified) => smallvec![
                Self::Bag(&quantified.domain),
                Self::Condition(&quantified.iterant),
            ],
            BagOf::Entity(entity) => {
                let mut parts = smallvec![Self::Term(&entity.owner), Self::Term(&entity.attribute)];
                parts.extend(entity.must_be_present.as_ref().map(Self::Condition));
                // Either of the parts around it may be absent.
                parts.push(Self::Name(""));
                parts.extend(entity.qualifier.as_ref().map(Self::Term));
                parts
            }
            BagOf::Literals(_) => SmallVec::new(),
        }
    }

    fn applied<P>(function: FunctionId, arguments: &'e [P]) -> SmallVec<[Self; 4]>
    where
        Self: From<&'e P>,
    {
        let arguments = arguments.iter().map(Self::from);
        once(Self::Function(function)).chain(arguments).collect()
    }
}
