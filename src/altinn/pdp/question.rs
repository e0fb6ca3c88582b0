//! A request → a question: its subject, party, resource and actions, by the attributes of Altinn.
//!
//! Attributes for one thing must agree, and a request has one value for each: taking the first of
//! two would answer another request.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;

use smallvec::SmallVec;

use super::said::{self, Said};
use crate::altinn::id::{self, AttributeKind, KeyForm, resource, subject};
use crate::altinn::party::{PartyKey, PartyKind, UnknownKey};
use crate::altinn::resource::{InstanceId, ResourceId};
use crate::attribute::{category, id::ACTION_ID};
use crate::report::cut;
use crate::request::{Request, UnusableAttribute};
use crate::value::Value;

/// The subject of a request.
#[derive(Debug, Default)]
pub(super) struct RequestedSubject {
    /// All keys of the subject.
    pub(super) keys: SmallVec<[PartyKey; 2]>,
    /// The kind of the subject, by the attributes that name it.
    pub(super) kind: Option<PartyKind>,
    /// Whether the subject is a service owner, perhaps beside a party.
    pub(super) is_service_owner: bool,
    /// Whether the subject has any attribute.
    is_named: bool,
}

/// The party, resource and actions of a request.
#[derive(Debug, Default)]
pub(super) struct RequestedAccess<'r> {
    /// All keys of the party.
    pub(super) party: SmallVec<[PartyKey; 2]>,
    pub(super) resource: Option<ResourceId>,
    pub(super) instance: Option<InstanceId>,
    /// The party id in the instance's id: not a key of the party, but it must not contradict one.
    pub(super) instance_owner: Option<u32>,
    pub(super) actions: SmallVec<[&'r str; 1]>,
}

/// The reason why a request cannot be answered.
#[derive(Debug, PartialEq)]
pub(super) enum Unclear {
    Key(UnknownKey),
    PersonNumber,
    Twice(&'static str),
    NotText(String),
    Unusable(UnusableAttribute),
    NoSubject,
    SystemUserWithOthers,
    ResourcesDiffer(String, String),
    HalfAnApp,
    InstanceWithoutParty(String),
    TrustedFact(String),
}

impl From<&UnusableAttribute> for Unclear {
    fn from(unusable: &UnusableAttribute) -> Self {
        Self::Unusable(unusable.clone())
    }
}

impl fmt::Display for Unclear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(error) => error.fmt(f),
            // The value is not shown: a number with a blank in it is still a person's.
            Self::PersonNumber => write!(
                f,
                "the value of `{}` is no national identity number: expected eleven digits",
                subject::PERSON_NUMBER
            ),
            Self::Twice(what) => write!(f, "the request gives {what} twice, and differently"),
            Self::NotText(id) => {
                write!(
                    f,
                    "the value of `{}` has a data type that it cannot have",
                    cut(id)
                )
            }
            Self::Unusable(unusable) => unusable.fmt(f),
            Self::NoSubject => f.write_str("the request does not say who asks"),
            Self::SystemUserWithOthers => {
                f.write_str("a system user asks alone, not together with another subject")
            }
            Self::ResourcesDiffer(one, other) => write!(
                f,
                "the request asks for two resources, `{}` and `{}`; ask for each by itself",
                cut(one),
                cut(other)
            ),
            Self::HalfAnApp => f.write_str(
                "an app has an owner (urn:altinn:org) and a name (urn:altinn:app); \
                 the request gives one of them",
            ),
            Self::InstanceWithoutParty(spelt) => write!(
                f,
                "`{}` does not say whose instance it is: expected `{{party id}}/{{uuid}}` in `{}`; \
                 `{}` takes a name alone",
                cut(spelt),
                resource::INSTANCE_ID,
                resource::RESOURCE_INSTANCE_ID
            ),
            Self::TrustedFact(id) if id == subject::RESOURCE_DELEGATION => write!(
                f,
                "the request says `{id}` of the one who asks, and no request may: it stands in \
                 policies for what an app delegates"
            ),
            Self::TrustedFact(id) => write!(
                f,
                "the request itself says `{}` of the one who asks; that is for the registers to say",
                cut(id)
            ),
        }
    }
}

