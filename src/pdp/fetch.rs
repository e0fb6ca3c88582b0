//! Needs of decisions → calls of their providers → answers. Needs of one provider are asked
//! together, and attributes that an answer brings along are kept for later needs.

use std::borrow::Cow;
use std::collections::HashMap;
use std::task::{Context, Poll, Waker};

use super::Inner;
use super::observer::Stopwatch;
use super::source::{Answer, Answered, ProviderQuestion};
use crate::attribute::Designator;
use crate::evaluate::FindProvider;
use crate::provider::{Deadline, Fetched, Fetching, Need, ProviderError, canonical};

/// The identity of a fetch in a call: the attribute, which determines its provider, and the request
/// as the provider sees it. The attribute is its slot, or itself if it has none, as its number then
/// belongs to one decision.
pub(super) type Key = (u32, Option<Designator>, String);

pub(super) fn key(need: &Need, question: &ProviderQuestion<'_>) -> Key {
    let (slot, unnamed) = match &question.wanted {
        Cow::Borrowed(_) => (need.slot, None),
        Cow::Owned(wanted) => (u32::MAX, Some(wanted.clone())),
    };
    (slot, unnamed, canonical(&question.seen))
}

/// The answers that a call or a decision may need again.
pub(super) struct Fetches {
    answers: HashMap<Key, Answer>,
    /// Whether every answer is kept, and not only those that were brought along: other decisions
    /// may ask for it.
    keeps_all: bool,
}

impl Fetches {
    /// Returns a store of answers for a call of many decisions.
    pub(super) fn of_call() -> Self {
        Self {
            answers: HashMap::new(),
            keeps_all: true,
        }
    }

    /// Returns a store of answers for one decision, which needs each attribute once.
    pub(super) fn of_decision() -> Self {
        Self {
            keeps_all: false,
            ..Self::of_call()
        }
    }

