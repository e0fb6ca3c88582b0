//! ALFA: files and what is made of them, what is printed and read back, and what cannot be said.
//!
//! In `fixtures/alfa`, `NAME.alfa` is a file and `NAME.xml` its policies, which `VEDTAK_BLESS=1` writes
//! anew.

mod wrong;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use vedtak::combining::policy::DENY_OVERRIDES;
use vedtak::syntax::alfa::{read, read_files, write};
use vedtak::syntax::{Document, XacmlVersion};
use vedtak::{Decision, Limits, Pdp, ReadOptions, Request};

use crate::bless::difference;
use crate::normal::normal;
use crate::others::{documents_of_other_people, files_below};

/// Every reason for which a policy of ours or of other people cannot be said, without names.
const REASONS: [&str; 18] = [
    "a `ForAll`",
    "a `ForAny`",
    "a `Map`",
    "a `MaxDelegationDepth`",
    "a `PolicyDefaults`",
    "a `PolicyIssuer`",
    "a `PolicySetDefaults`",
    "a `Select`",
    "an `AttributeValue` that holds an element",
    "an `AttributeValue` that is an entity",
    "an `AttributeValue` with an `XPathCategory`",
    "an `AttributeValue` with further attributes",
    "parameters of a combining algorithm",
    "the `AttributeSelector`",
    "the `VariableDefinition`",
    "the `VariableReference`",
    "the `Version`",
    "the versions that the reference to",
];

/// Checks the policy of a file; adds to the counts of policies that are said and of reasons of others.
fn check(path: &Path, said: &mut usize, reasons: &mut BTreeMap<&'static str, usize>) {
    let bytes = fs::read(path).expect("can be read");
    let Ok(document) = Document::from_xml(&bytes) else {
        return;
    };
    let document = document.under(XacmlVersion::V3);
    let name = path.display();
    match write(std::slice::from_ref(&document)) {
        Ok(text) => {
            *said += 1;
            let again = read(&text, ReadOptions::new().source("p.alfa"));
            let again = again.unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
            assert!(again == [normal(document)], "{name}:\n{text}");
            assert_eq!(write(&again).as_ref(), Ok(&text), "{name}");
        }
        Err(error) => {
            let mut own: Vec<&str> = Vec::new();
            for diagnostic in error.diagnostics() {
                let message = diagnostic.message();
                let known = REASONS.into_iter().find(|known| message.starts_with(known));
                own.push(known.unwrap_or_else(|| panic!("{name}: {message}")));
                assert_ne!(diagnostic.path(), "", "{name}: {message}");
            }
            own.sort_unstable();
            own.dedup();
            for reason in own {
                *reasons.entry(reason).or_default() += 1;
            }
        }
    }
}

#[test]
fn what_is_printed_is_read_back_and_what_cannot_be_said_is_known() {
    let fixtures = files_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"));
    let mut groups = vec![("fixtures", fixtures, 250)];
    let others = documents_of_other_people();
    let of_others = [("conformance", 700), ("published", 110)];
    groups.extend(
        of_others
            .into_iter()
            .zip(others)
            .map(|((name, least), (files, _))| (name, files, least)),
    );
    for (name, files, least) in groups {
        let (mut said, mut reasons) = (0, BTreeMap::new());
        for path in &files {
            check(path, &mut said, &mut reasons);
        }
        println!("{name}: {said} policies are said; of the others have {reasons:?}");
        assert!(said >= least, "{name}: only {said}");
    }
}

/// Policies beside requests decide these as they do after a way through ALFA.
#[test]
fn what_is_read_back_decides_the_same() {
    let mut count = 0;
    for path in files_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")) {
        let name = path.display().to_string();
        let Some(stem) = name.strip_suffix(".policy.xml") else {
            continue;
        };
        let policy = fs::read(&path).expect("can be read");
        let (Ok(first), Ok(document)) = (Pdp::from_xml(&policy), Document::from_xml(&policy))
        else {
            continue;
        };
        let request = fs::read(format!("{stem}.request.xml"));
        let request = request.ok().and_then(|bytes| Request::from_xml(bytes).ok());
        let (Some(request), Ok(text)) = (request, write(&[document.under(XacmlVersion::V3)]))
        else {
            continue;
        };
        let mut second = Pdp::builder();
        for document in read(&text, ReadOptions::new()).expect("is ALFA") {
            second = second.document(document);
        }
        let second = second
            .build()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let decided = [first, second].map(|pdp| pdp.decide(&request).to_xml());
        assert_eq!(decided[0], decided[1], "{name}");
        count += 1;
    }
    assert!(count > 20, "{count} policies");
}

