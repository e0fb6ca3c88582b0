//! Tests of each kind of warning, and of policies without warnings.

use super::*;
use crate::attribute::category;

const RESOURCE: &str = "urn:altinn:resource";
const ACTION: &str = "urn:oasis:names:tc:xacml:1.0:action:action-id";

fn matching(category: &str, id: &str, value: &str) -> String {
    format!(
        "<Match MatchId=\"urn:oasis:names:tc:xacml:3.0:function:string-equal-ignore-case\">\n\
         <AttributeValue DataType=\"http://www.w3.org/2001/XMLSchema#string\">{value}</AttributeValue>\n\
         <AttributeDesignator Category=\"{category}\" AttributeId=\"{id}\" MustBePresent=\"false\"\n\
         DataType=\"http://www.w3.org/2001/XMLSchema#string\"/></Match>"
    )
}

fn subject(id: &str, value: &str) -> String {
    matching(category::ACCESS_SUBJECT, id, value)
}

/// Returns a policy of one rule; each inner list is an AnyOf of single matches.
fn policy(any_of: &[&[String]]) -> String {
    let any_of = any_of.iter().map(|alternatives| {
        let all_of = alternatives.iter();
        let all_of = all_of.map(|matching| format!("<AllOf>{matching}</AllOf>"));
        format!("<AnyOf>{}</AnyOf>", all_of.collect::<String>())
    });
    format!(
        "<Policy xmlns=\"urn:oasis:names:tc:xacml:3.0:core:schema:wd-17\" PolicyId=\"p\" \
         Version=\"1.0\" RuleCombiningAlgId=\"urn:oasis:names:tc:xacml:3.0:\
         rule-combining-algorithm:deny-overrides\"><Target/>\n<Rule RuleId=\"r\" \
         Effect=\"Permit\"><Target>{}</Target></Rule></Policy>",
        any_of.collect::<String>()
    )
}

fn warnings(any_of: &[&[String]]) -> Vec<(WarningKind, String)> {
    let lint = Lint::new(&Catalogue::standard()).of_resource("ttd-brev");
    let warnings = lint.warnings("policy.xml", policy(any_of));
    let warnings = warnings.expect("can be read").into_iter();
    // These policies are no whole ones, and some are for Altinn others than for the standard: the
    // fixtures have that.
    let lacking = [
        WarningKind::NoLevel,
        WarningKind::UnlimitedRule,
        WarningKind::ReadOtherwise,
    ];
    warnings
        .filter(|warning| !lacking.contains(&warning.kind))
        .map(|warning| (warning.kind, warning.diagnostic.message().to_owned()))
        .collect()
}

fn only(any_of: &[&[String]], kind: WarningKind, text: &str) {
    let found = warnings(any_of);
    assert!(
        matches!(&found[..], [(known, message)] if *known == kind && message.contains(text)),
        "{kind:?} {text}: {found:?}"
    );
}

#[test]
fn roles_and_packages_are_known_by_the_values_they_have() {
    let dagl = subject("urn:altinn:rolecode", "DAGL");
    let package = subject("urn:altinn:accesspackage", "jordbruk");
    let full = subject("urn:altinn:external-role:ccr", "daglig-leder");
    let group = subject("urn:altinn:accessgroup", "whatever");
    let right = subject("urn:resourceright:action", "read");
    let fine = [dagl.clone(), package, full, group, right];
    assert_eq!(warnings(&[&fine]), []);

    let misspelt = [
        dagl.clone(),
        subject("urn:altinn:accesspackage", "jordbrug"),
    ];
    only(
        &[&misspelt],
        WarningKind::UnknownPackage,
        "did you mean `jordbruk`?",
    );
    let elsewhere = [dagl.clone(), subject("urn:altinn:rolecode", "daglig-leder")];
    only(
        &[&elsewhere],
        WarningKind::UnknownRole,
        "it is one under `urn:altinn:external-role:ccr`",
    );
    let urn = "urn:altinn:accesspackage:jordbruk";
    let urn = [dagl, subject("urn:altinn:accesspackage", urn)];
    only(&[&urn], WarningKind::WholeUrn, "write `jordbruk`");
}

