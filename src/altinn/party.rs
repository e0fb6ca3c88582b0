//! Parties: persons, organisations and the users that are neither, and the many names of each.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use uuid::Uuid;

use super::id::subject;

/// Someone who may ask, be asked for, or be given access.
///
/// A party has one or more keys; whichever of them a request uses, it is the same party.
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Party {
    /// What it is.
    pub kind: PartyKind,
    /// What it is called.
    pub name: Arc<str>,
    /// The party id; system users have none.
    pub id: Option<u32>,
    /// The UUID.
    pub uuid: Option<Uuid>,
    /// The national identity number of a person or the number of an organisation.
    pub number: Option<Arc<str>>,
    /// The user id of a person or enterprise user who logs in.
    pub user_id: Option<u32>,
    /// The legal form of an organisation, such as `AS` or `ENK`.
    pub legal_form: Option<Arc<str>>,
    /// The organisation that a sub-unit is part of, or that owns a system user.
    pub parent: Option<PartyKey>,
    /// No longer exists: nobody acts for it, and it acts for nobody.
    pub is_deleted: bool,
}

/// What kind of party.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum PartyKind {
    /// A natural person.
    Person,
    /// An organisation, or a unit of one.
    Organisation,
    /// A system that acts for an organisation.
    SystemUser,
    /// A user of an organisation that is no person (virksomhetsbruker).
    EnterpriseUser,
}

impl PartyKind {
    /// In one word, as explanations say it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Organisation => "organisation",
            Self::SystemUser => "system user",
            Self::EnterpriseUser => "enterprise user",
        }
    }
}

impl Party {
    /// A party with nothing but a key and a name.
    ///
    /// # Panics
    ///
    /// Never; a key of no kind in particular (party id, UUID) makes an organisation.
    pub fn new(key: PartyKey, name: impl Into<Arc<str>>) -> Self {
        let kind = match &key {
            PartyKey::Person(_) | PartyKey::User(_) => PartyKind::Person,
            PartyKey::Organisation(_) | PartyKey::Id(_) | PartyKey::Uuid(_) => {
                PartyKind::Organisation
            }
        };
        let mut party = Self {
            kind,
            name: name.into(),
            id: None,
            uuid: None,
            number: None,
            user_id: None,
            legal_form: None,
            parent: None,
            is_deleted: false,
        };
        party.add_key(key);
        party
    }

    /// The same party as another kind.
    #[must_use]
    pub fn of_kind(mut self, kind: PartyKind) -> Self {
        self.kind = kind;
        self
    }

    /// The same party with one more key.
    #[must_use]
    pub fn key(mut self, key: PartyKey) -> Self {
        self.add_key(key);
        self
    }

    /// The same party with its legal form.
    #[must_use]
    pub fn legal_form(mut self, legal_form: impl Into<Arc<str>>) -> Self {
        self.legal_form = Some(legal_form.into());
        self
    }

    /// The same party as a sub-unit of an organisation, or as a system user it owns.
    #[must_use]
    pub fn part_of(mut self, organisation: PartyKey) -> Self {
        self.parent = Some(organisation);
        self
    }

    /// The same party, gone.
    #[must_use]
    pub fn deleted(mut self) -> Self {
        self.is_deleted = true;
        self
    }

    fn add_key(&mut self, key: PartyKey) {
        match key {
            PartyKey::Id(id) => self.id = Some(id),
            PartyKey::Uuid(uuid) => self.uuid = Some(uuid),
            PartyKey::Organisation(number) | PartyKey::Person(number) => self.number = Some(number),
            PartyKey::User(id) => self.user_id = Some(id),
        }
    }

    /// Every key it has.
    pub fn keys(&self) -> impl Iterator<Item = PartyKey> + '_ {
        let number = self.number.clone().and_then(|number| match self.kind {
            PartyKind::Person => Some(PartyKey::Person(number)),
            PartyKind::Organisation => Some(PartyKey::Organisation(number)),
            PartyKind::SystemUser | PartyKind::EnterpriseUser => None,
        });
        let uuid = self.uuid.map(PartyKey::Uuid);
        let id = self.id.map(PartyKey::Id);
        let user = self.user_id.map(PartyKey::User);
        uuid.into_iter().chain(id).chain(number).chain(user)
    }

    /// Whether one of its keys is this.
    pub fn has_key(&self, key: &PartyKey) -> bool {
        match key {
            PartyKey::Id(id) => self.id == Some(*id),
            PartyKey::Uuid(uuid) => self.uuid == Some(*uuid),
            PartyKey::User(id) => self.user_id == Some(*id),
            PartyKey::Organisation(number) => {
                self.kind == PartyKind::Organisation && self.number.as_ref() == Some(number)
            }
            PartyKey::Person(number) => {
                self.kind == PartyKind::Person && self.number.as_ref() == Some(number)
            }
        }
    }

    /// Whether both are the same party: they have a key in common.
    pub fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self, other) || self.keys().any(|key| other.has_key(&key))
    }
}

