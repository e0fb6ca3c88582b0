//! A source of facts that takes many questions in one call: how many calls there are, and what a
//! failure does.

use std::collections::HashSet;
use std::future::{pending, ready};
use std::sync::{Arc, Mutex};

use vedtak::altinn::facts::{AsyncFacts, Fact, FactKind, FactQuery, FactReplies, FactReply, Facts};
use vedtak::altinn::{PartyKey, Pdp, Ruling};
use vedtak::provider::{BoxFuture, ProviderError};
use vedtak::request::Matrix;
use vedtak::value::DateTime;
use vedtak::{Decision, Request};

const POLICY: &str = include_str!("../../fixtures/altinn/resource-policy.xml");

/// Roles and packages, by a function, with the queries of every call.
#[derive(Clone)]
struct Table {
    answer: fn(&[FactQuery]) -> FactReplies,
    calls: Arc<Mutex<Vec<usize>>>,
}

impl Table {
    fn new(answer: fn(&[FactQuery]) -> FactReplies) -> Self {
        Self {
            answer,
            calls: Arc::default(),
        }
    }

    fn sizes(&self) -> Vec<usize> {
        std::mem::take(&mut self.calls.lock().expect("works"))
    }

    fn ask(&self, queries: &[FactQuery]) -> FactReplies {
        let distinct: HashSet<&FactQuery> = queries.iter().collect();
        assert_eq!(distinct.len(), queries.len(), "no query twice");
        self.calls.lock().expect("works").push(queries.len());
        (self.answer)(queries)
    }
}

fn supplies(kind: FactKind) -> bool {
    matches!(kind, FactKind::Roles | FactKind::AccessPackages)
}

impl Facts for Table {
    fn supplies(&self, kind: FactKind) -> bool {
        supplies(kind)
    }
    fn facts(&self, queries: &[FactQuery], _: DateTime) -> FactReplies {
        self.ask(queries)
    }
}

impl AsyncFacts for Table {
    fn supplies(&self, kind: FactKind) -> bool {
        supplies(kind)
    }
    fn facts<'a>(&'a self, queries: &'a [FactQuery], _: DateTime) -> BoxFuture<'a, FactReplies> {
        Box::pin(async move { self.ask(queries) })
    }
}

/// Everybody is a manager.
fn managers(queries: &[FactQuery]) -> FactReplies {
    let reply = |query: &FactQuery| {
        Ok(FactReply::Names(match query {
            FactQuery::Roles(_) => vec![Fact::new("dagl")],
            _ => vec![],
        }))
    };
    Ok(queries.iter().map(reply).collect())
}

fn both(table: &Table) -> [Pdp; 2] {
    let builder = || Pdp::builder().policy("vedtak-brev", POLICY);
    let now = builder().facts(table.clone()).build();
    let later = builder().facts_async(table.clone()).build();
    [now.expect("compiles"), later.expect("compiles")]
}

fn request(person: usize) -> Request {
    Request::builder()
        .subject(
            "urn:altinn:person:identifier-no",
            format!("{:011}", 1_017_012_000 + person),
        )
        .resource("urn:altinn:resource", "vedtak-brev")
        .resource("urn:altinn:organization:identifier-no", "910000001")
        .action("read")
        .build()
}

fn decide_all(pdps: &[Pdp; 2], requests: &[Request]) -> [Vec<Ruling>; 2] {
    let later = pollster::block_on(pdps[1].decide_all_async(requests));
    [pdps[0].decide_all(requests), later]
}

fn message(ruling: &Ruling) -> &str {
    assert_eq!(ruling.decision(), Decision::Indeterminate);
    let status = ruling.result.status.as_ref().expect("says why");
    status.message.as_deref().expect("says why")
}

