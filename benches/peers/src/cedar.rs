//! Cedar: a policy a rule; roles and packages are what the principal is in. A forbid outweighs
//! every permit, as under deny-overrides; in W4 no two rules apply to one question.

use std::collections::HashSet;
use std::fmt::Write;
use std::str::FromStr;

use cedar_policy::{
    Authorizer, Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicySet, Request,
};
use vedtak::Decision;

use crate::equivalent::{Plain, rules, values};
use crate::workload::question::Question;
use crate::{Answer, Engine, Policies};

pub(crate) struct Cedar {
    authorizer: Authorizer,
    policies: PolicySet,
}

impl Engine for Cedar {
    const NAME: &str = "cedar-policy";
    type Source = String;
    type Request = (Request, Entities);

    fn source(policies: &Policies) -> Option<String> {
        let mut text = String::new();
        for rule in rules(policies)? {
            let effect = if rule.permits { "permit" } else { "forbid" };
            let list = |kind: &str, values: &[&str]| {
                let names = values.iter().map(|value| format!("{kind}::{value:?}"));
                names.collect::<Vec<_>>().join(", ")
            };
            let subjects = list("Role", &values(&rule.subjects));
            let actions = list("Action", &values(&rule.actions));
            let resource = list("Resource", &[&rule.resource.1]);
            let written = writeln!(
                text,
                "{effect} (principal, action in [{actions}], resource == {resource}) \
                 when {{ principal in [{subjects}] }};"
            );
            written.expect("a String takes it");
        }
        Some(text)
    }

    fn load(source: &String) -> Self {
        Self {
            authorizer: Authorizer::new(),
            policies: PolicySet::from_str(source).expect("is Cedar"),
        }
    }

    fn request(question: &Question) -> Self::Request {
        let plain = Plain::of(question);
        let principal = uid("User", "asker");
        let roles: HashSet<EntityUid> = plain.subjects.iter().map(|s| uid("Role", s)).collect();
        let asker = Entity::new_no_attrs(principal.clone(), roles);
        let entities = Entities::from_entities([asker], None).expect("are entities");
        let (action, resource) = (uid("Action", plain.action), uid("Resource", plain.resource));
        let request = Request::new(principal, action, resource, Context::empty(), None);
        (request.expect("is a request"), entities)
    }

    fn decide(&mut self, (request, entities): &Self::Request) -> Answer {
        let response = self
            .authorizer
            .is_authorized(request, &self.policies, entities);
        let decides = response.diagnostics().reason().next().is_some();
        assert!(response.diagnostics().errors().next().is_none());
        Answer::Decision(match (response.decision(), decides) {
            (cedar_policy::Decision::Allow, _) => Decision::Permit,
            (cedar_policy::Decision::Deny, true) => Decision::Deny,
            (cedar_policy::Decision::Deny, false) => Decision::NotApplicable,
        })
    }
}

fn uid(kind: &str, id: &str) -> EntityUid {
    let kind = EntityTypeName::from_str(kind).expect("is a type name");
    EntityUid::from_type_name_and_id(kind, EntityId::new(id))
}
