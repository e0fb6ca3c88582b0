//! Readers that follow the versions of a store.

use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use foldhash::fast::FixedState;

use super::super::{Inner, Pdp};
use super::Store;

/// Decides with the latest version of a [`Store`], without a lock and without counting references
/// as long as nothing changes. Each thread has its own; [`SharedReader`] is one for all.
#[derive(Clone, Debug)]
pub struct Reader {
    store: Store,
    pdp: Pdp,
}

impl Reader {
    pub(super) fn new(store: &Store) -> Self {
        Self {
            pdp: store.pdp(),
            store: store.clone(),
        }
    }

    /// The latest version of the store; [`Pdp::version`] is its number.
    pub fn pdp(&mut self) -> &Pdp {
        if self.store.version() != self.pdp.version() {
            self.pdp = self.store.pdp();
        }
        &self.pdp
    }
}

/// Returns the latest version of a [`Store`] on any thread: for the state of a web framework, whose
/// requests move between threads.
///
/// [`Store::pdp`] does the same, but all threads that call it share one reference count, whose
/// cache line moves between processors. Here most threads have a count of their own. A version is
/// kept until its thread takes a later one.
///
/// ```
/// # let policy = &std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
/// # let deny = "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides";
/// use std::sync::Arc;
/// use vedtak::{Decision, Pdp, Request};
/// let store = Pdp::builder().root_combining(deny).store()?;
/// let state = Arc::new(store.shared_reader()); // lies in the state of the framework
/// store.put("brev.xml", policy)?;
/// let handler = async |request: Request| {
///     let pdp = state.pdp(); // may be held while something is awaited
///     pdp.decide_async(&request).await.decision()
/// };
/// let request = Request::builder()
///     .subject("urn:altinn:rolecode", "dagl")
///     .resource("urn:altinn:resource", "vedtak-brev")
///     .action("read")
///     .build();
/// assert_eq!(pollster::block_on(handler(request)), Decision::Permit);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SharedReader {
    store: Store,
    views: Box<[View]>,
}

/// A view aligned to two cache lines, so that no two views share one.
#[derive(Debug)]
#[repr(align(128))]
struct View(Mutex<Pdp>);

/// The number of views for each processor: with more views than threads, few threads share one.
const VIEWS_PER_PROCESSOR: usize = 4;

impl SharedReader {
    pub(super) fn new(store: &Store) -> Self {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let views = 0..threads.saturating_mul(VIEWS_PER_PROCESSOR);
        Self {
            views: views.map(|_| View(Mutex::new(own(&store.pdp())))).collect(),
            store: store.clone(),
        }
    }

    /// The latest version of the store; [`Pdp::version`] is its number.
    pub fn pdp(&self) -> Pdp {
        let thread = FixedState::default().hash_one(thread::current().id());
        // Truncation is harmless: the remainder is taken.
        #[allow(clippy::cast_possible_truncation)]
        let view = &self.views[thread as usize % self.views.len()];
        let mut pdp = view.0.lock().unwrap_or_else(PoisonError::into_inner);
        if self.store.version() != pdp.version() {
            let latest = own(&self.store.pdp());
            // Dropping the earlier version may take a while, so the lock is released first.
            let before = std::mem::replace(&mut *pdp, latest.clone());
            drop(pdp);
            drop(before);
            return latest;
        }
        pdp.clone()
    }
}

/// Returns a copy of a PDP with a reference count of its own.
fn own(pdp: &Pdp) -> Pdp {
    let Inner {
        program,
        host,
        slot_providers,
        version,
        explained,
    } = &*pdp.inner;
    Pdp {
        inner: Arc::new(Inner {
            program: program.clone(),
            host: host.clone(),
            slot_providers: slot_providers.clone(),
            version: *version,
            explained: explained.clone(),
        }),
    }
}
