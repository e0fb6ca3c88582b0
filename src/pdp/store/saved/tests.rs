//! Tests that a saved store reads back, and that damaged, cut or invented bytes do not.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::{Documents, OnRefusal, SourceDocument, StoredDocument};
use super::file::{FORMAT, MAGIC};
use super::*;
use crate::Pdp;
use crate::syntax::*;

const DENY: &str = "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides";

/// Where the first policy begins.
const FIRST: usize = 28 + DENY.len();

fn empty() -> Store {
    let builder = Pdp::builder().root_combining(DENY).saveable();
    builder.store().expect("an empty store")
}

/// Returns a saved store of two small policies.
fn small() -> Vec<u8> {
    let store = empty();
    let policy = |id: &str| {
        format!(
            r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="{id}" Version="1.0"
            RuleCombiningAlgId="urn:oasis:names:tc:xacml:1.0:rule-combining-algorithm:first-applicable"
            ><Target/><Rule RuleId="r" Effect="Deny"/></Policy>"#
        )
    };
    store.put("b.xml", policy("b")).expect("it compiles");
    store.put("a.xml", policy("a")).expect("it compiles");
    let mut saved = Vec::new();
    assert_eq!(store.save(&mut saved).expect("memory"), 2);
    saved
}

fn refused(bytes: &[u8]) -> String {
    let store = empty();
    let version = store.put(
        "x",
        include_str!("../../../../fixtures/altinn/resource-policy.xml"),
    );
    let error = store.restore(bytes, |_| {}).expect_err("it is refused");
    let version = version.expect("compiles").version;
    assert_eq!((store.version(), store.len()), (version, 1));
    error.to_string()
}

#[test]
fn a_store_reads_back_in_its_order_and_can_be_saved_again() {
    let saved = small();
    let store = empty();
    let mut told = Vec::new();
    let version = store.restore(saved.as_slice(), |progress| told.push(progress));
    assert_eq!(version.expect("it is whole"), 1);
    let progress = told.last().expect("told");
    assert_eq!((progress.loaded, progress.refused), (2, 0));
    let mut again = Vec::new();
    store.save(&mut again).expect("memory");
    assert_eq!(saved, again);
    // The earlier policies are gone, and the restored ones decide.
    store.remove("a").expect("nobody refers to it");
    assert_eq!(store.restore(saved.as_slice(), |_| {}).expect("whole"), 3);
    assert_eq!(store.len(), 2);
    let denied = store.pdp().decide(&crate::Request::builder().build());
    assert_eq!(denied.decision(), crate::Decision::Deny);
}

#[test]
fn a_store_that_keeps_nothing_says_how_to_have_it_keep() {
    let store = Pdp::builder().root_combining(DENY).store().expect("empty");
    let error = store.save(Vec::new()).expect_err("nothing is kept");
    assert!(
        error.to_string().contains("`PdpBuilder::saveable`"),
        "{error}"
    );
    // A store that is not saveable can still be restored.
    assert_eq!(store.restore(small().as_slice(), |_| {}).expect("whole"), 1);
}

