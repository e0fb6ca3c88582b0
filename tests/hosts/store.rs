//! A store as its host changes it: documents that refer to one another, many at once, and what is
//! told of them.

use std::collections::BTreeMap;

use vedtak::store::{ChangeSet, LoadSummary, OnRefusal, SourceDocument};
use vedtak::syntax::DocumentKind;
use vedtak::{Decision, Pdp, PdpBuilder, Request, Store};

const NS: &str = "urn:oasis:names:tc:xacml:3.0:core:schema:wd-17";
const DENY: &str = "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides";
const BASE: &str = include_str!("../../fixtures/store/base.xml");
const PATIENT: &str = include_str!("../../fixtures/store/patient.xml");

fn builder() -> PdpBuilder {
    Pdp::builder().root_combining(DENY)
}

fn empty() -> Store {
    builder().store().expect("an empty store")
}

/// The patient's policies of two doctors.
fn patient(number: usize) -> String {
    PATIENT
        .replace("patient-1", &format!("patient-{number}"))
        .replace("doctor-7", &format!("doctor-{number}"))
}

fn base(version: &str, effect: &str) -> String {
    let text = BASE.replacen(r#"Version="1.0""#, &format!(r#"Version="{version}""#), 1);
    text.replace(r#"Effect="Permit""#, &format!(r#"Effect="{effect}""#))
}

fn ask(store: &Store, doctor: &str) -> Decision {
    let request = Request::builder()
        .subject("doctor", doctor)
        .action("read")
        .build();
    store.pdp().decide(&request).decision()
}

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

#[test]
fn the_library_of_the_builder_is_there_and_stays() {
    let store = builder()
        .library("base.xml", BASE)
        .store()
        .expect("it compiles");
    assert_eq!((store.version(), store.len()), (0, 1));
    store
        .put("patient.xml", PATIENT)
        .expect("it refers to what is there");
    assert_eq!(ask(&store, "doctor-7"), Decision::Permit);
    let told = store
        .put_library("other.xml", base("1.0", "Deny"))
        .expect_err("it stays");
    let told = told.to_string();
    assert!(
        told.contains("in the library that the builder of the store was given"),
        "{told}"
    );
    let told = store
        .remove_library("level-normal", None)
        .expect_err("it stays")
        .to_string();
    assert!(
        told.contains("in the library that the builder of the store was given"),
        "{told}"
    );
    let decides = BASE.to_owned();
    let told = store
        .put("base.xml", decides)
        .expect_err("which of them?")
        .to_string();
    assert!(
        told.contains("is in the library of the store, and cannot decide by itself"),
        "{told}"
    );
    // Whatever the documents are, it is there.
    let synced = sync(&store, &[], OnRefusal::Fail);
    assert_eq!((synced.removed.len(), store.len()), (1, 1));
    store
        .put("patient.xml", PATIENT)
        .expect("it refers to what is there");
    store.remove("patient-1").expect("nobody refers to it");
    assert_eq!(ask(&store, "doctor-7"), Decision::NotApplicable);
    // Roots and library of a builder may come in any order.
    let both = builder()
        .policy("patient.xml", PATIENT)
        .library("base.xml", BASE);
    let store = both.store().expect("it compiles");
    assert_eq!(
        (store.version(), ask(&store, "doctor-7")),
        (1, Decision::Permit)
    );
}

fn sync(store: &Store, documents: &[(&str, &str, bool)], refusal: OnRefusal) -> LoadSummary {
    let loading = store.sync(all(documents), refusal, |_| {});
    loading.unwrap_or_else(|error| panic!("{error}"))
}

fn all(documents: &[(&str, &str, bool)]) -> Vec<SourceDocument> {
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

#[test]
fn what_is_there_is_listed() {
    let store = empty();
    store.put_library("base.xml", BASE).expect("it compiles");
    let listed = store.documents();
    store.put("patient.xml", PATIENT).expect("it compiles");
    assert_eq!(
        (listed.version(), listed.len(), listed.is_empty()),
        (1, 1, false)
    );
    let listed = store.documents();
    let mut all: Vec<_> = listed.iter().collect();
    all.sort_by_key(|known| known.id());
    let told: Vec<_> = all
        .iter()
        .map(|known| {
            (
                known.id(),
                known.version().as_str(),
                known.is_set(),
                known.is_library(),
                known.source(),
                known.since(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("level-normal", "1.0", true, true, "base.xml", 1),
            ("patient-1", "1.0", true, false, "patient.xml", 2),
        ]
    );
    // As `b3sum fixtures/store/base.xml` prints it.
    let digest = all[0].digest().expect("it had bytes").iter();
    let digest: String = digest.map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(
        digest,
        "68adc8aac7e41fc6746fd4649b9e5ba86ccf880fa3bd770928b95cc56f7dd213"
    );
    let refers: Vec<_> = all[1]
        .refers_to()
        .map(|(kind, to)| (kind, &*to.id))
        .collect();
    assert_eq!(refers, [(DocumentKind::PolicySet, "level-normal")]);
    assert_eq!(all[1].kind(), DocumentKind::PolicySet);
    assert_eq!(all[0].refers_to().count(), 0);
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

#[cfg(feature = "xpath")]
#[test]
fn policies_of_a_store_use_xpath() {
    let letters = |id: &str, path: &str| {
        format!(
            r#"<Policy xmlns="{NS}" PolicyId="{id}" Version="1.0"
            RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:permit-overrides">
          <PolicyDefaults><XPathVersion>http://www.w3.org/TR/1999/REC-xpath-19991116</XPathVersion></PolicyDefaults>
          <Target/><Rule RuleId="selects" Effect="Permit"><Condition>
            <Apply FunctionId="urn:oasis:names:tc:xacml:1.0:function:string-is-in">
              <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#string">{id}</AttributeValue>
              <AttributeSelector Category="urn:oasis:names:tc:xacml:3.0:attribute-category:resource" Path="{path}"
                DataType="http://www.w3.org/2001/XMLSchema#string" MustBePresent="false"/>
            </Apply></Condition></Rule>
            <Rule RuleId="counts" Effect="Permit"><Condition>
            <Apply FunctionId="urn:oasis:names:tc:xacml:1.0:function:integer-equal">
              <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#integer">2</AttributeValue>
              <Apply FunctionId="urn:oasis:names:tc:xacml:3.0:function:xpath-node-count">
                <AttributeValue DataType="urn:oasis:names:tc:xacml:3.0:data-type:xpathExpression"
                  XPathCategory="urn:oasis:names:tc:xacml:3.0:attribute-category:resource">/letter/{id}</AttributeValue>
              </Apply></Apply></Condition></Rule></Policy>"#
        )
    };
    let store = builder().saveable().store().expect("an empty store");
    let decide = |store: &Store, content: &str| {
        let request = format!(
            r#"<Request xmlns="{NS}" CombinedDecision="false" ReturnPolicyIdList="false">
            <Attributes Category="urn:oasis:names:tc:xacml:3.0:attribute-category:resource">
            <Content>{content}</Content></Attributes></Request>"#
        );
        let request = Request::from_xml(&request).expect("it reads");
        store.pdp().decide(&request).decision()
    };
    store
        .put("kari.xml", letters("kari", "/letter/to/text()"))
        .expect("it compiles");
    store
        .put("per.xml", letters("per", "/letter/from/text()"))
        .expect("it compiles");
    for round in 0..20 {
        let of_store = |content: &str| decide(&store, content);
        assert_eq!(
            of_store("<letter xmlns=''><to>kari</to></letter>"),
            Decision::Permit,
            "{round}"
        );
        assert_eq!(
            of_store("<letter xmlns=''><to>per</to></letter>"),
            Decision::NotApplicable
        );
        assert_eq!(
            of_store("<letter xmlns=''><from>per</from></letter>"),
            Decision::Permit
        );
        assert_eq!(
            of_store("<letter xmlns=''><kari/><kari/></letter>"),
            Decision::Permit
        );
        assert_eq!(
            of_store("<letter xmlns=''><kari/></letter>"),
            Decision::NotApplicable
        );
        // Another selector comes and goes, or takes the place of one that went.
        let id = format!("r{round}");
        store
            .put(
                "x.xml",
                letters(&id, &format!("/letter/r{}/text()", round % 3)),
            )
            .expect("it compiles");
        let told = format!(
            "<letter xmlns=''><r{}>{id}</r{}></letter>",
            round % 3,
            round % 3
        );
        assert_eq!(of_store(&told), Decision::Permit);
        if round % 2 == 0 {
            store.remove(&id).expect("nobody refers to it");
            assert_eq!(of_store(&told), Decision::NotApplicable);
        }
        if round % 5 == 4 {
            store
                .put("per.xml", letters("per", "/letter/from/text()"))
                .expect("it compiles");
        }
    }
    let mut saved = Vec::new();
    store.save(&mut saved).expect("memory");
    let restored = empty();
    restored
        .restore(saved.as_slice(), |_| {})
        .expect("it is whole");
    assert_eq!(
        decide(&restored, "<letter xmlns=''><to>kari</to></letter>"),
        Decision::Permit
    );
    assert_eq!(
        decide(&restored, "<letter xmlns=''><kari/><kari/></letter>"),
        Decision::Permit
    );
    assert_eq!(
        decide(&restored, "<letter xmlns=''><to>per</to></letter>"),
        Decision::NotApplicable
    );
}

#[test]
fn a_shared_reader_follows_the_store_on_every_thread() {
    let store = empty();
    store.put_library("base.xml", BASE).expect("it compiles");
    let reader = store.shared_reader();
    let request = Request::builder()
        .subject("doctor", "doctor-7")
        .action("read")
        .build();
    assert_eq!(
        reader.pdp().decide(&request).decision(),
        Decision::NotApplicable
    );
    store.put("patient.xml", PATIENT).expect("it compiles");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..100 {
                    let pdp = reader.pdp();
                    assert_eq!(pdp.version(), 2);
                    assert_eq!(pdp.decide(&request).decision(), Decision::Permit);
                }
            });
        }
    });
    store.remove("patient-1").expect("nobody refers to it");
    assert_eq!((reader.pdp().version(), store.pdp().version()), (3, 3));
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
