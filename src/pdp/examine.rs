//! Questions about the policies: the program and a request of which some attributes are open.

use super::Pdp;
use crate::analysis::{Analysis, DecisionPoint, Unanswered};
use crate::attribute::Designator;
use crate::error::{Visible, cut};
use crate::evaluate::{Budget, Context, PartialPass, SlotProviders, Step};
use crate::program::SlotId;
use crate::request::Request;
use crate::response::ResponseResult;
use crate::value::{DateTime, Zone};

/// The provider of an attribute that is open: nobody is asked.
const NOBODY: usize = usize::MAX;

impl Pdp {
    /// The providers of all attributes but these.
    fn providers_without(&self, is_given: &dyn Fn(&Designator) -> bool) -> SlotProviders {
        let inner = &*self.inner;
        let mut providers = SlotProviders::clone(&inner.slot_providers);
        for (id, slot) in inner.program.slots.in_use() {
            let provider = &mut providers.providers[id.index()];
            if provider.is_some() && is_given(&slot.designator) {
                *provider = None;
            }
        }
        providers
    }

    /// Begins a question about the policies: this request, with some of its attributes
    /// [open](Analysis::open). [The chapter](crate::manual::asking) shows the answers.
    ///
    /// Providers are asked for attributes that are not open and that the policies need. Where one
    /// fails, or answers asynchronously, there is no answer ([`Unanswered::NotFetched`]): give the
    /// attribute in the request, leave it open, or ask
    /// [without providers](Analysis::without_providers).
    pub fn analysis<'p>(&'p self, request: &'p Request) -> Analysis<'p> {
        Analysis::new(self, request)
    }
}

impl DecisionPoint for Pdp {
    fn examine(
        &self,
        request: &Request,
        instant: Option<DateTime>,
        is_open: &dyn Fn(&Designator) -> bool,
        is_given: &dyn Fn(&Designator) -> bool,
        look: &mut dyn FnMut(PartialPass<'_, '_>),
    ) -> Result<(), Unanswered> {
        let inner = &*self.inner;
        let slots = inner.program.slots.in_use();
        let open: Vec<SlotId> = slots
            .filter(|(_, slot)| is_open(&slot.designator))
            .map(|(id, _)| id)
            .collect();
        let mut providers = self.providers_without(is_given);
        for slot in &open {
            providers.providers[slot.index()] = Some(NOBODY);
        }
        let mut context = Context::new();
        let clock = || instant.unwrap_or_else(|| (inner.host.clock)());
        let of = (&inner.program, &providers);
        let mut evaluation = self.begin_with(of, &mut context, request, clock);
        loop {
            let ((), needs) = evaluation.partially(&open, &mut *look);
            if needs.is_empty() {
                return Ok(());
            }
            for need in needs {
                let answer = self.fetch(&need, request);
                if let Err(error) = &answer {
                    return Err(Unanswered::NotFetched {
                        attribute: cut(&need.designator.id).to_string(),
                        reason: Visible(error).to_string(),
                    });
                }
                evaluation.supply(&need, answer);
            }
        }
    }

    fn result(
        &self,
        request: &Request,
        instant: Option<DateTime>,
        is_open: &dyn Fn(&Designator) -> bool,
    ) -> ResponseResult {
        let inner = &*self.inner;
        let providers = self.providers_without(is_open);
        let mut context = Context::new();
        let clock = || instant.unwrap_or_else(|| (inner.host.clock)());
        let of = (&inner.program, &providers);
        let evaluation = self.begin_with(of, &mut context, request, clock);
        let mut evaluation = evaluation.with_inquiries();
        let mut budget = Budget::new(&inner.host.settings.limits);
        while let Step::Needs(needs) = evaluation.step_within(&mut budget) {
            for need in needs {
                let answer = self.fetch(&need, need.request().unwrap_or(request));
                evaluation.supply(&need, answer);
            }
        }
        evaluation.finish().to_result()
    }

    fn zone(&self, instant: Option<DateTime>) -> Zone {
        let host = &*self.inner.host;
        let implicit = host.settings.implicit_zone;
        match (&host.local, host.is_zone_of_instant) {
            (Some(local), true) => {
                let instant = local(instant.unwrap_or_else(|| (host.clock)()));
                instant.zone().unwrap_or(implicit)
            }
            _ => implicit,
        }
    }

    fn is_indeterminate_on_trouble(&self) -> bool {
        self.inner.host.settings.indeterminate_on_trouble
    }
}
