//! What a decision came to, before it is made a response.

use std::collections::HashSet;
use std::fmt;

use super::bind::State;
use super::trouble::Trouble;
use super::{Context, What};
use crate::attribute::Designator;
use crate::decision::{Decision, ExtendedDecision, StatusCode};
use crate::program::{Child, Program};
use crate::request::{Attributes, Request};
use crate::response::{
    Advice, MissingAttribute, Obligation, PolicyIdentifier, Response, ResponseResult, Status,
};
use crate::value::{DateTime, Value, Zone};

/// The outcome of one decision. Looking at it costs nothing until a text is asked for.
pub struct Outcome<'e> {
    pub(super) decision: ExtendedDecision,
    pub(super) trouble: Option<Trouble>,
    pub(super) program: &'e Program,
    pub(super) request: &'e Request,
    /// Exclusively, so that an outcome may be sent to another thread.
    pub(super) context: &'e mut Context,
}

impl Outcome<'_> {
    /// The decision.
    pub fn decision(&self) -> Decision {
        self.decision.into()
    }

    /// The decision with what an Indeterminate could have been (§7.10).
    pub fn extended_decision(&self) -> ExtendedDecision {
        self.decision
    }

    /// What must be done for the decision to hold, inner rules and policies first.
    pub fn obligations(&self) -> impl Iterator<Item = &Obligation> {
        self.fired().filter_map(|what| match what {
            What::Obligation(obligation) => Some(obligation),
            _ => None,
        })
    }

    /// What may be done, inner rules and policies first.
    pub fn advice(&self) -> impl Iterator<Item = &Advice> {
        self.fired().filter_map(|what| match what {
            What::Advice(advice) => Some(advice),
            _ => None,
        })
    }

    /// The rules behind the decision: those that had its effect, in policies that came to it, too.
    /// None where a combining algorithm decided by itself, such as deny-unless-permit over rules
    /// that do not apply.
    pub fn rules(&self) -> impl Iterator<Item = DecidingRule<'_>> {
        self.fired().filter_map(|what| match what {
            What::Rule(policy, index) => {
                let policy = &self.program.policies[policy.index()];
                match &policy.children[*index] {
                    Child::Rule(rule) => Some(DecidingRule {
                        rule: &rule.id,
                        policy: &policy.id,
                        version: &policy.version,
                    }),
                    Child::Policy(_) => None,
                }
            }
            _ => None,
        })
    }

    fn fired(&self) -> impl Iterator<Item = &What> {
        // INVARIANT: what is left fired belongs to the decision; see `policy`.
        let decided = self.decision.effect().is_some();
        let fired = if decided {
            &self.context.fired[..]
        } else {
            &[]
        };
        fired.iter().map(|fired| &fired.what)
    }

    /// Why the decision is Indeterminate; none for any other decision.
    pub fn status(&self) -> Option<Status> {
        let trouble = self.trouble.as_ref()?;
        let message = trouble.message(self.program, &self.context.failures);
        let code = trouble.code();
        let missing = match code {
            StatusCode::MissingAttribute => self.missing(),
            _ => Vec::new(),
        };
        Some(Status {
            missing,
            ..Status::new(code, message)
        })
    }

    /// Every attribute that was missing where it must be present: the asker may add them all and
    /// ask again (§7.19.3).
    fn missing(&self) -> Vec<MissingAttribute> {
        let slots = self.context.slots.iter().zip(&self.program.slots);
        slots
            .filter(|(bound, _)| bound.missed.get())
            .map(|(_, slot)| MissingAttribute {
                designator: slot.designator.clone(),
                values: Vec::new(),
            })
            .collect()
    }

    /// The attributes the request asked to be repeated (`IncludeInResult`, §5.46).
    fn repeated(&self) -> Vec<Attributes> {
        let mut repeated = Vec::new();
        for category in self.request.categories() {
            let attributes: Vec<_> = category
                .attributes
                .iter()
                .filter(|attribute| attribute.include_in_result)
                .cloned()
                .collect();
            if !attributes.is_empty() {
                repeated.push(Attributes {
                    category: category.category.clone(),
                    xml_id: None,
                    content: None,
                    attributes,
                });
            }
        }
        repeated
    }

    /// The policies and policy sets that were not NotApplicable, if the request asked for them
    /// (`ReturnPolicyIdList`, §5.42), each once.
    fn policies(&self) -> Vec<PolicyIdentifier> {
        let mut policies: Vec<PolicyIdentifier> = Vec::new();
        let mut known = HashSet::new();
        for id in &self.context.applied {
            let policy = &self.program.policies[id.index()];
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

    /// The attributes the decision read, of all that the request, the providers and the clock had to
    /// say. But for the `Content` that XPath was followed in, nothing else made a difference: another request that gives these attributes the same values
    /// gets the same decision, obligations and advice. (IncludeInResult and ReturnPolicyIdList are
    /// the response's business, not the decision's.)
    pub fn read(&self) -> impl Iterator<Item = Read<'_>> {
        let slots = self.context.slots.iter().zip(&self.program.slots);
        slots
            .filter(|(bound, _)| bound.read.get())
            .map(|(bound, slot)| Read {
                designator: &slot.designator,
                values: bound
                    .state
                    .values(self.request, &self.context.pool, &self.context.shared),
                failed: matches!(bound.state, State::Failed(_)),
            })
    }

    /// The instant from which the same request might get another decision: when the first of the
    /// facts it read may change, or the very instant of the decision if it read the clock. `None`
    /// when no provider set a bound and the clock made no difference. After a provider failed it is
    /// the beginning of 1970: such a decision is not to be kept at all.
    pub fn valid_until(&self) -> Option<DateTime> {
        let read = self.context.slots.iter().filter(|bound| bound.read.get());
        read.filter_map(|bound| match bound.from_clock {
            true => self.context.instant,
            false if matches!(bound.state, State::Failed(_)) => {
                DateTime::from_unix(0, 0, Zone::UTC)
            }
            false => bound.valid_until,
        })
        .min_by(|a, b| a.compare(b, Zone::UTC))
    }

    /// What the decision [read](Self::read) as one text, the same however the request was put: the
    /// key under which a host may keep the decision of this PDP until
    /// [`valid_until`](Self::valid_until).
    pub fn cache_key(&self) -> String {
        if self.request.is_multiple() {
            // Nothing was read, but not because nothing matters.
            return "several decisions".to_owned();
        }
        let mut parts: Vec<String> = self.read().map(|read| read.canonical()).collect();
        parts.extend(self.context.contents.read().map(|place| {
            let attributes = &self.request.categories()[place];
            let content = attributes.content.as_deref().unwrap_or("");
            let (category, length) = (&attributes.category, content.len());
            format!("{}:{category}/{length}:{content};", category.len())
        }));
        parts.sort_unstable();
        parts.concat()
    }

    /// The outcome as a result of a response.
    pub fn to_result(&self) -> ResponseResult {
        ResponseResult {
            decision: self.decision(),
            status: self.status().or_else(|| Some(Status::ok())),
            obligations: self.obligations().cloned().collect(),
            advice: self.advice().cloned().collect(),
            attributes: self.repeated(),
            policies: self.policies(),
        }
    }

    /// The outcome as a response of one result.
    pub fn to_response(&self) -> Response {
        Response {
            results: vec![self.to_result()],
        }
    }
}

/// An attribute a decision read.
#[derive(Clone, Copy, Debug)]
pub struct Read<'e> {
    /// Which attribute, by the name the policy gives it.
    pub designator: &'e Designator,
    /// Its values; none if it has none, or if its provider failed.
    pub values: &'e [Value],
    /// Its provider failed.
    pub failed: bool,
}

impl Read<'_> {
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
        let names = [category, id, data_type.short_name(), &issuer];
        for text in names.into_iter().chain(values.iter().map(String::as_str)) {
            key += &format!("{}:{text}", text.len());
        }
        key + end
    }
}

/// A rule behind a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecidingRule<'e> {
    /// `RuleId`.
    pub rule: &'e str,
    /// `PolicyId` of the policy it is in.
    pub policy: &'e str,
    /// `Version` of that policy.
    pub version: &'e str,
}

impl fmt::Display for DecidingRule<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Rule `{}` of Policy `{}` version {}",
            self.rule, self.policy, self.version
        )
    }
}
