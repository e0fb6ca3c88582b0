//! A step that changes the register, as registers, service owners and users change it.

use serde_json::{Map, Value};
use vedtak::altinn::explain::Language;
use vedtak::altinn::register::{
    Change, ClientDelegationOrder, DelegationOrder, Grantable, RecordId, Refusal,
};
use vedtak::altinn::resource::{InstanceId, ResourceId};
use vedtak::value::DateTime;

use crate::host::Host;
use crate::members::{Members, Names};

/// Makes a change, and tells if it went otherwise than expected. What it gives is kept under the
/// name the step has for it.
pub(crate) fn make(host: &Host, step: &Map<String, Value>, names: &mut Names) -> Vec<String> {
    let (refused, name, result) = match prepare(host, step, names) {
        Ok(prepared) => prepared,
        Err(problem) => return vec![problem],
    };
    match (result, refused) {
        (Ok(record), None) => match (name, record) {
            (Some(name), Some(record)) => {
                names.records.insert(name, record);
                Vec::new()
            }
            (Some(name), None) => vec![format!("there is nothing to be called `{name}`")],
            (None, _) => Vec::new(),
        },
        (Ok(_), Some(refused)) => vec![format!("it was to be refused: {}", refused.english)],
        (Err(refusal), None) => vec![format!("it is refused: {refusal}")],
        (Err(refusal), Some(expected)) => {
            let found = refusal.to_string();
            let norwegian = refusal.in_language(Language::Bokmal).to_string();
            let bokmal = expected.bokmal.as_deref().unwrap_or_default();
            let told = [(&*expected.english, found), (bokmal, norwegian)];
            let wrong = told
                .iter()
                .filter(|(expected, found)| !found.contains(expected));
            wrong
                .map(|(expected, found)| {
                    format!("expected a refusal with `{expected}`, found `{found}`")
                })
                .collect()
        }
    }
}

/// What a refusal says.
struct Told {
    english: String,
    bokmal: Option<String>,
}

type Made = Result<Option<RecordId>, Refusal>;

fn prepare(
    host: &Host,
    step: &Map<String, Value>,
    names: &Names,
) -> Result<(Option<Told>, Option<String>, Made), String> {
    let mut members = Members::of(step, names);
    let what = members.text("do")?;
    let at = members.instant("at")?.unwrap_or(host.default);
    let english = members.optional("refused")?;
    let bokmal = members.optional("refused_nb")?;
    let refused = english.map(|english| Told { english, bokmal });
    let name = members.optional("as")?;
    let change = operation(&what, &mut members, at)?;
    members.end()?;
    // Who administers access gives what she has, by the policies, too, and what they know.
    let who_may = host.pdp.who_may(at);
    let made = host.register.update(|register| {
        register.who_may(&who_may);
        change(register)
    });
    Ok((refused, name, made))
}

type Operation = Box<dyn FnOnce(&mut Change<'_, '_>) -> Made>;

fn operation(what: &str, members: &mut Members<'_>, at: DateTime) -> Result<Operation, String> {
    Ok(match what {
        "delegate_role" => {
            let (giving, role) = (giving(members, at)?, members.text("role")?);
            Box::new(move |change| change.delegate_role(&giving, &role).map(Some))
        }
        "delegate_package" => {
            let (giving, package) = (giving(members, at)?, members.text("package")?);
            Box::new(move |change| change.delegate_package(&giving, &package).map(Some))
        }
        "delegate_resource" => {
            let giving = giving(members, at)?;
            let resource = ResourceId::new(members.text("resource")?);
            let instance = members.optional("instance")?.map(|id| InstanceId::new(&id));
            let rights = members.rights()?;
            Box::new(move |change| {
                let instance = instance.as_ref();
                change
                    .delegate_resource(&giving, &resource, instance, &rights)
                    .map(Some)
            })
        }
        "delegate_all" => {
            let (giving, all) = (giving(members, at)?, several(members)?);
            Box::new(move |change| {
                let records = change.delegate_all(&giving, &all)?;
                Ok(records.first().copied())
            })
        }
        "give_up" => {
            let (holder, of) = (members.party("holder")?, members.party("of")?);
            let all = several(members)?;
            Box::new(move |change| change.give_up(&holder, &of, &all, at).map(|()| None))
        }
        "delegate_client" => {
            let serving = serving(members, at)?;
            Box::new(move |change| change.delegate_client(&serving).map(Some))
        }
        "revoke" => {
            let (by, record) = (members.party("by")?, members.record("record")?);
            Box::new(move |change| change.revoke(&by, record, at).map(|()| None))
        }
        "revoke_held" => {
            let by = members.party("by")?;
            let (from, to) = (members.party("from")?, members.party("to")?);
            let what = members.what()?;
            Box::new(move |change| {
                change
                    .revoke_held(&by, &from, &to, &what, at)
                    .map(|()| None)
            })
        }
        "ask_for" => {
            let (by, of) = (members.party("by")?, members.party("of")?);
            let what = members.what()?;
            Box::new(move |change| change.ask_for(&by, &of, &what, at).map(Some))
        }
        "approve" => {
            let (by, request) = (members.party("by")?, members.record("request")?);
            let window = members.window()?;
            Box::new(move |change| change.approve(&by, request, window, at).map(Some))
        }
        "decline" => {
            let (by, request) = (members.party("by")?, members.record("request")?);
            Box::new(move |change| change.decline(&by, request, at).map(|()| None))
        }
        "withdraw" => {
            let (by, request) = (members.party("by")?, members.record("request")?);
            Box::new(move |change| change.withdraw(&by, request, at).map(|()| None))
        }
        other => return reported(other, members),
    })
}

