//! Providers that are asked for many attributes of many requests at once: one call, one answer to
//! each query, and what an answer brings along.

mod brought;

use std::collections::HashSet;
use std::future::{pending, ready};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use vedtak::attribute::{Designator, category};
use vedtak::provider::{
    Answers, AsyncAttributeProvider, AttributeProvider, BoxFuture, Cached, Fetched, Inputs,
    ProviderError, Query, TimeLimit, single_answer,
};
use vedtak::request::Matrix;
use vedtak::value::{DataType, Value};
use vedtak::{Context, Decision, Pdp, PdpBuilder, Request, Response};

/// The calls, each with its queries: attribute and user.
type Calls = Arc<Mutex<Vec<Vec<(String, String)>>>>;

type Wrong = fn(&[Query<'_>]) -> Answers;

const POLICY: &str = include_str!("../../fixtures/altinn/resource-policy.xml");
const ROLE: &str = "urn:altinn:rolecode";
const PACKAGE: &str = "urn:altinn:accesspackage";
const USER: &str = "urn:altinn:userid";

type Answer = Result<Fetched, ProviderError>;

/// A provider of either kind, by one function for any number of queries.
#[derive(Clone)]
struct Table {
    supplies: &'static [&'static str],
    inputs: fn(&Designator) -> Inputs,
    most: usize,
    answer: fn(&[Query<'_>]) -> Answers,
    /// The attribute and the user of each query, call by call.
    calls: Calls,
}

fn of_user(_: &Designator) -> Inputs {
    Inputs::nothing().attribute(category::ACCESS_SUBJECT, USER)
}

fn user(query: &Query<'_>) -> String {
    let mut users = query.request.values(category::ACCESS_SUBJECT, USER);
    users.next().map(ToString::to_string).unwrap_or_default()
}

/// Even users are managers; nobody has a package.
fn roles(queries: &[Query<'_>]) -> Answers {
    let of = |query: &Query<'_>| {
        let is_even = user(query).parse::<u32>().is_ok_and(|user| user % 2 == 0);
        let is_manager = is_even && &*query.wanted.id == ROLE;
        let values: Vec<Value> = is_manager.then(|| "dagl".into()).into_iter().collect();
        Ok(values.into())
    };
    Ok(queries.iter().map(of).collect())
}

impl Table {
    fn new(answer: fn(&[Query<'_>]) -> Answers) -> Self {
        Self {
            supplies: &[ROLE, PACKAGE],
            inputs: of_user,
            most: usize::MAX,
            answer,
            calls: Arc::default(),
        }
    }

    fn ask(&self, queries: &[Query<'_>]) -> Answers {
        let named = |query: &Query<'_>| (query.wanted.id.to_string(), user(query));
        let call = queries.iter().map(named).collect();
        self.calls.lock().expect("works").push(call);
        (self.answer)(queries)
    }

    /// How many queries each call had, since this was last asked.
    fn sizes(&self) -> Vec<usize> {
        let calls = std::mem::take(&mut *self.calls.lock().expect("works"));
        for call in &calls {
            let distinct: HashSet<_> = call.iter().collect();
            assert_eq!(distinct.len(), call.len(), "no query twice");
        }
        calls.iter().map(Vec::len).collect()
    }
}

impl AttributeProvider for Table {
    fn name(&self) -> &str {
        "table"
    }
    fn supplies(&self, wanted: &Designator) -> bool {
        self.supplies.contains(&&*wanted.id)
    }
    fn inputs(&self, wanted: &Designator) -> Inputs {
        (self.inputs)(wanted)
    }
    fn fetch(&self, wanted: &Designator, request: &Request) -> Answer {
        single_answer(self.ask(&[Query { wanted, request }]))
    }
    fn queries_at_once(&self) -> usize {
        self.most
    }
    fn fetch_many(&self, queries: &[Query<'_>]) -> Answers {
        self.ask(queries)
    }
}

impl AsyncAttributeProvider for Table {
    fn name(&self) -> &str {
        "table"
    }
    fn supplies(&self, wanted: &Designator) -> bool {
        AttributeProvider::supplies(self, wanted)
    }
    fn inputs(&self, wanted: &Designator) -> Inputs {
        (self.inputs)(wanted)
    }
    fn fetch<'a>(&'a self, wanted: &'a Designator, request: &'a Request) -> BoxFuture<'a, Answer> {
        Box::pin(async move { single_answer(self.ask(&[Query { wanted, request }])) })
    }
    fn queries_at_once(&self) -> usize {
        self.most
    }
    fn fetch_many<'a>(&'a self, queries: &'a [Query<'a>]) -> BoxFuture<'a, Answers> {
        Box::pin(async move { self.ask(queries) })
    }
}

fn builder() -> PdpBuilder {
    Pdp::builder().policy("p", POLICY)
}

/// One PDP that is asked at once, and one that waits.
fn both(table: &Table) -> [Pdp; 2] {
    let at_once = builder().provider(table.clone()).build();
    let later = builder().async_provider(table.clone()).build();
    [at_once.expect("compiles"), later.expect("compiles")]
}

fn request(user: usize, action: &str) -> Request {
    Request::builder()
        .subject(USER, user.to_string())
        .resource("urn:altinn:resource", "vedtak-brev")
        .action(action)
        .build()
}

fn requests(users: usize) -> Vec<Request> {
    (0..users).map(|user| request(user, "read")).collect()
}

fn decide_all(pdps: &[Pdp; 2], requests: &[Request]) -> [Vec<Response>; 2] {
    let later = pollster::block_on(pdps[1].decide_all_async(requests));
    [pdps[0].decide_all(requests), later]
}

/// Whether a decision failed because the provider did, and says why.
fn is_because(response: &Response, why: &str) -> bool {
    let said = message(response);
    said.starts_with("the attribute provider `table`, asked for `") && said.contains(why)
}

fn message(response: &Response) -> &str {
    assert_eq!(response.decision(), Decision::Indeterminate);
    let status = response.status().expect("says why");
    status.message.as_deref().expect("says why")
}

#[test]
fn one_call_for_all_attributes_of_all_requests_however_many() {
    let table = Table::new(roles);
    let one_by_one = Table {
        most: 1,
        ..Table::new(roles)
    };
    let (pdps, reference) = (both(&table), both(&one_by_one));
    for users in [100, 200, 400] {
        let requests = requests(users);
        let expected = reference[0].decide_all(&requests);
        assert_eq!(one_by_one.sizes(), vec![1; 2 * users]);
        for responses in decide_all(&pdps, &requests) {
            assert_eq!(responses, expected);
        }
        assert_eq!(table.sizes(), [2 * users, 2 * users]);
    }
}

#[test]
fn every_way_to_ask_for_several_decisions_makes_one_call() {
    let table = Table::new(roles);
    let pdps = both(&table);
    let base = Request::builder()
        .resource("urn:altinn:resource", "vedtak-brev")
        .build();
    let matrix = Matrix::new(base)
        .subjects(USER, (0..50).map(|user| user.to_string()))
        .actions(["read", "write"]);
    let grid = pdps[0].decide_matrix(&matrix);
    assert_eq!(table.sizes(), [100]);
    let decisions: Vec<Decision> = grid.cells().iter().map(|cell| cell.decision).collect();
    let even = |place: usize| (place / 2).is_multiple_of(2);
    for (place, decision) in decisions.iter().enumerate() {
        let expected = match even(place) {
            true => Decision::Permit,
            false => Decision::NotApplicable,
        };
        assert_eq!(*decision, expected, "{place}");
    }
    assert_eq!(
        pollster::block_on(pdps[1].decide_matrix_async(&matrix)),
        grid
    );
    assert_eq!(table.sizes(), [100]);
    let brief = pdps[0].call().brief().decide_matrix(&matrix);
    assert_eq!(table.sizes(), [100]);
    let brief: Vec<Decision> = brief.cells().iter().map(|cell| cell.decision).collect();
    assert_eq!(brief, decisions);

    // One request for several decisions: two users, as repeated categories.
    let other = Request::builder().subject(USER, "3").build().to_xml();
    let other = &other[other.find("<Attributes").expect("has one")..];
    let text = request(2, "read").to_xml().replace("</Request>", other);
    let several = Request::from_xml(text).expect("reads");
    let response = pdps[0].decide(&several);
    assert_eq!(response.results.len(), 2);
    assert_eq!(table.sizes(), [4]);
    assert_eq!(pollster::block_on(pdps[1].decide_async(&several)), response);
    assert_eq!(table.sizes(), [4]);

    // One decision: both attributes.
    let (mut context, one) = (Context::new(), request(2, "read"));
    let outcome = pdps[0].decide_with(&mut context, &one);
    assert_eq!(outcome.decision(), Decision::Permit);
    assert_eq!(table.sizes(), [2]);
    let response = pollster::block_on(pdps[1].decide_async(&one));
    assert_eq!(response.decision(), Decision::Permit);
    assert_eq!(table.sizes(), [2]);
}

#[test]
fn a_call_takes_no_more_than_the_provider_says() {
    let table = Table {
        most: 64,
        ..Table::new(roles)
    };
    let pdps = both(&table);
    for responses in decide_all(&pdps, &requests(100)) {
        assert_eq!(responses[98].decision(), Decision::Permit);
        assert_eq!(responses[99].decision(), Decision::NotApplicable);
    }
    assert_eq!(table.sizes(), [64, 64, 64, 8].repeat(2));
}

#[test]
fn an_error_of_one_is_its_own_and_an_error_of_the_call_is_everybodys() {
    let odd_fail = |queries: &[Query<'_>]| -> Answers {
        let answers = roles(queries)?.into_iter().zip(queries);
        let answer = |(answer, query): (Answer, &Query<'_>)| match user(query).as_str() {
            "3" => Err(ProviderError::new("no user 3")),
            _ => answer,
        };
        Ok(answers.map(answer).collect())
    };
    let pdps = both(&Table::new(odd_fail));
    for responses in decide_all(&pdps, &requests(6)) {
        for (user, response) in responses.iter().enumerate() {
            match user {
                3 => assert!(is_because(response, "no user 3")),
                _ if user % 2 == 0 => assert_eq!(response.decision(), Decision::Permit),
                _ => assert_eq!(response.decision(), Decision::NotApplicable),
            }
        }
    }
    let wrong: [(Wrong, &str); 5] = [
        (
            |_| Err(ProviderError::new("no connection")),
            "no connection",
        ),
        (|_| panic!("out of luck"), "it panicked"),
        (|_| Ok(vec![]), "it gave 0 answers to 6 queries"),
        (
            |_| Ok(vec![Ok(vec![].into())]),
            "it gave 1 answer to 6 queries",
        ),
        (
            |queries| {
                let mut answers = roles(queries)?;
                answers.push(Ok(vec!["dagl".into()].into()));
                Ok(answers)
            },
            "it gave 7 answers to 6 queries",
        ),
    ];
    for (answer, why) in wrong {
        let pdps = both(&Table::new(answer));
        for responses in decide_all(&pdps, &requests(3)) {
            for response in &responses {
                assert!(is_because(response, why), "{}", message(response));
            }
        }
    }
}

#[test]
fn a_deadline_ends_the_call_for_all_who_wait_and_for_nobody_else() {
    struct Never(Table);
    impl AsyncAttributeProvider for Never {
        fn name(&self) -> &str {
            "never"
        }
        fn supplies(&self, wanted: &Designator) -> bool {
            &*wanted.id == ROLE
        }
        fn fetch<'a>(&'a self, _: &'a Designator, _: &'a Request) -> BoxFuture<'a, Answer> {
            Box::pin(pending())
        }
        fn queries_at_once(&self) -> usize {
            100
        }
        fn fetch_many<'a>(&'a self, queries: &'a [Query<'a>]) -> BoxFuture<'a, Answers> {
            Box::pin(async move {
                let _ = self.0.ask(queries);
                pending().await
            })
        }
    }
    let packages = Table {
        supplies: &[PACKAGE],
        ..Table::new(|queries| {
            let package = "post-til-virksomheten-med-taushetsbelagt-innhold";
            let has_it = |query: &Query<'_>| user(query).parse::<u32>().is_ok_and(|user| user > 2);
            let of = |query| has_it(query).then(|| package.into());
            let of = |query| of(query).into_iter().collect::<Vec<Value>>();
            Ok(queries.iter().map(|query| Ok(of(query).into())).collect())
        })
    };
    let never = Table::new(roles);
    let pdp = builder()
        .async_provider(Never(never.clone()))
        .async_provider(packages.clone())
        .build()
        .expect("compiles");
    // The package of the last three permits, whatever the roles are.
    let asked = requests(6);
    let responses = pollster::block_on(
        pdp.call()
            .budget_each()
            .until(ready(()))
            .decide_all_async(&asked),
    );
    for response in &responses[..3] {
        let said = message(response);
        assert!(said.contains("`never`") && said.contains("it did not answer before the deadline"));
    }
    for response in &responses[3..] {
        assert_eq!(response.decision(), Decision::Permit);
    }
    assert_eq!((never.sizes(), packages.sizes()), (vec![6], vec![6]));

    let limited = TimeLimit::new(Never(never.clone()), || ready(()));
    let pdp = builder().async_provider(limited).build().expect("compiles");
    let responses = pollster::block_on(pdp.decide_all_async(&requests(3)));
    for response in &responses {
        assert!(message(response).contains("it took longer than it may"));
    }
    assert_eq!(
        never.sizes(),
        [3],
        "the limit does not hide that it takes many"
    );
}

