//! `Apply` → a function applied to compiled arguments, types checked (§7.4, A.3).

use std::sync::Arc;

use super::Compiler;
use super::expression::{Typed, single_or};
use super::signature::{check, hint, last_part, with_article};
use super::variable::Variables;
use crate::error::Offset;
use crate::function::regexp::{Regexp, Written};
use crate::function::{Call, Function, HigherOrder, Type};
use crate::limits::DEEPEST;
use crate::program::{Applied, Expression, FunctionId};
use crate::syntax;
use crate::value::{DataType, Value};

impl<'a> Compiler<'a> {
    /// `Apply`, itself `depth` `Apply` elements down (§5.27).
    pub(super) fn apply(
        &mut self,
        variables: &mut Variables<'a>,
        apply: &'a syntax::Apply,
        depth: usize,
    ) -> Option<Typed> {
        let limit = self.options.limits.apply_depth.min(DEEPEST);
        if depth >= limit {
            let message = format!("Apply elements are nested too deep; the limit is {limit}");
            self.problem(apply.offset, message);
            return None;
        }
        let function = self.function(&apply.function, apply.offset, "FunctionId");
        let higher_order = match &function {
            Some((_, function)) => match function.call {
                Call::HigherOrder(kind) => Some(kind),
                _ => None,
            },
            None => None,
        };
        // The arguments are compiled even if the function is unknown: they may have problems, too.
        let rest = match (
            &apply.arguments[..],
            higher_order.is_some() || function.is_none(),
        ) {
            ([syntax::Expression::Function(_), rest @ ..], true) => rest,
            (all, _) => all,
        };
        let arguments: Vec<Option<Typed>> = rest
            .iter()
            .map(|argument| self.expression(variables, argument, depth + 1))
            .collect();
        let applied_to = match (&apply.arguments[..], higher_order) {
            ([syntax::Expression::Function(name), ..], Some(_)) => {
                self.function(&name.id, name.offset, "FunctionId")
            }
            (_, Some(_)) => {
                let name = function.as_ref().map_or("", |(_, f)| last_part(f.id()));
                let message = format!("the first argument of `{name}` must be a Function");
                self.problem(argument_offset(apply, Some(0)), message);
                return None;
            }
            (_, None) => None,
        };
        let arguments: Vec<Typed> = arguments.into_iter().collect::<Option<_>>()?;
        let (id, function) = function?;
        let height = 1 + arguments.iter().map(|a| a.height).max().unwrap_or(0);
        let nested = arguments.iter().map(|a| a.variables).max().unwrap_or(0);
        if depth + height > limit {
            let message = format!(
                "Apply elements are nested too deep, counted through variables; the limit is {limit}"
            );
            self.problem(apply.offset, message);
            return None;
        }
        let (expression, gives) = match higher_order {
            Some(kind) => {
                let applied_to = applied_to?;
                self.higher_order(apply, &function, kind, applied_to, arguments)?
            }
            None => match function.call {
                Call::Entity(of) => self.entity_function(apply, of, arguments)?,
                _ => self.plain(apply, id, &function, arguments)?,
            },
        };
        Some(Typed {
            expression,
            gives,
            height,
            variables: nested,
        })
    }

    fn plain(
        &mut self,
        apply: &'a syntax::Apply,
        id: FunctionId,
        function: &Function,
        arguments: Vec<Typed>,
    ) -> Option<(Expression, Type)> {
        let types: Vec<Type> = arguments.iter().map(|a| a.gives).collect();
        if let Err(misfit) = check(function, &types) {
            self.problem(argument_offset(apply, misfit.argument), misfit.message);
            return None;
        }
        let first = arguments
            .first()
            .and_then(|first| literal_of(&first.expression));
        let pattern = match apply.arguments.first() {
            Some(argument) => self.pattern(function, first, argument.offset())?,
            None => None,
        };
        let mut arguments: Vec<Expression> = arguments
            .into_iter()
            .map(|typed| typed.expression)
            .collect();
        if let Call::Nodes(_) = function.call {
            self.of_nodes(apply, function, &mut arguments)?;
        }
        let expression = match function.call {
            Call::And => single_or(arguments, Expression::And),
            Call::Or => single_or(arguments, Expression::Or),
            Call::NOf => {
                let count = arguments.remove(0);
                Expression::NOf(Box::new(count), arguments.into())
            }
            _ => Expression::Apply {
                applied: Applied {
                    function: id,
                    pattern,
                },
                arguments: arguments.into(),
            },
        };
        Some((expression, function.signature.returns))
    }

