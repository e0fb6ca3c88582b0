//! `vedtak attributes`: the attributes that policies read.

use serde_json::{Value as Json, json};
use vedtak::Request;
use vedtak::attribute::Designator;
use vedtak::report::Visible;

use crate::example::is_of_clock;
use crate::output::{Ended, Output, Undone};
use crate::question::{QuestionOptions, given};
use crate::why_not::{attribute, parts};

/// Lists the attributes that policies read; with a request, those that can still make a difference
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  vedtak attributes policies/
  vedtak attributes policies/ --resource letter-1 --action read     what is left to fetch?

What the obligations and advice of a possible decision assign makes a difference as well. The time is known
where `--at` says it.

Exit code: 0, or 2 if there is no answer.")]
pub(crate) struct Attributes {
    #[command(flatten)]
    question: QuestionOptions,
    /// The most steps to take
    #[arg(long, value_name = "STEPS", default_value_t = 1_000_000)]
    budget: usize,
}

impl Attributes {
    pub(crate) fn run(&self) -> Result<Output, Undone> {
        let question = self.question.read_any()?;
        let pdp = &question.pdp;
        let mut requests = Vec::new();
        for one in &question.asked {
            requests.extend(parts(pdp, &one.request)?);
        }
        let at = self.question.at;
        if let (true, Some(_)) = (requests.is_empty(), at) {
            requests.push(Request::default());
        }
        let mut read: Vec<Designator> = pdp.attributes().cloned().collect();
        if !requests.is_empty() {
            let mut left: Vec<Designator> = Vec::new();
            for request in &requests {
                // An instant that is given is known.
                let lacks = |of: &Designator| {
                    given(request, of).next().is_none() && (at.is_none() || !is_of_clock(of))
                };
                let mut analysis = pdp.analysis(request).open(lacks).without_providers();
                if let Some(at) = at {
                    analysis = analysis.at(at);
                }
                left.extend(analysis.budget(self.budget).residual()?.attributes());
            }
            read.retain(|one| left.contains(one));
        }
        read.sort_by(|a, b| {
            let key = |of: &Designator| {
                (
                    of.category.clone(),
                    of.id.clone(),
                    of.issuer.clone(),
                    of.data_type.to_string(),
                )
            };
            key(a).cmp(&key(b))
        });
        read.dedup();
        let mut text = String::new();
        let mut category = None;
        let width = read
            .iter()
            .map(|of| of.id.chars().count())
            .max()
            .unwrap_or(0);
        for of in &read {
            if category != Some(&of.category) {
                text += &format!("{}\n", Visible(&of.category));
                category = Some(&of.category);
            }
            let id = Visible(&of.id).to_string();
            let data_type = vedtak::report::last_part(of.data_type.uri());
            text += &format!("  {id:<width$}  {data_type}");
            if let Some(issuer) = &of.issuer {
                text += &format!(", issued by {}", Visible(issuer));
            }
            text.push('\n');
        }
        if read.is_empty() {
            text = match requests.is_empty() {
                true => "The policies read no attribute.\n".to_owned(),
                false => "Nothing is left that makes a difference.\n".to_owned(),
            };
        }
        let json: Vec<Json> = read.iter().map(attribute).collect();
        Ok(Output::new(Ended::Good, text, json!({"attributes": json})).with_notes(question.notes))
    }
}
