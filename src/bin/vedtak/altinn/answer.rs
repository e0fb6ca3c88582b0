//! A question → its answer, as text and as JSON.

use std::sync::Arc;

use vedtak::altinn::Register;
use vedtak::altinn::delegation::Right;
use vedtak::altinn::facts::Resources as _;
use vedtak::altinn::register::{Grantable, PartyQuery, Snapshot};
use vedtak::altinn::resource::{Resource, ResourceId};
use vedtak::report::{cut, without_long_numbers};
use vedtak::response::Trouble;
use vedtak::{Decision, Request};

use super::catalogue::catalogue;
use super::check::check;
use super::delegable::{delegable, requests};
use super::files::Asked;
use super::held::{AskedServices, rights};
use super::json;
use super::packages::{packages, services_of};
use super::parts::{AskedRights, Part, rights_held};
use super::question::Question;
use super::report::report;
use super::wording::{Wording, said};
use crate::output::{Ended, Output, Undone};

impl Question {
    /// Refuses the number of a person where a service or an action is to be named, as the answer would have
    /// it. It is there where another word was forgotten.
    pub(super) fn refuse_persons(&self, words: Wording) -> Result<(), Undone> {
        let (resource, action, part) = match self {
            Self::Decide {
                resource,
                action,
                part,
                ..
            }
            | Self::Needed {
                resource,
                action,
                part,
                ..
            } => (Some(resource), Some(action), Some(part)),
            Self::Who(who) => who.names(),
            Self::Rights { resource, .. } | Self::Delegable { resource, .. } => {
                (resource.as_ref(), None, None)
            }
            Self::Parties(parties) => parties.names(),
            Self::Requests { .. }
            | Self::Package { .. }
            | Self::Check { .. }
            | Self::Catalogue { .. }
            | Self::Report { .. } => (None, None, None),
        };
        let names = [resource, action].into_iter().flatten();
        for name in names.chain(part.into_iter().flat_map(Part::values)) {
            let hidden = without_long_numbers(&cut(name));
            let number = name.rsplit(':').next().unwrap_or_default();
            if number.bytes().all(|b| b.is_ascii_digit()) && hidden != cut(name) {
                return Err(words
                    .pick(
                        format!("`{hidden}` stands where a service, an action or a task is named"),
                        format!(
                            "`{hidden}` står der en tjeneste, en handling eller en oppgave skal stå"
                        ),
                    )
                    .into());
            }
        }
        Ok(())
    }

