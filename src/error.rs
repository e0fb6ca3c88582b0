//! Problems of documents → [`Error`], which prints each with its line, column, path and a caret.

mod numbers;
mod problems;
mod similar;

use std::fmt::{self, Write as _};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

pub use numbers::without_long_numbers;
pub(crate) use problems::Problems;
pub(crate) use similar::LONGEST;
pub use similar::{did_you_mean, last_part, similar_identifier, similar_name};

/// The error of loading: all problems of one or more documents. Printed, each has its line, column
/// and a caret.
///
/// Loading a policy or reading a request returns *all* problems it can find in one pass, in the
/// order of the documents. `Display` prints each as `source:line:column: message`, the XACML
/// element that contains it, and the line with a caret.
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
    /// An error of these problems, of which there should be at least one: an error without any says
    /// that no problem was named.
    pub fn new(mut diagnostics: Vec<Diagnostic>) -> Self {
        if diagnostics.is_empty() {
            let message = "something is wrong, but no problem was named";
            diagnostics.push(Diagnostic::placeless("", message));
        }
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

    /// Returns the problems, in the order of the documents: for an error of several documents.
    pub fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.diagnostics
    }
}

impl fmt::Debug for Error {
    /// Prints as `Display` does, so that `unwrap` shows it legibly.
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

/// A problem of a document, with its place: the message says what was expected and what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    message: String,
    path: String,
    place: Option<SourcePlace>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct SourcePlace {
    source: Arc<str>,
    position: Position,
    line_text: String,
    caret: usize,
}

impl Diagnostic {
    /// A problem of something that was not read from a document. `path` names the part that has it,
    /// or is empty.
    pub fn placeless(path: impl Into<String>, message: impl Into<String>) -> Self {
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

    /// The path to the problem; may be empty. In XML the XACML element that contains it, outermost
    /// last: ``Rule `r` of Policy `p` ``. In JSON the members from the document down:
    /// `Request.Category[0].Attribute[2]`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The name the document was given, or `None` for a problem outside any document.
    pub fn source(&self) -> Option<&str> {
        self.place.as_ref().map(|place| &*place.source)
    }

    /// The line and column in the document; `None` for a problem outside any document.
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

/// The error of `FromStr` for a text that is none of the standard's names.
///
/// ```
/// use vedtak::Decision;
/// let unknown = "permit".parse::<Decision>().unwrap_err();
/// assert_eq!(
///     unknown.to_string(),
///     "expected `Permit`, `Deny`, `Indeterminate` or `NotApplicable`, found `permit`"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct UnknownName {
    message: String,
}

impl UnknownName {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        let message = message.into();
        Self { message }
    }

    /// The error of a text that is none of a few names.
    pub(crate) fn expected<'n>(names: impl Iterator<Item = &'n str>, found: &str) -> Self {
        Self::new(format!("expected {}, found `{}`", list(names), cut(found)))
    }
}

/// The line and column of a [`Diagnostic`] in its document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Position {
    /// Line, counted from 1.
    pub line: usize,
    /// Column, counted from 1 in characters.
    pub column: usize,
}

impl fmt::Display for Position {
    /// `line:column`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

impl Position {
    /// The position of a byte offset in `text`.
    pub(crate) fn of(offset: usize, text: &str) -> Self {
        let mut cursor = Cursor::default();
        cursor.advance(offset, text);
        cursor.position
    }
}

/// A problem that has no line and column yet.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The place in the text.
    pub offset: Offset,
    /// The [path](Diagnostic::path) to the problem; may be empty.
    pub path: String,
    /// The problem in one sentence.
    pub message: String,
}

/// A place in a text from which later ones are found without starting over: many problems far down
/// a long document would take their number times its length.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor {
    offset: usize,
    position: Position,
}

impl Default for Cursor {
    fn default() -> Self {
        let position = Position { line: 1, column: 1 };
        Self {
            offset: 0,
            position,
        }
    }
}