/// The files of a folder below `fixtures/alfa`.
fn fixtures(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/alfa")
        .join(folder);
    let entries = fs::read_dir(folder).expect("can be listed");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut files: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|end| end == "alfa"))
        .collect();
    files.sort();
    files
}

#[test]
fn files_are_read_as_recorded() {
    let mut differences = String::new();
    for path in fixtures("") {
        let bytes = fs::read(&path).expect("can be read");
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .expect("is a name");
        let documents = read(bytes, ReadOptions::new().source(name));
        let documents = documents.unwrap_or_else(|error| panic!("{error}"));
        let printed: String = documents.iter().map(Document::to_xml).collect();
        differences += &difference(path.with_extension("xml"), &printed);
        let text = write(&documents).unwrap_or_else(|error| panic!("{name}: {error}"));
        let again = read(&text, ReadOptions::new());
        let again = again.unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
        assert_eq!(again, documents, "{text}");
    }
    assert!(differences.is_empty(), "{differences}");
}

/// Policies in XML, each as it is printed.
#[test]
fn policies_are_printed_as_recorded() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut differences = String::new();
    for (name, file) in [
        ("letters", "explain/letters.policy.xml"),
        ("loans", "explain/loans.policy.xml"),
        ("rbac", "rbac/roles.xml"),
        ("resource-policy", "altinn/resource-policy.xml"),
    ] {
        let bytes = fs::read(root.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        let document = Document::from_xml(bytes).unwrap_or_else(|error| panic!("{error}"));
        let printed = write(&[document.under(XacmlVersion::V3)]);
        let printed = printed.unwrap_or_else(|error| format!("{error}\n"));
        differences += &difference(root.join(format!("alfa/printed/{name}.alfa")), &printed);
    }
    assert!(differences.is_empty(), "{differences}");
}

#[test]
fn files_use_the_names_of_one_another() {
    let files: [(&str, &[u8]); 3] = [
        (
            "a.alfa",
            b"import names.* namespace a { policy p { apply firstApplicable taken } policy q }",
        ),
        (
            "b.alfa",
            b"namespace names { rule taken { permit condition names.x } }\n}",
        ),
        (
            "c.alfa",
            b"namespace names { attribute x { id = \"x\" type = boolean category = subjectCat } }",
        ),
    ];
    let error = read_files(files, &Limits::default())
        .expect_err("has problems")
        .to_string();
    assert!(error.starts_with("a.alfa:1:80: expected `{`"), "{error}");
    assert!(
        error.contains("\nb.alfa:2:1: this `}` closes nothing"),
        "{error}"
    );
    let good = [
        ("a.alfa", &files[0].1[..69]),
        ("b.alfa", &files[1].1[..59]),
        files[2],
    ];
    let good = good.map(|(name, bytes)| match name {
        "a.alfa" => (name, [bytes, b" }"].concat()),
        _ => (name, bytes.to_vec()),
    });
    let good = || good.iter().map(|(name, bytes)| (*name, &bytes[..]));
    let documents = read_files(good(), &Limits::default());
    let documents = documents.unwrap_or_else(|error| panic!("{error}"));
    let [Document::Policy(policy)] = &documents[..] else {
        panic!("{documents:?}")
    };
    // Its place is that of its name in the policy: its own is one of another file.
    let rule = policy.rules().next().expect("was taken in");
    assert_eq!((&*rule.id, rule.offset.bytes()), ("taken", 62));
    let mut limits = Limits::default();
    limits.bytes = 150;
    let error = read_files(good(), &limits)
        .expect_err("is too long")
        .to_string();
    assert!(error.contains("the limit is 150 bytes"), "{error}");
}

/// Names of the standard may be listed, as libraries of ALFA do, and mean what they meant.
#[test]
fn names_of_the_standard_are_listed_as_they_are() {
    let library = r#"namespace System {
        type string = "http://www.w3.org/2001/XMLSchema#string"
        function stringEqual = "urn:oasis:names:tc:xacml:1.0:function:string-equal"
            : string string -> boolean inv stringStartsWith
        infix (==) = { "urn:oasis:names:tc:xacml:1.0:function:string-equal" : string string -> boolean } inv <
    }
    namespace Attributes {
        attribute actionId {
            id = "urn:oasis:names:tc:xacml:1.0:action:action-id" type = System.string category = actionCat
        }
    }"#;
    let policy = r#"namespace a {
        import System.*
        policy p {
            target clause Attributes.actionId == "a" or stringEqual(Attributes.actionId, "b")
            apply denyOverrides
            rule r { permit condition System.stringEqual("a", "b") }
        }
    }"#;
    let files = [
        ("p.alfa", policy.as_bytes()),
        ("l.alfa", library.as_bytes()),
    ];
    let both = read_files(files, &Limits::default()).unwrap_or_else(|error| panic!("{error}"));
    let alone = read(policy, ReadOptions::new()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(both, alone);
}

