//! The core functions (XPath 1.0 §4).

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::RangeInclusive;

use super::Exhausted;
use super::evaluate::{XPathEvaluation, XPathItem, XPathValue};
use super::expression::{Expression, Kind, XPathFunction};
use super::number;
use crate::xml::{is_white_space, trim};

/// A function's arguments and kind of result, as the parser needs them.
#[derive(Clone, Copy)]
pub(super) struct Row {
    pub(super) function: XPathFunction,
    pub(super) arguments: RangeArguments,
    pub(super) takes: Takes,
    pub(super) gives: Kind,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Takes {
    /// A value of any kind, converted (§3.2).
    Any,
    /// An expression that selects nodes: values of other kinds do not convert to nodes.
    Nodes,
}

/// The least and the most arguments.
#[derive(Clone, Copy)]
pub(super) struct RangeArguments(usize, usize);

impl RangeArguments {
    pub(super) fn contains(self, count: &usize) -> bool {
        RangeInclusive::new(self.0, self.1).contains(count)
    }
}

/// The function of this name.
pub(super) fn row(name: &str) -> Option<Row> {
    let found = TABLE.iter().find(|(known, ..)| *known == name);
    found.map(|&(_, function, least, most, takes, gives)| Row {
        function,
        arguments: RangeArguments(least, most),
        takes,
        gives,
    })
}

/// The kind of a function's result.
pub(super) fn gives(function: XPathFunction) -> Kind {
    let row = TABLE.iter().find(|(_, known, ..)| *known == function);
    // Every function has a row.
    row.map_or(Kind::Text, |(.., gives)| *gives)
}

pub(super) fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|(name, ..)| *name)
}

const MANY: usize = usize::MAX;

#[rustfmt::skip]
const TABLE: [(&str, XPathFunction, usize, usize, Takes, Kind); 26] = [
    ("boolean",          XPathFunction::Boolean,         1, 1,    Takes::Any,   Kind::Boolean),
    ("ceiling",          XPathFunction::Ceiling,         1, 1,    Takes::Any,   Kind::Number),
    ("concat",           XPathFunction::Concat,          2, MANY, Takes::Any,   Kind::Text),
    ("contains",         XPathFunction::Contains,        2, 2,    Takes::Any,   Kind::Boolean),
    ("count",            XPathFunction::Count,           1, 1,    Takes::Nodes, Kind::Number),
    ("false",            XPathFunction::False,           0, 0,    Takes::Any,   Kind::Boolean),
    ("floor",            XPathFunction::Floor,           1, 1,    Takes::Any,   Kind::Number),
    ("lang",             XPathFunction::Lang,            1, 1,    Takes::Any,   Kind::Boolean),
    ("last",             XPathFunction::Last,            0, 0,    Takes::Any,   Kind::Number),
    ("local-name",       XPathFunction::LocalName,       0, 1,    Takes::Nodes, Kind::Text),
    ("name",             XPathFunction::Name,            0, 1,    Takes::Nodes, Kind::Text),
    ("namespace-uri",    XPathFunction::NamespaceUri,    0, 1,    Takes::Nodes, Kind::Text),
    ("normalize-space",  XPathFunction::NormalizeSpace,  0, 1,    Takes::Any,   Kind::Text),
    ("not",              XPathFunction::Not,             1, 1,    Takes::Any,   Kind::Boolean),
    ("number",           XPathFunction::Number,          0, 1,    Takes::Any,   Kind::Number),
    ("position",         XPathFunction::Position,        0, 0,    Takes::Any,   Kind::Number),
    ("round",            XPathFunction::Round,           1, 1,    Takes::Any,   Kind::Number),
    ("starts-with",      XPathFunction::StartsWith,      2, 2,    Takes::Any,   Kind::Boolean),
    ("string",           XPathFunction::String,          0, 1,    Takes::Any,   Kind::Text),
    ("string-length",    XPathFunction::StringLength,    0, 1,    Takes::Any,   Kind::Number),
    ("substring",        XPathFunction::Substring,       2, 3,    Takes::Any,   Kind::Text),
    ("substring-after",  XPathFunction::SubstringAfter,  2, 2,    Takes::Any,   Kind::Text),
    ("substring-before", XPathFunction::SubstringBefore, 2, 2,    Takes::Any,   Kind::Text),
    ("sum",              XPathFunction::Sum,             1, 1,    Takes::Nodes, Kind::Number),
    ("translate",        XPathFunction::Translate,       3, 3,    Takes::Any,   Kind::Text),
    ("true",             XPathFunction::True,            0, 0,    Takes::Any,   Kind::Boolean),
];

