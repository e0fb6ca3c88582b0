//! A JSON document, object by object and member by member → values, with the position of every
//! problem: reading goes on after one.

mod object;
mod writer;

pub(in crate::altinn) use object::{Object, PlacedText, is_blank, text, texts};
pub(in crate::altinn) use writer::ObjectWriter;

use std::cell::{Cell, RefCell};

use crate::json::{JsonTree, JsonValue};
use crate::report::{Problem, Source, Visible};
use crate::syntax::Offset;
use crate::{Diagnostic, Error, Limits};

/// The number of problems that are kept, as an invalid file could have many times its own size of
/// them.
const MOST: usize = 1000;

/// Reads a document. `what` names it in a problem of the whole: `the table`.
///
/// # Errors
///
/// All problems that `read` reports, in the order of the text. It must report one if it returns
/// none.
pub(in crate::altinn) fn read<T>(
    source_name: &str,
    bytes: &[u8],
    what: &str,
    read: impl for<'a> FnOnce(JsonValue<'a>, &'a Report) -> Option<T>,
) -> Result<T, Error> {
    match read_partly(source_name, bytes, what, read) {
        (Some(whole), problems) if problems.is_empty() => Ok(whole),
        (_, problems) => Err(Error::new(problems)),
    }
}

/// Reads what can be read of a document: returns it beside all problems, in the order of the text. No
/// problem shows a national identity number, whoever's it is.
pub(in crate::altinn) fn read_partly<T>(
    source_name: &str,
    bytes: &[u8],
    what: &str,
    read: impl for<'a> FnOnce(JsonValue<'a>, &'a Report) -> Option<T>,
) -> (Option<T>, Vec<Diagnostic>) {
    let source = |text| Source {
        name: source_name.into(),
        text,
    };
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let end = error.valid_up_to();
            let before = std::str::from_utf8(&bytes[..end]).unwrap_or("");
            let message = format!("{what} is not encoded in UTF-8");
            let problem = source(before).diagnostic(Offset::new(end), "", message);
            return (None, vec![problem.without_long_numbers()]);
        }
    };
    // Some editors write a byte order mark before the text, which RFC 8259 lets readers ignore.
    let source = source(text.strip_prefix('\u{feff}').unwrap_or(text));
    let tree = match JsonTree::read(&source, &of_any_length(Limits::default())) {
        Ok(tree) => tree,
        Err(error) => return (None, error.without_long_numbers().into_diagnostics()),
    };
    let report = Report::default();
    let found = read(tree.root(), &report);
    let problems = report.into_problems(&source).into_iter();
    (
        found,
        problems.map(Diagnostic::without_long_numbers).collect(),
    )
}

/// A register has as many facts as it has; each takes memory in proportion to its text.
fn of_any_length(mut limits: Limits) -> Limits {
    limits.elements = usize::MAX;
    limits
}

/// The problems of one document, which its reader and the objects in it share.
#[derive(Default)]
pub(in crate::altinn) struct Report {
    problems: RefCell<Vec<Problem>>,
    /// For duplicates: the place of the first occurrence, and the index of the problem.
    firsts: RefCell<Vec<(Offset, usize)>>,
    /// The number of problems that are not kept.
    more: Cell<usize>,
}

impl Report {
    /// Reports a problem at a place of the document. No text of the document makes a line of its own in
    /// it.
    pub(in crate::altinn) fn problem(
        &self,
        offset: Offset,
        path: &str,
        message: impl Into<String>,
    ) {
        let mut problems = self.problems.borrow_mut();
        if problems.len() == MOST {
            self.more.update(|more| more + 1);
            return;
        }
        problems.push(Problem {
            offset,
            path: Visible(path).to_string(),
            message: Visible(message.into()).to_string(),
        });
    }

    /// Reports that `place` repeats an earlier place of the document.
    pub(in crate::altinn) fn duplicate(
        &self,
        place: Offset,
        first: Offset,
        path: &str,
        message: impl Into<String>,
    ) {
        let number = self.problems.borrow().len();
        if number < MOST {
            // Lines are counted at the end, for all of them at once.
            self.firsts.borrow_mut().push((first, number));
        }
        self.problem(place, path, message);
    }

    /// Reports a value of another kind than was expected.
    fn expected(&self, value: JsonValue<'_>, kind: &str, path: &str) {
        let message = format!("expected {kind}, but found {}", value.kind());
        self.problem(value.offset(), path, message);
    }

    /// Whether no problem was reported.
    pub(in crate::altinn) fn is_clean(&self) -> bool {
        self.problems.borrow().is_empty()
    }

    /// Returns the problems, each with its place in the document.
    fn into_problems(self, source: &Source<'_>) -> Vec<Diagnostic> {
        let (mut problems, mut firsts) = (self.problems.into_inner(), self.firsts.into_inner());
        firsts.sort_unstable_by_key(|(first, _)| first.bytes());
        let positions = source.positions(firsts.iter().map(|(first, _)| *first));
        for ((_, problem), first) in firsts.iter().zip(positions) {
            let (line, column) = (first.line, first.column);
            problems[*problem]
                .message
                .push_str(&format!("; the first is at {line}:{column}"));
        }
        if self.more.get() > 0 {
            problems.push(Problem {
                offset: Offset::new(source.text.len()),
                path: String::new(),
                message: format!("and {} more problems", self.more.get()),
            });
        }
        source.diagnostics(problems)
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
