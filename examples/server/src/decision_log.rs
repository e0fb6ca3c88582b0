//! Decisions → lines of JSON in a file, and from there decided again.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use prometheus_client::metrics::counter::Counter;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use vedtak::record::DecisionRecord;
use vedtak::report::Visible;
use vedtak::value::{DateTime, Zone};
use vedtak::{Pdp, ReadOptions, Request, altinn};

use crate::engine::Engine;
use crate::gate::ASKED;

/// The lines that wait to be written at most.
const WAITING: usize = 10_000;

/// The lines that are written at once at most.
const AT_ONCE: usize = 1_000;

/// A log of decisions. Lines are written by a thread of its own; where the disk is slower than the
/// decisions, or takes no more, lines are lost, and counted.
pub struct DecisionLog {
    writer: Mutex<Writer>,
    file: Arc<LogFile>,
}

/// The file of a log, as the thread that writes and all others see it.
struct LogFile {
    path: PathBuf,
    lost: Counter,
    /// Whether the file is to be opened again, before the next line.
    reopens: AtomicBool,
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
    /// Opens a file, to write lines after those it has. A new one is for its owner alone to read.
    ///
    /// # Errors
    ///
    /// It cannot be opened.
    pub fn open(path: &Path) -> io::Result<Self> {
        let log = Arc::new(LogFile {
            path: path.to_owned(),
            lost: Counter::default(),
            reopens: AtomicBool::new(false),
        });
        let file = log.open()?;
        let (sender, lines) = sync_channel(WAITING);
        let own = log.clone();
        let writing = std::thread::Builder::new().name("decision log".into());
        let writing = writing.spawn(move || own.write_all(&lines, file))?;
        Ok(Self {
            writer: Mutex::new(Writer {
                lines: Some(sender),
                thread: Some(writing),
            }),
            file: log,
        })
    }

    /// The number of lines that were lost.
    pub fn lost(&self) -> Counter {
        self.file.lost.clone()
    }

