//! Requests for access, and their answers.

use super::super::naive::{FILLER, Gives, One};
use super::super::random::Random;
use super::{
    ACTIONS, ModelWorld, ORGANISATIONS, PACKAGES, PEOPLE, administrator, instant, key, resource,
    when, window,
};
use crate::altinn::register::{Change, Grantable, RecordId, Refusal, RequestState};

impl ModelWorld {
    pub(super) fn ask_for(
        &mut self,
        random: &mut Random,
        change: &mut Change<'_, '_>,
    ) -> (&'static str, String, Result<(), Refusal>) {
        let (person, of) = (random.below(PEOPLE), random.below(ORGANISATIONS));
        let gives = match random.below(3) {
            0 => Gives::Role(FILLER),
            1 => Gives::Package(random.pick::<&str>(&PACKAGES)),
            _ => Gives::Rights(false, vec![*random.pick(&ACTIONS)]),
        };
        let what = match &gives {
            Gives::Role(role) => Grantable::role(*role),
            Gives::Package(package) => Grantable::package(*package),
            Gives::Rights(_, actions) => Grantable::resource(resource(), actions.iter().copied()),
            Gives::Client { .. } => unreachable!("nobody asks for it"),
        };
        let told = format!("{person} asks {of} for {what}");
        let asked = change.ask_for(&key(person), &key(of), &what, instant(self.today));
        let result = asked.map(|id| self.requests.push((id, person, of, gives)));
        ("ask", told, result)
    }

    pub(super) fn answer(
        &mut self,
        random: &mut Random,
        change: &mut Change<'_, '_>,
    ) -> (&'static str, String, Result<(), Refusal>) {
        if self.requests.is_empty() {
            return self.ask_for(random, change);
        }
        let place = random.below(self.requests.len());
        let (id, person, of, gives) = self.requests[place].clone();
        let at = instant(self.today);
        if random.one_in(6) {
            let what = format!("{person} withdraws request {id}");
            let result = change.withdraw(&key(person), id, at);
            if result.is_ok() {
                self.requests.remove(place);
            }
            return ("withdraw", what, result);
        }
        let by = administrator(random, of);
        if random.one_in(6) {
            let what = format!("{by} declines request {id}");
            let result = change.decline(&key(by), id, at);
            if result.is_ok() {
                self.requests.remove(place);
            }
            return ("decline", what, result);
        }
        let when = when(random);
        let what = format!("{by} approves request {id} in {when:?}");
        let result = change.approve(&key(by), id, window(when), at);
        if result.is_ok() {
            self.requests.remove(place);
        }
        // One that has been made since answers it.
        let id = result.as_ref().ok().map(|record| record.number());
        let mut known = self.naive.records.iter();
        if let Some(known) = known.find(|known| id.is_some() && known.id == id) {
            assert_eq!((known.from, known.to), (of, person));
            assert!(self.naive.stands(known), "{}", self.story(&what));
            return ("approve", what, Ok(()));
        }
        let result = self.took(by, of, of, person, gives, when, None, result, &what);
        ("approve", what, result)
    }

    /// Checks that the open requests of register and model are equal.
    pub(in super::super) fn check_requests(&self) {
        let snapshot = self.register.snapshot();
        for of in 0..ORGANISATIONS {
            let open = snapshot.open_requests(&key(of));
            assert!(
                open.iter()
                    .all(|request| request.state == RequestState::Open)
            );
            let mut open = Vec::from_iter(open.iter().map(|request| request.id));
            let waits = |(_, person, party, _): &&(RecordId, One, One, Gives)| {
                *party == of && self.naive.exists(*person) && self.naive.exists(of)
            };
            let expected = self.requests.iter().filter(waits);
            let mut expected = Vec::from_iter(expected.map(|(id, ..)| *id));
            open.sort();
            expected.sort();
            assert_eq!(open, expected, "{}", self.story("the open requests"));
        }
    }
}
