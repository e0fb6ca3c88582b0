//! One case → whether engine and oracle agree about it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use vedtak::decision::StatusCode;
use vedtak::response::{AttributeAssignment, Response};
use vedtak::store::ChangeSet;
use vedtak::syntax::{Document, XacmlVersion};
use vedtak::value::{DateTime, Zone};
use vedtak::{Context, Decision, Error, Pdp, Request};

use crate::analysis::{self, Checked};
use crate::choices::Choices;
use crate::evaluate::{self, Assignment, Duty, Failure, Outcome, Permitted, Verdict, World};
use crate::explained;
use crate::generate::{self, Policies};
use crate::multiple;
use crate::statistics::Statistics;

/// The choices that make policies and the requests to them.
pub(crate) struct Case<'a> {
    /// Whether most policies are of XACML 2.0.
    pub of_2: bool,
    pub policy: &'a [u8],
    pub requests: &'a [Vec<u8>],
}

/// How many requests of a case are put together into one.
const TOGETHER: usize = 3;

/// What can be wrong with a case.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The engine refuses the policies.
    Build(String),
    /// The engine panics, or the oracle does.
    Panic(String),
    /// They differ about the request with this number.
    Differ(usize, String),
    /// They differ about several decisions asked for at once.
    Together(String),
}

impl Trouble {
    /// Whether both are wrong in the same way, as far as making a case smaller goes.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Build(error) => write!(f, "the engine refuses the policies: {error}"),
            Self::Panic(message) => write!(f, "a panic: {message}"),
            Self::Differ(number, difference) => write!(f, "request {number}: {difference}"),
            Self::Together(difference) => write!(f, "several at once: {difference}"),
        }
    }
}

/// Scratch memory of the engine that lives from case to case, as a host's would.
pub(crate) struct Workbench {
    context: Context,
}

impl Workbench {
    pub(crate) fn new() -> Self {
        Self {
            context: Context::new(),
        }
    }

    /// Makes the policies and requests, and compares the answers to each.
    pub(crate) fn try_case(
        &mut self,
        case: &Case<'_>,
        seen: &mut Statistics,
    ) -> Result<(), Trouble> {
        let policies = generate::policies(&mut Choices::new(case.policy), case.of_2);
        let asked = catch_unwind(AssertUnwindSafe(|| self.ask(&policies, case, seen)));
        asked.unwrap_or_else(|panic| {
            // What a panic left in it is nobody's business.
            self.context = Context::new();
            let message = panic.downcast_ref::<String>().cloned();
            let literal = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            Err(Trouble::Panic(message.or(literal).unwrap_or_default()))
        })
    }

