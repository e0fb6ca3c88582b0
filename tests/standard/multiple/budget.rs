//! What a call may take, counted: however many decisions it is for, it has one budget of work and
//! one of bytes, and one limit of decisions.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use vedtak::attribute::{Designator, category, id};
use vedtak::hierarchy::{Hierarchy, Node};
use vedtak::provider::{AttributeProvider, Fetched, ProviderError};
use vedtak::request::{AttributeBuilder, IndividualRequestError, Matrix};
use vedtak::response::ResponseResult;
use vedtak::{Decision, Limits, Pdp, Request, Response};

use crate::multiple::forms::{Dice, Later, OLD_SCOPE, apply, designator, policy, value};

/// A way to ask a PDP.
type Form<'f> = &'f dyn Fn(&Pdp) -> Vec<ResponseResult>;

fn limits(change: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits::default();
    change(&mut limits);
    limits
}

/// Decides with this much work.
fn pdp_of(text: &str, work: u64) -> Pdp {
    let limits = limits(|limits| limits.work = work);
    let builder = Pdp::builder().limits(limits).policy("p.xml", text);
    builder.build().expect("compiles")
}

/// Permits what has an action; every decision compares the roles with one another, which is the more
/// work the more there are.
fn costly() -> String {
    let roles = designator(category::ACCESS_SUBJECT, "urn:role", "string");
    let compared = apply("string-subset", &[roles.clone(), roles]);
    policy("deny-overrides", &[("Permit", compared)], "")
}

fn roles(count: usize) -> Request {
    let roles = AttributeBuilder::new(category::ACCESS_SUBJECT, "urn:role");
    let roles = roles.values((0..count).map(|number| format!("role-{number}")));
    Request::builder().with(roles).build()
}

fn action(number: usize) -> Request {
    Request::builder().action(number.to_string()).build()
}

/// All of these categories, one after the other.
fn together<'r>(requests: impl IntoIterator<Item = &'r Request>) -> Request {
    let all = requests.into_iter().flat_map(Request::categories);
    let all = all.fold(Request::builder(), |all, one| all.category(one.clone()));
    all.build()
}

fn with_actions(base: &Request, count: usize) -> Request {
    let actions: Vec<Request> = (0..count).map(action).collect();
    together([base].into_iter().chain(&actions))
}

fn decisions(results: &[ResponseResult]) -> Vec<Decision> {
    results.iter().map(|result| result.decision).collect()
}

fn is_all_permit(results: &[ResponseResult]) -> bool {
    results
        .iter()
        .all(|result| result.decision == Decision::Permit)
}

fn message(result: &ResponseResult) -> &str {
    let status = result.status.as_ref();
    status
        .and_then(|status| status.message.as_deref())
        .unwrap_or("")
}

/// The least work with which all is well.
fn least_work(all_is_well: impl Fn(u64) -> bool) -> u64 {
    let (mut too_little, mut enough) = (0, 1 << 40);
    while enough - too_little > 1 {
        let middle = u64::midpoint(too_little, enough);
        match all_is_well(middle) {
            true => enough = middle,
            false => too_little = middle,
        }
    }
    enough
}

