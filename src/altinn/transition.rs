//! The date at which Altinn II roles are replaced by access packages.

use super::fact::Moment;
use crate::value::DateTime;

/// The end of Altinn II roles. Roles from registers, roles of Altinn 3, packages and delegations of
/// single services are unaffected.
///
/// ```
/// use vedtak::altinn::policy::Transition;
/// assert_eq!(
///     Transition::default().altinn2_roles_end().map(|end| end.to_string()),
///     Some("2026-12-31T23:00:00Z".to_owned()),
/// );
/// let earlier = Transition::ending("2026-10-01T00:00:00+02:00".parse()?);
/// # let _ = earlier;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    pub(in crate::altinn) end: Moment,
}

impl Transition {
    /// Ends Altinn II roles at this instant.
    pub fn ending(end: DateTime) -> Self {
        Self {
            end: Moment::of(&end),
        }
    }

    /// Keeps Altinn II roles for ever.
    pub const fn never() -> Self {
        Self {
            end: Moment::FOREVER,
        }
    }

    /// The first instant without Altinn II roles; none if they are kept for ever.
    pub fn altinn2_roles_end(&self) -> Option<DateTime> {
        self.end.to_date_time()
    }
}

impl Default for Transition {
    /// Ends them with the year 2026, in Norway's time: 31 December is the last day they count.
    fn default() -> Self {
        Self {
            end: Moment(1_798_758_000_000),
        }
    }
}
