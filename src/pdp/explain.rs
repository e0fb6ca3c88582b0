//! A decision that was made → its explanation.
//!
//! The documents are read and compiled again, without the steps that rewrite them, for the first
//! question. Each explanation then goes through that program with the values that the decision read:
//! no provider is asked twice, and nothing is different for decisions that nobody explains.

use std::sync::{Arc, OnceLock};

use super::builder::Language;
use super::call::DecisionEvent;
use super::documents::ReadDocument;
use super::record::{RecordedRead, recorded_answer};
use super::source::any_supplies;
use super::{Inner, Pdp};
use crate::analysis::cover::Cover;
use crate::analysis::explain::{self, ExplainedDocument, Explanation, Extent, Node, PlainPolicies};
use crate::attribute::Designator;
use crate::compile::{Options, Steps};
use crate::evaluate::{Budget, Context, Outcome, SlotProviders, Step};
use crate::limits::Limits;
use crate::request::Request;

/// The documents and the program that explanations need, as far as they are kept and made.
#[derive(Default)]
pub(super) struct Explained {
    /// None if the documents are not kept.
    kept: Option<KeptDocuments>,
    plain: OnceLock<Option<Plain>>,
}

/// The documents of a PDP, and all that they are compiled with beside its settings.
struct KeptDocuments {
    read: Box<ReadAgain>,
    language: Arc<Language>,
    root_combining: Option<String>,
    root: Option<String>,
}

/// Reads the documents again, each with whether it is a root.
type ReadAgain = dyn Fn(&Limits) -> Option<Vec<(bool, ReadDocument)>> + Send + Sync;

struct Plain {
    policies: PlainPolicies,
    slot_providers: SlotProviders,
}

impl Explained {
    pub(super) fn new(
        language: Arc<Language>,
        (root_combining, root): (Option<String>, Option<String>),
        read: impl Fn(&Limits) -> Option<Vec<(bool, ReadDocument)>> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            kept: Some(KeptDocuments {
                read: Box::new(read),
                language,
                root_combining,
                root,
            }),
            plain: OnceLock::new(),
        })
    }
}

impl Inner {
    /// The documents as an explanation needs them; none if they are not kept.
    fn plain(&self) -> Option<&Plain> {
        let kept = self.explained.kept.as_ref()?;
        let plain = self.explained.plain.get_or_init(|| self.made_plain(kept));
        plain.as_ref()
    }

    /// The documents as they are written; none if they are not kept.
    pub(super) fn plain_policies(&self) -> Option<&PlainPolicies> {
        self.plain().map(|plain| &plain.policies)
    }

    /// The algorithm that combines the documents that decide by themselves, if there is one and they are
    /// kept.
    pub(super) fn root_combining(&self) -> Option<&str> {
        self.explained.kept.as_ref()?.root_combining.as_deref()
    }

    fn made_plain(&self, kept: &KeptDocuments) -> Option<Plain> {
        let host = &*self.host;
        let supplied = |of: &Designator| any_supplies(&host.providers, of);
        let options = Options {
            limits: &host.settings.limits,
            data_types: &host.settings.data_types,
            functions: &kept.language.functions,
            algorithms: &kept.language.algorithms,
            root_combining: kept.root_combining.as_deref(),
            root: kept.root.as_deref(),
            supplied: &supplied,
            steps: Steps::ALL,
        };
        let documents = (kept.read)(options.limits)?.into_iter();
        let documents = documents.map(|(is_root, read)| ExplainedDocument {
            document: read.document,
            text: read.text,
            is_root,
        });
        // They were read and compiled before, and neither depends on anything else.
        let policies = PlainPolicies::new(documents.collect(), &options).ok()?;
        let program = &policies.program;
        let slot_providers = host.slot_providers(&program.slots, &program.functions, |_| true);
        Some(Plain {
            policies,
            slot_providers,
        })
    }
}

