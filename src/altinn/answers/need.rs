//! A value that a policy requires of an attribute → the role, package, list or party that it names.

use std::fmt;
use std::sync::Arc;

use crate::altinn::catalogue::{Catalogue, PackageId, Provider, RoleId};
use crate::altinn::fact::Moment;
use crate::altinn::id::{self, AttributeKind, KeyForm, subject};
use crate::altinn::language::{Say, Words, spoken, texts, within_sentence};
use crate::altinn::party::{PartyKey, shown_value};
use crate::altinn::pdp::bags::{package_value, values_of};
use crate::altinn::transition::Transition;
use crate::attribute::category;
use crate::report::{Visible, cut, last_part};
use crate::value::DateTime;

/// A role, an access package, or another value of an attribute, that a policy requires. `Display`
/// says it in words.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Need {
    /// The thing that the value names.
    pub kind: NeedKind,
    /// The category of the attribute.
    pub category: Arc<str>,
    /// The `AttributeId`.
    pub id: Arc<str>,
    /// The issuer that the policy requires; none for roles, packages and other facts of Altinn.
    pub issuer: Option<Arc<str>>,
    /// The value, as the policy spells it.
    pub value: Arc<str>,
    /// The name in bokmål; the value, if the catalogue has no name for it.
    pub name: Arc<str>,
    /// The name in English; the value, if the catalogue has no name for it.
    pub name_en: Arc<str>,
    /// Whether those who administer a party's accesses may give it to others: an assignable package
    /// or role, but no role of a register.
    pub may_be_given: bool,
    /// Whether it is a role that only a register gives, such as one of the business register.
    pub is_from_register: bool,
    /// The instant at which it ceases to count, as a role of Altinn II.
    pub ends: Option<DateTime>,
    /// Whether the value is one of many that pass a test of the policy, such as a comparison.
    pub is_example: bool,
    /// Whether any value would do: the policy asks whether there is one.
    pub(super) is_any: bool,
}

/// The thing that a value of an attribute names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum NeedKind {
    /// An access package of the catalogue.
    Package(PackageId),
    /// A role of the catalogue.
    Role(RoleId),
    /// An access package that the catalogue does not have.
    UnknownPackage,
    /// A role that the catalogue does not have.
    UnknownRole,
    /// A role in the estate of a deceased person.
    EstateRole,
    /// An access group.
    AccessGroup,
    /// An access list.
    AccessList,
    /// A right to the resource of a type that the service owner defines.
    ResourceRight,
    /// A service owner.
    ServiceOwner,
    /// A particular party, by one of its keys.
    Party,
    /// A kind of party.
    PartyType,
    /// An app that delegates its own instances.
    DelegatingApp,
    /// A value of another attribute.
    Other,
}

impl Need {
    /// Reads a value of an attribute of the subject, or of another category.
    pub(in crate::altinn) fn new(
        catalogue: &Catalogue,
        transition: Transition,
        [of, id, value]: [&str; 3],
    ) -> Self {
        let mut need = Self {
            kind: NeedKind::Other,
            category: of.into(),
            id: id.into(),
            issuer: None,
            value: value.into(),
            name: value.into(),
            name_en: value.into(),
            may_be_given: false,
            is_from_register: false,
            ends: None,
            is_example: false,
            is_any: false,
        };
        if of != category::ACCESS_SUBJECT {
            return need;
        }
        use AttributeKind::*;
        need.kind = match id::kind(of, id) {
            Some(Role(provider)) => match catalogue.role(&format!("{id}:{value}")) {
                Some(known) => {
                    let role = catalogue.role_by_id(known);
                    need.name = role.name.clone();
                    need.name_en = role.name_en.clone();
                    need.is_from_register = role.is_from_register();
                    need.may_be_given = role.is_assignable && !need.is_from_register;
                    need.ends = transition.altinn2_roles_end().filter(|_| role.is_altinn2());
                    NeedKind::Role(known)
                }
                None => {
                    // A role code that the catalogue does not have is taken for one of Altinn II.
                    let of_altinn2 = provider == Provider::Altinn2;
                    need.ends = transition.altinn2_roles_end().filter(|_| of_altinn2);
                    NeedKind::UnknownRole
                }
            },
            Some(AccessPackage) => match catalogue.package(&format!("{id}:{value}")) {
                Some(known) => {
                    let package = catalogue.package_by_id(known);
                    need.name = package.name.clone();
                    need.name_en = package.name_en.clone();
                    need.may_be_given = package.is_assignable;
                    NeedKind::Package(known)
                }
                None => NeedKind::UnknownPackage,
            },
            Some(EstateRole) => NeedKind::EstateRole,
            Some(AccessGroup) => NeedKind::AccessGroup,
            Some(AccessList) => NeedKind::AccessList,
            Some(ResourceRight) => NeedKind::ResourceRight,
            Some(ServiceOwner) => NeedKind::ServiceOwner,
            Some(Party(..)) => NeedKind::Party,
            Some(PartyType) => NeedKind::PartyType,
            Some(DelegatingApp) => NeedKind::DelegatingApp,
            Some(Resource | AppOwner | App | Instance | InstanceState | AppPart) | None => {
                NeedKind::Other
            }
        };
        need
    }

