//! What the benches decide, made on the spot and the same every time.
//!
//! | | policies | questions |
//! |---|---|---|
//! | W1 | one rule | 2: Permit |
//! | W2 | one service of Altinn's: ten rules of roles, packages and actions, an obligation | 64: the last rule permits 56, none applies to 8 |
//! | W3 | N services of five rules each, a target on each, under deny-overrides | 256 about services at random: Permit |
//! | W4 | one policy of N rules, each for one role, service and action | 256: one rule decides 7/8, none applies to the rest |
//! | W5 | 20 rules of long conditions | 64: the last rule permits |
//! | patterns | N rules, each a regular expression for the service | 64: one rule permits |
//! | patients | N policy sets of a target and a reference, over four base sets | 256 patients at random: Permit |
//! | URLs | N rules, each a regular expression for URLs of one host, in targets, in conditions, and not tied to the ends | 64 long URLs: one rule permits |
//!
//! Every question is checked before anything is timed.
#![allow(dead_code, reason = "each bench uses its part")]

pub(crate) mod condition;
pub(crate) mod matrix;
pub(crate) mod names;
pub(crate) mod patient;
pub(crate) mod policy;
pub(crate) mod question;
mod random;
pub(crate) mod service;
pub(crate) mod urls;
mod xml;

use vedtak::syntax::Document;
use vedtak::{Context, Decision, Limits, Pdp, PdpBuilder, ReadOptions, Request, Response};

use question::Question;

/// A PDP and what it is asked; it was asked already, and answered as expected.
pub(crate) struct Ready {
    pub(crate) pdp: Pdp,
    pub(crate) questions: Vec<Question>,
    pub(crate) requests: Vec<Request>,
}

/// Requests as text.
pub(crate) struct Texts {
    pub(crate) xml: Vec<String>,
    pub(crate) json: Vec<String>,
}

impl Ready {
    /// # Panics
    ///
    /// The PDP gives an unexpected answer.
    pub(crate) fn new(pdp: Pdp, questions: Vec<Question>) -> Self {
        let requests: Vec<Request> = questions.iter().map(Question::request).collect();
        let mut context = Context::new();
        for (question, request) in questions.iter().zip(&requests) {
            let outcome = pdp.decide_with(&mut context, request);
            assert_eq!(outcome.decision(), question.expected, "{request:?}");
        }
        Self {
            pdp,
            questions,
            requests,
        }
    }

    /// # Panics
    ///
    /// The text of a question is not its request, or gets another answer.
    pub(crate) fn texts(&self) -> Texts {
        let texts = Texts {
            xml: self.questions.iter().map(Question::xml).collect(),
            json: self.questions.iter().map(Question::json).collect(),
        };
        for (i, question) in self.questions.iter().enumerate() {
            let (xml, json) = (&texts.xml[i], &texts.json[i]);
            assert_eq!(Request::from_json(json).as_ref(), Ok(&self.requests[i]));
            let answers = [
                Response::from_xml(self.pdp.decide_xml(xml)),
                Response::from_json(self.pdp.decide_json(json)),
            ];
            for answer in answers {
                let answer = answer.expect("the answer can be read");
                assert_eq!(answer.decision(), question.expected, "{xml}");
            }
        }
        texts
    }
}

/// W1.
pub(crate) fn w1() -> Ready {
    let (policy, questions) = service::single();
    Ready::new(load(&policy.xml()), questions)
}

/// W2, under deny-overrides or permit-overrides.
pub(crate) fn w2(algorithm: &'static str, ignores_case: bool) -> Ready {
    let (mut policy, questions) = service::alone();
    policy.algorithm = algorithm;
    policy.ignores_case = ignores_case;
    let ready = Ready::new(load(&policy.xml()), questions);
    let permit = ready.requests.iter().zip(&ready.questions);
    for (request, question) in permit {
        let mut context = Context::new();
        let outcome = ready.pdp.decide_with(&mut context, request);
        let obliges = question.expected == Decision::Permit;
        assert_eq!(outcome.obligations().count(), usize::from(obliges));
    }
    ready
}

/// W3 with `count` policies, each a document of its own: never are all in memory as text.
pub(crate) fn w3(count: usize) -> Ready {
    let limits = limits();
    let documents = (0..count).map(|number| {
        let text = service::one_of_many(number).xml();
        Document::read_xml(&text, ReadOptions::new().limits(&limits)).expect("reads")
    });
    let builder = documents.fold(many(), PdpBuilder::document);
    let pdp = builder.build().expect("compiles");
    Ready::new(pdp, service::about_many(count))
}

/// W4 with `count` rules.
pub(crate) fn w4(count: usize, algorithm: &'static str) -> Ready {
    let (policy, questions) = matrix::matrix(count, algorithm);
    Ready::new(load(&policy.xml()), questions)
}

/// W5.
pub(crate) fn w5() -> Ready {
    let (policy, questions) = condition::conditions();
    Ready::new(load(&policy), questions)
}

/// Rules that only a regular expression tells apart.
pub(crate) fn patterns(count: usize) -> Ready {
    let (policy, questions) = condition::patterns(count);
    Ready::new(load(&policy), questions)
}

/// Rules that regular expressions over the URLs of one host tell apart.
pub(crate) fn urls(count: usize, form: urls::Form) -> Ready {
    let (policy, questions) = urls::urls(count, form);
    Ready::new(load(&policy), questions)
}

/// A builder that combines many policies as W3 does.
pub(crate) fn many() -> PdpBuilder {
    Pdp::builder()
        .limits(limits())
        .root_combining("urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides")
}

fn load(policy: &str) -> Pdp {
    let builder = Pdp::builder().limits(limits());
    builder.policy("bench", policy).build().expect("compiles")
}

/// Room for the largest of the workloads.
fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.bytes = 1 << 30;
    limits.elements = 100_000_000;
    limits.patterns = 1 << 40;
    limits.work = 1 << 40;
    limits
}

/// The N that a bench is run with: those of `VEDTAK_BENCH_N`, a list with commas; or in a smoke
/// test small ones; or the given ones.
pub(crate) fn sizes(usual: &[usize]) -> Vec<usize> {
    match std::env::var("VEDTAK_BENCH_N") {
        Ok(list) => list
            .split(',')
            .map(|n| {
                n.trim()
                    .parse()
                    .expect("VEDTAK_BENCH_N is a list of numbers")
            })
            .collect(),
        Err(_) if is_smoke_test() => vec![10, 50],
        Err(_) => usual.to_vec(),
    }
}

/// Whether the benches shall only be seen to run: under `cargo test`, which gives no `--bench`, and with
/// `--test`, as for the benches of criterion.
pub(crate) fn is_smoke_test() -> bool {
    let given = |name: &str| std::env::args().any(|argument| argument == name);
    given("--test") || !given("--bench")
}
