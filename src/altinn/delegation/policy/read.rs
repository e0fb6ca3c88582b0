//! A delegation policy → its delegations, or an error with everything in it that is not understood.

mod rule;

use indexmap::IndexMap;

use crate::ReadOptions;
use crate::altinn::delegation::{Delegation, Right};
use crate::altinn::level::{CATEGORIES, MinimumLevel, read_level};
use crate::altinn::party::PartyKey;
use crate::altinn::resource::{InstanceId, ResourceId};
use crate::combining::{policy as for_policies, rule as for_rules};
use crate::report::{Source, Visible, cut};
use crate::syntax::{
    AdviceExpression, Document, Effect, Expression, ObligationExpression, Offset, Policy,
    PolicyChild,
};
use crate::{Diagnostic, Error, Limits};

impl Delegation {
    /// Reads a delegation policy in Altinn's form.
    ///
    /// `from` is the party whose resource it is: Altinn keeps it beside the policy, as it does the
    /// delegation's `id`. `source` is the name under which problems are reported.
    ///
    /// Returns one delegation for each receiver, resource and instance that rules name (and for
    /// each [level](Delegation::level), if obligations require several), in the order of their
    /// first rules; several of them get the ids `{id}/1`, `{id}/2` and so on. A policy without
    /// rules gives none. Both spellings of an app are read; the kind of party that a receiver's
    /// UUID belongs to is lost. Rules about instances ignore letter case; the rights read from them
    /// are spelt as written. The only obligations read are those that require authentication
    /// levels.
    ///
    /// ```
    /// use vedtak::Limits;
    /// use vedtak::altinn::delegation::Delegation;
    /// use vedtak::altinn::resource::ResourceId;
    /// use vedtak::altinn::PartyKey;
    /// # let text = &std::fs::read_to_string("fixtures/altinn/delegations/app.xml")?;
    /// let from = PartyKey::Id(50001);
    /// let read = Delegation::from_policy("d1", from, "d1.xml", text, &Limits::default())?;
    /// assert_eq!(read[0].resource, ResourceId::app("ttd", "form"));
    /// assert_eq!(read[0].rights.len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Every departure from the policies that Altinn writes for delegations: a part that only an
    /// evaluation could understand is refused, not guessed.
    pub fn from_policy(
        id: &str,
        from: PartyKey,
        source: &str,
        bytes: impl AsRef<[u8]>,
        limits: &Limits,
    ) -> Result<Vec<Self>, Error> {
        let options = ReadOptions::new().source(source).limits(limits);
        let (document, text) = Document::read_with_text(bytes.as_ref(), options)?;
        let mut reader = DelegationPolicyReader {
            source: Source {
                name: source.into(),
                text: &text,
            },
            path: String::new(),
            problems: Vec::new(),
            omitted: 0,
            expanded: 0,
        };
        let granted = match &document {
            Document::Policy(policy) => reader.policy(policy),
            Document::PolicySet(set) => {
                let message = "a delegation policy is a `Policy`, found a `PolicySet`";
                reader.problem(set.offset, message);
                IndexMap::new()
            }
        };
        reader.finish()?;
        let several = granted.len() > 1;
        let delegations = granted.into_iter().enumerate().map(|(i, (of, rights))| {
            let id = match several {
                true => format!("{id}/{}", i + 1),
                false => id.to_owned(),
            };
            let mut delegation = Self::new(id, of.resource, from.clone(), of.to);
            delegation.instance = of.instance;
            delegation.level = of.level;
            delegation.rights = rights;
            delegation
        });
        Ok(delegations.collect())
    }
}

/// A delegation without its rights; rules that agree on it give rights to the same delegation.
#[derive(PartialEq, Eq, Hash)]
struct Granted {
    to: PartyKey,
    resource: ResourceId,
    instance: Option<InstanceId>,
    level: MinimumLevel,
}

/// More problems than this are not listed one by one.
const MOST_PROBLEMS: usize = 100;

struct DelegationPolicyReader<'a> {
    source: Source<'a>,
    path: String,
    problems: Vec<Diagnostic>,
    omitted: usize,
    /// The number of rights that come from alternatives instead of rules of their own.
    expanded: usize,
}

