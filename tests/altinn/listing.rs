//! A step that asks for a list: of the register, or of the answers about a service.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use vedtak::altinn::delegation::Right;
use vedtak::altinn::facts::{ResourceRight, WindowState};
use vedtak::altinn::register::{
    AccessRequest, AuthorizedParty, CheckedGrantable, Grantable, Holding, PartyQuery, Snapshot,
    Source,
};
use vedtak::altinn::resource::ResourceId;

use crate::host::Host;
use crate::members::{Members, Names};
use crate::question;

/// Compares a list with what is expected: all of it (`expect`), its beginning (`first`), some of it
/// (`among`), or what must not be there (`without`). The order matters to `first` only.
pub(crate) fn check(host: &Host, step: &Map<String, Value>, names: &Names) -> Vec<String> {
    let mut members = Members::of(step, names);
    compare(host, &mut members)
        .and_then(|problems| members.end().map(|()| problems))
        .unwrap_or_else(|problem| vec![problem])
}

fn compare(host: &Host, members: &mut Members<'_>) -> Result<Vec<String>, String> {
    let list = members.text("list")?;
    let at = members.instant("at")?.unwrap_or(host.default);
    let snapshot = host.register.snapshot();
    let found: Vec<String> = match list.as_str() {
        "rightholders" => {
            let holders = snapshot.rightholders(&members.party("of")?, at).into_iter();
            holders.map(|holder| holder.name.to_string()).collect()
        }
        "roles" | "packages" | "rights" => {
            let (holder, of) = (members.party("holder")?, members.party("of")?);
            let holdings = match list.as_str() {
                "roles" => snapshot.roles_of(&holder, &of, at),
                "packages" => snapshot.packages_of(&holder, &of, at),
                _ => snapshot.rights_of(&holder, &of, at),
            };
            holdings.iter().map(held).collect()
        }
        "parties" => {
            let who = members.party("who")?;
            let mut query = PartyQuery::new();
            for role in members.texts("roles")? {
                query = query.role(role);
            }
            for package in members.texts("packages")? {
                query = query.package(package);
            }
            if let Some(owner) = members.optional("owner")? {
                query = query.service_owner(owner);
            }
            if members.optional("deleted")?.is_some() {
                query = query.with_deleted();
            }
            let listed = match members.optional("resource")? {
                None => snapshot.authorized_parties(&who, &query, at),
                Some(resource) => {
                    let right = Right::from(members.text("action")?);
                    let resource = ResourceId::new(resource);
                    host.pdp
                        .authorized_parties(&who, &resource, &right, &query, at)
                }
            };
            listed.parties.iter().map(party).collect()
        }
        "delegation check" => {
            let (by, of) = (members.party("by")?, members.party("of")?);
            let what = members.what()?;
            let may = host.pdp.who_may(at);
            match snapshot.delegation_check(&by, &of, &[what], Some(&may), at) {
                Ok(checked) => checked.iter().map(checked_right).collect(),
                Err(refusal) => vec![refusal.to_string()],
            }
        }
        "holdings" => {
            let (by, holder) = (members.party("by")?, members.party("holder")?);
            let direct = members.optional("direct")?.is_some();
            let resources = members.texts("resources")?.into_iter();
            let resources: Vec<ResourceId> = resources.map(ResourceId::new).collect();
            if !resources.is_empty() {
                // With the policies' word on each right.
                let of = members.party("of")?;
                let held = host.pdp.holdings_for(&by, &holder, &of, &resources, at);
                let held = held.map_err(|why| why.to_string())?;
                let otherwise = held.otherwise.iter();
                let otherwise = otherwise.map(|right| format!("otherwise {right}"));
                let rights = held.rights.iter().map(ToString::to_string);
                let troubles = held.troubles.iter().map(ToString::to_string);
                let all = rights.chain(otherwise).chain(troubles);
                let not_all = (!held.is_complete).then(|| "there may be more".to_owned());
                return compared(members, all.chain(not_all).collect());
            }
            match snapshot.holdings_for(&by, &holder, &members.party("of")?, at) {
                Err(refusal) => vec![refusal.to_string()],
                Ok(all) => {
                    let all = if direct { all.only_direct() } else { all };
                    let each = all.roles.iter().chain(&all.packages).chain(&all.rights);
                    each.map(held).collect()
                }
            }
        }
        "visible resources" => {
            let visible = snapshot
                .visible_resources(&members.party("of")?, at)
                .into_iter();
            visible.map(|resource| resource.id.to_string()).collect()
        }
        "resource rights" => {
            let resource = ResourceId::new(members.text("of")?);
            let rights = snapshot.resource_rights_of(&resource, at).into_iter();
            rights
                .map(|listed| match listed.state {
                    WindowState::Current => of_party(&listed.right, &snapshot),
                    state => {
                        let right = of_party(&listed.right, &snapshot);
                        format!("{right}, {}", state.as_str())
                    }
                })
                .collect()
        }
        "requests" => {
            let requests = snapshot.open_requests(&members.party("of")?).into_iter();
            requests.map(|request| asked(&request, &snapshot)).collect()
        }
        question => question::answer(host, question, members, at)?,
    };
    compared(members, found)
}

