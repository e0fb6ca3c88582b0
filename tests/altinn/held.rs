//! Lists of rights and the check before a delegation, by the policies: what is held in part or by
//! several things together is told, and an outage is no fact.

use std::sync::Arc;

use vedtak::Decision;
use vedtak::altinn::answers::ChangeReport;
use vedtak::altinn::delegation::Right;
use vedtak::altinn::facts::{AccessPackages, Answer, Asked, Fact};
use vedtak::altinn::register::{
    CheckReason, DelegationOrder, Grantable, Holdings, NotDelegable, OwnUse, Refusal,
};
use vedtak::altinn::{PartyKey, Pdp, Register};
use vedtak::provider::ProviderError;
use vedtak::value::DateTime;

use crate::honest::{PACKAGE, ROLE, firm, give, now, pdp, person, rule, service, world};

const TASK: &str = "urn:altinn:task";

fn give_right(register: &Register, to: &PartyKey, right: &Right) {
    let order = DelegationOrder::new(&person(1), &firm(1), to, now());
    let rights = std::slice::from_ref(right);
    let given =
        register.update(|change| change.delegate_resource(&order, &service(), None, rights));
    given.expect("is given");
}

fn held(pdp: &Pdp, who: &PartyKey) -> Holdings {
    let held = pdp.holdings_for(&person(1), who, &firm(1), &[service()], now());
    held.expect("may be seen")
}

/// The refusal of the check, if there is one, with its reasons.
fn checked(
    (register, pdp): (&Register, &Pdp),
    by: &PartyKey,
    right: &Right,
) -> (Result<(), Refusal>, Vec<CheckReason>) {
    let what = [Grantable::resource(service(), [right.clone()])];
    let (snapshot, may) = (register.snapshot(), pdp.who_may(now()));
    let checked = snapshot.delegation_check(by, &firm(1), &what, Some(&may), now());
    let checked = checked.expect("is an administrator").remove(0);
    (checked.result, checked.reasons)
}

#[test]
fn a_right_that_counts_in_some_tasks_is_listed_with_them() {
    let register = world();
    let permit = |task| {
        rule(
            "Permit",
            &[&[(ROLE, "dagl")]],
            Some("read"),
            &[(TASK, task)],
        )
    };
    let deny = rule(
        "Deny",
        &[&[(PACKAGE, "fiske")]],
        Some("read"),
        &[(TASK, "T2")],
    );
    let pdp = pdp(&register, &(permit("T1") + &permit("T2") + &deny));
    let ola = person(3);
    give_right(&register, &ola, &"read".into());
    give(&register, &ola, "tilgangsstyrer");
    let [whole] = &held(&pdp, &ola).rights[..] else {
        panic!("one right was given");
    };
    assert_eq!(
        (whole.decision, whole.only_as.len()),
        (Some(Decision::Permit), 0)
    );
    assert_eq!(checked((&register, &pdp), &ola, &"read".into()).0, Ok(()));

    give(&register, &ola, "fiske");
    let [partly] = &held(&pdp, &ola).rights[..] else {
        panic!("one right was given");
    };
    let of_first = Right::from("read").on(TASK, "T1");
    assert_eq!(partly.decision, Some(Decision::Permit));
    assert_eq!(partly.only_as, std::slice::from_ref(&of_first));
    let told = partly.to_string();
    assert!(
        told.contains("with effect only as `read (urn:altinn:task T1)`"),
        "{told}"
    );
    // She gives no more than she has.
    let whole = checked((&register, &pdp), &ola, &"read".into()).0;
    let of_second = Right::from("read").on(TASK, "T2");
    let why = OwnUse::NotInParts(vec![of_second]);
    let is_told =
        matches!(&whole, Err(Refusal::RightNotToGiveOn { why: told, .. }) if *told == why);
    assert!(is_told, "{whole:?}");
    let told = whole.expect_err("is refused").to_string();
    assert!(
        told.contains("a delegation would give `read (urn:altinn:task T2)` as well"),
        "{told}"
    );
    assert_eq!(partly.not_delegable, Some(NotDelegable::NotInEachPart));
    assert_eq!(checked((&register, &pdp), &ola, &of_first).0, Ok(()));
}