    fn ask(
        &mut self,
        policies: &Policies,
        case: &Case<'_>,
        seen: &mut Statistics,
    ) -> Result<(), Trouble> {
        let pdp = build(policies, from_text(case), (true, true)).map_err(Trouble::Build)?;
        let other = match other_steps(case) {
            Some(steps) => Some(build(policies, false, steps).map_err(Trouble::Build)?),
            None => stored(policies).map_err(Trouble::Build)?,
        };
        seen.policies += 1;
        seen.stored += u64::from(other.as_ref().is_some_and(|other| other.version() > 0));
        seen.quantified += u64::from(policies.quantified > 0);
        seen.related += u64::from(policies.related > 0);
        for (number, bytes) in case.requests.iter().enumerate() {
            let request = request(policies, bytes, number).map_err(|error| {
                Trouble::Differ(number, format!("what was written cannot be read: {error}"))
            })?;
            let engine = self.decide(&pdp, &request, number);
            if number % 4 == 3 && can_be_written(&request) {
                same_in_json(&pdp, &request).map_err(|text| Trouble::Differ(number, text))?;
                seen.in_both += 1;
            }
            let world = world(policies, &request);
            let oracle = evaluate::decide(&world);
            if world.permitted.exceeded() && !is_in_a_circle(&engine) {
                // The oracle goes from left to right. The engine does not ask what cannot matter,
                // such as the first argument of an `or` whose second is True, and so it may come
                // to an end where the oracle does not; what it comes to the oracle cannot say.
                seen.count(&oracle, &world.permitted);
                continue;
            }
            if let Some(difference) = difference(&engine, &oracle) {
                return Err(Trouble::Differ(number, difference));
            }
            let other = other.as_ref().map(|other| other.decide(&request));
            if let Some(difference) = other.as_ref().and_then(|other| difference(other, &oracle)) {
                let how = match other_steps(case) {
                    Some(_) => "with other steps of compiling",
                    None => "in a store",
                };
                let difference = format!("{how}: {difference}");
                return Err(Trouble::Differ(number, difference));
            }
            if case.policy.get(1).is_some_and(|byte| byte % 4 == 0)
                && number % 4 == 0
                && !request.is_multiple()
                // A decision past a limit is none of the policies.
                && !world.permitted.exceeded()
            {
                let lot = case.policy.get(2).copied().unwrap_or_default();
                let lot = u64::from(lot) << 8 | number as u64;
                let checked = analysis::check(&pdp, &request, lot);
                match checked.map_err(|text| Trouble::Differ(number, text))? {
                    Checked::Agrees => seen.residuals += 1,
                    Checked::Whole => seen.residuals_whole += 1,
                    Checked::TooLarge => seen.residuals_too_large += 1,
                }
            }
            if number % 16 == 5 {
                for explanation in pdp.explain(&request) {
                    explained::check(&explanation, engine.decision())
                        .map_err(|text| Trouble::Differ(number, text))?;
                }
                seen.explained += 1;
            }
            let of_engine = match number % 16 {
                // What is written does not say them.
                1 | 2 => pdp.decide(&request),
                _ => engine,
            };
            for response in [Some(of_engine), other].into_iter().flatten() {
                same_troubles(&response, &world).map_err(|text| Trouble::Differ(number, text))?;
            }
            seen.count(&oracle, &world.permitted);
        }
        // They take as long as all of the above.
        if case.requests.len() < TOGETHER || case.policy.first().is_some_and(|byte| byte % 4 != 0) {
            return Ok(());
        }
        let several = case.requests[..TOGETHER].iter();
        let several =
            several.map(|bytes| generate::request(&mut Choices::new(bytes), &policies.wanted));
        let several: Vec<Request> = several.filter(can_be_written).collect();
        if several.len() >= 2 {
            let references: Vec<&Request> = several.iter().collect();
            // As above: what the engine never asks may lead the oracle around in a circle.
            let exceeded = Cell::new(false);
            let oracle = |request: &Request| {
                let world = world(policies, request);
                let outcome = evaluate::decide(&world);
                exceeded.set(exceeded.get() || world.permitted.exceeded());
                outcome
            };
            match multiple::check(&pdp, &references, oracle) {
                Ok(decisions) => seen.together += decisions,
                Err(_) if exceeded.get() => {}
                Err(difference) => return Err(Trouble::Together(difference)),
            }
        }
        Ok(())
    }

    /// Some decisions come out as XML or JSON, and some are made in memory that other policies have used
    /// before.
    fn decide(&mut self, pdp: &Pdp, request: &Request, number: usize) -> Response {
        match number % 16 {
            1 if can_be_written(request) => {
                let response = pdp.decide_xml(request.to_xml());
                Response::from_xml(response).unwrap_or_else(|error| panic!("{error}"))
            }
            2 if has_categories(request) => {
                let response = pdp.decide_json(request.to_json());
                Response::from_json(response).unwrap_or_else(|error| panic!("{error}"))
            }
            0..8 => pdp.decide(request),
            _ => pdp.decide_with(&mut self.context, request).to_response(),
        }
    }
}

/// The request that some bytes make. Some are written as XML or JSON and read again; then both sides get
/// what was read.
fn request(policies: &Policies, bytes: &[u8], number: usize) -> Result<Request, Error> {
    let request = generate::request(&mut Choices::new(bytes), &policies.wanted);
    match number % 16 {
        1 if can_be_written(&request) => Request::from_xml(request.to_xml()),
        2 if has_categories(&request) => Request::from_json(request.to_json()),
        _ => Ok(request),
    }
}

/// The answer to a request does not depend on the language it is put in.
fn same_in_json(pdp: &Pdp, request: &Request) -> Result<(), String> {
    let xml = Response::from_xml(pdp.decide_xml(request.to_xml())).map_err(|e| e.to_string())?;
    let json =
        Response::from_json(pdp.decide_json(request.to_json())).map_err(|e| e.to_string())?;
    match xml == json {
        true => Ok(()),
        false => Err(format!("XML and JSON differ:\n{xml}\n{json}")),
    }
}

