//! A decision in words: who may do what, through what, and if not, what would have been enough.

mod rules;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::bags::package_value;
use super::delegable_rights;
use super::open::Case;
use super::policy::for_anybody;
use super::record::Record;
use super::ruling::{Basis, Ruling};
use super::session::{Session, Sources};
use super::{Inner, Pdp};
use crate::altinn::catalogue::Catalogue;
use crate::altinn::clock::norwegian;
use crate::altinn::delegation::Right;
use crate::altinn::fact::{Fact, Moment, Path, Window};
use crate::altinn::level::MinimumLevel;
use crate::altinn::party::Party;
use crate::altinn::register::known_actions;
use crate::altinn::resource::ResourceId;
use crate::altinn::source::Asked;
use crate::decision::Decision;
use crate::error::rule_name;
use crate::evaluate::Context;
use crate::request::Request;
use crate::syntax::Document;
use crate::value::DateTime;
use rules::{Alternative, RuleOf};

/// A decision and why. `Display` tells it to a person, with times by Norwegian clocks.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Explanation {
    /// The decision.
    pub ruling: Ruling,
    /// What it read.
    pub record: Record,
    /// Who asks; none if the request was not understood, or names nobody but a service owner.
    pub subject: Option<Arc<Party>>,
    /// Whose things are asked for, if the request says so.
    pub party: Option<Arc<Party>>,
    /// What is asked for.
    pub resource: Option<ResourceId>,
    /// What is to be done with it.
    pub actions: Vec<String>,
    /// The rules that let the asker in, or that deny it, if the policy itself did.
    pub through: Vec<Through>,
    /// If no rule of the policy let the asker in and none denies it: the rules for this resource and
    /// action, and for whom they are.
    pub openings: Vec<Opening>,
    /// If the asker was not let in: rights that were delegated to her for this resource, and that
    /// can permit nothing, because the policy does not know them.
    pub unknown_rights: Vec<UnknownRight>,
}

/// A delegated right that the policy does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownRight {
    /// The delegation's id.
    pub delegation: Arc<str>,
    /// The right.
    pub right: Right,
    /// The actions that the policy knows and that can be delegated.
    pub known: Vec<Arc<str>>,
}

/// One way in: what a rule asks for and the asker has.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Through {
    /// The rule's id.
    pub rule: String,
    /// Which of the rules with this id in its policy, from 1: a policy may have several.
    pub nth: u32,
    /// What the rule asks for, in words; empty if it asks for nothing.
    pub what: Vec<String>,
    /// How the asker has it.
    pub path: Path,
    /// When the asker has it.
    pub window: Window,
}

/// A rule that would permit, for someone else.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Opening {
    /// The rule's id.
    pub rule: String,
    /// Which of the rules with this id in its policy, from 1: a policy may have several.
    pub nth: u32,
    /// Each of these would do, each all of its parts together; in words.
    pub any_of: Vec<Vec<String>>,
}

impl Pdp {
    /// Decides a request, now, and says why. Takes longer than [`decide`](Self::decide) by far:
    /// for people, not for every request.
    pub fn explain(&self, request: &Request) -> Explanation {
        self.explain_at(request, (self.inner.clock)())
    }

