//! Records of decisions with all that they depend on, kept as JSON and decided again years later
//! ([`DecisionRecord`]).

#[cfg(feature = "json")]
mod json;

use std::borrow::Cow;
use std::fmt;

use super::Pdp;
use super::call::DecisionEvent;
use crate::attribute::Designator;
use crate::decision::{Decision, StatusCode};
use crate::error::Visible;
use crate::evaluate::{Context, Outcome, Recorded, Step, Supplied};
use crate::program::Policy;
use crate::provider::{Fetched, Need, ProviderError};
use crate::request::Request;
use crate::value::{DateTime, Value, Zone};

/// A decision with all that it depends on: the request, the rules that decided, the attributes read
/// and their sources, the failures, and the policies.
///
/// It can be kept as JSON (`to_json`, `read_json`) and decided again
/// ([`replay`](Self::replay)).
///
/// [`DecisionEvent::record`] makes records, for an [`Observer`](crate::observer::Observer) or for the
/// closure of [`Call::observe`](crate::Call::observe). A record holds values of attributes: it shows who asked
/// for what.
///
/// ```
/// # let policy = &std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
/// use vedtak::{Pdp, Request};
/// let pdp = Pdp::from_xml(policy)?;
/// let request = Request::builder()
///     .subject("urn:altinn:rolecode", "dagl")
///     .resource("urn:altinn:resource", "vedtak-brev")
///     .action("read")
///     .build();
/// let mut records = Vec::new();
/// let response = pdp.call().observe(|event| records.extend(event.record())).decide(&request);
/// let record = &records[0];
/// assert_eq!(record.decision, response.decision());
/// assert!(record.read.iter().any(|read| &*read.attribute.id == "urn:altinn:rolecode"));
/// assert!(record.replay(&pdp).is_same);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct DecisionRecord {
    /// The individual decision request.
    pub request: Request,
    /// The instant of the decision; none if no policy may read the time, and no comparison
    /// used the zone of the day (`PdpBuilder::time_zone`).
    pub instant: Option<DateTime>,
    /// The decision.
    pub decision: Decision,
    /// The status code of an Indeterminate.
    pub status: Option<StatusCode>,
    /// The rules behind the decision.
    pub rules: Vec<RecordedRule>,
    /// The attributes that the decision read.
    pub read: Vec<RecordedRead>,
    /// The messages of the decision's failures.
    pub troubles: Vec<String>,
    /// The instant from which the decision may change;
    /// [`Outcome::valid_until`](crate::evaluate::Outcome::valid_until).
    pub valid_until: Option<DateTime>,
    /// The version of the store that decided; 0 without a store.
    pub store_version: u64,
    /// The policies of the rules, and the root policy if there is one.
    pub policies: Vec<RecordedPolicy>,
}

/// A rule behind a recorded decision.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordedRule {
    /// `RuleId`.
    pub rule: String,
    /// The number of the rule among those of its `RuleId` in the policy, from 1.
    pub nth: u32,
    /// `PolicyId` of its policy.
    pub policy: String,
    /// `Version` of its policy.
    pub version: String,
}

/// An attribute that a recorded decision read.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RecordedRead {
    /// The attribute, as the policy designates it.
    pub attribute: Designator,
    /// Its values.
    pub values: Vec<Value>,
    /// The source of the values.
    pub source: ReadSource,
    /// The instant from which its provider's answer may change.
    pub valid_until: Option<DateTime>,
    /// The message of its provider's failure.
    pub failure: Option<String>,
}

/// The source of an attribute that a decision read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadSource {
    /// The request.
    Request,
    /// The clock of the PDP.
    Clock,
    /// The provider of this name.
    Provider(String),
    /// No source: the request lacks the attribute, and no provider supplies it.
    Nobody,
    /// A decision that `access-permitted` asked for, whatever its source was there.
    AccessPermitted,
}

/// A policy behind a recorded decision.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordedPolicy {
    /// `PolicyId` or `PolicySetId`.
    pub id: String,
    /// `Version`.
    pub version: String,
    /// BLAKE3 of the bytes of the policy's document, as
    /// [`StoredDocument::digest`](crate::store::StoredDocument::digest); none if it was not read
    /// from bytes. Documents of one digest are the same. The host protects the record itself from
    /// changes.
    pub digest: Option<[u8; 32]>,
}

