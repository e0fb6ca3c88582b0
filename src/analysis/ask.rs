//! A question about policies: the request, what is open of it, and how much the answer may take.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::Unanswered;
use super::diagram::node::{NodeId, Truth};
use super::diagram::policy::{self, Detail, Diagrams, OpenPolicy, OpenRoot};
use super::diagram::space::Space;
use super::diagram::tell::Opened;
use crate::attribute::Designator;
use crate::decision::Decision;
use crate::evaluate::PartialPass;
use crate::limits::WORK_EXCEEDED;
use crate::program::Policy;
use crate::request::{AttributeBuilder, Request, RequestBuilder};
use crate::response::ResponseResult;
use crate::value::{DataType, DateTime, Value, Zone};

/// A question about the policies of a [`Pdp`](crate::Pdp): a request of which some attributes are open.
///
/// ```
/// use vedtak::attribute::category;
/// use vedtak::{Pdp, Request};
/// # let policy = &std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
///
/// let pdp = Pdp::from_xml(policy)?;
/// let request = Request::builder().resource("urn:altinn:resource", "vedtak-brev").action("read").build();
/// let analysis = pdp.analysis(&request).open_category(category::ACCESS_SUBJECT);
/// # let _ = analysis;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Analysis<'p> {
    pub(super) pdp: &'p dyn DecisionPoint,
    pub(super) request: &'p Request,
    pub(super) instant: Option<DateTime>,
    open: Vec<Selection<'p>>,
    /// These stay as they are, though they are among the open ones.
    pub(super) kept: Vec<Selection<'p>>,
    single: Vec<Selection<'p>>,
    presumed: Vec<Selection<'p>>,
    pub(super) budget: usize,
    /// Whether providers are asked.
    asks: bool,
}

/// Attributes for which a predicate holds.
type Selection<'p> = Rc<dyn Fn(&Designator) -> bool + 'p>;

/// The steps of an answer, unless it has a budget of its own.
const BUDGET: usize = 1_000_000;

/// A decision point, as questions look at it.
pub(crate) trait DecisionPoint {
    /// Shows the program to `look`, with the attributes of the request, of the clock and of the
    /// providers, those for which `is_open` holds not among them; again whenever it needed an
    /// attribute that a provider has supplied since. Nobody is asked for those for which `is_given`
    /// holds. Fails where a provider does.
    fn examine(
        &self,
        request: &Request,
        instant: Option<DateTime>,
        is_open: &dyn Fn(&Designator) -> bool,
        is_given: &dyn Fn(&Designator) -> bool,
        look: &mut dyn FnMut(PartialPass<'_, '_>),
    ) -> Result<(), Unanswered>;

    /// Decides a request for one decision, at an instant or at that of the clock. No provider is asked
    /// for attributes for which `is_open` holds, and no observer sees it.
    fn result(
        &self,
        request: &Request,
        instant: Option<DateTime>,
        is_open: &dyn Fn(&Designator) -> bool,
    ) -> ResponseResult;

    /// The zone of dates and times that have none, at an instant or at that of the clock.
    fn zone(&self, instant: Option<DateTime>) -> Zone;

    /// Whether a trouble makes a decision Indeterminate, whatever the algorithms return.
    fn is_indeterminate_on_trouble(&self) -> bool;
}

impl std::fmt::Debug for Analysis<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Analysis")
            .field("instant", &self.instant)
            .field("budget", &self.budget)
            .finish_non_exhaustive()
    }
}

impl<'p> Analysis<'p> {
    pub(crate) fn new(pdp: &'p dyn DecisionPoint, request: &'p Request) -> Self {
        Self {
            pdp,
            request,
            instant: None,
            open: Vec::new(),
            kept: Vec::new(),
            single: Vec::new(),
            presumed: Vec::new(),
            budget: BUDGET,
            asks: true,
        }
    }

    /// Looks at the program with what is known.
    pub(super) fn examine<R>(
        &self,
        [is_open, is_given]: [&dyn Fn(&Designator) -> bool; 2],
        mut look: impl FnMut(PartialPass<'_, '_>) -> Result<R, Unanswered>,
    ) -> Result<R, Unanswered> {
        let nobody = |_: &Designator| true;
        let is_given = if self.asks { is_given } else { &nobody };
        let mut seen = None;
        let look = &mut |pass: PartialPass<'_, '_>| seen = Some(look(pass));
        self.pdp
            .examine(self.request, self.instant, is_open, is_given, look)?;
        // It is shown at least once.
        seen.unwrap_or(Err(Unanswered::TooLarge))
    }

