//! A report → an HTML page.

use super::ChangeReport;
use super::blocks::{self, Block};
use crate::altinn::language::{Words, texts};
use crate::report::Visible;

const STYLE: &str = "body{font-family:sans-serif}td,th{padding:.3em;text-align:left;\
    vertical-align:top;border-bottom:1px solid #ccc}.lost{color:#a00}";

pub(super) fn write(report: &ChangeReport, words: Words) -> String {
    let (mut title, mut body) = (String::new(), String::new());
    for block in blocks::of(report, words) {
        match block {
            Block::Heading(level, text) => {
                let text = escaped(&text);
                body += &format!("<h{level}>{text}</h{level}>\n");
                if level == 1 {
                    title = text;
                }
            }
            Block::Sentence(text) => body += &format!("<p>{}</p>\n", escaped(&text)),
            Block::List(lines) => {
                body += "<ul>\n";
                for (kind, line) in lines {
                    body += &format!("<li class=\"{kind}\">{}</li>\n", escaped(&line));
                }
                body += "</ul>\n";
            }
            Block::Table(rows) => {
                let head =
                    blocks::columns(words).map(|column| format!("<th scope=\"col\">{column}</th>"));
                body += &format!("<table>\n<tr>{}</tr>\n", head.concat());
                for row in rows {
                    let cells = row.map(|cell| format!("<td>{}</td>", escaped(&cell)));
                    body += &format!("<tr>{}</tr>\n", cells.concat());
                }
                body += "</table>\n";
            }
        }
    }
    let lang = words.say(texts::LANGUAGE);
    format!(
        "<!DOCTYPE html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )
}

/// A text that is no HTML.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in Visible(text).to_string().chars() {
        match c {
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '&' => escaped += "&amp;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            c => escaped.push(c),
        }
    }
    escaped
}