#[test]
fn the_work_of_all_decisions_of_a_call_is_one_budget() {
    let (text, base) = (costly(), roles(20));
    let single = together([&base, &action(0)]);
    let of_one =
        least_work(|work| pdp_of(&text, work).decide(&single).decision() == Decision::Permit);
    for count in [10, 20, 40] {
        let request = with_actions(&base, count);
        let matrix = Matrix::new(base.clone()).actions((0..count).map(|n| n.to_string()));
        let singles: Vec<Request> = (0..count).map(|n| together([&base, &action(n)])).collect();
        let forms: [Form<'_>; 5] = [
            &|pdp| pdp.decide(&request).results,
            &|pdp| pollster::block_on(pdp.decide_async(&request)).results,
            &|pdp| pdp.decide_matrix(&matrix).into_cells(),
            &|pdp| pollster::block_on(pdp.decide_matrix_async(&matrix)).into_cells(),
            &|pdp| {
                let responses = pdp.call().decide_all(&singles);
                responses
                    .into_iter()
                    .flat_map(|response| response.results)
                    .collect()
            },
        ];
        for form in forms {
            let of_all = least_work(|work| is_all_permit(&form(&pdp_of(&text, work))));
            assert_eq!(of_all, of_one * count as u64, "{count}");
            // With less, the first are decided, and the others say why they are not.
            let results = form(&pdp_of(&text, of_one * 7));
            assert_eq!(results.len(), count);
            let (first, rest) = results.split_at(7);
            assert!(
                is_all_permit(first) && decisions(rest) == vec![Decision::Indeterminate; count - 7]
            );
            assert!(
                message(&rest[0]).contains("takes more work than the limit"),
                "{}",
                message(&rest[0])
            );
            let others = rest[1..].iter();
            others.for_each(|result| assert!(message(result).contains("`Limits::work`")));
        }
        // Of different askers, each has its own.
        let pdp = pdp_of(&text, of_one);
        let all = pdp.decide_all(&singles);
        assert!(
            all.iter()
                .all(|response| response.decision() == Decision::Permit)
        );
        let all = pollster::block_on(pdp.decide_all_async(&singles));
        assert!(
            all.iter()
                .all(|response| response.decision() == Decision::Permit)
        );
    }
}

/// One budget of which each takes some at a time, in whatever order providers answer.
#[test]
fn which_decisions_run_out_of_work_does_not_depend_on_who_answers_first() {
    let counted = designator(category::RESOURCE, "urn:count", "integer");
    let counted = apply("integer-one-and-only", &[counted]);
    let is_none = apply("integer-equal", &[counted, value("integer", "0")]);
    let roles_of = designator(category::ACCESS_SUBJECT, "urn:role", "string");
    let compared = apply("string-subset", &[roles_of.clone(), roles_of]);
    // Some work before the attribute is asked for, and some after.
    let rules = [("Permit", apply("and", &[compared, is_none]))];
    let text = policy("permit-unless-deny", &rules, "");
    let base = roles(12);
    let request = with_actions(&base, 30);
    let matrix = Matrix::new(base).actions((0..30).map(|number| number.to_string()));
    let mut decided = Vec::new();
    for work in (0..20_000).step_by(617) {
        let builder = |change: fn(vedtak::PdpBuilder) -> vedtak::PdpBuilder| {
            let limits = limits(|limits| limits.work = work);
            let builder = Pdp::builder().limits(limits).policy("p.xml", &text);
            change(builder).build().expect("compiles")
        };
        let now = builder(|builder| builder.provider(crate::multiple::forms::Count));
        let later = builder(|builder| builder.async_provider(Later));
        let expected = now.decide(&request);
        assert_eq!(pollster::block_on(later.decide_async(&request)), expected);
        let cells = pollster::block_on(later.decide_matrix_async(&matrix));
        assert_eq!(cells, now.decide_matrix(&matrix));
        let all = [&request, &request];
        let both = now.call().decide_all(all);
        assert_eq!(pollster::block_on(later.call().decide_all_async(all)), both);
        let permits = decisions(&expected.results);
        decided.push(
            permits
                .iter()
                .filter(|decision| **decision == Decision::Permit)
                .count(),
        );
    }
    assert!(
        decided.is_sorted() && decided[0] == 0 && decided.last() == Some(&30),
        "{decided:?}"
    );
    assert!(
        decided.iter().any(|count| (5..25).contains(count)),
        "{decided:?}"
    );
}

