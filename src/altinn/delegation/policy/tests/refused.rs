//! Policies that are not delegations, and the problems reported.

use super::*;

/// Replacements in the app's policy: the old text, the new text, and the problem.
const REFUSED: &[(&str, &str, &str)] = &[
    (
        "Effect=\"Permit\"",
        "Effect=\"Deny\"",
        "a delegation only permits, found a rule of effect `Deny`",
    ),
    (
        "policy-combining-algorithm:deny-overrides",
        "rule-combining-algorithm:deny-unless-permit",
        "a delegation policy combines by deny-overrides, permit-overrides or first-applicable, \
         found `urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-unless-permit`",
    ),
    (
        "Version=\"1.0\"\n",
        "Version=\"1.0\" MaxDelegationDepth=\"1\"\n",
        "`MaxDelegationDepth` has no meaning in a delegation policy",
    ),
    (
        "<Target/>",
        "<PolicyIssuer/><Target/>",
        "a delegation policy has no `PolicyIssuer`",
    ),
    (
        "<Target/>",
        "<Target>ANYOF</Target>",
        "the Target of a delegation policy is empty: its rules say what it is for",
    ),
    (
        "<Target/>",
        "<Target/><VariableDefinition VariableId=\"v\">VALUE</VariableDefinition>",
        "a delegation policy has no `VariableDefinition`",
    ),
    (
        "<Target/>",
        "<Target/><CombinerParameters/>",
        "a delegation policy has no parameters",
    ),
    (
        "</Target>\n  </Rule>",
        "</Target><Condition>VALUE</Condition></Rule>",
        "a rule of a delegation policy has no `Condition`",
    ),
    (
        "</Policy>",
        "<ObligationExpressions><ObligationExpression ObligationId=\"o\" FulfillOn=\"Permit\"/>\
         </ObligationExpressions></Policy>",
        "a delegation policy has no obligations but for authentication levels",
    ),
    (
        "</Target>\n  </Rule>",
        "</Target><ObligationExpressions><ObligationExpression ObligationId=\"o\" \
         FulfillOn=\"Permit\"><AttributeAssignmentExpression AttributeId=\"a\" \
         Category=\"urn:altinn:minimum-authenticationlevel\">VALUE\
         </AttributeAssignmentExpression></ObligationExpression></ObligationExpressions></Rule>",
        "this is no authentication level: expected an integer from 0 to 4",
    ),
    (
        "</Policy>",
        "<AdviceExpressions><AdviceExpression AdviceId=\"a\" AppliesTo=\"Permit\"/>\
         </AdviceExpressions></Policy>",
        "a delegation policy has no advice",
    ),
    (
        "</Policy>",
        "<Rule RuleId=\"all\" Effect=\"Permit\"/></Policy>",
        "the rule has no Target: it would permit everything",
    ),
    (
        "function:string-equal\"",
        "function:string-starts-with\"",
        "a delegation policy compares with string-equal, or for an instance with \
         string-equal-ignore-case, found \
         `urn:oasis:names:tc:xacml:1.0:function:string-starts-with`",
    ),
    (
        "1.0:function:string-equal\"",
        "3.0:function:string-equal-ignore-case\"",
        "only delegations of an instance compare with string-equal-ignore-case",
    ),
    (
        "#string\">20001",
        "#integer\">20001",
        "a delegation policy compares strings, found `http://www.w3.org/2001/XMLSchema#integer`",
    ),
    (
        "MustBePresent=\"false\"",
        "MustBePresent=\"true\"",
        "no attribute of a delegation policy must be present",
    ),
    (
        "MustBePresent=\"false\"",
        "MustBePresent=\"false\" Issuer=\"i\"",
        "an attribute of a delegation policy has no `Issuer`",
    ),
    (
        "subject-category:access-subject",
        "subject-category:codebase",
        "a delegation is about subject, resource and action, found the category \
         `urn:oasis:names:tc:xacml:1.0:subject-category:codebase`; the rule is for any subject: no \
         `AnyOf` names one",
    ),
    (
        "<AttributeDesignator AttributeId=\"urn:altinn:userid\"\n                \
         Category=\"urn:oasis:names:tc:xacml:1.0:subject-category:access-subject\"",
        "<AttributeSelector Path=\"x\" \
         Category=\"urn:oasis:names:tc:xacml:1.0:subject-category:access-subject\"",
        "a delegation policy has no `AttributeSelector`; the rule is for any subject: no `AnyOf` \
         names one",
    ),
    (
        "</AllOf>",
        "SUBJECT</AllOf>",
        "a rule has one receiver, found 2 matches",
    ),
    (
        "</AnyOf>",
        "</AnyOf>ANYOF",
        "another `AnyOf` is about the subject, too",
    ),
    (
        "urn:altinn:userid",
        "urn:altinn:rolecode",
        "a delegation is for a user id, a party id or the UUID of a party, found \
         `urn:altinn:rolecode`",
    ),
    (">20001<", ">020001<", "`020001` is no `urn:altinn:userid`"),
    (
        "urn:oasis:names:tc:xacml:1.0:action:action-id",
        "urn:example:action",
        "the action is named by `urn:oasis:names:tc:xacml:1.0:action:action-id`, found \
         `urn:example:action`",
    ),
    (
        "urn:altinn:app",
        "urn:altinn:org",
        "`urn:altinn:org` is compared twice",
    ),
    (
        "urn:altinn:app\"",
        "urn:altinn:task\"",
        "`urn:altinn:org` and `urn:altinn:app` go together",
    ),
    (
        "urn:altinn:app\"",
        "urn:altinn:instance-id\"",
        "an instance is named by `urn:altinn:resource:instance-id`, found `urn:altinn:instance-id`",
    ),
    (
        "urn:altinn:app\"",
        "urn:altinn:partyid\"",
        "a delegation policy does not say whose it is, found `urn:altinn:partyid`",
    ),
    (">ttd<", ">t_d<", "`t_d` and `form` are no owner and app"),
];

