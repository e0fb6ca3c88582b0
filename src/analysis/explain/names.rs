//! Attributes that lines would call the same → names that tell them apart.

use std::collections::HashMap;

use super::tree::Node;
use super::words;
use crate::attribute::Designator;

/// Adds the category to the names of attributes that the tree shows from several, and gives the whole
/// identifiers of those that differ in nothing else.
pub(super) fn told_apart(tree: &mut Node) {
    let mut known = HashMap::new();
    collect(tree, &mut known);
    known.retain(|_, named| named.is_in_several || named.has_several);
    if !known.is_empty() {
        rename(tree, &known);
    }
}

/// The attributes of one name.
struct Named {
    first: Designator,
    is_in_several: bool,
    /// Whether they have different identifiers.
    has_several: bool,
}

fn collect(node: &Node, known: &mut HashMap<String, Named>) {
    if let Some(found) = &node.attribute {
        let designator = &found.designator;
        match known.get_mut(&found.name) {
            Some(named) => {
                named.is_in_several |= named.first.category != designator.category;
                named.has_several |= named.first.id != designator.id;
            }
            None => {
                let named = Named {
                    first: designator.clone(),
                    is_in_several: false,
                    has_several: false,
                };
                known.insert(found.name.clone(), named);
            }
        }
    }
    for child in &node.children {
        collect(child, known);
    }
}

fn rename(node: &mut Node, known: &HashMap<String, Named>) {
    if let Some(found) = &mut node.attribute
        && let Some(named) = known.get(&found.name)
    {
        if named.has_several {
            found.name = format!("`{}`", words::shown(&found.designator.id));
        }
        if named.is_in_several {
            let category = &found.designator.category;
            let part = words::short(category);
            // One of the standard as one says it.
            found.name += &match category.starts_with("urn:oasis:names:tc:xacml:") {
                true => format!(" of {part}"),
                false => format!(" of `{part}`"),
            };
        }
    }
    for child in &mut node.children {
        rename(child, known);
    }
}