#[cfg(feature = "xpath")]
#[test]
fn a_content_is_read_once_for_all_parts() {
    let selector = format!(
        "<AttributeSelector Category=\"{}\" Path=\"/letter/title/text()\" \
         DataType=\"http://www.w3.org/2001/XMLSchema#string\" MustBePresent=\"false\"/>",
        category::RESOURCE
    );
    let is_title = apply("string-is-in", &[value("string", "x"), selector]);
    let text = policy("deny-overrides", &[("Permit", is_title)], "");
    let long = "y".repeat(1 << 16);
    let content = format!("<letter><title>x</title><body>{long}</body></letter>");
    let base = Request::builder()
        .content(category::RESOURCE, content)
        .build();
    let least = |count| {
        let request = with_actions(&base, count);
        least_work(|work| {
            let pdp = pdp_of(&text, work);
            let results = pdp.decide(&request).results;
            assert_eq!(
                results,
                pollster::block_on(pdp.decide_async(&request)).results
            );
            is_all_permit(&results)
        })
    };
    let [one, ten, twenty, forty] = [1, 10, 20, 40].map(least);
    assert!(one > (1 << 16) / 16, "reading it is paid for: {one}");
    assert!(ten < one + one / 10, "and once: {one}, {ten}");
    assert_eq!(twenty - ten, (forty - twenty) / 2, "the rest is for each");
    // Read for a call, it is not free for the next.
    let request = with_actions(&base, 1);
    let pdp = pdp_of(&text, one);
    for _ in 0..2 {
        assert!(is_all_permit(&pdp.decide(&request).results));
    }
    let pdp = pdp_of(&text, one - 1);
    for _ in 0..2 {
        assert!(!is_all_permit(&pdp.decide(&request).results));
    }
}

/// Repeats its values, or assigns them, or names itself.
fn talkative() -> String {
    let names = designator(category::ACCESS_SUBJECT, "urn:name", "string");
    let obligation = format!(
        "<ObligationExpressions><ObligationExpression ObligationId=\"o\" FulfillOn=\"Permit\">\
         <AttributeAssignmentExpression AttributeId=\"urn:assigned\">{names}\
         </AttributeAssignmentExpression></ObligationExpression></ObligationExpressions>"
    );
    let anybody = apply(
        "integer-equal",
        &[value("integer", "1"), value("integer", "1")],
    );
    policy("deny-overrides", &[("Permit", anybody)], &obligation)
}

/// One whose answer repeats so many bytes a part, of characters that are longer when they are
/// written.
fn repeating(bytes: usize) -> [Request; 2] {
    let text = "&\"<\r".repeat(bytes / 4);
    let name = AttributeBuilder::new(category::ACCESS_SUBJECT, "urn:name").value(text.clone());
    let other = AttributeBuilder::new(category::ACCESS_SUBJECT, "urn:other").value(text);
    [
        Request::builder().with(name).build(),
        Request::builder().with(other.include_in_result()).build(),
    ]
}

#[test]
fn the_bytes_that_results_repeat_are_one_budget() {
    let pdp = |response: usize| {
        let limits = limits(|limits| limits.response = response);
        let builder = Pdp::builder().limits(limits).policy("p.xml", talkative());
        builder.build().expect("compiles")
    };
    for base in repeating(10_000) {
        for count in [10, 20, 40] {
            let request = with_actions(&base, count);
            let matrix = Matrix::new(base.clone()).actions((0..count).map(|n| n.to_string()));
            let forms: [Form<'_>; 4] = [
                &|pdp| pdp.decide(&request).results,
                &|pdp| pollster::block_on(pdp.decide_async(&request)).results,
                &|pdp| pdp.decide_matrix(&matrix).into_cells(),
                &|pdp| pollster::block_on(pdp.decide_matrix_async(&matrix)).into_cells(),
            ];
            for form in forms {
                let least =
                    |all| least_work(|bytes| is_all_permit(&form(&pdp(bytes as usize))[..all]));
                let (of_one, of_all) = (least(1), least(count));
                assert!((10_000..11_000).contains(&of_one), "{of_one}");
                assert_eq!(of_all, of_one * count as u64);
                let results = form(&pdp(of_one as usize * 7 + 100));
                let (first, rest) = results.split_at(7);
                assert!(is_all_permit(first));
                for result in rest {
                    assert_eq!(result.decision, Decision::Indeterminate);
                    assert!(result.attributes.is_empty() && result.obligations.is_empty());
                    assert!(
                        message(result).contains("`Limits::response`"),
                        "{}",
                        message(result)
                    );
                }
            }
            // What is written is bounded by the same, escapes included.
            let pdp = pdp(20_000);
            let xml = pdp.decide_xml(request.to_xml());
            assert!(xml.len() < 20_000 + 100, "{}", xml.len());
            assert!(
                xml.contains("which is the limit (`Limits::response`)"),
                "{xml}"
            );
            #[cfg(feature = "json")]
            {
                let json = pdp.decide_json(request.to_json());
                assert!(json.len() < 40_000, "{}", json.len());
            }
        }
    }
}