#[test]
fn what_is_not_understood_is_refused() {
    let value = "<AttributeValue DataType=\"http://www.w3.org/2001/XMLSchema#boolean\">true\
                 </AttributeValue>";
    let between = |start: &str, end: &str| {
        let from = APP.find(start).unwrap();
        let to = from + APP[from..].find(end).unwrap();
        &APP[from..to + end.len()]
    };
    let any_of = between("<AnyOf>", "</AnyOf>");
    let subject = between("<Match ", "</Match>");
    for (what, by, expected) in REFUSED {
        assert!(APP.contains(what), "{what}");
        let by = by
            .replace("VALUE", value)
            .replace("ANYOF", any_of)
            .replace("SUBJECT", subject);
        let policy = APP.replacen(what, &by, 1);
        let error = read(&policy).expect_err(expected);
        let told: Vec<_> = error
            .diagnostics()
            .iter()
            .map(Diagnostic::message)
            .collect();
        assert_eq!(told.join("; "), *expected);
        assert!(
            error
                .diagnostics()
                .iter()
                .all(|problem| problem.position().is_some())
        );
    }
}

#[test]
fn odd_resources_are_refused() {
    let told = |policy: String| {
        read(&policy).unwrap_err().diagnostics()[0]
            .message()
            .to_owned()
    };
    let other = Right::from("read").on("urn:altinn:task", "ttd-brev");
    let Document::Policy(policy) = form(PartyKey::User(7))
        .right(other)
        .to_policy(&PolicyDetails::default())
        .unwrap()
    else {
        unreachable!("is a policy");
    };
    let text = policy.to_xml();
    assert_eq!(
        told(text.replace("urn:altinn:task", "urn:altinn:resource")),
        "the rule names two resources, `app_ttd_form` and `ttd-brev`"
    );
    let nameless = text
        .replace("urn:altinn:org", "urn:example:a")
        .replace("urn:altinn:app", "urn:example:b");
    assert_eq!(told(nameless), "the rule names no resource");
    let mixed = APP.replacen(
        "attribute-category:resource",
        "attribute-category:action",
        1,
    );
    let error = read(&mixed).unwrap_err();
    let told: Vec<_> = error
        .diagnostics()
        .iter()
        .map(Diagnostic::message)
        .collect();
    assert_eq!(
        told,
        [
            "an `AnyOf` is about one category, found resource and action",
            "another `AnyOf` is about the action, too",
        ]
    );
}

#[test]
fn every_problem_is_told_where_it_is() {
    let policy = APP
        .replacen("Effect=\"Permit\"", "Effect=\"Deny\"", 1)
        .replacen("MustBePresent=\"false\"", "MustBePresent=\"true\"", 1);
    let shown = read(&policy).unwrap_err().to_string();
    let expected = "\
d.xml:8:3: a delegation only permits, found a rule of effect `Deny`
  in Rule `7f1d0c52-3f6e-4a53-9b38-0f8d3f1f6a01` of Policy `urn:altinn:policyid:1`
  8 | <Rule RuleId=\"7f1d0c52-3f6e-4a53-9b38-0f8d3f1f6a01\" Effect=\"Deny\">
    | ^
d.xml:15:13: no attribute of a delegation policy must be present
  in Rule `7f1d0c52-3f6e-4a53-9b38-0f8d3f1f6a01` of Policy `urn:altinn:policyid:1`
  15 | <AttributeDesignator AttributeId=\"urn:altinn:userid\"
     | ^";
    assert_eq!(shown, expected);
    let set = r#"<PolicySet xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicySetId="s"
        Version="1.0" PolicyCombiningAlgId="a"><Target/></PolicySet>"#;
    let error = read(set).unwrap_err().to_string();
    assert!(error.starts_with("d.xml:1:1: a delegation policy is a `Policy`, found a `PolicySet`"));
    let many = "<VariableDefinition VariableId=\"v\"><AttributeValue \
                DataType=\"http://www.w3.org/2001/XMLSchema#string\"/></VariableDefinition>";
    let many = APP.replace("<Target/>", &format!("<Target/>{}", many.repeat(150)));
    let error = read(&many).unwrap_err();
    assert_eq!(error.diagnostics().len(), 101);
    assert_eq!(
        error.diagnostics()[100].message(),
        "50 more problems are not listed"
    );
}

/// A short text must not become a long list.
#[test]
fn alternatives_that_multiply_are_bounded() {
    let alternatives = |of: &str, n: usize| {
        let start = APP.find(of).and_then(|at| APP[..at].rfind("<AllOf>"));
        let start = start.expect("is there");
        let end = start + APP[start..].find("</AllOf>").expect("is there") + "</AllOf>".len();
        (APP[start..end].to_owned(), APP[start..end].repeat(n))
    };
    let many = |n| {
        let mut policy = APP.to_owned();
        for of in ["urn:altinn:userid", "urn:altinn:app", "action:action-id"] {
            let (one, several) = alternatives(of, n);
            policy = policy.replacen(&one, &several, 1);
        }
        read(&policy)
    };
    assert_eq!(many(20).unwrap()[0].rights.len(), 20 * 20 * 20 + 1);
    let error = many(22).unwrap_err();
    let told = error.diagnostics()[0].message();
    assert!(told.contains("more than 10000 rights"), "{told}");
}
