//! Attributes that come later: who is asked, when, how often, and what a failure does, on several
//! runtimes.

use std::future::{pending, poll_fn, ready};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context as Poller, Poll, Waker};

use vedtak::attribute::{Designator, category};
use vedtak::decision::StatusCode;
use vedtak::provider::{
    AsyncAttributeProvider, AttributeProvider, BoxFuture, Fetched, Inputs, ProviderError,
};
use vedtak::{Context, Decision, Pdp, PdpBuilder, Request, Response};

const POLICY: &str = include_str!("../../fixtures/altinn/resource-policy.xml");
const ROLE: &str = "urn:altinn:rolecode";
const PACKAGE: &str = "urn:altinn:accesspackage";

type Answer = Result<Fetched, ProviderError>;
type Fetch = dyn Fn(Request) -> BoxFuture<'static, Answer> + Send + Sync;

/// A provider of one attribute that counts how often it is asked.
struct Source {
    id: &'static str,
    inputs: Inputs,
    fetch: Box<Fetch>,
    asked: Arc<AtomicUsize>,
}

impl Source {
    fn new<F: Future<Output = Answer> + Send + 'static>(
        id: &'static str,
        fetch: impl Fn(Request) -> F + Send + Sync + 'static,
    ) -> Self {
        Self {
            id,
            inputs: Inputs::everything(),
            fetch: Box::new(move |request| Box::pin(fetch(request))),
            asked: Arc::default(),
        }
    }

    fn with_inputs(mut self, inputs: Inputs) -> Self {
        self.inputs = inputs;
        self
    }
}

impl AsyncAttributeProvider for Source {
    fn name(&self) -> &str {
        self.id.rsplit(':').next().expect("is a URN")
    }

    fn supplies(&self, wanted: &Designator) -> bool {
        &*wanted.id == self.id
    }

    fn inputs(&self, _: &Designator) -> Inputs {
        self.inputs.clone()
    }

    fn fetch<'a>(&'a self, _: &'a Designator, request: &'a Request) -> BoxFuture<'a, Answer> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        (self.fetch)(request.clone())
    }
}

fn builder() -> PdpBuilder {
    Pdp::builder().policy("p", POLICY)
}

fn request(resource: &str, action: &str) -> Request {
    Request::builder()
        .subject("urn:altinn:userid", 1)
        .resource("urn:altinn:resource", resource)
        .action(action)
        .build()
}

fn reads() -> Request {
    request("vedtak-brev", "read")
}

fn texts(values: &[&str]) -> Answer {
    let values: Vec<_> = values.iter().map(|text| (*text).into()).collect();
    Ok(values.into())
}

/// Ready once so many wait for it: waiting one after the other never ends.
#[derive(Clone)]
struct Meeting(Arc<(usize, Mutex<Vec<Waker>>)>);

impl Meeting {
    fn of(count: usize) -> Self {
        Self(Arc::new((count, Mutex::default())))
    }

    async fn attend(self) {
        let mut here = false;
        poll_fn(|context| {
            let (count, wakers) = &*self.0;
            let mut wakers = wakers.lock().expect("nobody panics");
            if !here {
                here = true;
                wakers.push(context.waker().clone());
                wakers.iter().for_each(Waker::wake_by_ref);
            }
            match wakers.len() >= *count {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        })
        .await;
    }
}

/// A PDP whose two providers answer only when both are asked.
fn meeting() -> Pdp {
    let meeting = Meeting::of(2);
    let attending = |id, values: &'static [&'static str]| {
        let meeting = meeting.clone();
        Source::new(id, move |_| {
            let meeting = meeting.clone();
            async move {
                meeting.attend().await;
                texts(values)
            }
        })
    };
    let builder = builder()
        .async_provider(attending(ROLE, &["dagl"]))
        .async_provider(attending(PACKAGE, &[]));
    builder.build().expect("compiles")
}

fn message(response: &Response) -> &str {
    let status = response.status().expect("says why");
    assert_eq!(status.code, StatusCode::ProcessingError);
    status.message.as_deref().expect("says why")
}

