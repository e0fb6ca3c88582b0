//! Covers → a page.

use std::fmt::Write;

use super::{Cover, Coverage, CoveredElement, Share};
use crate::analysis::explain::{Element, escaped, shown};

const STYLE: &str = "\
body{font-family:sans-serif;margin:1em auto;max-width:75em;padding:0 1em;color:#111;background:#fff}\
table{border-collapse:collapse}caption{text-align:left;padding:.3em 0}\
th,td{padding:.1em .6em;text-align:left;vertical-align:top}\
.sums th,.sums td{border-bottom:1px solid #bbb}.sums td{text-align:right}\
.text{font-size:.9em;width:100%}.text th{font-weight:normal;color:#555}.text tbody th{text-align:right}\
.text td:first-of-type{white-space:nowrap}.text pre{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}\
.covered{background:#e3f5e3}.partly{background:#fff3c9}.never{background:#fde0e0}";

impl Cover {
    /// The cover as one page of HTML: the sums, each rule, and the documents line by line, marked in words
    /// and in colours. It asks for nothing else, and has no scripts.
    ///
    /// ```
    /// # let policy = &std::fs::read_to_string("fixtures/explain/letters.policy.xml")?;
    /// use vedtak::{Pdp, Request};
    /// let pdp = Pdp::builder().policy("letters.xml", policy).build()?;
    /// let request = Request::builder().subject("role", "clerk").action("read").build();
    /// let page = pdp.cover([&request]).to_html();
    /// assert!(page.contains("1 of 2 rules"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_html(&self) -> String {
        let mut page = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n<title>Cover of policies</title>\n\
             <style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>Cover of policies</h1>\n"
        );
        let (rules, whole) = (self.share(&[Element::Rule]), self.whole());
        // Writing to a String cannot fail.
        let _ = writeln!(
            page,
            "<p>Decisions: {}. {} of {} rules applied. Of all rules, targets, matches, conditions and \
             boolean functions, {} of {} ({} %) are covered: a rule that applied, and anything else that \
             was both true and false.</p>",
            self.decisions,
            rules.covered,
            rules.all,
            whole.covered,
            whole.all,
            percent(whole)
        );
        if self.cut > 0 {
            let _ = writeln!(
                page,
                "<p>Decisions of which a part is not counted: {}.</p>",
                self.cut
            );
        }
        self.table(&mut page);
        for (source, lines) in self.documents() {
            let _ = writeln!(
                page,
                "<h2>{0}</h2>\n<table class=\"text\" aria-label=\"{0}\">\n<thead><tr><th scope=\"col\">line</th>\
                 <th scope=\"col\">cover</th><th scope=\"col\">text</th></tr></thead>\n<tbody>",
                escaped(&shown(source))
            );
            for (number, (margin, line)) in (1..).zip(lines) {
                let (class, words) = mark(&margin);
                let _ = writeln!(
                    page,
                    "<tr{class}><th scope=\"row\">{number}</th><td>{words}</td>\
                     <td><pre>{}</pre></td></tr>",
                    escaped(&line)
                );
            }
            page.push_str("</tbody>\n</table>\n");
        }
        page.push_str("</main>\n</body>\n</html>\n");
        page
    }

    /// Writes the table of policies and rules.
    fn table(&self, page: &mut String) {
        page.push_str(
            "<table class=\"sums\">\n<caption>Policies and rules, and in how many evaluations each applied, \
             decided and so on</caption>\n<thead><tr>",
        );
        for name in [
            "policy or rule",
            "reached",
            "applied",
            "decided",
            "lost",
            "left out",
        ] {
            let _ = write!(page, "<th scope=\"col\">{name}</th>");
        }
        page.push_str("<th scope=\"col\">Indeterminate</th></tr></thead>\n<tbody>\n");
        for element in self.elements.iter().filter(|element| element.is_decision()) {
            let class = class(element);
            let _ = write!(
                page,
                "<tr class=\"{class}\"><th scope=\"row\">{} {}</th>",
                element.element.as_str(),
                escaped(&shown(&element.name))
            );
            for number in [
                element.reached,
                element.was_true,
                element.decided,
                element.lost,
                element.was_false,
                element.indeterminate,
            ] {
                let _ = write!(page, "<td>{number}</td>");
            }
            page.push_str("</tr>\n");
        }
        page.push_str("</tbody>\n</table>\n");
    }
}

fn class(element: &CoveredElement) -> &'static str {
    match element.coverage() {
        Coverage::Covered => "covered",
        Coverage::Partly => "partly",
        Coverage::Never => "never",
    }
}

/// The class and the words of a margin.
fn mark(margin: &str) -> (&'static str, &str) {
    let words = margin.get(2..).unwrap_or_default();
    match margin.as_bytes().first() {
        Some(b'+') => (" class=\"covered\"", "covered"),
        Some(b'-') => (" class=\"never\"", words),
        Some(_) => (" class=\"partly\"", words),
        None => ("", ""),
    }
}

/// Whole per cents, and 100 only for all.
fn percent(share: Share) -> usize {
    match share.all {
        0 => 100,
        all => share.covered * 100 / all,
    }
}
