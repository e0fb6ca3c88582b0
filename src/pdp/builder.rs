//! Documents and settings → a [`Pdp`].

use std::collections::HashMap;
use std::sync::Arc;
use std::time::SystemTime;

use super::{Inner, Pdp};
use crate::attribute::Designator;
use crate::combining::CombiningAlgorithm;
use crate::compile::{self, Input, Options};
use crate::error::Error;
use crate::function::Function;
use crate::hierarchy::Hierarchy;
use crate::limits::Limits;
use crate::provider::{AttributeProvider, Fetched, ProviderError};
use crate::request::Request;
use crate::syntax::Document;
use crate::value::{DateTime, Zone};
use crate::xml;

/// Puts a [`Pdp`] together.
///
/// ```
/// # let main = include_str!("../../fixtures/nested/main.xml");
/// # let library = include_str!("../../fixtures/nested/library.xml");
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
    implicit_zone: Zone,
    /// None: the system's.
    clock: Option<Box<Clock>>,
    hierarchy: Option<Box<dyn Hierarchy>>,
    providers: Vec<Box<dyn AttributeProvider>>,
    functions: HashMap<Arc<str>, Arc<Function>>,
    algorithms: HashMap<String, Arc<dyn CombiningAlgorithm>>,
    /// Functions and algorithms that were added twice.
    twice: Vec<String>,
}

type Clock = dyn Fn() -> DateTime + Send + Sync;

struct Loaded {
    is_root: bool,
    content: Content,
}

enum Content {
    Bytes(Arc<str>, Vec<u8>),
    Tree(Box<Document>),
}

impl PdpBuilder {
    pub(super) fn new() -> Self {
        Self {
            documents: Vec::new(),
            root: None,
            root_combining: None,
            limits: Limits::default(),
            implicit_zone: Zone::default(),
            clock: None,
            hierarchy: None,
            providers: Vec::new(),
            functions: HashMap::new(),
            algorithms: HashMap::new(),
            twice: Vec::new(),
        }
    }

    /// Adds a policy document to decide with. `source` names it in problems, as a file name does.
    pub fn policy(self, source: &str, bytes: impl AsRef<[u8]>) -> Self {
        let content = Content::Bytes(source.into(), bytes.as_ref().to_vec());
        self.add(true, content)
    }

    /// Adds a policy document that counts only where a reference names it or a policy in it.
    pub fn library(self, source: &str, bytes: impl AsRef<[u8]>) -> Self {
        let content = Content::Bytes(source.into(), bytes.as_ref().to_vec());
        self.add(false, content)
    }

    /// Adds a policy tree to decide with.
    pub fn document(self, document: Document) -> Self {
        self.add(true, Content::Tree(Box::new(document)))
    }

    /// Adds a policy tree that counts only where a reference names it or a policy in it.
    pub fn library_document(self, document: Document) -> Self {
        self.add(false, Content::Tree(Box::new(document)))
    }

    fn add(mut self, is_root: bool, content: Content) -> Self {
        self.documents.push(Loaded { is_root, content });
        self
    }

    /// Decides with the document of this PolicyId or PolicySetId, in its latest version, wherever
    /// it was added; no other document is a root then.
    pub fn root(mut self, id: impl Into<String>) -> Self {
        self.root = Some(id.into());
        self
    }

    /// How several root policies combine: the id of a combining algorithm (§7.17). There is no
    /// default: several roots without it are an error.
    pub fn root_combining(mut self, algorithm: impl Into<String>) -> Self {
        self.root_combining = Some(algorithm.into());
        self
    }

    /// Bounds on documents and decisions.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The zone of dates and times that name none, in policies and requests; the default clock
    /// shows its time, too. Default UTC.
    ///
    /// A zone is a fixed offset: where clocks are put forward in summer, give the offset of the
    /// day, or have the request say the time.
    pub fn implicit_zone(mut self, zone: Zone) -> Self {
        self.implicit_zone = zone;
        self
    }

