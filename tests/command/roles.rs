//! Which policies decide, and which do only where others refer to them: alike in XML and in ALFA, and kept
//! where policies are turned from one language into another.

use std::fs;
use std::path::Path;

use crate::{code, folder, text, vedtak};

const PERMITS: &str = "{ apply denyOverrides rule r { permit } }";

fn write(file: impl AsRef<Path>, text: impl AsRef<[u8]>) {
    let file = file.as_ref();
    fs::create_dir_all(file.parent().expect("is in a folder")).expect("can be made");
    fs::write(file, text).expect("can be written");
}

fn shown(path: impl AsRef<Path>) -> String {
    path.as_ref().display().to_string()
}

/// A policy of a library that no other refers to decides nothing, in whatever language they are.
#[test]
fn a_library_decides_nothing_by_itself() {
    let folder = folder("alfa-library");
    let alfa = |id: &str| format!("namespace n_{id} {{ policy {id} = \"{id}\" {PERMITS} }}");
    let main = alfa("b").replace(
        "permit",
        r#"permit target clause Attributes.actionId == "read""#,
    );
    let xml = Language::Three.written(&Made::policy("b", "read", true), &[]);
    let set = Language::Three.written(&Made::set("s", "read"), &["z"]);
    for (name, main) in [("b.alfa", &main), ("b.xml", &xml), ("s.xml", &set)] {
        let policies = folder.join(name.replace('.', "-"));
        let main = main.as_bytes();
        write(policies.join(name), main);
        write(policies.join("library/z.alfa"), alfa("z"));
        write(folder.join("z.alfa"), alfa("z"));
        write(folder.join(name), main);
        let cases = "cases:\n- {name: a, action: write, expect: NotApplicable}\n\
                     - {name: b, action: read, expect: Permit}\n";
        let dash = name.replace('.', "-");
        for (number, libraries) in ["../z.alfa", "library"].iter().enumerate() {
            let test = format!("policies: [{name}]\nlibraries: [{libraries}]\n{cases}");
            write(policies.join(format!("{number}.test.yaml")), test);
        }
        write(policies.join("all.test.yaml"), cases);
        let output = vedtak(["test".to_owned(), shown(&policies)], b"");
        let told = [text(&output.stdout), text(&output.stderr)].concat();
        assert_eq!(code(&output), 0, "{dash}: {told}");
        let [alone, library] = [folder.join(name), folder.join("z.alfa")].map(shown);
        let policies = shown(policies);
        for given in [
            &[policies.as_str()][..],
            &[&alone, "--library", &library],
            // One that is named twice is there once.
            &[&policies, "--library", &library],
        ] {
            for (action, decision) in [("write", "NotApplicable"), ("read", "Permit")] {
                let arguments = [&["decide"], given, &["-a", action]].concat();
                let output = vedtak(&arguments, b"");
                let told = [text(&output.stdout), text(&output.stderr)].concat();
                assert!(told.starts_with(decision), "{arguments:?}: {told}");
            }
        }
    }
}

/// The policies of random folders, turned into another language, decide as they did; or it is told that they
/// cannot be said there.
#[test]
fn policies_that_are_turned_into_others_decide_as_before() {
    let folder = folder("roles");
    let mut random = Random(6);
    let (mut kept, mut refused) = ([0; 3], [0; 3]);
    for round in 0..14 {
        let made = random.folder();
        for (nth, language) in [Language::Three, Language::Two, Language::Alfa]
            .into_iter()
            .enumerate()
        {
            let here = folder.join(format!("{round}-{nth}"));
            let [from, to] = ["from", "to"].map(|name| here.join(name));
            for (one, parts) in &made {
                let place = if one.is_library { "library/" } else { "" };
                let ending = if nth == 2 { "alfa" } else { "xml" };
                let parts: Vec<&str> = parts.iter().map(|part| &**part).collect();
                let file = format!("{place}{}.{ending}", one.id);
                write(from.join(file), language.written(one, &parts));
            }
            let [old, new] = [&from, &to].map(shown);
            let arguments = match language {
                Language::Three => vec!["alfa", &old],
                Language::Two => vec!["migrate", &old, "--to", &new],
                Language::Alfa => vec!["alfa", &old, "--to", &new],
            };
            let output = vedtak(&arguments, b"");
            let told = text(&output.stderr);
            if code(&output) != 0 {
                assert!(told.contains("nothing was written"), "{told}");
                assert!(told.contains("by itself"), "{told}");
                refused[nth] += 1;
                continue;
            }
            if language == Language::Three {
                write(to.join("all.alfa"), &output.stdout);
            }
            if language == Language::Two {
                // The old policies are compared as they stand.
                assert!(!text(&output.stdout).is_empty());
            }
            let compared = vedtak(["diff", &old, &new], b"");
            let told = [text(&compared.stdout), text(&compared.stderr)].concat();
            assert_eq!(code(&compared), 0, "{old} {new}: {told}");
            kept[nth] += 1;
        }
    }
    assert!(kept.iter().all(|count| *count > 2), "{kept:?} {refused:?}");
    // Only ALFA has no words for it.
    assert!(refused[0] > 2 && refused[1..] == [0, 0], "{refused:?}");
}

