//! Policies, policy sets, references and rules → their compiled form.

use std::collections::HashMap;

use indexmap::IndexMap;

use super::link::ELSEWHERE;
use super::lower::Tests;
use super::repository::{Resolution, Shape, Unresolved};
use super::signature::{hint, with_article};
use super::variable::Variables;
use super::{Compiler, circle};
use crate::combining::{Algorithm, Combined, CombinerParameter};
use crate::decision::XacmlVersion;
use crate::error::{Offset, did_you_mean};
use crate::function::Type;
use crate::limits::{DEEPEST, exceeded};
use crate::program::{self, Child, ChildSearch, PolicyId};
use crate::syntax::{self, AnyPolicy, CombinerParameters, PolicyChild, PolicySetChild};
use crate::value::DataType;

impl<'a> Compiler<'a> {
    /// Compiles a policy with everything it refers to, `depth` policies and `references`
    /// references down. `None` if it has problems, which are then reported.
    pub(super) fn entry(
        &mut self,
        index: usize,
        depth: usize,
        references: usize,
    ) -> Option<(PolicyId, Shape)> {
        let entry = self.repository.entry(index);
        let (policy, input) = (entry.policy, entry.input);
        let xpath_version = entry.xpath_version;
        match entry.state {
            Resolution::New => {}
            Resolution::Compiled(id, shape) => return Some((id, shape)),
            Resolution::Begun | Resolution::Failed => return None,
        }
        self.repository.set_state(index, Resolution::Begun);
        self.begun.push((index, references));
        let outer_input = std::mem::replace(&mut self.input, input);
        let outer_version = std::mem::replace(&mut self.xpath_version, xpath_version);
        let before = self.problems.count();
        let compiled = self.within(policy.element(), policy.id(), |compiler| match policy {
            AnyPolicy::Policy(policy) => compiler.policy(policy),
            AnyPolicy::Set(set) => compiler.policy_set(index, set, depth, references),
        });
        self.begun.pop();
        self.input = outer_input;
        self.xpath_version = outer_version;
        let clean = self.problems.count() == before;
        let result = compiled.filter(|_| clean).map(|(policy, shape)| {
            let id = self.add(policy);
            (id, shape)
        });
        let state = result.map_or(Resolution::Failed, |(id, shape)| {
            Resolution::Compiled(id, shape)
        });
        self.repository.set_state(index, state);
        result
    }

