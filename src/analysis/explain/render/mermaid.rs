//! Explanations → a flowchart of Mermaid.

use super::super::tree::{Explanation, Node};
use super::super::words;
use super::{Line, Tone, own_lines};

impl Explanation {
    /// The tree as a flowchart for Mermaid, which pages of many services draw.
    ///
    /// ```
    /// # let policy = &std::fs::read_to_string("fixtures/explain/letters.policy.xml")?;
    /// let pdp = vedtak::Pdp::from_xml(policy)?;
    /// let request = vedtak::Request::builder().subject("role", "clerk").action("read").build();
    /// assert!(pdp.explain(&request)[0].to_mermaid().starts_with("flowchart LR\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_mermaid(&self) -> String {
        let mut text = "flowchart LR\n".to_owned();
        let why = quoted(&words::message(&self.why));
        text += &format!("  why[\"{why}\"]\n");
        if let Some(tree) = &self.tree {
            let mut number = 0;
            add(&mut text, tree, None, &mut number);
        }
        text += "  classDef good fill:#e3f4e3,stroke:#2e7d32\n  \
                 classDef bad fill:#fde7e7,stroke:#c62828\n  \
                 classDef failed fill:#fff4d6,stroke:#a15c00\n  \
                 classDef faint fill:#f4f4f4,stroke:#999\n";
        text
    }
}

fn add(text: &mut String, node: &Node, parent: Option<usize>, number: &mut usize) {
    let own = *number;
    *number += 1;
    let line = Line::of(node);
    let label = quoted(&format!("{}: {}", line.result, line.rest()));
    let class = match line.tone {
        Tone::Good => ":::good",
        Tone::Bad => ":::bad",
        Tone::Failed => ":::failed",
        Tone::Faint => ":::faint",
        Tone::Plain => "",
    };
    *text += &format!("  n{own}[\"{label}\"]{class}\n");
    *text += &match parent {
        Some(parent) => format!("  n{parent} --> n{own}\n"),
        None => format!("  why --> n{own}\n"),
    };
    for child in node.children.iter().take(own_lines(node, &line)) {
        add(text, child, Some(own), number);
    }
}

/// A text for a label in quotes: Mermaid takes HTML and Markdown there, so whatever means something in
/// either is a numbered character.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' | '#' | '&' | '<' | '>' | '`' | ';' | '*' | '_' | '\\' | '%' | '{' | '}' | '['
            | ']' => {
                quoted += &format!("#{};", u32::from(character));
            }
            other => quoted.push(other),
        }
    }
    quoted
}
