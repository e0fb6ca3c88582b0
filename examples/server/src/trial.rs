//! A request and policies that somebody tries, and the tests beside the policies → explanations and cover.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Instant;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use vedtak::altinn::testing::Registers;
use vedtak::analysis::cover::Cover;
use vedtak::analysis::explain::Element;
use vedtak::attribute::Designator;
use vedtak::rest::Representation;
use vedtak::store::SourceDocument;
use vedtak::testing::{Decider, Kind, KindFiles, NamedFile, Runner};
use vedtak::{Diagnostic, Error, Pdp, Request};

use crate::engine::Engine;
use crate::explain::{
    Question, categories, enough, enough_json, explained, lost_of, question, tell,
};
use crate::gate::is_over;
use crate::options::Deciding;
use crate::problem::Problem;
use crate::service::Service;
use crate::strict::{Object, object};

/// A request to be tried, as text.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Trial {
    /// Policies in place of those of the folder.
    policies: Option<Vec<Object<TriedPolicy>>>,
    request: String,
    /// The categories that may change for a Permit.
    #[serde(default)]
    open: Vec<String>,
    /// Requests that were tried before, for the cover.
    #[serde(default)]
    earlier: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TriedPolicy {
    source: String,
    text: String,
}

/// The requests of a cover at most.
const EARLIER: usize = 100;

/// Answers `POST /try`: a request decided by the policies of the folder, or by others; with the
/// explanations, what would be enough, and what of the policies the requests so far have reached, as far as there
/// is work and time to count them. Errors: 400 for a request that cannot be read, 422 for a policy.
pub async fn answer(
    State(service): State<Arc<Service>>,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let begun = Instant::now();
    let within = service.options.answer_within * 3 / 4;
    let trial: Trial = object(&body)?;
    let asked = read(&service, &trial.request)?;
    let earlier = trial.earlier.iter().take(EARLIER);
    let earlier = earlier.filter_map(|text| Some(read(&service, text).ok()?.request));
    let requests: Vec<Request> = [asked.request.clone()].into_iter().chain(earlier).collect();
    let open = categories(trial.open.iter().map(String::as_str))?;
    let version = service.version();
    let how = service.options.deciding.clone();
    let work = move || {
        let pdp = match (trial.policies, &version.engine) {
            (Some(policies), _) => compiled(policies, &how)?,
            (None, Engine::Policies(pdp)) => pdp.clone(),
            (None, Engine::Altinn(_)) => {
                let detail = "with a register, `policies` are to be given here";
                return Err(Problem::bad(detail));
            }
        };
        let explained = explained(&pdp, &asked.request);
        let lacking = match enough(&pdp, &asked, &open) {
            Ok(enough) => enough_json(&enough),
            Err(why) => json!({"unanswered": why}),
        };
        let (mut cover, mut counted) = (pdp.cover([]), 0);
        // All share the work of one question. What is decided after it is spent tells nothing.
        let is_spent = AtomicBool::new(false);
        let has_time = || begun.elapsed() < within && !is_spent.load(Relaxed) && !is_over();
        let mut call = pdp.call().observe(|event| {
            if has_time() {
                event.cover(&mut cover);
                let status = event.outcome.map(|outcome| outcome.status());
                let message = status.ok().flatten().and_then(|status| status.message);
                let is_limit = message.is_some_and(|message| message.contains("`Limits::work`"));
                is_spent.store(is_limit, Relaxed);
            }
        });
        for request in requests.iter().take_while(|_| has_time()) {
            call.decide(request);
            counted += 1;
        }
        drop(call);
        let mut cover = cover_json(&cover);
        cover["requests"] = counted.into();
        let explanations = explained.iter().map(|one| crate::raw(one.to_json()));
        let mut told = json!({
            "pictures": explained.iter().map(|one| one.to_svg()).collect::<Vec<_>>(),
            "explanations": explanations.collect::<Vec<_>>(),
            "enough": lacking,
            "coverage": cover,
        });
        tell(&mut told, lost_of(&asked.authzen, &explained));
        Ok(told)
    };
    service.heavily(work).await?.map(Json)
}

/// The cases that `/tests` decides at most, and the bytes of text that it answers with.
const CASES: usize = 10_000;
const TEXT: usize = 1 << 20;