/// An operator holds where its namespace is, or is imported; its inverse is that of its own namespace.
#[test]
fn operators_hold_in_their_namespace() {
    let operators = |name: &str| {
        format!(
            r#"namespace {name} {{
                infix (<<) = {{ "urn:{name}:before" : integer integer -> boolean }} inv >>
                infix (>>) = {{ "urn:{name}:behind" : integer integer -> boolean }} inv <<
            }}"#
        )
    };
    let library = operators("lib") + &operators("other");
    let of = |place: &str, inside: &str| {
        let policy = format!(
            r#"attribute n {{ id = "n" type = integer category = subjectCat }}
            namespace {place} {{ {inside}
                policy p {{ target clause n << 5 apply denyOverrides rule r {{ permit condition 1 << 2 }} }}
            }}"#
        );
        let files = [
            ("l.alfa", library.as_bytes()),
            ("p.alfa", policy.as_bytes()),
        ];
        let documents = read_files(files, &Limits::default());
        documents
            .map(|documents| documents[0].to_xml())
            .map_err(|error| error.to_string())
    };
    let own = r#"infix (>>) = { "urn:own:behind" : integer integer -> boolean }"#;
    for (place, inside) in [
        ("a", "import lib.*"),
        ("a", &*format!("import lib.* {own}")),
        ("lib", ""),
        ("lib", "import other.*"),
    ] {
        let xml = of(place, inside).unwrap_or_else(|error| panic!("{error}"));
        let has = |id: &str| xml.contains(id);
        assert!(
            has("urn:lib:before") && has("urn:lib:behind"),
            "{place} {inside}: {xml}"
        );
        assert!(
            !has("urn:other:") && !has("urn:own:"),
            "{place} {inside}: {xml}"
        );
    }
    for (inside, expected) in [
        ("", "`<<` is of the namespace `lib`; write `import lib.*`"),
        (
            "import lib.* import other.*",
            "`<<` is imported from several namespaces",
        ),
    ] {
        let error = of("a", inside).expect_err("means nothing");
        assert_eq!(error.matches(expected).count(), 2, "{error}");
    }
    // Within `lib`, an inner block has the operators of the one around it.
    let inner = format!(
        "namespace lib {{ {} }}",
        r#"namespace inner { policy p {
        apply denyOverrides rule r { permit condition 1 << 2 } } }"#
    );
    let files = [("l.alfa", library.as_bytes()), ("p.alfa", inner.as_bytes())];
    assert!(read_files(files, &Limits::default()).is_ok());
}

/// What a set refers to is the policy of that id, and not the policy set that has it as well.
#[test]
fn a_policy_set_with_the_id_of_a_policy_decides() {
    let text = r#"namespace a {
        policy p = "x" { apply denyOverrides rule r { permit } }
        policyset q = "x" { apply denyOverrides policy d { apply denyOverrides rule r { deny } } }
        policyset s = "y" { apply denyOverrides policy p }
    }"#;
    let pdp = Pdp::builder().alfa([("p.alfa", text.as_bytes())]);
    let pdp = pdp.root_combining(DENY_OVERRIDES).build();
    let pdp = pdp.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        pdp.decide(&Request::builder().build()).decision(),
        Decision::Deny
    );
}

/// A library takes no policy from deciding.
#[test]
fn what_a_library_refers_to_decides_as_it_did() {
    let main = r#"
        namespace m {
            policy bans { apply denyOverrides  rule nobody { deny } }
            policy opens { apply denyOverrides  rule anybody { permit } }
        }
    "#;
    let library = "policyset unused { apply denyOverrides  m.bans }";
    let files = [("main.alfa", main.as_bytes())];
    for library in [None, Some(("library.alfa", library.as_bytes()))] {
        let builder = Pdp::builder().alfa_with_library(files, library);
        assert_eq!(builder.root_count(), 2);
        let pdp = builder.root_combining(DENY_OVERRIDES).build();
        let pdp = pdp.expect("compiles");
        let decided = pdp.decide(&Request::builder().build());
        assert_eq!(decided.decision(), Decision::Deny);
    }
}