#[test]
fn roles_and_packages_of_however_many_are_one_call() {
    let table = Table::new(managers);
    let pdps = both(&table);
    for people in [25, 50, 100] {
        let requests: Vec<Request> = (0..people).map(request).collect();
        for rulings in decide_all(&pdps, &requests) {
            assert!(
                rulings
                    .iter()
                    .all(|ruling| ruling.decision() == Decision::Permit)
            );
        }
        assert_eq!(table.sizes(), [2 * people, 2 * people]);
    }
    let base = Request::builder()
        .resource("urn:altinn:organization:identifier-no", "910000001")
        .build();
    let people = (0..10).map(|person| format!("{:011}", 1_017_012_000 + person));
    let matrix = Matrix::new(base)
        .subjects("urn:altinn:person:identifier-no", people)
        .resources("urn:altinn:resource", ["vedtak-brev"])
        .actions(["read", "write"]);
    let grid = pdps[0].decide_matrix(&matrix);
    assert!(
        grid.cells()
            .iter()
            .all(|ruling| ruling.decision() == Decision::Permit)
    );
    assert_eq!(table.sizes(), [20]);
    assert_eq!(pdps[0].respond(&request(1)).decision(), Decision::Permit);
    assert_eq!(table.sizes(), [2]);
}

#[test]
fn an_error_of_one_is_its_own_and_an_error_of_the_call_is_everybodys() {
    let one_fails = |queries: &[FactQuery]| -> FactReplies {
        let replies = managers(queries)?.into_iter().zip(queries);
        let reply = |(reply, query): (_, &FactQuery)| match query {
            FactQuery::Roles(pair) if pair.subject.has_key(&PartyKey::person("01017012001")) => {
                Err(ProviderError::new("nobody knows 1"))
            }
            _ => reply,
        };
        Ok(replies.map(reply).collect())
    };
    let requests: Vec<Request> = (0..3).map(request).collect();
    for rulings in decide_all(&both(&Table::new(one_fails)), &requests) {
        assert_eq!(rulings[0].decision(), Decision::Permit);
        assert!(message(&rulings[1]).contains("nobody knows 1"));
        assert_eq!(rulings[2].decision(), Decision::Permit);
    }
    type Wrong = fn(&[FactQuery]) -> FactReplies;
    let wrong: [(Wrong, &str); 4] = [
        (
            |_| Err(ProviderError::new("no connection")),
            "no connection",
        ),
        (|_| panic!("out of luck"), "it panicked"),
        (|_| Ok(vec![]), "it gave 0 answers to 6 queries"),
        (
            |queries| Ok(queries.iter().map(|_| Ok(FactReply::Party(None))).collect()),
            "it answered something else",
        ),
    ];
    for (answer, why) in wrong {
        for rulings in decide_all(&both(&Table::new(answer)), &requests) {
            for ruling in &rulings {
                let said = message(ruling);
                assert!(
                    said.contains("the source of roles") && said.contains(why),
                    "{said}"
                );
            }
        }
    }
}

#[test]
fn a_deadline_ends_the_call_for_all_who_wait() {
    struct Never;
    impl AsyncFacts for Never {
        fn supplies(&self, kind: FactKind) -> bool {
            supplies(kind)
        }
        fn facts<'a>(&'a self, _: &'a [FactQuery], _: DateTime) -> BoxFuture<'a, FactReplies> {
            Box::pin(pending())
        }
    }
    let pdp = Pdp::builder()
        .policy("vedtak-brev", POLICY)
        .facts_async(Never);
    let pdp = pdp.build().expect("compiles");
    let requests: Vec<Request> = (0..3).map(request).collect();
    let rulings = pollster::block_on(pdp.decide_all_async_until(&requests, ready(())));
    for ruling in &rulings {
        assert!(message(ruling).contains("it did not answer before the deadline"));
    }
    // And where nobody waits.
    assert!(message(&pdp.decide(&requests[0])).contains("it answers asynchronously"));
    assert!(message(&pdp.decide_all(&requests)[2]).contains("it answers asynchronously"));
}
