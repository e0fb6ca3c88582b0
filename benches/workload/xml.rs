//! Indented XML, an element a line.

/// A document under way.
pub(crate) struct Xml {
    text: String,
    open: Vec<&'static str>,
}

impl Xml {
    pub(crate) fn new() -> Self {
        Self {
            text: "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n".to_owned(),
            open: Vec::new(),
        }
    }

    /// Begins an element that has others in it.
    pub(crate) fn open(&mut self, name: &'static str, attributes: &[(&str, &str)]) {
        self.start(name, attributes);
        self.text += ">\n";
        self.open.push(name);
    }

    /// Ends the innermost element.
    pub(crate) fn close(&mut self) {
        let name = self.open.pop().expect("an element is open");
        self.indent();
        self.text += &format!("</{name}>\n");
    }

    /// An element without content.
    pub(crate) fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.start(name, attributes);
        self.text += "/>\n";
    }

    /// An element with text in it.
    pub(crate) fn leaf(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        assert!(!text.contains(['<', '&']), "nothing here needs escaping");
        self.start(name, attributes);
        self.text += &format!(">{text}</{name}>\n");
    }

    pub(crate) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        self.text
    }

    fn start(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.indent();
        self.text.push('<');
        self.text += name;
        for (key, value) in attributes {
            for part in [" ", key, "=\"", value, "\""] {
                self.text += part;
            }
        }
    }

    fn indent(&mut self) {
        for _ in &self.open {
            self.text += "  ";
        }
    }
}
