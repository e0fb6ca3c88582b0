//! What somebody may try who writes policies, asks, or answers for attributes.

use std::panic::{AssertUnwindSafe, catch_unwind};

use vedtak::attribute::Designator;
use vedtak::provider::{AttributeProvider, Fetched, Inputs, ProviderError};
use vedtak::{Context, Decision, Limits, Pdp, Request, Store};

const DENY_OVERRIDES: &str =
    "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides";

/// A policy with this effect for a resource that has this value of this attribute.
fn policy(id: &str, effect: &str, attribute: &str, value: &str) -> String {
    format!(
        r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="{id}" Version="1"
            RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides">
          <Target><AnyOf><AllOf>
            <Match MatchId="urn:oasis:names:tc:xacml:1.0:function:string-equal">
              <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#string">{value}</AttributeValue>
              <AttributeDesignator Category="urn:oasis:names:tc:xacml:3.0:attribute-category:resource"
                AttributeId="{attribute}" DataType="http://www.w3.org/2001/XMLSchema#string"
                MustBePresent="false"/>
            </Match></AllOf></AnyOf></Target>
          <Rule RuleId="r" Effect="{effect}"/></Policy>"#
    )
}

/// Supplies nothing, and panics when it is asked whether it supplies the attribute `trap`.
struct Trapped;

impl AttributeProvider for Trapped {
    fn name(&self) -> &str {
        "trapped"
    }

    fn supplies(&self, wanted: &Designator) -> bool {
        assert!(&*wanted.id != "trap", "it is a trap");
        false
    }

    fn fetch(&self, _: &Designator, _: &Request) -> Result<Fetched, ProviderError> {
        Ok(Vec::new().into())
    }
}

/// A panic while one policy is put in must not give the attributes of all others other names.
#[test]
fn a_provider_that_panics_leaves_a_store_as_it_was() {
    let builder = Pdp::builder().root_combining(DENY_OVERRIDES);
    let store = builder.provider(Trapped).store().expect("an empty store");
    let put = |text: String| store.put("p.xml", text).expect("it compiles");
    put(policy("permits", "Permit", "owner", "kari"));
    put(policy("denies", "Deny", "secret", "yes"));
    let trap = policy("trap", "Permit", "trap", "1");
    let panicked = catch_unwind(AssertUnwindSafe(|| store.put("trap.xml", trap)));
    assert!(panicked.is_err());
    assert_eq!((store.len(), store.version()), (2, 2));
    put(policy("later", "Permit", "later", "x"));
    let mut context = Context::new();
    let mut ask = |attributes: &[(&str, &str)]| {
        let mut builder = Request::builder();
        for (id, value) in attributes {
            builder = builder.resource(*id, *value);
        }
        store
            .pdp()
            .decide_with(&mut context, &builder.build())
            .decision()
    };
    assert_eq!(ask(&[("owner", "kari")]), Decision::Permit);
    assert_eq!(ask(&[("owner", "kari"), ("secret", "yes")]), Decision::Deny);
    assert_eq!(ask(&[("later", "kari")]), Decision::NotApplicable);
    assert_eq!(ask(&[("later", "x")]), Decision::Permit);
}

/// Supplies nothing, and panics when it is asked what of a request the attribute `trap` depends on.
struct TrappedInputs;

impl AttributeProvider for TrappedInputs {
    fn name(&self) -> &str {
        "trapped"
    }

    fn supplies(&self, wanted: &Designator) -> bool {
        &*wanted.id == "trap"
    }

    fn inputs(&self, wanted: &Designator) -> Inputs {
        assert!(&*wanted.id != "trap", "it is a trap");
        Inputs::nothing()
    }

    fn fetch(&self, _: &Designator, _: &Request) -> Result<Fetched, ProviderError> {
        Ok(Vec::new().into())
    }
}

