//! Lists of delegations, and explanations that name one, against decisions: over random registers,
//! with services out of packages, access lists and policies that change after the delegation.

use std::collections::BTreeSet;

use super::model::random::Random;
use super::{Given, World, at, now};
use crate::altinn::delegation::Right;
use crate::altinn::explain::{NearDelegation, NearDifference};
use crate::altinn::fact::Window;
use crate::altinn::facts::{Asked, Delegations, Parties};
use crate::altinn::pdp::rights::request;
use crate::altinn::register::{
    CheckReason, ClientDelegationOrder, DelegationOrder, Grantable, Holding, PartyQuery, Refusal,
    Source,
};
use crate::altinn::resource::{InstanceId, Resource, ResourceId};
use crate::altinn::{PartyKey, Pdp};
use crate::{Decision, Request};

const POLICY: &str = include_str!("../../../../fixtures/altinn/model-policy.xml");

/// A world, and PDPs of the policy as it was when services were given on, and as it is.
struct HonestWorld {
    world: World,
    form: ResourceId,
    then: Pdp,
    now: Pdp,
    /// As `now`, with delegations that are repaired.
    repaired: Pdp,
    given: Given,
    log: Vec<String>,
}

impl HonestWorld {
    fn new(random: &mut Random) -> Self {
        let world = World::new();
        let form = ResourceId::new("ttd-skjema");
        let mut described = Resource::new(form.clone(), "ttd");
        if random.one_in(3) {
            described = described.with_access_list();
        }
        world.must(|change| {
            change.resource(described)?;
            change.access_list("ttd:l")?;
            change.connect_access_list("ttd:l", &form, Some(&["read", "write"]))
        });
        let later = match random.below(3) {
            0 => POLICY.to_owned(),
            // `write` is moved to another package, or `read` is no action any more.
            1 => POLICY.replace(">jordbruk<", ">fiske<"),
            _ => POLICY.replace(">read<", ">view<"),
        };
        let given = Given::default();
        let pdp = |policy: &str| {
            let pdp = Pdp::builder().policy("ttd-skjema", policy);
            pdp.register(&world.register)
        };
        Self {
            then: pdp(POLICY).build().expect("compiles"),
            now: pdp(&later).build().expect("compiles"),
            repaired: pdp(&later)
                .delegations(given.clone())
                .build()
                .expect("compiles"),
            given,
            form,
            world,
            log: Vec::new(),
        }
    }

    /// The parties whose affairs are asked about, and those who ask.
    fn parties(&self) -> [&PartyKey; 10] {
        let world = &self.world;
        [
            &world.fjell,
            &world.unit,
            &world.bjerk,
            &world.dal,
            &world.kari,
            &world.berit,
            &world.dina,
            &world.anne,
            &world.ola,
            &world.per,
        ]
    }

    fn act(&mut self, random: &mut Random) {
        let world = &self.world;
        let to = *random.pick(&[
            &world.ola,
            &world.per,
            &world.dal,
            &world.bjerk,
            &world.unit,
        ]);
        let window = match random.below(4) {
            0 => Window::until(at("2026-02-01T00:00:00Z")),
            1 => Window::from(super::later()),
            _ => Window::ALWAYS,
        };
        let ordinary = match random.below(3) {
            0 => DelegationOrder::new(&world.dina, &world.dal, to, at("2026-01-01T00:00:00Z")),
            _ => DelegationOrder::new(&world.kari, &world.fjell, to, at("2026-01-01T00:00:00Z")),
        };
        let order = ordinary.during(window);
        let letter = InstanceId::new("brev");
        let instance = random.one_in(3).then_some(&letter);
        let rights: Vec<Right> = match random.below(4) {
            0 => vec!["read".into()],
            1 => vec!["write".into()],
            2 => vec!["read".into(), "write".into()],
            _ => vec!["sign".into(), "read".into()],
        };
        let package = *random.pick(&["jordbruk", "fiske", "tilgangsstyrer", "hovedadministrator"]);
        let role = *random.pick(&["utinn", "hadm"]);
        let kind = random.below(9);
        let may = self.then.who_may(order.at);
        let made = world.register.update(|change| match kind {
            0 | 1 => change.delegate_package(&order, package).map(drop),
            2 | 3 => {
                let given = change.delegate_resource(&order, &self.form, instance, &rights);
                given.map(drop)
            }
            // One service out of a package, by dal.
            4 | 5 => {
                let root = DelegationOrder::new(&world.kari, &world.fjell, &world.dal, order.at);
                let root = match change.delegate_package(&root, "jordbruk") {
                    Err(Refusal::AlreadyDelegated { record, .. }) => record,
                    given => given?,
                };
                change.who_may(&may);
                let on = DelegationOrder::new(&world.dina, &world.fjell, to, order.at);
                let on = on.on_from(root).during(window);
                change
                    .delegate_resource(&on, &self.form, instance, &["write".into()])
                    .map(drop)
            }
            6 => {
                let (berit, bjerk, anne) = (&world.berit, &world.bjerk, &world.anne);
                let serving =
                    ClientDelegationOrder::new(berit, bjerk, &world.fjell, anne, order.at);
                let rights = rights.iter().map(|right| &*right.action);
                change
                    .delegate_client(&serving.resource(self.form.clone(), rights))
                    .map(drop)
            }
            7 => match random.one_in(2) {
                true => change.import_role(&world.fjell, to, role, Window::ALWAYS),
                false => change.delegate_role(&order, role).map(drop),
            },
            _ => change.access_list_member("ttd:l", &order.from, window),
        });
        world.register.snapshot().0.check();
        let told = made.map_or_else(|refusal| refusal.to_string(), |()| "made".into());
        self.log.push(format!(
            "{kind} {package} {role} {rights:?} {instance:?} {order:?}: {told}"
        ));
    }

