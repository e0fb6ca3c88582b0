//! JSON text → a tree of its values, for documents of a host.

use std::borrow::Cow;
use std::fmt;

use super::document::malformed;
use super::scan::{Kind, Node, scan, unescape};
use crate::error::{Error, Offset, Source};
use crate::limits::Limits;

/// A JSON text (RFC 8259) as a tree of values, each with its place, numbers as written and members that
/// are given twice: for a host's own documents, whose problems [`report`](crate::report) shows.
///
/// ```
/// use vedtak::Limits;
/// use vedtak::json::JsonTree;
/// use vedtak::report::{Problem, Source};
///
/// let source = Source { name: "roles.json".into(), text: r#"{"kari": ["dagl"], "ola": 7}"# };
/// let tree = JsonTree::read(&source, &Limits::default())?;
/// let mut problems = Vec::new();
/// for (name, roles) in tree.root().members().expect("is an object") {
///     if roles.items().is_none() {
///         let name = name.as_str().expect("names are strings");
///         problems.push(Problem {
///             offset: roles.offset(),
///             path: String::new(),
///             message: format!("expected the roles of `{name}`, but found {}", roles.kind()),
///         });
///     }
/// }
/// let error = vedtak::Error::new(source.diagnostics(problems));
/// let message = "roles.json:1:27: expected the roles of `ola`, but found a number\n  \
///     1 | {\"kari\": [\"dagl\"], \"ola\": 7}\n    |                           ^";
/// assert_eq!(error.to_string(), message);
/// # Ok::<(), vedtak::Error>(())
/// ```
pub struct JsonTree<'a> {
    text: &'a str,
    nodes: Vec<Node>,
}

impl<'a> JsonTree<'a> {
    /// Reads a text within the limits of depth and elements.
    ///
    /// # Errors
    ///
    /// The first place at which the text is no JSON, or is beyond a limit.
    pub fn read(source: &Source<'a>, limits: &Limits) -> Result<Self, Error> {
        let text = source.text;
        let nodes = scan(text, limits).map_err(|fault| malformed(source, fault))?;
        Ok(Self { text, nodes })
    }

    /// The value that is the whole text.
    pub fn root(&self) -> JsonValue<'_> {
        JsonValue { tree: self, at: 0 }
    }
}

impl fmt::Debug for JsonTree<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JsonTree").field(&self.root()).finish()
    }
}

/// A value of a [`JsonTree`], or the name of a member.
#[derive(Clone, Copy)]
pub struct JsonValue<'a> {
    tree: &'a JsonTree<'a>,
    at: u32,
}

impl<'a> JsonValue<'a> {
    /// The place at which it begins.
    pub fn offset(self) -> Offset {
        Offset::new(self.node().start as usize)
    }

    /// The value as written, quotes and brackets included.
    pub fn raw(self) -> &'a str {
        let Node { start, end, .. } = *self.node();
        &self.tree.text[start as usize..end as usize]
    }

    /// The kind of value for a sentence: `a string`, `null`.
    pub fn kind(self) -> &'static str {
        self.node().kind.name()
    }

    /// The value of a boolean.
    pub fn as_bool(self) -> Option<bool> {
        match self.node().kind {
            Kind::Boolean(value) => Some(value),
            _ => None,
        }
    }

    /// The characters of a string, borrowed from the text unless it has escapes.
    pub fn as_str(self) -> Option<Cow<'a, str>> {
        let Kind::String { escaped } = self.node().kind else {
            return None;
        };
        let raw = self.raw();
        let inside = &raw[1..raw.len() - 1];
        Some(match escaped {
            true => unescape(inside),
            false => inside.into(),
        })
    }

    /// The values of an array.
    pub fn items(self) -> Option<impl Iterator<Item = JsonValue<'a>>> {
        (self.node().kind == Kind::Array).then(|| self.inside())
    }

    /// The members of an object in their order, each name with its value.
    pub fn members(self) -> Option<impl Iterator<Item = (JsonValue<'a>, JsonValue<'a>)>> {
        if self.node().kind != Kind::Object {
            return None;
        }
        let mut inside = self.inside();
        Some(std::iter::from_fn(move || {
            Some((inside.next()?, inside.next()?))
        }))
    }

    /// The items of an array; of an object, names and values by turns.
    fn inside(self) -> impl Iterator<Item = JsonValue<'a>> {
        let (tree, end) = (self.tree, self.node().next);
        let mut at = self.at + 1;
        std::iter::from_fn(move || {
            let value = (at < end).then_some(JsonValue { tree, at })?;
            at = value.node().next;
            Some(value)
        })
    }

    /// INVARIANT: values are made of places in their tree, which has at least one.
    fn node(self) -> &'a Node {
        &self.tree.nodes[self.at as usize]
    }
}

impl fmt::Debug for JsonValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.raw())
    }
}
