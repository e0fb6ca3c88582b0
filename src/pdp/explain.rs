//! A decision that was made → its explanation.
//!
//! The documents are read and compiled again, without the steps that rewrite them, for the first
//! question. Each explanation then goes through that program with the values that the decision read:
//! no provider is asked twice, and nothing is different for decisions that nobody explains.

use std::sync::OnceLock;

use super::builder::Language;
use super::call::DecisionEvent;
use super::documents::Loaded;
use super::record::{RecordedRead, recorded_answer};
use super::{Inner, Pdp};
use crate::analysis::explain::{self, ExplainedDocument, Explanation, PlainPolicies};
use crate::attribute::Designator;
use crate::compile::{Options, Steps};
use crate::evaluate::{Budget, Context, Outcome, SlotProviders, Step};
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
    documents: Vec<Loaded>,
    language: Language,
    root_combining: Option<String>,
    root: Option<String>,
}

struct Plain {
    policies: PlainPolicies,
    slot_providers: SlotProviders,
}

impl Explained {
    pub(super) fn from_documents(
        documents: Option<Vec<Loaded>>,
        language: Language,
        root_combining: Option<String>,
        root: Option<String>,
    ) -> Self {
        Self {
            kept: documents.map(|documents| KeptDocuments {
                documents,
                language,
                root_combining,
                root,
            }),
            plain: OnceLock::new(),
        }
    }
}

impl Inner {
    /// The documents as an explanation needs them; none if they are not kept.
    fn plain(&self) -> Option<&Plain> {
        let kept = self.explained.kept.as_ref()?;
        let plain = self.explained.plain.get_or_init(|| self.made_plain(kept));
        plain.as_ref()
    }

    fn made_plain(&self, kept: &KeptDocuments) -> Option<Plain> {
        let host = &*self.host;
        let supplied = |designator: &Designator| {
            let mut providers = host.providers.iter();
            providers.any(|provider| provider.supplies(designator))
        };
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
        let documents = kept.documents.iter().map(|loaded| {
            let read = loaded.content.clone().read(options.limits).ok()?;
            Some(ExplainedDocument {
                document: read.document,
                text: read.text,
                is_root: loaded.is_root,
            })
        });
        // They were read and compiled before, and neither depends on anything else.
        let policies = PlainPolicies::new(documents.collect::<Option<_>>()?, &options).ok()?;
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
    /// # let policy = include_str!("../../fixtures/explain/letters.policy.xml");
    /// use vedtak::{Pdp, Request};
    /// let pdp = Pdp::from_xml(policy)?;
    /// let request = Request::builder().subject("role", "clerk").action("read").build();
    /// let explanations = pdp.explain(&request);
    /// assert_eq!(explanations.len(), 1);
    /// println!("{}", explanations[0]);
    /// # Ok::<(), vedtak::Error>(())
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

    fn explained(&self, request: &Request, outcome: &Outcome<'_>) -> Explanation {
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
        let policies = plain.map(|plain| &plain.policies);
        let mut budget = Budget::new(limits);
        let tree = evaluation.trace(&mut budget, |trace| explain::tree(trace, policies));
        let remarks = match plain {
            Some(_) => Vec::new(),
            None => vec![
                "the documents are not kept, so there are no places, and targets and conditions have \
                 their values alone"
                    .to_owned(),
            ],
        };
        let is_strict = inner.host.settings.indeterminate_on_trouble;
        Explanation::of(outcome, tree, is_strict, remarks)
    }
}

impl DecisionEvent<'_> {
    /// Explains the decision, for the closure of [`Call::observe`](crate::Call::observe): every
    /// decision of a call with an instant or a deadline, of many requests or of a matrix.
    ///
    /// ```
    /// # let policy = include_str!("../../fixtures/explain/letters.policy.xml");
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
}
