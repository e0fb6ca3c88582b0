//! The scenarios of `fixtures/altinn/scenarios`: each a register, policies, and steps that are
//! taken in order. A scenario more is a folder more, and no code.
//!
//! `VEDTAK_SCENARIO=05 cargo test --test altinn` runs those with `05` in their names.
#![cfg(feature = "altinn")]

mod answers;
mod answers_later;
mod ask;
#[path = "../support/bless.rs"]
mod bless;
mod change;
mod conditional;
mod decide;
mod explained;
mod forms;
mod gone;
mod held;
mod honest;
mod host;
mod hostile;
mod languages;
mod lasting;
mod later;
mod levels;
mod lint;
mod listing;
mod many;
mod members;
mod panics;
mod published;
mod question;
mod reasons;
mod reported;
mod scenario;
mod shown;
#[cfg(feature = "testing")]
mod testing;
mod troubles;
mod unusable;

use std::collections::BTreeSet;
use std::path::Path;

use host::Host;
use scenario::{Scenario, Step};
use serde_json::{Map, Value};
use vedtak::Context;

/// Fewer decisions, and something is not found any more.
const AT_LEAST: usize = 120;

/// Fewer lists, and something is not found any more.
const LISTS_AT_LEAST: usize = 250;

#[test]
fn scenarios_come_out_as_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/altinn/scenarios");
    let only = std::env::var("VEDTAK_SCENARIO").ok();
    let all = scenario::all(&folder, only.as_deref());
    assert!(
        !all.is_empty(),
        "there is no scenario in {}",
        folder.display()
    );
    let mut tally = Tally::default();
    let mut problems = Vec::new();
    for (name, scenario) in &all {
        let found = match scenario {
            Ok(scenario) => run(scenario, &mut tally),
            Err(problem) => vec![problem.clone()],
        };
        problems.extend(
            found
                .into_iter()
                .map(|problem| format!("{name}: {problem}")),
        );
    }
    println!(
        "scenarios: {} decisions in {} scenarios, {} changes, {} listings",
        tally.decisions,
        all.len(),
        tally.changes,
        tally.listings
    );
    let count = problems.len();
    assert!(
        problems.is_empty(),
        "{count} problems\n\n{}\n",
        problems.join("\n\n")
    );
    let decisions = tally.decisions;
    assert!(
        only.is_some() || decisions >= AT_LEAST,
        "only {decisions} decisions"
    );
    let listings = tally.listings;
    assert!(
        only.is_some() || listings >= LISTS_AT_LEAST,
        "only {listings} lists"
    );
}

#[test]
fn the_chapter_shows_the_files_it_is_tested_with() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| std::fs::read_to_string(root.join(name)).expect("can be read");
    let chapter = read("src/manual/altinn.md");
    for name in ["policy.xml", "register.json"] {
        let file = read(&format!("fixtures/altinn/first-service/{name}"));
        assert!(chapter.contains(&file), "{name}");
    }
}

#[derive(Default)]
struct Tally {
    decisions: usize,
    changes: usize,
    listings: usize,
}

fn run(scenario: &Scenario, tally: &mut Tally) -> Vec<String> {
    let mut host = match Host::of(scenario) {
        Ok(host) => host,
        Err(problem) => return vec![problem],
    };
    let mut problems = Vec::new();
    let mut context = Context::new();
    let mut names = std::mem::take(&mut host.names);
    let mut asked = BTreeSet::new();
    for (i, step) in (1..).zip(&scenario.steps) {
        let (name, found) = match step {
            Step::Ask(ask) => {
                tally.decisions += 1;
                (ask.ask.as_str(), decide::decide(&host, &mut context, ask))
            }
            Step::Batch(batch) => {
                tally.decisions += batch.batch.len();
                (
                    "batch",
                    decide::decide_batch(&host, &mut context, &batch.batch),
                )
            }
            Step::Change(change) => {
                tally.changes += 1;
                (
                    name_of(change, "do"),
                    change::make(&host, change, &mut names),
                )
            }
            Step::List(list) => {
                tally.listings += 1;
                (name_of(list, "list"), listing::check(&host, list, &names))
            }
        };
        asked.extend(host.policies.iter().filter(|policy| mentions(step, policy)));
        problems.extend(
            found
                .into_iter()
                .map(|problem| format!("step {i}, {name}: {problem}")),
        );
    }
    for policy in host
        .policies
        .iter()
        .filter(|policy| !asked.contains(policy))
    {
        problems.push(format!("nothing is asked of the policy `{policy}`"));
    }
    problems
}

fn name_of<'s>(step: &'s Map<String, Value>, member: &'s str) -> &'s str {
    step.get(member).and_then(Value::as_str).unwrap_or(member)
}

/// Whether a decision or a list is about the resource of a policy.
fn mentions(step: &Step, policy: &str) -> bool {
    let asks: &[scenario::Ask] = match step {
        Step::List(list) => return list.get("resource").is_some_and(|id| id == policy),
        Step::Ask(ask) => std::slice::from_ref(ask),
        Step::Batch(batch) => &batch.batch,
        _ => return false,
    };
    asks.iter().any(|ask| {
        let request = ask::request(ask);
        let resource = vedtak::attribute::category::RESOURCE;
        let value = |id| {
            request
                .values(resource, id)
                .next()
                .map(|value| value.lexical())
        };
        let app = value("urn:altinn:org").zip(value("urn:altinn:app"));
        value("urn:altinn:resource").is_some_and(|id| id == policy)
            || app.is_some_and(|(org, app)| format!("app_{org}_{app}") == policy)
    })
}
