//! What a host adds: its functions and combining algorithms do what they say, and what they must not
//! do is seen. The chapter `manual::extending` shows how; providers have `providers.rs`, data types
//! `data_types`.

use vedtak::attribute::Designator;
use vedtak::combining::{Children, CombiningAlgorithm};
use vedtak::decision::{Effect, ExtendedDecision, StatusCode};
use vedtak::function::{Function, FunctionError, Operand, Signature, Type};
use vedtak::response::StatusDisclosure;
use vedtak::value::{DataType, Value};
use vedtak::{Decision, Pdp, PdpBuilder, Request, Response};

const XMLNS: &str = "xmlns=\"urn:oasis:names:tc:xacml:3.0:core:schema:wd-17\"";
const DENY_OVERRIDES: &str = "urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides";
const MINE: &str = "urn:example:mine";

fn policy(algorithm: &str, inside: &str) -> String {
    format!(
        "<Policy {XMLNS} PolicyId=\"p\" Version=\"1.0\" RuleCombiningAlgId=\"{algorithm}\">\
         <Target/>{inside}</Policy>"
    )
}

fn rule(id: &str, effect: &str, condition: &str) -> String {
    format!("<Rule RuleId=\"{id}\" Effect=\"{effect}\">{condition}</Rule>")
}

/// A rule that permits if the host's function says so of a text.
fn asks(text: &str) -> String {
    let string = DataType::String.uri();
    let condition = format!(
        "<Condition><Apply FunctionId=\"{MINE}\"><AttributeValue DataType=\"{string}\">{text}\
         </AttributeValue></Apply></Condition>"
    );
    policy(DENY_OVERRIDES, &rule("r", "Permit", &condition))
}

