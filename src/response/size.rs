//! The length of a result in a document, which the limit on responses counts.

use super::{AttributeAssignment, MissingAttribute, ResponseResult};
use crate::request::budget::{Budget, Bytes};

/// Bytes of elements, names and quotation marks around a named part.
const AROUND: usize = 64;

impl ResponseResult {
    /// Spends the bytes that the result repeats from those left for the call, and returns whether
    /// there were enough. A result with its decision alone takes none.
    pub(crate) fn fits(&self, budget: &mut Budget) -> bool {
        // A new member is named here, too.
        let Self {
            decision: _,
            status,
            obligations,
            advice,
            attributes,
            policies,
            troubles: _,
        } = self;
        let obligations = obligations.iter().map(|o| (&o.id, &o.assignments));
        let advice = advice.iter().map(|a| (&a.id, &a.assignments));
        budget.takes_result(|bytes| {
            for (id, assignments) in obligations.chain(advice) {
                bytes.take(id.len() + AROUND)?;
                for assignment in assignments {
                    take_assignment(bytes, assignment)?;
                }
            }
            for category in attributes {
                bytes.take(category.category.len() + AROUND)?;
                for attribute in &category.attributes {
                    // Value by value: one attribute may have very many.
                    bytes.take(attribute.id.len() + AROUND)?;
                    bytes.take(attribute.issuer.as_deref().map_or(0, str::len))?;
                    for value in &attribute.values {
                        bytes.take(value.written())?;
                    }
                }
            }
            for policy in policies {
                let version = policy.version.as_deref().map_or(0, str::len);
                bytes.take(policy.id.len() + version + AROUND)?;
            }
            let Some(status) = status else {
                return Some(());
            };
            bytes.take(status.message.as_deref().map_or(0, str::len))?;
            for MissingAttribute { designator, values } in &status.missing {
                let issuer = designator.issuer.as_deref().map_or(0, str::len);
                bytes.take(designator.id.len() + designator.category.len() + issuer + AROUND)?;
                for value in values {
                    bytes.take(value.written())?;
                }
            }
            Some(())
        })
    }
}

fn take_assignment(bytes: &mut Bytes, assignment: &AttributeAssignment) -> Option<()> {
    let optional = |text: &Option<std::sync::Arc<str>>| text.as_deref().map_or(0, str::len);
    let around = optional(&assignment.category) + optional(&assignment.issuer) + AROUND;
    bytes.take(assignment.id.len() + around)?;
    bytes.take(assignment.value.written())
}
