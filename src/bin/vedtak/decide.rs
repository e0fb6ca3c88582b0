//! `vedtak decide` and `vedtak explain`: requests → decisions, and why.

use serde_json::{Value as Json, json};
use vedtak::analysis::explain::Explanation;
use vedtak::authzen::Answer;
use vedtak::report::Visible;
use vedtak::{Pdp, ReadOptions, Request, Response};

use crate::input::Kind;
use crate::output::{Ended, Output, Undone, parsed, reasoned};
use crate::question::{Asked, Question, QuestionOptions};

/// Decides requests by policies
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  vedtak decide                                   the example that comes with it
  vedtak decide policies/ request.xml
  vedtak decide letters.xml --subject role=manager --action read --explain
  vedtak decide policies/ - --response < request.json

Exit code: 0 if all is permitted, 1 if anything is not, 2 if nothing was decided.")]
pub(crate) struct Decide {
    #[command(flatten)]
    question: QuestionOptions,
    /// Explain each decision: what was evaluated, with the places in the policies
    #[arg(long)]
    explain: bool,
    /// Print the response alone, as a server sends it: in XML, in JSON or as AuthZEN has it, as the
    /// request came
    #[arg(long, conflicts_with = "explain")]
    response: bool,
}

/// Explains decisions: what was evaluated, with the places in the policies
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  vedtak explain letters.xml request.json
  vedtak explain letters.xml --subject role=clerk --action read --as svg > why.svg

Exit code: 0 if all is permitted, 1 if anything is not, 2 if nothing was decided.")]
pub(crate) struct Explain {
    #[command(flatten)]
    question: QuestionOptions,
    /// The form of the explanation
    #[arg(long = "as", value_name = "FORM", default_value = "text")]
    form: Form,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    #[default]
    Text,
    Markdown,
    Mermaid,
    Svg,
}

/// A request with its decisions.
struct DecidedRequest {
    asked: Asked,
    response: Response,
    explanations: Vec<Explanation>,
    rules: Vec<Vec<String>>,
}

impl Decide {
    pub(crate) fn run(&self) -> Result<Output, Undone> {
        if self.question.is_empty() {
            return embedded(self.explain.then_some(Form::Text));
        }
        let question = read(&self.question)?;
        if self.response {
            return respond(question);
        }
        let form = self.explain.then_some(Form::Text);
        Ok(told(decided(&question.pdp, question.asked), form).with_notes(question.notes))
    }
}

impl Explain {
    pub(crate) fn run(&self) -> Result<Output, Undone> {
        if self.question.is_empty() {
            return embedded(Some(self.form));
        }
        let question = read(&self.question)?;
        let decided = decided(&question.pdp, question.asked);
        Ok(told(decided, Some(self.form)).with_notes(question.notes))
    }
}

fn read(question: &QuestionOptions) -> Result<Question, Undone> {
    question
        .read()
        .map_err(|failure| failure.so("nothing was decided"))
}

fn decided(pdp: &Pdp, asked: Vec<Asked>) -> Vec<DecidedRequest> {
    let decide = |asked: Asked| {
        let (mut explanations, mut rules) = (Vec::new(), Vec::new());
        let mut call = pdp.call().observe(|event| {
            explanations.push(event.explain());
            let deciding = event.outcome.iter().flat_map(|outcome| outcome.rules());
            rules.push(deciding.map(|rule| rule.to_string()).collect());
        });
        let response = call.decide(&asked.request);
        drop(call);
        DecidedRequest {
            asked,
            response,
            explanations,
            rules,
        }
    };
    asked.into_iter().map(decide).collect()
}

/// All decisions, each with its explanation in a form.
fn told(all: Vec<DecidedRequest>, form: Option<Form>) -> Output {
    let is_permitted = |one: &DecidedRequest| one.response.decision() == vedtak::Decision::Permit;
    let ended = Ended::good_if(all.iter().all(|one| {
        is_permitted(one) || {
            let mut results = one.response.results.iter();
            !one.response.results.is_empty()
                && results.all(|result| result.decision == vedtak::Decision::Permit)
        }
    }));
    let has_several = all.len() > 1;
    let mut text = String::new();
    for one in &all {
        if has_several {
            text += &format!("{}\n", one.asked.name);
        }
        match form {
            None => text += &in_short(one),
            Some(form) => {
                for explanation in &one.explanations {
                    text += &explained(explanation, form);
                    text.push('\n');
                }
            }
        }
        if has_several {
            text.push('\n');
        }
    }
    let json: Vec<Json> = all.iter().map(|one| as_json(one, form.is_some())).collect();
    let mut output = Output::new(ended, text, json!({"decisions": json}));
    output.is_document = form.is_some_and(|form| form != Form::Text);
    output
}

