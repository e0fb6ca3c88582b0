//! Documents of a store that refer to one another: replaced, removed, and refused where a reference
//! would break.

use std::collections::BTreeMap;

use vedtak::Decision;
use vedtak::store::{ChangeSet, OnRefusal, SourceDocument};

use super::{BASE, DENY, NS, PATIENT, ask, base, empty, patient};

#[test]
fn what_is_referred_to_is_replaced_for_all_that_refer_to_it() {
    let store = empty();
    let refused = store
        .put("patient.xml", PATIENT)
        .expect_err("nothing is there");
    assert!(
        refused
            .to_string()
            .starts_with("patient.xml:10:25: no PolicySet `level-normal` is loaded"),
        "{refused}"
    );
    store.put_library("base.xml", BASE).expect("it compiles");
    assert_eq!(
        ask(&store, "doctor-7"),
        Decision::NotApplicable,
        "it decides not by itself"
    );
    for number in 1..=3 {
        store
            .put("patient.xml", patient(number))
            .expect("it compiles");
    }
    assert_eq!(ask(&store, "doctor-2"), Decision::Permit);
    let changed = store
        .put_library("base.xml", base("1.0", "Deny"))
        .expect("it compiles");
    assert_eq!(
        (changed.ids, changed.referring),
        (vec!["level-normal".to_owned()], 3)
    );
    assert_eq!(ask(&store, "doctor-2"), Decision::Deny);
    // A later version beside it is what they mean from then on.
    let changed = store
        .put_library("base-2.xml", base("2.0", "Permit"))
        .expect("it compiles");
    assert_eq!((changed.referring, store.len()), (3, 5));
    assert_eq!(ask(&store, "doctor-2"), Decision::Permit);
    let gone = store
        .remove_library("level-normal", Some("2.0"))
        .expect("1.0 is there");
    assert_eq!(
        gone.map(|changed| (changed.removed, changed.referring)),
        Some((vec!["level-normal".to_owned()], 3))
    );
    assert_eq!(ask(&store, "doctor-2"), Decision::Deny);
    // One patient's goes, and nobody else's.
    store.remove("patient-2").expect("nobody refers to it");
    assert_eq!(ask(&store, "doctor-2"), Decision::NotApplicable);
    assert_eq!(ask(&store, "doctor-3"), Decision::Deny);
}

