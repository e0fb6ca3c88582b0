//! A request that shows a change → what can be typed to see it.

use serde_json::{Value as Json, json};
use vedtak::analysis::DecisionChange;
use vedtak::attribute::{Designator, ShortNames, category, id};
use vedtak::report::{Visible, last_part};
use vedtak::value::{DateTime, Value};
use vedtak::{Pdp, ReadOptions, Request};

use crate::facts::CATEGORIES;
use crate::output::parsed;
use crate::question::{Words, given, in_words};

/// The attributes of an instant.
pub(crate) const CLOCK: [&str; 3] = [id::CURRENT_TIME, id::CURRENT_DATE, id::CURRENT_DATE_TIME];

/// Whether the clock supplies an attribute.
pub(crate) fn is_of_clock(of: &Designator) -> bool {
    *of.category == *category::ENVIRONMENT && CLOCK.contains(&&*of.id)
}

/// Both sides of a comparison.
pub(crate) struct Examples<'p> {
    pub(crate) old: &'p Pdp,
    pub(crate) new: &'p Pdp,
    /// The instant of the comparison, if it is of one.
    pub(crate) at: Option<DateTime>,
    names: ShortNames,
}

/// A request as it can be given to the command.
pub(crate) struct Example {
    /// In words, if words can say it, or in JSON.
    pub(crate) text: String,
    pub(crate) json: Json,
}

impl<'p> Examples<'p> {
    pub(crate) fn new(old: &'p Pdp, new: &'p Pdp, at: Option<DateTime>) -> Self {
        let names = ShortNames::of(old.attributes().chain(new.attributes()));
        Self {
            old,
            new,
            at,
            names,
        }
    }

    /// The example of a change. None if no request can be given that is decided as the change says, as
    /// one without the time, which every decision has.
    pub(crate) fn of(&self, change: &DecisionChange) -> Option<Example> {
        let witness = change.witness.as_ref()?;
        let json = in_json(witness);
        let text = json.to_string();
        let read = |pdp: &Pdp| {
            let options = ReadOptions::source(pdp.read_options(), "the example");
            Request::read_json(text.as_bytes(), options).ok()
        };
        if !self.shows(change, witness, &read) {
            return None;
        }
        let said = self.words(witness).filter(|words| {
            let read = |pdp: &Pdp| in_words(words.all(), pdp, &mut Vec::new()).ok();
            self.shows(change, witness, &read)
        });
        let mut clock = self.old.attributes().chain(self.new.attributes());
        let at = self.at.filter(|_| clock.any(is_of_clock));
        let text = match (said, at) {
            (Some(words), None) => words.typed(),
            (Some(words), Some(at)) => format!("{} --at {at}", words.typed()),
            (None, None) => text,
            (None, Some(at)) => format!("at {at}, {text}"),
        };
        Some(Example { text, json })
    }

    /// Whether a request is for either side the witness of a change, and is decided as that says.
    fn shows(
        &self,
        change: &DecisionChange,
        witness: &Request,
        read: &dyn Fn(&Pdp) -> Option<Request>,
    ) -> bool {
        let decided = |pdp: &Pdp| {
            let request = read(pdp)?;
            let is_same = |of: &Designator| values(&request, of) == values(witness, of);
            let mut results = match pdp.attributes().all(is_same) {
                true => pdp.decide(&request).results.into_iter(),
                false => return None,
            };
            results.next().filter(|_| results.next().is_none())
        };
        let (Some(old), Some(new)) = (decided(self.old), decided(self.new)) else {
            return false;
        };
        let is_change = old.decision != new.decision
            || old.obligations != new.obligations
            || old.advice != new.advice;
        let (before, after) = (change.before.decision, change.after.decision);
        is_change && old.decision == before && new.decision == after
    }

    /// A request in words, if there are such.
    fn words(&self, request: &Request) -> Option<Said> {
        let mut said = Said::default();
        for of in request.categories() {
            let known = CATEGORIES.iter().zip(&mut said.0);
            let ((_, category), words) = known
                .into_iter()
                .find(|((_, id), _)| **id == *of.category)?;
            if of.content.is_some() || !of.unusable().is_empty() {
                return None;
            }
            for attribute in &of.attributes {
                if attribute.issuer.is_some() {
                    return None;
                }
                let id = &attribute.id;
                let end = last_part(id);
                let is_found = |name| self.names.find(category, name) == Ok(Some(id.clone()));
                let name = if is_found(end) { end } else { id };
                for value in &attribute.values {
                    let value = value.lexical();
                    let own = [
                        (category::ACCESS_SUBJECT, id::SUBJECT_ID),
                        (category::RESOURCE, id::RESOURCE_ID),
                        (category::ACTION, id::ACTION_ID),
                    ];
                    let is_own = own.contains(&(*category, id));
                    words.push(match is_own && !value.contains('=') {
                        true => value,
                        false => format!("{name}={value}"),
                    });
                }
            }
        }
        let mut all = said.0.iter().flatten().peekable();
        let is_legible = |word: &String| Visible(word).to_string() == *word;
        (all.peek().is_some() && all.all(is_legible)).then_some(said)
    }
}

/// The values of an attribute in a request, in one order.
fn values(request: &Request, of: &Designator) -> Vec<String> {
    let mut values: Vec<String> = given(request, of).map(Value::lexical).collect();
    values.sort_unstable();
    values
}

/// The words of the options, in the order of the categories.
#[derive(Default)]
struct Said([Vec<String>; 4]);

impl Said {
    fn all(&self) -> Words<'_> {
        let mut number = 0;
        CATEGORIES.map(|(short, _)| {
            number += 1;
            (short, &self.0[number - 1][..])
        })
    }

    /// As they are typed in a shell.
    fn typed(&self) -> String {
        let words = self.all().into_iter().flat_map(|(short, words)| {
            words.iter().map(move |word| {
                // What begins as an option would be one.
                let between = if word.starts_with('-') { '=' } else { ' ' };
                format!("--{short}{between}{}", quoted(word))
            })
        });
        words.collect::<Vec<_>>().join(" ")
    }
}

/// A word as a shell reads it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_.:=/@+".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

/// A request in JSON, which has one category at least.
fn in_json(request: &Request) -> Json {
    match request.categories().is_empty() {
        true => json!({"Request": {"Category": [{"CategoryId": category::ACCESS_SUBJECT}]}}),
        false => parsed(&request.to_json()),
    }
}
