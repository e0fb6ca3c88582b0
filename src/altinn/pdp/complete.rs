//! Attributes that a policy reads and a request lacks → their values: other keys of its party and
//! resource, the state of its instance, and facts of the sources.

use std::sync::Arc;

use super::question;
use super::said;
use super::session::{Pair, Sources, none, until};
use super::{Asking, Inner};
use crate::altinn::fact::Moment;
use crate::altinn::facts::Answer;
use crate::altinn::id::{PARTY_NAMES, resource, subject};
use crate::altinn::party::{Party, PartyKind};
use crate::altinn::resource::InstanceId;
use crate::attribute::{Designator, category};
use crate::provider::{Fetched, ProviderError};
use crate::request::Request;
use crate::value::{DataType, Value};

/// The attributes of the subject's roles, packages and groups in policies.
const FACTS: [&str; 8] = [
    subject::ROLE_CODE,
    subject::ROLE,
    subject::REGISTER_ROLE,
    subject::GUARDIAN_ROLE,
    subject::ESTATE_ROLE,
    subject::ACCESS_PACKAGE,
    subject::ACCESS_GROUP,
    subject::ACCESS_LIST,
];

const RESOURCE_NAMES: [&str; 7] = [
    resource::RESOURCE,
    resource::ORG,
    resource::APP,
    resource::INSTANCE_ID,
    resource::RESOURCE_INSTANCE_ID,
    resource::TASK,
    resource::END_EVENT,
];

/// Whether a decision can supply this attribute to a request.
pub(super) fn supplies(wanted: &Designator) -> bool {
    let id = &*wanted.id;
    let known = match &*wanted.category {
        category::ACCESS_SUBJECT => {
            fact(id).is_some()
                || is_resource_right(id)
                || id == subject::PARTY_TYPE
                || PARTY_NAMES.contains(&id)
        }
        category::RESOURCE => RESOURCE_NAMES.contains(&id) || PARTY_NAMES.contains(&id),
        _ => false,
    };
    is_typed(wanted.data_type) && known && wanted.issuer.is_none()
}

/// Whether attributes of this data type can be supplied: facts are texts, from which the others are
/// read.
pub(super) fn is_typed(data_type: DataType) -> bool {
    matches!(
        data_type,
        DataType::String | DataType::AnyUri | DataType::Integer
    )
}

fn fact(id: &str) -> Option<&'static str> {
    FACTS.into_iter().find(|known| *known == id)
}

fn is_resource_right(id: &str) -> bool {
    id.starts_with(subject::RESOURCE_RIGHT_PREFIX)
}

/// Whether only a source of this PDP may supply this attribute of the subject, or none may, as it
/// belongs to no request.
pub(super) fn is_supplied_fact(sources: &Sources<'_>, id: &str) -> bool {
    match id {
        subject::ACCESS_PACKAGE => sources.packages.is_some(),
        subject::ACCESS_GROUP => sources.groups.is_some(),
        subject::ACCESS_LIST => sources.lists.is_some(),
        subject::PARTY_TYPE => sources.parties.is_some(),
        // An app that delegates its instances is never the subject.
        subject::RESOURCE_DELEGATION => true,
        id if is_resource_right(id) => sources.rights.is_some(),
        id => fact(id).is_some() && sources.roles.is_some(),
    }
}

/// Returns the values of an attribute that the request lacks.
pub(super) fn complete(
    inner: &Inner,
    sources: &Sources<'_>,
    pair: &mut Pair,
    asking: &Asking<'_>,
    wanted: &Designator,
) -> Answer<Fetched> {
    let id = &*wanted.id;
    let is_subject = &*wanted.category == category::ACCESS_SUBJECT;
    let fetched = if is_subject {
        match fact(id) {
            Some(id) => pair.fact(inner, sources, id, asking.at)?,
            None if is_resource_right(id) => resource_rights(inner, sources, pair, asking, id)?,
            None if id == subject::PARTY_TYPE => party_type(&pair.subject),
            None => one(name_of(&pair.subject, id)),
        }
    } else {
        one(of_resource(pair, asking, id))
    };
    Ok(typed(fetched, wanted.data_type))
}

fn one(text: Option<Arc<str>>) -> Fetched {
    text.map_or_else(none, |text| Fetched::from(vec![Value::String(text)]))
}

/// Converts strings to the data type that a policy reads; values that do not fit are left out.
fn typed(fetched: Fetched, data_type: DataType) -> Fetched {
    if data_type == DataType::String {
        return fetched;
    }
    let values: Vec<Value> = fetched
        .values()
        .iter()
        .filter_map(Value::as_str)
        .filter_map(|text| Value::parse(data_type, text).ok())
        .collect();
    let until = fetched.until();
    Fetched::from(values).valid_until(until)
}

fn party_type(party: &Party) -> Fetched {
    let name = match party.kind {
        PartyKind::Person => "person",
        PartyKind::Organisation => "organization",
        _ => return none(),
    };
    one(Some(name.into()))
}

