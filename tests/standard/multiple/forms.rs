//! Every way to ask gives one answer, for every request.

use std::future::poll_fn;
use std::task::Poll;

use vedtak::attribute::{Designator, category, id};
use vedtak::evaluate::{Budget, Step};
use vedtak::hierarchy::{Hierarchy, Node};
use vedtak::provider::{
    AsyncAttributeProvider, AttributeProvider, BoxFuture, Fetched, ProviderError,
};
use vedtak::request::Matrix;
use vedtak::response::ResponseResult;
use vedtak::value::Value;
use vedtak::{Context, Decision, Limits, Pdp, PdpBuilder, Request, Response};

pub(crate) const OLD_SCOPE: &str = "urn:oasis:names:tc:xacml:1.0:resource:scope";
const COUNT: &str = "urn:count";

/// How many attributes of the resource it was shown.
pub(crate) struct Count;

fn count(request: &Request) -> Result<Fetched, ProviderError> {
    let of_resource = request.categories().iter();
    let of_resource = of_resource.filter(|c| *c.category == *category::RESOURCE);
    let attributes: usize = of_resource.map(|c| c.attributes.len()).sum();
    match attributes {
        4.. => Err(ProviderError::new("so many attributes")),
        count => Ok(vec![Value::from(count as i64)].into()),
    }
}

impl AttributeProvider for Count {
    fn name(&self) -> &str {
        "count"
    }
    fn supplies(&self, wanted: &Designator) -> bool {
        &*wanted.id == COUNT
    }
    fn fetch(&self, _: &Designator, request: &Request) -> Result<Fetched, ProviderError> {
        count(request)
    }
}

/// The same, which answers the sooner the later it is asked.
pub(crate) struct Later;

impl AsyncAttributeProvider for Later {
    fn name(&self) -> &str {
        "count"
    }
    fn supplies(&self, wanted: &Designator) -> bool {
        &*wanted.id == COUNT
    }
    fn fetch<'a>(
        &'a self,
        _: &'a Designator,
        request: &'a Request,
    ) -> BoxFuture<'a, Result<Fetched, ProviderError>> {
        let mut actions = request.values(category::ACTION, id::ACTION_ID);
        let number = actions.find_map(|action| action.lexical().parse::<usize>().ok());
        let mut left = 60_usize.saturating_sub(number.unwrap_or(30));
        Box::pin(async move {
            poll_fn(|context| {
                context.waker().wake_by_ref();
                left = left.saturating_sub(1);
                if left == 0 {
                    Poll::Ready(())
                } else {
                    Poll::Pending
                }
            })
            .await;
            count(request)
        })
    }
}

struct Folders;

impl Hierarchy for Folders {
    fn name(&self) -> &str {
        "folders"
    }
    fn children(&self, of: &Node, _: &Request) -> Result<Vec<Node>, ProviderError> {
        let names: &[&str] = match of.name() {
            Some("a") => &["a/1", "a/2"],
            Some("a/2") => &["a/2/x"],
            Some("b") => return Err(ProviderError::new("offline")),
            _ => &[],
        };
        let below = names.iter().map(|name| Node::new(*name).below(of));
        Ok(below.collect())
    }
}

pub(crate) fn designator(category: &str, id: &str, data_type: &str) -> String {
    format!(
        "<AttributeDesignator Category=\"{category}\" AttributeId=\"{id}\" \
         DataType=\"http://www.w3.org/2001/XMLSchema#{data_type}\" MustBePresent=\"false\"/>"
    )
}

pub(crate) fn value(data_type: &str, text: &str) -> String {
    format!(
        "<AttributeValue DataType=\"http://www.w3.org/2001/XMLSchema#{data_type}\">{text}\
         </AttributeValue>"
    )
}

pub(crate) fn apply(function: &str, arguments: &[String]) -> String {
    let arguments = arguments.concat();
    format!(
        "<Apply FunctionId=\"urn:oasis:names:tc:xacml:1.0:function:{function}\">{arguments}</Apply>"
    )
}

