//! Fetches under way at the same time: each is polled only when it has something to say.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use super::source::Answer;
use crate::provider::Guarded;

/// Fetches under way, each with a number in the order they were added.
#[derive(Default)]
pub(super) struct Fetching<'a> {
    children: Vec<Option<(Guarded<'a>, Arc<Child>)>>,
    left: usize,
    board: Arc<Board>,
}

/// Who has something to say, and whom to tell.
#[derive(Default)]
struct Board {
    rung: Mutex<Vec<usize>>,
    waker: Mutex<Option<Waker>>,
}

struct Child {
    number: usize,
    is_rung: AtomicBool,
    board: Arc<Board>,
}

impl<'a> Fetching<'a> {
    /// Adds a fetch and gives its number.
    pub(super) fn add(&mut self, fetch: Guarded<'a>) -> usize {
        let number = self.children.len();
        let child = Arc::new(Child {
            number,
            is_rung: AtomicBool::new(true),
            board: self.board.clone(),
        });
        self.children.push(Some((fetch, child)));
        self.left += 1;
        open(&self.board.rung).push(number);
        number
    }

    /// Whether none is under way.
    pub(super) fn is_empty(&self) -> bool {
        self.left == 0
    }

    /// Drops what is under way and gives its numbers.
    pub(super) fn cancel(&mut self) -> Vec<usize> {
        let places = self.children.iter_mut().enumerate();
        let under_way = places.filter_map(|(number, place)| place.take().map(|_| number));
        let numbers = under_way.collect();
        self.left = 0;
        numbers
    }

    /// Ready with all answers there are by now, as soon as there is one; at once if none is under
    /// way.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Vec<(usize, Answer)>> {
        {
            let mut waker = open(&self.board.waker);
            match &mut *waker {
                Some(known) => known.clone_from(context.waker()),
                none => *none = Some(context.waker().clone()),
            }
        }
        let rung = std::mem::take(&mut *open(&self.board.rung));
        let mut answers = Vec::new();
        for number in rung {
            let Some(place) = self.children.get_mut(number) else {
                continue;
            };
            let Some((fetch, child)) = place else {
                continue;
            };
            // Before the poll: what it says while it is polled is heard next time.
            child.is_rung.swap(false, Ordering::AcqRel);
            let waker = Waker::from(child.clone());
            if let Poll::Ready(answer) = Pin::new(fetch).poll(&mut Context::from_waker(&waker)) {
                *place = None;
                self.left -= 1;
                answers.push((number, answer));
            }
        }
        if answers.is_empty() && self.left > 0 {
            return Poll::Pending;
        }
        Poll::Ready(answers)
    }
}

impl Wake for Child {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.is_rung.swap(true, Ordering::AcqRel) {
            return;
        }
        open(&self.board.rung).push(self.number);
        let waker = open(&self.board.waker).clone();
        // Outside the lock: a waker may do anything, such as poll.
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// Each lock is held for one step that is done or not: what a poisoned one holds is whole.
fn open<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
