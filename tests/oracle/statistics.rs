//! What came up in a run: a generator that never comes to a corner tests nothing there.

use std::fmt;

use crate::evaluate::{Failure, Outcome, Permitted, Verdict};

#[derive(Default)]
pub(crate) struct Statistics {
    pub policies: u64,
    permit: u64,
    deny: u64,
    /// Policies with quantified expressions.
    pub quantified: u64,
    /// Policies that look into entities, or categories, by functions.
    pub related: u64,
    /// Policies that were put into a store as well.
    pub stored: u64,
    /// Residuals that decided as the policies do.
    pub residuals: u64,
    /// Residuals that depend on an expression that is taken whole.
    pub residuals_whole: u64,
    /// Residuals past their budget.
    pub residuals_too_large: u64,
    not_applicable: u64,
    missing: u64,
    syntax: u64,
    processing: u64,
    with_obligations: u64,
    with_advice: u64,
    /// They asked for other decisions.
    asking: u64,
    /// They did not come to an end with it.
    in_circles: u64,
    /// Requests answered in XML and in JSON.
    pub in_both: u64,
    /// Decisions that were explained.
    pub explained: u64,
    /// Decisions asked for together with others.
    pub together: u64,
}

impl Statistics {
    pub(crate) fn count(&mut self, outcome: &Outcome, permitted: &Permitted) {
        self.asking += u64::from(permitted.was_asked());
        self.in_circles += u64::from(permitted.exceeded());
        let count = match outcome.verdict {
            Verdict::Permit => &mut self.permit,
            Verdict::Deny => &mut self.deny,
            Verdict::NotApplicable => &mut self.not_applicable,
            Verdict::Indeterminate(_, Failure::Missing) => &mut self.missing,
            Verdict::Indeterminate(_, Failure::Syntax) => &mut self.syntax,
            Verdict::Indeterminate(_, Failure::Processing) => &mut self.processing,
        };
        *count += 1;
        self.with_obligations += u64::from(!outcome.obligations.is_empty());
        self.with_advice += u64::from(!outcome.advice.is_empty());
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.policies += other.policies;
        self.quantified += other.quantified;
        self.related += other.related;
        self.stored += other.stored;
        self.residuals += other.residuals;
        self.residuals_whole += other.residuals_whole;
        self.residuals_too_large += other.residuals_too_large;
        self.permit += other.permit;
        self.deny += other.deny;
        self.not_applicable += other.not_applicable;
        self.missing += other.missing;
        self.syntax += other.syntax;
        self.processing += other.processing;
        self.with_obligations += other.with_obligations;
        self.with_advice += other.with_advice;
        self.asking += other.asking;
        self.in_circles += other.in_circles;
        self.in_both += other.in_both;
        self.together += other.together;
        self.explained += other.explained;
    }

    /// Every decision, every status code, obligations and advice make up some part of the cases. What
    /// is none `of_2` is rare there.
    pub(crate) fn assert_all_was_seen(&self, of_2: bool) {
        let enough = |name: &str, count: u64, percent: f64| {
            let share = 100.0 * count as f64 / self.cases() as f64;
            assert!(
                share >= percent,
                "only {share:.2} % of the cases were {name}"
            );
        };
        enough("Permit", self.permit, 10.0);
        enough("Deny", self.deny, 10.0);
        enough("NotApplicable", self.not_applicable, 10.0);
        enough("Indeterminate for a missing attribute", self.missing, 2.0);
        enough("Indeterminate for a syntax error", self.syntax, 0.2);
        enough("Indeterminate for a processing error", self.processing, 4.0);
        enough("with obligations", self.with_obligations, 4.0);
        enough("in XML and JSON", self.in_both, 5.0);
        enough("together with others", self.together, 5.0);
        enough("explained", self.explained, 4.0);
        let (stored, policies) = (self.stored, self.policies);
        assert!(
            stored * 20 > policies,
            "only {stored} of {policies} were in a store"
        );
        if of_2 {
            return;
        }
        enough("with advice", self.with_advice, 2.0);
        enough("asking for other decisions", self.asking, 1.0);
        enough("asking in circles", self.in_circles, 0.2);
        for (name, count) in [
            ("quantified expressions", self.quantified),
            ("functions that look into entities", self.related),
        ] {
            assert!(
                count * 4 > self.policies,
                "only {count} policies had {name}"
            );
        }
    }

    fn cases(&self) -> u64 {
        self.permit + self.deny + self.not_applicable + self.missing + self.syntax + self.processing
    }
}

impl fmt::Display for Statistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} cases of {} policies", self.cases(), self.policies)?;
        let (quantified, related) = (self.quantified, self.related);
        writeln!(
            f,
            "{quantified} with quantified expressions, {related} that look into entities"
        )?;
        writeln!(
            f,
            "{} residuals followed, {} with expressions taken whole, {} too large",
            self.residuals, self.residuals_whole, self.residuals_too_large
        )?;
        for (name, count) in [
            ("Permit", self.permit),
            ("Deny", self.deny),
            ("NotApplicable", self.not_applicable),
            ("Indeterminate, missing-attribute", self.missing),
            ("Indeterminate, syntax-error", self.syntax),
            ("Indeterminate, processing-error", self.processing),
            ("with obligations", self.with_obligations),
            ("with advice", self.with_advice),
            ("asking for other decisions", self.asking),
            ("asking in circles", self.in_circles),
            ("in XML and in JSON", self.in_both),
            ("besides, together with others", self.together),
        ] {
            let share = 100.0 * count as f64 / self.cases().max(1) as f64;
            writeln!(f, "{share:6.2} %  {name} ({count})")?;
        }
        Ok(())
    }
}