impl<'t> XPathEvaluation<'t> {
    /// The result of a function; the parser counted its arguments.
    pub(super) fn call(
        &self,
        function: XPathFunction,
        arguments: &'t [Expression],
        item: XPathItem,
    ) -> Result<XPathValue<'t>, Exhausted> {
        let text = |place: usize| match arguments.get(place) {
            Some(argument) => self.text(argument, item),
            // Without an argument it is about the context node.
            None => Ok(Cow::Borrowed(self.tree.text(item.node))),
        };
        let number = |place: usize| match arguments.get(place) {
            Some(argument) => self.number(argument, item),
            None => self.number_of(self.tree.text(item.node)),
        };
        let boolean = |place: usize| match arguments.get(place) {
            Some(argument) => self.boolean(argument, item),
            None => Ok(false),
        };
        let nodes = |place: usize| match arguments.get(place) {
            Some(argument) => self.nodes_at(argument, item),
            None => Ok(vec![item.node]),
        };
        Ok(match function {
            XPathFunction::Boolean => XPathValue::Boolean(boolean(0)?),
            XPathFunction::Not => XPathValue::Boolean(!boolean(0)?),
            XPathFunction::True => XPathValue::Boolean(true),
            XPathFunction::False => XPathValue::Boolean(false),
            XPathFunction::Lang => {
                let wanted = text(0)?;
                XPathValue::Boolean(self.is_in_language(item, &wanted)?)
            }
            XPathFunction::Position => XPathValue::Number(item.position as f64),
            XPathFunction::Last => XPathValue::Number(item.size as f64),
            XPathFunction::Count => XPathValue::Number(nodes(0)?.len() as f64),
            XPathFunction::Sum => {
                let mut sum = 0.0;
                for node in nodes(0)? {
                    sum += self.number_of(self.tree.text(node))?;
                }
                XPathValue::Number(sum)
            }
            XPathFunction::Number => XPathValue::Number(number(0)?),
            XPathFunction::Floor => XPathValue::Number(number(0)?.floor()),
            XPathFunction::Ceiling => XPathValue::Number(number(0)?.ceil()),
            XPathFunction::Round => XPathValue::Number(number::round(number(0)?)),
            XPathFunction::LocalName | XPathFunction::Name | XPathFunction::NamespaceUri => {
                let first = nodes(0)?.first().copied();
                let named = first.map_or(Cow::Borrowed(""), |node| match function {
                    XPathFunction::LocalName => Cow::Borrowed(self.tree.local_name(node)),
                    XPathFunction::Name => self.tree.name(node),
                    _ => Cow::Borrowed(self.tree.namespace(node).unwrap_or("")),
                });
                if let Cow::Owned(name) = &named {
                    self.copy(name)?;
                }
                XPathValue::Text(named)
            }
            XPathFunction::String => XPathValue::Text(text(0)?),
            XPathFunction::Concat => {
                let mut joined = String::new();
                for argument in arguments {
                    let part = self.text(argument, item)?;
                    self.copy(&part)?;
                    joined.push_str(&part);
                }
                XPathValue::Text(Cow::Owned(joined))
            }
            XPathFunction::StartsWith => {
                let (text, start) = (text(0)?, text(1)?);
                self.walk_through(&start)?;
                XPathValue::Boolean(text.starts_with(&*start))
            }
            XPathFunction::Contains => {
                let (text, part) = (text(0)?, text(1)?);
                self.walk_through(&text)?;
                self.walk_through(&part)?;
                XPathValue::Boolean(text.contains(&*part))
            }
            XPathFunction::SubstringBefore | XPathFunction::SubstringAfter => {
                let (text, part) = (text(0)?, text(1)?);
                self.copy(&text)?;
                self.walk_through(&part)?;
                let sides = text.split_once(&*part);
                let side = sides.map_or("", |(before, after)| match function {
                    XPathFunction::SubstringBefore => before,
                    _ => after,
                });
                XPathValue::Text(Cow::Owned(side.to_owned()))
            }
            XPathFunction::Substring => {
                let text = text(0)?;
                self.copy(&text)?;
                let start = number::round(number(1)?);
                let end = match arguments.len() {
                    3 => start + number::round(number(2)?),
                    _ => f64::INFINITY,
                };
                // §4.2: where a bound is not a number, no place is within it.
                let places = text.chars().zip(1_u32..);
                let within = places.filter(|(_, place)| {
                    let place = f64::from(*place);
                    place >= start && place < end
                });
                XPathValue::Text(Cow::Owned(within.map(|(c, _)| c).collect()))
            }
            XPathFunction::StringLength => {
                let text = text(0)?;
                self.walk_through(&text)?;
                XPathValue::Number(text.chars().count() as f64)
            }
            XPathFunction::NormalizeSpace => {
                let text = text(0)?;
                self.copy(&text)?;
                let words = trim(&text).split(is_white_space);
                let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
                XPathValue::Text(Cow::Owned(words.join(" ")))
            }
            XPathFunction::Translate => {
                let (text, from, to) = (text(0)?, text(1)?, text(2)?);
                // Each character is looked up.
                let length = text.len() + from.len() + to.len();
                self.budget.charge(length as u64 / 2)?;
                let mut table = HashMap::new();
                let mut to = to.chars();
                for c in from.chars() {
                    let other = to.next();
                    table.entry(c).or_insert(other);
                }
                let translated = text.chars().filter_map(|c| match table.get(&c) {
                    Some(other) => *other,
                    None => Some(c),
                });
                XPathValue::Text(Cow::Owned(translated.collect()))
            }
        })
    }

    /// §4.3: the language of the context node is `wanted` or a part of it.
    fn is_in_language(&self, item: XPathItem, wanted: &str) -> Result<bool, Exhausted> {
        let mut node = Some(item.node);
        while let Some(here) = node {
            self.budget.charge(1)?;
            self.pass_attributes(here)?;
            if let Some(language) = self.tree.language(here) {
                self.walk_through(language)?;
                let (Some(start), rest) = (language.get(..wanted.len()), wanted.len()) else {
                    return Ok(false);
                };
                let goes_on = language[rest..].starts_with('-') || language.len() == rest;
                return Ok(goes_on && start.eq_ignore_ascii_case(wanted));
            }
            node = self.tree.parent(here);
        }
        Ok(false)
    }
}
