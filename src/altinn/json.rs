//! A JSON document, object by object and member by member → values, with the position of every
//! problem.
//!
//! Raw values keep the position of each value, and reading goes on after a problem; typed
//! deserialization does neither.

mod object;

pub(in crate::altinn) use object::{Object, PlacedText, text, texts};

use crate::Error;
use crate::report::{Problem, Source};
use crate::syntax::Offset;

/// The number of problems that are kept, as an invalid file could have many times its own size of
/// them.
const MOST: usize = 1000;

/// Reads a document. `what` names it in a problem of the whole: `the table`.
///
/// # Errors
///
/// All problems that `read` reports, in the order of the text. It must report one if it returns
/// none.
pub(in crate::altinn) fn read<'a, T>(
    source_name: &str,
    bytes: &'a [u8],
    what: &str,
    read: impl FnOnce(&'a str, &mut Report<'a>) -> Option<T>,
) -> Result<T, Error> {
    let source = |text| Source {
        name: source_name.into(),
        text,
    };
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let end = error.valid_up_to();
        let before = std::str::from_utf8(&bytes[..end]).unwrap_or("");
        let message = format!("{what} is not encoded in UTF-8");
        let problem = source(before).diagnostic(Offset::new(end), "", message);
        Error::new(vec![problem])
    })?;
    let mut report = Report {
        source: source(text),
        problems: Vec::new(),
        firsts: Vec::new(),
        more: 0,
    };
    // Some editors write a byte order mark before the text, which RFC 8259 lets readers ignore.
    let json = text.strip_prefix('\u{feff}').unwrap_or(text);
    let whole = read(json.trim_end(), &mut report);
    match whole {
        Some(whole) if report.problems.is_empty() => Ok(whole),
        _ => Err(report.into_error()),
    }
}

/// The problems of one document.
pub(in crate::altinn) struct Report<'a> {
    pub(in crate::altinn) source: Source<'a>,
    problems: Vec<Problem>,
    /// For duplicates: the offset of the first occurrence, and the index of the problem.
    firsts: Vec<(usize, usize)>,
    /// The number of problems that are not kept.
    more: usize,
}

impl<'a> Report<'a> {
    /// Reports a problem at `place`, a part of the document's text.
    pub(in crate::altinn) fn problem(
        &mut self,
        place: &str,
        path: &str,
        message: impl Into<String>,
    ) {
        let at = self.offset(place);
        self.note(at, path, message.into());
    }

    /// Reports that `place` repeats an earlier part of the document's text.
    pub(in crate::altinn) fn duplicate(
        &mut self,
        place: &str,
        first: &str,
        path: &str,
        message: impl Into<String>,
    ) {
        if self.problems.len() < MOST {
            // Lines are counted at the end, for all of them at once.
            self.firsts.push((self.offset(first), self.problems.len()));
        }
        self.problem(place, path, message);
    }

    /// Reports an error of serde_json at `place`, a part of the document's text.
    fn json(&mut self, place: &'a str, path: &str, error: &serde_json::Error) {
        let (line, column) = (error.line(), error.column());
        let full = error.to_string();
        let message = full.strip_suffix(&format!(" at line {line} column {column}"));
        let within = if error.is_data() {
            // The whole value is of another type.
            0
        } else {
            let lines = place.split_inclusive('\n');
            let before: usize = lines.take(line.saturating_sub(1)).map(str::len).sum();
            // Columns of serde_json are bytes, counted from 1; 0 is before the first of a line.
            before + column.saturating_sub(1)
        };
        self.note(
            self.offset(place) + within,
            path,
            message.unwrap_or(&full).to_owned(),
        );
    }

    /// Whether no problem was reported.
    pub(in crate::altinn) fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }

    fn note(&mut self, at: usize, path: &str, message: String) {
        if self.problems.len() < MOST {
            self.problems.push(Problem {
                offset: Offset::new(at),
                path: path.to_owned(),
                message,
            });
        } else {
            self.more += 1;
        }
    }

    fn into_error(self) -> Error {
        let mut problems = self.problems;
        let mut firsts = self.firsts;
        firsts.sort_unstable();
        let positions = firsts.iter().map(|(offset, _)| Offset::new(*offset));
        let positions = self.source.positions(positions);
        for ((_, problem), first) in firsts.iter().zip(positions) {
            let (line, column) = (first.line, first.column);
            problems[*problem]
                .message
                .push_str(&format!("; the first is at {line}:{column}"));
        }
        if self.more > 0 {
            problems.push(Problem {
                offset: Offset::new(self.source.text.len()),
                path: String::new(),
                message: format!("and {} more problems", self.more),
            });
        }
        Error::new(self.source.diagnostics(problems))
    }

    /// Returns the offset of `place`. It always borrows from the text; the bound guards against one
    /// that does not.
    fn offset(&self, place: &str) -> usize {
        let offset = (place.as_ptr() as usize).wrapping_sub(self.source.text.as_ptr() as usize);
        offset.min(self.source.text.len())
    }
}

/// A value written as one of a few words.
pub(in crate::altinn) trait Word: Copy + PartialEq + 'static {
    const WORDS: &'static [(&'static str, Self)];

    fn word(self) -> &'static str {
        let known = Self::WORDS.iter().find(|(_, value)| *value == self);
        known.map_or("", |(word, _)| word)
    }
}
