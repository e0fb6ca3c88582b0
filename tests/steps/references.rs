//! A store whose documents refer to one another, changed step by step, takes what a PDP of the same
//! documents takes, and decides as that does.

use std::collections::BTreeMap;

use vedtak::store::ChangeSet;
use vedtak::syntax::Document;
use vedtak::{Context, Error, Limits, Pdp, PdpBuilder, Store};

use crate::generate::{Dice, Failing, Groups, POLICY_ALGORITHMS, document, request};
use crate::store::{answer, policy};
use crate::version::Version;

const STORES: u64 = 24;
const CHANGES: usize = 60;

fn builder(algorithm: &str) -> PdpBuilder {
    let mut limits = Limits::default();
    limits.reference_depth = 3;
    limits.policy_depth = 7;
    Pdp::builder()
        .data_type::<Version>()
        .provider(Groups)
        .provider(Failing)
        .limits(limits)
        .root_combining(format!("urn:oasis:names:tc:xacml:{algorithm}"))
}

/// What the store is to hold.
#[derive(Clone, Default)]
struct Model {
    /// Those that decide by themselves, in the order in which they came.
    roots: Vec<(String, Document)>,
    /// By kind, id and version.
    library: BTreeMap<(bool, String, String), Document>,
}

impl Model {
    fn put(&mut self, id: &str, document: Document) {
        match self.roots.iter_mut().find(|(known, _)| known == id) {
            Some((_, place)) => *place = document,
            None => self.roots.push((id.to_owned(), document)),
        }
    }

    fn pdp(&self, algorithm: &str) -> Result<Pdp, Error> {
        let mut plain = builder(algorithm).optimizations(false, false);
        for (_, document) in &self.roots {
            plain = plain.document(document.clone());
        }
        for document in self.library.values() {
            plain = plain.library_document(document.clone());
        }
        plain.build()
    }

    fn len(&self) -> usize {
        self.roots.len() + self.library.len()
    }
}

const ROOTS: [&str; 5] = ["r0", "r1", "r2", "r3", "both"];
const LIBRARY: [&str; 5] = ["l0", "l1", "l2", "l3", "both"];
const VERSIONS: [&str; 4] = ["1.0", "1.1", "2.0", "1.10"];

fn one_of<'a>(dice: &mut Dice, all: &[&'a str]) -> &'a str {
    all[dice.below(all.len())]
}

fn name(document: &Document) -> (bool, String, String) {
    match document {
        Document::Policy(p) => (false, p.id.clone(), p.version.to_string()),
        Document::PolicySet(s) => (true, s.id.clone(), s.version.to_string()),
    }
}

/// A document of this id that may refer to others.
fn any_document(dice: &mut Dice, id: &str) -> Document {
    let version = one_of(dice, &VERSIONS);
    if dice.below(4) == 0 {
        let mut document = Document::from_xml(policy_text(dice, id)).expect("it reads");
        if let Document::Policy(policy) = &mut document {
            policy.version = version.parse().expect("a version");
        }
        return document;
    }
    let mut children = String::new();
    for number in 0..1 + dice.below(3) {
        child(dice, id, number, 0, &mut children);
    }
    let algorithm = one_of(dice, &POLICY_ALGORITHMS);
    let target = target(dice);
    let text = format!(
        r#"<PolicySet xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicySetId="{id}" Version="{version}"
            PolicyCombiningAlgId="urn:oasis:names:tc:xacml:{algorithm}">{target}{children}</PolicySet>"#
    );
    document(dice, &text)
}

fn target(dice: &mut Dice) -> String {
    if dice.below(2) == 0 {
        return "<Target/>".to_owned();
    }
    let value = ["read", "write", "a", "b"][dice.below(4)];
    format!(
        r#"<Target><AnyOf><AllOf><Match MatchId="urn:oasis:names:tc:xacml:1.0:function:string-equal">
            <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#string">{value}</AttributeValue>
            <AttributeDesignator Category="urn:oasis:names:tc:xacml:3.0:attribute-category:action"
              AttributeId="urn:oasis:names:tc:xacml:1.0:action:action-id"
              DataType="http://www.w3.org/2001/XMLSchema#string" MustBePresent="false"/>
            </Match></AllOf></AnyOf></Target>"#
    )
}

fn child(dice: &mut Dice, id: &str, number: usize, depth: usize, text: &mut String) {
    let inner = format!("{id}-in-{depth}-{number}");
    match dice.below(8) {
        0 => text.push_str(&policy_text(dice, &inner)),
        1 if depth < 2 => {
            let mut children = String::new();
            for number in 0..1 + dice.below(2) {
                child(dice, &inner, number, depth + 1, &mut children);
            }
            // And once more by a reference within the document.
            let again = format!("<PolicySetIdReference>{inner}</PolicySetIdReference>");
            let again = if dice.below(2) == 0 {
                again
            } else {
                String::new()
            };
            let algorithm = one_of(dice, &POLICY_ALGORITHMS);
            let target = target(dice);
            text.push_str(&format!(
                r#"<PolicySet PolicySetId="{inner}" Version="1.0"
                    PolicyCombiningAlgId="urn:oasis:names:tc:xacml:{algorithm}">{target}{children}</PolicySet>{again}"#
            ));
        }
        _ => {
            let kind = if dice.below(6) == 0 {
                "Policy"
            } else {
                "PolicySet"
            };
            let all = if dice.below(6) == 0 { &ROOTS } else { &LIBRARY };
            let id = one_of(dice, all);
            let pattern = match dice.below(8) {
                0 => r#" Version="1.*""#,
                1 => r#" EarliestVersion="1.1""#,
                2 => r#" LatestVersion="1.+""#,
                3 => r#" Version="2.0""#,
                _ => "",
            };
            text.push_str(&format!(
                "<{kind}IdReference{pattern}>{id}</{kind}IdReference>"
            ));
        }
    }
}

