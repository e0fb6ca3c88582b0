//! AuthZEN's searches: candidates of the host and what policies name, in pages; cases in
//! `fixtures/authzen/searches.txt`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use vedtak::analysis::{Answer, Between};
use vedtak::attribute::Designator;
use vedtak::authzen::{Candidate, Mapping, Property, Search, SearchKind, SearchResult};
use vedtak::authzen::{MappedAttribute, Obligations, SearchAnswer, UnmappedProperties};
use vedtak::provider::{AttributeProvider, Fetched, Inputs, ProviderError};
use vedtak::value::DataType;
use vedtak::{Pdp, ReadOptions, Request, SearchOutcome};

const CASES: &str = include_str!("../../fixtures/authzen/searches.txt");
const RECORDS: &str = include_str!("../../fixtures/authzen/records.xml");

fn records() -> Pdp {
    Pdp::from_xml(RECORDS).expect("compiles")
}

fn read(kind: SearchKind, body: &str) -> Search {
    Search::read_json(kind, body, ReadOptions::new()).unwrap_or_else(|e| panic!("{body}: {e}"))
}

/// What a host knows of subjects, resources and actions: their types and properties.
fn known(kind: SearchKind, of_type: &str) -> Vec<Candidate> {
    let text = |name: &str, value: &str| Property::new(name, [value.into()]);
    match (kind, of_type) {
        (SearchKind::Subjects, "user") => vec![
            Candidate::new("bob").with(text("role", "admin")),
            "alice".into(),
        ],
        (SearchKind::Resources, "record") => vec![
            Candidate::new("record-1").with(text("status", "active")),
            Candidate::new("record-2").with(text("status", "archived")),
        ],
        (SearchKind::Actions, _) => vec![
            "read".into(),
            "write".into(),
            Candidate::new("delete").with(Property::new("soft", [true.into()])),
        ],
        _ => Vec::new(),
    }
}

fn ids(results: &[SearchResult]) -> Vec<&str> {
    results.iter().map(|result| &**result.id()).collect()
}

fn find(pdp: &Pdp, search: &Search, candidates: Vec<Candidate>) -> SearchAnswer {
    let mapping = Mapping::default();
    let answer = pdp.call().search(search, &mapping, candidates.clone());
    let answer = answer.expect("can be mapped");
    // Whoever waits is answered alike.
    let mut call = pdp.call();
    let later = call.search_async(search, &mapping, candidates);
    assert_eq!(pollster::block_on(later).as_ref(), Ok(&answer));
    answer
}

#[test]
fn searches_are_answered_as_the_cases_say() {
    let pdp = records();
    let mut asked: Option<(SearchKind, &str)> = None;
    let mut count = 0;
    for (number, line) in CASES.lines().enumerate() {
        let number = number + 1;
        let (word, rest) = line.split_once(' ').unwrap_or_default();
        match word {
            "subjects" => asked = Some((SearchKind::Subjects, rest)),
            "resources" => asked = Some((SearchKind::Resources, rest)),
            "actions" => asked = Some((SearchKind::Actions, rest)),
            "=" => {
                let (kind, body) = asked.take().expect("a search before its answer");
                let search = read(kind, body);
                let of_type = search.candidate("").subject.kind.clone();
                let of_type = match kind {
                    SearchKind::Resources => search.candidate("").resource.kind.clone(),
                    _ => of_type,
                };
                let answer = find(&pdp, &search, known(kind, &of_type));
                assert_eq!(answer.to_json(), rest, "line {number}");
                assert_eq!(answer.reasons, Vec::<String>::new(), "line {number}");
                count += 1;
            }
            "!" => {
                let (kind, body) = asked.take().expect("a search before its answer");
                let error = Search::read_json(kind, body, ReadOptions::new());
                let text = error.expect_err(&format!("line {number}")).to_string();
                assert!(text.contains(rest), "line {number}: {text}");
                count += 1;
            }
            _ => assert!(line.is_empty() || word == "#", "line {number}: {line}"),
        }
    }
    assert!(count > 12, "the cases were found");
}

