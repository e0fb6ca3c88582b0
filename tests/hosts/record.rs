//! Decisions that are recorded, read back and made again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use vedtak::attribute::{Designator, category};
use vedtak::decision::StatusCode;
use vedtak::provider::{AttributeProvider, Fetched, ProviderError};
use vedtak::record::{DecisionRecord, ReadSource, RecordedRead};
use vedtak::request::AttributeBuilder;
use vedtak::value::DateTime;
use vedtak::{Context, Decision, Pdp, PdpBuilder, Request, Response};

const POLICY: &str = include_str!("../../fixtures/altinn/resource-policy.xml");
const ROLE: &str = "urn:altinn:rolecode";
const PACKAGE: &str = "urn:altinn:accesspackage";
const UNTIL: &str = "2026-12-31T23:59:59Z";

/// Everybody is a manager but user 3, and the packages are down.
struct Register(Arc<AtomicUsize>);

impl AttributeProvider for Register {
    fn name(&self) -> &str {
        "register"
    }
    fn supplies(&self, wanted: &Designator) -> bool {
        [ROLE, PACKAGE].contains(&&*wanted.id)
    }
    fn fetch(&self, wanted: &Designator, request: &Request) -> Result<Fetched, ProviderError> {
        self.0.fetch_add(1, Relaxed);
        let mut users = request.values(category::ACCESS_SUBJECT, "urn:user");
        let is_known = users.next().is_some_and(|user| user.to_string() != "3");
        match &*wanted.id {
            ROLE if is_known => {
                let roles = Fetched::from(vec!["dagl".into(), "Ærlig \"talt\"\u{1}".into()]);
                Ok(roles.with_valid_until(UNTIL.parse().ok()))
            }
            ROLE => Ok(vec![].into()),
            _ => Err(ProviderError::new("packages are down")),
        }
    }
}

fn register() -> (PdpBuilder, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let builder = Pdp::builder().policy("p.xml", POLICY);
    (builder.provider(Register(asked.clone())), asked)
}

fn request(user: &str, action: &str) -> Request {
    Request::builder()
        .subject("urn:user", user)
        .resource("urn:altinn:resource", "vedtak-brev")
        .action(action)
        .build()
}

fn read<'r>(record: &'r DecisionRecord, id: &str) -> &'r RecordedRead {
    let mut read = record.read.iter();
    read.find(|read| &*read.attribute.id == id)
        .unwrap_or_else(|| panic!("{id} was read: {record:?}"))
}

fn decide_recorded(pdp: &Pdp, request: &Request) -> (Response, Vec<DecisionRecord>) {
    let mut records = Vec::new();
    let mut call = pdp.call().observe(|event| records.extend(event.record()));
    let response = call.decide(request);
    drop(call);
    (response, records)
}

