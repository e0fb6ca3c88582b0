//! Troubles of one pass: kept by cause as rules and policies meet them, told when an outcome is
//! asked for them.
//!
//! A trouble is kept where it leaves a rule, or a policy itself, Indeterminate, and nowhere else.
//! So the list is the same with and without an index: a child that is left out is certainly
//! NotApplicable, and a child that is NotApplicable keeps none. That is why a policy whose target
//! is Indeterminate keeps it only if the policy is Indeterminate (table 7): with rules that do not
//! apply it is NotApplicable, and the index passes it over.

use super::Pass;
use super::outcome::Told;
use super::trouble::{Cause, Failed, Trouble};
use crate::response;

/// What keeping a trouble costs: more in memory, when it is told, than in time.
const KEPT: usize = 32;

/// The troubles of a pass, by cause.
#[derive(Default)]
pub(super) struct Troubles {
    causes: Vec<Kept>,
    /// Each with the number of its cause, in the order in which they were met.
    places: Vec<(u32, Trouble)>,
    /// Troubles of causes beyond those that are kept.
    more: usize,
}

struct Kept {
    cause: Cause,
    places: usize,
    more_places: usize,
}

impl Pass<'_> {
    /// Keeps a trouble that left a rule or a policy Indeterminate, and gives it back.
    #[cold]
    pub(super) fn met(&self, trouble: Trouble) -> Trouble {
        // Without work left the whole decision fails, whatever else it met.
        if self.spend_on(KEPT).is_ok() {
            let mut troubles = self.troubles.borrow_mut();
            troubles.add(trouble, &self.errors.borrow());
        }
        trouble
    }
}

impl Troubles {
    pub(super) fn clear(&mut self) {
        self.causes.clear();
        self.places.clear();
        self.more = 0;
    }

    /// Nothing but this: of a decision that was not made, the rest says nothing.
    pub(super) fn only(&mut self, trouble: Trouble) {
        self.clear();
        self.add(trouble, &[]);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.causes.is_empty()
    }

    /// The trouble that was met first.
    pub(super) fn first(&self) -> Option<Trouble> {
        self.places.first().map(|(_, trouble)| *trouble)
    }

    fn add(&mut self, trouble: Trouble, errors: &[Failed]) {
        let same = |kept: &Kept| kept.cause.is(&trouble.cause, errors);
        let number = match self.causes.iter().position(same) {
            Some(number) => number,
            None if self.causes.len() == response::Trouble::CAUSES => {
                self.more += 1;
                return;
            }
            None => {
                self.causes.push(Kept {
                    cause: trouble.cause,
                    places: 0,
                    more_places: 0,
                });
                self.causes.len() - 1
            }
        };
        let kept = &mut self.causes[number];
        let number = super::trouble::short(number);
        if kept.places == response::Trouble::PLACES {
            kept.more_places += 1;
            return;
        }
        let mut places = self.places.iter();
        if !places.any(|(of, known)| *of == number && known.is_at(&trouble)) {
            kept.places += 1;
            self.places.push((number, trouble));
        }
    }

    pub(super) fn tell(&self, told: &Told<'_>) -> Vec<response::Trouble> {
        let mut all = Vec::with_capacity(self.causes.len());
        for (kept, number) in self.causes.iter().zip(0..) {
            let own = self.places.iter().filter(|(of, _)| *of == number);
            let places = own.filter_map(|(_, trouble)| trouble.place(told.program));
            all.push(response::Trouble {
                attribute: kept.cause.attribute(told).cloned(),
                provider: kept.cause.provider(told).cloned(),
                places: places.collect(),
                more_places: kept.more_places,
                ..response::Trouble::new(kept.cause.code(told.errors), kept.cause.message(told))
            });
        }
        all.extend(response::Trouble::left_out(self.more));
        all
    }
}
