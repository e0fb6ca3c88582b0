//! Single function calls and their results: each is put in a policy whose obligation assigns the
//! result, and the policy is decided.
//!
//! The calls are listed in `function-vectors.json` beside the cases of the conformance test.

use std::fs;

use serde::Deserialize;
use vedtak::syntax::{
    Apply, AttributeAssignmentExpression, AttributeValue, Document, Effect, Expression,
    FunctionName, ObligationExpression, Offset, Policy, PolicyChild, Rule, Target, XacmlVersion,
};
use vedtak::value::{DataType, Value, Zone};
use vedtak::{Decision, Pdp, Request};

use crate::folder;

#[test]
fn functions() {
    let Some(folder) = folder::find() else {
        return;
    };
    let vectors = fs::read(folder.join("function-vectors.json")).expect("the suite has vectors");
    let vectors: Vec<Vector> = serde_json::from_slice(&vectors).expect("they are well-formed");
    let (mut passed, mut failed, mut disputed, mut unsupported) = (0, 0, 0, 0);
    for vector in &vectors {
        let Vector { id, function, .. } = vector;
        if UNSUPPORTED.iter().any(|part| function.contains(part)) {
            unsupported += 1;
            continue;
        }
        match (check(vector), vector.disputed) {
            (verdict, true) => {
                disputed += 1;
                let outcome =
                    verdict.map_or_else(|difference| difference, |()| "agrees".to_owned());
                println!(
                    "disputed: {id} {function}: {outcome} (dispute: {})",
                    vector.dispute
                );
            }
            (Ok(()), _) => passed += 1,
            (Err(difference), _) => {
                failed += 1;
                println!("failed: {id} {function}: {difference}");
            }
        }
    }
    folder::say(&format!(
        "functions: {passed} passed, {failed} failed, {disputed} disputed, {unsupported} unsupported"
    ));
    assert_eq!(failed, 0, "{failed} calls failed");
}

/// Parts of the identifiers of functions that are not built.
const UNSUPPORTED: &[&str] = &["xpath"];

/// One function call and its result.
#[derive(Deserialize)]
struct Vector {
    id: String,
    function: String,
    sub_function: Option<String>,
    args: Vec<Operand>,
    expected: Operand,
    #[serde(default)]
    disputed: bool,
    #[serde(default)]
    dispute: String,
}

/// An argument or a result.
#[derive(Deserialize)]
#[serde(untagged)]
enum Operand {
    One(Literal),
    Bag {
        bag: String,
        values: Vec<Literal>,
    },
    /// As an argument, it has a type.
    Indeterminate {
        #[serde(rename = "type")]
        data_type: Option<String>,
        #[serde(rename = "indeterminate")]
        _indeterminate: bool,
    },
}

/// A value: the short name of its type and its lexical form.
#[derive(Deserialize)]
struct Literal {
    #[serde(rename = "type")]
    data_type: String,
    value: String,
}

/// Nothing, if the call gives what is expected; otherwise what it gives.
fn check(vector: &Vector) -> Result<(), String> {
    let expected = match &vector.expected {
        Operand::Indeterminate { .. } => None,
        Operand::One(literal) => Some(vec![literal.value()]),
        Operand::Bag { values, .. } => Some(values.iter().map(Literal::value).collect()),
    };
    match (expected, call(vector)) {
        (None, Err(_)) => Ok(()),
        (None, Ok(found)) => Err(format!("expected no result, found {}", list(&found))),
        (Some(expected), Err(error)) => {
            Err(format!("expected {}, found none: {error}", list(&expected)))
        }
        (Some(expected), Ok(found)) => match same_bag(&expected, &found) {
            true => Ok(()),
            false => Err(format!(
                "expected {}, found {}",
                list(&expected),
                list(&found)
            )),
        },
    }
}

/// The values the call gives; or why it gives none, be it refused or Indeterminate.
fn call(vector: &Vector) -> Result<Vec<Value>, String> {
    let document = Document::Policy(policy(expression(vector)));
    let pdp = Pdp::builder()
        .document(document)
        .build()
        .map_err(|error| first_line(&error.to_string()))?;
    let response = pdp.decide(&Request::builder().build());
    match (response.decision(), response.obligations()) {
        (Decision::Permit, [obligation]) => {
            let assignments = obligation.assignments.iter();
            Ok(assignments
                .map(|assignment| assignment.value.clone())
                .collect())
        }
        _ => Err(first_line(&response.to_string().replace('\n', " "))),
    }
}