#[test]
fn a_record_says_what_was_read_from_where_and_is_the_same_when_it_is_replayed() {
    let (builder, asked) = register();
    let pdp = builder.build().expect("compiles");
    // An auditor has the policies, and no register.
    let auditor = Pdp::builder()
        .policy("p.xml", POLICY)
        .supplied_by_host("the record", |_| true)
        .build()
        .expect("compiles");
    let mut decisions = Vec::new();
    for (user, action) in [
        ("1", "read"),
        ("3", "read"),
        ("1", "confirm"),
        ("3", "nonsense"),
    ] {
        let request = request(user, action);
        let (response, records) = decide_recorded(&pdp, &request);
        let [record] = &records[..] else {
            panic!("{records:?}");
        };
        assert_eq!(record.request, request);
        assert_eq!(record.decision, response.decision());
        decisions.push(record.decision);
        let text = record.to_json();
        let again = DecisionRecord::read_json(&text, pdp.read_options().source("record.json"));
        assert_eq!(again.as_ref().expect("reads"), record, "{text}");
        let before = asked.load(Relaxed);
        for pdp in [&pdp, &auditor] {
            let replay = record.replay(pdp);
            assert!(replay.is_same, "{replay:?}\ninstead of {record:?}");
            assert_eq!(replay.rules, record.rules);
            assert!(replay.changed.is_empty(), "{:?}", replay.changed);
        }
        assert_eq!(asked.load(Relaxed), before, "nobody is asked");
    }
    use Decision::{Indeterminate, NotApplicable, Permit};
    assert_eq!(decisions, [Permit, Indeterminate, Permit, NotApplicable]);

    let (_, records) = decide_recorded(&pdp, &request("1", "read"));
    let record = &records[0];
    // Whoever forgets to say that a record supplies attributes is told.
    let forgetful = Pdp::from_xml(POLICY).expect("compiles");
    let replay = record.replay(&forgetful);
    assert!(!replay.is_same, "{replay:?}");
    let told = format!("the record has `{ROLE}` of category");
    assert!(replay.troubles[0].starts_with(&told), "{replay:?}");
    let roles = read(record, ROLE);
    assert_eq!(roles.source, ReadSource::Provider("register".to_owned()));
    assert_eq!(roles.values.len(), 2);
    let until: DateTime = UNTIL.parse().expect("is a dateTime");
    assert_eq!(roles.valid_until, Some(until));
    assert_eq!(
        read(record, "urn:altinn:resource").source,
        ReadSource::Request
    );
    assert_eq!(record.rules.len(), 1);
    assert!(record.policies.iter().all(|policy| policy.digest.is_some()));
    assert!(!record.policies.is_empty());

    let (_, records) = decide_recorded(&pdp, &request("3", "read"));
    let record = &records[0];
    assert_eq!(
        read(record, PACKAGE).failure.as_deref(),
        Some("packages are down")
    );
    assert_eq!(record.status, Some(StatusCode::ProcessingError));
    assert!(
        record.troubles[0].contains("packages are down"),
        "{:?}",
        record.troubles
    );
}

#[test]
fn policies_that_changed_are_told() {
    let (builder, _) = register();
    let pdp = builder.build().expect("compiles");
    let (_, records) = decide_recorded(&pdp, &request("1", "read"));
    let record = &records[0];
    let changed = POLICY.replace(">dagl<", ">other<");
    assert_ne!(changed, POLICY);
    let later = Pdp::builder()
        .policy("p.xml", changed)
        .provider(Register(Arc::default()))
        .build()
        .expect("compiles");
    let replay = record.replay(&later);
    assert!(
        !replay.is_same && replay.decision != Decision::Permit,
        "{replay:?}"
    );
    let [changed] = &replay.changed[..] else {
        panic!("{replay:?}");
    };
    let said = changed.to_string();
    let then = record.policies[0].digest.expect("is known");
    let then: String = then.iter().map(|byte| format!("{byte:02x}")).collect();
    let expected = format!("and had {then}");
    assert!(
        said.contains("has the digest") && said.ends_with(&expected),
        "{said}"
    );
    let gone =
        Pdp::from_xml(POLICY.replace("PolicyId=\"", "PolicyId=\"another:")).expect("compiles");
    let replay = record.replay(&gone);
    assert!(
        replay.changed[0]
            .to_string()
            .ends_with("is not there any more")
    );
}

/// A policy whose combining algorithm denies where no rule applies is behind the Deny, without a rule.
#[test]
fn a_policy_that_decides_by_itself_is_recorded() {
    let deny = "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides";
    let store = Pdp::builder().root_combining(deny).store().expect("is one");
    let policy = |id: &str, rule: &str| {
        format!(
            r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="{id}" Version="1"
            RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:{rule}"
            ><Target/></Policy>"#
        )
    };
    let denies = policy("denies", "deny-unless-permit");
    store.put("denies.xml", &denies).expect("compiles");
    let permits = policy("permits", "permit-unless-deny");
    store.put("permits.xml", &permits).expect("compiles");
    let nothing = policy("nothing", "deny-overrides");
    store.put("nothing.xml", &nothing).expect("compiles");
    let (_, records) = decide_recorded(&store.pdp(), &request("1", "read"));
    let record = &records[0];
    let policies = record.policies.iter().map(|policy| policy.id.as_str());
    assert_eq!(record.decision, Decision::Deny);
    assert_eq!(policies.collect::<Vec<_>>(), ["denies"]);
    assert!(record.rules.is_empty());
    store.remove("denies").expect("nothing refers to it");
    let replay = record.replay(&store.pdp());
    assert!(!replay.is_same && replay.changed.len() == 1, "{replay:?}");
}

