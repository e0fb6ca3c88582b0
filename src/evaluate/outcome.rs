//! A finished evaluation → its decision, obligations, advice, status, troubles and reads, or a
//! response with them.

use std::cell::OnceCell;
use std::collections::HashSet;
use std::fmt;

use indexmap::IndexSet;

use super::access_permitted::Inquiry;
use super::cause::{Cause, Failed, Failure, Indeterminate};
use super::dynamic_attribute::{DynamicAttribute, DynamicAttributes};
use super::troubles::{self, Troubles};
use super::{Budget, Context, FiredBy};
use crate::attribute::Designator;
use crate::decision::{Decision, ExtendedDecision, StatusCode};
use crate::error::{Visible, rule_name};
use crate::program::{Child, Expression, ObligationExpression, Program, SlotId, Term};
use crate::request::{Request, SharedAttributes};
use crate::response::{
    self, AccessRefused, Advice, AttributeAssignment, DischargeResult, MissingAttribute,
    Obligation, PolicyIdentifier, Response, ResponseResult, Status,
};
use crate::value::{DateTime, Value, Zone};

/// The outcome of one decision: the decision, its obligations, the rules behind it, the attributes
/// read, and what failed. Obligations, advice and texts are made when they are read.
pub struct Outcome<'e> {
    pub(super) decision: ExtendedDecision,
    pub(super) reason: Option<Indeterminate>,
    pub(super) program: &'e Program,
    pub(super) request: &'e Request,
    /// Exclusively, so that an outcome may be sent to another thread.
    pub(super) context: &'e mut Context,
    /// Made when they are asked for.
    pub(super) obligations: OnceCell<ObligationsAndAdvice>,
}

impl fmt::Debug for Outcome<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outcome")
            .field("decision", &self.decision)
            .field("has_obligations", &self.has_obligations())
            .field("has_troubles", &self.has_troubles())
            .finish_non_exhaustive()
    }
}

/// The sources of a trouble's text: names, values and errors.
pub(super) struct Texts<'t> {
    pub(super) program: &'t Program,
    pub(super) request: &'t Request,
    pub(super) failures: &'t [Failure],
    pub(super) errors: &'t [Failed],
    pub(super) troubles: &'t Troubles,
    pub(super) inquiries: &'t [Inquiry],
    pub(super) dynamic_attributes: &'t DynamicAttributes,
}

impl<'t> Texts<'t> {
    pub(super) fn new(program: &'t Program, request: &'t Request, context: &'t Context) -> Self {
        Self {
            program,
            request,
            failures: &context.failures,
            errors: &context.notes.errors,
            troubles: &context.notes.troubles,
            inquiries: &context.inquiries,
            dynamic_attributes: &context.dynamic_attributes,
        }
    }

    /// The attribute of a slot, whether of the program or of a computed name.
    pub(super) fn designator(&self, slot: SlotId) -> Option<&'t Designator> {
        match self.program.slots.get(slot.index()) {
            Some(slot) => Some(&slot.designator),
            None => self.dynamic_attributes.designator(self.program, slot),
        }
    }
}

/// The obligations and advice of a decision.
#[derive(Clone, Default)]
pub(super) struct ObligationsAndAdvice {
    obligations: Vec<Obligation>,
    advice: Vec<Advice>,
}

