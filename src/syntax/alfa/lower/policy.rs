//! Policies, rules, targets, obligations and advice.

use super::*;

impl<'t, 'a> Lowering<'t, 'a> {
    pub(super) fn document(
        &mut self,
        number: usize,
        policy: &'t PolicyNode<'a>,
    ) -> Option<Document> {
        self.base = policy.base;
        Some(match self.policy(number, policy)? {
            PolicySetChild::PolicySet(set) => Document::PolicySet(set),
            PolicySetChild::Policy(policy) => Document::Policy(policy),
            _ => return None,
        })
    }

    /// The identifier of a policy: its own, or its name with the namespaces around it.
    pub(super) fn policy_id(&self, number: usize, policy: &PolicyNode<'_>) -> String {
        if let Some(id) = &policy.head.id {
            return id.clone().into_owned();
        }
        let around = self.scopes.path(self.entries[number].scope);
        let own = match policy.head.name {
            Some(name) => name.text.to_owned(),
            None if policy.is_set => format!("policyset{}", policy.unnamed),
            None => format!("policy{}", policy.unnamed),
        };
        match around {
            "" => own,
            around => format!("{around}.{own}"),
        }
    }

    pub(super) fn policy(
        &mut self,
        number: usize,
        node: &'t PolicyNode<'a>,
    ) -> Option<PolicySetChild> {
        let id = self.policy_id(number, node);
        let description = node.head.description.clone();
        let length = description.as_ref().map_or(0, String::len);
        self.make(node.head.at, id.len() + length)?;
        let kind = if node.is_set { "policyset" } else { "policy" };
        self.path.push(format!(
            "{kind} `{}`",
            cut(node.head.name.map_or(&id, |name| name.text))
        ));
        let target = self.target(node.scope, node.target.as_deref().unwrap_or_default());
        let sort = match node.is_set {
            true => Sort::PolicyCombinator,
            false => Sort::RuleCombinator,
        };
        let algorithm = node.apply.and_then(|name| self.id(sort, node.scope, name));
        let algorithm = algorithm.unwrap_or_default().to_owned();
        let (obligations, advice) = self.notices(node.scope, &node.notices);
        let offset = self.offset(node.head.at);
        let made = if node.is_set {
            let mut set = PolicySet {
                id,
                combining_algorithm: algorithm,
                description,
                target,
                obligations,
                advice,
                offset,
                ..PolicySet::default()
            };
            for member in &node.members {
                set.children.extend(self.member_of_set(node.scope, member));
            }
            PolicySetChild::PolicySet(set)
        } else {
            let mut policy = Policy {
                id,
                combining_algorithm: algorithm,
                description,
                target,
                obligations,
                advice,
                offset,
                ..Policy::default()
            };
            for (at, member) in node.members.iter().enumerate() {
                let rule = self.member_of_policy(node.scope, at, member);
                policy
                    .children
                    .extend(rule.map(crate::syntax::PolicyChild::Rule));
            }
            PolicySetChild::Policy(policy)
        };
        self.path.pop();
        Some(made)
    }

    pub(super) fn member_of_set(
        &mut self,
        scope: ScopeNo,
        member: &'t Member<'a>,
    ) -> Option<PolicySetChild> {
        let (name, said) = match member {
            Member::Policy(number) => match &self.entries[*number].item {
                Declaration::Policy(policy) => return self.policy(*number, policy),
                _ => return None,
            },
            Member::Reference(name, said) => (*name, *said),
            Member::Rule(_) => return None,
        };
        let NameMeaning::Declared(number) = self.find(Sort::Policy, scope, name)? else {
            return None;
        };
        let (is_set, id) = match &self.entries[number].item {
            Declaration::Policy(policy) => (policy.is_set, self.policy_id(number, policy)),
            Declaration::Elsewhere(is_set, id) => (*is_set, id.clone().into_owned()),
            _ => return None,
        };
        if said.is_some_and(|said| said != is_set) {
            let is = if is_set { "a policy set" } else { "a policy" };
            self.problem(name.at, format!("`{}` is {is}", cut(name.text)));
        }
        self.make(name.at, id.len())?;
        let reference = Reference {
            offset: self.offset(name.at),
            ..Reference::new(id)
        };
        Some(match is_set {
            true => PolicySetChild::PolicySetReference(reference),
            false => PolicySetChild::PolicyReference(reference),
        })
    }

    /// The member of a policy at place `at`.
    pub(super) fn member_of_policy(
        &mut self,
        scope: ScopeNo,
        at: usize,
        member: &'t Member<'a>,
    ) -> Option<Rule> {
        let name = match member {
            Member::Rule(rule) => return self.rule_in(scope, rule, at),
            Member::Reference(name, _) => *name,
            Member::Policy(_) => return None,
        };
        let NameMeaning::Declared(number) = self.find(Sort::Rule, scope, name)? else {
            return None;
        };
        match &self.entries[number].item {
            Declaration::Rule(rule) => {
                self.taken.entry(number).or_default().push(name.at);
                let place = self.offset(name.at);
                let was_muted = std::mem::replace(&mut self.is_muted, true);
                self.taken_in = (rule.base != self.base).then_some(place);
                let made = self.rule(number, rule, at);
                (self.is_muted, self.taken_in) = (was_muted, None);
                made.map(|rule| Rule {
                    offset: place,
                    ..rule
                })
            }
            _ => None,
        }
    }

    /// A rule that is declared outside of policies.
    pub(super) fn rule(
        &mut self,
        number: usize,
        rule: &'t RuleNode<'a>,
        at: usize,
    ) -> Option<Rule> {
        self.rule_in(self.entries[number].scope, rule, at)
    }