/// The role is looked at only if the stage is not open.
fn staged(provider: impl FnOnce(PdpBuilder) -> PdpBuilder) -> Pdp {
    let rule = |id: &str, attribute: &str, value: &str| {
        format!(
            r#"<Rule RuleId="{id}" Effect="Permit"><Target><AnyOf><AllOf>
            <Match MatchId="urn:oasis:names:tc:xacml:1.0:function:string-equal">
              <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#string">{value}</AttributeValue>
              <AttributeDesignator Category="{}" AttributeId="{attribute}" MustBePresent="false"
                DataType="http://www.w3.org/2001/XMLSchema#string"/>
            </Match></AllOf></AnyOf></Target></Rule>"#,
            category::ACCESS_SUBJECT
        )
    };
    let policy = format!(
        r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="staged" Version="1.0"
        RuleCombiningAlgId="urn:oasis:names:tc:xacml:1.0:rule-combining-algorithm:first-applicable">
        <Target/>{}{}</Policy>"#,
        rule("one", "urn:stage", "open"),
        rule("two", ROLE, "dagl")
    );
    let builder = provider(Pdp::builder().policy("p", policy));
    builder.build().expect("compiles")
}

fn string(id: &str) -> Designator {
    Designator::new(category::ACCESS_SUBJECT, id, DataType::String)
}

