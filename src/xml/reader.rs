//! Text → start tags, joined text and end tags, well-formed and within limits.

mod tag;

use std::borrow::Cow;
use std::sync::Arc;

use quick_xml::errors::IllFormedError;
use quick_xml::events::Event as Raw;

use super::lexical::{
    declared, end_of_section, forbidden_character, is_blank, is_name, is_white_space, line_ends,
    references, trim_start,
};
use super::scope::NamespaceScope;
use super::{Namespaces, cut};
use crate::error::{Offset, Position};
use crate::limits::Limits;
use tag::{RawAttribute, tag_name};
pub(crate) use tag::{content_offset, value_offset};

/// An error after which the rest of a document cannot be read.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) offset: Offset,
    pub(crate) message: String,
}

/// A start tag.
#[derive(Clone, Debug)]
pub(crate) struct Element<'a> {
    /// The name without its prefix.
    pub(crate) name: &'a str,
    /// The namespace of the prefix; none for an unprefixed name without a default namespace.
    pub(crate) namespace: Option<Arc<str>>,
    /// The attributes, namespace declarations left out. Not held in place: the readers recurse
    /// with an element on the stack at every level.
    pub(crate) attributes: Vec<Attribute<'a>>,
    /// The offset of the start tag.
    pub(crate) offset: Offset,
    /// The byte offset of the tag's end, after its `>`.
    end: usize,
    /// The number of elements that it is in, itself included.
    depth: usize,
}

#[derive(Clone, Debug)]
pub(crate) struct Attribute<'a> {
    pub(crate) name: &'a str,
    pub(crate) namespace: Option<Arc<str>>,
    pub(crate) value: Cow<'a, str>,
    pub(crate) offset: Offset,
}