fn predicate(
    call: impl Fn(&[Operand<'_>]) -> Result<Operand<'static>, FunctionError> + Send + Sync + 'static,
) -> Function {
    let signature = Signature {
        parameters: vec![Type::One(DataType::String)],
        repeated: None,
        returns: Type::One(DataType::Boolean),
    };
    Function::new(MINE, signature, move |_, arguments| call(arguments))
}

fn decide(builder: PdpBuilder) -> Response {
    let pdp = builder.build().unwrap_or_else(|error| panic!("{error}"));
    pdp.decide(&Request::builder().build())
}

fn status(response: &Response) -> (Decision, Option<StatusCode>) {
    let status = response.status().map(|status| status.code.clone());
    (response.decision(), status)
}

#[test]
fn functions_are_asked_with_what_they_take() {
    let is_yes = || {
        predicate(|arguments| {
            let text = arguments[0].as_value().and_then(Value::as_str);
            Ok(Operand::value(text == Some("yes")))
        })
    };
    for (text, expected) in [("yes", Decision::Permit), ("no", Decision::NotApplicable)] {
        let builder = Pdp::builder().policy("p", asks(text)).function(is_yes());
        assert_eq!(decide(builder).decision(), expected);
    }
    // Not with anything else: that is found when the policy is loaded.
    let integer = asks("7").replace(DataType::String.uri(), DataType::Integer.uri());
    let error = Pdp::builder()
        .policy("p", integer)
        .function(is_yes())
        .build()
        .unwrap_err();
    assert!(error.to_string().contains(MINE), "{error}");
    let unknown = Pdp::from_xml(asks("yes")).unwrap_err();
    assert!(unknown.to_string().contains(MINE), "{unknown}");
}

#[test]
fn functions_that_fail_make_the_decision_indeterminate() {
    for (error, code) in [
        (
            FunctionError::processing("not today"),
            StatusCode::ProcessingError,
        ),
        (FunctionError::syntax("not today"), StatusCode::SyntaxError),
    ] {
        let function = predicate(move |_| Err(error.clone()));
        let builder = Pdp::builder().policy("p", asks("yes")).function(function);
        let response = decide(builder);
        assert_eq!(status(&response), (Decision::Indeterminate, Some(code)));
        assert!(response.to_string().contains("not today"), "{response}");
    }
}

#[test]
fn functions_that_panic_make_the_decision_indeterminate() {
    let function = predicate(|_| panic!("it is Friday"));
    let response = decide(Pdp::builder().policy("p", asks("yes")).function(function));
    let expected = (Decision::Indeterminate, Some(StatusCode::ProcessingError));
    assert_eq!(status(&response), expected);
    assert!(response.to_string().contains("panicked"), "{response}");
}

#[test]
fn functions_that_give_what_they_do_not_promise_permit_nothing() {
    for wrong in [
        Operand::value("true"),
        Operand::value(1),
        Operand::bag(vec![true.into()]),
        Operand::bag(Vec::new()),
    ] {
        let function = predicate(move |_| Ok(wrong.clone()));
        let builder = Pdp::builder().policy("p", asks("yes")).function(function);
        assert_eq!(decide(builder).decision(), Decision::Indeterminate);
    }
}

#[test]
fn what_is_the_standards_stays() {
    for id in [
        "urn:oasis:names:tc:xacml:1.0:function:string-equal",
        "urn:oasis:names:tc:xacml:1.0:function:dayTimeDuration-equal",
    ] {
        let signature = Signature {
            parameters: Vec::new(),
            repeated: Some(Type::One(DataType::String)),
            returns: Type::One(DataType::Boolean),
        };
        let yes = Function::new(id, signature, |_, _| Ok(Operand::value(true)));
        let error = Pdp::builder()
            .policy("p", asks("x"))
            .function(yes)
            .build()
            .unwrap_err();
        assert!(error.to_string().contains("cannot be replaced"), "{error}");
    }
    let twice = || predicate(|_| Ok(Operand::value(true)));
    let builder = Pdp::builder().policy("p", asks("x")).function(twice());
    let error = builder.function(twice()).build().unwrap_err();
    assert!(error.to_string().contains("was added twice"), "{error}");
    let builder = Pdp::builder().policy("p", asks("x"));
    let error = builder.combining_algorithm(DENY_OVERRIDES, Always(ExtendedDecision::Permit));
    assert!(
        error
            .build()
            .unwrap_err()
            .to_string()
            .contains("cannot be replaced")
    );
}

/// Gives one value, whatever the children say.
struct Always(ExtendedDecision);

impl CombiningAlgorithm for Always {
    fn combine(&self, _: &mut dyn Children) -> ExtendedDecision {
        self.0
    }
}

/// Panics after it has heard the first child.
struct Panicking;

impl CombiningAlgorithm for Panicking {
    fn combine(&self, children: &mut dyn Children) -> ExtendedDecision {
        panic!("it is Friday: {:?}", children.evaluate(0))
    }
}

/// The value of one child.
struct Only(usize);

impl CombiningAlgorithm for Only {
    fn combine(&self, children: &mut dyn Children) -> ExtendedDecision {
        children.evaluate(self.0)
    }
}

/// What the parameter `wanted` names, if it is the effect of a child.
struct ByParameter;

impl CombiningAlgorithm for ByParameter {
    fn combine(&self, children: &mut dyn Children) -> ExtendedDecision {
        let wanted = children.parameters().iter().find(|p| &*p.name == "wanted");
        let wanted = wanted.and_then(|p| p.value.as_str().map(str::to_owned));
        let wanted = match wanted.as_deref() {
            Some("Permit") => Effect::Permit,
            _ => Effect::Deny,
        };
        match (0..children.len()).find(|child| children.effect(*child) == Some(wanted)) {
            Some(child) => children.evaluate(child),
            None => ExtendedDecision::NotApplicable,
        }
    }
}

fn with_obligation(id: &str, effect: &str) -> String {
    rule(
        id,
        effect,
        &format!(
            "<ObligationExpressions><ObligationExpression ObligationId=\"of-{id}\" \
             FulfillOn=\"{effect}\"/></ObligationExpressions>"
        ),
    )
}

fn combine(algorithm: impl CombiningAlgorithm + 'static, inside: &str) -> Response {
    let builder = Pdp::builder().policy("p", policy(MINE, inside));
    decide(builder.combining_algorithm(MINE, algorithm))
}

fn obligations(response: &Response) -> Vec<&str> {
    response.obligations().iter().map(|o| &*o.id).collect()
}

#[test]
fn algorithms_decide_by_the_children_they_ask() {
    let children = with_obligation("a", "Permit") + &with_obligation("b", "Deny");
    let response = combine(Only(0), &children);
    assert_eq!(response.decision(), Decision::Permit);
    assert_eq!(obligations(&response), ["of-a"]);
    let response = combine(Only(1), &children);
    assert_eq!(response.decision(), Decision::Deny);
    assert_eq!(obligations(&response), ["of-b"]);
    // There is no third.
    assert_eq!(
        combine(Only(2), &children).decision(),
        Decision::Indeterminate
    );
}

#[test]
fn algorithms_that_panic_make_their_policy_indeterminate() {
    let response = combine(Panicking, &with_obligation("a", "Permit"));
    let expected = (Decision::Indeterminate, Some(StatusCode::ProcessingError));
    assert_eq!(status(&response), expected);
    assert!(response.obligations().is_empty());
    assert!(response.to_string().contains("panicked"), "{response}");
}

#[test]
fn algorithms_take_parameters() {
    let children = rule("a", "Deny", "") + &rule("b", "Permit", "");
    let wanted = |effect: &str| {
        let string = DataType::String.uri();
        format!(
            "<CombinerParameters><CombinerParameter ParameterName=\"wanted\"><AttributeValue \
             DataType=\"{string}\">{effect}</AttributeValue></CombinerParameter></CombinerParameters>"
        )
    };
    for (effect, expected) in [("Permit", Decision::Permit), ("Deny", Decision::Deny)] {
        let inside = wanted(effect) + &children;
        assert_eq!(combine(ByParameter, &inside).decision(), expected);
    }
}

/// An obligation of a child that was not asked binds nobody, and an Indeterminate that no child had
/// still says where it is from.
#[test]
fn algorithms_may_decide_alone() {
    let children = with_obligation("a", "Permit");
    for (value, expected) in [
        (ExtendedDecision::Permit, Decision::Permit),
        (ExtendedDecision::Deny, Decision::Deny),
        (ExtendedDecision::NotApplicable, Decision::NotApplicable),
        (ExtendedDecision::IndeterminateP, Decision::Indeterminate),
    ] {
        let response = combine(Always(value), &children);
        assert_eq!(response.decision(), expected);
        assert!(response.obligations().is_empty());
        if expected == Decision::Indeterminate {
            let code = Some(StatusCode::ProcessingError);
            assert_eq!(status(&response), (expected, code));
        }
    }
}

#[test]
fn a_function_has_a_status_of_its_own_and_names_what_is_missing() {
    let suspended = StatusCode::from_uri("urn:example:status:suspended");
    let own = suspended.clone();
    let builder = Pdp::builder()
        .policy("p", asks("x"))
        .function(predicate(move |_| {
            Err(FunctionError::status(
                own.clone(),
                "the licence is suspended",
            ))
        }));
    let response = decide(builder);
    assert_eq!(
        status(&response),
        (Decision::Indeterminate, Some(suspended.clone()))
    );
    let said = response
        .status()
        .and_then(|status| status.message.as_deref());
    let expected = format!("function `{MINE}`: the licence is suspended");
    assert!(
        said.is_some_and(|said| said.starts_with(&expected)),
        "{said:?}"
    );
    let troubles = &response.results[0].troubles;
    assert_eq!(troubles[0].code, suspended);

    let consent = || {
        let category = vedtak::attribute::category::RESOURCE;
        Designator::new(category, "urn:example:consent", DataType::String)
    };
    let builder = |disclosure| {
        Pdp::builder()
            .policy("p", asks("x"))
            .status_disclosure(disclosure)
            .function(predicate(move |_| {
                Err(FunctionError::missing(
                    [consent(), consent()],
                    "it takes a consent",
                ))
            }))
    };
    let response = decide(builder(StatusDisclosure::Message));
    assert_eq!(
        status(&response),
        (Decision::Indeterminate, Some(StatusCode::MissingAttribute))
    );
    let missing = response.status().map(|status| status.missing.as_slice());
    let missing: Vec<&Designator> = missing
        .iter()
        .copied()
        .flatten()
        .map(|m| &m.designator)
        .collect();
    assert_eq!(missing, [&consent()], "each once");
    assert_eq!(response.results[0].troubles[0].attribute, Some(consent()));
    // To strangers, too: they may add it and ask again.
    let pdp = builder(StatusDisclosure::CodeOnly)
        .build()
        .expect("compiles");
    let text = pdp.decide_xml(Request::builder().action("read").build().to_xml());
    assert!(
        text.contains("urn:example:consent") && !text.contains("it takes"),
        "{text}"
    );
    let text = pdp.decide_json(Request::builder().action("read").build().to_json());
    assert!(text.contains("urn:example:consent"), "{text}");

    // An error is never ok.
    let builder = Pdp::builder()
        .policy("p", asks("x"))
        .function(predicate(|_| {
            Err(FunctionError::status(StatusCode::Ok, "?"))
        }));
    assert_eq!(
        status(&decide(builder)).1,
        Some(StatusCode::ProcessingError)
    );
}