impl Outcome<'_> {
    /// The decision.
    pub fn decision(&self) -> Decision {
        self.decision.into()
    }

    /// The decision, with the decisions that an Indeterminate could have been (§7.10).
    pub fn extended_decision(&self) -> ExtendedDecision {
        self.decision
    }

    /// The obligations of the decision, those of inner rules and policies first.
    pub fn obligations(&self) -> impl Iterator<Item = &Obligation> {
        self.obligations_and_advice().obligations.iter()
    }

    /// The advice of the decision, that of inner rules and policies first.
    pub fn advice(&self) -> impl Iterator<Item = &Advice> {
        self.obligations_and_advice().advice.iter()
    }

    /// Enforces the decision, as [`Response::enforce`] does: permits access if it is Permit and
    /// every obligation is discharged.
    ///
    /// ```
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
    /// use vedtak::{Context, Pdp, Request};
    /// let pdp = Pdp::from_xml(policy)?;
    /// let (mut context, request) = (Context::new(), Request::builder().action("read").build());
    /// let outcome = pdp.decide_with(&mut context, &request);
    /// let refused = outcome.enforce(|_| false).unwrap_err();
    /// assert_eq!(refused.to_string(), "access is refused: the decision is NotApplicable");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The decision is no Permit, or an obligation was not discharged.
    pub fn enforce<D: Into<DischargeResult>>(
        &self,
        discharge: impl FnMut(&Obligation) -> D,
    ) -> Result<(), AccessRefused> {
        let code = || self.status().map(|status| status.code);
        response::enforce(self.decision(), code, self.obligations(), discharge)
    }

    /// Whether there are [`obligations`](Self::obligations). Makes none.
    pub fn has_obligations(&self) -> bool {
        self.fired_obligations()
            .any(|(obligation, _)| !obligation.is_advice)
    }

    fn obligations_and_advice(&self) -> &ObligationsAndAdvice {
        self.obligations.get_or_init(|| self.made_obligations())
    }

    fn made_obligations(&self) -> ObligationsAndAdvice {
        let mut obligations = ObligationsAndAdvice::default();
        for (obligation, values) in self.fired_obligations() {
            let id = obligation.id.clone();
            let assignments = assignments(obligation, values);
            match obligation.is_advice {
                true => obligations.advice.push(Advice { id, assignments }),
                false => obligations.obligations.push(Obligation { id, assignments }),
            }
        }
        obligations
    }

    /// The obligations and advice that fired, each with the values that were not literals.
    fn fired_obligations(&self) -> impl Iterator<Item = (&ObligationExpression, &[(u32, Value)])> {
        self.fired().filter_map(|what| {
            let FiredBy::Obligation {
                policy,
                rule,
                obligation,
                start,
                end,
            } = what
            else {
                return None;
            };
            let policy = self.program.policy(*policy);
            let of_rule = rule.and_then(|rule| match policy.children.get(rule) {
                Some(Child::Rule(rule)) => Some(&rule.obligations),
                _ => None,
            });
            let obligation = of_rule.unwrap_or(&policy.obligations).get(*obligation)?;
            Some((obligation, &self.context.notes.assigned[*start..*end]))
        })
    }

    /// The rules behind the decision: those with its effect, in policies with the same decision.
    /// None where a combining algorithm decided by itself, such as deny-unless-permit over rules
    /// that do not apply.
    pub fn rules(&self) -> impl Iterator<Item = DecidingRule<'_>> {
        self.fired().filter_map(|what| match what {
            FiredBy::Rule(policy, index) => {
                let policy = self.program.policy(*policy);
                match &policy.children[*index] {
                    Child::Rule(rule) => Some(DecidingRule {
                        rule: &rule.id,
                        nth: rule.nth,
                        policy: &policy.id,
                        version: &policy.version,
                    }),
                    Child::Policy(_) => None,
                }
            }
            _ => None,
        })
    }

    pub(super) fn fired(&self) -> impl Iterator<Item = &FiredBy> {
        // INVARIANT: the rules, policies and obligations left in `fired` belong to the decision; see
        // `policy`.
        let decided = self.decision.effect().is_some();
        let fired = if decided {
            &self.context.notes.fired[..]
        } else {
            &[]
        };
        fired.iter().map(|fired| &fired.what)
    }

    /// The status of an Indeterminate; none for any other decision.
    pub fn status(&self) -> Option<Status> {
        let reason = self.reason.as_ref()?;
        let message = reason.message(&self.told());
        let code = reason.cause.code(&self.context.notes.errors);
        let missing = match code {
            StatusCode::MissingAttribute => self.missing(),
            _ => Vec::new(),
        };
        Some(Status {
            missing,
            ..Status::new(code, message)
        })
    }

    /// The failures that left a rule or a policy Indeterminate, whatever the decision is: with
    /// deny-unless-permit an outage is a Deny, with permit-unless-deny a Permit, and only this list
    /// shows the outage. At most 100 causes are listed, in the order in which they were met; a last
    /// entry says how many failures of other causes there were.
    ///
    /// An Indeterminate has its [`status`](Self::status) among them, as the last one if 100 other
    /// causes were met before it.
    pub fn troubles(&self) -> Vec<response::Trouble> {
        troubles::in_words(&self.told(), self.reason)
    }

    /// Whether there are [`troubles`](Self::troubles). Makes none.
    pub fn has_troubles(&self) -> bool {
        let mut inquiries = self.context.inquiries.iter();
        !self.context.notes.troubles.is_empty()
            || inquiries.any(|inquiry| !inquiry.doubts().is_empty())
    }

    fn told(&self) -> Texts<'_> {
        Texts::new(self.program, self.request, self.context)
    }

    /// The attributes that are missing where they must be present, in the order in which rules and
    /// policies met them (§7.19.3): of each rule, target and assignment that is Indeterminate for
    /// it, the first. They are those of the [`troubles`](Self::troubles): others that were missing
    /// on the way may have been left out by the index.
    fn missing(&self) -> Vec<MissingAttribute> {
        let texts = self.told();
        // That of the status is among them, unless there are more than are kept.
        let own = self.reason.iter().map(|reason| &reason.cause);
        let causes = texts.troubles.causes().chain(own);
        let each_once: IndexSet<&Designator> =
            causes.flat_map(|cause| cause.missing(&texts)).collect();
        let missing = each_once.into_iter().map(|designator| MissingAttribute {
            designator: designator.clone(),
            values: Vec::new(),
        });
        missing.collect()
    }

    /// The attributes the request asked to be repeated (`IncludeInResult`, §5.46).
    fn repeated(&self) -> Vec<SharedAttributes> {
        if self.is_too_long() {
            return Vec::new();
        }
        let categories = self.request.categories().iter();
        categories.filter_map(SharedAttributes::repeated).collect()
    }

    /// The policies and policy sets that were not NotApplicable, if the request asked for them
    /// (`ReturnPolicyIdList`, §5.42), each once.
    fn policies(&self) -> Vec<PolicyIdentifier> {
        let mut policies: Vec<PolicyIdentifier> = Vec::new();
        if self.context.notes.applied.is_empty() || self.is_too_long() {
            return policies;
        }
        let mut known = HashSet::new();
        for id in &self.context.notes.applied {
            let policy = self.program.policy(*id);
            let identifier = PolicyIdentifier {
                is_set: policy.is_set,
                id: policy.id.clone(),
                version: Some(policy.version.clone()),
            };
            // The nameless set of several roots is no policy of the host's.
            if !policy.id.is_empty() && known.insert(identifier.clone()) {
                policies.push(identifier);
            }
        }
        policies
    }

    /// Returns the attributes that the decision read: the place to look when a decision is not what
    /// was expected, and what it [depends on](crate::evaluate#what-a-decision-depends-on).
    pub fn attributes_read(&self) -> impl Iterator<Item = AttributeRead<'_>> {
        self.recorded().map(|recorded| recorded.read)
    }

    /// The instant from which the same request might get another decision: when the first attribute
    /// that it read may change, or that of the decision if it read the clock, be it for the zone of a
    /// `PdpBuilder::time_zone`. `None` if neither bounds it; the beginning of 1970, so that it is not
    /// cached, after a provider failed or a limit was exceeded.
    pub fn valid_until(&self) -> Option<DateTime> {
        let cause = self.reason.as_ref().map(|reason| &reason.cause);
        if let Some(
            Cause::Exhausted
            | Cause::NothingLeft
            | Cause::TooLong
            | Cause::Inquiries(_)
            | Cause::Unfinished,
        ) = cause
        {
            return DateTime::from_unix(0, 0, Zone::UTC);
        }
        if self.context.met_nothing_that_ends() {
            return None;
        }
        let reads = self.context.notes.reads.iter();
        let read = reads.map(|slot| &self.context.slots[slot.index()]);
        let ends = read.filter_map(|bound| bound.ends(self.context));
        let inquiries = self.context.inquiries.iter();
        let dynamic = self.context.dynamic_attributes.all.values();
        ends.chain(dynamic.filter_map(DynamicAttribute::ends))
            .chain(inquiries.filter_map(Inquiry::ends))
            .chain(self.context.zone_read_at_all())
            .min_by(|a, b| a.compare(b, Zone::UTC))
    }

    /// All that the decision [depends on](crate::evaluate#what-a-decision-depends-on), as one text
    /// whatever the form of the request: the key under which a host may cache the decision of this
    /// PDP until [`valid_until`](Self::valid_until).
    pub fn cache_key(&self) -> String {
        if self.request.is_multiple() {
            // Nothing was read, but not because nothing matters.
            return "several decisions".to_owned();
        }
        let own = self.context.reads(self.program, self.request);
        let mut parts: Vec<String> = own.map(|own| own.read.canonical()).collect();
        for (number, inquiry) in self.context.inquiries.iter().enumerate() {
            let read = inquiry.read.iter().map(|kept| kept.read().canonical());
            parts.extend(read.map(|read| format!("?{number}:{read}")));
            let contents = inquiry.contents();
            parts.extend(contents.map(|content| format!("?{number}/{content}")));
        }
        parts.extend(self.context.contents.keys(self.request));
        let zone = self.context.zone_read_at_all().and_then(|at| at.zone());
        parts.extend(zone.map(|zone| format!("zone:{zone}")));
        parts.sort_unstable();
        parts.concat()
    }

    /// The outcome as a result of a response.
    pub fn to_result(&self) -> ResponseResult {
        // Made now unless they were read before.
        let obligations = match self.obligations.get() {
            Some(made) => made.clone(),
            None => self.made_obligations(),
        };
        ResponseResult {
            decision: self.decision(),
            status: self.status().or_else(|| Some(Status::ok())),
            obligations: obligations.obligations,
            advice: obligations.advice,
            attributes: self.repeated(),
            policies: self.policies(),
            troubles: self.troubles(),
        }
    }

    /// The outcome as a result of a response whose results share a budget. If they repeat more than
    /// is left ([`Limits::response`](crate::Limits::response)), the outcome is Indeterminate from
    /// now on, and so is its result, which repeats nothing.
    pub fn to_result_within(&mut self, budget: &mut Budget) -> ResponseResult {
        let result = self.to_result();
        if result.fits(budget) {
            return result;
        }
        self.decision = ExtendedDecision::IndeterminateDP;
        let reason = Indeterminate::from(Cause::TooLong);
        self.context.notes.troubles.only(reason);
        self.reason = Some(reason);
        self.obligations.take();
        self.to_result()
    }

    /// Whether the policies made the decision, and no limit.
    pub(crate) fn is_of_policies(&self) -> bool {
        let cause = self.reason.as_ref().map(|reason| &reason.cause);
        let is_limit = matches!(
            cause,
            Some(
                Cause::Exhausted
                    | Cause::NothingLeft
                    | Cause::TooLong
                    | Cause::Inquiries(_)
                    | Cause::MultipleDecisions
                    | Cause::Unfinished
            )
        );
        !is_limit
    }

    fn is_too_long(&self) -> bool {
        let cause = self.reason.as_ref().map(|reason| &reason.cause);
        matches!(cause, Some(Cause::TooLong))
    }

    /// The outcome as a response of one result.
    pub fn to_response(&self) -> Response {
        Response {
            results: vec![self.to_result()],
        }
    }
}

