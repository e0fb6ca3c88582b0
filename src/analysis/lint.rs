//! Policies → probable mistakes: tests that cannot hold, names that nearly are the standard's, rules
//! that change nothing. Begin with [`Lint`].
//!
//! A finding is no error: the policy decides as it is written. Each has a [`Code`], a [`Level`],
//! a message with its position, and mostly a cure. [The chapter on linting](crate::manual::linting)
//! shows one of each.

mod beside;
mod code;
mod combining;
mod conjuncts;
mod finding;
mod literals;
mod names;
mod parts;
mod rules;
#[cfg(feature = "json")]
mod sarif;
mod time;
mod together;
mod vocabulary;
mod walk;

use std::collections::BTreeMap;

use crate::attribute::Designator;
use crate::error::{Error, Source};
use crate::limits::Limits;
use crate::read_options::ReadOptions;
use crate::syntax::Document;

pub(crate) use beside::Beside;
pub use code::{Code, Level};
pub use finding::{Finding, Linted, RuleFinding};
pub use rules::repeated_ids;
#[cfg(feature = "json")]
pub use sarif::{to_sarif, to_sarif_with};
pub use together::{Obstacle, ValueCount, obstacle};
pub use vocabulary::Vocabulary;
pub(crate) use walk::AboutRules;

/// Finds probable mistakes in policies.
///
/// ```
/// use vedtak::analysis::lint::{Code, Level, Lint};
///
/// let policy = std::fs::read_to_string("examples/letters.xml")?;
/// assert!(Lint::new().findings("letters.xml", &policy)?.is_empty());
///
/// let spaced = policy.replace(">manager<", "> manager<");
/// let findings = Lint::new().findings("letters.xml", &spaced)?;
/// assert_eq!(
///     findings[0].to_string(),
///     "letters.xml:10:11: ` manager` is compared with the white space around it
///   in Rule `the-manager-reads` of Policy `letters`
///   10 | <AttributeValue DataType=\"http://www.w3.org/2001/XMLSchema#string\"> manager</AttributeValue>
///      | ^
///   warning: blanks-around-value
///   cure: write `manager`, without white space"
/// );
///
/// let lint = Lint::new().level(Code::BlanksAroundValue, Level::Allow);
/// assert!(lint.findings("letters.xml", &spaced)?.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Lint {
    levels: BTreeMap<Code, Level>,
    vocabulary: Option<Vocabulary>,
    limits: Limits,
}

impl Lint {
    /// A linter that gives each code its own [level](Code::level), and knows no vocabulary.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the level of a code; with [`Level::Allow`] there are no such findings.
    #[must_use]
    pub fn level(mut self, code: Code, level: Level) -> Self {
        self.levels.insert(code, level);
        self
    }

    /// Declares the attributes of the host: others are found.
    #[must_use]
    pub fn vocabulary(mut self, vocabulary: Vocabulary) -> Self {
        self.vocabulary = Some(vocabulary);
        self
    }

    /// Sets limits on documents.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Returns the findings about a policy document, in the order of its text. `source` names it,
    /// as a file name does. There are at most 10,000 of one document; if more are found, the last one
    /// says how many.
    ///
    /// # Errors
    ///
    /// The problems of a document that cannot be read. Compiling may find more.
    pub fn findings(&self, source: &str, xml: impl AsRef<[u8]>) -> Result<Vec<Finding>, Error> {
        let options = ReadOptions::new().source(source).limits(&self.limits);
        let (document, text) = Document::read_with_text(xml.as_ref(), options)?;
        let source = Source {
            name: source.into(),
            text: &text,
        };
        Ok(self.document_findings(&document, &source, &[]))
    }

