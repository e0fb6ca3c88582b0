//! Documents of XACML 2.0 as 2.0 writes them, and what only it has (2.0 §5).

use vedtak::syntax::{
    AttributeAssignmentExpression, AttributeDesignator, AttributeReference, AttributeValue,
    Document, Expression, Match, ObligationExpression, Offset, Policy, PolicyChild, PolicySet,
    PolicySetChild, Reference, Rule, Target,
};
use vedtak::value::DataType;

use super::Maker;
use super::expressions::CATEGORIES;
use super::literals::{data_type, literal};

impl Maker<'_, '_> {
    /// A literal with an id: all that an obligation of 2.0 may assign.
    pub(super) fn assignment_of_2(&mut self) -> AttributeAssignmentExpression {
        let of = match data_type(self.choices) {
            DataType::Entity => DataType::String,
            other => other,
        };
        AttributeAssignmentExpression {
            id: self.choices.pick(&["x", "y"]).to_string(),
            category: None,
            issuer: None,
            expression: Expression::Value(literal(self.choices, of)),
            offset: Offset::default(),
        }
    }
}

/// The text of a document of 2.0.
pub(crate) fn written(document: &Document) -> String {
    let namespace = " xmlns=\"urn:oasis:names:tc:xacml:2.0:policy:schema:os\"";
    let mut to = String::new();
    match document {
        Document::Policy(written) => policy(&mut to, written, namespace),
        Document::PolicySet(set) => policy_set(&mut to, set, namespace),
    }
    to
}

/// The four sections, by their categories: of the section, its parts, its matches and designators.
const SECTIONS: [&str; 4] = ["Subject", "Resource", "Action", "Environment"];

fn section(category: &str) -> &'static str {
    let place = CATEGORIES.iter().position(|known| *known == category);
    SECTIONS[place.expect("one of the four")]
}

fn policy_set(to: &mut String, set: &PolicySet, namespace: &str) {
    let (id, algorithm) = (escaped(&set.id), &set.combining_algorithm);
    *to += &format!(
        "<PolicySet{namespace} PolicySetId=\"{id}\" Version=\"{}\"",
        set.version
    );
    *to += &format!(" PolicyCombiningAlgId=\"{algorithm}\">");
    target(to, &set.target);
    for child in &set.children {
        match child {
            PolicySetChild::PolicySet(set) => policy_set(to, set, ""),
            PolicySetChild::Policy(written) => policy(to, written, ""),
            PolicySetChild::PolicySetReference(to_set) => {
                reference(to, "PolicySetIdReference", to_set);
            }
            PolicySetChild::PolicyReference(to_policy) => {
                reference(to, "PolicyIdReference", to_policy);
            }
            PolicySetChild::Parameters(_) => *to += "<CombinerParameters/>",
            other => panic!("the generator makes no {other:?}"),
        }
    }
    obligations(to, &set.obligations);
    *to += "</PolicySet>";
}

fn reference(to: &mut String, name: &str, reference: &Reference) {
    *to += &format!("<{name}");
    for (attribute, pattern) in [
        ("Version", &reference.version),
        ("EarliestVersion", &reference.earliest),
        ("LatestVersion", &reference.latest),
    ] {
        if let Some(pattern) = pattern {
            *to += &format!(" {attribute}=\"{pattern}\"");
        }
    }
    *to += &format!(">{}</{name}>", escaped(&reference.id));
}

fn policy(to: &mut String, policy: &Policy, namespace: &str) {
    let (id, algorithm) = (escaped(&policy.id), &policy.combining_algorithm);
    *to += &format!(
        "<Policy{namespace} PolicyId=\"{id}\" Version=\"{}\"",
        policy.version
    );
    *to += &format!(" RuleCombiningAlgId=\"{algorithm}\">");
    target(to, &policy.target);
    for child in &policy.children {
        match child {
            PolicyChild::Rule(written) => rule(to, written),
            PolicyChild::Variable(variable) => {
                *to += &format!("<VariableDefinition VariableId=\"{}\">", variable.id);
                expression(to, &variable.expression);
                *to += "</VariableDefinition>";
            }
            other => panic!("the generator makes no {other:?}"),
        }
    }
    obligations(to, &policy.obligations);
    *to += "</Policy>";
}

