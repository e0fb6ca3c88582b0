//! A JSON object → the values of its members, with a problem for each unknown or invalid one.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use smallvec::SmallVec;

use super::{Report, Word};
use crate::json::JsonValue;
use crate::report::{cut, did_you_mean, similar_name};
use crate::syntax::Offset;

/// A string, and its place in the text.
#[derive(Clone)]
pub(in crate::altinn) struct PlacedText {
    pub(in crate::altinn) value: Arc<str>,
    pub(in crate::altinn) place: Offset,
}

/// A JSON object, partly read.
pub(in crate::altinn) struct Object<'a> {
    /// The path of the object in problems: ``role `x` ``.
    pub(in crate::altinn) path: String,
    pub(in crate::altinn) place: Offset,
    report: &'a Report,
    members: Vec<ObjectMember<'a>>,
    /// The names of members read so far, present or not.
    asked: SmallVec<[&'static str; 16]>,
    /// Whether the names of members are in small letters, and asked for in any letter case.
    is_foreign: bool,
}

struct ObjectMember<'a> {
    name: Cow<'a, str>,
    place: Offset,
    value: JsonValue<'a>,
}

impl<'a> Object<'a> {
    pub(in crate::altinn) fn read(
        value: JsonValue<'a>,
        path: String,
        report: &'a Report,
    ) -> Option<Self> {
        Self::read_as(value, path, report, false)
    }

    /// Reads an object of another system's file: the names of members are in any letter case, and
    /// one that is `null` is absent.
    pub(in crate::altinn) fn read_foreign(
        value: JsonValue<'a>,
        path: String,
        report: &'a Report,
    ) -> Option<Self> {
        Self::read_as(value, path, report, true)
    }

    fn read_as(
        value: JsonValue<'a>,
        path: String,
        report: &'a Report,
        is_foreign: bool,
    ) -> Option<Self> {
        let Some(found) = value.members() else {
            report.expected(value, "an object", &path);
            return None;
        };
        let mut members: Vec<ObjectMember<'a>> = Vec::new();
        // Comparing a few names is faster than hashing them; only hostile objects have many.
        let mut many: HashMap<Cow<'a, str>, Offset> = HashMap::new();
        for (name, value) in found {
            let place = name.offset();
            let mut name = name.as_str().unwrap_or_default();
            if is_foreign {
                if value.raw() == "null" {
                    continue;
                }
                name.to_mut().make_ascii_lowercase();
            }
            let mut few = members.iter().take(16);
            let first = few
                .find(|known| known.name == name)
                .map(|known| known.place);
            match first.or_else(|| many.get(&name).copied()) {
                None => {
                    if members.len() >= 16 {
                        many.insert(name.clone(), place);
                    }
                    members.push(ObjectMember { name, place, value });
                }
                Some(first) => {
                    let message = format!("member `{}` is given twice", cut(&name));
                    report.duplicate(place, first, &path, message);
                }
            }
        }
        Some(Self {
            path,
            place: value.offset(),
            report,
            members,
            asked: SmallVec::new(),
            is_foreign,
        })
    }

    /// Reads an object in this one, or a name alone, which is short for the object with only that
    /// member.
    pub(in crate::altinn) fn named_or_object(
        &self,
        value: JsonValue<'a>,
        name: &'static str,
    ) -> Option<Self> {
        let (path, report) = (self.path.clone(), self.report);
        if value.as_str().is_none() {
            return Self::read(value, path, report);
        }
        let (name, place) = (name.into(), value.offset());
        Some(Self {
            path,
            place,
            report,
            members: vec![ObjectMember { name, place, value }],
            asked: SmallVec::new(),
            is_foreign: self.is_foreign,
        })
    }

    /// Reads a string that is not blank.
    pub(in crate::altinn) fn text(&mut self, name: &'static str) -> Option<PlacedText> {
        let value = self.required(name)?;
        text(value, name, &self.path, self.report)
    }

    /// Reads a string that is not blank, if the member is present.
    pub(in crate::altinn) fn optional_text(&mut self, name: &'static str) -> Option<PlacedText> {
        let value = self.take(name)?;
        text(value, name, &self.path, self.report)
    }