    fn policy_set(
        &mut self,
        index: usize,
        set: &'a syntax::PolicySet,
        depth: usize,
        references: usize,
    ) -> Option<(program::Policy, Shape)> {
        let algorithm = self.algorithm(&set.combining_algorithm, set.offset, Combined::Policies);
        self.refuse_issuer(set.issuer.as_deref());
        let target = self.target(Some(&set.target));
        let limit = self.options.limits.policy_depth.min(DEEPEST);
        let mut nested = self.repository.entry(index).nested.clone().into_iter();
        let mut shape = Shape::default();
        let mut children = Vec::new();
        // Each child by its name: the place of the first of that name, and how many there are.
        let mut names: HashMap<(bool, &str), (usize, u32)> = HashMap::new();
        for child in &set.children {
            let (compiled, offset, name, reference) = match child {
                PolicySetChild::Policy(policy) => {
                    let compiled = self.nested(nested.next(), depth, references, limit);
                    (compiled, policy.offset, (false, policy.id.as_str()), None)
                }
                PolicySetChild::PolicySet(set) => {
                    let compiled = self.nested(nested.next(), depth, references, limit);
                    (compiled, set.offset, (true, set.id.as_str()), None)
                }
                PolicySetChild::PolicyReference(reference) => {
                    let compiled = self.reference(false, reference, depth, references, limit);
                    let name = (false, reference.id.as_str());
                    (compiled, reference.offset, name, Some(reference))
                }
                PolicySetChild::PolicySetReference(reference) => {
                    let compiled = self.reference(true, reference, depth, references, limit);
                    let name = (true, reference.id.as_str());
                    (compiled, reference.offset, name, Some(reference))
                }
                PolicySetChild::Parameters(_)
                | PolicySetChild::PolicyParameters(..)
                | PolicySetChild::PolicySetParameters(..) => continue,
            };
            let by_reference = reference.is_some();
            names.entry(name).or_insert((children.len(), 0)).1 += 1;
            let Some((id, below)) = compiled else {
                continue;
            };
            shape.height = shape.height.max(below.height);
            shape.references = shape
                .references
                .max(below.references + usize::from(by_reference));
            shape.visits = shape.visits.saturating_add(below.visits);
            if !self.check_shape(shape, depth, references, offset, limit) {
                continue;
            }
            if self.repository.is_of_store {
                self.link(index, children.len(), id, reference, name.0);
            }
            children.push(Child::Policy(id));
        }
        shape.height += 1;
        shape.visits = shape.visits.saturating_add(1);
        let mut parameters = Vec::new();
        let mut child_parameters: IndexMap<usize, Vec<CombinerParameter>> = IndexMap::new();
        for child in &set.children {
            let (is_set, id, given) = match child {
                PolicySetChild::Parameters(given) => {
                    parameters.extend(self.parameters(given));
                    continue;
                }
                PolicySetChild::PolicyParameters(id, given) => (false, id, given),
                PolicySetChild::PolicySetParameters(id, given) => (true, id, given),
                _ => continue,
            };
            let known = names.get(&(is_set, id.as_str())).copied();
            let kind = if is_set { "PolicySet" } else { "Policy" };
            if let Some((child, given)) = self.parameters_of(kind, id, given, known, "PolicySet") {
                child_parameters.entry(child).or_default().extend(given);
            }
        }
        let obligations = self.obligations(&mut Variables::none(), &set.obligations, &set.advice);
        let mut tests = Tests::default();
        let policy = program::Policy {
            xacml: set.xacml,
            id: self.text(&set.id),
            version: self.text(set.version.as_str()),
            digest: self.inputs[self.input].digest.clone(),
            is_set: true,
            target: self.lowered(&mut tests, target?, set.xacml),
            algorithm: algorithm?,
            children: children.into(),
            tests: tests.tests.into(),
            literals: tests.literals.into(),
            variables: Box::new([]),
            search: ChildSearch::All,
            obligations,
            parameters: boxed(parameters, child_parameters),
        };
        Some((policy, shape))
    }

    fn nested(
        &mut self,
        index: Option<usize>,
        depth: usize,
        references: usize,
        limit: usize,
    ) -> Option<(PolicyId, Shape)> {
        let index = index?;
        let offset = self.repository.entry(index).policy.offset();
        if depth >= limit {
            self.problem(offset, policies_too_deep(limit));
            return None;
        }
        self.entry(index, depth + 1, references)
    }

    fn reference(
        &mut self,
        is_set: bool,
        reference: &'a syntax::Reference,
        depth: usize,
        references: usize,
        limit: usize,
    ) -> Option<(PolicyId, Shape)> {
        let index = match self.repository.resolve(self.input, is_set, reference) {
            Ok(index) => index,
            // Another document of the store may be meant.
            Err(Unresolved::Missing(_)) if self.repository.is_of_store => {
                return Some((ELSEWHERE, Shape::default()));
            }
            Err(_) if self.repository.is_incomplete => return None,
            Err(unresolved) => {
                let message = unresolved.into_message();
                let similar = || self.repository.similar(self.input, is_set, &reference.id);
                let hint = did_you_mean(self.unless_full(similar));
                self.problem_inside(reference.offset, format!("{message}{hint}"));
                return None;
            }
        };
        let most = self.options.limits.reference_depth;
        match self.repository.entry(index).state {
            Resolution::Begun => {
                let way = self.begun.iter().skip_while(|(begun, _)| *begun != index);
                let steps = way
                    .clone()
                    .zip(way.skip(1))
                    .map(|((_, before), (next, now))| {
                        let verb = if now > before {
                            "refers to"
                        } else {
                            "contains"
                        };
                        (verb, self.repository.entry(*next).policy.id())
                    });
                let steps = steps.chain([("refers to", &*reference.id)]);
                let id = &reference.id;
                let message = circle("references", id, id, steps);
                self.problem_inside(reference.offset, message);
                self.met_circle = true;
                None
            }
            Resolution::New if references >= most => {
                self.problem(reference.offset, references_too_deep(most));
                None
            }
            Resolution::New if depth >= limit => {
                self.problem(reference.offset, policies_too_deep(limit));
                None
            }
            _ => {
                // What is found there is reported there, not in the document that refers to it.
                let here = std::mem::take(&mut self.path);
                let compiled = self.entry(index, depth + 1, references + 1);
                self.path = here;
                // A circle is told once, with all that is on it.
                if compiled.is_none() && !self.repository.is_incomplete && !self.met_circle {
                    let id = crate::xml::cut(&reference.id);
                    let message = format!("the policy `{id}` referred to has problems of its own");
                    self.problem_inside(reference.offset, message);
                }
                compiled
            }
        }
    }

