//! Fetches under way at the same time → their answers: each is polled only after it was woken.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use super::{BoxFuture, Fetched, Guarded, ProviderError};

type Answer<T> = Result<T, ProviderError>;

/// Fetches under way, each with a number in the order they were added.
pub(crate) struct Fetching<'a, T = Fetched> {
    children: Vec<Option<(Guarded<'a, T>, Arc<FetchingChild>)>>,
    left: usize,
    board: Arc<Board>,
}

/// The numbers of the fetches that were woken, and the waker of the task that polls them.
#[derive(Default)]
struct Board {
    rung: Mutex<Vec<usize>>,
    waker: Mutex<Option<Waker>>,
}

struct FetchingChild {
    number: usize,
    is_rung: AtomicBool,
    board: Arc<Board>,
}

impl<T> Default for Fetching<'_, T> {
    fn default() -> Self {
        Self {
            children: Vec::new(),
            left: 0,
            board: Arc::default(),
        }
    }
}

impl<'a, T> Fetching<'a, T> {
    /// Adds a fetch and gives its number.
    pub(crate) fn add(&mut self, fetch: Guarded<'a, T>) -> usize {
        let number = self.children.len();
        let child = Arc::new(FetchingChild {
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
    pub(crate) fn is_empty(&self) -> bool {
        self.left == 0
    }

    /// Drops the fetches under way and returns their numbers.
    pub(crate) fn cancel(&mut self) -> Vec<usize> {
        let places = self.children.iter_mut().enumerate();
        let under_way = places.filter_map(|(number, place)| place.take().map(|_| number));
        let numbers = under_way.collect();
        self.left = 0;
        numbers
    }

    /// The answers, when all are there, in the order in which the fetches were added.
    pub(crate) async fn all(mut self) -> Vec<Answer<T>> {
        let mut answers: Vec<Option<Answer<T>>> = Vec::new();
        answers.resize_with(self.children.len(), || None);
        while !self.is_empty() {
            for (number, answer) in poll_fn(|context| self.poll(context)).await {
                answers[number] = Some(answer);
            }
        }
        let unanswered = || Err(ProviderError::new("it gave no answer"));
        let answers = answers.into_iter();
        answers
            .map(|answer| answer.unwrap_or_else(unanswered))
            .collect()
    }

    /// Ready with all answers there are by now, as soon as there is one; at once if none is under
    /// way.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Vec<(usize, Answer<T>)>> {
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
            // Before the poll: a wake-up during the poll counts for the next.
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

impl Wake for FetchingChild {
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

/// A future of the host's, such as a timer of its runtime, that ends all waiting for sources when it
/// is done.
///
/// [`Pdp::decide_async`](crate::Pdp::decide_async) asks providers by itself. This is for
/// a host that asks sources of other facts than attributes.
///
/// ```
/// use std::pin::pin;
/// use vedtak::provider::{BoxFuture, Deadline, ProviderError};
/// type Answer = Result<u32, ProviderError>;
/// # pollster::block_on(async {
/// let at_once: BoxFuture<'_, Answer> = Box::pin(async { Ok(7) });
/// let never: BoxFuture<'_, Answer> = Box::pin(std::future::pending());
/// let timer = pin!(async {});
/// let mut deadline = Deadline::new(timer);
/// let answers = deadline.ask([at_once, never]).await;
/// assert_eq!(answers[0], Ok(7));
/// assert_eq!(
///     answers[1].as_ref().unwrap_err().to_string(),
///     "it did not answer before the deadline"
/// );
/// # });
/// ```
pub struct Deadline<'d, D: ?Sized> {
    future: Pin<&'d mut D>,
    pub(crate) is_over: bool,
}

impl<'d, D: Future<Output = ()> + ?Sized> Deadline<'d, D> {
    /// A deadline that has not passed, until the future is found done.
    pub fn new(future: Pin<&'d mut D>) -> Self {
        Self {
            future,
            is_over: false,
        }
    }

    /// Asks sources at the same time, and returns the answer of each, in their order.
    ///
    /// A source that panics fails, and so does one that does not answer before the deadline. If the
    /// deadline has passed already, none is asked and all fail.
    pub async fn ask<'a, T: Send + 'a>(
        &mut self,
        fetches: impl IntoIterator<Item = BoxFuture<'a, Answer<T>>>,
    ) -> Vec<Answer<T>> {
        let was_over = self.is_over;
        let mut fetching = Fetching::default();
        let mut answers: Vec<Answer<T>> = Vec::new();
        for fetch in fetches {
            answers.push(Err(match was_over {
                true => self.not_asked(),
                false => self.not_answered(),
            }));
            fetching.add(Guarded::new(|| fetch));
        }
        while !fetching.is_empty() && !self.is_over {
            for (number, answer) in self.or(&mut fetching).await {
                answers[number] = answer;
            }
        }
        answers
    }

    /// Answers, or that the deadline has passed. Answers that are there count, however late it is.
    pub(crate) async fn or<T>(
        &mut self,
        fetching: &mut Fetching<'_, T>,
    ) -> Vec<(usize, Answer<T>)> {
        poll_fn(|context| {
            let answers = fetching.poll(context);
            if answers.is_ready() || self.is_over {
                return answers;
            }
            if self.future.as_mut().poll(context).is_ready() {
                self.is_over = true;
                return Poll::Ready(Vec::new());
            }
            Poll::Pending
        })
        .await
    }

    pub(crate) fn not_answered(&self) -> ProviderError {
        ProviderError::new("it did not answer before the deadline")
    }

    pub(crate) fn not_asked(&self) -> ProviderError {
        ProviderError::new("it was not asked: the deadline had passed")
    }
}

impl<D: ?Sized> fmt::Debug for Deadline<'_, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deadline")
            .field("is_over", &self.is_over)
            .finish_non_exhaustive()
    }
}

/// Locks a mutex. Each lock is held for one step that is done or not, so the data of a poisoned one
/// is whole.
fn open<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