impl RequestedSubject {
    /// Reads the subject of a request. `is_fact` is true of attributes that only a source may supply.
    pub(super) fn read(
        request: &Request,
        is_fact: impl Fn(AttributeKind) -> bool,
    ) -> Result<Self, Unclear> {
        let mut subject = Self::default();
        said::attributes(request, category::ACCESS_SUBJECT).try_for_each(|said| {
            let kind = id::kind(category::ACCESS_SUBJECT, said.id);
            if kind.is_some_and(&is_fact) {
                return Err(Unclear::TrustedFact(said.id.to_owned()));
            }
            subject.is_named |= said.has_values();
            kind.map_or(Ok(()), |kind| subject.add(said, kind))
        })?;
        Ok(subject)
    }

    /// Refuses a subject that is nobody, or a system user together with another one.
    pub(super) fn check(&self) -> Result<(), Unclear> {
        if !self.is_named {
            return Err(Unclear::NoSubject);
        }
        let is_system_user = self.kind == Some(PartyKind::SystemUser);
        if is_system_user && (self.keys.len() > 1 || self.is_service_owner) {
            return Err(Unclear::SystemUserWithOthers);
        }
        Ok(())
    }

    fn add(&mut self, said: Said<'_>, of: AttributeKind) -> Result<(), Unclear> {
        let id = said.id;
        let (form, kind) = match of {
            AttributeKind::Party(form, kind) => (form, kind),
            AttributeKind::ServiceOwner => {
                self.is_service_owner |= !said.values()?.is_empty();
                return Ok(());
            }
            _ => return Ok(()),
        };
        for value in said.values()? {
            let key = key(form, id, value)?;
            match (self.kind, kind) {
                (Some(PartyKind::SystemUser), Some(other))
                | (Some(other), Some(PartyKind::SystemUser))
                    if other != PartyKind::SystemUser =>
                {
                    return Err(Unclear::SystemUserWithOthers);
                }
                (Some(known), Some(other)) if known != other => {
                    return Err(Unclear::Twice("what kind of party asks"));
                }
                (_, kind) => self.kind = self.kind.or(kind),
            }
            add(&mut self.keys, key, "the one who asks")?;
        }
        Ok(())
    }
}

impl<'r> RequestedAccess<'r> {
    /// Reads a request, but for its subject.
    pub(super) fn read(request: &'r Request) -> Result<Self, Unclear> {
        let mut question = Self::default();
        said::values(request, category::ACTION, ACTION_ID)?.try_for_each(|action| {
            let Value::String(action) = action else {
                return Err(Unclear::NotText(ACTION_ID.to_owned()));
            };
            match question.actions.first() {
                // A Permit for one of several actions would be taken for all of them.
                Some(known) if *known != &**action => return Err(Unclear::Twice("the action")),
                Some(_) => {}
                None => question.actions.push(action),
            }
            Ok(())
        })?;
        question.resource(request)?;
        Ok(question)
    }

    fn resource(&mut self, request: &'r Request) -> Result<(), Unclear> {
        let (mut org, mut app) = (None, None);
        let mut named: Option<ResourceId> = None;
        said::attributes(request, category::RESOURCE).try_for_each(
            |said| -> Result<(), Unclear> {
                let Some(kind) = id::kind(category::RESOURCE, said.id) else {
                    return Ok(());
                };
                match kind {
                    AttributeKind::Resource => {
                        for value in said.values()? {
                            let id = match value {
                                Value::String(shared) => ResourceId::new(shared.clone()),
                                other => ResourceId::new(&*text(said.id, other)?),
                            };
                            same_resource(&mut named, id)?;
                        }
                    }
                    AttributeKind::AppOwner => {
                        for value in said.values()? {
                            once(&mut org, text(said.id, value)?, "the app's owner")?;
                        }
                    }
                    AttributeKind::App => {
                        for value in said.values()? {
                            once(&mut app, text(said.id, value)?, "the app")?;
                        }
                    }
                    AttributeKind::Instance => {
                        for value in said.values()? {
                            self.instance(said.id, text(said.id, value)?)?;
                        }
                    }
                    // Read elsewhere: compared with the instance's state, and with the part of a right.
                    AttributeKind::InstanceState => {
                        said.values()?;
                    }
                    AttributeKind::Party(form, _) => {
                        for value in said.values()? {
                            let key = key(form, said.id, value)?;
                            add(&mut self.party, key, "the party asked for")?;
                        }
                    }
                    // Policies alone read the part of an app; the others are the subject's.
                    AttributeKind::AppPart
                    | AttributeKind::Role(_)
                    | AttributeKind::EstateRole
                    | AttributeKind::AccessPackage
                    | AttributeKind::AccessGroup
                    | AttributeKind::AccessList
                    | AttributeKind::PartyType
                    | AttributeKind::ServiceOwner
                    | AttributeKind::DelegatingApp
                    | AttributeKind::ResourceRight => {}
                }
                Ok(())
            },
        )?;
        match (org, app) {
            (Some(org), Some(app)) => same_resource(&mut named, ResourceId::app(&org, &app))?,
            (None, None) => {}
            (org, app) => {
                // Owner or name alone must fit the app that the resource names.
                let known = named.as_ref().and_then(ResourceId::as_app);
                let fits = known.is_some_and(|known| {
                    org.is_none_or(|org| org == known.0) && app.is_none_or(|app| app == known.1)
                });
                if !fits {
                    return Err(Unclear::HalfAnApp);
                }
            }
        }
        self.resource = named;
        Ok(())
    }