/// A policy of this id.
fn policy_text(dice: &mut Dice, id: &str) -> String {
    loop {
        let text = policy(dice, id);
        if !text.contains("<PolicySet") {
            return text;
        }
    }
}

#[test]
fn a_store_of_references_takes_and_decides_what_a_pdp_does() {
    let mut context = Context::new();
    let (mut taken, mut refused, mut asked) = (0, 0, 0);
    for number in 0..STORES {
        let mut dice = Dice(number << 20 | 7);
        let algorithm = POLICY_ALGORITHMS[dice.below(POLICY_ALGORITHMS.len() - 1)];
        let store = builder(algorithm)
            .saveable()
            .store()
            .expect("an empty store");
        let restored = builder(algorithm).store().expect("an empty store");
        let mut model = Model::default();
        let first = Document::from_xml(policy_text(&mut dice, "first")).expect("it reads");
        store.put_document(first.clone()).expect("it compiles");
        model.put("first", first);
        for change in 0..CHANGES {
            let mut next = model.clone();
            let mut changes = ChangeSet::new();
            let mut touched = Vec::new();
            for _ in 0..1 + dice.below(4) * dice.below(2) {
                match dice.below(9) {
                    0 | 1 => {
                        let id = one_of(&mut dice, &ROOTS);
                        let document = any_document(&mut dice, id);
                        if touched.contains(&(true, id.to_owned(), String::new(), false)) {
                            continue;
                        }
                        touched.push((true, id.to_owned(), String::new(), false));
                        changes = changes.put_document(document.clone());
                        next.put(id, document);
                    }
                    2..=6 => {
                        let id = one_of(&mut dice, &LIBRARY);
                        let document = any_document(&mut dice, id);
                        let (is_set, id, version) = name(&document);
                        let name = (false, id.clone(), version.clone(), is_set);
                        if touched.contains(&name) {
                            continue;
                        }
                        touched.push(name);
                        changes = changes.put_library_document(document.clone());
                        next.library.insert((is_set, id, version), document);
                    }
                    7 => {
                        let id = one_of(&mut dice, &ROOTS).to_owned();
                        let name = (true, id.clone(), String::new(), false);
                        if touched.contains(&name) || !next.roots.iter().any(|(r, _)| *r == id) {
                            continue;
                        }
                        touched.push(name);
                        next.roots.retain(|(known, _)| *known != id);
                        changes = changes.remove(id);
                    }
                    _ => {
                        let all: Vec<_> = next.library.keys().cloned().collect();
                        if all.is_empty() {
                            continue;
                        }
                        let (is_set, id, version) = all[dice.below(all.len())].clone();
                        // It takes out both kinds.
                        let both = [true, false].map(|set| (set, id.clone(), version.clone()));
                        let names =
                            [true, false].map(|set| (false, id.clone(), version.clone(), set));
                        if names.iter().any(|name| touched.contains(name)) {
                            continue;
                        }
                        let _ = is_set;
                        touched.extend(names);
                        for name in both {
                            next.library.remove(&name);
                        }
                        changes = changes.remove_library(id, Some(&version));
                    }
                }
            }
            let before = store.version();
            let plain = next.pdp(algorithm);
            let result = store.change(changes);
            match (&plain, &result) {
                (Ok(_), Ok(_)) => {
                    model = next;
                    taken += 1;
                }
                (Err(_), Err(_)) => {
                    assert_eq!(store.version(), before, "nothing has changed");
                    refused += 1;
                }
                (Ok(_), Err(error)) => {
                    panic!("store {number}, change {change}: a PDP takes this\n{error}")
                }
                (Err(error), Ok(_)) => {
                    panic!("store {number}, change {change}: a PDP does not take this\n{error}")
                }
            }
            assert_eq!(store.len(), model.len());
            if change % 4 != 0 {
                continue;
            }
            let plain = model.pdp(algorithm).expect("the same documents");
            let mut saved = Vec::new();
            store.save(&mut saved).expect("memory can be written");
            let loaded = restored.restore(saved.as_slice(), |_| {});
            loaded.unwrap_or_else(|error| panic!("{error}"));
            for _ in 0..6 {
                let question = request(&mut dice);
                asked += 1;
                let of_plain = answer(&plain, &mut context, &question);
                let of_store = answer(&store.pdp(), &mut context, &question);
                let xml = || question.to_xml();
                assert_eq!(
                    of_store,
                    of_plain,
                    "store {number}, change {change}\n{}",
                    xml()
                );
                let of_restored = answer(&restored.pdp(), &mut context, &question);
                assert_eq!(
                    of_restored,
                    of_plain,
                    "restored {number}, {change}\n{}",
                    xml()
                );
            }
        }
        all_in_any_order(&model, algorithm, &store, &mut dice);
    }
    println!("{taken} changes taken, {refused} refused, {asked} requests");
    assert!(
        taken > 300 && refused > 300,
        "{taken} taken, {refused} refused"
    );
}

/// The same documents at once, and in another order, are the same store.
fn all_in_any_order(model: &Model, algorithm: &str, store: &Store, dice: &mut Dice) {
    let mut builder = builder(algorithm);
    for document in model.library.values() {
        builder = builder.library_document(document.clone());
    }
    for (_, document) in &model.roots {
        builder = builder.document(document.clone());
    }
    let another = builder.store().expect("the same documents");
    let mut context = Context::new();
    for _ in 0..6 {
        let question = request(dice);
        assert_eq!(
            answer(&another.pdp(), &mut context, &question),
            answer(&store.pdp(), &mut context, &question),
        );
    }
}
