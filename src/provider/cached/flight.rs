//! One fetch, of one answer or of many, that several futures wait for → the answer to each. None of
//! them leads: any that is awake polls the fetch, and when one is dropped, another takes over.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::task::{Context, Poll, Wake, Waker};

use super::Answer;
use crate::provider::{BoxFuture, Guarded, ProviderError};

pub(super) struct Flight {
    /// None: it has landed.
    fetch: Mutex<Option<Guarded<'static, Vec<Answer>>>>,
    gate: Arc<Gate>,
}

/// The futures that wait for a fetch, and its answers once it has ended.
#[derive(Default)]
struct Gate(Mutex<Crowd>);

#[derive(Default)]
struct Crowd {
    /// The answers, by the place of the query in the fetch.
    answers: Option<Result<Vec<Answer>, ProviderError>>,
    waiting: Vec<(u64, Waker)>,
    next: u64,
}

impl Flight {
    pub(super) fn new(fetch: BoxFuture<'static, Result<Vec<Answer>, ProviderError>>) -> Arc<Self> {
        Arc::new(Self {
            fetch: Mutex::new(Some(Guarded::new(|| fetch))),
            gate: Arc::default(),
        })
    }

    /// Whether the fetch has ended: later queries begin a new one.
    pub(super) fn has_landed(&self) -> bool {
        self.gate.open().answers.is_some()
    }
}

impl Crowd {
    /// The answer to the question at a place, if the fetch has landed.
    fn answer(&self, place: usize) -> Option<Answer> {
        let unanswered = || Err(ProviderError::new("it gave no answer"));
        Some(match self.answers.as_ref()? {
            Ok(answers) => answers.get(place).cloned().unwrap_or_else(unanswered),
            Err(error) => Err(error.clone()),
        })
    }
}

impl Gate {
    fn open(&self) -> MutexGuard<'_, Crowd> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake_all(&self) {
        let wakers: Vec<Waker> = {
            let crowd = self.open();
            crowd
                .waiting
                .iter()
                .map(|(_, waker)| waker.clone())
                .collect()
        };
        // Outside the lock: a waker may do anything, such as poll.
        wakers.into_iter().for_each(Waker::wake);
    }
}

/// Wakes all that wait: the future that polled the fetch last may be gone.
impl Wake for Gate {
    fn wake(self: Arc<Self>) {
        self.wake_all();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.wake_all();
    }
}

/// A future that waits for a fetch.
pub(super) struct Waiting {
    flight: Arc<Flight>,
    /// The place of its query in the fetch.
    place: usize,
    number: Option<u64>,
}

impl Waiting {
    pub(super) fn new(flight: Arc<Flight>, place: usize) -> Self {
        Self {
            flight,
            place,
            number: None,
        }
    }

    /// The answer; without one yet, a place at the gate.
    fn stand(&mut self, context: &Context<'_>) -> Option<Answer> {
        let mut crowd = self.flight.gate.open();
        if let Some(answer) = crowd.answer(self.place) {
            return Some(answer);
        }
        let number = *self.number.get_or_insert_with(|| {
            crowd.next += 1;
            crowd.next
        });
        let waker = context.waker();
        match crowd.waiting.iter_mut().find(|(known, _)| *known == number) {
            Some((_, known)) => known.clone_from(waker),
            None => crowd.waiting.push((number, waker.clone())),
        }
        None
    }
}

impl Future for Waiting {
    type Output = Answer;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Answer> {
        // Before trying to poll the fetch: the future that polls it now wakes all that wait here.
        if let Some(answer) = self.stand(context) {
            return Poll::Ready(answer);
        }
        let flight = self.flight.clone();
        let mut fetch = match flight.fetch.try_lock() {
            Ok(fetch) => fetch,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return Poll::Pending,
        };
        let Some(under_way) = &mut *fetch else {
            // It landed between the gate and here.
            let answer = flight.gate.open().answer(self.place);
            return answer.map_or(Poll::Pending, Poll::Ready);
        };
        let waker = Waker::from(flight.gate.clone());
        let Poll::Ready(answers) = Pin::new(under_way).poll(&mut Context::from_waker(&waker))
        else {
            return Poll::Pending;
        };
        let answer = {
            let mut crowd = flight.gate.open();
            crowd.answers = Some(answers);
            crowd.answer(self.place)
        };
        *fetch = None;
        drop(fetch);
        flight.gate.wake_all();
        answer.map_or(Poll::Pending, Poll::Ready)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let Some(number) = self.number else {
            return;
        };
        let has_landed = {
            let mut crowd = self.flight.gate.open();
            crowd.waiting.retain(|(known, _)| *known != number);
            crowd.answers.is_some()
        };
        if !has_landed {
            // Perhaps this was the one the fetch had woken.
            self.flight.gate.wake_all();
        }
    }
}