/// Compares what a list has with what a step expects of it.
fn compared(members: &mut Members<'_>, found: Vec<String>) -> Result<Vec<String>, String> {
    let mut problems = Vec::new();
    if !["expect", "first", "among", "without"]
        .iter()
        .any(|name| members.has(name))
    {
        problems.push("nothing is expected of the list".to_owned());
    }
    if members.has("expect") {
        let expected: BTreeSet<String> = members.texts("expect")?.into_iter().collect();
        let found: BTreeSet<String> = found.iter().cloned().collect();
        if found != expected {
            problems.push(format!("expected {expected:#?}, found {found:#?}"));
        }
    }
    let first = members.texts("first")?;
    if !found.starts_with(&first) {
        problems.push(format!("expected first {first:#?}, found {found:#?}"));
    }
    for expected in members.texts("among")? {
        if !found.contains(&expected) {
            problems.push(format!("expected `{expected}` among {found:#?}"));
        }
    }
    for text in members.texts("without")? {
        if let Some(one) = found.iter().find(|one| one.contains(&text)) {
            problems.push(format!("expected nothing with `{text}`, found `{one}`"));
        }
    }
    Ok(problems)
}

/// A party for which somebody may act, and what she is for it.
fn party(listed: &AuthorizedParty) -> String {
    let mut text = listed.party.name.to_string();
    for (is_so, word) in [
        (listed.party.is_deleted, "deleted"),
        (listed.only_sub_units, "only its sub-units"),
        (listed.has_key_role, "key role"),
        (listed.is_main_administrator, "main administrator"),
        (listed.is_access_manager, "access manager"),
    ] {
        if is_so {
            text += &format!(", {word}");
        }
    }
    text
}

fn checked_right(checked: &CheckedGrantable) -> String {
    let answer = if checked.may_be_delegated() {
        "yes"
    } else {
        "no"
    };
    let codes = checked.reasons.iter().map(|reason| reason.as_str());
    let codes = Vec::from_iter(codes).join(" ");
    let of_itself =
        matches!(&checked.what, Grantable::Resource { rights, .. } if *rights == checked.opens);
    if of_itself || checked.opens.is_empty() {
        return format!("{}: {answer}, {codes}", checked.what);
    }
    let opens: Vec<String> = checked.opens.iter().map(ToString::to_string).collect();
    let opens = opens.join(" and ");
    format!("{}: {answer}, {codes}, opens {opens}", checked.what)
}

/// What is held, where it comes from, and what may be done with it.
fn held(holding: &Holding) -> String {
    let mut text = match &holding.what {
        Grantable::Role(role) => role.to_string(),
        Grantable::Package(package) => package.to_string(),
        rights => rights.to_string(),
    };
    text += &match &holding.source {
        Source::Oneself => ", being the person".to_owned(),
        Source::Register => ", from the register".to_owned(),
        Source::Role(role) => format!(", with the role {role}"),
        Source::Direct(_) => ", direct".to_owned(),
        other => format!(", {other:?}"),
    };
    if !holding.path.steps().is_empty() {
        text += &format!(", {}", holding.path);
    }
    if holding.may_be_delegated() {
        text += ", delegable";
    }
    if holding.may_be_deleted {
        text += ", deletable";
    }
    text
}

fn of_party(right: &ResourceRight, snapshot: &Snapshot) -> String {
    let name = |key| {
        let party = vedtak::altinn::facts::Parties::party(snapshot, key);
        let party = party
            .expect("the register answers")
            .expect("and knows its parties");
        party.name.to_string()
    };
    let party = name(&right.party);
    let mut text = format!("{party}: {} {}", right.rights_type, right.rights_value);
    if let Some(person) = &right.performed_by {
        text += &format!(", performed by {}", name(person));
    }
    text
}

fn asked(request: &AccessRequest, snapshot: &Snapshot) -> String {
    let person = vedtak::altinn::facts::Parties::party(snapshot, &request.person);
    let person = person
        .expect("the register answers")
        .expect("and knows its parties");
    format!("{} asks for {}", person.name, request.what)
}