    /// Where the time of a decision comes from when the request does not say it (§7.3.6); asked at
    /// most once a decision. Default: the system's clock, in the
    /// [implicit zone](Self::implicit_zone). The zone decides what the local time and date are.
    ///
    /// ```
    /// # let policy = include_str!("../../fixtures/altinn/resource-policy.xml");
    /// let noon = "2026-06-01T12:00:00+02:00".parse()?;
    /// let pdp = vedtak::Pdp::builder().policy("p", policy).clock(move || noon).build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn clock(mut self, clock: impl Fn() -> DateTime + Send + Sync + 'static) -> Self {
        self.clock = Some(Box::new(clock));
        self
    }

    /// Who knows what lies below a resource, for requests that ask about that as well. Default:
    /// nobody, and such a request is Indeterminate.
    pub fn hierarchy(mut self, hierarchy: impl Hierarchy + 'static) -> Self {
        self.hierarchy = Some(Box::new(hierarchy));
        self
    }

    /// Adds a source of attributes. Of several that supply one attribute, the first added is asked.
    pub fn provider(mut self, provider: impl AttributeProvider + 'static) -> Self {
        self.providers.push(Box::new(provider));
        self
    }

    /// Attributes that the host supplies itself, running the steps of an
    /// [`Evaluation`](crate::evaluate::Evaluation): those for which `supplies` says yes become
    /// needs. `name` is what a failure is said to be of.
    ///
    /// Without a provider, or this, an attribute that the request lacks is empty at once, and no
    /// step asks for it.
    pub fn external(
        self,
        name: impl Into<String>,
        supplies: impl Fn(&Designator) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.provider(External {
            name: name.into(),
            supplies,
        })
    }

    /// Adds a function. One with the id of a standard function, or of one added before, is refused
    /// by [`build`](Self::build).
    pub fn function(mut self, function: Function) -> Self {
        let id = function.id.clone();
        if self
            .functions
            .insert(id.clone(), Arc::new(function))
            .is_some()
        {
            self.twice.push(format!("the function `{id}`"));
        }
        self
    }

    /// Adds a combining algorithm. One with the id of a standard algorithm, or of one added
    /// before, is refused by [`build`](Self::build).
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
            self.twice.push(format!("the combining algorithm `{id}`"));
        }
        self
    }

    /// Reads and compiles everything.
    ///
    /// # Errors
    ///
    /// Every problem of every document: first those of reading, and if all can be read, those of
    /// compiling.
    pub fn build(self) -> Result<Pdp, Error> {
        self.refuse_standard_ids()?;
        let limits = &self.limits;
        let mut texts: Vec<Option<(Arc<str>, String)>> = Vec::new();
        let mut trees = Vec::new();
        let mut problems = Vec::new();
        let roots: Vec<bool> = self.documents.iter().map(|loaded| loaded.is_root).collect();
        for loaded in self.documents {
            let (source, bytes) = match loaded.content {
                Content::Tree(tree) => {
                    trees.push(*tree);
                    texts.push(None);
                    continue;
                }
                Content::Bytes(source, bytes) => (source, bytes),
            };
            let read = xml::text(&source, &bytes, limits).and_then(|text| {
                let tree = Document::read_text(&source, &text, limits)?;
                Ok((tree, text.into_owned()))
            });
            match read {
                Ok((tree, text)) => {
                    trees.push(tree);
                    texts.push(Some((source, text)));
                }
                Err(error) => problems.extend(error.into_diagnostics()),
            }
        }
        if !problems.is_empty() {
            return Err(Error::new(problems));
        }
        let inputs: Vec<Input<'_>> = trees
            .iter()
            .zip(&texts)
            .zip(roots)
            .map(|((document, text), is_root)| Input {
                source: text
                    .as_ref()
                    .map(|(name, text)| Document::source(name, text)),
                document,
                is_root,
            })
            .collect();
        let options = Options {
            limits,
            functions: &self.functions,
            algorithms: &self.algorithms,
            root_combining: self.root_combining.as_deref(),
            root: self.root.as_deref(),
        };
        let program = compile::compile(&inputs, &options)?;
        let supplier = |slot: &crate::program::Slot| {
            self.providers
                .iter()
                .position(|provider| provider.supplies(&slot.designator))
        };
        let slot_providers = program.slots.iter().map(supplier).collect();
        let provider_names = self.providers.iter().map(|p| p.name().to_owned()).collect();
        Ok(Pdp {
            inner: Arc::new(Inner {
                program,
                limits: self.limits,
                implicit_zone: self.implicit_zone,
                clock: self.clock.unwrap_or_else(|| {
                    let zone = self.implicit_zone;
                    Box::new(move || system_clock(zone))
                }),
                hierarchy: self.hierarchy,
                providers: self.providers,
                provider_names,
                slot_providers,
            }),
        })
    }

    /// A policy must mean the same wherever it is loaded.
    fn refuse_standard_ids(&self) -> Result<(), Error> {
        if let Some(what) = self.twice.first() {
            return Err(Error::plain(format!("{what} was added twice")));
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

/// What [`PdpBuilder::external`] adds: never asked itself.
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

fn system_clock(zone: Zone) -> DateTime {
    DateTime::from_system_time(SystemTime::now(), zone).unwrap_or_else(|| {
        // A clock beyond all dates that can be written: the epoch grants nothing to rules that
        // ask for a later time, and is as wrong as the clock.
        DateTime::from_unix(0, 0, Zone::UTC).expect("the epoch can be written")
    })
}
