//! Values → text, without white space.

use super::JsonDialect;
use super::scan::plain;

/// Writes one document. Commas take care of themselves.
pub(crate) struct Writer<'d> {
    out: String,
    dialect: &'d JsonDialect,
    /// Bytes that may be written.
    most: usize,
}

impl<'d> Writer<'d> {
    pub(crate) fn new(dialect: &'d JsonDialect) -> Self {
        Self::within(dialect, usize::MAX)
    }

    /// A writer that stops after so many bytes.
    pub(crate) fn within(dialect: &'d JsonDialect, most: usize) -> Self {
        Self {
            out: String::with_capacity(256),
            dialect,
            most,
        }
    }

    /// Whether it has left off: no string, object or array that comes is written.
    pub(crate) fn is_full(&self) -> bool {
        self.out.len() > self.most
    }

    /// The text, if all of it was written.
    pub(crate) fn finish_within(self) -> Option<String> {
        (!self.is_full()).then(|| self.finish())
    }

    pub(crate) fn finish(self) -> String {
        self.out
    }

    pub(crate) fn dialect(&self) -> &'d JsonDialect {
        self.dialect
    }

    pub(crate) fn object(&mut self, inside: impl FnOnce(&mut Self)) {
        if self.is_full() {
            return;
        }
        self.separate();
        self.out.push('{');
        inside(self);
        self.out.push('}');
    }

    pub(crate) fn array(&mut self, inside: impl FnOnce(&mut Self)) {
        if self.is_full() {
            return;
        }
        self.separate();
        self.out.push('[');
        inside(self);
        self.out.push(']');
    }

    /// The name of a member, under which the dialect knows it; its value comes next.
    pub(crate) fn name(&mut self, name: &'static str) {
        self.separate();
        self.out.push('"');
        self.out.push_str(self.dialect.name(name));
        self.out.push_str("\":");
    }

    /// A name that is not the profile's; its value comes next.
    pub(crate) fn key(&mut self, name: &str) {
        self.string(name);
        self.out.push(':');
    }

    /// A member that is an object.
    pub(crate) fn object_member(&mut self, name: &'static str, inside: impl FnOnce(&mut Self)) {
        self.name(name);
        self.object(inside);
    }

    /// A member that is an array of `each` of `items`; not written if there are none.
    pub(crate) fn array_member<T>(
        &mut self,
        name: &'static str,
        items: impl IntoIterator<Item = T>,
        mut each: impl FnMut(&mut Self, T),
    ) {
        let mut items = items.into_iter().peekable();
        if items.peek().is_none() {
            return;
        }
        self.name(name);
        self.array(|writer| items.for_each(|item| each(writer, item)));
    }

    /// A member that is a string.
    pub(crate) fn string_member(&mut self, name: &'static str, text: &str) {
        self.name(name);
        self.string(text);
    }

    /// A member that is a string, if there is one.
    pub(crate) fn optional(&mut self, name: &'static str, text: Option<&str>) {
        if let Some(text) = text {
            self.string_member(name, text);
        }
    }

    /// Writes a member if it is true; an absent one is false.
    pub(crate) fn flag(&mut self, name: &'static str, value: bool) {
        if value {
            self.name(name);
            self.literal("true");
        }
    }

    /// A number or a word of JSON.
    pub(crate) fn literal(&mut self, text: &str) {
        self.separate();
        self.out.push_str(text);
    }

    pub(crate) fn string(&mut self, text: &str) {
        if self.is_full() {
            return;
        }
        self.separate();
        write_string(&mut self.out, text);
    }

    /// Writes a comma, unless a container or a value has just begun. A string ends with a quote, so
    /// the last byte is never one of its content.
    fn separate(&mut self) {
        if !matches!(self.out.as_bytes().last(), None | Some(b'{' | b'[' | b':')) {
            self.out.push(',');
        }
    }
}

/// Writes a text as a JSON string.
///
/// ```
/// let mut out = "name: ".to_owned();
/// vedtak::json::write_string(&mut out, "\"KARI\"\n");
/// assert_eq!(out, r#"name: "\"KARI\"\n""#);
/// ```
pub fn write_string(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    loop {
        let at = plain(rest.as_bytes());
        let Some(special) = rest.as_bytes().get(at) else {
            break;
        };
        out.push_str(&rest[..at]);
        match special {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            control => out.push_str(&format!("\\u{control:04x}")),
        }
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
    out.push('"');
}
