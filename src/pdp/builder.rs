//! Documents and settings → a [`Pdp`].

#[cfg(feature = "alfa")]
mod alfa;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::documents::{Content, Loaded, all_at_once, in_sequence, without_copies};
use super::explain::Explained;
use super::observer::Observer;
use super::source::{HostProvider, any_supplies};
use super::store::Store;
use super::{Clock, Host, Inner, Local, Pdp};
use crate::attribute::Designator;
use crate::clock;
use crate::combining::CombiningAlgorithm;
use crate::compile::{Options, Steps};
use crate::error::{Diagnostic, Error};
use crate::evaluate::PdpSettings;
use crate::function::{self, Function};
use crate::hierarchy::Hierarchy;
use crate::limits::Limits;
use crate::provider::{AsyncAttributeProvider, AttributeProvider, Fetched, ProviderError};
use crate::request::Request;
use crate::response::StatusDisclosure;
use crate::syntax::{Document, Unread};
use crate::value::{DataType, DataTypes, DateTime, ExtensionType, Zone};

/// Documents, providers and settings of a [`Pdp`] or a [`Store`], collected before it is built
/// ([`Pdp::builder`]).
///
/// ```
/// # let main = &std::fs::read_to_string("fixtures/nested/main.xml")?;
/// # let library = &std::fs::read_to_string("fixtures/nested/library.xml")?;
/// let pdp = vedtak::Pdp::builder()
///     .policy("main.xml", main)
///     .library("library.xml", library)
///     .implicit_zone("+01:00".parse()?)
///     .build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct PdpBuilder {
    documents: Vec<Loaded>,
    root: Option<String>,
    root_combining: Option<String>,
    limits: Limits,
    data_types: DataTypes,
    /// Default: the zone of the named place, or UTC.
    implicit_zone: Option<Zone>,
    /// Default: the system's clock.
    clock: Option<Box<Clock>>,
    local: Option<Box<Local>>,
    hierarchy: Option<Box<dyn Hierarchy>>,
    providers: Vec<HostProvider>,
    observers: Vec<Box<dyn Observer>>,
    functions: HashMap<Arc<str>, Arc<Function>>,
    algorithms: HashMap<String, Arc<dyn CombiningAlgorithm>>,
    steps: Steps,
    saveable: bool,
    explainable: bool,
    keeps_documents: bool,
    indeterminate_on_trouble: bool,
    status_disclosure: StatusDisclosure,
    /// The messages of additions that are refused, in their order.
    refused: Vec<String>,
    /// The problems of files in ALFA.
    unread: Vec<Unread>,
}

