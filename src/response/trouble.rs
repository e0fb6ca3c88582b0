//! Failures that a decision met, as a host logs them.

use std::fmt;
use std::sync::Arc;

use super::PolicyIdentifier;
use crate::attribute::Designator;
use crate::decision::StatusCode;
use crate::error::rule_name;

/// A failure that left a rule or a policy Indeterminate on the way to a decision, whatever the
/// decision is: a provider that failed, an attribute that is not there and must be present, a
/// function without a value for its arguments.
///
/// A failure that makes no difference, such as one in an `or` with a True beside it, is none.
/// `Display` prints it as one line of a log.
///
/// ```
/// # use vedtak::attribute::Designator;
/// # use vedtak::provider::{AttributeProvider, Fetched, ProviderError};
/// # struct Roles;
/// # impl AttributeProvider for Roles {
/// #     fn name(&self) -> &str { "roles" }
/// #     fn supplies(&self, wanted: &Designator) -> bool { &*wanted.id == "role" }
/// #     fn fetch(&self, _: &Designator, _: &Request) -> Result<Fetched, ProviderError> {
/// #         Err(ProviderError::new("connection refused"))
/// #     }
/// # }
/// use vedtak::{Decision, Pdp, Request};
/// let policy = std::fs::read_to_string("fixtures/troubles/outage.xml")?;
/// let pdp = Pdp::builder().policy("policy.xml", policy).provider(Roles).build()?;
/// let response = pdp.decide(&Request::builder().action("read").build());
/// assert_eq!(response.decision(), Decision::Deny);
/// for trouble in response.troubles() {
///     assert_eq!(trouble.provider.as_deref(), Some("roles"));
///     assert_eq!(
///         trouble.to_string(),
///         "the attribute provider `roles`, asked for `role`: connection refused; \
///          in Policy `managers` and in Rule `the-blocked-stay-out` of Policy `blocked`"
///     );
/// }
/// # assert_eq!(response.troubles().count(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(rename_all = "PascalCase", deny_unknown_fields)
)]
#[non_exhaustive]
pub struct Trouble {
    /// The status code that an Indeterminate of this failure has.
    pub code: StatusCode,
    /// The failure in words, without its places.
    pub message: String,
    /// The attribute that failed or is missing, or of which one value is asked for and it has none or
    /// several.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub attribute: Option<Designator>,
    /// The name of the provider that failed.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub provider: Option<Arc<str>>,
    /// The rules and policies that it left Indeterminate, in the order of evaluation: the first 20.
    #[cfg_attr(feature = "serde", serde(default))]
    pub places: Vec<TroublePlace>,
    /// The number of places beyond [`places`](Self::places); one that is visited twice is counted
    /// twice.
    #[cfg_attr(feature = "serde", serde(default))]
    pub more_places: usize,
    /// The number of failures of other causes, in the entry that counts those that are not listed;
    /// 0 for a failure.
    #[cfg_attr(feature = "serde", serde(default))]
    pub left_out: usize,
}

/// The rule or policy that a [`Trouble`] left Indeterminate.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(rename_all = "PascalCase", deny_unknown_fields)
)]
#[non_exhaustive]
pub struct TroublePlace {
    /// The policy or policy set, or the policy of the rule.
    pub policy: PolicyIdentifier,
    /// `RuleId`; none where it is the policy itself that is Indeterminate.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub rule: Option<Arc<str>>,
    /// The number, from 1, among the rules with this `RuleId` in the policy, which may have
    /// several; 0 for the policy itself.
    #[cfg_attr(feature = "serde", serde(default))]
    pub nth: u32,
}

impl Trouble {
    /// Causes that are listed; of more, the number is.
    pub(crate) const CAUSES: usize = 100;

    /// Places that are listed of each cause; of more, the number is.
    pub(crate) const PLACES: usize = 20;

    pub(crate) fn new(code: StatusCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            attribute: None,
            provider: None,
            places: Vec::new(),
            more_places: 0,
            left_out: 0,
        }
    }

    /// The troubles of several decisions as those of one: each cause once, with the places of all.
    ///
    /// ```
    /// use vedtak::response::{ResponseResult, Status, Trouble};
    /// let down = || Status::new(vedtak::decision::StatusCode::ProcessingError, "the register is down");
    /// let (one, other) = (ResponseResult::indeterminate(down()), ResponseResult::indeterminate(down()));
    /// assert_eq!(Trouble::joined(one.troubles.iter().chain(&other.troubles)).len(), 1);
    /// ```
    pub fn joined<'t>(all: impl IntoIterator<Item = &'t Self>) -> Vec<Self> {
        let mut joined: Vec<Self> = Vec::new();
        let mut left_out = 0_usize;
        for trouble in all {
            if trouble.left_out > 0 {
                left_out = left_out.saturating_add(trouble.left_out);
                continue;
            }
            let same = |known: &&mut Self| known.is_of_cause(trouble);
            let Some(known) = joined.iter_mut().find(same) else {
                match joined.len() {
                    Self::CAUSES => left_out += 1,
                    _ => joined.push(trouble.clone()),
                }
                continue;
            };
            for place in &trouble.places {
                match known.places.len() {
                    _ if known.places.contains(place) => {}
                    Self::PLACES => known.more_places += 1,
                    _ => known.places.push(place.clone()),
                }
            }
            known.more_places = known.more_places.saturating_add(trouble.more_places);
        }
        joined.extend(Self::left_out(left_out));
        joined
    }

    fn is_of_cause(&self, other: &Self) -> bool {
        self.code == other.code
            && self.message == other.message
            && self.attribute == other.attribute
            && self.provider == other.provider
    }

    /// The entry that counts the troubles not listed; none for 0.
    pub(crate) fn left_out(count: usize) -> Option<Self> {
        let message = || format!("failures of more causes than {} ({count})", Self::CAUSES);
        (count > 0).then(|| Self {
            left_out: count,
            ..Self::new(StatusCode::ProcessingError, message())
        })
    }
}

/// The most places named in a line of a log; the others are counted.
const TOLD: usize = 3;

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", super::Visible(&self.message))?;
        let told = self.places.iter().take(TOLD);
        let more = (self.places.len() - told.len()).saturating_add(self.more_places);
        let count = told.len();
        for (number, place) in told.enumerate() {
            f.write_str(match number {
                0 => "; ",
                _ if number + 1 == count && more == 0 => " and ",
                _ => ", ",
            })?;
            place.fmt(f)?;
        }
        match more {
            0 => Ok(()),
            1 => f.write_str(" and 1 more"),
            more => write!(f, " and {more} more"),
        }
    }
}

impl fmt::Display for TroublePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.policy.is_set {
            true => "PolicySet",
            false => "Policy",
        };
        let policy = super::Visible(&self.policy.id);
        match &self.rule {
            Some(rule) => write!(f, "in Rule {}", rule_name(super::Visible(rule), self.nth))?,
            None => return write!(f, "in {kind} `{policy}`"),
        }
        match self.policy.id.is_empty() {
            true => Ok(()),
            false => write!(f, " of {kind} `{policy}`"),
        }
    }
}
