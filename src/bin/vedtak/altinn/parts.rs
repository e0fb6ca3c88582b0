//! A question about an action → the same about each part of the service for which the policy has it.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;
use vedtak::altinn::Pdp;
use vedtak::altinn::answers::{PolicyAnswers, PolicyRight};
use vedtak::altinn::delegation::Right;
use vedtak::altinn::resource::ResourceId;
use vedtak::report::cut;
use vedtak::value::DateTime;

use super::wording::Wording;
use crate::output::{Ended, Output, Undone};

/// The attribute of the resource that names a task of an app.
const TASK: &str = "urn:altinn:task";

/// The part of a service that a question is about.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct Part {
    /// The task of an app in which it is done, as `--part urn:altinn:task=TASK` [default: each part for
    /// which the policy has the action; for `decide` none]
    #[arg(long, value_name = "TASK", requires = "action")]
    task: Option<String>,
    /// The part of the service, by an attribute of the resource and its value; of several all count
    #[arg(id = "parts", long = "part", value_name = "ATTRIBUTE=VALUE", requires = "action", value_parser = attribute)]
    parts: Vec<(String, String)>,
}

impl Part {
    pub(super) fn is_named(&self) -> bool {
        self.task.is_some() || !self.parts.is_empty()
    }

    /// The values that name it.
    pub(super) fn values(&self) -> impl Iterator<Item = &String> {
        let parts = self.parts.iter().map(|(_, value)| value);
        self.task.iter().chain(parts)
    }

    /// The note that the policy has the action for no such part, if one is named: what it says of the whole
    /// service counts then.
    pub(super) fn unknown(
        &self,
        words: Wording,
        answers: &PolicyAnswers,
        action: &str,
    ) -> Result<Option<String>, Undone> {
        if !self.is_named() {
            return Ok(None);
        }
        let rights = answers.rights_to(action);
        let rights = rights.map_err(|why| words.no_answer(why.into()))?;
        let named = self.right(action).part;
        let is_known = |(id, value): &(Arc<str>, Arc<str>)| {
            let mut parts = rights.rights.iter().flat_map(|right| &right.part);
            parts.any(|(other, known)| other == id && known.to_lowercase() == value.to_lowercase())
        };
        let mut unknown = named.iter().filter(|one| !is_known(one));
        let unknown = unknown.next().filter(|_| rights.is_complete);
        Ok(unknown.map(|(id, value)| {
            let (id, value) = (cut(id), cut(value));
            words.pick(
                format!(
                    "the policy has nothing of its own for `{id}` `{value}`: what it says of the whole service \
                     counts"
                ),
                format!(
                    "policyen har ikke noe eget for `{id}` `{value}`: det som gjelder hele tjenesten, gjelder her"
                ),
            )
        }))
    }

    /// The right to an action, on the part that is named.
    pub(super) fn right(&self, action: &str) -> Right {
        let task = self.task.iter().map(|task| (TASK, &**task));
        let parts = self.parts.iter().map(|(id, value)| (&**id, &**value));
        let on = |right: Right, (id, value)| right.on(id, value);
        task.chain(parts).fold(Right::from(action), on)
    }
}

fn attribute(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((id, value)) if !id.is_empty() && !value.is_empty() => {
            Ok((id.to_owned(), value.to_owned()))
        }
        _ => Err("expected such as `urn:altinn:task=Task_1`".to_owned()),
    }
}

/// The rights that a question about an action is about.
pub(super) struct AskedRights {
    action: String,
    rights: Vec<Right>,
    /// Whether the policy has the action for no other part.
    is_complete: bool,
    /// Remarks about the part that is named.
    notes: Vec<String>,
}

impl AskedRights {
    /// The right on the part that is named, or those to the whole service and to each part of it for
    /// which the policy has the action.
    pub(super) fn of(
        words: Wording,
        (pdp, at): (&Pdp, DateTime),
        resource: &ResourceId,
        (action, part): (&str, &Part),
    ) -> Result<Self, Undone> {
        let mut asked = Self {
            action: cut(action),
            rights: Vec::new(),
            is_complete: true,
            notes: Vec::new(),
        };
        let answers = pdp.answers(resource, at);
        let answers = answers.map_err(|error| words.no_answer(error.into()))?;
        if let Some(answers) = answers {
            asked.notes.extend(part.unknown(words, &answers, action)?);
            if !part.is_named() {
                let found = answers.rights_to(action);
                let found = found.map_err(|why| words.no_answer(why.into()))?;
                let rights = found.rights.iter();
                let rights = rights.filter_map(PolicyRight::right_of_party);
                let each: BTreeSet<Right> = rights.collect();
                asked.rights = each.into_iter().collect();
                asked.is_complete = found.is_complete;
            }
        }
        if asked.rights.is_empty() {
            asked.rights.push(part.right(action));
        }
        Ok(asked)
    }

    /// Refuses a list by pages of several rights.
    pub(super) fn refuse_pages(&self, words: Wording) -> Result<(), Undone> {
        if self.rights.len() < 2 {
            return Ok(());
        }
        let (action, number) = (&self.action, self.rights.len());
        let why = words.pick(
            format!(
                "the policy has `{action}` for {number} parts of the service: a list by pages is of one; \
                 name it by --part or --task"
            ),
            format!(
                "policyen har `{action}` for {number} deler av tjenesten: en liste på flere sider gjelder \
                 én; oppgi den med --part eller --task"
            ),
        );
        Err(why.into())
    }

    /// The answer about each right, under its name.
    pub(super) fn answer(
        &self,
        words: Wording,
        each: impl FnMut(&Right) -> Result<Output, Undone>,
    ) -> Result<Output, Undone> {
        let outputs = self.rights.iter().map(each);
        let outputs = outputs.collect::<Result<Vec<_>, _>>()?;
        let (mut texts, mut parts, mut notes) = (Vec::new(), Vec::new(), self.notes.clone());
        let mut ended = Ended::Found;
        for (right, output) in self.rights.iter().zip(outputs) {
            ended = match (ended, output.ended) {
                (Ended::Undone, _) | (_, Ended::Undone) => Ended::Undone,
                (Ended::Good, _) | (_, Ended::Good) => Ended::Good,
                (Ended::Found, Ended::Found) => Ended::Found,
            };
            for note in output.notes {
                if !notes.contains(&note) {
                    notes.push(note);
                }
            }
            let mut json = output.json;
            let part = right.part.iter();
            let part = part.map(|(id, value)| json!({"id": id, "value": value}));
            json["action"] = (&*right.action).into();
            json["part"] = part.collect();
            let mut text = output.text;
            if !right.part.is_empty() || self.rights.len() > 1 {
                text = format!("{right}\n  {}", text.trim_end().replace('\n', "\n  "));
            }
            texts.push(text);
            parts.push(json);
        }
        if !self.is_complete && ended == Ended::Found {
            ended = Ended::Undone;
            notes.push(words.pick(
                format!("the policy may have `{}` for other parts, too", self.action),
                format!("policyen kan ha `{}` for andre deler også", self.action),
            ));
        }
        let json = json!({"parts": parts});
        Ok(Output::new(ended, texts.join("\n"), json).with_notes(notes))
    }
}
