//! Residuals → policies of XACML.
//!
//! An expression stands for a node and an end that it leads to: it is True if the answers from there on
//! lead to that end, and else False. Each end is a rule on the expression of the beginning. What
//! several answers lead to is a variable, and so is what would nest too deep.

use std::collections::HashMap;

use indexmap::IndexSet;

use super::class_set::{ClassBound, ClassValues, chain, groups, is_all, together};
use super::diagram::node::{Branch, DiagramNode, LeafValue, NodeId};
use super::diagram::policy::FiredWhat;
use super::diagram::space::Space;
use super::diagram::variable::{Count, ValueClass, Variable, VariableKind};
use super::residual::{Diagram, Residual, ValueTest, test, value_of};
use crate::attribute::Designator;
use crate::combining::rule::DENY_OVERRIDES;
use crate::decision::{Effect, ExtendedDecision};
use crate::function::{id, standard};
use crate::syntax::{
    AdviceExpression, Apply, AttributeDesignator, Expression, ObligationExpression, Offset, Policy,
    Quantified, Quantifier, Rule,
};
use crate::value::{DataType, Value};

/// The reason why a residual is no policy of XACML.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ResidualPolicyError {
    /// A test of an attribute that may fail, or that is of a data type of the host.
    #[error("no condition of XACML says exactly what is asked of the {attribute}: {test}")]
    Inexact {
        /// The attribute.
        attribute: Designator,
        /// The test, and why it cannot be said.
        test: String,
    },
    /// An expression that is taken [whole](super::Question::Whole).
    #[error("no policy is made of `{text}`, which is no test of one attribute")]
    Whole {
        /// The functions, and what they are applied to.
        text: String,
    },
    /// An obligation or advice that has attributes: their values are not part of a residual.
    #[error("the obligation or advice `{0}` has attributes, which are no part of a residual")]
    Assignments(String),
    /// The policy is larger than its budget.
    #[error("the policy is larger than its budget: leave fewer attributes open")]
    TooLarge,
}

