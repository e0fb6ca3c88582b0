//! A policy and a catalogue → warnings about policies that compile but hardly do what their author
//! intends.

mod levels;
mod matching;
mod reach;
mod required;
mod vocabulary;

use std::collections::HashSet;
use std::fmt;

use super::catalogue::Catalogue;
use super::language::messages::Message;
use super::language::texts::lint as texts;
use super::language::texts::refusals::DID_YOU_MEAN;
use super::language::{InWords, Language, Text, Words};
use super::placeholder;
use super::reading::differences;
use super::resource::ResourceId;
use super::transition::Transition;
use crate::ReadOptions;
use crate::analysis::lint::{Obstacle, repeated_ids};
use crate::report::{Problem, Source, Visible, cut};
use crate::syntax::{
    Document, Effect, Match, Offset, Policy, PolicySet, PolicySetChild, Rule, Target,
};
use crate::{Diagnostic, Error, Limits, Position};
use matching::Placeholder;
pub(super) use reach::count;
use vocabulary::CatalogueVocabulary;

/// Finds probable mistakes in policies that compile: unknown roles and packages, misspelt
/// identifiers, unreachable rules, impossible levels. Each warning has a message with a correction,
/// and a [code](WarningKind::as_str).
///
/// A warning is no error: the policy decides as it is written. The host can
/// [replace](Catalogue::from_json) the catalogue; names in a newer one are no longer warned about.
///
/// ```
/// use vedtak::altinn::lint::Lint;
/// use vedtak::altinn::catalogue::Catalogue;
/// # let policy = &std::fs::read_to_string("fixtures/altinn/first-service/policy.xml")?;
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
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Lint {
    catalogue: Catalogue,
    resource: Option<ResourceId>,
    transition: Transition,
    tasks: Vec<String>,
    limits: Limits,
    language: Language,
}

/// A probable mistake in a policy. `Display` shows it with its line and a caret, as errors are
/// shown, in the [language](Lint::in_language) of the linter.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Warning {
    /// The kind of mistake.
    pub kind: WarningKind,
    /// The message and its position.
    pub diagnostic: Diagnostic,
    language: Language,
}

/// A kind of probable mistake. Its [name](Self::as_str) is the code of the warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WarningKind {
    /// A role that the catalogue does not have under this attribute.
    UnknownRole,
    /// A package that the catalogue does not have.
    UnknownPackage,
    /// A package that comes with no role: it must be delegated before the rule applies to any
    /// subject.
    PackageOfNoRole,
    /// A package that service owners may not use in policies.
    PackageNotForPolicies,
    /// An attribute whose id resembles one of Altinn's, or belongs to another category.
    MisspeltAttribute,
    /// A rule only for roles of Altinn II, which end: after that it permits nobody, or denies nobody.
    OnlyEndingRoles,
    /// A rule whose Target no request matches.
    Unreachable,
    /// A rule that stops applying to holders of Altinn II roles, whom it permits or denies, as it has no
    /// access package for them.
    LosesEndingRoles,
    /// A rule with the id of an earlier rule of its policy.
    DuplicateRuleId,
    /// A placeholder such as `[ORG]` in a policy that is not known to be an app's.
    Placeholder,
    /// A rule for an instance with two tasks, or two end events, at once.
    SeveralTasks,
    /// An access list without its owner.
    AccessListValue,
    /// A whole URN where only its end is compared.
    WholeUrn,
    /// A role or a package by its display name.
    DisplayName,
    /// A value in another letter case than in requests, in a comparison letter by letter.
    LetterCase,
    /// An obligation that seems to require an authentication level, without the category of one.
    MisspeltLevelCategory,
    /// An authentication level above the highest.
    LevelTooHigh,
    /// An authentication level that cannot be read.
    UnreadableLevel,
    /// An authentication level required by an obligation of a Deny.
    LevelOnDeny,
    /// A policy that permits without requiring an authentication level.
    NoLevel,
    /// A policy that denies whatever it does not permit, or a rule that denies whomever no other permits: then
    /// no delegation has an effect.
    VoidsDelegations,
    /// A Permit rule for any subject, any resource or any action.
    UnlimitedRule,
    /// The policy of an app whose owner may not read, write and complete in each of its tasks.
    OwnerShutOut,
    /// A rule whose Target Altinn's own decision point reads otherwise than the standard says, or
    /// may.
    ReadOtherwise,
}

