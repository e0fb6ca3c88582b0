//! A question → its answer, as text and as JSON.

use std::sync::Arc;

use serde_json::{Value as Json, json};
use vedtak::altinn::answers::{HolderPage, PolicyAnswers, PolicyRight, PolicyRights};
use vedtak::altinn::catalogue::{Catalogue, MetadataFile};
use vedtak::altinn::delegation::Right;
use vedtak::altinn::facts::{Parties as _, Resources as _, Window};
use vedtak::altinn::register::{CheckedGrantable, Grantable, PartyQuery, Refusal, Snapshot};
use vedtak::altinn::resource::{Resource, ResourceId};
use vedtak::altinn::{PartyKey, Register};
use vedtak::report::{cut, without_long_numbers};
use vedtak::response::Trouble;
use vedtak::{Decision, Request};

use super::check::check;
use super::files::{self, Asked};
use super::held::rights;
use super::json;
use super::others::answers;
use super::packages::{packages, services_of};
use super::parts::{AskedRights, Part, rights_held};
use super::question::{PackagesOf, Question};
use super::report::report;
use super::wording::{Wording, next_page, said};
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
            Self::Who {
                resource,
                action,
                part,
                ..
            } => (Some(resource), action.as_ref(), Some(part)),
            Self::Rights { resource, .. } => (Some(resource), None, None),
            Self::Delegable { resource, .. } => (resource.as_ref(), None, None),
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
                let told = asked.pdp(resource)?.explain_at(&request, asked.at);
                let text = said!(asked.words, told);
                let ended = Ended::of(told.ruling.decision());
                Ok(Output::new(
                    ended,
                    &text,
                    json::explanation(&told, &text, asked.words),
                ))
            }
            Self::Who {
                resource,
                action,
                party: None,
                part,
                ..
            } => who_may(asked, resource, action.as_deref(), part),
            Self::Who {
                resource,
                action,
                party: Some(party),
                part,
                size,
                after,
            } => {
                let words = asked.words;
                let action = (action.as_deref().unwrap_or_default(), part);
                let key = asked.words.key(party)?;
                let of = ResourceId::new(&**resource);
                let pdp = asked.pdp(resource)?;
                let mut page = HolderPage::default();
                if let Some(size) = size {
                    page = page.size(*size as usize);
                }
                let snapshot = pdp.register().map(Register::snapshot);
                if let Some(after) = after {
                    page = page.after(&*asked.words.last_of_page(after, snapshot.as_ref())?);
                }
                let at = asked.at;
                let delegated = |known: &Snapshot| known.delegated_parts(&of, &key, at);
                let mut rights = AskedRights::of(words, (&pdp, at), &of, action, delegated)?;
                if size.is_some() || after.is_some() {
                    rights.refuse_pages(words)?;
                }
                let described = pdp.register().and_then(|known| of_resource(known, &of));
                let mut output = rights.answer(words, |right| {
                    let found = pdp.holders_on(&page, &of, right, &key, asked.at);
                    let found = found.map_err(|why| words.no_answer(why))?;
                    let last = found.holders.last().filter(|_| found.has_more);
                    let next = last.and_then(|last| next_page(&last.party, snapshot.as_ref()));
                    let more = words.more(next.as_deref()).into_iter().collect();
                    let is_nobody = found.holders.is_empty() && found.others.is_empty();
                    let ended = found_some(!is_nobody, found.is_complete);
                    let mut json = json::holders(&found, described.as_ref(), words);
                    json["has_more"] = found.has_more.into();
                    json["after"] = next.into();
                    let output = Output::new(ended, said!(words, found), json).with_notes(more);
                    Ok(with_troubles(words, output, &found.troubles))
                })?;
                output.text = headed(words, described.as_ref(), output.text);
                Ok(output)
            }
            Self::Parties(parties) => parties.answer(asked),
            Self::Rights {
                who,
                party,
                asker,
                resource,
            } => rights(asked, who, party, asker, resource),
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

/// The packages and roles that open a service, for one action or for each.
fn who_may(
    asked: &mut Asked<'_>,
    resource: &str,
    action: Option<&str>,
    part: &Part,
) -> Result<Output, Undone> {
    let words = asked.words;
    let pdp = asked.pdp_of_policy(resource)?;
    let answers = answers(words, (&pdp, asked.at), &ResourceId::new(resource))?;
    let Some(action) = action else {
        let rights = answers.rights();
        return Ok(listed(
            words,
            &rights.map_err(|why| words.no_answer(why.into()))?,
        ));
    };
    let right = part.right(action);
    asked
        .notes
        .extend(part.like_the_whole(words, &answers, action)?);
    if part.is_named() {
        return one_right(words, &answers, &right);
    }
    let rights = answers.rights_to(action);
    let rights = rights.map_err(|why| words.no_answer(why.into()))?;
    match &rights.rights[..] {
        [] => {
            let mut output = one_right(words, &answers, &right)?;
            if !rights.is_complete && output.ended == Ended::Found {
                output.ended = Ended::Undone;
            }
            Ok(output)
        }
        [only] if rights.is_complete => one_right(words, &answers, &only.right().unwrap_or(right)),
        _ => Ok(listed(words, &rights)),
    }
}

