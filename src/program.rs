//! Compiled policies, in which every name is a number, and the look-ups of children, slots and
//! stored policies. Made by `compile`, read by `evaluate`, changed in part by a store.

mod bitmap_index;
mod expression;
mod index;
mod names;
mod parts;
mod seeded;
mod slots;
mod stored;
mod target;

use std::collections::HashMap;
use std::sync::Arc;

pub(crate) use bitmap_index::{
    BitmapIndex, BitmapProbe, BitmapTable, BitmapText, Bits, Settled, place,
};
pub(crate) use expression::{
    AllOfAny, Applied, Apply, AttributeBag, BagOf, Condition, EntityExpression, Expression, IsIn,
    Match, PredicateCall, Products, Quantified, RegexpMatch, Term, ValueCall,
};
pub(crate) use index::{By, Entry, FoundChildren, Index, Lookup, Presence, Probe, entry_key};
pub(crate) use names::Names;
pub(crate) use parts::{TextPieces, each_once};
pub(crate) use seeded::Seeded;
pub(crate) use slots::{Slot, Slots};
pub(crate) use stored::{Chunks, Member, Stored};
pub(crate) use target::{Comparison, Literal, Target, Test};

use crate::combining::{Algorithm, CombinerParameter};
use crate::decision::{Effect, XacmlVersion};
use crate::function::Function;
use crate::value::{DataType, XPathExpression};
use crate::xpath::Path;

/// Compiled policies. Immutable, shared between threads.
///
/// INVARIANTS, established by `compile` and relied upon by `evaluate`: every id and the number of every
/// `Local` is in range; every value has the data type its place asks for; expressions, variables and policies nest no deeper
/// than the limits and never in a circle.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) slots: Arc<Slots>,
    pub(crate) policies: Policies,
    /// The distinct functions applied, whose names their errors give.
    pub(crate) functions: Arc<Vec<Arc<Function>>>,
    /// The distinct AttributeSelectors.
    pub(crate) selectors: Arc<Vec<Arc<Selector>>>,
    pub(crate) paths: Arc<LiteralPaths>,
    /// Whether a decision may read a Content.
    pub(crate) uses_xpath: bool,
    pub(crate) root: Root,
}

/// The XPath expressions among the literals, compiled, by the address of the value: the value is
/// kept with its path, so no other can have that address.
pub(crate) type LiteralPaths = HashMap<usize, (Arc<XPathExpression>, Arc<Path>)>;

/// The root of a decision (§7.17).
#[derive(Clone, Debug)]
pub(crate) enum Root {
    /// The root policy, or a nameless set of several.
    Policy(PolicyId),
    /// The policies of a store.
    Store(Stored),
}

/// The policies by their ids.
#[derive(Clone, Debug)]
pub(crate) enum Policies {
    Fixed(Arc<[Policy]>),
    Stored(Chunks<Policy>),
}

impl Program {
    pub(crate) fn policy(&self, id: PolicyId) -> &Policy {
        match &self.policies {
            Policies::Fixed(policies) => &policies[id.index()],
            Policies::Stored(policies) => &policies[id.index()],
        }
    }

    /// A policy by its id and version. Looks at all of them.
    pub(crate) fn named(&self, id: &str, version: &str) -> Option<&Policy> {
        let is_it = |policy: &&Policy| *policy.id == *id && *policy.version == *version;
        self.all().find(is_it)
    }

    /// All policies.
    pub(crate) fn all(&self) -> Box<dyn Iterator<Item = &Policy> + '_> {
        match &self.policies {
            Policies::Fixed(policies) => Box::new(policies.iter()),
            Policies::Stored(policies) => Box::new(policies.iter().map(|(_, policy)| policy)),
        }
    }

    /// The slots that a decision depends on although it does not read them while they are empty.
    pub(crate) fn asked_if_present(&self) -> impl Iterator<Item = SlotId> {
        let stored = match &self.root {
            Root::Policy(_) => None,
            Root::Store(stored) => Some(stored),
        };
        stored.into_iter().flat_map(Stored::asked_if_present)
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) struct $name(pub(crate) u32);

        impl $name {
            pub(crate) fn index(self) -> usize {
                self.0 as usize
            }

            /// The id of the next value pushed to a vector of this length.
            pub(crate) fn next(length: usize) -> Self {
                Self(crate::limits::short(length))
            }
        }
    )*};
}

