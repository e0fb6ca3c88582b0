//! `vedtak altinn delegable` and `requests`: what somebody may delegate, and what others ask for.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value as Json, json};
use vedtak::altinn::answers::{PolicyRight, PolicyRights};
use vedtak::altinn::delegation::Right;
use vedtak::altinn::facts::{Parties as _, Window};
use vedtak::altinn::register::{CheckedGrantable, Grantable, Refusal};
use vedtak::altinn::resource::{Resource, ResourceId};
use vedtak::altinn::{PartyKey, Register};
use vedtak::report::cut;

use super::answer::{lines, of_resource};
use super::files::Asked;
use super::json;
use super::others::answers;
use super::parts::MOST_DELEGATED;
use super::wording::{Wording, said};
use crate::output::{Ended, Output, Undone};

/// The check of each right to a service, and of other things, before somebody delegates them.
pub(super) fn delegable(
    asked: &mut Asked<'_>,
    who: &str,
    party: &str,
    resource: Option<&str>,
    others: impl Iterator<Item = Grantable>,
) -> Result<Output, Undone> {
    let (words, at) = (asked.words, asked.at);
    let (by, from) = (words.key(who)?, words.key(party)?);
    let mut what: Vec<Grantable> = Vec::new();
    let mut left_out = Unchecked::default();
    let (register, snapshot, checked) = match resource {
        Some(resource) => {
            let pdp = asked.pdp(resource)?;
            let of = ResourceId::new(resource);
            let register = pdp.register().ok_or_else(|| words.no_policy(resource))?;
            let snapshot = register.snapshot();
            let policy = answers(words, (&pdp, at), &of)?.rights();
            let policy = policy.map_err(|why| words.no_answer(why.into()))?;
            // A right to every action is no right that a delegation names.
            let rights = policy.rights.iter().filter_map(PolicyRight::right);
            let mut rights: Vec<Right> = rights.collect();
            let delegated = snapshot.delegated_parts(&of, &from, at);
            left_out = Unchecked::of(words, policy, delegated, &mut rights);
            if !rights.is_empty() {
                what.push(Grantable::resource(of, rights));
            }
            what.extend(others);
            let may = pdp.who_may(at);
            let checked = snapshot.delegation_check(&by, &from, &what, Some(&may), at);
            (register.clone(), snapshot, checked)
        }
        None => {
            what.extend(others);
            let register = asked.register_or_example()?;
            let snapshot = register.snapshot();
            let checked = snapshot.delegation_check(&by, &from, &what, None, at);
            (register, snapshot, checked)
        }
    };
    // Who administers nothing delegates nothing: an answer, and no failure.
    if let Err(why @ Refusal::NotAdministrator { .. }) = &checked {
        let (no, why) = (words.pick("no", "nei"), said!(words, why));
        let mut json = Unchecked::default().json();
        json["checked"] = json!([]);
        json["refusal"] = (&*why).into();
        return Ok(Output::new(Ended::Found, format!("{no}: {why}"), json));
    }
    let checked = checked.map_err(|why| words.no_answer(why.into()))?;
    let text = lines(
        words,
        checked.iter().map(|one| {
            let described = of_rights(&register, &one.what);
            let what = one
                .what
                .titled(snapshot.catalogue(), described.as_deref(), words.names());
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
    let is_any = checked.iter().any(CheckedGrantable::may_be_delegated);
    let ended = match left_out.is_all {
        true => Ended::good_if(is_any),
        false => Ended::Undone,
    };
    let each = checked.iter().map(|one| {
        let described = of_rights(&register, &one.what);
        json::checked(one, described.as_ref(), &snapshot, words)
    });
    let mut json = left_out.json();
    json["checked"] = each.collect();
    json["refusal"] = Json::Null;
    Ok(Output::new(ended, text, json).with_notes(left_out.notes))
}

/// The rights to a service that are not checked.
struct Unchecked {
    /// Whether there are none that are named.
    is_all: bool,
    policy: Option<PolicyRights>,
    notes: Vec<String>,
}

impl Default for Unchecked {
    fn default() -> Self {
        Self {
            is_all: true,
            policy: None,
            notes: Vec::new(),
        }
    }
}

impl Unchecked {
    /// Adds to the rights of a policy those that only delegations name, and of a right to every action those
    /// to the actions that are named; and says what is left out.
    fn of(
        words: Wording,
        policy: PolicyRights,
        delegated: Vec<Right>,
        rights: &mut Vec<Right>,
    ) -> Self {
        let of_policy = policy.rights.iter();
        let every = of_policy.filter(|right| right.action.is_none() && right.may_be_delegated);
        let named = policy
            .rights
            .iter()
            .filter_map(|right| right.action.clone());
        let named: BTreeSet<_> = named
            .chain(delegated.iter().map(|right| right.action.clone()))
            .collect();
        let of_every = every.flat_map(|every| {
            let on = |right: Right, (id, value): &(Arc<str>, Arc<str>)| {
                right.on(id.clone(), value.clone())
            };
            let of = move |action: &Arc<str>| every.part.iter().fold(Right::from(&**action), on);
            named.iter().map(of)
        });
        let mut known: BTreeSet<Right> = rights.iter().cloned().collect();
        let others = of_every.chain(delegated);
        let mut others = others.filter(|right| known.insert(right.clone()));
        rights.extend(others.by_ref().take(MOST_DELEGATED));
        let has_more = others.next().is_some();
        let mut notes = Vec::new();
        if !policy.is_complete {
            let lacking: Vec<_> = policy.lacking.iter().collect();
            notes.push(words.lacking(&lacking).unwrap_or_else(|| words.not_all()));
        }
        if has_more {
            let note = words.pick(
                "delegations name more parts of the service, and not all were checked",
                "delegeringer gjelder flere deler av tjenesten, og ikke alle ble undersøkt",
            );
            notes.push(note.to_owned());
        }
        let every = policy.rights.iter().filter(|right| right.action.is_none());
        if every.clone().any(|right| right.may_be_delegated) {
            let note = words.pick(
                "a rule of the policy is for every action: an action that it does not name may be delegated, too",
                "en regel i policyen gjelder alle handlinger: en handling som den ikke nevner, kan også delegeres",
            );
            notes.push(note.to_owned());
        }
        Self {
            is_all: policy.is_complete && !has_more,
            policy: Some(policy),
            notes,
        }
    }

    fn json(&self) -> Json {
        let rights = self.policy.iter().flat_map(|policy| &policy.rights);
        let every = rights.filter(|right| right.action.is_none()).map(|right| {
            json!({"part": json::part(&right.part), "may_be_delegated": right.may_be_delegated})
        });
        let lacking = self.policy.iter().flat_map(|policy| &policy.lacking);
        json!({
            "complete": self.is_all,
            "lacking": json::lacking(lacking),
            "every_action": every.collect::<Vec<Json>>(),
        })
    }
}

/// The resource of rights, as a register describes it.
fn of_rights(register: &Register, what: &Grantable) -> Option<Arc<Resource>> {
    match what {
        Grantable::Resource { resource, .. } => of_resource(register, resource),
        _ => None,
    }
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
pub(super) fn requests(asked: &mut Asked<'_>, party: &str) -> Result<Output, Undone> {
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
        json::request(request, described.as_ref(), &snapshot, words)
    });
    let json: Vec<_> = json.collect();
    let ended = Ended::good_if(!open.is_empty());
    Ok(Output::new(ended, text, json!({"requests": json})))
}
