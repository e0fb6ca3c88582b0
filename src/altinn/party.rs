//! Parties: persons, organisations, system users and enterprise users, and the keys of each.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use uuid::Uuid;

use super::id::{self, AttributeKind, KeyForm, subject};
use super::language::texts::refusals;
use super::language::{Say, Words};
use crate::attribute::category;
use crate::report::{Visible, cut, without_long_numbers};

/// A person, organisation or user: the subject of a request, the party it acts for, or a receiver
/// of rights.
///
/// A party has one or more keys; requests with any of them are about the same party.
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Party {
    /// The kind of party.
    pub kind: PartyKind,
    /// The display name.
    pub name: Arc<str>,
    /// The party id; system users have none.
    pub id: Option<u32>,
    /// The UUID.
    pub uuid: Option<Uuid>,
    /// The national identity number of a person or the number of an organisation.
    pub number: Option<Arc<str>>,
    /// The user id of a person, self-identified user or enterprise user who logs in.
    pub user_id: Option<u32>,
    /// The e-mail address by which a self-identified user logs in, in lower case.
    pub email: Option<Arc<str>>,
    /// The user name of a self-identified user or an enterprise user, in lower case.
    pub username: Option<Arc<str>>,
    /// The legal form of an organisation, such as `AS` or `ENK`.
    pub legal_form: Option<Arc<str>>,
    /// The organisation that a sub-unit is part of, or that owns a system user.
    pub parent: Option<PartyKey>,
    /// Whether the party has ceased to exist: it acts for no party, and no subject acts for it.
    pub is_deleted: bool,
    /// The number that it has in the register it comes from.
    pub(in crate::altinn) place: Place,
}

/// The number of a party in a register: where to look for it first. It says nothing of the party, so all
/// are equal.
#[derive(Clone, Copy)]
pub(in crate::altinn) struct Place(pub(in crate::altinn) u32);

impl Place {
    pub(in crate::altinn) const NONE: Self = Self(u32::MAX);
}

impl PartialEq for Place {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Place {}

impl std::hash::Hash for Place {
    fn hash<H: std::hash::Hasher>(&self, _: &mut H) {}
}

/// The kind of a party: person, organisation or user.
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
    /// A user without a national identity number, who logs in by e-mail address or user name.
    SelfIdentified,
}

impl PartyKind {
    /// The kind in words, as explanations use it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Organisation => "organisation",
            Self::SystemUser => "system user",
            Self::EnterpriseUser => "enterprise user",
            Self::SelfIdentified => "self-identified user",
        }
    }

    /// The kind after its article: `an organisation`.
    pub(crate) fn with_article(self) -> String {
        let article = match self {
            Self::Person | Self::SystemUser | Self::SelfIdentified => "a",
            Self::Organisation | Self::EnterpriseUser => "an",
        };
        format!("{article} {}", self.as_str())
    }
}

impl Party {
    /// Returns a party with this key and name only. The key gives the kind: an organisation for a
    /// party id or UUID, which any kind may have.
    pub fn new(key: PartyKey, name: impl Into<Arc<str>>) -> Self {
        let kind = match &key {
            PartyKey::Person(_) | PartyKey::User(_) => PartyKind::Person,
            PartyKey::Organisation(_) | PartyKey::Id(_) | PartyKey::Uuid(_) => {
                PartyKind::Organisation
            }
            PartyKey::Email(_) | PartyKey::Username(_) => PartyKind::SelfIdentified,
        };
        let mut party = Self {
            kind,
            name: name.into(),
            id: None,
            uuid: None,
            number: None,
            user_id: None,
            email: None,
            username: None,
            legal_form: None,
            parent: None,
            is_deleted: false,
            place: Place::NONE,
        };
        party.add_key(key);
        party
    }

    /// Sets the kind.
    #[must_use]
    pub fn of_kind(mut self, kind: PartyKind) -> Self {
        self.kind = kind;
        self
    }

    /// Adds a key; it replaces an earlier one of its kind.
    #[must_use]
    pub fn key(mut self, key: PartyKey) -> Self {
        self.add_key(key);
        self
    }