#[test]
fn a_cache_joins_fetches_of_many_and_one_who_leaves_strands_nobody() {
    use std::task::{Context as Poller, Poll, Waker};
    struct Gate(Table, Arc<Mutex<Option<Waker>>>, Arc<Mutex<bool>>);
    impl AsyncAttributeProvider for Gate {
        fn name(&self) -> &str {
            "gate"
        }
        fn supplies(&self, _: &Designator) -> bool {
            true
        }
        fn fetch<'a>(
            &'a self,
            wanted: &'a Designator,
            request: &'a Request,
        ) -> BoxFuture<'a, Answer> {
            AsyncAttributeProvider::fetch(&self.0, wanted, request)
        }
        fn queries_at_once(&self) -> usize {
            100
        }
        fn fetch_many<'a>(&'a self, queries: &'a [Query<'a>]) -> BoxFuture<'a, Answers> {
            Box::pin(async move {
                let answers = self.0.ask(queries);
                std::future::poll_fn(|context| {
                    if *self.2.lock().expect("works") {
                        return Poll::Ready(());
                    }
                    *self.1.lock().expect("works") = Some(context.waker().clone());
                    Poll::Pending
                })
                .await;
                answers
            })
        }
    }
    let (table, open) = (Table::new(roles), Arc::new(Mutex::new(false)));
    let gate = Gate(table.clone(), Arc::default(), open.clone());
    let clock = || "2026-06-01T12:00:00Z".parse().expect("is a dateTime");
    let cached = Cached::with_clock(gate, Duration::from_secs(10), clock);
    let (wanted, users) = (string(ROLE), [0, 1, 2, 3].map(|user| request(user, "read")));
    let queries = users.each_ref().map(|request| Query {
        wanted: &wanted,
        request,
    });
    let mut poller = Poller::from_waker(Waker::noop());
    let mut first = cached.fetch_many(&queries[..3]);
    let mut second = cached.fetch_many(&queries[1..]);
    assert!(first.as_mut().poll(&mut poller).is_pending());
    assert!(second.as_mut().poll(&mut poller).is_pending());
    // Two of the three are under way; the third is alone.
    assert_eq!(table.sizes(), [3, 1]);
    drop(first);
    *open.lock().expect("works") = true;
    let Poll::Ready(Ok(answers)) = second.as_mut().poll(&mut poller) else {
        // Whoever polls the flight was told that somebody left.
        panic!("the fetch goes on as long as one waits");
    };
    let counts: Vec<usize> = answers
        .iter()
        .map(|answer| answer.as_ref().expect("answers").values().len())
        .collect();
    assert_eq!(counts, [0, 1, 0]);
    assert_eq!(cached.statistics().joined, 2);
    assert_eq!(cached.len(), 4, "all that was fetched is remembered");
}

