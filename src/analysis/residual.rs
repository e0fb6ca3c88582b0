//! Partial evaluation: the policies, as far as the known attributes leave them undecided.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use foldhash::quality::RandomState;
use indexmap::IndexSet;

use super::ask::Analysis;
use super::diagram::node::{DiagramNode, FiredList, Leaf, LeafValue, NodeId, Nodes};
use super::diagram::path::attribute_of;
use super::diagram::policy::{Detail, FiredItem, FiredWhat};
use super::diagram::space::{Space, Tested, UnaryTest};
use super::diagram::variable::{Count, ValueClass, Variable, VariableKind};
use super::{Between, Unanswered};
use crate::attribute::Designator;
use crate::decision::ExtendedDecision;
use crate::function::Meaning;
use crate::request::Request;
use crate::value::Value;

/// The rest of the policies when some attributes are known: a decision, or questions about the open attributes that lead to
/// one.
///
/// Cheap to clone. It stands for the policies at the moment that it was made.
#[derive(Clone)]
pub struct Residual {
    pub(super) diagram: Arc<Diagram>,
    pub(super) root: NodeId,
    /// The attributes that are open no more: they were given to another residual.
    pub(super) given: Arc<HashSet<Designator>>,
}

/// The nodes of a residual, and the attributes that they are about.
pub(super) struct Diagram {
    pub(super) nodes: Nodes<FiredItem>,
    pub(super) space: Arc<Space>,
}

impl fmt::Debug for Residual {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Residual")
            .field("nodes", &self.nodes())
            .finish()
    }
}

/// A part of a [`Residual`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ResidualNode {
    /// A decision, with the obligations and advice that come with it.
    Decision {
        /// The decision, with those that an Indeterminate could have been.
        decision: ExtendedDecision,
        /// The obligations, by their ids.
        obligations: Vec<Arc<str>>,
        /// The advice, by its ids.
        advice: Vec<Arc<str>>,
    },
    /// A question about an open attribute, and where its answers lead.
    Question {
        /// The question.
        question: Question,
        /// The answers, each with the place of a node.
        answers: Vec<(Answer, usize)>,
        /// The place of the node for any other answer.
        otherwise: usize,
    },
}

/// A question about a request.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Question {
    /// Which value does an attribute have, of which one value matters?
    Value(Designator),
    /// How many values does an attribute have?
    Count(Designator),
    /// Does an attribute have this value, among others?
    Has(Designator, Value),
    /// Does an attribute have this text, among others, whatever the case of its letters?
    HasIgnoringCase(Designator, Value),
    /// Does an attribute have a value between others; if there are no bounds, one that no other
    /// question names?
    HasBetween(Designator, Between),
    /// Does an attribute have one of these values, among others?
    HasOneOf(Designator, Vec<Answer>),
    /// Does an attribute have a value, which no other question names, that passes a test?
    HasPassing(Designator, ValueTest),
    /// Is an expression True that is no test of one attribute?
    Whole {
        /// The functions, and what they are applied to.
        text: String,
        /// The open attributes that it reads.
        attributes: Vec<Designator>,
    },
}

/// A test of a value.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueTest {
    /// The function, by its identifier.
    pub function: String,
    /// The literal that the value is compared with.
    pub literal: Value,
    /// Whether the literal is the function's first argument.
    pub is_literal_first: bool,
    /// Whether the test must fail.
    pub fails: bool,
}

/// An answer to a [`Question`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Answer {
    /// Yes.
    Yes,
    /// The expression is Indeterminate.
    Indeterminate,
    /// This value.
    Value(Value),
    /// This text, whatever the case of its letters.
    ValueIgnoringCase(Value),
    /// A value between others.
    Between(Between),
    /// No value.
    None,
    /// Several values.
    Several,
}

impl Residual {
    /// The parts, those that others lead to first: the beginning is the last.
    pub fn nodes(&self) -> Vec<ResidualNode> {
        let Diagram { nodes, space } = &*self.diagram;
        let all = nodes.below(self.root);
        let place = |id: NodeId| all.binary_search(&id).unwrap_or_default();
        let told = all.iter().map(|id| match nodes.node(*id) {
            DiagramNode::Leaf(leaf) => self.told(*leaf),
            DiagramNode::Branch(branch) => ResidualNode::Question {
                question: question(space, branch.variable),
                answers: branch
                    .ways
                    .iter()
                    .map(|(outcome, node)| (answer(space, branch.variable, *outcome), place(*node)))
                    .collect(),
                otherwise: place(branch.otherwise),
            },
        });
        told.collect()
    }

