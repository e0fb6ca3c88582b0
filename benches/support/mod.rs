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

/// The bytes this thread has allocated more than it has given back.
pub(crate) fn bytes_in_use() -> isize {
    BYTES.with(Cell::get)
}

/// What `make` makes, and the bytes that it keeps.
pub(crate) fn bytes_kept<T>(make: impl FnOnce() -> T) -> (usize, T) {
    let before = bytes_in_use();
    let made = make();
    let kept = bytes_in_use() - before;
    (usize::try_from(kept).unwrap_or(0), made)
}

/// The bytes of the process in memory, where the system tells; what other threads allocate counts,
/// too.
pub(crate) fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<usize>().ok());
    kilobytes.unwrap_or(0) * 1024
}

/// What single decisions cost.
#[derive(Clone, Copy)]
pub(crate) struct Cost {
    pub(crate) median: Duration,
    pub(crate) p99: Duration,
    /// Mean number of allocations.
    pub(crate) allocations: f64,
}

/// Asks each of `count` questions in turn, again and again, for about `budget`, after a turn or
/// two to warm up.
///
/// Others may use the machine, too: only the quickest of many short rounds says what the code
/// costs. So the median is the least of the rounds' medians, and so is the 99th percentile. Answers
/// of less than a microsecond have their median from whole turns, as looking at the clock costs as
/// much as they do; what that costs is taken off the 99th percentile.
pub(crate) fn cost(count: usize, budget: Duration, mut ask: impl FnMut(usize)) -> Cost {
    let round = budget / 100;
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
    let is_short = one(turn) < Duration::from_micros(1);
    let (mut each, mut turns) = (Vec::with_capacity(1 << 16), Vec::with_capacity(1 << 12));
    let all = Instant::now();
    while cost.p99 == Duration::MAX || all.elapsed() < budget {
        each.clear();
        let started = Instant::now();
        while each.is_empty() || started.elapsed() < round {
            for question in 0..count {
                let asked = Instant::now();
                ask(question);
                each.push(asked.elapsed().saturating_sub(clock));
            }
        }
        cost.p99 = cost.p99.min(percentile(&mut each, 99));
        let mut median = percentile(&mut each, 50);
        if is_short {
            turns.clear();
            let started = Instant::now();
            while turns.is_empty() || started.elapsed() < round {
                let turn = Instant::now();
                (0..count).for_each(&mut ask);
                turns.push(one(turn.elapsed()));
            }
            median = percentile(&mut turns, 50);
        }
        cost.median = cost.median.min(median);
    }
    cost
}

/// The quickest of some goes. On a machine that others use, too, a long one is interrupted every
/// time: where the system tells it, the time it had a processor counts.
pub(crate) fn quickest<T>(goes: usize, mut go: impl FnMut() -> T) -> Duration {
    let mut best = Duration::MAX;
    for _ in 0..goes {
        let (started, before) = (Instant::now(), on_processor());
        let made = go();
        let mut took = started.elapsed();
        // The system counts in steps of a few milliseconds.
        if took > Duration::from_millis(200)
            && let (Some(before), Some(after)) = (before, on_processor())
        {
            took = took.min(after - before);
        }
        best = best.min(took);
        drop(made);
    }
    best
}

/// How long this thread has had a processor; Linux tells.
fn on_processor() -> Option<Duration> {
    let all = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = all.split(' ').next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

/// How long the threads of this process have had a processor, those that have ended included; Linux
/// tells, in hundredths of a second.
pub(crate) fn on_processors() -> Duration {
    let all = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // After the name, which may hold anything: fields 14 and 15, counted from 1.
    let after = all.rsplit_once(") ").map_or("", |(_, after)| after);
    let ticks = after.split(' ').skip(11).take(2);
    let ticks = ticks.filter_map(|field| field.parse::<u64>().ok());
    Duration::from_millis(10 * ticks.sum::<u64>())
}

fn percentile(all: &mut [Duration], percent: usize) -> Duration {
    let at = (all.len() * percent / 100).min(all.len() - 1);
    *all.select_nth_unstable(at).1
}

fn clock_cost() -> Duration {
    let mut costs: Vec<Duration> = (0..1_000).map(|_| Instant::now().elapsed()).collect();
    percentile(&mut costs, 50)
}
