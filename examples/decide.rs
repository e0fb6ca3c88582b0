//! Decides a request by a policy, and carries out its obligations.
//!
//! Both are embedded: `vedtak decide POLICY REQUEST` (feature `cli`) takes those of files.

use std::io::Write;

use vedtak::{Context, Pdp, Request};

const POLICY: &str = include_str!("../fixtures/altinn/resource-policy.xml");
const REQUEST: &str = include_str!("../fixtures/altinn/request.xml");

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // An error lists every problem, with line and column.
    let pdp = Pdp::builder()
        .policy("resource-policy.xml", POLICY)
        .build()?;
    let request = Request::from_xml(REQUEST)?;

    let mut out = std::io::stdout().lock();
    // The whole answer, for a log.
    writeln!(out, "{}\n", pdp.decide(&request))?;

    // The same decision in scratch memory that is used again, with the rules that made it.
    let mut context = Context::new();
    let outcome = pdp.decide_with(&mut context, &request);
    for rule in outcome.rules() {
        writeln!(out, "decided by {rule}")?;
    }

    // A Permit binds whoever asked to its obligations: access only if each was carried out.
    outcome.enforce(|obligation| writeln!(out, "carried out: {}", obligation.id).is_ok())?;
    writeln!(out, "access")?;
    Ok(())
}
