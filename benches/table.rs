//! Prints the README's table of what decisions, loading and memory cost.
//!
//! `cargo bench --bench table`, with `VEDTAK_BENCH_N=10,1000,10000,100000` for other sizes of W3
//! and W4. Names after `--` choose lines by their beginning: `cargo bench --bench table -- W2 load`.

mod support;
mod workload;

use std::hint::black_box;
use std::sync::Barrier;
use std::time::{Duration, Instant};

use support::{Cost, bytes_kept, cost, on_processors, quickest, resident};
use vedtak::analysis::Costs;
use vedtak::analysis::lint::Lint;
use vedtak::attribute::{Designator, category};
use vedtak::store::SourceDocument;
use vedtak::{Context, Decision, Pdp, PdpBuilder, Store, store::Reader, syntax::Document};
use workload::urls::Form;
use workload::{Ready, is_smoke_test, many, patient, service, sizes};

fn main() {
    let table = Table::from_arguments();
    println!("| what | median | p99 | allocations |");
    println!("|---|--:|--:|--:|");
    table.decisions("W1", workload::w1);
    table.decisions("W2", || workload::w2("deny-overrides", false));
    table.decisions("W2, permit-overrides", || {
        workload::w2("permit-overrides", false)
    });
    table.decisions("W2, ignoring case", || workload::w2("deny-overrides", true));
    for n in sizes(&[10, 1_000, 10_000]) {
        table.decisions(&format!("W3, {n} policies"), || workload::w3(n));
    }
    for n in sizes(&[10, 1_000, 10_000]) {
        for algorithm in ["permit-overrides", "first-applicable"] {
            let name = format!("W4, {n} rules, {algorithm}");
            table.decisions(&name, || workload::w4(n, algorithm));
        }
    }
    table.decisions("W5", workload::w5);
    table.explained("W2", || workload::w2("deny-overrides", false));
    table.explained("W5", workload::w5);
    table.asked("W2", || workload::w2("deny-overrides", false));
    table.asked("W5", workload::w5);
    for n in sizes(&[10, 1_000, 10_000]) {
        table.asked(&format!("W3, {n} policies"), || workload::w3(n));
    }
    for n in sizes(&[10, 1_000]) {
        table.decisions(&format!("patterns, {n} rules"), || workload::patterns(n));
    }
    for form in Form::ALL {
        for n in sizes(&[10, 1_000]) {
            let name = format!("URLs, {n} rules, {form:?}");
            table.decisions(&name, || workload::urls(n, form));
        }
    }
    table.texts("W2", || workload::w2("deny-overrides", false));
    table.threads();
    table.load();
    for n in sizes(&[10_000]) {
        table.store(n);
    }
    for n in sizes(&[10_000]) {
        table.disk(n);
    }
    for n in sizes(&[100_000]) {
        table.patients(n);
    }
    table.readers();
}

/// A store with policies of W3, and what it took.
struct Filled {
    store: Store,
    /// The XML's.
    bytes: usize,
    /// Loading alone.
    spent: Took,
    /// More resident memory than before.
    kept: usize,
}

impl Filled {
    /// The XML is made and dropped as it is loaded: that of a million policies takes 19 GB.
    fn new(builder: PdpBuilder, n: usize) -> Self {
        let store = builder.store().expect("is empty");
        let (mut bytes, mut making) = (0, Took::default());
        let before = resident();
        let documents = (0..n).step_by(500).flat_map(|first| {
            let mut documents = Vec::new();
            let took = time(|| {
                for number in first..n.min(first + 500) {
                    let text = service::one_of_many(number).xml();
                    bytes += text.len();
                    documents.push((format!("{number}.xml"), text.into_bytes()));
                }
            });
            making.elapsed += took.elapsed;
            making.on_processors += took.on_processors;
            documents
        });
        let loading = time(|| {
            let loading = store.load(documents, |_| {});
            assert!(loading.refused.is_empty(), "{:?}", loading.refused);
        });
        let spent = loading.less(making);
        let kept = resident().saturating_sub(before);
        Self {
            store,
            bytes,
            spent,
            kept,
        }
    }
}

