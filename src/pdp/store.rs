//! Policies that change while they decide: a million of them, one of which is replaced without any
//! reader waiting.

mod load;
mod saved;
mod writer;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

pub use load::{Loading, Progress};

use super::builder::Language;
use super::documents::ReadDocument;
use super::{Host, Inner, Pdp, PdpBuilder, Seats};
use crate::error::Error;
use crate::syntax::Document;
pub(in crate::pdp) use saved::Packer;
use writer::Writer;

/// Policies by their ids, decided together with one combining algorithm, and changed one at a time.
///
/// A decision is made with one version of the store: with what was in it when [`pdp`](Self::pdp)
/// or [`Reader::pdp`] was called. A change makes the next version; who decides with an earlier one
/// is not disturbed. Cheap to clone; all clones are the same store.
///
/// Each policy is found by the values it asks for, as rules and policies of a policy set are, so
/// that a decision visits only policies that may apply. Policies combine in the order in which they
/// were first put in.
///
/// Each document stands for itself: it refers to no other, and it does not use XPath. What needs
/// either is loaded with [`PdpBuilder::build`]. A policy put in place of another may be of any
/// version: `Version` is not compared. [`save`](Self::save) and [`restore`](Self::restore) spare the
/// next start reading the XML. `cargo run --example store` keeps a store in step with a
/// folder.
///
/// ```
/// use vedtak::{Decision, Pdp, Request};
/// let store = Pdp::builder()
///     .root_combining("urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides")
///     .store()?;
/// let version = store.put("brev.xml", include_str!("../../fixtures/altinn/resource-policy.xml"))?;
/// assert_eq!((version, store.len()), (1, 1));
///
/// let mut reader = store.reader(); // one for each thread
/// let request = Request::builder()
///     .subject("urn:altinn:rolecode", "dagl")
///     .resource("urn:altinn:resource", "vedtak-brev")
///     .action("read")
///     .build();
/// assert_eq!(reader.pdp().decide(&request).decision(), Decision::Permit);
///
/// // By the id of the policy, not the name of its document.
/// assert_eq!(store.remove("urn:vedtak:policy:brev"), Some(2));
/// assert_eq!(reader.pdp().decide(&request).decision(), Decision::NotApplicable);
/// # Ok::<(), vedtak::Error>(())
/// ```
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

struct Shared {
    host: Arc<Host>,
    language: Language,
    /// Held while something is changed.
    writer: Mutex<Writer>,
    /// What new decisions are made with. Held for as long as a pointer takes to be copied.
    current: RwLock<Arc<Inner>>,
    /// The version of `current`: readers look here first.
    version: AtomicU64,
}

impl Store {
    pub(super) fn new(builder: PdpBuilder) -> Result<Self, Error> {
        let (host, language, root_combining) = builder.split();
        let mut writer = Writer::new(&language, root_combining.as_deref())?;
        let host = Arc::new(host);
        let first = Inner::new(writer.program().clone(), host.clone());
        Ok(Self {
            shared: Arc::new(Shared {
                host,
                language,
                writer: Mutex::new(writer),
                current: RwLock::new(Arc::new(first)),
                version: AtomicU64::new(0),
            }),
        })
    }

    pub(super) fn host(&self) -> &Host {
        &self.shared.host
    }

    /// What is in the store now, to decide with. It stays as it is, whatever is changed later.
    pub fn pdp(&self) -> Pdp {
        let current = self.shared.current.read();
        Pdp {
            inner: current.unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    /// A view that follows the store: for threads that decide all the time.
    pub fn reader(&self) -> Reader {
        Reader {
            pdp: self.pdp(),
            store: self.clone(),
        }
    }

    /// How often the store has changed.
    pub fn version(&self) -> u64 {
        self.shared.version.load(Ordering::Acquire)
    }

    /// How many policies it holds.
    pub fn len(&self) -> usize {
        self.writer().len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The `PolicyId`s and `PolicySetId`s of all policies, in no order.
    pub fn ids(&self) -> Vec<String> {
        self.writer().ids()
    }

    /// Adds a policy document, or puts it in the place of the one with its id. Gives the version
    /// from which on it decides.
    ///
    /// # Errors
    ///
    /// Every problem of the document. What was in its place stays there and goes on deciding.
    pub fn put(&self, source: &str, bytes: impl AsRef<[u8]>) -> Result<u64, Error> {
        let limits = &self.shared.host.limits;
        let read = ReadDocument::from_bytes(source.into(), bytes.as_ref(), limits)?;
        self.put_read(&read)
    }

    /// Adds a policy tree, as [`put`](Self::put) does a document.
    ///
    /// # Errors
    ///
    /// As [`put`](Self::put).
    pub fn put_document(&self, document: Document) -> Result<u64, Error> {
        self.put_read(&ReadDocument::from_tree(document))
    }

    pub(super) fn put_read(&self, document: &ReadDocument) -> Result<u64, Error> {
        let shared = &*self.shared;
        let mut writer = self.writer();
        let (change, seats) = writer.compiling(|writer| {
            let change = writer.compile(document, &shared.host, &shared.language)?;
            Ok::<_, Error>((change, self.seats(writer)))
        })?;
        writer.make(change);
        Ok(self.publish(&mut writer, seats))
    }

    /// Takes out the policy or policy set with this id. Gives the version from which on it decides
    /// no more; `None` if there is no such policy.
    pub fn remove(&self, id: &str) -> Option<u64> {
        let mut writer = self.writer();
        let seats = self.seats(&mut writer);
        writer.remove(id)?;
        Some(self.publish(&mut writer, seats))
    }

    /// Who supplies the attributes of the next version. Asks the host's providers, so that it comes
    /// before the first change that readers will see.
    fn seats(&self, writer: &mut Writer) -> Arc<Seats> {
        let before = self.pdp().inner;
        let (slots, functions) = writer.names();
        // Providers are asked what they supply only when there is something new to ask for.
        let same = Arc::ptr_eq(&before.program.slots, slots)
            && Arc::ptr_eq(&before.program.functions, functions);
        match same {
            true => before.seats.clone(),
            false => Arc::new(self.shared.host.seats(slots, functions)),
        }
    }

    /// Lets readers see what was changed. No code of the host runs here.
    fn publish(&self, writer: &mut Writer, seats: Arc<Seats>) -> u64 {
        let shared = &*self.shared;
        let version = self.version() + 1;
        let next = Inner {
            program: writer.program().clone(),
            host: shared.host.clone(),
            seats,
            version,
        };
        let next = Arc::new(next);
        // What was before is dropped after the lock is given back.
        let _before = {
            let mut current = shared
                .current
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *current, next)
        };
        shared.version.store(version, Ordering::Release);
        version
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        // INVARIANT: a host that panicked left no change half made: its code runs only before the
        // first one ([`Writer::compile`], [`seats`](Self::seats)).
        let writer = self.shared.writer.lock();
        writer.unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("version", &self.version())
            .finish_non_exhaustive()
    }
}

/// Decides with the latest version of a [`Store`], without a lock and without counting references
/// as long as nothing changes. One for each thread.
#[derive(Clone, Debug)]
pub struct Reader {
    store: Store,
    pdp: Pdp,
}

impl Reader {
    /// The latest version of the store. [`Pdp::version`] says which it is.
    pub fn pdp(&mut self) -> &Pdp {
        if self.store.version() != self.pdp.inner.version {
            self.pdp = self.store.pdp();
        }
        &self.pdp
    }
}
