//! `vedtak altinn who`: the packages and roles that open a service, who may use it for a party, which parties
//! it is for, and who has any right for one.

use std::sync::Arc;

use serde_json::{Value as Json, json};
use vedtak::altinn::answers::{HolderPage, PolicyAnswers, PolicyRight, PolicyRights};
use vedtak::altinn::delegation::Right;
use vedtak::altinn::register::Snapshot;
use vedtak::altinn::resource::{Resource, ResourceId};
use vedtak::altinn::{Party, Register};

use super::answer::{found_some, lines, of_resource, with_troubles};
use super::files::Asked;
use super::json;
use super::others::answers;
use super::parts::{AskedRights, Part};
use super::question::about_parties;
use super::served::served;
use super::wording::{Wording, next_page, said};
use crate::output::{Ended, Output, Undone};

/// Lists the packages and roles that open a service; with FOR-WHOM the persons and systems that may use it
#[derive(Debug, clap::Args)]
#[command(after_help = about_parties!(
    "  vedtak altinn who ttd-begge                                              which packages and roles, for each action?
  vedtak altinn who ttd-begge read                                         which packages and roles?
  vedtak altinn who ttd-begge read urn:altinn:organization:identifier-no:310000401      which persons?
  vedtak altinn who my-service read --policy my-service.xml
  vedtak altinn who app_ttd_brev read --part urn:altinn:appresource=events --policy policy.xml
  vedtak altinn who my-service --served --register register.json           for which parties is it?
  vedtak altinn who --any-right-for urn:altinn:organization:identifier-no:310000401 --asker urn:altinn:userid:233"
))]
pub(super) struct Who {
    /// The service, by its id in the resource registry
    #[arg(required_unless_present = "any_right_for")]
    resource: Option<String>,
    /// The action, as the policy of the service names it [default: each]
    action: Option<String>,
    /// The party for which it is done
    #[arg(value_name = "FOR-WHOM")]
    party: Option<String>,
    #[command(flatten)]
    part: Part,
    /// The most persons and systems to list [default: all]
    #[arg(long, value_name = "NUMBER", requires = "party", value_parser = clap::value_parser!(u32).range(1..))]
    size: Option<u32>,
    /// Begin after this one, the last one of the page before, as that page calls it
    #[arg(long, value_name = "WHO", requires = "party")]
    after: Option<String>,
    /// List the parties that the service is for: on its access lists, or with a resource right
    #[arg(long, conflicts_with_all = ["action", "any_right_for"])]
    served: bool,
    /// List everybody with a role, a package or a delegation for this party, whatever it opens
    #[arg(
        long,
        value_name = "FOR-WHOM",
        conflicts_with = "resource",
        requires = "asker"
    )]
    any_right_for: Option<String>,
    /// The one who wants to know; only those who administer the party's accesses may
    #[arg(
        long,
        value_name = "WHO",
        conflicts_with = "resource",
        requires = "any_right_for"
    )]
    asker: Option<String>,
}

impl Who {
    /// Whether it is about the policy of a service.
    pub(super) fn asks_policy(&self) -> bool {
        self.resource.is_some() && !self.served
    }

    /// The service, the action and the part of the service.
    pub(super) fn names(&self) -> (Option<&String>, Option<&String>, Option<&Part>) {
        (
            self.resource.as_ref(),
            self.action.as_ref(),
            Some(&self.part),
        )
    }

    pub(super) fn answer(&self, asked: &mut Asked<'_>) -> Result<Output, Undone> {
        if let (Some(party), Some(asker)) = (&self.any_right_for, &self.asker) {
            return rightholders(asked, party, asker);
        }
        let resource = self.resource.as_deref().unwrap_or_default();
        if self.served {
            return served(asked, resource);
        }
        match (&self.action, &self.party) {
            (Some(action), Some(party)) => self.holders(asked, resource, action, party),
            (action, _) => who_may(asked, resource, action.as_deref(), &self.part),
        }
    }

    /// Those who may use a service for a party.
    fn holders(
        &self,
        asked: &mut Asked<'_>,
        resource: &str,
        action: &str,
        party: &str,
    ) -> Result<Output, Undone> {
        let words = asked.words;
        let action = (action, &self.part);
        let key = words.key(party)?;
        let of = ResourceId::new(resource);
        let pdp = asked.pdp(resource)?;
        let mut page = HolderPage::default();
        if let Some(size) = self.size {
            page = page.size(size as usize);
        }
        let snapshot = pdp.register().map(Register::snapshot);
        if let Some(after) = &self.after {
            page = page.after(&*words.last_of_page(after, snapshot.as_ref())?);
        }
        let at = asked.at;
        let delegated = |known: &Snapshot| known.delegated_parts(&of, &key, at);
        let mut rights = AskedRights::of(words, (&pdp, at), &of, action, delegated)?;
        if self.size.is_some() || self.after.is_some() {
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
}

/// Everybody who has any right for a party, if the asker may see them.
fn rightholders(asked: &mut Asked<'_>, party: &str, asker: &str) -> Result<Output, Undone> {
    let (words, at) = (asked.words, asked.at);
    let (of, by) = (words.key(party)?, words.key(asker)?);
    let snapshot = asked.register_or_example()?.snapshot();
    let found = snapshot.rightholders_for(&by, &of, at);
    let mut found = found.map_err(|why| words.no_answer(why.into()))?;
    found.sort_by(|one, other| one.name.cmp(&other.name));
    let line = |one: &Arc<Party>| match one.masked_key() {
        Some(key) => format!("{one} — {key}"),
        None => one.to_string(),
    };
    let text = lines(words, found.iter().map(line));
    let json: Vec<Json> = found.iter().map(|one| json::named(one)).collect();
    let note = words.pick(
        "only what the register has is listed, and not what policies open to others, such as anyone",
        "svaret bygger bare på registeret; det policyer åpner for andre, for eksempel for alle, er ikke med",
    );
    asked.notes.push(note.to_owned());
    let ended = Ended::good_if(!found.is_empty());
    Ok(Output::new(ended, text, json!({"rightholders": json})))
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