#[test]
fn a_store_is_told_by_its_version_and_the_policy_by_its_digest() {
    let deny = "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides";
    let store = Pdp::builder()
        .root_combining(deny)
        .provider(Register(Arc::default()))
        .store()
        .expect("is one");
    store.put("p.xml", POLICY).expect("compiles");
    let (_, records) = decide_recorded(&store.pdp(), &request("1", "read"));
    let record = &records[0];
    assert_eq!((record.store_version, record.policies.len()), (1, 1));
    assert!(record.replay(&store.pdp()).changed.is_empty());
    store.put("p.xml", format!("{POLICY}\n")).expect("compiles");
    let replay = record.replay(&store.pdp());
    assert!(replay.is_same);
    assert_eq!(replay.changed.len(), 1, "another text, if only by a line");
}

/// A store's record, too, has the attributes whose absence left policies out of the search.
#[test]
fn a_record_has_what_the_decision_read_absences_included() {
    let deny = "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides";
    let store = Pdp::builder().root_combining(deny).store().expect("is one");
    store.put("p.xml", POLICY).expect("compiles");
    let request = Request::builder().action("read").build();
    let pdp = store.pdp();
    let (_, records) = decide_recorded(&pdp, &request);
    let mut context = Context::new();
    let outcome = pdp.decide_with(&mut context, &request);
    let read: Vec<&Designator> = outcome.attributes_read().map(|r| r.designator).collect();
    let recorded = records[0].read.iter().map(|read| &read.attribute);
    assert_eq!(recorded.collect::<Vec<_>>(), read);
    let nobody = self::read(&records[0], "urn:altinn:resource");
    assert_eq!(nobody.source, ReadSource::Nobody);
    assert!(nobody.values.is_empty() && records[0].replay(&pdp).is_same);
}

#[test]
fn the_time_of_a_decision_is_the_time_of_its_replay() {
    let until = r#"<Rule RuleId="r" Effect="Permit"><Condition>
        <Apply FunctionId="urn:oasis:names:tc:xacml:1.0:function:dateTime-less-than">
          <Apply FunctionId="urn:oasis:names:tc:xacml:1.0:function:dateTime-one-and-only">
            <AttributeDesignator Category="urn:oasis:names:tc:xacml:3.0:attribute-category:environment"
              AttributeId="urn:oasis:names:tc:xacml:1.0:environment:current-dateTime"
              DataType="http://www.w3.org/2001/XMLSchema#dateTime" MustBePresent="true"/></Apply>
          <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#dateTime">2026-06-01T00:00:00Z</AttributeValue>
        </Apply></Condition></Rule>"#;
    let policy = format!(
        r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="p" Version="1.0"
        RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides">
        <Target/>{until}</Policy>"#
    );
    let at = |instant: &'static str| {
        let instant: DateTime = instant.parse().expect("is a dateTime");
        let builder = Pdp::builder().policy("p.xml", &policy);
        builder.clock(move || instant).build().expect("compiles")
    };
    let (before, after) = (at("2026-05-31T12:00:00Z"), at("2026-06-01T12:00:00Z"));
    let (_, records) = decide_recorded(&before, &Request::default());
    let record = &records[0];
    assert_eq!(record.decision, Decision::Permit);
    let time = "urn:oasis:names:tc:xacml:1.0:environment:current-dateTime";
    assert_eq!(read(record, time).source, ReadSource::Clock);
    assert_eq!(
        after.decide(&Request::default()).decision(),
        Decision::NotApplicable
    );
    let again = DecisionRecord::read_json(record.to_json(), after.read_options()).expect("reads");
    assert!(again.replay(&after).is_same);

    // A decision that did not ask for the time says nothing of it.
    let timeless = Pdp::from_xml(POLICY).expect("compiles");
    let (_, records) = decide_recorded(&timeless, &Request::default());
    let replay = records[0].replay(&before);
    assert_eq!(replay.decision, Decision::Indeterminate);
    assert!(replay.troubles[0].contains("no instant"), "{replay:?}");
}