/// The outcome of a recorded decision when it is made again.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Replay {
    /// The decision now.
    pub decision: Decision,
    /// The rules behind it now.
    pub rules: Vec<RecordedRule>,
    /// Whether decision and rules are those of the record.
    pub is_same: bool,
    /// The policies of the record that are gone, or whose documents have another digest.
    pub changed: Vec<ChangedPolicy>,
    /// The messages of failures now. An attribute that the policies ask for now and the record
    /// lacks is one, and so is an attribute of the record that no provider of this PDP supplies.
    pub troubles: Vec<String>,
}

/// A policy that has changed since a decision was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChangedPolicy {
    /// The policy at the time of the record.
    pub recorded: RecordedPolicy,
    /// The policy of this id and version now, if there is one.
    pub now: Option<RecordedPolicy>,
}

impl fmt::Display for ChangedPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RecordedPolicy {
            id,
            version,
            digest,
        } = &self.recorded;
        write!(
            f,
            "the policy `{}` version {} ",
            Visible(id),
            Visible(version)
        )?;
        match (&self.now, digest) {
            (None, _) => f.write_str("is not there any more"),
            (Some(now), Some(then)) => {
                let [now, then] = [&now.digest.unwrap_or_default(), then].map(hex);
                write!(f, "has the digest {now}, and had {then}")
            }
            (Some(_), None) => f.write_str("is another"),
        }
    }
}

fn hex(digest: &[u8; 32]) -> String {
    data_encoding::HEXLOWER.encode(digest)
}

impl Pdp {
    fn record(&self, decided: &DecisionEvent<'_>, outcome: &Outcome<'_>) -> DecisionRecord {
        let read = outcome.recorded();
        DecisionRecord {
            request: decided.request.clone(),
            instant: outcome.instant(),
            decision: decided.decision,
            status: outcome.status().map(|status| status.code),
            rules: rules(outcome),
            read: read.map(|read| self.recorded_read(&read)).collect(),
            troubles: troubles(outcome),
            valid_until: outcome.valid_until(),
            store_version: decided.version,
            policies: policies(outcome),
        }
    }

    pub(super) fn recorded_read(&self, recorded: &Recorded<'_>) -> RecordedRead {
        let (read, supplied) = (recorded.read, recorded.supplied());
        let is_in_request = recorded.is_in_request();
        let why = recorded.why().filter(|_| !is_in_request);
        let provider = match supplied {
            Supplied::Slot(slot) => {
                let providers = &self.inner.slot_providers.providers;
                providers.get(slot).copied().flatten()
            }
            Supplied::Provider(provider) => provider,
            Supplied::Elsewhere => None,
        };
        let name =
            provider.and_then(|provider| self.inner.host.settings.provider_names.get(provider));
        let source = match (supplied, name) {
            (Supplied::Elsewhere, _) => ReadSource::AccessPermitted,
            _ if is_in_request => ReadSource::Request,
            _ if recorded.is_clock() => ReadSource::Clock,
            (_, Some(name)) => ReadSource::Provider(name.clone()),
            (_, None) => ReadSource::Nobody,
        };
        let is_supplied = matches!(source, ReadSource::Provider(_));
        RecordedRead {
            attribute: read.designator.clone(),
            values: read.values.to_vec(),
            valid_until: recorded.ends().filter(|_| is_supplied && why.is_none()),
            failure: why.map(Cow::into_owned),
            source,
        }
    }
}

impl DecisionEvent<'_> {
    /// Returns the record of the decision; none if there was no decision to make.
    pub fn record(&self) -> Option<DecisionRecord> {
        let outcome = self.outcome.ok()?;
        Some(self.pdp.record(self, outcome))
    }
}

fn rules(outcome: &Outcome<'_>) -> Vec<RecordedRule> {
    let rules = outcome.rules().map(|rule| RecordedRule {
        rule: rule.rule.to_owned(),
        nth: rule.nth,
        policy: rule.policy.to_owned(),
        version: rule.version.to_owned(),
    });
    rules.collect()
}

fn troubles(outcome: &Outcome<'_>) -> Vec<String> {
    let troubles = outcome.troubles();
    troubles.iter().map(ToString::to_string).collect()
}

fn policies(outcome: &Outcome<'_>) -> Vec<RecordedPolicy> {
    outcome.policies_behind().map(recorded_policy).collect()
}

fn recorded_policy(policy: &Policy) -> RecordedPolicy {
    RecordedPolicy {
        id: policy.id.to_string(),
        version: policy.version.to_string(),
        digest: policy.digest.as_deref().copied(),
    }
}

