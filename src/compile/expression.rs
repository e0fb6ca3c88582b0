//! Targets, conditions and expressions → typed, compiled expressions (§7.4).

use std::collections::HashMap;
use std::sync::Arc;

use super::Compiler;
use crate::attribute::Designator;
use crate::error::Offset;
use crate::function::regexp::{Regexp, Written};
use crate::function::{Call, Function, HigherOrder, Signature, Type};
use crate::limits::DEEPEST;
use crate::program::{Applied, Expression, FunctionId, Match, SlotId, VariableId};
use crate::syntax::{
    self, AllOf, AnyOf, AttributeDesignator, AttributeReference, AttributeValue, PolicyChild,
    Target, VariableDefinition,
};
use crate::value::{DataType, Value, XPathExpression};

/// An expression with what it gives and how deep it goes.
pub(super) struct Typed {
    pub(super) expression: Expression,
    pub(super) gives: Type,
    /// `Apply` elements nested in one another, through variables.
    height: usize,
    /// Variables met one inside the definition of the other.
    variables: usize,
}

impl Typed {
    fn leaf(expression: Expression, gives: Type) -> Self {
        Self {
            expression,
            gives,
            height: 0,
            variables: 0,
        }
    }
}

/// The variables of one policy (§7.8): each is compiled when it is first referred to.
pub(super) struct Variables<'a> {
    definitions: HashMap<&'a str, (&'a VariableDefinition, Progress)>,
    order: Vec<&'a str>,
    /// How much of the path of problems leads to the policy.
    base: usize,
    /// Definitions being compiled.
    depth: usize,
}

#[derive(Clone, Copy)]
enum Progress {
    New,
    Begun,
    Failed,
    Compiled {
        meaning: Meaning,
        gives: Type,
        height: usize,
        variables: usize,
    },
}

/// What a reference to a variable becomes.
#[derive(Clone, Copy)]
enum Meaning {
    /// A value that is evaluated once and kept.
    Kept(VariableId),
    /// An attribute: looking it up again is cheaper than keeping it.
    Slot(SlotId, bool),
}

impl<'a> Variables<'a> {
    /// For policy sets, which have no variables.
    pub(super) fn none() -> Self {
        Self {
            definitions: HashMap::new(),
            order: Vec::new(),
            base: 0,
            depth: 0,
        }
    }
}