#[test]
fn a_host_that_calls_a_plain_provider_for_many_gets_each_answer() {
    struct Plain;
    impl AttributeProvider for Plain {
        fn name(&self) -> &str {
            "plain"
        }
        fn supplies(&self, _: &Designator) -> bool {
            true
        }
        fn fetch(&self, _: &Designator, request: &Request) -> Answer {
            let mut users = request.values(category::ACCESS_SUBJECT, USER);
            match users.next().map(ToString::to_string).as_deref() {
                Some("1") => panic!("out of luck"),
                _ => Ok(vec!["dagl".into()].into()),
            }
        }
    }
    impl AsyncAttributeProvider for Plain {
        fn name(&self) -> &str {
            "plain"
        }
        fn supplies(&self, _: &Designator) -> bool {
            true
        }
        fn fetch<'a>(
            &'a self,
            wanted: &'a Designator,
            request: &'a Request,
        ) -> BoxFuture<'a, Answer> {
            Box::pin(async move { AttributeProvider::fetch(self, wanted, request) })
        }
    }
    let (wanted, users) = (string(ROLE), [0, 1, 2].map(|user| request(user, "read")));
    let queries = users.each_ref().map(|request| Query {
        wanted: &wanted,
        request,
    });
    let later = pollster::block_on(AsyncAttributeProvider::fetch_many(&Plain, &queries));
    for answers in [AttributeProvider::fetch_many(&Plain, &queries), later] {
        let answers = answers.expect("each answers for itself");
        let is_good: Vec<bool> = answers.iter().map(Result::is_ok).collect();
        assert_eq!(is_good, [true, false, true]);
    }
}