    /// Reads a string or a number as text, if the member is present and not blank.
    pub(in crate::altinn) fn optional_scalar(&mut self, name: &'static str) -> Option<PlacedText> {
        let value = self.take(name)?;
        let place = value.offset();
        let text = match value.as_str() {
            Some(text) => text,
            None if value.kind() == "a number" => value.raw().into(),
            None => {
                self.report
                    .expected(value, "a string or a number", &self.path);
                return None;
            }
        };
        let value = text.trim();
        (!value.is_empty()).then(|| PlacedText {
            value: value.into(),
            place,
        })
    }

    /// Reads a positive number, which may be written as a string, and its place.
    pub(in crate::altinn) fn spelt_number(&mut self, name: &'static str) -> Option<(u32, Offset)> {
        let Some(text) = self.optional_scalar(name) else {
            self.problem(self.place, format!("member `{name}` is missing"));
            return None;
        };
        let number = text.value.parse().ok().filter(|number| *number > 0);
        if number.is_none() {
            let found = cut(&text.value);
            let message = format!("`{name}` is a number above 0, but found `{found}`");
            self.problem(text.place, message);
        }
        Some((number?, text.place))
    }

    pub(in crate::altinn) fn flag(&mut self, name: &'static str) -> Option<bool> {
        let value = self.required(name)?;
        flag(value, &self.path, self.report)
    }

    /// Reads a flag, if the member is present.
    pub(in crate::altinn) fn optional_flag(&mut self, name: &'static str) -> Option<bool> {
        let value = self.take(name)?;
        flag(value, &self.path, self.report)
    }

    /// Reads an integer in a range.
    pub(in crate::altinn) fn number(
        &mut self,
        name: &'static str,
        range: RangeInclusive<u64>,
    ) -> Option<u64> {
        let value = self.required(name)?;
        number(value, name, range, &self.path, self.report)
    }

    /// Reads an integer in a range, and its place, if the member is present.
    pub(in crate::altinn) fn optional_number(
        &mut self,
        name: &'static str,
        range: RangeInclusive<u64>,
    ) -> Option<(u64, Offset)> {
        let value = self.take(name)?;
        let number = number(value, name, range, &self.path, self.report)?;
        Some((number, value.offset()))
    }

    /// Reads one of the words of `W`.
    pub(in crate::altinn) fn word<W: Word>(&mut self, name: &'static str) -> Option<W> {
        let text = self.text(name)?;
        let known = W::WORDS.iter().find(|(word, _)| **word == *text.value);
        if known.is_none() {
            let words: Vec<_> = W::WORDS
                .iter()
                .map(|(word, _)| format!("`{word}`"))
                .collect();
            let similar = similar_name(&text.value, W::WORDS.iter().map(|(word, _)| *word));
            let message = format!(
                "`{name}` is {}, but found `{}`{}",
                words.join(" or "),
                cut(&text.value),
                did_you_mean(similar)
            );
            self.problem(text.place, message);
        }
        known.map(|(_, value)| *value)
    }

    /// Returns the elements of an array.
    pub(in crate::altinn) fn items(&mut self, name: &'static str) -> Option<Vec<JsonValue<'a>>> {
        let value = self.required(name)?;
        items(value, &self.path, self.report)
    }

    /// Returns the elements of an array, if the member is present.
    pub(in crate::altinn) fn optional_items(
        &mut self,
        name: &'static str,
    ) -> Option<Vec<JsonValue<'a>>> {
        let value = self.take(name)?;
        items(value, &self.path, self.report)
    }

