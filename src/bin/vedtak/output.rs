//! The answer of a verb: its text, its JSON, and the exit code that says how it went.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use serde_json::{Value as Json, json};
use vedtak::analysis::Unanswered;
use vedtak::report::Visible;
use vedtak::{Decision, Diagnostic, Error};

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Permitted, passed, or nothing wrong.
    Good,
    /// Another decision, a failure, or something found.
    Found,
    /// There is something to say, and a part of it could not be done.
    Undone,
}

impl Ended {
    /// The outcome of a decision: only a Permit is good, and Indeterminate is no answer.
    pub(crate) fn of(decision: Decision) -> Self {
        match decision {
            Decision::Permit => Self::Good,
            Decision::Indeterminate => Self::Undone,
            Decision::Deny | Decision::NotApplicable => Self::Found,
        }
    }

    pub(crate) fn good_if(is_good: bool) -> Self {
        if is_good { Self::Good } else { Self::Found }
    }
}

/// The answer of a verb.
pub(crate) struct Output {
    pub(crate) ended: Ended,
    /// For people, with the colours of a terminal; they are left out where there is none.
    pub(crate) text: String,
    /// Whether the text is a document, and printed as it is.
    pub(crate) is_document: bool,
    pub(crate) json: Json,
    /// Remarks for people that belong to no answer.
    pub(crate) notes: Vec<String>,
    /// The word before each of them.
    pub(crate) note: &'static str,
}

impl Output {
    pub(crate) fn new(ended: Ended, text: impl Into<String>, json: Json) -> Self {
        Self {
            ended,
            text: text.into(),
            is_document: false,
            json,
            notes: Vec::new(),
            note: "note",
        }
    }

    /// A document that was written well.
    pub(crate) fn document(text: impl Into<String>, json: Json) -> Self {
        let mut output = Self::new(Ended::Good, text, json);
        output.is_document = true;
        output
    }

    /// Adds remarks.
    pub(crate) fn with_notes(mut self, notes: Vec<String>) -> Self {
        self.notes.extend(notes);
        self
    }

    /// Prints the remarks.
    pub(crate) fn complain(&self) {
        for note in &self.notes {
            complain(&format!("{}: {note}", self.note));
        }
    }

    /// Prints it, as text or as JSON.
    pub(crate) fn print(&self, as_json: bool) -> ExitCode {
        if !as_json {
            self.complain();
        }
        let written = if as_json {
            let mut json = self.json.clone();
            if let (Json::Object(members), false) = (&mut json, self.notes.is_empty()) {
                members.insert("notes".to_owned(), json!(self.notes));
            }
            write_document(&escaped(&format!("{json:#}")))
        } else if self.is_document {
            write_document(&self.text)
        } else {
            write(&self.text)
        };
        match (written, self.ended) {
            (Err(error), _) => {
                complain(&format!("the answer cannot be written: {error}"));
                ExitCode::from(2)
            }
            (Ok(()), Ended::Good) => ExitCode::SUCCESS,
            (Ok(()), Ended::Found) => ExitCode::from(1),
            (Ok(()), Ended::Undone) => ExitCode::from(2),
        }
    }
}

/// The reason why a verb has no answer.
#[derive(Debug, Default)]
pub(crate) struct Undone {
    /// The problems that belong to no document.
    messages: Vec<String>,
    problems: Vec<Diagnostic>,
    /// The consequence: what did not happen.
    consequence: Option<String>,
}

impl Undone {
    pub(crate) fn of_all(messages: Vec<String>) -> Self {
        Self {
            messages,
            ..Self::default()
        }
    }

    /// Says what did not happen because of it.
    pub(crate) fn so(mut self, consequence: impl Into<String>) -> Self {
        self.consequence = Some(consequence.into());
        self
    }

    /// Tells problems that belong to no document as well.
    pub(crate) fn and(mut self, messages: Vec<String>) -> Self {
        self.messages.extend(messages);
        self
    }

