//! Why a decision is what it is: [`Pdp::explain`](crate::Pdp::explain) gives an [`Explanation`], one
//! sentence and the tree of all that was evaluated.
//!
//! ```
//! use vedtak::{Pdp, Request};
//!
//! let pdp = Pdp::from_xml(std::fs::read_to_string("fixtures/explain/letters.policy.xml")?)?;
//! let request = Request::builder().subject("role", "clerk").action("read").build();
//! let explanation = &pdp.explain(&request)[0];
//! println!("{explanation}");               // text; `to_ansi` has colours
//! # assert!(explanation.why.starts_with("Permit: "));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | form | for |
//! |---|---|
//! | `Display`, [`to_ansi`](Explanation::to_ansi) | a terminal, without and with colours |
//! | [`to_markdown`](Explanation::to_markdown) | a ticket |
//! | `to_json` (feature `json`) | a program |
//! | [`to_mermaid`](Explanation::to_mermaid) | a page that draws diagrams |
//! | [`to_svg`](Explanation::to_svg) | any page |
//!
//! [The chapter on explaining](crate::manual::explaining) shows them.

mod documents;
mod expression;
mod names;
mod policy;
mod render;
mod step;
mod tree;
mod walk;
mod why;
mod words;

pub use tree::{
    AttributeFound, AttributeOrigin, Combining, Element, Explanation, Node, NodePlace, NodeRole,
    NodeValue,
};

pub(super) use documents::WrittenDocument;
pub(crate) use documents::{ExplainedDocument, PlainPolicies};
pub(super) use render::escaped;
pub(crate) use walk::Extent;
pub(super) use words::{shown, visible};

use crate::decision::Decision;
use crate::evaluate::{Outcome, Trace};
use crate::request::IndividualRequestError;
use walk::{MOST_NODES, Walk};

/// The tree of a trace, and whether it is whole. The documents are those of the traced program; none
/// if it is the program that decides.
pub(crate) fn tree(
    trace: &Trace<'_>,
    plain: Option<&PlainPolicies>,
    extent: Extent,
) -> (Option<Node>, bool) {
    Walk::through(trace, plain, extent)
}

impl Explanation {
    /// The explanation of an outcome by the tree of its trace. `is_strict`: a decision with a trouble is
    /// Indeterminate whatever the policies come to.
    pub(crate) fn of(
        outcome: &Outcome<'_>,
        (tree, is_whole): (Option<Node>, bool),
        is_strict: bool,
        mut remarks: Vec<String>,
    ) -> Self {
        let decision = outcome.decision();
        if !is_whole {
            remarks.push(format!(
                "the tree is cut: an explanation has at most {MOST_NODES} nodes, and takes no more work \
                 than a decision may (`Limits::work`)"
            ));
        }
        let value = tree.as_ref().and_then(Node::decision);
        // A limit or a setting of the host may have decided instead of the policies.
        let is_of_policies =
            outcome.is_of_policies() && !(is_strict && decision == Decision::Indeterminate);
        let differs = value.filter(|value| is_whole && Decision::from(*value) != decision);
        let disagreement = differs.filter(|_| is_of_policies);
        if let (Some(value), false) = (differs, is_of_policies) {
            remarks.push(format!(
                "the policies come to {}; a limit or a setting of the host (`indeterminate_on_trouble`) \
                 makes it {decision}",
                words::decision(value)
            ));
        }
        let status = outcome.status().map(|status| status.message);
        let status = status.flatten();
        Self {
            why: why::why(
                decision,
                outcome
                    .rules()
                    .next()
                    .map(|rule| words::message(&rule.to_string())),
                status.as_deref(),
                tree.as_ref(),
            ),
            decision,
            tree,
            obligations: outcome.obligations().cloned().collect(),
            advice: outcome.advice().cloned().collect(),
            troubles: outcome.troubles().iter().map(ToString::to_string).collect(),
            instant: outcome.instant(),
            valid_until: outcome.valid_until(),
            remarks,
            disagreement,
        }
    }

    /// The explanation of a decision that could not be made.
    pub(crate) fn refused(error: &IndividualRequestError) -> Self {
        let decision = Decision::Indeterminate;
        Self {
            why: why::why(decision, None, Some(&error.to_string()), None),
            decision,
            tree: None,
            obligations: Vec::new(),
            advice: Vec::new(),
            troubles: vec![error.to_string()],
            instant: None,
            valid_until: None,
            remarks: Vec::new(),
            disagreement: None,
        }
    }
}
