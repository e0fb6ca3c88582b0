//! Documents one after the other → a program. The tree of a document without references is dropped
//! once it is compiled: the trees of a hundred thousand documents take gigabytes.

use std::collections::HashSet;
use std::sync::Arc;

use super::clause::Clauses;
use super::repository::Shape;
use super::{CompileInput, Compiler, Options, Vocabulary};
use crate::program::{Policy, PolicyId, Program};
use crate::syntax::{AnyPolicy, Document, Version};

/// The documents compiled so far.
///
/// The result is the program that [`compile`](super::compile) makes of the same documents, or none.
/// If it is none, the caller runs `compile`, which reports the problems.
pub(crate) struct Sequence<'o> {
    options: &'o Options<'o>,
    vocabulary: Vocabulary,
    policies: Vec<Policy>,
    clauses: Vec<Clauses>,
    pattern_weight: u64,
    roots: Vec<(PolicyId, Shape)>,
    /// Kind, id and version of the documents.
    names: HashSet<(bool, Arc<str>, Version)>,
}

impl<'o> Sequence<'o> {
    /// `None` if the root is found by its id, among all documents.
    pub(crate) fn new(options: &'o Options<'o>) -> Option<Self> {
        options.root.is_none().then(|| Self {
            options,
            vocabulary: Vocabulary::default(),
            policies: Vec::new(),
            clauses: Vec::new(),
            pattern_weight: 0,
            roots: Vec::new(),
            names: HashSet::new(),
        })
    }

    /// Compiles the next document. `None` if it has references or XPath, or a problem.
    pub(crate) fn add(mut self, document: &Document, is_root: bool) -> Option<Self> {
        let policy = AnyPolicy::from(document);
        let version = policy.version().clone();
        let name = (policy.is_set(), policy.id().into(), version);
        if document.references().next().is_some() || !self.names.insert(name) {
            return None;
        }
        let inputs = [CompileInput {
            source: None,
            digest: None,
            document,
            is_root,
        }];
        let mut compiler = Compiler::new(&inputs, self.options, self.vocabulary);
        compiler.policies = self.policies;
        compiler.clauses = self.clauses;
        compiler.pattern_weight = self.pattern_weight;
        let mut roots = self.roots;
        for entry in compiler.repository.documents() {
            let compiled = compiler.entry(entry, 1, 0)?;
            roots.extend(is_root.then_some(compiled));
        }
        // What uses XPath is rare, and its trees are few.
        let is_whole = compiler.problems.is_empty() && !compiler.vocabulary.uses_xpath();
        is_whole.then_some(Self {
            options: self.options,
            vocabulary: compiler.vocabulary,
            policies: compiler.policies,
            clauses: compiler.clauses,
            pattern_weight: compiler.pattern_weight,
            roots,
            names: self.names,
        })
    }

    /// The program. `None` if there is none without a problem.
    pub(crate) fn finish(self) -> Option<Program> {
        let mut compiler = Compiler::new(&[], self.options, self.vocabulary);
        compiler.policies = self.policies;
        compiler.clauses = self.clauses;
        let root = compiler.combined(&self.roots)?;
        compiler.finish(Some(root)).ok()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::super::{Steps, compile};
    use super::*;
    use crate::limits::Limits;
    use crate::value::DataTypes;

    const ALGORITHM: &str =
        "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides";

    /// The programs that both ways make of these documents, the last a library; without the random
    /// seeds.
    fn both(
        documents: &[Document],
        root_combining: Option<&str>,
    ) -> (Option<String>, Option<String>) {
        let options = Options {
            limits: &Limits::default(),
            data_types: &DataTypes::STANDARD,
            functions: &HashMap::new(),
            algorithms: &HashMap::new(),
            root_combining,
            root: None,
            supplied: &|_| false,
            steps: Steps {
                lowering: true,
                index: false,
            },
        };
        let is_root = |place: usize| place + 1 < documents.len();
        let shown = |program: Program| {
            let Program {
                slots,
                policies,
                functions,
                selectors,
                paths,
                uses_xpath,
                root,
            } = program;
            assert!(selectors.is_empty() && paths.is_empty() && !uses_xpath);
            format!("{:?} {policies:?} {functions:?} {root:?}", &slots[..])
        };
        let places = documents.iter().enumerate();
        let inputs = places.map(|(place, document)| CompileInput {
            source: None,
            digest: None,
            document,
            is_root: is_root(place),
        });
        let inputs: Vec<CompileInput<'_>> = inputs.collect();
        let all = compile(&inputs, &options).ok().map(shown);
        let mut places = documents.iter().enumerate();
        let sequence = places.try_fold(Sequence::new(&options).expect("no root"), |known, next| {
            known.add(next.1, is_root(next.0))
        });
        (all, sequence.and_then(Sequence::finish).map(shown))
    }

    fn policy(id: &str) -> Document {
        let text = include_str!("../../fixtures/nested/library.xml");
        let mut document = Document::from_xml(text).expect("reads");
        if let Document::Policy(policy) = &mut document {
            policy.id = id.to_owned();
        }
        document
    }

    /// A set of a policy that no other document has.
    fn policy_set() -> Document {
        let text = r#"<PolicySet xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17"
            PolicySetId="set" Version="1" PolicyCombiningAlgId="ALGORITHM">
          <Target/></PolicySet>"#;
        let text = text.replace("ALGORITHM", ALGORITHM);
        let mut document = Document::from_xml(text).expect("reads");
        if let (Document::PolicySet(set), Document::Policy(within)) = (&mut document, policy("in"))
        {
            set.children
                .push(crate::syntax::PolicySetChild::Policy(within));
        }
        document
    }

    #[test]
    fn one_after_the_other_makes_the_same_program() {
        let set = policy_set();
        for documents in [
            vec![policy("a"), policy("b"), policy("c")],
            vec![policy("a"), set.clone(), policy("b")],
            vec![set, policy("a")],
        ] {
            let (all, sequence) = both(&documents, Some(ALGORITHM));
            assert!(all.is_some());
            assert_eq!(all, sequence);
        }
    }

    #[test]
    fn whatever_is_wrong_gives_no_program() {
        for documents in [
            vec![policy("a"), policy("a"), policy("c")],
            vec![policy("a")],
            vec![],
        ] {
            assert_eq!(both(&documents, Some(ALGORITHM)), (None, None));
        }
        let documents = [policy("a"), policy("b"), policy("c")];
        assert_eq!(both(&documents, None), (None, None));
        assert_eq!(both(&documents, Some("urn:unknown")), (None, None));
    }
}
