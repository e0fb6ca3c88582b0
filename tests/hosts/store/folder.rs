//! A store that becomes what a folder has, and what stays where something in it is refused.

use vedtak::store::{LoadSummary, OnRefusal, SourceDocument};
use vedtak::{Decision, Store};

use super::{BASE, DENY, NS, ask, base, empty, patient};

pub(super) fn sync(
    store: &Store,
    documents: &[(&str, &str, bool)],
    refusal: OnRefusal,
) -> LoadSummary {
    let loading = store.sync(all(documents), refusal, |_| {});
    loading.unwrap_or_else(|error| panic!("{error}"))
}

pub(super) fn all(documents: &[(&str, &str, bool)]) -> Vec<SourceDocument> {
    let documents = documents
        .iter()
        .map(|(source, text, is_library)| SourceDocument {
            source: (*source).to_owned(),
            bytes: text.as_bytes().to_vec(),
            is_library: *is_library,
        });
    documents.collect()
}

#[test]
fn a_store_becomes_what_it_is_given() {
    let store = empty();
    let (one, two) = (patient(1), patient(2));
    let documents = [
        ("base", BASE, true),
        ("one", one.as_str(), false),
        ("two", two.as_str(), false),
    ];
    let first = sync(&store, &documents, OnRefusal::Fail);
    assert_eq!(
        (
            first.loaded,
            first.unchanged,
            first.removed.len(),
            first.version
        ),
        (3, 0, 0, 1)
    );
    assert_eq!(first.ids, ["level-normal", "patient-1", "patient-2"]);
    let since = |id: &str| {
        let documents = store.documents();
        let found = documents.iter().find(|known| known.id() == id);
        found.map(|known| (known.since(), known.source().to_owned()))
    };
    // Nothing is new: nothing changes, not even the version.
    let again = sync(&store, &documents, OnRefusal::Fail);
    assert_eq!((again.loaded, again.unchanged, again.version), (0, 3, 1));
    // One is another, one is gone, one has another name.
    let denies = base("1.0", "Deny");
    let documents = [
        ("base", denies.as_str(), true),
        ("renamed", one.as_str(), false),
    ];
    let next = sync(&store, &documents, OnRefusal::Fail);
    assert_eq!(
        (next.loaded, next.removed.len(), next.version, store.len()),
        (2, 1, 2, 2)
    );
    assert_eq!(since("patient-1"), Some((2, "renamed".to_owned())));
    assert_eq!(ask(&store, "doctor-1"), Decision::Deny);
    assert_eq!(ask(&store, "doctor-2"), Decision::NotApplicable);
    // All or nothing.
    let broken = ("broken", "<Policy", false);
    let documents = [("base", BASE, true), broken];
    let told = store
        .sync(all(&documents), OnRefusal::Fail, |_| {})
        .expect_err("one is broken");
    assert!(told.to_string().starts_with("broken:1:"), "{told}");
    assert_eq!((store.version(), store.len()), (2, 2));
    // Or what is refused stays as it was: what cannot be read by its name, what is still referred to.
    let documents = [("renamed", "<Policy", false)];
    let kept = sync(&store, &documents, OnRefusal::Keep);
    assert_eq!(
        (kept.loaded, kept.removed.len(), kept.version, store.len()),
        (0, 0, 2, 2)
    );
    let refused: Vec<&str> = kept.refused.iter().map(|(name, _)| &**name).collect();
    assert_eq!(refused, ["renamed", "base"]);
    assert!(
        kept.refused[1].1.to_string().contains("`patient-1`"),
        "{}",
        kept.refused[1].1
    );
    // What does not compile, by its id, under whatever name.
    let strange = one.replace("string-equal", "strange");
    let documents = [("base", BASE, true), ("elsewhere", strange.as_str(), false)];
    let kept = sync(&store, &documents, OnRefusal::Keep);
    assert_eq!(
        (
            kept.loaded,
            kept.removed.len(),
            kept.refused.len(),
            kept.version
        ),
        (1, 0, 1, 3)
    );
    assert_eq!(ask(&store, "doctor-1"), Decision::Permit);
    // Two of one id.
    let documents = [
        ("base", BASE, true),
        ("a", one.as_str(), false),
        ("b", strange.as_str(), false),
    ];
    let kept = sync(&store, &documents, OnRefusal::Keep);
    assert_eq!(
        kept.refused[0].1.to_string(),
        "b: `a` has the id `patient-1`, too"
    );
    assert_eq!((kept.refused.len(), store.len()), (1, 2));
    // From the library to what decides by itself.
    let documents = [("base", BASE, false), ("a", one.as_str(), false)];
    let moved = sync(&store, &documents, OnRefusal::Fail);
    assert_eq!(
        (moved.loaded, moved.removed.len(), moved.unchanged),
        (1, 1, 1)
    );
    assert_eq!(ask(&store, "anybody"), Decision::Permit);
    let emptied = sync(&store, &[], OnRefusal::Fail);
    assert_eq!((emptied.removed.len(), store.len()), (2, 0));
}

