//! The items of a catalogue: areas, packages, roles, legal forms and grants, and the ids of roles
//! and packages.

use std::fmt;
use std::sync::Arc;

use crate::altinn::json::Word;

/// A role of one [`Catalogue`](super::Catalogue).
///
/// Ids count from zero in the order of the table and are valid in that catalogue only: a method
/// panics on an id beyond its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleId(pub(super) u16);

impl RoleId {
    /// The index in the table, for arrays and bit sets by role.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// A package of one [`Catalogue`](super::Catalogue), and valid in that one only, like a [`RoleId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageId(pub(super) u16);

impl PackageId {
    /// The index in the table, for arrays and bit sets by package.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// A field of life that groups packages, such as personnel or transport.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Area {
    /// The URN by which packages refer to it: `accesspackage:area:personale`.
    pub urn: Arc<str>,
    /// The name in bokmål.
    pub name: Arc<str>,
    /// The name in nynorsk; the standard catalogue has none for areas.
    pub name_nn: Option<Arc<str>>,
    /// The name in English; the standard catalogue has none for areas.
    pub name_en: Option<Arc<str>>,
    /// The group of areas: `Allment`, `Bransje`, `Særskilt`, `Innbygger` or `Vergemål`.
    pub group: Arc<str>,
    /// The kind of party whose affairs its packages cover.
    pub entity_type: EntityType,
    /// The identifier in Altinn's own interfaces.
    pub uuid: Arc<str>,
}

/// An access package: powers over services that are given together.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Package {
    /// The URN that policies match: `urn:altinn:accesspackage:jordbruk`.
    pub urn: Arc<str>,
    /// The short name, nearly always the end of the URN.
    pub code: Arc<str>,
    /// The name in bokmål.
    pub name: Arc<str>,
    /// The name in nynorsk.
    pub name_nn: Arc<str>,
    /// The name in English.
    pub name_en: Arc<str>,
    /// The description, for people; the standard catalogue has none.
    pub description: Option<Arc<str>>,
    /// The URN of its area.
    pub area: Arc<str>,
    /// The kind of party whose affairs it covers.
    pub entity_type: EntityType,
    /// The authority or system that defines it.
    pub provider: Provider,
    /// Whether it may be given on its own.
    pub is_assignable: bool,
    /// Whether it may be passed on, to employees of a facilitator for example.
    pub is_delegable: bool,
    /// Whether a service owner may use it in the policy of a service.
    pub is_available_for_service_owners: bool,
    /// The identifier in Altinn's own interfaces.
    pub uuid: Arc<str>,
}

/// A role: the relation of a person or an organisation to a party.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Role {
    /// The URN: `urn:altinn:external-role:ccr:daglig-leder`, or `urn:altinn:rolecode:utinn` for a
    /// role of Altinn 2.
    pub urn: Arc<str>,
    /// The end of the URN.
    pub code: Arc<str>,
    /// The short code of the same role in Altinn 2, `dagl`, if it had another one.
    pub legacy_code: Option<Arc<str>>,
    /// The `RoleDefinitionId` in the interfaces of Altinn 2, of its production environment; some of the
    /// test environments are others.
    pub definition_id: Option<u32>,
    /// The URN by which policies name the role under its legacy code: `urn:altinn:rolecode:dagl`.
    pub legacy_urn: Option<Arc<str>>,
    /// The name in bokmål.
    pub name: Arc<str>,
    /// The name in nynorsk; the standard catalogue has none for roles.
    pub name_nn: Option<Arc<str>>,
    /// The name in English.
    pub name_en: Arc<str>,
    /// The description, for people; the standard catalogue has none.
    pub description: Option<Arc<str>>,
    /// The authority or system that defines it.
    pub provider: Provider,
    /// Whether its holder also has everything that the organisation has received from others.
    pub is_key_role: bool,
    /// Whether it may be given in Altinn.
    pub is_assignable: bool,
    /// Whether a service owner may use it in the policy of a service.
    pub is_available_for_service_owners: bool,
    /// The kind of party whose affairs it concerns.
    pub entity_type: EntityType,
    /// The identifier in Altinn's own interfaces.
    pub uuid: Arc<str>,
}

impl Role {
    /// Whether it is one of Altinn 2's own roles, which packages replace.
    pub fn is_altinn2(&self) -> bool {
        self.provider == Provider::Altinn2
    }

    /// Whether an authority's register decides who holds it (the register of legal entities, or
    /// the guardianship register): such a role is neither delegated nor deleted in Altinn.
    pub fn is_from_register(&self) -> bool {
        matches!(
            self.provider,
            Provider::CentralCoordinatingRegister | Provider::CivilRightsAuthority
        )
    }
}

/// A legal form of organisations, or the corresponding kind of another party.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LegalForm {
    /// The name: `AS`, `ENK`, `NUF`, …; `Person` for persons.
    pub name: Arc<str>,
    /// The kind of party that has this form.
    pub kind: FormKind,
    /// The identifier in Altinn's own interfaces.
    pub uuid: Arc<str>,
}

/// A role's grant of one package: whether its holder has it, may delegate it, may assign it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Grant {
    /// The package.
    pub package: PackageId,
    /// Whether the holder has the package.
    pub has_access: bool,
    /// Whether the holder may give it on, even without having it.
    pub can_delegate: bool,
    /// Whether the holder may assign it.
    pub can_assign: bool,
}

/// The kind of party whose affairs a role or a package concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntityType {
    /// A person.
    Person,
    /// An organisation.
    Organisation,
}

/// The authority or system that defines a role or a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Provider {
    /// The central coordinating register for legal entities (Enhetsregisteret).
    CentralCoordinatingRegister,
    /// The civil rights authority, for guardianship (Statens sivilrettsforvaltning).
    CivilRightsAuthority,
    /// Altinn 2.
    Altinn2,
    /// Altinn 3.
    Altinn3,
}

/// The kinds of party that have legal forms of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FormKind {
    /// A registered organisation.
    Organisation,
    /// A person in the national register.
    Person,
    /// A user who logs in without a national identity number.
    SelfIdentified,
    /// A system that acts on behalf of an organisation.
    SystemUser,
    /// An internal party of Altinn.
    Internal,
}

macro_rules! words {
    ($($type:ident { $($word:ident)* })*) => {$(
        impl Word for $type {
            const WORDS: &'static [(&'static str, Self)] =
                &[$((stringify!($word), Self::$word)),*];
        }

        impl fmt::Display for $type {
            /// Writes the word that the table's JSON has.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.word())
            }
        }
    )*};
}

words! {
    EntityType { Person Organisation }
    Provider { CentralCoordinatingRegister CivilRightsAuthority Altinn2 Altinn3 }
    FormKind { Organisation Person SelfIdentified SystemUser Internal }
}