    /// Sets the legal form.
    #[must_use]
    pub fn legal_form(mut self, legal_form: impl Into<Arc<str>>) -> Self {
        self.legal_form = Some(legal_form.into());
        self
    }

    /// Sets the parent: the organisation of a sub-unit, or the owner of a system user.
    #[must_use]
    pub fn part_of(mut self, organisation: PartyKey) -> Self {
        self.parent = Some(organisation);
        self
    }

    /// Marks the party as no longer existing.
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
            PartyKey::Email(email) => self.email = Some(email),
            PartyKey::Username(name) => self.username = Some(name),
        }
    }

    /// Returns the keys: UUID, party id, number, user id, e-mail address, user name.
    pub fn keys(&self) -> impl Iterator<Item = PartyKey> + '_ {
        let number = self.number.clone().and_then(|number| match self.kind {
            PartyKind::Person => Some(PartyKey::Person(number)),
            PartyKind::Organisation => Some(PartyKey::Organisation(number)),
            PartyKind::SystemUser | PartyKind::EnterpriseUser | PartyKind::SelfIdentified => None,
        });
        let uuid = self.uuid.map(PartyKey::Uuid);
        let id = self.id.map(PartyKey::Id);
        let user = self.user_id.map(PartyKey::User);
        let email = self.email.clone().map(PartyKey::Email);
        let username = self.username.clone().map(PartyKey::Username);
        let numbers = uuid.into_iter().chain(id).chain(number).chain(user);
        numbers.chain(email).chain(username)
    }

    /// Returns the number as it may be shown: that of an organisation, and the first six digits of
    /// a national identity number, the others hidden. `None` if the party has no number.
    ///
    /// ```
    /// use vedtak::altinn::{Party, PartyKey};
    /// let kari = Party::new(PartyKey::person("01017012345"), "KARI");
    /// assert_eq!(kari.masked_number().as_deref(), Some("010170*****"));
    /// ```
    pub fn masked_number(&self) -> Option<String> {
        let number = self.number.as_deref()?;
        Some(match self.kind {
            PartyKind::Organisation => number.to_owned(),
            _ => masked(number),
        })
    }

    /// Returns a key, as text, by which the party may be named where anybody may see it: one that is
    /// neither a national identity number nor an e-mail address, and of those, where there is no
    /// other, the beginning. `None` if the party has no key.
    ///
    /// ```
    /// use vedtak::altinn::{Party, PartyKey};
    /// let kari = Party::new(PartyKey::person("01017012345"), "KARI");
    /// let hidden = "urn:altinn:person:identifier-no:010170*****";
    /// assert_eq!(kari.masked_key().as_deref(), Some(hidden));
    /// let kari = kari.key(PartyKey::User(201));
    /// assert_eq!(kari.masked_key().as_deref(), Some("urn:altinn:userid:201"));
    /// ```
    pub fn masked_key(&self) -> Option<String> {
        let key = self.keys().find(PartyKey::is_shown);
        let key = key.or_else(|| self.keys().next())?;
        Some(format!("{key:?}"))
    }

    /// Whether one of its keys is this.
    pub fn has_key(&self, key: &PartyKey) -> bool {
        match key {
            PartyKey::Id(id) => self.id == Some(*id),
            PartyKey::Uuid(uuid) => self.uuid == Some(*uuid),
            PartyKey::User(id) => self.user_id == Some(*id),
            PartyKey::Email(email) => self.email.as_ref() == Some(email),
            PartyKey::Username(name) => self.username.as_ref() == Some(name),
            PartyKey::Organisation(number) => {
                self.kind == PartyKind::Organisation && self.number.as_ref() == Some(number)
            }
            PartyKey::Person(number) => {
                self.kind == PartyKind::Person && self.number.as_ref() == Some(number)
            }
        }
    }

    /// Whether both are one party, as they have a key in common.
    pub fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self, other) || self.keys().any(|key| other.has_key(&key))
    }
}

impl fmt::Debug for Party {
    /// Writes the fields, with national identity numbers shortened as in [`PartyKey`].
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
    /// Writes the name, and the number of an organisation; never a national identity number. A person
    /// without a name is `this person`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.say(f, Words::DISPLAY)
    }
}