impl<'a> Compiler<'a> {
    /// The variables a policy defines.
    pub(super) fn definitions(&mut self, policy: &'a syntax::Policy) -> Variables<'a> {
        let mut variables = Variables::none();
        variables.base = self.path.len();
        for child in &policy.children {
            let PolicyChild::Variable(variable) = child else {
                continue;
            };
            let id = variable.id.as_str();
            let known = variables.definitions.insert(id, (variable, Progress::New));
            if known.is_some() {
                let id = crate::xml::cut(id);
                let message = format!("a variable `{id}` is defined in this Policy already");
                self.problem(variable.offset, message);
            }
            variables.order.push(id);
        }
        variables
    }

    /// Compiles the variables that nothing referred to, for their problems.
    pub(super) fn all_definitions(&mut self, variables: &mut Variables<'a>) {
        for id in variables.order.clone() {
            self.definition(variables, id);
        }
    }

    /// A target as an expression; `Some(None)` for one that matches any request (§7.7).
    pub(super) fn target(
        &mut self,
        variables: &mut Variables<'a>,
        target: Option<&'a Target>,
    ) -> Option<Option<Expression>> {
        let Some(target) = target.filter(|target| !target.any_of.is_empty()) else {
            return Some(None);
        };
        let all: Vec<_> = target
            .any_of
            .iter()
            .map(|any_of| self.any_of(variables, any_of))
            .collect();
        let all: Vec<Expression> = all.into_iter().collect::<Option<_>>()?;
        Some(Some(single_or(all, Expression::And)))
    }

    fn any_of(&mut self, variables: &mut Variables<'a>, any_of: &'a AnyOf) -> Option<Expression> {
        if any_of.all_of.is_empty() {
            self.problem(any_of.offset, "`AnyOf` must have at least one `AllOf`");
            return None;
        }
        let some: Vec<_> = any_of
            .all_of
            .iter()
            .map(|all_of| self.all_of(variables, all_of))
            .collect();
        let some: Vec<Expression> = some.into_iter().collect::<Option<_>>()?;
        Some(single_or(some, Expression::Or))
    }

    fn all_of(&mut self, variables: &mut Variables<'a>, all_of: &'a AllOf) -> Option<Expression> {
        if all_of.matches.is_empty() {
            self.problem(all_of.offset, "`AllOf` must have at least one `Match`");
            return None;
        }
        let all: Vec<_> = all_of.matches.iter().map(|m| self.matching(m)).collect();
        let all: Vec<Expression> = all.into_iter().collect::<Option<_>>()?;
        let _ = variables;
        Some(single_or(all, Expression::And))
    }

    /// §7.6.
    fn matching(&mut self, matching: &'a syntax::Match) -> Option<Expression> {
        let function = self.function(&matching.function, matching.offset);
        let value = self.literal(&matching.value);
        let designator = match &matching.attribute {
            AttributeReference::Designator(designator) => designator,
            AttributeReference::Selector(selector) => {
                self.selector(selector.offset);
                return None;
            }
        };
        let slot = self.designator(designator);
        let ((id, function), value, (slot, data_type)) = (function?, value?, slot?);
        let name = last_part(function.id());
        if matches!(function.call, Call::HigherOrder(_)) {
            let message = format!("`{name}` takes a function, so it cannot be a MatchId");
            self.problem(matching.offset, message);
            return None;
        }
        let arguments = [Type::One(value.data_type()), Type::One(data_type)];
        if let Err(message) = check(&function, &arguments) {
            let message = format!(
                "{message} (argument 1 is the AttributeValue, argument 2 each \
                                   value of the attribute)"
            );
            self.problem(matching.offset, message);
            return None;
        }
        if function.signature.returns != Type::One(DataType::Boolean) {
            let gives = function.signature.returns;
            let message = format!(
                "a MatchId must give a boolean; `{name}` gives {}",
                with_article(gives)
            );
            self.problem(matching.offset, message);
            return None;
        }
        let pattern = self.pattern(&function, Some(&value), matching.value.offset)?;
        Some(Expression::Match(Box::new(Match {
            applied: Applied {
                function: id,
                pattern,
            },
            value,
            slot,
            must_be_present: designator.must_be_present,
        })))
    }

    /// Any expression, `depth` `Apply` elements down.
    pub(super) fn expression(
        &mut self,
        variables: &mut Variables<'a>,
        expression: &'a syntax::Expression,
        depth: usize,
    ) -> Option<Typed> {
        match expression {
            syntax::Expression::Apply(apply) => self.apply(variables, apply, depth),
            syntax::Expression::Value(value) => {
                let value = self.literal(value)?;
                let gives = Type::One(value.data_type());
                Some(Typed::leaf(Expression::Literal(value), gives))
            }
            syntax::Expression::Designator(designator) => {
                let (slot, data_type) = self.designator(designator)?;
                let expression = Expression::Slot {
                    slot,
                    must_be_present: designator.must_be_present,
                };
                Some(Typed::leaf(expression, Type::Bag(data_type)))
            }
            syntax::Expression::Selector(selector) => {
                self.selector(selector.offset);
                None
            }
            syntax::Expression::Function(function) => {
                self.problem(
                    function.offset,
                    "a Function may only be the first argument of a function that takes one, such \
                     as any-of or map",
                );
                None
            }
            syntax::Expression::Variable(reference) => {
                self.variable(variables, &reference.id, reference.offset)
            }
        }
    }

    fn apply(
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
        let function = self.function(&apply.function, apply.offset);
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
                self.function(&name.id, name.offset)
            }
            (_, Some(_)) => {
                let name = function.as_ref().map_or("", |(_, f)| last_part(f.id()));
                let message = format!("the first argument of `{name}` must be a Function");
                self.problem(apply.offset, message);
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
            None => self.plain(apply, id, &function, arguments)?,
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
        if let Err(message) = check(function, &types) {
            self.problem(apply.offset, message);
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
        let inner = last_part(applied.id());
        let bags = arguments
            .iter()
            .filter(|argument| matches!(argument.gives, Type::Bag(_)))
            .count();
        let count = arguments.len();
        let wrong = match kind {
            HigherOrder::AnyOf | HigherOrder::AllOf | HigherOrder::Map if bags != 1 => {
                Some(format!(
                    "`{name}` takes a function and arguments of which exactly one is a bag; \
                         here {bags} of {count} are"
                ))
            }
            HigherOrder::AnyOfAny if count == 0 => Some(format!(
                "`{name}` takes a function and at least one argument"
            )),
            HigherOrder::AllOfAny | HigherOrder::AnyOfAll | HigherOrder::AllOfAll
                if (bags, count) != (2, 2) =>
            {
                Some(format!(
                    "`{name}` takes a function and two bags; here {bags} of {count} \
                              arguments are bags"
                ))
            }
            _ if matches!(applied.call, Call::HigherOrder(_)) => Some(format!(
                "`{inner}` takes a function itself, so `{name}` cannot take it"
            )),
            HigherOrder::Map if matches!(applied.signature.returns, Type::Bag(_)) => Some(format!(
                "`{name}` makes a bag of values; `{inner}` gives a bag each time"
            )),
            HigherOrder::Map => None,
            _ if applied.signature.returns != Type::One(DataType::Boolean) => {
                let gives = applied.signature.returns;
                Some(format!(
                    "`{name}` takes a function that gives a boolean; `{inner}` gives {}",
                    with_article(gives)
                ))
            }
            _ => None,
        };
        if let Some(message) = wrong {
            self.problem(apply.offset, message);
            return None;
        }
        let types: Vec<Type> = arguments
            .iter()
            .map(|argument| Type::One(argument.gives.data_type()))
            .collect();
        if let Err(message) = check(&applied, &types) {
            let message = format!("{message} (as `{name}` applies it to single values)");
            self.problem(apply.offset, message);
            return None;
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
    fn pattern(
        &mut self,
        function: &Function,
        first: Option<&Value>,
        offset: Offset,
    ) -> Option<Option<Regexp>> {
        let (Call::Regexp, Some(pattern)) = (&function.call, first.and_then(Value::as_str)) else {
            return Some(None);
        };
        if let Some(known) = self.patterns.get(pattern) {
            return Some(Some(known.clone()));
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
                let pattern = self.text(pattern);
                self.patterns.insert(pattern, compiled.clone());
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
                self.problem(offset, message);
                None
            }
        }
    }

    fn variable(
        &mut self,
        variables: &mut Variables<'a>,
        id: &'a str,
        offset: Offset,
    ) -> Option<Typed> {
        let Some((_, progress)) = variables.definitions.get(id) else {
            let id = crate::xml::cut(id);
            self.problem(
                offset,
                format!("no variable `{id}` is defined in this Policy"),
            );
            return None;
        };
        if matches!(progress, Progress::Begun) {
            let id = crate::xml::cut(id);
            self.problem(
                offset,
                format!("the reference to `{id}` closes a circle of variables"),
            );
            return None;
        }
        // From a condition the first variable is no nesting yet.
        let most = self.options.limits.variable_depth.min(DEEPEST);
        if variables.depth > most {
            let message = format!("variables are nested too deep; the limit is {most}");
            self.problem(offset, message);
            return None;
        }
        let Progress::Compiled {
            meaning,
            gives,
            height,
            variables: below,
        } = self.definition(variables, id)
        else {
            return None;
        };
        if variables.depth + below > most {
            let message = format!("variables are nested too deep; the limit is {most}");
            self.problem(offset, message);
            return None;
        }
        let expression = match meaning {
            Meaning::Kept(variable) => Expression::Variable(variable),
            Meaning::Slot(slot, must_be_present) => Expression::Slot {
                slot,
                must_be_present,
            },
        };
        Some(Typed {
            expression,
            gives,
            height,
            variables: below + 1,
        })
    }

    fn definition(&mut self, variables: &mut Variables<'a>, id: &'a str) -> Progress {
        let Some((definition, progress)) = variables.definitions.get_mut(id) else {
            return Progress::Failed;
        };
        let definition: &'a VariableDefinition = definition;
        if !matches!(progress, Progress::New) {
            return *progress;
        }
        *progress = Progress::Begun;
        // Its problems are its own, not those of the rule that happened to refer to it first.
        let here = self.path.split_off(variables.base);
        variables.depth += 1;
        let name = format!("VariableDefinition `{}`", crate::xml::cut(id));
        let typed = self.within(name, |compiler| {
            compiler.expression(variables, &definition.expression, 0)
        });
        variables.depth -= 1;
        self.path.extend(here);
        let progress = match typed {
            None => Progress::Failed,
            Some(typed) => {
                let meaning = match typed.expression {
                    Expression::Slot {
                        slot,
                        must_be_present,
                    } => Meaning::Slot(slot, must_be_present),
                    expression => {
                        let kept = VariableId::next(self.variables.len());
                        self.variables.push(expression);
                        Meaning::Kept(kept)
                    }
                };
                Progress::Compiled {
                    meaning,
                    gives: typed.gives,
                    height: typed.height,
                    variables: typed.variables,
                }
            }
        };
        variables.definitions.insert(id, (definition, progress));
        progress
    }

    /// A literal, read as a value of its data type.
    pub(super) fn literal(&mut self, value: &'a AttributeValue) -> Option<Value> {
        let data_type = self.data_type(&value.data_type, value.offset)?;
        match (Value::parse(data_type, &value.text), data_type) {
            (Ok(Value::XPathExpression(expression)), _) => {
                let Some(category) = &value.xpath_category else {
                    self.problem(
                        value.offset,
                        "an xpathExpression must have an `XPathCategory`",
                    );
                    return None;
                };
                Some(Value::XPathExpression(Arc::new(XPathExpression {
                    text: expression.text.clone(),
                    category: self.text(category),
                    namespaces: value.namespaces.clone().into(),
                })))
            }
            (Ok(Value::String(text)), _) => Some(Value::String(self.text(&text))),
            (Ok(Value::AnyUri(text)), _) => Some(Value::AnyUri(self.text(&text))),
            (Ok(value), _) => Some(value),
            (Err(error), _) => {
                self.problem(value.offset, error.to_string());
                None
            }
        }
    }

    fn designator(&mut self, designator: &'a AttributeDesignator) -> Option<(SlotId, DataType)> {
        let data_type = self.data_type(&designator.data_type, designator.offset)?;
        let designator = Designator {
            category: self.text(&designator.category),
            id: self.text(&designator.id),
            data_type,
            issuer: designator.issuer.as_deref().map(|issuer| self.text(issuer)),
        };
        Some((self.slot(designator), data_type))
    }

    fn data_type(&mut self, uri: &str, offset: Offset) -> Option<DataType> {
        let known = DataType::from_uri(uri);
        if known.is_none() {
            let name = uri.rsplit(['#', ':']).next().unwrap_or(uri);
            let uri = crate::xml::cut(uri);
            let mut message = format!("the data type `{uri}` is not known");
            let similar = DataType::ALL
                .iter()
                .find(|data_type| data_type.short_name().eq_ignore_ascii_case(name));
            if let Some(similar) = similar {
                message += &format!("; did you mean `{}`?", similar.uri());
            }
            self.problem(offset, message);
        }
        known
    }

    fn selector(&mut self, offset: Offset) {
        self.problem(
            offset,
            "an AttributeSelector needs XPath, which this build does not have",
        );
    }
}

/// A single part stands for itself: joining it would change nothing.
fn single_or(mut parts: Vec<Expression>, join: fn(Box<[Expression]>) -> Expression) -> Expression {
    match parts.len() {
        1 => parts.remove(0),
        _ => join(parts.into()),
    }
}

fn literal_of(expression: &Expression) -> Option<&Value> {
    match expression {
        Expression::Literal(value) => Some(value),
        _ => None,
    }
}

fn last_part(id: &str) -> &str {
    id.rsplit(':').next().unwrap_or(id)
}

/// Whether a function takes arguments of these types, or what it takes instead.
fn check(function: &Function, arguments: &[Type]) -> Result<(), String> {
    let name = last_part(function.id());
    let Signature {
        parameters,
        repeated,
        ..
    } = &function.signature;
    let fits = match repeated {
        Some(_) => arguments.len() >= parameters.len(),
        None => arguments.len() == parameters.len(),
    };
    if !fits {
        let least = if repeated.is_some() { "at least " } else { "" };
        let plural = if parameters.len() == 1 { "" } else { "s" };
        return Err(format!(
            "function `{name}` takes {least}{} argument{plural}, found {}",
            parameters.len(),
            arguments.len()
        ));
    }
    let expected = parameters.iter().chain(repeated.iter().cycle());
    for (i, (expected, found)) in expected.zip(arguments).enumerate() {
        if expected == found {
            continue;
        }
        let hint = match (expected, found) {
            (Type::One(one), Type::Bag(bag)) if one == bag => {
                format!(
                    "; `{}-one-and-only` gives the value of a bag of one",
                    one.short_name()
                )
            }
            (Type::Bag(bag), Type::One(one)) if one == bag => {
                format!("; `{}-bag` makes a bag of values", one.short_name())
            }
            _ => String::new(),
        };
        return Err(format!(
            "function `{name}` takes {}, but argument {} is {}{hint}",
            with_article(*expected),
            i + 1,
            with_article(*found)
        ));
    }
    Ok(())
}

/// `a string`, `an integer`.
fn with_article(gives: Type) -> String {
    let text = gives.to_string();
    let article = if text.starts_with(['a', 'i']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {text}")
}
