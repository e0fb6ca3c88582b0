//! A JSON object → the values of its members, with a problem for each unknown or invalid one.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use smallvec::SmallVec;

use super::{Report, Word};
use crate::report::{did_you_mean, similar_name};

/// A string, and its place in the text.
#[derive(Clone)]
pub(in crate::altinn) struct PlacedText<'a> {
    pub(in crate::altinn) value: Arc<str>,
    pub(in crate::altinn) place: &'a str,
}

/// A JSON object, partly read.
pub(in crate::altinn) struct Object<'a> {
    /// The path of the object in problems: ``role `x` ``.
    pub(in crate::altinn) path: String,
    pub(in crate::altinn) place: &'a str,
    members: Vec<ObjectMember<'a>>,
    /// The names of members read so far, present or not.
    asked: SmallVec<[&'static str; 16]>,
}

struct ObjectMember<'a> {
    name: Cow<'a, str>,
    place: &'a str,
    value: &'a str,
}

impl<'a> Object<'a> {
    pub(in crate::altinn) fn read(
        place: &'a str,
        path: String,
        report: &mut Report<'a>,
    ) -> Option<Self> {
        let ObjectMembers(found) = decode(place, &path, report)?;
        let mut members: Vec<ObjectMember<'a>> = Vec::with_capacity(found.len());
        // Comparing a few names is faster than hashing them; only hostile objects have many.
        let mut seen: HashMap<Cow<'a, str>, &'a str> = HashMap::new();
        let has_many = found.len() > 16;
        for (name, value) in found {
            let place = name.get();
            let Some(Name(name)) = decode(place, &path, report) else {
                continue;
            };
            let first = if has_many {
                let first = *seen.entry(name.clone()).or_insert(place);
                Some(first).filter(|first| !std::ptr::eq(*first, place))
            } else {
                let mut known = members.iter();
                known
                    .find(|known| known.name == name)
                    .map(|known| known.place)
            };
            match first {
                None => members.push(ObjectMember {
                    name,
                    place,
                    value: value.get(),
                }),
                Some(first) => {
                    let message = format!("member `{name}` is given twice");
                    report.duplicate(place, first, &path, message);
                }
            }
        }
        Some(Self {
            path,
            place,
            members,
            asked: SmallVec::new(),
        })
    }

    /// Returns an object with one member, for a value that may be written without its object.
    pub(in crate::altinn) fn of_one(name: &'static str, place: &'a str, path: String) -> Self {
        let member = ObjectMember {
            name: name.into(),
            place,
            value: place,
        };
        Self {
            path,
            place,
            members: vec![member],
            asked: SmallVec::new(),
        }
    }