impl Cursor {
    /// Moves on to `offset`, or to the character it is in; an offset passed already is found from
    /// the start.
    fn advance(&mut self, offset: usize, text: &str) {
        let to = floor(text, offset);
        if to < self.offset {
            *self = Self::default();
        }
        let passed = &text[self.offset..to];
        let rest = match passed.rfind('\n') {
            Some(end) => {
                self.position.line += passed.bytes().filter(|&b| b == b'\n').count();
                self.position.column = 1;
                &passed[end + 1..]
            }
            None => passed,
        };
        self.position.column += rest.chars().count();
        self.offset = to;
    }
}

/// The nearest place at or before `offset` where a character begins or the text ends.
pub(crate) fn floor(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Byte offset of a node in its document (after decoding to UTF-8).
///
/// Any two offsets compare equal: the place of a node is no part of its meaning, so trees read from
/// differently laid out documents can be compared.
#[derive(Clone, Copy, Debug, Default)]
pub struct Offset(pub(crate) u32);

impl Offset {
    /// An offset in bytes from the start of a document.
    pub fn new(offset: usize) -> Self {
        // INVARIANT: documents are limited to less than 4 GiB, see `Limits::bytes`.
        Self(crate::limits::short(offset))
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

/// Equal ones hash alike.
impl Hash for Offset {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

/// A document with its name, which turns offsets into positions.
#[derive(Clone, Debug)]
pub struct Source<'a> {
    /// The name under which problems are reported, as a file has one.
    pub name: Arc<str>,
    /// The text.
    pub text: &'a str,
}

/// The longest stretch of an offending line that is shown.
const SHOWN: usize = 120;

impl Source<'_> {
    /// The problem `message` at `offset`, inside the part that `path` names.
    pub fn diagnostic(
        &self,
        offset: Offset,
        path: impl Into<String>,
        message: impl Into<String>,
    ) -> Diagnostic {
        self.diagnostic_after(&mut Cursor::default(), offset, path, message)
    }

    /// The line and column of a place, found from the beginning.
    pub(crate) fn position(&self, offset: Offset) -> Position {
        let mut cursor = Cursor::default();
        cursor.advance(offset.bytes(), self.text);
        cursor.position
    }

    /// Problems in the order of the document, found in one walk through it.
    pub fn diagnostics(&self, mut problems: Vec<Problem>) -> Vec<Diagnostic> {
        problems.sort_by_key(|problem| problem.offset.bytes());
        let mut cursor = Cursor::default();
        let problems = problems.into_iter();
        problems
            .map(
                |Problem {
                     offset,
                     path,
                     message,
                 }| { self.diagnostic_after(&mut cursor, offset, path, message) },
            )
            .collect()
    }

    /// The positions of these offsets, found in one walk if they are in the order of the text.
    pub fn positions(&self, offsets: impl IntoIterator<Item = Offset>) -> Vec<Position> {
        let mut cursor = Cursor::default();
        let positions = offsets.into_iter().map(|offset| {
            cursor.advance(offset.bytes(), self.text);
            cursor.position
        });
        positions.collect()
    }

    /// The problem `message` at `offset`, whose position is counted from the cursor, which moves
    /// on.
    pub(crate) fn diagnostic_after(
        &self,
        cursor: &mut Cursor,
        offset: Offset,
        path: impl Into<String>,
        message: impl Into<String>,
    ) -> Diagnostic {
        cursor.advance(offset.bytes(), self.text);
        let at = cursor.offset;
        // Lines may be as long as documents: of more than this, nothing would be shown.
        let from = floor(self.text, at.saturating_sub(SHOWN * 4));
        let to = floor(self.text, at + SHOWN * 4);
        let start = self.text[from..at]
            .rfind('\n')
            .map_or(from, |i| from + i + 1);
        let end = self.text[at..to].find('\n').map_or(to, |i| at + i);
        let (line_text, caret) = excerpt(&self.text[start..end], at - start);
        Diagnostic {
            message: message.into(),
            path: path.into(),
            place: Some(SourcePlace {
                source: self.name.clone(),
                position: cursor.position,
                line_text,
                caret,
            }),
        }
    }
}

/// The line without its indentation, cut to [`SHOWN`] characters around `at`, and the caret's
/// place in it. Tabs and control characters become blanks, so that the caret is at its place.
fn excerpt(line: &str, at: usize) -> (String, usize) {
    let line = line.trim_end();
    let at = at.min(line.len());
    let indent = (line.len() - line.trim_start().len()).min(at);
    // One more than is shown, to know that there is more.
    let mut before: Vec<char> = line[indent..at].chars().rev().take(SHOWN / 2 + 1).collect();
    before.reverse();
    let skip = before.len().saturating_sub(SHOWN / 2);
    let mut text = String::new();
    if skip > 0 {
        text.push('…');
    }
    text += &on_one_line(before.into_iter().skip(skip));
    let caret = text.chars().count();
    text += &on_one_line(line[at..].chars().take(SHOWN));
    let text: String = text.chars().take(SHOWN).collect();
    (text.trim_end().to_owned(), caret)
}

/// The names, in backticks, as a choice.
pub(crate) fn list<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// The id of a rule as messages show it: the second rule of an id, and every further one, with its
/// number.
pub fn rule_name(id: impl fmt::Display, nth: u32) -> String {
    match nth {
        0 | 1 => format!("`{id}`"),
        nth => format!("`{id}` (number {nth} with this id)"),
    }
}

/// The characters with a blank for each that is not visible, which could forge lines of a log.
fn on_one_line(text: impl Iterator<Item = char>) -> String {
    text.map(|c| if is_visible(c) { c } else { ' ' }).collect()
}

/// False for characters that break a line, change the direction of a text, have no width or no shape.
pub(crate) fn is_visible(character: char) -> bool {
    !character.is_control()
        && !matches!(
            character,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{13430}'..='\u{1343f}'
                | '\u{16fe4}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// Foreign text in a `Display`, unable to look like a line of a log: characters that break a line,
/// change its direction or have no width are written as escapes.
///
/// ```
/// use vedtak::report::Visible;
/// assert_eq!(Visible("read\nPermit").to_string(), r"read\nPermit");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Visible<T>(pub T);

impl<T: fmt::Display> fmt::Display for Visible<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escaping(f), "{}", self.0)
    }
}

struct Escaping<'a, 'f>(&'a mut fmt::Formatter<'f>);

impl fmt::Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars()
            .try_for_each(|character| match is_visible(character) {
                true => self.0.write_char(character),
                false => write!(self.0, "{}", character.escape_default()),
            })
    }
}

