//! A store as its host changes it: documents that refer to one another, many at once, and what is
//! told of them.

mod folder;
mod references;

use vedtak::store::OnRefusal;
use vedtak::syntax::DocumentKind;
use vedtak::{Decision, Pdp, PdpBuilder, Request, Store};

use folder::sync;

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