impl Residual {
    /// Makes a policy of XACML 3.0 that decides as the residual does, with the obligations and advice:
    /// what another PDP, which has the open attributes, needs of these policies.
    ///
    /// It combines by `deny-overrides`, under which its rules have each Indeterminate that the
    /// policies had (§7.12). ClassValues between two others are found by `ForAny` (Related and Nested
    /// Entities Profile) where an attribute may have several, and so are those that are named nowhere
    /// and pass a test; the rest is of the core.
    ///
    /// ```
    /// use vedtak::attribute::category;
    /// use vedtak::{Pdp, Request};
    /// # use vedtak::attribute::Designator;
    /// # use vedtak::function::id;
    /// # use vedtak::syntax::*;
    /// # let action = Designator::new(category::ACTION, "action", vedtak::value::DataType::String);
    /// # let of = AttributeDesignator::from(&action);
    /// # let target = Target::new().any_of([Match::new(id::STRING_EQUAL, "read", of)]);
    /// # let rule = Rule::permit("all-read").target(target);
    /// # let policy = Policy::new("letters", vedtak::combining::rule::DENY_OVERRIDES).rule(rule);
    /// # let pdp = Pdp::builder().document(policy).build()?;
    /// let request = Request::builder().subject("role", "clerk").build();
    /// let residual = pdp.analysis(&request).open_category(category::ACTION).residual()?;
    /// let rest = residual.to_policy("letters-of-clerks", 10_000)?;
    /// let rest = Pdp::builder().document(rest).build()?;
    /// let request = Request::builder().attribute(category::ACTION, "action", "read").build();
    /// assert_eq!(rest.decide(&request).decision(), vedtak::Decision::Permit);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// It asks for an expression that is taken whole, or for something that no condition says; an
    /// obligation has attributes; or the policy has more than `budget` expressions. Where the
    /// residual is a chain of very many questions that share their ends, the variables may be nested
    /// deeper than the [limit](crate::Limits) of the PDP that is to read it.
    pub fn to_policy(
        &self,
        id: impl Into<String>,
        budget: usize,
    ) -> Result<Policy, ResidualPolicyError> {
        let Diagram { nodes, space } = &*self.diagram;
        let below = nodes.below(self.root);
        let mut ends: IndexSet<LeafValue> = IndexSet::new();
        // The ends that each node leads to.
        let mut leads: HashMap<NodeId, Vec<usize>> = HashMap::new();
        let mut policy = Policy::new(id, DENY_OVERRIDES);
        let mut writer = AnswerWriter {
            space,
            quantified: 0,
        };
        let mut left = budget;
        let mut spend = |expressions: usize| {
            let rest = left.checked_sub(expressions);
            left = rest.ok_or(ResidualPolicyError::TooLarge)?;
            Ok(())
        };
        // The answers that lead to each node.
        let mut led: HashMap<NodeId, usize> = HashMap::new();
        for id in &below {
            if let DiagramNode::Branch(branch) = nodes.node(*id) {
                for (_, to) in writer.answers(nodes, branch)? {
                    *led.entry(to).or_default() += 1;
                }
            }
        }
        // What is no variable: one of these lists holds.
        let mut inline: HashMap<(NodeId, usize), Vec<Vec<Expression>>> = HashMap::new();
        for (place, id) in below.iter().enumerate() {
            let branch = match nodes.node(*id) {
                DiagramNode::Leaf(leaf) => {
                    let end = ends.insert_full(value_of(*leaf)).0;
                    leads.insert(*id, vec![end]);
                    continue;
                }
                DiagramNode::Branch(branch) => branch,
            };
            let answers = writer.answers(nodes, branch)?;
            let mut own: Vec<usize> = answers
                .iter()
                .flat_map(|(_, to)| leads[to].clone())
                .collect();
            own.sort_unstable();
            own.dedup();
            for end in &own {
                let mut lists: Vec<Vec<Expression>> = Vec::new();
                for (answer, to) in answers.iter().filter(|(_, to)| leads[to].contains(end)) {
                    if leads[to].len() == 1 {
                        spend(size(answer))?;
                        lists.push(vec![answer.clone()]);
                        continue;
                    }
                    let rest = inline.remove(&(*to, *end)).unwrap_or_else(|| {
                        let to = below.binary_search(to).unwrap_or_default();
                        vec![vec![Expression::variable(name(to, *end))]]
                    });
                    // Side by side while they are few, and else within each other.
                    let rest = match rest.iter().map(Vec::len).sum::<usize>() {
                        0..=MOST_SIDE_BY_SIDE => rest,
                        _ => vec![vec![any_of(rest)]],
                    };
                    for list in rest {
                        spend(size(answer))?;
                        lists.push([vec![answer.clone()], list].concat());
                    }
                }
                let is_shared = led.get(id).is_some_and(|led| *led > 1);
                if is_shared || *id == self.root {
                    policy = policy.variable(name(place, *end), any_of(lists));
                } else {
                    inline.insert((*id, *end), lists);
                }
            }
            leads.insert(*id, own);
        }
        let root = below.len().saturating_sub(1);
        for end in leads.remove(&self.root).unwrap_or_default() {
            let reaches = match nodes.as_leaf(self.root) {
                Some(_) => None,
                None => Some(Expression::variable(name(root, end))),
            };
            for rule in self.rules(ends[end], end, reaches)? {
                policy = policy.rule(rule);
            }
        }
        Ok(policy)
    }

    /// The rules of an end, which apply where it is reached.
    fn rules(
        &self,
        end: LeafValue,
        number: usize,
        reaches: Option<Expression>,
    ) -> Result<Vec<Rule>, ResidualPolicyError> {
        let effects: &[Effect] = match end.value {
            ExtendedDecision::NotApplicable => &[],
            ExtendedDecision::Permit | ExtendedDecision::IndeterminateP => &[Effect::Permit],
            ExtendedDecision::Deny | ExtendedDecision::IndeterminateD => &[Effect::Deny],
            ExtendedDecision::IndeterminateDP => &[Effect::Permit, Effect::Deny],
        };
        let mut rules = Vec::new();
        for effect in effects {
            let name = format!("{}-{number}", end_name(end.value, *effect));
            let mut rule = match effect {
                Effect::Permit => Rule::permit(name),
                Effect::Deny => Rule::deny(name),
            };
            let condition = match (end.value.is_indeterminate(), reaches.clone()) {
                (false, reaches) => reaches,
                (true, None) => Some(indeterminate()),
                // False, and not Indeterminate, where it is not reached.
                (true, Some(reaches)) => Some(apply(id::AND, [reaches, indeterminate()])),
            };
            if let Some(condition) = condition {
                rule = rule.condition(condition);
            }
            if !end.value.is_indeterminate() {
                for item in self.diagram.nodes.fired(end.fired) {
                    let FiredWhat::Obligation {
                        is_advice,
                        id,
                        assignments,
                    } = &*item.what
                    else {
                        continue;
                    };
                    if !assignments.is_empty() {
                        return Err(ResidualPolicyError::Assignments(id.to_string()));
                    }
                    rule = match is_advice {
                        true => rule.advice(AdviceExpression::new(&**id, *effect)),
                        false => rule.obligation(ObligationExpression::new(&**id, *effect)),
                    };
                }
            }
            rules.push(rule);
        }
        Ok(rules)
    }
}

