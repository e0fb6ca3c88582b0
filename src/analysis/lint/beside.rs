//! Documents that decide beside one another → what is wrong with how they stand together.

use std::collections::HashSet;

use super::Code;
use super::literals::Reason;
use super::rules::is_always;
use crate::combining::{Algorithm, Combined};
use crate::error::last_part;
use crate::syntax::{AnyPolicy, Document, DocumentKind, Effect, PolicySetChild, referred};

/// The documents of a PDP, as far as the linter must know them to judge one of them. By default there
/// are no others.
#[derive(Default)]
pub(crate) struct Beside<'d> {
    /// Those that a policy set refers to.
    parts: HashSet<(DocumentKind, &'d str)>,
    /// How those that decide by themselves combine, if it is by an algorithm of the standard.
    algorithm: Option<Algorithm>,
    /// The documents that decide by themselves.
    roots: usize,
    /// The number of those that may permit, and of those that may deny.
    may: [usize; 2],
    last: Option<&'d Document>,
}

impl<'d> Beside<'d> {
    /// The documents in their order, each with whether it decides by itself, and the algorithm that
    /// combines those that do.
    pub(crate) fn new(
        documents: impl Iterator<Item = (&'d Document, bool)> + Clone,
        algorithm: Option<&str>,
    ) -> Self {
        let references = documents.clone().map(|(document, _)| document);
        let mut beside = Self {
            parts: referred(references.flat_map(Document::references)),
            algorithm: algorithm.and_then(Algorithm::standard),
            ..Self::default()
        };
        for (document, _) in documents.filter(|(_, is_root)| *is_root) {
            beside.roots += 1;
            for effect in [Effect::Permit, Effect::Deny] {
                beside.may[place(effect)] += usize::from(may(document.into(), effect));
            }
            beside.last = Some(document);
        }
        beside
    }

    /// The findings about a document that decides by itself.
    pub(super) fn about(&self, document: &'d Document) -> Vec<(Code, Reason)> {
        let mut about = Vec::new();
        if self.parts.contains(&(document.kind(), document.id())) {
            let message = "a policy set refers to this one, and it decides by itself as well";
            let cure = "put what decides only where others refer to it into a folder `library`";
            about.push((Code::PartDecidesAlone, reason(message.to_owned(), cure)));
        }
        about.extend(self.blocks(document).map(|why| (Code::BlocksOthers, why)));
        about
    }

    /// The reason why the others decide nothing beside this one.
    fn blocks(&self, document: &'d Document) -> Option<Reason> {
        let algorithm = self.algorithm.as_ref()?;
        let effect = otherwise(document.into()).filter(|_| self.roots > 1)?;
        let name = last_part(algorithm.id(Combined::Policies));
        // The effect that outweighs the other.
        let outweighs = match algorithm {
            Algorithm::DenyOverrides
            | Algorithm::LegacyDenyOverridesPolicies
            | Algorithm::PermitUnlessDeny => Effect::Deny,
            Algorithm::PermitOverrides
            | Algorithm::LegacyPermitOverridesPolicies
            | Algorithm::DenyUnlessPermit => Effect::Permit,
            Algorithm::FirstApplicable => {
                let is_last = self.last.is_some_and(|last| std::ptr::eq(last, document));
                let message = format!(
                    "this policy decides every request, and `{name}` takes the decision of the first \
                     policy that has one: those after it never decide"
                );
                let cure = "give it a Target that says which requests it is about, or put it last";
                return (!is_last).then(|| reason(message, cure));
            }
            _ => return None,
        };
        let other = match outweighs {
            Effect::Permit => Effect::Deny,
            Effect::Deny => Effect::Permit,
        };
        let others = self.may[place(other)] - usize::from(may(document.into(), other));
        if effect != outweighs || others == 0 {
            return None;
        }
        let (denies, permit, denied, instead) = match outweighs {
            Effect::Deny => ("denies", "permit", "Permit", "permit-overrides"),
            Effect::Permit => ("permits", "deny", "Deny", "deny-overrides"),
        };
        let message = format!(
            "this policy {denies} every request that it does not {permit} itself, and under `{name}` \
             that outweighs every {denied} of the other policies"
        );
        let cure = format!(
            "give it a Target that says which requests it is about, or combine the policies by \
             `{instead}`"
        );
        Some((message, Some(cure)))
    }
}

fn reason(message: String, cure: &str) -> Reason {
    (message, Some(cure.to_owned()))
}

fn place(effect: Effect) -> usize {
    usize::from(effect == Effect::Deny)
}

/// The effect that a policy has for every request for which it has not the other one.
fn otherwise(policy: AnyPolicy<'_>) -> Option<Effect> {
    match policy {
        AnyPolicy::Policy(alone) => {
            let always = alone.rules().filter(|rule| is_always(rule));
            combined(policy, always.map(|rule| rule.effect))
        }
        AnyPolicy::Set(_) => combined(policy, policy.in_place().filter_map(otherwise)),
    }
}

/// The effect of a policy of whose children some have one for every request.
fn combined(policy: AnyPolicy<'_>, mut always: impl Iterator<Item = Effect>) -> Option<Effect> {
    if !policy.target().any_of.is_empty() {
        return None;
    }
    let overriding = match Algorithm::standard(policy.combining_algorithm())? {
        Algorithm::DenyUnlessPermit => return Some(Effect::Deny),
        Algorithm::PermitUnlessDeny => return Some(Effect::Permit),
        Algorithm::FirstApplicable => return always.next(),
        Algorithm::DenyOverrides
        | Algorithm::LegacyDenyOverridesRules
        | Algorithm::LegacyDenyOverridesPolicies => Effect::Deny,
        Algorithm::PermitOverrides
        | Algorithm::LegacyPermitOverridesRules
        | Algorithm::LegacyPermitOverridesPolicies => Effect::Permit,
        Algorithm::OnlyOneApplicable | Algorithm::OnPermitApplySecond | Algorithm::Host(_) => {
            return None;
        }
    };
    always.reduce(|first, next| if next == overriding { next } else { first })
}

/// Whether a policy may have an effect: what it refers to may have any.
fn may(policy: AnyPolicy<'_>, effect: Effect) -> bool {
    let own = match policy {
        AnyPolicy::Policy(policy) => policy.rules().any(|rule| rule.effect == effect),
        AnyPolicy::Set(set) => set.children.iter().any(|child| {
            use PolicySetChild::{PolicyReference, PolicySetReference};
            matches!(child, PolicyReference(_) | PolicySetReference(_))
        }),
    };
    own || is_otherwise(policy.combining_algorithm(), effect)
        || policy.in_place().any(|within| may(within, effect))
}

/// Whether an algorithm has an effect where no child has.
fn is_otherwise(algorithm: &str, effect: Effect) -> bool {
    match Algorithm::standard(algorithm) {
        Some(Algorithm::DenyUnlessPermit) => effect == Effect::Deny,
        Some(Algorithm::PermitUnlessDeny) => effect == Effect::Permit,
        _ => false,
    }
}
