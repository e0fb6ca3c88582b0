//! `attribute-designator` and `attribute-selector` → typed, compiled expressions (Related and
//! Nested Entities Profile 1.0 §3).

use super::Compiler;
use super::apply::{argument_offset, expressions_of, literal_of};
use super::expression::TypedExpression;
use super::selector::not_selectable;
use super::signature::{hint, with_article};
use super::vocabulary::Named;
use crate::attribute::{category, id};
use crate::function::{EntityFunction, Type};
use crate::program::{AttributeBag, BagOf, EntityExpression, Expression};
use crate::syntax;
use crate::value::{DataType, Value};

impl<'a> Compiler<'a> {
    /// An application of one of them, its arguments compiled.
    pub(super) fn entity_function(
        &mut self,
        apply: &'a syntax::Apply,
        of: EntityFunction,
        arguments: Vec<Option<TypedExpression>>,
    ) -> Option<(Expression, Type)> {
        let data_type = self.checked(apply, of, &arguments);
        let mut fits = Some(());
        if of == EntityFunction::Selector {
            fits = self.checked_version(apply.offset).map(|_| ());
            if let Some(message) =
                data_type.and_then(|of| not_selectable(of, "`attribute-selector`"))
            {
                self.problem(argument_offset(apply, Some(2)), message);
                fits = None;
            }
            if let Some(Some(path)) = arguments.get(1)
                && let Some(path) = literal_of(&path.expression)
            {
                fits = fits.and(self.literal_path(path, argument_offset(apply, Some(1))));
            }
        }
        let arguments = expressions_of(arguments);
        let ((), data_type, mut arguments) = (fits?, data_type?, arguments?);
        arguments.remove(2);
        let gives = Type::Bag(data_type);
        if of == EntityFunction::Designator
            && let Some(slot) = self.known_by_name(&arguments, data_type)
        {
            return Some((slot.into(), gives));
        }
        self.may_be_the_clock(&arguments, data_type);
        let at = |argument| argument_offset(apply, Some(argument));
        let mut arguments = arguments.into_iter();
        let entity = EntityExpression {
            of,
            data_type,
            owner: self.shaped(arguments.next()?.term(), at(0))?,
            attribute: self.shaped(arguments.next()?.term(), at(1))?,
            must_be_present: match arguments.next() {
                Some(must) => Some(self.shaped(must.condition(), at(3))?),
                None => None,
            },
            qualifier: match arguments.next() {
                Some(qualifier) => Some(self.shaped(qualifier.term(), at(4))?),
                None => None,
            },
        };
        Some((BagOf::Entity(Box::new(entity)).into(), gives))
    }

    /// Checks the types, and gives the data type that is named if there is no problem.
    fn checked(
        &mut self,
        apply: &'a syntax::Apply,
        of: EntityFunction,
        arguments: &[Option<TypedExpression>],
    ) -> Option<DataType> {
        let (name, second, fifth) = match of {
            EntityFunction::Designator => {
                ("attribute-designator", DataType::AnyUri, DataType::String)
            }
            EntityFunction::Selector => (
                "attribute-selector",
                DataType::XPathExpression,
                DataType::AnyUri,
            ),
        };
        let count = arguments.len();
        if !(3..=5).contains(&count) {
            let message = format!("function `{name}` takes 3 to 5 arguments, found {count}");
            self.problem(argument_offset(apply, (count > 5).then_some(5)), message);
            return None;
        }
        let takes: [&[DataType]; 5] = [
            &[DataType::Entity, DataType::AnyUri],
            &[second],
            &[DataType::AnyUri],
            &[DataType::Boolean],
            &[fifth],
        ];
        let mut fits = [true; 5];
        for (i, (argument, takes)) in arguments.iter().zip(takes).enumerate() {
            let Some(found) = argument.as_ref().map(|argument| argument.gives) else {
                fits[i] = false;
                continue;
            };
            if takes.iter().any(|one| found == Type::One(*one)) {
                continue;
            }
            fits[i] = false;
            let expected: Vec<String> = takes.iter().map(|t| with_article(Type::One(*t))).collect();
            let hints = takes.iter().map(|one| hint(Type::One(*one), found));
            let hint: String = hints.collect();
            let message = format!(
                "function `{name}` takes {}, but argument {} is {}{hint}",
                expected.join(" or "),
                i + 1,
                with_article(found)
            );
            self.problem(argument_offset(apply, Some(i)), message);
        }
        if !fits[2] {
            return None;
        }
        let at = argument_offset(apply, Some(2));
        let named = arguments.get(2).and_then(Option::as_ref);
        let named = named.and_then(|named| literal_of(&named.expression));
        let Some(uri) = named.and_then(Value::as_str) else {
            let message = format!(
                "argument 3 of `{name}` says of which data type the values are, so it must be an \
                 AttributeValue: types are checked when a policy is loaded"
            );
            self.problem(at, message);
            return None;
        };
        let data_type = self.options.data_types.from_uri(uri);
        if data_type.is_none() {
            let message = self.unknown_data_type(uri);
            self.problem(at, message);
        }
        data_type.filter(|_| fits == [true; 5])
    }

    /// The `AttributeDesignator` that an application is if all its arguments are literals.
    fn known_by_name(&mut self, arguments: &[Expression], data_type: DataType) -> Option<BagOf> {
        let all: Vec<&Value> = arguments.iter().map(literal_of).collect::<Option<_>>()?;
        let (Value::AnyUri(category), Value::AnyUri(id), rest) =
            (all.first()?, all.get(1)?, &all[2..])
        else {
            return None;
        };
        let slot = self.slot(&Named {
            category,
            id,
            data_type,
            issuer: rest.get(1).and_then(|issuer| issuer.as_str()),
        });
        let must_be_present = rest.first().and_then(|must| must.as_bool());
        Some(BagOf::Attribute(AttributeBag {
            slot,
            must_be_present: must_be_present.unwrap_or(false),
        }))
    }

    /// Reads the clock's attributes if a category that is computed may be the environment (§7.3.6),
    /// so that their values are ready.
    fn may_be_the_clock(&mut self, arguments: &[Expression], data_type: DataType) {
        let clock = match data_type {
            DataType::Time => id::CURRENT_TIME,
            DataType::Date => id::CURRENT_DATE,
            DataType::DateTime => id::CURRENT_DATE_TIME,
            _ => return,
        };
        let other = |argument: Option<&Expression>, name: &str| {
            let literal = argument.and_then(literal_of);
            literal.is_some_and(|literal| literal.as_str() != Some(name))
        };
        if other(arguments.first(), category::ENVIRONMENT) || other(arguments.get(1), clock) {
            return;
        }
        self.slot(&Named {
            category: category::ENVIRONMENT,
            id: clock,
            data_type,
            issuer: None,
        });
    }
}