/// The answers that stand side by side in an expression, of which one is nested in the other else:
/// readers limit how deep expressions nest.
const MOST_SIDE_BY_SIDE: usize = 200;

/// One of the lists holds, with all its parts.
fn any_of(lists: Vec<Vec<Expression>>) -> Expression {
    let lists = lists.into_iter().map(|mut list| match list.len() {
        1 => list.remove(0),
        _ => apply(id::AND, list),
    });
    any(lists.collect())
}

/// The number of expressions in an expression.
fn size(expression: &Expression) -> usize {
    match expression {
        Expression::Apply(apply) => 1 + apply.arguments.iter().map(size).sum::<usize>(),
        _ => 1,
    }
}

fn name(place: usize, end: usize) -> String {
    format!("node-{place}-leads-to-{end}")
}

fn end_name(value: ExtendedDecision, effect: Effect) -> &'static str {
    match (value.is_indeterminate(), effect) {
        (true, Effect::Permit) => "indeterminate-permit",
        (true, Effect::Deny) => "indeterminate-deny",
        (false, Effect::Permit) => "permit",
        (false, Effect::Deny) => "deny",
    }
}

/// An expression that is Indeterminate: the only value of an empty bag.
fn indeterminate() -> Expression {
    let empty = apply(id::BOOLEAN_BAG, []);
    apply(id::BOOLEAN_ONE_AND_ONLY, [empty])
}

fn apply(function: &str, arguments: impl IntoIterator<Item = Expression>) -> Expression {
    let mut apply = Apply::new(function);
    apply.arguments.extend(arguments);
    apply.into()
}

fn any(mut parts: Vec<Expression>) -> Expression {
    match parts.len() {
        1 => parts.remove(0),
        _ => apply(id::OR, parts),
    }
}

fn not(expression: Expression) -> Expression {
    apply(id::NOT, [expression])
}

/// Writes answers as expressions that are True or False.
struct AnswerWriter<'s> {
    space: &'s Space,
    /// The number of quantified expressions, each of which has a variable of its own.
    quantified: usize,
}