impl WarningKind {
    /// The code of the warning, such as `unknown-role`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownRole => "unknown-role",
            Self::UnknownPackage => "unknown-package",
            Self::PackageOfNoRole => "package-of-no-role",
            Self::PackageNotForPolicies => "package-not-for-policies",
            Self::MisspeltAttribute => "misspelt-attribute",
            Self::OnlyEndingRoles => "only-ending-roles",
            Self::Unreachable => "unreachable",
            Self::LosesEndingRoles => "loses-ending-roles",
            Self::DuplicateRuleId => "duplicate-rule-id",
            Self::Placeholder => "placeholder",
            Self::SeveralTasks => "several-tasks",
            Self::AccessListValue => "access-list-value",
            Self::WholeUrn => "whole-urn",
            Self::DisplayName => "display-name",
            Self::LetterCase => "letter-case",
            Self::MisspeltLevelCategory => "misspelt-level-category",
            Self::LevelTooHigh => "level-too-high",
            Self::UnreadableLevel => "unreadable-level",
            Self::LevelOnDeny => "level-on-deny",
            Self::NoLevel => "no-level",
            Self::VoidsDelegations => "voids-delegations",
            Self::UnlimitedRule => "unlimited-rule",
            Self::OwnerShutOut => "owner-shut-out",
            Self::ReadOtherwise => "read-otherwise",
        }
    }
}

impl fmt::Display for WarningKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.language {
            Language::English => self.diagnostic.fmt(f),
            // A message is one line, and the next one begins with the place in the policy.
            Language::Bokmal => {
                let told = self.diagnostic.to_string();
                f.write_str(&told.replacen("\n  in ", "\n  i ", 1))
            }
        }
    }
}

impl Lint {
    /// Returns a linter with the names of this catalogue.
    pub fn new(catalogue: &Catalogue) -> Self {
        Self {
            catalogue: catalogue.clone(),
            resource: None,
            transition: Transition::default(),
            tasks: Vec::new(),
            limits: Limits::default(),
            language: Language::default(),
        }
    }

    /// Sets the language of the warnings; by default they are in English.
    ///
    /// ```
    /// use vedtak::altinn::catalogue::Catalogue;
    /// use vedtak::altinn::explain::Language;
    /// use vedtak::altinn::lint::Lint;
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/first-service/policy.xml")?;
    /// let lint = Lint::new(&Catalogue::standard()).in_language(Language::Bokmal);
    /// let warnings = lint.warnings("policy.xml", policy.replace(">dagl<", ">dalg<"))?;
    /// assert_eq!(
    ///     warnings[0].diagnostic.message(),
    ///     "ingen rolle har verdien `dalg` i `urn:altinn:rolecode`; mente du `dagl`?"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn in_language(mut self, language: Language) -> Self {
        self.language = language;
        self
    }

    /// Sets the resource of the policy, to warn about rules for other resources, too. For an app,
    /// owner and app replace `[ORG]` and `[APP]`.
    #[must_use]
    pub fn of_resource(mut self, resource: &str) -> Self {
        self.resource = Some(ResourceId::new(resource));
        self
    }

    /// Sets the end of Altinn II roles; without an end, rules only for them have no warning.
    #[must_use]
    pub fn transition(mut self, transition: Transition) -> Self {
        self.transition = transition;
        self
    }

    /// Names tasks of the process of an app, in each of which its owner must read, write and complete.
    /// Those that the policy names need not be given.
    ///
    /// ```
    /// use vedtak::altinn::catalogue::Catalogue;
    /// use vedtak::altinn::lint::{Lint, WarningKind};
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/first-service/policy.xml")?;
    /// let lint = Lint::new(&Catalogue::standard()).of_resource("app_ttd_brev").tasks(["Task_1"]);
    /// let warnings = lint.warnings("policy.xml", policy)?;
    /// assert!(warnings.iter().any(|warning| warning.kind == WarningKind::OwnerShutOut));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn tasks<T: Into<String>>(mut self, tasks: impl IntoIterator<Item = T>) -> Self {
        self.tasks.extend(tasks.into_iter().map(Into::into));
        self
    }

    /// Sets limits on documents.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Returns the warnings about a policy, in the order of its text. `source` names it, as a file
    /// name does.
    ///
    /// # Errors
    ///
    /// The problems of a document that cannot be read. Compiling may find more.
    pub fn warnings(&self, source: &str, xml: impl AsRef<[u8]>) -> Result<Vec<Warning>, Error> {
        let options = ReadOptions::new().source(source).limits(&self.limits);
        let (document, text) = Document::read_with_text(xml.as_ref(), options)?;
        // The policy as it is deployed.
        let resource = self.resource.as_ref();
        let document = resource
            .and_then(|resource| placeholder::filled(&document, resource))
            .unwrap_or(document);
        let source = Source {
            name: source.into(),
            text: &text,
        };
        let rules = document.policies().flat_map(Policy::rules);
        let mut found = Vec::new();
        let mut reader = Linter {
            lint: self,
            words: match self.language {
                // Names are those by which policies know roles and packages.
                Language::English => Words::DISPLAY,
                Language::Bokmal => Words::from(Language::Bokmal),
            },
            vocabulary: CatalogueVocabulary::of(&self.catalogue),
            rules: source.positions(rules.map(|rule| rule.offset)).into_iter(),
            placeholders: Vec::new(),
            found: &mut found,
        };
        match &document {
            Document::Policy(policy) => reader.policy(policy),
            Document::PolicySet(set) => reader.policy_set(set),
        }
        reader.placeholders();
        reader.voids_delegations(&document);
        reader.service_owner(&document);
        reader.readings(&document);
        found.sort_by_key(|(_, problem)| problem.offset.bytes());
        let (kinds, problems): (Vec<_>, Vec<_>) = found.into_iter().unzip();
        let diagnostics = source.diagnostics(problems).into_iter();
        let warnings = kinds.into_iter().zip(diagnostics);
        Ok(warnings
            .map(|(kind, diagnostic)| Warning {
                kind,
                // A policy may name a person by her number.
                diagnostic: diagnostic.without_long_numbers(),
                language: self.language,
            })
            .collect())
    }
}