    /// The URN of the value: the id of the attribute, and after a colon the value. Where any value would
    /// do, it is the id.
    ///
    /// ```
    /// use vedtak::altinn::Pdp;
    /// use vedtak::altinn::resource::ResourceId;
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/first-service/policy.xml")?;
    ///
    /// let pdp = Pdp::builder().policy("ttd-brev", policy).build()?;
    /// let now = "2026-03-02T09:00:00+01:00".parse()?;
    /// let answers = pdp.answers(&ResourceId::new("ttd-brev"), now)?.expect("has a policy");
    /// let right = answers.who_may(&"read".into())?;
    /// let need = &right.alternatives[0].needs[0];
    /// assert_eq!(need.urn(), "urn:altinn:accesspackage:ordinaer-post-til-virksomheten");
    /// assert_eq!(&*need.name_en, "Regular mail to business");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn urn(&self) -> String {
        match self.is_any {
            true => self.id.to_string(),
            false => format!("{}:{}", self.id, self.value),
        }
    }

    /// Whether some subject may have exactly this value at an instant, in a comparison letter by
    /// letter or in any letter case.
    pub(super) fn is_possible(
        &self,
        catalogue: &Catalogue,
        at: &DateTime,
        ignores_case: bool,
    ) -> bool {
        let is = |known: &str| match ignores_case {
            true => known.to_lowercase() == self.value.to_lowercase(),
            false => *known == *self.value,
        };
        let counts = self
            .ends
            .is_none_or(|end| Moment::of(at) < Moment::of(&end));
        counts
            && match self.kind {
                NeedKind::Package(package) => {
                    is(package_value(&catalogue.package_by_id(package).urn))
                }
                NeedKind::Role(role) => {
                    let values = values_of(catalogue.role_by_id(role));
                    let mut values = values.iter().filter(|(id, _)| **id == *self.id);
                    values.any(|(_, value)| is(value))
                }
                _ => true,
            }
    }

    /// The cost of having it, in the order in which alternatives are listed: packages, roles that
    /// stay, roles that end, what is decided by others.
    pub(super) fn cost(&self) -> u64 {
        const SINGLE: u64 = 1000;
        let place = match self.kind {
            NeedKind::Package(_) => 0,
            NeedKind::Role(_) if self.ends.is_none() => 1,
            NeedKind::Role(_) => 2,
            NeedKind::UnknownPackage | NeedKind::UnknownRole => 3,
            NeedKind::EstateRole => 4,
            NeedKind::AccessGroup => 5,
            NeedKind::ResourceRight => 6,
            NeedKind::AccessList => 7,
            NeedKind::PartyType => 8,
            NeedKind::Party => 9,
            NeedKind::ServiceOwner => 10,
            NeedKind::DelegatingApp | NeedKind::Other => 11,
        };
        SINGLE + 10 * place
    }

    /// Whether both name the same role, package or value: a role has values of several attributes.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }

    /// The role, package or value that it names.
    pub(super) fn identity(&self) -> NeedKey<'_> {
        match self.kind {
            NeedKind::Package(package) => NeedKey::Package(package),
            NeedKind::Role(role) => NeedKey::Role(role),
            _ => NeedKey::Value(
                &self.category,
                &self.id,
                self.issuer.as_deref(),
                &self.value,
            ),
        }
    }
}

