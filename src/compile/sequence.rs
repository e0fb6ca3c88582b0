//! Documents one after the other → a program: one that refers to no other is not needed any more
//! once it is compiled, and the trees of a hundred thousand take gigabytes.

use std::collections::HashSet;
use std::sync::Arc;

use super::clause::Clauses;
use super::repository::Shape;
use super::{Compiler, Input, Options, Vocabulary};
use crate::program::{Policy, PolicyId, Program};
use crate::syntax::{Document, PolicySet, PolicySetChild};

/// What was compiled so far.
///
/// It knows two answers: the program that [`compile`](super::compile) makes of the same documents,
/// and none. Whoever gets none asks `compile`, which says what the problems are.
pub(crate) struct Sequence<'o> {
    options: &'o Options<'o>,
    vocabulary: Vocabulary,
    policies: Vec<Policy>,
    clauses: Vec<Clauses>,
    pattern_weight: u64,
    roots: Vec<(PolicyId, Shape)>,
    /// Kind, id and version of the documents.
    names: HashSet<(bool, Arc<str>, Arc<str>)>,
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
        let (is_set, id, version) = match document {
            Document::Policy(policy) => (false, &policy.id, &policy.version),
            Document::PolicySet(set) if refers(set) => return None,
            Document::PolicySet(set) => (true, &set.id, &set.version),
        };
        let name = (is_set, id.as_str().into(), version.as_str().into());
        if !self.names.insert(name) {
            return None;
        }
        let inputs = [Input {
            source: None,
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
        // Selectors are those of one compilation.
        let is_whole = compiler.problems.is_empty() && !compiler.uses_xpath();
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

fn refers(set: &PolicySet) -> bool {
    set.children.iter().any(|child| match child {
        PolicySetChild::PolicyReference(_) | PolicySetChild::PolicySetReference(_) => true,
        PolicySetChild::PolicySet(set) => refers(set),
        _ => false,
    })
}
