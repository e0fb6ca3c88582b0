//! A policy and a catalogue → what is odd about the policy: it compiles, and yet is hardly what its
//! author means.

mod reach;
mod vocabulary;

use std::fmt;

use super::catalogue::Catalogue;
use super::id::subject;
use super::json::did_you_mean;
use super::resource::ResourceId;
use super::transition::Transition;
use crate::attribute::category;
use crate::error::{Diagnostic, Error, Offset, Problem, Source, similar_identifier};
use crate::limits::Limits;
use crate::syntax::{
    AttributeDesignator, AttributeReference, Document, Effect, Match, Policy, PolicyChild,
    PolicySet, PolicySetChild, Rule,
};
use vocabulary::{Known, Vocabulary};

/// Reads policies for what compiles and is hardly meant: roles and packages that the catalogue does
/// not know, misspelt identifiers, rules that nobody can reach.
///
/// A warning is no error: the policy decides as it says. The catalogue is the host's to
/// [replace](Catalogue::from_json); what a newer one knows is no longer warned of.
///
/// ```
/// use vedtak::altinn::Lint;
/// use vedtak::altinn::catalogue::Catalogue;
/// # let policy = include_str!("../../fixtures/altinn/first-service/policy.xml");
///
/// let catalogue = Catalogue::standard();
/// let lint = Lint::new(&catalogue).of_resource("ttd-brev");
/// assert!(lint.warnings("policy.xml", policy)?.is_empty());
///
/// let misspelt = policy.replace(">dagl<", ">dalg<");
/// let warnings = lint.warnings("policy.xml", misspelt)?;
/// let warning = &warnings[0].diagnostic;
/// assert_eq!(
///     warning.message(),
///     "no role has the value `dalg` under `urn:altinn:rolecode`; did you mean `dagl`?"
/// );
/// assert_eq!(warning.position().map(|position| position.line), Some(17));
/// # Ok::<(), vedtak::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Lint {
    catalogue: Catalogue,
    resource: Option<ResourceId>,
    transition: Transition,
    limits: Limits,
}

/// Something odd about a policy. `Display` shows it with its line and a caret, as errors are.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Warning {
    /// What kind of oddity.
    pub kind: WarningKind,
    /// What it is and where.
    pub diagnostic: Diagnostic,
}

/// A kind of oddity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WarningKind {
    /// A role that the catalogue does not know under this attribute.
    UnknownRole,
    /// A package that the catalogue does not know.
    UnknownPackage,
    /// A package that no role brings: it must be given to somebody before the rule opens.
    PackageOfNoRole,
    /// A package that service owners may not use in policies.
    PackageNotForPolicies,
    /// An attribute whose id is nearly one of Altinn's, or one of another category.
    MisspeltAttribute,
    /// A rule that only roles of Altinn II open, which end to count.
    OnlyEndingRoles,
    /// A rule that no request can reach.
    Unreachable,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.diagnostic.fmt(f)
    }
}

impl Lint {
    /// By what a catalogue knows.
    pub fn new(catalogue: &Catalogue) -> Self {
        Self {
            catalogue: catalogue.clone(),
            resource: None,
            transition: Transition::default(),
            limits: Limits::default(),
        }
    }

    /// Warns of rules about other resources than the policy's, too.
    #[must_use]
    pub fn of_resource(mut self, resource: &str) -> Self {
        self.resource = Some(ResourceId::new(resource));
        self
    }

    /// When roles of Altinn II end; if never, rules that only they open are fine.
    #[must_use]
    pub fn transition(mut self, transition: Transition) -> Self {
        self.transition = transition;
        self
    }

    /// Bounds on documents.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// What is odd about a policy, in the order of its text. `source` names it, as a file name
    /// does.
    ///
    /// # Errors
    ///
    /// The problems of a document that cannot be read. Compiling finds more.
    pub fn warnings(&self, source: &str, xml: impl AsRef<[u8]>) -> Result<Vec<Warning>, Error> {
        let text = crate::xml::text(source, xml.as_ref(), &self.limits)?;
        let document = Document::read_text(&source.into(), &text, &self.limits)?;
        let mut found = Vec::new();
        let mut reader = Reader {
            lint: self,
            vocabulary: Vocabulary::of(&self.catalogue),
            found: &mut found,
        };
        match &document {
            Document::Policy(policy) => reader.policy(policy),
            Document::PolicySet(set) => reader.policy_set(set),
        }
        found.sort_by_key(|(_, problem)| problem.offset.bytes());
        let (kinds, problems): (Vec<_>, Vec<_>) = found.into_iter().unzip();
        let source = Source {
            name: source.into(),
            text: &text,
        };
        let diagnostics = source.diagnostics(problems).into_iter();
        let warnings = kinds.into_iter().zip(diagnostics);
        Ok(warnings
            .map(|(kind, diagnostic)| Warning { kind, diagnostic })
            .collect())
    }
}

struct Reader<'l> {
    lint: &'l Lint,
    vocabulary: Vocabulary,
    found: &'l mut Vec<(WarningKind, Problem)>,
}