    /// Whether a policy compiled earlier fits at this depth, too.
    fn check_shape(
        &mut self,
        shape: Shape,
        depth: usize,
        references: usize,
        offset: Offset,
        limit: usize,
    ) -> bool {
        let most = self.options.limits.reference_depth;
        if references + shape.references > most {
            self.problem(offset, references_too_deep(most));
            return false;
        }
        if depth + shape.height > limit {
            self.problem(offset, policies_too_deep(limit));
            return false;
        }
        true
    }

    fn policy(&mut self, policy: &'a syntax::Policy) -> Option<(program::Policy, Shape)> {
        let algorithm = self.algorithm(&policy.combining_algorithm, policy.offset, Combined::Rules);
        if let Some(Algorithm::OnlyOneApplicable) = algorithm {
            // C.9 is about the targets of policies; there is no such algorithm for rules.
            let message = "only-one-applicable combines policies, not rules";
            self.problem_with(policy.offset, "RuleCombiningAlgId", message);
        }
        self.refuse_issuer(policy.issuer.as_deref());
        let mut variables = self.definitions(policy);
        let mut tests = Tests::default();
        let target = self.target(Some(&policy.target));
        let target = target.map(|target| self.lowered(&mut tests, target, policy.xacml));
        let mut children = Vec::new();
        // Each rule by its id: the place of the first of that id, and how many there are. Nothing in
        // §5.21, §7.11 or appendix C needs them to be unique; only parameters that name a rule do.
        let mut rules: HashMap<&str, (usize, u32)> = HashMap::new();
        let mut count = 0;
        for child in &policy.children {
            let PolicyChild::Rule(rule) = child else {
                continue;
            };
            let (_, nth) = rules.entry(&rule.id).or_insert((count, 0));
            *nth += 1;
            count += 1;
            let nth = *nth;
            let xacml = policy.xacml;
            if let Some(rule) = self.rule(&mut variables, &mut tests, rule, (nth, xacml)) {
                children.push(Child::Rule(rule));
            }
        }
        let mut parameters = Vec::new();
        let mut child_parameters: IndexMap<usize, Vec<CombinerParameter>> = IndexMap::new();
        for child in &policy.children {
            match child {
                PolicyChild::Parameters(given) => parameters.extend(self.parameters(given)),
                PolicyChild::RuleParameters(id, given) => {
                    let known = rules.get(id.as_str()).copied();
                    if let Some((rule, given)) =
                        self.parameters_of("Rule", id, given, known, "Policy")
                    {
                        child_parameters.entry(rule).or_default().extend(given);
                    }
                }
                PolicyChild::Rule(_) | PolicyChild::Variable(_) => {}
            }
        }
        self.all_definitions(&mut variables);
        let obligations = self.obligations(&mut variables, &policy.obligations, &policy.advice);
        let shape = Shape {
            height: 1,
            references: 0,
            visits: 1 + count as u64,
        };
        let policy = program::Policy {
            xacml: policy.xacml,
            id: self.text(&policy.id),
            version: self.text(policy.version.as_str()),
            digest: self.inputs[self.input].digest.clone(),
            is_set: false,
            target: target?,
            algorithm: algorithm?,
            children: children.into(),
            tests: tests.tests.into(),
            literals: tests.literals.into(),
            variables: std::mem::take(&mut self.variables).into(),
            search: ChildSearch::All,
            obligations,
            parameters: boxed(parameters, child_parameters),
        };
        Some((policy, shape))
    }