#[test]
fn a_change_that_would_break_others_names_them_and_changes_nothing() {
    let store = empty();
    let mut changes = ChangeSet::new().put_library("base.xml", BASE);
    for number in 0..12 {
        changes = changes.put(&format!("patient-{number}.xml"), patient(number));
    }
    assert_eq!(store.change(changes).expect("all is there").version, 1);
    let refused = store
        .remove_library("level-normal", None)
        .expect_err("12 refer to it");
    let told = refused.to_string();
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.len(), 12, "{told}");
    assert_eq!(
        lines[0],
        "the PolicySet `level-normal` from base.xml is not removed, as other documents refer to \
         it; nothing was changed"
    );
    assert_eq!(
        lines[1],
        "the PolicySet `patient-0` from patient-0.xml, which is in the store, would be broken: no \
         PolicySet `level-normal` is loaded"
    );
    assert_eq!(
        lines[11],
        "and so would be 2 more documents, which refer to it in the same words"
    );
    // The same where a folder lacks the file.
    let patients = (0..12)
        .map(|number| SourceDocument::policy(format!("patient-{number}.xml"), patient(number)));
    let loading = store.sync(patients, OnRefusal::Keep, |_| {});
    let told = loading.expect("what is refused is kept").refused[0]
        .1
        .to_string();
    let last = told.lines().last().unwrap_or_default();
    assert_eq!((told.lines().count(), last), (12, lines[11]), "{told}");
    let first = told.lines().next().unwrap_or_default();
    assert_eq!(
        first,
        "the PolicySet `level-normal` from base.xml is not removed, as other documents refer to \
         it; it stays as it is"
    );
    // A circle, through what is there.
    let circle = base("1.0", "Permit").replace(
        "<Policy PolicyId",
        "<PolicySetIdReference>patient-3</PolicySetIdReference><Policy PolicyId",
    );
    let told = store
        .put_library("circle.xml", circle)
        .expect_err("a circle")
        .to_string();
    assert!(
        told.starts_with(
            "circle.xml:5:25: the reference to `patient-3` closes a circle of references: \
             `level-normal` refers to `patient-3`, which refers to `level-normal`\n"
        ),
        "{told}"
    );
    assert_eq!(told.matches("closes a circle").count(), 1, "{told}");
    // Something else under the name of what is referred to.
    let mut only_one = ChangeSet::new().put_library("two.xml", base("2.0", "Permit"));
    only_one = only_one.remove_library("level-normal", Some("1.0"));
    store.change(only_one).expect("2.0 takes its place");
    let exact = PATIENT.replace(
        "<PolicySetIdReference>",
        r#"<PolicySetIdReference Version="2.0">"#,
    );
    store
        .put("patient-0.xml", exact.replace("patient-1", "patient-0"))
        .expect("it compiles");
    let replaced = ChangeSet::new()
        .put_library("three.xml", base("3.0", "Permit"))
        .remove_library("level-normal", Some("2.0"));
    let told = store
        .change(replaced)
        .expect_err("one asks for 2.0")
        .to_string();
    assert_eq!(
        told,
        "the PolicySet `level-normal` from two.xml is not removed, as other documents refer to it; \
         nothing was changed\n\
         the PolicySet `patient-0` from patient-0.xml, which is in the store, would be broken: no \
         version of PolicySet `level-normal` fits the reference; loaded: `3.0`"
    );
    assert_eq!((store.version(), store.len()), (3, 13));
    assert_eq!(ask(&store, "doctor-4"), Decision::Permit);
}

/// What a reference means within its document must not depend on what else comes.
#[test]
fn a_reference_within_a_document_stays_within_it() {
    let own = format!(
        r#"<PolicySet xmlns="{NS}" PolicySetId="own" Version="1" PolicyCombiningAlgId="{DENY}"><Target/>
        <PolicySet PolicySetId="level-normal" Version="1.5" PolicyCombiningAlgId="{DENY}"><Target/></PolicySet>
        <PolicySetIdReference>level-normal</PolicySetIdReference></PolicySet>"#
    );
    let store = empty();
    store
        .put_library("old.xml", base("1.0", "Permit"))
        .expect("it compiles");
    store
        .put("own.xml", &own)
        .expect("it means its own, which is later");
    let told = store
        .put_library("new.xml", base("2.0", "Permit"))
        .expect_err("which is meant?");
    assert_eq!(
        told.to_string(),
        "the PolicySet `own` from own.xml, which is in the store, would be broken: the reference means \
         the PolicySet `level-normal` in this document, of version `1.5`, and would mean the document \
         of version `2.0` from then on: name the version"
    );
    let told = store
        .put_library("same.xml", base("1.5", "Permit"))
        .expect_err("which is meant?");
    assert!(
        told.to_string().contains("may mean two different ones"),
        "{told}"
    );
    store.remove("own").expect("nobody refers to it");
    store
        .put_library("new.xml", base("2.0", "Permit"))
        .expect("it compiles");
    let told = store
        .put("own.xml", own)
        .expect_err("which is meant?")
        .to_string();
    assert!(
        told.starts_with("own.xml:3:31: the reference means the PolicySet"),
        "{told}"
    );
}

