//! Many users and parties are one statement, and what it says is what each was given.

use vedtak::provider::Cached;
use vedtak::{Decision, Pdp, Request};
use vedtak_sql::{PARTY, Register, USER};

const POLICY: &str = include_str!("../../../fixtures/altinn/resource-policy.xml");

#[tokio::test]
async fn a_hundred_users_and_parties_are_one_statement() {
    let register = Register::open("sqlite::memory:")
        .await
        .expect("the database opens");
    let package = "post-til-virksomheten-med-taushetsbelagt-innhold";
    for user in 0..100_i64 {
        let (table, code) = match user % 4 {
            0 => ("role", "dagl"),
            1 => ("package", package),
            2 => ("role", "'); DROP TABLE role; --"),
            _ => continue,
        };
        register
            .give(table, user, -user, code)
            .await
            .expect("it can be written");
    }
    let minute = std::time::Duration::from_secs(60);
    let cached = Cached::new(register.clone(), minute);
    let pdp = Pdp::builder()
        .policy("policy.xml", POLICY)
        .async_provider(cached)
        .build();
    let pdp = pdp.expect("the policy compiles");
    let ask = |user: i64, party: i64| {
        Request::builder()
            .subject(USER, user)
            .resource(PARTY, party)
            .resource("urn:altinn:resource", "vedtak-brev")
            .action("read")
            .build()
    };
    let requests: Vec<Request> = (0..100).map(|user| ask(user, -user)).collect();
    for _ in 0..2 {
        let responses = pdp.decide_all_async(&requests).await;
        for (response, user) in responses.iter().zip(0..) {
            let expected = match user % 4 {
                0 | 1 => Decision::Permit,
                _ => Decision::NotApplicable,
            };
            assert_eq!(response.decision(), expected, "user {user}");
            assert_eq!(response.troubles().count(), 0);
        }
        assert_eq!(register.statements(), 1);
    }
    // Somebody else's party, and a request that lacks its party: no answer is anybody else's.
    let requests = [ask(0, -4), Request::builder().subject(USER, 0).build()];
    let responses = pdp.decide_all_async(&requests).await;
    assert_ne!(responses[0].decision(), Decision::Permit);
    assert_ne!(responses[1].decision(), Decision::Permit);
}
