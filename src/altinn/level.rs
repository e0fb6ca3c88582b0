//! Minimum authentication levels, and what must be true before a Permit may be acted upon.

use std::fmt;

use super::id::obligation::{LEVEL, SERVICE_OWNER_LEVEL};
use crate::decision::Decision;
use crate::response::{Obligation, ResponseResult};
use crate::value::Value;

/// The least authentication levels that obligations ask for, typed. Levels are 0 to 4 in Altinn;
/// where several obligations ask, the highest counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct MinimumLevel {
    /// Of whoever asks.
    pub user: Option<u8>,
    /// Of a service owner, where it is allowed less than a user.
    pub service_owner: Option<u8>,
}

impl MinimumLevel {
    /// The levels that these obligations ask for. An obligation is known by the category of its
    /// assignments, never by its id, which differs from policy to policy.
    pub fn of<'o>(obligations: impl IntoIterator<Item = &'o Obligation>) -> Self {
        let mut least = Self::default();
        for obligation in obligations {
            for demand in demands(obligation) {
                match demand {
                    Demand::User(level) => least.user = least.user.max(Some(level)),
                    Demand::ServiceOwner(level) => {
                        least.service_owner = least.service_owner.max(Some(level));
                    }
                    Demand::Unknown => {}
                }
            }
        }
        least
    }

    /// The level that counts for the one who asks.
    pub fn for_asker(&self, is_service_owner: bool) -> u8 {
        let own = self.service_owner.filter(|_| is_service_owner);
        own.or(self.user).unwrap_or(0)
    }
}

enum Demand {
    User(u8),
    ServiceOwner(u8),
    Unknown,
}

fn demands(obligation: &Obligation) -> impl Iterator<Item = Demand> + '_ {
    obligation.assignments.iter().map(|assignment| {
        let level = match &assignment.value {
            Value::Integer(level) => level.to_string().parse().ok(),
            // Some policies give it as a string; what is no number is no level.
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        match (assignment.category.as_deref(), level) {
            (Some(LEVEL), Some(level)) => Demand::User(level),
            (Some(SERVICE_OWNER_LEVEL), Some(level)) => Demand::ServiceOwner(level),
            _ => Demand::Unknown,
        }
    })
}

/// What a policy enforcement point must see to before it acts on a Permit: that the asker is
/// authenticated well enough, and that every obligation is understood (XACML 3.0 §7.2).
///
/// ```
/// use vedtak::Request;
/// use vedtak::altinn::{Enforcement, Pdp, Register};
/// # let policy = include_str!("../../fixtures/altinn/first-service/policy.xml");
/// # let register = include_bytes!("../../fixtures/altinn/first-service/register.json");
/// let pdp = Pdp::builder()
///     .policy("ttd-brev", policy)
///     .register(&Register::from_json("register.json", register)?)
///     .build()?;
/// let ruling = pdp.decide(
///     &Request::builder()
///         .subject("urn:altinn:userid", "202")
///         .resource("urn:altinn:resource", "ttd-brev")
///         .resource("urn:altinn:organization:identifier-no", "310000101")
///         .action("read")
///         .build(),
/// );
/// let weak = Enforcement::of_level(2).enforce(&ruling.result);
/// assert_eq!(weak.unwrap_err().to_string(), "authentication level 3 is required, this is level 2");
/// Enforcement::of_level(3).enforce(&ruling.result)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Enforcement {
    level: u8,
    is_service_owner: bool,
    understood: Vec<String>,
}

impl Enforcement {
    /// For someone authenticated at this level; 0 if it is not known.
    pub fn of_level(level: u8) -> Self {
        Self {
            level,
            ..Self::default()
        }
    }

    /// The asker is a service owner, whose own level counts where obligations give one.
    #[must_use]
    pub fn service_owner(mut self) -> Self {
        self.is_service_owner = true;
        self
    }

    /// The caller carries out obligations of this id itself.
    #[must_use]
    pub fn understands(mut self, obligation: impl Into<String>) -> Self {
        self.understood.push(obligation.into());
        self
    }

