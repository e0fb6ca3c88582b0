//! A policy → the notes of whom it opens a service to, whatever a register has of them.

use vedtak::altinn::answers::{Need, NeedKind, PolicyAnswers, PolicyRight, PolicyRights};
use vedtak::altinn::delegation::Right;
use vedtak::altinn::resource::ResourceId;
use vedtak::altinn::{Party, PartyKey, Pdp};
use vedtak::value::DateTime;

use super::wording::{Wording, said};
use crate::output::{Ended, Output, Undone};

/// The answers about the policy of a resource; a resource without one is told.
pub(super) fn answers(
    words: Wording,
    (pdp, at): (&Pdp, DateTime),
    resource: &ResourceId,
) -> Result<PolicyAnswers, Undone> {
    let answers = pdp.answers(resource, at);
    let answers = answers.map_err(|error| words.no_answer(error.into()))?;
    answers.ok_or_else(|| words.no_policy(resource.as_str()))
}

/// Says of what the policy opens to others than those who have something for a party, as the parties that it
/// opens it for are not those of the register that lead from her; and which attributes it also reads.
pub(super) fn opened_to_others(
    words: Wording,
    asked: (&Pdp, DateTime),
    resource: &ResourceId,
    right: &Right,
    output: &mut Output,
) -> Result<(), Undone> {
    let opened = answers(words, asked, resource)?.who_may(right);
    let opened = opened.map_err(|why| words.no_answer(why.into()))?;
    let lacking: Vec<_> = opened.lacking.iter().collect();
    if let Some(lacking) = words.lacking(&lacking) {
        output.ended = Ended::Undone;
        output.notes.insert(0, lacking);
    }
    // No person is a service owner, nor an app.
    let is_of_none =
        |need: &Need| matches!(need.kind, NeedKind::ServiceOwner | NeedKind::DelegatingApp);
    let others = opened.alternatives.iter().filter(|one| one.is_for_others());
    let others = others.filter(|one| !one.needs.iter().any(is_of_none));
    let others: Vec<String> = others.map(|one| said!(words, one)).collect();
    if others.is_empty() {
        return Ok(());
    }
    let others = others.join(words.pick("; or ", "; eller "));
    // The policy is not all: the resource may be for some parties only.
    let any = words.pick("for any party", "uansett aktør").to_owned();
    let served = served(words, &opened).unwrap_or(any);
    let note = words.pick(
        format!(
            "only parties are listed of which the register has something for her; the policy also opens \
             this, {served}, to: {others}"
        ),
        format!(
            "bare aktører som hun har noe for i registeret, er med; policyen åpner også for, {served}: \
             {others}"
        ),
    );
    output.notes.insert(0, note);
    Ok(())
}

/// The parties that the resource of a right serves; none if it is any.
pub(super) fn served(words: Wording, right: &PolicyRight) -> Option<String> {
    let served = match (right.requires_access_list, right.requires_resource_right) {
        (false, false) => return None,
        (true, false) => (
            "for any party on an access list of its owner",
            "for aktører på en tilgangsliste fra tjenesteeieren",
        ),
        (false, true) => (
            "for any party with a resource right",
            "for aktører med en ressursrettighet",
        ),
        (true, true) => (
            "for any party on an access list of its owner and with a resource right",
            "for aktører på en tilgangsliste fra tjenesteeieren og med en ressursrettighet",
        ),
    };
    Some(words.pick(served.0, served.1).to_owned())
}

/// Says which rights the policy opens to somebody by name, as they are no rights of a role or a package.
pub(super) fn opened_by_name(words: Wording, rights: &PolicyRights, who: &Party) -> Vec<String> {
    let is_hers = |need: &Need| {
        let key = need.urn().parse::<PartyKey>();
        need.kind == NeedKind::Party && key.is_ok_and(|key| who.has_key(&key))
    };
    let mut notes = Vec::new();
    for right in &rights.rights {
        let every = || every_action(words).to_owned();
        let named = right.right().map_or_else(every, |right| right.to_string());
        let alternatives = right.alternatives.iter();
        for one in alternatives.filter(|one| one.needs.iter().any(is_hers)) {
            let to = said!(words, one);
            notes.push(words.pick(
                format!(
                    "by a rule of the policy, and by no role or package, {named} is open to {to}"
                ),
                format!(
                    "en regel i policyen åpner {named} for {to}, uten rolle eller tilgangspakke"
                ),
            ));
        }
    }
    notes
}

/// The name of a right to every action.
pub(super) fn every_action(words: Wording) -> &'static str {
    words.pick("every action", "alle handlinger")
}
