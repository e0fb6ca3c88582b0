//! The identifiers of Altinn's attributes, as in policies and requests.

// One table says where each attribute may stand, and what its values name. Code that treats several
// attributes alike selects them by `AttributeKind`, so a new attribute is one row here. For a new kind
// the compiler lists the places that decide: none of their matches has a default. Words for it in
// `pdp/explain/rules.rs` and warnings in `lint` are by choice: there an unknown kind has its id.

use super::catalogue::Provider;
use super::party::PartyKind;
use crate::attribute::{Designator, category};
use crate::value::DataType;

/// An attribute of Altinn.
pub(crate) struct AltinnAttribute {
    pub(crate) id: &'static str,
    pub(crate) kind: AttributeKind,
    category: &'static str,
}

/// The thing that the values of an attribute name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum AttributeKind {
    /// A party, by a key of this form; the kind of party, if no other kind has the key. Stands in
    /// the subject, and in the resource for the party that it belongs to.
    Party(KeyForm, Option<PartyKind>),
    /// A role that this authority or system defines.
    Role(Provider),
    EstateRole,
    AccessPackage,
    AccessGroup,
    AccessList,
    PartyType,
    ServiceOwner,
    DelegatingApp,
    /// A right to a resource; the row has the prefix of its attributes.
    ResourceRight,
    Resource,
    AppOwner,
    App,
    Instance,
    InstanceState,
    AppPart,
}

impl AttributeKind {
    /// Whether these are roles, packages or groups: whoever has one acts for a party, and a
    /// delegation stands for them.
    pub(crate) const fn is_of_acting(self) -> bool {
        match self {
            Self::Role(_) | Self::AccessPackage | Self::AccessGroup => true,
            Self::Party(..)
            | Self::EstateRole
            | Self::AccessList
            | Self::PartyType
            | Self::ServiceOwner
            | Self::DelegatingApp
            | Self::ResourceRight
            | Self::Resource
            | Self::AppOwner
            | Self::App
            | Self::Instance
            | Self::InstanceState
            | Self::AppPart => false,
        }
    }
}

/// The form of a key of a party.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyForm {
    UserId,
    PartyId,
    Uuid,
    PersonNumber,
    OrganisationNumber,
    Email,
    Username,
}