    fn instance(&mut self, id: &str, spelt: Cow<'_, str>) -> Result<(), Unclear> {
        match (self.instance_owner, owner(&spelt)) {
            (Some(known), Some(other)) if known != other => {
                return Err(Unclear::Twice("the party of the instance"));
            }
            // A rule with the full id would not match.
            (_, None) if id == resource::INSTANCE_ID => {
                return Err(Unclear::InstanceWithoutParty(spelt.into_owned()));
            }
            (known, owner) => self.instance_owner = known.or(owner),
        }
        let instance = InstanceId::new(&spelt);
        match &self.instance {
            Some(known) if *known != instance => return Err(Unclear::Twice("the instance")),
            _ => self.instance = Some(instance),
        }
        Ok(())
    }
}

/// Returns the party id before the UUID in an app's spelling of an instance, `50001/…`.
pub(super) fn owner(instance: &str) -> Option<u32> {
    let (before, _) = instance.rsplit_once('/')?;
    before.rsplit(':').next()?.parse().ok()
}

fn same_resource(known: &mut Option<ResourceId>, id: ResourceId) -> Result<(), Unclear> {
    match known {
        Some(known) if *known != id => {
            let (one, other) = (known.to_string(), id.to_string());
            Err(Unclear::ResourcesDiffer(one, other))
        }
        _ => {
            *known = Some(id);
            Ok(())
        }
    }
}

fn once<'v>(
    known: &mut Option<Cow<'v, str>>,
    value: Cow<'v, str>,
    what: &'static str,
) -> Result<(), Unclear> {
    match known {
        Some(known) if *known != value => Err(Unclear::Twice(what)),
        _ => {
            *known = Some(value);
            Ok(())
        }
    }
}

/// Adds a key. Two keys of one kind must be equal; keys of different kinds are compared once the
/// party is known.
fn add(
    keys: &mut SmallVec<[PartyKey; 2]>,
    key: PartyKey,
    what: &'static str,
) -> Result<(), Unclear> {
    let of_kind = |known: &&PartyKey| {
        std::mem::discriminant::<PartyKey>(known) == std::mem::discriminant(&key)
    };
    match keys.iter().find(of_kind) {
        Some(known) if *known != key => Err(Unclear::Twice(what)),
        Some(_) => Ok(()),
        None => {
            keys.push(key);
            Ok(())
        }
    }
}

/// Returns the key in a value of an attribute of parties.
fn key(form: KeyForm, id: &str, value: &Value) -> Result<PartyKey, Unclear> {
    if let Value::Integer(integer) = value
        && let Some(key) = PartyKey::numbered(form, integer.as_i64())
    {
        return Ok(key);
    }
    let text = text(id, value)?;
    PartyKey::in_form(form, id, &text).map_err(|unknown| match form {
        KeyForm::PersonNumber => Unclear::PersonNumber,
        _ => Unclear::Key(unknown),
    })
}

fn text<'v>(id: &str, value: &'v Value) -> Result<Cow<'v, str>, Unclear> {
    match value {
        Value::String(text) | Value::AnyUri(text) => Ok(Cow::Borrowed(text)),
        Value::Integer(integer) => Ok(Cow::Owned(integer.to_string())),
        _ => Err(Unclear::NotText(id.to_owned())),
    }
}