impl AnswerWriter<'_> {
    fn answers<F: Clone + Eq + std::hash::Hash>(
        &mut self,
        nodes: &super::diagram::node::Nodes<F>,
        branch: &Branch,
    ) -> Result<Vec<(Expression, NodeId)>, ResidualPolicyError> {
        if let Some(chain) = chain(nodes, branch) {
            let has = self.has(chain.attribute, &chain.classes, false)?;
            return Ok(vec![(has.clone(), chain.yes), (not(has), chain.no)]);
        }
        let groups = groups(self.space, branch).into_iter();
        let answers = groups.map(|group| {
            let answer = self.answer(branch.variable, &group.outcomes)?;
            Ok((answer, group.to))
        });
        answers.collect()
    }

    /// Whether the answer to a question is one of these.
    fn answer(
        &mut self,
        variable: Variable,
        outcomes: &[u32],
    ) -> Result<Expression, ResidualPolicyError> {
        let is_one = |outcome: u32| outcomes.contains(&outcome);
        Ok(match variable.asks() {
            VariableKind::Value(attribute) => {
                let classes: Vec<u32> = outcomes
                    .iter()
                    .copied()
                    .filter(|class| ValueClass(*class) < ValueClass::SEVERAL)
                    .collect();
                let mut parts = Vec::new();
                let [none, several] =
                    [ValueClass::ABSENT, ValueClass::SEVERAL].map(|class| is_one(class.0));
                let is_any = is_all(self.space, attribute, &classes);
                if let Some(count) = self.count(attribute, [none, is_any, several])? {
                    parts.push(count);
                }
                if !classes.is_empty() && !is_any {
                    let one = self.count(attribute, [false, true, false])?;
                    let has = self.has(attribute, &classes, true)?;
                    parts.push(apply(id::AND, one.into_iter().chain([has])));
                }
                any(parts)
            }
            VariableKind::Count(attribute) => {
                let counts = [Count::NONE, Count::ONE, Count::SEVERAL].map(is_one);
                any(self.count(attribute, counts)?.into_iter().collect())
            }
            VariableKind::Has(attribute, class) => {
                let has = self.has(attribute, &[class.0], false)?;
                if is_one(1) { has } else { not(has) }
            }
            VariableKind::Passes(attribute, number) => {
                let passes = self.passes(attribute, number)?;
                match (is_one(1), is_one(0)) {
                    (true, _) => passes,
                    (false, true) => not(passes),
                    // It is never Indeterminate.
                    (false, false) => any(Vec::new()),
                }
            }
            VariableKind::Whole(number) => {
                let whole = self.space.whole.get_index(number as usize);
                let text = whole.map(|(_, whole)| whole.text.clone());
                let text = text.unwrap_or_default();
                return Err(ResidualPolicyError::Whole { text });
            }
        })
    }

    fn bag(&self, attribute: u32) -> Expression {
        AttributeDesignator::from(&self.space.tested(attribute).designator).into()
    }

    fn inexact(&self, attribute: u32, test: String) -> ResidualPolicyError {
        ResidualPolicyError::Inexact {
            attribute: self.space.tested(attribute).designator.clone(),
            test,
        }
    }

    /// The function of an attribute's data type whose name ends so.
    fn function(&self, attribute: u32, name: &str) -> Result<String, ResidualPolicyError> {
        let of = self
            .space
            .tested(attribute)
            .designator
            .data_type
            .short_name();
        let ids = ["1.0", "2.0", "3.0"]
            .map(|version| format!("urn:oasis:names:tc:xacml:{version}:function:{of}-{name}"));
        let found = ids.into_iter().find(|id| standard(id).is_some());
        found.ok_or_else(|| self.inexact(attribute, format!("the type `{of}` has no `{name}`")))
    }

    /// Whether there are none, one or several values, if that is among what is asked for; none if
    /// nothing is.
    fn count(
        &self,
        attribute: u32,
        counts: [bool; 3],
    ) -> Result<Option<Expression>, ResidualPolicyError> {
        let size = apply(
            &self.function(attribute, "bag-size")?,
            [self.bag(attribute)],
        );
        let is = |function: &str, number: i64| {
            Some(apply(function, [size.clone(), Expression::value(number)]))
        };
        Ok(match counts {
            [false, false, false] => None,
            [true, true, true] => Some(apply(id::AND, [])),
            [true, true, false] => is(id::INTEGER_LESS_THAN, 2),
            [true, false, true] => is(id::INTEGER_EQUAL, 1).map(not),
            [false, true, true] => is(id::INTEGER_GREATER_THAN, 0),
            [true, false, false] => is(id::INTEGER_EQUAL, 0),
            [false, true, false] => is(id::INTEGER_EQUAL, 1),
            [false, false, true] => is(id::INTEGER_GREATER_THAN, 1),
        })
    }

    /// Whether an attribute has a value of one of these classes; `is_only`: where it has one value.
    fn has(
        &mut self,
        attribute: u32,
        wanted: &[u32],
        is_only: bool,
    ) -> Result<Expression, ResidualPolicyError> {
        let values = together(self.space, attribute, wanted);
        let mut parts = Vec::new();
        for values in values {
            parts.push(self.has_values(attribute, &values, is_only)?);
        }
        Ok(any(parts))
    }

    fn has_values(
        &mut self,
        attribute: u32,
        values: &ClassValues,
        is_only: bool,
    ) -> Result<Expression, ResidualPolicyError> {
        let bag = self.bag(attribute);
        let is_folded = self.space.tested(attribute).is_folded;
        let ignoring_case = Expression::function(id::STRING_EQUAL_IGNORE_CASE);
        Ok(match values {
            ClassValues::NotIn(points) if points.is_empty() => {
                let size = apply(&self.function(attribute, "bag-size")?, [bag]);
                apply(id::INTEGER_GREATER_THAN, [size, Expression::value(0)])
            }
            ClassValues::In(points) => {
                let points = self.points(attribute, points)?;
                match is_folded {
                    true => apply(id::ANY_OF_ANY, [ignoring_case, bag, points]),
                    false => {
                        let function = self.function(attribute, "at-least-one-member-of")?;
                        apply(&function, [bag, points])
                    }
                }
            }
            ClassValues::NotIn(points) => {
                let points = self.points(attribute, points)?;
                not(match is_folded {
                    true => apply(id::ALL_OF_ANY, [ignoring_case, bag, points]),
                    false => apply(&self.function(attribute, "subset")?, [bag, points]),
                })
            }
            ClassValues::Between { after, before } => {
                let after = after.as_ref().map(|bound| (bound, "greater-than"));
                let before = before.as_ref().map(|bound| (bound, "less-than"));
                let bounds: Vec<_> = after.into_iter().chain(before).collect();
                match is_only || bounds.len() == 1 {
                    true => {
                        let any_of = |(bound, name): &(&ClassBound, &str)| {
                            let function =
                                Expression::function(self.compare(attribute, bound, name)?);
                            let point = self.point(attribute, bound.point);
                            Ok(apply(id::ANY_OF, [function, bag.clone(), point]))
                        };
                        let all = bounds.iter().map(any_of);
                        apply(id::AND, all.collect::<Result<Vec<_>, _>>()?)
                    }
                    false => self.for_any(bag, |writer, value| {
                        let compared = bounds.iter().map(|(bound, name)| {
                            let function = writer.compare(attribute, bound, name)?;
                            let point = writer.point(attribute, bound.point);
                            Ok(apply(&function, [value.clone(), point]))
                        });
                        Ok(apply(id::AND, compared.collect::<Result<Vec<_>, _>>()?))
                    })?,
                }
            }
        })
    }

    fn compare(
        &self,
        attribute: u32,
        bound: &ClassBound,
        name: &str,
    ) -> Result<String, ResidualPolicyError> {
        let equal = if bound.is_included { "-or-equal" } else { "" };
        self.function(attribute, &format!("{name}{equal}"))
    }

    /// A quantified expression: some value of a bag is as `iterant` says.
    fn for_any(
        &mut self,
        bag: Expression,
        iterant: impl FnOnce(&mut Self, Expression) -> Result<Expression, ResidualPolicyError>,
    ) -> Result<Expression, ResidualPolicyError> {
        self.quantified += 1;
        let variable = format!("value-{}", self.quantified);
        let iterant = iterant(self, Expression::variable(&variable))?;
        Ok(Quantified {
            quantifier: Quantifier::ForAny,
            variable,
            domain: Box::new(bag),
            iterant: Box::new(iterant),
            offset: Offset::default(),
        }
        .into())
    }

    fn point(&self, attribute: u32, point: u32) -> Expression {
        let tested = self.space.tested(attribute);
        let value = &tested.points[point as usize];
        Expression::value(match (value, tested.designator.data_type) {
            // Texts that are compared whatever their case are kept as strings.
            (Value::String(text), DataType::AnyUri) => Value::AnyUri(text.clone()),
            _ => value.clone(),
        })
    }

    fn points(&self, attribute: u32, points: &[u32]) -> Result<Expression, ResidualPolicyError> {
        let function = self.function(attribute, "bag")?;
        let points = points.iter().map(|point| self.point(attribute, *point));
        Ok(apply(&function, points))
    }

    /// Whether an attribute has a value that is no point and passes a test.
    fn passes(&mut self, attribute: u32, number: u32) -> Result<Expression, ResidualPolicyError> {
        let tested = self.space.tested(attribute);
        let asked = tested.test(number / 2);
        let ValueTest {
            function,
            literal,
            is_literal_first,
            fails,
        } = test(asked, number % 2 == 1);
        if !asked.is_total() || standard(&function).is_none() {
            let literal = literal.lexical();
            let literal = crate::error::cut(&literal);
            return Err(self.inexact(attribute, format!("`{function}` with `{literal}`")));
        }
        let count = crate::limits::short(tested.points.len());
        let literal = Expression::value(literal);
        let arguments = |value: Expression| match is_literal_first {
            true => [literal.clone(), value],
            false => [value, literal.clone()],
        };
        let bag = self.bag(attribute);
        if count == 0 {
            let named = Expression::function(function);
            let form = if fails { id::ALL_OF } else { id::ANY_OF };
            let holds = apply(form, [named].into_iter().chain(arguments(bag)));
            return Ok(if fails { not(holds) } else { holds });
        }
        self.for_any(bag, |writer, value| {
            let points: Vec<u32> = (0..count).collect();
            let points = writer.points(attribute, &points)?;
            let is_in = writer.function(attribute, "is-in")?;
            let is_other = not(apply(&is_in, [value.clone(), points]));
            let holds = apply(&function, arguments(value));
            let holds = if fails { not(holds) } else { holds };
            Ok(apply(id::AND, [is_other, holds]))
        })
    }
}
