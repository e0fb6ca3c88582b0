//! What is wrong with a document → [`Error`]: every problem with its line, column, path and caret.

use std::fmt;
use std::sync::Arc;

/// Everything that is wrong with one or more documents.
///
/// Loading a policy or reading a request returns *all* problems it can find in one pass, in the
/// order of the documents. `Display` prints each as
/// `source:line:column: message`, the XACML element it stands in, and the line with a caret.
///
/// ```
/// let error = vedtak::Pdp::from_xml("<Policy/>").unwrap_err();
/// assert!(error.diagnostics()[0].message().contains("namespace"));
/// ```
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", Lines(.diagnostics))]
pub struct Error {
    diagnostics: Vec<Diagnostic>,
}

impl Error {
    /// Takes the problems found; there is at least one.
    pub(crate) fn new(diagnostics: Vec<Diagnostic>) -> Self {
        debug_assert!(!diagnostics.is_empty(), "an error says what is wrong");
        Self { diagnostics }
    }

    /// One problem that no document is to blame for, such as a setting out of range.
    pub(crate) fn plain(message: impl Into<String>) -> Self {
        Self::new(vec![Diagnostic::placeless("", message)])
    }

    /// The problems, in the order of the documents.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    pub(crate) fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.diagnostics
    }
}

impl fmt::Debug for Error {
    /// Prints as `Display` does: this is what `unwrap` shows, and it is meant to be read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} problem(s)", self.diagnostics.len())?;
        fmt::Display::fmt(self, f)
    }
}

struct Lines<'a>(&'a [Diagnostic]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, diagnostic) in self.0.iter().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            diagnostic.fmt(f)?;
        }
        Ok(())
    }
}

/// One problem: what was expected and found, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    message: String,
    path: String,
    place: Option<Place>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    source: Arc<str>,
    position: Position,
    line_text: String,
    caret: usize,
}

impl Diagnostic {
    /// A problem of something that was not read from a document.
    pub(crate) fn placeless(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            path: path.into(),
            place: None,
        }
    }

    /// The problem in one sentence: lower case, the document's own words in backticks.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The XACML element it stands in, outermost last: ``Rule `r` of Policy `p` ``; may be empty.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The name the document was given, or `None` for a problem outside any document.
    pub fn source(&self) -> Option<&str> {
        self.place.as_ref().map(|place| &*place.source)
    }

    /// Where in the document; `None` for a problem outside any document.
    pub fn position(&self) -> Option<Position> {
        self.place.as_ref().map(|place| place.position)
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(place) = &self.place else {
            write!(f, "{}", self.message)?;
            if !self.path.is_empty() {
                write!(f, "\n  in {}", self.path)?;
            }
            return Ok(());
        };
        let Position { line, column, .. } = place.position;
        write!(f, "{}:{line}:{column}: {}", place.source, self.message)?;
        if !self.path.is_empty() {
            write!(f, "\n  in {}", self.path)?;
        }
        let number = line.to_string();
        write!(f, "\n  {number} | {}", place.line_text)?;
        write!(
            f,
            "\n  {:width$} | {:caret$}^",
            "",
            "",
            width = number.len(),
            caret = place.caret
        )
    }
}

/// A place in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Position {
    /// Line, counted from 1.
    pub line: usize,
    /// Column, counted from 1 in characters.
    pub column: usize,
}

/// Byte offset of a node in its document (after decoding to UTF-8).
///
/// Any two offsets compare equal: where a node stood is no part of what it says, so trees read
/// from differently laid out documents can be compared.
#[derive(Clone, Copy, Debug, Default)]
pub struct Offset(pub(crate) u32);

impl Offset {
    pub(crate) fn new(offset: usize) -> Self {
        // INVARIANT: documents are limited to less than 4 GiB, see `Limits::bytes`.
        Self(u32::try_from(offset).unwrap_or(u32::MAX))
    }

    /// The offset in bytes from the start of the document.
    pub fn bytes(self) -> usize {
        self.0 as usize
    }
}

impl PartialEq for Offset {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Offset {}

/// A document under its name: what turns offsets into positions.
#[derive(Clone)]
pub(crate) struct Source<'a> {
    pub(crate) name: Arc<str>,
    pub(crate) text: &'a str,
}

/// The longest stretch of an offending line that is shown.
const SHOWN: usize = 120;

