//! The tree of an explanation: plain data, which every form of it is printed from.

use std::sync::Arc;

use crate::attribute::Designator;
use crate::decision::{Decision, Effect, ExtendedDecision};
use crate::error::Position;
use crate::response::{Advice, Obligation};
use crate::value::{DateTime, Value};

/// The explanation of one decision: a sentence, and the tree of all that was evaluated.
///
/// [`Pdp::explain`](crate::Pdp::explain) makes it. Printed with `{}`, it is text for a terminal; the
/// methods of the [module's page](super) give the other forms.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Explanation {
    /// The decision that was made.
    pub decision: Decision,
    /// The reason in one sentence.
    pub why: String,
    /// The policy that the decision began with; none if there was no decision to make.
    pub tree: Option<Node>,
    /// The obligations of the decision.
    pub obligations: Vec<Obligation>,
    /// The advice of the decision.
    pub advice: Vec<Advice>,
    /// The messages of the decision's failures.
    pub troubles: Vec<String>,
    /// The instant of the decision, if it read the clock.
    pub instant: Option<DateTime>,
    /// The instant from which the decision may change.
    pub valid_until: Option<DateTime>,
    /// Remarks on the explanation itself: what is left out of the tree, and why.
    pub remarks: Vec<String>,
    /// The tree's value where it differs from the decision: a defect of this library, to be reported.
    pub disagreement: Option<ExtendedDecision>,
}

/// An element of a policy with its value in a decision.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Node {
    /// The kind of element.
    pub element: Element,
    /// Its id; of a `Match` or an `Apply` the `FunctionId`.
    pub name: String,
    /// Its place in a document; none if the policy was not read from a text, or its text is not kept.
    pub place: Option<NodePlace>,
    /// The value that it has.
    pub value: NodeValue,
    /// Its part in the value of the policy around it.
    pub role: NodeRole,
    /// Of a rule: its effect.
    pub effect: Option<Effect>,
    /// Of a rule or policy that does not apply: the number of tests that fail, the matches of its target
    /// or the parts of its condition that `and` joins. Of alternatives, as the `AllOf`s of an `AnyOf` are,
    /// the one counts of which the fewest fail. The fewest are nearest to what would apply.
    pub failed_tests: usize,
    /// Of a policy, and of a rule that does not apply: the number of tests that hold, likewise.
    pub held_tests: usize,
    /// Of a rule that does not apply: its target has tests, and matches.
    pub(super) is_target_met: bool,
    /// Of a policy: how the values of its children became its own.
    pub combining: Option<Combining>,
    /// Of a `Match`: the value that is wanted.
    pub wanted: Option<Value>,
    /// Of what reads an attribute: the attribute and its source.
    pub attribute: Option<AttributeFound>,
    /// The nodes within it. One that was left out has the first test that failed, and nothing else.
    pub children: Vec<Node>,
    /// The number of its children that were not evaluated, as it had its value before.
    pub not_reached: usize,
    /// The number of further nodes within it that are not shown.
    pub not_shown: usize,
}

/// The kind of a [`Node`], by the standard's name of the element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum Element {
    /// The root policies, if there are several.
    Roots,
    /// `PolicySet`.
    PolicySet,
    /// `Policy`.
    Policy,
    /// `PolicyIdReference` or `PolicySetIdReference`.
    Reference,
    /// `Rule`.
    Rule,
    /// `Target`.
    Target,
    /// `AnyOf` with several `AllOf`s; one that holds is shown by the first that does.
    AnyOf,
    /// `AllOf` with several `Match`es.
    AllOf,
    /// `Match`.
    Match,
    /// `Condition`.
    Condition,
    /// `Apply`.
    Apply,
    /// `Function`, named as an argument.
    Function,
    /// `AttributeDesignator`.
    AttributeDesignator,
    /// `AttributeSelector`.
    AttributeSelector,
    /// `AttributeValue`.
    AttributeValue,
    /// `VariableReference`.
    Variable,
    /// `ForAny`, `ForAll`, `Map` or `Select`.
    Quantified,
    /// One value of the bag that a quantified expression is about.
    Turn,
    /// `ObligationExpression`.
    Obligation,
    /// `AdviceExpression`.
    Advice,
    /// `AttributeAssignmentExpression`.
    Assignment,
}