/// A rule may take a right to the whole from its holder in one part: she has it, and may not give it on.
#[test]
fn a_right_that_is_held_and_not_to_be_given_is_told_apart() {
    let register = world();
    let permit = rule("Permit", &[&[(PACKAGE, "jordbruk")]], Some("read"), &[]);
    let deny = rule(
        "Deny",
        &[&[(PACKAGE, "fiske")]],
        Some("read"),
        &[(TASK, "T2")],
    );
    let pdp = pdp(&register, &(permit + &deny));
    let (ola, per) = (person(3), person(4));
    let check = |by: &PartyKey| {
        let what = [Grantable::resource(service(), ["read"])];
        let (snapshot, may) = (register.snapshot(), pdp.who_may(now()));
        let checked = snapshot.delegation_check(by, &firm(1), &what, Some(&may), now());
        checked.expect("is an administrator").remove(0)
    };
    for who in [&ola, &per] {
        give(&register, who, "tilgangsstyrer");
        give(&register, who, "fiske");
    }
    give(&register, &ola, "jordbruk");
    let of_ola = check(&ola);
    assert!(
        matches!(of_ola.result, Err(Refusal::RightNotToGiveOn { .. })),
        "{of_ola:?}"
    );
    assert!(of_ola.is_held);
    let [read] = &held(&pdp, &ola).rights[..] else {
        panic!("a package gives one right");
    };
    assert_eq!(read.decision, Some(Decision::Permit));
    assert!(!read.may_be_delegated(), "{read}");
    // Without the package of the permit she does not have it.
    let of_per = check(&per);
    assert!(
        matches!(of_per.result, Err(Refusal::NotHeld { .. })),
        "{of_per:?}"
    );
    assert!(!of_per.is_held);
    // A main administrator need not have it, and may give it.
    give(&register, &person(1), "fiske");
    give(&register, &person(1), "jordbruk");
    let of_kari = check(&person(1));
    assert!(of_kari.is_held && of_kari.may_be_delegated(), "{of_kari:?}");
    let held = held(&pdp, &person(1)).rights;
    assert!(
        held.iter().all(|right| right.may_be_delegated()),
        "{held:?}"
    );
}

#[test]
fn rights_by_several_things_together_are_listed() {
    let register = world();
    let both = [(PACKAGE, "jordbruk"), (PACKAGE, "fiske")];
    let rules = rule("Permit", &[&[(PACKAGE, "jordbruk")]], Some("read"), &[])
        + &rule("Permit", &[&both], Some("sign"), &[])
        + &rule("Permit", &[&[(PACKAGE, "skogbruk")]], None, &[])
        + &rule("Permit", &[&[(ROLE, "dagl")]], Some("close"), &[]);
    let pdp = pdp(&register, &rules);
    let ola = person(3);
    give(&register, &ola, "jordbruk");
    give(&register, &ola, "fiske");
    let listed = |held: &Holdings| -> Vec<String> {
        held.otherwise.iter().map(ToString::to_string).collect()
    };
    let of_both = held(&pdp, &ola);
    assert_eq!(listed(&of_both), ["sign on `svc`"]);
    assert!(of_both.is_complete && of_both.troubles.is_empty());
    let [through] = &of_both.otherwise[0].through[..] else {
        panic!("one rule permits it");
    };
    assert_eq!(through.what.len(), 2);
    assert_eq!(of_both.otherwise[0].valid_until, None);
    give(&register, &ola, "skogbruk");
    let all = held(&pdp, &ola);
    assert!(
        listed(&all).contains(&"every action on `svc`".to_owned()),
        "{:?}",
        listed(&all)
    );
    assert!(all.only_direct().otherwise.is_empty());
}

struct Down;

impl AccessPackages for Down {
    fn access_packages(&self, _: &Asked<'_>) -> Answer<Vec<Fact<Arc<str>>>> {
        Err(ProviderError::new("connection refused"))
    }
}

