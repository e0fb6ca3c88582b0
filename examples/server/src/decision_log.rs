//! Decisions → lines of JSON in a file, and from there decided again.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use prometheus_client::metrics::counter::Counter;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use vedtak::record::DecisionRecord;
use vedtak::value::{DateTime, Zone};
use vedtak::{ReadOptions, Request};

use crate::engine::Engine;
use crate::gate::ASKED;

/// The lines that wait to be written at most.
const WAITING: usize = 10_000;

/// A log of decisions. Lines are written by a thread of its own; where the disk is slower than the
/// decisions, lines are lost, and counted.
pub struct DecisionLog {
    writer: Mutex<Writer>,
    lost: Counter,
}

/// The thread that writes, until the log is closed.
struct Writer {
    lines: Option<SyncSender<String>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Serialize)]
struct Line<'a, T> {
    time: Option<String>,
    request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<&'a str>,
    caller: &'a str,
    path: &'a str,
    policies: &'a str,
    kind: &'a str,
    decision: T,
}

impl DecisionLog {
    /// Opens a file, to write lines after those it has.
    ///
    /// # Errors
    ///
    /// It cannot be opened.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        let (sender, lines) = sync_channel(WAITING);
        let writing = std::thread::Builder::new().name("decision log".into());
        let writing = writing.spawn(move || write_all(&lines, file))?;
        Ok(Self {
            writer: Mutex::new(Writer {
                lines: Some(sender),
                thread: Some(writing),
            }),
            lost: Counter::default(),
        })
    }

    /// The number of lines that were lost.
    pub fn lost(&self) -> Counter {
        self.lost.clone()
    }

    /// Writes a decision that was made for the request that is being answered.
    pub fn write(&self, kind: &str, decision: &impl Serialize) {
        let asked = ASKED.try_with(Arc::clone).unwrap_or_default();
        let line = Line {
            time: vedtak::clock::system(Zone::UTC).map(|now| now.to_string()),
            request_id: &asked.request_id,
            trace_id: asked.trace_id.as_deref(),
            caller: &asked.caller.name,
            path: &asked.path,
            policies: asked.policies.get().map_or("", |digest| digest),
            kind,
            decision,
        };
        let line = serde_json::to_string(&line);
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let is_written = match (&writer.lines, line) {
            (Some(sender), Ok(line)) => !matches!(
                sender.try_send(line),
                Err(TrySendError::Full(_) | TrySendError::Disconnected(_))
            ),
            _ => false,
        };
        if !is_written {
            self.lost.inc();
        }
    }

    /// Writes all lines that wait, and no others.
    pub fn close(&self) {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        writer.lines = None;
        if let Some(writing) = writer.thread.take() {
            // If the thread has panicked, its lines are lost.
            let _ = writing.join();
        }
    }
}

fn write_all(lines: &Receiver<String>, file: File) {
    let mut file = BufWriter::new(file);
    while let Ok(line) = lines.recv() {
        let mut write = || -> io::Result<()> {
            writeln!(file, "{line}")?;
            for line in lines.try_iter() {
                writeln!(file, "{line}")?;
            }
            file.flush()
        };
        if let Err(error) = write() {
            tracing::error!(%error, "the decision log cannot be written");
        }
    }
}

/// A line, as it is read back.
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

/// Decides the decisions of a log again, with the answers of providers as they are recorded; of Altinn's,
/// with the register as it is now. `say` gets each that differs.
///
/// Returns the number of decisions and of those that differ.
///
/// # Errors
///
/// The log cannot be read, with the line.
pub fn replay(
    log: &Path,
    engine: &Engine,
    mut say: impl FnMut(String),
) -> Result<(usize, usize), String> {
    let file = File::open(log).map_err(|error| format!("{}: {error}", log.display()))?;
    let (mut decisions, mut different) = (0, 0);
    for (number, line) in BufReader::new(file).lines().enumerate() {
        let place = format!("{}:{}", log.display(), number + 1);
        let failed = |why: String| format!("{place}: {why}");
        let line = line.map_err(|error| failed(error.to_string()))?;
        let read: ReadLine<'_> =
            serde_json::from_str(&line).map_err(|error| failed(error.to_string()))?;
        let answer = match &*read.kind {
            "record" => of_record(read.decision.get(), engine),
            "altinn" => of_altinn(read.decision.get(), engine),
            _ => continue,
        };
        decisions += 1;
        if let Some(difference) = answer.map_err(failed)? {
            different += 1;
            say(format!("{place}: {} {difference}", read.request_id));
        }
    }
    Ok((decisions, different))
}

fn of_record(text: &str, engine: &Engine) -> Result<Option<String>, String> {
    let Engine::Policies(pdp) = engine else {
        return Err("this is no decision of Altinn's: leave out --altinn".into());
    };
    let options = pdp.read_options().source("decision");
    let record = DecisionRecord::read_json(text, options).map_err(|error| error.to_string())?;
    let replay = record.replay(pdp);
    if replay.is_same {
        return Ok(None);
    }
    let mut told = format!("was {}, is {}", record.decision, replay.decision);
    if record.decision == replay.decision {
        told = format!("is {} by other rules", replay.decision);
    }
    for changed in &replay.changed {
        told += &format!("\n    {changed}");
    }
    for trouble in &replay.troubles {
        told += &format!("\n    {trouble}");
    }
    Ok(Some(told))
}

fn of_altinn(text: &str, engine: &Engine) -> Result<Option<String>, String> {
    let Engine::Altinn(pdp) = engine else {
        return Err("this is a decision of Altinn's: give --altinn".into());
    };
    let then: AltinnDecision<'_> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let Some(request) = then.request else {
        return Ok(None);
    };
    let request = Request::read_json(request.get(), ReadOptions::new());
    let request = request.map_err(|error| error.to_string())?;
    let at: DateTime = then
        .instant
        .parse()
        .map_err(|_| "its instant is none".to_owned())?;
    let now = pdp.decide_at(&request, at).decision();
    let is_same = now.as_str() == then.decision;
    Ok((!is_same).then(|| format!("was {}, is {now}", then.decision)))
}
