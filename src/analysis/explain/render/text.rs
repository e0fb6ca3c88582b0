//! Explanations → lines for a terminal.

use std::fmt;

use super::super::tree::{Explanation, Node};
use super::{Line, Tone, footer, own_lines};

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&written(self, false))
    }
}

impl Explanation {
    /// The text of `Display` in the colours of a terminal (ANSI escape sequences). Whether a terminal
    /// shows them is for the caller to know.
    ///
    /// ```
    /// # let policy = &std::fs::read_to_string("fixtures/explain/letters.policy.xml")?;
    /// let pdp = vedtak::Pdp::from_xml(policy)?;
    /// let request = vedtak::Request::builder().subject("role", "clerk").action("read").build();
    /// let explanation = &pdp.explain(&request)[0];
    /// assert!(explanation.to_ansi().contains("\u{1b}[32mPermit\u{1b}[0m"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_ansi(&self) -> String {
        written(self, true)
    }
}

fn written(explanation: &Explanation, has_colours: bool) -> String {
    let mut text = format!("{}\n", super::words::message(&explanation.why));
    if let Some(tree) = &explanation.tree {
        text.push('\n');
        add(&mut text, tree, "", "", has_colours);
    }
    let footer = footer(explanation);
    if !footer.is_empty() {
        text.push('\n');
    }
    for (what, said) in footer {
        let what = match has_colours {
            true => format!("\u{1b}[1m{what}\u{1b}[0m"),
            false => what.to_owned(),
        };
        text += &format!("{what}: {said}\n");
    }
    text.truncate(text.trim_end_matches('\n').len());
    text
}

/// Adds the line of a node and those within it. `first` is before the line itself, `before` before
/// those within it.
fn add(text: &mut String, node: &Node, first: &str, before: &str, has_colours: bool) {
    let line = Line::of(node);
    let result = match (has_colours, line.tone) {
        (false, _) | (true, Tone::Plain) => line.result.clone(),
        (true, Tone::Good) => format!("\u{1b}[32m{}\u{1b}[0m", line.result),
        (true, Tone::Bad) => format!("\u{1b}[31m{}\u{1b}[0m", line.result),
        (true, Tone::Failed) => format!("\u{1b}[33m{}\u{1b}[0m", line.result),
        (true, Tone::Faint) => format!("\u{1b}[2m{}\u{1b}[0m", line.result),
    };
    *text += first;
    *text += &format!("{result}  {}\n", line.rest());
    let count = own_lines(node, &line);
    for (place, child) in node.children.iter().take(count).enumerate() {
        let (branch, bar) = match place + 1 == count {
            true => ("└─ ", "   "),
            false => ("├─ ", "│  "),
        };
        let (first, before) = (format!("{before}{branch}"), format!("{before}{bar}"));
        add(text, child, &first, &before, has_colours);
    }
}