/// A policy of rules with an effect and a condition each, and what stands after them.
pub(crate) fn policy(combining: &str, rules: &[(&str, String)], rest: &str) -> String {
    let rule = |(number, (effect, condition)): (usize, &(&str, String))| {
        format!(
            "<Rule RuleId=\"r{number}\" Effect=\"{effect}\"><Condition>{condition}</Condition></Rule>"
        )
    };
    let rules: String = rules.iter().enumerate().map(rule).collect();
    format!(
        "<Policy xmlns=\"urn:oasis:names:tc:xacml:3.0:core:schema:wd-17\" PolicyId=\"p\" Version=\"1\" \
         RuleCombiningAlgId=\"urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:{combining}\">\
         <PolicyDefaults><XPathVersion>http://www.w3.org/TR/1999/REC-xpath-19991116</XPathVersion>\
         </PolicyDefaults><Target/>{rules}{rest}</Policy>"
    )
}

fn policies() -> Vec<String> {
    let size = |id: &str| {
        let bag = designator(category::RESOURCE, id, "string");
        apply("string-bag-size", &[bag])
    };
    let scopes = apply("integer-add", &[size(id::SCOPE), size(OLD_SCOPE)]);
    let is_in = |category: &str, id: &str, text: &str| {
        let bag = designator(category, id, "string");
        apply("string-is-in", &[value("string", text), bag])
    };
    let counted = designator(category::RESOURCE, COUNT, "integer");
    let counted = apply("integer-one-and-only", &[counted]);
    let is_one = apply("integer-equal", &[counted, value("integer", "1")]);
    let any = apply("integer-greater-than", &[scopes, value("integer", "0")]);
    let mut rules = vec![
        ("Deny", any),
        ("Permit", is_in(category::ACTION, id::ACTION_ID, "1")),
        ("Deny", is_in(category::RESOURCE, id::RESOURCE_ID, "a/2")),
        ("Permit", is_one),
    ];
    if cfg!(feature = "xpath") {
        let selector = format!(
            "<AttributeSelector Category=\"{}\" Path=\"//title/text()\" \
             DataType=\"http://www.w3.org/2001/XMLSchema#string\" MustBePresent=\"false\"/>",
            category::RESOURCE
        );
        let titles = apply("string-is-in", &[value("string", "x"), selector]);
        rules.insert(2, ("Permit", titles));
    }
    let names = designator(category::RESOURCE, id::RESOURCE_ID, "string");
    let obligation = format!(
        "<ObligationExpressions><ObligationExpression ObligationId=\"o\" FulfillOn=\"Permit\">\
         <AttributeAssignmentExpression AttributeId=\"urn:of\">{names}</AttributeAssignmentExpression>\
         </ObligationExpression></ObligationExpressions>"
    );
    let algorithms = ["first-applicable", "deny-unless-permit", "deny-overrides"];
    let policy = |algorithm: &str| {
        let version = if algorithm == "first-applicable" {
            "1.0"
        } else {
            "3.0"
        };
        let text = policy(algorithm, &rules, &obligation);
        text.replace("3.0:rule-combining", &format!("{version}:rule-combining"))
    };
    algorithms.map(policy).into()
}

/// Numbers that follow from one another.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, most: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % most
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

