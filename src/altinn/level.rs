//! Obligations → minimum authentication levels, and the conditions of acting on a Permit.

use std::fmt;

use super::id::obligation::{LEVEL, SERVICE_OWNER_LEVEL};
use super::language::texts::refusals;
use super::language::{Say, Words, spoken};
use crate::decision::Decision;
use crate::report::cut;
use crate::response::{AccessRefused, AttributeAssignment, Obligation, ResponseResult};
use crate::value::Value;

/// The minimum authentication levels that obligations require. Levels are 0 to 4 in Altinn; of
/// several obligations, the highest counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct MinimumLevel {
    /// The level of a user.
    pub user: Option<u8>,
    /// The level of a service owner, where it differs from a user's.
    pub service_owner: Option<u8>,
}

impl MinimumLevel {
    /// The level of an obligation whose level cannot be read: higher than any other, so that it
    /// refuses every subject.
    pub const UNREADABLE: u8 = u8::MAX;

    /// The highest level in Altinn.
    pub(crate) const HIGHEST: u8 = 4;

    /// Returns a level for all subjects.
    pub const fn of_user(level: u8) -> Self {
        Self {
            user: Some(level),
            service_owner: None,
        }
    }

    /// Sets another level for a service owner.
    #[must_use]
    pub const fn of_service_owner(mut self, level: u8) -> Self {
        self.service_owner = Some(level);
        self
    }

    /// Returns the levels that these obligations require. The category of an assignment determines
    /// its level; the obligation's id does not, as it differs from policy to policy. A level that
    /// cannot be read is [`UNREADABLE`](Self::UNREADABLE).
    pub fn of<'o>(obligations: impl IntoIterator<Item = &'o Obligation>) -> Self {
        let mut least = Self::default();
        for assignment in obligations
            .into_iter()
            .flat_map(|obligation| &obligation.assignments)
        {
            if let Some(category) = assignment.category.as_deref() {
                let level = read(&assignment.value);
                least.add(category, level.unwrap_or(Self::UNREADABLE));
            }
        }
        least
    }

    /// Adds the level of an assignment, if its category is one of levels.
    pub(crate) fn add(&mut self, category: &str, level: u8) {
        match category {
            LEVEL => self.user = self.user.max(Some(level)),
            SERVICE_OWNER_LEVEL => self.service_owner = self.service_owner.max(Some(level)),
            _ => {}
        }
    }

    /// Returns the level that the subject needs; 0 if none is required.
    pub fn for_asker(&self, is_service_owner: bool) -> u8 {
        self.of_asker(is_service_owner).unwrap_or(0)
    }

    /// Returns the level that is required of the subject; none if none is.
    pub(crate) fn of_asker(&self, is_service_owner: bool) -> Option<u8> {
        let own = self.service_owner.filter(|_| is_service_owner);
        own.or(self.user)
    }

    /// Returns the lowest levels that cover both.
    pub(crate) fn and(&self, other: &Self) -> Self {
        let highest = |is_service_owner| {
            let own = self.for_asker(is_service_owner);
            own.max(other.for_asker(is_service_owner))
        };
        // A service owner's level is set if either has one: else a lower level of another
        // obligation would count beside these.
        let user = self.user.or(other.user).map(|_| highest(false));
        let service_owner = self.service_owner.or(other.service_owner);
        Self {
            user,
            service_owner: service_owner.map(|_| highest(true)),
        }
    }

    /// Returns the levels that the others do not require.
    pub(crate) fn beyond(&self, other: &Self) -> Self {
        Self {
            user: self.user.filter(|level| Some(*level) > other.user),
            service_owner: self
                .service_owner
                .filter(|level| Some(*level) > other.service_owner),
        }
    }

    /// Whether these levels are at least the others, for every subject.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        [false, true].into_iter().all(|is_service_owner| {
            self.for_asker(is_service_owner) >= other.for_asker(is_service_owner)
        })
    }

    /// Returns the obligations that require these levels, in the form of Altinn's policies.
    pub(crate) fn obligations(&self) -> impl Iterator<Item = Obligation> {
        let both = [
            (LEVEL, self.user),
            (SERVICE_OWNER_LEVEL, self.service_owner),
        ];
        let named = both.into_iter().zip(1..);
        named.filter_map(|((category, level), number)| {
            let id = format!("urn:altinn:obligation{number}-assignment{number}");
            let mut assignment = AttributeAssignment::new(id, i64::from(level?));
            assignment.category = Some(category.into());
            let id = format!("{OBLIGATION}{number}");
            Some(Obligation::new(id, vec![assignment]))
        })
    }
}

/// The prefix of the ids of obligations for levels.
pub(crate) const OBLIGATION: &str = "urn:altinn:obligation:authenticationLevel";

/// The categories of assignments for levels.
pub(crate) const CATEGORIES: [&str; 2] = [LEVEL, SERVICE_OWNER_LEVEL];

/// Whether an obligation requires readable levels, and nothing else.
fn is_level(obligation: &Obligation) -> bool {
    let assignments = &obligation.assignments;
    !assignments.is_empty()
        && assignments.iter().all(|assignment| {
            let category = assignment.category.as_deref();
            let is_level = category.is_some_and(|known| CATEGORIES.contains(&known));
            is_level && read(&assignment.value).is_some()
        })
}

