//! `vedtak who`: for whom the policies decide Permit, and for what else.

use std::sync::Arc;

use serde_json::{Value as Json, json};
use vedtak::Decision;
use vedtak::analysis::{Answer, Permitted, Requirement, Residual};
use vedtak::attribute::{Designator, ShortNames, category};
use vedtak::report::{cut, last_part};
use vedtak::value::DateTime;

use crate::diff::{for_granted, is_of_one};
use crate::example::is_of_clock;
use crate::instant::now;
use crate::lacking::Lacking;
use crate::output::{Ended, Output, Undone, count};
use crate::question::{QuestionOptions, given};
use crate::why_not::{attribute, parse_category, parts, word_of};

/// Says who is permitted: what must be so of a subject, or of another category that is left open
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  vedtak who letters.xml --action read                        which subjects may read?
  vedtak who letters.xml --subject role=clerk --of action     what may a clerk do?
  vedtak who letters.xml --action read --value role           which roles may read?
  vedtak who letters.xml                                      who may do what with what?

Where policies only look for a value, it is taken for granted that a resource, an action and the environment
have one value of an attribute at most, and the answer says of which; a subject may have many, such as roles.
`--many` takes nothing for granted.

Exit code: 0 if somebody is permitted, 1 if nobody is, 2 if there is no answer.")]
pub(crate) struct Who {
    #[command(flatten)]
    question: QuestionOptions,
    /// The category that is asked for: subject, resource, action or environment, or another by its
    /// identifier [default: subject; everything if there is no request]
    #[arg(long, value_name = "CATEGORY", value_parser = parse_category)]
    of: Vec<String>,
    /// Sort the values of this attribute: those always permitted, sometimes, never
    #[arg(long, value_name = "NAME")]
    value: Option<String>,
    /// Attributes of resource, action and environment may have several values as well
    #[arg(long)]
    many: bool,
    /// The decision that is asked for
    #[arg(long, value_name = "DECISION", default_value = "Permit")]
    decision: Decision,
    /// The most classes of requests to list
    #[arg(long, value_name = "NUMBER", default_value_t = 50, value_parser = crate::question::at_least_one)]
    most: usize,
    /// The most steps to take
    #[arg(long, value_name = "STEPS", default_value_t = 1_000_000)]
    budget: usize,
}

impl Who {
    pub(crate) fn run(&self) -> Result<Output, Undone> {
        let mut question = self.question.read_any()?;
        let mut notes = std::mem::take(&mut question.notes);
        let pdp = &question.pdp;
        let at = match self.question.at {
            Some(at) => at,
            None => now()?,
        };
        let names = ShortNames::of(pdp.attributes());
        let subject = [category::ACCESS_SUBJECT.to_owned()];
        let is_asked = !question.asked.is_empty();
        let of: &[String] = match (&self.of[..], is_asked) {
            ([], true) => &subject,
            (named, _) => named,
        };
        // Without a request, everything is asked for; an instant that is given is that of all requests.
        let is_open = |one: &Designator| {
            let is_given = self.question.at.is_some() && is_of_clock(one);
            !is_given && (of.is_empty() || of.iter().any(|open| **open == *one.category))
        };
        let nothing = [("everything".to_owned(), vedtak::Request::default())];
        let mut requests = Vec::new();
        for one in &question.asked {
            requests.extend(
                parts(pdp, &one.request)?
                    .into_iter()
                    .map(|part| (one.name.clone(), part)),
            );
        }
        let requests = if is_asked { &requests[..] } else { &nothing };
        let (mut text, mut all, mut is_somebody) = (String::new(), Vec::new(), false);
        for (name, request) in requests {
            let analysis = pdp.analysis(request).open(is_open);
            let analysis = analysis.presume_single(|of| !self.many && is_of_one(of));
            let analysis = analysis.at(at).budget(self.budget);
            let residual = analysis.residual()?;
            let unused = pdp.attributes().filter(|of| {
                let is_given = || given(request, of).next().is_some();
                is_open(of) && (is_given() || question.supplies(of, request))
            });
            let unused: Vec<String> = unused.map(|of| names.in_words(of)).collect();
            if !unused.is_empty() {
                let unused = unused.join(", ");
                let note = format!(
                    "{unused}: what is given of it does not count, as this is asked for; --of asks for another"
                );
                if !notes.contains(&note) {
                    notes.push(note);
                }
            }
            let lacking = Lacking::of(&question, request, is_open, self.budget);
            let instant = lacking.instant(at, self.question.at.is_some());
            if requests.len() > 1 {
                text += &format!("{name}\n");
            }
            let answered = all.len();
            match &self.value {
                Some(value) => {
                    let wanted = self.wanted(&question.pdp, value, is_open)?;
                    for wanted in &wanted {
                        let permitted = residual.permitted(wanted, self.budget)?;
                        is_somebody |=
                            !permitted.always.is_empty() || !permitted.sometimes.is_empty();
                        text += &sorted(&permitted, wanted, (&names, self.question.at));
                        all.push(sorted_json(name, &permitted, wanted));
                    }
                }
                None => {
                    let classes = residual.alternatives(
                        self.decision,
                        self.most.saturating_add(1),
                        self.budget,
                    )?;
                    is_somebody |= !classes.is_empty();
                    text += &self.listed(&classes, of);
                    all.push(self.listed_json(name, &classes, &residual));
                }
            }
            let presumed = residual.presumed_single();
            for json in &mut all[answered..] {
                lacking.tell(json, &instant);
                json["one_value_at_most"] = presumed.iter().map(attribute).collect();
            }
            text += &lacking.in_words(&names, &instant);
            if !presumed.is_empty() {
                text += &for_granted(&presumed, &names);
            }
        }
        let ended = Ended::good_if(is_somebody);
        Ok(Output::new(ended, text, json!({"answers": all})).with_notes(notes))
    }