    /// Leaves attributes open: they may have any values, or none, whatever the request has.
    /// Attributes that are not open have the values of the request, or else of their providers.
    pub fn open(mut self, is_open: impl Fn(&Designator) -> bool + 'p) -> Self {
        self.open.push(Rc::new(is_open));
        self
    }

    /// Asks no provider: an attribute that is not open and that the request lacks has no values. For
    /// hosts whose providers answer asynchronously, or for a question about policies alone.
    ///
    /// ```
    /// use vedtak::attribute::category;
    /// use vedtak::{Pdp, Request};
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
    /// let pdp = Pdp::from_xml(policy)?;
    /// let request = Request::builder().action("read").build();
    /// let analysis = pdp.analysis(&request).open_category(category::ACCESS_SUBJECT);
    /// // Without a resource, the policy is about nothing.
    /// assert!(analysis.without_providers().residual()?.decision().is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn without_providers(mut self) -> Self {
        self.asks = false;
        self
    }

    /// Leaves all attributes of a category open, and its `Content`.
    pub fn open_category(self, category: &'p str) -> Self {
        self.open(move |designator| &*designator.category == category)
    }

    /// Declares attributes that have one value at most. Answers about these are smaller and quicker:
    /// without, an attribute may have any number of values at once.
    pub fn single_valued(mut self, is_single: impl Fn(&Designator) -> bool + 'p) -> Self {
        self.single.push(Rc::new(is_single));
        self
    }

    /// Presumes that attributes have one value at most, as far as policies only look for a value in
    /// them. One whose values they count, or of which they want the only one or all, may have several:
    /// there the number is what they are about. [`Residual::presumed_single`](super::Residual::presumed_single)
    /// and [`Difference::presumed_single`](super::Difference::presumed_single) name those for which it was
    /// presumed; an answer is right only where it is so.
    ///
    /// ```
    /// use vedtak::attribute::category;
    /// use vedtak::{Pdp, Request};
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
    /// let (pdp, nothing) = (Pdp::from_xml(policy)?, Request::default());
    /// let analysis = pdp.analysis(&nothing).open(|_| true);
    /// let is_action = |of: &vedtak::attribute::Designator| &*of.category == category::ACTION;
    /// let residual = analysis.presume_single(is_action).residual()?;
    /// assert_eq!(residual.presumed_single().len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn presume_single(mut self, is_single: impl Fn(&Designator) -> bool + 'p) -> Self {
        self.presumed.push(Rc::new(is_single));
        self
    }

    /// Sets the instant of the question, in place of the clock's.
    pub fn at(mut self, instant: DateTime) -> Self {
        self.instant = Some(instant);
        self
    }

    /// Sets the most steps that the answer may take; a million by default, some tenths of a second.
    pub fn budget(mut self, steps: usize) -> Self {
        self.budget = steps;
        self
    }

    pub(super) fn is_open(&self, designator: &Designator) -> bool {
        let is_kept = self.kept.iter().any(|kept| kept(designator));
        !is_kept && self.open.iter().any(|open| open(designator))
    }

    /// Fails for a request that is not for one decision, and for a PDP whose decisions depend on more
    /// than the values of rules and policies.
    pub(super) fn refuse_others(&self) -> Result<(), Unanswered> {
        match () {
            () if self.request.single().is_none() => Err(Unanswered::SeveralDecisions),
            () if self.pdp.is_indeterminate_on_trouble() => Err(Unanswered::IndeterminateOnTrouble),
            () => Ok(()),
        }
    }

    /// The zone of dates and times that have none.
    pub(super) fn zone(&self) -> Zone {
        self.pdp.zone(self.instant)
    }

    /// Whether a Content is open: it is with the attributes of its category.
    pub(super) fn is_category_open(&self, category: &str) -> bool {
        let anything = Designator::new(category, "", DataType::String);
        self.is_open(&anything)
    }

    pub(super) fn is_single(&self, designator: &Designator) -> bool {
        self.single.iter().any(|single| single(designator))
    }

    pub(super) fn presumes_single(&self, designator: &Designator) -> bool {
        self.presumed.iter().any(|single| single(designator))
    }

    /// Shows the policies, as far as what is known does not decide them, to `look`.
    pub(super) fn read<R>(
        &self,
        detail: Detail,
        mut look: impl FnMut(&OpenRoot<'_>, Space) -> Result<R, Unanswered>,
    ) -> Result<R, Unanswered> {
        self.refuse_others()?;
        let is_open = |designator: &Designator| self.is_open(designator);
        let of_category = |category: &str| self.is_category_open(category);
        self.examine([&is_open, &|_| false], |pass| {
            let mut space = Space::new(self.zone());
            space.note_slots(&pass.program().slots, &is_open);
            let named = space.named.clone();
            let opened = Opened {
                attribute: &is_open,
                category: &of_category,
                named: &named,
            };
            let root = policy::read(&pass, &mut space, opened, detail, self.budget)?;
            space.note_single(|of| self.is_single(of), |of| self.presumes_single(of));
            look(&root, space)
        })
    }

    /// Shows each policy that has rules to `look`, with a space of its own: of what the others test,
    /// there may be a thousand times as much.
    pub(super) fn read_each<R: Default>(
        &self,
        detail: Detail,
        mut look: impl FnMut(&mut R, &Policy, Result<(Rc<OpenPolicy<'_>>, Space), Unanswered>),
    ) -> Result<R, Unanswered> {
        self.refuse_others()?;
        let is_open = |designator: &Designator| self.is_open(designator);
        let of_category = |category: &str| self.is_category_open(category);
        self.examine([&is_open, &|_| false], |pass| {
            let mut of_none = Space::new(self.zone());
            of_none.note_slots(&pass.program().slots, &is_open);
            let opened = Opened {
                attribute: &is_open,
                category: &of_category,
                named: &of_none.named,
            };
            let mut seen = R::default();
            for id in policy::with_rules(&pass) {
                let mut space = of_none.bare();
                let settings = (detail, self.budget);
                let open = policy::read_policy(&pass, id, &mut space, opened, settings);
                let open = open.and_then(|open| {
                    space.note_single(|of| self.is_single(of), |of| self.presumes_single(of));
                    space.settle(self.budget)?;
                    Ok((open, space))
                });
                look(&mut seen, pass.program().policy(id), open);
            }
            match pass.is_exhausted() {
                true => Err(Unanswered::TooLarge),
                false => Ok(seen),
            }
        })
    }

    /// Shows the diagram of the policies to `look`.
    pub(super) fn diagram<R>(
        &self,
        detail: Detail,
        mut look: impl FnMut(Diagrams, NodeId) -> Result<R, Unanswered>,
    ) -> Result<R, Unanswered> {
        self.read(detail, |root, mut space| {
            space.settle(self.budget)?;
            let mut diagrams = Diagrams::new(space.into(), detail, self.budget as u64);
            let root = diagrams.root(root)?;
            look(diagrams, root)
        })
    }

    /// Looks at things as they are, with nothing open; `space` has the expressions whose truths
    /// matter. Where a provider of open attributes does not answer, these are as the request has
    /// them.
    pub(super) fn closed(&self, space: &Space) -> Result<ClosedValues, Unanswered> {
        let nothing = |_: &Designator| !self.asks;
        let is_open = |designator: &Designator| self.is_open(designator);
        let mut is_given: &dyn Fn(&Designator) -> bool = &nothing;
        let mut closed = self.closed_if(is_given, space);
        if let Err(Unanswered::NotFetched { .. }) = closed {
            is_given = &is_open;
            closed = self.closed_if(is_given, space);
        }
        let (values, truths) = closed?;
        let result = self.pdp.result(self.request, self.instant, is_given);
        within_work(&result)?;
        Ok(ClosedValues {
            values,
            truths,
            decision: result.decision,
        })
    }

    /// The values of the attributes of a space, and the truths of its expressions, with nothing open.
    /// Nobody is asked for attributes for which `is_given` holds.
    pub(super) fn closed_if(
        &self,
        is_given: &dyn Fn(&Designator) -> bool,
        space: &Space,
    ) -> Result<ValuesAndTruths, Unanswered> {
        let (values, truths) = self.examine([&|_| false, is_given], |pass| {
            let slots = &pass.program().slots;
            let values = space.attributes.iter().map(|tested| {
                let slot = slots.of(&tested.designator);
                slot.map_or(Vec::new(), |slot| pass.values(slot).to_vec())
            });
            let values = values.collect();
            let truths = match space.whole.is_empty() {
                true => HashMap::new(),
                false => {
                    let opened = Opened {
                        attribute: &|designator| self.is_open(designator),
                        category: &|category| self.is_category_open(category),
                        named: &space.named,
                    };
                    policy::truths(&pass, opened, self.budget)?
                }
            };
            Ok((values, truths))
        })?;
        let truths = space.whole.keys().map(|key| truths.get(key).copied());
        Ok((values, truths.collect()))
    }

    /// Fails if the decision takes more work than the limit allows: then the answer would, too, and
    /// would blame its budget.
    pub(super) fn within_work(&self) -> Result<(), Unanswered> {
        match self.request.single() {
            Some(_) => within_work(&self.result(self.request)),
            None => Ok(()),
        }
    }

    /// Decides a request at the instant of the question: what is open has the values of the request,
    /// or none.
    pub(super) fn result(&self, request: &Request) -> ResponseResult {
        let is_open = |designator: &Designator| !self.asks || self.is_open(designator);
        self.pdp.result(request, self.instant, &is_open)
    }

    /// The request, in which these attributes have these values.
    pub(super) fn with<'v>(
        &self,
        given: impl Iterator<Item = (&'v Designator, &'v Vec<Value>)> + Clone,
    ) -> Request {
        let is_given = |category: &str, id: &str, issuer: &Option<Arc<str>>, value: &Value| {
            given.clone().any(|(wanted, _)| {
                *wanted.category == *category
                    && *wanted.id == *id
                    && (wanted.issuer.is_none() || wanted.issuer == *issuer)
                    && wanted.data_type == value.data_type()
            })
        };
        let mut builder = Request::builder();
        for category in self.request.categories() {
            if let Some(content) = &category.content {
                builder = builder.content(category.category.clone(), content.clone());
            }
            for unusable in category.unusable() {
                let is_replaced = given.clone().any(|(wanted, _)| {
                    wanted.category == category.category
                        && wanted.id == unusable.id
                        && (wanted.issuer.is_none() || wanted.issuer == unusable.issuer)
                });
                if !is_replaced {
                    let attribute =
                        AttributeBuilder::new(category.category.clone(), unusable.id.clone());
                    let attribute = match unusable.issuer.clone() {
                        Some(issuer) => attribute.issuer(issuer),
                        None => attribute,
                    };
                    builder = builder.with(attribute.unusable(unusable.reason.clone()));
                }
            }
            for attribute in &category.attributes {
                let values = attribute.values.iter();
                let values = values.filter(|value| {
                    !is_given(&category.category, &attribute.id, &attribute.issuer, value)
                });
                let values: Vec<Value> = values.cloned().collect();
                let (id, issuer) = (&attribute.id, attribute.issuer.clone());
                builder = add(builder, &category.category, id, issuer, values);
            }
        }
        for (wanted, values) in given.clone() {
            let (id, issuer) = (&wanted.id, wanted.issuer.clone());
            let mut values = values.clone();
            if issuer.is_none() {
                // Those of its issuers are among its own (§7.3.4).
                let of_issuers = given.clone().filter(|(other, _)| {
                    other.issuer.is_some()
                        && other.category == wanted.category
                        && other.id == wanted.id
                        && other.data_type == wanted.data_type
                });
                for value in of_issuers.flat_map(|(_, values)| values) {
                    if let Some(place) = values.iter().position(|other| other == value) {
                        values.remove(place);
                    }
                }
            }
            builder = add(builder, &wanted.category, id, issuer, values);
        }
        builder.build()
    }
}

fn add(
    builder: RequestBuilder,
    category: &Arc<str>,
    id: &Arc<str>,
    issuer: Option<Arc<str>>,
    values: Vec<Value>,
) -> RequestBuilder {
    if values.is_empty() {
        return builder;
    }
    let mut attribute = AttributeBuilder::new(category.clone(), id.clone()).values(values);
    if let Some(issuer) = issuer {
        attribute = attribute.issuer(issuer);
    }
    builder.with(attribute)
}

/// The values of attributes, and the truths of expressions where they are known.
type ValuesAndTruths = (Vec<Vec<Value>>, Vec<Option<Truth>>);

/// Things as they are.
pub(super) struct ClosedValues {
    /// The values of the attributes of a space, by their numbers.
    pub(super) values: Vec<Vec<Value>>,
    /// The truths of the expressions that are taken whole, where they are known.
    pub(super) truths: Vec<Option<Truth>>,
    pub(super) decision: Decision,
}

fn within_work(result: &ResponseResult) -> Result<(), Unanswered> {
    let message = result.status.as_ref();
    let message = message.and_then(|status| status.message.as_deref());
    match message.is_some_and(|message| message.contains(WORK_EXCEEDED)) {
        true => Err(Unanswered::WorkExceeded),
        false => Ok(()),
    }
}
