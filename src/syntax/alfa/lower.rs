//! Declarations → policies, their names looked up.

mod expression;
mod policy;

use std::collections::{BTreeMap, HashMap, HashSet};

use super::names;
use super::scope::{NameMeaning, NamespaceNo, NotFound, ScopeNo, Scopes, Sort, last_of};
use super::tree::*;
use crate::decision::Effect;
use crate::error::{Offset, Problem, Problems, cut, did_you_mean};
use crate::limits::{Limits, exceeded};
use crate::syntax::{
    AdviceExpression, AllOf, AnyOf, AttributeAssignmentExpression, Document, ObligationExpression,
    Policy, PolicySet, PolicySetChild, Reference, Rule, Target,
};

/// The type of an expression.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Typed<'t> {
    data_type: &'t str,
    is_bag: bool,
}

/// An attribute as it is declared.
#[derive(Clone, Copy)]
struct DeclaredAttribute<'t> {
    /// Only what is assigned can do without.
    category: Option<&'t str>,
    id: &'t str,
    data_type: &'t str,
}

/// A function as it is declared.
#[derive(Clone, Copy)]
struct Function<'t> {
    id: &'t str,
    returns: Option<Typed<'t>>,
    /// The one that takes its two arguments the other way round.
    inverse: Option<&'t str>,
}

/// An operator that a file declares, for certain types.
#[derive(Clone, Copy, PartialEq)]
struct OwnOperator<'t> {
    function: &'t str,
    returns: Typed<'t>,
    allows_bags: bool,
    /// The one that stands for the same with the sides exchanged.
    inverse: Option<&'t str>,
    /// The block that declares it.
    scope: ScopeNo,
}

/// An operator and the data types of its sides.
type OperatorKey<'t> = (&'t str, &'t str, &'t str);

pub(super) struct Lowering<'t, 'a> {
    entries: &'t [Entry<'a>],
    scopes: &'t Scopes<'a>,
    limits: &'t Limits,
    pub(super) problems: Problems<Problem>,
    path: Vec<String>,
    /// The declared ones, by the numbers of their entries.
    attributes: HashMap<usize, DeclaredAttribute<'t>>,
    functions: HashMap<usize, Function<'t>>,
    /// The declared ones, each in its namespace.
    operators: HashMap<OperatorKey<'t>, BTreeMap<NamespaceNo, OwnOperator<'t>>>,
    /// The operators that are declared for any types.
    symbols: HashSet<&'t str>,
    /// The place in the text of all files of the beginning of the one that is read.
    base: usize,
    /// A rule is read that is checked where it is declared.
    is_muted: bool,
    /// The place of all parts of a rule that a policy takes in from another file, whose places mean
    /// nothing in this one: that of its name there.
    taken_in: Option<Offset>,
    /// The rules that policies take in, by the numbers of their entries, each with the places where.
    pub(super) taken: HashMap<usize, Vec<usize>>,
    /// The places of parts that are left out, as something that they name is broken.
    pub(super) holes: Vec<usize>,
    /// Parts made, and the bytes of the names in them: a name is declared once and used often.
    made: usize,
    bytes: usize,
}

