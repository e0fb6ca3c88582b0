//! Policies → the formulas of what they ask → their diagrams.

use std::collections::{HashMap, HashSet};
use std::hash::{Hash, Hasher};
use std::rc::Rc;
use std::sync::Arc;

use super::combine::{
    ByAlgorithm, ByHost, Fires, IfTarget, Next, OfPolicy, OfRule, OnlyOne, PermitAppliesSecond,
    Stage, Untracked,
};
use super::fold::fold;
use super::formula::{Formula, FormulaReader};
use super::node::{FiredList, Leaf, LeafValue, NodeId, Nodes, Truth};
use super::space::Space;
use super::tell::{Opened, Telling, told};
use super::truth::Truths;
use super::whole;
use crate::analysis::Unanswered;
use crate::combining::{Algorithm, Heard};
use crate::decision::{Effect, ExtendedDecision, XacmlVersion};
use crate::evaluate::PartialPass;
use crate::function::Meaning;
use crate::program::{
    Child, Expression, ObligationExpression, Policy, PolicyId, Program, Root, Rule, Term,
};

/// The details that the leaves of a diagram have beside the decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::analysis) enum Detail {
    /// Nothing. A Permit for want of a Deny is none where a rule that would deny fails.
    Decision,
    /// The obligations and advice.
    Obligations,
    /// The rules that have the effect, too.
    Rules,
}

/// Something that fired.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::analysis) struct FiredItem {
    pub(in crate::analysis) effect: Effect,
    pub(in crate::analysis) what: Arc<FiredWhat>,
}

/// An assignment of an obligation or of advice. Two are the same whatever their texts are.
#[derive(Clone, Debug)]
pub(in crate::analysis) struct Assigned {
    pub(in crate::analysis) id: Arc<str>,
    pub(in crate::analysis) category: Option<Arc<str>>,
    pub(in crate::analysis) issuer: Option<Arc<str>>,
    /// The value, or the name of the expression, which is the same for equal ones.
    pub(in crate::analysis) key: String,
    /// Either for people.
    pub(in crate::analysis) text: String,
}

impl Assigned {
    fn is(&self) -> [Option<&str>; 4] {
        let (category, issuer) = (self.category.as_deref(), self.issuer.as_deref());
        [Some(&*self.id), category, issuer, Some(&*self.key)]
    }
}

impl PartialEq for Assigned {
    fn eq(&self, other: &Self) -> bool {
        self.is() == other.is()
    }
}

impl Eq for Assigned {}

impl Hash for Assigned {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.is().hash(state);
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::analysis) enum FiredWhat {
    Rule {
        policy: Arc<str>,
        rule: Arc<str>,
        nth: u32,
    },
    Obligation {
        is_advice: bool,
        id: Arc<str>,
        assignments: Vec<Assigned>,
    },
}

impl Fires for FiredItem {
    fn effect(&self) -> Effect {
        self.effect
    }
}

/// A policy with the formulas of what is left open.
pub(in crate::analysis) struct OpenPolicy<'e> {
    pub(in crate::analysis) policy: &'e Policy,
    pub(in crate::analysis) target: Formula,
    pub(in crate::analysis) children: Vec<OpenChild<'e>>,
    /// Whether its obligations on Permit, and on Deny, have values.
    own: [Formula; 2],
    fires: [Vec<FiredItem>; 2],
}

pub(in crate::analysis) enum OpenChild<'e> {
    Rule(OpenRule<'e>),
    Policy(Rc<OpenPolicy<'e>>),
}

pub(in crate::analysis) struct OpenRule<'e> {
    pub(in crate::analysis) rule: &'e Rule,
    pub(in crate::analysis) target: Formula,
    pub(in crate::analysis) condition: Formula,
    /// Whether its obligations have values.
    own: Formula,
    fires: Vec<FiredItem>,
}