    fn decide(&self, request: &Request) -> Decision {
        self.now.decide_at(request, now()).decision()
    }

    fn story(&self, told: &str) -> String {
        format!("{told}\n{}", self.log.join("\n"))
    }

    /// Every listed right has the decision about it, and may be given where the act is allowed.
    fn lists_are_honest(&self, holder: &PartyKey, of: &PartyKey) {
        let (who, party) = (self.world.party(holder), self.world.party(of));
        let snapshot = self.world.register.snapshot();
        let agrees = |held: &Holding| {
            let Grantable::Resource {
                resource,
                instance,
                rights,
            } = &held.what
            else {
                return;
            };
            for right in rights {
                let asked = request(&who, &party, resource, instance.as_ref(), right);
                let decision = self.decide(&asked.expect("has keys"));
                let told = self.story(&format!("{holder:?} for {of:?}: {held}"));
                assert_eq!(held.decision, Some(decision), "{told}");
            }
        };
        let resources = [self.form.clone()];
        let held = self.now.holdings_for(holder, holder, of, &resources, now());
        let held = held.expect("is her own");
        held.rights.iter().for_each(agrees);
        let mut listed = Vec::new();
        for action in ["read", "write"] {
            let query = PartyQuery::new().only([of.clone()]);
            let right = action.into();
            let parties = self
                .now
                .authorized_parties(holder, &self.form, &right, &query, now());
            for one in parties.parties {
                if one.party.has_key(of) {
                    listed.extend(one.resources.into_iter().chain(one.instances));
                    listed.extend(one.roles.into_iter().chain(one.packages));
                }
            }
        }
        listed.iter().for_each(agrees);
        let own = snapshot.authorized_parties(holder, &PartyQuery::new().only([of.clone()]), now());
        for one in own.parties.into_iter().filter(|one| one.party.has_key(of)) {
            // What other lists say of the same, too.
            let rights = one.resources.into_iter().chain(one.instances).collect();
            for (list, other) in [
                (&rights, snapshot.rights_of(holder, of, now())),
                (&one.roles, snapshot.roles_of(holder, of, now())),
                (&one.packages, snapshot.packages_of(holder, of, now())),
            ] {
                let told = || self.story(&format!("{holder:?} for {of:?}: {list:#?}"));
                assert_eq!(list.len(), other.len(), "{}", told());
                assert!(list.iter().all(|held| other.contains(held)), "{}", told());
            }
            listed.extend(one.roles.into_iter().chain(one.packages));
        }

        listed.extend(
            held.roles
                .into_iter()
                .chain(held.packages)
                .chain(held.rights),
        );
        let may = self.now.who_may(now());
        for one in listed.iter().flat_map(Holding::each_right) {
            let has_it = one
                .decision
                .is_none_or(|decision| decision == Decision::Permit);
            if !has_it || !one.may_be_delegated() {
                continue;
            }
            let what = [one.what.clone()];
            let checked = snapshot.delegation_check(holder, of, &what, Some(&may), now());
            for checked in checked.into_iter().flatten() {
                let told = self.story(&format!("{holder:?} for {of:?}: {one}"));
                assert_eq!(checked.result, Ok(()), "{told}");
            }
        }
    }

