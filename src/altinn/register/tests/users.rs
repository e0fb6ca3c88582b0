//! Tests of users who log in by e-mail address or user name.

use super::{World, at, now};
use crate::altinn::fact::Window;
use crate::altinn::party::{Party, PartyKey, PartyKind};
use crate::altinn::register::{
    Change, DelegationOrder, Grantable, NotDelegable, PartyQuery, Refusal, Register, Source,
};

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
    // Its organisation's number is as good as its name.
    let order = |called: &str| world.fjell_to(&account).to_called(called);
    world.must(|change| change.delegate_package(&order("910000002"), "fiske"));
    let refused = world.refused(|change| change.delegate_package(&order("910000001"), "skogbruk"));
    assert_eq!(refused, Refusal::NoSuchReceiver);
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

#[test]
fn a_link_gives_the_linked_user_herself_and_no_more() {
    let world = World::new();
    let (eva, old) = (
        PartyKey::email("eva@example.no"),
        PartyKey::username("eva_1"),
    );
    world.must(|change| {
        change.party(Party::new(eva.clone(), "EVA"))?;
        change.party(Party::new(old.clone(), "EVA_1"))
    });
    world.resource(&world.fjell_to(&old).to_called("EVA_1"), &["read"]);
    let link = |from: &PartyKey, to: &PartyKey| {
        let role = "selvregistrert";
        let linked =
            |change: &mut Change<'_, '_>| change.import_role(from, to, role, Window::ALWAYS);
        world.register.update(linked)
    };
    let listed = |who: &PartyKey| {
        let all = world.register.snapshot();
        let all = all.authorized_parties(who, &PartyQuery::new(), now());
        Vec::from_iter(
            all.parties
                .iter()
                .map(|listed| listed.party.name.to_string()),
        )
    };
    assert_eq!(link(&old, &eva), Ok(()));
    // The other user is there beside herself; what was given to that is not, nor is it mutual.
    assert_eq!(listed(&eva), ["EVA", "EVA_1"]);
    assert_eq!(listed(&old), ["EVA_1", "FJELL AS", "FJELL AVD. NORD"]);
    let snapshot = world.register.snapshot();
    let roles = snapshot.roles_of(&eva, &old, now());
    let role = Grantable::role("urn:altinn:role:selvregistrert");
    assert_eq!(Vec::from_iter(roles.iter().map(|held| &held.what)), [&role]);
    assert_eq!(roles[0].source, Source::Register);
    assert!(snapshot.rights_of(&eva, &world.fjell, now()).is_empty());
    // She cannot give on what is the linked user's.
    let order = DelegationOrder::new(&eva, &old, &world.kari, now());
    let refused = world
        .register
        .update(|change| change.delegate_package(&order, "jordbruk"));
    assert!(refused.is_err(), "{refused:?}");

    let saved = snapshot.to_json();
    let again = Register::from_json("again.json", saved.as_bytes()).expect("is read");
    assert_eq!(again.snapshot().to_json(), saved);

    // A person may have linked her e-mail address; nobody else is linked.
    assert_eq!(link(&eva, &world.kari), Ok(()));
    let misfit = |refused| matches!(refused, Err(Refusal::RoleDoesNotFit { .. }));
    for (from, to) in [
        (&world.kari, &eva),
        (&world.kari, &world.ola),
        (&world.fjell, &eva),
        (&eva, &world.fjell),
    ] {
        assert!(misfit(link(from, to)), "{from:?} {to:?}");
    }
    let ended = |change: &mut Change<'_, '_>| change.end_imported_role(&old, &eva, "seln");
    assert_eq!(world.register.update(ended), Ok(true));
    assert_eq!(listed(&eva), ["EVA"]);
}

#[test]
fn a_link_in_a_file_is_between_users() {
    let file = r#"{"format": "vedtak-register", "version": 1, "parties": [
        {"kind": "self-identified user", "name": "EVA", "email": "eva@example.no"},
        {"kind": "organisation", "name": "FJELL AS", "number": "910000001"}],
        "roles": [{"to": "EVA", "from": "FJELL AS", "role": "selvregistrert"}]}"#;
    let error = Register::from_json("register.json", file.as_bytes()).expect_err("is no user");
    let text = error.to_string();
    let message = "the role `Selvregistrert bruker` is not one for a party like FJELL AS";
    assert!(text.contains(message), "{text}");
}