#[test]
fn all_needs_of_a_step_are_fetched_at_once_on_any_runtime() {
    let decided = pollster::block_on(meeting().decide_async(&reads()));
    assert_eq!(decided.decision(), Decision::Permit);
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let decided = runtime
        .expect("runs")
        .block_on(async { meeting().decide_async(&reads()).await });
    assert_eq!(decided.decision(), Decision::Permit);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build();
    let decisions = runtime.expect("runs").block_on(async {
        let spawn = |_| tokio::spawn(async { meeting().decide_async(&reads()).await });
        let mut decisions = Vec::new();
        for task in (0..20).map(spawn).collect::<Vec<_>>() {
            decisions.push(task.await.expect("ends").decision());
        }
        decisions
    });
    assert_eq!(decisions, [Decision::Permit; 20]);
}

#[test]
fn timers_of_the_runtime_end_a_decision_and_name_who_is_late() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("runs");
    let pdp = builder()
        .async_provider(Source::new(ROLE, |_| pending()))
        .async_provider(Source::new(PACKAGE, |_| ready(texts(&[]))))
        .build()
        .expect("compiles");
    let sleep = |milliseconds| tokio::time::sleep(std::time::Duration::from_millis(milliseconds));
    let response =
        runtime.block_on(async { pdp.call().until(sleep(5)).decide_async(&reads()).await });
    assert_eq!(response.decision(), Decision::Indeterminate);
    let said = message(&response);
    assert!(said.contains("`rolecode`"), "{said}");
    assert!(
        said.contains("did not answer before the deadline"),
        "{said}"
    );

    let requests = [
        reads(),
        request("vedtak-brev", "write"),
        request("another", "read"),
    ];
    let responses = runtime.block_on(async {
        pdp.call()
            .budget_each()
            .until(sleep(5))
            .decide_all_async(&requests)
            .await
    });
    assert!(message(&responses[0]).contains("`rolecode`"));
    assert!(message(&responses[1]).contains("`rolecode`"));
    assert_eq!(responses[2].decision(), Decision::NotApplicable);
}

#[test]
fn what_is_not_needed_does_not_wait_for_the_deadline() {
    let permitting = Source::new(PACKAGE, |_| {
        ready(texts(&["post-til-virksomheten-med-taushetsbelagt-innhold"]))
    });
    let pdp = builder()
        .async_provider(Source::new(ROLE, |_| pending()))
        .async_provider(permitting)
        .build()
        .expect("compiles");
    // The package alone permits, whatever the roles would have been.
    let request = request("vedtak-brev", "confirm");
    let response = pollster::block_on(pdp.call().until(ready(())).decide_async(&request));
    assert_eq!(response.decision(), Decision::Permit);
}

#[test]
fn after_the_deadline_nobody_is_asked() {
    let roles = Source::new(ROLE, |_| ready(texts(&["dagl"])));
    let asked = roles.asked.clone();
    // The policy is applicable only after the first attribute: a second step asks for the role.
    let pdp = Pdp::builder()
        .policy("p", staged())
        .async_provider(Source::new("urn:stage", |_| pending()))
        .async_provider(roles)
        .build()
        .expect("compiles");
    let request = Request::builder().action("read").build();
    let response = pollster::block_on(pdp.call().until(ready(())).decide_async(&request));
    assert!(message(&response).contains("`stage`"), "{response:?}");
    assert_eq!(asked.load(Ordering::Relaxed), 0);
}

/// First-applicable: what the second rule needs is known only after the first.
fn staged() -> String {
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
    format!(
        r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="staged" Version="1.0"
        RuleCombiningAlgId="urn:oasis:names:tc:xacml:1.0:rule-combining-algorithm:first-applicable">
        <Target/>{}{}</Policy>"#,
        rule("one", "urn:stage", "open"),
        rule("two", ROLE, "dagl")
    )
}

