//! What somebody may try who writes policies, asks, or answers for attributes.

use std::panic::{AssertUnwindSafe, catch_unwind};

use vedtak::attribute::Designator;
use vedtak::provider::{AttributeProvider, Fetched, ProviderError};
use vedtak::{Context, Decision, Limits, Pdp, Request};

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
