//! Effects and decisions (§5.21, §5.53, §7.10), and the codes a status may have (appendix B.8).

use std::fmt;

/// What a rule does when it applies (§5.22).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
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

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The version of XACML whose rules a policy is decided by.
///
/// [The chapter on conformance](crate::manual::conformance#xacml-20) says where the two differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum XacmlVersion {
    /// XACML 3.0.
    #[default]
    V3,
    /// XACML 2.0.
    V2,
}

/// The answer to a request (§5.53). Only [`Decision::Permit`] grants access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Decision {
    /// Access is granted, provided every obligation is understood and carried out.
    Permit,
    /// Access is refused.
    Deny,
    /// No answer, because something went wrong or is missing; the status says what.
    Indeterminate,
    /// No policy has anything to say about the request.
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

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [
            Self::Permit,
            Self::Deny,
            Self::Indeterminate,
            Self::NotApplicable,
        ]
        .into_iter()
        .find(|decision| decision.as_str() == name)
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The value of a rule, policy or policy set, with what an Indeterminate could have been (§7.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExtendedDecision {
    /// Permit.
    Permit,
    /// Deny.
    Deny,
    /// Not applicable.
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
    /// Responses do not say what an Indeterminate could have been (§7.10).
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
    /// A code of someone else, as read from a response.
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

impl fmt::Display for StatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.uri())
    }
}
