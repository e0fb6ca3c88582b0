//! Dates, times and durations as plain numbers (XML Schema Part 2 §3.2.7 to §3.2.9, appendix E).

use vedtak::value::{Date, DateTime, Time, Zone};

pub(crate) const SECOND: i128 = 1_000_000_000;
const MINUTE: i128 = 60 * SECOND;
const HOUR: i128 = 60 * MINUTE;
pub(crate) const DAY: i128 = 24 * HOUR;

/// What the clocks of a zone show, if it is known which.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    /// Nanoseconds since the start of 1970 (a time: since midnight), as shown there.
    pub local: i128,
    /// Minutes ahead of UTC.
    pub zone: Option<i16>,
}

impl Moment {
    /// Nanoseconds in UTC; a missing zone is the implicit one.
    pub(crate) fn on_time_line(&self, implicit: Zone) -> i128 {
        let zone = self.zone.unwrap_or(implicit.minutes());
        self.local - i128::from(zone) * MINUTE
    }

    /// XML Schema Part 2 appendix E: months first, then the day is cut to the month's length.
    pub(crate) fn add_months(&self, months: i128) -> Self {
        let (days, time) = (self.local.div_euclid(DAY), self.local.rem_euclid(DAY));
        let (year, month, day) = civil(days);
        let total = year * 12 + (month - 1) + months;
        let (year, month) = (total.div_euclid(12), total.rem_euclid(12) + 1);
        let day = day.min(month_length(year, month));
        Self {
            local: days_from_civil(year, month, day) * DAY + time,
            zone: self.zone,
        }
    }

    pub(crate) fn add(&self, nanoseconds: i128) -> Self {
        Self {
            local: self.local + nanoseconds,
            zone: self.zone,
        }
    }
}

/// `time-in-range` (A.3.8).
pub(crate) fn in_range(time: &Moment, first: &Moment, last: &Moment, implicit: Zone) -> bool {
    let zone = time.zone.unwrap_or(implicit.minutes());
    let minutes_of = |moment: &Moment| moment.zone.unwrap_or(zone);
    let utc = |moment: &Moment| moment.local - i128::from(minutes_of(moment)) * MINUTE;
    let first = utc(first);
    let mut last = utc(last);
    while last < first {
        last += DAY;
    }
    while last - first >= DAY {
        last -= DAY;
    }
    let time = utc(time);
    (-3..=3).any(|days| (first..=last).contains(&(time + days * DAY)))
}

pub(crate) fn of_time(time: &Time) -> Moment {
    let seconds =
        i128::from(time.hour()) * 3600 + i128::from(time.minute()) * 60 + i128::from(time.second());
    Moment {
        local: seconds * SECOND + i128::from(time.nanosecond()),
        zone: time.zone().map(Zone::minutes),
    }
}

pub(crate) fn of_date(date: &Date) -> Moment {
    let days = days_from_civil(date.year().into(), date.month().into(), date.day().into());
    Moment {
        local: days * DAY,
        zone: date.zone().map(Zone::minutes),
    }
}

pub(crate) fn of_date_time(moment: &DateTime) -> Moment {
    let date = of_date(&moment.date());
    Moment {
        local: date.local + of_time(&moment.time()).local,
        zone: date.zone,
    }
}

/// In UTC if there is a zone (§3.2.8.2).
pub(crate) fn write_time(time: &Moment) -> String {
    let (local, suffix) = in_utc(time);
    format!("{}{suffix}", write_clock(local.rem_euclid(DAY)))
}

/// In UTC if there is a zone (§3.2.7.2).
pub(crate) fn write_date_time(moment: &Moment) -> String {
    let (local, suffix) = in_utc(moment);
    let day = write_day(local.div_euclid(DAY));
    format!("{day}T{}{suffix}", write_clock(local.rem_euclid(DAY)))
}

/// With the recoverable zone, -11:59 to +12:00, if there is one (§3.2.9.2).
pub(crate) fn write_date(date: &Moment) -> String {
    let days = date.local.div_euclid(DAY);
    match date.zone {
        None => write_day(days),
        Some(0) => format!("{}Z", write_day(days)),
        Some(zone) => {
            let (zone, days) = match zone {
                721.. => (zone - 24 * 60, days - 1),
                ..=-720 => (zone + 24 * 60, days + 1),
                _ => (zone, days),
            };
            let sign = if zone < 0 { '-' } else { '+' };
            let (hours, minutes) = (zone.abs() / 60, zone.abs() % 60);
            format!("{}{sign}{hours:02}:{minutes:02}", write_day(days))
        }
    }
}