impl Source<'_> {
    /// The problem `message` at `offset`, inside the XACML element `path`.
    pub(crate) fn diagnostic(
        &self,
        offset: Offset,
        path: impl Into<String>,
        message: impl Into<String>,
    ) -> Diagnostic {
        let mut cursor = Cursor::default();
        self.at(
            &mut cursor,
            Problem {
                offset,
                path: path.into(),
                message: message.into(),
            },
        )
    }

    /// Problems in the order of the document. One walk through it, however many they are.
    pub(crate) fn diagnostics(&self, mut problems: Vec<Problem>) -> Vec<Diagnostic> {
        problems.sort_by_key(|problem| problem.offset.bytes());
        let mut cursor = Cursor::default();
        let problems = problems.into_iter();
        problems
            .map(|problem| self.at(&mut cursor, problem))
            .collect()
    }

    /// The problem with its place, which is not before the cursor; moves the cursor there.
    fn at(&self, cursor: &mut Cursor, problem: Problem) -> Diagnostic {
        let mut at = problem.offset.bytes().min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        cursor.advance(self.text, at);
        // No more than is shown: a line may be as long as a document.
        let rest = self.text[at..].chars().take(SHOWN);
        let rest = rest.take_while(|c| *c != '\n').map(char::len_utf8);
        let end = at + rest.sum::<usize>();
        let line = &self.text[cursor.start..end];
        let (line_text, caret) = excerpt(line, at - cursor.start);
        Diagnostic {
            message: problem.message,
            path: problem.path,
            place: Some(Place {
                source: self.name.clone(),
                position: Position {
                    line: 1 + cursor.newlines,
                    column: 1 + cursor.column,
                },
                line_text,
                caret,
            }),
        }
    }
}

/// A problem that has no line and column yet.
pub(crate) struct Problem {
    pub(crate) offset: Offset,
    pub(crate) path: String,
    pub(crate) message: String,
}

/// A place in a document that only moves on.
#[derive(Default)]
struct Cursor {
    at: usize,
    newlines: usize,
    /// Where the line starts.
    start: usize,
    /// Characters from there.
    column: usize,
}

impl Cursor {
    fn advance(&mut self, text: &str, to: usize) {
        let passed = &text[self.at..to];
        if let Some(last) = passed.rfind('\n') {
            self.newlines += passed.bytes().filter(|&b| b == b'\n').count();
            self.start = self.at + last + 1;
            self.column = 0;
        }
        self.column += text[self.at.max(self.start)..to].chars().count();
        self.at = to;
    }
}

/// The line without its indentation, cut to [`SHOWN`] characters around `at`, and the caret's
/// place in it. Tabs and control characters become blanks, so that the caret stands true.
fn excerpt(line: &str, at: usize) -> (String, usize) {
    let shown = |text: &str| -> String {
        text.chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect()
    };
    let line = line.trim_end();
    let at = at.min(line.len());
    let indent = (line.len() - line.trim_start().len()).min(at);
    // One more than is shown, to know that there is more: lines may be as long as documents.
    let mut before: Vec<char> = line[indent..at].chars().rev().take(SHOWN / 2 + 1).collect();
    before.reverse();
    let after: String = line[at..].chars().take(SHOWN).collect();
    let skip = before.len().saturating_sub(SHOWN / 2);
    let cut: String = before[skip..].iter().collect();
    let mut text = String::new();
    if skip > 0 {
        text.push('…');
    }
    text.push_str(&shown(&cut));
    let caret = text.chars().count();
    text.push_str(&shown(&after));
    let text: String = text.chars().take(SHOWN).collect();
    (text.trim_end().to_owned(), caret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diagnostic_shows_its_line_and_a_caret() {
        let source = Source {
            name: "p.xml".into(),
            text: "<a>\n\t<b æ='1' c='2'/>\n</a>",
        };
        let at = source.text.find("c=").expect("is there");
        let shown = source
            .diagnostic(Offset::new(at), "Rule `r`", "unknown attribute `c`")
            .to_string();
        assert_eq!(
            shown,
            "p.xml:2:11: unknown attribute `c`\n  in Rule `r`\n  2 | <b æ='1' c='2'/>\n    |          ^"
        );
    }

    #[test]
    fn many_problems_get_the_places_that_each_would() {
        let text = "{\r\n  \"æ\": [1,\n\n 2 ],\n}\n";
        let source = Source {
            name: "t".into(),
            text,
        };
        let problem = |at| Problem {
            offset: Offset::new(at),
            path: String::new(),
            message: at.to_string(),
        };
        let backwards = (0..=text.len()).rev().map(problem).collect();
        let singly =
            (0..=text.len()).map(|at| source.diagnostic(Offset::new(at), "", at.to_string()));
        assert_eq!(source.diagnostics(backwards), singly.collect::<Vec<_>>());
    }

    #[test]
    fn offsets_beyond_the_end_and_long_lines_are_cut() {
        let text = "x".repeat(1000);
        let source = Source {
            name: "p".into(),
            text: &text,
        };
        let diagnostic = source.diagnostic(Offset::new(5000), "", "m");
        assert_eq!(diagnostic.position().map(|p| p.column), Some(1001));
        assert!(diagnostic.to_string().len() < 300);
    }
}
