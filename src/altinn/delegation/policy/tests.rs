use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::altinn::resource::{InstanceId, ResourceId};
use crate::{Decision, Limits, Pdp, Request};

const APP: &str = include_str!("../../../../fixtures/altinn/delegations/app.xml");
const FROM: PartyKey = PartyKey::Id(50001);

fn read(policy: &str) -> Result<Vec<Delegation>, Error> {
    Delegation::from_policy("d", FROM, "d.xml", policy, &Limits::default())
}

fn fixture(name: &str) -> Vec<Delegation> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/altinn/delegations/");
    read(&std::fs::read_to_string(format!("{folder}{name}")).unwrap()).unwrap()
}

fn form(to: PartyKey) -> Delegation {
    Delegation::new("d", ResourceId::app("ttd", "form"), FROM, to)
}

fn uuid(text: &str) -> PartyKey {
    PartyKey::Uuid(Uuid::try_parse(text).unwrap())
}

#[test]
fn an_app() {
    let write = Right::from("write").on("urn:altinn:task", "Task_1");
    let expected = form(PartyKey::User(20001)).right("read").right(write);
    assert_eq!(fixture("app.xml"), [expected]);
}

#[test]
fn a_resource_of_the_registry() {
    let resource = ResourceId::new("vedtak-register");
    let expected = Delegation::new("d", resource, FROM, PartyKey::Id(50002)).right("access");
    assert_eq!(fixture("registry.xml"), [expected]);
}

#[test]
fn a_system_user() {
    let system = uuid("c8a5ce0e-2d0b-4f5e-8a5c-6f1f0d1b2a33");
    let read = fixture("system-user.xml");
    assert_eq!(read, [form(system).right("instantiate")]);
    let details = PolicyDetails::default().to(PartyKind::SystemUser);
    let text = read[0].to_policy(&details).unwrap().write();
    assert!(text.contains(subject::SYSTEM_USER_UUID) && text.contains(resource::APP));
}

#[test]
fn an_instance_in_two_spellings() {
    let person = uuid("1b7c7d3a-90a1-4d0c-8e5e-52a4f3f0b611");
    let instance = InstanceId::new("a3b1f0de-5c0b-4f0e-9a8d-0d8f1d3e6c11");
    let expected = Delegation::new("d", ResourceId::new("vedtak-brev"), FROM, person)
        .of_instance(instance)
        .right("read")
        .right("sign");
    assert_eq!(fixture("instance.xml"), [expected]);
}

#[test]
fn several_receivers_and_resources() {
    let with_id = |mut delegation: Delegation, id: &str| {
        delegation.id = id.into();
        delegation
    };
    let register = ResourceId::new("vedtak-register");
    let expected = [
        // The app in two spellings is one.
        with_id(form(PartyKey::User(20001)), "d/1")
            .right("read")
            .right("write"),
        with_id(form(PartyKey::User(20002)), "d/2").right("read"),
        Delegation::new("d/3", register, FROM, PartyKey::User(20001)).right("access"),
    ];
    assert_eq!(fixture("several.xml"), expected);
}

#[test]
fn the_last_revocation_leaves_nothing() {
    assert_eq!(fixture("revoked.xml"), []);
    let nothing = form(PartyKey::User(20001)).to_policy(&PolicyDetails::default());
    assert_eq!(read(&nothing.unwrap().write()).unwrap(), []);
}