impl DelegationPolicyReader<'_> {
    fn problem(&mut self, offset: Offset, message: impl Into<String>) {
        if self.problems.len() < MOST_PROBLEMS {
            let message = Visible(message.into()).to_string();
            let problem = self.source.diagnostic(offset, &*self.path, message);
            self.problems.push(problem);
        } else {
            self.omitted += 1;
        }
    }

    fn finish(mut self) -> Result<(), Error> {
        if self.omitted > 0 {
            let message = format!("{} more problems are not listed", self.omitted);
            self.problems.push(Diagnostic::placeless("", message));
        }
        if self.problems.is_empty() {
            Ok(())
        } else {
            Err(Error::new(self.problems))
        }
    }

    fn policy(&mut self, policy: &Policy) -> IndexMap<Granted, Vec<Right>> {
        let path = format!("Policy `{}`", cut(&policy.id));
        self.path.clone_from(&path);
        if !KNOWN.contains(&&*policy.combining_algorithm) {
            self.problem(
                policy.offset,
                format!(
                    "a delegation policy combines by deny-overrides, permit-overrides or \
                     first-applicable, found `{}`",
                    cut(&policy.combining_algorithm)
                ),
            );
        }
        if policy.max_delegation_depth.is_some() {
            let message = "`MaxDelegationDepth` has no meaning in a delegation policy";
            self.problem(policy.offset, message);
        }
        if let Some(issuer) = &policy.issuer {
            self.problem(issuer.offset, "a delegation policy has no `PolicyIssuer`");
        }
        if !policy.target.any_of.is_empty() {
            let message =
                "the Target of a delegation policy is empty: its rules say what it is for";
            self.problem(policy.target.offset, message);
        }
        let mut granted: IndexMap<Granted, Vec<Right>> = IndexMap::new();
        let level = self.levels(MinimumLevel::default(), &policy.obligations, &policy.advice);
        for child in &policy.children {
            match child {
                PolicyChild::Rule(rule) => {
                    self.path = format!("Rule `{}` of {path}", cut(&rule.id));
                    for (of, right) in self.rule(rule, level) {
                        granted.entry(of).or_default().push(right);
                    }
                    self.path.clone_from(&path);
                }
                PolicyChild::Variable(variable) => {
                    let message = "a delegation policy has no `VariableDefinition`";
                    self.problem(variable.offset, message);
                }
                PolicyChild::Parameters(given) | PolicyChild::RuleParameters(_, given) => {
                    self.problem(given.offset, "a delegation policy has no parameters");
                }
            }
        }
        granted
    }

    /// Returns `least` raised to the levels that obligations require; reports other obligations,
    /// and advice.
    ///
    /// Altinn copies the obligations of the resource's policy into some delegations. Their levels
    /// are kept, as the resource may require less by now.
    fn levels(
        &mut self,
        mut least: MinimumLevel,
        obligations: &[ObligationExpression],
        advice: &[AdviceExpression],
    ) -> MinimumLevel {
        for obligation in obligations {
            if obligation.fulfill_on != Effect::Permit {
                let message = "a delegation only permits, found an obligation for `Deny`";
                self.problem(obligation.offset, message);
            }
            if obligation.assignments.is_empty() {
                let message =
                    "a delegation policy has no obligations but for authentication levels";
                self.problem(obligation.offset, message);
            }
            for assignment in &obligation.assignments {
                let category = assignment.category.as_deref().unwrap_or("");
                if !CATEGORIES.contains(&category) {
                    let message =
                        "a delegation policy has no obligations but for authentication levels";
                    self.problem(assignment.offset, message);
                    continue;
                }
                let level = match &assignment.expression {
                    Expression::Value(value) => read_level(&value.text),
                    _ => None,
                };
                match level {
                    Some(level) => least.add(category, level),
                    None => self.problem(
                        assignment.expression.offset(),
                        "this is no authentication level: expected an integer from 0 to 4",
                    ),
                }
            }
        }
        for obligation in advice {
            self.problem(obligation.offset, "a delegation policy has no advice");
        }
        least
    }
}

/// The algorithms that permit exactly where some rule permits, if all rules permit. Those that
/// decide where no rule applies, such as deny-unless-permit, do not. Policies found in the wild mix
/// the ids for rules and for policies.
const KNOWN: [&str; 18] = [
    for_rules::DENY_OVERRIDES,
    for_rules::ORDERED_DENY_OVERRIDES,
    for_rules::PERMIT_OVERRIDES,
    for_rules::ORDERED_PERMIT_OVERRIDES,
    for_rules::FIRST_APPLICABLE,
    for_rules::LEGACY_DENY_OVERRIDES,
    for_rules::LEGACY_ORDERED_DENY_OVERRIDES,
    for_rules::LEGACY_PERMIT_OVERRIDES,
    for_rules::LEGACY_ORDERED_PERMIT_OVERRIDES,
    for_policies::DENY_OVERRIDES,
    for_policies::ORDERED_DENY_OVERRIDES,
    for_policies::PERMIT_OVERRIDES,
    for_policies::ORDERED_PERMIT_OVERRIDES,
    for_policies::FIRST_APPLICABLE,
    for_policies::LEGACY_DENY_OVERRIDES,
    for_policies::LEGACY_ORDERED_DENY_OVERRIDES,
    for_policies::LEGACY_PERMIT_OVERRIDES,
    for_policies::LEGACY_ORDERED_PERMIT_OVERRIDES,
];