    pub(crate) fn print(&self, as_json: bool) -> ExitCode {
        if as_json {
            let problems: Vec<Json> = self.problems.iter().map(of_diagnostic).collect();
            let mut all: Vec<Json> = self
                .messages
                .iter()
                .map(|m| json!({"message": m}))
                .collect();
            all.extend(problems);
            // Whoever closed the pipe does not wait for it.
            let _ = write_document(&escaped(&format!("{:#}", json!({"errors": all}))));
        } else {
            complain(&self.to_string());
        }
        ExitCode::from(2)
    }
}

impl fmt::Display for Undone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let problems = self.problems.iter().map(ToString::to_string);
        let mut all: Vec<String> = self.messages.iter().cloned().chain(problems).collect();
        all.extend(self.consequence.clone());
        f.write_str(&all.join("\n"))
    }
}

impl From<String> for Undone {
    fn from(message: String) -> Self {
        Self::of_all(vec![message])
    }
}

impl From<&str> for Undone {
    fn from(message: &str) -> Self {
        message.to_owned().into()
    }
}

impl From<Error> for Undone {
    fn from(error: Error) -> Self {
        Self {
            problems: error.into_diagnostics(),
            ..Self::default()
        }
    }
}

impl From<Unanswered> for Undone {
    fn from(unanswered: Unanswered) -> Self {
        match unanswered {
            Unanswered::TooLarge => {
                "the answer takes more steps than it may: --budget allows more".into()
            }
            other => other.to_string().into(),
        }
    }
}

/// A problem as JSON.
pub(crate) fn of_diagnostic(problem: &Diagnostic) -> Json {
    let mut json = json!({"message": problem.message()});
    if !problem.path().is_empty() {
        json["in"] = problem.path().into();
    }
    if let Some(source) = problem.source() {
        json["file"] = source.into();
    }
    if let Some(position) = problem.position() {
        json["line"] = position.line.into();
        json["column"] = position.column.into();
    }
    json
}

/// JSON that the library wrote, as a part of an answer.
pub(crate) fn parsed(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

/// A decision in its colour, with the reason that an explanation gives for it in a sentence.
pub(crate) fn reasoned(decision: Decision, why: &str) -> String {
    let colour = match decision {
        Decision::Permit => 32,
        Decision::Deny => 31,
        _ => 33,
    };
    let word = decision.as_str();
    let reason = why.strip_prefix(word).unwrap_or_default();
    format!("{}{}\n", painted(colour, word), Visible(reason))
}

/// A text in a colour of the terminal, by its number.
pub(crate) fn painted(colour: u8, text: &str) -> String {
    format!("\u{1b}[{colour}m{text}\u{1b}[0m")
}

/// `1 rule` or `2 rules`.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        number => format!("{number} {many}"),
    }
}

/// Writes what people read to standard output: in colours where these are shown.
pub(crate) fn write(text: &str) -> io::Result<()> {
    write_to(
        anstream::AutoStream::auto(io::stdout().lock()),
        &legible(text),
    )
}

/// Writes what programs read to standard output: each character as it is, unless a terminal would carry
/// it out.
fn write_document(text: &str) -> io::Result<()> {
    match io::stdout().is_terminal() {
        true => write_to(io::stdout().lock(), &legible(text)),
        false => write_to(io::stdout().lock(), text),
    }
}

/// A text in JSON in which characters that a terminal would carry out, or nobody sees, are escapes of JSON.
pub(crate) fn escaped(json: &str) -> Cow<'_, str> {
    let is_plain = |c: char| matches!(c, '\n' | ' '..='~') || Visible(c).to_string().starts_with(c);
    if json.chars().all(is_plain) {
        return Cow::Borrowed(json);
    }
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        match is_plain(c) {
            true => escaped.push(c),
            false => {
                let units = c.encode_utf16(&mut [0; 2]).to_vec();
                escaped.extend(units.iter().map(|unit| format!("\\u{unit:04x}")));
            }
        }
    }
    Cow::Owned(escaped)
}

