//! A JSON object, member by member → values.

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
use crate::error::similar_name;

/// A string and where it stands.
#[derive(Clone)]
pub(in crate::altinn) struct Text<'a> {
    pub(in crate::altinn) value: Arc<str>,
    pub(in crate::altinn) place: &'a str,
}

/// An object that is being read.
pub(in crate::altinn) struct Object<'a> {
    /// What it describes, for the reader of a problem: ``role `x` ``.
    pub(in crate::altinn) path: String,
    pub(in crate::altinn) place: &'a str,
    members: Vec<Member<'a>>,
    /// The members that were asked for, there or not.
    asked: SmallVec<[&'static str; 16]>,
}

struct Member<'a> {
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
        let Members(found) = decode(place, &path, report)?;
        let mut members: Vec<Member<'a>> = Vec::with_capacity(found.len());
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
                None => members.push(Member {
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

    /// An object with one member, for values that may be written without it.
    pub(in crate::altinn) fn of_one(name: &'static str, place: &'a str, path: String) -> Self {
        let member = Member {
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

    /// A string that says something.
    pub(in crate::altinn) fn text(
        &mut self,
        name: &'static str,
        report: &mut Report<'a>,
    ) -> Option<Text<'a>> {
        let place = self.required(name, report)?;
        text(place, name, &self.path, report)
    }

    /// A string that says something, or that is not there.
    pub(in crate::altinn) fn optional_text(
        &mut self,
        name: &'static str,
        report: &mut Report<'a>,
    ) -> Option<Text<'a>> {
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

    /// A flag, or that it is not there.
    pub(in crate::altinn) fn optional_flag(
        &mut self,
        name: &'static str,
        report: &mut Report<'a>,
    ) -> Option<bool> {
        let place = self.take(name)?;
        decode(place, &self.path, report)
    }

    /// A whole number.
    pub(in crate::altinn) fn number(
        &mut self,
        name: &'static str,
        range: RangeInclusive<u64>,
        report: &mut Report<'a>,
    ) -> Option<u64> {
        let place = self.required(name, report)?;
        number(place, name, range, &self.path, report)
    }

    /// A whole number and where it stands, or that it is not there.
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

    /// One of the words of `W`.
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

    /// The elements of an array.
    pub(in crate::altinn) fn items(
        &mut self,
        name: &'static str,
        report: &mut Report<'a>,
    ) -> Option<Vec<&'a str>> {
        let place = self.required(name, report)?;
        items(place, &self.path, report)
    }

    /// The elements of an array, if it is there.
    pub(in crate::altinn) fn optional_items(
        &mut self,
        name: &'static str,
        report: &mut Report<'a>,
    ) -> Option<Vec<&'a str>> {
        let place = self.take(name)?;
        items(place, &self.path, report)
    }

    /// A member as it stands, if it is there.
    pub(in crate::altinn) fn optional_place(&mut self, name: &'static str) -> Option<&'a str> {
        self.take(name)
    }

    /// Whether a member is there.
    pub(in crate::altinn) fn has(&mut self, name: &'static str) -> bool {
        self.asked_for(name);
        self.members.iter().any(|known| known.name == name)
    }

    /// Every member as it stands, in the order of the text: for objects whose names mean
    /// something.
    pub(in crate::altinn) fn into_members(self) -> impl Iterator<Item = (Cow<'a, str>, &'a str)> {
        let members = self.members.into_iter();
        members.map(|member| (member.name, member.value))
    }

    /// The strings of an array that holds some.
    pub(in crate::altinn) fn texts(
        &mut self,
        name: &'static str,
        report: &mut Report<'a>,
    ) -> Vec<Text<'a>> {
        let place = self.required(name, report);
        place.map_or_else(Vec::new, |place| texts(place, name, &self.path, report))
    }

    /// The strings of an array; none if it is not there.
    pub(in crate::altinn) fn optional_texts(
        &mut self,
        name: &'static str,
        report: &mut Report<'a>,
    ) -> Vec<Text<'a>> {
        if self.has(name) {
            self.texts(name, report)
        } else {
            Vec::new()
        }
    }

    /// Reports the members that nobody asked for.
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
        // Only an object with members nobody asked for will need to know.
        if !self.asked.contains(&name) {
            self.asked.push(name);
        }
    }
}

/// A suggestion at the end of a message.
pub(in crate::altinn) fn did_you_mean(similar: Option<impl AsRef<str>>) -> String {
    similar.map_or_else(String::new, |similar| {
        format!("; did you mean `{}`?", similar.as_ref())
    })
}

/// A string that says something: not empty, not blanks only.
pub(in crate::altinn) fn text<'a>(
    place: &'a str,
    name: &str,
    path: &str,
    report: &mut Report<'a>,
) -> Option<Text<'a>> {
    let text = string(place, path, report)?;
    if text.value.trim().is_empty() {
        report.problem(place, path, format!("`{name}` is empty"));
        return None;
    }
    Some(text)
}

/// The strings of an array that holds some.
pub(in crate::altinn) fn texts<'a>(
    place: &'a str,
    name: &str,
    path: &str,
    report: &mut Report<'a>,
) -> Vec<Text<'a>> {
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
    // A JSON number that is whole is spelt as Rust spells it.
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

/// A name borrowed from the text, unless it is written with escapes.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

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