/// Of new documents of one id, none is put, in whatever order they are listed: what decides must not
/// depend on it.
#[test]
fn of_two_new_documents_of_one_id_none_is_put() {
    let (one, two) = (patient(1), patient(2));
    let (changed, third) = (one.replace("doctor-1", "doctor-3"), format!("{one}\n"));
    let all = [
        ("base", BASE, true),
        ("a", one.as_str(), false),
        ("b", changed.as_str(), false),
        ("c", third.as_str(), false),
        ("d", one.as_str(), false),
        ("two", two.as_str(), false),
    ];
    let reversed: Vec<_> = all.iter().rev().copied().collect();
    for documents in [&all[..], &reversed] {
        let store = empty();
        let synced = sync(&store, documents, OnRefusal::Keep);
        let mut refused: Vec<&str> = synced.refused.iter().map(|(name, _)| &**name).collect();
        refused.sort_unstable();
        assert_eq!(refused, ["a", "b", "c", "d"]);
        assert_eq!(synced.ids.len(), 2, "{:?}", synced.ids);
        assert_eq!(ask(&store, "doctor-1"), Decision::NotApplicable);
        assert_eq!(ask(&store, "doctor-2"), Decision::Permit);
        let failed = empty().sync(self::all(documents), OnRefusal::Fail, |_| {});
        let told = failed.expect_err("they have one id").to_string();
        assert!(told.contains("a: `") && told.contains("c: `"), "{told}");
        // The one that is known by its name stays, and is what it becomes.
        let alone = [("base", BASE, true), ("b", one.as_str(), false)];
        sync(&store, &alone, OnRefusal::Keep);
        let synced = sync(&store, documents, OnRefusal::Keep);
        assert_eq!((synced.refused.len(), store.len()), (3, 3));
        assert_eq!(ask(&store, "doctor-3"), Decision::Permit);
        // Or else the one that has its bytes: the same document under another name.
        let moved = [
            ("base", BASE, true),
            ("a", &*one, false),
            ("e", &*changed, false),
        ];
        for documents in [moved, [moved[2], moved[1], moved[0]]] {
            let synced = sync(&store, &documents, OnRefusal::Keep);
            assert_eq!(synced.refused[0].0, "a");
            assert_eq!(ask(&store, "doctor-3"), Decision::Permit);
        }
    }
}

