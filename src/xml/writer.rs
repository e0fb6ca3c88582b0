//! Elements → text, indented, each in a namespace that it declares where it is another than around
//! it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Comments;
use super::XACML;
use super::lexical::{forbidden_character, is_declarable};
use super::reader::Reader;
use crate::error::{Offset, is_visible};
use crate::limits::{DEEPEST, Limits};

/// The place of a comment or a processing instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MarkupPlace {
    /// On a line of its own.
    Line,
    /// On the line of what comes before it.
    Beside,
    /// In a text, no white space of which may change.
    Inside,
}

/// Writes one document. The namespace of an element is the default one: the document element
/// declares it, and so does every element whose namespace is another than that of its parent.
pub(crate) struct Writer<'n> {
    out: String,
    /// The namespace of the elements written here.
    namespace: &'static str,
    open: Vec<&'n str>,
    /// The start tag is not closed yet: `/>` is still possible.
    in_tag: bool,
    /// The last thing written was text, so no white space may follow it.
    in_text: bool,
    /// Bytes that may be written.
    most: usize,
    /// Characters that nobody sees are written as references.
    shows_all: bool,
    /// The comments that are to be written at their places.
    comments: Comments,
    /// The first character that XML cannot hold, and the element it is in: no reader will take the
    /// document.
    unreadable: Option<(char, &'n str)>,
}

impl<'n> Writer<'n> {
    pub(crate) fn new() -> Self {
        Self::within(usize::MAX)
    }

    /// A writer that stops after so many bytes.
    pub(crate) fn within(most: usize) -> Self {
        let mut out = String::with_capacity(512);
        out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
        Self {
            out,
            namespace: XACML,
            open: Vec::new(),
            in_tag: false,
            in_text: false,
            most,
            shows_all: false,
            comments: Comments::default(),
            unreadable: None,
        }
    }

    /// Writes what nobody sees, as characters that change the direction of a text, as references to it.
    pub(crate) fn showing_all(mut self) -> Self {
        self.shows_all = true;
        self
    }

    /// Writes these comments where [`comments_before`](Self::comments_before) and
    /// [`comments_within`](Self::comments_within) say, and the others at the end.
    pub(crate) fn with_comments(mut self, comments: Comments) -> Self {
        self.comments = comments;
        self
    }

    /// Whether it has left off: nothing that comes is written.
    pub(crate) fn is_full(&self) -> bool {
        self.out.len() > self.most
    }

    /// The document, if all of it was written.
    pub(crate) fn finish_within(self) -> Option<String> {
        (!self.is_full()).then(|| self.finish())
    }

    /// The first character that XML cannot hold, and the element it is in. No reader takes the
    /// document then.
    pub(crate) fn unreadable(&self) -> Option<(char, &'n str)> {
        self.unreadable
    }

    /// Whether XML can hold the text that `inside` writes into an element.
    pub(crate) fn can_hold(inside: impl FnOnce(&mut Self)) -> bool {
        let mut writer = Self::new();
        writer.element("element", inside);
        writer.unreadable.is_none()
    }

    /// The document; every element must have been closed.
    pub(crate) fn finish(mut self) -> String {
        debug_assert!(self.open.is_empty(), "every element is closed");
        while let Some(comment) = self.comments.next() {
            self.markup(&comment.markup, comment.place);
        }
        self.out.push('\n');
        self.out
    }

    /// Writes an element of the namespace around it, at first that of XACML 3.0: `inside` adds
    /// attributes first, then content.
    pub(crate) fn element(&mut self, name: &'n str, inside: impl FnOnce(&mut Self)) {
        let is_root = self.open.is_empty();
        self.write_element(name, is_root, inside);
    }

    /// Writes an element of a namespace, which is that of the elements in it, too.
    pub(crate) fn element_of(
        &mut self,
        namespace: &'static str,
        name: &'n str,
        inside: impl FnOnce(&mut Self),
    ) {
        let around = std::mem::replace(&mut self.namespace, namespace);
        let is_declared = self.open.is_empty() || namespace != around;
        self.write_element(name, is_declared, inside);
        self.namespace = around;
    }