    /// Returns a member, if it is present.
    pub(in crate::altinn) fn optional_value(
        &mut self,
        name: &'static str,
    ) -> Option<JsonValue<'a>> {
        self.take(name)
    }

    /// Whether a member is present.
    pub(in crate::altinn) fn has(&mut self, name: &'static str) -> bool {
        self.asked_for(name);
        self.position(name).is_some()
    }

    /// Returns every member, in their order, for objects whose names are data.
    pub(in crate::altinn) fn into_members(
        self,
    ) -> impl Iterator<Item = (Cow<'a, str>, JsonValue<'a>)> {
        let members = self.members.into_iter();
        members.map(|member| (member.name, member.value))
    }

    /// Reads an array of strings that is not empty.
    pub(in crate::altinn) fn texts(&mut self, name: &'static str) -> Vec<PlacedText> {
        let value = self.required(name);
        value.map_or_else(Vec::new, |value| {
            texts(value, name, &self.path, self.report)
        })
    }

    /// Reads an array of strings; empty if the member is absent.
    pub(in crate::altinn) fn optional_texts(&mut self, name: &'static str) -> Vec<PlacedText> {
        if self.has(name) {
            self.texts(name)
        } else {
            Vec::new()
        }
    }

    /// Reports a problem at a place in the object.
    pub(in crate::altinn) fn problem(&self, place: Offset, message: impl Into<String>) {
        self.report.problem(place, &self.path, message);
    }

    /// Reports the members that were not read.
    pub(in crate::altinn) fn end(self) {
        for member in &self.members {
            let mut message = format!("member `{}` is not known here", cut(&member.name));
            message += &did_you_mean(similar_name(&member.name, self.asked.iter().copied()));
            self.problem(member.place, message);
        }
    }

    fn required(&mut self, name: &'static str) -> Option<JsonValue<'a>> {
        let place = self.take(name);
        if place.is_none() {
            self.problem(self.place, format!("member `{name}` is missing"));
        }
        place
    }

    fn take(&mut self, name: &'static str) -> Option<JsonValue<'a>> {
        self.asked_for(name);
        let at = self.position(name)?;
        Some(self.members.swap_remove(at).value)
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.members.iter().position(|known| match self.is_foreign {
            false => known.name == name,
            true => known.name.eq_ignore_ascii_case(name),
        })
    }

    fn asked_for(&mut self, name: &'static str) {
        // The name is needed only for objects with unknown members.
        if !self.asked.contains(&name) {
            self.asked.push(name);
        }
    }
}

/// Whether a text has no visible character, so that no file has it.
pub(in crate::altinn) fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// Reads a string that is not blank.
pub(in crate::altinn) fn text(
    value: JsonValue<'_>,
    name: &str,
    path: &str,
    report: &Report,
) -> Option<PlacedText> {
    let place = value.offset();
    match value.as_str() {
        None => report.expected(value, "a string", path),
        Some(text) if is_blank(&text) => {
            report.problem(place, path, format!("`{}` is empty", cut(name)));
        }
        Some(text) => {
            let value = text.into();
            return Some(PlacedText { value, place });
        }
    }
    None
}

/// Reads an array of strings that is not empty.
pub(in crate::altinn) fn texts(
    value: JsonValue<'_>,
    name: &str,
    path: &str,
    report: &Report,
) -> Vec<PlacedText> {
    let Some(items) = items(value, path, report) else {
        return Vec::new();
    };
    if items.is_empty() {
        report.problem(value.offset(), path, format!("`{}` is empty", cut(name)));
    }
    let texts = items.into_iter();
    texts
        .filter_map(|item| text(item, name, path, report))
        .collect()
}

fn number(
    value: JsonValue<'_>,
    name: &str,
    range: RangeInclusive<u64>,
    path: &str,
    report: &Report,
) -> Option<u64> {
    // A JSON integer is spelt as in Rust.
    let number = value.raw().parse().ok();
    let number = number.filter(|number| range.contains(number));
    if number.is_none() {
        let (first, last) = range.into_inner();
        let expected = if first == last {
            first.to_string()
        } else {
            format!("a whole number from {first} to {last}")
        };
        let found = cut(value.raw());
        let message = format!("`{name}` is {expected}, but found `{found}`");
        report.problem(value.offset(), path, message);
    }
    number
}

fn flag(value: JsonValue<'_>, path: &str, report: &Report) -> Option<bool> {
    let flag = value.as_bool();
    if flag.is_none() {
        report.expected(value, "a boolean", path);
    }
    flag
}

fn items<'a>(value: JsonValue<'a>, path: &str, report: &Report) -> Option<Vec<JsonValue<'a>>> {
    let items = value.items();
    if items.is_none() {
        report.expected(value, "an array", path);
    }
    items.map(Iterator::collect)
}
