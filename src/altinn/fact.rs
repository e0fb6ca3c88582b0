//! Facts that sources return: a value, the window in which it holds, and the path to it.

use std::fmt;

use super::clock::told;
use super::language::{Say, Words, spoken, texts};
pub use super::path::{Path, RoleName, Step};
use crate::value::{DateTime, Zone};

/// A value that holds in a window of time, with the path by which the subject has it.
///
/// ```
/// use std::sync::Arc;
/// use vedtak::altinn::facts::{Fact, Window};
/// let until = "2027-01-01T00:00:00+01:00".parse()?;
/// let role: Fact<Arc<str>> = Fact::new("dagl").during(Window::until(until));
/// assert!(!role.window.contains(until));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Fact<T> {
    /// The value, such as a role's URN.
    pub value: T,
    /// The window in which it holds. A source may return a fact outside its window: from it, the
    /// decision derives how long its answer is valid.
    pub window: Window,
    /// The path to it; empty if the subject has the value directly.
    pub path: Path,
}

impl<T> Fact<T> {
    /// Creates a fact that always holds, with an empty path.
    pub fn new(value: impl Into<T>) -> Self {
        Self {
            value: value.into(),
            window: Window::ALWAYS,
            path: Path::default(),
        }
    }

    /// Sets the window; the default is [`Window::ALWAYS`].
    #[must_use]
    pub fn during(mut self, window: Window) -> Self {
        self.window = window;
        self
    }

    /// Sets the path; the default is empty.
    #[must_use]
    pub fn by(mut self, path: Path) -> Self {
        self.path = path;
        self
    }
}

/// A point in time, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Moment(pub(crate) i64);

impl Moment {
    pub(crate) const FOREVER: Self = Self(i64::MAX);

    /// Returns the moment of an instant, rounded down. A time without a zone is read as UTC; one
    /// beyond 292 million years is the earliest or the latest moment.
    pub(crate) fn of(instant: &DateTime) -> Self {
        let (seconds, nanoseconds) = instant.with_zone(Zone::UTC).to_unix();
        let millis = i128::from(seconds) * 1000 + i128::from(nanoseconds / 1_000_000);
        Self(i64::try_from(millis).unwrap_or(if millis < 0 { i64::MIN } else { i64::MAX }))
    }

    /// Returns the instant in UTC; `None` for the earliest and the latest moment.
    pub(crate) fn to_date_time(self) -> Option<DateTime> {
        if self.0 == i64::MIN || self.0 == i64::MAX {
            return None;
        }
        let nanoseconds = u32::try_from(self.0.rem_euclid(1000)).ok()? * 1_000_000;
        DateTime::from_unix(self.0.div_euclid(1000), nanoseconds, Zone::UTC)
    }
}

/// A half-open interval of time: from an instant until just before another, to the millisecond.
/// `Display` writes it in Norwegian time.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window {
    pub(crate) from: Moment,
    pub(crate) until: Moment,
}

impl Window {
    /// All of time.
    pub const ALWAYS: Self = Self {
        from: Moment(i64::MIN),
        until: Moment(i64::MAX),
    };

    /// The window that contains no instant.
    pub(crate) const NEVER: Self = Self {
        from: Moment(i64::MAX),
        until: Moment(i64::MIN),
    };

    /// Creates a window from an instant until just before another; `None` is no bound. A time
    /// without a zone is read as UTC. A window that ends before it begins contains nothing, and a
    /// register refuses it.
    pub fn new(from: Option<DateTime>, until: Option<DateTime>) -> Self {
        Self {
            from: from.map_or(Self::ALWAYS.from, |from| Moment::of(&from)),
            until: until.map_or(Self::ALWAYS.until, |until| Moment::of(&until)),
        }
    }

    /// Creates a window from an instant on, without an end.
    pub fn from(instant: DateTime) -> Self {
        Self::new(Some(instant), None)
    }

    /// Creates a window without a beginning, until just before an instant.
    pub fn until(instant: DateTime) -> Self {
        Self::new(None, Some(instant))
    }

    /// The first instant it contains; `None` if it has no beginning.
    pub fn begins(&self) -> Option<DateTime> {
        self.from.to_date_time()
    }

    /// The first instant after it; `None` if it has no end.
    pub fn ends(&self) -> Option<DateTime> {
        self.until.to_date_time()
    }

    /// Whether an instant is in it. A time without a zone is read as UTC.
    pub fn contains(&self, instant: DateTime) -> bool {
        self.holds(Moment::of(&instant))
    }

    /// Whether it is still to come, has begun or is over at an instant. An empty window is over.
    ///
    /// ```
    /// use vedtak::altinn::facts::{Window, WindowState};
    /// let summer = Window::from("2026-06-01T00:00:00+02:00".parse()?);
    /// let in_may = "2026-05-17T12:00:00+02:00".parse()?;
    /// assert_eq!(summer.state(in_may), WindowState::Future);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn state(&self, instant: DateTime) -> WindowState {
        let at = Moment::of(&instant);
        if self.is_empty() || self.until <= at {
            WindowState::Expired
        } else if at < self.from {
            WindowState::Future
        } else {
            WindowState::Current
        }
    }

    /// Whether no instant is in it.
    pub fn is_empty(&self) -> bool {
        self.from >= self.until
    }

    pub(crate) fn holds(&self, at: Moment) -> bool {
        self.from <= at && at < self.until
    }

    /// The next moment after `at` at which the window begins or ends; `FOREVER` if there is none.
    pub(crate) fn changes_after(&self, at: Moment) -> Moment {
        if self.is_empty() || at >= self.until {
            Moment::FOREVER
        } else if at < self.from {
            self.from
        } else {
            self.until
        }
    }

    /// The intersection of two windows; empty if they do not overlap.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            from: self.from.max(other.from),
            until: self.until.min(other.until),
        }
    }
}

/// The place of a [`Window`] in time, as seen from an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum WindowState {
    /// It is still to come.
    Future,
    /// It contains the instant.
    Current,
    /// It is over.
    Expired,
}

impl WindowState {
    /// The state in a word: `future`, `current` or `expired`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Future => "future",
            Self::Current => "current",
            Self::Expired => "expired",
        }
    }
}

impl Default for Window {
    fn default() -> Self {
        Self::ALWAYS
    }
}

impl fmt::Debug for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Say for Window {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        if *self == Self::NEVER {
            return write!(f, "{}", texts::NEVER.with(words, &[]));
        }
        let ends = (self.begins(), self.ends());
        let told = |end| told(end, words);
        match (ends.0.map(told), ends.1.map(told)) {
            (None, None) => write!(f, "{}", texts::ALWAYS.with(words, &[])),
            (Some(from), None) => write!(f, "{}", texts::FROM.with(words, &[&from])),
            (None, Some(until)) => write!(f, "{}", texts::UNTIL.with(words, &[&until])),
            (Some(from), Some(until)) => {
                write!(f, "{}", texts::FROM_UNTIL.with(words, &[&from, &until]))
            }
        }
    }
}

spoken! {
    Window: "the window";
}
