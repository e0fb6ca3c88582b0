//! Two slow registers, asked at the same time: one decision takes as long as the slower of them,
//! a batch no longer, and a remembered answer takes no time at all.
//!
//! Here the runtime is tokio; any other will do.

use std::time::{Duration, Instant};

use tokio::time::sleep;
use vedtak::attribute::{Designator, category};
use vedtak::provider::{AsyncAttributeProvider, BoxFuture, Cached, Fetched, Inputs, ProviderError};
use vedtak::{Pdp, Request};

const POLICY: &str = include_str!("../fixtures/altinn/resource-policy.xml");

/// A register somewhere on the network.
struct Register {
    name: &'static str,
    supplies: &'static str,
    value: &'static str,
    takes: Duration,
}

impl AsyncAttributeProvider for Register {
    fn name(&self) -> &str {
        self.name
    }

    fn supplies(&self, wanted: &Designator) -> bool {
        &*wanted.id == self.supplies
    }

    /// Who asks, and nothing else: a batch about one user asks once.
    fn inputs(&self, _: &Designator) -> Inputs {
        Inputs::nothing().attribute(category::ACCESS_SUBJECT, "urn:altinn:userid")
    }

    fn fetch<'a>(
        &'a self,
        _: &'a Designator,
        _: &'a Request,
    ) -> BoxFuture<'a, Result<Fetched, ProviderError>> {
        Box::pin(async {
            sleep(self.takes).await;
            Ok(vec![self.value.into()].into())
        })
    }
}

fn roles() -> Register {
    Register {
        name: "roles",
        supplies: "urn:altinn:rolecode",
        value: "dagl",
        takes: Duration::from_millis(80),
    }
}

fn packages() -> Register {
    Register {
        name: "access packages",
        supplies: "urn:altinn:accesspackage",
        value: "regnskap",
        takes: Duration::from_millis(120),
    }
}

fn request(action: &str) -> Request {
    Request::builder()
        .subject("urn:altinn:userid", 20_000_490)
        .resource("urn:altinn:resource", "vedtak-brev")
        .action(action)
        .build()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), vedtak::Error> {
    let pdp = Pdp::builder()
        .policy("resource-policy.xml", POLICY)
        .async_provider(roles())
        .async_provider(packages())
        .build()?;
    say("roles take 80 ms, access packages 120 ms");

    let begun = Instant::now();
    let response = pdp.decide_async(&request("read")).await;
    report("one decision, both asked at once", begun, &[response]);

    let requests: Vec<Request> = (0..100)
        .map(|n| request(["read", "write", "sign"][n % 3]))
        .collect();
    let begun = Instant::now();
    let responses = pdp.decide_all_async(&requests).await;
    report("100 decisions about one user", begun, &responses);

    let begun = Instant::now();
    let deadline = sleep(Duration::from_millis(50));
    let response = pdp
        .call()
        .until(deadline)
        .decide_async(&request("read"))
        .await;
    report("one decision within 50 ms", begun, &[response]);

    let minute = Duration::from_secs(60);
    let pdp = Pdp::builder()
        .policy("resource-policy.xml", POLICY)
        .async_provider(Cached::new(roles(), minute))
        .async_provider(Cached::new(packages(), minute))
        .build()?;
    for what in ["one decision, to be remembered", "the same again"] {
        let begun = Instant::now();
        let response = pdp.decide_async(&request("read")).await;
        report(what, begun, &[response]);
    }
    Ok(())
}

fn report(what: &str, begun: Instant, responses: &[vedtak::Response]) {
    let took = begun.elapsed();
    let first = &responses[0];
    say(format_args!("{what}: {took:.1?}, {:?}", first.decision()));
    if let Some(message) = first.status().and_then(|status| status.message.as_deref()) {
        say(format_args!("    {message}"));
    }
}

/// Prints a line. Whoever closed the pipe, as `head` does, has seen enough.
fn say(line: impl std::fmt::Display) {
    use std::io::Write;
    if writeln!(std::io::stdout(), "{line}").is_err() {
        std::process::exit(0);
    }
}
