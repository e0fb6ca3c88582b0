//! Expressions of SQL, and their text.

use std::collections::HashMap;
use std::fmt::Write;
use std::rc::Rc;

use super::{SqlCondition, SqlDialect, SqlError};
use crate::value::{DataType, Value};

/// An expression that is True or False, or a test within one that is NULL where its column is.
#[derive(Clone, Debug)]
pub(super) enum Sql {
    Is(bool),
    Test(Rc<[Piece]>),
    /// INVARIANT: two parts or more, none of which is such a list itself, or known.
    List(Rc<List>),
}

#[derive(Debug)]
pub(super) struct List {
    is_and: bool,
    parts: Vec<Sql>,
    /// The tests and parameters in it.
    size: usize,
    depth: usize,
}

/// A part of a test.
#[derive(Clone, Debug)]
pub(super) enum Piece {
    Text(String),
    Parameter(Value),
}

/// How deeply expressions may be nested; SQLite reads no deeper ones than a thousand.
const DEPTH: usize = 200;

impl Sql {
    pub(super) fn test(pieces: impl IntoIterator<Item = Piece>) -> Self {
        Self::Test(pieces.into_iter().collect())
    }

    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::test([Piece::Text(text.into())])
    }

    pub(super) fn and(parts: impl IntoIterator<Item = Self>) -> Self {
        Self::list(true, parts)
    }

    pub(super) fn or(parts: impl IntoIterator<Item = Self>) -> Self {
        Self::list(false, parts)
    }

    fn list(is_and: bool, all: impl IntoIterator<Item = Self>) -> Self {
        let mut parts = Vec::new();
        for part in all {
            match part {
                // True AND x is x, and False AND x is False.
                Self::Is(known) if known == is_and => {}
                Self::Is(known) => return Self::Is(known),
                Self::List(list) if list.is_and == is_and => {
                    parts.extend(list.parts.iter().cloned());
                }
                other => parts.push(other),
            }
        }
        match parts.len() {
            0 => Self::Is(is_and),
            1 => parts.remove(0),
            _ => {
                let depth = parts.iter().map(Self::depth).max().unwrap_or_default();
                Self::List(Rc::new(List {
                    is_and,
                    size: parts
                        .iter()
                        .fold(0, |size, part| size.saturating_add(part.size())),
                    depth: depth + 1,
                    parts,
                }))
            }
        }
    }

    fn size(&self) -> usize {
        match self {
            Self::Is(_) => 1,
            Self::Test(pieces) => pieces.len(),
            Self::List(list) => list.size,
        }
    }

    /// The number of its parts.
    pub(super) fn parts(&self) -> usize {
        match self {
            Self::List(list) => list.parts.len(),
            _ => 1,
        }
    }

    fn depth(&self) -> usize {
        match self {
            Self::List(list) => list.depth,
            _ => 0,
        }
    }

    /// Fails if it is larger than that, or nested too deeply.
    pub(super) fn within(self, budget: usize) -> Result<Self, SqlError> {
        match self.size() <= budget && self.depth() <= DEPTH {
            true => Ok(self),
            false => Err(SqlError::TooLarge),
        }
    }

    /// The pieces of it, as they stand in another test.
    pub(super) fn pieces(&self, out: &mut Vec<Piece>) {
        let text = |text: &str| Piece::Text(text.to_owned());
        match self {
            Self::Is(true) => out.push(text("(1 = 1)")),
            Self::Is(false) => out.push(text("(1 = 0)")),
            Self::Test(pieces) => out.extend(pieces.iter().cloned()),
            Self::List(list) => {
                for (place, part) in list.parts.iter().enumerate() {
                    out.push(text(match (place, list.is_and) {
                        (0, _) => "(",
                        (_, true) => " AND ",
                        (_, false) => " OR ",
                    }));
                    part.pieces(out);
                }
                out.push(text(")"));
            }
        }
    }

    /// The text, in which equal values are one parameter.
    pub(super) fn write(&self, dialect: SqlDialect, first_parameter: usize) -> SqlCondition {
        let mut pieces = Vec::new();
        self.pieces(&mut pieces);
        let mark = match dialect {
            SqlDialect::Sqlite => '?',
            SqlDialect::Postgres => '$',
        };
        let mut text = String::new();
        let mut parameters = Vec::new();
        let mut places: HashMap<(DataType, String), usize> = HashMap::new();
        for piece in pieces {
            match piece {
                Piece::Text(piece) => text.push_str(&piece),
                Piece::Parameter(value) => {
                    let key = (value.data_type(), value.lexical());
                    let place = *places.entry(key).or_insert_with(|| {
                        parameters.push(value);
                        parameters.len() - 1
                    });
                    let _ = write!(text, "{mark}{}", first_parameter.saturating_add(place));
                }
            }
        }
        SqlCondition { text, parameters }
    }
}
