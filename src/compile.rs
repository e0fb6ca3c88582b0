//! Syntax trees → a program: references resolved, names made numbers, types checked. Collects
//! every problem of every document.
//!
//! Does not know requests or responses.

mod apply;
mod bitmap_index;
mod clause;
mod entity;
mod expression;
mod index;
mod link;
mod lower;
mod names;
mod obligation;
mod policy;
mod problem;
mod quantified;
mod repository;
mod selector;
mod sequence;
mod signature;
mod simplify;
mod target;
mod variable;
mod vocabulary;

use std::borrow::Cow;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use crate::attribute::Designator;
use crate::combining::{Algorithm, Combined, CombiningAlgorithm};
use crate::decision::XacmlVersion;
use crate::error::{Diagnostic, Error, Problems, Source, did_you_mean, list, similar_identifier};
use crate::function::Function;
use crate::limits::{Limits, exceeded};
use crate::program::{
    Child, ChildSearch, Condition, Expression, Policies, Policy, PolicyId, Program, Root, SlotId,
    Target,
};
use crate::syntax::Document;
use crate::value::DataTypes;
pub(crate) use clause::{Clause, Clauses, Pair};
pub(crate) use link::{Links, OwnReference, Way};
use lower::Tests;
pub(crate) use names::standard_algorithm;
pub(crate) use policy::{policies_too_deep, references_too_deep};
pub(crate) use problem::circle;
use problem::{CompileProblem, PathStep};
use repository::Repository;
pub(crate) use repository::{Shape, kind_name, no_version, not_loaded, twice};
pub(crate) use sequence::Sequence;
use simplify::Simplify;
use vocabulary::Named;
pub(crate) use vocabulary::{Used, Vocabulary};

/// One document to compile.
pub(crate) struct CompileInput<'a> {
    /// The text it was read from, for positions; none for a tree the host built.
    pub(crate) source: Option<Source<'a>>,
    pub(crate) document: &'a Document,
    /// The digest of its bytes, if it has some.
    pub(crate) digest: Option<Arc<[u8; 32]>>,
    /// Whether it is a root, and not only referred to.
    pub(crate) is_root: bool,
}

/// The settings of a compilation, from the builder of the PDP.
pub(crate) struct Options<'a> {
    pub(crate) limits: &'a Limits,
    pub(crate) data_types: &'a DataTypes,
    pub(crate) functions: &'a HashMap<Arc<str>, Arc<Function>>,
    pub(crate) algorithms: &'a HashMap<String, Arc<dyn CombiningAlgorithm>>,
    /// The identifier of the algorithm that combines several roots.
    pub(crate) root_combining: Option<&'a str>,
    /// The root by its id, in its latest version.
    pub(crate) root: Option<&'a str>,
    /// Whether a provider can supply an attribute that a request lacks.
    pub(crate) supplied: &'a dyn Fn(&Designator) -> bool,
    pub(crate) steps: Steps,
}

/// The steps of compiling that change the time a decision takes, and never the decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Steps {
    /// Targets become rows of tests, and conditions take fewer steps.
    pub(crate) lowering: bool,
    /// Children are found by the values of attributes; only where targets are lowered.
    pub(crate) index: bool,
}

impl Steps {
    pub(crate) const ALL: Self = Self {
        lowering: true,
        index: true,
    };
}

/// Compiles all documents into one program.
pub(crate) fn compile(
    inputs: &[CompileInput<'_>],
    options: &Options<'_>,
) -> Result<Program, Error> {
    compile_all(inputs, options, |_| ()).map(|(program, ())| program)
}

fn compile_all<'a, T>(
    inputs: &'a [CompileInput<'a>],
    options: &'a Options<'a>,
    look: impl FnOnce(&Compiler<'a>) -> T,
) -> Result<(Program, T), Error> {
    let mut compiler = Compiler::new(inputs, options, Vocabulary::default());
    for entry in compiler.repository.documents() {
        compiler.entry(entry, 1, 0);
    }
    let root = compiler.root();
    let seen = look(&compiler);
    Ok((compiler.finish(root)?, seen))
}

/// The way to a policy: its document, and in each policy set on it the number of the child among
/// those in place.
#[derive(Debug)]
pub(crate) struct PolicyPath {
    pub(crate) document: usize,
    pub(crate) steps: Vec<usize>,
}

