//! Policies whose rules say who may do what with which resource: as data, and as XML.

use super::names::{EQUAL, IGNORE_CASE, NAMESPACE, Term, type_uri};
use super::xml::Xml;

/// A policy of rules without conditions.
pub(crate) struct Policy {
    pub(crate) id: String,
    /// Last part of the combining algorithm's id.
    pub(crate) algorithm: &'static str,
    /// The policy's own target, if it has one.
    pub(crate) target: Option<(Term, String)>,
    pub(crate) rules: Vec<Rule>,
    /// Compare subjects without regard to case.
    pub(crate) ignores_case: bool,
    /// A minimum authentication level goes with every Permit.
    pub(crate) obliges: bool,
}

/// Any of the subjects may do any of the actions with the resource, or may not.
#[derive(Clone)]
pub(crate) struct Rule {
    pub(crate) permits: bool,
    pub(crate) subjects: Vec<(Term, String)>,
    pub(crate) resource: (Term, String),
    pub(crate) actions: Vec<(Term, String)>,
}

impl Policy {
    /// The document.
    pub(crate) fn xml(&self) -> String {
        let mut xml = Xml::new();
        open_policy(&mut xml, &self.id, self.algorithm);
        match &self.target {
            None => xml.empty("Target", &[]),
            Some((term, value)) => {
                xml.open("Target", &[]);
                any_of(&mut xml, &[(*term, value.clone())], term.function);
                xml.close();
            }
        }
        for (i, rule) in self.rules.iter().enumerate() {
            self.rule(&mut xml, i, rule);
        }
        if self.obliges {
            obligation(&mut xml);
        }
        xml.finish()
    }

    fn rule(&self, xml: &mut Xml, number: usize, rule: &Rule) {
        let effect = if rule.permits { "Permit" } else { "Deny" };
        let id = format!("{}:rule:{number}", self.id);
        xml.open("Rule", &[("RuleId", &id), ("Effect", effect)]);
        let list = |terms: &[(Term, String)]| {
            let values: Vec<&str> = terms.iter().map(|(_, value)| value.as_str()).collect();
            values.join(", ")
        };
        let description = format!(
            "{effect}: {} and {} of {}",
            list(&rule.subjects),
            list(&rule.actions),
            rule.resource.1
        );
        xml.leaf("Description", &[], &description);
        xml.open("Target", &[]);
        let equal = if self.ignores_case {
            IGNORE_CASE
        } else {
            EQUAL
        };
        any_of(xml, &rule.subjects, equal);
        let resource = std::slice::from_ref(&rule.resource);
        any_of(xml, resource, rule.resource.0.function);
        any_of(xml, &rule.actions, EQUAL);
        xml.close();
        xml.close();
    }
}

/// Begins a document with one policy, up to its target.
pub(crate) fn open_policy(xml: &mut Xml, id: &str, algorithm: &str) {
    // First-applicable did not change with 3.0.
    let version = if algorithm == "first-applicable" {
        "1.0"
    } else {
        "3.0"
    };
    let algorithm =
        format!("urn:oasis:names:tc:xacml:{version}:rule-combining-algorithm:{algorithm}");
    xml.open(
        "Policy",
        &[
            ("xmlns", NAMESPACE),
            ("PolicyId", id),
            ("Version", "1.0"),
            ("RuleCombiningAlgId", &algorithm),
        ],
    );
}

/// An AnyOf of one match each.
pub(crate) fn any_of(xml: &mut Xml, alternatives: &[(Term, String)], function: &str) {
    xml.open("AnyOf", &[]);
    for (term, value) in alternatives {
        xml.open("AllOf", &[]);
        xml.open("Match", &[("MatchId", function)]);
        literal(xml, term.data_type, value);
        designator(xml, *term);
        xml.close();
        xml.close();
    }
    xml.close();
}

pub(crate) fn literal(xml: &mut Xml, data_type: &str, value: &str) {
    xml.leaf(
        "AttributeValue",
        &[("DataType", &type_uri(data_type))],
        value,
    );
}

pub(crate) fn designator(xml: &mut Xml, term: Term) {
    xml.empty(
        "AttributeDesignator",
        &[
            ("AttributeId", term.id),
            ("Category", term.category),
            ("DataType", &type_uri(term.data_type)),
            ("MustBePresent", "false"),
        ],
    );
}

fn obligation(xml: &mut Xml) {
    xml.open("ObligationExpressions", &[]);
    xml.open(
        "ObligationExpression",
        &[
            ("ObligationId", "urn:altinn:obligation:1"),
            ("FulfillOn", "Permit"),
        ],
    );
    xml.open(
        "AttributeAssignmentExpression",
        &[
            ("AttributeId", "urn:altinn:obligation-assignment:1"),
            ("Category", "urn:altinn:minimum-authenticationlevel"),
        ],
    );
    literal(xml, "integer", "3");
    for _ in 0..3 {
        xml.close();
    }
}
