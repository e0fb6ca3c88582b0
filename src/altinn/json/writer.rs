//! Members one by one → a JSON object on one line.

use crate::json::write_string;

/// A JSON object under construction.
pub(in crate::altinn) struct ObjectWriter<'o> {
    out: &'o mut String,
    is_empty: bool,
    /// Stands after each comma and colon.
    blank: &'static str,
}

impl<'o> ObjectWriter<'o> {
    pub(in crate::altinn) fn new(out: &'o mut String) -> Self {
        Self::with_blank(out, " ")
    }

    pub(in crate::altinn) fn compact(out: &'o mut String) -> Self {
        Self::with_blank(out, "")
    }

    fn with_blank(out: &'o mut String, blank: &'static str) -> Self {
        out.push('{');
        Self {
            out,
            is_empty: true,
            blank,
        }
    }

    pub(in crate::altinn) fn end(self) {
        self.out.push('}');
    }

    fn name(&mut self, name: &str) {
        if !self.is_empty {
            self.separate();
        }
        self.is_empty = false;
        write_string(self.out, name);
        self.out.push(':');
        self.out.push_str(self.blank);
    }

    fn separate(&mut self) {
        self.out.push(',');
        self.out.push_str(self.blank);
    }

    /// Writes a member whose value is JSON already.
    pub(in crate::altinn) fn json(&mut self, name: &str, value: &str) {
        self.name(name);
        self.out.push_str(value);
    }

    pub(in crate::altinn) fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        write_string(self.out, value);
    }

    pub(in crate::altinn) fn optional(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    pub(in crate::altinn) fn number(&mut self, name: &str, value: u64) {
        self.json(name, &value.to_string());
    }

    pub(in crate::altinn) fn optional_number(&mut self, name: &str, value: Option<u64>) {
        if let Some(value) = value {
            self.number(name, value);
        }
    }

    pub(in crate::altinn) fn flag(&mut self, name: &str, value: bool) {
        self.json(name, if value { "true" } else { "false" });
    }

    pub(in crate::altinn) fn object(
        &mut self,
        name: &str,
        write: impl FnOnce(&mut ObjectWriter<'_>),
    ) {
        self.name(name);
        let mut object = ObjectWriter::with_blank(self.out, self.blank);
        write(&mut object);
        object.end();
    }

    /// Writes an array on the same line.
    pub(in crate::altinn) fn array<T>(
        &mut self,
        name: &str,
        items: impl IntoIterator<Item = T>,
        write: impl Fn(&mut String, T),
    ) {
        self.name(name);
        self.out.push('[');
        for (i, item) in items.into_iter().enumerate() {
            if i > 0 {
                self.separate();
            }
            write(self.out, item);
        }
        self.out.push(']');
    }

    /// Writes an array with a line for each item; nothing if there are none.
    pub(in crate::altinn) fn lines<T>(
        &mut self,
        name: &str,
        items: Vec<T>,
        write: impl Fn(&mut String, T),
    ) {
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