/// The root with the formulas of what is left open.
pub(in crate::analysis) enum OpenRoot<'e> {
    Policy(Rc<OpenPolicy<'e>>),
    Store(&'e Algorithm, Vec<OpenChild<'e>>),
}

/// Reads policies.
pub(in crate::analysis) struct PolicyReader<'r, 'p, 'e> {
    formulas: FormulaReader<'r, 'p, 'e>,
    detail: Detail,
    /// Policies that were read: several may refer to one.
    known: HashMap<PolicyId, Rc<OpenPolicy<'e>>>,
}

/// The root of a program, as far as what is known does not decide it.
pub(in crate::analysis) fn read<'e>(
    pass: &PartialPass<'_, 'e>,
    space: &mut Space,
    opened: Opened<'_>,
    detail: Detail,
    budget: usize,
) -> Result<OpenRoot<'e>, Unanswered> {
    let program = pass.program();
    let mut reader = PolicyReader {
        formulas: FormulaReader::new(pass, space, opened.category, opened, budget),
        detail,
        known: HashMap::new(),
    };
    let root = reader.root(program)?;
    match pass.is_exhausted() {
        true => Err(Unanswered::TooLarge),
        false => Ok(root),
    }
}

/// A policy of a program, as far as what is known does not decide it.
pub(in crate::analysis) fn read_policy<'e>(
    pass: &PartialPass<'_, 'e>,
    id: PolicyId,
    space: &mut Space,
    opened: Opened<'_>,
    (detail, budget): (Detail, usize),
) -> Result<Rc<OpenPolicy<'e>>, Unanswered> {
    let mut reader = PolicyReader {
        formulas: FormulaReader::new(pass, space, opened.category, opened, budget),
        detail,
        known: HashMap::new(),
    };
    reader.policy(pass.program(), id)
}

/// The policies of a program that have rules and may apply, in their order, each once.
pub(in crate::analysis) fn with_rules(pass: &PartialPass<'_, '_>) -> Vec<PolicyId> {
    let program = pass.program();
    let mut waiting = match &program.root {
        Root::Policy(id) => vec![*id],
        Root::Store(stored) => pass.members(stored).into_iter().map(PolicyId).collect(),
    };
    waiting.reverse();
    let (mut seen, mut found) = (HashSet::new(), Vec::new());
    while let Some(id) = waiting.pop() {
        if !seen.insert(id) {
            continue;
        }
        let children = &program.policy(id).children;
        if children.iter().any(|child| matches!(child, Child::Rule(_))) {
            found.push(id);
        }
        let policies = children.iter().rev().filter_map(|child| match child {
            Child::Policy(policy) => Some(*policy),
            Child::Rule(_) => None,
        });
        waiting.extend(policies);
    }
    found
}

/// The truths of all expressions where nothing is open, by their keys in a question where something is.
pub(in crate::analysis) fn truths(
    pass: &PartialPass<'_, '_>,
    opened: Opened<'_>,
    budget: usize,
) -> Result<HashMap<String, Truth>, Unanswered> {
    let mut space = Space::new(crate::value::Zone::UTC);
    let mut reader = PolicyReader {
        formulas: FormulaReader::new(pass, &mut space, &|_| false, opened, budget),
        detail: Detail::Decision,
        known: HashMap::new(),
    };
    reader.formulas.noted = Some(HashMap::new());
    reader.root(pass.program())?;
    Ok(reader.formulas.noted.unwrap_or_default())
}