impl Party {
    /// The name as it stands in a text, and words in place of a name that is not known.
    pub(in crate::altinn) fn called(&self, words: Words) -> &str {
        match (self.name.trim().is_empty(), self.kind) {
            (true, PartyKind::Person) => words.say(refusals::THIS_PERSON),
            (true, PartyKind::SelfIdentified) => words.say(refusals::THIS_USER),
            _ => &self.name,
        }
    }
}

impl Say for Party {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        write!(f, "{}", Visible(self.called(words)))?;
        match (&self.number, self.kind) {
            (Some(number), PartyKind::Organisation) => write!(f, " ({})", Visible(number)),
            _ => Ok(()),
        }
    }
}

/// A key of a party: a number or UUID by which requests and sources name it. As text it is the URN in
/// requests:
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
    /// The e-mail address of a self-identified user, in lower case.
    Email(Arc<str>),
    /// The user name of a self-identified user or an enterprise user, in lower case.
    Username(Arc<str>),
}

impl PartyKey {
    /// Returns the key of an organisation by its number.
    pub fn organisation(number: impl Into<Arc<str>>) -> Self {
        Self::Organisation(number.into())
    }

    /// Returns the key of a person by national identity number.
    pub fn person(number: impl Into<Arc<str>>) -> Self {
        Self::Person(number.into())
    }

    /// Returns the key of a self-identified user by e-mail address, in any letter case.
    ///
    /// ```
    /// use vedtak::altinn::{Party, PartyKey, PartyKind};
    /// let eva = Party::new(PartyKey::email("Eva@example.no"), "Eva");
    /// assert_eq!(eva.kind, PartyKind::SelfIdentified);
    /// assert_eq!("urn:altinn:person:idporten-email:eva@example.no".parse(), Ok(PartyKey::email("eva@example.no")));
    /// ```
    pub fn email(address: &str) -> Self {
        Self::Email(address.to_lowercase().into())
    }

    /// Returns the key of a self-identified user or an enterprise user by user name, in any letter
    /// case.
    pub fn username(name: &str) -> Self {
        Self::Username(name.to_lowercase().into())
    }

    /// Returns the key in an attribute; none if the attribute is not a party's.
    pub(crate) fn from_attribute(id: &str, value: &str) -> Option<Result<Self, UnknownKey>> {
        match id::kind(category::ACCESS_SUBJECT, id)? {
            AttributeKind::Party(form, _) => Some(Self::in_form(form, id, value)),
            _ => None,
        }
    }

    /// Returns the key of this form that is a positive integer; none for other forms and numbers.
    pub(crate) fn numbered(form: KeyForm, number: Option<i64>) -> Option<Self> {
        let number = u32::try_from(number?).ok().filter(|number| *number > 0)?;
        match form {
            KeyForm::PartyId => Some(Self::Id(number)),
            KeyForm::UserId => Some(Self::User(number)),
            KeyForm::Uuid
            | KeyForm::PersonNumber
            | KeyForm::OrganisationNumber
            | KeyForm::Email
            | KeyForm::Username => None,
        }
    }