/// Returns a folder for this test, emptied of earlier runs.
fn folder(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("vedtak-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).expect("a folder");
    path
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("can be listed");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    names
        .map(|name| name.to_string_lossy().into_owned())
        .collect()
}

#[test]
fn a_saved_file_is_replaced_as_a_whole_or_not_at_all() {
    let folder = folder("replace");
    let path = folder.join("policies.saved");
    let store = empty();
    store.restore(small().as_slice(), |_| {}).expect("whole");
    assert_eq!(store.save_to(&path).expect("it is written"), 1);
    assert_eq!(fs::read(&path).expect("it is there"), small());
    store.remove("a").expect("nobody refers to it");
    assert_eq!(store.save_to(&path).expect("it is written"), 2);
    let saved = fs::read(&path).expect("it is there");
    assert_eq!(empty().restore(saved.as_slice(), |_| {}).expect("whole"), 1);
    assert_eq!(names(&folder), ["policies.saved"]);
    // A failed write leaves the earlier file, and no other.
    let failed: io::Result<()> = replace::replace(&path, |file| {
        file.write_all(b"half of it")?;
        Err(io::Error::other("the disk is full"))
    });
    assert_eq!(
        failed.expect_err("as it said").to_string(),
        "the disk is full"
    );
    assert_eq!(fs::read(&path).expect("it is there"), saved);
    assert_eq!(names(&folder), ["policies.saved"]);
    // The same holds for a failed rename: a folder is no file.
    fs::create_dir(folder.join("taken")).expect("a folder");
    assert!(store.save_to(folder.join("taken")).is_err());
    assert!(store.save_to(folder.join("..")).is_err());
    assert_eq!(names(&folder).len(), 2);
    let nothing = Pdp::builder().root_combining(DENY).store().expect("empty");
    assert!(nothing.save_to(&path).is_err(), "it keeps nothing to save");
    assert_eq!(fs::read(&path).expect("it is there"), saved);
    fs::remove_dir_all(folder).expect("it is there");
}

#[test]
fn the_library_and_the_digests_are_saved_too() {
    let base = include_str!("../../../../fixtures/store/base.xml");
    let patient = include_str!("../../../../fixtures/store/patient.xml");
    let store = empty();
    store.put_library("base.xml", base).expect("it compiles");
    store.put("patient.xml", patient).expect("it compiles");
    let mut saved = Vec::new();
    store.save(&mut saved).expect("memory");
    let restored = empty();
    restored.restore(saved.as_slice(), |_| {}).expect("whole");
    let (before, after) = (store.documents(), restored.documents());
    let told = |known: &StoredDocument| {
        let digest = known.digest().copied().expect("it had bytes");
        (
            known.id().to_owned(),
            known.source().to_owned(),
            known.is_library(),
            digest,
        )
    };
    let sorted = |documents: &Documents| {
        let mut all: Vec<_> = documents.iter().map(told).collect();
        all.sort();
        all
    };
    assert_eq!(sorted(&before), sorted(&after));
    let all = [
        SourceDocument::library("base.xml", base),
        SourceDocument::policy("patient.xml", patient),
    ];
    let synced = restored
        .sync(all, OnRefusal::Fail, |_| {})
        .expect("it is the same");
    assert_eq!((synced.unchanged, synced.loaded, synced.version), (2, 0, 1));
}

/// Format 2 has no flags and no digest before the packed document.
#[test]
fn the_format_before_is_read() {
    let body = body();
    let mut file = MAGIC.to_vec();
    file.extend_from_slice(&2_u32.to_le_bytes());
    file.extend_from_slice(&1_u64.to_le_bytes());
    file.extend_from_slice(&crc32fast::hash(&file).to_le_bytes());
    let id = b"urn:vedtak:policy:brev";
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).expect("is small").to_le_bytes();
    let sum = crc32fast::hash(&body).to_le_bytes();
    let head = [&length(id)[..], &length(&body), &sum, id].concat();
    let head_sum = crc32fast::hash(&[&[0; 8][..], &head].concat());
    file.extend_from_slice(&head);
    file.extend_from_slice(&head_sum.to_le_bytes());
    file.extend_from_slice(&body);
    file.extend_from_slice(&crc32fast::hash(&sum).to_le_bytes());
    let store = empty();
    assert_eq!(
        store.restore(file.as_slice(), |_| {}).expect("it is whole"),
        1
    );
    assert_eq!(store.ids(), ["urn:vedtak:policy:brev"]);
    let documents = store.documents();
    let known = documents.iter().next().expect("it is there");
    assert_eq!(
        (known.source(), known.digest(), known.is_library()),
        ("p.xml", None, false)
    );
}

#[test]
fn policies_are_combined_as_when_they_were_saved() {
    let restored = |root: &str| {
        let store = Pdp::builder().root_combining(root).store().expect("empty");
        let restored = store.restore(small().as_slice(), |_| {});
        restored
            .map(|_| store.len())
            .map_err(|error| error.to_string())
    };
    let ordered = DENY.replace("deny-overrides", "ordered-deny-overrides");
    assert_eq!(restored(&ordered), Ok(2), "another name of the same");
    let permit = DENY.replace("deny-overrides", "permit-overrides");
    let expected = format!(
        "the store was saved with policies that `{DENY}` combines, and `{permit}` combines those of \
         this one: build it with the `root_combining` it was saved with"
    );
    assert_eq!(restored(&permit), Err(expected));
}