    pub(super) fn answer(&self, asked: &mut Asked<'_>) -> Result<Output, Undone> {
        match self {
            Self::Decide {
                who,
                party,
                resource,
                action,
                part,
            } => {
                let right = part.right(action);
                let request = request(asked.words, who, party, resource, &right)?;
                let pdp = asked.pdp(resource)?;
                // The decision stands without the note.
                if let Ok(Some(answers)) = pdp.answers(&ResourceId::new(&**resource), asked.at) {
                    let note = part.like_the_whole(asked.words, &answers, action);
                    asked.notes.extend(note.ok().flatten());
                }
                let told = pdp.explain_at(&request, asked.at);
                let text = said!(asked.words, told);
                let ended = Ended::of(told.ruling.decision());
                Ok(Output::new(
                    ended,
                    &text,
                    json::explanation(&told, &text, asked.words),
                ))
            }
            Self::Who(who) => who.answer(asked),
            Self::Parties(parties) => parties.answer(asked),
            Self::Rights {
                who,
                party,
                asker,
                resource,
                services,
            } => {
                let of = match services {
                    Some(folder) => AskedServices::Folder(folder),
                    None => AskedServices::One(resource.as_deref().unwrap_or_default()),
                };
                rights(asked, who, party, asker, of)
            }
            Self::Needed {
                who,
                party,
                resource,
                action,
                part,
            } => {
                let (words, of) = (asked.words, ResourceId::new(&**resource));
                let (who, party) = (words.key(who)?, words.key(party)?);
                let (pdp, at) = (asked.pdp(resource)?, asked.at);
                let is_known = |known: &Register| of_resource(known, &of).is_some();
                if of.as_app().is_some() && !pdp.register().is_some_and(is_known) {
                    asked.notes.push(words.not_in_register(&of));
                }
                let action = (action.as_str(), part);
                let query = PartyQuery::new().only([party.clone()]);
                let delegated = |known: &Snapshot| rights_held(known, &who, &of, query, at);
                let rights = AskedRights::of(words, (&pdp, at), &of, action, delegated)?;
                let mut is_permitted = true;
                let mut output = rights.answer(words, |right| {
                    let needed = pdp.needed(&who, &of, right, &party, at);
                    let needed = needed.map_err(|why| words.no_answer(why))?;
                    is_permitted &= needed.decision == Decision::Permit;
                    let is_open = needed.decision != Decision::Permit && needed.veto.is_none();
                    let is_all = needed.right.is_complete && needed.untried.is_empty();
                    let is_whole = is_all || !needed.ways.is_empty();
                    let ended = match is_open && !is_whole {
                        true => Ended::Undone,
                        false => Ended::of(needed.decision),
                    };
                    let json = json::needed(&needed, words);
                    let output = Output::new(ended, said!(words, needed), json);
                    Ok(with_troubles(words, output, &needed.troubles))
                })?;
                // Something is needed where one part of several is not permitted.
                if !is_permitted && output.ended == Ended::Good {
                    output.ended = Ended::Found;
                }
                Ok(output)
            }
            Self::Delegable {
                who,
                party,
                resource,
                packages,
                roles,
            } => {
                let packages = packages
                    .iter()
                    .map(|package| Grantable::package(&**package));
                let roles = roles.iter().map(|role| Grantable::role(&**role));
                delegable(
                    asked,
                    who,
                    party,
                    resource.as_deref(),
                    packages.chain(roles),
                )
            }
            Self::Requests { party } => requests(asked, party),
            Self::Package {
                words,
                all,
                services: None,
            } => Ok(packages(asked.words, &words.join(" "), *all)),
            Self::Package {
                words,
                services: Some(folder),
                ..
            } => services_of(asked, &words.join(" "), folder),
            Self::Check { files, of, tasks } => check(asked, files, (tasks, of.as_deref())),
            Self::Catalogue {
                files,
                nynorsk,
                english,
                packages_of,
            } => catalogue(asked, files, (nynorsk, english), packages_of),
            Self::Report {
                folder,
                with,
                until,
                form,
            } => report(asked, folder, with.as_deref(), *until, *form),
        }
    }
}

/// A resource, as a register describes it.
pub(super) fn of_resource(register: &Register, id: &ResourceId) -> Option<Arc<Resource>> {
    register.snapshot().resource(id).ok().flatten()
}

/// How an answer ends that has somebody, or nobody: without the whole, somebody may be missing.
pub(super) fn found_some(is_some: bool, is_complete: bool) -> Ended {
    match is_complete {
        true => Ended::good_if(is_some),
        false => Ended::Undone,
    }
}

/// Tells what kept an answer from being whole.
pub(super) fn with_troubles(words: Wording, mut output: Output, troubles: &[Trouble]) -> Output {
    if !troubles.is_empty() {
        output.ended = Ended::Undone;
        let told = troubles.iter().map(|trouble| words.may_lack(trouble));
        output.notes.extend(told);
    }
    output
}

/// The lines of a list, or the word for an empty one.
pub(super) fn lines(words: Wording, lines: impl Iterator<Item = String>) -> String {
    let lines: Vec<String> = lines.collect();
    match lines.is_empty() {
        true => words.pick("none", "ingen").to_owned(),
        false => lines.join("\n"),
    }
}

fn request(
    words: Wording,
    who: &str,
    party: &str,
    resource: &str,
    right: &Right,
) -> Result<Request, Undone> {
    let mut request = Request::builder().resource("urn:altinn:resource", resource);
    // What names a party is an attribute's id and, after the last colon, its value.
    match who.strip_prefix("urn:altinn:org:") {
        Some(owner) => request = request.subject("urn:altinn:org", owner),
        None => {
            words.key(who)?;
            let (id, value) = who.rsplit_once(':').unwrap_or_default();
            request = request.subject(id, value);
        }
    }
    if party != "-" {
        words.key(party)?;
        let (id, value) = party.rsplit_once(':').unwrap_or_default();
        request = request.resource(id, value);
    }
    for (id, value) in &right.part {
        request = request.resource(&**id, &**value);
    }
    Ok(request.action(&*right.action).build())
}
