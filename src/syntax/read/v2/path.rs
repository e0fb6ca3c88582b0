//! A path from the request (2.0 §5.42) → the path from the document in `Content` (3.0 §5.30) that
//! selects the same nodes of every request that can be translated.
//!
//! Such a request has one element in its `ResourceContent`, and no other element of a foreign
//! namespace anywhere. So a path can be translated that leads down into that element by name, and
//! from there on only downwards. Any other path is refused, even where it might select the same
//! nodes.

use super::super::*;
use crate::xml::{Namespaces, cut};

/// A translated path, with the namespaces of the prefixes in it.
pub(super) struct ReadPath {
    pub(super) text: String,
    pub(super) namespaces: Namespaces,
}

/// Translates `path`; the error is the reason why it cannot be. `context` is the namespace of
/// requests.
pub(super) fn within_content(
    path: &str,
    namespaces: Namespaces,
    context: &str,
) -> Result<ReadPath, String> {
    let scope = PathScope {
        namespaces: &namespaces,
        context,
    };
    let translated = tokens(path).and_then(|tokens| {
        let start = scope.way_to_content(&tokens)?;
        scope.only_downwards(&tokens[start..])?;
        Ok((tokens[start].at, tokens))
    });
    let (from, tokens) = translated.map_err(|reason| {
        format!(
            "the path `{}` has no counterpart: {reason}; XACML 3.0 selects within the `Content` of \
             a category, so a path must lead from `Resource/ResourceContent` downwards",
            cut(path)
        )
    })?;
    let used = |(prefix, _): &(Arc<str>, Arc<str>)| {
        let mut rest = tokens.iter().filter(|token| token.at >= from);
        rest.any(|token| token.prefix() == Some(&**prefix))
    };
    Ok(ReadPath {
        text: xml::trim(&path[from..]).to_owned(),
        namespaces: namespaces
            .iter()
            .filter(|&pair| used(pair))
            .cloned()
            .collect(),
    })
}

struct PathScope<'n> {
    namespaces: &'n [(Arc<str>, Arc<str>)],
    context: &'n str,
}

/// The node that the steps of a path so far lead to.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum PathPlace {
    Root,
    Request,
    Resource,
    Content,
}

impl PathScope<'_> {
    /// The place of the token that begins the part within the content: a `/` or `//`.
    fn way_to_content(&self, tokens: &[Token<'_>]) -> Result<usize, String> {
        // A path that does not begin with `/` begins at the request (2.0 §5.42).
        let mut at = 0;
        let mut place = match tokens.first().map(|first| first.kind) {
            Some(PathKind::Slash) => PathPlace::Root,
            Some(PathKind::Dot) => {
                at = 1;
                PathPlace::Request
            }
            _ => PathPlace::Request,
        };
        loop {
            let slash = at;
            let mut anywhere = false;
            match tokens.get(at).map(|token| token.kind) {
                Some(PathKind::Slash) => {
                    anywhere = tokens[at].text == "//";
                    at += 1;
                }
                // Only the first step may do without.
                _ if at == 0 => {}
                None => return Err("it ends before that".to_owned()),
                Some(_) => return Err("it does not lead there by name".to_owned()),
            }
            if place == PathPlace::Content {
                return Ok(slash);
            }
            let is_called = matches!(tokens.get(at + 1), Some(next) if next.is_call());
            let step = match tokens.get(at) {
                Some(step) if step.kind == PathKind::Name && step.text != "*" && !is_called => step,
                _ => return Err("it does not lead there by name".to_owned()),
            };
            if self.namespace(step)? != self.context {
                // Elements of other namespaces are only in the content.
                return if anywhere {
                    Ok(slash)
                } else {
                    Err(format!("a request has no `{}` there", step.text))
                };
            }
            let next = match step.local() {
                "Request" => PathPlace::Request,
                "Resource" => PathPlace::Resource,
                "ResourceContent" => PathPlace::Content,
                _ => return Err(format!("`{}` is not in the content", step.text)),
            };
            let is_there = if anywhere {
                next > place
            } else {
                next as u8 == place as u8 + 1
            };
            if !is_there {
                return Err(format!("a request has no `{}` there", step.text));
            }
            place = next;
            at += 1;
        }
    }

    /// Checks that the rest of a path stays within the document element it leads to.
    fn only_downwards(&self, tokens: &[Token<'_>]) -> Result<(), String> {
        let first = tokens.get(1).ok_or("it ends before that")?;
        // What else the content has of these, it need not have in 3.0: white space, for instance.
        let is_called = matches!(tokens.get(2), Some(next) if next.is_call());
        if first.kind != PathKind::Name || is_called {
            return Err("it does not name the element in the content".to_owned());
        }
        let mut depth = 0_usize;
        for (i, token) in tokens.iter().enumerate() {
            let next = tokens.get(i + 1).map_or("", |next| next.text);
            match token.kind {
                PathKind::Open => depth += 1,
                PathKind::Close => {
                    depth = depth.checked_sub(1).ok_or("its brackets do not match")?;
                }
                PathKind::Slash if i > 0 && !tokens[i - 1].ends_a_step() => {
                    return Err("it begins anew within a predicate".to_owned());
                }
                PathKind::Up => return Err(format!("`{}` leads upwards", token.text)),
                PathKind::Name if next == "(" && !FUNCTIONS.contains(&token.text) => {
                    return Err(format!("`{}` is not known to stay within it", token.text));
                }
                PathKind::Name if next == "::" && !AXES.contains(&token.text) => {
                    return Err(format!("`{}` leads elsewhere", token.text));
                }
                PathKind::Name if next != "(" && next != "::" => {
                    self.namespace(token)?;
                }
                PathKind::Variable => return Err("it has a variable".to_owned()),
                _ => {}
            }
            let joins = matches!(
                token.kind,
                PathKind::Operator | PathKind::Comma | PathKind::Literal
            );
            if depth == 0 && joins && !matches!(token.text, "@" | "::") {
                return Err("it is more than one path".to_owned());
            }
        }
        if depth > 0 {
            return Err("its brackets do not match".to_owned());
        }
        Ok(())
    }

    /// The namespace of a name; of an unprefixed one it is none, whatever the default is (XPath 1.0
    /// §2.3).
    fn namespace(&self, name: &Token<'_>) -> Result<&str, String> {
        let Some(prefix) = name.prefix() else {
            return Ok("");
        };
        let known = self.namespaces.iter().find(|(known, _)| **known == *prefix);
        match known {
            Some((_, uri)) => Ok(uri),
            None => Err(format!("the prefix `{prefix}` is not declared")),
        }
    }
}

/// The axes that lead downwards, or nowhere.
const AXES: [&str; 5] = [
    "attribute",
    "child",
    "descendant",
    "descendant-or-self",
    "self",
];

/// Tests of nodes, and the functions of XPath 1.0 that depend on their arguments alone.
const FUNCTIONS: [&str; 29] = [
    "boolean",
    "ceiling",
    "comment",
    "concat",
    "contains",
    "count",
    "false",
    "floor",
    "last",
    "local-name",
    "name",
    "namespace-uri",
    "node",
    "normalize-space",
    "not",
    "number",
    "position",
    "processing-instruction",
    "round",
    "starts-with",
    "string",
    "string-length",
    "substring",
    "substring-after",
    "substring-before",
    "sum",
    "text",
    "translate",
    "true",
];

#[derive(Clone, Copy, PartialEq)]
enum PathKind {
    /// `/` or `//`.
    Slash,
    /// `.`, the node where we are.
    Dot,
    /// `..`.
    Up,
    /// A name with its prefix, or `*`; also the name of a function or an axis.
    Name,
    Literal,
    Variable,
    Open,
    Close,
    Comma,
    /// An operator; also `@`, `::` and the names of operators.
    Operator,
}

/// A token of XPath 1.0 (§3.7), and its byte offset.
struct Token<'p> {
    kind: PathKind,
    text: &'p str,
    at: usize,
}

