//! The requests that a right stands for, and what a policy asks of them: what answers about policies
//! and the policies of resources both need.

pub(super) mod delegable;
pub(super) mod seen;

use std::sync::Arc;

use super::delegation::Right;
use super::id::{self, AttributeKind, resource};
use super::lint::count;
use super::resource::ResourceId;
use crate::analysis::lint::ValueCount;
use crate::attribute::{Designator, category, id::ACTION_ID};
use crate::request::{Request, RequestBuilder};
use crate::value::{DataType, Value};

/// Begins a request with the names of a resource, and the attributes of a part of it.
pub(super) fn names(resource: &ResourceId, part: &[(Arc<str>, Arc<str>)]) -> RequestBuilder {
    let mut request = Request::builder();
    let mut name = |id: &str, value: &str| {
        let texts = [Value::from(value)].into_iter();
        // Policies may compare names as URIs, too.
        let uri = Value::parse(DataType::AnyUri, value).ok();
        for value in texts.chain(uri) {
            request = std::mem::take(&mut request).resource(id, value);
        }
    };
    name(resource::RESOURCE, resource.as_str());
    if let Some((org, app)) = resource.as_app() {
        name(resource::ORG, org);
        name(resource::APP, app);
    }
    for (id, value) in part {
        name(id, value);
    }
    request
}

/// Whether an attribute names the resource, or is of the environment, which a question does not
/// leave open.
pub(super) fn is_name(of: &Designator) -> bool {
    use AttributeKind::{App, AppOwner, Resource};
    *of.category == *category::ENVIRONMENT
        || *of.category == *category::RESOURCE
            && matches!(
                id::kind(&of.category, &of.id),
                Some(Resource | AppOwner | App)
            )
}

/// Whether a question about a right leaves an attribute open: the right gives the action and the
/// part of the resource.
pub(super) fn is_open_beside_right(right: &Right, of: &Designator) -> bool {
    let is_of_right = || right.part.iter().any(|(id, _)| **id == *of.id);
    match &*of.category {
        category::RESOURCE => {
            let kind = id::kind(&of.category, &of.id);
            let is_other = matches!(
                kind,
                Some(AttributeKind::Party(..) | AttributeKind::Instance)
            );
            is_other && !is_of_right()
        }
        _ => !is_action(of),
    }
}

pub(super) fn is_action(of: &Designator) -> bool {
    *of.category == *category::ACTION && *of.id == *ACTION_ID
}

/// Whether a right has one value of an attribute: an instance is in one task at a time.
pub(super) fn is_single(of: &Designator) -> bool {
    count(&of.category, &of.id) != ValueCount::Any
}
