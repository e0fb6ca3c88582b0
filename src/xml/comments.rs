//! The comments of a text, in its order, until they are written beside what is made of it.

use std::collections::VecDeque;

use super::MarkupPlace;
#[cfg(feature = "alfa")]
use super::lexical::forbidden_character;
use crate::error::Offset;
#[cfg(feature = "alfa")]
use crate::error::is_visible;

/// A comment or a processing instruction of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Comment {
    /// Its place in the text.
    pub(crate) at: usize,
    /// The place of the innermost policy set, policy or rule that it is in.
    pub(crate) within: Option<usize>,
    /// Whether it is on a line of its own, or beside something.
    pub(crate) place: MarkupPlace,
    /// It as XML has it, with its marks.
    pub(crate) markup: String,
}

impl Comment {
    /// The place of a comment that begins here. It looks no further back than the white space before
    /// it.
    pub(crate) fn place(text: &str, at: usize) -> MarkupPlace {
        let before = text.get(..at).unwrap_or(text);
        let before = before.trim_end_matches([' ', '\t', '\r']);
        match before.is_empty() || before.ends_with('\n') {
            true => MarkupPlace::Line,
            false => MarkupPlace::Beside,
        }
    }

    /// The markup of a comment with this text: with characters that it cannot have, or that nobody sees, as escapes.
    #[cfg(feature = "alfa")]
    pub(crate) fn markup_of(inside: &str) -> String {
        let mut text = String::with_capacity(inside.len());
        for c in inside.chars() {
            match c {
                '-' if text.ends_with('-') => text.push_str(" -"),
                '\n' | '\t' => text.push(c),
                '\r' => {}
                c if is_visible(c) && forbidden_character(c.encode_utf8(&mut [0; 4])).is_none() => {
                    text.push(c);
                }
                c => text.extend(c.escape_unicode()),
            }
        }
        match text.contains('\n') {
            true if text.ends_with('-') => format!("<!--{text} -->"),
            true => format!("<!--{text}-->"),
            false => format!("<!-- {} -->", text.trim()),
        }
    }

    /// The lines of its text, without its marks.
    #[cfg(feature = "alfa")]
    pub(crate) fn lines(&self) -> impl Iterator<Item = &str> {
        let inside = self.markup.strip_prefix("<!--");
        let inside = inside.and_then(|inside| inside.strip_suffix("-->"));
        inside.unwrap_or(&self.markup).trim().lines().map(str::trim)
    }
}

/// The comments of a document that are not written yet.
#[derive(Debug, Default)]
pub(crate) struct Comments {
    left: VecDeque<Comment>,
    /// The end of the document in its text: what it takes in from behind is before none of these.
    end: usize,
}

impl Comments {
    pub(crate) fn new(comments: Vec<Comment>, end: usize) -> Self {
        let left = comments.into();
        Self { left, end }
    }

    /// The next one before a place of the text.
    pub(crate) fn before(&mut self, at: Offset) -> Option<Comment> {
        let at = at.bytes();
        match at < self.end {
            true => self.next_if(|next| next.at < at),
            false => None,
        }
    }

    /// The next one before a place of the text, if it is beside something.
    #[cfg(feature = "alfa")]
    pub(crate) fn beside_before(&mut self, at: Offset) -> Option<Comment> {
        self.next_if(|next| next.at < at.bytes() && next.place == MarkupPlace::Beside)
    }

    /// The next one, if the policy set, policy or rule of this place is the innermost around it.
    pub(crate) fn within(&mut self, node: Offset) -> Option<Comment> {
        self.next_if(|next| next.within == Some(node.bytes()))
    }

    /// The next one.
    pub(crate) fn next(&mut self) -> Option<Comment> {
        self.left.pop_front()
    }

    fn next_if(&mut self, is_next: impl FnOnce(&Comment) -> bool) -> Option<Comment> {
        match self.left.front().is_some_and(is_next) {
            true => self.left.pop_front(),
            false => None,
        }
    }
}
