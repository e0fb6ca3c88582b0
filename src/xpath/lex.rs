//! Text → tokens (XPath 1.0 §3.7).

use super::PathError;
use crate::xml::{is_name_character, is_name_start};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum XPathToken<'p> {
    /// `/ // | + - = != < <= > >= * and or mod div`
    Operator(&'p str),
    /// `( ) [ ] . .. @ , ::`
    Mark(&'p str),
    /// A name with its prefix, if it has one; the local part may be `*`.
    Name(Option<&'p str>, &'p str),
    Literal(&'p str),
    Number(f64),
    End,
}

/// The tokens and where each begins; [`Token::End`] is the last.
pub(super) fn tokens(text: &str) -> Result<Vec<(XPathToken<'_>, usize)>, PathError> {
    let mut tokens: Vec<(XPathToken<'_>, usize)> = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\r', '\n']);
        let at = text.len() - rest.len();
        let Some(first) = rest.chars().next() else {
            tokens.push((XPathToken::End, at));
            return Ok(tokens);
        };
        // §3.7: after a token that may end an operand, `*` and names are operators.
        let operand_ended = match tokens.last() {
            None | Some((XPathToken::Operator(_), _)) => false,
            Some((XPathToken::Mark(mark), _)) => matches!(*mark, ")" | "]" | "." | ".."),
            Some(_) => true,
        };
        let (token, length) =
            one(rest, first, operand_ended).map_err(|message| PathError { at, message })?;
        tokens.push((token, at));
        rest = &rest[length..];
    }
}

fn one(rest: &str, first: char, operand_ended: bool) -> Result<(XPathToken<'_>, usize), String> {
    let two = rest.get(..2).unwrap_or("");
    let token = match first {
        '/' | '!' | '<' | '>' if matches!(two, "//" | "!=" | "<=" | ">=") => {
            XPathToken::Operator(two)
        }
        '/' | '|' | '+' | '-' | '=' | '<' | '>' => XPathToken::Operator(&rest[..1]),
        '*' if operand_ended => XPathToken::Operator(&rest[..1]),
        '*' => return Ok((XPathToken::Name(None, "*"), 1)),
        '.' if rest[1..].starts_with(|c: char| c.is_ascii_digit()) => return number(rest),
        '.' | ':' if matches!(two, ".." | "::") => XPathToken::Mark(two),
        '(' | ')' | '[' | ']' | '.' | '@' | ',' => XPathToken::Mark(&rest[..1]),
        '"' | '\'' => {
            let end = rest[1..].find(first).ok_or("a literal is not closed")?;
            return Ok((XPathToken::Literal(&rest[1..=end]), end + 2));
        }
        '0'..='9' => return number(rest),
        '$' => return Err("`$` begins a variable, and XACML defines none".to_owned()),
        c if is_name_start(c) => return name(rest, operand_ended),
        c => return Err(format!("`{}` does not belong there", c.escape_debug())),
    };
    match token {
        XPathToken::Operator(text) | XPathToken::Mark(text) => Ok((token, text.len())),
        other => Ok((other, 0)),
    }
}

fn number(rest: &str) -> Result<(XPathToken<'_>, usize), String> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let mut length = digits(rest);
    if rest[length..].starts_with('.') {
        length += 1;
        length += digits(&rest[length..]);
    }
    let number = super::number::parse(&rest[..length]);
    Ok((XPathToken::Number(number), length))
}

fn name(rest: &str, operand_ended: bool) -> Result<(XPathToken<'_>, usize), String> {
    let length = |text: &str| {
        let end = text.find(|c| !is_name_character(c));
        end.unwrap_or(text.len())
    };
    let end = length(rest);
    let first = &rest[..end];
    if operand_ended {
        return match first {
            "and" | "or" | "mod" | "div" => Ok((XPathToken::Operator(first), end)),
            _ => Err(format!("`{first}` is no operator")),
        };
    }
    let Some(after) = rest[end..]
        .strip_prefix(':')
        .filter(|a| !a.starts_with(':'))
    else {
        return Ok((XPathToken::Name(None, first), end));
    };
    if after.starts_with('*') {
        return Ok((XPathToken::Name(Some(first), "*"), end + 2));
    }
    if !after.starts_with(is_name_start) {
        return Err(format!("after the prefix `{first}` there is no name"));
    }
    let local = &after[..length(after)];
    Ok((XPathToken::Name(Some(first), local), end + 1 + local.len()))
}
