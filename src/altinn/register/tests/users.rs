//! Tests of users who log in by e-mail address or user name.

use super::{World, at, now};
use crate::altinn::party::{Party, PartyKey, PartyKind};
use crate::altinn::register::{Grantable, NotDelegable, PartyQuery, Register, Source};

#[test]
fn a_self_identified_user_acts_for_herself_and_receives() {
    let world = World::new();
    let eva = PartyKey::email("Eva@Example.no");
    let old = PartyKey::username("Eva_1");
    world.must(|change| change.party(Party::new(eva.clone(), "Eva").key(old.clone())));
    let snapshot = world.register.snapshot();
    let own = snapshot.roles_of(&old, &eva, now());
    assert_eq!(
        own[0].what,
        Grantable::role("urn:altinn:role:selvregistrert")
    );
    assert_eq!(own[0].source, Source::Oneself);
    assert_eq!(own[0].not_delegable, Some(NotDelegable::FromRegister));
    let listed = |who: &PartyKey| {
        let all = world.register.snapshot();
        let all = all
            .authorized_parties(who, &PartyQuery::new(), now())
            .parties;
        Vec::from_iter(all.iter().map(|listed| listed.party.name.to_string()))
    };
    assert_eq!(listed(&eva), ["Eva"]);
    world.resource(&world.fjell_to(&eva).to_called("EVA"), &["read"]);
    assert_eq!(listed(&old), ["Eva", "FJELL AS", "FJELL AVD. NORD"]);

    let saved = world.register.snapshot().to_json();
    let again = Register::from_json("again.json", saved.as_bytes()).expect("is read");
    assert_eq!(again.snapshot().to_json(), saved);
    let holders = again
        .snapshot()
        .rightholders(&world.fjell, at("2026-04-01T12:00:00Z"));
    assert!(
        holders
            .iter()
            .any(|holder| holder.kind == PartyKind::SelfIdentified)
    );
}

#[test]
fn an_enterprise_user_is_known_by_its_user_name() {
    let world = World::new();
    let account = PartyKey::username("bjerk-1");
    let user = Party::new(account.clone(), "BJERK SYSTEM").of_kind(PartyKind::EnterpriseUser);
    world.must(|change| change.party(user.part_of(world.bjerk.clone())));
    world.package(&world.fjell_to(&account), "jordbruk");
    assert!(world.has_package(
        &PartyKey::username("BJERK-1"),
        &world.fjell,
        "jordbruk",
        now()
    ));
}

#[test]
fn keys_of_users_have_one_spelling_and_hide_the_address() {
    for text in [
        "urn:altinn:person:idporten-email:EVA@example.no",
        "urn:altinn:person:idporten-email:eva@example.no",
    ] {
        assert_eq!(text.parse(), Ok(PartyKey::email("eva@example.no")));
    }
    for text in [
        "urn:altinn:party:username:Eva",
        "urn:altinn:enterpriseuser:username:eva",
    ] {
        assert_eq!(text.parse(), Ok(PartyKey::username("eva")));
    }
    for text in [
        "urn:altinn:person:idporten-email:eva",
        "urn:altinn:person:idporten-email:@example.no",
        "urn:altinn:person:idporten-email:e va@example.no",
        "urn:altinn:party:username:",
    ] {
        assert!(text.parse::<PartyKey>().is_err(), "{text}");
    }
    let shown = format!("{:?}", PartyKey::email("eva@example.no"));
    assert_eq!(shown, "urn:altinn:person:idporten-email:e*****@example.no");
    let file = br#"{"format": "vedtak-register", "version": 1, "parties": [
        {"kind": "self-identified user", "name": "Eva", "email": "eva"},
        {"kind": "self-identified user", "name": "Ida", "username": "i da"}]}"#;
    let error = Register::from_json("register.json", file).expect_err("has two mistakes");
    let text = error.to_string();
    assert!(
        text.contains("`email` is an e-mail address, but found `eva`"),
        "{text}"
    );
    assert!(text.contains("`username` is one word"), "{text}");
}