impl<'t, 'a> Lowering<'t, 'a> {
    pub(super) fn new(
        entries: &'t [Entry<'a>],
        scopes: &'t Scopes<'a>,
        problems: Problems<Problem>,
        limits: &'t Limits,
    ) -> Self {
        Self {
            entries,
            scopes,
            limits,
            problems,
            path: Vec::new(),
            attributes: HashMap::new(),
            functions: HashMap::new(),
            operators: HashMap::new(),
            symbols: HashSet::new(),
            base: 0,
            is_muted: false,
            taken_in: None,
            taken: HashMap::new(),
            holes: Vec::new(),
            made: 0,
            bytes: 0,
        }
    }

    /// The documents of the files, in their order, each with its end in the text of all.
    pub(super) fn documents(&mut self) -> Vec<(usize, Document)> {
        let entries = self.entries;
        for (number, entry) in entries.iter().enumerate() {
            self.declaration(number, entry);
        }
        let mut documents = Vec::new();
        for (number, entry) in entries.iter().enumerate() {
            match &entry.item {
                Declaration::Policy(policy) if policy.is_outermost => {
                    let document = self.document(number, policy);
                    documents.extend(document.map(|document| (policy.end, document)));
                }
                // A rule that no policy takes in is checked all the same.
                Declaration::Rule(rule) => {
                    let _ = self.rule(number, rule, 0);
                }
                _ => {}
            }
        }
        documents
    }

    fn problem(&mut self, at: usize, message: impl Into<String>) {
        if self.is_muted {
            return;
        }
        let path = &self.path;
        self.problems.add(|| Problem {
            offset: Offset::new(at),
            path: path.iter().rev().cloned().collect::<Vec<_>>().join(" of "),
            message: message.into(),
        });
    }

    /// Counts a part with texts of so many bytes; none if there is no room for it.
    fn make(&mut self, at: usize, bytes: usize) -> Option<()> {
        let was_full = self.is_full();
        self.made += 1;
        self.bytes += bytes;
        if self.is_full() && !was_full {
            let message = match self.bytes > self.limits.bytes {
                true => {
                    let most = format!("{} bytes", self.limits.bytes);
                    exceeded("the policies of the file have more text", most, "bytes")
                }
                false => {
                    let what = "the policies of the file have more parts";
                    exceeded(what, self.limits.elements, "elements")
                }
            };
            self.is_muted = false;
            self.problem(at, message);
        }
        (!self.is_full()).then_some(())
    }

    pub(super) fn is_full(&self) -> bool {
        self.made > self.limits.elements || self.bytes > self.limits.bytes
    }

    fn offset(&self, at: usize) -> Offset {
        let own = Offset::new(at.saturating_sub(self.base));
        self.taken_in.unwrap_or(own)
    }

    fn declaration(&mut self, number: usize, entry: &'t Entry<'a>) {
        match &entry.item {
            Declaration::Attribute {
                name,
                id,
                data_type,
                category,
            } => {
                let data_type = data_type.and_then(|name| self.id(Sort::Type, entry.scope, name));
                let named = *category;
                let category = named.and_then(|name| self.id(Sort::Category, entry.scope, name));
                if let Some(data_type) = data_type
                    && category.is_some() == named.is_some()
                {
                    let attribute = DeclaredAttribute {
                        category,
                        id,
                        data_type,
                    };
                    self.check_of_standard(entry.scope, *name, attribute);
                    self.attributes.insert(number, attribute);
                }
            }
            Declaration::Function {
                id,
                returns,
                is_commutative,
                inverse,
            } => {
                let returns = self.typed(entry.scope, *returns);
                let inverse = match inverse {
                    Some(inverse) => self.function_id(entry.scope, *inverse),
                    None => is_commutative.then_some(&**id),
                };
                let function = Function {
                    id,
                    returns,
                    inverse,
                };
                self.functions.insert(number, function);
            }
            Declaration::Infix {
                symbol,
                allows_bags,
                functions,
                inverse,
            } => {
                self.symbols.insert(symbol);
                for one in functions {
                    let types = one.types.map(|name| self.typed(entry.scope, name));
                    let [Some(left), Some(right), Some(returns)] = types else {
                        continue;
                    };
                    let [left_at, right_at, _] = one.types.map(|name| name.name.at);
                    for (side, at) in [(left, left_at), (right, right_at)] {
                        if side.is_bag {
                            let message = "an operator is declared for single values; `allowbags` \
                                           says that it takes bags as well";
                            self.problem(at, message);
                        }
                    }
                    let key = (*symbol, left.data_type, right.data_type);
                    if let Some(standard) = names::operator_between(key.0, key.1, key.2) {
                        // A file may list operators of the standard, and gives them no other meaning.
                        if standard.function != one.id {
                            let symbol = cut(symbol);
                            let message = format!(
                                "`{symbol}` is the function `{}` of the standard for these types; \
                                 declare another operator",
                                standard.function
                            );
                            self.problem(left_at, message);
                        }
                        continue;
                    }
                    let operator = OwnOperator {
                        function: &one.id,
                        returns,
                        allows_bags: *allows_bags,
                        inverse: inverse.or_else(|| names::inverse_symbol(symbol)),
                        scope: entry.scope,
                    };
                    let declared = self.operators.entry(key).or_default();
                    let namespace = self.scopes.namespace(entry.scope);
                    if declared.insert(namespace, operator).is_some() {
                        let symbol = cut(symbol);
                        let message = format!("`{symbol}` is declared twice for these types");
                        self.problem(left_at, message);
                    }
                }
            }
            _ => {}
        }
    }

    /// Refuses an attribute that is written as one of the standard is, and is another.
    fn check_of_standard(
        &mut self,
        scope: ScopeNo,
        name: Word<'_>,
        declared: DeclaredAttribute<'_>,
    ) {
        let mut parts = name
            .text
            .rsplit('.')
            .chain(self.scopes.path(scope).rsplit('.'));
        let standard = parts.next().and_then(names::standard_attribute);
        let Some((known, category, id, data_type)) = standard else {
            return;
        };
        let is_same = declared.category == Some(*category)
            && declared.id == *id
            && declared.data_type == data_type.uri();
        if parts.next() == Some(names::ATTRIBUTES) && !is_same {
            let message = format!(
                "`{}.{known}` is the attribute `{id}` of the standard; give this one another name",
                names::ATTRIBUTES
            );
            self.problem(name.at, message);
        }
    }

    /// Finds what a name means; a problem if nothing.
    fn find(&mut self, sort: Sort, scope: ScopeNo, name: Word<'_>) -> Option<NameMeaning> {
        match self.scopes.find(sort, scope, name.text) {
            Ok(found) => Some(found),
            Err(NotFound::Ambiguous) => {
                let message = format!(
                    "the {} `{}` is imported from several namespaces; write which is meant",
                    sort.word(),
                    cut(name.text)
                );
                self.problem(name.at, message);
                None
            }
            Err(NotFound::Unknown) => {
                let similar = match self.problems.is_full() {
                    true => None,
                    false => self.scopes.similar(sort, scope, name.text),
                };
                let hint = match (sort, similar) {
                    (Sort::Attribute, None) if !name.text.contains('.') => {
                        format!("; a text is in quotes: `\"{}\"`", cut(name.text))
                    }
                    (_, Some(similar)) if last_of(&similar) == name.text => {
                        let similar = cut(&similar);
                        format!("; did you mean `{similar}`? `import {similar}` brings it here")
                    }
                    (_, similar) => did_you_mean(similar.as_deref()),
                };
                let word = sort.word();
                self.problem(
                    name.at,
                    format!("no {word} `{}` is declared{hint}", cut(name.text)),
                );
                None
            }
        }
    }

    /// The identifier that a name stands for.
    fn id(&mut self, sort: Sort, scope: ScopeNo, name: Word<'_>) -> Option<&'t str> {
        match self.find(sort, scope, name)? {
            NameMeaning::Standard(id) => Some(id),
            NameMeaning::Declared(number) => match &self.entries[number].item {
                Declaration::Named(id) => Some(id),
                _ => None,
            },
            NameMeaning::Attribute(_) => None,
        }
    }

    fn typed(&mut self, scope: ScopeNo, name: TypeName<'_>) -> Option<Typed<'t>> {
        // Of any type, which says nothing.
        if ["anyAtomic", "anyAtomicOrBag"].contains(&name.name.text) {
            return None;
        }
        let data_type = self.id(Sort::Type, scope, name.name)?;
        Some(Typed {
            data_type,
            is_bag: name.is_bag,
        })
    }

    /// The identifier of a function, before all are known.
    fn function_id(&mut self, scope: ScopeNo, name: Word<'_>) -> Option<&'t str> {
        match self.find(Sort::Function, scope, name)? {
            NameMeaning::Standard(id) => Some(id),
            NameMeaning::Declared(number) => match &self.entries[number].item {
                Declaration::Function { id, .. } => Some(id),
                _ => None,
            },
            NameMeaning::Attribute(_) => None,
        }
    }
}

/// The symbols that compare: between bags, they ask whether some values compare so.
fn compares(symbol: &str) -> bool {
    names::inverse_symbol(symbol).is_some()
}