    /// Opens the file again before the next line: whoever has renamed it gets no more lines.
    pub fn reopen(&self) {
        self.file.reopens.store(true, Relaxed);
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
            (Some(sender), Ok(line)) => sender.try_send(line).is_ok(),
            _ => false,
        };
        if !is_written {
            self.file.lost.inc();
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

impl LogFile {
    /// Opens the file, and says whether its last line is half a line, as after a crash.
    fn open(&self) -> io::Result<(File, bool)> {
        let mut options = OpenOptions::new();
        let file = options.create(true).append(true).mode(0o600);
        let file = file.open(&self.path)?;
        Ok((file, self.ends_in_a_line().unwrap_or(false)))
    }

    fn ends_in_a_line(&self) -> io::Result<bool> {
        // A pipe or a terminal has no end to look at.
        if !std::fs::metadata(&self.path)?.is_file() {
            return Ok(false);
        }
        let mut file = File::open(&self.path)?;
        if file.seek(SeekFrom::End(0))? == 0 {
            return Ok(false);
        }
        file.seek(SeekFrom::End(-1))?;
        let mut last = [0];
        file.read_exact(&mut last)?;
        Ok(last != *b"\n")
    }

    fn write_all(&self, lines: &Receiver<String>, opened: (File, bool)) {
        let (mut file, mut is_torn) = opened;
        while let Ok(line) = lines.recv() {
            if self.reopens.swap(false, Relaxed) {
                match self.open() {
                    Ok(opened) => (file, is_torn) = opened,
                    Err(error) => {
                        tracing::error!(%error, "the decision log cannot be opened again")
                    }
                }
            }
            let mut text = String::new();
            if is_torn {
                text.push('\n');
            }
            let mut count = 0;
            let waiting = lines.try_iter().take(AT_ONCE - 1);
            for line in std::iter::once(line).chain(waiting) {
                text += &line;
                text.push('\n');
                count += 1;
            }
            let written = file.write_all(text.as_bytes());
            is_torn = written.is_err();
            if let Err(error) = written {
                // Some of them may be there: none is known to be.
                self.lost.inc_by(count);
                tracing::error!(%error, count, "the decision log cannot be written");
            }
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

/// The result of deciding a log again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// The decisions that were made again.
    pub decisions: usize,
    /// Those that differ.
    pub different: usize,
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
/// The log cannot be read, or is of the other kind, or there is no decision in it.
pub fn replay(
    log: &Path,
    engine: &Engine,
    mut say: impl FnMut(String),
) -> Result<Replayed, String> {
    let name = Visible(log.display()).to_string();
    let failed = |error: io::Error| format!("{name}: {error}");
    let mut file = BufReader::new(File::open(log).map_err(failed)?);
    let (mut told, mut bytes) = (Replayed::default(), Vec::new());
    for number in 1.. {
        bytes.clear();
        if file.read_until(b'\n', &mut bytes).map_err(failed)? == 0 {
            break;
        }
        let is_whole = bytes.ends_with(b"\n");
        let line = bytes.trim_ascii();
        if line.is_empty() {
            continue;
        }
        let place = format!("{name}:{number}");
        let read: Result<ReadLine<'_>, _> = serde_json::from_slice(line);
        let read = read.map_err(|error| error.to_string());
        let answer = read.and_then(|read| {
            let answer = match (&*read.kind, engine) {
                ("record", Engine::Policies(pdp)) => of_record(read.decision.get(), pdp)?,
                ("altinn", Engine::Altinn(pdp)) => of_altinn(read.decision.get(), pdp)?,
                ("record", _) => {
                    return Ok(Err("leave out --altinn: its decisions are not Altinn's"));
                }
                ("altinn", _) => return Ok(Err("give --altinn: its decisions are Altinn's")),
                ("undecided", _) => Again::Undecided,
                (other, _) => return Err(format!("`{}` is no kind of line", Visible(other))),
            };
            Ok(Ok((read.request_id, answer)))
        });
        match answer {
            Ok(Err(mode)) => return Err(format!("{place}: {mode}")),
            Ok(Ok((_, Again::Undecided))) => told.undecided += 1,
            Ok(Ok((_, Again::Same))) => told.decisions += 1,
            Ok(Ok((id, Again::Different(difference)))) => {
                told.decisions += 1;
                told.different += 1;
                say(format!("{place}: {} {difference}", Visible(id)));
            }
            Err(_) if !is_whole => say(format!("{place}: the last line is half written")),
            Err(why) => {
                told.unread += 1;
                say(format!("{place}: {why}"));
            }
        }
    }
    match told.decisions + told.undecided + told.unread {
        0 => Err(format!("{name}: there is no decision in it")),
        _ => Ok(told),
    }
}

/// A decision that was made again.
enum Again {
    Same,
    Different(String),
    Undecided,
}

fn of_record(text: &str, pdp: &Pdp) -> Result<Again, String> {
    let options = pdp.read_options().source("decision");
    let record = DecisionRecord::read_json(text, options).map_err(|error| error.to_string())?;
    let replay = record.replay(pdp);
    if replay.is_same {
        return Ok(Again::Same);
    }
    let mut told = format!("was {}, is {}", record.decision, replay.decision);
    if record.decision == replay.decision {
        told = format!("is {} by other rules", replay.decision);
    }
    for changed in &replay.changed {
        told += &format!("\n    {}", Visible(changed));
    }
    for trouble in &replay.troubles {
        told += &format!("\n    {}", Visible(trouble));
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
    let at: DateTime = then
        .instant
        .parse()
        .map_err(|_| "its instant is none".to_owned())?;
    let now = pdp.decide_at(&request, at).decision();
    Ok(match now.as_str() == then.decision {
        true => Again::Same,
        false => Again::Different(format!("was {}, is {now}", Visible(then.decision))),
    })
}