const WHO_READS: &str = r#"{"subject": {"type": "user"}, "action": {"name": "read"},
    "resource": {"type": "record", "id": "record-1"}"#;

/// Permits every user to read.
fn all_read() -> Pdp {
    let policy = r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="p" Version="1"
        RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-unless-permit">
        <Target/><Rule RuleId="all" Effect="Permit"/></Policy>"#;
    Pdp::from_xml(policy).expect("compiles")
}

/// The search for a page.
fn page(of: &str, limit: u64, token: &str) -> Search {
    let body = format!(r#"{of}, "page": {{"limit": {limit}, "token": "{token}"}}}}"#);
    read(SearchKind::Subjects, &body)
}

#[test]
fn all_pages_together_are_the_whole() {
    let pdp = all_read();
    // In no order, one of them twice, and one whose id is empty.
    let users = ["u3", "u1", "", "u10", "é", "u2", "u1", "z"];
    let users = || users.into_iter().map(Candidate::from).collect::<Vec<_>>();
    let whole = find(
        &pdp,
        &read(SearchKind::Subjects, &format!("{WHO_READS}}}")),
        users(),
    );
    assert_eq!(whole.page, None);
    assert_eq!(ids(&whole.results), ["", "u1", "u10", "u2", "u3", "z", "é"]);
    for limit in 1..=8 {
        let (mut all, mut token, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let answer = find(&pdp, &page(WHO_READS, limit, &token), users());
            let place = answer.page.expect("is a page");
            assert_eq!(place.count, Some(answer.results.len() as u64));
            let is_whole = limit >= 7;
            assert_eq!(place.total, is_whole.then_some(7), "{limit}");
            all.extend(answer.results);
            pages += 1;
            token = place.next_token;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(all, whole.results, "{limit}");
        // None is empty, not even the last.
        assert_eq!(pages, 7_u64.div_ceil(limit), "{limit}");
    }
    // No results, and where they go on.
    let none = find(&pdp, &page(WHO_READS, 0, ""), users());
    let token = none.page.expect("is a page").next_token;
    assert_eq!(none.results, []);
    let rest = find(&pdp, &page(WHO_READS, 9, &token), users());
    assert_eq!(rest.results, whole.results);
}

/// Nothing is kept between pages: a page goes on after the last result, whatever has changed.
#[test]
fn pages_neither_repeat_nor_skip_when_candidates_come_and_go() {
    let pdp = all_read();
    let first = find(
        &pdp,
        &page(WHO_READS, 2, ""),
        vec!["b".into(), "d".into(), "f".into()],
    );
    assert_eq!(ids(&first.results), ["b", "d"]);
    let token = first.page.expect("is a page").next_token;
    let now = ["a", "b", "c", "e", "f"].map(Candidate::from).to_vec();
    let second = find(&pdp, &page(WHO_READS, 2, &token), now);
    assert_eq!(ids(&second.results), ["e", "f"]);
    assert_eq!(second.page.expect("is a page").next_token, "");
}

#[test]
fn a_token_is_good_for_its_search_alone() {
    let pdp = all_read();
    let users = || ["a", "b", "c"].map(Candidate::from);
    let first = find(&pdp, &page(WHO_READS, 1, ""), users().to_vec());
    let token = first.page.expect("is a page").next_token;
    let mapping = Mapping::default();
    let refused = |search: &Search| {
        let error = pdp
            .call()
            .search(search, &mapping, users())
            .expect_err("is refused");
        assert_eq!(error.diagnostics()[0].path(), "page.token");
        let named = pdp.call().search_policies(search, &mapping, 1000);
        assert_eq!(named.expect_err("is refused"), error);
        error.to_string()
    };
    let others = [
        WHO_READS.replace("read", "write"),
        WHO_READS.replace("record-1", "record-2"),
        WHO_READS.replace(
            r#""id": "record-1""#,
            r#""id": "record-1", "properties": {"a": 1}"#,
        ),
        WHO_READS.replace(r#""type": "user""#, r#""type": "robot""#),
        WHO_READS.replace(
            r#""type": "user""#,
            r#""type": "user", "properties": {"role": "x"}"#,
        ),
        format!(r#"{WHO_READS}, "context": {{"ip": "::1"}}"#),
    ];
    for other in &others {
        refused(&page(other, 1, &token));
    }
    // Another kind of search, of the same members.
    let all = format!(
        r#"{{"subject": {{"type": "user", "id": "a"}}, "action": {{"name": "read"}},
            "resource": {{"type": "record", "id": "r"}}, "page": {{"token": "{token}"}}}}"#
    );
    refused(&read(SearchKind::Resources, &all));
    refused(&read(SearchKind::Actions, &all));
    // Cut, lengthened, changed, or no token at all.
    let mut forged = vec![
        token[1..].to_owned(),
        format!("{token}AAAA"),
        "x".to_owned(),
    ];
    forged.extend((1..token.len()).map(|length| token[..length].to_owned()));
    forged.extend(["====", "é", "AAAA", "%00"].map(str::to_owned));
    for place in 0..token.len() {
        for letter in ["A", "_", "b"] {
            let mut other = token.clone();
            other.replace_range(place..=place, letter);
            if other != token {
                forged.push(other);
            }
        }
    }
    for forged in &forged {
        let told = refused(&page(WHO_READS, 1, forged));
        assert!(
            told.contains("not one that an answer to this search contains"),
            "{told}"
        );
    }
    // The order of properties is not part of a search, nor is the size of its pages.
    let [one, other] = [r#"{"a": 1, "b": 2}"#, r#"{"b": 2, "a": 1}"#]
        .map(|context| format!(r#"{WHO_READS}, "context": {context}"#));
    let token = find(&pdp, &page(&one, 1, ""), users().to_vec()).page;
    let token = token.expect("is a page").next_token;
    let next = find(&pdp, &page(&other, 2, &token), users().to_vec());
    assert_eq!(ids(&next.results), ["b", "c"]);
}

struct Roles(AtomicUsize, bool);

impl AttributeProvider for Roles {
    fn name(&self) -> &str {
        "roles"
    }
    fn supplies(&self, wanted: &Designator) -> bool {
        &*wanted.id == "role"
    }
    fn inputs(&self, _: &Designator) -> Inputs {
        Inputs::nothing().attribute(vedtak::attribute::category::ACCESS_SUBJECT, "id")
    }
    fn queries_at_once(&self) -> usize {
        if self.1 { 10 } else { 1 }
    }
    fn fetch(&self, _: &Designator, of: &Request) -> Result<Fetched, ProviderError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        let subject = vedtak::attribute::category::ACCESS_SUBJECT;
        match of.values(subject, "id").next().and_then(|id| id.as_str()) {
            Some("carol") => Ok(vec!["admin".into()].into()),
            Some("down") => Err(ProviderError::new("connection refused")),
            _ => Ok(Vec::new().into()),
        }
    }
}

#[test]
fn candidates_share_what_is_fetched_and_failures_are_told() {
    for at_once in [false, true] {
        let roles = Arc::new(Roles(AtomicUsize::new(0), at_once));
        let pdp = Pdp::builder()
            .policy("records.xml", RECORDS)
            .provider(roles.clone())
            .build();
        let pdp = pdp.expect("compiles");
        // Many resources, one subject.
        let body = r#"{"subject": {"type": "user", "id": "carol"}, "action": {"name": "write"},
            "resource": {"type": "record"}}"#;
        let search = read(SearchKind::Resources, body);
        let archived = Property::new("status", ["archived".into()]);
        let records = (0..200).map(|n| Candidate::new(format!("r{n:03}")).with(archived.clone()));
        let mut call = pdp.call();
        let answer = call.search(&search, &Mapping::default(), records);
        assert_eq!(answer.expect("can be mapped").results.len(), 200);
        assert_eq!(roles.0.load(Ordering::Relaxed), 1, "{at_once}");
        drop(call);
        // Many subjects, of whom those of the failing service cannot be decided.
        let body = r#"{"subject": {"type": "user"}, "action": {"name": "write"},
            "resource": {"type": "record", "id": "r", "properties": {"status": "archived"}}}"#;
        let search = read(SearchKind::Subjects, body);
        let users = ["bob", "down", "carol"].map(Candidate::from);
        let answer = find(&pdp, &search, users.to_vec());
        assert_eq!(ids(&answer.results), ["carol"], "{at_once}");
        let [reason] = &answer.reasons[..] else {
            panic!("{:?}", answer.reasons)
        };
        assert!(reason.starts_with("`down`: "), "{reason}");
        assert!(reason.contains("connection refused"), "{reason}");
        assert!(!answer.to_json().contains("refused"), "is for the log");
    }
}

/// A candidate that has no place in the mapping is left out and told; a search that has none is
/// refused.
#[test]
fn what_cannot_be_mapped_is_told() {
    let pdp = all_read();
    let mut mapping = Mapping::default();
    let number = MappedAttribute::new("id").of(DataType::Integer);
    mapping.subject.id = Some(number);
    mapping.context.others = UnmappedProperties::Refused;
    let search = read(SearchKind::Subjects, &format!("{WHO_READS}}}"));
    let users = (0..150).map(|n| format!("u{n}")).chain(["7".to_owned()]);
    let answer = pdp.call().search(&search, &mapping, users);
    let answer = answer.expect("is a good search");
    assert_eq!(ids(&answer.results), ["7"]);
    assert_eq!(answer.reasons.len(), 11);
    assert!(
        answer.reasons[0].starts_with("`u0`: "),
        "{:?}",
        answer.reasons
    );
    assert_eq!(
        answer.reasons[10],
        "140 more candidates have reasons, which are not listed"
    );

    let body = format!(r#"{WHO_READS}, "context": {{"ip": "::1"}}}}"#);
    let search = read(SearchKind::Subjects, &body);
    let error = pdp
        .call()
        .search(&search, &mapping, ["7"])
        .expect_err("is refused");
    assert_eq!(error.diagnostics()[0].path(), "context.ip");
    let named = pdp.call().search_policies(&search, &mapping, 1000);
    assert_eq!(
        named.expect_err("is refused").diagnostics()[0].path(),
        "context.ip"
    );
}

/// A result is what an evaluation would be true for, and whoever is left out for obligations is told
/// of in the log.
#[test]
fn obligations_leave_candidates_out_unless_all_carry_them_out() {
    let policy = r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="p" Version="1"
        RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-unless-permit">
        <Target/><Rule RuleId="all" Effect="Permit"/><ObligationExpressions>
        <ObligationExpression ObligationId="log" FulfillOn="Permit"/></ObligationExpressions></Policy>"#;
    let pdp = Pdp::from_xml(policy).expect("compiles");
    let search = read(SearchKind::Subjects, &format!("{WHO_READS}}}"));
    let mut mapping = Mapping::default();
    let found = |mapping: &Mapping| {
        pdp.call()
            .search(&search, mapping, ["a"])
            .expect("can be mapped")
    };
    let answer = found(&mapping);
    assert_eq!(answer.results, []);
    assert!(
        answer.reasons[0].contains("obligations"),
        "{:?}",
        answer.reasons
    );
    mapping.obligations = Obligations::InContext;
    let answer = found(&mapping);
    assert_eq!((ids(&answer.results), answer.reasons.len()), (vec!["a"], 0));
}

fn named(pdp: &Pdp, kind: SearchKind, body: &str, mapping: &Mapping) -> SearchOutcome {
    let search = read(kind, body);
    let outcome = pdp.call().search_policies(&search, mapping, 1_000_000);
    outcome.expect("can be mapped")
}

#[test]
fn policies_name_what_they_permit() {
    let pdp = records();
    let body = r#"{"subject": {"type": "user", "id": "alice"},
        "resource": {"type": "record", "id": "record-1"}}"#;
    // An action may have the property `soft`.
    let mapping = Mapping::default();
    let outcome = named(&pdp, SearchKind::Actions, body, &mapping);
    let SearchOutcome::NotFinite {
        named: found,
        permitted,
    } = &outcome
    else {
        panic!("{outcome:?}")
    };
    assert_eq!(ids(&found.results), ["read", "write"]);
    let [(Answer::Value(delete), rest)] = &permitted.sometimes[..] else {
        panic!("{permitted:?}")
    };
    assert_eq!(delete.as_str(), Some("delete"));
    let asked: Vec<_> = rest.attributes();
    assert_eq!(asked.iter().map(|of| &*of.id).collect::<Vec<_>>(), ["soft"]);
    // Those that have none are these, in pages.
    let mut plain = Mapping::default();
    plain.action.others = UnmappedProperties::Ignored;
    let outcome = named(&pdp, SearchKind::Actions, body, &plain);
    let SearchOutcome::Finite(answer) = &outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(ids(&answer.results), ["read", "write"]);
    let body = body.replace(r#""record-1"}"#, r#""record-1"}, "page": {"limit": 1}"#);
    let SearchOutcome::Finite(answer) = named(&pdp, SearchKind::Actions, &body, &plain) else {
        panic!("is finite")
    };
    assert_eq!(ids(&answer.results), ["read"]);
    assert_ne!(answer.page.expect("is a page").next_token, "");
    // Nobody else reads; who writes depends on roles.
    let who = |action: &str, mapping: &Mapping| {
        let body = format!(
            r#"{{"subject": {{"type": "user"}}, "action": {{"name": "{action}"}},
                "resource": {{"type": "record", "id": "r", "properties": {{"status": "archived"}}}}}}"#
        );
        named(&pdp, SearchKind::Subjects, &body, mapping)
    };
    let SearchOutcome::Finite(answer) = who("read", &mapping) else {
        panic!("is finite")
    };
    assert_eq!(ids(&answer.results), ["alice", "bob"]);
    let outcome = who("write", &mapping);
    let SearchOutcome::NotFinite {
        named: found,
        permitted,
    } = &outcome
    else {
        panic!("{outcome:?}")
    };
    assert!(found.results.is_empty() && !permitted.sometimes.is_empty());
    plain.subject.others = UnmappedProperties::Ignored;
    let outcome = who("write", &plain);
    assert!(matches!(&outcome, SearchOutcome::Finite(answer) if answer.results.is_empty()));
    // Everything but what is named; and an answer that takes too long is none.
    let outcome = named(
        &all_read(),
        SearchKind::Subjects,
        &format!("{WHO_READS}}}"),
        &mapping,
    );
    let SearchOutcome::NotFinite { permitted, .. } = &outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(permitted.always, [Answer::Between(Between::default())]);
    let search = read(SearchKind::Subjects, &format!("{WHO_READS}}}"));
    let outcome = pdp.call().search_policies(&search, &mapping, 0);
    assert!(
        matches!(outcome, Ok(SearchOutcome::Unanswered(_))),
        "{outcome:?}"
    );
}

/// What a provider supplies is asked for each id that policies name, and what fails is told.
#[test]
fn named_ids_are_decided_with_what_providers_supply() {
    let roles = Arc::new(Roles(AtomicUsize::new(0), false));
    let pdp = Pdp::builder()
        .policy("records.xml", RECORDS)
        .provider(roles)
        .build();
    let pdp = pdp.expect("compiles");
    let mut mapping = Mapping::default();
    mapping.action.others = UnmappedProperties::Ignored;
    let what = |subject: &str| {
        let body = format!(
            r#"{{"subject": {{"type": "user", "id": "{subject}"}},
                "resource": {{"type": "record", "id": "r", "properties": {{"status": "archived"}}}}}}"#
        );
        match named(&pdp, SearchKind::Actions, &body, &mapping) {
            SearchOutcome::Finite(answer) => answer,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(ids(&what("carol").results), ["write"]);
    assert_eq!(ids(&what("alice").results), ["read"]);
    let answer = what("down");
    assert_eq!(ids(&answer.results), Vec::<&str>::new());
    assert!(
        answer.reasons[0].starts_with("`write`: "),
        "{:?}",
        answer.reasons
    );
}