#[test]
fn a_short_question_has_no_endless_answer() {
    let pdp = Pdp::from_xml(talkative()).expect("compiles");
    let most = Limits::default().response;
    for base in repeating(1 << 20) {
        let request = with_actions(&base, 1_000);
        let response = pdp.decide(&request);
        assert_eq!(response.results.len(), 1_000);
        assert!(!is_all_permit(&response.results));
        assert!(pdp.decide_xml(request.to_xml()).len() <= most);
        // Escapes are what is left to grow.
        assert!(response.to_xml().len() <= 7 * most);
    }
    // Names of policies, too.
    let mut sets = talkative().replace(
        "PolicyId=\"p\"",
        &format!("PolicyId=\"{}\"", "p".repeat(100_000)),
    );
    sets = sets.replace("urn:name", "urn:nobody");
    let pdp = Pdp::from_xml(sets).expect("compiles");
    let request = with_actions(&roles(1), 1_000).to_xml();
    let request = request.replace(
        "ReturnPolicyIdList=\"false\"",
        "ReturnPolicyIdList=\"true\"",
    );
    assert!(pdp.decide_xml(request).len() <= most);
}

/// Counts how often it is asked.
struct Asked(Arc<AtomicUsize>);

impl AttributeProvider for Asked {
    fn name(&self) -> &str {
        "asked"
    }
    fn supplies(&self, wanted: &Designator) -> bool {
        &*wanted.id == "urn:role"
    }
    fn fetch(&self, _: &Designator, _: &Request) -> Result<Fetched, ProviderError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(vec!["a".into()].into())
    }
}

struct Many;

impl Hierarchy for Many {
    fn name(&self) -> &str {
        "many"
    }
    fn children(&self, of: &Node, _: &Request) -> Result<Vec<Node>, ProviderError> {
        let names = (0..200).map(|number| format!("n{number}"));
        Ok(names.map(|name| Node::new(name).below(of)).collect())
    }
}

#[test]
fn beyond_the_limit_of_decisions_none_is_made() {
    let asked = Arc::<AtomicUsize>::default();
    let limits = limits(|limits| limits.decisions = 100);
    let builder = Pdp::builder().limits(limits).policy("p.xml", costly());
    let builder = builder.provider(Asked(asked.clone())).hierarchy(Many);
    let pdp = builder.build().expect("compiles");
    let nodes = |id: &str| {
        let request = Request::builder().resource(id::RESOURCE_ID, "top");
        request.resource(id, "Children").action("read").build()
    };
    let references = with_actions(&Request::default(), 1).to_xml();
    let references = references.replace("<Attributes ", "<Attributes xml:id=\"a\" ");
    let reference = "<RequestReference><AttributesReference ReferenceId=\"a\"/></RequestReference>";
    let reference = format!(
        "<MultiRequests>{}</MultiRequests></Request>",
        reference.repeat(101)
    );
    let references = references.replace("</Request>", &reference);
    let combined = with_actions(&Request::default(), 101).to_xml();
    let combined = combined.replace("CombinedDecision=\"false\"", "CombinedDecision=\"true\"");
    let requests = [
        with_actions(&Request::default(), 101),
        with_actions(&Request::default(), 5_000),
        Request::from_xml(references).expect("can be read"),
        Request::from_xml(combined).expect("can be read"),
        nodes(id::SCOPE),
        nodes(OLD_SCOPE),
    ];
    let refused = |response: &Response| {
        assert_eq!(response.results.len(), 1);
        assert_eq!(response.decision(), Decision::Indeterminate);
        let said = message(&response.results[0]);
        assert!(said.contains("more than 100 decisions"), "{said}");
    };
    for request in &requests {
        let mut observed = Vec::new();
        let mut call = pdp.call().observe(|decided| {
            observed.push(decided.outcome.as_ref().err().map(|error| (*error).clone()));
        });
        refused(&call.decide(request));
        drop(call);
        assert_eq!(observed, [Some(IndividualRequestError::TooMany(100))]);
        refused(&pollster::block_on(pdp.decide_async(request)));
        refused(&pdp.decide_all([request])[0]);
        let all = pollster::block_on(pdp.decide_all_async([request]));
        refused(&all[0]);
        assert_eq!(
            pdp.individual_requests(request),
            [Err(IndividualRequestError::TooMany(100))]
        );
    }
    let matrix = Matrix::default().actions((0..101).map(|number| number.to_string()));
    for grid in [
        pdp.decide_matrix(&matrix),
        pollster::block_on(pdp.decide_matrix_async(&matrix)),
    ] {
        assert_eq!(grid.refusal(), Some(&IndividualRequestError::TooMany(100)));
        assert!(grid.cells().is_empty());
        assert_eq!(
            grid.at([100]).map(|cell| cell.decision),
            Some(Decision::Indeterminate)
        );
    }
    assert_eq!(asked.load(Ordering::Relaxed), 0, "nothing was decided");

    // As many as the limit are decided; and a host may have as many requests as it likes.
    let most = pdp.decide(&with_actions(&Request::default(), 100));
    assert!(is_all_permit(&most.results) && most.results.len() == 100);
    let all: Vec<Request> = (0..300).map(action).collect();
    assert_eq!(pdp.decide_all(&all).len(), 300);
}