/// A root policy that a folder has no more decides by itself no more, whoever refers to it: it is as
/// if it had been in the library of the store for those that do.
#[test]
fn what_is_gone_decides_only_where_others_refer_to_it() {
    let referring = |target: &str| {
        format!(
            r#"<PolicySet xmlns="{NS}" PolicySetId="set" Version="1" PolicyCombiningAlgId="{DENY}">{target}
            <PolicySetIdReference>level-normal</PolicySetIdReference></PolicySet>"#
        )
    };
    let patient = patient(1);
    let target = patient.split("<Target>").nth(1).expect("it has a target");
    let target = target.split("</Target>").next().expect("it ends");
    let set = referring(&format!("<Target>{target}</Target>"));
    let all = || SourceDocument::policy("base.xml", BASE);
    let part = || SourceDocument::policy("set.xml", set.as_str());
    let broken = || SourceDocument::policy("new.xml", referring("<Nothing/>"));
    let changed = || {
        SourceDocument::policy(
            "other.xml",
            base("3.0", "Deny").replace("level-normal", "x"),
        )
    };
    let roles = |store: &vedtak::Store| {
        let told = store.documents();
        let told = told
            .iter()
            .map(|known| (known.id().to_owned(), known.is_library()));
        told.collect::<BTreeMap<_, _>>()
    };
    let first = |store: &vedtak::Store| {
        let loaded = store.sync([all(), part()], OnRefusal::Fail, |_| {});
        assert_eq!(loaded.expect("all is there").version, 1);
        assert_eq!(
            ask(store, "doctor-2"),
            Decision::Permit,
            "the base decides alone"
        );
    };
    for beside in [vec![], vec![broken()], vec![changed()]] {
        let store = empty();
        first(&store);
        let mut now = vec![part()];
        now.extend(beside.iter().cloned());
        let kept = store
            .sync(now.clone(), OnRefusal::Keep, |_| {})
            .expect("it is kept");
        let told = &kept
            .refused
            .iter()
            .find(|(name, _)| name == "base.xml")
            .expect("told")
            .1;
        let told = told.to_string();
        assert!(
            told.starts_with(
                "the PolicySet `level-normal` from base.xml is not removed, as other documents refer \
                 to it; from now on it decides only where they do\n"
            ),
            "{told}"
        );
        assert_eq!(
            (kept.removed, kept.version),
            (vec!["level-normal".to_owned()], 2)
        );
        assert!(roles(&store)["level-normal"]);
        assert!(!roles(&store)["set"]);
        let is_denied = beside.first().is_some_and(|one| one.source == "other.xml");
        let alone = if is_denied {
            Decision::Deny
        } else {
            Decision::NotApplicable
        };
        assert_eq!(ask(&store, "doctor-2"), alone);
        if !is_denied {
            assert_eq!(ask(&store, "doctor-1"), Decision::Permit);
        }
        // So it stays, and nothing changes by looking again.
        let again = store
            .sync(now, OnRefusal::Keep, |_| {})
            .expect("it is kept");
        assert_eq!((again.removed.len(), again.version), (0, 2));
        assert!(again.refused.iter().any(|(name, _)| name == "base.xml"));
        // What comes back decides by itself, and what nobody refers to goes.
        let back = store.sync([all(), part()], OnRefusal::Keep, |_| {});
        assert_eq!(back.expect("all is there").refused.len(), 0);
        assert_eq!(ask(&store, "doctor-2"), Decision::Permit);
        store
            .sync([part()], OnRefusal::Keep, |_| {})
            .expect("it is kept");
        let none = store.sync(Vec::<SourceDocument>::new(), OnRefusal::Keep, |_| {});
        assert_eq!((none.expect("all go").refused.len(), store.len()), (0, 0));
    }
    // What is saved and restored is the same.
    let store = super::builder().saveable().store().expect("an empty store");
    first(&store);
    store
        .sync([part()], OnRefusal::Keep, |_| {})
        .expect("it is kept");
    let mut saved = Vec::new();
    store.save(&mut saved).expect("memory can be written");
    let restored = super::builder().saveable().store().expect("an empty store");
    restored
        .restore(saved.as_slice(), |_| {})
        .expect("it was saved");
    assert_eq!(roles(&restored), roles(&store));
    for doctor in ["doctor-1", "doctor-2"] {
        assert_eq!(ask(&restored, doctor), ask(&store, doctor));
    }
    // All or nothing: nothing.
    let store = empty();
    first(&store);
    let error = store
        .sync([part()], OnRefusal::Fail, |_| {})
        .expect_err("it is referred to");
    assert!(error.to_string().contains("nothing was changed"), "{error}");
    assert_eq!(
        (ask(&store, "doctor-2"), store.version()),
        (Decision::Permit, 1)
    );
    // A file of another text that is refused is a damaged one, and stays what it was.
    let damaged = referring("<Target/>").replace("level-normal", "nothing");
    let damaged = SourceDocument::policy("base.xml", damaged.replace("\"set\"", "\"new\""));
    let kept = store
        .sync([part(), damaged], OnRefusal::Keep, |_| {})
        .expect("it is kept");
    assert_eq!((kept.removed.len(), kept.refused.len()), (0, 1), "{kept:?}");
    assert_eq!(ask(&store, "doctor-2"), Decision::Permit);
}