/// The policies, the last request and both answers, for people.
pub(crate) fn show(case: &Case<'_>) -> String {
    let policies = generate::policies(&mut Choices::new(case.policy), case.of_2);
    let mut text = format!(
        "implicit zone: {}\nroot combining: {:?}\n",
        policies.zone, policies.root_combining
    );
    for (kind, documents) in [("root", &policies.roots), ("library", &policies.library)] {
        for document in documents {
            text += &format!("\n{kind}:\n{}\n", written(document));
        }
    }
    let pdp = match build(&policies, from_text(case), (true, true)) {
        Ok(pdp) => pdp,
        Err(error) => return text + &format!("\nbuild error:\n{error}\n"),
    };
    if let Some(bytes) = case.requests.last() {
        let number = case.requests.len() - 1;
        let request = match request(&policies, bytes, number) {
            Ok(request) => request,
            Err(error) => return text + &format!("\nrequest error:\n{error}\n"),
        };
        let oracle = catch_unwind(|| evaluate::decide(&world(&policies, &request)));
        let engine = catch_unwind(AssertUnwindSafe(|| pdp.decide(&request)));
        text += &format!("\nrequest:\n{}\n", request.to_xml());
        match engine {
            Ok(engine) => text += &format!("\nengine:\n{engine}\n"),
            Err(_) => text += "\nengine: a panic\n",
        }
        text += &format!("\noracle:\n{oracle:#?}\n");
    }
    text
}

/// XML has no request without a category, and no attribute without a value.
fn can_be_written(request: &Request) -> bool {
    let mut attributes = request
        .categories()
        .iter()
        .flat_map(|category| &category.attributes);
    has_categories(request) && attributes.all(|attribute| !attribute.values.is_empty())
}

/// Whether JSON can say the request: as in XML, at least one category, and none with a value that cannot
/// be used.
fn has_categories(request: &Request) -> bool {
    let mut categories = request.categories().iter();
    !request.categories().is_empty() && categories.all(|category| category.unusable().is_empty())
}

/// Whether the engine shall read the policies from XML, as most hosts have it do.
fn from_text(case: &Case<'_>) -> bool {
    case.policy.last().is_some_and(|byte| *byte < 8)
}

/// Some policies are compiled once more, without lowering or index: these must change nothing.
fn other_steps(case: &Case<'_>) -> Option<(bool, bool)> {
    match case.policy.first() {
        Some(0..40) => Some((false, false)),
        Some(40..80) => Some((true, false)),
        _ => None,
    }
}

fn build(policies: &Policies, from_text: bool, steps: (bool, bool)) -> Result<Pdp, String> {
    let mut builder = Pdp::builder().implicit_zone(policies.zone).clock(now);
    builder = builder.optimizations(steps.0, steps.1);
    for root in &policies.roots {
        builder = match from_text || is_of_2(root) {
            true => builder.policy("root", written(root)),
            false => builder.document(root.clone()),
        };
    }
    for document in &policies.library {
        builder = match from_text || is_of_2(document) {
            true => builder.library("library", written(document)),
            false => builder.library_document(document.clone()),
        };
    }
    if let Some(algorithm) = policies.root_combining {
        builder = builder.root_combining(algorithm);
    }
    builder.build().map_err(|error| error.to_string())
}

/// The same documents, put into a store one by one, if their roots are combined as those of a store
/// can be.
fn stored(policies: &Policies) -> Result<Option<Pdp>, String> {
    let algorithm = policies.root_combining;
    let Some(algorithm) = algorithm.filter(|id| !id.ends_with("on-permit-apply-second")) else {
        return Ok(None);
    };
    let builder = Pdp::builder().implicit_zone(policies.zone).clock(now);
    let store = builder.root_combining(algorithm).store();
    let store = store.map_err(|error| error.to_string())?;
    for document in &policies.library {
        let changes = match is_of_2(document) {
            true => ChangeSet::new().put_library("library", written(document)),
            false => ChangeSet::new().put_library_document(document.clone()),
        };
        store.change(changes).map_err(|error| error.to_string())?;
    }
    for root in &policies.roots {
        let put = match is_of_2(root) {
            true => store.put("root", written(root)),
            false => store.put_document(root.clone()),
        };
        put.map_err(|error| error.to_string())?;
    }
    Ok(Some(store.pdp()))
}

/// In the language of its version.
fn written(document: &Document) -> String {
    match is_of_2(document) {
        true => generate::version_2::written(document),
        false => document.to_xml(),
    }
}

fn is_of_2(document: &Document) -> bool {
    let xacml = match document {
        Document::Policy(policy) => policy.xacml,
        Document::PolicySet(set) => set.xacml,
    };
    xacml == XacmlVersion::V2
}