impl DecisionRecord {
    /// Makes the decision again with the policies of a PDP, as of the same instant. The answers of
    /// providers come from the record, and no provider is asked.
    ///
    /// The PDP needs only to know which attributes are supplied: an auditor without the providers
    /// declares all of them with [`supplied_by_host`](crate::PdpBuilder::supplied_by_host).
    ///
    /// Under the policies it was made with, the decision is the same, by the same rules. Under
    /// other policies it may differ, and [`changed`](Replay::changed) lists those that changed. An
    /// attribute that is needed only now has no answer; the decision may be Indeterminate for that.
    ///
    /// A decision that was Indeterminate because others of its call had used up the
    /// [budget](crate::Limits::work) is made with a budget of its own.
    pub fn replay(&self, pdp: &Pdp) -> Replay {
        let epoch = || DateTime::from_unix(0, 0, Zone::UTC).expect("the epoch can be written");
        let instant = self.instant.unwrap_or_else(epoch);
        let mut context = Context::new();
        let evaluation = pdp.begin_at(&mut context, &self.request, instant);
        let mut evaluation = evaluation.with_inquiries();
        while let Step::Needs(needs) = evaluation.step() {
            if needs.is_empty() {
                break;
            }
            for need in needs {
                let none = || Err(ProviderError::new("the record does not have it"));
                evaluation.supply(
                    &need,
                    recorded_answer(&self.read, &need).unwrap_or_else(none),
                );
            }
        }
        let outcome = evaluation.finish();
        let (mut decision, mut rules) = (outcome.decision(), rules(&outcome));
        let mut troubles = troubles(&outcome);
        let read = outcome.recorded().map(|read| pdp.recorded_read(&read));
        let unasked = read.filter_map(|read| self.unasked(&read));
        troubles.extend(unasked);
        if self.instant.is_none() && outcome.instant().is_some() {
            // The instant is made up, so whatever was decided by it is not valid.
            (decision, rules) = (Decision::Indeterminate, Vec::new());
            let why =
                "the record has no instant, and the policies ask for the time or its zone now";
            troubles.push(why.to_owned());
        }
        let changed = self.policies.iter().filter_map(|recorded| {
            let now = pdp.inner.program.named(&recorded.id, &recorded.version);
            let now = now.map(recorded_policy);
            let is_same = now.as_ref().is_some_and(|now| {
                // A document without a digest cannot be compared.
                let known = now.digest.zip(recorded.digest);
                known.is_none_or(|(now, then)| now == then)
            });
            let recorded = recorded.clone();
            (!is_same).then_some(ChangedPolicy { recorded, now })
        });
        Replay {
            decision,
            is_same: decision == self.decision && rules == self.rules,
            changed: changed.collect(),
            troubles,
            rules,
        }
    }

    /// Returns why an attribute that a provider supplied then has no value now.
    fn unasked(&self, now: &RecordedRead) -> Option<String> {
        if now.source != ReadSource::Nobody {
            return None;
        }
        let mut then = self.read.iter();
        then.find_map(|then| match &then.source {
            ReadSource::Provider(name) if then.attribute == now.attribute => Some(format!(
                "the record has `{}` of category `{}` from the provider `{name}`, and this PDP has no \
                 provider of it: `PdpBuilder::supplied_by_host` says which attributes a record is asked for",
                crate::error::cut(&now.attribute.id),
                crate::error::cut(&now.attribute.category),
            )),
            _ => None,
        })
    }
}

/// Returns the answer to a need, as recorded; none if it was not read.
pub(super) fn recorded_answer(
    read: &[RecordedRead],
    need: &Need,
) -> Option<Result<Fetched, ProviderError>> {
    // The record does not say which of the inner decisions read an attribute: where they read
    // different values, none is taken.
    let is_own = need.request().is_none();
    let own = read.iter().filter(|read| {
        let from = match is_own {
            true => matches!(read.source, ReadSource::Provider(_) | ReadSource::Nobody),
            false => read.source == ReadSource::AccessPermitted,
        };
        from && read.attribute == need.designator
    });
    let mut own = own.peekable();
    let first = own.next()?;
    if own.any(|other| (&other.values, &other.failure) != (&first.values, &first.failure)) {
        let why = "the record has several answers, of decisions that access-permitted asked for";
        return Some(Err(ProviderError::new(why)));
    }
    Some(match &first.failure {
        Some(why) => Err(ProviderError::new(why.clone())),
        None => {
            let fetched = Fetched::from(first.values.clone());
            Ok(fetched.with_valid_until(first.valid_until))
        }
    })
}
