//! A request of which some attributes are open → a look at the program.

use super::Pdp;
use crate::attribute::Designator;
use crate::evaluate::{Context, PartialPass, SlotProviders};
use crate::program::SlotId;
use crate::request::Request;
use crate::value::{DateTime, Zone};

/// The provider of an attribute that is open: nobody is asked.
const NOBODY: usize = usize::MAX;

impl Pdp {
    /// Shows the program to `look`, with the attributes of the request, of the clock and of the
    /// providers, those for which `is_open` holds not among them. Calls `look` again whenever it
    /// needed an attribute that a provider has supplied since.
    pub(crate) fn examine<R>(
        &self,
        request: &Request,
        instant: Option<DateTime>,
        is_open: &dyn Fn(&Designator) -> bool,
        mut look: impl FnMut(PartialPass<'_, '_>) -> R,
    ) -> R {
        let inner = &*self.inner;
        let slots = inner.program.slots.in_use();
        let open: Vec<SlotId> = slots
            .filter(|(_, slot)| is_open(&slot.designator))
            .map(|(id, _)| id)
            .collect();
        let mut providers = SlotProviders::clone(&inner.slot_providers);
        for slot in &open {
            providers.providers[slot.index()] = Some(NOBODY);
        }
        let mut context = Context::new();
        let clock = || instant.unwrap_or_else(|| (inner.host.clock)());
        let mut evaluation =
            self.begin_with((&inner.program, &providers), &mut context, request, clock);
        loop {
            let (seen, needs) = evaluation.partially(&open, &mut look);
            if needs.is_empty() {
                return seen;
            }
            for need in needs {
                let answer = self.fetch(&need, request);
                evaluation.supply(&need, answer);
            }
        }
    }

    /// The zone of dates and times that have none.
    pub(crate) fn zone(&self) -> Zone {
        self.inner.host.settings.implicit_zone
    }

    /// Whether a trouble makes a decision Indeterminate, whatever the algorithms return.
    pub(crate) fn is_indeterminate_on_trouble(&self) -> bool {
        self.inner.host.settings.indeterminate_on_trouble
    }
}