/// Each decision with the reason in one sentence, and its obligations.
fn in_short(one: &DecidedRequest) -> String {
    let mut text = String::new();
    let results = &one.response.results;
    let mut reasons = one.explanations.iter();
    // One result of several decisions that differ has the reasons of all.
    let is_combined = results.len() < one.explanations.len();
    for result in results {
        let is_of_all = !is_combined
            || reasons
                .clone()
                .all(|reason| reason.decision == result.decision);
        let why = reasons.next().filter(|_| is_of_all);
        let why = why.map(|explanation| explanation.why.as_str());
        text += &reasoned(result.decision, why.unwrap_or_default());
        // The sentence says what the first line and the status do.
        let lines = result.to_string();
        let rest = lines.split_once('\n').map_or("", |(_, rest)| rest);
        for line in rest.lines() {
            if !(is_of_all && line.starts_with("  because: ")) {
                text += &format!("{line}\n");
            }
        }
        if !is_of_all {
            for part in &one.explanations {
                text += &format!("  {}", reasoned(part.decision, &part.why));
            }
        }
    }
    text
}

fn explained(explanation: &Explanation, form: Form) -> String {
    match form {
        Form::Text => explanation.to_ansi() + "\n",
        Form::Markdown => explanation.to_markdown(),
        Form::Mermaid => explanation.to_mermaid(),
        Form::Svg => explanation.to_svg(),
    }
}

fn as_json(one: &DecidedRequest, is_explained: bool) -> Json {
    let parts = one.explanations.iter().zip(&one.rules);
    let parts = parts.map(|(explanation, rules)| {
        let mut part = json!({
            "decision": explanation.decision.as_str(),
            "why": explanation.why,
            "rules": rules,
        });
        if is_explained {
            part["explanation"] = parsed(&explanation.to_json());
        }
        part
    });
    let mut json = json!({
        "request": one.asked.name,
        "decision": one.response.decision().as_str(),
        "parts": parts.collect::<Vec<Json>>(),
    });
    if let Some(response) = parsed(&one.response.to_json()).get("Response") {
        json["response"] = response.clone();
    }
    json
}

/// The responses alone, each in the language of its request.
fn respond(question: Question) -> Result<Output, Undone> {
    let Question {
        pdp,
        asked,
        mut notes,
        mapping,
        ..
    } = question;
    let (mut texts, mut all) = (Vec::new(), Vec::new());
    // An answer of AuthZEN may refuse what the policies permit.
    let mut is_refused = false;
    let mut answered = |answers: &[Answer]| {
        for answer in answers.iter().filter(|answer| !answer.decision) {
            is_refused = true;
            notes.extend(
                answer
                    .reason
                    .iter()
                    .map(|reason| Visible(reason).to_string()),
            );
        }
    };
    for mut one in decided(&pdp, asked) {
        let (response, request) = (&one.response, &one.asked.request);
        texts.extend(match (&one.asked.kind, one.asked.batch.take()) {
            (Kind::JsonRequest, _) => Some(response.to_json()),
            (Kind::Evaluation, _) => {
                let answer = Answer::new(response, &mapping);
                answered(std::slice::from_ref(&answer));
                Some(answer.to_json())
            }
            (Kind::Evaluations, None) => None,
            (Kind::Evaluations, Some(batch)) => {
                let answers = pdp.call().decide_evaluations(&batch, &mapping)?;
                answered(&answers.answers);
                Some(answers.to_json())
            }
            _ => Some(response.to_xml_for(request)),
        });
        all.push(one);
    }
    let mut output = told(all, None);
    if is_refused {
        output.ended = Ended::Found;
    }
    let text = texts.join("\n");
    let json = match &texts[..] {
        [one] => parsed(one),
        several => several.iter().map(|one| parsed(one)).collect(),
    };
    Ok(Output {
        text,
        json,
        is_document: true,
        ..output
    }
    .with_notes(notes))
}

const POLICY: (&str, &str) = (
    "fixtures/altinn/resource-policy.xml",
    include_str!("../../../fixtures/altinn/resource-policy.xml"),
);
const REQUEST: (&str, &str) = (
    "fixtures/altinn/request.xml",
    include_str!("../../../fixtures/altinn/request.xml"),
);

/// The example: a policy and a request that are a part of this program.
fn embedded(form: Option<Form>) -> Result<Output, Undone> {
    let pdp = Pdp::builder().policy(POLICY.0, POLICY.1).build()?;
    let request = Request::read_xml(REQUEST.1, ReadOptions::new().source(REQUEST.0))?;
    let mut text = format!(
        "No file is named, so this is the example: {} says who may do what with a letter,\n\
         and {} asks:\n\n",
        POLICY.0, REQUEST.0
    );
    for category in request.categories() {
        for attribute in &category.attributes {
            let values: Vec<String> = attribute.values.iter().map(ToString::to_string).collect();
            text += &format!("  {:<48} {}\n", attribute.id, values.join(", "));
        }
    }
    let asked = Asked {
        name: REQUEST.0.to_owned(),
        request,
        kind: Kind::Request,
        batch: None,
    };
    let output = told(decided(&pdp, vec![asked]), form);
    if form.is_some_and(|form| form != Form::Text) {
        return Ok(output);
    }
    text += &format!("\n{}", output.text);
    if form.is_none() {
        text += "\n`vedtak decide --explain` says why, and `vedtak decide POLICY REQUEST` decides files of yours.\n";
    }
    Ok(Output { text, ..output })
}