    fn write_element(&mut self, name: &'n str, declares: bool, inside: impl FnOnce(&mut Self)) {
        if self.is_full() {
            return;
        }
        self.close_tag();
        self.line();
        self.out.push('<');
        self.out.push_str(name);
        self.in_tag = true;
        if declares && !(self.open.is_empty() && self.namespace.is_empty()) {
            self.attribute("xmlns", self.namespace);
        }
        self.open.push(name);
        inside(self);
        self.open.pop();
        if self.in_tag {
            self.in_tag = false;
            self.out.push_str("/>");
            return;
        }
        if !std::mem::take(&mut self.in_text) {
            self.line();
        }
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }

    /// An element that holds text only.
    pub(crate) fn text_element(&mut self, name: &'n str, text: &str) {
        self.element(name, |writer| writer.text(text));
    }

    pub(crate) fn attribute(&mut self, name: &str, value: &str) {
        debug_assert!(self.in_tag, "attributes come before content");
        if self.is_full() {
            return;
        }
        self.out.push(' ');
        self.out.push_str(name);
        self.out.push_str("=\"");
        self.escape(value, true);
        self.out.push('"');
    }

    pub(crate) fn optional(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.attribute(name, value);
        }
    }

    pub(crate) fn boolean(&mut self, name: &str, value: bool) {
        self.attribute(name, if value { "true" } else { "false" });
    }

    /// Declares prefixes on the element being opened. What XML cannot declare is left out: it can
    /// only come from a tree made by hand, and the default namespace is no part of XPath.
    pub(crate) fn namespaces(&mut self, namespaces: &[(Arc<str>, Arc<str>)]) {
        let mut declared: BTreeMap<&str, &str> = BTreeMap::new();
        for (prefix, uri) in namespaces {
            if is_declarable(prefix, uri) {
                declared.entry(prefix).or_insert(uri);
            }
        }
        for (prefix, uri) in declared {
            self.attribute(&format!("xmlns:{prefix}"), uri);
        }
    }

    pub(crate) fn text(&mut self, text: &str) {
        if text.is_empty() || self.is_full() {
            return;
        }
        self.close_tag();
        self.escape(text, false);
        self.in_text = true;
    }

    /// Writes XML as it is if it is one element that declares its own namespaces. Anything else is
    /// written as text: it can only come from a tree made by hand, and must not pass for other
    /// elements of this document.
    pub(crate) fn raw(&mut self, xml: &str) {
        if self.is_full() {
            return;
        }
        match standing_alone(xml) {
            Some(xml) => {
                self.close_tag();
                self.line();
                self.out.push_str(&xml);
            }
            None => self.text(xml),
        }
    }

    /// Writes the comments that come before this place of the text.
    pub(crate) fn comments_before(&mut self, at: Offset) {
        while let Some(comment) = self.comments.before(at) {
            self.markup(&comment.markup, comment.place);
        }
    }

    /// Writes the comments that are left in the policy set, policy or rule of this place.
    pub(crate) fn comments_within(&mut self, node: Offset) {
        while let Some(comment) = self.comments.within(node) {
            self.markup(&comment.markup, comment.place);
        }
    }

    /// Writes a comment on the next element. The text must be constant, for comments escape
    /// nothing.
    pub(crate) fn comment(&mut self, text: &'static str) {
        debug_assert!(
            !text.contains("--"),
            "the comment ends where it is meant to"
        );
        self.markup(&format!("<!-- {text} -->"), MarkupPlace::Line);
    }

    /// Writes a comment or a processing instruction as it is.
    pub(crate) fn markup(&mut self, markup: &str, place: MarkupPlace) {
        if self.is_full() {
            return;
        }
        self.close_tag();
        match place {
            MarkupPlace::Line => self.line(),
            MarkupPlace::Beside => self.out.push(' '),
            MarkupPlace::Inside => self.in_text = true,
        }
        self.out.push_str(markup);
    }

    fn escape(&mut self, text: &str, attribute: bool) {
        let is_held = match self.shows_all {
            true => escape_shown(text, attribute, &mut self.out),
            false => escape(text, attribute, &mut self.out),
        };
        if !is_held && self.unreadable.is_none() {
            let at = forbidden_character(text);
            let character = at.and_then(|at| text[at..].chars().next());
            self.unreadable = character.zip(self.open.last().copied());
        }
    }

    fn close_tag(&mut self) {
        if self.in_tag {
            self.in_tag = false;
            self.out.push('>');
        }
    }

    fn line(&mut self) {
        self.out.push('\n');
        for _ in &self.open {
            self.out.push_str("  ");
        }
    }
}