impl Pdp {
    /// Decides a request as [`decide`](Self::decide) does, and explains each of its decisions: why it
    /// is what it is, and what was evaluated, with the place in the policies, the value found, and
    /// where it came from.
    ///
    /// The first explanation of a PDP reads its documents again. For a decision with settings of its
    /// own, or many, see [`DecisionEvent::explain`]. An explanation shows policies and attributes: it
    /// is for those who may see both.
    ///
    /// ```
    /// # let policy = &std::fs::read_to_string("fixtures/explain/letters.policy.xml")?;
    /// use vedtak::{Pdp, Request};
    /// let pdp = Pdp::from_xml(policy)?;
    /// let request = Request::builder().subject("role", "clerk").action("read").build();
    /// let explanations = pdp.explain(&request);
    /// assert_eq!(explanations.len(), 1);
    /// println!("{}", explanations[0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn explain(&self, request: &Request) -> Vec<Explanation> {
        let mut explanations = Vec::new();
        let mut call = self
            .call()
            .observe(|event| explanations.push(event.explain()));
        call.decide(request);
        drop(call);
        explanations
    }

    /// Explains a request as [`explain`](Self::explain) does, its attributes fetched from providers of
    /// either kind.
    pub async fn explain_async(&self, request: &Request) -> Vec<Explanation> {
        let mut explanations = Vec::new();
        let mut call = self
            .call()
            .observe(|event| explanations.push(event.explain()));
        call.decide_async(request).await;
        drop(call);
        explanations
    }

    /// Decides requests, and counts for each policy, rule, target, match, condition and boolean
    /// function of the documents how often it was reached, was true, decided and lost. Those that no
    /// request reaches are there as well.
    ///
    /// Requests are decided as [`decide`](Self::decide) does. For those of another instant, or with
    /// providers that answer later, begin with the cover of no requests, and add to it with
    /// [`DecisionEvent::cover`].
    ///
    /// ```
    /// # let policy = &std::fs::read_to_string("fixtures/explain/letters.policy.xml")?;
    /// use vedtak::analysis::explain::Element;
    /// use vedtak::{Pdp, Request};
    /// let pdp = Pdp::builder().policy("letters.policy.xml", policy).build()?;
    /// let requests = [Request::builder().subject("role", "clerk").action("read").build()];
    /// let cover = pdp.cover(&requests);
    /// println!("{cover}{}", cover.annotated());
    /// let rules = cover.share(&[Element::Rule]);
    /// assert_eq!((rules.covered, rules.all), (1, 2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cover<'r>(&self, requests: impl IntoIterator<Item = &'r Request>) -> Cover {
        let mut cover = Cover::new(self.inner.plain_policies());
        let mut call = self.call().observe(|event| event.cover(&mut cover));
        for request in requests {
            call.decide(request);
        }
        drop(call);
        cover
    }

    /// Adds the outcome of a request to a cover that [`cover`](Self::cover) began, for a host that runs
    /// the steps of an [`Evaluation`](crate::evaluate::Evaluation) itself.
    ///
    /// ```
    /// # let policy = &std::fs::read_to_string("fixtures/explain/letters.policy.xml")?;
    /// use vedtak::{Context, Pdp, Request};
    /// let pdp = Pdp::from_xml(policy)?;
    /// let request = Request::builder().subject("role", "clerk").action("read").build();
    /// let mut context = Context::new();
    /// let outcome = pdp.decide_with(&mut context, &request);
    /// let mut cover = pdp.cover([]);
    /// pdp.cover_outcome(&request, &outcome, &mut cover);
    /// assert_eq!(cover.elements, pdp.cover([&request]).elements);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cover_outcome(&self, request: &Request, outcome: &Outcome<'_>, cover: &mut Cover) {
        let (tree, is_whole) = self.tree(request, outcome, Extent::Whole);
        cover.add(outcome.decision(), tree.as_ref(), is_whole);
    }

    fn explained(&self, request: &Request, outcome: &Outcome<'_>) -> Explanation {
        let tree = self.tree(request, outcome, Extent::Reason);
        let why = match (self.inner.plain(), &self.inner.explained.kept) {
            (Some(_), _) => None,
            (None, Some(_)) => Some(("do not compile without the rest of the store", "")),
            (None, None) => Some((
                "are not kept",
                "; a store keeps them with `PdpBuilder::explainable`, a PDP unless \
                 `PdpBuilder::drop_documents` is called",
            )),
        };
        let remarks = why.map(|(why, cure)| {
            format!(
                "the documents {why}, so there are no lines and columns, and targets and conditions \
                 have their values alone{cure}"
            )
        });
        let remarks = remarks.into_iter().collect();
        let is_strict = self.inner.host.settings.indeterminate_on_trouble;
        Explanation::of(outcome, tree, is_strict, remarks)
    }

    /// The tree of an outcome, and whether it is whole.
    fn tree(
        &self,
        request: &Request,
        outcome: &Outcome<'_>,
        extent: Extent,
    ) -> (Option<Node>, bool) {
        let inner = &*self.inner;
        let plain = inner.plain();
        let (program, slot_providers) = match plain {
            Some(plain) => (&plain.policies.program, &plain.slot_providers),
            None => (&inner.program, &*inner.slot_providers),
        };
        // Without providers, all values are there from the beginning.
        let is_supplied = slot_providers.inquires || !inner.host.providers.is_empty();
        let read: Vec<RecordedRead> = match is_supplied {
            true => outcome
                .recorded()
                .map(|read| self.recorded_read(&read))
                .collect(),
            false => Vec::new(),
        };
        let instant = outcome.instant();
        let instant = || instant.unwrap_or_else(|| (inner.host.clock)());
        let limits = &inner.host.settings.limits;
        let mut context = Context::new();
        let evaluation = self.begin_with((program, slot_providers), &mut context, request, instant);
        let mut evaluation = evaluation.with_inquiries();
        if is_supplied {
            let mut budget = Budget::new(limits);
            while let Step::Needs(needs) = evaluation.step_within(&mut budget) {
                let mut is_further = false;
                for need in needs {
                    // An attribute that the decision did without stays open.
                    if let Some(answer) = recorded_answer(&read, &need) {
                        evaluation.supply(&need, answer);
                        is_further = true;
                    }
                }
                if !is_further {
                    break;
                }
            }
        }
        let policies = inner.plain_policies();
        let mut budget = Budget::new(limits);
        evaluation.trace(&mut budget, |trace| explain::tree(trace, policies, extent))
    }
}

