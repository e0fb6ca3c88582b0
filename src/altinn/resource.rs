//! Resources and their instances: ids, and the data of the resource registry.

mod named;

use std::fmt;
use std::sync::Arc;

use super::id::resource;
use super::language::texts::answers;
use super::language::{InWords, Language, Say, Words, spoken};
use super::party::PartyKey;
use crate::report::{Visible, cut};

/// The id of a resource in the resource registry; an app's is `app_{org}_{app}`.
///
/// Both spellings of an app's id are equal:
///
/// ```
/// use vedtak::altinn::resource::ResourceId;
/// let id = ResourceId::new("app_ttd_signering_v2");
/// assert_eq!(id, ResourceId::app("ttd", "signering_v2"));
/// assert_eq!(id.as_app(), Some(("ttd", "signering_v2")));
/// assert_eq!(ResourceId::new("ttd-brev").as_app(), None);
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceId(Arc<str>);

impl ResourceId {
    /// Returns the id of a resource in the registry.
    pub fn new(id: impl Into<Arc<str>>) -> Self {
        Self(id.into())
    }

    /// Returns the id of an app by owner and name.
    pub fn app(org: &str, app: &str) -> Self {
        Self(format!("app_{org}_{app}").into())
    }

    /// The id, as in the registry.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the service and edition of an id such as `se_1234_1`, which Altinn gives to services of
    /// Altinn II; none for other resources.
    ///
    /// ```
    /// use vedtak::altinn::resource::{ResourceId, ServiceEdition};
    /// let id = ResourceId::new("se_1234_160201");
    /// assert_eq!(id.as_altinn2_service(), Some(ServiceEdition::new("1234", 160201)));
    /// assert_eq!(ResourceId::new("se_1234_x").as_altinn2_service(), None);
    /// ```
    pub fn as_altinn2_service(&self) -> Option<ServiceEdition> {
        let (code, edition) = self.0.strip_prefix("se_")?.split_once('_')?;
        let is_code = !code.is_empty() && code.chars().all(|c| c.is_ascii_alphanumeric());
        let is_number = edition.starts_with(|c: char| c.is_ascii_digit());
        let edition = edition.parse().ok().filter(|_| is_code && is_number)?;
        Some(ServiceEdition::new(code, edition))
    }

    pub(crate) fn shared(&self) -> &Arc<str> {
        &self.0
    }

    /// Returns the owner and name of an app; none for other resources. The owner's code has no
    /// underscore; the name may have any number.
    pub fn as_app(&self) -> Option<(&str, &str)> {
        let (org, app) = self.0.strip_prefix("app_")?.split_once('_')?;
        (!org.is_empty() && !app.is_empty()).then_some((org, app))
    }
}

impl std::borrow::Borrow<str> for ResourceId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Visible(&self.0).fmt(f)
    }
}

impl fmt::Debug for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.0)
    }
}

/// The type of a resource in the resource registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ResourceKind {
    /// An app of Altinn Studio.
    AltinnApp,
    /// A service of Altinn II.
    Altinn2Service,
    /// A service outside Altinn that Altinn decides access to.
    GenericAccessResource,
    /// A resource of Altinn itself.
    SystemResource,
    /// An API behind scopes of Maskinporten. Its scopes are delegated between organisations; no
    /// single right to it is.
    MaskinportenSchema,
    /// Files that are sent through Altinn.
    BrokerService,
    /// Letters in Altinn's inbox, and their attachments.
    CorrespondenceService,
    /// Data that somebody consents to be fetched.
    Consent,
}

impl ResourceKind {
    /// All types.
    pub const ALL: [Self; 8] = [
        Self::AltinnApp,
        Self::Altinn2Service,
        Self::GenericAccessResource,
        Self::SystemResource,
        Self::MaskinportenSchema,
        Self::BrokerService,
        Self::CorrespondenceService,
        Self::Consent,
    ];

    /// The name of the type, as the registry has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AltinnApp => "AltinnApp",
            Self::Altinn2Service => "Altinn2Service",
            Self::GenericAccessResource => "GenericAccessResource",
            Self::SystemResource => "Systemresource",
            Self::MaskinportenSchema => "MaskinportenSchema",
            Self::BrokerService => "BrokerService",
            Self::CorrespondenceService => "CorrespondenceService",
            Self::Consent => "Consent",
        }
    }

    /// Returns the type of this name, in upper or lower case.
    pub fn named(name: &str) -> Option<Self> {
        let is_it = |kind: &Self| kind.as_str().eq_ignore_ascii_case(name);
        Self::ALL.into_iter().find(is_it)
    }

    /// Returns the message on a name that no type has.
    pub(crate) fn unknown(name: &str) -> String {
        let names = Self::ALL.map(Self::as_str).join("`, `");
        format!(
            "no resource has the type `{}`; the types are `{names}`",
            cut(name)
        )
    }
}