    fn told(&self, leaf: Leaf) -> ResidualNode {
        let (mut obligations, mut advice) = (Vec::new(), Vec::new());
        let outcome = value_of(leaf);
        for item in self.diagram.nodes.fired(outcome.fired) {
            if let FiredWhat::Obligation { is_advice, id, .. } = &*item.what {
                match is_advice {
                    true => advice.push(id.clone()),
                    false => obligations.push(id.clone()),
                }
            }
        }
        ResidualNode::Decision {
            decision: outcome.value,
            obligations,
            advice,
        }
    }

    /// The number of nodes.
    pub fn size(&self) -> usize {
        self.diagram.nodes.size(self.root)
    }

    /// The decision, if the known attributes decide it.
    pub fn decision(&self) -> Option<ExtendedDecision> {
        let leaf = self.diagram.nodes.as_leaf(self.root)?;
        Some(value_of(leaf).value)
    }

    /// The open attributes that make a difference, each once: first those that the
    /// [decision depends on](Self::decided_by), then those that its obligations and advice read besides.
    /// An attribute that is not among them need not be known.
    pub fn attributes(&self) -> Vec<Designator> {
        let Diagram { nodes, space } = &*self.diagram;
        let mut read: IndexSet<Designator> = self.decided_by().into_iter().collect();
        for id in nodes.below(self.root) {
            let DiagramNode::Leaf(leaf) = nodes.node(id) else {
                continue;
            };
            for item in nodes.fired(value_of(*leaf).fired) {
                if let FiredWhat::Obligation { assignments, .. } = &*item.what {
                    let all = assignments.iter();
                    let open = all.flat_map(|of| space.reads_of_assigned(&of.key));
                    read.extend(open.filter(|of| !self.given.contains(*of)).cloned());
                }
            }
        }
        read.into_iter().collect()
    }

    /// The open attributes that the decision depends on, each once, in the order of its questions;
    /// obligations and advice may [read others](Self::attributes).
    pub fn decided_by(&self) -> Vec<Designator> {
        let Diagram { nodes, space } = &*self.diagram;
        let mut asked = IndexSet::new();
        let below = nodes.below(self.root);
        let branches = below.iter().filter_map(|id| match nodes.node(*id) {
            DiagramNode::Branch(branch) => Some(branch.variable),
            DiagramNode::Leaf(_) => None,
        });
        let mut variables: Vec<Variable> = branches.collect();
        variables.sort_unstable();
        for variable in variables {
            match (attribute_of(variable), variable.asks()) {
                (Some(attribute), _) => {
                    asked.insert(attribute);
                }
                (None, VariableKind::Whole(number)) => {
                    let whole = space.whole.get_index(number as usize);
                    asked.extend(whole.into_iter().flat_map(|(_, whole)| whole.reads.clone()));
                }
                (None, _) => {}
            }
        }
        let asked = asked.into_iter();
        asked
            .map(|attribute| &space.tested(attribute).designator)
            .filter(|of| !self.given.contains(*of))
            .cloned()
            .collect()
    }

    /// The attributes of which it was [presumed](Analysis::presume_single) that they have one value at
    /// most, also those that it does not ask for.
    pub fn presumed_single(&self) -> Vec<Designator> {
        self.diagram.space.presumed().cloned().collect()
    }

    /// Decides a request that gives the open attributes. None if that depends on an expression that
    /// is taken [whole](Question::Whole), if an attribute has a value that cannot be used, or if the
    /// request is for several decisions; the [`Pdp`](crate::Pdp) can decide all of them.
    pub fn decide(&self, request: &Request) -> Option<ExtendedDecision> {
        let mut categories = request.categories().iter();
        let is_usable = categories.all(|category| category.unusable().is_empty());
        if !is_usable || request.single().is_none() {
            return None;
        }
        let Diagram { nodes, space } = &*self.diagram;
        let mut next = self.root;
        loop {
            let branch = match nodes.node(next) {
                DiagramNode::Leaf(leaf) => return Some(value_of(*leaf).value),
                DiagramNode::Branch(branch) => branch,
            };
            let designator = &space.tested(attribute_of(branch.variable)?).designator;
            let values = values_of(request, designator);
            next = branch.way(space.outcome(branch.variable, &values)?);
        }
    }