/// Compiles all documents into one program, and gives the way to each of its policies.
pub(crate) fn compile_with_paths(
    inputs: &[CompileInput<'_>],
    options: &Options<'_>,
) -> Result<(Program, Vec<Option<PolicyPath>>), Error> {
    compile_all(inputs, options, |compiler| {
        let mut paths = Vec::new();
        paths.resize_with(compiler.policies.len(), || None);
        for (id, path) in compiler.repository.paths() {
            paths[id.index()] = Some(path);
        }
        paths
    })
}

/// The problems of documents beside others that could not be read whole, each with the number of
/// its input. References are not followed where they may lead to one of those, and no root is
/// selected.
pub(crate) fn problems_beside_unread(
    inputs: &[CompileInput<'_>],
    options: &Options<'_>,
) -> Vec<(usize, Diagnostic)> {
    let mut compiler = Compiler::new(inputs, options, Vocabulary::default());
    compiler.repository.is_incomplete = true;
    for entry in compiler.repository.documents() {
        compiler.entry(entry, 1, 0);
    }
    let problems = compiler.diagnostics().into_iter();
    let problems = problems.filter_map(|(input, problem)| Some((input?, problem)));
    problems.collect()
}

/// One document compiled for a store: its slots and functions are those of the vocabulary, its
/// policies have ids of their own.
pub(crate) struct Unit {
    pub(crate) policies: Vec<Policy>,
    pub(crate) root: PolicyId,
    /// The clauses without which the root does not apply.
    pub(crate) clauses: Clauses,
    /// Kept in the vocabulary until it is released.
    pub(crate) used: Used,
    /// Its size, without the documents that it refers to.
    pub(crate) shape: Shape,
    /// The references to other documents, whose places among the children have `ELSEWHERE` as id.
    pub(crate) links: Links,
}

/// Compiles a document by itself, with the vocabulary of those before it.
pub(crate) fn unit(
    vocabulary: &mut Vocabulary,
    input: CompileInput<'_>,
    options: &Options<'_>,
) -> Result<Unit, Error> {
    let inputs = [input];
    let functions = vocabulary.functions.len();
    vocabulary.begin();
    let mut compiler = Compiler::new(&inputs, options, std::mem::take(vocabulary));
    compiler.repository.is_of_store = true;
    // Providers are called here. One that panics must not lose the names that all other policies of
    // the store are compiled with.
    let root = catch_unwind(AssertUnwindSafe(|| {
        let mut root = None;
        for entry in compiler.repository.documents() {
            root = compiler.entry(entry, 1, 0);
        }
        root.filter(|(_, shape)| compiler.check_visits(shape.visits))
    }));
    *vocabulary = std::mem::take(&mut compiler.vocabulary);
    vocabulary.forget_pieces();
    let root = root.unwrap_or_else(|panic| {
        vocabulary.give_up(functions);
        resume_unwind(panic)
    });
    match root {
        Some((root, shape)) if compiler.problems.is_empty() => {
            let mut clauses = compiler.clauses.pop().unwrap_or_default();
            // A store has no look for pieces.
            for clauses in [&mut clauses.own, &mut clauses.derived] {
                clauses.retain(|clause| !clause::has_parts(clause));
                clauses.shrink_to_fit();
            }
            let links = compiler.links(root);
            // A store keeps all documents of a load until they come in together.
            compiler.policies.shrink_to_fit();
            Ok(Unit {
                clauses,
                root,
                shape,
                links,
                used: vocabulary.keep(),
                policies: compiler.policies,
            })
        }
        _ => {
            vocabulary.give_up(functions);
            Err(compiler.error())
        }
    }
}

struct Compiler<'a> {
    inputs: &'a [CompileInput<'a>],
    options: &'a Options<'a>,
    repository: Repository<'a>,
    /// The policies that are being compiled, each within the one before or referred to by it; and
    /// how many references lead to it.
    begun: Vec<(usize, usize)>,
    /// A circle of references was found, and is among the problems.
    met_circle: bool,
    vocabulary: Vocabulary,
    policies: Vec<Policy>,
    /// The clauses of each policy.
    clauses: Vec<Clauses>,
    /// The variables of the policy being compiled.
    variables: Vec<Expression>,
    /// The `XPathVersion` of the policy being compiled (§5.5).
    xpath_version: Option<&'a str>,
    /// The references within and out of a document of a store.
    edges: link::Edges,
    /// The size of the regular expressions compiled so far; bounded, since a short pattern can have
    /// a large automaton.
    pattern_weight: u64,
    /// The document being compiled.
    input: usize,
    path: Vec<PathStep<'a>>,
    problems: Problems<CompileProblem>,
}

/// The most ids that the message about a missing root lists.
const MOST_ROOTS: usize = 8;

