//! `cargo run` decides with SQLite in memory, and `cargo run -- postgres://…` with PostgreSQL: who
//! may read the letters of which organisation, by roles and packages in two tables.

use std::collections::BTreeMap;
use std::error::Error;
use std::time::{Duration, Instant};

use vedtak::provider::{Cached, TimeLimit};
use vedtak::{Pdp, Request};
use vedtak_sql::{PARTY, Register, USER};

const POLICY: &str = include_str!("../../../fixtures/altinn/resource-policy.xml");

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1);
    let register = Register::open(url.as_deref().unwrap_or("sqlite::memory:")).await?;
    for user in 0..100 {
        let code = if user % 3 == 0 { "dagl" } else { "revi" };
        register.give("role", user, 1_000 + user, code).await?;
        if user % 7 == 0 {
            let package = "post-til-virksomheten-med-taushetsbelagt-innhold";
            register
                .give("package", user, 1_000 + user, package)
                .await?;
        }
    }

    // Answers are remembered for a minute. A database that takes longer than a second failed.
    let timer = || tokio::time::sleep(Duration::from_secs(1));
    let limited = TimeLimit::new(register.clone(), timer);
    let cached = Cached::new(limited, Duration::from_secs(60));
    let pdp = Pdp::builder()
        .policy("resource-policy.xml", POLICY)
        .async_provider(cached)
        .build()?;

    let requests: Vec<Request> = (0..100).map(|user| ask(user, 1_000 + user)).collect();
    for what in ["100 users and parties", "the same, remembered"] {
        let begun = Instant::now();
        let responses = pdp.decide_all_async(&requests).await;
        let took = begun.elapsed();
        let mut decisions = BTreeMap::new();
        for response in &responses {
            *decisions
                .entry(response.decision().to_string())
                .or_insert(0) += 1;
        }
        let statements = register.statements();
        println!("{what}: {took:.1?}, {decisions:?}; statements so far: {statements}");
    }
    Ok(())
}

/// May this user read the letters of this party?
fn ask(user: i64, party: i64) -> Request {
    Request::builder()
        .subject(USER, user)
        .resource(PARTY, party)
        .resource("urn:altinn:resource", "vedtak-brev")
        .action("read")
        .build()
}