#[test]
fn one_circle_of_references_is_told_once() {
    let set = |id: &str, to: &[&str]| {
        let to = to
            .iter()
            .map(|id| format!("<PolicySetIdReference>{id}</PolicySetIdReference>"));
        let to: String = to.collect();
        format!(
            r#"<PolicySet xmlns="{NS}" PolicySetId="{id}" Version="1.0" PolicyCombiningAlgId="{DENY}">
                <Target/>{to}</PolicySet>"#
        )
    };
    let documents = |circles: &[&[&str]]| -> Vec<SourceDocument> {
        let mut links: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for circle in circles {
            for (number, id) in circle.iter().enumerate() {
                let next = circle[(number + 1) % circle.len()];
                links.entry(id).or_default().push(next);
            }
        }
        let all = links.into_iter();
        all.map(|(id, to)| SourceDocument::library(format!("{id}.xml"), set(id, &to)))
            .collect()
    };
    let circles = |told: &str| told.matches("closes a circle").count();
    for (all, expected) in [
        (&[&["a"][..]][..], 1),
        (&[&["a", "b"]], 1),
        (&[&["a", "b", "c"]], 1),
        (&[&["a", "b", "c"], &["d", "e"]], 2),
        // Two circles with one document in common.
        (&[&["a", "b", "c"], &["c", "d", "e"]], 2),
    ] {
        let documents = documents(all);
        let count = documents.len();
        let error = empty()
            .sync(documents.clone(), OnRefusal::Fail, |_| {})
            .expect_err("a circle");
        assert_eq!(circles(&error.to_string()), expected, "{error}");
        // Each document is refused, and says why.
        let loading = empty().load(documents, |_| {});
        assert_eq!(loading.refused.len(), count, "{loading:?}");
        for (name, error) in &loading.refused {
            let told = error.to_string();
            assert!(told.starts_with(&format!("{name}:")), "{told}");
            assert_eq!(circles(&told), 1, "{told}");
        }
    }
    // Where the removal of a later version makes the earlier ones refer to one another.
    let store = empty();
    let first = ChangeSet::new()
        .put_library("a.xml", set("a", &["b"]))
        .put_library("b.xml", set("b", &[]));
    store.change(first).expect("no circle");
    let later = set("a", &[]).replace("1.0", "2.0");
    store.put_library("a-2.xml", later).expect("no circle");
    store
        .put_library("b.xml", set("b", &["a"]))
        .expect("that of version 2.0");
    let error = store
        .remove_library("a", Some("2.0"))
        .expect_err("a circle");
    let told = error.to_string();
    assert_eq!(circles(&told), 1, "{told}");
    assert!(
        told.starts_with("the PolicySet `a` from a-2.xml is not removed"),
        "{told}"
    );
}