/// The namespace and the name of the element that [`Writer::raw`] writes `xml` as; none if it writes
/// text.
#[cfg(feature = "saml")]
pub(crate) fn document_element(xml: &str) -> Option<(Option<Arc<str>>, String)> {
    standing_alone(xml)?;
    let limits = Limits::default();
    let root = Reader::new(xml, &limits).ok()?.root().ok()?;
    Some((root.namespace.clone(), root.name.to_owned()))
}

/// The document element of `xml`, untouched by the namespaces of the document it is put into.
fn standing_alone(xml: &str) -> Option<String> {
    let limits = Limits {
        depth: DEEPEST,
        elements: usize::MAX,
        attributes: usize::MAX,
        ..Limits::default()
    };
    let mut reader = Reader::new(xml, &limits).ok()?;
    let root = reader.root().ok()?;
    let element = reader.raw(&root).ok()?;
    reader.finish().ok()?;
    Some(element)
}

/// Escapes as [`escape`] does, and what nobody sees.
fn escape_shown(text: &str, attribute: bool, out: &mut String) -> bool {
    let is_shown = |c: char| c < '\u{7F}' || is_visible(c);
    let mut is_held = true;
    let mut rest = text;
    while let Some((at, hidden)) = rest.char_indices().find(|(_, c)| !is_shown(*c)) {
        is_held &= escape(&rest[..at], attribute, out);
        out.push_str(&format!("&#x{:X};", u32::from(hidden)));
        rest = &rest[at + hidden.len_utf8()..];
    }
    escape(rest, attribute, out) && is_held
}

/// Escapes markup, and in attributes line ends and tabs; returns whether XML can hold the text.
///
/// A character that XML cannot hold at all, such as U+0001, comes from JSON, a provider or the
/// host. Anything written in its place would be read as another value. So it is written as the
/// reference to it, which makes the document one that every reader refuses (XML 1.0 §4.1: a
/// reference must be to a character that is allowed).
pub(crate) fn escape(text: &str, attribute: bool, out: &mut String) -> bool {
    let mut is_held = true;
    let special = |b: &u8| match b {
        // U+FFFE and U+FFFF begin with 0xEF.
        b'&' | b'<' | b'>' | 0..0x20 | 0xEF => true,
        b'"' => attribute,
        _ => false,
    };
    let mut rest = text;
    while let Some(at) = rest.as_bytes().iter().position(special) {
        let (plain, from) = rest.split_at(at);
        out.push_str(plain);
        let mut characters = from.chars();
        let Some(c) = characters.next() else {
            break;
        };
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if attribute => out.push_str("&quot;"),
            '\t' | '\n' if attribute => out.push_str(&format!("&#{};", u32::from(c))),
            '\r' => out.push_str("&#13;"),
            '\t' | '\n' | '\u{20}'..='\u{FFFD}' | '\u{10000}'.. => out.push(c),
            _ => {
                is_held = false;
                out.push_str(&format!("&#{};", u32::from(c)));
            }
        }
        rest = characters.as_str();
    }
    out.push_str(rest);
    is_held
}
