//! A question about an action → the same about each part of the service for which the policy has it.

use std::collections::BTreeSet;

use serde_json::json;
use vedtak::altinn::answers::PolicyRight;
use vedtak::altinn::delegation::Right;
use vedtak::altinn::register::{Grantable, PartyQuery, Snapshot};
use vedtak::altinn::resource::ResourceId;
use vedtak::altinn::{PartyKey, Pdp};
use vedtak::report::cut;
use vedtak::value::DateTime;

use super::wording::Wording;
use crate::output::{Ended, Output, Undone};

/// The attribute of the resource that names a task of an app.
pub(super) const TASK: &str = "urn:altinn:task";

/// The right to an action, on a task of an app if one is named.
pub(super) fn right_on(action: &str, task: Option<&str>) -> Right {
    let right = Right::from(action);
    match task {
        Some(task) => right.on(TASK, task),
        None => right,
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
    /// Whether delegations name more parts than are asked about.
    has_more_delegated: bool,
}

/// The most parts that only delegations name and that are asked about: everybody is asked about each.
const MOST_DELEGATED: usize = 100;

impl AskedRights {
    /// The right on the task that is named, or those to the whole service and to each part of it for
    /// which the policy has the action, or delegations give it.
    pub(super) fn of(
        words: Wording,
        (pdp, at): (&Pdp, DateTime),
        resource: &ResourceId,
        (action, task): (&str, Option<&str>),
        delegated: impl FnOnce(&Snapshot) -> Vec<Right>,
    ) -> Result<Self, Undone> {
        let mut asked = Self {
            action: cut(action),
            rights: Vec::new(),
            of_policy: 0,
            is_complete: true,
            has_more_delegated: false,
        };
        if task.is_none() {
            let answers = pdp.answers(resource, at);
            let answers = answers.map_err(|error| words.no_answer(error.into()))?;
            if let Some(answers) = answers {
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
            asked.rights.push(right_on(action, task));
        }
        asked.of_policy = asked.rights.len();
        if let Some(register) = pdp.register().filter(|_| task.is_none()) {
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
                 name a task by --task"
            ),
            format!(
                "policyen har `{action}` for {number} deler av tjenesten: en liste på flere sider gjelder \
                 én; oppgi en oppgave med --task"
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
        let (mut texts, mut parts, mut notes) = (Vec::new(), Vec::new(), Vec::<String>::new());
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
            let (mut text, is_part) = (output.text, !right.part.is_empty());
            if is_part || self.rights.len() > 1 {
                let part = right.part.iter();
                let part = part.map(|(id, value)| json!({"id": id, "value": value}));
                json["action"] = (&*right.action).into();
                json["part"] = part.collect();
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
        if self.has_more_delegated {
            ended = Ended::Undone;
            notes.push(words.pick(
                format!(
                    "delegations give `{}` for other parts of the service, too, and not all were asked about; name \
                     a task by --task",
                    self.action
                ),
                format!(
                    "delegeringer gir `{}` for andre deler av tjenesten også, og det ble ikke spurt om alle; \
                     oppgi en oppgave med --task",
                    self.action
                ),
            ));
        }
        let json = match parts.len() {
            1 => parts.remove(0),
            _ => json!({"parts": parts}),
        };
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
