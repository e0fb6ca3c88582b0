//! Random rules, policies and policy sets, and what references name (§5.1 to §5.24, §5.39, §5.40).

use vedtak::syntax::{
    AdviceExpression, AttributeAssignmentExpression, CombinerParameters, Document, Effect,
    ObligationExpression, Offset, Policy, PolicyChild, PolicySet, PolicySetChild, Reference, Rule,
    Target, VariableDefinition, Version, XacmlVersion,
};
use vedtak::value::DataType;

use super::literals::data_type;
use super::signatures::{Type, one};
use super::{Known, Maker};
use crate::evaluate::references::admits;

/// Every combining algorithm of the standard, and the one of the Additional Combining Algorithms
/// Profile. Each may stand in a policy and in a policy set, but for the one at `OF_POLICIES`.
pub(crate) const ALGORITHMS: [&str; 24] = [
    "urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides",
    "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides",
    "urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:permit-overrides",
    "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:permit-overrides",
    "urn:oasis:names:tc:xacml:1.0:rule-combining-algorithm:first-applicable",
    "urn:oasis:names:tc:xacml:1.0:policy-combining-algorithm:first-applicable",
    "urn:oasis:names:tc:xacml:1.0:policy-combining-algorithm:only-one-applicable",
    "urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-unless-permit",
    "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-unless-permit",
    "urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:permit-unless-deny",
    "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:permit-unless-deny",
    "urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:ordered-deny-overrides",
    "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:ordered-deny-overrides",
    "urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:ordered-permit-overrides",
    "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:ordered-permit-overrides",
    "urn:oasis:names:tc:xacml:1.0:rule-combining-algorithm:deny-overrides",
    "urn:oasis:names:tc:xacml:1.0:policy-combining-algorithm:deny-overrides",
    "urn:oasis:names:tc:xacml:1.0:rule-combining-algorithm:permit-overrides",
    "urn:oasis:names:tc:xacml:1.0:policy-combining-algorithm:permit-overrides",
    "urn:oasis:names:tc:xacml:1.1:rule-combining-algorithm:ordered-deny-overrides",
    "urn:oasis:names:tc:xacml:1.1:policy-combining-algorithm:ordered-deny-overrides",
    "urn:oasis:names:tc:xacml:1.1:rule-combining-algorithm:ordered-permit-overrides",
    "urn:oasis:names:tc:xacml:1.1:policy-combining-algorithm:ordered-permit-overrides",
    "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:on-permit-apply-second",
];

/// The place of only-one-applicable, which is about the targets of policies (C.9).
const OF_POLICIES: usize = 6;

/// How deep policy sets nest, references apart.
const DEPTH: usize = 3;

impl Maker<'_, '_> {
    /// Roots, how they are combined, and what they may refer to.
    pub(crate) fn documents(&mut self) -> (Vec<Document>, Option<&'static str>, Vec<Document>) {
        let mut library = Vec::new();
        for at in 0..self.choices.weighted(&[4, 2, 2, 1, 1]) {
            // One id in several versions, or several ids; each policy may refer to earlier ids
            // only, so that none comes back to itself.
            let id = format!("library{}", at / 2);
            let is_set = at / 2 == 1;
            let version = ["1.0", "1.1", "2.0", "1.0.1", "10.0"][self.choices.below(5)];
            let known = |known: &Known| known.id == id && known.version == version;
            if self.library.iter().any(known) {
                continue;
            }
            let set_aside = self.library.iter().position(|known| known.id == id);
            let later = self
                .library
                .split_off(set_aside.unwrap_or(self.library.len()));
            library.push(self.document(id.clone(), version, is_set, 1));
            self.library.extend(later);
            self.know(id, version, is_set, false);
        }
        let count = 1 + self.choices.weighted(&[9, 1, 1]);
        let mut roots = Vec::new();
        for _ in 0..count {
            let is_set = self.choices.weighted(&[2, 3]) == 1;
            let id = self.name("root");
            roots.push(self.document(id.clone(), "1.0", is_set, DEPTH));
            self.know(id, "1.0", is_set, false);
        }
        let combined = count > 1 || self.choices.one_in(16);
        let root_combining = combined.then(|| self.choices.pick(&ALGORITHMS));
        (roots, root_combining, library)
    }

