//! Text → start tags, joined text and end tags, well-formed and within limits.

use std::borrow::Cow;
use std::sync::Arc;

use quick_xml::errors::IllFormedError;
use quick_xml::events::Event as Raw;
use quick_xml::events::attributes::{AttrError, Attributes};
use smallvec::SmallVec;

use super::lexical::{
    declared, forbidden_character, is_blank, is_name, is_white_space, line_ends, references,
    trim_start,
};
use super::scope::Scope;
use super::{Namespaces, cut};
use crate::error::{Offset, Position};
use crate::limits::{DEEPEST, Limits};

/// What makes a document unreadable from here on.
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
    /// The namespace the prefix stands for; none for an unprefixed name without a default.
    pub(crate) namespace: Option<Arc<str>>,
    /// The attributes, namespace declarations left out. Not held in place: the readers recurse
    /// with an element on the stack at every level.
    pub(crate) attributes: Vec<Attribute<'a>>,
    /// Where the tag begins.
    pub(crate) offset: Offset,
    /// Where the tag ends, after its `>`.
    end: usize,
    /// How many elements it is in, itself included.
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

/// The same with what the schema of XACML has no use for, but a tree of nodes has.
#[cfg_attr(
    not(feature = "xpath"),
    expect(dead_code, reason = "only a tree of nodes asks what they hold")
)]
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
    scope: Scope<'a>,
    /// Where the open elements begin, the innermost last.
    open: Vec<usize>,
    elements: usize,
    /// The start tag just given was `<a/>`: its end comes next.
    empty: bool,
    /// A start or end tag read while text was joined.
    peeked: Option<Tag>,
    /// Comments and processing instructions are given, and end a text.
    keeps_markup: bool,
}

