//! Policy trees → ALFA; what it cannot say is a problem at its place.

mod declared;
mod expression;

use std::collections::HashMap;
use std::fmt::Write as _;

use super::parse::is_reserved;
use super::scope::Sort;
use super::token::{is_doubtful, is_line_end, is_name, quoted};
use crate::decision::{Effect, XacmlVersion};
use crate::error::{Diagnostic, Problem, Problems, cut};
use crate::limits::DEEPEST;
use crate::syntax::*;
use crate::xml::{Comment, Comments, MarkupPlace};
use declared::{Declared, legal};

/// The most places that are listed; more are only counted.
const MOST_PROBLEMS: usize = 1000;

pub(super) struct Printer<'d> {
    /// The policies, after the declarations.
    out: String,
    indent: usize,
    declared: Declared<'d>,
    /// The names of the policies that are printed, by whether they are sets and by their ids.
    policies: HashMap<(bool, &'d str), String>,
    /// The names of the policies, in the order in which they are printed.
    names: std::vec::IntoIter<String>,
    /// The problems, each with the number of its document.
    problems: Problems<(usize, Problem)>,
    /// The elements around what is printed, each with its place.
    path: Vec<(Offset, String)>,
    /// The place of the part that is printed, if it is known better.
    at: Option<Offset>,
    /// The number of the document that is printed.
    document: usize,
    /// The comments of the document that is printed.
    comments: Comments,
}

impl<'d> Printer<'d> {
    pub(super) fn new() -> Self {
        Self {
            out: String::new(),
            indent: 1,
            declared: Declared::default(),
            policies: HashMap::new(),
            names: Vec::new().into_iter(),
            problems: Problems::new(MOST_PROBLEMS),
            path: Vec::new(),
            at: None,
            document: 0,
            comments: Comments::default(),
        }
    }

