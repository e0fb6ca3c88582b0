//! Documents with their texts → the plain program of an explanation, and the place of each of its
//! policies.
//!
//! The program that decides has its targets as rows of tests and its conditions rewritten. Compiled
//! without these steps, expressions are one to one with those of the document, so what the document
//! says can be read beside what is evaluated.

use std::sync::Arc;

use super::tree::NodePlace;
use crate::compile::{self, CompileInput, Options, PolicyPath, Steps};
use crate::error::{Error, Offset, Position, Source, floor};
use crate::limits::short;
use crate::program::{PolicyId, Program};
use crate::syntax::{AnyPolicy, Document, NamedText};

/// A document to explain decisions with.
pub(crate) struct ExplainedDocument {
    pub(crate) document: Document,
    /// Its name and text; none if the host made the tree.
    pub(crate) text: Option<NamedText>,
    pub(crate) is_root: bool,
}

/// All that explanations of one PDP have in common.
pub(crate) struct PlainPolicies {
    pub(crate) program: Program,
    /// The number of the document of each policy, and the way to it there.
    paths: Vec<Option<PolicyPath>>,
    documents: Vec<PlainDocument>,
}

struct PlainDocument {
    document: Document,
    /// Its text, if it has one; documents of one file share it.
    lines: Option<Arc<LineStarts>>,
    /// Whether it decides by itself.
    is_root: bool,
}

/// A policy, and the text around it.
#[derive(Clone, Copy)]
pub(in crate::analysis) struct WrittenDocument<'d> {
    pub(in crate::analysis) policy: AnyPolicy<'d>,
    lines: Option<&'d LineStarts>,
}

impl PlainPolicies {
    /// Compiles the documents. The options are those of the program that decides.
    ///
    /// # Errors
    ///
    /// Those of compiling, of which there are none where these documents compiled before.
    pub(crate) fn new(
        documents: Vec<ExplainedDocument>,
        options: &Options<'_>,
    ) -> Result<Self, Error> {
        let inputs: Vec<CompileInput<'_>> = documents
            .iter()
            .map(|read| CompileInput {
                source: read
                    .text
                    .as_ref()
                    .map(|(name, text)| Document::source(name, text)),
                document: &read.document,
                digest: None,
                is_root: read.is_root,
            })
            .collect();
        let options = Options {
            steps: Steps {
                lowering: false,
                index: false,
            },
            ..*options
        };
        let (program, paths) = compile::compile_with_paths(&inputs, &options)?;
        let mut plain: Vec<PlainDocument> = Vec::with_capacity(documents.len());
        for read in documents {
            let before = plain.last().and_then(|before| before.lines.as_ref());
            let lines = read.text.map(|(source, text)| match before {
                Some(lines) if Arc::ptr_eq(&lines.text, &text) => lines.clone(),
                _ => Arc::new(LineStarts::new(source, text)),
            });
            plain.push(PlainDocument {
                document: read.document,
                lines,
                // The one root decides, and the others where it refers to them.
                is_root: read.is_root && options.root.is_none(),
            });
        }
        Ok(Self {
            program,
            paths,
            documents: plain,
        })
    }

    /// The documents that have a text: the policy of each, its name and its text.
    pub(in crate::analysis) fn documents(
        &self,
    ) -> impl Iterator<Item = (WrittenDocument<'_>, &Arc<str>, &str)> {
        self.documents.iter().filter_map(|plain| {
            let lines = plain.lines.as_ref()?;
            let written = WrittenDocument {
                policy: (&plain.document).into(),
                lines: Some(lines),
            };
            Some((written, &lines.source, lines.text.as_str()))
        })
    }

    /// All documents, each with whether it is a root.
    pub(crate) fn trees(&self) -> impl Iterator<Item = (&Document, bool)> + Clone {
        let documents = self.documents.iter();
        documents.map(|plain| (&plain.document, plain.is_root))
    }

    /// The documents that have a text, those of one file together; each with whether it is a root.
    pub(crate) fn with_texts(&self) -> impl Iterator<Item = (Vec<(&Document, bool)>, Source<'_>)> {
        let is_of_one_text = |one: &PlainDocument, next: &PlainDocument| {
            let texts = one.lines.as_ref().zip(next.lines.as_ref());
            texts.is_some_and(|(one, next)| Arc::ptr_eq(one, next))
        };
        let files = self.documents.chunk_by(is_of_one_text);
        files.filter_map(|of_file| {
            let lines = of_file.first()?.lines.as_ref()?;
            let documents = of_file.iter().map(|plain| (&plain.document, plain.is_root));
            Some((
                documents.collect(),
                Document::source(&lines.source, &lines.text),
            ))
        })
    }

    /// The policy as it is written; none for the nameless set of several roots.
    pub(super) fn written(&self, id: PolicyId) -> Option<WrittenDocument<'_>> {
        let path = self.paths.get(id.index())?.as_ref()?;
        let plain = self.documents.get(path.document)?;
        let mut policy = AnyPolicy::from(&plain.document);
        for nth in &path.steps {
            policy = policy.in_place().nth(*nth)?;
        }
        Some(WrittenDocument {
            policy,
            lines: plain.lines.as_deref(),
        })
    }
}

impl WrittenDocument<'_> {
    /// The line and column of a part of the document.
    pub(in crate::analysis) fn place(&self, offset: Offset) -> Option<NodePlace> {
        let lines = self.lines?;
        Some(NodePlace {
            source: lines.source.clone(),
            position: lines.position(offset.bytes()),
        })
    }
}

/// A text with the places where its lines begin, and more of them in long lines: a document may be one
/// long line, and an explanation asks for many places.
struct LineStarts {
    source: Arc<str>,
    text: Arc<String>,
    marks: Vec<Mark>,
}

struct Mark {
    offset: u32,
    line: u32,
    column: u32,
}

/// The most bytes between two marks, about.
const APART: usize = 256;

impl LineStarts {
    fn new(source: Arc<str>, text: Arc<String>) -> Self {
        let mut mark = Mark {
            offset: 0,
            line: 1,
            column: 1,
        };
        let mut marks = Vec::new();
        for line in text.split_inclusive('\n') {
            let mut rest = line;
            while !rest.is_empty() {
                let (part, more) = rest.split_at(floor(rest, APART));
                let next = Mark {
                    offset: mark.offset + short(part.len()),
                    line: mark.line,
                    column: mark.column + short(part.chars().count()),
                };
                marks.push(std::mem::replace(&mut mark, next));
                rest = more;
            }
            if line.ends_with('\n') {
                (mark.line, mark.column) = (mark.line + 1, 1);
            }
        }
        marks.push(mark);
        Self {
            source,
            text,
            marks,
        }
    }

    fn position(&self, offset: usize) -> Position {
        let after = self
            .marks
            .partition_point(|mark| mark.offset as usize <= offset);
        let mark = &self.marks[after.saturating_sub(1)];
        let passed = self.text.get(mark.offset as usize..offset);
        Position {
            line: mark.line as usize,
            column: mark.column as usize + passed.map_or(0, |passed| passed.chars().count()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_that_are_counted_from_the_beginning() {
        let text = format!("{}\n æ\n{}", "æb".repeat(700), "c".repeat(900));
        let lines = LineStarts::new("t".into(), text.clone().into());
        for (offset, _) in text.char_indices() {
            assert_eq!(lines.position(offset), Position::of(offset, &text));
        }
    }
}