impl DecisionEvent<'_> {
    /// Explains the decision, for the closure of [`Call::observe`](crate::Call::observe): every
    /// decision of a call with an instant or a deadline, of many requests or of a matrix.
    ///
    /// ```
    /// # let policy = &std::fs::read_to_string("fixtures/explain/letters.policy.xml")?;
    /// use vedtak::{Decision, Pdp, Request};
    /// let pdp = Pdp::from_xml(policy)?;
    /// let request = Request::builder().subject("role", "clerk").action("read").build();
    /// let mut refusals = Vec::new();
    /// let mut call = pdp.call().at("2026-03-02T09:00:00Z".parse()?).observe(|event| {
    ///     if event.decision != Decision::Permit {
    ///         refusals.push(event.explain());
    ///     }
    /// });
    /// call.decide(&request);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn explain(&self) -> Explanation {
        match self.outcome {
            Ok(outcome) => self.pdp.explained(self.request, outcome),
            Err(error) => Explanation::refused(error),
        }
    }

    /// Adds the decision to a cover that [`Pdp::cover`] began, for the closure of
    /// [`Call::observe`](crate::Call::observe).
    ///
    /// ```
    /// # let policy = &std::fs::read_to_string("fixtures/explain/letters.policy.xml")?;
    /// use vedtak::{Pdp, Request};
    /// let pdp = Pdp::from_xml(policy)?;
    /// let request = Request::builder().subject("role", "clerk").action("read").build();
    /// let mut cover = pdp.cover([]);
    /// let call = pdp.call().at("2026-03-02T09:00:00Z".parse()?);
    /// call.observe(|event| event.cover(&mut cover)).decide(&request);
    /// assert_eq!(cover.decisions, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cover(&self, cover: &mut Cover) {
        let (tree, is_whole) = match self.outcome {
            Ok(outcome) => self.pdp.tree(self.request, outcome, Extent::Whole),
            Err(_) => (None, true),
        };
        cover.add(self.decision, tree.as_ref(), is_whole);
    }
}
