//! Decisions and status codes: [`Decision`] is the answer to a request (§5.53), [`StatusCode`] the
//! kind of failure (B.8), [`Effect`] that of a rule (§5.22), [`ExtendedDecision`] the value of a
//! policy (§7.10).

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use crate::error::UnknownName;

/// The decision of a rule that applies (§5.22).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Effect {
    /// The rule permits.
    Permit,
    /// The rule denies.
    Deny,
}

impl Effect {
    /// The word used in policies.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Permit => "Permit",
            Self::Deny => "Deny",
        }
    }
}

/// The word used in policies.
impl FromStr for Effect {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let all = [Self::Permit, Self::Deny];
        let mut named = all.into_iter().filter(|effect| effect.as_str() == text);
        let unknown = || UnknownName::expected(all.iter().map(|effect| effect.as_str()), text);
        named.next().ok_or_else(unknown)
    }
}

crate::serialized::displayed!(Effect, Decision);

/// The version of XACML by whose rules a policy is evaluated.
///
/// [The chapter on conformance](crate::manual::conformance#xacml-20) lists the differences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum XacmlVersion {
    /// XACML 3.0.
    #[default]
    V3,
    /// XACML 2.0.
    V2,
}

/// The answer to a request (§5.53). Only [`Decision::Permit`] grants access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Decision {
    /// Access is granted, provided every obligation is understood and carried out.
    Permit,
    /// Access is refused.
    Deny,
    /// No decision, because of an error or a missing attribute; the status has the reason.
    Indeterminate,
    /// No policy applies to the request.
    NotApplicable,
}

impl Decision {
    /// The word used in responses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Permit => "Permit",
            Self::Deny => "Deny",
            Self::Indeterminate => "Indeterminate",
            Self::NotApplicable => "NotApplicable",
        }
    }

    const ALL: [Self; 4] = [
        Self::Permit,
        Self::Deny,
        Self::Indeterminate,
        Self::NotApplicable,
    ];

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|decision| decision.as_str() == name)
    }
}

/// The word used in responses.
impl FromStr for Decision {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let names = Self::ALL.iter().map(|decision| decision.as_str());
        Self::from_name(text).ok_or_else(|| UnknownName::expected(names, text))
    }
}

/// The value of a rule, policy or policy set, with the decisions that an Indeterminate could have
/// been (§7.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ExtendedDecision {
    /// Permit.
    Permit,
    /// Deny.
    Deny,
    /// NotApplicable: no rule or policy applies.
    NotApplicable,
    /// Indeterminate that could have been Permit, but not Deny.
    IndeterminateP,
    /// Indeterminate that could have been Deny, but not Permit.
    IndeterminateD,
    /// Indeterminate that could have been either.
    IndeterminateDP,
}

impl ExtendedDecision {
    /// Whether it is one of the three Indeterminates.
    pub const fn is_indeterminate(self) -> bool {
        matches!(
            self,
            Self::IndeterminateP | Self::IndeterminateD | Self::IndeterminateDP
        )
    }

    /// The effect, if this is Permit or Deny.
    pub const fn effect(self) -> Option<Effect> {
        match self {
            Self::Permit => Some(Effect::Permit),
            Self::Deny => Some(Effect::Deny),
            _ => None,
        }
    }

    /// The Indeterminate that could have been `effect`.
    pub const fn indeterminate(effect: Effect) -> Self {
        match effect {
            Effect::Permit => Self::IndeterminateP,
            Effect::Deny => Self::IndeterminateD,
        }
    }
}

impl From<Effect> for ExtendedDecision {
    fn from(effect: Effect) -> Self {
        match effect {
            Effect::Permit => Self::Permit,
            Effect::Deny => Self::Deny,
        }
    }
}

impl From<ExtendedDecision> for Decision {
    /// Drops the decisions that an Indeterminate could have been, which responses do not contain
    /// (§7.10).
    fn from(extended: ExtendedDecision) -> Self {
        match extended {
            ExtendedDecision::Permit => Self::Permit,
            ExtendedDecision::Deny => Self::Deny,
            ExtendedDecision::NotApplicable => Self::NotApplicable,
            _ => Self::Indeterminate,
        }
    }
}

/// The standard's status codes (B.8).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StatusCode {
    /// `urn:oasis:names:tc:xacml:1.0:status:ok`.
    Ok,
    /// `urn:oasis:names:tc:xacml:1.0:status:missing-attribute`.
    MissingAttribute,
    /// `urn:oasis:names:tc:xacml:1.0:status:syntax-error`.
    SyntaxError,
    /// `urn:oasis:names:tc:xacml:1.0:status:processing-error`.
    ProcessingError,
    /// Another code, as read from a response.
    Other(String),
}

impl StatusCode {
    /// The code's identifier.
    pub fn uri(&self) -> &str {
        match self {
            Self::Ok => "urn:oasis:names:tc:xacml:1.0:status:ok",
            Self::MissingAttribute => "urn:oasis:names:tc:xacml:1.0:status:missing-attribute",
            Self::SyntaxError => "urn:oasis:names:tc:xacml:1.0:status:syntax-error",
            Self::ProcessingError => "urn:oasis:names:tc:xacml:1.0:status:processing-error",
            Self::Other(uri) => uri,
        }
    }

    /// The code with this identifier.
    pub fn from_uri(uri: &str) -> Self {
        [
            Self::Ok,
            Self::MissingAttribute,
            Self::SyntaxError,
            Self::ProcessingError,
        ]
        .into_iter()
        .find(|code| code.uri() == uri)
        .unwrap_or_else(|| Self::Other(uri.to_owned()))
    }
}

/// The identifier; one that the standard does not know is [`Other`](StatusCode::Other).
impl FromStr for StatusCode {
    type Err = Infallible;

    fn from_str(uri: &str) -> Result<Self, Infallible> {
        Ok(Self::from_uri(uri))
    }
}

crate::serialized::as_text! {
    StatusCode: "the identifier of a status code", ToString::to_string;
}

impl fmt::Display for StatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.uri())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back_and_nothing_else_is_one() {
        for decision in Decision::ALL {
            assert_eq!(decision.to_string().parse(), Ok(decision));
        }
        for effect in [Effect::Permit, Effect::Deny] {
            assert_eq!(effect.to_string().parse(), Ok(effect));
        }
        for wrong in [
            "",
            "permit",
            "PERMIT",
            " Permit",
            "Permit ",
            "Indeterminate{P}",
            "True",
        ] {
            assert!(wrong.parse::<Decision>().is_err(), "{wrong}");
            let told = wrong.parse::<Effect>().unwrap_err().to_string();
            assert_eq!(
                told,
                format!("expected `Permit` or `Deny`, found `{wrong}`")
            );
        }
        assert!("NotApplicable".parse::<Effect>().is_err());
        for code in [StatusCode::Ok, StatusCode::Other("urn:mine".to_owned())] {
            assert_eq!(code.to_string().parse(), Ok(code));
        }
    }
}