    /// The rest when more attributes are known: those for which `is_given` holds have the values
    /// of the request, or none. What depends on expressions that are taken
    /// [whole](Question::Whole) stays open, and so does an attribute with a value that cannot be
    /// used. A request for several decisions gives nothing.
    pub fn given(&self, request: &Request, is_given: impl Fn(&Designator) -> bool) -> Self {
        if request.single().is_none() {
            return self.clone();
        }
        let is_unusable = |wanted: &Designator| {
            let categories = request.categories().iter();
            let mut categories = categories.filter(|of| of.category == wanted.category);
            categories.any(|of| {
                of.unusable().iter().any(|unusable| {
                    unusable.id == wanted.id
                        && (wanted.issuer.is_none() || wanted.issuer == unusable.issuer)
                })
            })
        };
        let is_given = |wanted: &Designator| is_given(wanted) && !is_unusable(wanted);
        let space = &self.diagram.space;
        let mut values: HashMap<u32, Option<Vec<Value>>, RandomState> = HashMap::default();
        let mut outcomes: HashMap<Variable, Option<u32>, RandomState> = HashMap::default();
        let given = self.attributes().into_iter().filter(is_given);
        let given = self.given.iter().cloned().chain(given).collect();
        self.restricted(Arc::new(given), &mut |variable| {
            let mut outcome = || {
                let attribute = attribute_of(variable)?;
                let values = values.entry(attribute).or_insert_with(|| {
                    let designator = &space.tested(attribute).designator;
                    is_given(designator).then(|| values_of(request, designator))
                });
                space.outcome(variable, values.as_ref()?)
            };
            *outcomes.entry(variable).or_insert_with(&mut outcome)
        })
    }

    /// The residual in which questions have these outcomes, when these attributes are given.
    pub(super) fn restricted(
        &self,
        given: Arc<HashSet<Designator>>,
        outcome: &mut dyn FnMut(Variable) -> Option<u32>,
    ) -> Self {
        let Diagram { nodes, space } = &*self.diagram;
        let mut kept = Nodes::new(u64::MAX);
        let root = nodes.restrict(&mut kept, self.root, outcome);
        Self {
            diagram: Arc::new(Diagram {
                nodes: kept,
                space: space.clone(),
            }),
            root,
            given,
        }
    }
}

/// The value of a leaf, which are all decisions here.
pub(super) fn value_of(leaf: Leaf) -> LeafValue {
    match leaf {
        Leaf::Value(outcome) => outcome,
        Leaf::Truth(_) | Leaf::Pair(..) => LeafValue {
            value: ExtendedDecision::IndeterminateDP,
            fired: FiredList::NONE,
        },
    }
}

/// The values that a request has for a designator (§7.3).
pub(super) fn values_of(request: &Request, wanted: &Designator) -> Vec<Value> {
    let is_wanted = |id: &str, issuer: &Option<Arc<str>>| {
        *wanted.id == *id && (wanted.issuer.is_none() || wanted.issuer == *issuer)
    };
    let mut values = Vec::new();
    for category in request.categories() {
        if category.category != wanted.category {
            continue;
        }
        for attribute in &category.attributes {
            if is_wanted(&attribute.id, &attribute.issuer) {
                let fits = |value: &&Value| value.data_type() == wanted.data_type;
                values.extend(attribute.values.iter().filter(fits).cloned());
            }
        }
    }
    values
}

impl Analysis<'_> {
    /// Evaluates the policies as far as the known attributes go.
    ///
    /// # Errors
    ///
    /// The answer takes more steps than its budget.
    pub fn residual(&self) -> Result<Residual, Unanswered> {
        self.diagram(Detail::Obligations, |diagrams, root| {
            let (nodes, space) = (diagrams.truths.nodes, diagrams.truths.space);
            Ok(Residual {
                diagram: Arc::new(Diagram { nodes, space }),
                root,
                given: Arc::default(),
            })
        })
    }
}