impl fmt::Debug for PdpBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let providers = self.providers.iter().map(HostProvider::name);
        f.debug_struct("PdpBuilder")
            .field("documents", &self.documents.len())
            .field("root", &self.root)
            .field("root_combining", &self.root_combining)
            .field("limits", &self.limits)
            .field("implicit_zone", &self.implicit_zone)
            .field("providers", &providers.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// Functions and algorithms that the host added, and how documents are compiled.
pub(super) struct Language {
    pub(super) functions: HashMap<Arc<str>, Arc<Function>>,
    pub(super) algorithms: HashMap<String, Arc<dyn CombiningAlgorithm>>,
    pub(super) steps: Steps,
    pub(super) saveable: bool,
    /// Whether a store keeps its documents for explanations.
    pub(super) explainable: bool,
}

impl PdpBuilder {
    pub(super) fn new() -> Self {
        Self {
            documents: Vec::new(),
            root: None,
            root_combining: None,
            limits: Limits::default(),
            data_types: DataTypes::STANDARD,
            implicit_zone: None,
            clock: None,
            local: None,
            hierarchy: None,
            providers: Vec::new(),
            observers: Vec::new(),
            functions: HashMap::new(),
            algorithms: HashMap::new(),
            steps: Steps::ALL,
            saveable: false,
            explainable: false,
            keeps_documents: true,
            indeterminate_on_trouble: false,
            status_disclosure: StatusDisclosure::default(),
            refused: Vec::new(),
            unread: Vec::new(),
        }
    }

    /// Adds a root policy. `source` names it in problems, as a file name does.
    pub fn policy(self, source: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.add(true, Content::bytes(source, bytes))
    }

    /// Adds a policy document that is evaluated only where a reference names it or a policy in it.
    /// Documents with equal bytes are one document, which is a root if one of them was given as a
    /// [`policy`](Self::policy).
    pub fn library(self, source: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.add(false, Content::bytes(source, bytes))
    }

    /// Adds a policy tree as a root.
    pub fn document(self, document: impl Into<Document>) -> Self {
        self.add(true, Content::Tree(Box::new(document.into()), None))
    }

    /// Adds a policy tree that is evaluated only where a reference names it or a policy in it.
    pub fn library_document(self, document: impl Into<Document>) -> Self {
        self.add(false, Content::Tree(Box::new(document.into()), None))
    }

    fn add(mut self, is_root: bool, content: Content) -> Self {
        self.documents.push(Loaded { is_root, content });
        self
    }

    /// Makes the document of this PolicyId or PolicySetId, in its latest version, the only root,
    /// whether it was added as a policy or to the library.
    pub fn root(mut self, id: impl Into<String>) -> Self {
        self.root = Some(id.into());
        self
    }

    /// Sets the combining algorithm of several root policies, by its id (§7.17). There is no
    /// default: several roots without it are an error.
    pub fn root_combining(mut self, algorithm: impl Into<String>) -> Self {
        self.root_combining = Some(algorithm.into());
        self
    }

    /// The number of policies that decide by themselves so far: of several,
    /// [`root_combining`](Self::root_combining) says what they come to.
    ///
    /// ```
    /// # let main = &std::fs::read_to_string("fixtures/nested/main.xml")?;
    /// # let library = &std::fs::read_to_string("fixtures/nested/library.xml")?;
    /// let builder = vedtak::Pdp::builder().policy("main.xml", main).library("library.xml", library);
    /// assert_eq!(builder.root_count(), 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn root_count(&self) -> usize {
        self.documents.iter().filter(|one| one.is_root).count()
    }

    /// Sets limits on documents and decisions.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets the zone of dates and times without one, in policies and requests; the default clock
    /// uses it, too. Default UTC.
    ///
    /// A zone is a fixed offset. For a place with daylight saving time, use `time_zone` (feature
    /// `jiff`).
    pub fn implicit_zone(mut self, zone: Zone) -> Self {
        self.implicit_zone = Some(zone);
        self
    }

    /// Sets the time zone of a place, by its name in the IANA database. The instant of a decision,
    /// from the clock or from [`Call::at`](crate::Call::at), is converted to the local time there,
    /// in summer and in winter; rules that read the time or the date get the local ones.
    ///
    /// An offset, such as `+01:00`, is taken, too: of a place that has it all the year.
    ///
    /// Dates and times without a zone have the offset of the place at the instant of the decision,
    /// unless an [`implicit_zone`](Self::implicit_zone) is given. It is one offset for the whole
    /// decision: in summer, a time in January without a zone is in summer time. Every decision then
    /// reads the clock.
    ///
    /// The name is looked up here, once, in the database of the system or else in that of the crate
    /// `jiff`. [`build`](Self::build) refuses an unknown name, and names that mean no place, such as
    /// `localtime`.
    ///
    /// ```
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
    /// let pdp = vedtak::Pdp::builder().policy("p", policy).time_zone("Europe/Oslo").build()?;
    /// let builder = vedtak::Pdp::builder().policy("p", policy).time_zone("Europe/Olso");
    /// let error = builder.build().unwrap_err();
    /// assert!(error.to_string().starts_with("there is no time zone `Europe/Olso`"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "jiff")]
    pub fn time_zone(mut self, name: &str) -> Self {
        if let Ok(offset) = name.parse() {
            return self.offset(offset);
        }
        match crate::clock::NamedZone::new(name) {
            Ok(zone) => self.local = Some(Box::new(move |instant| zone.local(instant))),
            Err(message) => self.refused.push(message),
        }
        self
    }

    /// Sets an offset as [`time_zone`](Self::time_zone) sets the zone of a place.
    #[cfg(any(feature = "jiff", feature = "testing"))]
    pub(crate) fn offset(mut self, zone: Zone) -> Self {
        self.local = Some(Box::new(move |instant: DateTime| {
            let (seconds, nanoseconds) = instant.to_unix();
            DateTime::from_unix(seconds, nanoseconds, zone).unwrap_or(instant)
        }));
        self
    }

    /// Sets the clock of decisions whose request does not give the time (§7.3.6); it is read at
    /// most once a decision. Default: the system's clock, in the [implicit
    /// zone](Self::implicit_zone). The zone of the instant determines the local time and date.
    /// It must not panic: nothing is decided without the time, and the panic reaches the caller.
    ///
    /// A platform without a clock, such as plain WebAssembly, has no default:
    /// [`build`](Self::build) refuses policies that read the time, and [`store`](Self::store)
    /// always fails.
    ///
    /// ```
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
    /// let noon = "2026-06-01T12:00:00+02:00".parse()?;
    /// let pdp = vedtak::Pdp::builder().policy("p", policy).clock(move || noon).build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn clock(mut self, clock: impl Fn() -> DateTime + Send + Sync + 'static) -> Self {
        self.clock = Some(Box::new(clock));
        self
    }

    /// Sets the hierarchy of resources, for requests whose `scope` is more than one resource.
    /// Default: none, and such a request is Indeterminate.
    pub fn hierarchy(mut self, hierarchy: impl Hierarchy + 'static) -> Self {
        self.hierarchy = Some(Box::new(hierarchy));
        self
    }

    /// Adds a source of attributes. The first added provider of an attribute is asked for it.
    pub fn provider(mut self, provider: impl AttributeProvider + 'static) -> Self {
        self.providers.push(HostProvider::Sync(Box::new(provider)));
        self
    }

    /// Adds an asynchronous source of attributes, for decisions made with
    /// [`decide_async`](Pdp::decide_async) and its siblings. In any other decision it fails.
    pub fn async_provider(mut self, provider: impl AsyncAttributeProvider + 'static) -> Self {
        self.providers.push(HostProvider::Async(Box::new(provider)));
        self
    }

    /// Adds an observer: it sees every decision, every call of a provider and every change of a
    /// store. Without an observer, nothing is timed or counted.
    pub fn observer(mut self, observer: impl Observer + 'static) -> Self {
        self.observers.push(Box::new(observer));
        self
    }

    /// Declares attributes that the host supplies itself, running the steps of an
    /// [`Evaluation`](crate::evaluate::Evaluation): those for which `supplies` is true become
    /// needs. `name` is the provider in messages of failures.
    ///
    /// Without it, and without a provider, an attribute that the request lacks is empty at once,
    /// and no step needs it.
    pub fn supplied_by_host(
        self,
        name: impl Into<String>,
        supplies: impl Fn(&Designator) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.provider(External {
            name: name.into(),
            supplies,
        })
    }

    /// Adds a function. [`build`](Self::build) refuses one with the id of a standard function or of
    /// one added before.
    pub fn function(mut self, function: Function) -> Self {
        let id = function.id.clone();
        if self.replaces(function) {
            self.refused
                .push(format!("the function `{id}` was added twice"));
        }
        self
    }

    /// Adds a function; whether it has taken the place of another.
    fn replaces(&mut self, function: Function) -> bool {
        let id = function.id.clone();
        self.functions.insert(id, Arc::new(function)).is_some()
    }

    /// Adds a data type, and the functions that the standard has for each data type.
    /// [`build`](Self::build) refuses one with the id of a standard data type or of one added
    /// before, and its functions as [`function`](Self::function) says.
    ///
    /// [`Pdp::decide_xml`] and `Pdp::decide_json` read requests with it, and whoever takes the
    /// [`Pdp::read_options`].
    pub fn data_type<T: ExtensionType>(mut self) -> Self {
        let DataType::Extension(extension) = DataType::of::<T>() else {
            return self;
        };
        if DataType::from_uri(DataType::uri_of_2(T::ID)).is_some() {
            let message = "is the standard's and cannot be replaced";
            self.refused
                .push(format!("the data type `{}` {message}", T::ID));
            return self;
        }
        if !self.data_types.add(extension) {
            self.refused
                .push(format!("the data type `{}` was added twice", T::ID));
            return self;
        }
        for function in function::of_extension(extension) {
            let id = function.id.clone();
            if self.replaces(function) {
                self.refused.push(format!(
                    "the data type `{}` gives a function the identifier `{id}`, which another \
                     function has",
                    T::ID
                ));
            }
        }
        self
    }

    /// Adds a combining algorithm. [`build`](Self::build) refuses one with the id of a standard
    /// algorithm or of one added before.
    pub fn combining_algorithm(
        mut self,
        id: impl Into<String>,
        algorithm: impl CombiningAlgorithm + 'static,
    ) -> Self {
        let id = id.into();
        if self
            .algorithms
            .insert(id.clone(), Arc::new(algorithm))
            .is_some()
        {
            self.refused
                .push(format!("the combining algorithm `{id}` was added twice"));
        }
        self
    }

    /// Makes every decision with a [`Trouble`](crate::response::Trouble) Indeterminate, with the
    /// status of the first one, whatever the combining algorithms return, and without obligations
    /// and advice. It distinguishes an outage from an honest Deny under deny-unless-permit, and
    /// under permit-unless-deny no outage permits anything. It also applies to the decisions that
    /// `access-permitted` asks for. Default: the decision is the standard's, and
    /// [`troubles`](crate::Response::troubles) list the failures.
    ///
    /// ```
    /// # let policy = &std::fs::read_to_string("fixtures/troubles/outage.xml")?;
    /// # use vedtak::attribute::Designator;
    /// # use vedtak::provider::{AttributeProvider, Fetched, ProviderError};
    /// # struct Roles;
    /// # impl AttributeProvider for Roles {
    /// #     fn name(&self) -> &str { "roles" }
    /// #     fn supplies(&self, wanted: &Designator) -> bool { &*wanted.id == "role" }
    /// #     fn fetch(&self, _: &Designator, _: &Request) -> Result<Fetched, ProviderError> {
    /// #         Err(ProviderError::new("connection refused"))
    /// #     }
    /// # }
    /// use vedtak::{Decision, Pdp, Request};
    /// let builder = Pdp::builder().policy("policy.xml", policy).provider(Roles);
    /// let pdp = builder.indeterminate_on_trouble().build()?;
    /// let response = pdp.decide(&Request::builder().action("read").build());
    /// assert_eq!(response.decision(), Decision::Indeterminate);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn indeterminate_on_trouble(mut self) -> Self {
        self.indeterminate_on_trouble = true;
        self
    }

    /// Limits how much of a status [`decide_xml`](Pdp::decide_xml) and
    /// [`decide_json`](Pdp::decide_json) disclose. Default: its message, as between a PDP and a PEP
    /// that trust each other.
    ///
    /// ```
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
    /// use vedtak::{Pdp, response::StatusDisclosure};
    /// let builder = Pdp::builder().policy("policy.xml", policy);
    /// let pdp = builder.status_disclosure(StatusDisclosure::CodeOnly).build()?;
    /// let answer = pdp.decide_xml("<Reqest/>");
    /// assert!(answer.contains("syntax-error") && !answer.contains("StatusMessage"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn status_disclosure(mut self, disclosure: StatusDisclosure) -> Self {
        self.status_disclosure = disclosure;
        self
    }

    /// Leaves out steps of compiling: the lowering of targets, the index of rules and policies, or
    /// both. Decisions are the same and take longer; this is for measurements, for tests, and for
    /// locating a defect. An index needs lowered targets.
    ///
    /// ```
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
    /// let plain = vedtak::Pdp::builder().policy("p", policy).optimizations(false, false).build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn optimizations(mut self, lowering: bool, index: bool) -> Self {
        self.steps = Steps {
            lowering,
            index: index && lowering,
        };
        self
    }

    /// Lets a [`store`](Self::store) keep the saved form of its documents for [`Store::save`],
    /// about a fourteenth of the size of the XML. A restored store needs it, too, before it can be
    /// saved again. [`build`](Self::build) ignores it.
    pub fn saveable(mut self) -> Self {
        self.saveable = true;
        self
    }

    /// Lets a [`store`](Self::store) keep the texts of its documents for [`Pdp::explain`], about as many
    /// bytes as they have. The first explanation by a version of the store then reads and compiles all
    /// documents of that version again. [`build`](Self::build) keeps them anyway.
    ///
    /// ```
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
    /// # let deny = "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides";
    /// let store = vedtak::Pdp::builder().root_combining(deny).explainable().store()?;
    /// store.put("policy.xml", policy)?;
    /// let explanation = &store.pdp().explain(&vedtak::Request::builder().action("read").build())[0];
    /// assert!(explanation.to_string().contains("policy.xml:"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn explainable(mut self) -> Self {
        self.explainable = true;
        self
    }

    /// Lets the PDP drop the texts of its policies, which [`Pdp::explain`] reads: about as many bytes as
    /// the documents have. Explanations are then of the compiled policies, without lines and columns,
    /// and say so.
    ///
    /// ```
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
    /// let pdp = vedtak::Pdp::builder().policy("policy.xml", policy).drop_documents().build()?;
    /// let explanation = &pdp.explain(&vedtak::Request::builder().action("read").build())[0];
    /// assert!(explanation.remarks[0].starts_with("the documents are not kept"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn drop_documents(mut self) -> Self {
        self.keeps_documents = false;
        self
    }

    /// Reads and compiles everything.
    ///
    /// # Errors
    ///
    /// Every problem of every document, in the order of the documents: those of reading, and those
    /// of compiling that do not follow from one of reading. If a document cannot be read,
    /// unresolved references are not reported, as they may lead to it.
    pub fn build(mut self) -> Result<Pdp, Error> {
        self.refuse_standard_ids()?;
        let documents = without_copies(std::mem::take(&mut self.documents));
        let supplied = |of: &Designator| any_supplies(&self.providers, of);
        let options = Options {
            limits: &self.limits,
            data_types: &self.data_types,
            functions: &self.functions,
            algorithms: &self.algorithms,
            root_combining: self.root_combining.as_deref(),
            root: self.root.as_deref(),
            supplied: &supplied,
            steps: self.steps,
        };
        let kept = self.keeps_documents.then(|| documents.clone());
        let in_sequence = match self.unread.is_empty() {
            true => in_sequence(&documents, &options),
            false => None,
        };
        let unread = std::mem::take(&mut self.unread);
        let program = match in_sequence {
            Some(program) => program,
            None => all_at_once(documents, &options, unread)?,
        };
        if !program.slots.from_clock.is_empty() {
            self.refuse_without_clock("a policy asks for the time")?;
        }
        let (host, language, root_combining, root) = self.split();
        let explained = kept.map(|documents| {
            let combined = (root_combining, root);
            Explained::new(Arc::new(language), combined, move |limits| {
                let read = documents.iter().map(|loaded| {
                    let read = loaded.content.clone().read(limits).ok()?;
                    Some((loaded.is_root, read))
                });
                read.collect()
            })
        });
        Ok(Pdp {
            inner: Arc::new(Inner {
                explained: explained.unwrap_or_default(),
                ..Inner::new(program, Arc::new(host))
            }),
        })
    }

    /// Reads and compiles everything into a [`Store`], whose policies can be changed while it
    /// decides. The [`library`](Self::library) documents belong to the store as functions and
    /// providers do: policies may refer to them, and they never change.
    ///
    /// ```
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
    /// use vedtak::{Pdp, Request};
    /// let store = Pdp::builder()
    ///     .policy("policy.xml", policy)
    ///     .root_combining("urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides")
    ///     .store()?;
    /// assert_eq!(store.len(), 1);
    /// let response = store.pdp().decide(&Request::builder().action("read").build());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Every problem of every document; a missing [`root_combining`](Self::root_combining), or one
    /// that must see all policies (an algorithm of the host, or on-permit-apply-second); a
    /// [`root`](Self::root).
    pub fn store(mut self) -> Result<Store, Error> {
        self.refuse_standard_ids()?;
        if self.root.is_some() {
            return Err(Error::plain(
                "a store has no root: every policy that is put in decides by itself",
            ));
        }
        let unread = self.unread.drain(..).flat_map(|unread| unread.problems);
        let unread: Vec<Diagnostic> = unread.collect();
        if !unread.is_empty() {
            return Err(Error::new(unread));
        }
        self.refuse_without_clock("policies put into a store may ask for the time")?;
        let documents = without_copies(std::mem::take(&mut self.documents));
        Store::new(self, documents)
    }

    fn into_host(self) -> Host {
        let names = self.providers.iter().map(|p| p.name().to_owned());
        let implicit_zone = self.implicit_zone.unwrap_or_default();
        Host {
            settings: PdpSettings {
                limits: self.limits,
                data_types: self.data_types,
                implicit_zone,
                provider_names: names.collect(),
                indeterminate_on_trouble: self.indeterminate_on_trouble,
            },
            clock: self.clock.unwrap_or_else(|| {
                // Without a clock no policy reads the time; see `refuse_without_clock`.
                let epoch = || DateTime::from_unix(0, 0, Zone::UTC).expect("can be written");
                Box::new(move || clock::system(implicit_zone).unwrap_or_else(epoch))
            }),
            is_zone_of_instant: self.local.is_some() && self.implicit_zone.is_none(),
            local: self.local,
            queries_at_once: self
                .providers
                .iter()
                .map(HostProvider::queries_at_once)
                .collect(),
            hierarchy: self.hierarchy,
            status_disclosure: self.status_disclosure,
            providers: self.providers,
            observers: self.observers,
        }
    }

    /// Splits the builder into settings of the host, additions to the language, and the ids of the
    /// root combining algorithm and of the root.
    pub(super) fn split(mut self) -> (Host, Language, Option<String>, Option<String>) {
        let language = Language {
            functions: std::mem::take(&mut self.functions),
            algorithms: std::mem::take(&mut self.algorithms),
            steps: self.steps,
            saveable: self.saveable,
            explainable: self.explainable,
        };
        let (root_combining, root) = (self.root_combining.take(), self.root.take());
        (self.into_host(), language, root_combining, root)
    }

    /// Fails if there is no clock, though one is needed.
    fn refuse_without_clock(&self, need: &str) -> Result<(), Error> {
        if clock::IS_THERE || self.clock.is_some() {
            return Ok(());
        }
        Err(Error::plain(format!(
            "{need}, and this platform has no clock: give one with `clock`"
        )))
    }

    /// Fails if an addition has an id of the standard: a policy has one meaning wherever it is
    /// loaded.
    fn refuse_standard_ids(&self) -> Result<(), Error> {
        if let Some(refused) = self.refused.first() {
            return Err(Error::plain(refused.clone()));
        }
        for id in self.functions.keys() {
            if crate::function::standard(id).is_some() {
                return Err(Error::plain(format!(
                    "the function `{id}` is the standard's and cannot be replaced"
                )));
            }
        }
        for id in self.algorithms.keys() {
            if crate::combining::Algorithm::standard(id).is_some() {
                return Err(Error::plain(format!(
                    "the combining algorithm `{id}` is the standard's and cannot be replaced"
                )));
            }
        }
        Ok(())
    }
}

/// The provider of [`PdpBuilder::supplied_by_host`], which the PDP never asks itself.
struct External<F> {
    name: String,
    supplies: F,
}

impl<F: Fn(&Designator) -> bool + Send + Sync> AttributeProvider for External<F> {
    fn name(&self) -> &str {
        &self.name
    }

    fn supplies(&self, wanted: &Designator) -> bool {
        (self.supplies)(wanted)
    }

    fn fetch(&self, _: &Designator, _: &Request) -> Result<Fetched, ProviderError> {
        Err(ProviderError::new(
            "the host supplies this attribute step by step, and this decision is not made that way",
        ))
    }
}
