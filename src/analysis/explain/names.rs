//! Attributes that lines would call the same → names that tell them apart.

use std::collections::{HashMap, HashSet};

use super::tree::Node;
use crate::attribute::{Designator, ShortNames};

/// Gives attributes that the tree shows by one name those by which no other of its attributes is called.
pub(super) fn told_apart(tree: &mut Node) {
    let mut known: HashMap<String, HashSet<Designator>> = HashMap::new();
    collect(tree, &mut known);
    let names = ShortNames::of(known.values().flatten());
    known.retain(|_, named| {
        let mut others = named.iter().map(|of| (&of.category, &of.id));
        let first = others.next();
        others.any(|other| Some(other) != first)
    });
    if !known.is_empty() {
        rename(tree, &known, &names);
    }
}

/// Collects the attributes by their names.
fn collect(node: &Node, known: &mut HashMap<String, HashSet<Designator>>) {
    if let Some(found) = &node.attribute {
        match known.get_mut(&found.name) {
            Some(named) if named.contains(&found.designator) => {}
            Some(named) => drop(named.insert(found.designator.clone())),
            None => drop(known.insert(
                found.name.clone(),
                HashSet::from([found.designator.clone()]),
            )),
        }
    }
    for child in &node.children {
        collect(child, known);
    }
}

fn rename(node: &mut Node, known: &HashMap<String, HashSet<Designator>>, names: &ShortNames) {
    if let Some(found) = &mut node.attribute
        && known.contains_key(&found.name)
    {
        found.name = names.in_words(&found.designator);
    }
    for child in &mut node.children {
        rename(child, known, names);
    }
}
