//! Random policies: a rule of which the linter says that it changes nothing is left out, and no
//! decision changes; one that no request reaches never decides alone.

use std::collections::BTreeMap;

use vedtak::analysis::lint::{Code, Lint, Vocabulary};
use vedtak::attribute::{Designator, category, id};
use vedtak::combining::rule as algorithm;
use vedtak::function::id as function;
use vedtak::syntax::{
    AllOf, AnyOf, Apply, AttributeDesignator, Document, Effect, Expression, Match, Policy,
    PolicyChild, Rule, Target,
};
use vedtak::value::{DataType, Value};
use vedtak::{Decision, Pdp, Request};

const ALGORITHMS: [&str; 9] = [
    algorithm::DENY_OVERRIDES,
    algorithm::PERMIT_OVERRIDES,
    algorithm::ORDERED_DENY_OVERRIDES,
    algorithm::DENY_UNLESS_PERMIT,
    algorithm::PERMIT_UNLESS_DENY,
    algorithm::FIRST_APPLICABLE,
    algorithm::LEGACY_DENY_OVERRIDES,
    algorithm::LEGACY_PERMIT_OVERRIDES,
    algorithm::ORDERED_PERMIT_OVERRIDES,
];

/// A generator of numbers that are the same in every run (splitmix64).
pub(crate) struct Noise(pub(crate) u64);

impl Noise {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % n as u64).expect("is less than n")
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    fn matching(&mut self) -> Match {
        if self.below(3) == 0 {
            let functions = [
                function::INTEGER_EQUAL,
                function::INTEGER_LESS_THAN,
                function::INTEGER_GREATER_THAN_OR_EQUAL,
            ];
            return Match::new(self.one(&functions), self.one(&[1, 2, 3]), age());
        }
        let functions = [function::STRING_EQUAL, function::STRING_EQUAL_IGNORE_CASE];
        let attribute = if self.below(2) == 0 { role() } else { action() };
        Match::new(self.one(&functions), self.one(&["a", "b", "A"]), attribute)
    }

    fn target(&mut self) -> Target {
        let mut target = Target::new();
        for _ in 0..self.below(3) {
            let mut any_of = AnyOf::default();
            for _ in 0..=self.below(2) {
                let matches = (0..=self.below(2)).map(|_| self.matching()).collect();
                any_of.all_of.push(AllOf {
                    matches,
                    ..AllOf::default()
                });
            }
            target.any_of.push(any_of);
        }
        target
    }

    fn condition(&mut self, depth: usize) -> Expression {
        match self.below(if depth == 0 { 4 } else { 7 }) {
            0 => Apply::new(function::STRING_IS_IN)
                .argument(Expression::value(self.one(&["a", "b"])))
                .argument(if self.below(2) == 0 { role() } else { action() })
                .into(),
            1 => {
                let alone = Apply::new(function::STRING_ONE_AND_ONLY).argument(role());
                Apply::new(function::STRING_EQUAL)
                    .argument(Expression::value(self.one(&["a", "b"])))
                    .argument(alone)
                    .into()
            }
            2 | 3 => {
                let functions = [
                    function::INTEGER_EQUAL,
                    function::INTEGER_LESS_THAN,
                    function::INTEGER_LESS_THAN_OR_EQUAL,
                    function::INTEGER_GREATER_THAN,
                ];
                let alone = Apply::new(function::INTEGER_ONE_AND_ONLY).argument(age());
                let literal = Expression::value(self.one(&[1, 2, 3]));
                let apply = Apply::new(self.one(&functions));
                match self.below(2) {
                    0 => apply.argument(alone).argument(literal).into(),
                    _ => apply.argument(literal).argument(alone).into(),
                }
            }
            4 => Apply::new(function::NOT)
                .argument(self.condition(depth - 1))
                .into(),
            _ => {
                let mut apply = Apply::new(self.one(&[function::AND, function::AND, function::OR]));
                for _ in 0..=self.below(3) {
                    apply = apply.argument(self.condition(depth - 1));
                }
                apply.into()
            }
        }
    }

    pub(crate) fn policy(&mut self) -> Policy {
        let target = if self.below(3) == 0 {
            self.target()
        } else {
            Target::new()
        };
        let mut policy = Policy::new("p", self.one(&ALGORITHMS)).target(target);
        for nth in 0..=self.below(4) {
            let id = format!("r{nth}");
            let mut rule = if self.below(2) == 0 {
                Rule::permit(id)
            } else {
                Rule::deny(id)
            };
            rule.target = (self.below(3) > 0).then(|| self.target());
            rule.condition = (self.below(3) == 0).then(|| Box::new(self.condition(2)));
            policy = policy.rule(rule);
        }
        policy
    }
}

