//! The documents of a PDP → findings about them, with the rules that the analysis of the whole finds
//! idle.

use super::Pdp;
use crate::analysis::lint::{Lint, Linted, RuleFinding};
use crate::request::Request;
use crate::syntax::{Document, referred};

impl Pdp {
    /// Finds probable mistakes in the documents of this PDP: what [`Lint::findings`] finds in each,
    /// the rules that change no decision because several others together outweigh them, for any request,
    /// and the policies that decide by themselves though others refer to them. `budget` bounds the steps for each policy; 1,000,000 is enough for most.
    ///
    /// Documents without a text, and those of a PDP that does not [keep
    /// them](crate::PdpBuilder::explainable), have no findings.
    ///
    /// ```
    /// use vedtak::Pdp;
    /// use vedtak::analysis::lint::{Code, Lint};
    ///
    /// let policy = include_str!("../../fixtures/lint/whole/redundant.xml");
    /// let pdp = Pdp::builder().policy("archive.xml", policy).build()?;
    /// let linted = pdp.lint(&Lint::new(), 1_000_000);
    /// let found = &linted.findings[0];
    /// assert_eq!(linted.findings.len(), 3);
    /// assert_eq!(found.code, Code::RedundantRule);
    /// assert_eq!(found.diagnostic.position().map(|at| at.line), Some(4));
    /// # Ok::<(), vedtak::Error>(())
    /// ```
    pub fn lint(&self, lint: &Lint, budget: usize) -> Linted {
        let mut linted = Linted::default();
        let Some(policies) = self.inner.plain_policies() else {
            return linted;
        };
        let request = Request::builder().build();
        let analysis = self.analysis(&request).budget(budget);
        let analysis = analysis
            .open(|_| true)
            .single_valued(|known| lint.is_single(known));
        let mut about_rules: Vec<RuleFinding> = Vec::new();
        match analysis.idle_rules() {
            Ok(idle) => {
                about_rules.extend(idle.rules.into_iter().map(RuleFinding::from));
                linted.left_out = idle.left_out;
            }
            Err(unanswered) => linted.unanswered = Some(unanswered),
        }
        let parts = referred(policies.trees().flat_map(Document::references));
        for (documents, source) in policies.with_texts() {
            let documents = documents.into_iter().map(|(document, is_root)| {
                let name = (document.kind(), document.id());
                (document, is_root && parts.contains(&name))
            });
            let documents: Vec<(&Document, bool)> = documents.collect();
            let findings = lint.text_findings(&documents, &source, &about_rules);
            linted.findings.extend(findings);
        }
        linted
    }
}