impl Element {
    /// The name, as the standard writes it where it has one.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Roots => "root policies",
            Self::PolicySet => "PolicySet",
            Self::Policy => "Policy",
            Self::Reference => "Reference",
            Self::Rule => "Rule",
            Self::Target => "Target",
            Self::AnyOf => "AnyOf",
            Self::AllOf => "AllOf",
            Self::Match => "Match",
            Self::Condition => "Condition",
            Self::Apply => "Apply",
            Self::Function => "Function",
            Self::AttributeDesignator => "AttributeDesignator",
            Self::AttributeSelector => "AttributeSelector",
            Self::AttributeValue => "AttributeValue",
            Self::Variable => "VariableReference",
            Self::Quantified => "quantified",
            Self::Turn => "value",
            Self::Obligation => "Obligation",
            Self::Advice => "Advice",
            Self::Assignment => "AttributeAssignment",
        }
    }
}

/// The value of a [`Node`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum NodeValue {
    /// Of a rule or a policy.
    Decision(ExtendedDecision),
    /// Of a target, a match or a condition.
    Boolean(bool),
    /// Of an expression: its values, and the number of those that are left out.
    Values(Vec<Value>, usize),
    /// It is Indeterminate, with the reason in words.
    Indeterminate(String),
    /// It was not evaluated: the decision was made without it.
    NotEvaluated,
}

/// The part of a [`Node`] in the value of the policy around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NodeRole {
    /// It is no child of a policy.
    None,
    /// It has the value of the policy.
    Decides,
    /// It applies or is Indeterminate, and another child outweighs it.
    Outweighed,
    /// It applies or is Indeterminate, and the combining algorithm takes no account of that.
    Ignored,
    /// It applies, where the combining algorithm allows only one child that does.
    Rival,
    /// It has another value, and chooses the child that decides.
    Chooses,
    /// It does not apply.
    LeftOut,
    /// The policy had its value before this child's turn.
    NotReached,
}

/// The combination of the children of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Combining {
    /// The identifier of the combining algorithm.
    pub algorithm: String,
    /// The step that made the value, in words.
    pub step: String,
}

/// The place of an element in a document.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct NodePlace {
    /// The name of the document.
    pub source: Arc<str>,
    /// Line and column.
    pub position: Position,
}

/// An attribute, as a decision found it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AttributeFound {
    /// The attribute that the policy asks for.
    pub designator: Designator,
    /// Its name in words: the last part of its identifier, or the whole of it if the request has another that
    /// ends so; if the tree shows several attributes of that name,
    /// that of [`ShortNames::in_words`](crate::attribute::ShortNames::in_words).
    pub name: String,
    /// Its values, the first ones if there are many.
    pub values: Vec<Value>,
    /// The number of values that are left out.
    pub more: usize,
    /// `MustBePresent`: without a value it is an error.
    pub must_be_present: bool,
    /// The source of the values.
    pub origin: AttributeOrigin,
    /// If it has no value: the attribute of the request that is most similar, in words. If a text was
    /// wanted: the value that is nearly the same.
    pub near_miss: Option<String>,
}

/// The source of an [`AttributeFound`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum AttributeOrigin {
    /// The request.
    Request,
    /// The clock of the PDP.
    Clock,
    /// A provider.
    Provider {
        /// Its name.
        name: String,
        /// The instant from which its answer may change.
        until: Option<DateTime>,
    },
    /// A provider of this name would supply it; the decision did not ask for it.
    NotAskedFor(String),
    /// No source: the request lacks it, and no provider supplies it.
    Nobody,
    /// It has no value that can be used, or its provider failed; in words.
    Failed(String),
}

impl Node {
    pub(super) fn new(element: Element, name: impl Into<String>, value: NodeValue) -> Self {
        Self {
            element,
            name: name.into(),
            place: None,
            value,
            role: NodeRole::None,
            effect: None,
            failed_tests: 0,
            held_tests: 0,
            is_target_met: false,
            combining: None,
            wanted: None,
            attribute: None,
            children: Vec::new(),
            not_reached: 0,
            not_shown: 0,
        }
    }

    /// The decision that it has, if it is a rule or a policy with one.
    pub fn decision(&self) -> Option<ExtendedDecision> {
        match self.value {
            NodeValue::Decision(value) => Some(value),
            _ => None,
        }
    }

    /// Whether it is a rule, a policy or a reference to one.
    pub fn is_child_of_policy(&self) -> bool {
        matches!(
            self.element,
            Element::Rule | Element::Policy | Element::PolicySet | Element::Reference
        )
    }
}