#[test]
fn every_decision_of_a_call_can_be_seen_with_what_it_was_decided_by() {
    let builder = Pdp::builder().policy("p.xml", costly());
    let pdp = builder
        .provider(Asked(Arc::default()))
        .build()
        .expect("compiles");
    let matrix = Matrix::default().actions(["read", "write", "sign"]);
    let requests = [action(1), with_actions(&Request::default(), 2)];
    let mut log = Vec::new();
    let mut call = pdp.call().observe(|decided| {
        let outcome = decided.outcome.expect("is decided");
        assert_eq!(outcome.decision(), decided.decision);
        let rules: Vec<String> = outcome.rules().map(|rule| rule.rule.to_owned()).collect();
        let read: Vec<String> = outcome
            .attributes_read()
            .map(|read| read.designator.id.to_string())
            .collect();
        let action = decided
            .request
            .values(category::ACTION, id::ACTION_ID)
            .next();
        let action = action.map(|action| action.lexical()).unwrap_or_default();
        log.push(format!(
            "{}.{} {action} {rules:?} {read:?}",
            decided.request_number, decided.part_number
        ));
    });
    call.decide_all(&requests);
    call.decide_matrix(&matrix);
    pollster::block_on(call.decide_all_async(&requests));
    pollster::block_on(call.decide_matrix_async(&matrix));
    let mut call = call.brief();
    call.decide_matrix(&matrix);
    pollster::block_on(call.decide_matrix_async(&matrix));
    drop(call);
    let line = |place: &str, action: &str| format!("{place} {action} [\"r0\"] [\"urn:role\"]");
    let all = [line("0.0", "1"), line("1.0", "0"), line("1.1", "1")];
    let cells = [
        line("0.0", "read"),
        line("1.0", "write"),
        line("2.0", "sign"),
    ];
    let expected = [&all, &cells, &all, &cells, &cells, &cells].map(|lines| lines.to_vec());
    assert_eq!(log, expected.concat());
}

/// Random requests draw on budgets of any size alike, at once or later.
#[test]
fn small_budgets_are_spent_alike_at_once_and_later() {
    let mut dice = Dice(23);
    for _ in 0..200 {
        let base = roles(dice.below(15));
        let requests: Vec<Request> = (0..1 + dice.below(4))
            .map(|_| with_actions(&base, 1 + dice.below(6)))
            .collect();
        let limits = limits(|limits| {
            limits.work = dice.below(2_500) as u64;
            limits.response = dice.below(2_000);
        });
        let builder = Pdp::builder().limits(limits).policy("p.xml", costly());
        let pdp = builder.build().expect("compiles");
        let now = pdp.decide_all(&requests);
        assert_eq!(now, pollster::block_on(pdp.decide_all_async(&requests)));
        let now = pdp.call().decide_all(&requests);
        assert_eq!(
            now,
            pollster::block_on(pdp.call().decide_all_async(&requests))
        );
    }
}
