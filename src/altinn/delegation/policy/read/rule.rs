//! A rule of a delegation policy → its receivers, resources and levels, each with the right given.

use indexmap::IndexMap;

use super::{DelegationPolicyReader, Granted};
use crate::altinn::delegation::Right;
use crate::altinn::delegation::policy::is_part;
use crate::altinn::id::KeyForm::{PartyId, UserId, Uuid};
use crate::altinn::id::{self, AttributeKind, resource};
use crate::altinn::level::MinimumLevel;
use crate::altinn::party::PartyKey;
use crate::altinn::resource::{InstanceId, ResourceId};
use crate::attribute::{category, id::ACTION_ID};
use crate::function::id as function;
use crate::report::cut;
use crate::syntax::{AllOf, AttributeReference, Effect, Match, Rule, Target};
use crate::value::DataType;

impl DelegationPolicyReader<'_> {
    /// Returns the rights that a rule gives: each of its receivers may do each of its actions on
    /// each of its resources, by the alternatives of its Target. Altinn writes one of each. `level`
    /// is the level that the policy requires for all rules.
    pub(super) fn rule(&mut self, rule: &Rule, level: MinimumLevel) -> Vec<(Granted, Right)> {
        if rule.effect != Effect::Permit {
            let message = "a delegation only permits, found a rule of effect `Deny`";
            self.problem(rule.offset, message);
        }
        if let Some(condition) = &rule.condition {
            let message = "a rule of a delegation policy has no `Condition`";
            self.problem(condition.offset(), message);
        }
        let level = self.levels(level, &rule.obligations, &rule.advice);
        let Some(target) = &rule.target else {
            let message = "the rule has no Target: it would permit everything";
            self.problem(rule.offset, message);
            return Vec::new();
        };
        let [subjects, resources, actions] = self.parts(target);
        let further = [subjects, resources, actions].map(|part| part.len().max(1));
        let further = further.into_iter().fold(1, usize::saturating_mul) - 1;
        self.expanded = self.expanded.saturating_add(further);
        if self.expanded > MOST_EXPANDED {
            let message = format!(
                "the alternatives of the rules give more than {MOST_EXPANDED} rights; give rules of \
                 their own to them"
            );
            self.problem(rule.offset, message);
            return Vec::new();
        }
        // Each part is read even after a problem in another, so that all problems are reported.
        let is_instance = !resources.is_empty() && resources.iter().all(names_instance);
        let subjects = subjects
            .iter()
            .map(|all_of| self.receiver(all_of, is_instance));
        let subjects: Vec<Option<PartyKey>> = subjects.collect();
        let resources = resources
            .iter()
            .map(|all_of| self.resource(all_of, names_instance(all_of)));
        let resources: Vec<_> = resources.collect();
        let actions = actions
            .iter()
            .map(|all_of| self.action(all_of, is_instance));
        let actions: Vec<Option<&str>> = actions.collect();
        let mut given = Vec::new();
        for to in subjects.iter().flatten() {
            for (resource, instance, part) in resources.iter().flatten() {
                for action in actions.iter().flatten() {
                    let mut right = Right::from(*action);
                    for (id, value) in part {
                        right = right.on(*id, *value);
                    }
                    let of = Granted {
                        to: to.clone(),
                        resource: resource.clone(),
                        instance: instance.clone(),
                        level,
                    };
                    given.push((of, right));
                }
            }
        }
        given
    }

    /// Returns the alternatives of a Target for the subject, the resource and the action; empty
    /// where a part is missing.
    fn parts<'t>(&mut self, target: &'t Target) -> [&'t [AllOf]; 3] {
        const PARTS: [(&str, &str); 3] = [
            ("subject", category::ACCESS_SUBJECT),
            ("resource", category::RESOURCE),
            ("action", category::ACTION),
        ];
        let mut parts: [&[AllOf]; 3] = [&[]; 3];
        let mut named = [false; 3];
        for any_of in &target.any_of {
            let mut here = [false; 3];
            for matching in any_of.all_of.iter().flat_map(|all_of| &all_of.matches) {
                let AttributeReference::Designator(designator) = &matching.attribute else {
                    let message = "a delegation policy has no `AttributeSelector`";
                    self.problem(matching.offset, message);
                    continue;
                };
                let part = PARTS.iter().position(|part| part.1 == designator.category);
                match part {
                    Some(part) => here[part] = true,
                    None => self.problem(
                        designator.offset,
                        format!(
                            "a delegation is about subject, resource and action, found the \
                             category `{}`",
                            cut(&designator.category)
                        ),
                    ),
                }
            }
            let about: Vec<usize> = (0..3).filter(|part| here[*part]).collect();
            for part in &about {
                if std::mem::replace(&mut named[*part], true) {
                    let message = format!("another `AnyOf` is about the {}, too", PARTS[*part].0);
                    self.problem(any_of.offset, message);
                }
            }
            match about.as_slice() {
                [] => {}
                [part] => parts[*part] = &any_of.all_of,
                several => {
                    let names: Vec<_> = several.iter().map(|part| PARTS[*part].0).collect();
                    let names = names.join(" and ");
                    let message = format!("an `AnyOf` is about one category, found {names}");
                    self.problem(any_of.offset, message);
                }
            }
        }
        for (part, (name, _)) in PARTS.iter().enumerate() {
            if !named[part] {
                let message = format!("the rule is for any {name}: no `AnyOf` names one");
                self.problem(target.offset, message);
            }
        }
        parts
    }

    /// Returns the attribute and the value of a match that compares strings.
    fn string<'t>(&mut self, matching: &'t Match, is_instance: bool) -> Option<(&'t str, &'t str)> {
        let Match {
            function,
            value,
            attribute: AttributeReference::Designator(designator),
            ..
        } = matching
        else {
            // `parts` has reported it already.
            return None;
        };
        let mut is_right = true;
        let mut problem = |offset, message: String| {
            self.problem(offset, message);
            is_right = false;
        };
        let ignoring_case = function == function::STRING_EQUAL_IGNORE_CASE;
        if function != function::STRING_EQUAL && !ignoring_case {
            let message = format!(
                "a delegation policy compares with string-equal, or for an instance with \
                 string-equal-ignore-case, found `{}`",
                cut(function)
            );
            problem(matching.offset, message);
        } else if ignoring_case && !is_instance {
            let message = "only delegations of an instance compare with string-equal-ignore-case";
            problem(matching.offset, message.to_owned());
        }
        let types = [
            (&value.data_type, value.offset),
            (&designator.data_type, designator.offset),
        ];
        for (data_type, offset) in types {
            if data_type != DataType::String.uri() {
                let found = cut(data_type);
                problem(
                    offset,
                    format!("a delegation policy compares strings, found `{found}`"),
                );
            }
        }
        if designator.issuer.is_some() {
            let message = "an attribute of a delegation policy has no `Issuer`";
            problem(designator.offset, message.to_owned());
        }
        if designator.must_be_present {
            let message = "no attribute of a delegation policy must be present";
            problem(designator.offset, message.to_owned());
        }
        is_right.then_some((&designator.id, &value.text))
    }

    /// Returns the only match of an alternative; reports several.
    fn only<'t>(&mut self, name: &str, all_of: &'t AllOf) -> Option<&'t Match> {
        match all_of.matches.as_slice() {
            [only] => Some(only),
            several => {
                let count = several.len();
                let message = format!("a rule has one {name}, found {count} matches");
                self.problem(all_of.offset, message);
                None
            }
        }
    }

    fn receiver(&mut self, all_of: &AllOf, is_instance: bool) -> Option<PartyKey> {
        let matching = self.only("receiver", all_of)?;
        let (id, value) = self.string(matching, is_instance)?;
        let Some(AttributeKind::Party(form @ (UserId | PartyId | Uuid), _)) =
            id::kind(category::ACCESS_SUBJECT, id)
        else {
            let message = format!(
                "a delegation is for a user id, a party id or the UUID of a party, found `{}`",
                cut(id)
            );
            self.problem(matching.offset, message);
            return None;
        };
        // Some files have UUIDs in capitals. Here they identify parties, and are not texts that a
        // request must repeat letter by letter.
        let key = PartyKey::in_form(form, id, &value.to_ascii_lowercase());
        if key.is_err() {
            let message = format!("`{}` is no `{id}`", cut(value));
            self.problem(matching.value.offset, message);
        }
        key.ok()
    }

    fn action<'t>(&mut self, all_of: &'t AllOf, is_instance: bool) -> Option<&'t str> {
        let matching = self.only("action", all_of)?;
        let (id, value) = self.string(matching, is_instance)?;
        if id != ACTION_ID {
            let message = format!(
                "the action is named by `{}`, found `{}`",
                ACTION_ID,
                cut(id)
            );
            self.problem(matching.offset, message);
            return None;
        }
        Some(value)
    }

    /// Returns the resource, the instance, and the further attributes of an alternative.
    #[expect(clippy::type_complexity, reason = "taken apart where it is called")]
    fn resource<'t>(
        &mut self,
        all_of: &'t AllOf,
        is_instance: bool,
    ) -> Option<(ResourceId, Option<InstanceId>, Vec<(&'t str, &'t str)>)> {
        let mut names: IndexMap<&str, &str> = IndexMap::new();
        let mut part = Vec::new();
        let mut is_right = true;
        for matching in &all_of.matches {
            let Some((id, value)) = self.string(matching, is_instance) else {
                is_right = false;
                continue;
            };
            match id {
                resource::RESOURCE
                | resource::ORG
                | resource::APP
                | resource::RESOURCE_INSTANCE_ID => {
                    if names.insert(id, value).is_some() {
                        self.problem(matching.offset, format!("`{id}` is compared twice"));
                        is_right = false;
                    }
                }
                _ if is_part(id) => part.push((id, value)),
                _ => {
                    let message = match id {
                        resource::INSTANCE_ID => format!(
                            "an instance is named by `{}`, found `{id}`",
                            resource::RESOURCE_INSTANCE_ID
                        ),
                        _ => format!("a delegation policy does not say whose it is, found `{id}`"),
                    };
                    self.problem(matching.offset, message);
                    is_right = false;
                }
            }
        }
        if !is_right {
            return None;
        }
        let name = |id| names.get(id).copied();
        let app = match (name(resource::ORG), name(resource::APP)) {
            (None, None) => None,
            (Some(org), Some(app)) => {
                let id = ResourceId::app(org, app);
                // `a_b` and `c` would be read back as the app `b_c` of `a`.
                if id.as_app() != Some((org, app)) {
                    let (org, app) = (cut(org), cut(app));
                    let message = format!("`{org}` and `{app}` are no owner and app");
                    self.problem(all_of.offset, message);
                    return None;
                }
                Some(id)
            }
            _ => {
                let (org, app) = (resource::ORG, resource::APP);
                let message = format!("`{org}` and `{app}` go together");
                self.problem(all_of.offset, message);
                return None;
            }
        };
        let resource = name(resource::RESOURCE).map(ResourceId::new);
        let resource = match (app, resource) {
            (Some(app), Some(resource)) if app != resource => {
                let message = format!("the rule names two resources, `{app}` and `{resource}`");
                self.problem(all_of.offset, message);
                return None;
            }
            (app, resource) => app.or(resource),
        };
        let Some(resource) = resource else {
            self.problem(all_of.offset, "the rule names no resource");
            return None;
        };
        let instance = name(resource::RESOURCE_INSTANCE_ID).map(InstanceId::new);
        Some((resource, instance, part))
    }
}

/// Whether an alternative for the resource covers one instance only.
fn names_instance(all_of: &AllOf) -> bool {
    all_of.matches.iter().any(|matching| {
        matches!(&matching.attribute, AttributeReference::Designator(designator)
        if designator.id == resource::RESOURCE_INSTANCE_ID)
    })
}

/// The limit for rights from alternatives, as a short text can have very many.
const MOST_EXPANDED: usize = 10_000;