#[test]
fn every_changed_byte_is_refused() {
    let saved = small();
    for at in 0..saved.len() {
        for bits in [0x01, 0x80, 0xff] {
            let mut damaged = saved.clone();
            damaged[at] ^= bits;
            refused(&damaged);
        }
    }
}

#[test]
fn every_truncation_is_refused_and_so_is_what_follows() {
    let saved = small();
    for end in 0..saved.len() {
        let told = refused(&saved[..end]);
        assert!(
            told.contains(&format!("ends early, at byte {end}")),
            "{told}"
        );
    }
    let told = refused(&[&saved[..], b"\n"].concat());
    assert!(told.contains("something follows"), "{told}");
}

#[test]
fn another_format_is_refused_with_what_to_do() {
    let mut saved = small();
    saved[8..12].copy_from_slice(&(FORMAT + 1).to_le_bytes());
    let told = refused(&saved);
    let (other, known) = (FORMAT + 1, FORMAT);
    let expected = format!(
        "in format {other}, and this version of vedtak reads formats 2 and {known}: load the policies"
    );
    assert!(told.contains(&expected), "{told}");
    assert!(refused(b"<Policy xmlns=\"urn:").contains("no saved store"));
}

#[test]
fn all_damaged_policies_are_told_with_id_and_place() {
    let mut saved = small();
    let store = empty();
    store
        .restore(saved.as_slice(), |_| {})
        .expect("it is whole");
    // The bodies end with the rules, which both have.
    let rule = b"\x01r";
    let places: Vec<usize> = memchr::memmem::find_iter(&saved, rule).collect();
    assert_eq!(places.len(), 2);
    for place in places {
        saved[place + 1] = b's';
    }
    let told = refused(&saved);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(
        lines,
        [
            &format!(
                "the saved policy `b`, 1 of 2 at byte {FIRST}, is damaged: its bytes are not those that were saved"
            ),
            &format!(
                "the saved policy `a`, 2 of 2 at byte {}, is damaged: its bytes are not those that were saved",
                FIRST + (saved.len() - FIRST - 4) / 2
            ),
        ]
    );
}

#[test]
fn a_policy_that_needs_what_was_not_added_is_told_by_name() {
    let builder = || Pdp::builder().root_combining(DENY).saveable();
    let allow = crate::function::Function::new(
        "urn:example:allow",
        crate::function::Signature {
            parameters: Vec::new(),
            repeated: None,
            returns: crate::function::Type::One(crate::value::DataType::Boolean),
        },
        |_, _| Ok(crate::function::Operand::value(true)),
    );
    let policy = r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="p" Version="1.0"
        RuleCombiningAlgId="urn:oasis:names:tc:xacml:1.0:rule-combining-algorithm:first-applicable"><Target/>
        <Rule RuleId="r" Effect="Permit"><Condition><Apply FunctionId="urn:example:allow"/></Condition></Rule></Policy>"#;
    let store = builder().function(allow).store().expect("empty");
    store.put("p.xml", policy).expect("it compiles");
    let mut saved = Vec::new();
    store.save(&mut saved).expect("memory");
    let told = refused(&saved);
    assert!(
        told.starts_with(&format!(
            "p.xml, saved as policy 1 of 1 at byte {FIRST}: the function `urn:example:allow` is not known"
        )) && told.contains("Rule `r` of Policy `p`"),
        "{told}"
    );
}

#[test]
fn lengths_that_lie_take_no_memory() {
    let limits = Limits::default();
    // Random bytes, and each number as large as possible.
    let saved = body();
    for at in 0..saved.len() {
        let mut lying = saved[..at].to_vec();
        lying.extend_from_slice(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]);
        lying.extend_from_slice(&saved[at..]);
        // Some may be a valid policy; nothing panics or takes long.
        let _ = packed::unpack(&lying, &limits);
        let _ = packed::unpack(&saved[..at], &limits);
    }
    // A file with a policy of 4 GiB by its length.
    let mut file = Vec::new();
    Recorder::begin(&mut file, u64::MAX, DENY).expect("memory");
    assert_eq!(file.len(), FIRST);
    // One whose algorithm does.
    let lying = [&file[..20], &[0xff; 4], &[0; 64]].concat();
    assert!(refused(&lying).contains("the beginning of the saved store is damaged"));
    file.extend_from_slice(&[0xff; 8]);
    file.extend_from_slice(&[0; 64]);
    assert!(refused(&file).contains("damaged where it begins"));
}