impl fmt::Display for ResourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A service of Altinn II: its code and edition, by which lists of rights in Altinn II name it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ServiceEdition {
    /// The service code.
    pub code: Arc<str>,
    /// The edition code.
    pub edition: u32,
}

impl ServiceEdition {
    /// Returns an edition of a service.
    pub fn new(code: impl Into<Arc<str>>, edition: u32) -> Self {
        let code = code.into();
        Self { code, edition }
    }
}

/// A resource, with its settings in the resource registry.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Resource {
    /// The id of the resource.
    pub id: ResourceId,
    /// The code of the service owner, such as `skd`.
    pub owner: Arc<str>,
    /// The type; by default that of an app or a service of Altinn II for the id of one, and
    /// `GenericAccessResource` for others.
    pub kind: ResourceKind,
    /// The title in bokmål; by default the id.
    pub title: Arc<str>,
    /// The title in nynorsk, if there is one.
    pub title_nn: Option<Arc<str>>,
    /// The title in English, if there is one.
    pub title_en: Option<Arc<str>>,
    /// The service of Altinn II that it is; by default what its id says.
    pub altinn2_service: Option<ServiceEdition>,
    /// Whether only parties on an access list connected to the resource may be served
    /// (`AccessListMode=Enabled`). Apps have no access lists.
    pub requires_access_list: bool,
    /// Whether only parties with a resource right may be served; it is hidden from others.
    pub requires_resource_right: bool,
    /// Whether single rights to it may be delegated, as its owner decides; see
    /// [`may_be_delegated`](Self::may_be_delegated).
    pub is_delegable: bool,
}

impl Resource {
    /// Returns a resource open to all parties, with delegable rights.
    pub fn new(id: ResourceId, owner: impl Into<Arc<str>>) -> Self {
        let altinn2_service = id.as_altinn2_service();
        Self {
            kind: match (id.as_app(), &altinn2_service) {
                (Some(_), _) => ResourceKind::AltinnApp,
                (None, Some(_)) => ResourceKind::Altinn2Service,
                (None, None) => ResourceKind::GenericAccessResource,
            },
            title: id.0.clone(),
            title_nn: None,
            title_en: None,
            altinn2_service,
            id,
            owner: owner.into(),
            requires_access_list: false,
            requires_resource_right: false,
            is_delegable: true,
        }
    }

    /// Sets the type.
    #[must_use]
    pub fn of_kind(mut self, kind: ResourceKind) -> Self {
        self.kind = kind;
        self
    }

    /// Whether single rights to it may be delegated: its owner allows it, and it is no API behind
    /// scopes of Maskinporten.
    ///
    /// ```
    /// use vedtak::altinn::resource::{Resource, ResourceId, ResourceKind};
    ///
    /// let letters = Resource::new(ResourceId::new("ttd-brev"), "ttd");
    /// assert!(letters.clone().of_kind(ResourceKind::CorrespondenceService).may_be_delegated());
    /// assert!(!letters.of_kind(ResourceKind::MaskinportenSchema).may_be_delegated());
    /// ```
    pub fn may_be_delegated(&self) -> bool {
        self.is_delegable && self.kind != ResourceKind::MaskinportenSchema
    }

    /// Sets the title in bokmål.
    #[must_use]
    pub fn titled(mut self, title: impl Into<Arc<str>>) -> Self {
        self.title = title.into();
        self
    }

    /// Sets the titles in nynorsk and in English.
    ///
    /// ```
    /// use vedtak::altinn::explain::Language;
    /// use vedtak::altinn::resource::{Resource, ResourceId};
    ///
    /// let letters = Resource::new(ResourceId::new("ttd-brev"), "ttd").titled("Brev fra oss");
    /// assert_eq!(letters.title_in(Language::English), "Brev fra oss");
    /// let letters = letters.also_titled("Brev frå oss", "Letters from us");
    /// assert_eq!(letters.title_in(Language::English), "Letters from us");
    /// assert_eq!(letters.to_string(), "Letters from us (`ttd-brev`)");
    /// assert_eq!(letters.in_language(Language::Bokmal).to_string(), "Brev fra oss (`ttd-brev`)");
    /// ```
    #[must_use]
    pub fn also_titled(
        mut self,
        nynorsk: impl Into<Arc<str>>,
        english: impl Into<Arc<str>>,
    ) -> Self {
        self.title_nn = Some(nynorsk.into());
        self.title_en = Some(english.into());
        self
    }

    /// Sets the service of Altinn II that it is, where its id does not say so.
    #[must_use]
    pub fn of_altinn2(mut self, service: ServiceEdition) -> Self {
        self.kind = ResourceKind::Altinn2Service;
        self.altinn2_service = Some(service);
        self
    }

    /// The title in a language; that in bokmål, if there is no other. `Display` has the English one,
    /// with the id.
    pub fn title_in(&self, language: Language) -> &str {
        match (language, &self.title_en) {
            (Language::English, Some(title)) => title,
            _ => &self.title,
        }
    }