/// Whether a rule permits, and what it is about but for the subject.
type Replaced = (bool, Vec<String>);

fn replaced(rule: &Rule) -> Replaced {
    (rule.effect == Effect::Permit, reach::about(rule))
}

struct Linter<'l> {
    lint: &'l Lint,
    words: Words,
    vocabulary: CatalogueVocabulary<'l>,
    /// The positions of the rules that are still to be visited.
    rules: std::vec::IntoIter<Position>,
    placeholders: Vec<Placeholder>,
    found: &'l mut Vec<(WarningKind, Problem)>,
}

impl Linter<'_> {
    /// Returns a text with its arguments in the language of the linter.
    fn say(&self, text: Text, arguments: &[&dyn fmt::Display]) -> String {
        text.with(self.words, arguments).to_string()
    }

    /// Returns the question whether another name was meant; empty if there is none.
    fn did_you_mean(&self, similar: Option<impl fmt::Display>) -> String {
        similar.map_or_else(String::new, |similar| self.say(DID_YOU_MEAN, &[&similar]))
    }

    /// Returns the place of a rule or an obligation, in the place around it.
    fn place(&self, element: &str, id: &str, around: &str) -> String {
        self.say(texts::OF, &[&format!("{element} `{}`", cut(id)), &around])
    }

    fn policy_set(&mut self, set: &PolicySet) {
        let path = format!("PolicySet `{}`", cut(&set.id));
        self.target(&set.target, &path);
        for child in &set.children {
            match child {
                PolicySetChild::Policy(policy) => self.policy(policy),
                PolicySetChild::PolicySet(set) => self.policy_set(set),
                _ => {}
            }
        }
        self.levels(&set.obligations, &path);
    }

    fn policy(&mut self, policy: &Policy) {
        let path = format!("Policy `{}`", cut(&policy.id));
        self.target(&policy.target, &path);
        let rules = policy.rules();
        // The actions and resources of rules with packages, which replace roles in other rules of the same
        // effect; but not where a package counts only beside a role that ends.
        let with_package = rules.clone().filter(|rule| {
            let is_ending = |matching: &Match| self.vocabulary.is_ending_role(matching);
            let mut targets = rule.target.iter();
            targets.any(|target| reach::some_with(target, &vocabulary::is_package, &is_ending))
        });
        let replaced: HashSet<Replaced> = with_package.map(replaced).collect();
        let lines = self.rules.by_ref().take(rules.clone().count());
        let lines: Vec<usize> = lines.map(|position| position.line).collect();
        for ((first, _), (_, rule)) in repeated_ids(policy) {
            let path = self.place("Rule", &rule.id, &path);
            let line = lines.get(first).copied().unwrap_or_default();
            let message = self.say(texts::DUPLICATE_RULE_ID, &[&cut(&rule.id), &line]);
            self.warn(WarningKind::DuplicateRuleId, rule.offset, &path, message);
        }
        for rule in rules {
            let path = self.place("Rule", &rule.id, &path);
            self.unlimited(rule, &policy.target, &path);
            self.denies_the_rest(rule, policy, &path);
            self.rule(rule, &replaced, &path);
        }
        self.levels(&policy.obligations, &path);
        self.without_level(policy, &path);
    }

    /// Warns about rules on which Altinn and the standard differ.
    fn readings(&mut self, document: &Document) {
        for difference in differences(document) {
            let around = format!("Policy `{}`", cut(&difference.policy));
            let path = self.place("Rule", &difference.rule, &around);
            let message = self.say(texts::READ_OTHERWISE, &[&InWords(&difference, self.words)]);
            self.warn(
                WarningKind::ReadOtherwise,
                difference.offset,
                &path,
                message,
            );
        }
    }

    fn target(&mut self, target: &Target, path: &str) {
        for matching in target.matches() {
            self.matching(matching, path);
        }
    }

    fn rule(&mut self, rule: &Rule, known: &HashSet<Replaced>, path: &str) {
        self.levels(&rule.obligations, path);
        let Some(target) = &rule.target else {
            return;
        };
        self.target(target, path);
        let knows = |matching: &Match| self.vocabulary.knows(matching);
        match reach::obstacle(target, self.lint.resource.as_ref(), self.words, &knows) {
            Some(Obstacle::Never(reason)) => {
                let message = self.say(texts::UNREACHABLE, &[&reason]);
                self.warn(WarningKind::Unreachable, rule.offset, path, message);
            }
            obstacle => {
                if let Some(Obstacle::TwoValues(reason)) = obstacle {
                    let message = self.say(
                        texts::SEVERAL_TASKS,
                        &[&InWords(&Message(&reason), self.words)],
                    );
                    self.warn(WarningKind::SeveralTasks, rule.offset, path, message);
                }
                if !known.contains(&replaced(rule)) {
                    self.ending_roles(rule, target, path);
                }
            }
        }
    }

    /// Warns about the end of Altinn II roles for a rule without an access package.
    fn ending_roles(&mut self, rule: &Rule, target: &Target, path: &str) {
        let Some(end) = self.lint.transition.altinn2_roles_end() else {
            return;
        };
        let end = super::clock::told(end, self.words);
        let is_ending = |matching: &Match| self.vocabulary.is_ending_role(matching);
        let is_permit = rule.effect == Effect::Permit;
        if reach::only(target, &is_ending) {
            let text = match is_permit {
                true => texts::ONLY_ENDING_ROLES,
                false => texts::ONLY_ENDING_ROLES_DENY,
            };
            let message = self.say(text, &[&end]);
            self.warn(WarningKind::OnlyEndingRoles, rule.offset, path, message);
            return;
        }
        let mut ending: Vec<&str> = Vec::new();
        for matching in target.matches().filter(|matching| is_ending(matching)) {
            let role = &*matching.value.text;
            if !ending.contains(&role) && ending.len() < 6 {
                ending.push(role);
            }
        }
        if ending.is_empty() {
            return;
        }
        let named = ending.iter().take(5).map(|role| format!("`{}`", cut(role)));
        let mut named = named.collect::<Vec<_>>().join(", ");
        if ending.len() > 5 {
            named += self.words.say(texts::AND_OTHERS);
        }
        let text = match ending.len() {
            _ if !is_permit => texts::DENIES_NO_LONGER,
            1 => texts::LOSES_ROLE,
            _ => texts::LOSES_ROLES,
        };
        let message = self.say(text, &[&named, &end]);
        self.warn(WarningKind::LosesEndingRoles, rule.offset, path, message);
    }

    fn warn(&mut self, kind: WarningKind, offset: Offset, path: &str, message: String) {
        let problem = Problem {
            offset,
            path: path.to_owned(),
            message: Visible(message).to_string(),
        };
        self.found.push((kind, problem));
    }
}

#[cfg(test)]
mod tests;
