//! A request with a `scope` → the requests for its nodes.

use std::collections::HashSet;

use super::{Hierarchy, Node};
use crate::attribute::category;
use crate::provider::guarded;
use crate::request::scope::Scope;
use crate::request::{IndividualRequestError, MOST_VALUES, Request};

type Part = Result<Request, IndividualRequestError>;

/// Replaces each part that has a `scope` by one for each node it asks about.
///
/// # Errors
///
/// They are more than `most` in all, or have too many values together.
pub(super) fn spread(
    parts: Vec<Part>,
    hierarchy: Option<&dyn Hierarchy>,
    most: usize,
) -> Result<Vec<Part>, IndividualRequestError> {
    let mut all = Vec::with_capacity(parts.len());
    let mut values = 0;
    for part in parts {
        match part {
            Ok(request) => of_request(request, hierarchy, most, &mut values, &mut all)?,
            error => all.push(error),
        }
        if all.len() > most {
            return Err(IndividualRequestError::TooMany(most));
        }
    }
    Ok(all)
}

fn of_request(
    request: Request,
    hierarchy: Option<&dyn Hierarchy>,
    most: usize,
    values: &mut usize,
    all: &mut Vec<Part>,
) -> Result<(), IndividualRequestError> {
    let scope = match request.scope() {
        None => {
            all.push(Ok(request));
            return Ok(());
        }
        Some(Err(error)) => {
            all.push(Err(error));
            return Ok(());
        }
        Some(Ok(scope)) => scope,
    };
    let rest = request.without_scope();
    let nodes = match scope {
        Scope::Immediate => Vec::new(),
        // One more than there is room for says that there are too many.
        _ => match nodes_below(&request, scope, hierarchy, most.saturating_sub(all.len())) {
            Ok(nodes) => nodes,
            Err(error) => {
                all.push(Err(error));
                return Ok(());
            }
        },
    };
    if all.len() + 1 + nodes.len() > most {
        return Err(IndividualRequestError::TooMany(most));
    }
    // The attributes of other categories are those of each node.
    let of_nodes = rest.values_in(|name| name != category::RESOURCE);
    let of_nodes = of_nodes.saturating_mul(nodes.len());
    let of_all = rest.values_in(|_| true).saturating_add(of_nodes);
    *values = values.saturating_add(of_all);
    if *values > MOST_VALUES {
        return Err(IndividualRequestError::TooManyValues(MOST_VALUES));
    }
    all.push(Ok(rest));
    all.extend(nodes.iter().map(|node| Ok(about(&request, node))));
    Ok(())
}

/// The nodes below that of a request, depth first; when they are `room` or more, not all of them.
fn nodes_below(
    request: &Request,
    scope: Scope,
    hierarchy: Option<&dyn Hierarchy>,
    room: usize,
) -> Result<Vec<Node>, IndividualRequestError> {
    let hierarchy = hierarchy.ok_or(IndividualRequestError::NoHierarchy)?;
    let root = Node::of(request).ok_or(IndividualRequestError::NoResource)?;
    let mut met: HashSet<_> = root.keys().collect();
    let mut children = |node: &Node| {
        let found = guarded(|| hierarchy.children(node, request));
        let found = found.map_err(|error| IndividualRequestError::Hierarchy {
            name: guarded(|| Ok(hierarchy.name().to_owned())).unwrap_or_default(),
            message: error.to_string(),
        })?;
        let mut new = Vec::new();
        for mut child in found {
            let keys: Vec<_> = child.keys().collect();
            if keys.iter().any(|key| met.contains(key)) {
                continue;
            }
            met.extend(keys);
            if root.includes_in_result() {
                child = child.include_in_result();
            }
            new.push(child);
            if new.len() >= room {
                break;
            }
        }
        Ok(new)
    };
    if scope == Scope::Children {
        return children(&root);
    }
    let mut nodes = Vec::new();
    // The next one last.
    let mut waiting = children(&root)?;
    waiting.reverse();
    while let Some(node) = waiting.pop() {
        if nodes.len() >= room {
            break;
        }
        let mut below = children(&node)?;
        below.reverse();
        waiting.append(&mut below);
        nodes.push(node);
        // What would come after there is no more room is never reached.
        let reached = room - nodes.len();
        waiting.drain(..waiting.len().saturating_sub(reached));
    }
    Ok(nodes)
}

/// The request, about another node.
fn about(request: &Request, node: &Node) -> Request {
    let categories = request.categories.iter();
    let categories = categories.map(|attributes| {
        if *attributes.category == *category::RESOURCE {
            node.attributes()
        } else {
            attributes.clone()
        }
    });
    Request {
        categories: categories.collect(),
        return_policy_id_list: request.return_policy_id_list,
        combined_decision: false,
        xpath_version: request.xpath_version.clone(),
        multi_requests: Vec::new(),
        ..Request::default()
    }
}