#[test]
fn a_dropped_decision_drops_its_fetches_and_harms_no_other() {
    struct Dropped(Arc<AtomicUsize>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let dropped = Arc::new(AtomicUsize::new(0));
    let count = dropped.clone();
    let answers = Arc::new(AtomicUsize::new(0));
    let open = answers.clone();
    let roles = Source::new(ROLE, move |_| {
        let (held, open) = (Dropped(count.clone()), open.clone());
        async move {
            if open.load(Ordering::Relaxed) == 0 {
                pending::<()>().await;
            }
            drop(held);
            texts(&["dagl"])
        }
    });
    let pdp = builder().async_provider(roles).build().expect("compiles");
    let request = reads();
    let mut context = Context::new();
    {
        let mut call = pdp.call();
        let mut decision = Box::pin(call.decide_with_async(&mut context, &request));
        let mut poller = Poller::from_waker(Waker::noop());
        assert!(decision.as_mut().poll(&mut poller).is_pending());
        assert_eq!(dropped.load(Ordering::Relaxed), 0);
    }
    assert_eq!(dropped.load(Ordering::Relaxed), 1);
    answers.store(1, Ordering::Relaxed);
    // The same scratch memory, half used.
    let outcome = pollster::block_on(pdp.call().decide_with_async(&mut context, &request));
    assert_eq!(outcome.decision(), Decision::Permit);
}

#[test]
fn panicking_and_lying_providers_fail_alone_and_by_name() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("while it is dropped");
        }
    }
    let sources: [(Source, &str); 6] = [
        (
            Source::new(ROLE, |_| -> BoxFuture<'static, Answer> {
                panic!("at once")
            }),
            "it panicked",
        ),
        (
            Source::new(ROLE, |_| async { panic!("while it is polled") }),
            "it panicked",
        ),
        (
            Source::new(ROLE, |_| {
                let bomb = Bomb;
                async move {
                    let _bomb = bomb;
                    texts(&["dagl"])
                }
            }),
            "it panicked",
        ),
        (
            Source::new(ROLE, |_| ready(Ok(vec![1.into()].into()))),
            "a value of type integer, asked for string",
        ),
        (
            Source::new(ROLE, |_| ready(Ok(vec!["dagl".into(); 200_000].into()))),
            "200000 values",
        ),
        (
            Source::new(ROLE, |_| ready(Err(ProviderError::new("no connection")))),
            "no connection",
        ),
    ];
    for (source, why) in sources {
        let pdp = builder().async_provider(source).build().expect("compiles");
        let response = pollster::block_on(pdp.decide_async(&reads()));
        assert_eq!(response.decision(), Decision::Indeterminate);
        let said = message(&response);
        assert!(said.contains("`rolecode`") && said.contains(why), "{said}");
        let both = [reads(), request("another", "read")];
        let responses = pollster::block_on(pdp.decide_all_async(&both));
        assert!(message(&responses[0]).contains(why));
        assert_eq!(responses[1].decision(), Decision::NotApplicable);
    }
}

#[test]
fn a_provider_that_answers_at_once_may_panic_too() {
    struct Panics;
    impl AttributeProvider for Panics {
        fn name(&self) -> &str {
            "panics"
        }
        fn supplies(&self, wanted: &Designator) -> bool {
            &*wanted.id == ROLE
        }
        fn fetch(&self, _: &Designator, _: &Request) -> Answer {
            panic!("out of luck")
        }
    }
    let pdp = builder().provider(Panics).build().expect("compiles");
    let response = pdp.decide(&reads());
    assert!(message(&response).contains("`panics`"));
    let response = pollster::block_on(pdp.decide_async(&reads()));
    assert!(message(&response).contains("it panicked"));
}

#[test]
fn a_batch_asks_once_for_what_its_requests_have_in_common() {
    let whose = Inputs::nothing().attribute(category::ACCESS_SUBJECT, "urn:altinn:userid");
    let roles = Source::new(ROLE, |seen| {
        // It is shown what it said it depends on.
        assert_eq!(
            seen,
            Request::builder().subject("urn:altinn:userid", 1).build()
        );
        async { texts(&["dagl"]) }
    });
    let packages = Source::new(PACKAGE, |_| async { texts(&[]) });
    let (roles, packages) = (roles.with_inputs(whose), packages);
    let asked = [roles.asked.clone(), packages.asked.clone()];
    let pdp = builder()
        .async_provider(roles)
        .async_provider(packages)
        .build()
        .expect("compiles");
    let actions = ["read", "write", "read", "sign", "read"];
    let requests: Vec<Request> = actions.map(|action| request("vedtak-brev", action)).into();
    let responses = pollster::block_on(pdp.decide_all_async(&requests));
    let alone: Vec<Response> = requests
        .iter()
        .map(|request| pollster::block_on(pdp.decide_async(request)))
        .collect();
    assert_eq!(responses, alone);
    let [roles, packages] = asked.map(|asked| asked.load(Ordering::Relaxed));
    // One for the batch, and one for each of the decisions made alone.
    let alone = requests.len() - 1; // Nobody signs, whatever the roles.
    assert_eq!(roles, 1 + alone);
    // Three of the requests are the same as a whole.
    assert_eq!(packages, 2 + alone);
}