    /// Limits the resource to parties on a connected access list.
    #[must_use]
    pub fn with_access_list(mut self) -> Self {
        self.requires_access_list = true;
        self
    }

    /// Limits the resource to parties with a resource right.
    #[must_use]
    pub fn with_resource_rights(mut self) -> Self {
        self.requires_resource_right = true;
        self
    }

    /// Makes rights to the resource not delegable.
    #[must_use]
    pub fn not_delegable(mut self) -> Self {
        self.is_delegable = false;
        self
    }
}

/// The id of a resource, and what is known of it: `Brev fra oss (ttd-brev)`, or the id alone where it
/// has no title.
pub(in crate::altinn) struct TitledId<'a>(
    pub(in crate::altinn) &'a ResourceId,
    pub(in crate::altinn) Option<&'a Resource>,
);

impl TitledId<'_> {
    fn title(&self, words: Words) -> Option<&str> {
        let title = self.1?.title_in(words.language());
        (*title != *self.0.as_str() && !title.is_empty()).then_some(title)
    }

    /// The resource as a heading has it: an id alone has no quotes.
    pub(in crate::altinn) fn heading(&self, words: Words) -> String {
        match self.title(words) {
            Some(_) => InWords(self, words).to_string(),
            None => self.0.as_str().to_owned(),
        }
    }
}

impl Say for TitledId<'_> {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        match self.title(words) {
            Some(title) => {
                let parts: [&dyn fmt::Display; 2] = [&cut(title), self.0];
                write!(f, "{}", answers::TITLED.with(words, &parts))
            }
            None => write!(f, "`{}`", self.0),
        }
    }
}

impl Say for Resource {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        TitledId(&self.id, Some(self)).say(f, words)
    }
}

spoken! {
    Resource: "the title with the id, or the id alone,";
}

/// An instance of a resource: one form, letter or dialogue.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Instance {
    /// The resource that it is an instance of.
    pub resource: ResourceId,
    /// The party that it belongs to.
    pub party: PartyKey,
    /// The current task of an app's instance. Without this and `end_event` the state is unknown,
    /// and the state in a request counts.
    pub task: Option<Arc<str>>,
    /// The end event of an app's instance, once it has ended.
    pub end_event: Option<Arc<str>>,
}

impl Instance {
    /// Returns the value of an attribute of its state.
    pub(crate) fn state(&self, id: &str) -> Option<&Arc<str>> {
        match id {
            resource::TASK => self.task.as_ref(),
            resource::END_EVENT => self.end_event.as_ref(),
            _ => None,
        }
    }

    /// Returns an instance of unknown state.
    pub fn new(resource: ResourceId, party: PartyKey) -> Self {
        Self {
            resource,
            party,
            task: None,
            end_event: None,
        }
    }

    /// Sets the current task.
    #[must_use]
    pub fn in_task(mut self, task: impl Into<Arc<str>>) -> Self {
        self.task = Some(task.into());
        self
    }

    /// Ends the instance with this event.
    #[must_use]
    pub fn ended(mut self, event: impl Into<Arc<str>>) -> Self {
        self.end_event = Some(event.into());
        self
    }
}

/// The id of an instance: its UUID in lower case, without any prefix (`50001/…`,
/// `urn:altinn:instance-id:50001/…`, `urn:altinn:correspondence-id:…`). An id that ends in no UUID
/// is kept as it is.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InstanceId(Arc<str>);

impl InstanceId {
    /// Reads an id in any spelling.
    pub fn new(text: &str) -> Self {
        const UUID: usize = 36;
        let end = text
            .len()
            .checked_sub(UUID)
            .and_then(|start| text.get(start..))
            .filter(|end| uuid::Uuid::try_parse(end).is_ok());
        Self(end.map_or_else(|| Arc::from(text), |uuid| uuid.to_lowercase().into()))
    }

    /// The UUID, or the whole id if it ends in none.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Visible(&self.0).fmt(f)
    }
}

impl fmt::Debug for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{self}`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_has_one_name_however_it_is_spelt() {
        let plain = InstanceId::new("a3b1f0de-5c0b-4f0e-9a8d-0d8f1d3e6c11");
        for spelling in [
            "50001/a3b1f0de-5c0b-4f0e-9a8d-0d8f1d3e6c11",
            "urn:altinn:instance-id:50001/A3B1F0DE-5C0B-4F0E-9A8D-0D8F1D3E6C11",
            "urn:altinn:correspondence-id:a3b1f0de-5c0b-4f0e-9a8d-0d8f1d3e6c11",
            "urn:altinn:dialog-id:a3b1f0de-5c0b-4f0e-9a8d-0d8f1d3e6c11",
        ] {
            assert_eq!(InstanceId::new(spelling), plain, "{spelling}");
        }
        assert_ne!(
            InstanceId::new("a3b1f0de-5c0b-4f0e-9a8d-0d8f1d3e6c12"),
            plain
        );
        assert_eq!(InstanceId::new("letter 7").as_str(), "letter 7");
    }
}
