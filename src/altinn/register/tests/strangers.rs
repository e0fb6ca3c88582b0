//! Tests that who has no part in something learns nothing about it from a refusal.

use super::{World, later, now, person};
use crate::altinn::fact::Window;
use crate::altinn::facts::ResourceRight;
use crate::altinn::party::{Party, PartyKey};
use crate::altinn::register::{
    Change, ClientDelegationOrder, DelegationOrder, Grantable, RecordId, Refusal,
};

impl World {
    /// Returns the message by which Per, a stranger, is refused, without the numbers in it.
    fn told_to_per<T: std::fmt::Debug>(
        &self,
        change: impl FnOnce(&mut Change<'_, '_>) -> Result<T, Refusal>,
    ) -> String {
        let refusal = self.refused(change).to_string();
        refusal.replace(|c: char| c.is_ascii_digit(), "")
    }
}

#[test]
fn a_stranger_is_refused_alike_whether_there_is_something_or_not() {
    let world = World::new();
    let until = world.fjell_to(&world.dal).during(Window::until(later()));
    let to_dal = world.package(&until, "jordbruk");
    let to_ola = world.package(&world.fjell_to(&world.ola), "jordbruk");
    let request = world.must(|change| {
        change.ask_for(
            &world.ola,
            &world.fjell,
            &Grantable::package("fiske"),
            now(),
        )
    });
    let answered = world.must(|change| {
        let jakt = Grantable::package("skogbruk");
        let request = change.ask_for(&world.ola, &world.fjell, &jakt, now())?;
        change.decline(&world.kari, request, now())?;
        Ok(request)
    });
    let right = ResourceRight::new(world.form.clone(), world.fjell.clone(), "t", "v");
    let right = world.must(|change| change.add_resource_right("ttd", right));
    let nothing = RecordId(4711);
    let per = &world.per;
    let (fjell, ola) = (&world.fjell, &world.ola);

    let records = [to_dal, to_ola, request, right, nothing];
    let revoked = records.map(|id| world.told_to_per(|change| change.revoke(per, id, now())));
    let requests = [request, answered, to_dal, nothing];
    let approved = requests
        .map(|id| world.told_to_per(|change| change.approve(per, id, Window::ALWAYS, now())));
    let declined = requests.map(|id| world.told_to_per(|change| change.decline(per, id, now())));
    let withdrawn = requests.map(|id| world.told_to_per(|change| change.withdraw(per, id, now())));
    let of_another = [right, to_dal, nothing]
        .map(|id| world.told_to_per(|change| change.delete_resource_right("skd", id)));

    // What somebody has, by name.
    let things = [
        Grantable::package("jordbruk"),
        Grantable::package("fiske"),
        Grantable::role("utinn"),
        Grantable::resource(world.form.clone(), ["read"]),
    ];
    let strangers = [ola.clone(), world.dal.clone(), person(9)];
    let mut held = Vec::new();
    let mut listed = Vec::new();
    for holder in &strangers {
        for what in &things {
            held.push(
                world.told_to_per(|change| change.revoke_held(per, fjell, holder, what, now())),
            );
        }
        let snapshot = world.register.snapshot();
        let refused = snapshot.holdings_for(per, holder, fjell, now());
        listed.push(refused.expect_err("is refused").to_string());
    }

    // Delegating on: what a record gives, when it holds, and who the receiver is.
    let order = |to: &PartyKey| DelegationOrder::new(per, fjell, to, now());
    let mut given = Vec::new();
    let mut given_on = Vec::new();
    let receivers = [ola, &world.dal, &person(9), fjell];
    for to in receivers {
        for order in [
            order(to),
            order(to).to_called("OLA"),
            order(to).to_called("NOBODY"),
        ] {
            for order in [order.clone(), order.during(Window::from(later()))] {
                for what in &things {
                    let told = |order: &DelegationOrder| {
                        world.told_to_per(|change| change.delegate(order, what))
                    };
                    given.push(told(&order));
                    let roots = [to_dal, to_ola, request, right, nothing];
                    given_on.extend(roots.map(|root| told(&order.clone().on_from(root))));
                }
            }
        }
    }
    let clients = [fjell, ola, &person(9)].map(|client| {
        let serving = ClientDelegationOrder::new(per, &world.bjerk, client, &world.anne, now());
        world.told_to_per(|change| change.delegate_client(&serving.package("jordbruk")))
    });
    for told in [
        &revoked[..],
        &approved,
        &declined,
        &withdrawn,
        &of_another,
        &held,
        &listed,
        &given,
        &given_on,
        &clients,
    ] {
        assert!(told.iter().all(|one| *one == told[0]), "{told:#?}");
    }
}

#[test]
fn a_number_does_not_tell_a_strangers_name() {
    let world = World::new();
    world.must(|change| change.party(Party::new(world.ola.clone(), "OLA NORDMANN")));
    let order = DelegationOrder::new(&world.per, &world.ola, &world.kari, now());
    let told = world.told_to_per(|change| change.delegate_package(&order, "innbygger-samliv"));
    assert!(!told.contains("NORDMANN"), "{told}");
}