    /// Returns the findings about several documents, each given with its name, in their order.
    ///
    /// ```
    /// use vedtak::analysis::lint::Lint;
    ///
    /// let policy = std::fs::read_to_string("examples/letters.xml")?;
    /// let files = [("a.xml", &*policy), ("b.xml", "<Policy/>"), ("c.xml", "")];
    /// let error = Lint::new().findings_of_all(files).unwrap_err();
    /// let sources = error.diagnostics().iter().map(|problem| problem.source());
    /// assert!(sources.eq([Some("b.xml"), Some("c.xml")]));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The problems of all documents that cannot be read.
    pub fn findings_of_all<'s, B: AsRef<[u8]>>(
        &self,
        documents: impl IntoIterator<Item = (&'s str, B)>,
    ) -> Result<Vec<Finding>, Error> {
        let mut findings = Vec::new();
        let mut problems = Vec::new();
        for (source, xml) in documents {
            match self.findings(source, xml) {
                Ok(more) => findings.extend(more),
                Err(error) => problems.extend(error.into_diagnostics()),
            }
        }
        match problems.is_empty() {
            true => Ok(findings),
            false => Err(Error::new(problems)),
        }
    }

    /// Returns the findings about a document that was [read with its
    /// text](Document::read_with_text), in the order of the text. Those `about_rules` come from
    /// another analysis, and are joined with the linter's own. A rule of which the linter itself says
    /// why it changes nothing is not told of twice; findings about rules that the document does not
    /// have are left out.
    ///
    /// [`Pdp::lint`](crate::Pdp::lint) does so with the rules that
    /// [`idle_rules`](crate::analysis::Analysis::idle_rules) finds; for a document alone:
    ///
    /// ```
    /// use vedtak::analysis::lint::{Code, Lint, RuleFinding};
    /// use vedtak::report::Source;
    /// use vedtak::syntax::Document;
    /// use vedtak::{Pdp, ReadOptions, Request};
    ///
    /// let text = std::fs::read("fixtures/lint/vocabulary-single.xml")?;
    /// let (document, text) = Document::read_with_text(&text, ReadOptions::new())?;
    /// let source = Source { name: "policy.xml".into(), text: &text };
    /// let pdp = Pdp::builder().document(document.clone()).build()?;
    /// let request = Request::builder().build();
    /// let idle = pdp.analysis(&request).open(|_| true).single_valued(|_| true).idle_rules()?;
    /// let about_rules: Vec<RuleFinding> = idle.rules.into_iter().map(RuleFinding::from).collect();
    /// let findings = Lint::new().document_findings(&document, &source, &about_rules);
    /// let of_code = |code| findings.iter().filter(|finding| finding.code == code).count();
    /// assert_eq!(of_code(Code::UnreachableRule), 4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn document_findings(
        &self,
        document: &Document,
        source: &Source<'_>,
        about_rules: &[RuleFinding],
    ) -> Vec<Finding> {
        let known = (&Beside::default(), &AboutRules::new(about_rules));
        self.text_findings(&[(document, false)], source, known)
    }

    /// Returns the findings about the documents of one text, each with whether it decides by itself.
    pub(crate) fn text_findings<'d>(
        &'d self,
        documents: &[(&'d Document, bool)],
        source: &Source<'_>,
        known: (&Beside<'d>, &AboutRules<'d>),
    ) -> Vec<Finding> {
        let mut found = walk::walk(self, documents, source, known);
        // Stable: findings at one place stay in the order in which they were made.
        found.sort_by_key(|found| found.problem.offset.bytes());
        let mut rest = Vec::with_capacity(found.len());
        let mut problems = Vec::with_capacity(found.len());
        for found in found {
            rest.push((found.code, found.cure));
            problems.push(found.problem);
        }
        let diagnostics = source.diagnostics(problems).into_iter();
        let findings = rest.into_iter().zip(diagnostics);
        findings
            .map(|((code, cure), diagnostic)| Finding {
                code,
                level: self.level_of(code),
                diagnostic,
                cure,
            })
            .collect()
    }

    /// Whether the vocabulary says that an attribute has at most one value.
    pub(crate) fn is_single(&self, designator: &Designator) -> bool {
        let vocabulary = self.vocabulary.as_ref();
        vocabulary.is_some_and(|vocabulary| vocabulary.is_single_valued(designator))
    }

    fn level_of(&self, code: Code) -> Level {
        let set = self.levels.get(&code);
        set.copied().unwrap_or_else(|| code.level())
    }
}
