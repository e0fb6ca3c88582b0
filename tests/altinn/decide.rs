//! A case → problems: what came out otherwise than expected, and ways of asking the same that do
//! not get the same answer.

use vedtak::altinn::Ruling;
use vedtak::altinn::explain::{Explanation, Language, Requirement};
use vedtak::altinn::ruling::{Basis, Enforcement, Veto};
use vedtak::attribute::category;
use vedtak::request::Matrix;
use vedtak::value::{DateTime, Zone};
use vedtak::{Context, Request};

use crate::ask;
use crate::host::Host;
use crate::scenario::Ask;

/// Decides one case in every way there is.
pub(crate) fn decide(host: &Host, context: &mut Context, ask: &Ask) -> Vec<String> {
    let mut problems = Vec::new();
    let request = ask::request(ask);
    let at = host.set_clock(ask.at);
    let explanation = host.audited(1, &mut problems, || host.pdp.explain_at(&request, at));
    let ruling = &explanation.ruling;
    check(ask, ruling, Some(&explanation), &mut problems);

    let mut same = |way: &str, other: Ruling| {
        if other != *ruling {
            problems.push(format!("{way} comes to {other:?}\ninstead of {ruling:?}"));
        }
    };
    same("decide", host.pdp.decide(&request));
    same("decide_at", host.pdp.decide_at(&request, at));
    same(
        "a used context",
        host.pdp.decide_with(context, &request, at),
    );
    same(
        "the same context again",
        host.pdp.decide_with(context, &request, at),
    );
    let (recorded, record) = host.pdp.decide_recorded(&request, at);
    same("decide_recorded", recorded);
    for (i, other) in host
        .pdp
        .decide_all([&request, &request])
        .into_iter()
        .enumerate()
    {
        same(&format!("decide_all, part {}", i + 1), other);
    }
    let twice = vec![Request::default(); 2];
    let matrix = Matrix::new(request.clone()).axis(twice);
    let grid = host.pdp.decide_matrix(&matrix);
    for (i, other) in grid.into_cells().into_iter().enumerate() {
        same(&format!("decide_matrix, cell {}", i + 1), other);
    }
    let at_once = host.at_once.decide(&request);
    // The register tells of roles and packages together when they change; sources one by one.
    let mut hosted = at_once.clone();
    hosted.valid_until = ruling.valid_until;
    same("a PDP with sources of the host", hosted);
    let later = pollster::block_on(host.later.decide_async(&request));
    let [together, together_later] = &host.together;
    let by_many = [
        together.decide(&request),
        pollster::block_on(together_later.decide_async(&request)),
    ];
    match ask::by_way_of_xml(&request) {
        Ok(read) => same("the request by way of XML", host.pdp.decide(&read)),
        Err(problem) => problems.push(problem),
    }
    if later != at_once {
        problems.push(format!(
            "sources that answer later come to {later:?}\ninstead of {at_once:?}"
        ));
    }
    if by_many.iter().any(|ruling| *ruling != at_once) {
        problems.push(format!(
            "a source of many facts comes to {by_many:?}\ninstead of {at_once:?}"
        ));
    }
    let again = host.pdp.decide_recorded(&request, at).1;
    if again.cache_key() != record.cache_key() || explanation.record != record {
        problems.push("the record differs from one time to the next".to_owned());
    }
    in_xml(host, &request, ruling, &mut problems);
    problems
}

