//! A policy decision point written from the text of the standard, straight on the syntax trees:
//! no compiling, no sharing, no cleverness. Slow, and for that easy to compare with §7 and
//! appendices A.3 and C. It uses the crate's trees and names of data types, and nothing that
//! evaluates. What 2.0 says otherwise is in `version_2`, written from its rules in the same way.
//!
//! It is given well-typed policies only; where one is not, it panics.

mod combining;
pub(crate) mod datum;
mod expression;
mod functions;
mod higher_order;
mod permitted;
mod policies;
mod quantified;
pub(crate) mod references;
mod targets;
mod temporal;
mod uri;
mod version_2;

use std::cell::RefCell;
use std::collections::BTreeSet;

use vedtak::Request;
use vedtak::syntax::Document;
use vedtak::value::{DateTime, Zone};

use datum::Datum;
pub(crate) use permitted::Permitted;

/// Why something is Indeterminate: the status code of B.8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Failure {
    Missing,
    Syntax,
    Processing,
}

/// Which effects an Indeterminate could have had (§7.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Could {
    Deny,
    Permit,
    Both,
}

/// The value of a rule, a policy or a policy set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Permit,
    Deny,
    NotApplicable,
    Indeterminate(Could, Failure),
}

/// An obligation or a piece of advice.
#[derive(Clone, Debug)]
pub(crate) struct Duty {
    pub id: String,
    pub assignments: Vec<Assignment>,
}

#[derive(Clone, Debug)]
pub(crate) struct Assignment {
    pub id: String,
    pub category: Option<String>,
    pub issuer: Option<String>,
    pub value: Datum,
}

/// A verdict with what must and may be done about it.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub verdict: Verdict,
    pub obligations: Vec<Duty>,
    pub advice: Vec<Duty>,
}

impl From<Verdict> for Outcome {
    fn from(verdict: Verdict) -> Self {
        Self {
            verdict,
            obligations: Vec::new(),
            advice: Vec::new(),
        }
    }
}

/// Everything a decision is made from.
pub(crate) struct World<'a> {
    pub roots: &'a [Document],
    /// How several roots are combined (§7.17).
    pub root_combining: Option<&'a str>,
    pub library: &'a [Document],
    pub now: DateTime,
    pub zone: Zone,
    pub request: &'a Request,
    pub permitted: Permitted,
    /// What was Indeterminate by itself on the way, and why: rules, and policies by their target,
    /// their obligations or their algorithm.
    pub met: RefCell<BTreeSet<(Failure, String)>>,
}

impl World<'_> {
    fn meet(&self, failure: Failure, place: &str) {
        // The nameless set of several roots is no place.
        if !place.is_empty() {
            self.met.borrow_mut().insert((failure, place.to_owned()));
        }
    }
}

/// The decision (§7.17), with all that it asks for.
pub(crate) fn decide(world: &World<'_>) -> Outcome {
    let outcome = decide_isolated(world);
    match world.permitted.exceeded() {
        // Stricter than A.3.16, as the engine is: a loop never ends in a Permit.
        true => Verdict::Indeterminate(Could::Both, Failure::Processing).into(),
        false => outcome,
    }
}

fn decide_isolated(world: &World<'_>) -> Outcome {
    let nodes: Vec<policies::Node<'_>> = world.roots.iter().map(policies::node).collect();
    match (world.root_combining, nodes.as_slice()) {
        (None, [only]) => policies::evaluate(world, *only),
        (Some(algorithm), nodes) => combining::combine(world, algorithm, nodes, ("", false)),
        (None, _) => panic!("several roots need a combining algorithm"),
    }
}