    pub(super) fn rule_in(
        &mut self,
        scope: ScopeNo,
        node: &'t RuleNode<'a>,
        at: usize,
    ) -> Option<Rule> {
        let id = match (&node.head.id, node.head.name) {
            (Some(id), _) => id.clone().into_owned(),
            (None, Some(name)) => name.text.to_owned(),
            (None, None) => format!("rule{}", at + 1),
        };
        let description = node.head.description.clone();
        self.make(
            node.head.at,
            id.len() + description.as_ref().map_or(0, String::len),
        )?;
        self.path.push(format!("rule `{}`", cut(&id)));
        let target = node
            .target
            .as_ref()
            .map(|clauses| self.target(scope, clauses));
        let condition = node.condition.as_ref();
        let condition = condition.and_then(|condition| self.term(scope, condition));
        let (obligations, advice) = self.notices(scope, &node.notices);
        let rule = Rule {
            id,
            effect: node.effect.unwrap_or(Effect::Deny),
            description,
            target,
            condition: condition.map(|(condition, _)| Box::new(condition)),
            obligations,
            advice,
            offset: self.offset(node.head.at),
        };
        self.path.pop();
        Some(rule)
    }

    pub(super) fn notices(
        &mut self,
        scope: ScopeNo,
        notices: &'t [Notice<'a>],
    ) -> (Vec<ObligationExpression>, Vec<AdviceExpression>) {
        let (mut obligations, mut advice) = (Vec::new(), Vec::new());
        for notice in notices {
            let sort = match notice.is_advice {
                true => Sort::Advice,
                false => Sort::Obligation,
            };
            let id = self.id(sort, scope, notice.name);
            let mut assignments = Vec::new();
            for (attribute, value) in &notice.assignments {
                assignments.extend(self.assignment(scope, attribute, value));
            }
            let Some(id) = id.filter(|id| self.make(notice.at, id.len()).is_some()) else {
                continue;
            };
            let offset = self.offset(notice.at);
            match notice.is_advice {
                true => advice.push(AdviceExpression {
                    assignments,
                    offset,
                    ..AdviceExpression::new(id, notice.on)
                }),
                false => obligations.push(ObligationExpression {
                    assignments,
                    offset,
                    ..ObligationExpression::new(id, notice.on)
                }),
            }
        }
        (obligations, advice)
    }

    pub(super) fn assignment(
        &mut self,
        scope: ScopeNo,
        used: &'t AttributeUse<'a>,
        value: &'t Term<'a>,
    ) -> Option<AttributeAssignmentExpression> {
        let attribute = self.attribute(scope, used.name);
        if used.must_be_present {
            let message = "`mustbepresent` means nothing where an attribute is assigned";
            self.problem(used.name.at, message);
        }
        let (expression, _) = self.term(scope, value)?;
        let attribute = attribute?;
        self.make(
            used.name.at,
            attribute.id.len() + attribute.category.map_or(0, str::len),
        )?;
        Some(AttributeAssignmentExpression {
            id: attribute.id.to_owned(),
            category: attribute.category.map(str::to_owned),
            issuer: used.issuer.as_deref().map(str::to_owned),
            expression,
            offset: self.offset(used.name.at),
        })
    }

    pub(super) fn attribute(
        &mut self,
        scope: ScopeNo,
        name: Word<'_>,
    ) -> Option<DeclaredAttribute<'t>> {
        match self.find(Sort::Attribute, scope, name)? {
            // One that is not known has a problem where it is declared.
            NameMeaning::Declared(number) => {
                let known = self.attributes.get(&number).copied();
                if known.is_none() {
                    self.holes.push(name.at);
                }
                known
            }
            NameMeaning::Attribute((_, category, id, data_type)) => Some(DeclaredAttribute {
                category: Some(category),
                id,
                data_type: data_type.uri(),
            }),
            NameMeaning::Standard(_) => None,
        }
    }

    pub(super) fn target(&mut self, scope: ScopeNo, clauses: &'t [Clause<'a>]) -> Target {
        let mut target = Target::new();
        if let Some(first) = clauses.first() {
            target.offset = self.offset(first.at);
        }
        for clause in clauses {
            let mut any_of = AnyOf {
                all_of: Vec::new(),
                offset: self.offset(clause.at),
            };
            self.alternatives(scope, &clause.alternatives, &mut any_of.all_of);
            target.any_of.push(any_of);
        }
        target
    }

    /// Adds what is between `or`.
    pub(super) fn alternatives(
        &mut self,
        scope: ScopeNo,
        term: &'t Term<'a>,
        all: &mut Vec<AllOf>,
    ) {
        if let TermKind::Chain("||", _, terms) = &term.kind {
            for term in terms {
                self.alternatives(scope, term, all);
            }
            return;
        }
        let mut all_of = AllOf {
            matches: Vec::new(),
            offset: self.offset(term.at),
        };
        self.matches(scope, term, &mut all_of);
        all.push(all_of);
    }

    /// Adds what is between `and`.
    pub(super) fn matches(&mut self, scope: ScopeNo, term: &'t Term<'a>, all: &mut AllOf) {
        match &term.kind {
            TermKind::Chain("&&", _, terms) => {
                for term in terms {
                    self.matches(scope, term, all);
                }
            }
            TermKind::Chain(..) => {
                let message = "a target has no `or` within `and`; write what is in parentheses as \
                               another `clause`, or all of it as `condition`";
                self.problem(term.at, message);
            }
            _ => all.matches.extend(self.matching(scope, term)),
        }
    }
}
