//! The core functions (XPath 1.0 §4).

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::RangeInclusive;

use super::Exhausted;
use super::evaluate::{Evaluation, Item, Value};
use super::expression::{Expression, Function, Kind};
use super::number;
use crate::xml::{is_white_space, trim};

/// A function's arguments and kind of result, as the parser needs them.
#[derive(Clone, Copy)]
pub(super) struct Row {
    pub(super) function: Function,
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
pub(super) fn gives(function: Function) -> Kind {
    let row = TABLE.iter().find(|(_, known, ..)| *known == function);
    // Every function has a row.
    row.map_or(Kind::Text, |(.., gives)| *gives)
}

pub(super) fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|(name, ..)| *name)
}

const MANY: usize = usize::MAX;

#[rustfmt::skip]
const TABLE: [(&str, Function, usize, usize, Takes, Kind); 26] = [
    ("boolean",          Function::Boolean,         1, 1,    Takes::Any,   Kind::Boolean),
    ("ceiling",          Function::Ceiling,         1, 1,    Takes::Any,   Kind::Number),
    ("concat",           Function::Concat,          2, MANY, Takes::Any,   Kind::Text),
    ("contains",         Function::Contains,        2, 2,    Takes::Any,   Kind::Boolean),
    ("count",            Function::Count,           1, 1,    Takes::Nodes, Kind::Number),
    ("false",            Function::False,           0, 0,    Takes::Any,   Kind::Boolean),
    ("floor",            Function::Floor,           1, 1,    Takes::Any,   Kind::Number),
    ("lang",             Function::Lang,            1, 1,    Takes::Any,   Kind::Boolean),
    ("last",             Function::Last,            0, 0,    Takes::Any,   Kind::Number),
    ("local-name",       Function::LocalName,       0, 1,    Takes::Nodes, Kind::Text),
    ("name",             Function::Name,            0, 1,    Takes::Nodes, Kind::Text),
    ("namespace-uri",    Function::NamespaceUri,    0, 1,    Takes::Nodes, Kind::Text),
    ("normalize-space",  Function::NormalizeSpace,  0, 1,    Takes::Any,   Kind::Text),
    ("not",              Function::Not,             1, 1,    Takes::Any,   Kind::Boolean),
    ("number",           Function::Number,          0, 1,    Takes::Any,   Kind::Number),
    ("position",         Function::Position,        0, 0,    Takes::Any,   Kind::Number),
    ("round",            Function::Round,           1, 1,    Takes::Any,   Kind::Number),
    ("starts-with",      Function::StartsWith,      2, 2,    Takes::Any,   Kind::Boolean),
    ("string",           Function::String,          0, 1,    Takes::Any,   Kind::Text),
    ("string-length",    Function::StringLength,    0, 1,    Takes::Any,   Kind::Number),
    ("substring",        Function::Substring,       2, 3,    Takes::Any,   Kind::Text),
    ("substring-after",  Function::SubstringAfter,  2, 2,    Takes::Any,   Kind::Text),
    ("substring-before", Function::SubstringBefore, 2, 2,    Takes::Any,   Kind::Text),
    ("sum",              Function::Sum,             1, 1,    Takes::Nodes, Kind::Number),
    ("translate",        Function::Translate,       3, 3,    Takes::Any,   Kind::Text),
    ("true",             Function::True,            0, 0,    Takes::Any,   Kind::Boolean),
];

impl<'t> Evaluation<'t> {
    /// The result of a function; the parser counted its arguments.
    pub(super) fn call(
        &self,
        function: Function,
        arguments: &'t [Expression],
        item: Item,
    ) -> Result<Value<'t>, Exhausted> {
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
            Function::Boolean => Value::Boolean(boolean(0)?),
            Function::Not => Value::Boolean(!boolean(0)?),
            Function::True => Value::Boolean(true),
            Function::False => Value::Boolean(false),
            Function::Lang => {
                let wanted = text(0)?;
                Value::Boolean(self.is_in_language(item, &wanted)?)
            }
            Function::Position => Value::Number(item.position as f64),
            Function::Last => Value::Number(item.size as f64),
            Function::Count => Value::Number(nodes(0)?.len() as f64),
            Function::Sum => {
                let mut sum = 0.0;
                for node in nodes(0)? {
                    sum += self.number_of(self.tree.text(node))?;
                }
                Value::Number(sum)
            }
            Function::Number => Value::Number(number(0)?),
            Function::Floor => Value::Number(number(0)?.floor()),
            Function::Ceiling => Value::Number(number(0)?.ceil()),
            Function::Round => Value::Number(number::round(number(0)?)),
            Function::LocalName | Function::Name | Function::NamespaceUri => {
                let first = nodes(0)?.first().copied();
                let named = first.map_or(Cow::Borrowed(""), |node| match function {
                    Function::LocalName => Cow::Borrowed(self.tree.local_name(node)),
                    Function::Name => self.tree.name(node),
                    _ => Cow::Borrowed(self.tree.namespace(node).unwrap_or("")),
                });
                if let Cow::Owned(name) = &named {
                    self.copy(name)?;
                }
                Value::Text(named)
            }
            Function::String => Value::Text(text(0)?),
            Function::Concat => {
                let mut joined = String::new();
                for argument in arguments {
                    let part = self.text(argument, item)?;
                    self.copy(&part)?;
                    joined.push_str(&part);
                }
                Value::Text(Cow::Owned(joined))
            }
            Function::StartsWith => {
                let (text, start) = (text(0)?, text(1)?);
                self.walk_through(&start)?;
                Value::Boolean(text.starts_with(&*start))
            }
            Function::Contains => {
                let (text, part) = (text(0)?, text(1)?);
                self.walk_through(&text)?;
                self.walk_through(&part)?;
                Value::Boolean(text.contains(&*part))
            }
            Function::SubstringBefore | Function::SubstringAfter => {
                let (text, part) = (text(0)?, text(1)?);
                self.copy(&text)?;
                self.walk_through(&part)?;
                let sides = text.split_once(&*part);
                let side = sides.map_or("", |(before, after)| match function {
                    Function::SubstringBefore => before,
                    _ => after,
                });
                Value::Text(Cow::Owned(side.to_owned()))
            }
            Function::Substring => {
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
                Value::Text(Cow::Owned(within.map(|(c, _)| c).collect()))
            }
            Function::StringLength => {
                let text = text(0)?;
                self.walk_through(&text)?;
                Value::Number(text.chars().count() as f64)
            }
            Function::NormalizeSpace => {
                let text = text(0)?;
                self.copy(&text)?;
                let words = trim(&text).split(is_white_space);
                let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
                Value::Text(Cow::Owned(words.join(" ")))
            }
            Function::Translate => {
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
                Value::Text(Cow::Owned(translated.collect()))
            }
        })
    }

    /// §4.3: the language of the context node is `wanted` or a part of it.
    fn is_in_language(&self, item: Item, wanted: &str) -> Result<bool, Exhausted> {
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