ids! {
    /// An attribute the policies ask for.
    SlotId,
    /// A policy or policy set.
    PolicyId,
    /// A variable of the policy that is evaluated.
    VariableId,
    /// A function some expression applies.
    FunctionId,
    /// An AttributeSelector, and the bag that it selects.
    SelectorId
}

/// One distinct AttributeSelector (§5.30).
#[derive(Debug)]
pub(crate) struct Selector {
    pub(crate) category: Arc<str>,
    /// The attribute that gives the node from which the path begins; none for the document.
    pub(crate) context: Option<SlotId>,
    /// The path as written, for messages.
    pub(crate) text: Arc<str>,
    pub(crate) path: Path,
    pub(crate) data_type: DataType,
}

/// The environment attributes that a clock supplies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clock {
    Time,
    Date,
    DateTime,
}

/// A `Policy` or a `PolicySet`.
#[derive(Debug)]
pub(crate) struct Policy {
    /// The version of XACML that it is evaluated by.
    pub(crate) xacml: XacmlVersion,
    pub(crate) id: Arc<str>,
    pub(crate) version: Arc<str>,
    /// The digest of its document, if that is known.
    pub(crate) digest: Option<Arc<[u8; 32]>>,
    pub(crate) is_set: bool,
    pub(crate) target: Target,
    pub(crate) algorithm: Algorithm,
    pub(crate) children: Box<[Child]>,
    /// The tests of the targets of this policy and its rules, in the order of the document.
    pub(crate) tests: Box<[Test]>,
    /// The literals that the tests compare with, in their order.
    pub(crate) literals: Box<[Literal]>,
    pub(crate) variables: Box<[Expression]>,
    /// The look-up of the children that may apply to a request; none where visiting all is as fast.
    pub(crate) search: ChildSearch,
    pub(crate) obligations: Box<[ObligationExpression]>,
    /// None where there are none, as nearly everywhere.
    pub(crate) parameters: Option<Box<Parameters>>,
}

impl Policy {
    /// The effect of a child that is a rule.
    pub(crate) fn effect_of(&self, child: usize) -> Option<Effect> {
        match self.children.get(child)? {
            Child::Rule(rule) => Some(rule.effect),
            Child::Policy(_) => None,
        }
    }

    /// Its combiner parameters, without those of children.
    pub(crate) fn own_parameters(&self) -> &[CombinerParameter] {
        let parameters = self.parameters.as_deref();
        parameters.map_or(&[], |parameters| &parameters.own)
    }

    /// The combiner parameters of a child.
    pub(crate) fn child_parameters(&self, child: usize) -> &[CombinerParameter] {
        let parameters = self.parameters.as_deref();
        let mut children = parameters.map_or(&[][..], |all| &all.children).iter();
        let child = children.find(|(index, _)| *index == child);
        child.map_or(&[], |(_, parameters)| parameters)
    }
}

/// The look-up of the children that may apply to a request.
#[derive(Debug)]
pub(crate) enum ChildSearch {
    /// All are visited.
    All,
    Bitmap(Box<BitmapIndex>),
    Index(Box<Index>),
}

/// The combiner parameters of a policy, for a combining algorithm of the host.
#[derive(Debug)]
pub(crate) struct Parameters {
    pub(crate) own: Box<[CombinerParameter]>,
    /// Parameters of children, by their place.
    pub(crate) children: Box<[(usize, Box<[CombinerParameter]>)]>,
}

/// Policies hold rules, policy sets hold policies; combining does not care.
#[derive(Debug)]
pub(crate) enum Child {
    Rule(Rule),
    /// In place or by reference: both are the same here.
    Policy(PolicyId),
}

#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) id: Arc<str>,
    pub(crate) effect: Effect,
    /// The number, from 1, among the rules with this id in its policy: ids need not be unique.
    pub(crate) nth: u32,
    pub(crate) target: Target,
    /// None: true.
    pub(crate) condition: Option<Box<Condition>>,
    pub(crate) obligations: Box<[ObligationExpression]>,
}

/// An obligation or advice expression.
#[derive(Debug)]
pub(crate) struct ObligationExpression {
    pub(crate) is_advice: bool,
    pub(crate) id: Arc<str>,
    pub(crate) on: Effect,
    pub(crate) assignments: Box<[Assignment]>,
}

#[derive(Debug)]
pub(crate) struct Assignment {
    pub(crate) id: Arc<str>,
    pub(crate) category: Option<Arc<str>>,
    pub(crate) issuer: Option<Arc<str>>,
    pub(crate) expression: Expression,
}