fn role() -> AttributeDesignator {
    AttributeDesignator::new(category::ACCESS_SUBJECT, "role", DataType::String)
}

fn age() -> AttributeDesignator {
    AttributeDesignator::new(category::ACCESS_SUBJECT, "age", DataType::Integer)
}

fn action() -> AttributeDesignator {
    AttributeDesignator::new(category::ACTION, id::ACTION_ID, DataType::String)
}

/// Requests with any roles and ages, and with one action or none.
pub(crate) fn requests() -> Vec<Request> {
    let roles: [&[&str]; 5] = [&[], &["a"], &["b"], &["a", "b"], &["A", "b"]];
    let ages: [&[i64]; 6] = [&[], &[0], &[1], &[2], &[4], &[1, 3]];
    let actions: [&[&str]; 3] = [&[], &["a"], &["b"]];
    let mut requests = Vec::new();
    for roles in roles {
        for ages in ages {
            for actions in actions {
                let mut request = Request::builder();
                for role in roles {
                    request = request.subject("role", *role);
                }
                for age in ages {
                    request = request.subject("age", Value::from(*age));
                }
                for action in actions {
                    request = request.action(*action);
                }
                requests.push(request.build());
            }
        }
    }
    requests
}

fn decisions(policy: Policy, requests: &[Request]) -> Vec<Decision> {
    let pdp = Pdp::builder().document(policy).build();
    let pdp = pdp.unwrap_or_else(|error| panic!("{error}"));
    let decisions = requests
        .iter()
        .map(|request| pdp.decide(request).decision());
    decisions.collect()
}

#[test]
fn a_rule_that_changes_nothing_may_be_left_out() {
    let action = Designator::new(category::ACTION, id::ACTION_ID, DataType::String);
    let role = Designator::new(category::ACCESS_SUBJECT, "role", DataType::String);
    let age = Designator::new(category::ACCESS_SUBJECT, "age", DataType::Integer);
    let vocabulary = Vocabulary::new()
        .single_valued(action)
        .attribute(role)
        .attribute(age);
    let lint = Lint::new().vocabulary(vocabulary);
    let requests = requests();
    let mut seen: BTreeMap<Code, usize> = BTreeMap::new();
    let mut noise = Noise(1);
    for _ in 0..1_000 {
        let policy = noise.policy();
        let document = Document::from(policy.clone());
        let text = document.to_xml();
        let findings = lint.findings("p.xml", &text).expect("can be read");
        let mut whole = None;
        for finding in findings {
            let (code, path) = (finding.code, finding.diagnostic.path());
            let of_rule = |rule: &Rule| path.starts_with(&format!("Rule `{}` of", rule.id));
            let is_rule =
                |child: &PolicyChild| matches!(child, PolicyChild::Rule(rule) if of_rule(rule));
            let mut other = policy.clone();
            match code {
                Code::ShadowedRule | Code::RedundantRule | Code::DenyWithoutEffect => {
                    other.children.retain(|child| !is_rule(child));
                    let before = || decisions(policy.clone(), &requests);
                    let whole = &*whole.get_or_insert_with(before);
                    assert_eq!(*whole, decisions(other, &requests), "{finding}\n{text}");
                }
                Code::UnreachableRule => {
                    other.children.retain(is_rule);
                    other.combining_algorithm = algorithm::FIRST_APPLICABLE.to_owned();
                    let effect = other.rules().next().map(|rule| rule.effect);
                    let decision = match effect.expect("is there") {
                        Effect::Permit => Decision::Permit,
                        Effect::Deny => Decision::Deny,
                    };
                    let decisions = decisions(other, &requests);
                    assert!(!decisions.contains(&decision), "{finding}\n{text}");
                }
                // Of a Target, or of tests that a rule may do without.
                Code::NeverTogether => {}
                code => panic!("{code}: {finding}\n{text}"),
            }
            *seen.entry(code).or_default() += 1;
        }
    }
    println!("{seen:?}");
    for code in [
        Code::ShadowedRule,
        Code::RedundantRule,
        Code::DenyWithoutEffect,
        Code::UnreachableRule,
        Code::NeverTogether,
    ] {
        assert!(seen.get(&code) > Some(&20), "{seen:?}");
    }
}
