//! What the benches measure with: an allocator that counts, and a clock for single decisions.
#![allow(dead_code, reason = "each bench uses its part")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::{Duration, Instant};

/// Counts for each thread alone: threads that share a counter would wait for one another.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
    static BYTES: Cell<isize> = const { Cell::new(0) };
}

fn count(allocations: usize, bytes: isize) {
    // A thread that is ending has no counters any more.
    let _ = ALLOCATIONS.try_with(|all| all.set(all.get() + allocations));
    let _ = BYTES.try_with(|all| all.set(all.get() + bytes));
}

// SAFETY: defers to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(1, layout.size().cast_signed());
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(1, size.cast_signed() - layout.size().cast_signed());
        // SAFETY: the caller's promise is passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(0, -layout.size().cast_signed());
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often this thread has allocated.
pub(crate) fn allocations() -> usize {
    ALLOCATIONS.with(Cell::get)
}

/// The bytes this thread has allocated and not given back, and what `make` makes.
pub(crate) fn bytes_kept<T>(make: impl FnOnce() -> T) -> (usize, T) {
    let before = BYTES.with(Cell::get);
    let made = make();
    let kept = BYTES.with(Cell::get) - before;
    (usize::try_from(kept).unwrap_or(0), made)
}

/// What single decisions cost.
#[derive(Clone, Copy)]
pub(crate) struct Cost {
    pub(crate) median: Duration,
    pub(crate) p99: Duration,
    /// Mean number of allocations.
    pub(crate) allocations: f64,
}

/// Asks each of `count` questions in turn, again and again, within about `budget`, after a turn or
/// two to warm up.
///
/// Others may use the machine, too: only the quickest of several rounds says what the code costs.
/// So the median is the least of the rounds' medians, and so is the 99th percentile. Answers of
/// less than a microsecond have their median from whole turns, as looking at the clock costs as
/// much as they do; what that costs is taken off the 99th percentile.
pub(crate) fn cost(count: usize, budget: Duration, mut ask: impl FnMut(usize)) -> Cost {
    const ROUNDS: u32 = 5;
    let mut counted_turn = || {
        let (before, started) = (allocations(), Instant::now());
        (0..count).for_each(&mut ask);
        (started.elapsed(), allocations() - before)
    };
    // The first turn allocates what later ones use again.
    let (mut turn, mut allocated) = counted_turn();
    if turn < budget {
        (turn, allocated) = counted_turn();
    }
    let one = |turn: Duration| turn / u32::try_from(count).expect("is small");
    let mut cost = Cost {
        median: Duration::MAX,
        p99: Duration::MAX,
        allocations: allocated as f64 / count as f64,
    };
    let clock = clock_cost();
    let all = Instant::now();
    for _ in 0..ROUNDS {
        let mut each = Vec::with_capacity(1 << 16);
        let started = Instant::now();
        while each.is_empty() || started.elapsed() < budget / (2 * ROUNDS) {
            for question in 0..count {
                let asked = Instant::now();
                ask(question);
                each.push(asked.elapsed().saturating_sub(clock));
            }
        }
        let each = Sorted::new(each);
        cost.p99 = cost.p99.min(each.at(99));
        let mut median = each.at(50);
        if one(turn) < Duration::from_micros(1) {
            let mut turns = Vec::new();
            let started = Instant::now();
            while turns.is_empty() || started.elapsed() < budget / (2 * ROUNDS) {
                let turn = Instant::now();
                (0..count).for_each(&mut ask);
                turns.push(one(turn.elapsed()));
            }
            median = Sorted::new(turns).at(50);
        }
        cost.median = cost.median.min(median);
        if all.elapsed() > budget {
            break;
        }
    }
    cost
}

/// The quickest of some goes.
pub(crate) fn quickest<T>(goes: usize, mut go: impl FnMut() -> T) -> Duration {
    let mut best = Duration::MAX;
    for _ in 0..goes {
        let started = Instant::now();
        let made = go();
        best = best.min(started.elapsed());
        drop(made);
    }
    best
}

struct Sorted(Vec<Duration>);

impl Sorted {
    fn new(mut all: Vec<Duration>) -> Self {
        all.sort_unstable();
        Self(all)
    }

    fn at(&self, percent: usize) -> Duration {
        self.0[(self.0.len() * percent / 100).min(self.0.len() - 1)]
    }
}

fn clock_cost() -> Duration {
    let costs = (0..1_000).map(|_| {
        let started = Instant::now();
        started.elapsed()
    });
    Sorted::new(costs.collect()).at(50)
}
