//! Expressions and matches, with the functions that operators stand for.

use super::*;
use crate::error::last_part;
use crate::function::{Type, id, standard};
use crate::syntax::{Apply, AttributeDesignator, AttributeValue, Expression, FunctionName, Match};
use crate::value::DataType;

/// The function that an operator stands for between values of two types.
struct Meant<'t> {
    function: &'t str,
    returns: Typed<'t>,
    takes_bags: bool,
    /// The operator that stands for the same with its sides exchanged, and where it is looked for.
    inverse: Option<&'t str>,
    scope: ScopeNo,
}

impl<'t> Typed<'t> {
    fn one(data_type: &'t str) -> Self {
        Self {
            data_type,
            is_bag: false,
        }
    }

    fn of(of: Type) -> Typed<'static> {
        Typed {
            data_type: of.data_type().uri(),
            is_bag: matches!(of, Type::Bag(_)),
        }
    }

    /// As messages name it.
    fn shown(self) -> String {
        let name = cut(last_part(self.data_type));
        match self.is_bag {
            true => format!("a bag of {name}"),
            false => name,
        }
    }
}

type Lowered<'t> = (Expression, Option<Typed<'t>>);

impl<'t, 'a> Lowering<'t, 'a> {
    /// The expression of a term, and its type if that is known.
    pub(super) fn term(&mut self, scope: ScopeNo, term: &'t Term<'a>) -> Option<Lowered<'t>> {
        Some(match &term.kind {
            TermKind::Plain(_) | TermKind::Text(..) => {
                let (value, of) = self.literal(scope, term)?;
                (value.into(), Some(of))
            }
            TermKind::Attribute(used) => {
                let (designator, of) = self.designator(scope, used)?;
                (designator.into(), Some(of))
            }
            TermKind::Function(name) => {
                let function = self.function(scope, *name)?;
                (self.function_name(term.at, function.id)?, None)
            }
            TermKind::Call(name, arguments) => {
                let function = self.function(scope, *name);
                let mut made = Vec::new();
                for argument in arguments {
                    made.push(self.term(scope, argument));
                }
                let function = function?;
                let made = made
                    .into_iter()
                    .map(|made| Some(made?.0))
                    .collect::<Option<_>>()?;
                (self.apply(term.at, function.id, made)?, function.returns)
            }
            TermKind::Chain(symbol, at, terms) => {
                let mut made = Vec::new();
                for term in terms {
                    made.push(self.term(scope, term));
                }
                let made = made
                    .into_iter()
                    .map(|made| Some(made?.0))
                    .collect::<Option<_>>()?;
                let function = if *symbol == "&&" { id::AND } else { id::OR };
                let of = Typed::one(DataType::Boolean.uri());
                (self.apply(*at, function, made)?, Some(of))
            }
            TermKind::Operator(symbol, at, sides) => {
                let [left, right] = &**sides;
                let (left, right) = (self.term(scope, left), self.term(scope, right));
                self.operation(scope, symbol, *at, left?, right?)?
            }
        })
    }

    fn apply(
        &mut self,
        at: usize,
        function: &str,
        arguments: Vec<Expression>,
    ) -> Option<Expression> {
        self.make(at, function.len())?;
        Some(Expression::Apply(Apply {
            function: function.to_owned(),
            description: None,
            arguments,
            offset: self.offset(at),
        }))
    }

    fn function_name(&mut self, at: usize, function: &str) -> Option<Expression> {
        self.make(at, function.len())?;
        Some(Expression::Function(FunctionName {
            id: function.to_owned(),
            offset: self.offset(at),
        }))
    }

    fn literal(
        &mut self,
        scope: ScopeNo,
        term: &'t Term<'a>,
    ) -> Option<(AttributeValue, Typed<'t>)> {
        let (text, data_type) = match &term.kind {
            TermKind::Text(text, Some(name)) => (text, self.id(Sort::Type, scope, *name)?),
            TermKind::Text(text, None) => (text, DataType::String.uri()),
            TermKind::Plain(text) => {
                let of = match &**text {
                    "true" | "false" => DataType::Boolean,
                    number if number.contains('.') => DataType::Double,
                    _ => DataType::Integer,
                };
                (text, of.uri())
            }
            _ => return None,
        };
        self.make(term.at, text.len() + data_type.len())?;
        let value = AttributeValue {
            data_type: data_type.to_owned(),
            text: text.clone().into_owned(),
            offset: self.offset(term.at),
            ..AttributeValue::default()
        };
        Some((value, Typed::one(data_type)))
    }

    fn designator(
        &mut self,
        scope: ScopeNo,
        used: &'t AttributeUse<'a>,
    ) -> Option<(AttributeDesignator, Typed<'t>)> {
        let DeclaredAttribute {
            category,
            id,
            data_type,
        } = self.attribute(scope, used.name)?;
        let Some(category) = category else {
            let message = format!(
                "the attribute `{}` has no category, so it can be assigned and not be read",
                cut(used.name.text)
            );
            self.problem(used.name.at, message);
            return None;
        };
        let issuer = used.issuer.as_deref();
        let bytes = category.len() + id.len() + data_type.len() + issuer.map_or(0, str::len);
        self.make(used.name.at, bytes)?;
        let designator = AttributeDesignator {
            category: category.to_owned(),
            id: id.to_owned(),
            data_type: data_type.to_owned(),
            issuer: issuer.map(str::to_owned),
            must_be_present: used.must_be_present,
            offset: self.offset(used.name.at),
        };
        let of = Typed {
            data_type,
            is_bag: true,
        };
        Some((designator, of))
    }

    fn function(&mut self, scope: ScopeNo, name: Word<'_>) -> Option<Function<'t>> {
        match self.find(Sort::Function, scope, name)? {
            NameMeaning::Declared(number) => self.functions.get(&number).copied(),
            NameMeaning::Standard(id) => {
                // The types of some follow from their arguments.
                let is_fixed =
                    !["map", "attribute-designator", "attribute-selector"].contains(&last_part(id));
                let signature = standard(id).map(|function| &function.signature);
                let returns = signature
                    .filter(|_| is_fixed)
                    .map(|of| Typed::of(of.returns));
                Some(Function {
                    id,
                    returns,
                    inverse: names::inverse_function(id),
                })
            }
            NameMeaning::Attribute(_) => None,
        }
    }

    /// The operator that a file declares, where it is used.
    fn own_operator(
        &self,
        scope: ScopeNo,
        key: OperatorKey<'_>,
    ) -> Result<Option<OwnOperator<'t>>, NotFound> {
        let Some(declared) = self.operators.get(&key) else {
            return Ok(None);
        };
        let of = |namespace| declared.get(&namespace).copied();
        self.scopes.find_by_namespace(scope, of)
    }

    /// The function that an operator stands for between single values of two types.
    fn meant(&self, scope: ScopeNo, symbol: &str, left: &str, right: &str) -> Option<Meant<'t>> {
        if let Some(own) = self.own_operator(scope, (symbol, left, right)).ok()? {
            return Some(Meant {
                function: own.function,
                returns: own.returns,
                takes_bags: own.allows_bags,
                inverse: own.inverse,
                scope: own.scope,
            });
        }
        let standard = names::operator_between(symbol, left, right)?;
        Some(Meant {
            function: standard.function,
            returns: Typed::of(standard.returns),
            takes_bags: compares(symbol),
            inverse: names::inverse_symbol(symbol),
            scope,
        })
    }

    /// The function for an operator that has its sides exchanged, which are of these types then.
    fn exchanged(&self, meant: &Meant<'t>, left: &str, right: &str) -> Option<Meant<'t>> {
        self.meant(meant.scope, meant.inverse?, left, right)
    }

    fn operation(
        &mut self,
        scope: ScopeNo,
        symbol: &'t str,
        at: usize,
        (left, of_left): Lowered<'t>,
        (right, of_right): Lowered<'t>,
    ) -> Option<Lowered<'t>> {
        let (Some(of_left), Some(of_right)) = (of_left, of_right) else {
            let message = format!(
                "the type of one side of `{}` is not known; call a function instead",
                cut(symbol)
            );
            self.problem(at, message);
            return None;
        };
        let (a, b) = (of_left.data_type, of_right.data_type);
        let Some(meant) = self.meant(scope, symbol, a, b) else {
            self.no_operator(scope, symbol, at, of_left, of_right);
            return None;
        };
        if !of_left.is_bag && !of_right.is_bag {
            let made = self.apply(at, meant.function, vec![left, right])?;
            return Some((made, Some(meant.returns)));
        }
        if !meant.takes_bags {
            let bag = if of_left.is_bag { of_left } else { of_right };
            let short = last_part(bag.data_type);
            let message = format!(
                "`{}` takes single values, and one side is {}; write `{}OneAndOnly(…)`",
                cut(symbol),
                bag.shown(),
                cut(short)
            );
            self.problem(at, message);
            return None;
        }
        // Whether some value of the bag, or some of both, compare so.
        let (over, function, arguments) = match (of_left.is_bag, of_right.is_bag) {
            (true, true) => (id::ANY_OF_ANY, meant.function, [left, right]),
            (false, _) => (id::ANY_OF, meant.function, [left, right]),
            (true, false) => {
                let Some(inverse) = self.exchanged(&meant, b, a) else {
                    self.no_inverse(symbol, at);
                    return None;
                };
                (id::ANY_OF, inverse.function, [right, left])
            }
        };
        let function = self.function_name(at, function)?;
        let [first, second] = arguments;
        let made = self.apply(at, over, vec![function, first, second])?;
        Some((made, Some(meant.returns)))
    }

    fn no_operator(
        &mut self,
        scope: ScopeNo,
        symbol: &str,
        at: usize,
        left: Typed<'_>,
        right: Typed<'_>,
    ) {
        let own = self.symbols.contains(symbol);
        let shown = cut(symbol);
        let key = (symbol, left.data_type, right.data_type);
        let is_ambiguous = self.own_operator(scope, key).is_err();
        let elsewhere = self.operators.get(&key).and_then(BTreeMap::first_key_value);
        let elsewhere = elsewhere.map(|(_, own)| cut(self.scopes.path(own.scope)));
        let message = match (symbol, elsewhere) {
            _ if is_ambiguous => format!("`{shown}` is imported from several namespaces"),
            (_, Some(namespace)) => {
                format!("`{shown}` is of the namespace `{namespace}`; write `import {namespace}.*`")
            }
            ("!=", _) => "there is no operator `!=`; write `not(… == …)`".to_owned(),
            _ if !own && !names::is_operator(symbol) => format!("there is no operator `{shown}`"),
            _ => {
                let (left, right) = (Typed::one(left.data_type), Typed::one(right.data_type));
                let hint = match left == right {
                    true => "",
                    false => {
                        "; a text in quotes takes a type behind it, as in `\"2026-01-31\":date`"
                    }
                };
                let (left, right) = (left.shown(), right.shown());
                format!("`{shown}` is not defined for {left} and {right}{hint}")
            }
        };
        self.problem(at, message);
    }

    fn no_inverse(&mut self, symbol: &str, at: usize) {
        let symbol = cut(symbol);
        let message = format!(
            "`{symbol}` has no operator for its sides exchanged; the value comes first, the attribute second"
        );
        self.problem(at, message);
    }

    /// A match of a target: an operator or a function between a value and an attribute.
    pub(super) fn matching(&mut self, scope: ScopeNo, term: &'t Term<'a>) -> Option<Match> {
        let (sides, at): ([&'t Term<'a>; 2], usize) = match &term.kind {
            TermKind::Operator(_, at, sides) => ([&sides[0], &sides[1]], *at),
            TermKind::Call(_, arguments) => match &arguments[..] {
                [first, second] => ([first, second], term.at),
                _ => return self.no_match(term),
            },
            _ => return self.no_match(term),
        };
        let (value, used, is_turned) = match [&sides[0].kind, &sides[1].kind] {
            [
                TermKind::Plain(_) | TermKind::Text(..),
                TermKind::Attribute(used),
            ] => (sides[0], used, false),
            [
                TermKind::Attribute(used),
                TermKind::Plain(_) | TermKind::Text(..),
            ] => (sides[1], used, true),
            // A text without its quotes looks like an attribute.
            [TermKind::Attribute(one), TermKind::Attribute(other)] => {
                let are_known = [one, other].map(|used| self.attribute(scope, used.name).is_some());
                return match are_known {
                    [true, true] => self.no_match(term),
                    _ => None,
                };
            }
            _ => return self.no_match(term),
        };
        let value = self.literal(scope, value);
        let attribute = self.designator(scope, used);
        let function = match &term.kind {
            TermKind::Call(name, _) => {
                let function = self.function(scope, *name)?;
                match is_turned {
                    false => Some(function.id),
                    true if function.inverse.is_some() => function.inverse,
                    true => {
                        let name = cut(name.text);
                        let message = format!(
                            "`{name}` has no function for its arguments exchanged; in a target the \
                             value comes first, the attribute second"
                        );
                        self.problem(at, message);
                        None
                    }
                }
            }
            TermKind::Operator(symbol, ..) => {
                let sides = [value.as_ref()?.1, attribute.as_ref()?.1];
                let [left, right] = match is_turned {
                    true => [sides[1], sides[0]],
                    false => sides,
                };
                let (a, b) = (left.data_type, right.data_type);
                let meant = self.meant(scope, symbol, a, b);
                match meant {
                    None => {
                        self.no_operator(scope, symbol, at, left, right);
                        None
                    }
                    Some(meant) if is_turned => {
                        let meant = self.exchanged(&meant, b, a);
                        if meant.is_none() {
                            self.no_inverse(symbol, at);
                        }
                        meant.map(|meant| meant.function)
                    }
                    Some(meant) => Some(meant.function),
                }
            }
            _ => None,
        }?;
        self.make(at, function.len())?;
        Some(Match {
            function: function.to_owned(),
            value: value?.0,
            attribute: attribute?.0.into(),
            offset: self.offset(term.at),
        })
    }

    fn no_match(&mut self, term: &Term<'_>) -> Option<Match> {
        let message = "a target compares an attribute with a value, by an operator or a function of \
                       both; anything else is a `condition`";
        self.problem(term.at, message);
        None
    }
}
