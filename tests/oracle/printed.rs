//! Random policies, formatted and printed in ALFA: they read back as they were.

use vedtak::ReadOptions;
use vedtak::syntax::{Document, XacmlVersion, format};

use crate::choices::{Choices, Noise};
use crate::generate::{policies, version_2};

/// Calls `check` with the documents of so many random policies, by their numbers.
fn each(count: u64, of_2: bool, mut check: impl FnMut(u64, &Document)) {
    let seed = crate::setting("VEDTAK_ORACLE_SEED").unwrap_or(crate::SEED);
    let mut bytes = vec![0; crate::POLICY_BYTES];
    for number in 0..count {
        Noise(seed.wrapping_mul(0x1_0000_0001).wrapping_add(number << 20)).fill(&mut bytes);
        let made = policies(&mut Choices::new(&bytes), of_2);
        for document in made.roots.iter().chain(&made.library) {
            check(number, document);
        }
    }
}

/// A text with other layout, and comments that are in the way: after every `>` something is put in.
fn scattered(text: &str, noise: &mut Noise) -> String {
    let mut out = String::new();
    let mut die = [0];
    for part in text.split_inclusive('>') {
        out.push_str(part);
        noise.fill(&mut die);
        // In a text that counts, only a comment changes nothing.
        let may_be_text = !part.ends_with("/>") && !part.trim_start().starts_with("</");
        out.push_str(match (die[0] % 8, may_be_text) {
            (0, _) => "<!-- < a --><?b c?>",
            (1, false) => "\n\n\t",
            (2, false) => " <!--d\n  e--> \n",
            _ => "",
        });
    }
    out
}

#[test]
fn formatted_policies_are_what_they_were() {
    let mut noise = Noise(7);
    for of_2 in [false, true] {
        each(60, of_2, |number, document| {
            let xacml = match document {
                Document::Policy(policy) => policy.xacml,
                Document::PolicySet(set) => set.xacml,
            };
            let text = match xacml {
                XacmlVersion::V2 => version_2::written(document),
                _ => document.to_xml(),
            };
            let text = scattered(&text, &mut noise);
            let read = Document::from_xml(&text);
            let read = read.unwrap_or_else(|error| panic!("{number}: {error}\n{text}"));
            let formatted = format(&text, ReadOptions::new());
            let formatted = formatted.unwrap_or_else(|error| panic!("{number}: {error}\n{text}"));
            assert!(
                Document::from_xml(&formatted) == Ok(read),
                "{number}:\n{text}"
            );
            assert_eq!(
                format(&formatted, ReadOptions::new()).as_ref(),
                Ok(&formatted)
            );
            let count = |text: &str| {
                ["<!-- < a -->", "<?b c?>", "<!--d\n  e-->"].map(|one| text.matches(one).count())
            };
            assert_eq!(count(&formatted), count(&text), "{number}:\n{text}");
        });
    }
}

#[cfg(feature = "alfa")]
#[test]
fn policies_in_alfa_are_what_they_were() {
    use vedtak::syntax::alfa::{read, write};
    use vedtak::syntax::{PolicyChild, Version};

    let (mut said, mut all) = (0, 0);
    each(400, false, |number, document| {
        all += 1;
        let mut document = document.clone().under(XacmlVersion::V3);
        for policy in document.policies_mut() {
            // What it cannot say would leave few.
            policy.version = Version::default();
            let is_rule = |child: &PolicyChild| matches!(child, PolicyChild::Rule(_));
            policy.children.retain(is_rule);
        }
        let Ok(text) = write(std::slice::from_ref(&document)) else {
            return;
        };
        said += 1;
        let again = read(&text, ReadOptions::new());
        let again = again.unwrap_or_else(|error| panic!("{number}: {error}\n{text}"));
        assert!(
            again == [crate::normal::normal(document)],
            "{number}:\n{text}"
        );
    });
    println!("{said} of {all} policies are said");
    assert!(said > all / 10, "{said} of {all}");
}