    /// Prints the documents as one file.
    pub(super) fn documents(&mut self, documents: Vec<(&'d Document, Comments)>) -> String {
        let mut names = Vec::new();
        for (document, _) in &documents {
            match document {
                Document::Policy(policy) => self.name(&mut names, "", false, &policy.id),
                Document::PolicySet(set) => self.names_of(&mut names, "", set, 0),
            }
        }
        self.names = names.into_iter();
        for (number, (document, comments)) in documents.into_iter().enumerate() {
            (self.document, self.comments) = (number, comments);
            match document {
                Document::Policy(policy) => self.policy(policy),
                Document::PolicySet(set) => self.policy_set(set, 0),
            }
            while let Some(comment) = self.comments.next() {
                self.comment(&comment);
            }
        }
        let declarations = self.declared.print();
        let between = match declarations.is_empty() {
            true => "",
            false => "\n",
        };
        format!(
            "namespace {NAMESPACE} {{\n{declarations}{between}{}}}\n",
            self.out
        )
    }

    /// Names a policy before any is printed: a reference may come before what it refers to.
    fn name(&mut self, names: &mut Vec<String>, around: &str, is_set: bool, id: &'d str) {
        let name = self.declared.name(Sort::Policy, id);
        let path = match around {
            "" => name.clone(),
            around => format!("{around}.{name}"),
        };
        names.push(name);
        self.policies.entry((is_set, id)).or_insert(path);
    }

    fn names_of(
        &mut self,
        names: &mut Vec<String>,
        around: &str,
        set: &'d PolicySet,
        depth: usize,
    ) {
        self.name(names, around, true, &set.id);
        let inner = match (around, names.last()) {
            ("", Some(name)) => name.clone(),
            (around, Some(name)) => format!("{around}.{name}"),
            (_, None) => return,
        };
        for child in &set.children {
            match child {
                PolicySetChild::Policy(policy) => self.name(names, &inner, false, &policy.id),
                PolicySetChild::PolicySet(set) if depth < DEEPEST => {
                    self.names_of(names, &inner, set, depth + 1);
                }
                _ => {}
            }
        }
    }

    /// Reports what ALFA cannot say.
    fn cannot(&mut self, what: impl Into<String>) {
        let (path, document) = (&self.path, self.document);
        let at = self.at.or_else(|| path.last().map(|(at, _)| *at));
        self.problems.add(|| {
            let path: Vec<&str> = path.iter().rev().map(|(_, name)| name.as_str()).collect();
            let problem = Problem {
                offset: at.unwrap_or_default(),
                path: path.join(" of "),
                message: what.into(),
            };
            (document, problem)
        });
    }

    /// Prints with a better place for problems.
    fn at<R>(&mut self, at: Offset, print: impl FnOnce(&mut Self) -> R) -> R {
        let outer = self.at.replace(at);
        let printed = print(self);
        self.at = outer;
        printed
    }

    /// The problems, with their places in the texts of the documents, if these are known.
    pub(super) fn finish(self, texts: &[NamedText]) -> Vec<Diagnostic> {
        let placeless = |path, message| Diagnostic::placeless(path, message);
        let more = |message| {
            let (offset, path) = (Offset::default(), String::new());
            (
                usize::MAX,
                Problem {
                    offset,
                    path,
                    message,
                },
            )
        };
        let mut diagnostics = Vec::new();
        let problems = self.problems.finish(more);
        for own in problems.chunk_by(|one, next| one.0 == next.0) {
            let number = own.first().map_or(usize::MAX, |(number, _)| *number);
            let own = own.iter().map(|(_, problem)| problem.clone());
            match texts.get(number) {
                Some((name, text)) => {
                    diagnostics.extend(Document::source(name, text).diagnostics(own.collect()));
                }
                None => diagnostics.extend(own.map(|one| placeless(one.path, one.message))),
            }
        }
        diagnostics
    }

    fn cannot_if(&mut self, is: bool, what: &str) {
        if is {
            self.cannot(what);
        }
    }

    fn line(&mut self, text: impl AsRef<str>) {
        for _ in 0..self.indent {
            self.out.push_str("    ");
        }
        self.out.push_str(text.as_ref());
        self.out.push('\n');
    }

    /// Writes the comments that come before this place of the text.
    fn comments_before(&mut self, at: Offset) {
        while let Some(comment) = self.comments.before(at) {
            self.comment(&comment);
        }
    }

    /// Writes the comments that are left in the policy set, policy or rule of this place.
    fn comments_within(&mut self, node: Offset) {
        while let Some(comment) = self.comments.within(node) {
            self.comment(&comment);
        }
    }

    fn comment(&mut self, comment: &Comment) {
        let mut lines: Vec<&str> = comment.lines().collect();
        if let ([line], MarkupPlace::Beside) = (&lines[..], comment.place)
            && self.out.pop().is_some()
        {
            self.out
                .push_str(&format!(" // {line}").trim_end().replace(is_line_end, " "));
            self.out.push('\n');
            lines.clear();
        }
        for line in lines {
            let line = line.replace(|c| is_line_end(c) || is_doubtful(c), " ");
            self.line(format!("// {line}").trim_end());
        }
    }

    fn block(&mut self, head: &str, inside: impl FnOnce(&mut Self)) {
        self.line(format!("{head} {{"));
        self.indent += 1;
        inside(self);
        self.indent -= 1;
        self.line("}");
    }

    /// An empty line between the members of a block, and the comments before the next one, which is at
    /// this place of the text.
    fn gap(&mut self, next: Offset) {
        while let Some(comment) = self.comments.beside_before(next) {
            self.comment(&comment);
        }
        if !self.out.is_empty() && !self.out.ends_with("{\n") {
            self.out.push('\n');
        }
        self.comments_before(next);
    }

    fn description(&mut self, text: Option<&str>) {
        let Some(text) = text else { return };
        if text.contains("*/") {
            return self.cannot("a `Description` with `*/`, which ends a comment");
        }
        let text = normal(text);
        match text.contains('\n') || text.starts_with('*') {
            false => self.line(format!("/** {text} */")),
            true => {
                self.line("/**");
                for line in text.lines() {
                    self.line(format!(" * {line}").trim_end());
                }
                self.line(" */");
            }
        }
    }

    fn policy_set(&mut self, set: &'d PolicySet, depth: usize) {
        let name = format!("PolicySet `{}`", cut(&set.id));
        self.path.push((set.offset, name));
        self.of_policy(&set.version, set.xacml);
        self.cannot_if(set.max_delegation_depth.is_some(), "a `MaxDelegationDepth`");
        self.cannot_if(set.issuer.is_some(), "a `PolicyIssuer`");
        self.cannot_if(set.xpath_version.is_some(), "a `PolicySetDefaults`");
        self.cannot_if(depth >= DEEPEST, "policy sets nested so deep");
        self.gap(set.offset);
        self.description(set.description.as_deref());
        let name = self.names.next().unwrap_or_default();
        self.block(
            &format!("policyset {name} = {}", quoted(&set.id)),
            |printer| {
                printer.target(&set.target);
                printer.apply(Sort::PolicyCombinator, &set.combining_algorithm);
                for child in &set.children {
                    match child {
                        PolicySetChild::Policy(policy) => printer.policy(policy),
                        PolicySetChild::PolicySet(set) if depth < DEEPEST => {
                            printer.policy_set(set, depth + 1);
                        }
                        PolicySetChild::PolicySet(_) => {}
                        PolicySetChild::PolicyReference(reference) => {
                            printer.reference(false, reference);
                        }
                        PolicySetChild::PolicySetReference(reference) => {
                            printer.reference(true, reference);
                        }
                        PolicySetChild::Parameters(_)
                        | PolicySetChild::PolicyParameters(..)
                        | PolicySetChild::PolicySetParameters(..) => {
                            printer.cannot("parameters of a combining algorithm");
                        }
                    }
                }
                printer.own_notices(&set.obligations, &set.advice);
                printer.comments_within(set.offset);
            },
        );
        self.path.pop();
    }

    fn policy(&mut self, policy: &'d Policy) {
        let name = format!("Policy `{}`", cut(&policy.id));
        self.path.push((policy.offset, name));
        self.of_policy(&policy.version, policy.xacml);
        self.cannot_if(
            policy.max_delegation_depth.is_some(),
            "a `MaxDelegationDepth`",
        );
        self.cannot_if(policy.issuer.is_some(), "a `PolicyIssuer`");
        self.cannot_if(policy.xpath_version.is_some(), "a `PolicyDefaults`");
        self.gap(policy.offset);
        self.description(policy.description.as_deref());
        let name = self.names.next().unwrap_or_default();
        self.block(
            &format!("policy {name} = {}", quoted(&policy.id)),
            |printer| {
                printer.target(&policy.target);
                printer.apply(Sort::RuleCombinator, &policy.combining_algorithm);
                for child in &policy.children {
                    match child {
                        PolicyChild::Rule(rule) => printer.rule(rule),
                        PolicyChild::Variable(variable) => {
                            let id = cut(&variable.id);
                            let what = format!("the `VariableDefinition` `{id}`");
                            printer.at(variable.offset, |printer| printer.cannot(what));
                        }
                        PolicyChild::Parameters(_) | PolicyChild::RuleParameters(..) => {
                            printer.cannot("parameters of a combining algorithm");
                        }
                    }
                }
                printer.own_notices(&policy.obligations, &policy.advice);
                printer.comments_within(policy.offset);
            },
        );
        self.path.pop();
    }

    fn of_policy(&mut self, version: &Version, xacml: XacmlVersion) {
        if *version != Version::default() {
            self.cannot(format!("the `Version` {version}, which is 1.0 in ALFA"));
        }
        self.cannot_if(
            xacml == XacmlVersion::V2,
            "the rules of XACML 2.0: `vedtak migrate`, which is `syntax::migrate`, makes a policy of 3.0 of it",
        );
    }

    fn apply(&mut self, sort: Sort, algorithm: &'d str) {
        let name = self.declared.named(sort, algorithm);
        self.line(format!("apply {name}"));
    }

    fn reference(&mut self, is_set: bool, reference: &'d Reference) {
        let has_version = [&reference.version, &reference.earliest, &reference.latest];
        if has_version.iter().any(|version| version.is_some()) {
            let id = cut(&reference.id);
            let what = format!("the versions that the reference to `{id}` accepts");
            self.at(reference.offset, |printer| printer.cannot(what));
        }
        let id = &*reference.id;
        let name = match self.policies.get(&(is_set, id)) {
            Some(name) => name.clone(),
            None => self.declared.elsewhere(is_set, id),
        };
        let kind = if is_set { "policyset" } else { "policy" };
        self.comments_before(reference.offset);
        self.line(format!("{kind} {name}"));
    }

    fn rule(&mut self, rule: &'d Rule) {
        let name = format!("Rule `{}`", cut(&rule.id));
        self.path.push((rule.offset, name));
        self.gap(rule.offset);
        self.description(rule.description.as_deref());
        let head = match is_name(&rule.id) && !is_reserved(&rule.id) {
            true => format!("rule {}", rule.id),
            false => format!("rule {} = {}", legal(&rule.id), quoted(&rule.id)),
        };
        self.block(&head, |printer| {
            printer.line(word(rule.effect));
            if let Some(target) = &rule.target {
                printer.target(target);
            }
            if let Some(condition) = &rule.condition
                && let Some(text) = printer.expression(condition)
            {
                printer.comments_before(condition.offset());
                printer.line(format!("condition {text}"));
            }
            printer.notices(&rule.obligations, &rule.advice);
            printer.comments_within(rule.offset);
        });
        self.path.pop();
    }

    fn target(&mut self, target: &'d Target) {
        for (number, any_of) in target.any_of.iter().enumerate() {
            let outer = self.at.replace(any_of.offset);
            let alternatives = any_of.all_of.iter().map(|all_of| {
                self.cannot_if(all_of.matches.is_empty(), "an `AllOf` without a `Match`");
                let matches = all_of.matches.iter();
                let matches: Vec<String> = matches
                    .filter_map(|matching| self.matching(matching))
                    .collect();
                matches.join(" and ")
            });
            let alternatives: Vec<String> = alternatives.collect();
            self.cannot_if(any_of.all_of.is_empty(), "an `AnyOf` without an `AllOf`");
            self.at = outer;
            let keyword = if number == 0 { "target" } else { "      " };
            let deeper = "    ".repeat(self.indent + 3);
            let separator = format!("\n{deeper}or ");
            self.comments_before(any_of.offset);
            self.line(format!(
                "{keyword} clause {}",
                alternatives.join(&separator)
            ));
        }
    }

    /// Prints the notices of a policy or policy set, apart from what is in it.
    fn own_notices(
        &mut self,
        obligations: &'d [ObligationExpression],
        advice: &'d [AdviceExpression],
    ) {
        let first = obligations.first().map(|one| one.offset);
        if let Some(first) = first.or(advice.first().map(|one| one.offset)) {
            self.gap(first);
        }
        self.notices(obligations, advice);
    }

    fn notices(&mut self, obligations: &'d [ObligationExpression], advice: &'d [AdviceExpression]) {
        let of_obligation = |one: &'d ObligationExpression| {
            (
                one.offset,
                Sort::Obligation,
                one.fulfill_on,
                &*one.id,
                &*one.assignments,
            )
        };
        let of_advice = |one: &'d AdviceExpression| {
            (
                one.offset,
                Sort::Advice,
                one.applies_to,
                &*one.id,
                &*one.assignments,
            )
        };
        let all = obligations
            .iter()
            .map(of_obligation)
            .chain(advice.iter().map(of_advice));
        let all: Vec<_> = all.collect();
        for together in all.chunk_by(|a, b| a.2 == b.2) {
            let on = together.first().map_or("deny", |(_, _, on, ..)| word(*on));
            if let Some((first, ..)) = together.first() {
                self.comments_before(*first);
            }
            self.block(&format!("on {on}"), |printer| {
                for (offset, sort, _, id, assignments) in together {
                    printer.comments_before(*offset);
                    printer.notice(*sort, *offset, id, assignments);
                }
            });
        }
    }

    fn notice(
        &mut self,
        sort: Sort,
        offset: Offset,
        id: &'d str,
        assignments: &'d [AttributeAssignmentExpression],
    ) {
        let (kind, element) = match sort {
            Sort::Advice => ("advice", "AdviceExpression"),
            _ => ("obligation", "ObligationExpression"),
        };
        self.path.push((offset, format!("{element} `{}`", cut(id))));
        let name = self.declared.named(sort, id);
        if assignments.is_empty() {
            self.line(format!("{kind} {name}"));
        } else {
            self.block(&format!("{kind} {name}"), |printer| {
                for assignment in assignments {
                    printer.assignment(assignment);
                }
            });
        }
        self.path.pop();
    }

    fn assignment(&mut self, assignment: &'d AttributeAssignmentExpression) {
        let of = expression::data_type(&assignment.expression);
        let category = assignment.category.as_deref();
        let mut name = self.declared.attribute(category, &assignment.id, of);
        if let Some(issuer) = &assignment.issuer {
            let _ = write!(name, "[issuer={}]", quoted(issuer));
        }
        if let Some(value) = self.expression(&assignment.expression) {
            self.comments_before(assignment.offset);
            self.line(format!("{name} = {value}"));
        }
    }
}

/// The namespace that what is printed is in.
const NAMESPACE: &str = "policies";

fn word(effect: Effect) -> &'static str {
    match effect {
        Effect::Permit => "permit",
        Effect::Deny => "deny",
    }
}

/// A description as a comment gives it back.
fn normal(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines.join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::parse::description;
    use super::*;

    #[test]
    fn a_description_is_read_back_from_its_comment() {
        for text in [
            "",
            "a",
            " a \n  b\n\n c ",
            "* a\n* b",
            "a\r\nb",
            "**",
            "/* a",
        ] {
            let mut printer = Printer::new();
            printer.description(Some(text));
            let comment = printer.out.trim();
            let inside = comment
                .strip_prefix("/**")
                .and_then(|text| text.strip_suffix("*/"));
            assert_eq!(
                description(inside.expect(comment)),
                normal(text),
                "{comment}"
            );
        }
    }
}
