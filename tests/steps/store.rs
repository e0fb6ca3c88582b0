//! A store that is changed step by step decides as a PDP that is built anew from what is in it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use vedtak::syntax::Document;
use vedtak::{Context, Pdp, PdpBuilder, Request, Store};

use crate::generate::{Dice, Failing, Groups, POLICY_ALGORITHMS, document, node, request};
use crate::version::Version;

const STORES: u64 = 60;
const CHANGES: usize = 12;

fn builder(algorithm: &str) -> PdpBuilder {
    Pdp::builder()
        .data_type::<Version>()
        .provider(Groups)
        .provider(Failing)
        .root_combining(format!("urn:oasis:names:tc:xacml:{algorithm}"))
}

#[test]
fn a_store_decides_as_a_pdp_of_the_same_policies() {
    let mut context = Context::new();
    for number in 0..STORES {
        let mut dice = Dice(number << 20);
        // The last is not for stores.
        let algorithm = POLICY_ALGORITHMS[dice.below(POLICY_ALGORITHMS.len() - 1)];
        let saveable = builder(algorithm).saveable();
        let store = saveable.store().expect("an empty store");
        let mut reader = store.reader();
        // What is saved is restored into another, that held something else before.
        let restored = builder(algorithm).store().expect("an empty store");
        let other = policy(&mut dice, "other");
        restored.put("other.xml", other).expect("it compiles");
        // Its policies by the time they were first put in: a place is kept by what replaces it.
        let mut held: BTreeMap<usize, (String, Document)> = BTreeMap::new();
        for change in 0..CHANGES {
            let earlier = held.keys().copied().nth(dice.below(held.len().max(1)));
            match (earlier, dice.below(4)) {
                (Some(place), 0) => {
                    let (id, _) = held.remove(&place).expect("it is held");
                    assert!(store.remove(&id).expect("nobody refers to it").is_some());
                    let again = store.remove(&id).expect("nobody refers to it");
                    assert!(again.is_none(), "it is gone");
                }
                (Some(place), 1) => {
                    let (id, _) = held[&place].clone();
                    let document = of_either_version(&mut dice, &id);
                    store.put_document(document.clone()).expect("it compiles");
                    held.insert(place, (id, document));
                }
                _ => {
                    for more in 0..5 {
                        let id = format!("n{change}-{more}");
                        let document = of_either_version(&mut dice, &id);
                        store.put_document(document.clone()).expect("it compiles");
                        held.insert(change * 10 + more, (id, document));
                    }
                }
            }
            assert_eq!(store.len(), held.len());
            if held.is_empty() {
                continue;
            }
            let mut plain = builder(algorithm).optimizations(false, false);
            for (_, document) in held.values() {
                plain = plain.document(document.clone());
            }
            let plain = plain.build().expect("the same policies");
            let mut saved = Vec::new();
            let version = store.save(&mut saved).expect("memory can be written");
            assert_eq!(version, store.version());
            let loaded = restored.restore(saved.as_slice(), |_| {});
            loaded.unwrap_or_else(|error| panic!("{error}"));
            let of_saved = restored.pdp();
            for _ in 0..6 {
                let asked = request(&mut dice);
                let of_store = answer(reader.pdp(), &mut context, &asked);
                let of_plain = answer(&plain, &mut context, &asked);
                assert_eq!(
                    of_store,
                    of_plain,
                    "store {number}, {algorithm}\n{}",
                    asked.to_xml()
                );
                let of_saved = answer(&of_saved, &mut context, &asked);
                assert_eq!(of_saved, of_plain, "restored {number}, {algorithm}");
            }
        }
    }
}

fn of_either_version(dice: &mut Dice, id: &str) -> Document {
    let text = policy(dice, id);
    document(dice, &text)
}

/// A policy or policy set with this id.
pub(crate) fn policy(dice: &mut Dice, id: &str) -> String {
    let mut text = String::new();
    let sets = dice.below(2);
    node(dice, &mut text, sets, &mut 0, true);
    match sets {
        0 => text.replacen("PolicyId=\"p0\"", &format!("PolicyId=\"{id}\""), 1),
        _ => text.replacen("PolicySetId=\"s0\"", &format!("PolicySetId=\"{id}\""), 1),
    }
}

pub(crate) fn answer(
    pdp: &Pdp,
    context: &mut Context,
    request: &Request,
) -> impl PartialEq + std::fmt::Debug + use<> {
    let outcome = pdp.decide_with(context, request);
    let rules: Vec<String> = outcome.rules().map(|rule| rule.to_string()).collect();
    let result = outcome.to_result();
    (
        outcome.extended_decision(),
        outcome.status(),
        rules,
        result.obligations,
        result.advice,
        result.policies,
        result.troubles,
    )
}

