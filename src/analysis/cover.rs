//! The parts of policies that many decisions reached: [`Pdp::cover`](crate::Pdp::cover) counts them.
//!
//! A [`Cover`] has every policy, rule, target, match, condition and boolean function of the documents,
//! also those that no request reaches. It is data, a table (`Display`), and the documents with a
//! margin ([`annotated`](Cover::annotated)). [The chapter on explaining](crate::manual::explaining#cover)
//! shows both.

mod count;
mod elements;
mod html;
mod render;

use std::collections::HashMap;
use std::sync::Arc;

use super::explain::{Element, NodePlace};
use crate::decision::Effect;

/// The elements of the documents of a PDP, with the times that decisions reached them.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Cover {
    /// The number of decisions that are counted.
    pub decisions: usize,
    /// Of them, those of which a part is not counted: it takes more work than a decision may
    /// ([`Limits::work`](crate::Limits::work)), or nothing says what it came to. `not_reached` may then
    /// be too high.
    pub cut: usize,
    /// Evaluated elements that are in no text, and are not counted: the documents are not kept, or the
    /// host made the tree.
    pub unplaced: usize,
    /// The elements, in the order of the documents.
    pub elements: Vec<CoveredElement>,
    #[cfg_attr(feature = "serde", serde(skip))]
    index: HashMap<(Element, NodePlace), usize>,
    #[cfg_attr(feature = "serde", serde(skip))]
    texts: Vec<(Arc<str>, String)>,
}

/// An element of a document, with the times that decisions reached it.
///
/// `reached` is the sum of `was_true`, `was_false` and `indeterminate`. A decision may reach an element
/// several times: a policy by several references, a function for several values. The definition of a
/// variable is counted once in a decision, however often it is read.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct CoveredElement {
    /// The kind: `PolicySet`, `Policy`, `Rule`, `Target`, `Match`, `Condition`, `Apply` or a quantified
    /// expression.
    pub element: Element,
    /// Its id; of a `Match` or an `Apply` the `FunctionId`.
    pub name: String,
    /// Its place in a document.
    pub place: NodePlace,
    /// Of a rule: its effect.
    pub effect: Option<Effect>,
    /// The times that it was evaluated.
    pub reached: usize,
    /// The times that it was true; of a policy or a rule: that it applied, with Permit or Deny.
    pub was_true: usize,
    /// The times that it was false; of a policy or a rule: that it was NotApplicable.
    pub was_false: usize,
    /// The times that it was Indeterminate.
    pub indeterminate: usize,
    /// Of a policy or a rule: the times that it applied, and the decision is its own.
    pub decided: usize,
    /// Of a policy or a rule: the times that it applied, and was outweighed or came to nothing.
    pub lost: usize,
    /// The decisions that did not reach it.
    pub not_reached: usize,
    /// The number of the last decision that reached it, from 1.
    #[cfg_attr(feature = "serde", serde(skip))]
    last: usize,
}

/// The cover of one element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Coverage {
    /// A policy or rule that applied; anything else was both true and false.
    Covered,
    /// It was reached, and no more.
    Partly,
    /// No decision reached it.
    Never,
}

/// The elements that are [covered](Coverage::Covered), of all of some kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Share {
    /// Those that are covered.
    pub covered: usize,
    /// All of them.
    pub all: usize,
}

impl CoveredElement {
    /// Its cover by the decisions so far.
    pub fn coverage(&self) -> Coverage {
        let is_covered = match self.is_decision() {
            true => self.was_true > 0,
            false => self.was_true > 0 && self.was_false > 0,
        };
        match (self.reached, is_covered) {
            (0, _) => Coverage::Never,
            (_, true) => Coverage::Covered,
            (_, false) => Coverage::Partly,
        }
    }

    /// Whether it is a policy or a rule, whose value is a decision.
    fn is_decision(&self) -> bool {
        matches!(
            self.element,
            Element::PolicySet | Element::Policy | Element::Rule
        )
    }
}

impl Cover {
    /// The share of elements of these kinds that are covered, such as a threshold of a test.
    ///
    /// ```
    /// # let policy = &std::fs::read_to_string("fixtures/explain/letters.policy.xml")?;
    /// use vedtak::analysis::explain::Element;
    /// use vedtak::Pdp;
    /// let cover = Pdp::from_xml(policy)?.cover([]);
    /// let rules = cover.share(&[Element::Rule]);
    /// assert_eq!((rules.covered, rules.all), (0, 2));
    /// assert!(!rules.is_at_least(80));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn share(&self, kinds: &[Element]) -> Share {
        let of_kind = self.elements.iter();
        let of_kind = of_kind.filter(|element| kinds.contains(&element.element));
        let mut share = Share { covered: 0, all: 0 };
        for element in of_kind {
            share.all += 1;
            share.covered += usize::from(element.coverage() == Coverage::Covered);
        }
        share
    }
}

/// The kinds of elements that count towards the threshold of a test.
const COUNTED: [Element; 6] = [
    Element::Rule,
    Element::Target,
    Element::Match,
    Element::Condition,
    Element::Apply,
    Element::Quantified,
];

impl Cover {
    /// The share of all rules, targets, matches, conditions and boolean functions that are covered: the
    /// threshold of a test.
    pub fn whole(&self) -> Share {
        self.share(&COUNTED)
    }

    /// The elements that lack in [`whole`](Self::whole), in the order of the documents.
    ///
    /// ```
    /// # let policy = &std::fs::read_to_string("fixtures/explain/letters.policy.xml")?;
    /// let cover = vedtak::Pdp::builder().policy("letters.xml", policy).build()?.cover([]);
    /// let first = cover.not_covered().next().map(ToString::to_string);
    /// assert_eq!(first.as_deref(), Some("letters.xml:4:3: Rule `clerks-read`: not reached"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn not_covered(&self) -> impl Iterator<Item = &CoveredElement> {
        let counted = self.elements.iter();
        let counted = counted.filter(|element| COUNTED.contains(&element.element));
        counted.filter(|element| element.coverage() != Coverage::Covered)
    }
}

impl Share {
    /// Whether the share is at least so many per cent. Of no elements it is: none of them lacks.
    pub fn is_at_least(&self, percent: usize) -> bool {
        self.covered as u128 * 100 >= self.all as u128 * percent as u128
    }
}
