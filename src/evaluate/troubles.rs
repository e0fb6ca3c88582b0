//! Troubles that rules and policies of one pass meet → a list by cause, put into words when an
//! outcome's troubles are read.
//!
//! A trouble is kept only where it leaves a rule, or a policy itself, Indeterminate. So the list is
//! the same with and without an index: a child that is left out is certainly NotApplicable, and a
//! child that is NotApplicable keeps none. For the same reason a policy whose target is
//! Indeterminate keeps it only if the policy is Indeterminate (table 7): with rules that do not
//! apply it is NotApplicable, and the index leaves it out.

use super::access_permitted::Inquiry;
use super::cause::{Cause, Failed, Indeterminate, Stop};
use super::outcome::Texts;
use super::{Pass, near_miss};
use crate::function::Operand;
use crate::response;

/// The work of keeping a trouble: it covers the memory of its text more than time.
const KEPT: usize = 32;

/// The troubles of a pass, by cause.
#[derive(Default)]
pub(super) struct Troubles {
    causes: Vec<KeptCause>,
    /// Each with the number of its cause, in the order in which they were met.
    places: Vec<(u32, Indeterminate)>,
    /// Troubles of causes beyond those that are kept.
    more: usize,
}

struct KeptCause {
    cause: Cause,
    places: usize,
    more_places: usize,
}

impl Pass<'_> {
    /// Keeps a trouble that left a rule or a policy Indeterminate, and gives it back.
    #[cold]
    pub(super) fn met(&self, trouble: Indeterminate) -> Indeterminate {
        // Without work left the whole decision fails, whatever else it met.
        if self.spend_on(KEPT).is_ok() {
            let is_new = {
                let notes = &mut *self.notes.borrow_mut();
                notes.troubles.add(trouble, &notes.errors)
            };
            if is_new && trouble.cause.has_near_miss(&self.notes.borrow().errors) {
                // Paid now for the search of its near miss, which its message needs.
                let _ = self.spend_on(near_miss::cost(self.bindings.request));
            }
        }
        if let Cause::Function(number) = trouble.cause
            && let notes = self.notes.borrow()
            && let Some(failed) = notes.errors.get(number as usize)
            && let Some(inquiry) = self
                .questions
                .inquiries
                .iter()
                .find(|i| i.failed_with(&failed.error))
        {
            inquiry.doubted().set(true);
        }
        trouble
    }

    /// The answer of a decision that met troubles.
    pub(super) fn doubtful(
        &self,
        inquiry: &Inquiry,
        is_permit: bool,
    ) -> Result<Operand<'static>, Stop> {
        if !self.questions.doubting.get() {
            self.questions.met_doubt.set(true);
            return Ok(Operand::value(is_permit));
        }
        self.questions.doubts.borrow_mut().push(inquiry.number());
        Err(Stop::Open)
    }

    /// Finds out whether something that was just evaluated rests on doubtful answers: it does if it
    /// has no value without them, as if they were not there yet. An answer that does not matter,
    /// such as one in an `and` with a False, is no trouble, just as a failure there is none; and a
    /// rule that the index passes over has no use for it.
    #[inline]
    pub(super) fn doubt<T>(&self, evaluate: impl FnOnce() -> Result<T, Stop>) {
        if self.questions.met_doubt.get() {
            self.doubt_it(|| evaluate().map(drop));
        }
    }

    #[cold]
    fn doubt_it(&self, evaluate: impl FnOnce() -> Result<(), Stop>) {
        self.questions.doubts.borrow_mut().clear();
        self.questions.doubting.set(true);
        // Values of variables are evaluated anew: those that are known may rest on the answers.
        let result = self.scope.anew(evaluate);
        self.questions.doubting.set(false);
        if let Err(Stop::Open) = result {
            for number in &*self.questions.doubts.borrow() {
                let mut inquiries = self.questions.inquiries.iter();
                if let Some(inquiry) = inquiries.find(|inquiry| inquiry.number() == *number) {
                    inquiry.doubted().set(true);
                }
            }
        }
    }
}

