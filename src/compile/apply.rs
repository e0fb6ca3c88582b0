//! `Apply` → a function applied to compiled arguments, types checked (§7.4, A.3).

use std::sync::Arc;

use super::Compiler;
use super::expression::{TypedExpression, single_or};
use super::signature::{hint, misfits, with_article};
use super::variable::Variables;
use crate::error::{Offset, last_part};
use crate::function::regexp::{Regexp, Written};
use crate::function::{Call, Function, HigherOrder, Type};
use crate::limits::{DEEPEST, exceeded};
use crate::program::{
    AllOfAny, Applied, Apply, BagOf, Condition, Expression, FunctionId, Products, RegexpMatch, Term,
};
use crate::syntax;
use crate::value::{DataType, Value};

impl<'a> Compiler<'a> {
    /// `Apply`, itself `depth` `Apply` elements down (§5.27).
    pub(super) fn apply(
        &mut self,
        variables: &mut Variables<'a>,
        apply: &'a syntax::Apply,
        depth: usize,
    ) -> Option<TypedExpression> {
        let limit = self.options.limits.apply_depth.min(DEEPEST);
        if depth >= limit {
            let message = exceeded("Apply elements are nested too deep", limit, "apply_depth");
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
        let arguments: Vec<Option<TypedExpression>> = rest
            .iter()
            .map(|argument| self.expression(variables, argument, depth + 1))
            .collect();
        let applied_to = match (&apply.arguments[..], higher_order) {
            ([syntax::Expression::Function(name), ..], is_taken)
                if is_taken.is_some() || function.is_none() =>
            {
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
        let (id, function) = function?;
        let compiled = || arguments.iter().flatten();
        let height = 1 + compiled().map(|a| a.height).max().unwrap_or(0);
        let nested = compiled().map(|a| a.variables).max().unwrap_or(0);
        if depth + height > limit {
            let what = "Apply elements are nested too deep, counted through variables";
            let message = exceeded(what, limit, "apply_depth");
            self.problem(apply.offset, message);
            return None;
        }
        let (expression, gives) = match higher_order {
            Some(kind) => self.higher_order(apply, &function, kind, applied_to, arguments)?,
            None => match function.call {
                Call::Entity(of) => self.entity_function(apply, of, arguments)?,
                _ => self.plain(apply, id, &function, arguments)?,
            },
        };
        Some(TypedExpression {
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
        mut arguments: Vec<Option<TypedExpression>>,
    ) -> Option<(Expression, Type)> {
        let misfits = misfits(function, &types_of(&arguments));
        let mut fits = Some(()).filter(|()| misfits.is_empty());
        for misfit in misfits {
            if let Some(blamed) = misfit.argument {
                arguments[blamed] = None;
            }
            self.problem(argument_offset(apply, misfit.argument), misfit.message);
        }
        let pattern = self.pattern_of(apply, 0, function, &arguments);
        if let Call::Nodes(_) = function.call {
            fits = fits.and(self.of_nodes(apply, function, &mut arguments));
        }
        let arguments = expressions_of(arguments);
        let ((), pattern, mut arguments) = (fits?, pattern?, arguments?);
        let gives = function.signature.returns;
        let at = |argument| argument_offset(apply, Some(argument));
        let expression = match (&function.call, pattern) {
            (Call::And, _) => single_or(self.conditions(arguments, apply)?, Condition::And).into(),
            (Call::Or, _) => single_or(self.conditions(arguments, apply)?, Condition::Or).into(),
            (Call::NOf, _) => {
                let count = self.shaped(arguments.remove(0).term(), at(0))?;
                let parts = self.conditions(arguments, apply)?;
                Condition::NOf(Box::new(count), parts.into()).into()
            }
            (_, Some(pattern)) => Condition::RegexpMatch(Box::new(RegexpMatch {
                function: id,
                pattern,
                text: self.shaped(arguments.remove(1).term(), at(1))?,
            }))
            .into(),
            _ => {
                let apply = Apply {
                    function: id,
                    arguments: arguments.into(),
                };
                match gives {
                    Type::One(_) => Term::Apply(apply).into(),
                    Type::Bag(_) => BagOf::Apply(apply).into(),
                }
            }
        };
        Some((expression, gives))
    }

    fn conditions(
        &mut self,
        arguments: Vec<Expression>,
        apply: &syntax::Apply,
    ) -> Option<Vec<Condition>> {
        let all = arguments.into_iter().map(Expression::condition);
        self.shaped(all.collect(), apply.offset)
    }

    /// A.3.12. What a higher-order function takes follows from the function it is given.
    fn higher_order(
        &mut self,
        apply: &'a syntax::Apply,
        function: &Function,
        kind: HigherOrder,
        applied_to: Option<(FunctionId, Arc<Function>)>,
        arguments: Vec<Option<TypedExpression>>,
    ) -> Option<(Expression, Type)> {
        let name = last_part(function.id());
        let all: Option<Vec<Type>> = types_of(&arguments).into_iter().collect();
        let mut problems = Vec::new();
        // Without the type of each argument nobody can say how many bags there are.
        if let Some(all) = all {
            problems.extend(wrong_bags(apply, kind, name, &all));
        }
        let (applied_id, applied) = match applied_to {
            Some((id, applied)) => (Some(id), Some(applied)),
            None => (None, None),
        };
        if let Some(applied) = &applied {
            let unfit = unfit(kind, name, applied);
            problems.extend(unfit.map(|message| (message, argument_offset(apply, Some(0)))));
            if problems.is_empty() {
                let one = |argument: Option<Type>| Some(Type::One(argument?.data_type()));
                let types: Vec<_> = types_of(&arguments).into_iter().map(one).collect();
                problems.extend(misfits(applied, &types).into_iter().map(|misfit| {
                    let message = format!(
                        "{} (as `{name}` applies it to single values)",
                        misfit.message
                    );
                    let at = misfit.argument.map(|argument| argument + 1);
                    (message, argument_offset(apply, at))
                }));
            }
        }
        let is_wrong = !problems.is_empty();
        for (message, at) in problems {
            self.problem(at, message);
        }
        let applied = applied?;
        if is_wrong {
            return None;
        }
        let pattern = self.pattern_of(apply, 1, &applied, &arguments);
        let mut fits = Some(());
        if let Call::Nodes(_) = applied.call {
            fits = self.of_nodes_each(apply, &applied, &arguments);
        }
        let arguments = expressions_of(arguments);
        let ((), pattern, arguments) = (fits?, pattern?, arguments?);
        let products = Products {
            applied: Applied {
                is_of_each: matches!(kind, HigherOrder::AnyOfAny | HigherOrder::AllOfAll),
                function: applied_id?,
                pattern,
            },
            arguments: arguments.into(),
        };
        let condition = match kind {
            HigherOrder::Map => {
                let gives = Type::Bag(applied.signature.returns.data_type());
                return Some((BagOf::Map(Box::new(products)).into(), gives));
            }
            HigherOrder::AnyOf | HigherOrder::AnyOfAny => Condition::AnyOf(products),
            HigherOrder::AllOf | HigherOrder::AllOfAll => Condition::AllOf(products),
            HigherOrder::AllOfAny | HigherOrder::AnyOfAll => {
                let mut bags = products.arguments.into_iter().map(Expression::bag);
                let mut bag = |at| self.shaped(bags.next()?, argument_offset(apply, Some(at)));
                Condition::AllOfAny(Box::new(AllOfAny {
                    is_any_of_all: kind == HigherOrder::AnyOfAll,
                    applied: products.applied,
                    first: bag(1)?,
                    second: bag(2)?,
                }))
            }
        };
        Some((condition.into(), Type::One(DataType::Boolean)))
    }

    /// The compiled regular expression among the arguments, the first of which is written at the
    /// place `first` in the `Apply`.
    #[expect(clippy::option_option, reason = "no pattern is no failure")]
    fn pattern_of(
        &mut self,
        apply: &syntax::Apply,
        first: usize,
        function: &Function,
        arguments: &[Option<TypedExpression>],
    ) -> Option<Option<Regexp>> {
        let typed = arguments.first().and_then(Option::as_ref);
        let literal = typed.and_then(|typed| literal_of(&typed.expression));
        self.pattern(function, literal, argument_offset(apply, Some(first)))
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
                let what = "the regular expressions of the policies weigh too much together";
                let message = exceeded(what, limit, "patterns");
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

/// Compiled arguments; none if one has a problem.
pub(super) fn expressions_of(arguments: Vec<Option<TypedExpression>>) -> Option<Vec<Expression>> {
    let arguments = arguments.into_iter();
    arguments.map(|typed| Some(typed?.expression)).collect()
}

/// The types of compiled arguments; none for one with a problem.
fn types_of(arguments: &[Option<TypedExpression>]) -> Vec<Option<Type>> {
    let gives = |typed: &Option<TypedExpression>| typed.as_ref().map(|typed| typed.gives);
    arguments.iter().map(gives).collect()
}

/// The message, with its place, if the higher-order function `name` takes another number of
/// arguments or bags than these.
fn wrong_bags(
    apply: &syntax::Apply,
    kind: HigherOrder,
    name: &str,
    arguments: &[Type],
) -> Option<(String, Offset)> {
    let is_bag = |argument: &Type| matches!(argument, Type::Bag(_));
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
        let of = arguments[i].data_type();
        match is_bag(&arguments[i]) {
            true => hint(Type::One(of), Type::Bag(of)),
            false => hint(Type::Bag(of), Type::One(of)),
        }
    };
    match kind {
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
        _ => None,
    }
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
        Expression::Term(Term::Literal(value)) => Some(value),
        _ => None,
    }
}