/// Answers `GET /tests`: the test files in the folder of policies, run by what decides, and what of the
/// policies they reach. Errors: 404, as there are none.
pub async fn tests(State(service): State<Arc<Service>>) -> Result<Json<Value>, Problem> {
    let options = &service.options;
    let (folder, how) = (options.folder.clone(), options.deciding.clone());
    // So that the answer is there before whoever asked has none.
    let (begun, within) = (Instant::now(), options.answer_within * 3 / 4);
    let version = service.version();
    let work = move || {
        let policies = version.documents.iter().map(|document| SourceDocument {
            source: folder.join(&document.source).to_string_lossy().into(),
            bytes: document.bytes.to_vec(),
            is_library: document.is_library,
        });
        let mut runner = Runner::new().with_cover().policies(policies);
        if let (Some(file), Some(bytes)) = (&how.altinn, &version.register) {
            let (file, bytes) = (file.clone(), bytes.clone());
            runner = runner.kind(OwnRegister { file, bytes });
        }
        let runner = runner.host(move |pdp| how.set(pdp));
        let runner = runner.as_long_as(move |decided| match begun.elapsed() < within {
            true if decided < CASES => Ok(()),
            true => Err(format!(
                "a server runs {CASES} cases: `vedtak test` runs all"
            )),
            false => Err(format!(
                "a server runs tests for {within:?}: `vedtak test` runs all"
            )),
        });
        let report = runner.run([&folder]);
        let report = report.map_err(|error| Problem::of_error(StatusCode::NOT_FOUND, &error))?;
        let mut text = report.to_string();
        for why in &report.not_counted {
            text += &format!("policies in no test are not counted: {why}\n");
        }
        if text.len() > TEXT {
            let end = (0..=TEXT).rev().find(|end| text.is_char_boundary(*end));
            text.truncate(end.unwrap_or(0));
            text += "…\nthe rest is left out: `vedtak test` has it\n";
        }
        Ok(json!({
            "is_passed": report.is_passed(),
            "passed": report.passed(),
            "failed": report.failed(),
            "broken": report.broken(),
            "text": text,
            "coverage": report.cover.as_ref().map(cover_json),
        }))
    };
    service.heavily(work).await?.map(Json)
}

/// Test files of the register that decides, as it was read when it was found good.
struct OwnRegister {
    file: PathBuf,
    bytes: Arc<[u8]>,
}

impl Kind for OwnRegister {
    fn member(&self) -> &'static str {
        Registers.member()
    }

    fn expectations(&self) -> &'static [&'static str] {
        Registers.expectations()
    }

    fn attributes(&self) -> Vec<Designator> {
        Registers.attributes()
    }

    fn words(&self) -> &'static [&'static str] {
        Registers.words()
    }

    fn cover(&self, policies: &[NamedFile]) -> Result<Option<Cover>, Error> {
        Registers.cover(policies)
    }

    fn open(&self, mut files: KindFiles) -> Result<Box<dyn Decider>, Error> {
        let named = files.facts.path.canonicalize().ok();
        if named.is_none() || named != self.file.canonicalize().ok() {
            let name = files.facts.name;
            let message = format!("`{name}` is not the register that decides");
            return Err(Error::new(vec![Diagnostic::placeless("", message)]));
        }
        files.facts.bytes = self.bytes.to_vec();
        Registers.open(files)
    }
}

fn cover_json(cover: &Cover) -> Value {
    let rules = cover.share(&[Element::Rule]);
    let whole = cover.whole();
    json!({
        "covered": rules.covered,
        "rules": rules.all,
        "parts_covered": whole.covered,
        "parts": whole.all,
        "annotated": cover.annotated(),
    })
}

/// Compiles what somebody has pasted, with limits that keep it small.
fn compiled(policies: Vec<Object<TriedPolicy>>, how: &Deciding) -> Result<Pdp, Problem> {
    let mut limits = how.limits();
    limits.elements = 100_000;
    let mut builder = how.builder().limits(limits);
    for Object(policy) in policies {
        builder = builder.policy(&policy.source, policy.text);
    }
    let refused = |error| Problem::of_error(StatusCode::UNPROCESSABLE_ENTITY, &error);
    builder.build().map_err(refused)
}

/// Reads a request of any language: XML begins with `<`.
fn read(service: &Service, text: &str) -> Result<Question, Problem> {
    let text = text.trim_start_matches('\u{feff}').trim();
    let sent = match text.starts_with('<') {
        true => Representation::Xml,
        false => Representation::Json,
    };
    question(service, sent, text.as_bytes())
}
