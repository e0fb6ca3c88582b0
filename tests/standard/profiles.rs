//! The Time Extensions Profile, and the Data Loss Prevention and Network Access Control Profile, in
//! policies. What each function gives is in `fixtures/functions/cases-profiles.txt`.

use std::fmt;

use vedtak::value::{DataType, DayOfWeek, ExtensionType, IpAddressValue, Value};
use vedtak::{Decision, Pdp, Request, Response};

const ACCESS_SUBJECT: &str = "urn:oasis:names:tc:xacml:1.0:subject-category:access-subject";
const TYPES: &str = "urn:oasis:names:tc:xacml:3.0:data-type";

fn policy(rule: &str) -> String {
    format!(
        r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="p" Version="1.0"
        RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides">
        <Target/><Rule RuleId="r" Effect="Permit">{rule}</Rule></Policy>"#
    )
}

/// A target that matches a pattern with an attribute `where`.
fn matched(function: &str, pattern: (&str, &str), value: &str) -> String {
    let (data_type, pattern) = pattern;
    policy(&format!(
        r#"<Target><AnyOf><AllOf>
        <Match MatchId="urn:oasis:names:tc:xacml:3.0:function:{function}">
        <AttributeValue DataType="{TYPES}:{data_type}">{pattern}</AttributeValue>
        <AttributeDesignator Category="{ACCESS_SUBJECT}" AttributeId="where" DataType="{TYPES}:{value}"
        MustBePresent="true"/></Match></AllOf></AnyOf></Target>"#
    ))
}

fn decided(pdp: &Pdp, data_type: &str, value: &str) -> Decision {
    let xml = format!(
        r#"<Request xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" ReturnPolicyIdList="false"
        CombinedDecision="false"><Attributes Category="{ACCESS_SUBJECT}"><Attribute AttributeId="where"
        IncludeInResult="true"><AttributeValue DataType="{TYPES}:{data_type}">{value}</AttributeValue>
        </Attribute></Attributes></Request>"#
    );
    let json = format!(
        r#"{{"Request": {{"AccessSubject": {{"Attribute": [{{"AttributeId": "where",
        "IncludeInResult": true, "DataType": "{TYPES}:{data_type}", "Value": "{value}"}}]}}}}}}"#
    );
    let options = pdp.read_options();
    let in_xml = Response::read_xml(pdp.decide_xml(xml), options);
    let in_json = Response::read_json(pdp.decide_json(json), options);
    let (in_xml, in_json) = (in_xml.expect("is one"), in_json.expect("is one"));
    let said = |response: &Response| {
        let [result] = &response.results[..] else {
            panic!("{response}");
        };
        (result.decision, result.attributes.clone())
    };
    assert_eq!(said(&in_xml), said(&in_json));
    in_xml.decision()
}

#[test]
fn addresses_and_names_are_matched_in_targets() {
    let pdp = |policy: String| Pdp::from_xml(policy).unwrap_or_else(|error| panic!("{error}"));
    let ip = pdp(matched(
        "ipAddress-match",
        ("ipAddress-pattern", "10.0.0.0/8"),
        "ipAddress-value",
    ));
    for (value, expected) in [
        ("10.1.2.3", Decision::Permit),
        (" 10.1.2.3:80 ", Decision::Permit),
        ("11.1.2.3", Decision::NotApplicable),
        ("[::1]", Decision::NotApplicable),
        ("10.1.2.3/8", Decision::Indeterminate),
        ("ten", Decision::Indeterminate),
    ] {
        assert_eq!(decided(&ip, "ipAddress-value", value), expected, "{value}");
    }
    // Of another data type it is another attribute, which must be present.
    assert_eq!(
        decided(&ip, "ipAddress-pattern", "10.1.2.3"),
        Decision::Indeterminate
    );

    let dns = pdp(matched(
        "dnsName-match",
        ("dnsName-pattern", "*.example.com"),
        "dnsName-value",
    ));
    assert_eq!(
        decided(&dns, "dnsName-value", "www.Example.com"),
        Decision::Permit
    );
    assert_eq!(
        decided(&dns, "dnsName-value", "example.com"),
        Decision::NotApplicable
    );
}

/// A rule by rule index looks values up by their whole text, and this equality passes over ports.
#[test]
fn equality_without_ports_is_no_key() {
    let rule = matched(
        "ipAddress-value-equal",
        ("ipAddress-value", "10.0.0.1:80"),
        "ipAddress-value",
    );
    let pdp = Pdp::from_xml(rule).expect("loads");
    assert_eq!(
        decided(&pdp, "ipAddress-value", "10.0.0.1:443"),
        Decision::Permit
    );
    assert_eq!(
        decided(&pdp, "ipAddress-value", "10.0.0.2:80"),
        Decision::NotApplicable
    );
}