fn rule(to: &mut String, rule: &Rule) {
    *to += &format!(
        "<Rule RuleId=\"{}\" Effect=\"{}\">",
        escaped(&rule.id),
        rule.effect
    );
    if let Some(written) = &rule.target {
        target(to, written);
    }
    if let Some(condition) = &rule.condition {
        *to += "<Condition>";
        expression(to, condition);
        *to += "</Condition>";
    }
    *to += "</Rule>";
}

fn target(to: &mut String, target: &Target) {
    *to += "<Target>";
    for any_of in &target.any_of {
        let matches = any_of.all_of.iter().flat_map(|all_of| &all_of.matches);
        let mut categories = matches.map(|matching| match &matching.attribute {
            AttributeReference::Designator(designator) => &designator.category,
            other => panic!("the generator makes no {other:?}"),
        });
        let name = section(categories.next().expect("an AnyOf has a Match"));
        *to += &format!("<{name}s>");
        for all_of in &any_of.all_of {
            *to += &format!("<{name}>");
            all_of
                .matches
                .iter()
                .for_each(|matching| matches_of(to, matching, name));
            *to += &format!("</{name}>");
        }
        *to += &format!("</{name}s>");
    }
    *to += "</Target>";
}

fn matches_of(to: &mut String, matching: &Match, name: &str) {
    *to += &format!("<{name}Match MatchId=\"{}\">", matching.function);
    value(to, "AttributeValue", "", &matching.value);
    if let AttributeReference::Designator(written) = &matching.attribute {
        designator(to, written);
    }
    *to += &format!("</{name}Match>");
}

fn designator(to: &mut String, designator: &AttributeDesignator) {
    let name = section(&designator.category);
    let (id, of) = (&designator.id, data_type_of_2(&designator.data_type));
    *to += &format!("<{name}AttributeDesignator AttributeId=\"{id}\" DataType=\"{of}\"");
    if let Some(issuer) = &designator.issuer {
        *to += &format!(" Issuer=\"{issuer}\"");
    }
    if designator.must_be_present {
        *to += " MustBePresent=\"true\"";
    }
    *to += "/>";
}

fn expression(to: &mut String, written: &Expression) {
    match written {
        Expression::Apply(apply) => {
            *to += &format!("<Apply FunctionId=\"{}\">", apply.function);
            apply
                .arguments
                .iter()
                .for_each(|argument| expression(to, argument));
            *to += "</Apply>";
        }
        Expression::Designator(written) => designator(to, written),
        Expression::Value(written) => value(to, "AttributeValue", "", written),
        Expression::Function(function) => {
            *to += &format!("<Function FunctionId=\"{}\"/>", function.id);
        }
        Expression::Variable(variable) => {
            *to += &format!("<VariableReference VariableId=\"{}\"/>", variable.id);
        }
        other => panic!("the generator makes no {other:?}"),
    }
}

fn obligations(to: &mut String, obligations: &[ObligationExpression]) {
    if obligations.is_empty() {
        return;
    }
    *to += "<Obligations>";
    for obligation in obligations {
        let (id, on) = (escaped(&obligation.id), obligation.fulfill_on);
        *to += &format!("<Obligation ObligationId=\"{id}\" FulfillOn=\"{on}\">");
        for assignment in &obligation.assignments {
            let Expression::Value(written) = &assignment.expression else {
                panic!("the generator assigns literals");
            };
            let id = format!(" AttributeId=\"{}\"", assignment.id);
            value(to, "AttributeAssignment", &id, written);
        }
        *to += "</Obligation>";
    }
    *to += "</Obligations>";
}

fn value(to: &mut String, name: &str, id: &str, value: &AttributeValue) {
    let of = data_type_of_2(&value.data_type);
    *to += &format!(
        "<{name}{id} DataType=\"{of}\">{}</{name}>",
        escaped(&value.text)
    );
}

/// Durations by the names that 2.0 gives its other data types.
fn data_type_of_2(uri: &str) -> String {
    match uri.strip_prefix("http://www.w3.org/2001/XMLSchema#") {
        Some(name @ ("dayTimeDuration" | "yearMonthDuration")) => {
            format!("urn:oasis:names:tc:xacml:2.0:data-type:{name}")
        }
        _ => uri.to_owned(),
    }
}

fn escaped(text: &str) -> String {
    let escape = |c| match c {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        '\t' | '\n' | '\r' => format!("&#{};", u32::from(c)),
        c => c.to_string(),
    };
    text.chars().map(escape).collect()
}