    /// As [`explain`](Self::explain), as of an instant.
    pub fn explain_at(&self, request: &Request, at: DateTime) -> Explanation {
        let snapshot = self.snapshot();
        let sources = self.sources(snapshot.as_ref());
        let (mut session, mut context) = (self.inner.session(), Context::new());
        let mut record = Record::default();
        let recorded = Some(&mut record);
        let ruling = self.one(&mut session, &mut context, &sources, request, at, recorded);
        let mut explanation = Explanation {
            ruling,
            record,
            subject: None,
            party: None,
            resource: None,
            actions: Vec::new(),
            through: Vec::new(),
            openings: Vec::new(),
            unknown_rights: Vec::new(),
        };
        if let Ok(case) = self.inner.open(&mut session, &sources, request, at) {
            let pair = &session.pairs[case.pair];
            let is_named = !Arc::ptr_eq(&pair.subject, &self.inner.nobody);
            explanation.subject = is_named.then(|| pair.subject.clone());
            explanation.party = pair.party.clone();
            explanation.resource = Some(case.asking.resource.clone());
            explanation.actions = case
                .asking
                .actions
                .iter()
                .map(ToString::to_string)
                .collect();
            let by_policy = explanation.ruling.basis == Basis::Policy;
            match explanation.ruling.decision() {
                Decision::Permit | Decision::Deny if by_policy => {
                    explanation.through =
                        self.inner
                            .through(&mut session, &mut context, &sources, &case);
                }
                _ => {}
            }
            match explanation.ruling.decision() {
                // Where a rule denies, having what another asks for would not be enough.
                Decision::NotApplicable | Decision::Deny
                    if by_policy && explanation.through.is_empty() =>
                {
                    explanation.openings =
                        self.inner
                            .openings(&mut session, &mut context, &sources, &case);
                    explanation.unknown_rights = unknown_rights(&session, &sources, &case);
                }
                _ => {}
            }
        }
        explanation
    }
}

impl Inner {
    /// What the rules that decided ask for, and how the asker has it.
    fn through(
        &self,
        session: &mut Session,
        context: &mut Context,
        sources: &Sources<'_>,
        case: &Case<'_>,
    ) -> Vec<Through> {
        let rules = rules::of(case.policy.document());
        let of_name = rules.iter().map(|rule| {
            let policy = (rule.within.id.as_str(), rule.within.version.as_str());
            ((policy, rule.rule.id.as_str(), rule.nth), rule)
        });
        let of_name: HashMap<_, &RuleOf<'_>> = of_name.collect();
        let outcome = self.evaluate(&case.policy.pdp, session, context, sources, case);
        let deciding = outcome.rules().filter_map(|deciding| {
            let policy = (deciding.policy, deciding.version);
            of_name.get(&(policy, deciding.rule, deciding.nth)).copied()
        });
        let deciding: Vec<&RuleOf<'_>> = deciding.collect();
        drop(outcome);
        let mut held: Vec<(&RuleOf<'_>, Alternative<'_>)> = Vec::new();
        for rule in deciding {
            // The engine says which alternatives hold: comparing what was read again would be a
            // second opinion on categories, issuers, data types and functions.
            let alternatives = rule.alternatives(|all_of| {
                let alone = rule.alternative_alone(all_of.clone());
                self.permits(alone, session, context, sources, case)
            });
            match alternatives.is_empty() {
                true => held.push((rule, Alternative::default())),
                false => held.extend(alternatives.into_iter().map(|one| (rule, one))),
            }
        }
        let facts = Facts::of(session, sources, case);
        held.into_iter()
            .map(|(rule, alternative)| {
                let (path, window) = facts.how(&self.catalogue, &alternative, case.asking.at);
                let mut what = alternative.words(&self.catalogue, false);
                if rule.rule.condition.is_some() {
                    what.push("the condition of the rule".to_owned());
                }
                Through {
                    rule: rule.rule.id.clone(),
                    nth: rule.nth,
                    what,
                    path,
                    window,
                }
            })
            .collect()
    }

    /// Whether a part of the policy, compiled by itself, permits what is asked.
    fn permits(
        &self,
        part: Document,
        session: &mut Session,
        context: &mut Context,
        sources: &Sources<'_>,
        case: &Case<'_>,
    ) -> bool {
        // What stands in a policy that compiled compiles alone, too, unless it refers to what
        // stands elsewhere; then it is left out of the explanation.
        case.policy.compile_like(part).is_ok_and(|pdp| {
            self.evaluate(&pdp, session, context, sources, case)
                .decision()
                == Decision::Permit
        })
    }

