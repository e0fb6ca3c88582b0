//! `vedtak diff`: the requests that two versions of policies decide otherwise.

use std::path::PathBuf;

use serde_json::{Value as Json, json};
use vedtak::analysis::{Decided, DecisionChange};
use vedtak::attribute::{Designator, ShortNames, category};
use vedtak::value::DateTime;
use vedtak::{Pdp, Request};

use crate::example::{Example, Examples, is_of_clock};
use crate::input::{self, Given};
use crate::instant::instant;
use crate::output::{Ended, Output, Progress, Undone, count};
use crate::policies::{ENDINGS, PolicyOptions, only_policies};
use crate::why_not::attribute;

/// Finds the requests that new policies decide otherwise than old ones, each with an example
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  vedtak diff old.xml new.xml
  vedtak diff <(git show main:policies/letters.xml) policies/letters.xml

Where policies only look for a value, it is taken for granted that a resource, an action and the environment
have one value of an attribute at most, and the answer says of which; a subject may have many, such as roles.
`--many` takes nothing for granted.

Exit code: 0 if all is decided as before, 1 if anything changes, 2 if there is no answer.")]
pub(crate) struct Diff {
    /// The old policies: a file, a folder, or `-` for standard input
    old: PathBuf,
    /// The new policies
    new: PathBuf,
    /// Attributes of resource, action and environment may have several values as well
    #[arg(long)]
    many: bool,
    /// The most changes to list
    #[arg(long, value_name = "NUMBER", default_value_t = 50, value_parser = crate::question::at_least_one)]
    most: usize,
    /// The instant of the comparison [default: every instant]
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    at: Option<DateTime>,
    /// The most steps to take
    #[arg(long, value_name = "STEPS", default_value_t = 10_000_000)]
    budget: usize,
    #[command(flatten)]
    policy: PolicyOptions,
}

impl Diff {
    pub(crate) fn run(&self) -> Result<Output, Undone> {
        let paths = [self.old.clone(), self.new.clone()];
        let given = input::read(&paths, &ENDINGS)?;
        let given = only_policies(&given)?;
        let [old, new] = [0, 1].map(|argument| {
            let of = given.iter().filter(|one| one.argument == argument);
            self.pdp(&of.copied().collect::<Vec<&Given>>())
        });
        let (old, new) = (old?, new?);
        let progress = Progress::new();
        progress.tell("comparing …");
        let nothing = Request::default();
        let [before, after] = [&old, &new].map(|pdp| {
            // An instant that is given is that of all requests.
            let is_open = |of: &Designator| self.at.is_none() || !is_of_clock(of);
            let analysis = pdp.analysis(&nothing).open(is_open).budget(self.budget);
            let analysis = analysis.presume_single(|of| !self.many && is_of_one(of));
            match self.at {
                Some(at) => analysis.at(at),
                None => analysis,
            }
        });
        let difference = before.difference(&after, self.most)?;
        drop(progress);
        let examples = Examples::new(&old, &new, self.at);
        let (mut text, mut changes) = (String::new(), Vec::new());
        let shown = difference.changes.iter().map(|of| (of, examples.of(of)));
        let mut shown: Vec<_> = shown.collect();
        // What can be seen comes before what may be.
        shown.sort_by_key(|(_, example)| example.is_none());
        for (of, example) in shown {
            text += &told(of, example.as_ref());
            changes.push(change(of, example));
        }
        let at = self.at.map(|at| format!(" at {at}")).unwrap_or_default();
        text += &match (difference.changes.len(), difference.is_complete) {
            (0, true) if difference.presumed_single.is_empty() => {
                format!("Nothing changes{at}: every request is decided as before.\n")
            }
            (0, true) => {
                format!(
                    "Nothing changes{at}: every request is decided as before, if what is taken for granted \
                     is so.\n"
                )
            }
            (several, true) => format!("\n{}{at}\n", count(several, "change", "changes")),
            (several, false) => format!(
                "\nmore than {}{at}: --most lists more\n",
                count(several, "change", "changes")
            ),
        };
        // Where nothing changes, nothing changes less than is said.
        if !difference.whole.is_empty() && !difference.changes.is_empty() {
            text +=
                "\nNot seen through, so that what depends on these may change less than is said:\n";
            for expression in &difference.whole {
                text += &format!("  {expression}\n");
            }
        }
        if !difference.presumed_single.is_empty() {
            let names = ShortNames::of(old.attributes().chain(new.attributes()));
            text += &format!("\n{}", for_granted(&difference.presumed_single, &names));
        }
        let json = json!({
            "at": self.at.map(|at| at.to_string()),
            "changes": changes,
            "complete": difference.is_complete,
            "whole": difference.whole,
            "one_value_at_most": difference.presumed_single.iter().map(attribute).collect::<Vec<Json>>(),
        });
        let is_same = difference.changes.is_empty() && difference.is_complete;
        Ok(Output::new(Ended::good_if(is_same), text, json))
    }

    fn pdp(&self, policies: &[&Given]) -> Result<Pdp, Undone> {
        if policies.is_empty() {
            return Err("one side has no policy".into());
        }
        let mut builder = self.policy.builder(policies)?;
        if let Some(at) = self.at {
            builder = builder.clock(move || at);
        }
        Ok(builder.build()?)
    }
}

/// Whether an attribute is of what a request has one of: a resource, an action and an environment.
pub(crate) fn is_of_one(of: &Designator) -> bool {
    [category::RESOURCE, category::ACTION, category::ENVIRONMENT].contains(&&*of.category)
}

/// Says of which attributes it is taken for granted that they have one value at most.
pub(crate) fn for_granted(presumed: &[Designator], names: &ShortNames) -> String {
    let names: Vec<String> = presumed.iter().map(|of| names.in_words(of)).collect();
    let names = names.join(", ");
    format!("Taken for granted: one value at most of {names}; --many takes nothing for granted.\n")
}

/// A change, with what must be so, each in a line.
fn told(change: &DecisionChange, example: Option<&Example>) -> String {
    let sentence = change.to_string();
    let (what, _) = sentence.split_once(", where ").unwrap_or((&sentence, ""));
    let requirements = change.requirements.iter().map(ToString::to_string);
    let requirements = requirements.collect::<Vec<_>>().join("\n    and ");
    let mut text = match requirements.is_empty() {
        true => format!("- {what}, always\n"),
        false => format!("- {what}, where\n    {requirements}\n"),
    };
    if let Some(example) = example {
        text += &format!("  for example: {}\n", example.text);
    }
    text
}

fn change(of: &DecisionChange, example: Option<Example>) -> Json {
    let decided = |of: &Decided| {
        json!({
            "decision": of.decision.as_str(),
            "obligations": of.obligations,
            "advice": of.advice,
        })
    };
    json!({
        "text": of.to_string(),
        "before": decided(&of.before),
        "after": decided(&of.after),
        "where": of.requirements.iter().map(ToString::to_string).collect::<Vec<String>>(),
        "example": example.map(|example| example.json),
    })
}
