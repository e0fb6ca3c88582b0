//! PostgreSQL is killed while decisions are made with it: nothing is permitted that was not, and each
//! result says what failed.
//!
//! Where PostgreSQL is not installed, the test says so and passes; with `VEDTAK_POSTGRES=required` it
//! fails.

mod postgres;

use std::sync::Arc;
use std::time::Duration;

use postgres::Server;
use vedtak::provider::TimeLimit;
use vedtak::{Decision, Pdp, Request};
use vedtak_sql::{PARTY, Register, USER};

const POLICY: &str = include_str!("../../../fixtures/altinn/resource-policy.xml");
const USERS: i64 = 100;

fn ask(user: i64) -> Request {
    Request::builder()
        .subject(USER, user)
        .resource(PARTY, 1_000 + user)
        .resource("urn:altinn:resource", "vedtak-brev")
        .action("read")
        .build()
}

fn may_read(user: i64) -> bool {
    user % 3 == 0
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_dies_opens_nothing_and_every_result_says_so() {
    let Some(server) = Server::start().map(Arc::new) else {
        return;
    };
    let register = Register::open(&server.url())
        .await
        .expect("the database opens");
    for user in (0..USERS).filter(|user| may_read(*user)) {
        register
            .give("role", user, 1_000 + user, "dagl")
            .await
            .expect("it can be written");
    }
    let limited = TimeLimit::new(register, || tokio::time::sleep(Duration::from_secs(1)));
    let pdp = Pdp::builder()
        .policy("policy.xml", POLICY)
        .async_provider(limited)
        .build();
    let pdp = pdp.expect("the policy compiles");
    let requests: Vec<Request> = (0..USERS).map(ask).collect();

    // Whoever decides all the time, while somebody pulls the plug.
    let (mut rounds_with, mut rounds_without) = (0, 0);
    let mut dying = None;
    while rounds_without < 3 {
        if rounds_with == 20 && dying.is_none() {
            let server = server.clone();
            dying = Some(tokio::task::spawn_blocking(move || server.kill()));
        }
        let responses = pdp.decide_all_async(&requests).await;
        let mut failed = 0;
        for (response, user) in responses.iter().zip(0..) {
            let result = &response.results[0];
            if result.troubles.is_empty() {
                let expected = match may_read(user) {
                    true => Decision::Permit,
                    false => Decision::NotApplicable,
                };
                assert_eq!(
                    response.decision(),
                    expected,
                    "user {user}, with the database there"
                );
                continue;
            }
            failed += 1;
            assert_ne!(
                response.decision(),
                Decision::Permit,
                "user {user}, without a database"
            );
            let trouble = &result.troubles[0];
            assert_eq!(
                trouble.provider.as_deref(),
                Some("register of roles and packages")
            );
            let status = response.status().expect("an Indeterminate has a status");
            let message = status.message.as_deref().unwrap_or_default();
            assert!(
                message.contains("register of roles and packages"),
                "{message}"
            );
        }
        match failed {
            0 => rounds_with += 1,
            _ => rounds_without += 1,
        }
        assert!(
            rounds_with < 10_000,
            "the database was killed and goes on answering"
        );
    }
    dying
        .expect("it was killed")
        .await
        .expect("and was running until then");
}
