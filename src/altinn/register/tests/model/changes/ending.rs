//! The end of what was given and reported, reports of registers, and parties that change.

use super::super::naive::{DIRECTOR, FILLER, Gives, NaiveKind};
use super::super::random::Random;
use super::{
    ACTIONS, ALWAYS, FORMS, ModelWorld, ORGANISATIONS, OTHER_ROLES, PACKAGES, PARTIES,
    REGISTER_ROLES, administrator, instant, key, letter, party, resource, when, window,
};
use crate::altinn::fact::Window;
use crate::altinn::register::{Change, Grantable, RecordId, Refusal};

impl ModelWorld {
    pub(super) fn revoke(
        &mut self,
        random: &mut Random,
        change: &mut Change<'_, '_>,
    ) -> (&'static str, String, Result<(), Refusal>) {
        let records = self.naive.records.iter().enumerate();
        let given = records.filter(|(_, record)| record.id.is_some());
        let given = Vec::from_iter(given.map(|(place, _)| place));
        if given.is_empty() {
            return self.give(random, change);
        }
        let place = *random.pick(&given);
        let record = &self.naive.records[place];
        let by = match random.below(3) {
            0 => record.to,
            1 => administrator(random, record.from),
            _ => random.below(PARTIES.len()),
        };
        let id = RecordId(record.id.expect("was given"));
        let what = format!("{by} revokes {place}");
        let stands = self.naive.stands(record);
        let result = change.revoke(&key(by), id, instant(self.today));
        match &result {
            Ok(()) => {
                assert!(stands, "it is gone already: {}", self.story(&what));
                self.naive.records[place].is_taken = true;
            }
            Err(Refusal::NotInvolved { .. }) => {
                let is_empty = matches!(&self.naive.records[place].gives, Gives::Rights(..))
                    && self.naive.actions(&self.naive.records[place]).is_empty();
                // Who administers the giver has a part.
                let (from, today) = (self.naive.records[place].from, self.today);
                let may = self.naive.administers(by, from, today);
                assert!(
                    !stands || is_empty || !may,
                    "it is there: {}",
                    self.story(&what)
                );
            }
            Err(_) => {}
        }
        ("revoke", what, result)
    }

    /// Revokes a part of a record: one right, or a package of a client delegation.
    pub(super) fn revoke_part(
        &mut self,
        random: &mut Random,
        change: &mut Change<'_, '_>,
    ) -> (&'static str, String, Result<(), Refusal>) {
        let records = self.naive.records.iter().enumerate();
        let given = records.filter(|(_, record)| record.id.is_some() && self.naive.stands(record));
        let given = Vec::from_iter(given.map(|(place, _)| place));
        if given.is_empty() {
            return self.give(random, change);
        }
        let place = *random.pick(&given);
        let record = self.naive.records[place].clone();
        let by = match random.one_in(2) {
            true => record.to,
            false => administrator(random, record.from),
        };
        let id = RecordId(record.id.expect("was given"));
        let action = *random.pick(&ACTIONS);
        let (what, has_it) = match &record.gives {
            Gives::Role(role) => (Grantable::role(*role), true),
            Gives::Package(package) => (Grantable::package(*package), true),
            Gives::Rights(is_instance, _) => {
                let what = match is_instance {
                    true => Grantable::instance(resource(), letter(), [action]),
                    false => Grantable::resource(resource(), [action]),
                };
                (what, self.naive.actions(&record).contains(&action))
            }
            Gives::Client { packages, .. } if random.one_in(2) => {
                let package = *random.pick(&PACKAGES);
                (Grantable::package(package), packages.contains(&package))
            }
            Gives::Client { actions, .. } => {
                let what = Grantable::resource(resource(), [action]);
                (what, actions.contains(&action))
            }
        };
        let told = format!("{by} revokes {what} of {place}");
        let result = change.revoke_part(&key(by), id, &what, instant(self.today));
        match &result {
            Ok(()) => assert!(has_it, "{}", self.story(&told)),
            Err(Refusal::NotInRecord { .. }) => assert!(!has_it, "{}", self.story(&told)),
            Err(_) => {}
        }
        if result.is_ok() {
            let record = &mut self.naive.records[place];
            match (&mut record.gives, &what) {
                (Gives::Rights(_, actions), _) => {
                    actions.retain(|known| *known != action);
                    record.is_taken |= actions.is_empty();
                }
                (Gives::Client { packages, .. }, Grantable::Package(package)) => {
                    packages.retain(|known| *known != &**package);
                }
                (Gives::Client { actions, .. }, _) => actions.retain(|known| *known != action),
                _ => record.is_taken = true,
            }
        }
        ("revoke a part", told, result)
    }

