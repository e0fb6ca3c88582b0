//! A question about an action → the same about each part of the service for which the policy has it.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;
use vedtak::altinn::answers::{PolicyAnswers, PolicyRight};
use vedtak::altinn::delegation::Right;
use vedtak::altinn::register::{Grantable, PartyQuery, Snapshot};
use vedtak::altinn::resource::ResourceId;
use vedtak::altinn::{PartyKey, Pdp};
use vedtak::report::cut;
use vedtak::value::DateTime;

use super::json;
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

    /// The note on a part that is named and for which the policy opens no more than for the whole service:
    /// with the parts for which it does, and one that is meant perhaps.
    pub(super) fn like_the_whole(
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
        let parts = || rights.rights.iter().flat_map(|right| &right.part);
        // An instance is a part that no policy names: it is in a task.
        let named = self.right(action).of_party().part;
        let Some((id, value)) = named
            .iter()
            .find(|named| !parts().any(|part| part == *named))
        else {
            return Ok(None);
        };
        let is_meant = |(of, known): &&(Arc<str>, Arc<str>)| {
            of == id && known.to_lowercase() == value.to_lowercase()
        };
        let meant = parts().find(is_meant);
        let (id, shown) = (cut(id), cut(value));
        if let Some((_, meant)) = meant {
            let meant = cut(meant);
            return Ok(Some(words.pick(
                format!("the policy has `{id}` `{meant}`: `{shown}` is another one where letters count"),
                format!(
                    "policyen har `{id}` `{meant}`: `{shown}` er en annen der store og små bokstaver teller"
                ),
            )));
        }
        let known: Vec<String> = parts()
            .map(|(_, value)| format!("`{}`", cut(value)))
            .collect();
        let mut note = words.pick(
            format!("the policy opens no more for `{id}` `{shown}` than for the whole service"),
            format!("policyen åpner ikke for mer for `{id}` `{shown}` enn for hele tjenesten"),
        );
        if !known.is_empty() {
            let known = known.join(", ");
            note += &words.pick(
                format!("; it does for {known}"),
                format!("; det gjør den for {known}"),
            );
        }
        Ok(Some(note).filter(|_| rights.is_complete))
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
    /// Those of the policy, and then those to parts that only delegations name.
    rights: Vec<Right>,
    of_policy: usize,
    /// Whether the policy has the action for no other part.
    is_complete: bool,
    /// Remarks about the part that is named.
    notes: Vec<String>,
    /// Whether delegations name more parts than are asked about.
    has_more_delegated: bool,
}

/// The most parts that only delegations name and that are asked about: everybody is asked about each.
pub(super) const MOST_DELEGATED: usize = 100;

impl AskedRights {
    /// The right on the part that is named, or those to the whole service and to each part of it for
    /// which the policy has the action, or delegations give it.
    pub(super) fn of(
        words: Wording,
        (pdp, at): (&Pdp, DateTime),
        resource: &ResourceId,
        (action, part): (&str, &Part),
        delegated: impl FnOnce(&Snapshot) -> Vec<Right>,
    ) -> Result<Self, Undone> {
        let mut asked = Self {
            action: cut(action),
            rights: Vec::new(),
            of_policy: 0,
            is_complete: true,
            notes: Vec::new(),
            has_more_delegated: false,
        };
        let answers = pdp.answers(resource, at);
        let answers = answers.map_err(|error| words.no_answer(error.into()))?;
        if let Some(answers) = answers {
            asked
                .notes
                .extend(part.like_the_whole(words, &answers, action)?);
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
        asked.of_policy = asked.rights.len();
        if let Some(register) = pdp.register().filter(|_| !part.is_named()) {
            let known: BTreeSet<Right> = asked.rights.iter().cloned().collect();
            let delegated = delegated(&register.snapshot()).into_iter();
            let others = delegated.filter(|right| *right.action == *action);
            let others = others.map(|right| {
                let mut right = right.of_party();
                right.part.sort_unstable();
                right
            });
            let is_other = |right: &Right| !right.part.is_empty() && !known.contains(right);
            let others: BTreeSet<Right> = others.filter(is_other).collect();
            asked.has_more_delegated = others.len() > MOST_DELEGATED;
            asked.rights.extend(others.into_iter().take(MOST_DELEGATED));
        }
        Ok(asked)
    }

    /// Refuses a list by pages of several rights of the policy. With one, parts that only delegations name
    /// are left out, which is said.
    pub(super) fn refuse_pages(&mut self, words: Wording) -> Result<(), Undone> {
        if self.of_policy < 2 {
            self.has_more_delegated |= self.rights.len() > self.of_policy;
            self.rights.truncate(self.of_policy);
            return Ok(());
        }
        let (action, number) = (&self.action, self.of_policy);
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
            json["action"] = (&*right.action).into();
            json["part"] = json::part(&right.part);
            let mut text = output.text;
            if !right.part.is_empty() || self.rights.len() > 1 {
                text = format!("{right}\n  {}", text.trim_end().replace('\n', "\n  "));
            }
            texts.push(text);
            parts.push(json);
        }
        if !self.is_complete {
            ended = Ended::Undone;
            notes.push(words.pick(
                format!(
                    "the policy may have `{}` for other parts, too, or deny it for some",
                    self.action
                ),
                format!(
                    "policyen kan ha `{}` for andre deler også, eller nekte det for noen",
                    self.action
                ),
            ));
        }
        if self.has_more_delegated {
            ended = Ended::Undone;
            notes.push(words.pick(
                format!(
                    "delegations give `{}` for other parts of the service, too, and not all were asked about; name \
                     one by --part or --task",
                    self.action
                ),
                format!(
                    "delegeringer gir `{}` for andre deler av tjenesten også, og det ble ikke spurt om alle; \
                     oppgi en med --part eller --task",
                    self.action
                ),
            ));
        }
        let json = json!({"parts": parts});
        Ok(Output::new(ended, texts.join("\n"), json).with_notes(notes))
    }
}

/// The rights to a service that delegations give somebody for the parties of a query.
pub(super) fn rights_held(
    known: &Snapshot,
    who: &PartyKey,
    of: &ResourceId,
    query: PartyQuery,
    at: DateTime,
) -> Vec<Right> {
    let found = known.authorized_parties(who, &query.resource(of.clone()), at);
    let held = found.parties.into_iter().flat_map(|party| party.resources);
    let rights = held.filter_map(|held| match held.what {
        Grantable::Resource {
            resource, rights, ..
        } if resource == *of => Some(rights),
        _ => None,
    });
    rights.flatten().collect()
}