#[test]
fn few_bytes_cannot_name_much_text_or_nest_deep() {
    let long = "x".repeat(100_000);
    let rule = |number: usize| Rule {
        id: if number == 0 {
            "r".to_owned()
        } else {
            long.clone()
        },
        effect: Effect::Deny,
        description: None,
        target: None,
        condition: None,
        obligations: Vec::new(),
        advice: Vec::new(),
        offset: Offset::default(),
    };
    let Document::Policy(mut policy) = read(include_str!(
        "../../../../fixtures/altinn/resource-policy.xml"
    )) else {
        unreachable!("it is a policy");
    };
    policy.children = (0..1000).map(|n| PolicyChild::Rule(rule(n))).collect();
    let bytes = Packer::new().pack("p", &Document::Policy(policy.clone()));
    assert!(bytes.len() < 150_000);
    let told = packed::unpack(&bytes, &Limits::default()).expect_err("too much");
    assert!(told.0.contains("`Limits::bytes`"), "{}", told.0);

    let mut deep = Expression::Variable(VariableReference {
        id: "v".to_owned(),
        offset: Offset::default(),
    });
    for _ in 0..250 {
        deep = Expression::Apply(Apply {
            function: "f".to_owned(),
            description: None,
            arguments: vec![deep],
            offset: Offset::default(),
        });
    }
    policy.children = vec![PolicyChild::Rule(Rule {
        condition: Some(Box::new(deep)),
        ..rule(0)
    })];
    let bytes = Packer::new().pack("p", &Document::Policy(policy));
    let limits = Limits {
        depth: usize::MAX,
        ..Limits::default()
    };
    let told = packed::unpack(&bytes, &limits).expect_err("too deep");
    assert!(told.0.contains("`Limits::depth`"), "{}", told.0);
}

/// Every fixture that is a policy reads back the same, except descriptions.
#[test]
fn every_part_of_a_policy_reads_back() {
    let mut policies = 0;
    each_file(Path::new("fixtures"), &mut |path| {
        let Ok(text) = fs::read_to_string(path) else {
            return;
        };
        let Ok(document) = Document::from_xml(&text) else {
            return;
        };
        let bytes = Packer::new().pack("the name", &document);
        let unpacked = packed::unpack(&bytes, &Limits::default());
        let (source, again) = unpacked.unwrap_or_else(|e| panic!("{}: {}", path.display(), e.0));
        assert_eq!(source, "the name");
        let (mut plain, mut rest) = (String::new(), document.to_xml());
        // Descriptions have no elements inside.
        while let Some((before, after)) = rest.split_once("<Description") {
            plain.push_str(before.trim_end());
            let end = after.find("/>").unwrap_or(usize::MAX);
            let closed = after
                .find("</Description>")
                .map_or(usize::MAX, |at| at + 12);
            rest = after[end.min(closed) + 2..].to_owned();
        }
        plain.push_str(&rest);
        // The printed form is XACML 3.0.
        let is_of_2 = |document: &Document| *document != document.clone().under(XacmlVersion::V3);
        assert_eq!(is_of_2(&again), is_of_2(&document), "{}", path.display());
        let again = again.under(XacmlVersion::V3);
        assert_eq!(read(&plain), again, "{}", path.display());
        policies += 1;
    });
    assert!(policies > 20, "{policies} fixtures are policies");
}

fn each_file(path: &Path, see: &mut impl FnMut(&Path)) {
    for entry in fs::read_dir(path).expect("the fixtures are there") {
        let path = entry.expect("can be listed").path();
        match path.is_dir() {
            true => each_file(&path, see),
            false => see(&path),
        }
    }
}

fn read(text: &str) -> Document {
    Document::from_xml(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn body() -> Vec<u8> {
    let text = include_str!("../../../../fixtures/altinn/resource-policy.xml");
    Packer::new().pack("p.xml", &read(text))
}
