//! A small register for tests of changes, with a check of all tables after each change.

mod asking;
mod bounds;
mod check;
mod consistency;
mod delegating;
mod honest;
mod inquiring;
mod listing;
mod model;
mod onward;
mod parties;
mod reporting;
mod revoking;
mod serving;
mod several;
mod strangers;
mod users;

use std::sync::{Arc, Mutex};

use super::{Change, DelegationOrder, RecordId, Refusal, Register};
use crate::altinn::delegation::Delegation;
use crate::altinn::fact::Window;
use crate::altinn::facts::{AccessPackages, Answer, Asked, Delegations, Roles};
use crate::altinn::party::{Party, PartyKey, PartyKind};
use crate::altinn::resource::{InstanceId, Resource, ResourceId};
use crate::value::DateTime;

/// The delegations that a source has, in place of those of the register.
#[derive(Clone, Default)]
struct Given(Arc<Mutex<Vec<Delegation>>>);

impl Delegations for Given {
    fn delegations(
        &self,
        _: &Asked<'_>,
        _: &ResourceId,
        _: Option<&InstanceId>,
    ) -> Answer<Vec<Delegation>> {
        Ok(self.0.lock().expect("is whole").clone())
    }
}

/// Two companies, one the accountant of the other, and some people.
struct World {
    register: Register,
    /// The company.
    fjell: PartyKey,
    /// A sub-unit of the company.
    unit: PartyKey,
    /// Its accountant.
    bjerk: PartyKey,
    /// A third company.
    dal: PartyKey,
    /// Managing director of fjell.
    kari: PartyKey,
    /// Managing director of bjerk.
    berit: PartyKey,
    /// Managing director of dal.
    dina: PartyKey,
    /// Agent of bjerk.
    anne: PartyKey,
    /// A system of bjerk.
    robot: PartyKey,
    /// Persons without any role.
    ola: PartyKey,
    per: PartyKey,
    /// An app.
    form: ResourceId,
}

fn at(text: &str) -> DateTime {
    text.parse().expect("is an instant")
}

/// An instant before roles of Altinn II can no longer be delegated.
fn now() -> DateTime {
    at("2026-03-01T12:00:00Z")
}

fn later() -> DateTime {
    at("2026-09-01T12:00:00Z")
}

fn person(digit: u32) -> PartyKey {
    PartyKey::person(format!("0101701234{digit}"))
}

impl World {
    fn new() -> Self {
        let organisation = |digit: u32| PartyKey::organisation(format!("91000000{digit}"));
        let world = Self {
            register: Register::new(),
            fjell: organisation(1),
            unit: organisation(4),
            bjerk: organisation(2),
            dal: organisation(3),
            kari: person(1),
            berit: person(2),
            dina: person(3),
            anne: person(4),
            robot: PartyKey::Uuid(uuid::Uuid::from_u128(7)),
            ola: person(5),
            per: person(6),
            form: ResourceId::app("ttd", "skjema"),
        };
        world.must(|change| {
            for (key, name) in [
                (&world.fjell, "FJELL AS"),
                (&world.bjerk, "BJERK REGNSKAP AS"),
                (&world.dal, "DAL AS"),
            ] {
                change.party(Party::new(key.clone(), name).legal_form("AS"))?;
            }
            let unit = Party::new(world.unit.clone(), "FJELL AVD. NORD").legal_form("BEDR");
            change.party(unit.part_of(world.fjell.clone()))?;
            for (key, name) in [
                (&world.kari, "KARI"),
                (&world.berit, "BERIT"),
                (&world.dina, "DINA"),
                (&world.anne, "ANNE"),
                (&world.ola, "OLA"),
                (&world.per, "PER"),
            ] {
                change.party(Party::new(key.clone(), name))?;
            }
            let robot = Party::new(world.robot.clone(), "ROBOT").of_kind(PartyKind::SystemUser);
            change.party(robot.part_of(world.bjerk.clone()))?;
            for (company, director) in [
                (&world.fjell, &world.kari),
                (&world.bjerk, &world.berit),
                (&world.dal, &world.dina),
            ] {
                change.register_role(company, director, "dagl", Window::ALWAYS)?;
            }
            change.register_role(&world.fjell, &world.bjerk, "regn", Window::ALWAYS)?;
            change.import_role(&world.bjerk, &world.anne, "agent", Window::ALWAYS)?;
            change.resource(Resource::new(world.form.clone(), "ttd"))?;
            Ok(())
        });
        world
    }

    fn must<'h, T>(&self, change: impl FnOnce(&mut Change<'_, 'h>) -> Result<T, Refusal>) -> T {
        let result = self.register.update(change);
        self.register.snapshot().0.check();
        result.unwrap_or_else(|refusal| panic!("{refusal}"))
    }

    /// Returns the refusal of a change, which must leave the register as it was.
    fn refused<'h, T: std::fmt::Debug>(
        &self,
        change: impl FnOnce(&mut Change<'_, 'h>) -> Result<T, Refusal>,
    ) -> Refusal {
        let before = self.register.snapshot().0;
        let refusal = self.register.update(change).expect_err("is refused");
        let after = self.register.snapshot().0;
        assert!(
            std::sync::Arc::ptr_eq(&before, &after),
            "nothing has changed"
        );
        assert!(!refusal.to_string().ends_with('.'), "{refusal}");
        refusal
    }

    /// Returns an order by Kari, the managing director of fjell, for fjell.
    fn fjell_to(&self, to: &PartyKey) -> DelegationOrder {
        DelegationOrder::new(&self.kari, &self.fjell, to, now())
    }

    fn package(&self, order: &DelegationOrder, package: &str) -> RecordId {
        self.must(|change| change.delegate_package(order, package))
    }

    fn resource(&self, order: &DelegationOrder, rights: &[&str]) -> RecordId {
        let rights = Vec::from_iter(rights.iter().map(|right| (*right).into()));
        self.must(|change| change.delegate_resource(order, &self.form, None, &rights))
    }

    fn revoke(&self, by: &PartyKey, id: RecordId) {
        self.must(|change| change.revoke(by, id, now()));
    }

    fn party(&self, key: &PartyKey) -> std::sync::Arc<Party> {
        let snapshot = self.register.snapshot();
        let number = snapshot.0.number(key).expect("is known");
        snapshot.0.party(number).expect("is known").clone()
    }

    fn has_role(&self, who: &PartyKey, of: &PartyKey, urn: &str, at: DateTime) -> bool {
        let (who, of) = (self.party(who), self.party(of));
        let roles = self
            .register
            .roles(&Asked::new(&who, &of, at))
            .expect("answers");
        roles
            .iter()
            .any(|role| *role.value == *urn && role.window.contains(at))
    }

    fn has_package(&self, who: &PartyKey, of: &PartyKey, code: &str, at: DateTime) -> bool {
        let (who, of) = (self.party(who), self.party(of));
        let packages = self.register.access_packages(&Asked::new(&who, &of, at));
        let packages = packages.expect("answers");
        packages
            .iter()
            .any(|known| *known.value == *code && known.window.contains(at))
    }

    fn has_right(&self, who: &PartyKey, of: &PartyKey, action: &str, at: DateTime) -> bool {
        let (who, of) = (self.party(who), self.party(of));
        let asked = Asked::new(&who, &of, at);
        let given = self
            .register
            .delegations(&asked, &self.form, None)
            .expect("answers");
        given.iter().any(|given| {
            let mut rights = given.rights.iter();
            given.window.contains(at) && rights.any(|right| *right.action == *action)
        })
    }
}
