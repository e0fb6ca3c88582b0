//! Covers → a table for each policy, and the documents with a margin.

use std::collections::HashMap;
use std::fmt::{self, Write};

use super::{Cover, Coverage, CoveredElement};
use crate::analysis::explain::{Element, shown, visible};
use crate::error::last_part;

/// The elements that are true or false.
const TESTS: [Element; 5] = [
    Element::Target,
    Element::Match,
    Element::Condition,
    Element::Apply,
    Element::Quantified,
];

impl fmt::Display for Cover {
    /// For each policy its counts and those of its rules, then the sums.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "decisions: {}", self.decisions)?;
        let mut has_table = false;
        for element in &self.elements {
            match element.element {
                Element::Policy | Element::PolicySet => {
                    has_table = false;
                    policy(f, element)?;
                }
                Element::Rule => {
                    if !has_table {
                        writeln!(
                            f,
                            "  reached  applied  decided  lost  left out  Indeterminate  not reached  \
                             rule"
                        )?;
                        has_table = true;
                    }
                    rule(f, element)?;
                }
                _ => {}
            }
        }
        if self.elements.is_empty() {
            return writeln!(
                f,
                "\nno policy is covered, as the documents are not kept: a store keeps them with \
                 `PdpBuilder::explainable`, a PDP unless `PdpBuilder::drop_documents` is called"
            );
        }
        let (rules, tests) = (self.share(&[Element::Rule]), self.share(&TESTS));
        writeln!(
            f,
            "\n{} of {} rules applied, {} of {} targets, matches, conditions and boolean functions were \
             true and false",
            rules.covered, rules.all, tests.covered, tests.all
        )?;
        if self.cut > 0 {
            writeln!(
                f,
                "decisions of which a part is not counted: {}; it takes more work than a decision may \
                 (`Limits::work`), or its value is not known, and less may be `not reached` than it says",
                self.cut
            )?;
        }
        if self.unplaced > 0 {
            writeln!(
                f,
                "evaluated elements that are in no text, and not counted: {}",
                self.unplaced
            )?;
        }
        Ok(())
    }
}

fn policy(f: &mut fmt::Formatter<'_>, own: &CoveredElement) -> fmt::Result {
    writeln!(
        f,
        "\n{} `{}` ({}:{}): reached {}, applied {}, decided {}, lost {}, left out {}, Indeterminate {}, \
         not reached {}",
        own.element.as_str(),
        shown(&own.name),
        shown(&own.place.source),
        own.place.position,
        own.reached,
        own.was_true,
        own.decided,
        own.lost,
        own.was_false,
        own.indeterminate,
        own.not_reached,
    )
}

fn rule(f: &mut fmt::Formatter<'_>, own: &CoveredElement) -> fmt::Result {
    writeln!(
        f,
        "{:>9}  {:>7}  {:>7}  {:>4}  {:>8}  {:>13}  {:>11}  `{}` ({})",
        own.reached,
        own.was_true,
        own.decided,
        own.lost,
        own.was_false,
        own.indeterminate,
        own.not_reached,
        shown(&own.name),
        own.place.position,
    )
}

impl Cover {
    /// The documents with a margin: before each line where elements begin there is `+` if all of them
    /// are covered, `-` if no decision reached any, or `~` and what is lacking of the first that is not
    /// covered.
    pub fn annotated(&self) -> String {
        let mut annotated = String::new();
        for (source, lines) in self.documents() {
            let between = if annotated.is_empty() { "" } else { "\n" };
            // Writing to a String cannot fail.
            let _ = writeln!(annotated, "{between}{}", shown(source));
            for (number, (margin, line)) in (1..).zip(lines) {
                let line = format!("{margin:<16}{number:>5} | {line}");
                let _ = writeln!(annotated, "{}", line.trim_end());
            }
        }
        annotated
    }

    /// The documents by their names: each line as it is shown, with its margin before it.
    pub(super) fn documents(&self) -> impl Iterator<Item = (&str, Vec<(String, String)>)> {
        let mut by_source: HashMap<&str, Vec<&CoveredElement>> = HashMap::new();
        for element in &self.elements {
            let source = &*element.place.source;
            by_source.entry(source).or_default().push(element);
        }
        self.texts.iter().map(move |(source, text)| {
            let mut own = by_source.remove(&**source).unwrap_or_default();
            own.sort_by_key(|element| element.place.position);
            let mut rest = &own[..];
            let lines = text.lines().enumerate().map(|(number, line)| {
                let begin = rest.partition_point(|one| one.place.position.line <= number + 1);
                let (here, later) = rest.split_at(begin);
                rest = later;
                // Tabs would be escapes.
                (margin(here), visible(&line.replace('\t', "    ")))
            });
            (&**source, lines.collect())
        })
    }
}

/// The margin of a line with the elements that begin there.
fn margin(here: &[&CoveredElement]) -> String {
    let is = |wanted| move |one: &&&CoveredElement| one.coverage() == wanted;
    let lacking = here.iter().find(|one| !is(Coverage::Covered)(one));
    match lacking {
        None if here.is_empty() => String::new(),
        None => "+".to_owned(),
        Some(_) if here.iter().all(|one| one.coverage() == Coverage::Never) => {
            "- not reached".to_owned()
        }
        Some(one) => format!("~ {}", lack(one)),
    }
}

impl CoveredElement {
    /// The lack of one that is not covered, in words: `not reached`, `never applied`, `never true` or
    /// `never false`; none if it is covered.
    pub fn lack(&self) -> Option<&'static str> {
        (self.coverage() != Coverage::Covered).then(|| lack(self))
    }
}

/// An element that is not covered, in a line: `letters.xml:3:5: Rule `r`: never applied`.
impl fmt::Display for CoveredElement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = (shown(&self.place.source), self.place.position);
        write!(f, "{}:{}: {}", place.0, place.1, self.element.as_str())?;
        if !self.name.is_empty() {
            let name = match self.is_decision() {
                true => &self.name,
                false => last_part(&self.name),
            };
            write!(f, " `{}`", shown(name))?;
        }
        write!(f, ": {}", self.lack().unwrap_or("covered"))
    }
}

/// The lack of an element that is not covered.
fn lack(own: &CoveredElement) -> &'static str {
    match (own.coverage(), own.was_true, own.was_false) {
        (Coverage::Never, ..) => "not reached",
        _ if own.is_decision() => "never applied",
        (_, 0, 0) => "no value",
        (_, 0, _) => "never true",
        _ => "never false",
    }
}