    fn document(&mut self, id: String, version: &str, is_set: bool, depth: usize) -> Document {
        self.xacml = match self.of_2 && !self.choices.one_in(4) {
            true => XacmlVersion::V2,
            false => XacmlVersion::V3,
        };
        // Outermost targets are empty more often: behind others, little would be seen.
        let target = match self.choices.weighted(&[3, 1]) {
            0 => Target::default(),
            _ => self.target(),
        };
        let document = if is_set {
            Document::PolicySet(self.policy_set(id, version, target, depth))
        } else {
            Document::Policy(self.policy(id, version, target))
        };
        self.library.retain(|known| !known.in_place);
        document
    }

    /// Lets later references name a policy or policy set that is complete.
    fn know(&mut self, id: String, version: &str, is_set: bool, in_place: bool) {
        self.library.push(Known {
            id,
            version: version.to_owned(),
            is_set,
            in_place,
        });
    }

    fn policy_set(&mut self, id: String, version: &str, target: Target, depth: usize) -> PolicySet {
        let combining_algorithm = self.choices.pick(&ALGORITHMS).to_owned();
        let count = match self.choices.weighted(&[1, 3, 6, 4, 2, 1]) {
            5 => 20,
            count => count,
        };
        let children = (0..count).map(|_| self.child(depth)).collect();
        PolicySet {
            xacml: self.xacml,
            id,
            version: parsed(version),
            combining_algorithm,
            max_delegation_depth: None,
            description: None,
            issuer: None,
            xpath_version: None,
            target,
            children,
            obligations: self.obligations(),
            advice: self.advice(),
            offset: Offset::default(),
        }
    }

    fn child(&mut self, depth: usize) -> PolicySetChild {
        let sets = if depth == 0 || self.rules_left == 0 {
            0
        } else {
            3
        };
        let references = if self.library.is_empty() { 0 } else { 3 };
        if self.choices.one_in(40) {
            // It is no child that algorithms would see.
            return PolicySetChild::Parameters(CombinerParameters::default());
        }
        match self.choices.weighted(&[5, sets, references]) {
            0 => {
                let (id, target) = (self.name("policy"), self.target());
                let policy = self.policy(id.clone(), "1.0", target);
                self.know(id, "1.0", false, true);
                PolicySetChild::Policy(policy)
            }
            1 => {
                let (id, target) = (self.name("set"), self.target());
                let set = self.policy_set(id.clone(), "1.0", target, depth - 1);
                self.know(id, "1.0", true, true);
                PolicySetChild::PolicySet(set)
            }
            _ => {
                let at = self.choices.below(self.library.len());
                let reference = self.reference(at);
                if self.library[at].is_set {
                    PolicySetChild::PolicySetReference(reference)
                } else {
                    PolicySetChild::PolicyReference(reference)
                }
            }
        }
    }

    /// A reference that something in the library answers to.
    fn reference(&mut self, at: usize) -> Reference {
        let mut pattern = |patterns: &[&str]| {
            let wanted = self.choices.one_in(3);
            wanted.then(|| {
                self.choices
                    .pick(patterns)
                    .parse()
                    .expect("this is a pattern")
            })
        };
        let known = &self.library[at];
        let mut reference = Reference {
            id: known.id.clone(),
            version: pattern(&["1.0", "1.*", "1.+", "+", "*.0", "*.*", "2.+", "1.0.1"]),
            earliest: pattern(&["1.0", "1.1", "1.*", "1.+", "2.0", "1"]),
            latest: pattern(&["2.0", "1.1", "1.*", "1.+", "10.0", "1.0"]),
            offset: Offset::default(),
        };
        let mut same = self.library.iter().filter(|other| other.id == reference.id);
        if !same.any(|other| admits(&reference, &other.version)) {
            (reference.version, reference.earliest, reference.latest) = (None, None, None);
        }
        reference
    }