/// The value of an attribute that is a key of a party.
fn name_of(party: &Party, id: &str) -> Option<Arc<str>> {
    let uuid = |kind: Option<PartyKind>| {
        let fits = kind.is_none_or(|kind| kind == party.kind);
        party
            .uuid
            .filter(|_| fits)
            .map(|uuid| uuid.to_string().into())
    };
    let number = |kind| party.number.clone().filter(|_| party.kind == kind);
    match id {
        subject::USER_ID => party.user_id.map(|id| id.to_string().into()),
        subject::PARTY_ID => party.id.map(|id| id.to_string().into()),
        subject::PARTY_UUID => uuid(None),
        subject::PERSON_UUID => uuid(Some(PartyKind::Person)),
        subject::ORGANISATION_UUID => uuid(Some(PartyKind::Organisation)),
        subject::SYSTEM_USER_UUID => uuid(Some(PartyKind::SystemUser)),
        subject::ENTERPRISE_USER_UUID => uuid(Some(PartyKind::EnterpriseUser)),
        subject::PERSON_NUMBER => number(PartyKind::Person),
        subject::ORGANISATION_NUMBER | subject::OLD_ORGANISATION_NUMBER => {
            number(PartyKind::Organisation)
        }
        _ => None,
    }
}

fn of_resource(pair: &Pair, asking: &Asking<'_>, id: &str) -> Option<Arc<str>> {
    let app = asking.resource.as_app();
    let instance = asking.instance.as_ref();
    match id {
        resource::RESOURCE => Some(asking.resource.shared().clone()),
        resource::ORG => app.map(|(org, _)| org.into()),
        resource::APP => app.map(|(_, app)| app.into()),
        resource::INSTANCE_ID => {
            let owner = pair.party.as_ref()?.id?;
            instance.map(|(id, _)| format!("{owner}/{id}").into())
        }
        resource::RESOURCE_INSTANCE_ID => instance.map(|(id, _)| id.as_str().into()),
        resource::TASK => instance.and_then(|(_, known)| known.as_ref()?.task.clone()),
        resource::END_EVENT => instance.and_then(|(_, known)| known.as_ref()?.end_event.clone()),
        _ => name_of(pair.party.as_deref()?, id),
    }
}

/// Returns the values of one type of resource right that the subject may use.
fn resource_rights(
    inner: &Inner,
    sources: &Sources<'_>,
    pair: &mut Pair,
    asking: &Asking<'_>,
    id: &str,
) -> Answer<Fetched> {
    let party = pair.party.clone().filter(|party| !party.is_deleted);
    let (Some(rights), Some(party)) = (sources.rights, party) else {
        return Ok(none());
    };
    let party = &party;
    let at = Moment::of(&asking.at);
    // A right of the party does not concern a subject that does not act for it.
    let (acts, acting_changes) = pair.acts(inner, sources, asking.at)?;
    let rights = rights.resource_rights(&asking.resource, party, asking.at);
    let rights = rights.map_err(|error| named("resource rights", &error))?;
    let mut changes = acting_changes;
    let mut values = Vec::new();
    for right in rights.iter().filter(|right| {
        let is_hers = acts || right.performed_by.is_some();
        *right.rights_type == *id && is_hers && asking.may_perform(right, party, &pair.subject)
    }) {
        changes = changes.min(right.window.changes_after(at));
        if right.window.holds(at) {
            values.push(Value::String(right.rights_value.clone()));
        }
    }
    Ok(until(values, changes))
}

/// Returns the request with the plain ids of its instance added, if it has only other spellings: a
/// rule that compares ids must match in any spelling. None if nothing is missing.
pub(super) fn with_instance_named(request: &Request) -> Option<Request> {
    let plain = |spelt: &str| Some(InstanceId::new(spelt).as_str().to_owned());
    let of_app = |spelt: &str| {
        let owner = question::owner(spelt)?;
        Some(format!("{owner}/{}", InstanceId::new(spelt)))
    };
    let missing = [
        missing(request, resource::RESOURCE_INSTANCE_ID, plain),
        missing(request, resource::INSTANCE_ID, of_app),
    ];
    let mut missing = missing.into_iter().flatten().peekable();
    missing.peek()?;
    let mut named = request.clone();
    for (id, name) in missing {
        let categories = named.categories_mut().iter_mut();
        let attribute = categories
            .filter(|attributes| &*attributes.category == category::RESOURCE)
            .flat_map(|attributes| &mut attributes.to_mut().attributes)
            .find(|attribute| &*attribute.id == id)?;
        attribute.values.push(Value::from(name));
    }
    Some(named)
}

/// Returns the attribute and its plain value, if the request has another spelling only. Nothing is
/// added to an unusable attribute, as the request cannot be answered.
fn missing(
    request: &Request,
    id: &'static str,
    plain: impl Fn(&str) -> Option<String>,
) -> Option<(&'static str, String)> {
    let values = said::values(request, category::RESOURCE, id).ok()?;
    let mut stated = values.filter_map(Value::as_str);
    let first = stated.next()?;
    let name = plain(first)?;
    (first != name && !stated.any(|stated| stated == name)).then_some((id, name))
}

/// Adds the kind of source to its failure, for the status of a decision.
pub(super) fn named(source: &str, error: &ProviderError) -> ProviderError {
    ProviderError::new(format!("the source of {source}: {error}"))
}
