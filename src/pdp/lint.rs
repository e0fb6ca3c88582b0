//! The documents of a PDP → findings about them, with the rules that the analysis of the whole finds
//! idle.

use super::Pdp;
use crate::analysis::lint::{AboutRules, Beside, Lint, Linted, RuleFinding};
use crate::request::Request;

impl Pdp {
    /// Finds probable mistakes in the documents of this PDP: what [`Lint::findings`] finds in each,
    /// the rules that change no decision because several others together outweigh them, for any request,
    /// the policies that decide by themselves though others refer to them, and those beside which the
    /// others decide nothing. `budget` bounds the steps for each policy; 1,000,000 is enough for most.
    ///
    /// Documents without a text, and those of a PDP that does not [keep
    /// them](crate::PdpBuilder::explainable), have no findings.
    ///
    /// ```
    /// use vedtak::Pdp;
    /// use vedtak::analysis::lint::{Code, Lint};
    ///
    /// let policy = std::fs::read_to_string("fixtures/lint/whole/redundant.xml")?;
    /// let pdp = Pdp::builder().policy("archive.xml", policy).build()?;
    /// let linted = pdp.lint(&Lint::new(), 1_000_000);
    /// let found = &linted.findings[0];
    /// assert_eq!(linted.findings.len(), 3);
    /// assert_eq!(found.code, Code::RedundantRule);
    /// assert_eq!(found.diagnostic.position().map(|at| at.line), Some(4));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
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
        let about_rules = AboutRules::new(&about_rules);
        let beside = Beside::new(policies.trees(), self.inner.root_combining());
        for (documents, source) in policies.with_texts() {
            let findings = lint.text_findings(&documents, &source, (&beside, &about_rules));
            linted.findings.extend(findings);
        }
        linted
    }
}
