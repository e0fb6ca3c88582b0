//! Windows of time ↔ text: days in Norwegian time, or instants with a zone.

use crate::altinn::clock::zone_of_day;
use crate::altinn::fact::Moment;
use crate::value::{Date, DateTime, DayTimeDuration, Zone};

const DAY: i64 = 24 * 60 * 60;

/// The edge of a window that a text gives: a day as `From` is its start, as `Until` its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WindowEdge {
    From,
    Until,
}

/// Reads an instant or a day; the error is a message.
pub(super) fn read(text: &str, edge: WindowEdge) -> Result<Moment, String> {
    let instant = if text.contains('T') {
        let instant: DateTime = text.parse().map_err(|_| expected(text))?;
        if instant.zone().is_none() {
            return Err(format!(
                "`{text}` has no time zone, such as `+01:00` or `Z` at its end"
            ));
        }
        Some(instant)
    } else {
        let day: Date = text.parse().map_err(|_| expected(text))?;
        midnight(day, edge)
    };
    let moment = instant.map(|instant| Moment::of(&instant));
    // The earliest and the latest moment mean no bound, which a file does not write.
    let within = moment.filter(|moment| moment.to_date_time().is_some());
    within.ok_or_else(|| format!("`{text}` is too far away"))
}

fn expected(text: &str) -> String {
    format!(
        "expected a day (`2026-06-01`) or an instant (`2026-06-01T12:00:00+02:00`), but found `{text}`"
    )
}

/// Returns the midnight at an edge of a day: in its own zone, or else in Norwegian time.
fn midnight(day: Date, edge: WindowEdge) -> Option<DateTime> {
    let written = day.as_written();
    let zone = day.zone().map(|zone| zone.to_string()).unwrap_or_default();
    let local = written.strip_suffix(&*zone).unwrap_or(&written);
    let start: DateTime = format!("{local}T00:00:00").parse().ok()?;
    let local = match edge {
        WindowEdge::From => start,
        WindowEdge::Until => start.checked_add_day_time(DayTimeDuration::from_seconds(DAY))?,
    };
    let zone = day.zone().or_else(|| zone_of_day(&local))?;
    Some(local.with_zone(zone))
}

/// Returns the text of a moment: a day if the moment is that edge of one in Norwegian time, or else
/// the instant; `None` for the earliest and the latest moment.
pub(super) fn write(moment: Moment, edge: WindowEdge) -> Option<String> {
    let instant = moment.to_date_time()?;
    let (seconds, nanoseconds) = instant.to_unix();
    for minutes in [60, 120] {
        let zone = Zone::from_minutes(minutes)?;
        let local = DateTime::from_unix(seconds, nanoseconds, zone);
        let is_midnight = |local: &DateTime| {
            (local.hour(), local.minute(), local.second(), nanoseconds) == (0, 0, 0, 0)
                && zone_of_day(local) == Some(zone)
        };
        let Some(local) = local.filter(is_midnight) else {
            continue;
        };
        let day = match edge {
            WindowEdge::From => Some(local),
            WindowEdge::Until => DateTime::from_unix(seconds - DAY, 0, zone),
        };
        // Other years are written as instants.
        if let Some(day) = day.filter(|day| (1..=9998).contains(&day.year())) {
            return Some(format!(
                "{:04}-{:02}-{:02}",
                day.year(),
                day.month(),
                day.day()
            ));
        }
    }
    Some(instant.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn instant(text: &str, edge: WindowEdge) -> String {
        let moment = read(text, edge).expect("is a time");
        moment.to_date_time().expect("is not too far").to_string()
    }

    #[test]
    fn days_begin_and_end_by_norwegian_clocks() {
        for (day, from, until) in [
            ("2026-01-01", "2025-12-31T23:00:00Z", "2026-01-01T23:00:00Z"),
            ("2026-06-01", "2026-05-31T22:00:00Z", "2026-06-01T22:00:00Z"),
            // Days with a change of clocks have 23 or 25 hours.
            ("2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"),
            ("2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),
            ("2024-03-31", "2024-03-30T23:00:00Z", "2024-03-31T22:00:00Z"),
            ("2027-10-31", "2027-10-30T22:00:00Z", "2027-10-31T23:00:00Z"),
            ("1995-07-01", "1995-06-30T23:00:00Z", "1995-07-01T23:00:00Z"),
            ("2024-02-29", "2024-02-28T23:00:00Z", "2024-02-29T23:00:00Z"),
            (
                "2026-06-01Z",
                "2026-06-01T00:00:00Z",
                "2026-06-02T00:00:00Z",
            ),
            (
                "2026-06-01-05:00",
                "2026-06-01T05:00:00Z",
                "2026-06-02T05:00:00Z",
            ),
        ] {
            assert_eq!(instant(day, WindowEdge::From), from, "{day}");
            assert_eq!(instant(day, WindowEdge::Until), until, "{day}");
        }
    }

    #[test]
    fn instants_stand_for_themselves_and_need_a_zone() {
        let text = "2026-06-01T12:00:00.5+02:00";
        for edge in [WindowEdge::From, WindowEdge::Until] {
            assert_eq!(instant(text, edge), "2026-06-01T10:00:00.5Z");
        }
        for (text, message) in [
            ("2026-06-01T12:00:00", "has no time zone"),
            ("2026-02-29", "expected a day"),
            ("1 June 2026", "expected a day"),
            ("2026-06-01T25:00:00Z", "expected a day"),
            ("99999999999-01-01", "too far away"),
            ("-99999999999-01-01T00:00:00Z", "too far away"),
            ("", "expected a day"),
        ] {
            let found = read(text, WindowEdge::Until).expect_err(text);
            assert!(found.contains(message), "{text}: {found}");
        }
    }

    #[test]
    fn what_the_crate_says_of_norwegian_days_agrees() {
        let stop = super::super::super::NO_NEW_ALTINN2_ROLES;
        assert_eq!(read("2026-06-01", WindowEdge::From), Ok(stop));
        let end = crate::altinn::policy::Transition::default().end;
        assert_eq!(read("2026-12-31", WindowEdge::Until), Ok(end));
    }

    #[test]
    fn days_are_written_as_days() {
        for day in [
            "2026-01-01",
            "2026-03-29",
            "2026-03-30",
            "2026-10-25",
            "2026-10-26",
            "1990-07-01",
        ] {
            for edge in [WindowEdge::From, WindowEdge::Until] {
                let moment = read(day, edge).expect("is a day");
                assert_eq!(write(moment, edge).as_deref(), Some(day));
            }
        }
        let noon = read("2026-06-01T12:00:00+02:00", WindowEdge::From).expect("is an instant");
        assert_eq!(
            write(noon, WindowEdge::From).as_deref(),
            Some("2026-06-01T10:00:00Z")
        );
        assert_eq!(write(Moment::FOREVER, WindowEdge::Until), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_as_the_same(
            moment in prop_oneof![
                any::<i64>(),
                (-40_000_000i64..40_000_000).prop_map(|hours| hours * 3_600_000),
            ],
        ) {
            let moment = Moment(moment);
            for edge in [WindowEdge::From, WindowEdge::Until] {
                if let Some(text) = write(moment, edge) {
                    prop_assert_eq!(read(&text, edge), Ok(moment), "{}", text);
                }
            }
        }
    }
}