/// What whole runs take. Others may use the machine, too: what they do not disturb is the time that
/// the threads of this process have a processor, where the system tells it.
#[derive(Clone, Copy, Default)]
struct Took {
    elapsed: Duration,
    on_processors: Duration,
}

impl Took {
    fn less(self, part: Self) -> Self {
        Self {
            elapsed: self.elapsed.saturating_sub(part.elapsed),
            on_processors: self.on_processors.saturating_sub(part.on_processors),
        }
    }
}

fn time<T>(work: impl FnOnce() -> T) -> Took {
    let (started, before) = (Instant::now(), on_processors());
    black_box(work());
    Took {
        elapsed: started.elapsed(),
        on_processors: on_processors().saturating_sub(before),
    }
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

struct Table {
    /// What the lines chosen begin with; none chooses all.
    wanted: Vec<String>,
    /// How long a line may take.
    budget: Duration,
}

impl Table {
    fn from_arguments() -> Self {
        let arguments = std::env::args().skip(1);
        Self {
            wanted: arguments.filter(|a| !a.starts_with("--")).collect(),
            budget: match is_smoke_test() {
                true => Duration::from_millis(5),
                false => Duration::from_secs(4),
            },
        }
    }

    fn wants(&self, name: &str) -> bool {
        let mut wanted = self.wanted.iter();
        self.wanted.is_empty() || wanted.any(|start| name.starts_with(start.as_str()))
    }

    fn decisions(&self, name: &str, make: impl FnOnce() -> Ready) {
        if !self.wants(name) {
            return;
        }
        let Ready { pdp, requests, .. } = make();
        let mut context = Context::new();
        let cost = cost(requests.len(), self.budget, |i| {
            black_box(pdp.decide_with(&mut context, &requests[i]).decision());
        });
        line(name, cost);
    }

    /// An explanation, and how many decisions it takes as long as.
    fn explained(&self, name: &str, make: impl FnOnce() -> Ready) {
        let name = format!("{name}, explained");
        if !self.wants(&name) {
            return;
        }
        let Ready { pdp, requests, .. } = make();
        let decided = cost(requests.len(), self.budget, |i| {
            black_box(pdp.decide(&requests[i]));
        });
        let explained = cost(requests.len(), self.budget, |i| {
            black_box(pdp.explain(&requests[i]));
        });
        let times = explained.median.as_secs_f64() / decided.median.as_secs_f64();
        line(&format!("{name} ({times:.0} × decided)"), explained);
    }

    /// Questions with the subject open, and with everything open: the diagram of all policies, and
    /// the resources that it permits.
    fn asked(&self, name: &str, make: impl FnOnce() -> Ready) {
        let name = format!("{name}, asked");
        if !self.wants(&name) {
            return;
        }
        let Ready { pdp, requests, .. } = make();
        let is_single = |attribute: &Designator| *attribute.category != *category::ACCESS_SUBJECT;
        let about = |i: usize| {
            let analysis = pdp.analysis(&requests[i]).single_valued(is_single);
            analysis.open_category(category::ACCESS_SUBJECT)
        };
        let residual = cost(requests.len(), self.budget, |i| {
            black_box(about(i).residual().expect("is small"));
        });
        line(&format!("{name}: residual, the subject open"), residual);
        let enough = cost(requests.len(), self.budget, |i| {
            black_box(about(i).enough(Costs::default(), 10).expect("is small"));
        });
        line(&format!("{name}: what would be enough"), enough);
        let all = || {
            let analysis = pdp.analysis(&requests[0]).single_valued(is_single);
            analysis.open(|_| true).budget(100_000_000).residual()
        };
        let started = Instant::now();
        let Ok(whole) = all() else {
            println!("| {name}: residual of all policies | too large | | |");
            return;
        };
        let took = started.elapsed();
        println!(
            "| {name}: residual of all policies, {} nodes | {took:.1?} | | |",
            whole.size()
        );
        let resource = whole.attributes().into_iter();
        let resource = resource.filter(|attribute| *attribute.category == *category::RESOURCE);
        let Some(resource) = resource.max_by_key(|attribute| attribute.id.len()) else {
            return;
        };
        let permitted = cost(requests.len().min(8), self.budget, |i| {
            let given = whole.given(&requests[i], |attribute| {
                *attribute.category != *category::RESOURCE
            });
            black_box(given.permitted(&resource, usize::MAX).expect("is small"));
        });
        line(&format!("{name}: the resources permitted"), permitted);
    }

    fn texts(&self, name: &str, make: impl FnOnce() -> Ready) {
        let names = [
            format!("{name}, XML to XML"),
            format!("{name}, JSON to JSON"),
        ];
        if !names.iter().any(|name| self.wants(name)) {
            return;
        }
        let ready = make();
        let texts = ready.texts();
        let count = ready.requests.len();
        let xml = cost(count, self.budget, |i| {
            black_box(ready.pdp.decide_xml(&texts.xml[i]));
        });
        line(&names[0], xml);
        let json = cost(count, self.budget, |i| {
            black_box(ready.pdp.decide_json(&texts.json[i]));
        });
        line(&names[1], json);
    }

    /// How many times what one thread decides do two threads decide that share one PDP.
    fn threads(&self) {
        const NAME: &str = "W2, two threads";
        if !self.wants(NAME) {
            return;
        }
        let ready = workload::w2("deny-overrides", false);
        // From when all are ready until the last is done: threads that take turns gain nothing.
        let rate = |threads: usize| {
            let ready_to_go = Barrier::new(threads);
            let go = || {
                let mut context = Context::new();
                decide_all(&ready, &mut context, 1);
                ready_to_go.wait();
                let started = Instant::now();
                decide_all(&ready, &mut context, 50);
                (started, Instant::now())
            };
            let spans = std::thread::scope(|scope| {
                let all: Vec<_> = (0..threads).map(|_| scope.spawn(go)).collect();
                let spans = all.into_iter().map(|one| one.join().expect("no panic"));
                spans.collect::<Vec<(Instant, Instant)>>()
            });
            let first = spans.iter().map(|span| span.0).min().expect("has one");
            let last = spans.iter().map(|span| span.1).max().expect("has one");
            threads as f64 / (last - first).as_secs_f64()
        };
        // The best of many short turns: other users of the machine only ever slow them down.
        let turns = if is_smoke_test() { 2 } else { 400 };
        let best = |threads| (0..turns).map(|_| rate(threads)).fold(0.0, f64::max);
        println!("| {NAME} | {:.2} × one | | |", best(2) / best(1));
    }

    fn load(&self) {
        if !self.wants("load") {
            return;
        }
        // Few fit in the caches; the memory that many take must be had from the system first.
        for (n, goes) in [(50, 200), (1_000, 20)] {
            match is_smoke_test() {
                true => self.load_some(n / 50, 1),
                false => self.load_some(n, goes),
            }
        }
    }

    /// W3 in a store: decided through a reader, changed while it is.
    fn store(&self, n: usize) {
        if !self.wants("store") {
            return;
        }
        let Filled {
            store,
            bytes,
            spent,
            kept,
        } = Filled::new(many(), n);
        let questions = service::about_many(n);
        let mut reader = store.reader();
        let requests: Vec<_> = questions
            .iter()
            .map(|question| question.request())
            .collect();
        for (question, request) in questions.iter().zip(&requests) {
            assert_eq!(reader.pdp().decide(request).decision(), question.expected);
        }
        let mut context = Context::new();
        let decisions = cost(requests.len(), self.budget, |i| {
            black_box(
                reader
                    .pdp()
                    .decide_with(&mut context, &requests[i])
                    .decision(),
            );
        });
        line(&format!("store of {n}, decision"), decisions);
        let again = (0..64).map(|i| i * 7919 % n);
        let again: Vec<_> = again
            .map(|number| (format!("{number}.xml"), service::one_of_many(number).xml()))
            .collect();
        let replacing = cost(again.len(), self.budget, |i| {
            let (name, text) = &again[i];
            black_box(store.put(name, text).expect("compiles"));
        });
        line(&format!("store of {n}, one policy replaced"), replacing);
        let speed = bytes as f64 / 1e6 / spent.elapsed.as_secs_f64();
        println!(
            "| store of {n}, loaded on {} threads | {speed:.0} MB/s | | |",
            threads()
        );
        let of_each = kept as f64 / n as f64 / 1e3;
        println!("| store of {n}, resident memory of a policy | {of_each:.2} KB | | |");
    }

    /// Policy sets of patients, each a target and a reference to one of four base sets: decided,
    /// replaced, and a base set replaced that a quarter of them refer to.
    fn patients(&self, n: usize) {
        if !self.wants("patients") {
            return;
        }
        let store = many().store().expect("is empty");
        let bases = (0..4).map(|level| {
            let text = patient::base(level, "1.0", 0);
            SourceDocument::library(format!("base-{level}.xml"), text)
        });
        let patients = (0..n).map(|number| {
            SourceDocument::policy(format!("{number}.xml"), patient::patient(number))
        });
        let loading = time(|| {
            let loading = store.load(bases.chain(patients), |_| {});
            assert!(loading.refused.is_empty(), "{:?}", loading.refused);
        });
        let each = loading.elapsed.as_secs_f64() * 1e6 / n as f64;
        println!("| patients, {n}, loaded | {each:.1} µs each | | |");
        let requests: Vec<_> = (0..256).map(|i| patient::request(i * 7919 % n)).collect();
        let mut reader = store.reader();
        for request in &requests {
            assert_eq!(reader.pdp().decide(request).decision(), Decision::Permit);
        }
        let mut context = Context::new();
        let decisions = cost(requests.len(), self.budget, |i| {
            let pdp = reader.pdp();
            black_box(pdp.decide_with(&mut context, &requests[i]).decision());
        });
        line(&format!("patients, {n}, decision"), decisions);
        let again: Vec<String> = (0..64).map(|i| patient::patient(i * 7919 % n)).collect();
        let replacing = cost(again.len(), self.budget, |i| {
            black_box(store.put("again.xml", &again[i]).expect("compiles"));
        });
        line(&format!("patients, {n}, one replaced"), replacing);
        let bases: Vec<String> = (0..8).map(|i| patient::base(i % 4, "1.0", i)).collect();
        let replacing = cost(bases.len(), self.budget, |i| {
            let changed = store.put_library("base.xml", &bases[i]).expect("compiles");
            assert!(changed.referring >= n / 4);
        });
        line(&format!("patients, {n}, a base set replaced"), replacing);
        let versions: Vec<String> = (0..8)
            .map(|i| patient::base(0, &format!("1.{}", i + 1), i))
            .collect();
        let replacing = cost(versions.len(), self.budget, |i| {
            let changed = store
                .put_library("base.xml", &versions[i])
                .expect("compiles");
            black_box(changed);
        });
        line(&format!("patients, {n}, a later version of one"), replacing);
    }

    /// What it takes to get the version of a store to decide with, on one thread and on two.
    fn readers(&self) {
        if !self.wants("readers") {
            return;
        }
        const TIMES: u32 = 200_000;
        let store = many().store().expect("is empty");
        let shared = store.shared_reader();
        let each = |threads: usize, take: &(dyn Fn(&mut Reader) + Sync)| {
            let started = Instant::now();
            std::thread::scope(|scope| {
                for _ in 0..threads {
                    scope.spawn(|| {
                        let mut reader = store.reader();
                        (0..TIMES).for_each(|_| take(&mut reader));
                    });
                }
            });
            started.elapsed().as_secs_f64() * 1e9 / f64::from(TIMES)
        };
        type Take<'a> = &'a (dyn Fn(&mut Reader) + Sync);
        let ways: [(&str, Take<'_>); 3] = [
            ("a Reader of its own", &|reader| {
                black_box(reader.pdp());
            }),
            ("a SharedReader", &|_| {
                black_box(shared.pdp());
            }),
            ("Store::pdp", &|_| {
                black_box(store.pdp());
            }),
        ];
        for (name, take) in ways {
            let [one, two] = [1, 2].map(|threads| {
                (0..20)
                    .map(|_| each(threads, take))
                    .fold(f64::MAX, f64::min)
            });
            println!("| readers, {name}, one thread and two | {one:.0} ns; {two:.0} ns | | |");
        }
    }

    /// W3 in a store that is saved and restored: whole runs, one each.
    fn disk(&self, n: usize) {
        if !self.wants("disk") {
            return;
        }
        let Filled {
            store,
            bytes,
            spent,
            kept,
        } = Filled::new(many().saveable(), n);
        let mut saved = Vec::new();
        let saving = time(|| store.save(&mut saved).expect("memory can be written"));
        drop(store);
        let restored = many().store().expect("is empty");
        let restoring = time(|| {
            restored
                .restore(saved.as_slice(), |_| {})
                .expect("as saved")
        });
        assert_eq!(restored.len(), n);
        let pdp = restored.pdp();
        for question in service::about_many(n) {
            assert_eq!(
                pdp.decide(&question.request()).decision(),
                question.expected
            );
        }
        let of_each = |name: &str, size: usize, took: Option<Took>| {
            let size = size as f64 / n as f64 / 1e3;
            let took = took.map_or_else(String::new, |took| {
                let (all, busy) = (took.elapsed.as_secs_f64(), took.on_processors.as_secs_f64());
                let busy = busy * 1e6 / n as f64;
                format!("{all:.2} s; {busy:.0} µs of a processor each")
            });
            println!("| disk, {n} policies, {name} | {size:.2} KB each | {took} | |");
        };
        let threads = threads();
        of_each(
            &format!("XML loaded on {threads} threads"),
            bytes,
            Some(spent),
        );
        of_each("saved", saved.len(), Some(saving));
        of_each(
            &format!("restored on {threads} threads"),
            saved.len(),
            Some(restoring),
        );
        of_each("resident in a store that can be saved", kept, None);
    }

    fn load_some(&self, n: usize, goes: usize) {
        let policies: Vec<String> = (0..n).map(|i| service::one_of_many(i).xml()).collect();
        let bytes: usize = policies.iter().map(String::len).sum();
        let build = || -> Pdp {
            let policies = policies.iter();
            let builder: PdpBuilder = policies.fold(many(), |b, text| b.policy("w3", text));
            // Explanations have their texts kept, which are not the program.
            builder.drop_documents().build().expect("compiles")
        };
        let (kept, pdp) = bytes_kept(build);
        drop(pdp);
        let read = || {
            for text in &policies {
                black_box(Document::from_xml(text).expect("reads"));
            }
        };
        let speed = |time: Duration| bytes as f64 / 1e6 / time.as_secs_f64();
        println!(
            "| load, {n} policies, XML to program | {:.0} MB/s | | |",
            speed(quickest(goes, build))
        );
        println!(
            "| load, {n} policies, XML to syntax | {:.0} MB/s | | |",
            speed(quickest(goes, read))
        );
        let lint = Lint::new();
        let found = || -> usize {
            let findings = policies.iter().map(|text| lint.findings("w3", text));
            findings.map(|found| found.expect("reads").len()).sum()
        };
        println!(
            "| lint, {n} policies, {} findings | {:.0} ms | | |",
            found(),
            quickest(goes, found).as_secs_f64() * 1e3
        );
        println!(
            "| memory of one of {n} W3 policies ({:.1} KB of XML) | {:.2} KB | | |",
            bytes as f64 / n as f64 / 1e3,
            kept as f64 / n as f64 / 1e3
        );
    }
}

fn decide_all(ready: &Ready, context: &mut Context, times: usize) {
    for _ in 0..times {
        for request in &ready.requests {
            black_box(ready.pdp.decide_with(context, request).decision());
        }
    }
}

fn line(name: &str, cost: Cost) {
    let micros = |time: Duration| time.as_secs_f64() * 1e6;
    println!(
        "| {name} | {:.3} µs | {:.3} µs | {} |",
        micros(cost.median),
        micros(cost.p99),
        (cost.allocations * 10.0).round() / 10.0
    );
}
