//! The lines of a decision log → its decisions made again.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use serde::Deserialize;
use serde_json::value::RawValue;
use vedtak::record::DecisionRecord;
use vedtak::report::Visible;
use vedtak::value::DateTime;
use vedtak::{Pdp, ReadOptions, Request, altinn};

use crate::engine::Engine;

/// The lines that are none of a log, before any that is, after which a file is no log.
const ENOUGH: usize = 1_000;

/// A line of a log.
#[derive(Deserialize)]
struct ReadLine<'a> {
    request_id: String,
    kind: String,
    #[serde(borrow)]
    decision: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AltinnDecision<'a> {
    #[serde(borrow)]
    request: Option<&'a RawValue>,
    instant: String,
    decision: String,
}

/// The result of deciding a log again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// The decisions that were made again.
    pub decisions: usize,
    /// Those that differ.
    pub different: usize,
    /// Those that are the same, by policies that are not: what these oblige to is not compared.
    pub by_changed: usize,
    /// The lines of requests that were no question to decide, then as now.
    pub undecided: usize,
    /// The lines that cannot be read, or are of no known kind.
    pub unread: usize,
}

/// Decides the decisions of a log again, with the answers of providers as they are recorded; of Altinn's,
/// with the register as it is now. `say` gets each that differs, and each line that cannot be read.
///
/// # Errors
///
/// The log cannot be read, or is none, or is of the other kind, or there is no decision in it.
pub fn replay(
    log: &Path,
    engine: &Engine,
    mut say: impl FnMut(String),
) -> Result<Replayed, String> {
    let name = Visible(log.display()).to_string();
    let failed = |error: io::Error| format!("{name}: {error}");
    let mut file = BufReader::new(File::open(log).map_err(failed)?);
    let (mut told, mut bytes) = (Replayed::default(), Vec::new());
    // Of a file that is no log, all lines would be complained of: until there is one of a log, they wait.
    let mut waiting = Some(Vec::new());
    for number in 1.. {
        bytes.clear();
        if file.read_until(b'\n', &mut bytes).map_err(failed)? == 0 {
            break;
        }
        let line = bytes.trim_ascii();
        if line.is_empty() {
            continue;
        }
        let place = format!("{name}:{number}");
        let read: Result<ReadLine<'_>, _> = serde_json::from_slice(line);
        if read.is_ok() {
            waiting.take().into_iter().flatten().for_each(&mut say);
        }
        let mut say = |line: String| match &mut waiting {
            Some(waiting) => waiting.push(line),
            None => say(line),
        };
        let read = read.map_err(|error| error.to_string());
        match read.and_then(|line| again(&line, engine)) {
            Ok(Again::OfOtherMode(mode)) => return Err(format!("{place}: {mode}")),
            Ok(Again::Undecided) => told.undecided += 1,
            Ok(Again::Same { by_changed }) => {
                told.decisions += 1;
                told.by_changed += usize::from(by_changed);
            }
            Ok(Again::Different(difference)) => {
                told.decisions += 1;
                told.different += 1;
                say(format!("{place}: {difference}"));
            }
            Err(_) if !bytes.ends_with(b"\n") => {
                say(format!("{place}: the last line is half written"));
            }
            Err(why) => {
                told.unread += 1;
                say(format!("{place}: {why}"));
            }
        }
        if waiting
            .as_ref()
            .is_some_and(|waiting| waiting.len() >= ENOUGH)
        {
            break;
        }
    }
    match waiting {
        Some(waiting) if told.unread > 0 => {
            let lines = waiting.len();
            return Err(format!(
                "{name}: it is no decision log: none of its first lines ({lines}) is one of a log"
            ));
        }
        waiting => waiting.into_iter().flatten().for_each(&mut say),
    }
    match told.decisions + told.undecided + told.unread {
        0 => Err(format!("{name}: there is no decision in it")),
        _ => Ok(told),
    }
}

/// A decision that was made again.
enum Again {
    Same { by_changed: bool },
    Different(String),
    Undecided,
    OfOtherMode(&'static str),
}

/// Makes the decision of a line again.
fn again(line: &ReadLine<'_>, engine: &Engine) -> Result<Again, String> {
    let decision = line.decision.get();
    let made = match (&*line.kind, engine) {
        ("record", Engine::Policies(pdp)) => of_record(decision, pdp)?,
        ("altinn", Engine::Altinn(pdp)) => of_altinn(decision, pdp)?,
        ("record", _) => Again::OfOtherMode("leave out --altinn: its decisions are not Altinn's"),
        ("altinn", _) => Again::OfOtherMode("give --altinn: its decisions are Altinn's"),
        ("undecided", _) => Again::Undecided,
        (other, _) => return Err(format!("`{}` is no kind of line", Visible(other))),
    };
    Ok(match made {
        Again::Different(how) => Again::Different(format!("{} {how}", Visible(&line.request_id))),
        made => made,
    })
}

fn of_record(text: &str, pdp: &Pdp) -> Result<Again, String> {
    let options = pdp.read_options().source("decision");
    let record = DecisionRecord::read_json(text, options).map_err(|error| error.to_string())?;
    let replay = record.replay(pdp);
    if replay.is_same {
        let by_changed = !replay.changed.is_empty();
        return Ok(Again::Same { by_changed });
    }
    let mut told = format!("was {}, is {}", record.decision, replay.decision);
    if record.decision == replay.decision {
        told = format!("is {} by other rules", replay.decision);
    }
    let changed = replay.changed.iter().map(ToString::to_string);
    for more in changed.chain(replay.troubles.clone()) {
        told += &format!("\n    {}", Visible(more));
    }
    Ok(Again::Different(told))
}

fn of_altinn(text: &str, pdp: &altinn::Pdp) -> Result<Again, String> {
    let then: AltinnDecision<'_> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let Some(request) = then.request else {
        return Ok(Again::Undecided);
    };
    let request = Request::read_json(request.get(), ReadOptions::new());
    let request = request.map_err(|error| error.to_string())?;
    let at: Result<DateTime, _> = then.instant.parse();
    let at = at.map_err(|_| "its instant is none".to_owned())?;
    let now = pdp.decide_at(&request, at).decision();
    Ok(match now.as_str() == then.decision {
        true => Again::Same { by_changed: false },
        false => Again::Different(format!("was {}, is {now}", Visible(then.decision))),
    })
}