/// XQuery and XPath functions §10.3.2.
pub(crate) fn write_day_time(nanoseconds: i128) -> String {
    if nanoseconds == 0 {
        return "PT0S".to_owned();
    }
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let rest = nanoseconds.abs();
    let (days, rest) = (rest / DAY, rest % DAY);
    let (hours, rest) = (rest / HOUR, rest % HOUR);
    let (minutes, rest) = (rest / MINUTE, rest % MINUTE);
    let part = |number: i128, letter: &str| match number {
        0 => String::new(),
        _ => format!("{number}{letter}"),
    };
    let seconds = match rest {
        0 => String::new(),
        _ => format!("{}{}S", rest / SECOND, write_fraction(rest % SECOND)),
    };
    let clock = format!("{}{}{seconds}", part(hours, "H"), part(minutes, "M"));
    let t = if clock.is_empty() { "" } else { "T" };
    format!("{sign}P{}{t}{clock}", part(days, "D"))
}

/// XQuery and XPath functions §10.3.1.
pub(crate) fn write_year_month(months: i128) -> String {
    let sign = if months < 0 { "-" } else { "" };
    match (months.abs() / 12, months.abs() % 12) {
        (0, months) => format!("{sign}P{months}M"),
        (years, 0) => format!("{sign}P{years}Y"),
        (years, months) => format!("{sign}P{years}Y{months}M"),
    }
}

/// `-?P(nD)?(T(nH)?(nM)?(n(.n)?S)?)?`, not all absent → nanoseconds.
pub(crate) fn parse_day_time(text: &str) -> Option<i128> {
    let (negative, text) = sign(text);
    let (date, clock) = match text.strip_prefix('P')?.split_once('T') {
        Some((date, clock)) => (date, Some(clock)),
        None => (text.strip_prefix('P')?, None),
    };
    let (days, rest) = take_number(date, 'D');
    if !rest.is_empty() || (days.is_none() && clock.is_none()) {
        return None;
    }
    let mut total = days.unwrap_or(0) * DAY;
    if let Some(clock) = clock {
        let (hours, rest) = take_number(clock, 'H');
        let (minutes, rest) = take_number(rest, 'M');
        total += hours.unwrap_or(0) * HOUR + minutes.unwrap_or(0) * MINUTE;
        if let Some(seconds) = rest.strip_suffix('S') {
            let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
            number(fraction)?;
            total += number(whole)? * SECOND + number(&format!("{fraction:0<9}"))?;
        } else if !rest.is_empty() || (hours.is_none() && minutes.is_none()) {
            return None;
        }
    }
    Some(if negative { -total } else { total })
}

/// `-?P(nY)?(nM)?`, not both absent → months.
pub(crate) fn parse_year_month(text: &str) -> Option<i128> {
    let (negative, text) = sign(text);
    let (years, rest) = take_number(text.strip_prefix('P')?, 'Y');
    let (months, rest) = take_number(rest, 'M');
    if !rest.is_empty() || (years.is_none() && months.is_none()) {
        return None;
    }
    let total = years.unwrap_or(0) * 12 + months.unwrap_or(0);
    Some(if negative { -total } else { total })
}

fn sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    }
}

fn take_number(text: &str, letter: char) -> (Option<i128>, &str) {
    match text.split_once(letter) {
        Some((digits, rest)) if number(digits).is_some() => (number(digits), rest),
        _ => (None, text),
    }
}

fn number(digits: &str) -> Option<i128> {
    if digits.chars().all(|c| c.is_ascii_digit()) {
        digits.parse().ok()
    } else {
        None
    }
}

fn in_utc(moment: &Moment) -> (i128, &'static str) {
    match moment.zone {
        Some(_) => (moment.on_time_line(Zone::UTC), "Z"),
        None => (moment.local, ""),
    }
}

fn write_day(days: i128) -> String {
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02}")
}

fn write_clock(nanoseconds: i128) -> String {
    let seconds = nanoseconds / SECOND;
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let fraction = write_fraction(nanoseconds % SECOND);
    format!("{hour:02}:{minute:02}:{second:02}{fraction}")
}

fn write_fraction(nanoseconds: i128) -> String {
    match nanoseconds {
        0 => String::new(),
        _ => format!(".{nanoseconds:09}")
            .trim_end_matches('0')
            .to_owned(),
    }
}

fn month_length(year: i128, month: i128) -> i128 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Counted year by year and month by month: the years in the tests are few and near.
fn days_from_civil(year: i128, month: i128, day: i128) -> i128 {
    // Leap days before 1 January of a year, counted from the year 1.
    let leaps = |year: i128| {
        let past = year - 1;
        past.div_euclid(4) - past.div_euclid(100) + past.div_euclid(400)
    };
    let years = 365 * (year - 1970) + leaps(year) - leaps(1970);
    let months: i128 = (1..month).map(|month| month_length(year, month)).sum();
    years + months + day - 1
}

fn civil(days: i128) -> (i128, i128, i128) {
    let mut year = 1970 + days.div_euclid(365);
    while days_from_civil(year, 1, 1) > days {
        year -= 1;
    }
    let mut rest = days - days_from_civil(year, 1, 1);
    let mut month = 1;
    while rest >= month_length(year, month) {
        rest -= month_length(year, month);
        month += 1;
    }
    (year, month, rest + 1)
}