impl<'e> PolicyReader<'_, '_, 'e> {
    fn root(&mut self, program: &'e Program) -> Result<OpenRoot<'e>, Unanswered> {
        match &program.root {
            Root::Policy(id) => Ok(OpenRoot::Policy(self.policy(program, *id)?)),
            Root::Store(stored) => {
                let members = self.formulas.pass.members(stored).into_iter();
                let members = members.map(|id| {
                    let policy = self.policy(program, PolicyId(id))?;
                    Ok(OpenChild::Policy(policy))
                });
                let members = members.collect::<Result<_, _>>()?;
                Ok(OpenRoot::Store(&stored.algorithm, members))
            }
        }
    }

    fn policy(
        &mut self,
        program: &'e Program,
        id: PolicyId,
    ) -> Result<Rc<OpenPolicy<'e>>, Unanswered> {
        if let Some(known) = self.known.get(&id) {
            return Ok(known.clone());
        }
        let policy = program.policy(id);
        let target = self
            .formulas
            .within(policy, |formulas| formulas.target(policy, &policy.target))?;
        let mut children = Vec::new();
        let all = || (0..crate::limits::short(policy.children.len())).collect();
        let places: Vec<u32> = match &policy.algorithm {
            // Also what does not apply as things are.
            _ if self.formulas.noted.is_some() => all(),
            _ if matches!(target, Formula::Is(Truth::False)) => Vec::new(),
            Algorithm::Host(_) | Algorithm::OnPermitApplySecond => all(),
            _ => self.formulas.pass.children(policy),
        };
        for place in places {
            children.push(match &policy.children[place as usize] {
                Child::Rule(rule) => OpenChild::Rule(self.rule(policy, rule)?),
                Child::Policy(child) => OpenChild::Policy(self.policy(program, *child)?),
            });
        }
        let own = [Effect::Permit, Effect::Deny]
            .map(|effect| self.assigned(policy, &policy.obligations, effect));
        let [permit, deny] = own;
        let fires = [Effect::Permit, Effect::Deny]
            .map(|effect| self.fires(policy, &policy.obligations, effect));
        let open = Rc::new(OpenPolicy {
            policy,
            target,
            children,
            own: [permit?, deny?],
            fires,
        });
        self.known.insert(id, open.clone());
        Ok(open)
    }

    fn rule(&mut self, policy: &'e Policy, rule: &'e Rule) -> Result<OpenRule<'e>, Unanswered> {
        let (target, condition) = self.formulas.within(policy, |formulas| {
            let target = formulas.target(policy, &rule.target)?;
            let condition = match rule.condition.as_deref() {
                Some(condition) => formulas.condition(policy, condition)?,
                None => Formula::Is(Truth::True),
            };
            Ok((target, condition))
        })?;
        let mut fires = Vec::new();
        if self.detail == Detail::Rules {
            fires.push(FiredItem {
                effect: rule.effect,
                what: Arc::new(FiredWhat::Rule {
                    policy: policy.id.clone(),
                    rule: rule.id.clone(),
                    nth: rule.nth,
                }),
            });
        }
        fires.extend(self.fires(policy, &rule.obligations, rule.effect));
        Ok(OpenRule {
            rule,
            target,
            condition,
            own: self.assigned(policy, &rule.obligations, rule.effect)?,
            fires,
        })
    }

    /// Whether all assignments of the obligations and advice on an effect have values.
    fn assigned(
        &mut self,
        policy: &'e Policy,
        obligations: &'e [ObligationExpression],
        effect: Effect,
    ) -> Result<Formula, Unanswered> {
        let on_effect = obligations
            .iter()
            .filter(|obligation| obligation.on == effect);
        let assignments = on_effect.flat_map(|obligation| &obligation.assignments);
        let values = self.formulas.within(policy, |formulas| {
            let values = assignments.map(|of| formulas.has_value(policy, &of.expression));
            values.collect::<Result<Vec<_>, _>>()
        })?;
        Ok(Formula::And(values))
    }

    fn fires(
        &mut self,
        policy: &Policy,
        obligations: &[ObligationExpression],
        effect: Effect,
    ) -> Vec<FiredItem> {
        if self.detail == Detail::Decision {
            return Vec::new();
        }
        let on_effect = obligations
            .iter()
            .filter(|obligation| obligation.on == effect);
        let items = on_effect.map(|obligation| FiredItem {
            effect,
            what: Arc::new(FiredWhat::Obligation {
                is_advice: obligation.is_advice,
                id: obligation.id.clone(),
                assignments: assignments(obligation, policy, &mut self.formulas),
            }),
        });
        items.collect()
    }
}

