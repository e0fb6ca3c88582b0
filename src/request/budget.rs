//! Work, bytes and Contents of all decisions of one call.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::limits::Limits;
use crate::xpath::Tree;

/// The work ([`Limits::work`](crate::Limits::work)) and the bytes of results
/// ([`Limits::response`](crate::Limits::response)) that the decisions of one call have left
/// between them.
///
/// [`Pdp::decide`](crate::Pdp::decide) and its like have one for each request. A host that runs the
/// steps of several decisions itself hands the same budget to
/// [`Evaluation::step_within`](crate::evaluate::Evaluation::step_within) of each: otherwise a
/// request for a thousand decisions may take a thousand times the work.
///
/// ```
/// # let policy = &std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
/// use vedtak::evaluate::{Budget, Context, Step};
/// use vedtak::{Decision, Limits, Pdp, Request};
/// let pdp = Pdp::from_xml(policy)?;
/// let request = Request::builder()
///     .subject("urn:altinn:rolecode", "dagl")
///     .resource("urn:altinn:resource", "vedtak-brev")
///     .action("read")
///     .build();
/// let (mut budget, mut context) = (Budget::new(&Limits::default()), Context::new());
/// let before = budget.work_left();
/// for part in pdp.individual_requests(&request).iter().flatten() {
///     let mut evaluation = pdp.begin(&mut context, part);
///     while let Step::Needs(_) = evaluation.step_within(&mut budget) {}
///     assert_eq!(evaluation.finish().decision(), Decision::Permit);
/// }
/// assert!(budget.work_left() < before);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct Budget {
    pub(crate) work: u64,
    /// A decision exceeded the work that was left: later ones are not decided.
    pub(crate) is_spent: bool,
    /// Bytes that results may still repeat.
    response: usize,
    pub(crate) contents: Contents,
}

impl Budget {
    /// All that one call may take.
    pub fn new(limits: &Limits) -> Self {
        Self {
            work: limits.work,
            is_spent: false,
            response: limits.response,
            contents: Contents::default(),
        }
    }

    /// Work that is left, in the units of [`Limits::work`](crate::Limits::work).
    pub fn work_left(&self) -> u64 {
        self.work
    }

    /// Whether a decision asked for more work than was left.
    pub(crate) fn is_spent(&self) -> bool {
        self.is_spent
    }

    /// Spends work, or all that is left; returns whether there was enough.
    pub(crate) fn spend(&mut self, units: u64) -> bool {
        let left = self.work.checked_sub(units);
        self.work = left.unwrap_or(0);
        self.is_spent |= left.is_none();
        left.is_some()
    }

    /// Spends the bytes of a result, which `count` adds up, and returns whether there were enough.
    /// If not, none is left for later results: counting results that do not fit again and again
    /// would itself take more than the limit.
    pub(crate) fn takes_result(&mut self, count: impl FnOnce(&mut Bytes) -> Option<()>) -> bool {
        let mut bytes = Bytes {
            left: self.response,
        };
        let fits = count(&mut bytes).is_some();
        self.response = if fits { bytes.left } else { 0 };
        fits
    }
}

impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Budget")
            .field("work", &self.work)
            .field("response", &self.response)
            .finish_non_exhaustive()
    }
}

/// Bytes that may still be written.
pub(crate) struct Bytes {
    left: usize,
}

impl Bytes {
    /// None if there are fewer left.
    pub(crate) fn take(&mut self, bytes: usize) -> Option<()> {
        self.left = self.left.checked_sub(bytes)?;
        Some(())
    }
}

/// The Contents that a call has read, each once: the parts of a request share theirs.
///
/// INVARIANT: a Content is paid for by the first decision of a call that reads it, and kept for
/// this call alone. Kept with the request, it would be free for the next decision, and the cost of
/// a decision would depend on those before it.
#[derive(Clone, Default)]
pub(crate) struct Contents {
    /// The Contents read, by the address of the text, which is kept here. None until one is read:
    /// most decisions read none, and every decision has a budget.
    read: Option<Box<ByAddress>>,
}

type ByAddress = BTreeMap<usize, (Arc<str>, ReadContent)>;

/// A Content as a tree, or why it is none.
pub(crate) type ReadContent = Result<Arc<Tree>, Arc<str>>;

/// Bytes of XML read in the time of one unit of work.
const BYTES_READ: usize = 16;

impl Contents {
    /// The Content as a tree, once `spend` has taken its work.
    pub(crate) fn tree<E>(
        &mut self,
        content: &Arc<str>,
        spend: impl FnOnce(usize) -> Result<(), E>,
    ) -> Result<ReadContent, E> {
        let address = Arc::as_ptr(content).cast::<u8>() as usize;
        let all = self.read.get_or_insert_default();
        if let Some((_, read)) = all.get(&address) {
            spend(1)?;
            return Ok(read.clone());
        }
        spend(content.len() / BYTES_READ)?;
        let read: ReadContent = Tree::read(content).map(Arc::new).map_err(Arc::from);
        all.insert(address, (content.clone(), read.clone()));
        Ok(read)
    }
}
