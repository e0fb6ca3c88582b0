//! Instants as they are given, and the present one.

use std::time::SystemTime;

use vedtak::value::{DateTime, Zone};

const EXAMPLE: &str = "2026-03-02T09:00:00+01:00";

/// Reads an instant, which names its zone.
pub(crate) fn instant(text: &str) -> Result<DateTime, String> {
    let instant: DateTime = text
        .parse()
        .map_err(|_| format!("it is no instant, such as {EXAMPLE}"))?;
    match instant.zone() {
        None => Err(format!("it has no time zone, as {EXAMPLE} has")),
        Some(_) => Ok(instant),
    }
}

/// The instant of the system's clock.
pub(crate) fn now() -> Result<DateTime, String> {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    let now = DateTime::from_unix(since.as_secs().cast_signed(), 0, Zone::UTC);
    now.ok_or_else(|| {
        "the clock of this machine cannot be read: give an instant by --at".to_owned()
    })
}