    /// Reads a string that is not blank.
    pub(in crate::altinn) fn text(
        &mut self,
        name: &'static str,
        report: &mut Report<'a>,
    ) -> Option<PlacedText<'a>> {
        let place = self.required(name, report)?;
        text(place, name, &self.path, report)
    }

    /// Reads a string that is not blank, if the member is present.
    pub(in crate::altinn) fn optional_text(
        &mut self,
        name: &'static str,
        report: &mut Report<'a>,
    ) -> Option<PlacedText<'a>> {
        let place = self.take(name)?;
        text(place, name, &self.path, report)
    }

    pub(in crate::altinn) fn flag(
        &mut self,
        name: &'static str,
        report: &mut Report<'a>,
    ) -> Option<bool> {
        let place = self.required(name, report)?;
        decode(place, &self.path, report)
    }

    /// Reads a flag, if the member is present.
    pub(in crate::altinn) fn optional_flag(
        &mut self,
        name: &'static str,
        report: &mut Report<'a>,
    ) -> Option<bool> {
        let place = self.take(name)?;
        decode(place, &self.path, report)
    }

    /// Reads an integer in a range.
    pub(in crate::altinn) fn number(
        &mut self,
        name: &'static str,
        range: RangeInclusive<u64>,
        report: &mut Report<'a>,
    ) -> Option<u64> {
        let place = self.required(name, report)?;
        number(place, name, range, &self.path, report)
    }

    /// Reads an integer in a range, and its place, if the member is present.
    pub(in crate::altinn) fn optional_number(
        &mut self,
        name: &'static str,
        range: RangeInclusive<u64>,
        report: &mut Report<'a>,
    ) -> Option<(u64, &'a str)> {
        let place = self.take(name)?;
        let number = number(place, name, range, &self.path, report)?;
        Some((number, place))
    }

    /// Reads one of the words of `W`.
    pub(in crate::altinn) fn word<W: Word>(
        &mut self,
        name: &'static str,
        report: &mut Report<'a>,
    ) -> Option<W> {
        let text = self.text(name, report)?;
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
                text.value,
                did_you_mean(similar)
            );
            report.problem(text.place, &self.path, message);
        }
        known.map(|(_, value)| *value)
    }

    /// Returns the elements of an array, as text.
    pub(in crate::altinn) fn items(
        &mut self,
        name: &'static str,
        report: &mut Report<'a>,
    ) -> Option<Vec<&'a str>> {
        let place = self.required(name, report)?;
        items(place, &self.path, report)
    }

    /// Returns the elements of an array, as text, if the member is present.
    pub(in crate::altinn) fn optional_items(
        &mut self,
        name: &'static str,
        report: &mut Report<'a>,
    ) -> Option<Vec<&'a str>> {
        let place = self.take(name)?;
        items(place, &self.path, report)
    }

    /// Returns a member as text, if it is present.
    pub(in crate::altinn) fn optional_place(&mut self, name: &'static str) -> Option<&'a str> {
        self.take(name)
    }

    /// Whether a member is present.
    pub(in crate::altinn) fn has(&mut self, name: &'static str) -> bool {
        self.asked_for(name);
        self.members.iter().any(|known| known.name == name)
    }

    /// Returns every member as text, in their order, for objects whose names are data.
    pub(in crate::altinn) fn into_members(self) -> impl Iterator<Item = (Cow<'a, str>, &'a str)> {
        let members = self.members.into_iter();
        members.map(|member| (member.name, member.value))
    }

    /// Reads an array of strings that is not empty.
    pub(in crate::altinn) fn texts(
        &mut self,
        name: &'static str,
        report: &mut Report<'a>,
    ) -> Vec<PlacedText<'a>> {
        let place = self.required(name, report);
        place.map_or_else(Vec::new, |place| texts(place, name, &self.path, report))
    }

    /// Reads an array of strings; empty if the member is absent.
    pub(in crate::altinn) fn optional_texts(
        &mut self,
        name: &'static str,
        report: &mut Report<'a>,
    ) -> Vec<PlacedText<'a>> {
        if self.has(name) {
            self.texts(name, report)
        } else {
            Vec::new()
        }
    }

    /// Reports the members that were not read.
    pub(in crate::altinn) fn end(self, report: &mut Report<'a>) {
        for member in &self.members {
            let mut message = format!("member `{}` is not known here", member.name);
            message += &did_you_mean(similar_name(&member.name, self.asked.iter().copied()));
            report.problem(member.place, &self.path, message);
        }
    }

    fn required(&mut self, name: &'static str, report: &mut Report<'a>) -> Option<&'a str> {
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

    fn take(&mut self, name: &'static str) -> Option<&'a str> {
        self.asked_for(name);
        let at = self.members.iter().position(|known| known.name == name)?;
        Some(self.members.swap_remove(at).value)
    }

    fn asked_for(&mut self, name: &'static str) {
        // The name is needed only for objects with unknown members.
        if !self.asked.contains(&name) {
            self.asked.push(name);
        }
    }
}

/// Reads a string that is not blank.
pub(in crate::altinn) fn text<'a>(
    place: &'a str,
    name: &str,
    path: &str,
    report: &mut Report<'a>,
) -> Option<PlacedText<'a>> {
    let text = string(place, path, report)?;
    if text.value.trim().is_empty() {
        report.problem(place, path, format!("`{name}` is empty"));
        return None;
    }
    Some(text)
}

/// Reads an array of strings that is not empty.
pub(in crate::altinn) fn texts<'a>(
    place: &'a str,
    name: &str,
    path: &str,
    report: &mut Report<'a>,
) -> Vec<PlacedText<'a>> {
    let Some(items) = items(place, path, report) else {
        return Vec::new();
    };
    if items.is_empty() {
        report.problem(place, path, format!("`{name}` is empty"));
    }
    let texts = items.into_iter();
    texts
        .filter_map(|item| text(item, name, path, report))
        .collect()
}

fn number<'a>(
    place: &'a str,
    name: &str,
    range: RangeInclusive<u64>,
    path: &str,
    report: &mut Report<'a>,
) -> Option<u64> {
    // A JSON integer is spelt as in Rust.
    let number = place.parse().ok().filter(|number| range.contains(number));
    if number.is_none() {
        let (first, last) = range.into_inner();
        let expected = if first == last {
            first.to_string()
        } else {
            format!("a whole number from {first} to {last}")
        };
        let found: String = place.chars().take(40).collect();
        let message = format!("`{name}` is {expected}, but found `{found}`");
        report.problem(place, path, message);
    }
    number
}

fn string<'a>(place: &'a str, path: &str, report: &mut Report<'a>) -> Option<PlacedText<'a>> {
    let value = decode(place, path, report)?;
    Some(PlacedText { value, place })
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

/// A name borrowed from the text, unless it has escapes.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// The members of an object as text, repeated ones included.
struct ObjectMembers<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'de> Deserialize<'de> for ObjectMembers<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;

        impl<'de> Visitor<'de> for Visit {
            type Value = ObjectMembers<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(ObjectMembers(members))
            }
        }

        deserializer.deserialize_map(Visit)
    }
}