    /// The Permit rules that apply to all but the asker.
    fn openings(
        &self,
        session: &mut Session,
        context: &mut Context,
        sources: &Sources<'_>,
        case: &Case<'_>,
    ) -> Vec<Opening> {
        let ended = Moment::of(&case.asking.at) >= self.transition.end;
        let mut openings = Vec::new();
        for rule in rules::of(case.policy.document()) {
            let Some(alone) = rule.alone() else {
                continue;
            };
            if !self.permits(alone, session, context, sources, case) {
                continue;
            }
            // An alternative that asks for more than the subject opens only where that holds.
            let any_of = rule.alternatives(|all_of| {
                let others = for_anybody(all_of);
                others.matches.is_empty() || {
                    let alone = rule.alternative_alone(others);
                    self.permits(alone, session, context, sources, case)
                }
            });
            let any_of = any_of.into_iter();
            openings.push(Opening {
                rule: rule.rule.id.clone(),
                nth: rule.nth,
                any_of: any_of
                    .map(|all| all.words(&self.catalogue, ended))
                    .collect(),
            });
        }
        openings
    }
}

/// The rights on file for the asker that the policy does not know.
fn unknown_rights(session: &Session, sources: &Sources<'_>, case: &Case<'_>) -> Vec<UnknownRight> {
    let pair = &session.pairs[case.pair];
    let (Some(source), Some(party)) = (sources.delegations, &pair.party) else {
        return Vec::new();
    };
    let asked = Asked::new(&pair.subject, party, case.asking.at);
    let instance = case.asking.instance.as_ref().map(|(id, _)| id);
    // The decision is made; a source that fails now only makes the words fewer.
    let on_file = source.delegations(&asked, &case.asking.resource, instance);
    let on_file = on_file.unwrap_or_default().into_iter();
    let on_file = on_file.filter(|given| {
        given.resource == case.asking.resource && given.window.contains(case.asking.at)
    });
    let mut unknown = Vec::new();
    for given in on_file {
        for right in given.rights {
            let document = case.policy.document();
            if let Err(known) = delegable_rights::check(document, given.instance.as_ref(), &right) {
                unknown.push(UnknownRight {
                    delegation: given.id.clone(),
                    right,
                    known,
                });
            }
        }
    }
    unknown
}

/// Roles and packages with their paths.
struct Facts {
    roles: Vec<Fact<Arc<str>>>,
    packages: Vec<Fact<Arc<str>>>,
}

impl Facts {
    fn of(session: &Session, sources: &Sources<'_>, case: &Case<'_>) -> Self {
        let pair = &session.pairs[case.pair];
        let asked = pair
            .party
            .as_ref()
            .map(|party| Asked::new(&pair.subject, party, case.asking.at));
        let asked = asked.as_ref();
        let roles = sources
            .roles
            .zip(asked)
            .map(|(source, asked)| source.roles(asked));
        let packages = sources
            .packages
            .zip(asked)
            .map(|(source, asked)| source.access_packages(asked));
        Self {
            // The decision is made; a source that fails now only makes the words fewer.
            roles: roles.and_then(Result::ok).unwrap_or_default(),
            packages: packages.and_then(Result::ok).unwrap_or_default(),
        }
    }

    /// The path of the first part that came by one, and the time in which all parts hold.
    fn how(&self, catalogue: &Catalogue, wanted: &Alternative<'_>, at: DateTime) -> (Path, Window) {
        let at = Moment::of(&at);
        let mut path: Option<Path> = None;
        let mut window = Window::ALWAYS;
        for part in &wanted.all {
            let Some((by, when)) = self.one(catalogue, part, at) else {
                continue;
            };
            window = window.and(when);
            path.get_or_insert(by);
        }
        (path.unwrap_or_default(), window)
    }

