//! W4: one policy of many rules, each for one role, one service and one action.

use vedtak::Decision;

use super::names::{ACTION_ID, ROLE, SERVICE};
use super::policy::{Policy, Rule};
use super::question::Question;
use super::random::Random;

/// Half of the rules permit, and no two are for the same combination. Of 256 questions one rule
/// decides 7/8; no rule applies to the others.
pub(crate) fn matrix(count: usize, algorithm: &'static str) -> (Policy, Vec<Question>) {
    let mut random = Random::new(4);
    let sides = Sides::of(count);
    // Which of all combinations, numbered, have a rule, and in what order.
    let all: Vec<usize> = (0..sides.roles * sides.services * sides.actions).collect();
    let shuffled = random.sample(&all, all.len());
    let (chosen, left) = shuffled.split_at(count);
    let rules: Vec<Rule> = chosen
        .iter()
        .map(|&combination| {
            let [role, service, action] = sides.names(combination);
            Rule {
                permits: random.below(2) == 0,
                subjects: vec![(ROLE, role)],
                resource: (SERVICE, service),
                actions: vec![(ACTION_ID, action)],
            }
        })
        .collect();
    let mut random = Random::new(44);
    let questions = (0..256)
        .map(|i| {
            let (combination, expected) = if i % 8 == 7 {
                (random.pick(left), Decision::NotApplicable)
            } else {
                let rule = random.below(count);
                let decision = match rules[rule].permits {
                    true => Decision::Permit,
                    false => Decision::Deny,
                };
                (chosen[rule], decision)
            };
            let [role, service, action] = sides.names(combination);
            Question::of_altinn(&mut random, &[&role], &[], &service, &action, expected)
        })
        .collect();
    let policy = Policy {
        id: format!("urn:bench:matrix:{count}"),
        algorithm,
        target: None,
        rules,
        ignores_case: false,
        obliges: false,
    };
    (policy, questions)
}

/// How many roles, services and actions there are: about twice as many combinations as rules.
struct Sides {
    roles: usize,
    services: usize,
    actions: usize,
}

impl Sides {
    fn of(rules: usize) -> Self {
        let side = (1..).find(|side| side * side * side >= 2 * rules);
        let side = side.expect("cubes grow");
        let (roles, services) = ((side * 6 / 5).max(5), (side * 3 / 2).max(5));
        Self {
            roles,
            services,
            actions: (2 * rules).div_ceil(roles * services).max(3),
        }
    }

    fn names(&self, combination: usize) -> [String; 3] {
        let (rest, action) = (combination / self.actions, combination % self.actions);
        let (role, service) = (rest / self.services, rest % self.services);
        [
            format!("role-{role}"),
            format!("service-{service}"),
            format!("action-{action}"),
        ]
    }
}
