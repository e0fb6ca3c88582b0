//! Policies of apps with the placeholders `[ORG]` and `[APP]` → policies with owner and name of the
//! app, as deployment writes them.

use super::resource::ResourceId;
use crate::syntax::{
    AdviceExpression, AttributeValue, Document, Expression, ObligationExpression, Policy,
    PolicyChild, PolicySet, PolicySetChild, Target,
};

/// The placeholders of the owner, and of the app.
const ORG: [&str; 2] = ["[ORG]", "[org]"];
const APP: [&str; 2] = ["[APP]", "[app]"];

/// Returns the first placeholder in a text, if it has one.
pub(super) fn find(text: &str) -> Option<&'static str> {
    let mut all = ORG.into_iter().chain(APP);
    text.contains('[')
        .then(|| all.find(|placeholder| text.contains(placeholder)))?
}

/// Replaces all placeholders with owner and name, as the deployment of the app does. `None` if
/// there is no placeholder, or the resource is no app.
pub(super) fn filled(document: &Document, resource: &ResourceId) -> Option<Document> {
    let app = resource.as_app()?;
    let mut filler = Filler { app, found: false };
    let mut document = document.clone();
    match &mut document {
        Document::Policy(policy) => {
            // The ids of nested policies are kept, as references may name them.
            filler.text(&mut policy.id);
            filler.policy(policy);
        }
        Document::PolicySet(set) => filler.set(set),
    }
    filler.found.then_some(document)
}

struct Filler<'r> {
    app: (&'r str, &'r str),
    found: bool,
}

impl Filler<'_> {
    fn text(&mut self, text: &mut String) {
        if find(text).is_none() {
            return;
        }
        self.found = true;
        let (org, app) = self.app;
        // In one pass, so that a name with a placeholder in it is not replaced again.
        let mut filled = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some(start) = rest.find('[') {
            filled += &rest[..start];
            rest = &rest[start..];
            let known = [(ORG, org), (APP, app)]
                .into_iter()
                .find_map(|(all, name)| {
                    let placeholder = all.into_iter().find(|known| rest.starts_with(known))?;
                    Some((name, placeholder.len()))
                });
            let (name, length) = known.unwrap_or(("[", 1));
            filled += name;
            rest = &rest[length..];
        }
        *text = filled + rest;
    }

    fn set(&mut self, set: &mut PolicySet) {
        self.target(&mut set.target);
        for child in &mut set.children {
            match child {
                PolicySetChild::Policy(policy) => self.policy(policy),
                PolicySetChild::PolicySet(set) => self.set(set),
                _ => {}
            }
        }
        self.obligations(&mut set.obligations, &mut set.advice);
    }

    fn policy(&mut self, policy: &mut Policy) {
        self.target(&mut policy.target);
        for child in &mut policy.children {
            match child {
                PolicyChild::Rule(rule) => {
                    self.text(&mut rule.id);
                    if let Some(target) = &mut rule.target {
                        self.target(target);
                    }
                    if let Some(condition) = &mut rule.condition {
                        self.expression(condition);
                    }
                    self.obligations(&mut rule.obligations, &mut rule.advice);
                }
                PolicyChild::Variable(variable) => self.expression(&mut variable.expression),
                PolicyChild::RuleParameters(rule, _) => self.text(rule),
                PolicyChild::Parameters(_) => {}
            }
        }
        self.obligations(&mut policy.obligations, &mut policy.advice);
    }

    fn target(&mut self, target: &mut Target) {
        let all_of = target.any_of.iter_mut().flat_map(|any| &mut any.all_of);
        for matching in all_of.flat_map(|all_of| &mut all_of.matches) {
            self.value(&mut matching.value);
        }
    }

    fn obligations(
        &mut self,
        obligations: &mut [ObligationExpression],
        advice: &mut [AdviceExpression],
    ) {
        let assignments = obligations
            .iter_mut()
            .flat_map(|obligation| &mut obligation.assignments);
        let of_advice = advice
            .iter_mut()
            .flat_map(|obligation| &mut obligation.assignments);
        for assignment in assignments.chain(of_advice) {
            self.expression(&mut assignment.expression);
        }
    }

    fn value(&mut self, value: &mut AttributeValue) {
        self.text(&mut value.text);
    }

    fn expression(&mut self, expression: &mut Expression) {
        match expression {
            Expression::Value(value) => self.value(value),
            Expression::Apply(apply) => {
                for argument in &mut apply.arguments {
                    self.expression(argument);
                }
            }
            Expression::Quantified(quantified) => {
                self.expression(&mut quantified.domain);
                self.expression(&mut quantified.iterant);
            }
            Expression::Designator(_)
            | Expression::Selector(_)
            | Expression::Function(_)
            | Expression::Variable(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_placeholder_is_filled_once() {
        let fill = |text: &str, app| {
            let mut filler = Filler { app, found: false };
            let mut text = text.to_owned();
            filler.text(&mut text);
            (text, filler.found)
        };
        for (text, expected) in [
            ("[ORG]", "ttd"),
            ("[app]", "form"),
            ("app_[org]_[APP]", "app_ttd_form"),
            ("[ORG]/[APP] [ORG", "ttd/form [ORG"),
            ("[[ORG]]", "[ttd]"),
        ] {
            assert_eq!(fill(text, ("ttd", "form")), (expected.to_owned(), true));
        }
        for text in ["ttd", "[Org]", "[TASK]", "", "[", "[OR\u{c5}]"] {
            assert_eq!(fill(text, ("ttd", "form")), (text.to_owned(), false));
        }
        // A name that is itself a placeholder is kept.
        assert_eq!(fill("[ORG]_[APP]", ("[APP]", "x")).0, "[APP]_x");
    }
}