/// What cannot be used is a reason to be Indeterminate, and no less so in the record.
#[test]
fn a_record_keeps_what_cannot_be_used() {
    let pdp = Pdp::from_xml(POLICY).expect("compiles");
    let unusable =
        |category: &str, id: &str| AttributeBuilder::new(category, id).unusable("is null");
    let request = Request::builder()
        .with(unusable(category::ACCESS_SUBJECT, ROLE).issuer("somebody"))
        .with(unusable("urn:alone", "urn:colour"))
        .subject("urn:user", "1")
        .resource("urn:altinn:resource", "vedtak-brev")
        .action("read")
        .build();
    let (_, records) = decide_recorded(&pdp, &request);
    assert_eq!(records[0].decision, Decision::Indeterminate);
    let again = DecisionRecord::read_json(records[0].to_json(), pdp.read_options()).expect("reads");
    let replay = again.replay(&pdp);
    assert_eq!(
        (replay.decision, replay.is_same),
        (Decision::Indeterminate, true)
    );
    assert_eq!(again, records[0]);
}

/// A record that says something else than it could have is not taken for one that does not say it.
#[test]
fn what_a_record_cannot_say_is_refused() {
    let (builder, _) = register();
    let pdp = builder.build().expect("compiles");
    let (_, records) = decide_recorded(&pdp, &request("1", "read"));
    let text = records[0].to_json();
    let refused = |from: &str, to: &str| {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from}");
        let error =
            DecisionRecord::read_json(changed, pdp.read_options().source("r.json")).expect_err(to);
        error.to_string()
    };
    let told = refused(r#""Nth":1"#, r#""Nth":4294967297"#);
    assert!(
        told.contains("`Nth` is at most 4294967295, and not 4294967297"),
        "{told}"
    );
    assert!(told.starts_with("r.json:1:"), "{told}");
    // Beside the values of an attribute.
    let values = r#""Values":{"Request":{"#;
    for more in [
        r#""Resource":[{"Attribute":[{"AttributeId":"more","Value":"x"}]}],"#,
        r#""ReturnPolicyIdList":true,"#,
        r#""XPathVersion":"http://www.w3.org/TR/1999/REC-xpath-19991116","#,
    ] {
        let told = refused(values, &format!("{values}{more}"));
        let expected = "`Values` is a request of the values of this attribute and of nothing else";
        assert!(told.contains(expected), "{told}");
    }
}

#[test]
fn every_decision_of_a_request_is_recorded() {
    let (builder, _) = register();
    let pdp = builder.build().expect("compiles");
    let other = Request::builder().action("confirm").build().to_xml();
    let other = &other[other.find("<Attributes").expect("has one")..];
    let text = request("1", "read").to_xml().replace("</Request>", other);
    let several = Request::from_xml(text).expect("reads");
    let (response, records) = decide_recorded(&pdp, &several);
    let decisions: Vec<Decision> = records.iter().map(|record| record.decision).collect();
    let answered: Vec<Decision> = response
        .results
        .iter()
        .map(|result| result.decision)
        .collect();
    assert_eq!(decisions, answered);
    assert!(records.iter().all(|record| record.replay(&pdp).is_same));
}

#[test]
fn what_is_no_record_is_refused_with_its_place() {
    let (builder, _) = register();
    let pdp = builder.build().expect("compiles");
    let (_, records) = decide_recorded(&pdp, &request("1", "read"));
    let good = records[0].to_json();
    let wrong = [
        ("", "record.json"),
        ("[]", "an object"),
        ("{}", "must have the member `Decision`"),
        (
            &good.replace("\"Permit\"", "\"Perhaps\""),
            "`Perhaps` is no decision",
        ),
        (
            &good.replace("\"Source\":\"provider\"", "\"Source\":\"hearsay\""),
            "`Source` is `request`",
        ),
        (
            &good.replace("\"StoreVersion\":0", "\"StoreVersion\":-1"),
            "`StoreVersion` is a number",
        ),
        (
            &good.replace("\"Digest\":\"", "\"Digest\":\"x"),
            "`Digest` is 64",
        ),
        (&good.replace("\"Rules\":[", "\"Rulez\":["), "Rulez"),
        (
            &good.replace(UNTIL, "soon"),
            "is a dateTime, and not `soon`",
        ),
    ];
    for (text, why) in wrong {
        let error = DecisionRecord::read_json(text, pdp.read_options().source("record.json"))
            .expect_err(why);
        assert!(error.to_string().contains(why), "{error}");
    }
}
