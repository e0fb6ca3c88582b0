//! References → the policies they name (§5.10 to §5.13).

use std::cmp::Ordering;

use vedtak::syntax::{PolicySetChild, Reference};

use super::World;
use super::policies::{Node, node};

/// The most recent version of the policy (or policy set) that all conditions admit.
///
/// No two documents of the tests hold the same id, so it does not matter where the reference
/// stands and whether what it names is a document or is in place in one.
pub(crate) fn resolve<'a>(world: &World<'a>, reference: &Reference, set: bool) -> Node<'a> {
    let mut found = Vec::new();
    for document in world.roots.iter().chain(world.library) {
        search(node(document), &reference.id, set, &mut found);
    }
    let admitted = found
        .into_iter()
        .filter(|(version, _)| admits(reference, version));
    let latest = admitted.max_by(|(a, _), (b, _)| compare(a, b));
    latest.expect("the generator refers to what there is").1
}

/// Whether a version meets all conditions of a reference.
pub(crate) fn admits(reference: &Reference, version: &str) -> bool {
    let compared = |pattern: &str| compare(pattern, version);
    let [exact, earliest, latest] = [&reference.version, &reference.earliest, &reference.latest]
        .map(|pattern| pattern.as_ref().map(|pattern| compared(pattern.as_str())));
    exact.is_none_or(Ordering::is_eq)
        && earliest.is_none_or(Ordering::is_le)
        && latest.is_none_or(Ordering::is_ge)
}

/// Adds all policies, or policy sets, of an id, with their versions.
fn search<'a>(at: Node<'a>, id: &str, set: bool, found: &mut Vec<(&'a str, Node<'a>)>) {
    match at {
        Node::Policy(policy) if !set && policy.id == id => {
            found.push((policy.version.as_str(), at));
        }
        Node::PolicySet(policies) => {
            if set && policies.id == id {
                found.push((policies.version.as_str(), at));
            }
            for child in &policies.children {
                match child {
                    PolicySetChild::Policy(child) => search(Node::Policy(child), id, set, found),
                    PolicySetChild::PolicySet(child) => {
                        search(Node::PolicySet(child), id, set, found);
                    }
                    _ => {}
                }
            }
        }
        Node::Policy(_) | Node::Rule(..) => {}
    }
}

/// The order of a version or pattern and a version: number by number, `*` equal to any number and
/// `+` to all numbers from there on (§5.13).
fn compare(pattern: &str, version: &str) -> Ordering {
    let mut parts = pattern.split('.');
    let mut numbers = version.split('.');
    loop {
        let order = match (parts.next(), numbers.next()) {
            (None, None) | (Some("+"), Some(_)) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some("*"), Some(_)) => Ordering::Equal,
            (Some(a), Some(b)) => {
                let number = |part: &str| part.parse::<u32>().expect("a number");
                number(a).cmp(&number(b))
            }
        };
        if order.is_ne() {
            return order;
        }
    }
}
