//! Authentication levels that cannot be read, and those of delegations beside the resource's.

use vedtak::altinn::delegation::Delegation;
use vedtak::altinn::ruling::{Enforcement, MinimumLevel};
use vedtak::altinn::{PartyKey, Pdp, Ruling};
use vedtak::{Decision, Limits, Request};

use crate::host::OnFile;

const XSD: &str = "http://www.w3.org/2001/XMLSchema#";

fn obligation(category: &str, data_type: &str, value: &str) -> String {
    format!(
        "<ObligationExpression ObligationId=\"o\" FulfillOn=\"Permit\">\
         <AttributeAssignmentExpression AttributeId=\"a\" Category=\"urn:altinn:{category}\">\
         <AttributeValue DataType=\"{XSD}{data_type}\">{value}</AttributeValue>\
         </AttributeAssignmentExpression></ObligationExpression>"
    )
}

/// A policy, with a role in its only rule, and these obligations.
fn policy(obligations: &str) -> String {
    let role = "<Target><AnyOf><AllOf>\
         <Match MatchId=\"urn:oasis:names:tc:xacml:1.0:function:string-equal\">\
         <AttributeValue DataType=\"http://www.w3.org/2001/XMLSchema#string\">dagl</AttributeValue>\
         <AttributeDesignator Category=\"urn:oasis:names:tc:xacml:1.0:subject-category:access-subject\" \
         AttributeId=\"urn:altinn:rolecode\" MustBePresent=\"false\" \
         DataType=\"http://www.w3.org/2001/XMLSchema#string\"/></Match></AllOf></AnyOf></Target>";
    let obligations = match obligations {
        "" => String::new(),
        some => format!("<ObligationExpressions>{some}</ObligationExpressions>"),
    };
    format!(
        "<Policy xmlns=\"urn:oasis:names:tc:xacml:3.0:core:schema:wd-17\" PolicyId=\"p\" \
         Version=\"1.0\" RuleCombiningAlgId=\"urn:oasis:names:tc:xacml:3.0:\
         rule-combining-algorithm:deny-overrides\"><Target/>\
         <Rule RuleId=\"r\" Effect=\"Permit\">{role}</Rule>{obligations}</Policy>"
    )
}

fn request() -> Request {
    Request::builder()
        .subject("urn:altinn:userid", "20001")
        .resource("urn:altinn:resource", "app_ttd_form")
        .resource("urn:altinn:partyid", "50001")
        .action("read")
        .build()
}

#[test]
fn an_unreadable_level_lets_nobody_in() {
    const LEVEL: &str = "minimum-authenticationlevel";
    for (data_type, value, expected) in [
        ("integer", "3", Some(3)),
        ("string", "3", Some(3)),
        ("double", "3", None),
        ("string", "3.0", None),
        ("string", "level 3", None),
        ("anyURI", "3", None),
        ("integer", "300", None),
        ("integer", "255", None),
        ("integer", "-1", None),
    ] {
        let request = Request::builder()
            .subject("urn:altinn:rolecode", "dagl")
            .resource("urn:altinn:resource", "ttd-brev")
            .action("read")
            .build();
        let policy = policy(&obligation(LEVEL, data_type, value));
        let pdp = Pdp::builder().policy("ttd-brev", policy);
        let ruling = pdp.build().expect("compiles").decide(&request);
        assert_eq!(ruling.decision(), Decision::Permit);
        let least = expected.unwrap_or(MinimumLevel::UNREADABLE);
        assert_eq!(ruling.level.user, Some(least), "{data_type} {value}");
        assert_eq!(ruling.level.for_asker(true), least);
        let highest = Enforcement::of_level(4).enforce(&ruling.result);
        assert_eq!(highest.is_ok(), expected.is_some());
    }
}

/// The delegations of a policy.
fn given(policy: &str) -> OnFile {
    let read = Delegation::from_policy(
        "d",
        PartyKey::Id(50001),
        "d.xml",
        policy,
        &Limits::default(),
    );
    OnFile(read.unwrap_or_else(|error| panic!("{error}")))
}

/// The decision by a delegation with obligations of its own, under a policy with others.
fn delegated(of_policy: &str, of_delegation: &str) -> Ruling {
    let delegation = include_str!("../../fixtures/altinn/delegations/app.xml");
    let delegation = match of_delegation {
        "" => delegation.to_owned(),
        some => delegation.replace(
            "</Policy>",
            &format!("<ObligationExpressions>{some}</ObligationExpressions></Policy>"),
        ),
    };
    let pdp = Pdp::builder()
        .policy("app_ttd_form", policy(of_policy))
        .delegations(given(&delegation));
    pdp.build().expect("compiles").decide(&request())
}

#[test]
fn what_a_delegation_asks_for_is_dropped_only_where_the_resource_asks_for_it() {
    let user = |level: &str| obligation("minimum-authenticationlevel", "integer", level);
    let owner = |level: &str| obligation("minimum-authenticationlevel-org", "integer", level);
    for (of_policy, of_delegation, expected, obligations) in [
        (user("3"), String::new(), (3, 3), 1),
        (user("3"), user("3"), (3, 3), 1),
        (user("3"), user("2"), (3, 3), 1),
        (user("2"), user("3"), (3, 3), 2),
        (String::new(), user("3"), (3, 3), 1),
        (user("3") + &owner("2"), user("3") + &owner("2"), (3, 2), 2),
        // A service owner is asked for what the delegation asks of everybody.
        (user("3") + &owner("2"), user("3"), (3, 3), 3),
        (user("4"), user("2") + &owner("3"), (4, 4), 1),
    ] {
        let ruling = delegated(&of_policy, &of_delegation);
        let which = format!("{of_policy} and {of_delegation}");
        assert_eq!(ruling.decision(), Decision::Permit, "{which}");
        let level = MinimumLevel::of(&ruling.result.obligations);
        assert_eq!(
            (level.for_asker(false), level.for_asker(true)),
            expected,
            "{which}"
        );
        assert_eq!(
            (ruling.level.for_asker(false), ruling.level.for_asker(true)),
            expected
        );
        assert_eq!(ruling.result.obligations.len(), obligations, "{which}");
    }
}
