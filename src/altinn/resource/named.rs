//! A policy → the resources that it is about.

use indexmap::IndexSet;

use super::ResourceId;
use crate::altinn::id::{self, AttributeKind};
use crate::altinn::placeholder;
use crate::function::equality_ignores_case;
use crate::syntax::{AllOf, AttributeReference, Document, Effect, Target};

impl ResourceId {
    /// Returns the resources that the Permit rules of a policy name, in their order: by id, or apps by
    /// owner and name. Empty if one of them is not limited so: then the policy permits something for any
    /// resource, or for the app whose placeholders it has.
    ///
    /// ```
    /// use vedtak::altinn::resource::ResourceId;
    /// use vedtak::syntax::Document;
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/first-service/policy.xml")?;
    ///
    /// let document = Document::from_xml(policy)?;
    /// assert_eq!(ResourceId::named_by(&document), [ResourceId::new("ttd-brev")]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn named_by(document: &Document) -> Vec<Self> {
        let around = match document {
            Document::Policy(_) => Vec::new(),
            Document::PolicySet(set) => named(&set.target),
        };
        let mut all: IndexSet<Self> = IndexSet::new();
        for policy in document.policies() {
            let of_policy = named(&policy.target);
            let mut is_open = false;
            for rule in policy.rules().filter(|rule| rule.effect == Effect::Permit) {
                let of_rule = rule.target.as_ref().map(named).unwrap_or_default();
                is_open |= of_rule.is_empty();
                all.extend(of_rule);
            }
            if is_open {
                if of_policy.is_empty() && around.is_empty() {
                    return Vec::new();
                }
                all.extend(if of_policy.is_empty() {
                    around.clone()
                } else {
                    of_policy
                });
            }
        }
        all.into_iter().collect()
    }

    /// Returns the resources that a policy names, if it names others and not this one: then it permits
    /// nothing for it.
    pub(in crate::altinn) fn others_of(&self, document: &Document) -> Vec<Self> {
        let named = Self::named_by(document);
        let is_own = |one: &Self| one.0.to_lowercase() == self.0.to_lowercase();
        match named.iter().any(is_own) {
            true => Vec::new(),
            false => named,
        }
    }
}

/// The resources to which a target is limited; empty if it is not.
fn named(target: &Target) -> Vec<ResourceId> {
    let (mut owners, mut apps) = (None, None);
    for any_of in &target.any_of {
        // A target is limited by an `AnyOf` of which each alternative is.
        let all_of = || any_of.all_of.iter();
        let by_id: Option<Vec<ResourceId>> = all_of().map(resource).collect();
        if let Some(named) = by_id.filter(|named| !named.is_empty()) {
            return named;
        }
        let each = |kind| -> Option<Vec<&str>> { all_of().map(|one| value(one, kind)).collect() };
        owners = owners.or_else(|| each(AttributeKind::AppOwner));
        apps = apps.or_else(|| each(AttributeKind::App));
    }
    let (owners, apps) = (owners.unwrap_or_default(), apps.unwrap_or_default());
    match (&owners[..], &apps[..]) {
        ([owner], apps) => apps.iter().map(|app| ResourceId::app(owner, app)).collect(),
        (owners, [app]) => owners
            .iter()
            .map(|owner| ResourceId::app(owner, app))
            .collect(),
        _ => Vec::new(),
    }
}

/// The resource that an alternative names.
fn resource(all_of: &AllOf) -> Option<ResourceId> {
    if let Some(id) = value(all_of, AttributeKind::Resource) {
        return Some(ResourceId::new(id));
    }
    let owner = value(all_of, AttributeKind::AppOwner)?;
    let app = value(all_of, AttributeKind::App)?;
    Some(ResourceId::app(owner, app))
}

/// The value that an alternative requires of an attribute of the resource; none for a placeholder.
fn value(all_of: &AllOf, kind: AttributeKind) -> Option<&str> {
    let fits = all_of.matches.iter().find(|one| {
        matches!(
            &one.attribute,
            AttributeReference::Designator(of) if id::kind(&of.category, &of.id) == Some(kind)
        ) && equality_ignores_case(&one.function).is_some()
    });
    let text = fits.map(|one| &*one.value.text)?;
    placeholder::find(text).is_none().then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribute::category::RESOURCE;
    use crate::function::id::STRING_EQUAL;

    /// A rule with a Target of `AnyOf`, each of alternatives, each of attributes with their values.
    fn rule(effect: &str, any_of: &[&[&[(&str, &str)]]]) -> String {
        let mut target = String::new();
        for any_of in any_of {
            target += "<AnyOf>";
            for all_of in *any_of {
                target += "<AllOf>";
                for (id, value) in *all_of {
                    target += &format!(
                        r#"<Match MatchId="{STRING_EQUAL}"><AttributeValue
                        DataType="http://www.w3.org/2001/XMLSchema#string">{value}</AttributeValue>
                        <AttributeDesignator Category="{RESOURCE}" AttributeId="urn:altinn:{id}"
                        DataType="http://www.w3.org/2001/XMLSchema#string" MustBePresent="false"/></Match>"#
                    );
                }
                target += "</AllOf>";
            }
            target += "</AnyOf>";
        }
        format!(r#"<Rule RuleId="r" Effect="{effect}"><Target>{target}</Target></Rule>"#)
    }

    #[test]
    fn a_policy_is_of_the_resources_that_its_rules_permit() {
        let permit = |any_of: &[&[&[(&str, &str)]]]| rule("Permit", any_of);
        let of_a = permit(&[&[&[("resource", "a")]]]);
        let org_and_app: &[(&str, &str)] = &[("org", "ttd"), ("app", "x")];
        for (rules, named) in [
            (of_a.clone(), &["a"][..]),
            (
                of_a.clone() + &permit(&[&[&[("resource", "b")], &[("resource", "a")]]]),
                &["a", "b"],
            ),
            // What a rule denies is not of the policy.
            (
                of_a.clone() + &rule("Deny", &[&[&[("resource", "b")]]]),
                &["a"],
            ),
            (rule("Deny", &[&[&[("resource", "b")]]]), &[]),
            // One rule for any resource, or one alternative.
            (of_a.clone() + &permit(&[]), &[]),
            (permit(&[&[&[("resource", "a")], &[("task", "t")]]]), &[]),
            (permit(&[&[org_and_app]]), &["app_ttd_x"]),
            (
                permit(&[&[&[("org", "ttd")]], &[&[("app", "x")], &[("app", "y")]]]),
                &["app_ttd_x", "app_ttd_y"],
            ),
            (permit(&[&[org_and_app, &[("org", "skd")]]]), &[]),
            (permit(&[&[&[("org", "ttd")]]]), &[]),
            (permit(&[&[&[("org", "[ORG]"), ("app", "[APP]")]]]), &[]),
        ] {
            let policy = format!(
                r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="p" Version="1"
                RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides">
                <Target/>{rules}</Policy>"#
            );
            let document = Document::from_xml(&policy).expect("is read");
            let found = ResourceId::named_by(&document);
            let expected: Vec<ResourceId> = named.iter().copied().map(ResourceId::new).collect();
            assert_eq!(found, expected, "{rules}");
        }
    }
}