    /// A.3.12. What a higher-order function takes follows from the function it is given.
    fn higher_order(
        &mut self,
        apply: &'a syntax::Apply,
        function: &Function,
        kind: HigherOrder,
        (applied_id, applied): (FunctionId, Arc<Function>),
        arguments: Vec<Typed>,
    ) -> Option<(Expression, Type)> {
        let name = last_part(function.id());
        let is_bag = |argument: &Typed| matches!(argument.gives, Type::Bag(_));
        let count = arguments.len();
        let bags = arguments.iter().filter(|a| is_bag(a)).count();
        // The argument to blame, counted without the function.
        let second_bag = || {
            let mut bags = (0..count).filter(|i| is_bag(&arguments[*i]));
            bags.nth(1)
        };
        let no_bag = || (0..count).find(|i| *i >= 2 || !is_bag(&arguments[*i]));
        let in_apply = |i: usize| argument_offset(apply, Some(i + 1));
        // What makes a value of a bag of this argument, or a bag of a value.
        let other_of = |i: usize| {
            let of = arguments[i].gives.data_type();
            match is_bag(&arguments[i]) {
                true => hint(Type::One(of), Type::Bag(of)),
                false => hint(Type::Bag(of), Type::One(of)),
            }
        };
        let wrong = match kind {
            HigherOrder::AnyOf | HigherOrder::AllOf | HigherOrder::Map if bags != 1 => Some((
                format!(
                    "`{name}` takes a function and arguments of which exactly one is a bag; here \
                     {bags} of {count} are{}",
                    second_bag().map_or_else(String::new, other_of)
                ),
                second_bag().map_or(apply.offset, in_apply),
            )),
            HigherOrder::AnyOfAny if count == 0 => Some((
                format!("`{name}` takes a function and at least one argument"),
                apply.offset,
            )),
            HigherOrder::AllOfAny | HigherOrder::AnyOfAll | HigherOrder::AllOfAll
                if (bags, count) != (2, 2) =>
            {
                Some((
                    format!(
                        "`{name}` takes a function and two bags; here {bags} of {count} arguments \
                         are bags{}",
                        no_bag()
                            .filter(|i| *i < 2)
                            .map_or_else(String::new, other_of)
                    ),
                    no_bag().map_or(apply.offset, in_apply),
                ))
            }
            _ => {
                let unfit = unfit(kind, name, &applied);
                unfit.map(|message| (message, argument_offset(apply, Some(0))))
            }
        };
        if let Some((message, at)) = wrong {
            self.problem(at, message);
            return None;
        }
        let types: Vec<Type> = arguments
            .iter()
            .map(|argument| Type::One(argument.gives.data_type()))
            .collect();
        if let Err(misfit) = check(&applied, &types) {
            let message = format!(
                "{} (as `{name}` applies it to single values)",
                misfit.message
            );
            let at = misfit.argument.map(|argument| argument + 1);
            self.problem(argument_offset(apply, at), message);
            return None;
        }
        if let Call::Nodes(_) = applied.call {
            self.of_nodes_each(apply, &applied, &arguments)?;
        }
        let first = arguments
            .first()
            .and_then(|first| literal_of(&first.expression));
        let pattern = match apply.arguments.get(1) {
            Some(argument) => self.pattern(&applied, first, argument.offset())?,
            None => None,
        };
        let expression = Expression::HigherOrder {
            kind,
            applied: Applied {
                function: applied_id,
                pattern,
            },
            arguments: arguments
                .into_iter()
                .map(|typed| typed.expression)
                .collect(),
        };
        let gives = match kind {
            HigherOrder::Map => Type::Bag(applied.signature.returns.data_type()),
            _ => Type::One(DataType::Boolean),
        };
        Some((expression, gives))
    }

    /// The compiled regular expression of a function that takes one, if it is a literal.
    /// `None` if it cannot be compiled.
    #[expect(clippy::option_option, reason = "no pattern is no failure")]
    pub(super) fn pattern(
        &mut self,
        function: &Function,
        first: Option<&Value>,
        offset: Offset,
    ) -> Option<Option<Regexp>> {
        let (Call::Regexp, Some(pattern)) = (&function.call, first.and_then(Value::as_str)) else {
            return Some(None);
        };
        if let Some(known) = self.vocabulary.pattern(pattern) {
            return Some(Some(known));
        }
        let limit = self.options.limits.patterns;
        let compiled = Written::read(pattern).and_then(|written| {
            self.pattern_weight = self.pattern_weight.saturating_add(written.weight());
            if self.pattern_weight > limit {
                return Ok(None);
            }
            written.compile().map(Some)
        });
        match compiled {
            Ok(Some(compiled)) => {
                self.vocabulary.add_pattern(pattern, compiled.clone());
                Some(Some(compiled))
            }
            Ok(None) => {
                let message = format!(
                    "the regular expressions of the policies weigh too much together; the limit \
                     is {limit}"
                );
                self.problem(offset, message);
                None
            }
            Err(error) => {
                let message = format!("the regular expression is not valid: {error}");
                self.problem_inside(offset, message);
                None
            }
        }
    }
}

/// The offset of the argument with the problem; that of the `Apply` if there is none, or if it is
/// absent.
pub(super) fn argument_offset(apply: &syntax::Apply, argument: Option<usize>) -> Offset {
    let argument = argument.and_then(|argument| apply.arguments.get(argument));
    argument.map_or(apply.offset, syntax::Expression::offset)
}

/// The message if the higher-order function `name` cannot take the function `applied`.
fn unfit(kind: HigherOrder, name: &str, applied: &Function) -> Option<String> {
    let inner = last_part(applied.id());
    let gives = applied.signature.returns;
    let message = match (kind, gives) {
        _ if matches!(applied.call, Call::HigherOrder(_)) => {
            format!("`{inner}` takes a function itself, so `{name}` cannot take it")
        }
        _ if matches!(applied.call, Call::Entity(_)) => {
            format!("`{inner}` gives a bag each time, so `{name}` cannot take it")
        }
        (HigherOrder::Map, Type::Bag(_)) => {
            format!("`{name}` makes a bag of values; `{inner}` gives a bag each time")
        }
        (HigherOrder::Map, _) | (_, Type::One(DataType::Boolean)) => return None,
        _ => format!(
            "`{name}` takes a function that gives a boolean; `{inner}` gives {}",
            with_article(gives)
        ),
    };
    Some(message)
}

pub(super) fn literal_of(expression: &Expression) -> Option<&Value> {
    match expression {
        Expression::Literal(value) => Some(value),
        _ => None,
    }
}