/// The next thing inside an element.
pub(crate) enum Event<'a> {
    Start(Element<'a>),
    /// Text with CDATA, comments and references joined; never empty.
    Text(Cow<'a, str>, Offset),
    End,
}

/// An event, comment or processing instruction: the schema of XACML needs events alone, a tree of
/// nodes and the text of a document all three.
pub(crate) enum Markup<'a> {
    Event(Event<'a>),
    Comment(Cow<'a, str>),
    /// Its target and the rest.
    Instruction(&'a str, Cow<'a, str>),
}

pub(crate) struct Reader<'a> {
    inner: quick_xml::Reader<&'a [u8]>,
    text: &'a str,
    limits: &'a Limits,
    scope: NamespaceScope<'a>,
    /// The byte offsets of the open elements, the innermost last.
    open: Vec<usize>,
    elements: usize,
    /// The attributes of the tag that is read: one buffer for all tags.
    raw: Vec<RawAttribute<'a>>,
    /// The start tag just given was `<a/>`: its end comes next.
    empty: bool,
    /// A start or end tag read while text was joined.
    peeked: Option<Tag>,
    /// Comments and processing instructions are given, and end a text.
    keeps_markup: bool,
}

/// A tag that was read but not yet returned: its byte range and its kind.
#[derive(Clone, Copy)]
struct Tag {
    start: usize,
    end: usize,
    kind: TagKind,
}

#[derive(Clone, Copy, PartialEq)]
enum TagKind {
    Start,
    Empty,
    End,
    Eof,
    Comment,
    Instruction,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(text: &'a str, limits: &'a Limits) -> Result<Self, Fault> {
        if let Some(at) = forbidden_character(text) {
            let found = text[at..].chars().next().map_or(0, u32::from);
            return Err(fault(
                at,
                format!("the character U+{found:04X} is not allowed in XML"),
            ));
        }
        // The one mark a document may begin with is gone already, and quick-xml would pass over a
        // second one without counting its bytes.
        if text.starts_with('\u{FEFF}') {
            return Err(fault(0, "text before the document element"));
        }
        let mut inner = quick_xml::Reader::from_str(text);
        let config = inner.config_mut();
        config.check_comments = true;
        config.check_end_names = true;
        Ok(Self {
            inner,
            text,
            limits,
            scope: NamespaceScope::new(text.len()),
            open: Vec::new(),
            elements: 0,
            raw: Vec::new(),
            empty: false,
            peeked: None,
            keeps_markup: false,
        })
    }

    /// Makes the reader return comments and processing instructions, too.
    pub(crate) fn keeping_markup(mut self) -> Self {
        self.keeps_markup = true;
        self
    }

    /// The document element. Only comments and processing instructions may come before it.
    pub(crate) fn root(&mut self) -> Result<Element<'a>, Fault> {
        match self.next()? {
            Event::Start(element) => Ok(element),
            Event::Text(_, offset) => {
                let text = self.text.trim_start();
                let hint = match text.starts_with(['{', '[']) {
                    true => "; it looks like JSON, and XML is expected",
                    false => "",
                };
                Err(Fault {
                    offset,
                    message: format!("text before the document element{hint}"),
                })
            }
            Event::End => Err(fault(self.text.len(), "the document has no element")),
        }
    }

    /// Checks that nothing but comments and processing instructions follows the document element.
    pub(crate) fn finish(&mut self) -> Result<(), Fault> {
        match self.next()? {
            Event::End => Ok(()),
            Event::Text(_, offset) => Err(Fault {
                offset,
                message: "text after the document element".to_owned(),
            }),
            Event::Start(element) => Err(Fault {
                offset: element.offset,
                message: format!(
                    "a second document element, `{}`; a document has one",
                    element.name
                ),
            }),
        }
    }

    /// The next child, text or end of the innermost open element; outside the document element
    /// white space is dropped and `End` is the end of the document.
    pub(crate) fn next(&mut self) -> Result<Event<'a>, Fault> {
        loop {
            if let Markup::Event(event) = self.next_markup()? {
                return Ok(event);
            }
        }
    }

    /// The next event, or a comment or processing instruction if these are kept.
    pub(crate) fn next_markup(&mut self) -> Result<Markup<'a>, Fault> {
        if self.empty {
            self.empty = false;
            self.close();
            return Ok(Markup::Event(Event::End));
        }
        let tag = match self.peeked.take() {
            Some(tag) => tag,
            None => {
                let (text, offset, tag) = self.text_and_tag()?;
                let blank = self.depth() == 0 && is_blank(&text);
                if !text.is_empty() && !blank {
                    self.peeked = Some(tag);
                    return Ok(Markup::Event(Event::Text(text, offset)));
                }
                tag
            }
        };
        let event = match tag.kind {
            TagKind::Start | TagKind::Empty => {
                let element = self.start(tag)?;
                self.empty = tag.kind == TagKind::Empty;
                Event::Start(element)
            }
            TagKind::End => {
                self.close();
                Event::End
            }
            TagKind::Eof if self.depth() > 0 => {
                return Err(fault(
                    self.text.len(),
                    format!("the document ends inside {}", self.innermost_open()),
                ));
            }
            TagKind::Eof => {
                self.peeked = Some(tag);
                Event::End
            }
            TagKind::Comment => {
                let raw = &self.text[tag.start + "<!--".len()..tag.end - "-->".len()];
                return Ok(Markup::Comment(line_ends(raw)));
            }
            TagKind::Instruction => {
                let raw = &self.text[tag.start + "<?".len()..tag.end - "?>".len()];
                let (target, rest) = raw.split_once(is_white_space).unwrap_or((raw, ""));
                return Ok(Markup::Instruction(target, line_ends(trim_start(rest))));
            }
        };
        Ok(Markup::Event(event))
    }

    /// Reads past the end of `element`, which was the last start tag given.
    pub(crate) fn skip(&mut self, element: &Element<'a>) -> Result<(), Fault> {
        while self.depth() >= element.depth {
            self.next()?;
        }
        Ok(())
    }

    /// Reads past the end of `element`, the last start tag returned, and returns its text with
    /// every namespace declaration in scope written on it.
    pub(crate) fn raw(&mut self, element: &Element<'a>) -> Result<String, Fault> {
        let start = element.offset.bytes();
        let mut declarations = String::new();
        let mut all = self.in_scope()?;
        if !self.scope.has_default() {
            all.insert(0, ("".into(), "".into()));
        }
        for (prefix, uri) in all {
            if self.scope.is_declared_at(&prefix, element.depth) {
                continue; // It is on the element already.
            }
            let colon = if prefix.is_empty() { "" } else { ":" };
            declarations.push_str(&format!(" xmlns{colon}{prefix}=\""));
            super::writer::escape(&uri, true, &mut declarations);
            declarations.push('"');
        }
        let name_end = start + 1 + tag_name(&self.text[start + 1..element.end]).len();
        self.skip(element)?;
        let (head, tail) = (
            &self.text[start..name_end],
            &self.text[name_end..self.position()],
        );
        Ok(format!("{head}{declarations}{tail}"))
    }

    /// The prefixes in scope and their namespaces, the default one left out, sorted.
    pub(crate) fn namespaces(&mut self) -> Result<Namespaces, Fault> {
        let mut all = self.in_scope()?;
        all.retain(|(prefix, _)| !prefix.is_empty());
        Ok(all)
    }

    /// Text up to the next tag. Comments and processing instructions are dropped, unless they are
    /// kept; CDATA and references are joined.
    fn text_and_tag(&mut self) -> Result<(Cow<'a, str>, Offset, Tag), Fault> {
        let mut joined: Cow<'a, str> = Cow::Borrowed("");
        let mut offset = Offset::new(self.position());
        let mut append = |piece: Cow<'a, str>, at: usize| {
            if joined.is_empty() {
                offset = Offset::new(at);
                joined = piece;
            } else {
                joined.to_mut().push_str(&piece);
            }
        };
        let tag = loop {
            let start = self.position();
            let event = self
                .inner
                .read_event()
                .map_err(|error| self.syntax(&error, start))?;
            let end = self.position();
            let kind = match event {
                Raw::Start(_) => TagKind::Start,
                Raw::Empty(_) => TagKind::Empty,
                Raw::End(_) => TagKind::End,
                Raw::Eof => TagKind::Eof,
                Raw::Text(_) => {
                    let raw = &self.text[start..end];
                    if let Some(at) = end_of_section(raw) {
                        return Err(fault(start + at, "`]]>` is not allowed in text"));
                    }
                    append(line_ends(raw), start);
                    continue;
                }
                Raw::CData(_) if self.depth() == 0 => {
                    return Err(fault(start, "text outside the document element"));
                }
                Raw::CData(_) => {
                    let raw = &self.text[start + "<![CDATA[".len()..end - "]]>".len()];
                    append(line_ends(raw), start);
                    continue;
                }
                Raw::GeneralRef(_) => {
                    if self.depth() == 0 {
                        return Err(fault(start, "text outside the document element"));
                    }
                    let raw = &self.text[start..end];
                    append(references(raw, start, false)?, start);
                    continue;
                }
                Raw::Comment(_) if self.keeps_markup => TagKind::Comment,
                Raw::Comment(_) => continue,
                Raw::PI(pi) => {
                    let target = pi.target();
                    if !is_name(target)
                        || target.contains(':')
                        || target.eq_ignore_ascii_case("xml")
                    {
                        return Err(fault(start, "not a valid processing instruction"));
                    }
                    if !self.keeps_markup {
                        continue;
                    }
                    TagKind::Instruction
                }
                Raw::Decl(_) => {
                    if start != 0 {
                        return Err(fault(
                            start,
                            "the XML declaration must be at the very start",
                        ));
                    }
                    declared(&self.text[start..end]).map_err(|message| fault(start, message))?;
                    continue;
                }
                Raw::DocType(_) => {
                    return Err(fault(
                        start,
                        "a document type definition (DTD) is not accepted",
                    ));
                }
            };
            break Tag { start, end, kind };
        };
        Ok((joined, offset, tag))
    }

    fn in_scope(&mut self) -> Result<Namespaces, Fault> {
        let start = self.open.last().copied().unwrap_or(0);
        let name = tag_name(self.text.get(start + 1..).unwrap_or(""));
        self.scope.all(name, start)
    }

    /// Leaves the innermost element, and its declarations with it.
    fn close(&mut self) {
        self.scope.leave(self.open.len());
        self.open.pop();
    }

    /// The place in the text behind what was read last.
    pub(crate) fn position(&self) -> usize {
        usize::try_from(self.inner.buffer_position()).unwrap_or(usize::MAX)
    }

    /// The number of open elements.
    fn depth(&self) -> usize {
        self.open.len()
    }

    /// The innermost open element and where it begins; something is open.
    fn innermost_open(&self) -> String {
        let start = self.open.last().copied().unwrap_or(0);
        let name = cut(tag_name(self.text.get(start + 1..).unwrap_or("")));
        let Position { line, column } = Position::of(start, self.text);
        format!("`{name}`, which opens at line {line}, column {column}")
    }

    fn syntax(&self, error: &quick_xml::Error, start: usize) -> Fault {
        let at = usize::try_from(self.inner.error_position()).unwrap_or(start);
        let message = match error {
            quick_xml::Error::IllFormed(IllFormedError::MismatchedEndTag { found, .. }) => {
                let (found, open) = (cut(found), self.innermost_open());
                format!("`</{found}>` does not close {open}")
            }
            quick_xml::Error::IllFormed(IllFormedError::UnmatchedEndTag(found)) => {
                format!("`</{}>` closes an element that is not open", cut(found))
            }
            _ => error.to_string(),
        };
        fault(at.max(start).min(self.text.len()), message)
    }
}

pub(super) fn fault(at: usize, message: impl Into<String>) -> Fault {
    Fault {
        offset: Offset::new(at),
        message: message.into(),
    }
}

#[cfg(test)]
mod tests;