/// Rights, each with the packages and roles that open it.
fn listed(words: Wording, rights: &PolicyRights) -> Output {
    let is_somebodys = rights.rights.iter().any(PolicyRight::is_somebodys);
    let ended = found_some(is_somebodys, rights.is_complete);
    let text = match rights.rights.is_empty() && rights.is_complete {
        true => words.pick("nobody", "ingen").to_owned(),
        false => said!(words, rights),
    };
    let text = headed(words, rights.described.as_ref(), text);
    Output::new(ended, text, json::rights(rights, words))
}

/// The packages and roles that open one right.
fn one_right(words: Wording, answers: &PolicyAnswers, right: &Right) -> Result<Output, Undone> {
    let right = answers.who_may(right);
    let right = right.map_err(|why| words.no_answer(why.into()))?;
    let ended = found_some(!right.alternatives.is_empty(), right.is_complete);
    let text = headed(words, right.described.as_ref(), said!(words, right));
    Ok(Output::new(ended, text, json::one_right(&right, words)))
}

/// An answer about a service, under its title if it has one.
fn headed(words: Wording, described: Option<&Arc<Resource>>, text: String) -> String {
    match described.and_then(|described| words.titled(described)) {
        Some(titled) => format!("{titled}\n{text}"),
        None => text,
    }
}

/// A resource, as a register describes it.
pub(super) fn of_resource(register: &Register, id: &ResourceId) -> Option<Arc<Resource>> {
    register.snapshot().resource(id).ok().flatten()
}

/// The resource of rights, as a register describes it.
fn of_rights(register: &Register, what: &Grantable) -> Option<Arc<Resource>> {
    match what {
        Grantable::Resource { resource, .. } => of_resource(register, resource),
        _ => None,
    }
}

/// How an answer ends that has somebody, or nobody: without the whole, somebody may be missing.
pub(super) fn found_some(is_some: bool, is_complete: bool) -> Ended {
    match is_complete {
        true => Ended::good_if(is_some),
        false => Ended::Undone,
    }
}

/// The check of each right to a service, and of other things, before somebody delegates them.
fn delegable(
    asked: &mut Asked<'_>,
    who: &str,
    party: &str,
    resource: Option<&str>,
    others: impl Iterator<Item = Grantable>,
) -> Result<Output, Undone> {
    let (words, at) = (asked.words, asked.at);
    let (by, from) = (words.key(who)?, words.key(party)?);
    let mut what: Vec<Grantable> = Vec::new();
    let (register, checked) = match resource {
        Some(resource) => {
            let pdp = asked.pdp(resource)?;
            let of = ResourceId::new(resource);
            let rights = answers(words, (&pdp, at), &of)?.rights();
            let rights = rights.map_err(|why| words.no_answer(why.into()))?;
            // A right to every action is no right that a delegation names.
            let rights: Vec<_> = rights
                .rights
                .iter()
                .filter_map(|right| right.right())
                .collect();
            if !rights.is_empty() {
                what.push(Grantable::resource(of, rights));
            }
            what.extend(others);
            let register = pdp.register().ok_or_else(|| words.no_policy(resource))?;
            let (snapshot, may) = (register.snapshot(), pdp.who_may(at));
            let checked = snapshot.delegation_check(&by, &from, &what, Some(&may), at);
            (register.clone(), checked)
        }
        None => {
            what.extend(others);
            let register = asked.register_or_example()?;
            let snapshot = register.snapshot();
            let checked = snapshot.delegation_check(&by, &from, &what, None, at);
            (register, checked)
        }
    };
    // Who administers nothing delegates nothing: an answer, and no failure.
    if let Err(why @ Refusal::NotAdministrator { .. }) = &checked {
        let (no, why) = (words.pick("no", "nei"), said!(words, why));
        let json = json!({"checked": [], "refusal": why});
        return Ok(Output::new(Ended::Found, format!("{no}: {why}"), json));
    }
    let checked = checked.map_err(|why| words.no_answer(why.into()))?;
    let catalogue = register.snapshot().catalogue().clone();
    let text = lines(
        words,
        checked.iter().map(|one| {
            let described = of_rights(&register, &one.what);
            let what = one
                .what
                .titled(&catalogue, described.as_deref(), words.names());
            match &one.result {
                Ok(()) => {
                    let opens = opens(words, one);
                    format!("{}: {what}{opens}", words.pick("yes", "ja"))
                }
                Err(why) => {
                    let no = words.pick("no", "nei");
                    format!("{no}: {what}: {}", said!(words, why))
                }
            }
        }),
    );
    let is_any = checked.iter().any(|one| one.may_be_delegated());
    let json = checked.iter();
    let json = json.map(|one| json::checked(one, of_rights(&register, &one.what).as_ref(), words));
    let json: Vec<_> = json.collect();
    Ok(Output::new(
        Ended::good_if(is_any),
        text,
        json!({"checked": json, "refusal": null}),
    ))
}