fn assignments(
    obligation: &ObligationExpression,
    policy: &Policy,
    formulas: &mut FormulaReader<'_, '_, '_>,
) -> Vec<Assigned> {
    let (pass, opened) = (formulas.pass, formulas.opened);
    let all = obligation.assignments.iter();
    let all = all.map(|assignment| {
        let expression = &assignment.expression;
        let key = told(
            Telling::ValueKey,
            assigned(expression, pass),
            policy,
            pass,
            opened,
        );
        let reads = whole::reads(expression, policy).slots.into_iter();
        let reads = reads.map(|slot| &pass.program().slots[slot.index()].designator);
        let open = reads.filter(|of| (opened.attribute)(of)).cloned();
        formulas.space.note_assigned(&key, open.collect());
        Assigned {
            id: assignment.id.clone(),
            category: assignment.category.clone(),
            issuer: assignment.issuer.clone(),
            key,
            text: told(Telling::Text, expression, policy, pass, opened),
        }
    });
    all.collect()
}

/// The expression whose values an assignment has: if it has the only value of a bag, it has the bag's.
fn assigned<'e>(expression: &'e Expression, pass: &PartialPass<'_, '_>) -> &'e Expression {
    match expression {
        Expression::Term(Term::Apply(apply))
            if pass.program().functions[apply.function.index()].meaning == Meaning::OneAndOnly =>
        {
            apply.arguments.first().unwrap_or(expression)
        }
        expression => expression,
    }
}

/// Makes the diagrams of policies.
pub(in crate::analysis) struct Diagrams {
    pub(in crate::analysis) truths: Truths<FiredItem>,
    is_bare: bool,
    known: HashMap<*const Policy, NodeId>,
}

impl Diagrams {
    pub(in crate::analysis) fn new(space: Arc<Space>, detail: Detail, budget: u64) -> Self {
        Self {
            truths: Truths {
                space,
                nodes: Nodes::new(budget),
                shared: HashMap::new(),
            },
            is_bare: detail == Detail::Decision,
            known: HashMap::new(),
        }
    }

    pub(in crate::analysis) fn root(&mut self, root: &OpenRoot<'_>) -> Result<NodeId, Unanswered> {
        // Those of another root are dropped by now, and their places may be used again.
        self.known.clear();
        self.truths.shared.clear();
        match root {
            OpenRoot::Policy(policy) => self.policy(policy),
            OpenRoot::Store(algorithm, members) => self.combined(algorithm, None, members),
        }
    }

    /// The diagram of a policy.
    fn policy(&mut self, open: &OpenPolicy<'_>) -> Result<NodeId, Unanswered> {
        let key: *const Policy = open.policy;
        if let Some(known) = self.known.get(&key) {
            return Ok(*known);
        }
        let node = self.policy_of(open, &open.children)?;
        self.known.insert(key, node);
        Ok(node)
    }

