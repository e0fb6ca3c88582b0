//! Tokens → policies, rules, targets, obligations and advice.

use super::*;

impl<'a> Parser<'a> {
    pub(super) fn rule_declaration(&mut self, scope: ScopeNo) -> Read<()> {
        let rule = self.rule()?;
        if let Some(comment) = rule.head.documented {
            self.of_rules.insert(comment, self.entries.len());
        }
        match rule.head.name {
            Some(name) => self.declare(Sort::Rule, scope, name, Declaration::Rule(rule)),
            None => {
                let message =
                    "a rule outside of a policy needs a name, by which policies take it in";
                self.problem(rule.head.at, message);
            }
        }
        Ok(())
    }

    pub(super) fn policy_declaration(&mut self, scope: ScopeNo) -> Read<()> {
        let head = self.header()?;
        if !self.next.is("{")
            && let (Some(name), Some(id)) = (head.name, &head.id)
        {
            // In another file.
            let item = Declaration::Elsewhere(head.is_set(), id.clone());
            self.declare(Sort::Policy, scope, name, item);
            return Ok(());
        }
        self.policy(scope, head, true).map(drop)
    }

    /// Reads `policy`, `policyset` or `rule`, the name and the identifier.
    pub(super) fn header(&mut self) -> Read<Header<'a>> {
        let keyword = self.advance();
        let name = match self.next.is_name() {
            true => Some(self.word("a name")?),
            false => None,
        };
        let id = match self.take("=") {
            true => Some(self.text("an identifier in quotes")?),
            false => None,
        };
        Ok(Header {
            keyword: keyword.text,
            at: keyword.at,
            name,
            id,
            documented: keyword.documentation.map(|(at, _)| at),
            description: keyword.documentation.map(|(at, text)| {
                self.refuse_forbidden(text, at);
                description(text)
            }),
        })
    }

    /// Ends what began at a place, as comments are within it; returns its own end.
    fn end_of_node(&mut self, at: usize, is_whole: bool) -> usize {
        self.nodes.push((at, self.behind));
        // The problem may be behind it, where something is missing.
        self.holes.extend((!is_whole).then_some(at));
        self.behind
    }

    /// Reads the body of a policy or policy set; returns the number of its entry.
    pub(super) fn policy(
        &mut self,
        scope: ScopeNo,
        head: Header<'a>,
        is_outermost: bool,
    ) -> Read<usize> {
        let (kind, at, name) = (head.keyword, head.at, head.name);
        self.described.extend(head.documented);
        let number = self.entries.len();
        self.unnamed += usize::from(name.is_none());
        let length = name.map_or(0, |name| name.text.len());
        if head.id.is_none() && self.scopes.path(scope).len() + length > LONGEST {
            let message = format!(
                "the name has more than {LONGEST} bytes with those around it; give the policy an id \
                 in quotes"
            );
            self.problem(at, message);
        }
        let inner = match name {
            Some(name) => {
                self.declare(Sort::Policy, scope, name, Declaration::Nothing);
                self.scopes.open(scope, name.text)
            }
            None => {
                self.entries.push(Entry {
                    scope,
                    item: Declaration::Nothing,
                });
                scope
            }
        };
        let mut policy = PolicyNode {
            is_set: head.is_set(),
            head,
            is_outermost,
            end: at,
            target: None,
            apply: None,
            members: Vec::new(),
            notices: Vec::new(),
            scope: inner,
            base: self.base,
            unnamed: self.unnamed,
        };
        self.path.push(named(kind, name));
        let read = self
            .deeper(|parser| parser.block(|parser| parser.policy_statement(inner, &mut policy)));
        if read.is_ok() && policy.apply.is_none() {
            let (at, message) = match misspelt_apply(&mut policy.members) {
                Some(word) => {
                    let found = cut(word.text);
                    let message =
                        format!("expected a statement, found `{found}`; did you mean `apply`?");
                    (word.at, message)
                }
                None => {
                    let algorithms = "such as `apply denyOverrides`";
                    let message = format!("the {kind} does not say how it combines, {algorithms}");
                    (at, message)
                }
            };
            self.problem(at, message);
        }
        self.path.pop();
        policy.end = self.end_of_node(at, read.is_ok());
        self.entries[number].item = Declaration::Policy(policy);
        read.map(|()| number)
    }

    pub(super) fn policy_statement(
        &mut self,
        scope: ScopeNo,
        policy: &mut PolicyNode<'a>,
    ) -> Read<()> {
        let next = self.next;
        match next.text {
            _ if !next.is_name() => self.expected("a statement of the policy"),
            _ if next.kind == Kind::Name => self.reference(policy),
            "target" => {
                let target = self.target()?;
                self.once(&mut policy.target, target, next.at, "target");
                Ok(())
            }
            "apply" => {
                self.advance();
                let algorithm = self.word("the name of a combining algorithm")?;
                self.once(&mut policy.apply, algorithm, next.at, "apply");
                Ok(())
            }
            "condition" => {
                let message = "XACML has no condition of a policy; write it into its rules, or as \
                               `target` if it compares attributes with values";
                self.problem(next.at, message);
                self.advance();
                self.expression().map(drop)
            }
            "on" => self.notices(&mut policy.notices),
            "rule" if policy.is_set => {
                let message = "a policy set holds policies; put the rule into a `policy`";
                self.problem(next.at, message);
                self.rule().map(drop)
            }
            "rule" => {
                let rule = self.rule()?;
                policy.members.push(Member::Rule(Box::new(rule)));
                Ok(())
            }
            "policy" | "policyset" => {
                let header = self.header()?;
                let is_reference = !self.next.is("{") && header.id.is_none();
                match header.name {
                    _ if !policy.is_set => {
                        let message = "a policy holds rules; a `policyset` holds policies";
                        self.problem(next.at, message);
                        Err(Stop)
                    }
                    Some(name) if is_reference => {
                        policy
                            .members
                            .push(Member::Reference(name, Some(header.is_set())));
                        Ok(())
                    }
                    _ => {
                        let number = self.policy(scope, header, false)?;
                        policy.members.push(Member::Policy(number));
                        Ok(())
                    }
                }
            }
            _ => self.reference(policy),
        }
    }

    pub(super) fn reference(&mut self, policy: &mut PolicyNode<'a>) -> Read<()> {
        let name = self.word("a name")?;
        if self.next.is("{") || self.next.is("=") {
            return self.misspelt(name, &["policy", "policyset", "rule", "target"]);
        }
        policy.members.push(Member::Reference(name, None));
        Ok(())
    }

    pub(super) fn misspelt<T>(&mut self, name: Word<'a>, known: &[&'static str]) -> Read<T> {
        let hint = did_you_mean(similar_name(name.text, known));
        let found = cut(name.text);
        self.problem(
            name.at,
            format!("expected a statement, found `{found}`{hint}"),
        );
        Err(Stop)
    }

    /// Sets what a policy or a rule has once.
    pub(super) fn once<T>(&mut self, place: &mut Option<T>, value: T, at: usize, what: &str) {
        if place.replace(value).is_some() {
            self.problem(at, format!("a second `{what}`"));
        }
    }

    pub(super) fn rule(&mut self) -> Read<RuleNode<'a>> {
        let head = self.header()?;
        let (at, name) = (head.at, head.name);
        self.described.extend(head.documented);
        let mut rule = RuleNode {
            head,
            effect: None,
            target: None,
            condition: None,
            notices: Vec::new(),
            base: self.base,
        };
        self.path.push(named("rule", name));
        let before = self.problems.count();
        let read = self.deeper(|parser| parser.block(|parser| parser.rule_statement(&mut rule)));
        // A statement that could not be read may be the one that is missing.
        if read.is_ok() && rule.effect.is_none() && self.problems.count() == before {
            self.problem(at, "the rule says neither `permit` nor `deny`");
        }
        self.path.pop();
        self.end_of_node(at, read.is_ok());
        read.map(|()| rule)
    }

    pub(super) fn rule_statement(&mut self, rule: &mut RuleNode<'a>) -> Read<()> {
        let next = self.next;
        match next.text {
            _ if next.kind != Kind::Word => self.expected("a statement of the rule"),
            "permit" | "deny" => {
                self.advance();
                let effect = effect(next.text);
                self.once(&mut rule.effect, effect, next.at, "permit` or `deny");
                Ok(())
            }
            "target" => {
                let target = self.target()?;
                self.once(&mut rule.target, target, next.at, "target");
                Ok(())
            }
            "condition" => {
                self.advance();
                let condition = self.expression()?;
                self.once(&mut rule.condition, condition, next.at, "condition");
                Ok(())
            }
            "on" => self.notices(&mut rule.notices),
            _ => {
                let name = self.word("a statement")?;
                let known = ["permit", "deny", "target", "condition", "on"];
                self.misspelt(name, &known)
            }
        }
    }

    /// Reads `target` and its clauses.
    pub(super) fn target(&mut self) -> Read<Vec<Clause<'a>>> {
        self.advance();
        let mut clauses = Vec::new();
        while self.next.is("clause") {
            let at = self.advance().at;
            let alternatives = self.expression()?;
            clauses.push(Clause { at, alternatives });
        }
        if clauses.is_empty() && !self.next.is("}") && !STATEMENTS.contains(&self.next.text) {
            return self.expected("`clause`");
        }
        Ok(clauses)
    }

    /// Reads `on permit { obligation … advice … }`.
    pub(super) fn notices(&mut self, notices: &mut Vec<Notice<'a>>) -> Read<()> {
        self.advance();
        let on = match self.next.text {
            "permit" | "deny" => effect(self.advance().text),
            _ => return self.expected("`permit` or `deny`"),
        };
        self.block(|parser| {
            let next = parser.next;
            if !next.is("obligation") && !next.is("advice") {
                return parser.expected("`obligation` or `advice`");
            }
            parser.advance();
            let name = parser.word("the name of what is to be done")?;
            let mut assignments = Vec::new();
            if parser.next.is("{") {
                parser.block(|parser| {
                    let attribute = parser.attribute_use()?;
                    parser.require("=")?;
                    let value = parser.expression()?;
                    // A list with commas is common, too.
                    parser.take(",");
                    assignments.push((attribute, value));
                    Ok(())
                })?;
            }
            notices.push(Notice {
                is_advice: next.text == "advice",
                on,
                name,
                at: next.at,
                assignments,
            });
            Ok(())
        })
    }
}

impl Header<'_> {
    fn is_set(&self) -> bool {
        self.keyword == "policyset"
    }
}

fn effect(word: &str) -> Effect {
    match word {
        "permit" => Effect::Permit,
        _ => Effect::Deny,
    }
}

fn named(kind: &str, name: Option<Word<'_>>) -> String {
    match name {
        Some(name) => format!("{kind} `{}`", cut(name.text)),
        None => kind.to_owned(),
    }
}

/// Takes a misspelt `apply`, which is read as the name of a member, and the algorithm after it from the members.
fn misspelt_apply<'a>(members: &mut Vec<Member<'a>>) -> Option<Word<'a>> {
    let misspelt = members
        .iter()
        .enumerate()
        .find_map(|(place, member)| match member {
            Member::Reference(name, None) if is_apply_misspelt(name.text) => Some((place, *name)),
            _ => None,
        });
    let (place, name) = misspelt?;
    let is_named = matches!(members.get(place + 1), Some(Member::Reference(..)));
    members.drain(place..=place + usize::from(is_named));
    Some(name)
}

/// Whether a word is nearly `apply`, which a name may be.
pub(super) fn is_apply_misspelt(word: &str) -> bool {
    similar_name(word, ["apply"]).is_some()
}
