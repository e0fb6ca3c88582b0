//! What a host sees of its PDP: every decision, every call of a provider, every change of a store.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use vedtak::attribute::{Designator, category};
use vedtak::observer::{Counters, Observer, ProviderCall};
use vedtak::provider::{
    Answers, AttributeProvider, Cached, Fetched, Inputs, ProviderError, Query, single_answer,
};
use vedtak::request::Matrix;
use vedtak::store::ChangeSummary;
use vedtak::{Context, Decision, DecisionEvent, Error, Limits, Pdp, PdpBuilder, Request, Store};

const POLICY: &str = include_str!("../../fixtures/altinn/resource-policy.xml");
const ROLE: &str = "urn:altinn:rolecode";
const DENY_OVERRIDES: &str =
    "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides";

/// Writes down what it sees.
#[derive(Default)]
struct Log {
    lines: Mutex<Vec<String>>,
    store: OnceLock<Store>,
}

impl Log {
    fn add(&self, line: String) {
        self.lines.lock().expect("works").push(line);
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.lines.lock().expect("works"))
    }
}

impl Observer for Log {
    fn decided(&self, decided: &DecisionEvent<'_>) {
        assert!(decided.elapsed.is_some(), "is observed by a clock");
        let (request, part) = (decided.request_number, decided.part_number);
        self.add(format!("{request}.{part} {}", decided.decision));
    }

    fn unreadable(&self, error: &Error) {
        self.add(format!("unreadable: {}", error.to_string().len() > 10));
    }

    fn fetched(&self, call: &ProviderCall<'_>) {
        assert!(call.elapsed.is_some());
        let ProviderCall {
            provider,
            queries,
            failed,
            from_cache,
            ..
        } = call;
        self.add(format!("{provider} {queries}/{failed}/{from_cache}"));
    }

    fn changed(&self, changed: &ChangeSummary) {
        let len = self.store.get().map_or(0, Store::len);
        let (version, put, removed) = (changed.version, changed.ids.len(), changed.removed.len());
        self.add(format!("v{version} +{put} -{removed} ={len}"));
    }

    fn refused(&self, error: &Error) {
        let error = error.to_string();
        self.add(format!(
            "refused {}",
            &error[..error.find(':').unwrap_or_default()]
        ));
    }
}

/// User 3 is unknown, all others are managers.
struct Roles {
    most: usize,
}

impl AttributeProvider for Roles {
    fn name(&self) -> &str {
        "roles"
    }
    fn supplies(&self, wanted: &Designator) -> bool {
        &*wanted.id == ROLE
    }
    fn inputs(&self, _: &Designator) -> Inputs {
        Inputs::nothing().category(category::ACCESS_SUBJECT)
    }
    fn fetch(&self, wanted: &Designator, request: &Request) -> Result<Fetched, ProviderError> {
        single_answer(self.fetch_many(&[Query { wanted, request }]))
    }
    fn queries_at_once(&self) -> usize {
        self.most
    }
    fn fetch_many(&self, queries: &[Query<'_>]) -> Answers {
        let of = |query: &Query<'_>| {
            let mut users = query.request.values(category::ACCESS_SUBJECT, "urn:user");
            match users.next().map(ToString::to_string).as_deref() {
                Some("3") => Err(ProviderError::new("no user 3")),
                _ => Ok(vec!["dagl".into()].into()),
            }
        };
        Ok(queries.iter().map(of).collect())
    }
}

fn builder() -> PdpBuilder {
    Pdp::builder().policy("p", POLICY)
}

fn request(user: &str, action: &str) -> Request {
    Request::builder()
        .subject("urn:user", user)
        .resource("urn:altinn:resource", "vedtak-brev")
        .action(action)
        .build()
}

#[test]
fn every_decision_is_seen_once_however_it_is_made() {
    for most in [1, 100] {
        let (log, counters) = (Arc::new(Log::default()), Counters::new());
        let pdp = builder()
            .provider(Roles { most })
            .observer(log.clone())
            .observer(counters.clone())
            .build()
            .expect("compiles");
        let one = request("1", "read");
        let fetched = "roles 1/0/0";
        let alone = [fetched, "0.0 Permit"];
        pdp.decide(&one);
        assert_eq!(log.take(), alone, "decide");
        pdp.decide_with(&mut Context::new(), &one);
        assert_eq!(log.take(), alone, "decide_with");
        pollster::block_on(pdp.decide_async(&one));
        assert_eq!(log.take(), alone, "decide_async");
        let mut context = Context::new();
        pollster::block_on(pdp.call().decide_with_async(&mut context, &one));
        assert_eq!(log.take(), alone, "decide_async_with");
        pdp.decide_xml(one.to_xml());
        assert_eq!(log.take(), alone, "decide_xml");
        pdp.decide_json(one.to_json());
        assert_eq!(log.take(), alone, "decide_json");

        let three = [
            request("1", "read"),
            request("3", "read"),
            request("1", "sign"),
        ];
        let seen = ["0.0 Permit", "1.0 Indeterminate", "2.0 NotApplicable"];
        let decided = |lines: Vec<String>| {
            let decided = lines.into_iter().filter(|line| !line.starts_with("roles"));
            decided.collect::<Vec<_>>()
        };
        pdp.decide_all(&three);
        assert_eq!(decided(log.take()), seen, "decide_all");
        pollster::block_on(pdp.decide_all_async(&three));
        assert_eq!(decided(log.take()), seen, "decide_all_async");
        let matrix = Matrix::new(request("1", "read")).actions(["write", "read"]);
        let cells = ["0.0 Permit", "1.0 Permit"];
        pdp.decide_matrix(&matrix);
        assert_eq!(decided(log.take()).len(), cells.len(), "decide_matrix");
        pdp.call().brief().decide_matrix(&matrix);
        assert_eq!(decided(log.take()).len(), cells.len(), "briefly");
        pollster::block_on(pdp.decide_matrix_async(&matrix));
        assert_eq!(
            decided(log.take()).len(),
            cells.len(),
            "decide_matrix_async"
        );

        pdp.decide_xml("<Request");
        pdp.decide_json("{");
        assert_eq!(log.take(), ["unreadable: true", "unreadable: true"]);

        let counts = counters.read();
        assert_eq!(counts.decisions(), 6 + 6 + 6);
        assert_eq!((counts.indeterminate, counts.with_troubles), (2, 2));
        assert_eq!((counts.unreadable, counts.failed_queries), (2, 2));
        assert!(counts.decision_time > Duration::ZERO);
    }
}