/// Makes a constant and a row of [`ATTRIBUTES`] of each attribute.
macro_rules! attributes {
    ($(
        $(#[$doc_of_room:meta])*
        $room:ident in $category:ident {
            $($(#[$doc:meta])* $name:ident = $id:literal: $kind:expr;)*
        }
    )*) => {
        $(
            $(#[$doc_of_room])*
            pub mod $room {
                $($(#[$doc])* pub const $name: &str = $id;)*
            }
        )*

        /// The attributes of parties come first, as every request has two of them.
        static ATTRIBUTES: &[AltinnAttribute] = {
            use AttributeKind::*;
            use KeyForm::*;
            use PartyKind::{EnterpriseUser, Organisation, Person, SelfIdentified, SystemUser};
            use Provider::*;
            &[$($(AltinnAttribute {
                id: $id,
                kind: $kind,
                category: category::$category,
            },)*)*]
        };
    };
}

attributes! {
    /// Attributes of the access subject.
    subject in ACCESS_SUBJECT {
        /// A user: a positive integer.
        USER_ID = "urn:altinn:userid": Party(UserId, None);
        /// A person by national identity number, eleven digits.
        PERSON_NUMBER = "urn:altinn:person:identifier-no": Party(PersonNumber, Some(Person));
        /// A person by UUID.
        PERSON_UUID = "urn:altinn:person:uuid": Party(Uuid, Some(Person));
        /// A party by UUID.
        PARTY_UUID = "urn:altinn:party:uuid": Party(Uuid, None);
        /// A party by number.
        PARTY_ID = "urn:altinn:partyid": Party(PartyId, None);
        /// An organisation by organisation number, nine digits.
        ORGANISATION_NUMBER = "urn:altinn:organization:identifier-no":
            Party(OrganisationNumber, Some(Organisation));
        /// The older spelling of [`ORGANISATION_NUMBER`].
        OLD_ORGANISATION_NUMBER = "urn:altinn:organizationnumber":
            Party(OrganisationNumber, Some(Organisation));
        /// An organisation by UUID.
        ORGANISATION_UUID = "urn:altinn:organization:uuid": Party(Uuid, Some(Organisation));
        /// A system user by UUID; never together with another subject.
        SYSTEM_USER_UUID = "urn:altinn:systemuser:uuid": Party(Uuid, Some(SystemUser));
        /// An enterprise user by UUID.
        ENTERPRISE_USER_UUID = "urn:altinn:enterpriseuser:uuid": Party(Uuid, Some(EnterpriseUser));
        /// A service owner by its code, such as `skd`.
        SERVICE_OWNER = "urn:altinn:org": ServiceOwner;
        /// An access package.
        ACCESS_PACKAGE = "urn:altinn:accesspackage": AccessPackage;
        /// An access group.
        ACCESS_GROUP = "urn:altinn:accessgroup": AccessGroup;
        /// A role by its short code: of the registers (`dagl`) or of Altinn II (`utinn`).
        ROLE_CODE = "urn:altinn:rolecode": Role(Altinn2);
        /// A role of Altinn 3.
        ROLE = "urn:altinn:role": Role(Altinn3);
        /// A role from Enhetsregisteret.
        REGISTER_ROLE = "urn:altinn:external-role:ccr": Role(CentralCoordinatingRegister);
        /// A guardianship role.
        GUARDIAN_ROLE = "urn:altinn:external-role:cra": Role(CivilRightsAuthority);
        /// An access list that the subject itself is a member of, as `owner:list`.
        ACCESS_LIST = "urn:altinn:access-list": AccessList;
        /// The kind of party: `organization` or `person`.
        PARTY_TYPE = "urn:altinn:partytype": PartyType;
        /// A role in the estate of a deceased person, such as
        /// `urn:digitaltdodsbo:formuesfullmakt`.
        ESTATE_ROLE = "urn:digitaltdodsbo:rolecode": EstateRole;
        /// An app that delegates its own instances to recipients of its choice (user-controlled
        /// signing): a rule for it limits what the app may delegate. Never an attribute of a
        /// request.
        RESOURCE_DELEGATION = "urn:altinn:resource:delegation": DelegatingApp;
        /// A self-identified user by e-mail address.
        EMAIL = "urn:altinn:person:idporten-email": Party(Email, Some(SelfIdentified));
        /// A self-identified user or an enterprise user by user name.
        USERNAME = "urn:altinn:party:username": Party(Username, None);
        /// A self-identified user by user name.
        SELF_IDENTIFIED_NAME = "urn:altinn:person:legacy-selfidentified":
            Party(Username, Some(SelfIdentified));
        /// An enterprise user by user name.
        ENTERPRISE_USER_NAME = "urn:altinn:enterpriseuser:username":
            Party(Username, Some(EnterpriseUser));
        /// The prefix of attributes of resource rights; `urn:resourceright:action` is the usual one.
        RESOURCE_RIGHT_PREFIX = "urn:resourceright:": ResourceRight;
    }

    /// Attributes of the resource, and of the party it belongs to.
    resource in RESOURCE {
        /// The resource's id; an app's is `app_{org}_{app}`.
        RESOURCE = "urn:altinn:resource": Resource;
        /// The service owner of an app; used with [`APP`].
        ORG = "urn:altinn:org": AppOwner;
        /// An app; used with [`ORG`].
        APP = "urn:altinn:app": App;
        /// An app's instance, as `{party id}/{uuid}`.
        INSTANCE_ID = "urn:altinn:instance-id": Instance;
        /// An instance of any resource: a UUID, or an URN that ends in one.
        RESOURCE_INSTANCE_ID = "urn:altinn:resource:instance-id": Instance;
        /// The current task of an app's instance.
        TASK = "urn:altinn:task": InstanceState;
        /// The end event of an app's instance.
        END_EVENT = "urn:altinn:end-event": InstanceState;
        /// A part of an app, such as `events`.
        APP_RESOURCE = "urn:altinn:appresource": AppPart;
    }
}

/// The prefix of the roles in estates, which no catalogue has.
pub(crate) const ESTATE_PREFIX: &str = "urn:digitaltdodsbo:";

/// Whether a text has the form of a role in an estate: the prefix, and one word.
pub(crate) fn is_estate_role(text: &str) -> bool {
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let word = text.strip_prefix(ESTATE_PREFIX);
    word.is_some_and(|word| !word.is_empty() && word.chars().all(is_of_word))
}

impl AltinnAttribute {
    fn is_of(&self, category: &str) -> bool {
        let is_party = matches!(self.kind, AttributeKind::Party(..));
        self.category == category || (is_party && category == category::RESOURCE)
    }
}

/// By the [row] of an id: the places in the table of the attributes that may have it. A decision looks
/// up a dozen ids.
static BY_ROW: [[u8; MOST_OF_ROW]; ROWS] = {
    let mut places = [[NO_PLACE; MOST_OF_ROW]; ROWS];
    let mut place = 0;
    while place < ATTRIBUTES.len() {
        let of_row = &mut places[row(ATTRIBUTES[place].id)];
        let mut free = 0;
        while of_row[free] != NO_PLACE {
            free += 1;
        }
        of_row[free] = place as u8;
        place += 1;
    }
    places
};

const ROWS: usize = 64;
const MOST_OF_ROW: usize = 4;
const NO_PLACE: u8 = u8::MAX;

/// Ids begin alike: their length and last letter tell nearly all apart.
const fn row(id: &str) -> usize {
    let last = match id.as_bytes().last() {
        Some(last) => *last as usize,
        None => 0,
    };
    // Chosen so that few ids share a row.
    (id.len() * 28 + last) % ROWS
}

/// Returns Altinn's attribute with this id in a category.
pub(crate) fn attribute(category: &str, id: &str) -> Option<&'static AltinnAttribute> {
    for place in &BY_ROW[row(id)] {
        let Some(attribute) = ATTRIBUTES.get(usize::from(*place)) else {
            break;
        };
        if attribute.id == id && attribute.is_of(category) {
            return Some(attribute);
        }
    }
    let mut prefixes = ATTRIBUTES
        .iter()
        .filter(|attribute| attribute.kind == AttributeKind::ResourceRight);
    prefixes.find(|attribute| id.starts_with(attribute.id) && attribute.is_of(category))
}

/// Returns the kind of Altinn's attribute with this id in a category.
pub(crate) fn kind(category: &str, id: &str) -> Option<AttributeKind> {
    attribute(category, id).map(|attribute| attribute.kind)
}

/// Whether a decision can supply this attribute to a request.
pub(crate) fn can_be_supplied(wanted: &Designator) -> bool {
    use AttributeKind::*;
    let is_known = match kind(&wanted.category, &wanted.id) {
        None | Some(ServiceOwner | DelegatingApp | AppPart) => false,
        Some(
            Party(..) | Role(_) | EstateRole | AccessPackage | AccessGroup | AccessList | PartyType
            | ResourceRight | Resource | AppOwner | App | Instance | InstanceState,
        ) => true,
    };
    is_typed(wanted.data_type) && is_known && wanted.issuer.is_none()
}

/// Whether attributes of this data type can be supplied: facts are texts, from which the others are
/// read.
pub(crate) fn is_typed(data_type: DataType) -> bool {
    matches!(
        data_type,
        DataType::String | DataType::AnyUri | DataType::Integer
    )
}

/// Returns the attributes of a category; none for those that Altinn has no attributes in.
pub(crate) fn attributes_of(category: &str) -> impl Iterator<Item = &'static AltinnAttribute> {
    ATTRIBUTES
        .iter()
        .filter(move |attribute| attribute.is_of(category))
}

/// Returns the attributes of some kinds.
pub(crate) fn attributes_that(
    name: impl Fn(AttributeKind) -> bool,
) -> impl Iterator<Item = &'static AltinnAttribute> {
    ATTRIBUTES
        .iter()
        .filter(move |attribute| name(attribute.kind))
}

/// Returns the id of the first attribute of a kind.
pub(crate) fn of_kind(kind: AttributeKind) -> Option<&'static str> {
    let mut attributes = ATTRIBUTES.iter();
    let attribute = attributes.find(|attribute| attribute.kind == kind)?;
    Some(attribute.id)
}

/// Categories of the assignments of obligations in Altinn's policies.
pub mod obligation {
    /// The minimum authentication level of a user, an integer.
    pub const LEVEL: &str = "urn:altinn:minimum-authenticationlevel";
    /// The minimum authentication level of a service owner, an integer.
    pub const SERVICE_OWNER_LEVEL: &str = "urn:altinn:minimum-authenticationlevel-org";
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row behind another one of its id would never be found.
    #[test]
    fn each_attribute_is_found_in_its_categories() {
        for of in [category::ACCESS_SUBJECT, category::RESOURCE] {
            let mut ids = Vec::new();
            for row in attributes_of(of) {
                let first = attribute(of, row.id).expect("its own row at least");
                assert!(std::ptr::eq(first, row), "two rows have `{}`", row.id);
                ids.push(row.id);
            }
            assert!(ids.contains(&subject::PARTY_UUID), "a party in both");
            assert_eq!(ids.contains(&subject::ROLE), of == category::ACCESS_SUBJECT);
            assert_eq!(ids.contains(&resource::TASK), of == category::RESOURCE);
        }
        assert_eq!(attributes_of(category::ACTION).count(), 0);
        assert!(
            kind(category::ACCESS_SUBJECT, subject::SERVICE_OWNER)
                == Some(AttributeKind::ServiceOwner)
        );
        assert!(kind(category::RESOURCE, resource::ORG) == Some(AttributeKind::AppOwner));
        assert!(
            kind(category::ACCESS_SUBJECT, "urn:resourceright:action")
                == Some(AttributeKind::ResourceRight)
        );
    }

    #[test]
    fn roles_of_each_provider_have_an_attribute() {
        for role in crate::altinn::catalogue::Catalogue::standard().roles() {
            let provider = role.1.provider;
            assert!(
                of_kind(AttributeKind::Role(provider)).is_some(),
                "{provider:?}"
            );
        }
    }

    /// A delegation policy names its receiver by UUID, whatever kind of party it is.
    #[test]
    fn each_kind_of_party_has_a_uuid() {
        use PartyKind::{EnterpriseUser, Organisation, Person, SystemUser};
        for kind in [Person, Organisation, SystemUser, EnterpriseUser]
            .map(Some)
            .into_iter()
            .chain([None])
        {
            assert!(
                of_kind(AttributeKind::Party(KeyForm::Uuid, kind)).is_some(),
                "{kind:?}"
            );
        }
    }
}