#[test]
fn many_decisions_wait_together_and_keep_their_order() {
    let meeting = Meeting::of(300);
    let roles = Source::new(ROLE, move |seen| {
        let meeting = meeting.clone();
        async move {
            meeting.attend().await;
            let mut users = seen.values(category::ACCESS_SUBJECT, "urn:altinn:userid");
            let user = users.next().expect("is there").to_string();
            let even = user.parse::<u32>().expect("is a number") % 2 == 0;
            texts(if even { &["dagl"] } else { &[] })
        }
    });
    let asked = roles.asked.clone();
    let pdp = builder().async_provider(roles).build().expect("compiles");
    let of_user = |user: i64| {
        Request::builder()
            .subject("urn:altinn:userid", user)
            .resource("urn:altinn:resource", "vedtak-brev")
            .action("read")
            .build()
    };
    let requests: Vec<Request> = (0..300).map(of_user).collect();
    let responses = pollster::block_on(pdp.decide_all_async(&requests));
    for (user, response) in responses.iter().enumerate() {
        let expected = match user % 2 {
            0 => Decision::Permit,
            _ => Decision::NotApplicable,
        };
        assert_eq!(response.decision(), expected, "{user}");
    }
    assert_eq!(asked.load(Ordering::Relaxed), 300);
}

#[test]
fn parts_of_one_request_share_too_whichever_way_they_are_decided() {
    struct Now(Arc<AtomicUsize>);
    impl AttributeProvider for Now {
        fn name(&self) -> &str {
            "now"
        }
        fn supplies(&self, wanted: &Designator) -> bool {
            &*wanted.id == ROLE
        }
        fn inputs(&self, _: &Designator) -> Inputs {
            Inputs::nothing().category(category::ACCESS_SUBJECT)
        }
        fn fetch(&self, _: &Designator, _: &Request) -> Answer {
            self.0.fetch_add(1, Ordering::Relaxed);
            texts(&["dagl"])
        }
    }
    let asked = Arc::new(AtomicUsize::new(0));
    let pdp = builder()
        .provider(Now(asked.clone()))
        .build()
        .expect("compiles");
    let more = ["write", "sign"].map(|action| {
        let text = Request::builder().action(action).build().to_xml();
        let start = text.find("<Attributes").expect("has one");
        text[start..].replace("</Request>", "")
    });
    let text = reads()
        .to_xml()
        .replace("</Request>", &(more.concat() + "</Request>"));
    let several = Request::from_xml(text).expect("reads");
    let response = pdp.decide(&several);
    let decisions: Vec<Decision> = response.results.iter().map(|r| r.decision).collect();
    use Decision::{NotApplicable, Permit};
    assert_eq!(decisions, [Permit, Permit, NotApplicable]);
    assert_eq!(asked.swap(0, Ordering::Relaxed), 1);
    assert_eq!(pollster::block_on(pdp.decide_async(&several)), response);
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[test]
fn a_provider_that_answers_later_fails_where_nobody_waits() {
    let roles = Source::new(ROLE, |_| ready(texts(&["dagl"])));
    let pdp = builder().async_provider(roles).build().expect("compiles");
    let response = pdp.decide(&reads());
    assert_eq!(response.decision(), Decision::Indeterminate);
    assert!(message(&response).contains("it answers asynchronously"));
}

#[test]
fn hosts_may_run_the_steps_themselves() {
    use vedtak::evaluate::Step;
    let roles = Source::new(ROLE, |_| ready(texts(&["dagl"])));
    let pdp = builder().async_provider(roles).build().expect("compiles");
    let (mut context, request) = (Context::new(), reads());
    let decision = async {
        let mut evaluation = pdp.begin(&mut context, &request);
        while let Step::Needs(needs) = evaluation.step() {
            for need in needs {
                let answer = pdp.fetch_async(&need, &request).await;
                evaluation.supply(&need, answer);
            }
        }
        evaluation.finish().decision()
    };
    assert_eq!(pollster::block_on(decision), Decision::Permit);
}

#[test]
fn the_futures_may_be_sent() {
    fn send<T: Send>(value: T) -> T {
        value
    }
    let (pdp, request) = (meeting(), reads());
    let mut context = Context::new();
    drop(send(pdp.decide_async(&request)));
    drop(send(pdp.call().until(pending()).decide_async(&request)));
    drop(send(pdp.decide_all_async([&request])));
    drop(send(pdp.call().decide_with_async(&mut context, &request)));
}
