//! The problems of documents, in the order they are found → an error, in the order of the text.

use std::fmt::{self, Display};

use super::Compiler;
use crate::error::{Cursor, Diagnostic, Error, Offset, Source, cut};

/// The most problems that are listed; more are only counted.
pub(super) const MOST_PROBLEMS: usize = 1000;

/// After this many problems, messages do not give the position of a second element: each position
/// takes a walk through the document.
const MOST_PLACED: usize = 20;

/// The most steps of a circle of references that a message lists.
const MOST_STEPS: usize = 10;

/// The element being compiled, such as ``Rule `x` ``; formatted only for a problem.
#[derive(Clone, Copy)]
pub(super) struct PathStep<'a> {
    name: &'static str,
    id: &'a str,
}

impl Display for PathStep<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.name, cut(self.id))
    }
}

/// A problem as it is found. In the end they are sorted, and their positions found in one pass.
pub(super) struct CompileProblem {
    /// The document; none for a problem of no document.
    input: Option<usize>,
    offset: Offset,
    path: String,
    message: String,
}

impl CompileProblem {
    fn elsewhere(message: String) -> Self {
        Self {
            input: None,
            offset: Offset::default(),
            path: String::new(),
            message,
        }
    }
}

impl<'a> Compiler<'a> {
    pub(super) fn error(self) -> Error {
        let problems = self.diagnostics().into_iter();
        Error::new(problems.map(|(_, diagnostic)| diagnostic).collect())
    }

    /// The problems in the order of the documents, each with the number of its document.
    pub(super) fn diagnostics(self) -> Vec<(Option<usize>, Diagnostic)> {
        let mut problems = self.problems.finish(CompileProblem::elsewhere);
        problems.sort_by_key(|p| (p.input.unwrap_or(usize::MAX), p.offset.bytes()));
        let mut text = None;
        let mut cursor = Cursor::default();
        let mut diagnostics = Vec::with_capacity(problems.len());
        for problem in problems {
            let (input, path, message) = (problem.input, problem.path, problem.message);
            let source = input.and_then(|input| self.inputs.get(input)?.source.as_ref());
            // Several documents may be of one text.
            let now = source.map(|source| source.text.as_ptr());
            if text != now {
                (cursor, text) = (Cursor::default(), now);
            }
            let diagnostic = match source {
                Some(source) => source.diagnostic_after(&mut cursor, problem.offset, path, message),
                None => Diagnostic::placeless(path, message),
            };
            diagnostics.push((input, diagnostic));
        }
        diagnostics
    }

    /// The result of `search`; none, without searching, once problems are only counted. Suggestions
    /// take time, and documents can have very many mistakes.
    pub(super) fn unless_full<T>(&self, search: impl FnOnce() -> Option<T>) -> Option<T> {
        match self.problems.is_full() {
            true => None,
            false => search(),
        }
    }

    /// A problem with the value of an XML attribute of the element at `offset`.
    pub(super) fn problem_with(
        &mut self,
        offset: Offset,
        attribute: &str,
        message: impl Into<String>,
    ) {
        let at = match self.source(self.input) {
            Some(source) => value_offset(source.text, offset, attribute),
            None => offset,
        };
        self.problem(at, message);
    }

    /// A problem with the content of the element at `offset`.
    pub(super) fn problem_inside(&mut self, offset: Offset, message: impl Into<String>) {
        let at = match self.source(self.input) {
            Some(source) => crate::xml::content_offset(source.text, offset),
            None => offset,
        };
        self.problem(at, message);
    }

    fn source(&self, input: usize) -> Option<&Source<'a>> {
        self.inputs.get(input)?.source.as_ref()
    }

    /// The position of a second element, for a message: ` at 3:5`, or ` at policy.xml:3:5` in
    /// another document; empty if it is not known.
    pub(super) fn at(&self, input: usize, offset: Offset) -> String {
        let source = self.source(input);
        let source = source.filter(|_| self.problems.count() < MOST_PLACED);
        source.map_or_else(String::new, |source| {
            let position = source.position(offset);
            match input == self.input {
                true => format!(" at {position}"),
                false => format!(" at {}:{position}", crate::xml::cut(&source.name)),
            }
        })
    }

    /// A problem at a place of the document being compiled.
    pub(super) fn problem(&mut self, offset: Offset, message: impl Into<String>) {
        self.problems.add(|| CompileProblem {
            input: Some(self.input),
            offset,
            path: path_of(&self.path),
            message: message.into(),
        });
    }

    /// A problem of no document.
    pub(super) fn elsewhere(&mut self, message: String) {
        self.problems.add(|| CompileProblem::elsewhere(message));
    }

    /// Does `inside` with the element `name` of this `id` added to the path of every problem.
    pub(super) fn within<T>(
        &mut self,
        name: &'static str,
        id: &'a str,
        inside: impl FnOnce(&mut Self) -> T,
    ) -> T {
        self.path.push(PathStep { name, id });
        let result = inside(self);
        self.path.pop();
        result
    }
}

/// The place of an attribute of an element in its document, which may be one of ALFA.
fn value_offset(text: &str, element: Offset, attribute: &str) -> Offset {
    #[cfg(feature = "alfa")]
    if attribute.ends_with("CombiningAlgId")
        && let Some(at) = crate::syntax::alfa::algorithm_offset(text, element)
    {
        return at;
    }
    crate::xml::value_offset(text, element, attribute)
}

/// The element being compiled, outermost last.
pub(super) fn path_of(path: &[PathStep<'_>]) -> String {
    let path: Vec<String> = path.iter().rev().map(PathStep::to_string).collect();
    path.join(" of ")
}

/// The message on a reference to `meant` that closes a circle. The way goes from `first` and back
/// to it, each step with the verb that leads to it; there are no steps where it was not found out.
pub(crate) fn circle<'t>(
    of: &str,
    meant: &str,
    first: &str,
    steps: impl Iterator<Item = (&'static str, &'t str)>,
) -> String {
    let steps: Vec<_> = steps.collect();
    let way = match steps.as_slice() {
        [] => String::new(),
        [(verb, _)] => format!(": `{}` {verb} itself", cut(first)),
        steps => {
            let step = |(verb, id): &(&str, &str)| format!("{verb} `{}`", cut(id));
            let mut listed: Vec<String> = steps.iter().take(MOST_STEPS).map(step).collect();
            if steps.len() > MOST_STEPS {
                let more = steps.len() - MOST_STEPS;
                listed.push(format!(
                    "leads on to {more} more, the last of them `{}`",
                    cut(first)
                ));
            }
            format!(": `{}` {}", cut(first), listed.join(", which "))
        }
    };
    format!(
        "the reference to `{}` closes a circle of {of}{way}",
        cut(meant)
    )
}