/// Says what a delegation of a right opens where that is less than the right: the tasks of an app for which
/// the policy has it.
fn opens(words: Wording, of: &CheckedGrantable) -> String {
    match &of.what {
        Grantable::Resource { rights, .. } if of.opens != *rights => {
            let opened: Vec<String> = of.opens.iter().map(Right::to_string).collect();
            let opened = opened.join(words.pick(" and ", " og "));
            words.pick(
                format!(": opens only {opened}"),
                format!(": åpner bare {opened}"),
            )
        }
        _ => String::new(),
    }
}

/// The open requests for access to a party's affairs.
fn requests(asked: &mut Asked<'_>, party: &str) -> Result<Output, Undone> {
    let words = asked.words;
    let register = asked.register_or_example()?;
    let (snapshot, key) = (register.snapshot(), words.key(party)?);
    if snapshot.party(&key).ok().flatten().is_none() {
        let unknown = words.pick(
            format!("{key:?} is not in the register"),
            format!("{key:?} er ikke i registeret"),
        );
        return Err(unknown.into());
    }
    let open = snapshot.open_requests(&key);
    let name = |key: &PartyKey| {
        let party = snapshot.party(key).ok().flatten();
        party.map_or_else(|| format!("{key:?}"), |party| cut(&party.name))
    };
    let catalogue = snapshot.catalogue();
    let text = lines(
        words,
        open.iter().map(|request| {
            let (id, person) = (request.id, name(&request.person));
            let described = of_rights(&register, &request.what);
            let what = request
                .what
                .titled(catalogue, described.as_deref(), words.names());
            let open = request.asked_at.map(|at| said!(words, Window::from(at)));
            let open =
                open.map(|open| words.pick(format!(", open {open}"), format!(", åpen {open}")));
            let open = open.unwrap_or_default();
            words.pick(
                format!("{id}{open}: {person} asks for {what}"),
                format!("{id}{open}: {person} ber om {what}"),
            )
        }),
    );
    let json = open.iter().map(|request| {
        let described = of_rights(&register, &request.what);
        json::request(request, &name(&request.person), described.as_ref(), words)
    });
    let json: Vec<_> = json.collect();
    let ended = Ended::good_if(!open.is_empty());
    Ok(Output::new(ended, text, json!({"requests": json})))
}

fn catalogue(
    asked: &Asked<'_>,
    files: &[String],
    (nynorsk, english): (&[String], &[String]),
    packages_of: &[PackagesOf],
) -> Result<Output, Undone> {
    let words = asked.words;
    let mut read = Vec::new();
    let (mut has_packages, mut has_roles) = (false, false);
    for name in files {
        let bytes = files::read(words, name)?;
        let items: Vec<Json> = serde_json::from_slice(&bytes).unwrap_or_default();
        has_packages |= items.iter().any(|item| item.get("areas").is_some());
        has_roles |= items.iter().any(|item| item.get("areas").is_none());
        read.push(MetadataFile::new(name, bytes));
    }
    for name in nynorsk {
        read.push(MetadataFile::new(name, files::read(words, name)?).in_nynorsk());
    }
    for name in english {
        read.push(MetadataFile::new(name, files::read(words, name)?).in_english());
    }
    for of in packages_of {
        let file = MetadataFile::new(&of.file, files::read(words, &of.file)?).of_role(&*of.role);
        read.push(match &of.form {
            Some(form) => file.of_legal_form(&**form),
            None => file,
        });
    }
    let standard = Catalogue::standard();
    let today = asked.at.to_string();
    let fetched = standard.with_metadata(&today[..10], read)?;
    let difference = standard.difference(&fetched);
    let ended = Ended::good_if(difference.is_empty());
    let text = said!(words, difference);
    let mut json = json::difference(&difference);
    let kinds = [
        (has_packages, "packages", "tilgangspakker"),
        (has_roles, "roles", "roller"),
    ];
    let lacking = kinds.into_iter().filter(|(is_there, ..)| !is_there);
    let lacking: Vec<_> = lacking
        .map(|(_, name, norwegian)| (name, norwegian))
        .collect();
    json["not_compared"] = lacking.iter().map(|(name, _)| *name).collect();
    let notes = lacking.iter().map(|(name, norwegian)| {
        words.pick(
            format!("no file has {name}: those that are new or gone are not found"),
            format!("ingen fil har {norwegian}: nye og fjernede blir ikke funnet"),
        )
    });
    Ok(Output::new(ended, text, json).with_notes(notes.collect()))
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
