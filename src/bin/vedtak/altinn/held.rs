//! The rights that somebody has to a service for a party → the answer, as text and as JSON.

use vedtak::altinn::Register;
use vedtak::altinn::delegation::Right;
use vedtak::altinn::facts::Parties as _;
use vedtak::altinn::register::{Grantable, OtherRight};
use vedtak::altinn::resource::ResourceId;
use vedtak::report::cut;

use super::answer::{found_some, lines, of_resource, with_troubles};
use super::files::Asked;
use super::json;
use super::others::{answers, every_action, opened_by_name};
use super::wording::said;
use crate::output::{Output, Undone};

/// The holdings of somebody at a party, with what the policy of a service permits besides.
pub(super) fn rights(
    asked: &mut Asked<'_>,
    who: &str,
    party: &str,
    asker: &str,
    resource: &str,
) -> Result<Output, Undone> {
    let (words, at) = (asked.words, asked.at);
    let of = ResourceId::new(resource);
    let (who, party, by) = (words.key(who)?, words.key(party)?, words.key(asker)?);
    let pdp = asked.pdp(resource)?;
    let held = pdp.holdings_for(&by, &who, &party, std::slice::from_ref(&of), at);
    let held = held.map_err(|why| words.no_answer(why))?;
    let policy = answers(words, (&pdp, at), &of)?.rights();
    let policy = policy.map_err(|why| words.no_answer(why.into()))?;
    let snapshot = pdp.register().map(Register::snapshot);
    let holder = snapshot
        .as_ref()
        .and_then(|known| known.party(&who).ok().flatten());
    let mut notes = match &holder {
        Some(holder) => opened_by_name(words, &policy, holder),
        None => Vec::new(),
    };
    if !policy.is_complete {
        let lacking: Vec<_> = policy.lacking.iter().collect();
        notes.push(words.lacking(&lacking).unwrap_or_else(|| words.not_all()));
    }
    if held.rights.iter().any(|right| right.decision.is_none()) {
        let asked = cut(of.as_str());
        notes.push(words.pick(
            format!("only the policy of `{asked}` was asked: rights to other services are listed as the register has them"),
            format!("bare policyen til `{asked}` er spurt: rettigheter til andre tjenester står slik registeret har dem"),
        ));
    }
    let described = pdp.register().and_then(|known| of_resource(known, &of));
    let otherwise = |other: &OtherRight| {
        let action = other.action.as_deref();
        let right = Right::from(action.unwrap_or(every_action(words)));
        let part = other.part.iter().cloned();
        let right = part.fold(right, |right, (id, value)| right.on(id, value));
        let right = Grantable::resource(other.resource.clone(), [right]);
        let right = match &snapshot {
            Some(known) => right.titled(known.catalogue(), described.as_deref(), words.names()),
            None => said!(words, right),
        };
        // Of every action, it is not looked up which of these alone gives it.
        if action.is_none() {
            return words.pick(
                format!("{right} — by one or several of these, or by what is no role, package or delegation"),
                format!("{right} — av én eller flere av disse, eller av noe annet enn rolle, pakke og delegering"),
            );
        }
        words.pick(
            format!("{right} — by several of these together, or by what is no role, package or delegation"),
            format!("{right} — av flere av disse sammen, eller av noe annet enn rolle, pakke og delegering"),
        )
    };
    let lists = [&held.roles, &held.packages, &held.rights];
    let listed = lists.into_iter().flatten().map(|held| said!(words, held));
    let all: Vec<String> = listed.chain(held.otherwise.iter().map(otherwise)).collect();
    let ended = found_some(!all.is_empty() || !notes.is_empty(), held.is_complete);
    let text = lines(words, all.into_iter());
    let mut json = json::holdings(&held, words);
    json["lacking"] = json::lacking(&policy.lacking);
    let output = Output::new(ended, text, json).with_notes(notes);
    Ok(with_troubles(words, output, &held.troubles))
}