/// Returns the level of a value, if it has one.
fn read(value: &Value) -> Option<u8> {
    let level = match value {
        Value::Integer(level) => level.as_i64().and_then(|level| u8::try_from(level).ok()),
        // Some policies give the level as a string.
        Value::String(text) => read_level(text),
        _ => None,
    };
    level.filter(|level| *level < MinimumLevel::UNREADABLE)
}

/// Returns the level in a text, if it is a number below `UNREADABLE`.
pub(crate) fn read_level(text: &str) -> Option<u8> {
    let level = text.trim().parse().ok();
    level.filter(|level| *level < MinimumLevel::UNREADABLE)
}

/// The checks of a policy enforcement point before it acts on a Permit: the subject's
/// authentication level is high enough, and every obligation is understood (XACML 3.0 §7.2).
///
/// ```
/// use vedtak::Request;
/// use vedtak::altinn::ruling::Enforcement;
/// use vedtak::altinn::{Pdp, Register};
/// # let policy = &std::fs::read_to_string("fixtures/altinn/first-service/policy.xml")?;
/// # let register = &std::fs::read("fixtures/altinn/first-service/register.json")?;
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
    /// Begins for a subject authenticated at this level; 0 if it is unknown.
    pub fn of_level(level: u8) -> Self {
        Self {
            level,
            ..Self::default()
        }
    }

    /// Makes the subject a service owner, for whom its own level counts where obligations have one.
    #[must_use]
    pub fn service_owner(mut self) -> Self {
        self.is_service_owner = true;
        self
    }

    /// Adds an obligation, by id, that the caller carries out itself.
    #[must_use]
    pub fn understands(mut self, obligation: impl Into<String>) -> Self {
        self.understood.push(obligation.into());
        self
    }

    /// Checks that access may be granted.
    ///
    /// # Errors
    ///
    /// The decision is not Permit, the level is too low, or an obligation is not understood.
    pub fn enforce(&self, result: &ResponseResult) -> Result<(), Refused> {
        let is_understood = |obligation: &Obligation| {
            is_level(obligation) || self.understood.iter().any(|id| **id == *obligation.id)
        };
        match result.enforce(is_understood) {
            Ok(()) => {}
            Err(AccessRefused::Obligation(undischarged)) => {
                return Err(Refused::Obligation(undischarged.obligation.to_string()));
            }
            Err(_) => return Err(Refused::Decision(result.decision)),
        }
        let counting = result
            .obligations
            .iter()
            .filter(|obligation| is_level(obligation));
        let required = MinimumLevel::of(counting).for_asker(self.is_service_owner);
        if self.level < required {
            return Err(Refused::Level {
                required,
                given: self.level,
            });
        }
        Ok(())
    }
}

/// The reason why [`Enforcement`] refuses access.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refused {
    /// The decision is not Permit.
    Decision(Decision),
    /// The subject must authenticate at a higher level.
    Level {
        /// The level that the obligations require.
        required: u8,
        /// The level of the subject.
        given: u8,
    },
    /// An obligation of this id is not understood.
    Obligation(String),
}

impl Say for Refused {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        match self {
            Self::Decision(decision) => {
                write!(f, "{}", refusals::DECISION_IS.with(words, &[decision]))
            }
            Self::Level { required, given } => {
                let arguments: [&dyn fmt::Display; 2] = [required, given];
                write!(f, "{}", refusals::LEVEL_TOO_LOW.with(words, &arguments))
            }
            Self::Obligation(id) => {
                let text = refusals::OBLIGATION_NOT_UNDERSTOOD;
                write!(f, "{}", text.with(words, &[&cut(id)]))
            }
        }
    }
}

spoken! {
    Refused: "the reason";
}

impl std::error::Error for Refused {}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_level_that_cannot_be_read_makes_nothing_easier() {
        for unread in [
            Value::from("level 3"),
            Value::from("3.0"),
            Value::from(""),
            Value::from(-1),
            Value::from(255),
            Value::from(300),
            Value::from(3.0),
            Value::from(true),
        ] {
            for (category, is_service_owner) in [(LEVEL, false), (SERVICE_OWNER_LEVEL, true)] {
                let obligations = [obligation(LEVEL, 2), obligation(category, unread.clone())];
                let level = MinimumLevel::of(&obligations);
                assert_eq!(level.for_asker(is_service_owner), MinimumLevel::UNREADABLE);
                let result = permit(obligations.to_vec());
                let mut highest = Enforcement::of_level(4);
                highest.is_service_owner = is_service_owner;
                assert!(highest.enforce(&result).is_err());
            }
        }
        assert_eq!(
            MinimumLevel::of(&[obligation("urn:else", "x")]),
            MinimumLevel::default()
        );
    }

    #[test]
    fn levels_together_are_enough_for_both() {
        let levels = || {
            let all = [None, Some(0), Some(2), Some(4)];
            all.into_iter().flat_map(move |user| {
                all.map(|service_owner| MinimumLevel {
                    user,
                    service_owner,
                })
            })
        };
        for one in levels() {
            for other in levels() {
                let both = one.and(&other);
                for asker in [false, true] {
                    let expected = one.for_asker(asker).max(other.for_asker(asker));
                    assert_eq!(both.for_asker(asker), expected, "{one:?} {other:?}");
                }
                assert!(both.covers(&one) && both.covers(&other));
                assert_eq!(one.covers(&other), both.covers(&one) && one.covers(&both));
                let own = one.obligations();
                let obligations: Vec<_> = own.chain(both.beyond(&one).obligations()).collect();
                assert_eq!(MinimumLevel::of(&obligations), both);
            }
        }
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