/// Decides several cases as one batch, and each by itself.
pub(crate) fn decide_batch(host: &Host, context: &mut Context, parts: &[Ask]) -> Vec<String> {
    let mut problems = Vec::new();
    if parts.iter().any(|part| part.at.is_some()) {
        problems.push("a batch has one instant: a part cannot have its own".to_owned());
    }
    host.set_clock(None);
    let requests: Vec<Request> = parts.iter().map(ask::request).collect();
    let count = requests.len();
    let rulings = host.audited(count, &mut problems, || host.pdp.decide_all(&requests));
    if rulings.len() != count {
        problems.push(format!("{count} parts have {} answers", rulings.len()));
    }
    // More than are decided together, so that each part is decided after and beside every other one.
    let many = || (0..5).flat_map(|start| (0..count).map(move |i| (start + i) % count));
    let often = host.audited(5 * count, &mut problems, || {
        host.pdp.decide_all(many().map(|part| &requests[part]))
    });
    if often.len() != 5 * count
        || !many()
            .zip(&often)
            .all(|(part, found)| rulings[part] == *found)
    {
        problems.push(format!(
            "the parts, each five times: expected {rulings:?}, found {often:?}"
        ));
    }
    let later = host.audited(count, &mut problems, || {
        pollster::block_on(host.later.decide_all_async(&requests))
    });
    let at_once = host.at_once.decide_all(&requests);
    let [together, together_later] = &host.together;
    let by_many = [
        together.decide_all(&requests),
        pollster::block_on(together_later.decide_all_async(&requests)),
    ];
    if by_many.iter().any(|rulings| *rulings != at_once) {
        problems.push(format!(
            "with a source of many facts: expected {at_once:?}, found {by_many:?}"
        ));
    }
    if later != at_once {
        problems.push(format!(
            "with sources that answer later: expected {at_once:?}, found {later:?}"
        ));
    }
    in_one_request(host, &requests, &rulings, &mut problems);
    for ((i, part), ruling) in (1..).zip(parts).zip(&rulings) {
        let mut of_part = Vec::new();
        check(part, ruling, None, &mut of_part);
        of_part.extend(decide(host, context, part));
        let at = |problem| format!("part {i}, {}: {problem}", part.ask);
        problems.extend(of_part.into_iter().map(at));
    }
    problems
}

/// One request for all parts has the same results, and is no request for one decision.
fn in_one_request(
    host: &Host,
    requests: &[Request],
    rulings: &[Ruling],
    problems: &mut Vec<String>,
) {
    let xml = ask::as_one(requests);
    let multiple = match Request::from_xml(&xml) {
        Ok(multiple) => multiple,
        Err(error) => return problems.push(format!("the parts in one request: {error}\n{xml}")),
    };
    let count = rulings.len();
    let response = host.audited(count, problems, || host.pdp.respond(&multiple));
    let expected: Vec<_> = rulings.iter().map(|ruling| &ruling.result).collect();
    let found: Vec<_> = response.results.iter().collect();
    // What is repeated from the request has its xml:id.
    let same = found.len() == count
        && found.iter().zip(&expected).all(|(found, expected)| {
            found.decision == expected.decision
                && found.status == expected.status
                && found.obligations == expected.obligations
        });
    if !same {
        problems.push(format!(
            "in one request: expected {expected:?}, found {found:?}"
        ));
    }
    let alone = host.pdp.decide(&multiple).decision();
    if alone != vedtak::Decision::Indeterminate {
        problems.push(format!(
            "a request for several decisions, taken for one, is {alone}"
        ));
    }
}

/// The answer in XML says the same.
fn in_xml(host: &Host, request: &Request, ruling: &Ruling, problems: &mut Vec<String>) {
    let answer = host.pdp.decide_xml(request.to_xml());
    match vedtak::Response::from_xml(&answer) {
        Ok(response) => {
            let said = response.decision();
            let obligations = response.obligations();
            if said != ruling.decision() || obligations != ruling.result.obligations {
                problems.push(format!("decide_xml says otherwise: {answer}"));
            }
        }
        Err(error) => problems.push(format!("decide_xml cannot be read: {error}\n{answer}")),
    }
}

