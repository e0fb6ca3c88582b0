//! `vedtak bench`: a quick idea of speed, on files of one's own.

use std::hint::black_box;
use std::time::{Duration, Instant};

use serde_json::json;
use vedtak::{Context, Pdp, Request};

use crate::output::{Ended, Output, Progress, Undone, count};
use crate::question::QuestionOptions;
use crate::why_not::parts;

/// Measures how long policies take to load, and decisions to make
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  vedtak bench policies/ requests/
  vedtak bench letters.xml --subject role=manager --action read --seconds 5

Decisions are made on one thread, one request after the other, in scratch memory that is warm. A median
and a 99th percentile are those of single decisions, less what the clock itself takes.

Exit code: 0, or 2 if nothing was measured.")]
pub(crate) struct Bench {
    #[command(flatten)]
    question: QuestionOptions,
    /// How long to decide
    #[arg(long, value_name = "SECONDS", default_value_t = 1.0, value_parser = seconds)]
    seconds: f64,
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| "it is no number".to_owned())?;
    match seconds > 0.0 && seconds <= 3600.0 {
        true => Ok(seconds),
        false => Err("it must be more than 0, and at most 3600".to_owned()),
    }
}

/// The single decisions that are timed at most.
const SAMPLES: usize = 1_000_000;

impl Bench {
    pub(crate) fn run(&self) -> Result<Output, Undone> {
        let began = Instant::now();
        let mut question = self.question.read()?;
        let mut loads = vec![began.elapsed()];
        let progress = Progress::new();
        progress.tell("loading …");
        while loads.len() < 20 && began.elapsed().as_secs_f64() < self.seconds / 2.0 {
            let began = Instant::now();
            question = self.question.read()?;
            loads.push(began.elapsed());
        }
        loads.sort();
        let load = loads[loads.len() / 2];
        let mut requests = Vec::new();
        for one in &question.asked {
            requests.extend(parts(&question.pdp, &one.request)?);
        }
        progress.tell(&format!("deciding for {} s …", self.seconds));
        let (decided, took) = throughput(
            &question.pdp,
            &requests,
            Duration::from_secs_f64(self.seconds / 2.0),
        );
        let samples = latencies(
            &question.pdp,
            &requests,
            Duration::from_secs_f64(self.seconds / 2.0),
        );
        drop(progress);
        let of = |share: f64| samples[((samples.len() - 1) as f64 * share) as usize];
        let (median, slow) = (of(0.5), of(0.99));
        let each_second = (decided as f64 / took.as_secs_f64()) as u64;
        let mut text = format!(
            "load       {}\nmedian     {median} ns a decision\np99        {slow} ns a decision\n\
             decisions  {each_second} a second, on one thread\n",
            in_words(load)
        );
        text += &format!(
            "of         {}, decided in turn\n",
            count(requests.len(), "request", "requests")
        );
        let mut notes = question.notes;
        if cfg!(debug_assertions) {
            notes.push(
                "this is a debug build, which is many times slower: `cargo run --release` is not"
                    .to_owned(),
            );
        }
        let json = json!({
            "load_ns": load.as_nanos() as u64,
            "median_ns": median,
            "p99_ns": slow,
            "decisions_a_second": each_second,
            "requests": requests.len(),
            "debug_build": cfg!(debug_assertions),
        });
        Ok(Output::new(Ended::Good, text, json).with_notes(notes))
    }
}

fn in_words(duration: Duration) -> String {
    match duration.as_secs_f64() {
        seconds if seconds < 1e-3 => format!("{:.0} µs", seconds * 1e6),
        seconds if seconds < 1.0 => format!("{:.1} ms", seconds * 1e3),
        seconds => format!("{seconds:.1} s"),
    }
}

/// The number of decisions made, and the time they took.
fn throughput(pdp: &Pdp, requests: &[Request], at_least: Duration) -> (usize, Duration) {
    let mut context = Context::new();
    let (began, mut decided) = (Instant::now(), 0);
    loop {
        // The clock is read seldom.
        for _ in 0..(256 / requests.len()).max(1) {
            for request in requests {
                black_box(pdp.decide_with(&mut context, request).decision());
            }
            decided += requests.len();
        }
        let took = began.elapsed();
        if took >= at_least {
            return (decided, took);
        }
    }
}

/// The times of single decisions in nanoseconds, the shortest first.
fn latencies(pdp: &Pdp, requests: &[Request], at_least: Duration) -> Vec<u64> {
    let mut empty: Vec<Duration> = (0..1_000).map(|_| Instant::now().elapsed()).collect();
    empty.sort();
    let clock = empty[empty.len() / 2];
    let mut context = Context::new();
    let mut samples = Vec::new();
    let began = Instant::now();
    while samples.is_empty() || (began.elapsed() < at_least && samples.len() < SAMPLES) {
        for request in requests {
            let began = Instant::now();
            black_box(pdp.decide_with(&mut context, request).decision());
            let took = began.elapsed().saturating_sub(clock);
            samples.push(took.as_nanos() as u64);
        }
    }
    samples.sort_unstable();
    samples
}
