//! The time of a named place, through summer and winter.

use vedtak::attribute::category;

use vedtak::value::{DateTime, Value};
use vedtak::{Context, Decision, DecisionEvent, Pdp, Request};

/// Permits what `condition` holds for.
fn policy(condition: &str) -> String {
    format!(
        r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="p" Version="1.0"
        RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-unless-permit"><Target/>
        <Rule RuleId="r" Effect="Permit"><Condition>{condition}</Condition></Rule></Policy>"#
    )
}

/// The only value of an attribute of the environment.
fn current(kind: &str) -> String {
    format!(
        r#"<Apply FunctionId="urn:oasis:names:tc:xacml:1.0:function:{kind}-one-and-only">
        <AttributeDesignator Category="urn:oasis:names:tc:xacml:3.0:attribute-category:environment"
        AttributeId="urn:oasis:names:tc:xacml:1.0:environment:current-{kind}"
        DataType="http://www.w3.org/2001/XMLSchema#{kind}" MustBePresent="true"/></Apply>"#
    )
}

fn equals(kind: &str, text: &str) -> String {
    let current = current(kind);
    format!(
        r#"<Apply FunctionId="urn:oasis:names:tc:xacml:1.0:function:{kind}-equal">{current}
        <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#{kind}">{text}</AttributeValue></Apply>"#
    )
}

fn instant(text: &str) -> DateTime {
    text.parse().expect("is an instant")
}

/// Whether the condition holds at an instant, by a clock and by a call.
fn holds(condition: &str, at: &str) -> bool {
    let at = instant(at);
    let builder = || {
        Pdp::builder()
            .policy("p.xml", policy(condition))
            .time_zone("Europe/Oslo")
    };
    let by_clock = builder().clock(move || at).build().expect("compiles");
    let request = Request::builder().action("read").build();
    let decision = by_clock.decide(&request).decision();
    let never = || panic!("the instant is given");
    let by_call = builder().clock(never).build().expect("compiles");
    assert_eq!(by_call.call().at(at).decide(&request).decision(), decision);
    let mut context = Context::new();
    let mut evaluation = by_call.begin_at(&mut context, &request, at);
    evaluation.step();
    assert_eq!(evaluation.finish().decision(), decision);
    assert_ne!(decision, Decision::Indeterminate);
    decision == Decision::Permit
}

#[test]
fn rules_see_the_date_and_time_of_the_place() {
    for (kind, local, at) in [
        ("date", "2026-06-02+02:00", "2026-06-01T22:30:00Z"),
        ("date", "2026-01-01+01:00", "2025-12-31T23:00:00Z"),
        ("time", "01:59:59+01:00", "2026-03-29T00:59:59Z"),
        ("time", "03:00:00+02:00", "2026-03-29T01:00:00Z"),
        ("time", "02:59:59+02:00", "2026-10-25T00:59:59Z"),
        ("time", "02:00:00+01:00", "2026-10-25T01:00:00Z"),
        (
            "dateTime",
            "2026-06-01T14:00:00+02:00",
            "2026-06-01T07:00:00-05:00",
        ),
    ] {
        assert!(holds(&equals(kind, local), at), "{local} {at}");
    }
}

#[test]
fn what_names_no_zone_has_that_of_the_place_at_the_instant() {
    for (kind, local, at, expected) in [
        ("time", "12:00:00", "2026-07-01T10:00:00Z", true),
        ("time", "12:00:00", "2026-01-01T11:00:00Z", true),
        ("time", "12:00:00", "2026-07-01T11:00:00Z", false),
        ("date", "2026-06-02", "2026-06-01T22:00:00Z", true),
        ("date", "2026-06-01", "2026-06-01T22:00:00Z", false),
        (
            "dateTime",
            "2026-10-25T02:30:00",
            "2026-10-25T00:30:00Z",
            true,
        ),
        (
            "dateTime",
            "2026-10-25T02:30:00",
            "2026-10-25T01:30:00Z",
            true,
        ),
    ] {
        assert_eq!(holds(&equals(kind, local), at), expected, "{local} {at}");
    }
}

#[test]
fn an_implicit_zone_that_is_given_counts() {
    let at = instant("2026-07-01T12:00:00Z");
    for zone_first in [true, false] {
        let builder = Pdp::builder()
            .policy("p.xml", policy(&equals("time", "12:00:00")))
            .clock(move || at);
        let utc = "Z".parse().expect("is a zone");
        let builder = match zone_first {
            true => builder.time_zone("Europe/Oslo").implicit_zone(utc),
            false => builder.implicit_zone(utc).time_zone("Europe/Oslo"),
        };
        let pdp = builder.build().expect("compiles");
        let request = Request::builder().action("read").build();
        assert_eq!(pdp.decide(&request).decision(), Decision::Permit);
    }
}

