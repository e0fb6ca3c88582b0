//! Delegations ↔ XACML policies in the form in which Altinn keeps them: one rule for each right,
//! whose Target names the receiver, the resource and the action.

mod read;

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::sync::Arc;

use super::{Delegation, Right};
use crate::Diagnostic;
use crate::Error;
use crate::altinn::fact::Window;
use crate::altinn::id::{self, AttributeKind, KeyForm, resource, subject};
use crate::altinn::party::{PartyKey, PartyKind};
use crate::attribute::{category, id::ACTION_ID};
use crate::combining::policy;
use crate::function::id as function;
use crate::report::{Visible, cut};
use crate::response::Obligation;
use crate::syntax::{
    AllOf, AttributeAssignmentExpression, AttributeDesignator, Document, Effect, Expression, Match,
    ObligationExpression, Policy, Rule, Target,
};
use crate::value::DataType;

/// Optional parts of a delegation policy that its [`Delegation`] does not have. Empty by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PolicyDetails {
    /// The receiver's kind of party, which selects the attribute for its UUID. Without it, the
    /// attribute is `urn:altinn:party:uuid`.
    pub to: Option<PartyKind>,
    /// The party that delegated; it appears in the description only.
    pub by: Option<PartyKey>,
    /// The RuleIds, one for each right; if empty, each is the delegation's id and a number.
    pub rule_ids: Vec<Arc<str>>,
}

impl PolicyDetails {
    /// Sets the receiver's kind of party.
    #[must_use]
    pub fn to(mut self, kind: PartyKind) -> Self {
        self.to = Some(kind);
        self
    }

    /// Sets the party that delegated.
    #[must_use]
    pub fn by(mut self, by: PartyKey) -> Self {
        self.by = Some(by);
        self
    }

    /// Sets the RuleIds, in the order of the rights.
    #[must_use]
    pub fn rule_ids<I: Into<Arc<str>>>(mut self, ids: impl IntoIterator<Item = I>) -> Self {
        self.rule_ids = ids.into_iter().map(Into::into).collect();
        self
    }
}

impl Delegation {
    /// Returns the policy that Altinn keeps for this delegation; [`Delegation::from_policy`] reads
    /// it.
    ///
    /// No rule names the party it is from; only the description does, with the birthday alone of a
    /// national identity number. A delegation without rights makes a policy without rules, as
    /// remains when the last right is revoked.
    ///
    /// ```
    /// use vedtak::altinn::delegation::{Delegation, PolicyDetails, Right};
    /// use vedtak::altinn::resource::ResourceId;
    /// use vedtak::altinn::PartyKey;
    /// use vedtak::{Decision, Pdp, Request};
    ///
    /// let app = ResourceId::app("ttd", "form");
    /// let delegation = Delegation::new("d1", app, PartyKey::Id(50001), PartyKey::User(20))
    ///     .right("read")
    ///     .right(Right::from("write").on("urn:altinn:task", "Task_1"));
    /// let policy = delegation.to_policy(&PolicyDetails::default())?;
    /// let pdp = Pdp::builder().document(policy.clone()).build()?;
    /// let request = Request::builder()
    ///     .subject("urn:altinn:userid", "20")
    ///     .resource("urn:altinn:org", "ttd")
    ///     .resource("urn:altinn:app", "form")
    ///     .action("read")
    ///     .build();
    /// assert_eq!(pdp.decide(&request).decision(), Decision::Permit);
    ///
    /// let text = policy.to_xml();
    /// let limits = vedtak::Limits::default();
    /// let read = Delegation::from_policy("d1", PartyKey::Id(50001), "d1.xml", text, &limits)?;
    /// assert_eq!(read, [delegation]);
    /// # Ok::<(), vedtak::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The policy cannot express: a window of time (it would permit outside it), a receiver known
    /// only by an organisation number or a national identity number, a part of a resource that
    /// names another resource, an instance or a party. Other errors: RuleIds whose number differs
    /// from that of the rights, or that are not distinct.
    pub fn to_policy(&self, details: &PolicyDetails) -> Result<Document, Error> {
        let mut problems = Vec::new();
        let mut problem = |message: String| {
            let path = format!("delegation `{}`", cut(&self.id));
            problems.push(Diagnostic::placeless(path, Visible(message).to_string()));
        };
        if self.window != Window::ALWAYS {
            problem(format!(
                "a delegation policy knows no time, and would permit whenever; this delegation \
                 holds {}",
                self.window
            ));
        }
        let receiver = receiver(&self.to, details.to);
        if receiver.is_none() {
            let to = &self.to;
            problem(format!(
                "a delegation policy names its receiver by user id, party id or UUID, not as {to:?}"
            ));
        }
        for part in self.rights.iter().flat_map(|right| &right.part) {
            if !is_part(&part.0) {
                problem(format!("`{}` is no part of a resource", part.0));
            }
        }
        let (given, needed) = (details.rule_ids.len(), self.rights.len());
        if given > 0 && given != needed {
            problem(format!("{given} RuleIds are given for {needed} rights"));
        }
        let mut known = HashSet::new();
        for id in &details.rule_ids {
            if !known.insert(id) {
                problem(format!("the RuleId `{id}` is given twice"));
            }
        }
        match receiver {
            Some(receiver) if problems.is_empty() => Ok(self.policy(&receiver, details)),
            _ => Err(Error::new(problems)),
        }
    }

