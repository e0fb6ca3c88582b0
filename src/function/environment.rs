//! The input of a function besides its arguments: the implicit time zone and the work that is left.

use std::cell::Cell;

use super::FunctionError;
use crate::limits::WORK_EXCEEDED;
use crate::value::{Value, Zone};

/// The input of a function of the host besides its arguments: the implicit time zone, and the work
/// left. It holds no clock: the time is an attribute (§7.3.6).
#[derive(Debug)]
pub struct Environment {
    implicit_zone: Zone,
    /// Whether the implicit zone mattered.
    zone_read: Cell<bool>,
    work_left: Cell<u64>,
    exhausted: Cell<bool>,
}

impl Environment {
    /// `work` is the budget of all calls made with this environment.
    pub fn new(implicit_zone: Zone, work: u64) -> Self {
        Self {
            implicit_zone,
            zone_read: Cell::new(false),
            work_left: Cell::new(work),
            exhausted: Cell::new(false),
        }
    }

    /// The zone of dates and times that name none.
    pub fn implicit_zone(&self) -> Zone {
        self.zone_read.set(true);
        self.implicit_zone
    }

    /// The implicit zone, for two values: it matters if one of them needs a zone and has none.
    pub(super) fn zone_for(&self, a: &Value, b: &Value) -> Zone {
        match a.lacks_zone() || b.lacks_zone() {
            true => self.implicit_zone(),
            false => self.implicit_zone,
        }
    }

    /// Whether the implicit zone mattered.
    pub(crate) fn has_read_zone(&self) -> bool {
        self.zone_read.get()
    }

    /// Whether the work was exceeded: every later call fails, and so does the decision.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.exhausted.get()
    }

    /// The work that is left.
    pub(crate) fn work_left(&self) -> u64 {
        self.work_left.get()
    }

    /// Spends `units` of the work left; a unit is about one comparison of two values.
    ///
    /// Functions whose work grows faster than their arguments call this, so that no request can make a
    /// decision run without end.
    ///
    /// # Errors
    ///
    /// Fewer units are left. The whole decision is then Indeterminate with `processing-error`,
    /// under every combining algorithm ([`Limits::work`](crate::Limits::work)).
    pub fn spend(&self, units: u64) -> Result<(), FunctionError> {
        match self.work_left.get().checked_sub(units) {
            Some(left) => {
                self.work_left.set(left);
                Ok(())
            }
            None => {
                self.work_left.set(0);
                self.exhausted.set(true);
                Err(FunctionError::processing(WORK_EXCEEDED))
            }
        }
    }

    /// Spends the work of reading `length` bytes: free for a short text, but not for a long one
    /// that is read again with each value of a bag.
    #[inline]
    pub(super) fn spend_on_reading(&self, length: usize) -> Result<(), FunctionError> {
        self.spend_on_bulk(length / 16)
    }

    /// Spends the work of keeping `length` bytes. It covers memory more than time, as a decision
    /// may hold everything that its work pays for at once.
    #[inline]
    pub(super) fn spend_on_making(&self, length: usize) -> Result<(), FunctionError> {
        self.spend_on_bulk(length / 8)
    }

    /// Spends the work of comparing `length` bytes, many at a time.
    #[inline]
    pub(super) fn spend_on_comparing(&self, length: usize) -> Result<(), FunctionError> {
        self.spend_on_bulk(length / 256)
    }

    #[inline]
    fn spend_on_bulk(&self, units: usize) -> Result<(), FunctionError> {
        match units {
            0 => Ok(()),
            units => self.spend(units as u64),
        }
    }
}