    /// Whether the answer to a need may be kept here. A single decision and the decisions that it
    /// asks for may have the same needs.
    pub(super) fn may_have(&self, need: &Need) -> bool {
        self.keeps_all || !self.answers.is_empty() || need.request().is_some()
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Answer> {
        self.answers.get(key)
    }

    pub(super) fn keep(&mut self, key: Key, answer: Answer) {
        if self.keeps_all {
            self.answers.insert(key, answer);
        }
    }

    /// Keeps the attributes that an answer brought along; an earlier answer takes precedence.
    fn keep_brought_along(&mut self, also: Vec<(Key, Fetched)>) {
        for (key, fetched) in also {
            self.answers.entry(key).or_insert(Ok(fetched));
        }
    }
}

impl Inner {
    /// Returns the further fetches that an answer settles: those of the other attributes it brought
    /// along, where the provider sees the same part of the request. Left out are attributes of an
    /// earlier provider, which is asked for them itself.
    fn brought_along(&self, provider: usize, answered: &mut Answered) -> Vec<(Key, Fetched)> {
        let Some(also) = answered.also.take() else {
            return Vec::new();
        };
        let (seen, also) = *also;
        let own = also.into_iter().filter_map(|(wanted, fetched)| {
            let slot = self.program.slots.of(&wanted);
            let supplier = match slot {
                Some(slot) => self
                    .slot_providers
                    .providers
                    .get(slot.index())
                    .copied()
                    .flatten(),
                None => self.host.provider_of(&wanted),
            };
            let key = match slot {
                Some(slot) => (slot.0, None, seen.clone()),
                None => (u32::MAX, Some(wanted), seen.clone()),
            };
            (supplier == Some(provider)).then_some((key, fetched))
        });
        own.collect()
    }
}

/// One call of a provider under way.
struct UnderWay {
    provider: usize,
    /// The numbers of the questions.
    numbers: Vec<usize>,
    stopwatch: Stopwatch,
}

/// Questions under way; each has a number, given by the caller.
pub(super) struct Calls<'p, 'c, 'd, D: ?Sized> {
    inner: &'p Inner,
    /// Whether to wait for asynchronous providers.
    waits: bool,
    deadline: &'c mut Deadline<'d, D>,
    /// Questions that are not asked yet, by provider.
    gathered: Vec<(usize, Vec<(usize, ProviderQuestion<'p>)>)>,
    fetching: Fetching<'p, Vec<Answered>>,
    /// The calls under way, by the number of the fetch.
    under_way: Vec<Option<UnderWay>>,
}

impl<'p, 'c, 'd, D: Future<Output = ()> + Send + ?Sized> Calls<'p, 'c, 'd, D> {
    pub(super) fn new(inner: &'p Inner, waits: bool, deadline: &'c mut Deadline<'d, D>) -> Self {
        Self {
            inner,
            waits,
            deadline,
            gathered: Vec::new(),
            fetching: Fetching::default(),
            under_way: Vec::new(),
        }
    }

    /// Adds a question to the next call of its provider.
    pub(super) fn add(&mut self, number: usize, question: ProviderQuestion<'p>) {
        let provider = question.provider;
        let own = self.gathered.iter_mut().find(|(of, _)| *of == provider);
        match own {
            Some((_, own)) => own.push((number, question)),
            None => self.gathered.push((provider, vec![(number, question)])),
        }
    }

    /// Whether no question is gathered or under way.
    pub(super) fn is_empty(&self) -> bool {
        self.gathered.is_empty() && self.fetching.is_empty()
    }

    /// Asks the gathered questions, each provider in as few calls as it takes. Returns the first
    /// answers as soon as there are any, and after the deadline an answer or failure for every
    /// question. Adds what they brought along to `known`.
    pub(super) async fn answers(&mut self, known: &mut Fetches) -> Vec<(usize, Answer)> {
        let mut answers = Vec::new();
        let mut at_once = Vec::new();
        for (provider, questions) in std::mem::take(&mut self.gathered) {
            let most = self.inner.host.queries_at_once.get(provider);
            let most = most.copied().unwrap_or(1);
            let mut questions = questions.into_iter().peekable();
            while let Some((_, ProviderQuestion { source, .. })) = questions.peek() {
                let source = *source;
                let (numbers, questions): (Vec<usize>, Vec<ProviderQuestion<'p>>) =
                    questions.by_ref().take(most).unzip();
                let call = UnderWay {
                    provider,
                    numbers,
                    stopwatch: self.inner.host.stopwatch(),
                };
                if self.deadline.is_over {
                    let why = self.deadline.not_asked();
                    fail(call.numbers, &why, &mut answers);
                } else if self.waits && source.is_later() {
                    let span = self.inner.host.span(provider, questions.len());
                    self.fetching.add(source.later(questions, span));
                    self.under_way.push(Some(call));
                } else {
                    at_once.push((source, call, questions));
                }
            }
        }
        for (source, mut call, questions) in at_once {
            let host = &self.inner.host;
            call.stopwatch = host.stopwatch();
            let span = host.span(call.provider, questions.len());
            let answered = span.inside(|| source.now(&questions));
            self.end(call, answered, known, &mut answers);
        }
        if !answers.is_empty() || self.fetching.is_empty() {
            return answers;
        }
        for (number, answered) in self.deadline.or(&mut self.fetching).await {
            match (self.under_way[number].take(), answered) {
                (Some(call), Ok(answered)) => self.end(call, answered, known, &mut answers),
                (Some(call), Err(why)) => self.fail(call, &why, &mut answers),
                (None, _) => {}
            }
        }
        if self.deadline.is_over {
            let why = self.deadline.not_answered();
            for number in self.fetching.cancel() {
                if let Some(call) = self.under_way[number].take() {
                    self.fail(call, &why, &mut answers);
                }
            }
        }
        answers
    }

    /// Collects the answers of a call, and shows it to observers.
    fn end(
        &self,
        call: UnderWay,
        answered: Vec<Answered>,
        known: &mut Fetches,
        answers: &mut Vec<(usize, Answer)>,
    ) {
        let given = answered.iter().map(|answered| &answered.answer);
        let host = &self.inner.host;
        host.show_call(call.provider, given, call.stopwatch);
        for (number, mut answered) in call.numbers.into_iter().zip(answered) {
            known.keep_brought_along(self.inner.brought_along(call.provider, &mut answered));
            answers.push((number, answered.answer));
        }
    }

    /// Fails every question of a call, and shows it to observers.
    fn fail(&self, call: UnderWay, why: &ProviderError, answers: &mut Vec<(usize, Answer)>) {
        let before = answers.len();
        fail(call.numbers, why, answers);
        let failed = answers[before..].iter().map(|(_, answer)| answer);
        let host = &self.inner.host;
        host.show_call(call.provider, failed, call.stopwatch);
    }
}

fn fail(numbers: Vec<usize>, why: &ProviderError, answers: &mut Vec<(usize, Answer)>) {
    let numbers = numbers.into_iter();
    answers.extend(numbers.map(|number| (number, Err(why.clone()))));
}

/// Returns the value of a future that never waits.
pub(super) fn now<T>(future: impl Future<Output = T>) -> T {
    let future = std::pin::pin!(future);
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("only what answers at once was asked"),
    }
}
