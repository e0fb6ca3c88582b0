//! Members one by one → a JSON object on one line, with a space after each comma and colon.

use super::time::{self, WindowEdge};
use crate::altinn::fact::Window;

/// A JSON object under construction.
pub(super) struct ObjectWriter<'o> {
    out: &'o mut String,
    is_empty: bool,
}

impl<'o> ObjectWriter<'o> {
    pub(super) fn new(out: &'o mut String) -> Self {
        out.push('{');
        let is_empty = true;
        Self { out, is_empty }
    }

    pub(super) fn end(self) {
        self.out.push('}');
    }

    fn name(&mut self, name: &str) {
        if !self.is_empty {
            self.out.push_str(", ");
        }
        self.is_empty = false;
        json(self.out, name);
        self.out.push_str(": ");
    }

    /// Writes a member whose value is JSON already.
    pub(super) fn json(&mut self, name: &str, value: &str) {
        self.name(name);
        self.out.push_str(value);
    }

    pub(super) fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        json(self.out, value);
    }

    pub(super) fn optional(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    pub(super) fn number(&mut self, name: &str, value: u64) {
        self.json(name, &value.to_string());
    }

    pub(super) fn optional_number(&mut self, name: &str, value: Option<u64>) {
        if let Some(value) = value {
            self.number(name, value);
        }
    }

    pub(super) fn flag(&mut self, name: &str, value: bool) {
        self.json(name, if value { "true" } else { "false" });
    }

    pub(super) fn window(&mut self, window: Window) {
        self.optional(
            "valid_from",
            time::write(window.from, WindowEdge::From).as_deref(),
        );
        self.optional(
            "valid_until",
            time::write(window.until, WindowEdge::Until).as_deref(),
        );
    }

    pub(super) fn object(&mut self, name: &str, write: impl FnOnce(&mut ObjectWriter<'_>)) {
        self.name(name);
        let mut object = ObjectWriter::new(self.out);
        write(&mut object);
        object.end();
    }

    /// Writes an array on the same line.
    pub(super) fn array<T>(
        &mut self,
        name: &str,
        items: impl IntoIterator<Item = T>,
        write: impl Fn(&mut String, T),
    ) {
        self.name(name);
        self.out.push('[');
        for (i, item) in items.into_iter().enumerate() {
            if i > 0 {
                self.out.push_str(", ");
            }
            write(self.out, item);
        }
        self.out.push(']');
    }

    /// Writes an array with a line for each item; nothing if there are none.
    pub(super) fn lines<T>(&mut self, name: &str, items: Vec<T>, write: impl Fn(&mut String, T)) {
        if items.is_empty() {
            return;
        }
        if !self.is_empty {
            self.out.push_str(",\n     ");
            self.is_empty = true;
        }
        self.name(name);
        let mut separator = "[\n      ";
        for item in items {
            self.out.push_str(separator);
            separator = ",\n      ";
            write(self.out, item);
        }
        self.out.push(']');
    }
}

/// Writes a text as a JSON string.
pub(super) fn json(out: &mut String, text: &str) {
    // Most texts need no escapes.
    if !text
        .bytes()
        .any(|byte| byte < b' ' || byte == b'"' || byte == b'\\')
    {
        out.push('"');
        out.push_str(text);
        out.push('"');
        return;
    }
    // Strings always serialize.
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
}
