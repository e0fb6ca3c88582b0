//! The common parts of all lexical forms: white space, length limits and the error.

use std::borrow::Cow;

use super::DataType;
use crate::error::cut;

/// The error of a text that is no lexical form of its data type (A.2).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a valid {}: {reason}", .data_type.short_name())]
pub struct LexicalError {
    data_type: DataType,
    text: Box<str>,
    reason: Cow<'static, str>,
}

impl LexicalError {
    pub(super) fn new(
        data_type: DataType,
        text: &str,
        reason: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            data_type,
            text: cut(text).into(),
            reason: reason.into(),
        }
    }

    /// The data type the text should have been of.
    pub fn data_type(&self) -> DataType {
        self.data_type
    }
}

/// Drops XML white space at both ends; other blanks are characters like any (XML 1.0 §2.3).
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(is_white_space)
}

pub(super) fn is_white_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n')
}

/// Refuses a text too long to be worth reading: no hostile literal may cost more than a
/// well-meant one.
pub(super) fn limit(data_type: DataType, text: &str) -> Result<(), LexicalError> {
    let limit = match data_type {
        DataType::Integer => 16_384,
        _ => 4_096,
    };
    if text.len() <= limit {
        return Ok(());
    }
    Err(LexicalError::new(
        data_type,
        text,
        format!("it is longer than {limit} bytes"),
    ))
}
