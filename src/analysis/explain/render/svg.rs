//! Explanations → a picture that needs nothing else: no script, no font, no style from elsewhere.

use super::super::tree::{Explanation, Node};
use super::super::words;
use super::{Line, Tone, footer, own_lines};

/// The height of a line and the width of a level, in pixels.
const HEIGHT: usize = 22;
const LEVEL: usize = 22;

/// The width of a character of the monospaced font of 13 pixels, in tenths of a pixel.
const CHARACTER: usize = 79;

/// The most characters of a line.
const LONGEST: usize = 160;

impl Explanation {
    /// The tree as an SVG picture.
    ///
    /// ```
    /// # let policy = &std::fs::read_to_string("fixtures/explain/letters.policy.xml")?;
    /// let pdp = vedtak::Pdp::from_xml(policy)?;
    /// let request = vedtak::Request::builder().subject("role", "clerk").action("read").build();
    /// assert!(pdp.explain(&request)[0].to_svg().starts_with("<svg xmlns="));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_svg(&self) -> String {
        let mut picture = Picture::default();
        let why = words::message(&self.why);
        for part in wrapped(&why) {
            picture.text(0, &part, "font-weight=\"bold\"");
        }
        picture.line += 1;
        if let Some(tree) = &self.tree {
            picture.node(tree, 0);
            picture.line += 1;
        }
        for (what, said) in footer(self) {
            picture.text(0, &format!("{what}: {said}"), "fill=\"#444\"");
        }
        let (width, height) = (picture.width + 24, picture.line * HEIGHT + 24);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" font-family=\"monospace\" font-size=\"13\">\n\
             <title>{}</title>\n\
             <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n{}</svg>\n",
            escaped(&why),
            picture.content
        )
    }
}

/// Lines one below the other.
#[derive(Default)]
struct Picture {
    content: String,
    line: usize,
    width: usize,
}

impl Picture {
    fn node(&mut self, node: &Node, level: usize) {
        let line = Line::of(node);
        let colour = match line.tone {
            Tone::Good => "#2e7d32",
            Tone::Bad => "#c62828",
            Tone::Failed => "#a15c00",
            Tone::Faint => "#777",
            Tone::Plain => "#222",
        };
        let (x, y) = (left(level), self.line * HEIGHT + HEIGHT);
        self.content += &format!(
            "<rect x=\"{x}\" y=\"{}\" width=\"8\" height=\"8\" rx=\"2\" fill=\"{colour}\"/>\n",
            y - 3
        );
        let text = format!("{}  {}", line.result, line.rest());
        self.text(level + 1, &text, &format!("fill=\"{colour}\""));
        let begin = self.line;
        for child in node.children.iter().take(own_lines(node, &line)) {
            // From this node down to the child, and to the right.
            let bottom = self.line * HEIGHT + HEIGHT + 1;
            let (down, right) = (left(level) + 4, left(level + 1));
            let top = begin * HEIGHT + 5;
            self.content += &format!(
                "<path d=\"M{down} {top}V{bottom}H{right}\" fill=\"none\" stroke=\"#bbb\"/>\n"
            );
            self.node(child, level + 1);
        }
    }

    fn text(&mut self, level: usize, text: &str, style: &str) {
        let mut shown: String = text.chars().take(LONGEST).collect();
        if text.chars().nth(LONGEST).is_some() {
            shown.push('…');
        }
        let x = left(level);
        self.width = self.width.max(x + shown.chars().count() * CHARACTER / 10);
        self.line += 1;
        self.content += &format!(
            "<text x=\"{x}\" y=\"{}\" {style} xml:space=\"preserve\">{}</text>\n",
            self.line * HEIGHT + 5,
            escaped(&shown)
        );
    }
}

fn left(level: usize) -> usize {
    12 + level * LEVEL
}

/// The text in lines, broken at blanks.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut length = 0;
    for word in text.split(' ') {
        let own = word.chars().count() + 1;
        if length + own > LONGEST && length > 0 {
            lines.push(String::new());
            length = 0;
        }
        if let Some(line) = lines.last_mut() {
            if length > 0 {
                line.push(' ');
            }
            line.push_str(word);
        }
        length += own;
    }
    lines
}

/// A text in XML. Characters that XML cannot hold are escaped before ([`words::shown`]); a blank is
/// there for any that is left.
pub(in crate::analysis) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\u{fffe}' | '\u{ffff}' => escaped.push(' '),
            other if other.is_control() => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}