/// What registers and service owners report.
fn reported(what: &str, members: &mut Members<'_>) -> Result<Operation, String> {
    Ok(match what {
        "register_role" => {
            let (from, to) = (members.party("from")?, members.party("to")?);
            let (role, window) = (members.text("role")?, members.window()?);
            Box::new(move |change| {
                change
                    .register_role(&from, &to, &role, window)
                    .map(|()| None)
            })
        }
        "end_register_role" => {
            let (from, to) = (members.party("from")?, members.party("to")?);
            let role = members.text("role")?;
            Box::new(move |change| change.end_register_role(&from, &to, &role).map(|_| None))
        }
        "import_role" => {
            let (from, to) = (members.party("from")?, members.party("to")?);
            let (role, window) = (members.text("role")?, members.window()?);
            Box::new(move |change| change.import_role(&from, &to, &role, window).map(|()| None))
        }
        "end_imported_role" => {
            let (from, to) = (members.party("from")?, members.party("to")?);
            let role = members.text("role")?;
            Box::new(move |change| change.end_imported_role(&from, &to, &role).map(|_| None))
        }
        "access_list_member" => {
            let (list, party) = (members.text("list")?, members.party("party")?);
            let window = members.window()?;
            Box::new(move |change| {
                change
                    .access_list_member(&list, &party, window)
                    .map(|()| None)
            })
        }
        "remove_access_list_member" => {
            let (list, party) = (members.text("list")?, members.party("party")?);
            Box::new(move |change| {
                change
                    .remove_access_list_member(&list, &party)
                    .map(|_| None)
            })
        }
        "add_resource_right" => {
            let (owner, right) = (members.text("owner")?, members.resource_right()?);
            Box::new(move |change| change.add_resource_right(&owner, right).map(Some))
        }
        "update_resource_right" => {
            let (owner, record) = (members.text("owner")?, members.record("record")?);
            let right = members.resource_right()?;
            Box::new(move |change| {
                change
                    .update_resource_right(&owner, record, right)
                    .map(|()| None)
            })
        }
        "delete_resource_right" => {
            let (owner, record) = (members.text("owner")?, members.record("record")?);
            Box::new(move |change| change.delete_resource_right(&owner, record).map(|()| None))
        }
        other => return Err(format!("`{other}` is no change")),
    })
}

fn giving(members: &mut Members<'_>, at: DateTime) -> Result<DelegationOrder, String> {
    let by = members.party("by")?;
    let (from, to) = (members.party("from")?, members.party("to")?);
    let mut giving = DelegationOrder::new(&by, &from, &to, at).during(members.window()?);
    if let Some(name) = members.optional("to_called")? {
        giving = giving.to_called(&name);
    }
    Ok(match members.optional_record("on_from")? {
        Some(record) => giving.on_from(record),
        None => giving,
    })
}

/// Several roles and packages, and rights to one resource.
fn several(members: &mut Members<'_>) -> Result<Vec<Grantable>, String> {
    let roles = members.texts("roles")?.into_iter().map(Grantable::role);
    let mut all = Vec::from_iter(roles);
    let packages = members.texts("packages")?.into_iter();
    all.extend(packages.map(Grantable::package));
    if members.has("resource") {
        all.push(members.what()?);
    }
    Ok(all)
}

fn serving(members: &mut Members<'_>, at: DateTime) -> Result<ClientDelegationOrder, String> {
    let (by, provider) = (members.party("by")?, members.party("provider")?);
    let (client, agent) = (members.party("client")?, members.party("agent")?);
    let mut serving =
        ClientDelegationOrder::new(&by, &provider, &client, &agent, at).during(members.window()?);
    if let Some(role) = members.optional("role")? {
        serving = serving.as_role(&role);
    }
    for package in members.texts("packages")? {
        serving = serving.package(&package);
    }
    for (resource, rights) in members.resources()? {
        serving = serving.resource(resource, rights);
    }
    Ok(serving)
}