    /// Returns the key in an attribute of parties, whose keys have this form.
    pub(crate) fn in_form(form: KeyForm, id: &str, value: &str) -> Result<Self, UnknownKey> {
        let unknown = || {
            let shown = match form {
                // A number with a blank in it is still a person's.
                KeyForm::PersonNumber | KeyForm::Email => "…",
                _ => value,
            };
            UnknownKey(format!("{id}:{shown}").into())
        };
        let number = |digits: usize| {
            let fits = value.len() == digits && value.bytes().all(|b| b.is_ascii_digit());
            fits.then(|| Arc::from(value)).ok_or_else(unknown)
        };
        // Numbers have one spelling: `+5` or `005` must not be 5 in one place only.
        let integer = || {
            let plain = value.bytes().all(|b| b.is_ascii_digit()) && !value.starts_with('0');
            let parsed = value.parse().ok().filter(|_| plain);
            parsed.ok_or_else(unknown)
        };
        // UUIDs have one spelling: a policy may compare them as text.
        let uuid = || {
            let parsed = Uuid::try_parse(value).ok();
            let canonical = parsed.filter(|uuid| uuid.to_string() == value);
            canonical.map(Self::Uuid).ok_or_else(unknown)
        };
        let is_word = |text: &str| {
            let breaks = |c: char| c.is_whitespace() || c.is_control() || c == ':';
            !text.is_empty() && !text.contains(breaks)
        };
        match form {
            KeyForm::Email => match value.split_once('@') {
                Some((user, host)) if is_word(user) && is_word(host) => Ok(Self::email(value)),
                _ => Err(unknown()),
            },
            KeyForm::Username => match is_word(value) {
                true => Ok(Self::username(value)),
                false => Err(unknown()),
            },
            KeyForm::PartyId => integer().map(Self::Id),
            KeyForm::UserId => integer().map(Self::User),
            KeyForm::OrganisationNumber => number(9).map(Self::Organisation),
            KeyForm::PersonNumber => number(11).map(Self::Person),
            KeyForm::Uuid => uuid(),
        }
    }
}

/// Returns a national identity number with all but its first six digits hidden.
fn masked(number: &str) -> String {
    format!("{}*****", number.get(..6).unwrap_or(""))
}

/// Returns a value of an attribute as anybody may see it: of a national identity number, also in an attribute
/// that is none of Altinn's, and of an e-mail address of a party the beginning.
pub(in crate::altinn) fn shown_value(of: &str, id: &str, value: &Arc<str>) -> Arc<str> {
    match id::kind(of, id) {
        Some(AttributeKind::Party(form, _)) => PartyKey::shown(form, value),
        // No role and no package has so long a number.
        None | Some(AttributeKind::Role(_) | AttributeKind::AccessPackage) => {
            without_long_numbers(value).into()
        }
        Some(_) => value.clone(),
    }
}

/// The error of a text that is no key of a party.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{}` names no party: expected such as urn:altinn:partyid:…, urn:altinn:party:uuid:…, \
     urn:altinn:organization:identifier-no:… (nine digits), \
     urn:altinn:person:identifier-no:… (eleven digits), urn:altinn:userid:… or \
     urn:altinn:systemuser:uuid:…",
    without_long_numbers(&cut(.0))
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
            Self::Email(email) => write!(f, "{}:{}", subject::EMAIL, Visible(email)),
            Self::Username(name) => write!(f, "{}:{}", subject::USERNAME, Visible(name)),
            Self::Organisation(number) => {
                write!(f, "{}:{}", subject::ORGANISATION_NUMBER, Visible(number))
            }
            Self::Person(number) => write!(f, "{}:{}", subject::PERSON_NUMBER, Visible(number)),
        }
    }
}

impl PartyKey {
    /// Whether anybody may see the whole key.
    fn is_shown(&self) -> bool {
        !matches!(self, Self::Person(_) | Self::Email(_))
    }

    /// Returns the value of a key of this form as anybody may see it.
    pub(in crate::altinn) fn shown(form: KeyForm, value: &Arc<str>) -> Arc<str> {
        match form {
            KeyForm::PersonNumber => masked(value).into(),
            KeyForm::Email => {
                let first: String = value.chars().take(1).collect();
                let host = value.split_once('@').map_or("", |(_, host)| host);
                format!("{first}*****@{host}").into()
            }
            _ => value.clone(),
        }
    }
}

impl fmt::Debug for PartyKey {
    /// Writes the text of `Display`, with all but the first six digits of a national identity
    /// number and all but the first letter of the user in an e-mail address hidden, as debug output
    /// may be logged.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(number) => {
                let shown = Self::shown(KeyForm::PersonNumber, number);
                write!(f, "{}:{}", subject::PERSON_NUMBER, Visible(&shown))
            }
            Self::Email(email) => {
                let shown = Self::shown(KeyForm::Email, email);
                write!(f, "{}:{}", subject::EMAIL, Visible(&shown))
            }
            other => fmt::Display::fmt(other, f),
        }
    }
}