    fn policy(&self, receiver: &(&str, String), details: &PolicyDetails) -> Document {
        let combining_algorithm = match self.instance {
            Some(_) => policy::PERMIT_OVERRIDES,
            None => policy::DENY_OVERRIDES,
        };
        let mut policy =
            Policy::new(POLICY_ID, combining_algorithm).description(self.describe(details));
        for (i, right) in self.rights.iter().enumerate() {
            let id = match details.rule_ids.get(i) {
                Some(given) => given.to_string(),
                None => format!("{}-{}", self.id, i + 1),
            };
            policy = policy.rule(Rule::permit(id).target(self.target(receiver, right)));
        }
        policy.obligations = self.level.obligations().map(expression).collect();
        Document::Policy(policy)
    }

    /// Returns the description, for people: no code reads it. Keys are written as `Debug` does,
    /// with only the birthday of a national identity number.
    fn describe(&self, details: &PolicyDetails) -> String {
        let Self {
            from, to, resource, ..
        } = self;
        let mut text = format!("What {to:?} may do for {from:?} with {resource}");
        if let Some(instance) = &self.instance {
            text += &format!(", instance {instance}");
        }
        if let Some(by) = &details.by {
            text += &format!("; delegated by {by:?}");
        }
        text + "."
    }

    fn target(&self, receiver: &(&str, String), right: &Right) -> Target {
        let mut attributes: Vec<(&str, &str)> = match self.resource.as_app() {
            Some((org, app)) => vec![(resource::ORG, org), (resource::APP, app)],
            None => vec![(resource::RESOURCE, self.resource.as_str())],
        };
        if let Some(instance) = &self.instance {
            attributes.push((resource::RESOURCE_INSTANCE_ID, instance.as_str()));
        }
        attributes.extend(right.part.iter().map(|(id, value)| (&**id, &**value)));
        let (id, value) = receiver;
        Target::new()
            .any_of([self.all_of(category::ACCESS_SUBJECT, &[(*id, value)])])
            .any_of([self.all_of(category::RESOURCE, &attributes)])
            .any_of([self.all_of(category::ACTION, &[(ACTION_ID, &right.action)])])
    }

    /// Returns a conjunction of matches on these attributes of a category.
    fn all_of(&self, category: &str, attributes: &[(&str, &str)]) -> AllOf {
        let function = match self.instance {
            Some(_) => function::STRING_EQUAL_IGNORE_CASE,
            None => function::STRING_EQUAL,
        };
        let matches = attributes.iter().map(|(id, value)| {
            let attribute = AttributeDesignator::new(category, *id, DataType::String);
            Match::new(function, *value, attribute)
        });
        Vec::from_iter(matches).into()
    }
}

const POLICY_ID: &str = "urn:altinn:policyid:1";

/// Returns the expression of an obligation whose values are constants.
fn expression(obligation: Obligation) -> ObligationExpression {
    let mut expression = ObligationExpression::new(&*obligation.id, Effect::Permit);
    for assignment in obligation.assignments {
        expression.assignments.push(AttributeAssignmentExpression {
            category: assignment.category.as_deref().map(str::to_owned),
            ..AttributeAssignmentExpression::new(
                &*assignment.id,
                Expression::value(assignment.value),
            )
        });
    }
    expression
}

/// Returns the attribute that identifies the receiver, with its value; `None` for other keys.
fn receiver(to: &PartyKey, kind: Option<PartyKind>) -> Option<(&'static str, String)> {
    match to {
        PartyKey::User(id) => Some((subject::USER_ID, id.to_string())),
        PartyKey::Id(id) => Some((subject::PARTY_ID, id.to_string())),
        PartyKey::Uuid(uuid) => {
            let of_kind = id::of_kind(AttributeKind::Party(KeyForm::Uuid, kind));
            Some((of_kind.unwrap_or(subject::PARTY_UUID), uuid.to_string()))
        }
        PartyKey::Organisation(_)
        | PartyKey::Person(_)
        | PartyKey::Email(_)
        | PartyKey::Username(_) => None,
    }
}

/// Whether an attribute describes a part of the resource, and does not identify the resource, the
/// instance or the party.
fn is_part(id: &str) -> bool {
    use AttributeKind::*;
    match id::kind(category::RESOURCE, id) {
        Some(Party(..) | Resource | AppOwner | App | Instance) => false,
        Some(
            Role(_) | EstateRole | AccessPackage | AccessGroup | AccessList | PartyType
            | ServiceOwner | DelegatingApp | ResourceRight | InstanceState | AppPart,
        )
        | None => true,
    }
}