    /// The attributes of a name, which are more than one where policies read it as several data types or from
    /// issuers.
    fn wanted(
        &self,
        pdp: &vedtak::Pdp,
        name: &str,
        is_open: impl Fn(&Designator) -> bool,
    ) -> Result<Vec<Designator>, Undone> {
        let open: Vec<&Designator> = pdp.attributes().filter(|of| is_open(of)).collect();
        let names = ShortNames::of(open.iter().copied());
        let mut categories: Vec<&str> = open.iter().map(|of| &*of.category).collect();
        categories.sort_unstable();
        categories.dedup();
        let mut found = Vec::new();
        for category in categories {
            let id = names.find(category, name)?;
            found.extend(id.map(|id| (category, id)));
        }
        let has = |(category, id): &(&str, Arc<str>), of: &Designator| {
            *of.category == **category && of.id == *id
        };
        let mut of_name: Vec<Designator> = Vec::new();
        for of in &open {
            if found.iter().any(|found| has(found, of)) && !of_name.contains(of) {
                of_name.push((*of).clone());
            }
        }
        match found[..] {
            [_] => Ok(of_name),
            [] => {
                let mut known: Vec<String> = Vec::new();
                for id in open
                    .iter()
                    .map(|of| format!("`{}`", cut(last_part(&of.id))))
                {
                    if !known.contains(&id) {
                        known.push(id);
                    }
                }
                let (name, known) = (cut(name), known.join(", "));
                Err(format!("no policy reads `{name}` here; what they read is {known}").into())
            }
            _ => {
                let told: Vec<String> = of_name.iter().map(|of| names.in_words(of)).collect();
                let (name, told) = (cut(name), told.join(" or "));
                Err(format!("`{name}` may be {told}: say the category by --of").into())
            }
        }
    }

    fn listed(&self, classes: &[Vec<Requirement>], of: &[String]) -> String {
        let asked = match of {
            [] => "request".to_owned(),
            of => of
                .iter()
                .map(|c| word_of(c))
                .collect::<Vec<_>>()
                .join(" and "),
        };
        let decision = self.decision;
        let at = self
            .question
            .at
            .map(|at| format!(" at {at}"))
            .unwrap_or_default();
        if classes.is_empty() {
            return format!("No {asked} gets {decision}{at}.\n");
        }
        if let [always] = classes
            && always.is_empty()
        {
            return format!("Every {asked} gets {decision}{at}.\n");
        }
        let mut text = format!("{decision}{at}, where\n");
        for class in classes.iter().take(self.most) {
            let all: Vec<String> = class.iter().map(ToString::to_string).collect();
            text += &format!("  - {}\n", all.join("\n    and "));
        }
        if classes.len() > self.most {
            text += &format!("and in more cases than {}: --most lists more\n", self.most);
        }
        text
    }

    fn listed_json(&self, name: &str, classes: &[Vec<Requirement>], residual: &Residual) -> Json {
        let listed = classes.iter().take(self.most).map(|class| {
            class
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<String>>()
        });
        json!({
            "request": name,
            "decision": self.decision.as_str(),
            "where": listed.collect::<Vec<_>>(),
            "complete": classes.len() <= self.most,
            "attributes": residual.decided_by().iter().map(attribute).collect::<Vec<Json>>(),
        })
    }
}

fn sorted(
    permitted: &Permitted,
    of: &Designator,
    (names, at): (&ShortNames, Option<DateTime>),
) -> String {
    let list = |answers: &mut dyn Iterator<Item = &Answer>| {
        let all: Vec<String> = answers.map(ToString::to_string).collect();
        if all.is_empty() {
            "none".to_owned()
        } else {
            all.join(", ")
        }
    };
    let at = at.map(|at| format!(", at {at}")).unwrap_or_default();
    let mut text = format!("{}, if it is the only one{at}\n", names.in_words(of));
    text += &format!(
        "  always permitted: {}\n",
        list(&mut permitted.always.iter())
    );
    text += &format!("  never permitted: {}\n", list(&mut permitted.never.iter()));
    for (answer, rest) in &permitted.sometimes {
        let read: Vec<String> = rest
            .decided_by()
            .iter()
            .map(|of| names.in_words(of))
            .collect();
        let by = match read.is_empty() {
            true => "which value it is".to_owned(),
            false => read.join(" and "),
        };
        text += &format!("  permitted or not, by {by}: {answer}\n");
    }
    if !permitted.is_read {
        text += &format!(
            "  no policy reads it, so that all its values are alike ({})\n",
            count(1, "class", "classes")
        );
    }
    text
}

fn sorted_json(name: &str, permitted: &Permitted, of: &Designator) -> Json {
    let texts = |answers: &[Answer]| answers.iter().map(ToString::to_string).collect::<Vec<_>>();
    let sometimes = permitted.sometimes.iter().map(|(answer, rest)| {
        json!({
            "value": answer.to_string(),
            "depends_on": rest.decided_by().iter().map(attribute).collect::<Vec<Json>>(),
        })
    });
    json!({
        "request": name,
        "attribute": attribute(of),
        "always": texts(&permitted.always),
        "sometimes": sometimes.collect::<Vec<Json>>(),
        "never": texts(&permitted.never),
    })
}