#[test]
fn the_written_form_is_altinns() {
    let details = PolicyDetails::default()
        .by(PartyKey::person("01017012345"))
        .rule_ids(["a", "b"]);
    let rights = form(PartyKey::User(7)).right("read").right("write");
    let Document::Policy(policy) = rights.to_policy(&details).unwrap() else {
        unreachable!("is a policy");
    };
    assert_eq!(policy.id, "urn:altinn:policyid:1");
    assert_eq!(policy.version.as_str(), "1.0");
    assert_eq!(policy.combining_algorithm, algorithm::DENY_OVERRIDES);
    assert_eq!(
        policy.description.as_deref(),
        Some(
            "What urn:altinn:userid:7 may do for urn:altinn:partyid:50001 with app_ttd_form; \
             delegated by urn:altinn:person:identifier-no:010170*****."
        )
    );
    let rules: Vec<&Rule> = policy
        .children
        .iter()
        .map(|child| match child {
            PolicyChild::Rule(rule) => rule,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        rules.iter().map(|rule| &*rule.id).collect::<Vec<_>>(),
        ["a", "b"]
    );
    let shape = |rule: &Rule| -> Vec<Vec<usize>> {
        let any_of = rule.target.as_ref().unwrap().any_of.iter();
        any_of
            .map(|any_of| any_of.all_of.iter().map(|all| all.matches.len()).collect())
            .collect()
    };
    assert_eq!(shape(rules[0]), [[1], [2], [1]]);
    let Document::Policy(default) = rights.to_policy(&PolicyDetails::default()).unwrap() else {
        unreachable!("is a policy");
    };
    let PolicyChild::Rule(rule) = &default.children[1] else {
        unreachable!("is a rule");
    };
    assert_eq!(rule.id, "d-2");
}

#[test]
fn what_a_policy_cannot_say_is_not_written() {
    let told = |delegation: Delegation, details: PolicyDetails| {
        let error = delegation.to_policy(&details).unwrap_err();
        let all = error
            .diagnostics()
            .iter()
            .map(|problem| problem.message().to_owned());
        all.collect::<Vec<_>>().join("; ")
    };
    let plain = PolicyDetails::default;
    let until = Window::until("2027-01-01T00:00:00Z".parse().unwrap());
    assert_eq!(
        told(form(PartyKey::User(7)).right("read").during(until), plain()),
        "a delegation policy knows no time, and would permit whenever; this delegation holds until \
         2027-01-01T00:00:00Z"
    );
    let part = Right::from("read")
        .on("urn:altinn:partyid", "50002")
        .on("urn:altinn:app", "other");
    assert_eq!(
        told(form(PartyKey::person("01017012345")).right(part), plain()),
        "a delegation policy names its receiver by user id, party id or UUID, not as \
         urn:altinn:person:identifier-no:010170*****; `urn:altinn:partyid` is no part of a \
         resource; `urn:altinn:app` is no part of a resource"
    );
    let rights = form(PartyKey::User(7))
        .right("read")
        .right("write")
        .right("sign");
    assert_eq!(
        told(rights, plain().rule_ids(["a", "a"])),
        "2 RuleIds are given for 3 rights; the RuleId `a` is given twice"
    );
}

/// The app's policy with one thing replaced by another, and what is said of it.
const REFUSED: &[(&str, &str, &str)] = &[
    (
        "Effect=\"Permit\"",
        "Effect=\"Deny\"",
        "a delegation only permits, found a rule of effect `Deny`",
    ),
    (
        "policy-combining-algorithm:deny-overrides",
        "rule-combining-algorithm:deny-unless-permit",
        "a delegation policy combines by policy-combining-algorithm:deny-overrides or \
         policy-combining-algorithm:permit-overrides, found \
         `urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-unless-permit`",
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
        "a delegation policy has no obligations",
    ),
    (
        "</Target>\n  </Rule>",
        "</Target><ObligationExpressions><ObligationExpression ObligationId=\"o\" \
         FulfillOn=\"Permit\"><AttributeAssignmentExpression AttributeId=\"a\" \
         Category=\"urn:altinn:minimum-authenticationlevel\">VALUE\
         </AttributeAssignmentExpression></ObligationExpression></ObligationExpressions></Rule>",
        "a delegation policy has no obligations: the level is asked for by the resource's own \
         policy",
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
        "7f1d0c52-3f6e-4a53-9b38-0f8d3f1f6a02",
        "7f1d0c52-3f6e-4a53-9b38-0f8d3f1f6a01",
        "another rule has this id, too",
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
        "</AllOf>\n      </AnyOf>",
        "</AllOf><AllOf>SUBJECT</AllOf></AnyOf>",
        "each right has a rule of its own, found 2 alternatives (`AllOf`)",
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
    let text = policy.write();
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

fn any_key() -> impl Strategy<Value = PartyKey> {
    prop_oneof![
        (1..3_u32).prop_map(PartyKey::User),
        (1..3_u32).prop_map(PartyKey::Id),
        (0..2_u128).prop_map(|number| PartyKey::Uuid(Uuid::from_u128(number))),
    ]
}

fn any_kind() -> impl Strategy<Value = Option<PartyKind>> {
    prop::option::of(prop_oneof![
        Just(PartyKind::Person),
        Just(PartyKind::Organisation),
        Just(PartyKind::SystemUser),
        Just(PartyKind::EnterpriseUser),
    ])
}

fn any_resource() -> impl Strategy<Value = ResourceId> {
    prop_oneof![
        Just(ResourceId::new("ttd-brev")),
        Just(ResourceId::new("app_ttd_form_2")),
        Just(ResourceId::new("app_ttd")),
    ]
}

fn any_instance() -> impl Strategy<Value = Option<InstanceId>> {
    prop::option::of(prop_oneof![
        Just(InstanceId::new("a3b1f0de-5c0b-4f0e-9a8d-0d8f1d3e6c11")),
        Just(InstanceId::new("letter <7>")),
    ])
}

fn any_right() -> impl Strategy<Value = Right> {
    let part = (
        0..2_usize,
        prop::sample::select(vec!["one", "Two & a half"]),
    );
    let parts = prop::collection::vec(part, 0..3);
    (prop::sample::select(vec!["read", "write"]), parts).prop_map(|(action, parts)| {
        let ids = [resource::TASK, resource::END_EVENT];
        let on = |right: Right, (id, value): (usize, &str)| right.on(ids[id], value);
        parts.into_iter().fold(Right::from(action), on)
    })
}

fn any_delegation() -> impl Strategy<Value = Delegation> {
    let rights = prop::collection::vec(any_right(), 1..4);
    (any_key(), any_resource(), any_instance(), rights).prop_map(|(to, of, instance, rights)| {
        let mut delegation = Delegation::new("d", of, FROM, to);
        delegation.instance = instance;
        delegation.rights = rights;
        delegation
    })
}

/// What someone asks: who (in one of the spellings), for which resource and instance, in which
/// task and with which end event, and what.
type Ask = (
    (PartyKey, Option<PartyKind>),
    ResourceId,
    Option<InstanceId>,
    Vec<(usize, &'static str)>,
    &'static str,
);

fn any_ask() -> impl Strategy<Value = Ask> {
    let part = (
        0..2_usize,
        prop::sample::select(vec!["one", "Two & a half", "three"]),
    );
    (
        (any_key(), any_kind()),
        any_resource(),
        any_instance(),
        prop::collection::vec(part, 0..4),
        prop::sample::select(vec!["read", "write", "READ"]),
    )
}

fn request(ask: &Ask) -> Request {
    let ((who, kind), of, instance, parts, action) = ask;
    let (id, value) = receiver(who, *kind).unwrap();
    let mut request = Request::builder().subject(id, &*value).action(*action);
    request = match of.as_app() {
        Some((org, app)) => request
            .resource(resource::ORG, org)
            .resource(resource::APP, app),
        None => request.resource(resource::RESOURCE, of.as_str()),
    };
    if let Some(instance) = instance {
        request = request.resource(resource::RESOURCE_INSTANCE_ID, instance.as_str());
    }
    for (id, value) in parts {
        request = request.resource([resource::TASK, resource::END_EVENT][*id], *value);
    }
    request.build()
}

/// What the delegation itself says.
fn naive(delegation: &Delegation, kind: Option<PartyKind>, ask: &Ask) -> bool {
    let ((who, asked_kind), of, instance, parts, action) = ask;
    let same = |a: &str, b: &str| match delegation.instance {
        Some(_) => a.to_lowercase() == b.to_lowercase(),
        None => a == b,
    };
    let is_uuid = matches!(who, PartyKey::Uuid(_));
    let holds = |(id, value): &(Arc<str>, Arc<str>)| {
        let ids = [resource::TASK, resource::END_EVENT];
        let mut parts = parts.iter();
        parts.any(|(asked, with)| ids[*asked] == &**id && same(with, value))
    };
    *who == delegation.to
        && (!is_uuid || *asked_kind == kind)
        && *of == delegation.resource
        && delegation
            .instance
            .iter()
            .all(|named| instance.as_ref() == Some(named))
        && delegation
            .rights
            .iter()
            .any(|right| same(&right.action, action) && right.part.iter().all(holds))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn what_is_written_reads_back(delegation in any_delegation(), kind in any_kind()) {
        let details = PolicyDetails {
            to: kind,
            ..PolicyDetails::default().by(PartyKey::User(9))
        };
        let text = delegation.to_policy(&details).unwrap().write();
        prop_assert_eq!(read(&text).unwrap(), [delegation]);
    }

    #[test]
    fn a_written_policy_permits_what_the_delegation_does(
        delegation in any_delegation(),
        kind in any_kind(),
        asks in prop::collection::vec(any_ask(), 0..20),
        keep in prop::collection::vec(prop::bool::weighted(0.8), 20 * 3),
    ) {
        let details = PolicyDetails {
            to: kind,
            ..PolicyDetails::default()
        };
        let policy = delegation.to_policy(&details).unwrap();
        let pdp = Pdp::builder().document(policy).build().unwrap();
        for (i, mut ask) in asks.into_iter().enumerate() {
            // Mostly about the delegation, or nothing would ever be permitted.
            if keep[i * 3] {
                ask.0 = (delegation.to.clone(), kind);
            }
            if keep[i * 3 + 1] {
                ask.1 = delegation.resource.clone();
            }
            if keep[i * 3 + 2] {
                ask.2 = delegation.instance.clone();
            }
            let expected = match naive(&delegation, kind, &ask) {
                true => Decision::Permit,
                false => Decision::NotApplicable,
            };
            prop_assert_eq!(pdp.decide(&request(&ask)).decision(), expected, "{:?}", ask);
        }
    }
}
