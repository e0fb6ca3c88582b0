//! A report → Markdown.

use super::ChangeReport;
use super::blocks::{self, Block};
use crate::altinn::language::Words;
use crate::report::Visible;

pub(super) fn write(report: &ChangeReport, words: Words) -> String {
    let mut out = String::new();
    for block in blocks::of(report, words) {
        if !out.is_empty() {
            out += "\n";
        }
        match block {
            Block::Heading(level, text) => {
                let marks = "#".repeat(usize::from(level));
                out += &format!("{marks} {}\n", escaped(&text));
            }
            Block::Sentence(text) => out += &format!("{}\n", escaped(&text)),
            Block::List(lines) => {
                for (_, line) in lines {
                    out += &format!("- {}\n", escaped(&line));
                }
            }
            Block::Table(rows) => {
                out += &format!(
                    "| {} |\n|---|---|---|---|---|\n",
                    blocks::columns(words).join(" | ")
                );
                for row in rows {
                    out += &format!("| {} |\n", row.map(|cell| escaped(&cell)).join(" | "));
                }
            }
        }
    }
    out
}

/// A text on one line, without Markdown or HTML of its own.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in Visible(text).to_string().chars() {
        match c {
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '&' => escaped += "&amp;",
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '#' | '|' | '~' | '!' | '$' => {
                escaped.extend(['\\', c]);
            }
            // No address, mention or link is made of a name.
            ':' if is_linkable(&escaped) => escaped += "&#58;",
            '@' => escaped += "&#64;",
            '.' if ends_with(&escaped, "www") => escaped += "&#46;",
            c => escaped.push(c),
        }
    }
    escaped
}

/// Whether a colon would make the beginning of an address of a text.
fn is_linkable(before: &str) -> bool {
    ["http", "https", "ftp", "mailto", "xmpp"]
        .iter()
        .any(|scheme| ends_with(before, scheme))
}

fn ends_with(text: &str, word: &str) -> bool {
    let start = text.len().checked_sub(word.len());
    let end = start.and_then(|start| text.get(start..));
    end.is_some_and(|end| end.eq_ignore_ascii_case(word))
}
