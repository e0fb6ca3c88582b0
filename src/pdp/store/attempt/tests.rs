//! Tests of how references are resolved, and of how many versions are examined for it.

use proptest::prelude::*;

use super::super::ids::Ids;
use super::*;
use crate::compile::{OwnReference, Way};
use crate::syntax::{Reference, Version};

fn node(id: &str, version: &str) -> DocumentNode {
    DocumentNode {
        name: (false, id.into()),
        version: version.parse().expect(version),
        is_root: false,
        refers: Box::default(),
        own: Box::default(),
        shape: Shape::default(),
        whole: Shape::default(),
    }
}

/// Returns a reference to the policy `p`, with patterns of `Version`, `EarliestVersion` and
/// `LatestVersion`.
fn reference(patterns: [&str; 3]) -> Reference {
    let [version, earliest, latest] = patterns.map(|pattern| pattern.parse().ok());
    Reference {
        id: "p".to_owned(),
        version,
        earliest,
        latest,
        ..Reference::default()
    }
}

/// Settles versions of `p` and documents that refer to `p` by these patterns, or to a nested policy
/// of their own.
fn settled(
    versions: &[String],
    patterns: &[[String; 3]],
    own: bool,
) -> (Attempt, Graph, Vec<GraphFault>) {
    let (mut graph, mut attempt, mut ids) = Default::default();
    let put = |attempt: &mut Attempt, graph: &mut Graph, ids: &mut Ids, node: DocumentNode| {
        attempt.put(graph, ids.last(), node);
    };
    for version in versions {
        put(&mut attempt, &mut graph, &mut ids, node("p", version));
    }
    for (number, patterns) in patterns.iter().enumerate() {
        let mut node = node(&format!("r{number}"), "1");
        let reference = reference([&patterns[0], &patterns[1], &patterns[2]]);
        match own {
            true => {
                let own = OwnReference {
                    is_set: false,
                    reference,
                    version: "9".parse().expect("is a version"),
                    path: String::new(),
                };
                node.own = Box::new([own]);
            }
            false => {
                let link = graph.link(false, &reference, || ids.any());
                node.refers = Box::new([(link, Way::default())]);
            }
        }
        put(&mut attempt, &mut graph, &mut ids, node);
    }
    let faults = attempt.settle(&mut graph, &Limits::default());
    (attempt, graph, faults)
}

/// The cost of as many references as versions, each of another pattern, grows with their number and
/// not with its square.
#[test]
fn as_many_patterns_as_versions_are_looked_at_once() {
    for n in [250, 500, 1_000] {
        let versions: Vec<String> = (0..n).map(|number| format!("1.{number}")).collect();
        let patterns =
            |make: fn(&String) -> [String; 3]| versions.iter().map(make).collect::<Vec<_>>();
        let [none, any] = ["", "+"].map(str::to_owned);
        for patterns in [
            patterns(|v| [v.clone(), String::new(), String::new()]),
            patterns(|v| [String::new(), v.clone(), String::new()]),
            patterns(|v| [String::new(), String::new(), v.clone()]),
            vec![[any, none.clone(), none]; n],
        ] {
            for own in [false, true] {
                let (attempt, _, faults) = settled(&versions, &patterns, own);
                assert!(faults.is_empty(), "{faults:?}");
                assert!(attempt.looks <= 2 * n, "{} of {n}", attempt.looks);
            }
        }
    }
}

/// A pattern that only a look at each version can check is bounded by itself, to a nested policy as
/// well as to another document: how many others there are makes no difference.
#[test]
fn a_reference_that_takes_too_many_looks_is_refused() {
    let n = 1_000;
    let long = ".0".repeat(2_000); // which counts for more
    let versions: Vec<String> = (0..n).map(|number| format!("{number}.1{long}")).collect();
    let none = String::new();
    for (references, own) in [(1, false), (10, false), (20, false), (10, true)] {
        let mut patterns: Vec<_> = (0..references)
            .map(|number| [format!("*.{}.+", number + 2), none.clone(), none.clone()])
            .collect();
        if !own {
            patterns.push([versions[n / 2].clone(), none.clone(), none.clone()]);
        }
        let (attempt, _, faults) = settled(&versions, &patterns, own);
        assert_eq!(faults.len(), references, "all but the one of a version");
        assert!(
            attempt.looks <= references * 10_200 + 2 * n,
            "{}",
            attempt.looks
        );
        let told = "the Policy `p` is loaded in 1000 versions, too many to find the one";
        assert!(
            faults.iter().all(|fault| fault.message.starts_with(told)),
            "{faults:?}"
        );
    }
}

/// A chain of which every document is undone after the one that it refers to.
#[test]
fn a_chain_that_is_taken_back_costs_its_length() {
    for n in [250, 500, 1_000] {
        let (mut graph, mut attempt, mut ids): (Graph, Attempt, Ids) = Default::default();
        for number in 0..n {
            let reference = Reference {
                id: format!("c{}", number + 1),
                ..Reference::default()
            };
            let link = graph.link(false, &reference, || ids.any());
            let mut node = node(&format!("c{number}"), "1");
            node.refers = Box::new([(link, Way::default())]);
            attempt.put(&mut graph, ids.last(), node);
        }
        let mut rounds = 0;
        loop {
            let faults = attempt.settle(&mut graph, &Limits::default());
            let Some(fault) = faults.first() else { break };
            assert_eq!(faults.len(), 1);
            for place in attempt.to_blame(&graph, fault) {
                attempt.undo(&mut graph, place);
            }
            rounds += 1;
        }
        assert_eq!((rounds, attempt.edited().len()), (n, 0));
        assert!(attempt.looks <= 2 * n, "{} of {n}", attempt.looks);
    }
}

fn any_pattern() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => Just(String::new()),
        4 => "(0?[0-2]|[*])([.](0?[0-2]|[*])){0,2}([.][+])?",
    ]
}

proptest! {
    /// A reference leads to the latest of all versions that fit.
    #[test]
    fn the_latest_that_fits_is_found(
        versions in prop::collection::btree_set("0?[0-2]([.]0?[0-2]){0,3}", 0..12),
        patterns in [any_pattern(), any_pattern(), any_pattern()],
    ) {
        let versions: Vec<String> = versions.into_iter().collect();
        let (_, graph, _) = settled(&versions, std::slice::from_ref(&patterns), false);
        let target = graph.links.values().next().and_then(|link| link.target);
        let found = target.map(|place| graph.documents[&place].version.as_str());
        let reference = reference([&patterns[0], &patterns[1], &patterns[2]]);
        let versions = versions.iter().map(|version| version.parse::<Version>().expect("is one"));
        let expected = versions.filter(|version| reference.accepts(version)).max();
        prop_assert_eq!(found, expected.as_ref().map(Version::as_str));
    }
}