    /// Behind each code of the check is what it says, and it holds.
    fn codes_are_honest(&self, by: &PartyKey, of: &PartyKey) {
        let may = self.now.who_may(now());
        let right = |action: &str| Grantable::resource(self.form.clone(), [action]);
        let what = [
            right("read"),
            right("write"),
            Grantable::package("jordbruk"),
            Grantable::role("utinn"),
        ];
        let snapshot = self.world.register.snapshot();
        let checked = snapshot.delegation_check(by, of, &what, Some(&may), now());
        for one in checked.into_iter().flatten() {
            let told = self.story(&format!("{by:?} for {of:?}: {one:#?}"));
            if !one.may_be_delegated() {
                assert!(one.permissions.is_empty(), "{told}");
                continue;
            }
            let is_delegated = |held: &Holding| matches!(held.source, Source::Direct(_));
            let fits = |held: &Holding| match (&held.what, one.reasons[0]) {
                (Grantable::Resource { .. }, CheckReason::DelegationAccess) => true,
                (Grantable::Role(_), CheckReason::DelegationAccess) => is_delegated(held),
                (Grantable::Package(_), CheckReason::PackageAccess) => is_delegated(held),
                (_, CheckReason::RoleAccess) => !is_delegated(held) || !one.is_held,
                _ => false,
            };
            assert!(one.permissions.iter().any(fits), "{told}");
            let mut held = one.permissions.iter();
            assert!(held.all(|held| held.window.contains(now())), "{told}");
        }
    }

    /// An explanation names just those delegations that would permit if one thing were as it is asked.
    fn near_misses_are_honest(
        &self,
        who: &PartyKey,
        of: &PartyKey,
        action: &str,
        instance: Option<&InstanceId>,
    ) -> usize {
        let (subject, party) = (self.world.party(who), self.world.party(of));
        let right = action.into();
        let asked = request(&subject, &party, &self.form, instance, &right).expect("has keys");
        let explanation = self.now.explain_at(&asked, now());
        if explanation.ruling.decision() != Decision::NotApplicable {
            assert!(explanation.near.is_empty(), "{explanation}");
            return 0;
        }
        let told = || {
            let story = format!("{who:?} for {of:?}, {action} on {instance:?}: {explanation}");
            self.story(&story)
        };
        let name = |near: &NearDelegation| {
            let kind = match near.differs {
                NearDifference::Rights(_) => "rights",
                NearDifference::Instance(_) => "instance",
                NearDifference::Window(_) => "window",
                NearDifference::Party(_) => "party",
                NearDifference::Package(_) => "package",
            };
            (near.delegation.to_string(), near.path.to_string(), kind)
        };
        let told_near = BTreeSet::from_iter(explanation.near.iter().map(name));
        assert_eq!(told_near.len(), explanation.near.len(), "{}", told());

        let snapshot = self.world.register.snapshot();
        let mut found = BTreeSet::new();
        for giver in self.parties() {
            let giver = snapshot.party(giver).expect("answers").expect("is known");
            let asked_of = Asked::new(&subject, &giver, now());
            let on_file = snapshot.delegations(&asked_of, &self.form, instance);
            for given in on_file.expect("answers") {
                if given.window.is_empty() {
                    continue;
                }
                let is_of = giver.has_key(of);
                let kinds = ["party", "rights", "instance", "window", "package"];
                for kind in kinds.into_iter().take(if is_of { 5 } else { 1 }) {
                    let mut repaired = given.clone();
                    match kind {
                        "rights" => repaired.rights = vec![action.into()],
                        "instance" => repaired.instance = instance.cloned(),
                        "window" => repaired.window = Window::ALWAYS,
                        "party" => repaired.from = of.clone(),
                        _ => repaired.out_of = None,
                    }
                    *self.given.0.lock().expect("is whole") = vec![repaired];
                    let ruling = self.repaired.decide_at(&asked, now());
                    let name = (given.id.to_string(), given.path.to_string(), kind);
                    // Those of others are looked for where the subject itself has received.
                    let is_looked_for = kind != "party" || told_near.contains(&name);
                    if ruling.decision() == Decision::Permit && is_looked_for {
                        found.insert(name);
                    }
                }
            }
        }
        assert_eq!(told_near, found, "{}", told());
        found.len()
    }
}

#[test]
fn lists_and_near_misses_agree_with_decisions() {
    let mut random = Random(11);
    let mut near = 0;
    for _ in 0..60 {
        let mut world = HonestWorld::new(&mut random);
        for _ in 0..14 {
            world.act(&mut random);
        }
        for _ in 0..12 {
            let (who, of) = (
                *random.pick(&world.parties()),
                *random.pick(&world.parties()),
            );
            world.lists_are_honest(who, of);
            world.codes_are_honest(who, of);
            let letter = InstanceId::new("brev");
            let instance = random.one_in(3).then_some(&letter);
            for action in ["read", "write"] {
                near += world.near_misses_are_honest(who, of, action, instance);
            }
        }
    }
    assert!(near > 60, "the test has cases: {near}");
}