#[test]
fn packages_that_open_nothing_by_themselves_are_told() {
    let id = "urn:altinn:accesspackage";
    let confidential = subject(id, "post-til-virksomheten-med-taushetsbelagt-innhold");
    only(
        &[&[confidential]],
        WarningKind::PackageOfNoRole,
        "must be delegated",
    );
    let admin = subject(id, "hovedadministrator");
    only(
        &[&[admin]],
        WarningKind::PackageNotForPolicies,
        "service owners",
    );
}

#[test]
fn attributes_are_altinns_and_of_their_category() {
    let misspelt = subject("urn:altinn:rolcode", "dagl");
    only(
        &[&[misspelt]],
        WarningKind::MisspeltAttribute,
        "did you mean `urn:altinn:rolecode`?",
    );
    let elsewhere = matching(category::RESOURCE, "urn:altinn:rolecode", "dagl");
    only(
        &[&[elsewhere]],
        WarningKind::MisspeltAttribute,
        "of the access-subject",
    );
    let own = subject("urn:ttd:something", "1");
    let level = subject("urn:altinn:authlevel", "3");
    assert_eq!(warnings(&[&[own, level]]), []);
}

#[test]
fn rules_that_nobody_reaches_are_told() {
    let id = |value| matching(category::RESOURCE, RESOURCE, value);
    let other = [id("ttd-vedlegg")];
    only(
        &[&other],
        WarningKind::Unreachable,
        "and the policy is of `ttd-brev`",
    );
    assert_eq!(warnings(&[&[id("ttd-brev"), id("ttd-vedlegg")]]), []);

    let action = |value| matching(category::ACTION, ACTION, value);
    let both: [&[String]; 2] = [&[action("read")], &[action("write")]];
    only(
        &both,
        WarningKind::Unreachable,
        "cannot be `read` and `write` at once",
    );
    let some: [&[String]; 2] = [&[action("read"), action("sign")], &[action("READ")]];
    assert_eq!(warnings(&some), []);

    let unknown = [subject("urn:altinn:rolecode", "kaptein")];
    let kinds: Vec<_> = warnings(&[&unknown])
        .into_iter()
        .map(|(kind, _)| kind)
        .collect();
    assert_eq!(kinds, [WarningKind::Unreachable, WarningKind::UnknownRole]);
}

#[test]
fn rules_that_end_with_the_roles_of_altinn_2_are_told() {
    let utinn = subject("urn:altinn:rolecode", "utinn");
    let alone = [utinn.clone()];
    only(
        &[&alone],
        WarningKind::OnlyEndingRoles,
        "until 1 January 2027 at 00:00",
    );
    let package = subject("urn:altinn:accesspackage", "jordbruk");
    assert_eq!(warnings(&[&[utinn, package]]), []);
    let never = Lint::new(&Catalogue::standard()).transition(Transition::never());
    let found = never.warnings("policy.xml", policy(&[&alone]));
    let found = found.expect("can be read");
    let is_of_roles = |warning: &Warning| warning.kind == WarningKind::OnlyEndingRoles;
    assert!(!found.iter().any(is_of_roles));
}

/// A blank beside a name is told as that, and the name is no display name.
#[test]
fn a_blank_beside_a_name_is_a_mistake_of_its_own() {
    for (id, value, kind, meant) in [
        (
            "urn:altinn:accesspackage",
            "jordbruk ",
            WarningKind::UnknownPackage,
            "`jordbruk`?",
        ),
        (
            "urn:altinn:rolecode",
            " utinn",
            WarningKind::UnknownRole,
            "`utinn`?",
        ),
    ] {
        let found = warnings(&[&[subject(id, value)]]);
        let mut of_kind = found.iter().filter(|(known, _)| *known == kind);
        let (_, message) = of_kind.next().expect("is found");
        assert!(
            message.ends_with(&format!("did you mean {meant}")),
            "{message}"
        );
        // Nobody has it.
        assert_eq!(found.len(), 2, "{found:?}");
    }
}