    fn one(
        &self,
        catalogue: &Catalogue,
        wanted: &rules::Wanted<'_>,
        at: Moment,
    ) -> Option<(Path, Window)> {
        let holding = |fact: &&Fact<Arc<str>>| fact.window.holds(at);
        if let Some(name) = wanted.package() {
            let package = catalogue.package(name);
            let mut facts = self.packages.iter().filter(holding);
            let fact = facts.find(|fact| match package {
                Some(package) => catalogue.package(&fact.value) == Some(package),
                None => package_value(&fact.value) == name,
            })?;
            return Some((fact.path.clone(), fact.window));
        }
        let role = wanted.role(catalogue)?;
        for fact in self.roles.iter().filter(holding) {
            let Some(held) = catalogue.role(&fact.value) else {
                continue;
            };
            if held == role {
                return Some((fact.path.clone(), fact.window));
            }
            if catalogue.implied_roles(held).contains(&role) {
                let name = catalogue.role_by_id(held).name.to_lowercase();
                let path = fact.path.clone().then(format!("with the role {name}"));
                return Some((path, fact.window));
            }
        }
        None
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let asker = self
            .subject
            .as_ref()
            .map_or("the service owner", |subject| &subject.name);
        let action = match &self.actions[..] {
            [] => "do nothing in particular with".to_owned(),
            actions => actions.join(" and "),
        };
        let decision = self.ruling.decision();
        let status = self.ruling.result.status.as_ref();
        let message = status.and_then(|status| status.message.as_ref());
        if self.resource.is_none() {
            // Who asks for what is not known, so nobody may or may not.
            write!(f, "{decision}: the request cannot be answered")?;
            return match message {
                Some(message) => write!(f, "\n  because {message}"),
                None => Ok(()),
            };
        }
        let may = if decision == Decision::Permit {
            "may"
        } else {
            "may not"
        };
        write!(f, "{decision}: {asker} {may} {action}")?;
        if let Some(resource) = &self.resource {
            write!(f, " `{resource}`")?;
        }
        if let Some(party) = &self.party {
            write!(f, " for {party}")?;
        }
        if let Some(message) = message {
            write!(f, "\n  because {message}")?;
        }
        if let Basis::Delegation { .. } = self.ruling.basis {
            write!(f, "\n  through {}", self.ruling.basis)?;
        }
        for through in &self.through {
            write!(f, "\n  by rule {}", rule_name(&through.rule, through.nth))?;
            if through.what.is_empty() {
                f.write_str(", which asks for nothing in particular")?;
            } else {
                write!(f, ": {} — {}", through.what.join(" and "), through.path)?;
            }
        }
        if self.openings.is_empty() && decision == Decision::NotApplicable {
            f.write_str("\n  no rule of the policy permits this to anyone")?;
        }
        for opening in &self.openings {
            let rule = rule_name(&opening.rule, opening.nth);
            if opening.any_of.is_empty() {
                write!(f, "\n  rule {rule} permits it to anyone")?;
                continue;
            }
            write!(f, "\n  rule {rule} permits it to whoever has")?;
            for (i, all) in opening.any_of.iter().enumerate() {
                let or = if i > 0 { "or " } else { "" };
                write!(f, "\n    {or}{}", all.join(" and "))?;
            }
        }
        for unknown in &self.unknown_rights {
            let UnknownRight {
                delegation,
                right,
                known,
            } = unknown;
            write!(
                f,
                "\n  delegation `{delegation}` gives the right `{right}`, which the policy does not \
                 have for others to be given; {}",
                known_actions(known)
            )?;
        }
        if let Some(MinimumLevel::UNREADABLE) = self.ruling.level.user {
            f.write_str("\n  at an authentication level that cannot be read: nobody is let in")?;
        } else if let Some(level) = self.ruling.level.user {
            write!(f, "\n  at authentication level {level} or higher")?;
        }
        // What a failed source left open holds not even now.
        let until = self
            .ruling
            .valid_until
            .filter(|until| until.to_unix() != (0, 0))
            .map(norwegian);
        match until {
            Some(until) if decision == Decision::Permit => {
                write!(f, "\n  holds at least until {until}")?;
            }
            Some(until) => write!(f, "\n  may change at {until}")?,
            None => {}
        }
        Ok(())
    }
}