/// A text as a terminal may have it: characters that move the cursor, change the direction of the text
/// or have no width are escapes, but for the colours of this program.
fn legible(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| matches!(c, '\n' | '\t' | ' '..='~');
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = match colour(rest) {
            Some(length) => length,
            None => c.len_utf8(),
        };
        let (part, after) = rest.split_at(length);
        match is_plain(c) || length > c.len_utf8() {
            true => shown.push_str(part),
            false => shown.push_str(&Visible(part).to_string()),
        }
        rest = after;
    }
    Cow::Owned(shown)
}

/// The length of the colour that a text begins with: ESC, `[`, numbers and `m`.
fn colour(text: &str) -> Option<usize> {
    let numbers = text.strip_prefix("\u{1b}[")?;
    let end = numbers.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    numbers[end..]
        .starts_with('m')
        .then(|| "\u{1b}[m".len() + end)
}

/// Writes a text that ends with a line break. A reader that has seen enough, as `head` has, is no error.
fn write_to(mut out: impl Write, text: &str) -> io::Result<()> {
    let text = text.trim_end_matches('\n');
    let written = match text.is_empty() {
        true => Ok(()),
        false => out
            .write_all(text.as_bytes())
            .and_then(|()| out.write_all(b"\n")),
    };
    match written.and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Writes to standard error. Where that is closed, nobody is told.
pub(crate) fn complain(text: &str) {
    let mut out = anstream::AutoStream::auto(io::stderr().lock());
    let _ = writeln!(out, "{}", legible(text.trim_end_matches('\n')));
}

/// An error of the system without its number.
pub(crate) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        io::ErrorKind::PermissionDenied => "it may not be read".to_owned(),
        _ => {
            let text = error.to_string();
            let end = text.find(" (os error").unwrap_or(text.len());
            text[..end].to_lowercase()
        }
    }
}

/// The progress of long work: a line on standard error that is written over, if that is a terminal.
pub(crate) struct Progress {
    is_shown: bool,
}

impl Progress {
    pub(crate) fn new() -> Self {
        let is_shown = io::stderr().is_terminal();
        Self { is_shown }
    }

    pub(crate) fn tell(&self, text: &str) {
        if self.is_shown {
            let _ = write!(io::stderr().lock(), "\r\u{1b}[2K{text}");
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.tell("");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_has_nothing_that_a_terminal_carries_out() {
        let text = "{\n\"\u{9b}2J\u{202e}\u{7f}\u{e0041}æ\"}";
        let shown = "{\n\"\\u009b2J\\u202e\\u007f\\udb40\\udc41æ\"}";
        assert_eq!(escaped(text), shown);
        let [read, meant] = [shown, text]
            .map(|json| serde_json::from_str::<Json>(&json.replace("{\n", "[").replace('}', "]")));
        assert_eq!(read.expect("is JSON"), meant.expect("is JSON"));
    }

    #[test]
    fn a_terminal_carries_out_nothing_but_colours() {
        for (text, shown) in [
            ("a\tæ\nb…", "a\tæ\nb…"),
            (
                "\u{1b}[1mbold\u{1b}[0m \u{1b}[38;5;1mred",
                "\u{1b}[1mbold\u{1b}[0m \u{1b}[38;5;1mred",
            ),
            ("\u{1b}[2Jgone", "\\u{1b}[2Jgone"),
            ("\u{1b}[", "\\u{1b}["),
            ("\u{1b}]0;title\u{7}", "\\u{1b}]0;title\\u{7}"),
            ("\u{9b}2J\u{202e}terces\r", "\\u{9b}2J\\u{202e}terces\\r"),
        ] {
            assert_eq!(legible(text), shown);
        }
    }
}