impl<'p> Token<'p> {
    fn prefix(&self) -> Option<&'p str> {
        let (prefix, _) = self.text.split_once(':')?;
        (self.kind == PathKind::Name).then_some(prefix)
    }

    fn local(&self) -> &'p str {
        self.text.rsplit(':').next().unwrap_or(self.text)
    }

    /// Whether a name before it is not that of an element.
    fn is_call(&self) -> bool {
        matches!(self.text, "(" | "::")
    }

    /// Whether a `/` after it goes on from it.
    fn ends_a_step(&self) -> bool {
        matches!(
            self.kind,
            PathKind::Name | PathKind::Dot | PathKind::Up | PathKind::Close | PathKind::Literal
        )
    }
}

fn tokens(path: &str) -> Result<Vec<Token<'_>>, String> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let mut rest = path;
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\r', '\n']);
        let Some(first) = rest.chars().next() else {
            return Ok(tokens);
        };
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        let name = |text: &str| text.find(|c| !is_name(c)).unwrap_or(text.len());
        let (kind, length) = match first {
            '/' if rest.starts_with("//") => (PathKind::Slash, 2),
            '/' => (PathKind::Slash, 1),
            '.' if rest.starts_with("..") => (PathKind::Up, 2),
            '.' if !rest[1..].starts_with(|c: char| c.is_ascii_digit()) => (PathKind::Dot, 1),
            '.' | '0'..='9' => {
                let digits = |c: char| c.is_ascii_digit() || c == '.';
                let end = rest.find(|c| !digits(c)).unwrap_or(rest.len());
                (PathKind::Literal, end)
            }
            '"' | '\'' => match rest[1..].find(first) {
                Some(end) => (PathKind::Literal, end + 2),
                None => return Err("it has an unfinished literal".to_owned()),
            },
            '(' | '[' => (PathKind::Open, 1),
            ')' | ']' => (PathKind::Close, 1),
            ',' => (PathKind::Comma, 1),
            '*' => (PathKind::Name, 1),
            '$' => (PathKind::Variable, 1),
            ':' if rest.starts_with("::") => (PathKind::Operator, 2),
            '<' | '>' | '!' if rest[1..].starts_with('=') => (PathKind::Operator, 2),
            '@' | '|' | '+' | '-' | '=' | '<' | '>' => (PathKind::Operator, 1),
            c if c.is_alphabetic() || c == '_' => {
                let end = name(rest);
                let after = rest[end..].strip_prefix(':').unwrap_or("");
                let length = match after.chars().next() {
                    Some('*') => end + 2,
                    Some(c) if c.is_alphabetic() || c == '_' => end + 1 + name(after),
                    _ => end,
                };
                (PathKind::Name, length)
            }
            c => return Err(format!("`{}` does not belong there", c.escape_debug())),
        };
        let at = path.len() - rest.len();
        // After an operand, `*` and any name are operators (XPath 1.0 §3.7).
        let is_operator = kind == PathKind::Name && tokens.last().is_some_and(Token::ends_a_step);
        tokens.push(Token {
            kind: if is_operator {
                PathKind::Operator
            } else {
                kind
            },
            text: &rest[..length],
            at,
        });
        rest = &rest[length..];
    }
}

#[cfg(test)]
mod tests;