/// The troubles of a decision, that of its status among them, and those of decisions that it asked
/// for and rests on.
pub(super) fn in_words(
    texts: &Texts<'_>,
    of_status: Option<Indeterminate>,
) -> Vec<response::Trouble> {
    let own = match texts.troubles.is_empty() {
        true => Vec::new(),
        false => texts.troubles.tell(texts, of_status),
    };
    let mut of_others = texts.inquiries.iter().flat_map(Inquiry::doubts).peekable();
    match of_others.peek() {
        None => own,
        Some(_) => response::Trouble::joined(own.iter().chain(of_others)),
    }
}

impl Troubles {
    pub(super) fn clear(&mut self) {
        if !self.is_empty() {
            self.causes.clear();
            self.places.clear();
            self.more = 0;
        }
    }

    /// Keeps this trouble alone: the others of a decision that was not completed mean nothing.
    pub(super) fn only(&mut self, trouble: Indeterminate) {
        self.clear();
        self.add(trouble, &[]);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.causes.is_empty()
    }

    /// The causes that left some rule or policy Indeterminate, each once.
    pub(super) fn causes(&self) -> impl Iterator<Item = &Cause> {
        self.causes.iter().map(|kept| &kept.cause)
    }

    /// The trouble that was met first.
    pub(super) fn first(&self) -> Option<Indeterminate> {
        self.places.first().map(|(_, trouble)| *trouble)
    }

    /// Whether its cause was not met before, and is kept.
    fn add(&mut self, trouble: Indeterminate, errors: &[Failed]) -> bool {
        let same = |kept: &KeptCause| kept.cause.is(&trouble.cause, errors);
        let known = self.causes.iter().position(same);
        if known.is_none() {
            if self.causes.len() == response::Trouble::CAUSES {
                self.more += 1;
                return false;
            }
            self.causes.push(KeptCause {
                cause: trouble.cause,
                places: 0,
                more_places: 0,
            });
        }
        let number = known.unwrap_or(self.causes.len() - 1);
        let kept = &mut self.causes[number];
        let number = crate::limits::short(number);
        let mut places = self.places.iter();
        if places.any(|(of, known)| *of == number && known.is_at(&trouble)) {
        } else if kept.places == response::Trouble::PLACES {
            kept.more_places += 1;
        } else {
            kept.places += 1;
            self.places.push((number, trouble));
        }
        known.is_none()
    }

    /// The trouble of the status takes the place of the last cause if it was met after as many as
    /// are kept: it is what the decision rests on.
    fn tell(&self, texts: &Texts<'_>, of_status: Option<Indeterminate>) -> Vec<response::Trouble> {
        let is_kept = |trouble: &Indeterminate| {
            let mut causes = self.causes();
            causes.any(|cause| cause.is(&trouble.cause, texts.errors))
        };
        let of_status = of_status.filter(|trouble| self.more > 0 && !is_kept(trouble));
        let (kept, left_out) = match (of_status, self.causes.split_last()) {
            (Some(_), Some((last, kept))) => {
                let others = self.more - 1;
                (kept, others + last.places + last.more_places)
            }
            _ => (&self.causes[..], self.more),
        };
        let mut all = Vec::with_capacity(self.causes.len() + 1);
        for (kept, number) in kept.iter().zip(0..) {
            let own = self.places.iter().filter(|(of, _)| *of == number);
            let places = own.filter_map(|(_, trouble)| trouble.place(texts.program));
            let made = listed(&kept.cause, places.collect(), kept.more_places, texts);
            all.push(made);
        }
        all.extend(of_status.map(|trouble| {
            let place = trouble.place(texts.program);
            listed(&trouble.cause, place.into_iter().collect(), 0, texts)
        }));
        all.extend(response::Trouble::left_out(left_out));
        all
    }
}

fn listed(
    cause: &Cause,
    places: Vec<response::TroublePlace>,
    more_places: usize,
    texts: &Texts<'_>,
) -> response::Trouble {
    response::Trouble {
        attribute: cause.attribute(texts).cloned(),
        provider: cause.provider(texts).cloned(),
        places,
        more_places,
        ..response::Trouble::new(cause.code(texts.errors), cause.message(texts))
    }
}