fn check(ask: &Ask, ruling: &Ruling, why: Option<&Explanation>, problems: &mut Vec<String>) {
    let mut expect = |what: &str, expected: String, found: String| {
        if found != expected {
            problems.push(format!("{what}: expected {expected}, found {found}"));
        }
    };
    let decision = ruling.decision().to_string();
    expect("decision", ask.expect.clone(), decision);
    if let Some(basis) = &ask.basis {
        expect("basis", basis.clone(), basis_of(ruling).to_owned());
    }
    if let Some(count) = ask.obligations {
        let found = ruling.result.obligations.len();
        expect("obligations", count.to_string(), found.to_string());
    }
    if let Some(level) = &ask.level {
        let expected = format!("{:?} and {:?}", level.user, level.service_owner);
        let found = format!(
            "{:?} and {:?}",
            ruling.level.user, ruling.level.service_owner
        );
        expect("levels of users and service owners", expected, found);
    }
    if let Some(until) = &ask.valid_until {
        let expected = until.map(|until| in_utc(until.0));
        let found = ruling.valid_until.map(in_utc);
        expect("valid until", format!("{expected:?}"), format!("{found:?}"));
    }
    for (id, value) in &ask.tells {
        let told = ruling.result.attributes.iter();
        let told = told.filter(|of| &*of.category == category::RESOURCE);
        let told = told
            .flat_map(|of| &of.attributes)
            .filter(|known| *known.id == **id);
        let values = told.flat_map(|known| &known.values);
        let found: Vec<String> = values.map(vedtak::value::Value::lexical).collect();
        expect("tells", format!("{:?}", [value]), format!("{found:?}"));
    }
    if let Some(enforce) = &ask.enforce {
        let mut point = Enforcement::of_level(enforce.level);
        if enforce.service_owner {
            point = point.service_owner();
        }
        let found = match point.enforce(&ruling.result) {
            Ok(()) => "ok".to_owned(),
            Err(refused) => refused.to_string(),
        };
        contains("enforcement", &enforce.expect, &found, problems);
    }
    if let Some(says) = &ask.says {
        let status = ruling.result.status.as_ref();
        let message = status.and_then(|status| status.message.as_deref());
        contains("status message", says, message.unwrap_or(""), problems);
    }
    let Some(why) = why else {
        return;
    };
    let printed = why.to_string();
    if !printed.starts_with(&ask.expect) {
        problems.push(format!("the explanation says otherwise: {printed}"));
    }
    if let Some(through) = &ask.through {
        let each = why.through.iter().map(|through| joined(&through.what));
        contains(
            "through",
            through,
            &each.collect::<Vec<_>>().join("; "),
            problems,
        );
    }
    if let Some(path) = &ask.path {
        let mut paths: Vec<String> = why.through.iter().map(|by| by.path.to_string()).collect();
        if let Basis::Delegation { path, .. } = &ruling.basis {
            paths.push(path.to_string());
        }
        contains("path", path, &paths.join("; "), problems);
    }
    for hidden in &ask.hides {
        let norwegian = why.in_language(Language::Bokmal).to_string();
        let told = printed.contains(hidden) || norwegian.contains(hidden);
        if told || format!("{ruling:?}").contains(hidden) {
            problems.push(format!("`{hidden}` is told: {printed}"));
        }
    }
    if let Some(explained) = &ask.explained {
        contains("the explanation", explained, &printed, problems);
    }
    let norwegian = why.in_language(Language::Bokmal).to_string();
    if !norwegian.starts_with(&ask.expect) || norwegian.lines().count() != printed.lines().count() {
        problems.push(format!("in Norwegian it is not the same: {norwegian}"));
    }
    for (language, sentences) in &ask.tells_in {
        let told = match language.as_str() {
            "nb" => &norwegian,
            "en" => &why.in_language(Language::English).to_string(),
            other => return problems.push(format!("there is no language `{other}`")),
        };
        for sentence in sentences {
            contains("the explanation", sentence, told, problems);
        }
    }
    if let Some(opens) = &ask.opens {
        let openings = why.openings.iter().flat_map(|opening| &opening.any_of);
        let words: Vec<String> = openings.map(|all| joined(all)).collect();
        contains("what would open it", opens, &words.join("; "), problems);
    }
}

/// What is required, in words.
fn joined(all: &[Requirement]) -> String {
    let all: Vec<String> = all.iter().map(ToString::to_string).collect();
    all.join(" and ")
}

fn in_utc(instant: DateTime) -> String {
    let (seconds, nanoseconds) = instant.to_unix();
    DateTime::from_unix(seconds, nanoseconds, Zone::UTC)
        .map_or_else(String::new, |utc| utc.to_string())
}

fn contains(what: &str, expected: &str, found: &str, problems: &mut Vec<String>) {
    if !found.contains(expected) {
        problems.push(format!(
            "{what}: expected something with `{expected}`, found `{found}`"
        ));
    }
}

fn basis_of(ruling: &Ruling) -> &'static str {
    match &ruling.basis {
        Basis::Policy => "policy",
        Basis::Delegation { .. } => "delegation",
        // Who is not told on a list, and who has no right: the same word as in the register.
        Basis::Veto(veto) => match veto {
            Veto::AccessList { .. } | Veto::NotAnOrganisation => "access list",
            Veto::ResourceRight { .. } => "resource right",
            Veto::NoParty => "no party",
            _ => "another veto",
        },
        _ => "something else",
    }
}