/// A request in XML: mostly for one decision, often with a scope, sometimes for several.
fn request(dice: &mut Dice) -> String {
    let string = "http://www.w3.org/2001/XMLSchema#string";
    let mut number = 0;
    let mut section = |dice: &mut Dice, category: &str| {
        let (mut text, mut attributes) = (String::new(), String::new());
        let mut attribute = |id: &str, data_type: &str, values: &[&str], include: bool| {
            let values = values.iter();
            let values: String = values
                .map(|text| {
                    format!("<AttributeValue DataType=\"{data_type}\">{text}</AttributeValue>")
                })
                .collect();
            attributes += &format!(
                "<Attribute AttributeId=\"{id}\" IncludeInResult=\"{include}\">{values}</Attribute>"
            );
        };
        if category == category::RESOURCE {
            if dice.below(4) > 0 {
                let name = dice.one(&["a", "a/2", "b", "c"]);
                attribute(id::RESOURCE_ID, string, &[name], dice.below(2) == 0);
            }
            while dice.below(2) == 0 {
                let id = dice.one(&[id::SCOPE, OLD_SCOPE]);
                let scope = dice.one(&[
                    "Immediate",
                    "Immediate",
                    "Children",
                    "Descendants",
                    "immediate",
                    "",
                ]);
                let data_type = match dice.below(8) {
                    0 => "http://www.w3.org/2001/XMLSchema#anyURI",
                    _ => string,
                };
                let twice = [scope, "Immediate"];
                let values = if dice.below(12) == 0 {
                    &twice[..]
                } else {
                    &twice[..1]
                };
                attribute(id, data_type, values, dice.below(3) == 0);
            }
            if dice.below(3) == 0 {
                let title = dice.one(&["x", "y"]);
                text += &format!(
                    "<Content><letter xmlns=\"\"><title>{title}</title></letter></Content>"
                );
            }
        } else {
            let action = dice.one(&["1", "2", "3"]);
            attribute(id::ACTION_ID, string, &[action], dice.below(2) == 0);
        }
        number += 1;
        format!(
            "<Attributes Category=\"{category}\" xml:id=\"i{number}\">{text}{attributes}</Attributes>"
        )
    };
    let mut sections = section(dice, category::RESOURCE);
    for category in [category::ACTION, category::ACTION, category::RESOURCE] {
        if dice.below(5) == 0 {
            sections += &section(dice, category);
        }
    }
    let mut references = String::new();
    if dice.below(6) == 0 {
        for _ in 0..1 + dice.below(3) {
            let ids: String = (0..1 + dice.below(2))
                .map(|_| {
                    format!(
                        "<AttributesReference ReferenceId=\"i{}\"/>",
                        1 + dice.below(number + 1)
                    )
                })
                .collect();
            references += &format!("<RequestReference>{ids}</RequestReference>");
        }
        references = format!("<MultiRequests>{references}</MultiRequests>");
    }
    format!(
        "<Request xmlns=\"urn:oasis:names:tc:xacml:3.0:core:schema:wd-17\" CombinedDecision=\"{}\" \
         ReturnPolicyIdList=\"{}\">{sections}{references}</Request>",
        dice.below(12) == 0,
        dice.below(3) == 0
    )
}

fn one(result: ResponseResult) -> Response {
    Response::new(vec![result])
}

#[test]
fn every_form_agrees_for_every_request() {
    let mut seen = [0; 3];
    for (number, text) in policies().iter().enumerate() {
        for has_hierarchy in [false, true] {
            let builder = || -> PdpBuilder {
                let builder = Pdp::builder().policy("p.xml", text);
                match has_hierarchy {
                    true => builder.hierarchy(Folders),
                    false => builder,
                }
            };
            let pdp = builder().provider(Count).build().expect("compiles");
            let later = builder().async_provider(Later).build().expect("compiles");
            let mut dice = Dice(number as u64 + 7);
            for _ in 0..700 {
                let text = request(&mut dice);
                let Ok(request) = Request::from_xml(&text) else {
                    // An empty scope as a URI, or the like.
                    continue;
                };
                check(&pdp, &later, &request, &text);
                seen[match (request.is_multiple(), text.contains("Immediate")) {
                    (true, _) => 0,
                    (false, true) => 1,
                    (false, false) => 2,
                }] += 1;
            }
        }
    }
    assert!(seen.iter().all(|count| *count > 150), "{seen:?}");
}

