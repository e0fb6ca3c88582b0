//! `vedtak why-not`: what would be enough for a Permit.

use serde_json::{Value as Json, json};
use vedtak::analysis::{Change, Costs, Enough};
use vedtak::attribute::{Designator, ShortNames};
use vedtak::report::last_part;
use vedtak::value::{DataType, Value};
use vedtak::{Decision, Pdp, Request};

use crate::facts::{CATEGORIES, category_of};
use crate::instant::now;
use crate::lacking::Lacking;
use crate::output::{Ended, Output, Undone, count, reasoned};
use crate::question::QuestionOptions;

/// Says what would be enough for a Permit
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  vedtak why-not letters.xml request.xml
  vedtak why-not letters.xml --subject role=clerk --action write --change subject --change resource

The only value of an attribute is replaced, unless a second one beside it is what it takes. Who asks, the resource
and the action (`subject-id`, `resource-id`, `action-id`) change only if nothing else would be enough.

Exit code: 0 if it is permitted already, 1 if it is not, 2 if there is no answer.")]
pub(crate) struct WhyNot {
    #[command(flatten)]
    question: QuestionOptions,
    /// The attributes that may change: those of the subject, resource, action or environment, or of a category
    /// by its identifier
    #[arg(long, value_name = "CATEGORY", default_value = "subject", value_parser = parse_category)]
    change: Vec<String>,
    /// The most alternatives to find
    #[arg(long, value_name = "NUMBER", default_value_t = 10, value_parser = crate::question::at_least_one)]
    most: usize,
    /// The most steps to take
    #[arg(long, value_name = "STEPS", default_value_t = 1_000_000)]
    budget: usize,
}

pub(crate) fn parse_category(name: &str) -> Result<String, String> {
    category_of(name).map(str::to_owned)
}

/// The word for a category.
pub(crate) fn word_of(category: &str) -> &str {
    let known = CATEGORIES.iter().find(|(_, id)| *id == category);
    known.map_or_else(|| last_part(category), |(word, _)| word)
}

/// An attribute as JSON.
pub(crate) fn attribute(of: &Designator) -> Json {
    serde_json::to_value(of).unwrap_or_default()
}

/// The individual requests of a request, of which there is one if it is for one decision.
pub(crate) fn parts(pdp: &Pdp, request: &Request) -> Result<Vec<Request>, Undone> {
    let parts = pdp.individual_requests(request).into_iter();
    let parts: Result<_, _> = parts
        .map(|part| part.map_err(|error| error.to_string()))
        .collect();
    Ok(parts?)
}

impl WhyNot {
    pub(crate) fn run(&self) -> Result<Output, Undone> {
        let question = self.question.read()?;
        let pdp = &question.pdp;
        let at = match self.question.at {
            Some(at) => at,
            None => now()?,
        };
        let names = ShortNames::of(pdp.attributes());
        let (mut text, mut all) = (String::new(), Vec::new());
        let mut is_permitted = true;
        for one in &question.asked {
            for (part, number) in parts(pdp, &one.request)?.iter().zip(1..) {
                let explanation = pdp.explain(part);
                let changes = |of: &Designator| self.change.iter().any(|c| **c == *of.category);
                let analysis = pdp.analysis(part).open(changes).at(at).budget(self.budget);
                let enough = analysis.enough_for_asker(Costs::default(), self.most)?;
                is_permitted &= enough.decision == Decision::Permit;
                let why = explanation
                    .first()
                    .map_or("", |explanation| &explanation.why);
                if question.asked.len() > 1 || number > 1 {
                    text += &format!("{}{}\n", if text.is_empty() { "" } else { "\n" }, one.name);
                }
                let lacking = Lacking::of(&question, part, changes, self.budget);
                let instant = lacking.instant(at, self.question.at.is_some());
                text += &self.told(&enough, why);
                if enough.decision != Decision::Permit {
                    text += &lacking.in_words(&names, &instant);
                }
                let mut answer = json!({
                    "request": one.name,
                    "decision": enough.decision.as_str(),
                    "why": why,
                    "enough": enough.sets.iter().map(set).collect::<Vec<Json>>(),
                    "complete": enough.is_complete,
                });
                lacking.tell(&mut answer, &instant);
                all.push(answer);
            }
        }
        let ended = Ended::good_if(is_permitted);
        Ok(Output::new(ended, text, json!({"answers": all})).with_notes(question.notes))
    }

    fn told(&self, enough: &Enough, why: &str) -> String {
        let mut text = reasoned(enough.decision, why);
        if enough.decision == Decision::Permit {
            return text;
        }
        let categories = self.change.iter().map(|category| word_of(category));
        let categories = categories.collect::<Vec<_>>().join(" and ");
        text += &match enough.sets.len() {
            0 if enough.is_complete => format!("No change of the {categories} would be enough.\n"),
            0 => format!("No change of the {categories} was found that would be enough.\n"),
            1 => "This would be enough:\n".to_owned(),
            several => format!("Each of these {several} would be enough:\n"),
        };
        for set in &enough.sets {
            let changes = set.changes.iter().map(Change::to_string);
            let changes = changes.collect::<Vec<_>>().join("; and ");
            text += &format!("  - {changes}");
            if !set.rests_on.is_empty() {
                let rests: Vec<String> = set.rests_on.iter().map(ToString::to_string).collect();
                text += &format!(
                    "{}if {}",
                    if changes.is_empty() { "" } else { ", " },
                    rests.join(" and ")
                );
            }
            text.push('\n');
        }
        if !enough.sets.is_empty() && !enough.is_complete {
            text += &format!(
                "There may be more than {}.\n",
                count(enough.sets.len(), "way", "ways")
            );
        }
        text
    }
}

fn set(of: &vedtak::analysis::Sufficient) -> Json {
    let texts = |requirements: &[vedtak::analysis::Requirement]| {
        let all = requirements.iter().map(ToString::to_string);
        all.collect::<Vec<String>>()
    };
    let changes = of.changes.iter().map(|change| {
        json!({
            "text": change.to_string(),
            "attribute": attribute(&change.attribute),
            "add": values(&change.add),
            "remove": values(&change.remove),
            "any_for": texts(&change.any_for),
        })
    });
    json!({"changes": changes.collect::<Vec<Json>>(), "rests_on": texts(&of.rests_on)})
}

/// Values as requests in JSON have them.
fn values(of: &[Value]) -> Vec<Json> {
    let json = |value: &Value| {
        let text = value.lexical();
        match value.data_type() {
            DataType::Boolean => (text == "true").into(),
            // A number without a form in JSON, such as `INF`, or without room in one, stays a text.
            DataType::Integer => text.parse::<i64>().map_or(text.into(), Json::from),
            DataType::Double => {
                text.parse::<f64>()
                    .map_or(text.into(), |number| match number.is_finite() {
                        true => number.into(),
                        false => value.lexical().into(),
                    })
            }
            _ => text.into(),
        }
    };
    of.iter().map(json).collect()
}