#[test]
fn what_is_refused_leaves_what_was_there() {
    let deny = POLICY_ALGORITHMS[0];
    let store = builder(deny).store().expect("an empty store");
    let good = policy(&mut Dice(1), "same");
    let changed = store.put("good.xml", &good).expect("it compiles");
    assert_eq!((changed.version, changed.ids), (1, vec!["same".to_owned()]));
    let before = store.pdp();
    let unknown = good.replacen("rule-combining-algorithm", "rule-combining-algorithms", 1);
    let unknown = unknown.replacen(
        "policy-combining-algorithm",
        "policy-combining-algorithms",
        1,
    );
    let error = store
        .put("bad.xml", &unknown)
        .expect_err("no such algorithm");
    assert!(error.to_string().contains("bad.xml:1:"), "{error}");
    assert_eq!((store.version(), store.len()), (1, 1));
    assert_eq!(store.remove("another").expect("it is not there"), None);
    let removed = store.remove("same").expect("nobody refers to it");
    assert_eq!(
        removed.map(|changed| (changed.version, changed.removed.len())),
        Some((2, 1))
    );
    assert!(store.is_empty());
    assert_eq!((before.version(), store.pdp().version()), (1, 2));
}

#[test]
fn loading_takes_what_is_good_and_tells_what_is_not() {
    let store = builder(POLICY_ALGORITHMS[0])
        .store()
        .expect("an empty store");
    let mut dice = Dice(3);
    let mut documents: Vec<(String, Vec<u8>)> = (0..600)
        .map(|number| {
            let text = policy(&mut dice, &format!("p{number}"));
            (format!("{number}.xml"), text.into_bytes())
        })
        .collect();
    documents[100].1 = b"<Policy".to_vec();
    // Another text: the same one twice would be one document.
    documents[200].1 = [&documents[201].1, &b"\n"[..]].concat();
    let mut told = Vec::new();
    let loading = store.load(documents, |progress| {
        told.push(progress.loaded + progress.refused)
    });
    assert_eq!(
        (loading.loaded, loading.version, store.version()),
        (598, 1, 1)
    );
    let refused: Vec<&str> = loading.refused.iter().map(|(name, _)| &**name).collect();
    assert_eq!(refused, ["100.xml", "201.xml"]);
    assert!(loading.refused[1].1.to_string().contains("`p201`"));
    assert_eq!(told.last(), Some(&600));
    assert_eq!(store.len(), 598);
}

#[test]
fn readers_see_one_version_while_a_writer_changes_it() {
    let algorithm = POLICY_ALGORITHMS[0];
    let store = builder(algorithm).store().expect("an empty store");
    // Each version holds one policy for each of two ids, both of the same effect.
    let text = |id: &str, effect: &str| {
        format!(
            r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="{id}" Version="1"
                RuleCombiningAlgId="urn:oasis:names:tc:xacml:1.0:rule-combining-algorithm:first-applicable">
                <Target/><Rule RuleId="r" Effect="{effect}"/></Policy>"#
        )
    };
    store.put("a", text("a", "Permit")).expect("it compiles");
    let store = &store;
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for round in 0..200 {
                let effect = ["Permit", "Deny"][round % 2];
                let documents = ["a", "b"].map(|id| (id.to_owned(), text(id, effect).into_bytes()));
                let loading = store.load(documents, |_| {});
                assert_eq!(loading.loaded, 2);
            }
            done.store(true, Ordering::Relaxed);
        });
        for _ in 0..2 {
            scope.spawn(|| {
                let mut reader: vedtak::store::Reader = Store::reader(store);
                let mut context = Context::new();
                let request = Request::builder().return_policy_id_list().build();
                let mut last = 0;
                while !done.load(Ordering::Relaxed) {
                    let pdp = reader.pdp();
                    assert!(pdp.version() >= last, "versions go up");
                    last = pdp.version();
                    let outcome = pdp.decide_with(&mut context, &request);
                    let rules = outcome.rules().count();
                    let all = if last == 1 { 1 } else { 2 };
                    let decision = outcome.decision();
                    // deny-overrides hears one Deny only.
                    let heard = if decision == vedtak::Decision::Deny {
                        1
                    } else {
                        all
                    };
                    assert_eq!(rules, heard, "{decision} of version {last}");
                }
            });
        }
    });
}
