//! JSON text ↔ any self-describing format of serde, such as JSON and YAML.
//!
//! So every value has one form, the JSON Profile's, and one strict reader, in every format. Numbers
//! keep their values: integers beyond 64 bits are strings in the profile's form.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{Error as _, Serialize, SerializeMap, SerializeSeq, Serializer};

use super::scan::{Kind, Node, scan, unescape};
use super::{JsonDialect, Writer};
use crate::limits::{DEEPEST, Limits};

/// Writes a text that is JSON to a serializer.
pub(crate) fn serialize<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let limits = Limits {
        depth: DEEPEST,
        elements: usize::MAX,
        ..Limits::default()
    };
    let nodes = scan(text, &limits).map_err(|fault| S::Error::custom(fault.message))?;
    let whole = JsonPart {
        text,
        nodes: &nodes,
        at: 0,
    };
    whole.serialize(serializer)
}

/// A value of the text.
#[derive(Clone, Copy)]
struct JsonPart<'t> {
    text: &'t str,
    nodes: &'t [Node],
    at: usize,
}

impl<'t> JsonPart<'t> {
    fn node(&self) -> &'t Node {
        &self.nodes[self.at]
    }

    fn raw(&self) -> &'t str {
        let Node { start, end, .. } = *self.node();
        &self.text[start as usize..end as usize]
    }

    fn string(&self) -> std::borrow::Cow<'t, str> {
        let raw = self.raw();
        unescape(raw.get(1..raw.len() - 1).unwrap_or_default())
    }

    /// The items of an array; of an object the names, each before its value.
    fn inside(self) -> impl Iterator<Item = Self> {
        let end = self.node().next as usize;
        let first = Some(self.at + 1).filter(|at| *at < end);
        let after = move |at: &usize| {
            let next = self.nodes[*at].next as usize;
            Some(next).filter(|next| *next < end)
        };
        std::iter::successors(first, after).map(move |at| Self { at, ..self })
    }
}

/// INVARIANT: as deep as the text, which is limited.
impl Serialize for JsonPart<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.node().kind {
            Kind::Null => serializer.serialize_unit(),
            Kind::Boolean(value) => serializer.serialize_bool(value),
            Kind::String { .. } => serializer.serialize_str(&self.string()),
            Kind::Number => {
                let raw = self.raw();
                if let Ok(integer) = raw.parse() {
                    return serializer.serialize_i64(integer);
                }
                let double: f64 = raw.parse().map_err(S::Error::custom)?;
                serializer.serialize_f64(double)
            }
            Kind::Array => {
                let mut sequence = serializer.serialize_seq(Some(self.inside().count()))?;
                for part in self.inside() {
                    sequence.serialize_element(&part)?;
                }
                sequence.end()
            }
            Kind::Object => {
                let mut map = serializer.serialize_map(Some(self.inside().count() / 2))?;
                let mut inside = self.inside();
                while let (Some(name), Some(value)) = (inside.next(), inside.next()) {
                    map.serialize_entry(&*name.string(), &value)?;
                }
                map.end()
            }
        }
    }
}

/// Reads any value of a deserializer as JSON text, of `most` bytes at most.
pub(crate) fn text<'de, D: Deserializer<'de>>(
    deserializer: D,
    most: usize,
) -> Result<String, D::Error> {
    let mut writer = Writer::within(&JsonDialect::PROFILE, most);
    let whole = WrittenJson {
        writer: &mut writer,
        depth: 0,
        is_name: false,
    };
    whole.deserialize(deserializer)?;
    let too_long = || {
        D::Error::custom(format!(
            "it is longer than {most} bytes, which is the limit"
        ))
    };
    writer.finish_within().ok_or_else(too_long)
}

/// Writes a value, or the name of a member.
struct WrittenJson<'w, 'd> {
    writer: &'w mut Writer<'d>,
    depth: usize,
    is_name: bool,
}

impl<'d> WrittenJson<'_, 'd> {
    fn inner<E: Error>(&mut self, is_name: bool) -> Result<WrittenJson<'_, 'd>, E> {
        if self.depth >= DEEPEST {
            let message = "arrays and objects are nested too deep; the limit is";
            return Err(E::custom(format!("{message} {DEEPEST}")));
        }
        if self.writer.is_full() {
            return Err(E::custom("it is longer than the limit"));
        }
        Ok(WrittenJson {
            writer: self.writer,
            depth: self.depth + 1,
            is_name,
        })
    }

    fn literal<E: Error>(self, literal: &str) -> Result<(), E> {
        if self.is_name {
            return Err(E::custom("the name of a member must be a string"));
        }
        self.writer.literal(literal);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for WrittenJson<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.is_name {
            true => deserializer.deserialize_str(self),
            false => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for WrittenJson<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value as JSON has them")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.literal(if value { "true" } else { "false" })
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.literal(&value.to_string())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.literal(&value.to_string())
    }

    fn visit_i128<E: Error>(self, value: i128) -> Result<(), E> {
        self.literal(&value.to_string())
    }

    fn visit_u128<E: Error>(self, value: u128) -> Result<(), E> {
        self.literal(&value.to_string())
    }

    /// Infinities and NaN are strings in the profile.
    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        match value {
            f64::INFINITY => self.visit_str("INF"),
            f64::NEG_INFINITY => self.visit_str("-INF"),
            value if value.is_nan() => self.visit_str("NaN"),
            value => self.literal(&format!("{value:?}")),
        }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        match self.is_name {
            true => self.writer.key(text),
            false => self.writer.string(text),
        }
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.literal("null")
    }

    fn visit_none<E: Error>(self) -> Result<(), E> {
        self.literal("null")
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        let Self { writer, depth, .. } = self;
        let mut result = Ok(());
        writer.array(|writer| {
            let mut outer = WrittenJson {
                writer,
                depth,
                is_name: false,
            };
            result = loop {
                match outer
                    .inner(false)
                    .and_then(|item| sequence.next_element_seed(item))
                {
                    Ok(Some(())) => {}
                    Ok(None) => break Ok(()),
                    Err(error) => break Err(error),
                }
            };
        });
        result
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { writer, depth, .. } = self;
        let mut result = Ok(());
        writer.object(|writer| {
            let mut outer = WrittenJson {
                writer,
                depth,
                is_name: false,
            };
            result = loop {
                match outer.inner(true).and_then(|name| map.next_key_seed(name)) {
                    Ok(Some(())) => {}
                    Ok(None) => break Ok(()),
                    Err(error) => break Err(error),
                }
                if let Err(error) = outer
                    .inner(false)
                    .and_then(|value| map.next_value_seed(value))
                {
                    break Err(error);
                }
            };
        });
        result
    }
}