    pub(super) fn revoke_held(
        &mut self,
        random: &mut Random,
        change: &mut Change<'_, '_>,
    ) -> (&'static str, String, Result<(), Refusal>) {
        let records = self.naive.records.iter();
        let given = records.filter(|record| {
            let is_client = matches!(record.gives, Gives::Client { .. });
            record.id.is_some() && !is_client && self.naive.stands(record)
        });
        let given = Vec::from_iter(given.cloned());
        if given.is_empty() {
            return self.give(random, change);
        }
        let known = random.pick(&given).clone();
        let (from, to) = (known.from, known.to);
        let by = if random.one_in(2) {
            to
        } else {
            administrator(random, from)
        };
        let action = *random.pick(&ACTIONS);
        let what = match &known.gives {
            Gives::Role(role) => Grantable::role(*role),
            Gives::Package(package) => Grantable::package(*package),
            Gives::Rights(true, _) => Grantable::instance(resource(), letter(), [action]),
            _ => Grantable::resource(resource(), [action]),
        };
        let told = format!("{by} takes {what} of {from} from {to}");
        let at = instant(self.today);
        let result = change.revoke_held(&key(by), &key(from), &key(to), &what, at);
        if result.is_ok() {
            for record in &mut self.naive.records {
                if (record.from, record.to) != (from, to) || record.id.is_none() {
                    continue;
                }
                match (&mut record.gives, &known.gives) {
                    (Gives::Role(role), Gives::Role(known)) => record.is_taken |= role == known,
                    (Gives::Package(package), Gives::Package(known)) => {
                        record.is_taken |= package == known;
                    }
                    (Gives::Rights(is_instance, actions), Gives::Rights(known, _))
                        if is_instance == known =>
                    {
                        actions.retain(|known| *known != action);
                        record.is_taken |= actions.is_empty();
                    }
                    _ => {}
                }
            }
        }
        ("revoke by name", told, result)
    }

    pub(super) fn report_role(
        &mut self,
        random: &mut Random,
        change: &mut Change<'_, '_>,
    ) -> (&'static str, String, Result<(), Refusal>) {
        let (from, to) = (random.below(ORGANISATIONS), random.below(PARTIES.len()));
        let when = when(random);
        let is_register = random.one_in(2);
        let role = *random.pick(if is_register {
            &REGISTER_ROLES[..]
        } else {
            &OTHER_ROLES
        });
        let what = format!("{to} has {role} for {from} in {when:?}");
        let result = match is_register {
            true => change.register_role(&key(from), &key(to), role, window(when)),
            false => change.import_role(&key(from), &key(to), role, window(when)),
        };
        if result.is_ok() {
            self.naive.report(from, to, role, when);
        }
        (
            if is_register { "a report" } else { "an import" },
            what,
            result,
        )
    }

    pub(super) fn end_role(
        &mut self,
        random: &mut Random,
        change: &mut Change<'_, '_>,
    ) -> (&'static str, String, Result<(), Refusal>) {
        let records = self.naive.records.iter();
        let reported = records.filter(|record| record.id.is_none() && !record.is_taken);
        let reported = Vec::from_iter(reported.cloned());
        if reported.is_empty() {
            return self.report_role(random, change);
        }
        let mut known = random.pick(&reported).clone();
        let mut role = FILLER;
        if let Gives::Role(known) = known.gives {
            role = known;
        }
        if random.one_in(8) {
            known.to = known.from;
        }
        let (from, to) = (known.from, known.to);
        let what = format!("{to} has {role} for {from} no longer");
        let result = match REGISTER_ROLES.contains(&role) {
            true => change.end_register_role(&key(from), &key(to), role),
            false => change.end_imported_role(&key(from), &key(to), role),
        };
        if result.is_ok() {
            self.naive.end(from, to, role);
        }
        // Directors often come back; without them there would be no further delegations.
        if role == DIRECTOR && result.is_ok() && from < ORGANISATIONS - 1 && random.one_in(2) {
            let director = from + ORGANISATIONS;
            let back = change.register_role(&key(from), &key(director), role, Window::ALWAYS);
            if back.is_ok() {
                self.naive.settle();
                self.naive.report(from, director, role, ALWAYS);
            }
        }
        ("an end", what, result.map(drop))
    }

    /// Deletes or restores a party, or changes its legal form or its owner.
    pub(super) fn party(
        &mut self,
        random: &mut Random,
        change: &mut Change<'_, '_>,
    ) -> (&'static str, String, Result<(), Refusal>) {
        let mut one = random.below(PARTIES.len());
        let gone =
            Vec::from_iter((0..PARTIES.len()).filter(|one| self.naive.parties[*one].is_dissolved));
        if !gone.is_empty() && random.one_in(2) {
            one = *random.pick(&gone);
        }
        let known = &mut self.naive.parties[one];
        match (random.below(4), known.kind) {
            (0, NaiveKind::User) => known.parent = Some(random.below(3)),
            (0 | 1, NaiveKind::Organisation) if one != 5 => {
                known.form = Some(*random.pick::<&str>(&FORMS))
            }
            _ => known.is_dissolved = !known.is_dissolved,
        }
        let what = format!("{one} is {:?}", self.naive.parties[one]);
        let result = change.party(party(&self.naive, one));
        ("party", what, result)
    }
}