fn world<'a>(policies: &'a Policies, request: &'a Request) -> World<'a> {
    World {
        roots: &policies.roots,
        root_combining: policies.root_combining,
        library: &policies.library,
        now: now(),
        zone: policies.zone,
        request,
        permitted: Permitted::default(),
        met: RefCell::default(),
    }
}

/// Noon of a leap day, in a zone: the literals lie around it.
fn now() -> DateTime {
    let zone = Zone::from_minutes(60).expect("this is a zone");
    DateTime::from_unix(1_709_204_400, 500_000_000, zone).expect("this is a moment")
}

/// Whether the engine gave up asking for other decisions.
fn is_in_a_circle(engine: &Response) -> bool {
    let message = engine.status().and_then(|status| status.message.as_deref());
    message.is_some_and(|message| message.contains("ask themselves in a circle"))
}

/// The troubles of the decision itself. Those of decisions it asked for are not compared.
fn same_troubles(engine: &Response, world: &World<'_>) -> Result<(), String> {
    let asked = world.permitted.was_asked() || world.permitted.exceeded();
    if asked || engine.troubles().any(|trouble| trouble.more_places > 0) {
        return Ok(());
    }
    let mut found = BTreeSet::new();
    for trouble in engine.troubles() {
        let failure = match trouble.code {
            StatusCode::MissingAttribute => Failure::Missing,
            StatusCode::SyntaxError => Failure::Syntax,
            _ => Failure::Processing,
        };
        for place in &trouble.places {
            let policy = &place.policy;
            let version = policy.version.as_deref().unwrap_or_default();
            let rule = place.rule.iter().map(|rule| format!(", {rule}"));
            let place = format!("{} {version}{}", policy.id, rule.collect::<String>());
            found.insert((failure, place));
        }
    }
    let expected = world.met.borrow();
    match found == *expected {
        true => Ok(()),
        false => Err(format!("troubles {found:?} and not {expected:?}")),
    }
}

/// What differs; nothing if both say the same.
pub(crate) fn difference(engine: &Response, oracle: &Outcome) -> Option<String> {
    let (decision, status) = match oracle.verdict {
        Verdict::Permit => (Decision::Permit, StatusCode::Ok),
        Verdict::Deny => (Decision::Deny, StatusCode::Ok),
        Verdict::NotApplicable => (Decision::NotApplicable, StatusCode::Ok),
        Verdict::Indeterminate(_, Failure::Missing) => {
            (Decision::Indeterminate, StatusCode::MissingAttribute)
        }
        Verdict::Indeterminate(_, Failure::Syntax) => {
            (Decision::Indeterminate, StatusCode::SyntaxError)
        }
        Verdict::Indeterminate(_, Failure::Processing) => {
            (Decision::Indeterminate, StatusCode::ProcessingError)
        }
    };
    if engine.decision() != decision {
        return Some(format!("decision {} and not {decision}", engine.decision()));
    }
    let engine_status = engine
        .status()
        .map_or(StatusCode::Ok, |status| status.code.clone());
    if engine_status != status {
        return Some(format!("status {engine_status} and not {status}"));
    }
    let obligations = engine
        .obligations()
        .iter()
        .map(|o| (&*o.id, &*o.assignments));
    let advice = engine.advice().iter().map(|a| (&*a.id, &*a.assignments));
    if !same_duties(obligations, &oracle.obligations) {
        return Some("the obligations differ".to_owned());
    }
    if !same_duties(advice, &oracle.advice) {
        return Some("the advice differs".to_owned());
    }
    None
}

fn same_duties<'a>(
    engine: impl ExactSizeIterator<Item = (&'a str, &'a [AttributeAssignment])>,
    oracle: &[Duty],
) -> bool {
    engine.len() == oracle.len()
        && engine.zip(oracle).all(|((id, assignments), duty)| {
            id == duty.id
                && assignments.len() == duty.assignments.len()
                && assignments
                    .iter()
                    .zip(&duty.assignments)
                    .all(|(a, b)| same_assignment(a, b))
        })
}

fn same_assignment(engine: &AttributeAssignment, oracle: &Assignment) -> bool {
    *engine.id == *oracle.id
        && engine.category.as_deref() == oracle.category.as_deref()
        && engine.issuer.as_deref() == oracle.issuer.as_deref()
        && engine.value.data_type() == oracle.value.data_type()
        && engine.value.to_string() == oracle.value.canonical()
}
