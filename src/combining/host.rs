//! Combining algorithms of the host.

use std::fmt;
use std::sync::Arc;

use crate::decision::{Effect, ExtendedDecision};
use crate::value::Value;

/// A combining algorithm of the host: implement it, and give it its identifier with
/// [`PdpBuilder::combining_algorithm`](crate::PdpBuilder::combining_algorithm).
///
/// ```
/// use vedtak::combining::{Children, CombiningAlgorithm};
/// use vedtak::decision::{Effect, ExtendedDecision};
///
/// /// Permit if more children permit than deny.
/// struct Majority;
///
/// impl CombiningAlgorithm for Majority {
///     fn combine(&self, children: &mut dyn Children) -> ExtendedDecision {
///         let mut lead = 0;
///         for child in 0..children.len() {
///             match children.evaluate(child) {
///                 ExtendedDecision::Permit => lead += 1,
///                 ExtendedDecision::Deny => lead -= 1,
///                 ExtendedDecision::NotApplicable => {}
///                 _ => return ExtendedDecision::IndeterminateDP,
///             }
///         }
///         if lead > 0 { ExtendedDecision::Permit } else { ExtendedDecision::Deny }
///     }
/// }
/// ```
pub trait CombiningAlgorithm: Send + Sync {
    /// Returns the value of the policy whose children these are. Obligations and advice are taken
    /// from the children that were evaluated to the same Permit or Deny (§7.18). A panic is
    /// Indeterminate.
    fn combine(&self, children: &mut dyn Children) -> ExtendedDecision;
}

impl fmt::Debug for dyn CombiningAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an algorithm of the host")
    }
}

/// The rules or policies that a [`CombiningAlgorithm`] combines, each evaluated when it is asked for.
pub trait Children {
    /// The number of children.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of a child. Asking for the same child again, or for one that does not exist,
    /// gives Indeterminate{DP}.
    fn evaluate(&mut self, child: usize) -> ExtendedDecision;

    /// The effect of a child that is a rule.
    fn effect(&self, child: usize) -> Option<Effect>;

    /// `CombinerParameters` of the policy: names and values (§5.15).
    fn parameters(&self) -> &[CombinerParameter];

    /// `RuleCombinerParameters`, `PolicyCombinerParameters` or `PolicySetCombinerParameters` for
    /// a child (§5.17 to §5.19).
    fn child_parameters(&self, child: usize) -> &[CombinerParameter];
}

/// `CombinerParameter` (§5.16): a named value that a policy gives its combining algorithm.
#[derive(Clone, Debug, PartialEq)]
pub struct CombinerParameter {
    /// `ParameterName`.
    pub name: Arc<str>,
    /// The value.
    pub value: Value,
}