    fn policy(&mut self, id: String, version: &str, target: Target) -> Policy {
        let combining_algorithm = loop {
            let at = self.choices.below(ALGORITHMS.len());
            if at != OF_POLICIES {
                break ALGORITHMS[at].to_owned();
            }
        };
        let outer = std::mem::take(&mut self.variables);
        let mut children = Vec::new();
        for _ in 0..self.choices.weighted(&[4, 2, 1, 1]) {
            let kind = match self.choices.weighted(&[2, 1]) {
                0 => one(DataType::Boolean),
                _ => self.any_type(),
            };
            let expression = self.expression(kind, 2);
            let id = self.name("variable");
            self.variables.push((id.clone(), kind));
            children.push(PolicyChild::Variable(VariableDefinition {
                id,
                expression: Box::new(expression),
                offset: Offset::default(),
            }));
        }
        let rules = self.choices.weighted(&[1, 4, 4, 3, 1]).min(self.rules_left);
        self.rules_left -= rules;
        for _ in 0..rules {
            let rule = self.rule();
            children.push(PolicyChild::Rule(rule));
        }
        // Definitions may stand after their uses.
        if self.choices.one_in(2) {
            let rules = |child: &PolicyChild| matches!(child, PolicyChild::Variable(_));
            children.sort_by_key(rules);
        }
        let policy = Policy {
            xacml: self.xacml,
            id,
            version: parsed(version),
            combining_algorithm,
            max_delegation_depth: None,
            description: None,
            issuer: None,
            xpath_version: None,
            target,
            children,
            obligations: self.obligations(),
            advice: self.advice(),
            offset: Offset::default(),
        };
        self.variables = outer;
        policy
    }

    fn rule(&mut self) -> Rule {
        let effect = self.choices.pick(&[Effect::Permit, Effect::Deny]);
        let target = match self.choices.weighted(&[1, 1]) {
            0 => None,
            _ => Some(self.target()),
        };
        let condition = match self.choices.weighted(&[2, 3]) {
            0 => None,
            _ => {
                let depth = 1 + self.choices.below(4);
                Some(Box::new(self.expression(one(DataType::Boolean), depth)))
            }
        };
        Rule {
            id: self.rule_id(),
            effect,
            description: None,
            target,
            condition,
            obligations: match self.xacml {
                XacmlVersion::V3 => self.obligations(),
                XacmlVersion::V2 => Vec::new(),
            },
            advice: self.advice(),
            offset: Offset::default(),
        }
    }

    fn obligations(&mut self) -> Vec<ObligationExpression> {
        let count = self.choices.weighted(&[6, 3, 1]);
        let obligation = |_| ObligationExpression {
            fulfill_on: self.choices.pick(&[Effect::Permit, Effect::Deny]),
            assignments: self.assignments(),
            id: self.name("obligation"),
            offset: Offset::default(),
        };
        (0..count).map(obligation).collect()
    }

    fn advice(&mut self) -> Vec<AdviceExpression> {
        let count = match self.xacml {
            XacmlVersion::V3 => self.choices.weighted(&[8, 2, 1]),
            XacmlVersion::V2 => 0,
        };
        let advice = |_| AdviceExpression {
            applies_to: self.choices.pick(&[Effect::Permit, Effect::Deny]),
            assignments: self.assignments(),
            id: self.name("advice"),
            offset: Offset::default(),
        };
        (0..count).map(advice).collect()
    }

    fn assignments(&mut self) -> Vec<AttributeAssignmentExpression> {
        let count = self.choices.weighted(&[2, 5, 2]);
        let assignment = |_| {
            if self.xacml == XacmlVersion::V2 {
                return self.assignment_of_2();
            }
            let kind = self.any_type();
            let depth = self.choices.below(3);
            let some = |wanted: bool, text: &str| wanted.then(|| text.to_owned());
            AttributeAssignmentExpression {
                id: self.choices.pick(&["x", "y"]).to_string(),
                category: some(self.choices.one_in(3), "urn:c"),
                issuer: some(self.choices.one_in(4), "i"),
                expression: self.expression(kind, depth),
                offset: Offset::default(),
            }
        };
        (0..count).map(assignment).collect()
    }

    fn any_type(&mut self) -> Type {
        Type {
            data_type: data_type(self.choices),
            bag: self.choices.one_in(3),
        }
    }
}

fn parsed(version: &str) -> Version {
    version.parse().expect("this is a version")
}