#[test]
fn an_outage_is_told_by_lists_and_by_the_check() {
    let register = world();
    let ola = person(3);
    give(&register, &ola, "jordbruk");
    give(&register, &ola, "tilgangsstyrer");
    let rules = rule("Permit", &[&[(PACKAGE, "jordbruk")]], Some("read"), &[]);
    let policy = format!(
        r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="p" Version="1.0"
  RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides"><Target/>
{rules}</Policy>"#
    );
    let pdp = Pdp::builder().policy("svc", policy).register(&register);
    let pdp = pdp.packages(Down).build().expect("compiles");
    let of_ola = held(&pdp, &ola);
    assert!(of_ola.rights.is_empty() && !of_ola.is_complete);
    let [trouble] = &of_ola.troubles[..] else {
        panic!("{:?}", of_ola.troubles);
    };
    assert!(trouble.to_string().contains("connection refused"));
    let (refusal, reasons) = checked((&register, &pdp), &ola, &"read".into());
    let refusal = refusal.expect_err("nobody knows");
    assert!(matches!(refusal, Refusal::NotDecided { .. }), "{refusal}");
    assert!(refusal.to_string().contains("connection refused"));
    assert_eq!(reasons, [CheckReason::Unknown]);
    // A main administrator gives without having it.
    assert_eq!(
        checked((&register, &pdp), &person(1), &"read".into()).0,
        Ok(())
    );
}

#[test]
fn what_takes_more_than_a_delegation_is_told() {
    let register = world();
    let right = [(ROLE, "dagl"), ("urn:resourceright:action", "read")];
    let rules = rule("Permit", &[&right], Some("read"), &[])
        + &rule(
            "Permit",
            &[&[("urn:altinn:partytype", "person")]],
            Some("sign"),
            &[],
        );
    let pdp = pdp(&register, &rules);
    let check = |right: &str| checked((&register, &pdp), &person(1), &right.into()).0;
    let alone = check("read").expect_err("takes a resource right");
    assert!(matches!(alone, Refusal::NotAlone { .. }), "{alone}");
    let nothing = check("sign").expect_err("is every person's");
    assert!(
        matches!(nothing, Refusal::RightNotInPolicy { .. }),
        "{nothing}"
    );
}

/// A delegation is asked about only where the policy does not apply.
#[test]
fn a_right_that_is_denied_without_a_role_is_not_delegated() {
    let register = world();
    let permit = rule("Permit", &[&[(ROLE, "dagl")]], Some("read"), &[]);
    let deny = rule("Deny", &[], Some("read"), &[]).replace("<AnyOf></AnyOf>", "");
    for (algorithm, rules, may) in [
        (
            "3.0:rule-combining-algorithm:deny-unless-permit",
            permit.clone(),
            false,
        ),
        (
            "3.0:rule-combining-algorithm:permit-overrides",
            permit.clone() + &deny,
            false,
        ),
        (
            "1.0:rule-combining-algorithm:first-applicable",
            permit.clone() + &deny,
            false,
        ),
        (
            "1.0:rule-combining-algorithm:first-applicable",
            deny + &permit,
            false,
        ),
        (
            "3.0:rule-combining-algorithm:permit-overrides",
            permit,
            true,
        ),
    ] {
        let policy = format!(
            r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="p" Version="1.0"
  RuleCombiningAlgId="urn:oasis:names:tc:xacml:{algorithm}"><Target/>{rules}</Policy>"#
        );
        let pdp = Pdp::builder().policy("svc", &policy).register(&register);
        let pdp = pdp.build().expect("compiles");
        let (result, _) = checked((&register, &pdp), &person(1), &"read".into());
        let is_refused = matches!(result, Err(Refusal::RightNotInPolicy { .. }));
        assert_eq!(
            (result.is_ok(), is_refused),
            (may, !may),
            "{algorithm}: {result:?}"
        );
        let answers = pdp.answers(&service(), now()).expect("is there");
        let read = answers.expect("has a policy").who_may(&"read".into());
        assert_eq!(read.expect("is small").may_be_delegated, may, "{algorithm}");

        // When the role ends, nothing is left.
        let policy = policy.replace(">dagl<", ">utinn<");
        let pdp = Pdp::builder().policy("svc", policy).register(&register);
        let pdp = pdp.build().expect("compiles");
        let until: DateTime = "2027-01-01T00:00:00+01:00".parse().expect("is an instant");
        let report = ChangeReport::between((&pdp, now()), (&pdp, until), &[service()], &[firm(1)]);
        let report = report.expect("is answered");
        let mut lost = report.services[0].policy.rights.iter();
        assert_eq!(lost.any(|one| one.single_right_stays), may, "{algorithm}");
    }
}

