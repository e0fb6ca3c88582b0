//! Policies of the RBAC Profile 1.0, in `fixtures/rbac`: they load and decide as policies do.

use vedtak::attribute::{category, id};
use vedtak::syntax::Document;
use vedtak::value::Value;
use vedtak::{Decision, Pdp, Request};

const ROLE: &str = "urn:oasis:names:tc:xacml:2.0:subject:role";
const HAS_PRIVILEGES: &str = "urn:oasis:names:tc:xacml:2.0:actions:hasPrivilegesOfRole";
const ROLES: &str = include_str!("../../fixtures/rbac/roles.xml");
const PERMISSIONS: [(&str, &str); 3] = [
    (
        "permissions-employee.xml",
        include_str!("../../fixtures/rbac/permissions-employee.xml"),
    ),
    (
        "permissions-manager.xml",
        include_str!("../../fixtures/rbac/permissions-manager.xml"),
    ),
    (
        "permissions-manager-and-auditor.xml",
        include_str!("../../fixtures/rbac/permissions-manager-and-auditor.xml"),
    ),
];

fn role(name: &str) -> Value {
    Value::AnyUri(format!("urn:role:{name}").into())
}

fn pdp() -> Pdp {
    let mut builder = Pdp::builder().policy("roles.xml", ROLES);
    for (name, policy) in PERMISSIONS {
        builder = builder.library(name, policy);
    }
    builder.build().expect("the policies compile")
}

#[test]
fn roles_permit_what_the_cases_say() {
    let pdp = pdp();
    let mut count = 0;
    let cases = include_str!("../../fixtures/rbac/cases.txt");
    for line in cases.lines().filter(|line| line.contains('|')) {
        if line.starts_with('#') {
            continue;
        }
        let fields: Vec<&str> = line.split('|').map(str::trim).collect();
        let &[roles, action, resource, expected] = fields.as_slice() else {
            panic!("four fields: {line}");
        };
        let mut request = Request::builder();
        for name in roles.split_whitespace() {
            request = request.subject(ROLE, role(name));
        }
        let request = match action {
            "has" => request.resource(ROLE, role(resource)).attribute(
                category::ACTION,
                id::ACTION_ID,
                Value::AnyUri(HAS_PRIVILEGES.into()),
            ),
            action => request.resource(id::RESOURCE_ID, resource).action(action),
        };
        let found = pdp.decide(&request.build()).decision();
        assert_eq!(found.as_str(), expected, "{line}");
        count += 1;
    }
    assert!(count > 10, "the cases were found");
}

/// A permission set restricts no subjects: one that could be reached but through its role would
/// permit to everybody.
#[test]
fn permissions_are_reached_through_roles_only() {
    let everybody = Request::builder()
        .resource(id::RESOURCE_ID, "order")
        .action("create")
        .build();
    let alone = Pdp::from_xml(PERMISSIONS[0].1).expect("compiles");
    assert_eq!(alone.decide(&everybody).decision(), Decision::Permit);
    assert_eq!(pdp().decide(&everybody).decision(), Decision::NotApplicable);
}

#[test]
fn a_hierarchy_that_goes_round_is_refused() {
    let reference = "<PolicySetIdReference>urn:vedtak:rbac:permissions:manager</PolicySetIdReference></PolicySet>";
    let employee = PERMISSIONS[0].1.replace("</PolicySet>", reference);
    let error = Pdp::builder()
        .policy("roles.xml", ROLES)
        .library("employee.xml", employee)
        .library("manager.xml", PERMISSIONS[1].1)
        .library("both.xml", PERMISSIONS[2].1)
        .build()
        .expect_err("the roles are senior to each other");
    let way = "`urn:vedtak:rbac:permissions:employee` refers to \
               `urn:vedtak:rbac:permissions:manager`, which refers to \
               `urn:vedtak:rbac:permissions:employee`";
    assert!(error.to_string().contains(way), "{error}");
}

#[test]
fn who_may_be_given_a_role_is_a_policy_like_others() {
    let policy = include_str!("../../fixtures/rbac/assignment.xml");
    Document::from_xml(policy).expect("can be read");
    let pdp = Pdp::from_xml(policy).expect("compiles");
    for (who, unit, name, expected) in [
        ("ann", "house", "employee", Decision::Permit),
        ("ann", "house", "manager", Decision::Permit),
        ("bo", "house", "employee", Decision::Permit),
        ("bo", "house", "manager", Decision::Deny),
        ("cy", "street", "employee", Decision::Deny),
    ] {
        let request = Request::builder()
            .subject(id::SUBJECT_ID, who)
            .subject("unit", unit)
            .resource(ROLE, role(name))
            .action("assign")
            .build();
        let found = pdp.decide(&request).decision();
        assert_eq!(found, expected, "{who} becomes {name}");
    }
}
