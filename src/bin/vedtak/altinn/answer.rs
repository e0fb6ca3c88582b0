//! A question → its answer, as text and as JSON.

use serde_json::{Value as Json, json};
use vedtak::Request;
use vedtak::altinn::PartyKey;
use vedtak::altinn::catalogue::{Catalogue, MetadataFile};
use vedtak::altinn::facts::Parties as _;
use vedtak::altinn::register::Grantable;
use vedtak::altinn::resource::ResourceId;
use vedtak::report::cut;
use vedtak::response::Trouble;

use super::check::check;
use super::files::{self, Asked};
use super::json;
use super::packages::{packages, services_of};
use super::question::{PackagesOf, Question};
use super::report::report;
use super::wording::{Wording, said};
use crate::output::{Ended, Output, Undone};

impl Question {
    pub(super) fn answer(&self, asked: &mut Asked<'_>) -> Result<Output, Undone> {
        match self {
            Self::Decide {
                who,
                party,
                resource,
                action,
            } => {
                let request = request(asked.words, who, party, resource, action)?;
                let told = asked.pdp(resource)?.explain_at(&request, asked.at);
                let text = said!(asked.words, told);
                let ended = Ended::of(told.ruling.decision());
                Ok(Output::new(ended, &text, json::explanation(&told, &text)))
            }
            Self::Who {
                resource,
                action,
                party: None,
            } => who_may(asked, resource, action.as_deref()),
            Self::Who {
                resource,
                action,
                party: Some(party),
            } => {
                let right = action.as_deref().unwrap_or_default().into();
                let key = asked.words.key(party)?;
                let of = ResourceId::new(&**resource);
                let found = asked.pdp(resource)?.holders(&of, &right, &key, asked.at);
                let found = found.map_err(|why| asked.words.no_answer(why))?;
                let ended = Ended::good_if(!found.holders.is_empty() || !found.others.is_empty());
                let text = said!(asked.words, found);
                let output = Output::new(ended, text, json::holders(&found));
                Ok(with_troubles(asked.words, output, &found.troubles))
            }
            Self::Parties(parties) => parties.answer(asked),
            Self::Rights {
                who,
                party,
                asker,
                resource,
            } => {
                let words = asked.words;
                let resources = [ResourceId::new(&**resource)];
                let (who, party, by) = (words.key(who)?, words.key(party)?, words.key(asker)?);
                let pdp = asked.pdp(resource)?;
                let held = pdp.holdings_for(&by, &who, &party, &resources, asked.at);
                let held = held.map_err(|why| words.no_answer(why))?;
                let lists = [&held.roles, &held.packages, &held.rights];
                let all = lists.into_iter().flatten();
                let text = lines(words, all.clone().map(|held| said!(words, held)));
                let ended = Ended::good_if(all.count() > 0);
                Ok(Output::new(ended, text, json::holdings(&held)))
            }
            Self::Needed {
                who,
                party,
                resource,
                action,
            } => {
                let words = asked.words;
                let (of, right) = (ResourceId::new(&**resource), action.as_str().into());
                let (who, party) = (words.key(who)?, words.key(party)?);
                let needed = asked
                    .pdp(resource)?
                    .needed(&who, &of, &right, &party, asked.at);
                let needed = needed.map_err(|why| words.no_answer(why))?;
                let ended = Ended::of(needed.decision);
                let output = Output::new(ended, said!(words, needed), json::needed(&needed));
                Ok(with_troubles(words, output, &needed.troubles))
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
            Self::Check { files, tasks } => check(asked, files, tasks),
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
fn who_may(asked: &mut Asked<'_>, resource: &str, action: Option<&str>) -> Result<Output, Undone> {
    let words = asked.words;
    let pdp = asked.pdp_of_policy(resource)?;
    let answers = pdp.answers(&ResourceId::new(resource), asked.at);
    let answers = answers.map_err(|error| words.no_answer(error.into()))?;
    let answers = answers.ok_or_else(|| words.no_policy(resource))?;
    let ended = |is_nobody, is_complete: bool| match is_nobody {
        // Somebody may have it nevertheless.
        true if !is_complete => Ended::Undone,
        is_nobody => Ended::good_if(!is_nobody),
    };
    let Some(action) = action else {
        let rights = answers.rights()?;
        let ended = ended(rights.rights.is_empty(), rights.is_complete);
        let json = json!({
            "resource": rights.resource.as_str(),
            "rights": rights.rights.iter().map(json::right).collect::<Vec<_>>(),
            "complete": rights.is_complete,
        });
        let nobody = words.pick("nobody", "ingen").to_owned();
        let text = match rights.rights.is_empty() && rights.is_complete {
            true => nobody,
            false => said!(words, rights),
        };
        return Ok(Output::new(ended, text, json));
    };
    let right = answers.who_may(&action.into())?;
    let ended = ended(right.alternatives.is_empty(), right.is_complete);
    Ok(Output::new(ended, said!(words, right), json::right(&right)))
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
    let checked = match resource {
        Some(resource) => {
            let pdp = asked.pdp(resource)?;
            let of = ResourceId::new(resource);
            let answers = pdp
                .answers(&of, at)
                .map_err(|error| words.no_answer(error.into()))?;
            let rights = answers.ok_or_else(|| words.no_policy(resource))?.rights()?;
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
            let may = pdp.who_may(at);
            register
                .snapshot()
                .delegation_check(&by, &from, &what, Some(&may), at)
        }
        None => {
            what.extend(others);
            let register = asked.register_or_example()?;
            register
                .snapshot()
                .delegation_check(&by, &from, &what, None, at)
        }
    };
    let checked = checked.map_err(|why| words.no_answer(why.into()))?;
    let text = lines(
        words,
        checked.iter().map(|one| {
            let what = said!(words, one.what);
            let reasons: Vec<&str> = one.reasons.iter().map(|reason| reason.as_str()).collect();
            let reasons = reasons.join(", ");
            match &one.result {
                Ok(()) => format!("{}: {what} ({reasons})", words.pick("yes", "ja")),
                Err(why) => {
                    let no = words.pick("no", "nei");
                    format!("{no}: {what} ({reasons}): {}", said!(words, why))
                }
            }
        }),
    );
    let is_any = checked.iter().any(|one| one.may_be_delegated());
    let json: Vec<_> = checked.iter().map(json::checked).collect();
    Ok(Output::new(
        Ended::good_if(is_any),
        text,
        json!({"checked": json}),
    ))
}

/// The open requests for access to a party's affairs.
fn requests(asked: &mut Asked<'_>, party: &str) -> Result<Output, Undone> {
    let words = asked.words;
    let snapshot = asked.register_or_example()?.snapshot();
    let key = words.key(party)?;
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
    let text = lines(
        words,
        open.iter().map(|request| {
            let (id, person) = (request.id, name(&request.person));
            let what = said!(words, request.what);
            let day = request
                .asked_at
                .map(|at| at.to_string())
                .unwrap_or_default();
            let day = day.get(..10).unwrap_or_default();
            match (day.is_empty(), words.in_norwegian) {
                (true, false) => format!("{id}: {person} asks for {what}"),
                (true, true) => format!("{id}: {person} ber om {what}"),
                (false, false) => format!("{id}: {person} asks for {what}, since {day}"),
                (false, true) => format!("{id}: {person} ber om {what}, siden {day}"),
            }
        }),
    );
    let json = open.iter().map(|request| {
        json!({
            "id": request.id.to_string(),
            "person": {"name": name(&request.person), "key": format!("{:?}", request.person)},
            "what": request.what.to_string(),
            "asked_at": request.asked_at.map(|at| at.to_string()),
        })
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
    action: &str,
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
    Ok(request.action(action).build())
}
