//! Decisions → lines of JSON in a file.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use prometheus_client::metrics::counter::Counter;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json, to_value};
use vedtak::authzen::Answer;
use vedtak::response::ResponseResult;
use vedtak::value::Zone;
use vedtak::{Request, Response};

use crate::cut;
use crate::gate::{ASKED, Asked};
use crate::options::Settings;

/// The bytes of lines that wait to be written at most, unless one line alone is longer.
const WAITING: usize = 64 << 20;

/// The bytes after which no more lines are written at once.
const AT_ONCE: usize = 64 << 10;

/// The bytes of lines after which the decisions of one HTTP request are [cut](crate::cut).
const WHOLE: usize = 16 << 20;

/// A log of decisions. Lines are written by a thread of its own; where the disk is slower than the
/// decisions, or takes no more, lines are lost, and counted.
pub struct DecisionLog {
    /// The thread that writes, until the log is closed.
    writer: Mutex<Option<(Sender<String>, JoinHandle<()>)>>,
    file: Arc<LogFile>,
    settings: Settings,
}

/// The file of a log, as the thread that writes and all others see it.
struct LogFile {
    path: PathBuf,
    lost: Counter,
    /// The bytes of the lines that wait.
    waiting: AtomicUsize,
    /// Whether the file is to be opened again, before the next line.
    reopens: AtomicBool,
}

#[derive(Serialize)]
struct Line<'a> {
    time: Option<String>,
    request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<&'a str>,
    caller: &'a str,
    path: &'a str,
    policies: &'a str,
    settings: &'a Settings,
    kind: &'a str,
    /// The `decision` of AuthZEN that the caller was told, which is `false` for a Permit that it cannot
    /// carry. Absent where the caller was told the decision itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    answered: Option<bool>,
    /// [`duties`].
    duties: Vec<Value>,
    decision: &'a RawValue,
}

/// Returns the obligations and the advice of a result, as `replay` compares them: in no order.
pub fn duties(result: &ResponseResult) -> Vec<Value> {
    let written = |duty: serde_json::Result<Value>| duty.unwrap_or_default();
    let obligations = result.obligations.iter().map(to_value);
    let obligations = obligations.map(|one| json!({"Obligations": written(one)}));
    let advice = result.advice.iter().map(to_value);
    let advice = advice.map(|one| json!({"AssociatedAdvice": written(one)}));
    let mut duties: Vec<Value> = obligations.chain(advice).collect();
    duties.sort_by_cached_key(ToString::to_string);
    duties
}

impl DecisionLog {
    /// Opens a file, to write lines after those it has, each with the settings. A new one is for its owner alone
    /// to read. Errors: it cannot be opened.
    pub fn open(path: &Path, settings: Settings) -> io::Result<Self> {
        let log = Arc::new(LogFile {
            path: path.to_owned(),
            lost: Counter::default(),
            waiting: AtomicUsize::new(0),
            reopens: AtomicBool::new(false),
        });
        let file = log.open()?;
        let (sender, lines) = channel();
        let own = log.clone();
        let writing = std::thread::Builder::new().name("decision log".into());
        let writing = writing.spawn(move || own.write_all(&lines, file))?;
        Ok(Self {
            writer: Mutex::new(Some((sender, writing))),
            file: log,
            settings,
        })
    }

    pub fn lost(&self) -> Counter {
        self.file.lost.clone()
    }

    /// Opens the file again before the next line: whoever has renamed it gets no more lines.
    pub fn reopen(&self) {
        self.file.reopens.store(true, Relaxed);
    }

    /// Writes a decision that was made for the HTTP request that is being answered, and the answer that the
    /// caller was told. `whole` returns all that it read. Where earlier lines of the HTTP request are long
    /// enough, the line has the beginning of that alone, and is of the kind `cut`.
    pub fn write(
        &self,
        kind: &str,
        request: Option<&Request>,
        mut result: ResponseResult,
        whole: impl FnOnce() -> Box<RawValue>,
    ) {
        let asked = ASKED.try_with(Arc::clone).unwrap_or_default();
        let is_cut = asked.logged.load(Relaxed) >= WHOLE;
        let (kind, decision) = match is_cut {
            true => {
                cut::duties(&mut result);
                let decision = cut::decision(request, result.decision);
                ("cut", crate::raw(decision.to_string()))
            }
            false => (kind, whole()),
        };
        let duties = duties(&result);
        let response = Response::new(vec![result]);
        let mapping = asked.mapping.get();
        let answered = mapping.map(|mapping| Answer::new(&response, mapping).decision);
        self.line(&asked, kind, answered, duties, &decision);
    }

    /// Writes a question of the HTTP request that is being answered, which is no request for a decision.
    pub fn question(&self, name: &str, body: &[u8]) {
        let asked = ASKED.try_with(Arc::clone).unwrap_or_default();
        let body = String::from_utf8_lossy(body);
        let question = json!({"Question": name, "Body": body}).to_string();
        self.line(&asked, "question", None, Vec::new(), &crate::raw(question));
    }

    fn line(
        &self,
        asked: &Asked,
        kind: &str,
        answered: Option<bool>,
        duties: Vec<Value>,
        decision: &RawValue,
    ) {
        let line = Line {
            time: vedtak::clock::system(Zone::UTC).map(|now| now.to_string()),
            request_id: &asked.request_id,
            trace_id: asked.trace_id.as_deref(),
            caller: &asked.caller.name,
            path: &asked.path,
            policies: asked.policies.get().map_or("", |digest| digest),
            settings: &self.settings,
            kind,
            answered,
            duties,
            decision,
        };
        let is_written = serde_json::to_string(&line).is_ok_and(|mut line| {
            line.push('\n');
            asked.logged.fetch_add(line.len(), Relaxed);
            self.is_sent(line)
        });
        if !is_written {
            self.file.lost.inc();
        }
    }

    /// Hands a line to the thread that writes, unless too many bytes wait there.
    fn is_sent(&self, line: String) -> bool {
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((lines, _)) = &*writer else {
            return false;
        };
        let (waiting, length) = (self.file.waiting.load(Relaxed), line.len());
        if waiting > 0 && waiting.saturating_add(length) > WAITING {
            return false;
        }
        self.file.waiting.fetch_add(length, Relaxed);
        lines.send(line).is_ok()
    }

    /// Writes all lines that wait, and no others.
    pub fn close(&self) {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((lines, writing)) = writer.take() {
            drop(lines);
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
        Ok((file, self.ends_in_half_a_line().unwrap_or(false)))
    }

    fn ends_in_half_a_line(&self) -> io::Result<bool> {
        // A pipe or a terminal has no end to look at, and nothing has no last byte.
        if !std::fs::metadata(&self.path)?.is_file() {
            return Ok(false);
        }
        let (mut file, mut last) = (File::open(&self.path)?, [0]);
        file.seek(SeekFrom::End(-1))?;
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
            // A long line is not copied.
            let (mut all, mut count) = (line, 1);
            while all.len() < AT_ONCE
                && let Ok(line) = lines.try_recv()
            {
                all.push_str(&line);
                count += 1;
            }
            let begun = if is_torn {
                file.write_all(b"\n")
            } else {
                Ok(())
            };
            let written = begun.and_then(|()| file.write_all(all.as_bytes()));
            self.waiting.fetch_sub(all.len(), Relaxed);
            is_torn = written.is_err();
            if let Err(error) = written {
                // Some of them may be there: none is known to be.
                self.lost.inc_by(count);
                tracing::error!(%error, count, "the decision log cannot be written");
            }
        }
    }
}