/// The assignments of an obligation or advice; `values` are those that had to be evaluated.
fn assignments(
    obligation: &ObligationExpression,
    values: &[(u32, Value)],
) -> Vec<AttributeAssignment> {
    let mut assignments = Vec::with_capacity(obligation.assignments.len());
    for (assignment, place) in obligation.assignments.iter().zip(0..) {
        let assign = |value: &Value| AttributeAssignment {
            id: assignment.id.clone(),
            category: assignment.category.clone(),
            issuer: assignment.issuer.clone(),
            value: value.clone(),
        };
        match &assignment.expression {
            Expression::Term(Term::Literal(value)) => assignments.push(assign(value)),
            _ => {
                let own = values.iter().filter(|(of, _)| *of == place);
                assignments.extend(own.map(|(_, value)| assign(value)));
            }
        }
    }
    assignments
}

/// An attribute that a decision read, with the values found ([`Outcome::attributes_read`]).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct AttributeRead<'e> {
    /// The attribute, by the name the policy gives it.
    pub designator: &'e Designator,
    /// The values found; empty if there are none, or if the provider failed.
    pub values: &'e [Value],
    /// Whether its provider failed, or its value could not be used.
    pub failed: bool,
}

impl AttributeRead<'_> {
    /// Each text with its length before it, so that no two reads look alike.
    fn canonical(&self) -> String {
        let Designator {
            category,
            id,
            data_type,
            issuer,
        } = self.designator;
        let end = if self.failed { "!" } else { ";" };
        let text = |value: &Value| match value.as_xpath_expression() {
            Some(expression) => format!("{expression:?}"),
            None => value.lexical(),
        };
        let mut values: Vec<String> = self.values.iter().map(text).collect();
        values.sort_unstable();
        let mut key = String::new();
        let issuer = issuer.as_deref().map_or(String::new(), |i| format!("={i}"));
        let names = [category, id, data_type.unique_name(), &issuer];
        for text in names.into_iter().chain(values.iter().map(String::as_str)) {
            key += &format!("{}:{text}", text.len());
        }
        key + end
    }
}

/// A rule behind a decision, with its policies ([`Outcome::rules`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecidingRule<'e> {
    /// `RuleId`.
    pub rule: &'e str,
    /// The number, from 1, among the rules with this `RuleId` in the policy, which may have
    /// several.
    pub nth: u32,
    /// `PolicyId` of the policy it is in.
    pub policy: &'e str,
    /// `Version` of that policy.
    pub version: &'e str,
}

impl fmt::Display for DecidingRule<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = rule_name(Visible(self.rule), self.nth);
        let (policy, version) = (Visible(self.policy), Visible(self.version));
        write!(f, "Rule {rule} of Policy `{policy}` version {version}")
    }
}