impl<'a> Compiler<'a> {
    fn new(
        inputs: &'a [CompileInput<'a>],
        options: &'a Options<'a>,
        vocabulary: Vocabulary,
    ) -> Self {
        let mut compiler = Self {
            inputs,
            options,
            repository: Repository::default(),
            begun: Vec::new(),
            met_circle: false,
            vocabulary,
            policies: Vec::new(),
            clauses: Vec::new(),
            variables: Vec::new(),
            xpath_version: None,
            edges: link::Edges::default(),
            pattern_weight: 0,
            input: 0,
            path: Vec::new(),
            problems: Problems::new(problem::MOST_PROBLEMS),
        };
        for (index, input) in inputs.iter().enumerate() {
            compiler.repository.add(index, input.document);
        }
        for (twin, first) in compiler.repository.duplicates() {
            let entry = compiler.repository.entry(twin);
            let (policy, input) = (entry.policy, entry.input);
            let first = compiler.repository.entry(first);
            let (first_input, first) = (first.input, first.policy.offset());
            compiler.input = input;
            let (id, version) = (crate::xml::cut(policy.id()), policy.version());
            let kind_name = policy.element();
            let attribute = if policy.is_set() {
                "PolicySetId"
            } else {
                "PolicyId"
            };
            let first = compiler.at(first_input, first);
            compiler.problem_with(
                policy.offset(),
                attribute,
                format!(
                    "another {kind_name}{first} has the id `{id}` and the version `{version}`, too"
                ),
            );
        }
        compiler
    }

    /// The policy a decision begins with.
    fn root(&mut self) -> Option<PolicyId> {
        let roots: Vec<usize> = match self.options.root {
            Some(id) => self.repository.latest_documents(id).collect(),
            None => self
                .repository
                .documents()
                .into_iter()
                .zip(self.inputs)
                .filter(|(_, input)| input.is_root)
                .map(|(entry, _)| entry)
                .collect(),
        };
        if let (Some(id), [_, _, ..]) = (self.options.root, &roots[..]) {
            let id = crate::xml::cut(id);
            self.elsewhere(format!(
                "the root may mean two different ones: a Policy and a PolicySet have the id `{id}`"
            ));
            return None;
        }
        let mut compiled = Vec::new();
        for entry in &roots {
            compiled.push(self.repository.compiled(*entry)?);
        }
        self.combined(&compiled)
    }

    /// The message that nothing has the id of the root, with what was probably meant, or what there is.
    fn no_root(&self, id: &str) -> String {
        let documents = self.repository.documents().into_iter();
        let ids = documents.map(|entry| self.repository.entry(entry).policy.id());
        let mut ids: Vec<String> = ids.map(crate::xml::cut).collect();
        ids.dedup();
        let hint = match (similar_identifier(id, &ids), ids.len()) {
            (Some(meant), _) => did_you_mean(Some(meant)),
            (None, 0) => String::new(),
            (None, 1..=MOST_ROOTS) => {
                format!("; it may be {}", list(ids.iter().map(String::as_str)))
            }
            (None, number) => format!("; it may be one of {number}"),
        };
        let id = crate::xml::cut(id);
        format!("no policy `{id}` is loaded that could be the root{hint}")
    }

    /// The only root, or a nameless set of several (§7.17).
    fn combined(&mut self, compiled: &[(PolicyId, Shape)]) -> Option<PolicyId> {
        let visits = compiled
            .iter()
            .fold(0_u64, |sum, (_, shape)| sum.saturating_add(shape.visits));
        if !self.check_visits(visits) {
            return None;
        }
        match (compiled, self.options.root_combining) {
            ([], _) => {
                self.elsewhere(match self.options.root {
                    Some(id) => self.no_root(id),
                    None => "no policy decides by itself: each is for others to refer to, or the files have none".to_owned(),
                });
                None
            }
            ([(only, _)], None) => Some(*only),
            (many, None) => {
                let count = many.len();
                self.elsewhere(format!(
                    "there are {count} root policies: say with `root_combining` how they combine"
                ));
                None
            }
            (many, Some(id)) => {
                let children = many.iter().map(|(id, _)| Child::Policy(*id)).collect();
                let algorithm = match self.find_algorithm(id, Combined::Policies) {
                    Ok(algorithm) => algorithm,
                    Err(message) => {
                        self.elsewhere(message);
                        return None;
                    }
                };
                let nameless = Policy {
                    // Which of its documents are of 2.0 makes no difference: the host combines them.
                    xacml: XacmlVersion::V3,
                    id: "".into(),
                    version: "".into(),
                    digest: None,
                    is_set: true,
                    target: Target::Any,
                    algorithm,
                    children,
                    tests: Box::new([]),
                    literals: Box::new([]),
                    variables: Box::new([]),
                    search: ChildSearch::All,
                    obligations: Box::new([]),
                    parameters: None,
                };
                Some(self.add(nameless))
            }
        }
    }

    fn check_visits(&mut self, visits: u64) -> bool {
        let problem = too_many_visits(visits, self.options.limits);
        let fits = problem.is_none();
        problem
            .into_iter()
            .for_each(|problem| self.elsewhere(problem));
        fits
    }

    fn finish(self, root: Option<PolicyId>) -> Result<Program, Error> {
        let root = match root {
            Some(root) if self.problems.is_empty() => root,
            _ => return Err(self.error()),
        };
        let uses_xpath = self.vocabulary.uses_xpath();
        Ok(Program {
            selectors: self.vocabulary.selectors().clone(),
            paths: self.vocabulary.paths().clone(),
            slots: Arc::new(self.vocabulary.slots),
            policies: Policies::Fixed(self.policies.into()),
            functions: Arc::new(self.vocabulary.functions),
            uses_xpath,
            root: Root::Policy(root),
        })
    }

    fn text(&mut self, text: &str) -> Arc<str> {
        self.vocabulary.text(text)
    }

    /// A target in the form it is evaluated in.
    fn lowered(
        &mut self,
        tests: &mut Tests,
        any_ofs: Vec<Condition>,
        xacml: XacmlVersion,
    ) -> Target {
        match &any_ofs[..] {
            [] => Target::Any,
            _ if self.options.steps.lowering => tests.lower(any_ofs, xacml, &mut self.vocabulary),
            _ => Target::AnyOfs(any_ofs.into()),
        }
    }

    /// A condition or the value of a variable in the form it is evaluated in.
    fn simplified<T: Simplify>(&self, mut expression: T) -> T {
        if self.options.steps.lowering {
            expression.simplify(&self.vocabulary.functions);
        }
        expression
    }

    /// Adds a policy whose children are added already, with an index of them.
    fn add(&mut self, mut policy: Policy) -> PolicyId {
        if self.options.steps.index {
            self.index(&mut policy);
        }
        let id = PolicyId::next(self.policies.len());
        self.policies.push(policy);
        id
    }

    fn index(&mut self, policy: &mut Policy) {
        let children = policy.children.iter();
        let of_children: Vec<Cow<'_, Clauses>> = children
            .map(|child| clause::of_child(child, policy, &self.clauses, &mut self.vocabulary))
            .collect();
        if policy.algorithm.ignores_what_does_not_apply() {
            let by_target = matches!(policy.algorithm, Algorithm::OnlyOneApplicable);
            policy.search = self.search(policy, &of_children, by_target);
        }
        let of_children = of_children.iter().map(Cow::as_ref);
        let clauses = Clauses {
            own: clause::of_target(&policy.target, policy, &mut self.vocabulary),
            // An Indeterminate target of 2.0 makes the policy Indeterminate whatever its children
            // are (2.0 §7.10, §7.11); in 3.0 it is NotApplicable if all of them are (§7.14).
            derived: match (policy.xacml, &policy.target) {
                (XacmlVersion::V3, _) | (XacmlVersion::V2, Target::Any | Target::Tests { .. }) => {
                    clause::of_children(&policy.algorithm, of_children)
                }
                (XacmlVersion::V2, Target::Sections { .. } | Target::AnyOfs(_)) => Vec::new(),
            },
        };
        self.clauses.push(clauses);
    }

    /// The look-up of the children: a bitmap index for few, an index for many.
    fn search(
        &self,
        policy: &Policy,
        children: &[Cow<'_, Clauses>],
        by_target: bool,
    ) -> ChildSearch {
        let vocabulary = &self.vocabulary;
        let bitmap = bitmap_index::bitmap_index(policy, children, by_target, vocabulary);
        if let Some(bitmap) = bitmap {
            return ChildSearch::Bitmap(bitmap);
        }
        let index = vocabulary.index(children, by_target);
        index.map_or(ChildSearch::All, ChildSearch::Index)
    }

    fn slot(&mut self, named: &Named<'_>) -> SlotId {
        self.vocabulary.slot(named, self.options.supplied)
    }
}

/// The message if a decision may visit more policies and rules than the limit allows.
pub(crate) fn too_many_visits(visits: u64, limits: &Limits) -> Option<String> {
    let limit = limits.visits;
    (visits > limit).then(|| {
        let what = format!(
            "a decision may have to visit {visits} policies and rules, counting each as often as \
             references lead to it"
        );
        exceeded(&what, limit, "visits")
    })
}