#[test]
fn the_answer_is_seen_and_not_what_it_was_before_it_was_too_long() {
    let log = Arc::new(Log::default());
    let mut limits = Limits::default();
    limits.response = 10;
    let pdp = builder()
        .limits(limits)
        .observer(log.clone())
        .build()
        .expect("compiles");
    let text = request("1", "read").to_xml();
    let text = text.replace("IncludeInResult=\"false\"", "IncludeInResult=\"true\"");
    let request = Request::from_xml(text).expect("reads");
    let mut seen = vec![pdp.decide(&request).decision()];
    seen.push(pollster::block_on(pdp.decide_async(&request)).decision());
    seen.push(pdp.decide_all([&request])[0].decision());
    assert_eq!(seen, [Decision::Indeterminate; 3]);
    assert_eq!(log.take(), ["0.0 Indeterminate"; 3]);
}

#[test]
fn calls_of_providers_are_seen_with_what_failed_and_what_was_remembered() {
    let log = Arc::new(Log::default());
    let clock = || "2026-06-01T12:00:00Z".parse().expect("is a dateTime");
    let cached = Cached::with_clock(Roles { most: 100 }, Duration::from_secs(10), clock);
    let pdp = builder()
        .provider(cached)
        .observer(log.clone())
        .build()
        .expect("compiles");
    let calls = |requests: &[Request]| {
        pdp.decide_all(requests);
        let lines = log.take().into_iter();
        lines
            .filter(|line| line.starts_with("roles"))
            .collect::<Vec<_>>()
    };
    let requests: Vec<Request> = ["1", "2", "3", "4"]
        .map(|user| request(user, "read"))
        .into();
    assert_eq!(calls(&requests[..3]), ["roles 3/1/0"]);
    assert_eq!(calls(&requests), ["roles 4/1/2"]);
}

#[test]
fn a_late_provider_is_seen_as_one_that_failed() {
    use vedtak::provider::{AsyncAttributeProvider, BoxFuture};
    struct Never;
    impl AsyncAttributeProvider for Never {
        fn name(&self) -> &str {
            "never"
        }
        fn supplies(&self, wanted: &Designator) -> bool {
            &*wanted.id == ROLE
        }
        fn fetch<'a>(
            &'a self,
            _: &'a Designator,
            _: &'a Request,
        ) -> BoxFuture<'a, Result<Fetched, ProviderError>> {
            Box::pin(std::future::pending())
        }
    }
    let log = Arc::new(Log::default());
    let pdp = builder()
        .async_provider(Never)
        .observer(log.clone())
        .build()
        .expect("compiles");
    let (one, over) = (request("1", "read"), std::future::ready(()));
    pollster::block_on(pdp.call().until(over).decide_async(&one));
    assert_eq!(log.take(), ["never 1/1/0", "0.0 Indeterminate"]);
}

#[test]
fn a_store_shows_changes_and_refusals_and_may_be_looked_at() {
    let (log, counters) = (Arc::new(Log::default()), Counters::new());
    let store = Pdp::builder()
        .root_combining(DENY_OVERRIDES)
        .saveable()
        .observer(log.clone())
        .observer(counters.clone())
        .store()
        .expect("is one");
    log.store.set(store.clone()).expect("is set once");
    store.put("a.xml", POLICY).expect("compiles");
    assert_eq!(log.take(), ["v1 +1 -0 =1"]);
    assert!(store.put("b.xml", "<Policy").is_err());
    assert_eq!(log.take(), ["refused b.xml"]);
    let documents = [("a.xml", POLICY), ("c.xml", "<Policy/>")];
    let documents = documents.map(|(name, text)| (name.to_owned(), text.into()));
    store.load(documents, |_| {});
    assert_eq!(log.take(), ["v2 +1 -0 =1", "refused c.xml"]);
    let mut saved = Vec::new();
    store.save(&mut saved).expect("saves");
    store.restore(&saved[..], |_| {}).expect("restores");
    assert_eq!(log.take(), ["v3 +1 -1 =1"]);
    let id = store.ids().remove(0);
    assert_eq!(store.remove("no such policy").expect("is no error"), None);
    assert_eq!(log.take(), [""; 0]);
    assert!(store.remove(&id).expect("nobody refers to it").is_some());
    assert_eq!(log.take(), ["v4 +0 -1 =0"]);
    let counts = counters.read();
    assert_eq!((counts.changes, counts.refusals), (4, 2));

    let mut reader = store.reader();
    reader.pdp().decide(&request("1", "read"));
    assert_eq!(log.take(), ["0.0 NotApplicable"]);
}

#[test]
fn a_call_that_is_observed_by_itself_asks_no_clock() {
    let pdp = builder().build().expect("compiles");
    let mut seen = Vec::new();
    pdp.call()
        .observe(|decided| seen.push((decided.decision, decided.elapsed)))
        .decide(&request("1", "read"));
    assert_eq!(seen, [(Decision::NotApplicable, None)]);
}