/// Foreign text for a message: on one line, no more than its first 80 characters, and none that ends
/// the backticks around it or is not visible.
///
/// ```
/// use vedtak::report::cut;
/// assert_eq!(cut("clerk` and `admin"), r"clerk\u{60} and \u{60}admin");
/// ```
pub fn cut(text: &str) -> String {
    let mut rest = text.chars();
    let mut short = String::new();
    for character in rest.by_ref().take(80) {
        match character {
            '`' => short.push_str(r"\u{60}"),
            character if character.is_control() => short.push(' '),
            character if is_visible(character) => short.push(character),
            character => short.extend(character.escape_default()),
        }
    }
    if rest.next().is_some() {
        short.push('…');
    }
    short
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
    fn a_cursor_goes_on_where_it_is_and_starts_over_if_it_must() {
        let text = "ab\næc\n\nd";
        let mut cursor = Cursor::default();
        for offset in [0, 1, 2, 3, 4, 5, 7, 9, 9, 99, 3, 8, 0] {
            cursor.advance(offset, text);
            assert_eq!(cursor.position, Position::of(offset, text), "{offset}");
        }
        let position = |line, column| Position { line, column };
        assert_eq!(Position::of(4, text), position(2, 1));
        assert_eq!(Position::of(5, text), position(2, 2));
        assert_eq!(Position::of(99, text), position(4, 2));
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