    /// Whether to let the asker in.
    ///
    /// # Errors
    ///
    /// Why not: anything but Permit, a level that is too low, an obligation nobody understands.
    pub fn enforce(&self, result: &ResponseResult) -> Result<(), Refused> {
        if result.decision != Decision::Permit {
            return Err(Refused::Decision(result.decision));
        }
        for obligation in &result.obligations {
            if self
                .understood
                .iter()
                .any(|known| **known == *obligation.id)
            {
                continue;
            }
            let known = demands(obligation).all(|demand| !matches!(demand, Demand::Unknown));
            if !known || obligation.assignments.is_empty() {
                return Err(Refused::Obligation(obligation.id.to_string()));
            }
        }
        let required = MinimumLevel::of(&result.obligations).for_asker(self.is_service_owner);
        if self.level < required {
            return Err(Refused::Level {
                required,
                given: self.level,
            });
        }
        Ok(())
    }
}

/// Why access is refused when a decision is enforced.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refused {
    /// The decision is not Permit.
    Decision(Decision),
    /// The asker must log in at a higher level.
    Level {
        /// What the obligations ask for.
        required: u8,
        /// What the asker has.
        given: u8,
    },
    /// An obligation of this id is not understood.
    Obligation(String),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decision(decision) => write!(f, "the decision is {decision}"),
            Self::Level { required, given } => write!(
                f,
                "authentication level {required} is required, this is level {given}"
            ),
            Self::Obligation(id) => write!(f, "the obligation `{id}` is not understood"),
        }
    }
}

impl std::error::Error for Refused {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::response::AttributeAssignment;

    fn obligation(category: &str, value: impl Into<Value>) -> Obligation {
        Obligation {
            id: "urn:altinn:obligation:1".into(),
            assignments: vec![AttributeAssignment {
                id: "urn:altinn:obligation-assignment:1".into(),
                category: Some(category.into()),
                issuer: None,
                value: value.into(),
            }],
        }
    }

    fn permit(obligations: Vec<Obligation>) -> ResponseResult {
        ResponseResult {
            obligations,
            ..ResponseResult::new(Decision::Permit)
        }
    }

    #[test]
    fn a_service_owner_has_a_level_of_its_own() {
        let both = permit(vec![
            obligation(LEVEL, 3),
            obligation(SERVICE_OWNER_LEVEL, 2),
        ]);
        let user = Enforcement::of_level(2);
        let refused = Refused::Level {
            required: 3,
            given: 2,
        };
        assert_eq!(user.enforce(&both), Err(refused));
        assert_eq!(user.clone().service_owner().enforce(&both), Ok(()));
        let only_user = permit(vec![obligation(LEVEL, 3)]);
        assert!(user.service_owner().enforce(&only_user).is_err());
    }

    #[test]
    fn the_highest_level_counts() {
        let two = permit(vec![
            obligation(LEVEL, 2),
            obligation(LEVEL, 4),
            obligation(LEVEL, 3),
        ]);
        assert_eq!(MinimumLevel::of(&two.obligations).user, Some(4));
        assert!(Enforcement::of_level(3).enforce(&two).is_err());
        assert!(Enforcement::of_level(4).enforce(&two).is_ok());
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for strange in [
            obligation("urn:somewhere:else", 3),
            obligation(LEVEL, "three"),
            obligation(LEVEL, -1),
            obligation(LEVEL, 300),
            obligation(LEVEL, true),
            Obligation {
                id: "urn:log".into(),
                assignments: vec![],
            },
        ] {
            let id = strange.id.to_string();
            let result = permit(vec![strange]);
            let strict = Enforcement::of_level(4);
            assert_eq!(
                strict.enforce(&result),
                Err(Refused::Obligation(id.clone()))
            );
            assert_eq!(strict.understands(id).enforce(&result), Ok(()));
        }
        let deny = ResponseResult::new(Decision::Deny);
        let refused = Err(Refused::Decision(Decision::Deny));
        assert_eq!(Enforcement::of_level(4).enforce(&deny), refused);
    }
}