    /// The diagram of a policy with some of its children.
    pub(in crate::analysis) fn policy_of<'c, 'e: 'c>(
        &mut self,
        open: &OpenPolicy<'e>,
        children: impl IntoIterator<Item = &'c OpenChild<'e>>,
    ) -> Result<NodeId, Unanswered> {
        let target = self.truths.formula(&open.target)?;
        let children: Vec<&OpenChild<'_>> = children.into_iter().collect();
        let combined = match self.truths.nodes.as_leaf(target) {
            // Nothing below matters.
            Some(Leaf::Truth(Truth::False)) => self.leaf(ExtendedDecision::NotApplicable),
            _ => self.combined(&open.policy.algorithm, Some(open.policy), children)?,
        };
        let [permit, deny] = [&open.own[0], &open.own[1]].map(|own| self.truths.formula(own));
        let fires = [
            self.truths.nodes.fire(open.fires[0].clone())?,
            self.truths.nodes.fire(open.fires[1].clone())?,
        ];
        let by = OfPolicy {
            is_of_2: open.policy.xacml == XacmlVersion::V2,
            fires,
        };
        let parts = [target, combined, permit?, deny?];
        fold(&mut self.truths.nodes, &by, Stage::Target, parts)
    }

    fn leaf(&mut self, value: ExtendedDecision) -> NodeId {
        self.truths.nodes.leaf(Leaf::Value(LeafValue {
            value,
            fired: FiredList::NONE,
        }))
    }

    /// Whether a node is an Indeterminate.
    fn fails(&self, node: NodeId) -> bool {
        let leaf = self.truths.nodes.as_leaf(node);
        matches!(leaf, Some(Leaf::Value(of)) if of.value.is_indeterminate())
    }

    fn combined<'c, 'e: 'c>(
        &mut self,
        algorithm: &Algorithm,
        policy: Option<&Policy>,
        children: impl IntoIterator<Item = &'c OpenChild<'e>>,
    ) -> Result<NodeId, Unanswered> {
        let is_of_2 = policy.is_some_and(|policy| policy.xacml == XacmlVersion::V2);
        let mut nodes = Vec::new();
        for child in children {
            let mut node = match child {
                OpenChild::Rule(rule) => self.rule(rule)?,
                OpenChild::Policy(policy) => {
                    let node = self.policy(policy)?;
                    match is_of_2 {
                        true => fold(&mut self.truths.nodes, &Untracked, (), [node])?,
                        false => node,
                    }
                }
            };
            if let Algorithm::OnlyOneApplicable = algorithm {
                let target = match child {
                    OpenChild::Rule(rule) => &rule.target,
                    OpenChild::Policy(policy) => &policy.target,
                };
                let target = self.truths.formula(target)?;
                node = fold(&mut self.truths.nodes, &IfTarget, false, [target, node])?;
            }
            nodes.push(node);
        }
        let count = nodes.len();
        let is_bare = self.is_bare;
        let mut algorithm = algorithm;
        if let (true, Algorithm::PermitUnlessDeny) = (is_bare, algorithm) {
            // What fails whatever the open attributes are is no one's doing.
            nodes.retain(|node| !self.fails(*node));
            nodes.push(self.leaf(ExtendedDecision::Permit));
            algorithm = &Algorithm::DenyOverrides;
        }
        let all = &mut self.truths.nodes;
        match (algorithm, policy) {
            (Algorithm::OnlyOneApplicable, _) => fold(all, &OnlyOne, None, nodes),
            (Algorithm::OnPermitApplySecond, _) if !(2..=3).contains(&count) => {
                Ok(self.leaf(ExtendedDecision::IndeterminateDP))
            }
            (Algorithm::OnPermitApplySecond, _) => {
                let has_third = count == 3;
                fold(all, &PermitAppliesSecond { has_third }, Next::First, nodes)
            }
            (Algorithm::Host(algorithm), Some(policy)) => {
                let algorithm = &**algorithm;
                fold(all, &ByHost { algorithm, policy }, Vec::new(), nodes)
            }
            (algorithm, _) => {
                let by = ByAlgorithm { algorithm, is_bare };
                fold(all, &by, (Heard::default(), FiredList::NONE), nodes)
            }
        }
    }

    /// The diagram of a rule.
    pub(in crate::analysis) fn rule(&mut self, open: &OpenRule<'_>) -> Result<NodeId, Unanswered> {
        let target = self.truths.formula(&open.target)?;
        let condition = self.truths.formula(&open.condition)?;
        let own = self.truths.formula(&open.own)?;
        let fired = self.truths.nodes.fire(open.fires.clone())?;
        let by = OfRule {
            effect: open.rule.effect,
            fired,
        };
        fold(&mut self.truths.nodes, &by, (), [target, condition, own])
    }
}
