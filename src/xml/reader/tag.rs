//! Start tags: names, namespaces and attributes.

use std::borrow::Cow;

use memchr::memchr;
use quick_xml::events::attributes::{AttrError, Attributes};

use super::super::cut;
use super::super::lexical::{is_ascii_of_name, is_blank_byte, references, trim_start};
use super::{Attribute, Element, Fault, Reader, Tag, TagKind, fault};
use crate::error::Offset;
use crate::limits::{DEEPEST, exceeded};

impl<'a> Reader<'a> {
    pub(super) fn start(&mut self, tag: Tag) -> Result<Element<'a>, Fault> {
        self.open.push(tag.start);
        self.elements += 1;
        let deepest = self.limits.depth.min(DEEPEST);
        if self.depth() > deepest {
            return Err(fault(
                tag.start,
                exceeded("elements are nested too deep", deepest, "depth"),
            ));
        }
        if self.elements > self.limits.elements {
            return Err(fault(
                tag.start,
                exceeded("too many elements", self.limits.elements, "elements"),
            ));
        }
        let tail = if tag.kind == TagKind::Empty { 2 } else { 1 };
        let content = &self.text[tag.start + 1..tag.end - tail];
        let name = tag_name(content);
        let mut raw = std::mem::take(&mut self.raw);
        self.raw_attributes(content, name.len(), tag.start + 1, &mut raw)?;
        let depth = self.depth();
        for (name, value, at) in &raw {
            if let Some(prefix) = declared_prefix(name) {
                self.scope.declare(prefix, value, *at, depth)?;
            }
        }
        let (namespace, name) = self.scope.resolve(name, tag.start + 1, true)?;
        let mut attributes = Vec::with_capacity(raw.len());
        for (name, value, at) in raw.drain(..) {
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
        self.raw = raw;
        // Two prefixes may mean one namespace.
        let is_prefixed = |attribute: &Attribute<'_>| attribute.namespace.is_some();
        if attributes.iter().any(is_prefixed)
            && let Some(twice) = repeated(&attributes, |a| (a.namespace.as_deref(), a.name))
        {
            return Err(given_twice(twice.offset.bytes(), twice.name));
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

    /// Reads the attributes into `raw`, which is empty.
    fn raw_attributes(
        &self,
        content: &'a str,
        name_len: usize,
        base: usize,
        raw: &mut Vec<RawAttribute<'a>>,
    ) -> Result<(), Fault> {
        if !self.plain_attributes(content, name_len, base, raw)? {
            raw.clear();
            self.all_attributes(content, name_len, base, raw)?;
        }
        match repeated(raw, |(name, ..)| *name) {
            None => Ok(()),
            Some((name, _, at)) => Err(given_twice(*at, name)),
        }
    }

    /// Attributes as nearly all documents write them: names in ASCII, then at once `=` and a quote.
    /// Returns false for others, right or wrong.
    fn plain_attributes(
        &self,
        content: &'a str,
        name_len: usize,
        base: usize,
        raw: &mut Vec<RawAttribute<'a>>,
    ) -> Result<bool, Fault> {
        let bytes = content.as_bytes();
        let mut at = name_len;
        loop {
            let blanks = bytes[at..].iter().take_while(|b| is_blank_byte(**b));
            let name_at = at + blanks.count();
            if name_at == bytes.len() {
                return Ok(true);
            }
            let name = bytes[name_at..]
                .iter()
                .take_while(|b| is_ascii_of_name(**b));
            let name_end = name_at + name.count();
            let quote = match bytes.get(name_end..name_end + 2) {
                Some([b'=', quote @ (b'"' | b'\'')]) => *quote,
                _ => return Ok(false),
            };
            let value_at = name_end + 2;
            let Some(length) = memchr(quote, &bytes[value_at..]) else {
                return Ok(false);
            };
            if name_at == at || name_end == name_at || raw.len() == self.limits.attributes {
                return Ok(false);
            }
            let value_end = value_at + length;
            let value = references(&content[value_at..value_end], base + value_at, true)?;
            raw.push((&content[name_at..name_end], value, base + name_at));
            at = value_end + 1;
        }
    }

    /// The attributes of a tag in any notation, well-formed or not, and the first fault.
    fn all_attributes(
        &self,
        content: &'a str,
        name_len: usize,
        base: usize,
        raw: &mut Vec<RawAttribute<'a>>,
    ) -> Result<(), Fault> {
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
                    exceeded("too many attributes", self.limits.attributes, "attributes"),
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
        Ok(())
    }
}

/// The name, the value and the place of an attribute.
pub(super) type RawAttribute<'a> = (&'a str, Cow<'a, str>, usize);

/// The offset of the value of the attribute `name` in the start tag at `element`; that of the tag
/// if it has no such attribute. Trees keep one offset per element, so this is called only for a
/// problem with the value. INVARIANT: the tag was read without a fault.
pub(crate) fn value_offset(text: &str, element: Offset, name: &str) -> Offset {
    let found = || {
        let mut rest = after_tag(text, element)?;
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

/// The offset of the content, after blanks, of the element whose start tag is at `element`; that of
/// the tag if there is no content. INVARIANT: the tag was read without a fault.
pub(crate) fn content_offset(text: &str, element: Offset) -> Offset {
    let found = || {
        let mut rest = after_tag(text, element)?;
        // A `>` may stand in the value of an attribute.
        loop {
            let (at, found) = rest
                .char_indices()
                .find(|(_, c)| matches!(c, '"' | '\'' | '>'))?;
            let after = rest.get(at + 1..)?;
            if found == '>' {
                if rest[..at].ends_with('/') {
                    return None;
                }
                rest = trim_start(after);
                break;
            }
            rest = after.split_once(found)?.1;
        }
        (!rest.starts_with("</")).then_some(text.len() - rest.len())
    };
    found().map_or(element, Offset::new)
}

/// The text behind the `<` of an element; none for a place in a text that is no XML, as that of ALFA.
fn after_tag(text: &str, element: Offset) -> Option<&str> {
    let is_xml = trim_start(text).starts_with('<');
    text.get(element.bytes() + 1..).filter(|_| is_xml)
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

/// Returns an attribute whose name an earlier one has.
fn repeated<'t, T, N: Ord>(all: &'t [T], name: impl Fn(&'t T) -> N) -> Option<&'t T> {
    // Comparing a few beats sorting them.
    if all.len() <= 8 {
        let is_in = |(i, one): &(usize, &'t T)| all[..*i].iter().any(|n| name(n) == name(one));
        return all.iter().enumerate().find(is_in).map(|(_, one)| one);
    }
    let mut sorted: Vec<&T> = all.iter().collect();
    sorted.sort_by_key(|one| name(one));
    let mut pairs = sorted.windows(2);
    pairs
        .find(|pair| name(pair[0]) == name(pair[1]))
        .map(|pair| pair[1])
}

fn given_twice(at: usize, name: &str) -> Fault {
    fault(at, format!("the attribute `{}` is given twice", cut(name)))
}

/// `xmlns` → the empty prefix, `xmlns:p` → `p`; other names, and those without a prefix after the
/// colon, are none.
fn declared_prefix(name: &str) -> Option<&str> {
    match name.strip_prefix("xmlns")? {
        "" => Some(""),
        rest => rest.strip_prefix(':').filter(|prefix| !prefix.is_empty()),
    }
}

pub(super) fn tag_name(content: &str) -> &str {
    let end = content
        .bytes()
        .position(|b| is_blank_byte(b) || matches!(b, b'/' | b'>'));
    &content[..end.unwrap_or(content.len())]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::limits::Limits;

    proptest! {
        #[test]
        fn plain_attributes_are_read_as_all_are(
            attributes in "([ \t\n]{1,2}[a-cA-Z:.é]{1,3}[=][\"']([v>/='é]|&amp;|&|<|\n){0,3}[\"']){0,4}[ \t]?",
            slip in 0_usize..60,
            with in "[ =\"'a/]?",
        ) {
            let mut content = format!("e{attributes}");
            if content.is_char_boundary(slip) && slip > 0 {
                content.insert_str(slip, &with);
            }
            let limits = Limits { attributes: 3, ..Limits::default() };
            let reader = Reader::new(&content, &limits).expect("no character is forbidden");
            let said = |fault: Fault| (fault.offset.bytes(), fault.message);
            let name = tag_name(&content).len();
            let (mut plain, mut all) = (Vec::new(), Vec::new());
            let read = reader.all_attributes(&content, name, 1, &mut all).map_err(said);
            match reader.plain_attributes(&content, name, 1, &mut plain).map_err(said) {
                Ok(false) => {}
                Ok(true) => prop_assert_eq!((Ok(()), plain), (read, all)),
                Err(fault) => prop_assert_eq!(Err(fault), read),
            }
        }
    }
}