#[test]
fn patterns_are_checked_when_they_are_loaded() {
    for (function, pattern) in [
        ("ipAddress-match", ("ipAddress-pattern", "10.0.0.0/33")),
        ("ipAddress-match", ("ipAddress-value", "10.0.0.0")),
        ("ipAddress-macth", ("ipAddress-pattern", "10.0.0.0/8")),
    ] {
        let policy = matched(function, pattern, "ipAddress-value");
        let error = Pdp::from_xml(policy).expect_err(function);
        assert_eq!(error.diagnostics().len(), 1, "{error}");
    }
    let misspelt = matched(
        "ipAddress-macth",
        ("ipAddress-patern", "10.0.0.0/8"),
        "ipAddress-value",
    );
    let error = Pdp::from_xml(misspelt)
        .expect_err("is misspelt")
        .to_string();
    assert!(error.contains(":function:ipAddress-match`?"), "{error}");
    assert!(error.contains(":data-type:ipAddress-pattern`?"), "{error}");
}

#[test]
fn days_and_times_recur() {
    let condition = |apply: &str| {
        let policy = policy(&format!("<Condition>{apply}</Condition>"));
        let pdp = Pdp::from_xml(policy).unwrap_or_else(|error| panic!("{error}"));
        pdp.decide(&Request::builder().build()).decision()
    };
    let range = |time: &str| {
        let times = [time, "09:00:00+01:00", "17:00:00+01:00"].map(|time| {
            let data_type = "http://www.w3.org/2001/XMLSchema#time";
            format!(r#"<AttributeValue DataType="{data_type}">{time}</AttributeValue>"#)
        });
        condition(&format!(
            r#"<Apply FunctionId="urn:oasis:names:tc:xacml:3.0:function:time-in-recurring-range">{}</Apply>"#,
            times.concat()
        ))
    };
    assert_eq!(range("10:00:00Z"), Decision::Permit);
    assert_eq!(range("17:00:00Z"), Decision::NotApplicable);
    let weekend = |moment: &str| {
        let day = |day: &str| {
            format!(r#"<AttributeValue DataType="{TYPES}:dayOfWeek">{day}</AttributeValue>"#)
        };
        condition(&format!(
            r#"<Apply FunctionId="urn:oasis:names:tc:xacml:3.0:function:dateTime-in-dayOfWeek-range">
            <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#dateTime">{moment}</AttributeValue>{}{}</Apply>"#,
            day("6"),
            day("7")
        ))
    };
    assert_eq!(weekend("2026-11-28T12:00:00Z"), Decision::Permit);
    assert_eq!(weekend("2026-11-30T12:00:00Z"), Decision::NotApplicable);
}

#[test]
fn hosts_make_and_read_values_of_profiles() {
    let address = IpAddressValue {
        address: [10, 0, 0, 1].into(),
        port: Some(80),
    };
    let value = Value::extension(address).expect("reads back");
    assert_eq!(value.to_string(), "10.0.0.1:80");
    assert_eq!(value.as_extension(), Some(&address));
    let day = DayOfWeek::new(7, None).expect("is one");
    assert_eq!(
        Value::extension(day),
        Value::parse(DataType::of::<DayOfWeek>(), "7")
    );
    assert_eq!(DayOfWeek::new(0, None), None);
}

/// A host's own data type under an identifier of the profile.
struct Own(String);

impl fmt::Display for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl ExtensionType for Own {
    const ID: &'static str = "urn:oasis:names:tc:xacml:3.0:data-type:ipAddress-value";
    const NAME: &'static str = "address of our own";

    fn read(text: &str) -> Result<Self, String> {
        Ok(Self(text.to_uppercase()))
    }

    fn function(name: &str) -> Option<String> {
        Some(format!(
            "urn:oasis:names:tc:xacml:3.0:function:ipAddress-value-{name}"
        ))
    }
}

#[test]
fn what_a_host_has_under_their_identifiers_counts_first() {
    let equal = matched(
        "ipAddress-value-equal",
        ("ipAddress-value", "ours"),
        "ipAddress-value",
    );
    let pdp = Pdp::builder()
        .policy("p", equal)
        .data_type::<Own>()
        .build()
        .expect("loads");
    assert_eq!(decided(&pdp, "ipAddress-value", "OURS"), Decision::Permit);
    assert_eq!(
        decided(&pdp, "ipAddress-value", "10.0.0.1"),
        Decision::NotApplicable
    );
    // The functions here know nothing of it.
    let pattern = matched(
        "ipAddress-match",
        ("ipAddress-pattern", "10.0.0.0/8"),
        "ipAddress-value",
    );
    let error = Pdp::builder()
        .policy("p", pattern)
        .data_type::<Own>()
        .build();
    assert!(
        error
            .expect_err("is not known")
            .to_string()
            .contains("is not known")
    );
}
