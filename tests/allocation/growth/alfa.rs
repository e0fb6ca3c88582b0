//! Reading and writing ALFA.

use vedtak::analysis::lint::Lint;
use vedtak::combining::policy::DENY_OVERRIDES;
use vedtak::{Pdp, ReadOptions};

use super::{Shape, grows, many};

/// Files in ALFA that are large in one way, mistakes among them.
const ALFA_SHAPES: &[Shape] = &[
    ("rules in ALFA", |n| {
        let rule = |i: usize| {
            format!(
                "rule r{i} {{ permit target clause Attributes.actionId == \"a{i}\" condition 1 < {i} }}\n"
            )
        };
        format!("policy p {{ apply firstApplicable {} }}", many(n, rule))
    }),
    ("attributes in ALFA", |n| {
        let attribute = |i: usize| {
            format!("attribute a{i} {{ id = \"a{i}\" type = string category = subjectCat }}\n")
        };
        let used = |i: usize| format!("or a{i} == \"v\" ");
        let target = format!("target clause a0 == \"w\" {}", many(n, used));
        format!(
            "{} policy p {{ apply firstApplicable {target} }}",
            many(n, attribute)
        )
    }),
    ("namespaces in ALFA", |n| {
        let namespace = |i: usize| {
            format!(
                "namespace n{i} {{ import n{}.* rule r{i} {{ permit }} policy p{i} {{ apply firstApplicable r{} }} }}\n",
                (i + 1) % n,
                (i + 1) % n
            )
        };
        many(n, namespace)
    }),
    ("unknown names in ALFA", |n| {
        format!(
            "policy p {{ apply firstApplicable {} }}",
            many(n, |i| format!("rule{i} "))
        )
    }),
    ("open braces in ALFA", |n| {
        "policy p { rule r { permit ".repeat(n / 4)
    }),
    ("unreadable characters in ALFA", |n| "; policy ".repeat(n)),
    ("comments in ALFA", |n| {
        let rule = |i: usize| format!("// {i}\n/* of {i} */ rule r{i} {{ permit // so\n }}");
        format!("policy p {{ apply firstApplicable {} }}", many(n, rule))
    }),
    ("policies in ALFA", |n| {
        let policy = |i: usize| {
            format!(
                "policy p{i} {{ apply denyOverrides rule r {{ permit condition Attributes.subjectId == \" a{i}\" }} }}\n"
            )
        };
        many(n, policy)
    }),
];

#[test]
fn what_alfa_takes_grows_with_the_file() {
    for (name, shape) in ALFA_SHAPES {
        grows(name, *shape, |text| {
            let read = vedtak::syntax::alfa::read(text, ReadOptions::new());
            read.map(|documents| vedtak::syntax::alfa::write(&documents))
        });
        grows(name, *shape, |text| {
            let files = [("p.alfa", text.as_bytes())];
            let made = vedtak::syntax::alfa::to_xml(files, &vedtak::Limits::default());
            made.map(|made| {
                let policies = made.policies.iter();
                let texts = policies.map(|(_, xml)| ("p.xml", xml.as_bytes()));
                vedtak::syntax::alfa::from_xml(texts, &vedtak::Limits::default())
            })
        });
        // Policies of one file share its text.
        grows(name, *shape, |text| {
            let builder = Pdp::builder().alfa([("p.alfa", text.as_bytes())]);
            let pdp = builder.root_combining(DENY_OVERRIDES).build();
            pdp.map(|pdp| (pdp.cover([]), pdp.lint(&Lint::new(), 1_000)))
        });
    }
}