/// A change is made as a whole or not at all, whatever code of the host runs while it is prepared:
/// nothing of one that panicked is found in a later version.
#[test]
fn a_change_that_panics_is_never_published() {
    type Attempt = (&'static str, fn(&Store));
    let many = || (0..1_200).map(|n| policy(&format!("p{n}"), "Permit", "other", &n.to_string()));
    fn documents(texts: impl Iterator<Item = String>) -> impl Iterator<Item = (String, Vec<u8>)> {
        texts.map(|text| ("p.xml".to_owned(), text.into_bytes()))
    }
    let attempts: [Attempt; 5] = [
        ("the progress of a load", |store| {
            let permits = std::iter::once(policy("denies", "Permit", "owner", "kari"));
            let more =
                (0..1_200).map(|n| policy(&format!("p{n}"), "Permit", "new", &n.to_string()));
            store.load(documents(permits.chain(more)), |progress| {
                assert!(progress.loaded < 1_000, "e.g. a broken pipe");
            });
        }),
        ("the end of a load", |store| {
            let permits = std::iter::once(policy("denies", "Permit", "owner", "kari"));
            store.load(documents(permits), |_| panic!("e.g. a broken pipe"));
        }),
        ("the iterator of a load", |store| {
            let permits = std::iter::once(policy("denies", "Permit", "owner", "kari"));
            let broken = (0..1_200).map(|n| match n {
                1_199 => panic!("e.g. a file that cannot be read"),
                _ => policy(&format!("p{n}"), "Permit", "new", &n.to_string()),
            });
            store.load(documents(permits.chain(broken)), |_| {});
        }),
        ("a provider, in a put", |store| {
            let _ = store.put("d.xml", policy("denies", "Permit", "trap", "1"));
        }),
        ("a provider, in a load", |store| {
            let permits = std::iter::once(policy("denies", "Permit", "owner", "kari"));
            let trap = std::iter::once(policy("trap", "Permit", "trap", "1"));
            store.load(documents(permits.chain(trap)), |_| {});
        }),
    ];
    for (what, attempt) in attempts {
        let builder = Pdp::builder().root_combining(DENY_OVERRIDES);
        let builder = builder.provider(TrappedInputs);
        let store = builder.store().expect("an empty store");
        let denies = policy("denies", "Deny", "owner", "kari");
        store.put("d.xml", denies).expect("it compiles");
        let ask = |attribute: &str, value: &str| {
            let request = Request::builder().resource(attribute, value).build();
            store.pdp().decide(&request).decision()
        };
        let panicked = catch_unwind(AssertUnwindSafe(|| attempt(&store)));
        assert!(panicked.is_err(), "{what}");
        assert_eq!((store.len(), store.version()), (1, 1), "{what}");
        assert_eq!(ask("owner", "kari"), Decision::Deny, "{what}");
        // Names of what was given up must not be those of what follows.
        for (id, attribute) in [("later", "later"), ("last", "last")] {
            let later = policy(id, "Permit", attribute, "x");
            store.put("later.xml", later).expect("it compiles");
            assert_eq!(ask(attribute, "x"), Decision::Permit, "{what}");
        }
        assert_eq!(store.len(), 3, "{what}");
        assert_eq!(ask("owner", "kari"), Decision::Deny, "{what}");
        assert_eq!(ask("new", "1"), Decision::NotApplicable, "{what}");
        let loading = store.load(documents(many()), |_| {});
        assert_eq!(loading.loaded, 1_200, "{what}");
        assert_eq!(ask("other", "7"), Decision::Permit, "{what}");
        assert_eq!(ask("owner", "kari"), Decision::Deny, "{what}");
    }
}

/// A folder of policies often holds the root as well.
#[test]
fn the_same_bytes_twice_are_one_document() {
    let [first, second] = ["Permit", "Deny"].map(|effect| policy("p", effect, "owner", "kari"));
    let request = Request::builder().resource("owner", "kari").build();
    for library_first in [false, true] {
        let builder = Pdp::builder();
        let builder = match library_first {
            true => builder.library("l.xml", &first).policy("p.xml", &first),
            false => builder.policy("p.xml", &first).library("l.xml", &first),
        };
        let pdp = builder.build().expect("one document");
        assert_eq!(pdp.decide(&request).decision(), Decision::Permit);
    }
    let both = Pdp::builder()
        .policy("p.xml", &first)
        .policy("q.xml", &first);
    assert!(both.build().is_ok(), "one root");
    let unlike = Pdp::builder()
        .policy("p.xml", &first)
        .library("l.xml", &second);
    let error = unlike.build().expect_err("which of them decides?");
    let expected =
        "l.xml:1:74: another Policy at p.xml:1:1 has the id `p` and the version `1`, too";
    assert!(error.to_string().starts_with(expected), "{error}");

    let store = Pdp::builder()
        .root_combining(DENY_OVERRIDES)
        .store()
        .expect("empty");
    let texts = [("a.xml", &first), ("b.xml", &first), ("c.xml", &second)];
    let documents = texts.map(|(name, text)| (name.to_owned(), text.clone().into_bytes()));
    let loading = store.load(documents, |_| {});
    assert_eq!(loading.loaded, 1);
    let refused: Vec<String> = loading.refused.iter().map(|(_, e)| e.to_string()).collect();
    assert_eq!(refused, ["c.xml: `a.xml` has the id `p`, too"]);
    assert_eq!(store.pdp().decide(&request).decision(), Decision::Permit);
}

/// Supplies who is on duty, if asked.
struct Duty;

impl AttributeProvider for Duty {
    fn name(&self) -> &str {
        "duty"
    }

    fn supplies(&self, wanted: &Designator) -> bool {
        &*wanted.id == "duty"
    }

    fn fetch(&self, _: &Designator, _: &Request) -> Result<Fetched, ProviderError> {
        Ok(vec!["nobody".into()].into())
    }
}

/// One policy about an attribute that has to be fetched is visited by every decision; the others
/// are not for that.
#[test]
fn one_policy_does_not_make_all_of_a_store_expensive() {
    let mut limits = Limits::default();
    limits.work = 1_000;
    let builder = Pdp::builder().root_combining(DENY_OVERRIDES).limits(limits);
    let store = builder.provider(Duty).store().expect("an empty store");
    for number in 0..2_000 {
        let text = policy(
            &format!("p{number}"),
            "Permit",
            "owner",
            &number.to_string(),
        );
        store.put("p.xml", text).expect("it compiles");
    }
    let request = Request::builder().resource("owner", "7").build();
    assert_eq!(store.pdp().decide(&request).decision(), Decision::Permit);
    let text = policy("duty", "Deny", "duty", "kari");
    store.put("duty.xml", text).expect("it compiles");
    assert_eq!(store.pdp().decide(&request).decision(), Decision::Permit);
}

/// Who can make a decision too expensive by what it does not read must not spoil it for those who
/// ask the same without.
#[test]
fn a_decision_that_ran_into_a_limit_is_not_kept() {
    let mut limits = Limits::default();
    limits.work = 1;
    let text = policy("p", "Permit", "owner", "kari");
    let pdp = Pdp::builder().policy("p.xml", text).limits(limits).build();
    let pdp = pdp.expect("it compiles");
    let request = Request::builder().resource("owner", "kari").build();
    let mut context = Context::new();
    let outcome = pdp.decide_with(&mut context, &request);
    assert_eq!(outcome.decision(), Decision::Indeterminate);
    let until = outcome.valid_until().expect("it ends");
    assert_eq!(until.to_unix(), (0, 0));
}