impl Reader<'_> {
    fn policy_set(&mut self, set: &PolicySet) {
        for child in &set.children {
            match child {
                PolicySetChild::Policy(policy) => self.policy(policy),
                PolicySetChild::PolicySet(set) => self.policy_set(set),
                _ => {}
            }
        }
    }

    fn policy(&mut self, policy: &Policy) {
        let path = format!("Policy `{}`", policy.id);
        let matches = policy
            .target
            .any_of
            .iter()
            .flat_map(|any_of| &any_of.all_of);
        for matching in matches.flat_map(|all_of| &all_of.matches) {
            self.matching(matching, &path);
        }
        for child in &policy.children {
            if let PolicyChild::Rule(rule) = child {
                self.rule(rule, &format!("Rule `{}` of {path}", rule.id));
            }
        }
    }

    fn rule(&mut self, rule: &Rule, path: &str) {
        let target = rule.target.iter().flat_map(|target| &target.any_of);
        let matches = target.flat_map(|any_of| &any_of.all_of);
        for matching in matches.flat_map(|all_of| &all_of.matches) {
            self.matching(matching, path);
        }
        let Some(target) = &rule.target else {
            return;
        };
        let knows = |matching: &Match| self.vocabulary.knows(matching);
        if let Some(reason) = reach::unreachable(target, self.lint.resource.as_ref(), &knows) {
            let message = format!("no request can reach this rule: {reason}");
            self.warn(WarningKind::Unreachable, rule.offset, path, message);
        } else if rule.effect == Effect::Permit
            && let Some(end) = self.lint.transition.altinn2_roles_end()
            && reach::only(target, &|matching| self.vocabulary.is_ending_role(matching))
        {
            let end = super::clock::norwegian(end);
            let message = format!(
                "only roles of Altinn II open this rule, and they count until {end}; after that it \
                 takes an access package"
            );
            self.warn(WarningKind::OnlyEndingRoles, rule.offset, path, message);
        }
    }

    fn matching(&mut self, matching: &Match, path: &str) {
        let AttributeReference::Designator(designator) = &matching.attribute else {
            return;
        };
        self.designator(designator, path);
        if designator.category != category::ACCESS_SUBJECT {
            return;
        }
        let (id, value, at) = (
            &*designator.id,
            &*matching.value.text,
            matching.value.offset,
        );
        match self.vocabulary.look_up(matching) {
            Known::NotAsked | Known::Role => {}
            Known::Unknown(similar) if id == subject::ACCESS_PACKAGE => {
                let hint = did_you_mean(similar);
                let message = format!("the catalogue has no access package `{value}`{hint}");
                self.warn(WarningKind::UnknownPackage, at, path, message);
            }
            Known::Unknown(similar) => {
                let hint = did_you_mean(similar);
                let message = format!("no role has the value `{value}` under `{id}`{hint}");
                self.warn(WarningKind::UnknownRole, at, path, message);
            }
            Known::Elsewhere(other) => {
                let message = format!(
                    "no role has the value `{value}` under `{id}`; it is one under `{other}`"
                );
                self.warn(WarningKind::UnknownRole, at, path, message);
            }
            Known::Package(package) => {
                let catalogue = &self.lint.catalogue;
                let known = catalogue.package_by_id(package);
                let mut grants = catalogue.roles_giving(package);
                if !known.is_available_for_service_owners {
                    let message = format!(
                        "the access package `{value}` is not one that service owners may use in \
                         policies"
                    );
                    self.warn(WarningKind::PackageNotForPolicies, at, path, message);
                } else if !grants.any(|(_, _, grant)| grant.has_access) {
                    let given = match known.is_assignable {
                        true => "it must be delegated to somebody before it opens anything",
                        false => {
                            "and it is not delegated by itself: only agents for clients have it"
                        }
                    };
                    let message = format!("no role brings the access package `{value}`; {given}");
                    self.warn(WarningKind::PackageOfNoRole, at, path, message);
                }
            }
        }
    }

    fn designator(&mut self, designator: &AttributeDesignator, path: &str) {
        let id = &*designator.id;
        let known = |of: &str| vocabulary::ids(of);
        let own = known(&designator.category);
        let others = [category::ACCESS_SUBJECT, category::RESOURCE];
        if own.is_empty() || own.contains(&id) || id.starts_with(subject::RESOURCE_RIGHT_PREFIX) {
            return;
        }
        if let Some(other) = others
            .into_iter()
            .find(|other| *other != designator.category && known(other).contains(&id))
        {
            let (is, of) = (last(other), last(&designator.category));
            let message = format!("`{id}` is an attribute of the {is}, not of the {of}");
            let kind = WarningKind::MisspeltAttribute;
            self.warn(kind, designator.offset, path, message);
        } else if id.starts_with("urn:altinn") || id.starts_with("urn:oasis") {
            // An id that only resembles none of Altinn's is the service owner's own.
            let similar = similar_identifier(id, own.iter().copied());
            if let Some(similar) = similar.filter(|similar| similar.len().abs_diff(id.len()) < 4) {
                let message =
                    format!("`{id}` is no attribute of Altinn's; did you mean `{similar}`?");
                let kind = WarningKind::MisspeltAttribute;
                self.warn(kind, designator.offset, path, message);
            }
        }
    }

    fn warn(&mut self, kind: WarningKind, offset: Offset, path: &str, message: String) {
        let problem = Problem {
            offset,
            path: path.to_owned(),
            message,
        };
        self.found.push((kind, problem));
    }
}

/// The end of a category's name.
fn last(category: &str) -> &str {
    category.rsplit(':').next().unwrap_or(category)
}

#[cfg(test)]
mod tests;