/// A document that is refused, for whatever reason and in whatever role, leaves what it was to come
/// instead of.
#[test]
fn what_is_refused_in_a_folder_leaves_what_was_there() {
    let policy = |id: &str, effect: &str| {
        format!(
            r#"<Policy xmlns="{NS}" PolicyId="{id}" Version="1.0"
                RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides">
                <Target/><Rule RuleId="r" Effect="{effect}"/></Policy>"#
        )
    };
    let referring = |id: &str, to: &str| {
        format!(
            r#"<PolicySet xmlns="{NS}" PolicySetId="{id}" Version="1.0" PolicyCombiningAlgId="{DENY}">
                <Target/><PolicyIdReference>{to}</PolicyIdReference></PolicySet>"#
        )
    };
    let unknown = policy("a", "Deny").replace("deny-overrides", "nonsense");
    let document = |source: &str, text: String| SourceDocument::policy(source, text);
    let permits = || document("b.xml", policy("b", "Permit"));
    for (what, replaced) in [
        (
            "text that ends early",
            document("a.xml", "<Policy".to_owned()),
        ),
        ("an unknown algorithm", document("a.xml", unknown.clone())),
        (
            "a reference to nothing",
            document("a.xml", referring("other", "gone")),
        ),
        (
            "a circle",
            document(
                "a.xml",
                referring("b", "b").replace("PolicyIdReference", "PolicySetIdReference"),
            ),
        ),
        (
            "an id that is taken",
            document("a.xml", policy("b", "Deny")),
        ),
        (
            "elsewhere and in the library",
            SourceDocument::library("a2.xml", unknown),
        ),
        (
            "elsewhere, referring to nothing",
            document("a2.xml", referring("a", "gone")),
        ),
    ] {
        let store = empty();
        let first = [document("a.xml", policy("a", "Deny")), permits()];
        store
            .sync(first, OnRefusal::Fail, |_| {})
            .expect("all is well");
        assert_eq!(ask(&store, "doctor-1"), Decision::Deny);
        let loading = store.sync([permits(), replaced], OnRefusal::Keep, |_| {});
        let loading = loading.expect("what is refused is kept");
        assert_eq!(
            (loading.refused.len(), loading.removed.len()),
            (1, 0),
            "{what}: {loading:?}"
        );
        assert_eq!(ask(&store, "doctor-1"), Decision::Deny, "{what}");
        // What is mended comes, and what is gone goes.
        let loading = store.sync([permits()], OnRefusal::Keep, |_| {});
        assert_eq!(loading.expect("all is well").removed.len(), 1, "{what}");
        assert_eq!(ask(&store, "doctor-1"), Decision::Permit, "{what}");
    }
}

/// A copy of a file that somebody edits has the same id: whatever it is called and whatever it says, the
/// file that the store knows keeps the id, whether it is as it was, was changed or cannot be read.
#[test]
fn a_copy_of_a_file_takes_nothing_over() {
    let (old, new) = (patient(1), patient(1).replace("doctor-1", "doctor-2"));
    let edited = old.replace("doctor-1", "doctor-3");
    for copy in ["a-copy", "patient.copy"] {
        for version in ["1.0", "0.9", "1.1"] {
            let copied = new.replacen("Version=\"1.0\"", &format!("Version=\"{version}\""), 1);
            for (now, doctor) in [
                (&*old, "doctor-1"),
                (&*edited, "doctor-3"),
                ("<PolicySet", "doctor-1"),
            ] {
                let store = empty();
                let base = ("base", BASE, true);
                sync(&store, &[base, ("patient", &old, false)], OnRefusal::Fail);
                let mut documents = [base, ("patient", now, false), (copy, &*copied, false)];
                documents.sort_by_key(|(name, ..)| *name);
                for _ in 0..2 {
                    let kept = sync(&store, &documents, OnRefusal::Keep);
                    let refused: Vec<&str> = kept.refused.iter().map(|(name, _)| &**name).collect();
                    assert!(refused.contains(&copy), "{refused:?}");
                    assert_eq!(
                        ask(&store, doctor),
                        Decision::Permit,
                        "{copy} {version} {now}"
                    );
                    assert_eq!(ask(&store, "doctor-2"), Decision::NotApplicable);
                    assert_eq!(store.len(), 2);
                }
                let refused = store.sync(all(&documents), OnRefusal::Fail, |_| {});
                let refused = refused.expect_err("two have one id").to_string();
                assert!(refused.contains("has the id `patient-1`"), "{refused}");
                // Without the file, the copy is a new name of it.
                let alone = [base, (copy, &*copied, false)];
                assert!(sync(&store, &alone, OnRefusal::Keep).refused.is_empty());
                assert_eq!(ask(&store, "doctor-2"), Decision::Permit);
            }
        }
    }
}