pub(super) fn question(space: &Space, variable: Variable) -> Question {
    match variable.asks() {
        VariableKind::Value(attribute) => {
            Question::Value(space.tested(attribute).designator.clone())
        }
        VariableKind::Count(attribute) => {
            Question::Count(space.tested(attribute).designator.clone())
        }
        VariableKind::Has(attribute, class) => {
            let tested = space.tested(attribute);
            let designator = tested.designator.clone();
            match class
                .as_point()
                .and_then(|point| tested.points.get(point as usize))
            {
                Some(point) if tested.is_folded => {
                    Question::HasIgnoringCase(designator, point.clone())
                }
                Some(point) => Question::Has(designator, point.clone()),
                None => Question::HasBetween(designator, between(tested, class)),
            }
        }
        VariableKind::Passes(attribute, number) => {
            let tested = space.tested(attribute);
            let test = test(tested.test(number / 2), number % 2 == 1);
            Question::HasPassing(tested.designator.clone(), test)
        }
        VariableKind::Whole(number) => {
            let whole = space.whole.get_index(number as usize);
            let attributes = whole.map(|(_, whole)| &whole.reads[..]).unwrap_or_default();
            let attributes = attributes.iter();
            Question::Whole {
                text: whole
                    .map(|(_, whole)| whole.text.clone())
                    .unwrap_or_default(),
                attributes: attributes
                    .map(|of| space.tested(*of).designator.clone())
                    .collect(),
            }
        }
    }
}

/// The bounds of a gap.
pub(super) fn between(tested: &Tested, class: ValueClass) -> Between {
    match class.as_gap() {
        Some(gap) if tested.is_ordered => {
            let gap = gap as usize;
            let after = gap
                .checked_sub(1)
                .and_then(|before| tested.points.get(before));
            Between {
                after: after.cloned(),
                before: tested.points.get(gap).cloned(),
                ..Between::default()
            }
        }
        _ => Between::default(),
    }
}

pub(super) fn test(test: &UnaryTest, fails: bool) -> ValueTest {
    let (function, literal, is_literal_first) = match test {
        UnaryTest::Equal(literal) => ("equal".to_owned(), literal.clone(), false),
        UnaryTest::Folded(text) => {
            let function = crate::function::id::STRING_EQUAL_IGNORE_CASE.to_owned();
            (function, text.clone().into(), false)
        }
        UnaryTest::Compared(meaning, literal) => {
            let name = match meaning {
                Meaning::Greater => "greater-than",
                Meaning::GreaterOrEqual => "greater-than-or-equal",
                Meaning::Less => "less-than",
                _ => "less-than-or-equal",
            };
            let data_type = literal.data_type();
            let function = format!(
                "urn:oasis:names:tc:xacml:1.0:function:{}-{name}",
                data_type.short_name()
            );
            (function, literal.clone(), false)
        }
        UnaryTest::Holds(holds) => (
            holds.function.id().to_owned(),
            holds.literal.clone(),
            holds.is_literal_first,
        ),
    };
    ValueTest {
        function,
        literal,
        is_literal_first,
        fails,
    }
}

pub(super) fn answer(space: &Space, variable: Variable, outcome: u32) -> Answer {
    match variable.asks() {
        VariableKind::Value(attribute) => {
            class_answer(space.tested(attribute), ValueClass(outcome))
        }
        VariableKind::Count(_) => match outcome {
            Count::NONE => Answer::None,
            _ => Answer::Several,
        },
        VariableKind::Has(..) => Answer::Yes,
        VariableKind::Passes(..) | VariableKind::Whole(_) => match outcome {
            1 => Answer::Yes,
            _ => Answer::Indeterminate,
        },
    }
}

pub(super) fn class_answer(tested: &Tested, class: ValueClass) -> Answer {
    match class {
        ValueClass::ABSENT => Answer::None,
        ValueClass::SEVERAL => Answer::Several,
        class => match class
            .as_point()
            .and_then(|at| tested.points.get(at as usize))
        {
            Some(point) if tested.is_folded => Answer::ValueIgnoringCase(point.clone()),
            Some(point) => Answer::Value(point.clone()),
            None => Answer::Between(between(tested, class)),
        },
    }
}