/// A policy, or a set of others.
struct Made {
    id: String,
    action: &'static str,
    /// None for a set.
    permits: Option<bool>,
    is_library: bool,
}

impl Made {
    fn policy(id: &str, action: &'static str, permits: bool) -> Self {
        Self {
            id: id.to_owned(),
            action,
            permits: Some(permits),
            is_library: false,
        }
    }

    fn set(id: &str, action: &'static str) -> Self {
        let permits = None;
        Self {
            permits,
            ..Self::policy(id, action, false)
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Language {
    Two,
    Three,
    Alfa,
}

impl Language {
    /// A policy in this language; of a set, the policies that it refers to.
    fn written(self, made: &Made, parts: &[&str]) -> String {
        let Made {
            id,
            action,
            permits,
            ..
        } = made;
        let kind = if permits.is_some() {
            "Policy"
        } else {
            "PolicySet"
        };
        let effect = permits.map(|permits| if permits { "Permit" } else { "Deny" });
        if self == Self::Alfa {
            let kind = kind.to_lowercase();
            let rule = effect.map(|effect| format!("rule r {{ {} }}", effect.to_lowercase()));
            return format!(
                "{kind} {id} = \"{id}\" {{ target clause Attributes.actionId == \"{action}\" \
                 apply denyOverrides {} {} }}",
                rule.unwrap_or_default(),
                parts.join(" ")
            );
        }
        let algorithm = match effect {
            Some(_) => {
                "RuleCombiningAlgId=\"urn:oasis:names:tc:xacml:X:rule-combining-algorithm:deny-overrides\""
            }
            None => {
                "PolicyCombiningAlgId=\"urn:oasis:names:tc:xacml:X:policy-combining-algorithm:deny-overrides\""
            }
        };
        let value = format!(
            "MatchId=\"urn:oasis:names:tc:xacml:1.0:function:string-equal\"><AttributeValue \
             DataType=\"http://www.w3.org/2001/XMLSchema#string\">{action}</AttributeValue>"
        );
        let of = "AttributeId=\"urn:oasis:names:tc:xacml:1.0:action:action-id\" \
                  DataType=\"http://www.w3.org/2001/XMLSchema#string\"";
        let (namespace, algorithms, target) = match self {
            Self::Two => (
                "urn:oasis:names:tc:xacml:2.0:policy:schema:os",
                "1.0",
                format!(
                    "<Actions><Action><ActionMatch {value}<ActionAttributeDesignator {of}/></ActionMatch>\
                     </Action></Actions>"
                ),
            ),
            _ => (
                "urn:oasis:names:tc:xacml:3.0:core:schema:wd-17",
                "3.0",
                format!(
                    "<AnyOf><AllOf><Match {value}<AttributeDesignator \
                     Category=\"urn:oasis:names:tc:xacml:3.0:attribute-category:action\" {of} \
                     MustBePresent=\"false\"/></Match></AllOf></AnyOf>"
                ),
            ),
        };
        let rule = effect.map(|effect| format!("<Rule RuleId=\"r\" Effect=\"{effect}\"/>"));
        let references = parts.iter();
        let references =
            references.map(|id| format!("<PolicyIdReference>{id}</PolicyIdReference>"));
        format!(
            "<{kind} xmlns=\"{namespace}\" {kind}Id=\"{id}\" Version=\"1.0\" {}><Target>{target}</Target>{}{}\
             </{kind}>",
            algorithm.replace('X', algorithms),
            rule.unwrap_or_default(),
            references.collect::<String>()
        )
    }
}

/// Numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) as usize % most
    }

    /// Policies in a folder or its library, and a set that refers to some of them. One policy decides in
    /// any case.
    fn folder(&mut self) -> Vec<(Made, Vec<String>)> {
        const ACTIONS: [&str; 3] = ["read", "write", "delete"];
        let mut all = vec![(Made::policy("own", "list", true), Vec::new())];
        let mut ids = Vec::new();
        for number in 0..1 + self.below(3) {
            let id = format!("p{number}");
            let mut made = Made::policy(&id, ACTIONS[self.below(3)], self.below(2) == 0);
            made.is_library = self.below(2) == 0;
            if made.is_library != (self.below(4) == 0) {
                ids.push(id);
            }
            all.push((made, Vec::new()));
        }
        if !ids.is_empty() {
            all.push((Made::set("s", ACTIONS[self.below(3)]), ids));
        }
        all
    }
}
