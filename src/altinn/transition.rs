//! The transition from Altinn II roles to access packages, and its dates.

use super::fact::Moment;
use crate::value::DateTime;

/// When Altinn II roles stop counting. Roles from registers, roles of Altinn 3, packages and
/// delegations of single services are not touched.
///
/// ```
/// use vedtak::altinn::Transition;
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
    pub(super) end: Moment,
}

impl Transition {
    /// Altinn II roles count until just before this instant.
    pub fn ending(end: DateTime) -> Self {
        Self {
            end: Moment::of(&end),
        }
    }

    /// Altinn II roles count for ever.
    pub const fn never() -> Self {
        Self {
            end: Moment::FOREVER,
        }
    }

    /// The first instant at which Altinn II roles no longer count.
    pub fn altinn2_roles_end(&self) -> Option<DateTime> {
        self.end.to_date_time()
    }
}

impl Default for Transition {
    /// They end with the year 2026, in Norway's time: 31 December is the last day they count.
    fn default() -> Self {
        Self {
            end: Moment(1_798_758_000_000),
        }
    }
}