/// A rule for another party opens nothing for this one.
#[test]
fn a_rule_for_another_party_is_not_delegated() {
    let register = world();
    let mut parties = register.snapshot().parties().into_iter();
    let own = parties.find(|party| party.has_key(&firm(1)));
    let own = own.expect("is there").number.clone().expect("has one");
    let number = "urn:altinn:organization:identifier-no";
    for (id, value, may) in [
        (number, "999999999", false),
        (number, &*own, true),
        ("urn:altinn:partyid", "987654", false),
    ] {
        let rules = rule(
            "Permit",
            &[&[("urn:altinn:userid", "1")]],
            Some("read"),
            &[],
        ) + &rule(
            "Permit",
            &[&[(ROLE, "utinn")]],
            Some("read"),
            &[(id, value)],
        );
        let pdp = pdp(&register, &rules);
        let (result, _) = checked((&register, &pdp), &person(1), &"read".into());
        let is_refused = matches!(result, Err(Refusal::NotAlone { .. }));
        assert_eq!(
            (result.is_ok(), is_refused),
            (may, !may),
            "{value}: {result:?}"
        );
    }
}

/// A rule for one party gives no right that is delegated for another.
#[test]
fn a_right_for_another_party_is_refused() {
    let register = world();
    let rules = rule("Permit", &[&[(ROLE, "dagl")]], Some("read"), &[]);
    let pdp = pdp(&register, &rules);
    let mut parties = register.snapshot().parties().into_iter();
    let own = parties.find(|party| party.has_key(&firm(1)));
    let own = own.expect("is there").number.clone().expect("has one");
    let number = "urn:altinn:organization:identifier-no";
    for (id, value, is_own) in [
        (number, &*own, true),
        (number, "999999999", false),
        (number, "nobody", false),
        ("urn:altinn:partyid", "987654", false),
    ] {
        let right = Right::from("read").on(id, value);
        let (result, reasons) = checked((&register, &pdp), &person(1), &right);
        let may = pdp.who_may(now());
        let order = DelegationOrder::new(&person(1), &firm(1), &person(3), now());
        let given = register.update(|change| {
            change.who_may(&may);
            change.delegate_resource(&order, &service(), None, std::slice::from_ref(&right))
        });
        for refusal in [result.err(), given.err()] {
            let is_that = matches!(refusal, Some(Refusal::RightForAnother { .. }));
            assert_eq!((is_that, refusal.is_none()), (!is_own, is_own), "{right}");
        }
        assert_eq!(reasons == [CheckReason::Unknown], !is_own);
    }
}

#[test]
fn a_right_in_very_many_tasks_is_given_one_by_one() {
    let register = world();
    let rules = (0..300).map(|task| {
        let part = [(TASK, &*format!("T{task}"))];
        rule("Permit", &[&[(PACKAGE, "jordbruk")]], Some("read"), &part)
    });
    let pdp = pdp(&register, &rules.collect::<String>());
    let ola = person(3);
    give(&register, &ola, "jordbruk");
    give(&register, &ola, "tilgangsstyrer");
    let whole = checked((&register, &pdp), &ola, &"read".into()).0;
    assert!(
        matches!(whole, Err(Refusal::NotDecided { .. })),
        "{whole:?}"
    );
    let one = Right::from("read").on(TASK, "T7");
    assert_eq!(checked((&register, &pdp), &ola, &one).0, Ok(()));
}
