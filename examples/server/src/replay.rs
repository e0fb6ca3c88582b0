//! The lines of a decision log → its decisions made again.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use vedtak::record::DecisionRecord;
use vedtak::report::Visible;
use vedtak::response::ResponseResult;
use vedtak::value::DateTime;
use vedtak::{Decision, Pdp, Request, altinn};

use crate::decision_log::duties;
use crate::engine::Engine;
use crate::options::Settings;

/// The lines that cannot be read, with none before that can be, after which a file is no log.
const ENOUGH: usize = 20;

/// A line of a log.
#[derive(Deserialize)]
struct ReadLine<'a> {
    request_id: String,
    kind: String,
    #[serde(default)]
    settings: Option<Settings>,
    duties: Vec<Value>,
    #[serde(borrow)]
    decision: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AltinnDecision {
    request: Option<Request>,
    instant: DateTime,
    decision: Decision,
    basis: String,
}

/// The result of deciding a log again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// The decisions that were made again.
    pub decisions: usize,
    pub different: usize,
    /// The lines of what was no request for a decision, then as now.
    pub undecided: usize,
    /// The lines that do not have all that was read, so that nobody can tell whether they differ.
    pub cut: usize,
    /// The lines that cannot be read, or are of no known kind.
    pub unread: usize,
}

/// Decides the decisions of a log again, with the answers of providers as they are recorded; of Altinn's,
/// with the register as it is now, and by which rules is not compared. `say` gets each that differs, each line that cannot be read, and the first
/// line of each other [`Settings`]. Errors: the log cannot be read, or is none, or is of the other kind, or there
/// is no decision in it.
pub fn replay(
    log: &Path,
    engine: &Engine,
    settings: &Settings,
    mut say: impl FnMut(String),
) -> Result<Replayed, String> {
    let name = Visible(log.display()).to_string();
    let failed = |error: io::Error| format!("{name}: {error}");
    let mut file = BufReader::new(File::open(log).map_err(failed)?);
    let is_none = |why: &str| Err(format!("{name}: it is no decision log: {why}"));
    let head = file.fill_buf().map_err(failed)?.trim_ascii_start();
    if head.first().is_some_and(|first| *first != b'{') {
        return is_none("its lines are not JSON");
    }
    let (mut told, mut bytes) = (Replayed::default(), Vec::new());
    let mut known = HashSet::new();
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
        let read = read.map_err(|error| Visible(error).to_string());
        if let Some(mode) = read.as_ref().ok().and_then(|line| other_mode(line, engine)) {
            return Err(format!("{place}: {mode}"));
        }
        let then = read.as_ref().ok().and_then(|line| line.settings.as_ref());
        let other = then.and_then(|then| then.differs(settings));
        if let Some(other) = other.filter(|other| known.insert(other.clone())) {
            say(format!("{place}: other settings: {}", Visible(other)));
        }
        match read.and_then(|line| again(&line, engine)) {
            Ok(Again::Undecided) => told.undecided += 1,
            Ok(Again::Cut) => told.cut += 1,
            Ok(Again::Same) => told.decisions += 1,
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
        if told.unread >= ENOUGH && told.decisions + told.undecided + told.cut == 0 {
            return is_none("none of its first lines is one of a log");
        }
    }
    match told.decisions + told.undecided + told.cut + told.unread {
        0 => Err(format!("{name}: there is no decision in it")),
        _ => Ok(told),
    }
}

/// A decision that was made again.
enum Again {
    Same,
    Different(String),
    Undecided,
    Cut,
}

/// Says how to decide a line that is of the other mode.
fn other_mode(line: &ReadLine<'_>, engine: &Engine) -> Option<&'static str> {
    match (&*line.kind, engine) {
        ("record", Engine::Altinn(_)) => Some("leave out --altinn: its decisions are not Altinn's"),
        ("altinn", Engine::Policies(_)) => Some("give --altinn: its decisions are Altinn's"),
        _ => None,
    }
}

/// Makes the decision of a line again.
fn again(line: &ReadLine<'_>, engine: &Engine) -> Result<Again, String> {
    let decision = line.decision.get();
    let made = match (&*line.kind, engine) {
        ("record", Engine::Policies(pdp)) => of_record(decision, &line.duties, pdp)?,
        ("altinn", Engine::Altinn(pdp)) => of_altinn(decision, &line.duties, pdp)?,
        ("undecided" | "question", _) => Again::Undecided,
        ("cut", _) => Again::Cut,
        (other, _) => return Err(format!("`{}` is no kind of line", Visible(other))),
    };
    Ok(match made {
        Again::Different(how) => Again::Different(format!("{} {how}", Visible(&line.request_id))),
        made => made,
    })
}

fn of_record(text: &str, duties: &[Value], pdp: &Pdp) -> Result<Again, String> {
    let options = pdp.read_options().source("decision");
    let record = DecisionRecord::read_json(text, options).map_err(|error| error.to_string())?;
    let replay = record.replay(pdp);
    let mut told = match (record.decision == replay.decision, replay.is_same) {
        (false, _) => format!("was {}, is {}", record.decision, replay.decision),
        (true, false) => format!("is {} by other rules", replay.decision),
        (true, true) => {
            // This server has no providers: whoever asks it as of the instant gets what the replay got.
            let call = pdp.call();
            let mut call = match record.instant {
                Some(instant) => call.at(instant),
                None => call,
            };
            match of_duties(duties, &call.decide(&record.request).results) {
                Some(told) => told,
                None => return Ok(Again::Same),
            }
        }
    };
    let changed = replay.changed.iter().map(ToString::to_string);
    for more in changed.chain(replay.troubles.clone()) {
        told += &format!("\n    {}", Visible(more));
    }
    Ok(Again::Different(told))
}

/// Says how obligations and advice differ: by their ids, as their values may be of persons.
fn of_duties(then: &[Value], now: &[ResponseResult]) -> Option<String> {
    let now: Vec<Value> = now.iter().flat_map(duties).collect();
    if then == now {
        return None;
    }
    let named = |these: &[Value], others: &[Value]| {
        let own = these.iter().filter(|one| !others.contains(one));
        let ids = own.flat_map(|one| one.as_object().into_iter().flatten());
        let ids = ids.map(|(_, one)| one["Id"].as_str().unwrap_or_default());
        let ids: Vec<String> = ids.map(|id| format!("`{}`", Visible(id))).collect();
        match ids.is_empty() {
            true => "nothing".to_owned(),
            false => ids.join(", "),
        }
    };
    let (was, is) = (named(then, &now), named(&now, then));
    Some(match was == is {
        true => format!("obliges to or advises {is} with other values"),
        false => format!("obliges to or advises something else: was {was}, is {is}"),
    })
}

fn of_altinn(text: &str, duties: &[Value], pdp: &altinn::Pdp) -> Result<Again, String> {
    let then: Result<AltinnDecision, _> = serde_json::from_str(text);
    let then = then.map_err(|error| Visible(error).to_string())?;
    let Some(request) = then.request else {
        return Ok(Again::Undecided);
    };
    let now = pdp.decide_at(&request, then.instant);
    let decision = now.decision();
    let basis = now.basis.to_string();
    let told = if decision != then.decision {
        Some(format!("was {}, is {decision}", then.decision))
    } else if basis != then.basis {
        Some(format!("is {decision} on another basis"))
    } else {
        of_duties(duties, &[now.result])
    };
    Ok(told.map_or(Again::Same, Again::Different))
}
