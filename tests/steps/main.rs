//! The steps of compiling that only save time: with lowering and index, with lowering alone and
//! with neither, random policies decide random requests alike.
//!
//! The run is the same every time. `VEDTAK_STEPS_SEED` makes it another one,
//! `VEDTAK_STEPS_CASES` a longer one, and `VEDTAK_STEPS_FIRST` lets it begin at the policy that a
//! failure names.

mod condition;
#[path = "../support/explained.rs"]
mod explained;
mod found;
mod generate;
mod keys;
mod matrix;
mod proven;
mod references;
mod store;
mod version;

use generate::{Dice, Failing, Groups, document, node, request};
use vedtak::decision::ExtendedDecision;
use vedtak::evaluate::{Outcome, Step};
use vedtak::provider::AttributeProvider;
use vedtak::response::{Advice, Obligation, PolicyIdentifier, Status, Trouble};
use vedtak::{Context, Decision, Pdp};
use version::Version;

const CASES: u64 = 100_000;
const REQUESTS: u64 = 40;
/// Of so many decisions one is explained.
const EXPLAINED: u64 = 10;

#[test]
fn steps_change_no_decision() {
    let setting = |name: &str, otherwise: u64| match std::env::var(name) {
        Ok(text) => text.replace('_', "").parse().expect("is a number"),
        Err(_) => otherwise,
    };
    let cases = setting("VEDTAK_STEPS_CASES", CASES);
    let seed = setting("VEDTAK_STEPS_SEED", 1);
    let first = setting("VEDTAK_STEPS_FIRST", 0);
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get() as u64);
    let policies = cases.div_ceil(REQUESTS);
    let seen: Vec<[u64; 4]> = std::thread::scope(|scope| {
        let start = |own| scope.spawn(move || run(seed, first + own, policies, threads));
        let running: Vec<_> = (0..threads).map(start).collect();
        running
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|p| std::panic::resume_unwind(p))
            })
            .collect()
    });
    for kind in 0..4 {
        let count: u64 = seen.iter().map(|seen| seen[kind]).sum();
        println!(
            "{}: {count}",
            ["Permit", "Deny", "NotApplicable", "Indeterminate"][kind]
        );
        let is_met = first > 0 || count > cases / 200;
        assert!(is_met, "every decision is met often");
    }
}

type Told = (
    ExtendedDecision,
    Option<Status>,
    Vec<String>,
    Vec<Obligation>,
    Vec<Advice>,
    Vec<PolicyIdentifier>,
    Vec<Trouble>,
);

/// All that an outcome tells.
fn told(outcome: &Outcome<'_>) -> Told {
    let result = outcome.to_result();
    (
        outcome.extended_decision(),
        outcome.status(),
        outcome.rules().map(|rule| rule.to_string()).collect(),
        result.obligations,
        result.advice,
        result.policies,
        result.troubles,
    )
}

fn run(seed: u64, first: u64, policies: u64, step: u64) -> [u64; 4] {
    let mut seen = [0; 4];
    // One for each, as hosts have: what one decision leaves there must not change the next.
    let mut contexts = [Context::new(), Context::new(), Context::new()];
    let mut in_one_step = Context::new();
    let mut number = first;
    while number < policies {
        let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9).wrapping_add(number << 24));
        let mut text = String::new();
        let sets = dice.below(3);
        node(&mut dice, &mut text, sets, &mut 0, true);
        let document = document(&mut dice, &text);
        let pdps = [(false, false), (true, false), (true, true)].map(|(lowering, index)| {
            let builder = Pdp::builder()
                .document(document.clone())
                .optimizations(lowering, index)
                .data_type::<Version>();
            let builder = builder.provider(Groups).provider(Failing);
            builder
                .build()
                .unwrap_or_else(|error| panic!("{error}\n{text}"))
        });
        let wary = Pdp::builder()
            .document(document.clone())
            .data_type::<Version>();
        let wary = wary.provider(Groups).provider(Failing);
        let strict = wary.indeterminate_on_trouble().build().expect("as above");
        for nth in 0..REQUESTS {
            let request = request(&mut dice);
            let mut answers = pdps
                .iter()
                .zip(&mut contexts)
                .map(|(pdp, context)| told(&pdp.decide_with(context, &request)));
            let (Some(plain), Some(lowered), Some(indexed)) =
                (answers.next(), answers.next(), answers.next())
            else {
                unreachable!("there are three");
            };
            let case = || {
                let (policy, asked) = (document.to_xml(), request.to_xml());
                format!("policy {number}\n{policy}\n{asked}")
            };
            assert_eq!(plain, lowered, "lowering of {}", case());
            assert_eq!(lowered, indexed, "index of {}", case());
            let mut evaluation = pdps[2].begin(&mut in_one_step, &request);
            // A provider whose input cannot be used is not asked, and a name that a policy computes is
            // not known before: the steps see to both.
            let is_usable = request.categories().iter().all(|c| c.unusable().is_empty());
            evaluation.supply_at_hand(|wanted, provider| {
                is_usable.then(|| match provider {
                    0 => Groups.fetch(wanted, &request),
                    _ => Failing.fetch(wanted, &request),
                })
            });
            while let Step::Needs(needs) = evaluation.step() {
                for need in needs {
                    evaluation.supply(&need, pdps[2].fetch(&need, &request));
                }
            }
            let at_hand = told(&evaluation.finish());
            assert_eq!(indexed, at_hand, "attributes at hand of {}", case());
            let is_told = plain
                .6
                .iter()
                .any(|trouble| Some(&trouble.code) == plain.1.as_ref().map(|status| &status.code));
            assert_eq!(is_told, plain.1.is_some(), "{:?}\n{}", plain.6, case());
            let wary = strict.decide(&request);
            let expected = match plain.6.is_empty() {
                true => plain.0.into(),
                false => Decision::Indeterminate,
            };
            assert_eq!(wary.decision(), expected, "{:?}\n{}", plain.6, case());
            if nth % EXPLAINED == 0 {
                for (pdp, decision) in [(&pdps[2], plain.0.into()), (&strict, expected)] {
                    let explanation = pdp.explain(&request).remove(0);
                    let is_consistent = explained::check(&explanation, decision);
                    is_consistent.unwrap_or_else(|problem| panic!("{problem}\n{}", case()));
                }
            }
            seen[plain.0.effect().map_or_else(
                || if plain.0.is_indeterminate() { 3 } else { 2 },
                |effect| usize::from(effect == vedtak::decision::Effect::Deny),
            )] += 1;
        }
        number += step;
    }
    seen
}