impl fmt::Debug for Party {
    /// Its kind, name and keys, a national identity number hidden as in the keys' own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Party")
            .field("kind", &self.kind)
            .field("name", &self.name)
            .field("keys", &self.keys().collect::<Vec<_>>())
            .field("legal_form", &self.legal_form)
            .field("parent", &self.parent)
            .field("is_deleted", &self.is_deleted)
            .finish()
    }
}

impl fmt::Display for Party {
    /// The name, and the number of an organisation; never a national identity number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        match (&self.number, self.kind) {
            (Some(number), PartyKind::Organisation) => write!(f, " ({number})"),
            _ => Ok(()),
        }
    }
}

/// One name of a party. As text it is the URN requests use:
///
/// ```
/// use vedtak::altinn::PartyKey;
/// let key: PartyKey = "urn:altinn:organization:identifier-no:910000001".parse()?;
/// assert_eq!(key, PartyKey::organisation("910000001"));
/// # Ok::<(), vedtak::altinn::UnknownKey>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum PartyKey {
    /// A party id.
    Id(u32),
    /// A UUID of any kind of party.
    Uuid(Uuid),
    /// An organisation number, nine digits.
    Organisation(Arc<str>),
    /// A national identity number, eleven digits.
    Person(Arc<str>),
    /// A user id.
    User(u32),
}

impl PartyKey {
    /// An organisation by its number.
    pub fn organisation(number: impl Into<Arc<str>>) -> Self {
        Self::Organisation(number.into())
    }

    /// A person by national identity number.
    pub fn person(number: impl Into<Arc<str>>) -> Self {
        Self::Person(number.into())
    }

    /// The key that an attribute of this id holds, if it names a party.
    pub(crate) fn from_attribute(id: &str, value: &str) -> Option<Result<Self, UnknownKey>> {
        let unknown = || UnknownKey(format!("{id}:{value}").into());
        let number = |digits: usize| {
            let fits = value.len() == digits && value.bytes().all(|b| b.is_ascii_digit());
            fits.then(|| Arc::from(value)).ok_or_else(unknown)
        };
        // Numbers have one spelling, so that `+5` or `005` is not 5 in one place and not in another.
        let integer = || {
            let plain = value.bytes().all(|b| b.is_ascii_digit()) && !value.starts_with('0');
            let parsed = value.parse().ok().filter(|_| plain);
            parsed.ok_or_else(unknown)
        };
        // So do UUIDs: a policy that compares them as text must not meet another text for the same.
        let uuid = || {
            let parsed = Uuid::try_parse(value).ok();
            let canonical = parsed.filter(|uuid| uuid.to_string() == value);
            canonical.map(Self::Uuid).ok_or_else(unknown)
        };
        Some(match id {
            subject::PARTY_ID => integer().map(Self::Id),
            subject::USER_ID => integer().map(Self::User),
            subject::ORGANISATION_NUMBER | subject::OLD_ORGANISATION_NUMBER => {
                number(9).map(Self::Organisation)
            }
            subject::PERSON_NUMBER => number(11).map(Self::Person),
            subject::PARTY_UUID
            | subject::PERSON_UUID
            | subject::ORGANISATION_UUID
            | subject::SYSTEM_USER_UUID
            | subject::ENTERPRISE_USER_UUID => uuid(),
            _ => return None,
        })
    }
}

/// A text that names no party.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` names no party: expected such as urn:altinn:partyid:…, urn:altinn:party:uuid:…, \
     urn:altinn:organization:identifier-no:… (nine digits), \
     urn:altinn:person:identifier-no:… (eleven digits) or urn:altinn:userid:…"
)]
pub struct UnknownKey(Box<str>);

impl FromStr for PartyKey {
    type Err = UnknownKey;

    fn from_str(text: &str) -> Result<Self, UnknownKey> {
        let unknown = || UnknownKey(text.into());
        let (id, value) = text.rsplit_once(':').ok_or_else(unknown)?;
        Self::from_attribute(id, value).unwrap_or_else(|| Err(unknown()))
    }
}

impl fmt::Display for PartyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "{}:{id}", subject::PARTY_ID),
            Self::Uuid(uuid) => write!(f, "{}:{uuid}", subject::PARTY_UUID),
            Self::User(id) => write!(f, "{}:{id}", subject::USER_ID),
            Self::Organisation(number) => write!(f, "{}:{number}", subject::ORGANISATION_NUMBER),
            Self::Person(number) => write!(f, "{}:{number}", subject::PERSON_NUMBER),
        }
    }
}

impl fmt::Debug for PartyKey {
    /// As `Display`, with all but the first six digits of a national identity number hidden:
    /// debug output ends up in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(number) => {
                let shown = number.get(..6).unwrap_or("");
                write!(f, "{}:{shown}*****", subject::PERSON_NUMBER)
            }
            other => fmt::Display::fmt(other, f),
        }
    }
}