/// A tag seen but not yet given: where it stands, and of which kind it is.
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
            scope: Scope::new(limits.bytes),
            open: Vec::new(),
            elements: 0,
            empty: false,
            peeked: None,
            keeps_markup: false,
        })
    }

    /// The same reader, giving comments and processing instructions, too.
    #[cfg(feature = "xpath")]
    pub(crate) fn keeping_markup(mut self) -> Self {
        self.keeps_markup = true;
        self
    }

    /// The document element. Only comments and processing instructions may come before it.
    pub(crate) fn root(&mut self) -> Result<Element<'a>, Fault> {
        match self.next()? {
            Event::Start(element) => Ok(element),
            Event::Text(_, offset) => Err(Fault {
                offset,
                message: "text before the document element".to_owned(),
            }),
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
                message: format!("a second document element, `{}`", element.name),
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

    /// The same with comments and processing instructions, if they are kept.
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

    /// Reads past the end of `element`, the last start tag given, and returns it as text that
    /// stands alone: every namespace declaration in scope is written on it.
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
                    if let Some(at) = raw.find("]]>") {
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

    fn start(&mut self, tag: Tag) -> Result<Element<'a>, Fault> {
        self.open.push(tag.start);
        self.elements += 1;
        let deepest = self.limits.depth.min(DEEPEST);
        if self.depth() > deepest {
            return Err(fault(
                tag.start,
                format!("elements are nested too deep; the limit is {deepest}"),
            ));
        }
        if self.elements > self.limits.elements {
            return Err(fault(
                tag.start,
                format!("too many elements; the limit is {}", self.limits.elements),
            ));
        }
        let tail = if tag.kind == TagKind::Empty { 2 } else { 1 };
        let content = &self.text[tag.start + 1..tag.end - tail];
        let name = tag_name(content);
        let raw = self.raw_attributes(content, name.len(), tag.start + 1)?;
        let mut attributes = Vec::with_capacity(raw.len());
        let depth = self.depth();
        for (name, value, at) in &raw {
            if let Some(prefix) = declared_prefix(name) {
                self.scope.declare(prefix, value, *at, depth)?;
            }
        }
        let (namespace, name) = self.scope.resolve(name, tag.start + 1, true)?;
        for (name, value, at) in raw {
            if declared_prefix(name).is_some() {
                continue;
            }
            let (namespace, name) = self.scope.resolve(name, at, false)?;
            attributes.push(Attribute {
                name,
                namespace,
                value,
                offset: Offset::new(at),
            });
        }
        // Two prefixes may mean one namespace.
        let prefixed = attributes
            .iter()
            .filter(|attribute| attribute.namespace.is_some());
        let names = prefixed.map(|a| ((a.namespace.as_deref(), a.name), a.offset.bytes()));
        if let Some(((_, name), at)) = repeated(names) {
            return Err(fault(
                at,
                format!("the attribute `{}` is given twice", cut(name)),
            ));
        }
        Ok(Element {
            name,
            namespace,
            attributes,
            offset: Offset::new(tag.start),
            end: tag.end,
            depth: self.depth(),
        })
    }

    #[expect(clippy::type_complexity, reason = "name, value, offset, used once")]
    fn raw_attributes(
        &self,
        content: &'a str,
        name_len: usize,
        base: usize,
    ) -> Result<SmallVec<[(&'a str, Cow<'a, str>, usize); 6]>, Fault> {
        let mut raw: SmallVec<[(&str, Cow<'a, str>, usize); 6]> = SmallVec::new();
        let mut iterator = Attributes::new(content, name_len);
        iterator.with_checks(false);
        let mut rest = name_len;
        for attribute in iterator {
            let attribute = attribute.map_err(|error| attribute_fault(&error, base))?;
            let key = attribute.key.0;
            let at = content.len() - trim_start(&content[rest..]).len();
            if at == rest {
                return Err(fault(
                    base + at,
                    "expected white space before the attribute",
                ));
            }
            if raw.len() == self.limits.attributes {
                return Err(fault(
                    base + at,
                    format!(
                        "too many attributes; the limit is {}",
                        self.limits.attributes
                    ),
                ));
            }
            let value = attribute.value;
            // After the name come `=`, blanks and the opening quote.
            let after = at + key.len();
            let value_at = after
                + content[after..]
                    .find(['"', '\''])
                    .map_or(0, |quote| quote + 1);
            let value_end = (value_at + value.len()).min(content.len());
            rest = (value_end + 1).min(content.len());
            let key: &'a str = &content[at..at + key.len()];
            let value = references(&content[value_at..value_end], base + value_at, true)?;
            raw.push((key, value, base + at));
        }
        if let Some((name, at)) = repeated(raw.iter().map(|(name, _, at)| (*name, *at))) {
            return Err(fault(
                at,
                format!("the attribute `{}` is given twice", cut(name)),
            ));
        }
        Ok(raw)
    }

    fn in_scope(&mut self) -> Result<Namespaces, Fault> {
        let position = self.position();
        self.scope.all().map_err(|message| fault(position, message))
    }

    /// Leaves the innermost element, and its declarations with it.
    fn close(&mut self) {
        self.scope.leave(self.open.len());
        self.open.pop();
    }

    fn position(&self) -> usize {
        usize::try_from(self.inner.buffer_position()).unwrap_or(usize::MAX)
    }

    /// How many elements are open.
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

/// Where the value of the attribute `name` begins in the start tag at `element`; the tag itself if
/// it has no such attribute. Trees keep one offset per element: this is asked for only when there
/// is something to say about the value. INVARIANT: the tag was read without a fault.
pub(crate) fn value_offset(text: &str, element: Offset, name: &str) -> Offset {
    let found = || {
        let mut rest = text.get(element.bytes() + 1..)?;
        rest = &rest[tag_name(rest).len()..];
        loop {
            rest = trim_start(rest);
            if rest.starts_with(['>', '/']) {
                return None;
            }
            let (key, after) = rest.split_once('=')?;
            let after = trim_start(after);
            let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
            if key.trim_end() == name {
                return Some(text.len() - after.len() + 1);
            }
            rest = after[1..].split_once(quote)?.1;
        }
    };
    found().map_or(element, Offset::new)
}

pub(super) fn fault(at: usize, message: impl Into<String>) -> Fault {
    Fault {
        offset: Offset::new(at),
        message: message.into(),
    }
}

fn attribute_fault(error: &AttrError, base: usize) -> Fault {
    let (at, message) = match *error {
        AttrError::ExpectedEq(at) => (at, "expected `=` after the name of the attribute"),
        AttrError::ExpectedValue(at) => (at, "expected a quoted value after `=`"),
        AttrError::UnquotedValue(at) => (at, "the value of the attribute is not quoted"),
        AttrError::ExpectedQuote(at, _) => (at, "the value of the attribute is not closed"),
        AttrError::Duplicated(at, _) => (at, "the attribute is given twice"),
    };
    fault(base + at, message)
}

/// A name that stands at two places, and the second of them.
fn repeated<N: Ord + Copy>(names: impl Iterator<Item = (N, usize)>) -> Option<(N, usize)> {
    let mut names: SmallVec<[(N, usize); 8]> = names.collect();
    names.sort_unstable();
    names
        .windows(2)
        .find(|pair| pair[0].0 == pair[1].0)
        .map(|pair| pair[1])
}

/// `xmlns` → the empty prefix, `xmlns:p` → `p`; other names, and those without a prefix after the
/// colon, are none.
fn declared_prefix(name: &str) -> Option<&str> {
    match name.strip_prefix("xmlns")? {
        "" => Some(""),
        rest => rest.strip_prefix(':').filter(|prefix| !prefix.is_empty()),
    }
}

fn tag_name(content: &str) -> &str {
    let end = content
        .find(|c: char| is_white_space(c) || c == '/' || c == '>')
        .unwrap_or(content.len());
    &content[..end]
}

#[cfg(test)]
mod tests;
