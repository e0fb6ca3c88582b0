//! YAML → JSON of the same values, with the place of each.
//!
//! Only what JSON can say is read, and nothing is guessed. A plain scalar is `true`, `false`, `null` or a
//! whole number if JSON would write it so, and a text otherwise: `yes`, `010`, `1_000` and `1.10` are
//! texts. Anchors, aliases, tags and further documents are refused, so the JSON is as long as the YAML, up
//! to a factor. Members that are given twice are left to the reader of the JSON.

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span};

use crate::error::{Diagnostic, Error, Offset, Source, Visible};
use crate::json::write_string;
use crate::limits::{DEEPEST, Limits, exceeded};

/// The most problems of one text that are listed.
const MOST_PROBLEMS: usize = 100;

/// JSON text, and for each value where it begins there and in the YAML that it was made from.
#[derive(Debug, Default)]
pub(super) struct Converted {
    pub(super) text: String,
    pub(super) places: Vec<(u32, u32)>,
}

/// Converts a document.
///
/// # Errors
///
/// The text is no YAML; or all of it that JSON cannot say.
pub(super) fn to_json(source: &Source<'_>, limits: &Limits) -> Result<Converted, Error> {
    let mut conversion = Conversion {
        source,
        limits,
        made: Converted::default(),
        open: Vec::new(),
        cursor: (0, 0),
        problems: Vec::new(),
        documents: 0,
    };
    let mut parser = Parser::new_from_str(source.text);
    while let Some(event) = parser.next_event() {
        match event {
            Ok((event, span)) => {
                if !conversion.event(event, span) {
                    break;
                }
            }
            Err(fault) => {
                conversion.malformed(&fault);
                break;
            }
        }
    }
    if conversion.problems.is_empty() && conversion.made.text.is_empty() {
        let end = conversion.offset(0);
        conversion.problem(end, "the document is empty");
    }
    match conversion.problems.is_empty() {
        true => Ok(conversion.made),
        false => Err(Error::new(conversion.problems)),
    }
}

struct Conversion<'s> {
    source: &'s Source<'s>,
    limits: &'s Limits,
    made: Converted,
    open: Vec<Open>,
    /// A place in the source, in characters and in bytes.
    cursor: (usize, usize),
    problems: Vec<Diagnostic>,
    documents: usize,
}

/// A container that has begun.
struct Open {
    is_mapping: bool,
    /// The number of nodes in it so far; in a mapping, keys and values by turns.
    nodes: usize,
}

impl Conversion<'_> {
    /// Writes an event; false if nothing further can be read.
    fn event(&mut self, event: Event<'_>, span: Span) -> bool {
        let at = self.offset(span.start.index());
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    self.problem(at, "a file has one document; found a second one");
                    return false;
                }
            }
            Event::Alias(_) => {
                self.problem(
                    at,
                    "aliases (`*name`) are not read: name what several cases use under `facts`",
                );
                // A node in its place keeps keys and values apart.
                self.begin_node(at, true);
                self.made.text.push_str("\"\"");
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse(at, anchor, tag.is_some());
                self.begin_node(at, true);
                self.scalar(&text, style);
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse(at, anchor, tag.is_some());
                return self.begin(at, false);
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse(at, anchor, tag.is_some());
                return self.begin(at, true);
            }
            Event::SequenceEnd => {
                self.open.pop();
                self.made.text.push(']');
            }
            Event::MappingEnd => {
                self.open.pop();
                self.made.text.push('}');
            }
        }
        true
    }

    fn refuse(&mut self, at: usize, anchor: usize, has_tag: bool) {
        if anchor > 0 {
            self.problem(
                at,
                "anchors (`&name`) are not read: name what several cases use under `facts`",
            );
        }
        if has_tag {
            let message = "tags (`!name`) are not read: a data type is given as \
                           `{type: date, value: 2026-11-29}`";
            self.problem(at, message);
        }
    }

    /// Begins a container; false if it is too deep.
    fn begin(&mut self, at: usize, is_mapping: bool) -> bool {
        let is_key = !self.begin_node(at, false);
        if is_key {
            self.problem(at, "a key is a text, not a list or a mapping");
            return false;
        }
        let most = self.limits.depth.min(DEEPEST);
        if self.open.len() >= most {
            self.problem(at, exceeded("nested too deep", most, "depth"));
            return false;
        }
        self.open.push(Open {
            is_mapping,
            nodes: 0,
        });
        self.made.text.push(if is_mapping { '{' } else { '[' });
        true
    }

    /// Notes the place of a node, after a comma or a colon if it needs one; false if it is a key and may
    /// be none.
    fn begin_node(&mut self, at: usize, may_be_key: bool) -> bool {
        if let Some(around) = self.open.last_mut() {
            let is_key = around.is_mapping && around.nodes.is_multiple_of(2);
            if is_key && !may_be_key {
                return false;
            }
            match (around.nodes, around.is_mapping && !is_key) {
                (_, true) => self.made.text.push(':'),
                (0, _) => {}
                _ => self.made.text.push(','),
            }
            around.nodes += 1;
        }
        let made = crate::limits::short(self.made.text.len());
        self.made.places.push((made, crate::limits::short(at)));
        true
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle) {
        let is_key = self
            .open
            .last()
            .is_some_and(|around| around.is_mapping && !around.nodes.is_multiple_of(2));
        let is_plain = style == ScalarStyle::Plain && !is_key;
        match text {
            "" | "~" if is_plain => self.made.text.push_str("null"),
            "null" | "true" | "false" if is_plain => self.made.text.push_str(text),
            number if is_plain && is_whole_number(number) => self.made.text.push_str(text),
            _ => write_string(&mut self.made.text, text),
        }
    }

    fn malformed(&mut self, fault: &ScanError) {
        let at = self.offset(fault.marker().index());
        let message = format!("this is no YAML: {}", Visible(fault.info()));
        self.problem(at, message);
    }

    fn problem(&mut self, at: usize, message: impl Into<String>) {
        if self.problems.len() < MOST_PROBLEMS {
            let at = Offset::new(at);
            self.problems.push(self.source.diagnostic(at, "", message));
        }
    }

    /// The place in bytes of a character, counted from the last one asked for: events come in the order
    /// of the text, or nearly so.
    fn offset(&mut self, character: usize) -> usize {
        let (mut at, mut byte) = self.cursor;
        let text = self.source.text;
        while at < character
            && let Some(next) = text[byte..].chars().next()
        {
            byte += next.len_utf8();
            at += 1;
        }
        while at > character
            && let Some(last) = text[..byte].chars().next_back()
        {
            byte -= last.len_utf8();
            at -= 1;
        }
        self.cursor = (at, byte);
        byte
    }
}

/// Whether a text is a whole number as JSON writes it.
fn is_whole_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
    match digits {
        [b'0'] => !text.starts_with('-'),
        [b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}
