//! Policies and rules that are found by values of a type, and decisions within decisions.

use vedtak::attribute::category;
use vedtak::request::AttributeBuilder;
use vedtak::value::{DataType, ExtensionType, Value};
use vedtak::{Context, Decision, Limits, Pdp, Request};

use crate::data_types::types::Version;
use crate::data_types::{apply, attribute, built, literal, permits_if, policy};

#[test]
fn stores_find_policies_by_it() {
    let combining = "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides";
    let store = Pdp::builder()
        .data_type::<Version>()
        .root_combining(combining)
        .store()
        .unwrap();
    let bag = attribute::<Version>(category::ENVIRONMENT, "client");
    let of = |minor: usize| {
        let matching = format!(
            "<Match MatchId=\"urn:example:function:version-equal\">{}{bag}</Match>",
            literal::<Version>(&format!("1.{minor}.0"))
        );
        policy("<Rule RuleId=\"r\" Effect=\"Permit\"/>")
            .replace(
                "<Target/>",
                &format!("<Target><AnyOf><AllOf>{matching}</AllOf></AnyOf></Target>"),
            )
            .replace("PolicyId=\"p\"", &format!("PolicyId=\"p{minor}\""))
    };
    for minor in 0..50 {
        store.put("p.xml", of(minor)).unwrap();
    }
    let pdp = store.pdp();
    let mut context = Context::new();
    let mut keys = Vec::new();
    for (text, expected) in [
        ("1.07.0", Decision::Permit),
        ("1.50.0", Decision::NotApplicable),
    ] {
        let value = Value::parse(DataType::of::<Version>(), text).unwrap();
        let attribute = AttributeBuilder::new(category::ENVIRONMENT, "client").value(value);
        let request = Request::builder()
            .with(attribute)
            .return_policy_id_list()
            .build();
        let outcome = pdp.decide_with(&mut context, &request);
        assert_eq!(outcome.decision(), expected);
        keys.push(outcome.cache_key());
    }
    assert!(
        keys[0].contains(Version::ID) && keys[0].contains("1.7.0"),
        "{}",
        keys[0]
    );
    assert_ne!(keys[0], keys[1]);
    let unknown = store.put("p.xml", of(1).replace(Version::ID, "urn:example:other"));
    assert!(unknown.unwrap_err().to_string().contains("is not known"));
}

/// One of very many rules is found: the work allowed is not enough to look at each.
#[test]
fn rules_are_found_by_it() {
    let bag = || attribute::<Version>(category::ENVIRONMENT, "client");
    let function = |name: &str| format!("urn:example:function:version-{name}");
    let in_target = |version: String| {
        format!(
            "<Target><AnyOf><AllOf><Match MatchId=\"{}\">{version}{}</Match></AllOf></AnyOf></Target>",
            function("equal"),
            bag()
        )
    };
    let in_condition = |version: String| {
        let only = apply(&function("one-and-only"), &[bag()]);
        let equal = apply(&function("equal"), &[version, only]);
        format!("<Condition>{equal}</Condition>")
    };
    let is_in = |version: String| {
        let is_in = apply(&function("is-in"), &[version, bag()]);
        format!("<Condition>{is_in}</Condition>")
    };
    let ways: [&dyn Fn(String) -> String; 3] = [&in_target, &in_condition, &is_in];
    for way in ways {
        let rules: Vec<String> = (0..2_000)
            .map(|minor| {
                let inside = way(literal::<Version>(&format!("1.{minor}.0")));
                format!("<Rule RuleId=\"r{minor}\" Effect=\"Permit\">{inside}</Rule>")
            })
            .collect();
        let mut limits = Limits::default();
        limits.work = 1_000;
        let decide = |index: bool, text: &str| {
            let builder = Pdp::builder().policy("p.xml", policy(&rules.concat()));
            let builder = builder.limits(limits.clone()).optimizations(true, index);
            let value = Value::parse(DataType::of::<Version>(), text).unwrap();
            let attribute = AttributeBuilder::new(category::ENVIRONMENT, "client").value(value);
            let pdp = built(builder.data_type::<Version>());
            pdp.decide(&Request::builder().with(attribute).build())
                .decision()
        };
        assert_eq!(decide(true, "1.01234.0"), Decision::Permit);
        assert_eq!(decide(true, "2.0.0"), Decision::NotApplicable);
        assert_eq!(decide(false, "1.01234.0"), Decision::Indeterminate);
    }
}

#[test]
fn other_decisions_read_it_as_well() {
    let bag = attribute::<Version>(category::ENVIRONMENT, "client");
    let content = format!(
        "&lt;Attribute xmlns=\"urn:oasis:names:tc:xacml:3.0:core:schema:wd-17\" \
         AttributeId=\"client\" IncludeInResult=\"false\"&gt;&lt;AttributeValue \
         DataType=\"{}\"&gt;1.2.3&lt;/AttributeValue&gt;&lt;/Attribute&gt;",
        Version::ID
    );
    let inquiry = apply(
        "urn:oasis:names:tc:xacml:3.0:function:access-permitted",
        &[
            format!(
                "<AttributeValue DataType=\"{}\">{}</AttributeValue>",
                DataType::AnyUri,
                category::ENVIRONMENT
            ),
            format!(
                "<AttributeValue DataType=\"{}\">{content}</AttributeValue>",
                DataType::String
            ),
        ],
    );
    let is_in = apply(
        "urn:example:function:version-is-in",
        &[literal::<Version>("1.2.3"), bag],
    );
    let either = apply(
        "urn:oasis:names:tc:xacml:1.0:function:or",
        &[is_in, inquiry],
    );
    let builder = Pdp::builder().policy("p.xml", permits_if(&either));
    let pdp = built(builder.data_type::<Version>());
    let response = pdp.decide(&Request::builder().build());
    assert_eq!(response.decision(), Decision::Permit, "{response}");
}
