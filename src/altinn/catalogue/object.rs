//! A JSON object, member by member → values, with every problem at its place.
//!
//! Reading through raw values keeps each value's place in the text, which typed deserialization
//! would lose, and goes on after a problem, which it would not.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::item::Word;
use crate::error::{Diagnostic, Offset, Source};

/// The problems found in one document.
pub(super) struct Report<'a> {
    pub(super) source: Source<'a>,
    pub(super) problems: Vec<Diagnostic>,
}

impl<'a> Report<'a> {
    /// Notes a problem with `place`, a part of the document's text.
    pub(super) fn problem(&mut self, place: &str, path: &str, message: impl Into<String>) {
        let at = self.offset(place);
        self.note(at, path, message.into());
    }

    /// Notes what serde_json says about `place`, a part of the document's text.
    fn json(&mut self, place: &'a str, path: &str, error: &serde_json::Error) {
        let (line, column) = (error.line(), error.column());
        let full = error.to_string();
        let message = full.strip_suffix(&format!(" at line {line} column {column}"));
        let within = if error.is_data() {
            // It is the whole value that is of another type.
            0
        } else {
            let lines = place.split_inclusive('\n');
            let before: usize = lines.take(line.saturating_sub(1)).map(str::len).sum();
            // Its columns are bytes, counted from 1, and 0 before a line's first.
            before + column.saturating_sub(1)
        };
        self.note(
            self.offset(place) + within,
            path,
            message.unwrap_or(&full).to_owned(),
        );
    }

    fn note(&mut self, at: usize, path: &str, message: String) {
        let diagnostic = self.source.diagnostic(Offset::new(at), path, message);
        self.problems.push(diagnostic);
    }

    /// Where `place` starts. It always borrows from the text; the bound guards against one that
    /// would not.
    fn offset(&self, place: &str) -> usize {
        let offset = (place.as_ptr() as usize).wrapping_sub(self.source.text.as_ptr() as usize);
        offset.min(self.source.text.len())
    }
}

/// A string and where it stands.
#[derive(Clone)]
pub(super) struct Text<'a> {
    pub(super) value: Arc<str>,
    pub(super) place: &'a str,
}

/// An object that is being read.
pub(super) struct Object<'a> {
    /// What it describes, for the reader of a problem: ``role `x` ``.
    pub(super) path: String,
    place: &'a str,
    members: Vec<(Text<'a>, &'a str)>,
}

impl<'a> Object<'a> {
    pub(super) fn read(place: &'a str, path: String, report: &mut Report<'a>) -> Option<Self> {
        let Members(found) = decode(place, &path, report)?;
        let mut seen = HashSet::new();
        let mut members = Vec::with_capacity(found.len());
        for (name, value) in found {
            let Some(name) = string(name.get(), &path, report) else {
                continue;
            };
            if seen.insert(name.value.clone()) {
                members.push((name, value.get()));
            } else {
                let message = format!("member `{}` is given twice", name.value);
                report.problem(name.place, &path, message);
            }
        }
        Some(Self {
            path,
            place,
            members,
        })
    }

    /// A string that says something.
    pub(super) fn text(&mut self, name: &str, report: &mut Report<'a>) -> Option<Text<'a>> {
        let place = self.required(name, report)?;
        text(place, name, &self.path, report)
    }

    /// A string that says something, or that is not there.
    pub(super) fn optional_text(
        &mut self,
        name: &str,
        report: &mut Report<'a>,
    ) -> Option<Text<'a>> {
        let place = self.take(name)?;
        text(place, name, &self.path, report)
    }

    pub(super) fn flag(&mut self, name: &str, report: &mut Report<'a>) -> Option<bool> {
        let place = self.required(name, report)?;
        decode(place, &self.path, report)
    }

    /// One of the words of `W`.
    pub(super) fn word<W: Word>(&mut self, name: &str, report: &mut Report<'a>) -> Option<W> {
        let text = self.text(name, report)?;
        let known = W::WORDS.iter().find(|(word, _)| **word == *text.value);
        if known.is_none() {
            let words: Vec<_> = W::WORDS
                .iter()
                .map(|(word, _)| format!("`{word}`"))
                .collect();
            let message = format!(
                "`{name}` is {}, but found `{}`",
                words.join(" or "),
                text.value
            );
            report.problem(text.place, &self.path, message);
        }
        known.map(|(_, value)| *value)
    }

    /// The elements of an array.
    pub(super) fn items(&mut self, name: &str, report: &mut Report<'a>) -> Option<Vec<&'a str>> {
        let place = self.required(name, report)?;
        items(place, &self.path, report)
    }

    /// The strings of an array that holds some.
    pub(super) fn texts(&mut self, name: &str, report: &mut Report<'a>) -> Vec<Text<'a>> {
        let Some(place) = self.required(name, report) else {
            return Vec::new();
        };
        let Some(items) = items(place, &self.path, report) else {
            return Vec::new();
        };
        if items.is_empty() {
            report.problem(place, &self.path, format!("`{name}` is empty"));
        }
        let texts = items.into_iter();
        texts
            .filter_map(|item| text(item, name, &self.path, report))
            .collect()
    }

    /// The strings of an array; none if it is not there.
    pub(super) fn optional_texts(&mut self, name: &str, report: &mut Report<'a>) -> Vec<Text<'a>> {
        if self.members.iter().any(|(known, _)| *known.value == *name) {
            self.texts(name, report)
        } else {
            Vec::new()
        }
    }

    /// Reports the members that nobody asked for.
    pub(super) fn end(self, report: &mut Report<'a>) {
        for (name, _) in &self.members {
            let message = format!("member `{}` is not known here", name.value);
            report.problem(name.place, &self.path, message);
        }
    }

    fn required(&mut self, name: &str, report: &mut Report<'a>) -> Option<&'a str> {
        let place = self.take(name);
        if place.is_none() {
            report.problem(
                self.place,
                &self.path,
                format!("member `{name}` is missing"),
            );
        }
        place
    }

    fn take(&mut self, name: &str) -> Option<&'a str> {
        let at = self
            .members
            .iter()
            .position(|(known, _)| *known.value == *name)?;
        Some(self.members.swap_remove(at).1)
    }
}

/// A string that says something: not empty, not blanks only.
fn text<'a>(place: &'a str, name: &str, path: &str, report: &mut Report<'a>) -> Option<Text<'a>> {
    let text = string(place, path, report)?;
    if text.value.trim().is_empty() {
        report.problem(place, path, format!("`{name}` is empty"));
        return None;
    }
    Some(text)
}

fn string<'a>(place: &'a str, path: &str, report: &mut Report<'a>) -> Option<Text<'a>> {
    let value = decode(place, path, report)?;
    Some(Text { value, place })
}

fn items<'a>(place: &'a str, path: &str, report: &mut Report<'a>) -> Option<Vec<&'a str>> {
    let items: Vec<&RawValue> = decode(place, path, report)?;
    Some(items.into_iter().map(RawValue::get).collect())
}

fn decode<'a, T: Deserialize<'a>>(
    place: &'a str,
    path: &str,
    report: &mut Report<'a>,
) -> Option<T> {
    let decoded = serde_json::from_str(place);
    decoded
        .map_err(|error| report.json(place, path, &error))
        .ok()
}

/// The members of an object as they stand, repeated ones included.
struct Members<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;

        impl<'de> Visitor<'de> for Visit {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Visit)
    }
}