/// The identity of a [`Need`]: equal for two names of one role.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum NeedKey<'a> {
    Package(PackageId),
    Role(RoleId),
    /// Category, id, issuer and value.
    Value(&'a str, &'a str, Option<&'a str>, &'a str),
}

impl Need {
    /// The value as anybody may see it: a number of a person, or an address, in a policy is not for
    /// whoever was refused.
    pub(super) fn shown(&self) -> Arc<str> {
        shown_value(&self.category, &self.id, &self.value)
    }

    /// The party that it is for, if it is for one.
    pub(super) fn key(&self) -> Option<PartyKey> {
        match id::kind(&self.category, &self.id)? {
            AttributeKind::Party(form, _) => PartyKey::in_form(form, &self.id, &self.value).ok(),
            _ => None,
        }
    }
}

impl Say for Need {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        let kind = id::kind(&self.category, &self.id);
        let (id, value) = (cut(&self.id), cut(&self.shown()));
        let quoted = || {
            let quoted = format!("`{value}`");
            match self.is_example {
                true => texts::SUCH_AS.with(words, &[&quoted]).to_string(),
                false => quoted,
            }
        };
        if let Some(issuer) = &self.issuer {
            let arguments: [&dyn fmt::Display; 3] = [&id, &quoted(), &cut(issuer)];
            return write!(f, "{}", texts::VALUE_ISSUED.with(words, &arguments));
        }
        if self.is_any && *self.category == *category::ACCESS_SUBJECT {
            return write!(f, "{}", texts::ANY_VALUE.with(words, &[&id]));
        }
        let name = words.name(&self.name, &self.name_en);
        let text = match self.kind {
            NeedKind::Role(_) => {
                let name = Visible(within_sentence(name));
                return write!(f, "{}", texts::ROLE.with(words, &[&name, &value]));
            }
            NeedKind::Package(_) => {
                let name = Visible(name);
                return write!(f, "{}", texts::PACKAGE.with(words, &[&name, &value]));
            }
            NeedKind::UnknownPackage => texts::UNKNOWN_PACKAGE,
            NeedKind::UnknownRole => match kind {
                Some(AttributeKind::Role(Provider::Altinn2 | Provider::Altinn3)) => {
                    texts::UNKNOWN_ROLE
                }
                _ => return write!(f, "`{id}` = `{value}`"),
            },
            NeedKind::DelegatingApp => texts::DELEGATING_APP,
            NeedKind::ServiceOwner => texts::SERVICE_OWNER,
            // One of many parties that pass a test is said as such.
            NeedKind::Party if !self.is_example => match kind {
                Some(AttributeKind::Party(KeyForm::OrganisationNumber, _)) => texts::ORGANISATION,
                Some(AttributeKind::Party(KeyForm::PersonNumber, _)) => texts::PERSON,
                Some(AttributeKind::Party(KeyForm::PartyId | KeyForm::Uuid, _)) => texts::PARTY,
                _ => texts::USER,
            },
            NeedKind::AccessGroup => texts::ACCESS_GROUP,
            NeedKind::AccessList => texts::ACCESS_LIST,
            NeedKind::ResourceRight => texts::RESOURCE_RIGHT,
            _ if *self.category == *category::ACCESS_SUBJECT => {
                return write!(f, "{}", texts::VALUE.with(words, &[&id, &quoted()]));
            }
            _ => {
                let of = cut(last_part(&self.category));
                return write!(f, "{}", texts::VALUE_OF.with(words, &[&id, &of, &quoted()]));
            }
        };
        write!(f, "{}", text.with(words, &[&value]))
    }
}

spoken! {
    Need: "the need";
}

/// Whether an attribute has the values of roles or packages.
pub(super) fn is_of_catalogue(of: &str, id: &str) -> bool {
    of == category::ACCESS_SUBJECT
        && (id == subject::ACCESS_PACKAGE
            || matches!(id::kind(of, id), Some(AttributeKind::Role(_))))
}
