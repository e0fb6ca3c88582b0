//! A request with a `scope` → the requests for its nodes.

use std::collections::HashSet;

use super::{Hierarchy, Node};
use crate::attribute::category;
use crate::request::scope::{Scope, is_scope};
use crate::request::{PartError, Request};

type Part = Result<Request, PartError>;

/// Replaces each part that has a `scope` by one for each node it asks about: in all no more than
/// `most`, and an error after them if there would be more.
pub(crate) fn spread(
    parts: Vec<Part>,
    hierarchy: Option<&dyn Hierarchy>,
    most: usize,
) -> Vec<Part> {
    let has_scope = |part: &Part| part.as_ref().is_ok_and(Request::has_scope);
    if !parts.iter().any(has_scope) {
        return parts;
    }
    let mut all = Vec::with_capacity(parts.len());
    for part in parts {
        // One for too many is the last, and may be one more than there is room for.
        if all.len() >= most {
            all.push(Err(PartError::TooMany(most)));
            break;
        }
        match part {
            Ok(request) => of_request(request, hierarchy, most, &mut all),
            error => all.push(error),
        }
        if let Some(Err(PartError::TooMany(_))) = all.last() {
            break;
        }
    }
    all
}

fn of_request(
    request: Request,
    hierarchy: Option<&dyn Hierarchy>,
    most: usize,
    all: &mut Vec<Part>,
) {
    let scope = match request.scope() {
        None => return all.push(Ok(request)),
        Some(Err(error)) => return all.push(Err(error)),
        Some(Ok(scope)) => scope,
    };
    if scope == Scope::Immediate {
        return all.push(Ok(without_scope(&request)));
    }
    let room = most - all.len();
    match nodes_below(&request, scope, hierarchy, room) {
        Err(error) => all.push(Err(error)),
        Ok(nodes) => {
            all.push(Ok(without_scope(&request)));
            let more = nodes.len() >= room;
            let nodes = nodes.iter().take(room.saturating_sub(1));
            all.extend(nodes.map(|node| Ok(about(&request, node))));
            if more {
                all.push(Err(PartError::TooMany(most)));
            }
        }
    }
}

/// The nodes below that of a request, depth first; when they are `room` or more, not all of them.
fn nodes_below(
    request: &Request,
    scope: Scope,
    hierarchy: Option<&dyn Hierarchy>,
    room: usize,
) -> Result<Vec<Node>, PartError> {
    let hierarchy = hierarchy.ok_or(PartError::NoHierarchy)?;
    let root = Node::of(request).ok_or(PartError::NoResource)?;
    let mut met: HashSet<_> = root.keys().collect();
    let mut children = |node: &Node| {
        let found = hierarchy.children(node, request);
        let found = found.map_err(|error| PartError::Hierarchy {
            name: hierarchy.name().to_owned(),
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

fn without_scope(request: &Request) -> Request {
    let mut request = request.clone();
    for attributes in &mut request.categories {
        if *attributes.category == *category::RESOURCE {
            let attributes = &mut attributes.to_mut().attributes;
            attributes.retain(|attribute| !is_scope(attribute));
        }
    }
    request
}

/// The request, about another node.
fn about(request: &Request, node: &Node) -> Request {
    let categories = request.categories.iter();
    let categories = categories.map(|attributes| {
        if *attributes.category == *category::RESOURCE {
            node.attributes().into()
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
