//! The rights that somebody has to a service for a party → the answer, as text and as JSON.

use std::collections::BTreeSet;

use indexmap::IndexSet;
use vedtak::altinn::answers::NoAnswer;
use vedtak::altinn::delegation::Right;
use vedtak::altinn::explain::Through;
use vedtak::altinn::facts::{Parties as _, Window};
use vedtak::altinn::register::{Grantable, OtherRight};
use vedtak::altinn::resource::ResourceId;
use vedtak::attribute::Designator;
use vedtak::report::cut;

use super::answer::{found_some, lines, of_resource, with_troubles};
use super::files::Asked;
use super::json;
use super::others::{answers, every_action, opened_by_name};
use super::wording::{Wording, said};
use crate::output::{Output, Undone};

/// The services whose policies are asked.
pub(super) enum AskedServices<'a> {
    One(&'a str),
    Folder(&'a str),
}

/// The holdings of somebody at a party, with what the policies of services permit besides.
pub(super) fn rights(
    asked: &mut Asked<'_>,
    who: &str,
    party: &str,
    asker: &str,
    of: AskedServices<'_>,
) -> Result<Output, Undone> {
    let (words, at) = (asked.words, asked.at);
    let (who, party, by) = (words.key(who)?, words.key(party)?, words.key(asker)?);
    let (pdp, services, is_whole) = match of {
        AskedServices::One(resource) => {
            (asked.pdp(resource)?, vec![ResourceId::new(resource)], true)
        }
        AskedServices::Folder(folder) => {
            let register = asked.register_of_policies()?;
            let services = asked.services(folder, Some(&register))?;
            (services.pdp, services.resources, services.is_whole)
        }
    };
    let held = pdp.holdings_for(&by, &who, &party, &services, at);
    let held = held.map_err(|why| words.no_answer(why))?;
    let register = pdp.register();
    let register = register.ok_or_else(|| words.no_answer(NoAnswer::NoRegister))?;
    let snapshot = register.snapshot();
    let holder = snapshot.party(&who).ok().flatten();
    let mut notes = Vec::new();
    let mut lacking: IndexSet<Designator> = IndexSet::new();
    let mut is_seen = true;
    for service in &services {
        let policy = answers(words, (&pdp, at), service)?.rights();
        let policy = policy.map_err(|why| words.no_answer(why.into()))?;
        if let Some(holder) = &holder {
            notes.extend(opened_by_name(words, &policy, holder));
        }
        is_seen &= policy.is_complete || !policy.lacking.is_empty();
        lacking.extend(policy.lacking);
    }
    let is_opened_by_name = !notes.is_empty();
    notes.extend(words.lacking(&lacking.iter().collect::<Vec<_>>()));
    if !is_seen {
        notes.push(words.not_all());
    }
    if held.rights.iter().any(|right| right.decision.is_none()) {
        notes.push(match &services[..] {
            [one] => {
                let asked = cut(one.as_str());
                words.pick(
                    format!("only the policy of `{asked}` was asked: rights to other services are listed as the register has them"),
                    format!("bare policyen til `{asked}` er spurt: rettigheter til andre tjenester står slik registeret har dem"),
                )
            }
            _ => words.pick(
                "only the policies of the folder were asked: rights to other services are listed as the register has them".to_owned(),
                "bare policyene i mappen er spurt: rettigheter til andre tjenester står slik registeret har dem".to_owned(),
            ),
        });
    }
    let otherwise = |other: &OtherRight| {
        let action = other.action.as_deref();
        let right = Right::from(action.unwrap_or(every_action(words)));
        let part = other.part.iter().cloned();
        let right = part.fold(right, |right, (id, value)| right.on(id, value));
        let right = Grantable::resource(other.resource.clone(), [right]);
        let described = of_resource(register, &other.resource);
        let right = right.titled(snapshot.catalogue(), described.as_deref(), words.names());
        let ways = other.through.iter().map(|through| way(words, through));
        let ways: BTreeSet<String> = ways.collect();
        let ways = Vec::from_iter(ways).join(words.pick("; or ", "; eller "));
        let by = match (ways.is_empty(), action) {
            (false, _) => ways,
            // Of every action, it is not looked up which of these alone gives it.
            (true, None) => words
                .pick(
                    "one or several of these, or by what is no role, package or delegation",
                    "én eller flere av disse, eller av noe annet enn rolle, pakke og delegering",
                )
                .to_owned(),
            (true, Some(_)) => words
                .pick(
                    "several of these together, or by what is no role, package or delegation",
                    "flere av disse sammen, eller av noe annet enn rolle, pakke og delegering",
                )
                .to_owned(),
        };
        let until = other
            .valid_until
            .map(|until| match until.to_unix() > at.to_unix() {
                true => said!(words, Window::until(until)),
                false => words.pick("at this instant", "akkurat nå").to_owned(),
            });
        let until = until.map_or(String::new(), |until| format!(", {until}"));
        let preposition = words.pick("by", "av");
        format!("{right} — {preposition} {by}{until}")
    };
    let lists = [&held.roles, &held.packages, &held.rights];
    let listed = lists.into_iter().flatten().map(|held| said!(words, held));
    let all: Vec<String> = listed.chain(held.otherwise.iter().map(otherwise)).collect();
    let is_complete = held.is_complete && is_whole;
    let ended = found_some(!all.is_empty() || is_opened_by_name, is_complete);
    let text = lines(words, all.into_iter());
    let mut json = json::holdings(&held, &snapshot, words);
    json["complete"] = is_complete.into();
    json["lacking"] = json::lacking(&lacking);
    let output = Output::new(ended, text, json).with_notes(notes);
    Ok(with_troubles(words, output, &held.troubles))
}

/// Returns what of somebody meets a rule, and the path to it.
fn way(words: Wording, of: &Through) -> String {
    let what = of.what.iter().map(|one| said!(words, one));
    let what = Vec::from_iter(what).join(words.pick(" and ", " og "));
    let what = match what.is_empty() {
        true => words
            .pick("a rule for anyone", "en regel for alle")
            .to_owned(),
        false => what,
    };
    format!("{what} — {}", said!(words, of.path))
}
