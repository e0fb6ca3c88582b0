//! Policies as they come back from ALFA.

use vedtak::syntax::{Document, Policy, PolicyChild, PolicySetChild};

/// The tree as ALFA can have it: white space around the lines of descriptions means nothing there, and
/// a rule with an empty target is one without.
pub(crate) fn normal(mut document: Document) -> Document {
    fn text(text: &mut Option<String>) {
        if let Some(text) = text {
            let lines: Vec<&str> = text.lines().map(str::trim).collect();
            *text = lines.join("\n").trim().to_owned();
        }
    }
    fn policy(policy: &mut Policy) {
        text(&mut policy.description);
        for child in &mut policy.children {
            if let PolicyChild::Rule(rule) = child {
                text(&mut rule.description);
                rule.target = rule
                    .target
                    .take()
                    .filter(|target| !target.any_of.is_empty());
            }
        }
    }
    match &mut document {
        Document::Policy(own) => policy(own),
        Document::PolicySet(set) => {
            let mut open = vec![set];
            while let Some(set) = open.pop() {
                text(&mut set.description);
                for child in &mut set.children {
                    match child {
                        PolicySetChild::Policy(own) => policy(own),
                        PolicySetChild::PolicySet(set) => open.push(set),
                        _ => {}
                    }
                }
            }
        }
    }
    document
}