    fn rule(
        &mut self,
        variables: &mut Variables<'a>,
        tests: &mut Tests,
        rule: &'a syntax::Rule,
        (nth, xacml): (u32, XacmlVersion),
    ) -> Option<program::Rule> {
        self.within("Rule", &rule.id, |compiler| {
            let target = compiler.target(rule.target.as_ref());
            let condition = match &rule.condition {
                None => Some(None),
                Some(condition) => compiler.condition(variables, condition).map(Some),
            };
            let obligations = compiler.obligations(variables, &rule.obligations, &rule.advice);
            Some(program::Rule {
                id: compiler.text(&rule.id),
                effect: rule.effect,
                nth,
                target: compiler.lowered(tests, target?, xacml),
                condition: condition?.map(Box::new),
                obligations,
            })
        })
    }

    fn condition(
        &mut self,
        variables: &mut Variables<'a>,
        condition: &'a syntax::Expression,
    ) -> Option<program::Condition> {
        let typed = self.expression(variables, condition, 0)?;
        if typed.gives != Type::One(DataType::Boolean) {
            let gives = with_article(typed.gives);
            let hint = hint(Type::One(DataType::Boolean), typed.gives);
            let message = format!("a Condition must be boolean, this one is {gives}{hint}");
            self.problem(condition.offset(), message);
            return None;
        }
        let condition = self.shaped(typed.expression.condition(), condition.offset())?;
        Some(self.simplified(condition))
    }

    fn algorithm(&mut self, id: &str, policy: Offset, combined: Combined) -> Option<Algorithm> {
        let attribute = match combined {
            Combined::Rules => "RuleCombiningAlgId",
            Combined::Policies => "PolicyCombiningAlgId",
        };
        self.find_algorithm(id, combined)
            .map_err(|message| self.problem_with(policy, attribute, message))
            .ok()
    }

    /// The Administration and Delegation Profile makes a policy with an issuer untrusted until it
    /// is reduced to trusted ones. Without the profile such a policy must never count.
    fn refuse_issuer(&mut self, issuer: Option<&syntax::PolicyIssuer>) {
        if let Some(issuer) = issuer {
            self.problem(
                issuer.offset,
                "a policy with a PolicyIssuer is not trusted by itself, and the Administration and \
                 Delegation Profile, which could make it so, is not supported",
            );
        }
    }

    /// The parameters for the only child of this name, whose place is `known` with the number of
    /// children that have the name.
    fn parameters_of(
        &mut self,
        kind: &str,
        id: &str,
        given: &'a CombinerParameters,
        known: Option<(usize, u32)>,
        parent: &str,
    ) -> Option<(usize, Vec<CombinerParameter>)> {
        let parameters = self.parameters(given);
        let but = match known {
            Some((place, 1)) => return Some((place, parameters)),
            Some((_, count)) => format!(
                "but {count} children of this {parent} have that id, and nothing says which of \
                 them is meant"
            ),
            None => format!("which is not in this {parent}"),
        };
        let id = crate::xml::cut(id);
        self.problem(
            given.offset,
            format!("parameters for the {kind} `{id}`, {but}"),
        );
        None
    }

    fn parameters(&mut self, given: &'a CombinerParameters) -> Vec<CombinerParameter> {
        let mut parameters = Vec::new();
        for (name, value) in &given.parameters {
            if let Some(value) = self.literal(value) {
                let name = self.text(name);
                parameters.push(CombinerParameter { name, value });
            }
        }
        parameters
    }
}

/// The message about parameters that name several children of one id.
pub(crate) fn references_too_deep(most: usize) -> String {
    exceeded("references are nested too deep", most, "reference_depth")
}

pub(crate) fn policies_too_deep(most: usize) -> String {
    exceeded("policies are nested too deep", most, "policy_depth")
}

fn boxed(
    own: Vec<CombinerParameter>,
    children: IndexMap<usize, Vec<CombinerParameter>>,
) -> Option<Box<program::Parameters>> {
    if own.is_empty() && children.is_empty() {
        return None;
    }
    let children = children.into_iter();
    Some(Box::new(program::Parameters {
        own: own.into(),
        children: children.map(|(index, all)| (index, all.into())).collect(),
    }))
}