fn check(pdp: &Pdp, later: &Pdp, request: &Request, text: &str) {
    let expected = pdp.decide(request);
    let same = |form: &str, response: &Response| {
        assert_eq!(*response, expected, "{form}\n{text}");
    };
    same("decide_all", &pdp.decide_all([request])[0]);
    same("call", &pdp.call().decide(request));
    same("call, all", &pdp.call().decide_all([request, request])[1]);
    for pdp in [pdp, later] {
        same("async", &pollster::block_on(pdp.decide_async(request)));
        let all = pollster::block_on(pdp.decide_all_async([request, request]));
        all.iter().for_each(|response| same("async, all", response));
        let mut call = pdp.call();
        same(
            "call, async",
            &pollster::block_on(call.decide_async(request)),
        );
        let all = pollster::block_on(call.decide_all_async([request, request]));
        all.iter()
            .for_each(|response| same("call, async, all", response));
    }
    assert_eq!(pdp.decide_xml(text), expected.to_xml(), "{text}");
    #[cfg(feature = "json")]
    {
        let json = request.to_json();
        let read = Request::from_json(&json).expect("is written by us");
        // Requests of categories in another order repeat them in another.
        if pdp.decide(&read) == expected {
            assert_eq!(pdp.decide_json(&json), expected.to_json(), "{text}");
        } else {
            let decisions = |response: &Response| {
                let mut all: Vec<_> = response.results.iter().map(|r| r.decision).collect();
                all.sort_by_key(|decision| decision.as_str());
                all
            };
            assert_eq!(
                decisions(&pdp.decide(&read)),
                decisions(&expected),
                "{json}"
            );
        }
    }

    // Part by part, with what was observed.
    let mut observed = Vec::new();
    let mut call = pdp.call().observe(|decided| {
        assert_eq!(decided.request_number, 0);
        observed.push((decided.part_number, decided.decision));
    });
    same("observed", &call.decide(request));
    drop(call);
    let mut later_observed = Vec::new();
    let mut call = later.call().observe(|decided| {
        later_observed.push((decided.part_number, decided.decision));
    });
    same("observed", &pollster::block_on(call.decide_async(request)));
    drop(call);
    assert_eq!(observed, later_observed, "{text}");
    let parts = pdp.individual_requests(request);
    let mut budget = Budget::new(&Limits::default());
    let mut results = Vec::new();
    for (number, part) in parts.iter().enumerate() {
        let Ok(part) = part else {
            assert_eq!(observed[number], (number, Decision::Indeterminate));
            results.push(None);
            continue;
        };
        let alone = pdp.decide(part);
        assert_eq!(observed[number], (number, alone.decision()), "{text}");
        let stepped = single(pdp, part, |evaluation| evaluation.step_within(&mut budget));
        assert_eq!(one(stepped), alone, "{text}");
        results.push(Some(alone.results[0].clone()));
    }
    assert_eq!(observed.len(), parts.len());
    if !request.combined_decision() {
        assert_eq!(results.len(), expected.results.len());
        for (own, result) in results.iter().zip(&expected.results) {
            assert!(own.as_ref().is_none_or(|own| own == result), "{text}");
        }
    }

    // Those that make one decision.
    let mut context = Context::new();
    let with = pdp.decide_with(&mut context, request).to_result();
    let stepped = single(pdp, request, |evaluation| evaluation.step());
    let mut call = later.call();
    let later_with = call.decide_with_async(&mut context, request);
    let later_with = pollster::block_on(later_with).to_result();
    let matrix = Matrix::new(request.clone());
    let cell = pdp.decide_matrix(&matrix).into_cells().remove(0);
    let later_cell = pollster::block_on(later.decide_matrix_async(&matrix));
    let later_cell = later_cell.into_cells().remove(0);
    let brief = pdp
        .call()
        .brief()
        .decide_matrix(&matrix)
        .into_cells()
        .remove(0);
    assert_eq!(brief.decision, cell.decision, "{text}");
    let [with, stepped, later_with] = [with, stepped, later_with].map(one);
    if !request.is_multiple() {
        [with, stepped, later_with, one(cell), one(later_cell)]
            .iter()
            .for_each(|response| same("one decision", response));
        return;
    }
    assert_eq!([&stepped, &later_with], [&with, &with], "{text}");
    assert_eq!(with.decision(), Decision::Indeterminate);
    let said = with.status().and_then(|status| status.message.as_deref());
    assert!(
        said.is_some_and(|said| said.contains("several decisions at once")),
        "{said:?}"
    );
    // A cell has its categories in an order of its own.
    assert_eq!(cell, later_cell, "{text}");
    assert_eq!(
        (cell.decision, cell.status),
        (with.decision(), with.status().cloned())
    );
}

fn single(
    pdp: &Pdp,
    request: &Request,
    mut step: impl FnMut(&mut vedtak::evaluate::Evaluation<'_>) -> Step,
) -> ResponseResult {
    let mut context = Context::new();
    let mut evaluation = pdp.begin(&mut context, request);
    while let Step::Needs(needs) = step(&mut evaluation) {
        for need in needs {
            evaluation.supply(&need, pdp.fetch(&need, request));
        }
    }
    evaluation.finish().to_result()
}