/// A time without a zone means another instant in summer: such a decision has read the clock.
#[test]
fn a_decision_that_used_the_zone_of_the_day_is_not_cached() {
    let compared = |literal: &str| {
        format!(
            "<Apply FunctionId=\"urn:oasis:names:tc:xacml:1.0:function:dateTime-less-than\">\
             <AttributeValue DataType=\"http://www.w3.org/2001/XMLSchema#dateTime\">{literal}</AttributeValue>\
             <Apply FunctionId=\"urn:oasis:names:tc:xacml:1.0:function:dateTime-one-and-only\">\
             <AttributeDesignator Category=\"urn:oasis:names:tc:xacml:3.0:attribute-category:action\" \
             AttributeId=\"at\" DataType=\"http://www.w3.org/2001/XMLSchema#dateTime\" MustBePresent=\"true\"/>\
             </Apply></Apply>"
        )
    };
    let at: Value = Value::DateTime("2026-01-01T10:30:00Z".parse().expect("is an instant"));
    let request = Request::builder()
        .action("read")
        .attribute(category::ACTION, "at", at);
    let request = request.build();
    let utc = || "Z".parse().expect("is a zone");
    let (winter, summer) = ("2026-01-15T12:00:00+01:00", "2026-07-15T12:00:00+02:00");
    let (with_zone, without) = ("2026-01-01T12:00:00+01:00", "2026-01-01T12:00:00");
    for (literal, zone, is_read) in [
        (without, None, true),
        (without, Some(utc()), false),
        (with_zone, None, false),
    ] {
        let builder = Pdp::builder()
            .policy("p.xml", policy(&compared(literal)))
            .time_zone("Europe/Oslo");
        let builder = match zone {
            Some(zone) => builder.implicit_zone(zone),
            None => builder,
        };
        let pdp = builder.build().expect("compiles");
        let mut keys = Vec::new();
        for now in [winter, summer] {
            let now = instant(now);
            let mut context = Context::new();
            let mut evaluation = pdp.begin_at(&mut context, &request, now);
            evaluation.step();
            let outcome = evaluation.finish();
            assert_eq!(outcome.valid_until(), is_read.then_some(now), "{literal}");
            keys.push(outcome.cache_key());
        }
        assert_eq!(keys[0] != keys[1], is_read, "{literal}: {keys:?}");
    }
}

/// At any depth of `access-permitted`; and what is recorded of such a decision makes it again.
#[test]
fn a_decision_that_was_asked_for_used_the_zone_of_the_day() {
    let subject = "urn:oasis:names:tc:xacml:1.0:subject-category:access-subject";
    let string = "http://www.w3.org/2001/XMLSchema#string";
    let rule = |depth: usize, condition: &str| {
        format!(
            r#"<Rule RuleId="r{depth}" Effect="Permit"><Target><AnyOf><AllOf>
            <Match MatchId="urn:oasis:names:tc:xacml:1.0:function:string-equal">
            <AttributeValue DataType="{string}">{depth}</AttributeValue>
            <AttributeDesignator Category="{subject}" AttributeId="depth" DataType="{string}" MustBePresent="false"/>
            </Match></AllOf></AnyOf></Target><Condition>{condition}</Condition></Rule>"#
        )
    };
    let asks = |depth: usize| {
        format!(
            r#"<Apply FunctionId="urn:oasis:names:tc:xacml:3.0:function:access-permitted">
            <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#anyURI">{subject}</AttributeValue>
            <AttributeValue DataType="{string}">&lt;Attribute AttributeId="depth" IncludeInResult="false"&gt;&lt;AttributeValue DataType="{string}"&gt;{depth}&lt;/AttributeValue&gt;&lt;/Attribute&gt;</AttributeValue>
            </Apply>"#
        )
    };
    let at_eight = r#"<Apply FunctionId="urn:oasis:names:tc:xacml:1.0:function:time-equal">
        <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#time">08:00:00</AttributeValue>
        <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#time">07:00:00Z</AttributeValue></Apply>"#;
    let text = format!(
        r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="p" Version="1.0"
        RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-unless-permit"><Target/>
        {}{}{}{}</Policy>"#,
        rule(0, at_eight),
        rule(1, &asks(0)),
        rule(2, &asks(1)),
        rule(3, &asks(2)),
    );
    let built = Pdp::builder()
        .policy("p.xml", text)
        .time_zone("Europe/Oslo");
    let pdp = built.build().expect("compiles");
    for depth in 0..4 {
        let request = Request::builder()
            .subject("depth", depth.to_string())
            .build();
        let mut keys = Vec::new();
        for (now, expected) in [
            ("2026-01-15T12:00:00+01:00", Decision::Permit),
            ("2026-07-15T12:00:00+02:00", Decision::Deny),
        ] {
            let now = instant(now);
            let decided = |decided: &DecisionEvent<'_>| {
                let outcome = decided.outcome.expect("was decided");
                assert_eq!(outcome.decision(), expected, "{depth}");
                assert_eq!(outcome.valid_until(), Some(now), "{depth}");
                keys.push(outcome.cache_key());
                let record = decided.record().expect("was decided");
                let replay = record.replay(&pdp);
                assert!(replay.is_same, "{depth}: {replay:?}");
            };
            pdp.call().at(now).observe(decided).decide(&request);
        }
        assert_ne!(keys[0], keys[1], "{depth}");
    }
}
