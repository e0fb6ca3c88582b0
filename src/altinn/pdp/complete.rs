//! Attributes that a policy reads and a request lacks → their values: other keys of its party and
//! resource, the state of its instance, and facts of the sources.

use std::sync::Arc;

use super::question;
use super::said;
use super::session::{ActingSubject, Sources, none, until};
use super::{Asking, PdpInner};
use crate::altinn::fact::Moment;
use crate::altinn::facts::Answer;
use crate::altinn::id::{self, AltinnAttribute, AttributeKind, KeyForm, resource};
use crate::altinn::party::{Party, PartyKind};
use crate::altinn::questions::delegable::PartyName;
use crate::altinn::resource::InstanceId;
use crate::attribute::{Designator, category};
use crate::provider::Fetched;
use crate::request::Request;
use crate::value::{DataType, Value};

/// Whether only a source of this PDP may supply such an attribute of the subject, or none may, as it
/// belongs to no request.
pub(super) fn is_supplied_fact(sources: &Sources<'_>, kind: AttributeKind) -> bool {
    use AttributeKind::*;
    match kind {
        AccessPackage => sources.packages.is_some(),
        AccessGroup => sources.groups.is_some(),
        AccessList => sources.lists.is_some(),
        PartyType => sources.parties.is_some(),
        // An app that delegates its instances is never the subject.
        DelegatingApp => true,
        ResourceRight => sources.rights.is_some(),
        Role(_) | EstateRole => sources.roles.is_some(),
        Party(..) | ServiceOwner | Resource | AppOwner | App | Instance | InstanceState
        | AppPart => false,
    }
}

/// Returns the values of an attribute that the register holds in memory, if they are the register's to
/// say.
pub(super) fn at_hand(
    inner: &PdpInner,
    sources: &Sources<'_>,
    pair: &mut ActingSubject,
    asking: &Asking<'_>,
    wanted: &Designator,
) -> Option<Answer<Fetched>> {
    let attribute = id::attribute(&wanted.category, &wanted.id)?;
    let is_registers = match attribute.kind {
        AttributeKind::Role(_) => inner.host.roles.is_none(),
        AttributeKind::AccessPackage => inner.host.packages.is_none(),
        _ => false,
    };
    (is_registers && sources.register.is_some()).then(|| {
        let fetched = pair.fact(inner, sources, attribute, asking.at)?;
        Ok(typed(fetched, wanted.data_type))
    })
}

/// Returns the values of an attribute that the request lacks.
pub(super) fn complete(
    inner: &PdpInner,
    sources: &Sources<'_>,
    pair: &mut ActingSubject,
    asking: &Asking<'_>,
    wanted: &Designator,
) -> Answer<Fetched> {
    use AttributeKind::*;
    let id = &*wanted.id;
    let Some(attribute) = id::attribute(&wanted.category, id) else {
        return Ok(none());
    };
    let fetched = match attribute.kind {
        Role(_) | EstateRole | AccessPackage | AccessGroup | AccessList => {
            pair.fact(inner, sources, attribute, asking.at)?
        }
        ResourceRight => resource_rights(inner, sources, pair, asking, id)?,
        PartyType => one(party_type(&pair.subject).map(Into::into)),
        Party(form, kind) if &*wanted.category == category::ACCESS_SUBJECT => {
            one(key_of(&pair.subject, form, kind))
        }
        Party(form, kind) => {
            let party = pair.party.as_deref();
            one(party.and_then(|party| key_of(party, form, kind)))
        }
        Resource => one(Some(asking.resource.shared().clone())),
        AppOwner => one(asking.resource.as_app().map(|(org, _)| org.into())),
        App => one(asking.resource.as_app().map(|(_, app)| app.into())),
        Instance => one(instance_id(pair, asking, attribute)),
        InstanceState => {
            let instance = asking.instance.as_ref();
            let described = instance.and_then(|(_, described)| described.as_ref());
            one(described.and_then(|instance| instance.state(id).cloned()))
        }
        ServiceOwner | DelegatingApp | AppPart => none(),
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
    let until = fetched.valid_until();
    Fetched::from(values).with_valid_until(until)
}

/// Returns the word for the kind of a party, if the attribute has one.
pub(in crate::altinn) fn party_type(party: &Party) -> Option<&'static str> {
    match party.kind {
        PartyKind::Person => Some("person"),
        PartyKind::Organisation => Some("organization"),
        _ => None,
    }
}

/// Returns the names of a party of a resource, in each form in which policies may ask for them.
pub(super) fn names_of(party: &Party) -> Vec<PartyName> {
    let named = id::attributes_that(|kind| matches!(kind, AttributeKind::Party(..)));
    let named = named.filter(|known| id::kind(category::RESOURCE, known.id) == Some(known.kind));
    let key = |known: &'static AltinnAttribute| match known.kind {
        AttributeKind::Party(form, kind) => key_of(party, form, kind),
        _ => None,
    };
    named.map(|known| (known.id, key(known))).collect()
}

/// Returns the key of a party in this form, if an attribute of this kind of party may have it.
fn key_of(party: &Party, form: KeyForm, kind: Option<PartyKind>) -> Option<Arc<str>> {
    if kind.is_some_and(|kind| kind != party.kind) {
        return None;
    }
    match form {
        KeyForm::UserId => party.user_id.map(|id| id.to_string().into()),
        KeyForm::PartyId => party.id.map(|id| id.to_string().into()),
        KeyForm::Uuid => party.uuid.map(|uuid| uuid.to_string().into()),
        KeyForm::Email => party.email.clone(),
        KeyForm::Username => party.username.clone(),
        KeyForm::PersonNumber | KeyForm::OrganisationNumber => party.number.clone(),
    }
}

/// Returns the id of the instance, in the spelling of this attribute.
fn instance_id(
    pair: &ActingSubject,
    asking: &Asking<'_>,
    wanted: &AltinnAttribute,
) -> Option<Arc<str>> {
    let (instance, _) = asking.instance.as_ref()?;
    if wanted.id != resource::INSTANCE_ID {
        return Some(instance.as_str().into());
    }
    let owner = pair.party.as_ref()?.id?;
    Some(format!("{owner}/{}", instance.as_str()).into())
}

/// Returns the values of one type of resource right that the subject may use.
fn resource_rights(
    inner: &PdpInner,
    sources: &Sources<'_>,
    pair: &mut ActingSubject,
    asking: &Asking<'_>,
    id: &str,
) -> Answer<Fetched> {
    let party = pair.party.clone().filter(|party| !party.is_deleted);
    let Some(party) = party.as_ref().filter(|_| sources.rights.is_some()) else {
        return Ok(none());
    };
    let at = Moment::of(&asking.at);
    // A right of the party does not concern a subject that does not act for it.
    let (acts, acting_changes) = pair.acts(inner, sources, asking.at)?;
    let rights = sources
        .rights
        .ask(|source| source.resource_rights(&asking.resource, party, asking.at))?;
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
    let spells = |said: said::Said<'_>| {
        said.id == resource::RESOURCE_INSTANCE_ID || said.id == resource::INSTANCE_ID
    };
    // Most requests name no instance.
    if !said::attributes(request, category::RESOURCE).any(spells) {
        return None;
    }
    let plain = |spelt: &str| Some(InstanceId::new(spelt).as_str().to_owned());
    let of_app = |spelt: &str| {
        let owner = question::owner(spelt)?;
        Some(format!("{owner}/{}", InstanceId::new(spelt).as_str()))
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
