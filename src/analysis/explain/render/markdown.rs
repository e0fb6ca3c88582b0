//! Explanations → Markdown: a nested list.

use super::super::tree::{Explanation, Node};
use super::super::words;
use super::{Line, footer, own_lines};

impl Explanation {
    /// The explanation in Markdown: the sentence, a nested list, and what else there is to say.
    ///
    /// ```
    /// # let policy = &std::fs::read_to_string("fixtures/explain/letters.policy.xml")?;
    /// let pdp = vedtak::Pdp::from_xml(policy)?;
    /// let request = vedtak::Request::builder().subject("role", "clerk").action("read").build();
    /// assert!(pdp.explain(&request)[0].to_markdown().starts_with("**Permit: Rule `"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_markdown(&self) -> String {
        let mut text = format!("**{}**\n", escaped(&words::message(&self.why)));
        if let Some(tree) = &self.tree {
            text.push('\n');
            add(&mut text, tree, 0);
        }
        let footer = footer(self);
        if !footer.is_empty() {
            text.push('\n');
        }
        for (what, said) in footer {
            text += &format!("- *{what}:* {}\n", escaped(&said));
        }
        text
    }
}

fn add(text: &mut String, node: &Node, depth: usize) {
    let line = Line::of(node);
    let indent = "  ".repeat(depth);
    let (result, rest) = (escaped(&line.result), escaped(&line.rest()));
    *text += &format!("{indent}- **{result}** {rest}\n");
    for child in node.children.iter().take(own_lines(node, &line)) {
        add(text, child, depth + 1);
    }
}

/// A text without Markdown of its own. Text between backticks stays as it is: names are between them.
/// A backtick inside a name would end that, so whatever follows the last pair is escaped.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut parts = text.split('`').peekable();
    let mut is_name = false;
    while let Some(part) = parts.next() {
        let has_end = parts.peek().is_some();
        match is_name && has_end {
            // Two backticks would begin another kind of code, which ends elsewhere.
            true if part.is_empty() => escaped += "\\`\\`",
            true => escaped.extend(["`", part, "`"]),
            false => {
                // The backtick before a part without an end is one of the text.
                if is_name {
                    escaped += "\\`";
                }
                for character in part.chars() {
                    if matches!(
                        character,
                        '\\' | '*'
                            | '_'
                            | '{'
                            | '}'
                            | '['
                            | ']'
                            | '<'
                            | '>'
                            | '#'
                            | '|'
                            | '&'
                            | '!'
                    ) {
                        escaped.push('\\');
                    }
                    escaped.push(character);
                }
            }
        }
        is_name = !is_name && has_end;
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn names_stay_and_the_rest_is_escaped() {
        assert_eq!(escaped("Rule `a_b` <b>"), "Rule `a_b` \\<b\\>");
        assert_eq!(escaped("a `b*"), "a \\`b\\*");
        assert_eq!(escaped("[x](y) `a` `b`"), "\\[x\\](y) `a` `b`");
        assert_eq!(escaped("```<b>`"), "\\`\\``<b>`");
    }
}