/// The policy that permits everything and assigns what the expression gives.
fn policy(expression: Expression) -> Policy {
    let offset = Offset::default();
    let assignment = AttributeAssignmentExpression {
        id: "result".to_owned(),
        category: None,
        issuer: None,
        expression,
        offset,
    };
    let obligation = ObligationExpression {
        id: "results".to_owned(),
        fulfill_on: Effect::Permit,
        assignments: vec![assignment],
        offset,
    };
    let rule = Rule {
        id: "rule".to_owned(),
        effect: Effect::Permit,
        description: None,
        target: None,
        condition: None,
        obligations: vec![obligation],
        advice: Vec::new(),
        offset,
    };
    Policy {
        xacml: XacmlVersion::V3,
        id: "policy".to_owned(),
        version: "1.0".parse().expect("this is a version"),
        combining_algorithm: "urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides"
            .to_owned(),
        max_delegation_depth: None,
        description: None,
        issuer: None,
        xpath_version: None,
        target: Target::default(),
        children: vec![PolicyChild::Rule(rule)],
        obligations: Vec::new(),
        advice: Vec::new(),
        offset,
    }
}

fn expression(vector: &Vector) -> Expression {
    let sub_function = vector.sub_function.iter().map(|id| {
        Expression::Function(FunctionName {
            id: id.clone(),
            offset: Offset::default(),
        })
    });
    let arguments = vector.args.iter().map(Operand::expression);
    apply(&vector.function, sub_function.chain(arguments).collect())
}

impl Operand {
    fn expression(&self) -> Expression {
        match self {
            Self::One(literal) => literal.expression(),
            Self::Bag { bag, values } => bag_function(bag, "bag", values),
            // The bag is empty, so it has no one-and-only value.
            Self::Indeterminate { data_type, .. } => {
                let data_type = data_type.as_deref().expect("an argument has a type");
                let empty = bag_function(data_type, "bag", &[]);
                apply(&bag_function_id(data_type, "one-and-only"), vec![empty])
            }
        }
    }
}

impl Literal {
    fn data_type(&self) -> DataType {
        data_type(&self.data_type)
    }

    fn value(&self) -> Value {
        Value::parse(self.data_type(), &self.value).expect("a result is a value of its type")
    }

    fn expression(&self) -> Expression {
        Expression::Value(AttributeValue {
            data_type: self.data_type().uri().to_owned(),
            text: self.value.clone(),
            element: None,
            entity: None,
            xpath_category: None,
            namespaces: Vec::new(),
            other_attributes: Vec::new(),
            offset: Offset::default(),
        })
    }
}

fn apply(function: &str, arguments: Vec<Expression>) -> Expression {
    Expression::Apply(Apply {
        function: function.to_owned(),
        description: None,
        arguments,
        offset: Offset::default(),
    })
}

fn bag_function(data_type: &str, function: &str, values: &[Literal]) -> Expression {
    let values = values.iter().map(Literal::expression).collect();
    apply(&bag_function_id(data_type, function), values)
}

/// The identifier of `TYPE-bag` and its like; it carries the version that brought the type.
fn bag_function_id(name: &str, function: &str) -> String {
    let version = match data_type(name) {
        DataType::DayTimeDuration | DataType::YearMonthDuration => "3.0",
        DataType::IpAddress | DataType::DnsName => "2.0",
        _ => "1.0",
    };
    format!("urn:oasis:names:tc:xacml:{version}:function:{name}-{function}")
}

fn data_type(short_name: &str) -> DataType {
    let mut all = DataType::ALL.iter().copied();
    all.find(|data_type| data_type.short_name() == short_name)
        .unwrap_or_else(|| panic!("`{short_name}` is no data type"))
}

/// The same values in any order: equal by the `*-equal` function of their type, or, as NaN is not,
/// written alike.
fn same_bag(expected: &[Value], found: &[Value]) -> bool {
    let mut left: Vec<&Value> = found.iter().collect();
    expected.len() == found.len()
        && expected.iter().all(|one| {
            let alike = |other: &Value| one == other || one.equal(other, Zone::UTC) == Some(true);
            let at = left.iter().position(|other| alike(other));
            at.map(|at| left.swap_remove(at)).is_some()
        })
}

fn list(values: &[Value]) -> String {
    let values: Vec<String> = values
        .iter()
        .map(|value| format!("{value:?} ({})", value.data_type().short_name()))
        .collect();
    format!("[{}]", values.join(", "))
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
