//! The instant that explanations and lists of holders tell: the one at which the decision changes, and not
//! one at which a fact ends that makes no difference.

use vedtak::altinn::resource::ResourceId;
use vedtak::altinn::{PartyKey, Pdp, Register};
use vedtak::value::{DateTime, Zone};
use vedtak::{Decision, Request};

const FIRM: &str = "310000401";

fn pdp() -> Pdp {
    let folder = "fixtures/altinn/scenarios/04-roles-and-packages";
    let file = |name: &str| std::fs::read(format!("{folder}/{name}")).expect("can be read");
    let register = Register::from_json("register.json", &file("register.json"));
    let pdp = Pdp::builder().register(&register.expect("is one"));
    let policies = ["ttd-begge", "ttd-kun-rolle"];
    let policies = policies.map(|id| (id, file(&format!("policies/{id}.xml"))));
    let pdp = policies
        .into_iter()
        .fold(pdp, |pdp, (id, xml)| pdp.policy(id, xml));
    pdp.build().expect("compiles")
}

fn instant(text: &str) -> DateTime {
    text.parse().expect("is an instant")
}

fn in_utc(instant: Option<DateTime>) -> Option<String> {
    let (seconds, nanoseconds) = instant?.to_unix();
    let instant = DateTime::from_unix(seconds, nanoseconds, Zone::UTC);
    Some(instant.expect("is an instant").to_string())
}

fn request(user: u32, resource: &str) -> Request {
    Request::builder()
        .subject("urn:altinn:userid", user.to_string())
        .resource("urn:altinn:resource", resource)
        .resource("urn:altinn:organization:identifier-no", FIRM)
        .action("read")
        .build()
}

#[test]
fn an_explanation_tells_the_instant_at_which_the_decision_changes() {
    const END: Option<&str> = Some("2026-12-31T23:00:00Z");
    let (pdp, now) = (pdp(), instant("2026-03-02T09:00:00+01:00"));
    for (who, user, resource, decision, of_facts, changes) in [
        (
            "a role that ends",
            231,
            "ttd-begge",
            Decision::Permit,
            END,
            END,
        ),
        (
            "a package, and another that is still to begin",
            232,
            "ttd-begge",
            Decision::Permit,
            Some("2026-03-04T23:00:00Z"),
            None,
        ),
        (
            "a role that brings both",
            233,
            "ttd-begge",
            Decision::Permit,
            END,
            None,
        ),
        (
            "a role that ends and a package",
            235,
            "ttd-begge",
            Decision::Permit,
            END,
            None,
        ),
        (
            "a role that brings one that ends",
            233,
            "ttd-kun-rolle",
            Decision::Permit,
            END,
            END,
        ),
    ] {
        let why = pdp.explain_at(&request(user, resource), now);
        assert_eq!(why.ruling.decision(), decision, "{who}");
        assert_eq!(in_utc(why.ruling.valid_until).as_deref(), of_facts, "{who}");
        assert_eq!(in_utc(why.valid_until).as_deref(), changes, "{who}");
        let told = why.to_string();
        let is_told = told.contains("holds at least until 1 January 2027 at 00:00");
        assert_eq!(is_told, changes.is_some(), "{told}");
        assert!(!told.contains("5 March"), "{told}");
    }
    // Her role ends, which permits nothing here.
    let write = Request::builder()
        .subject("urn:altinn:userid", "231")
        .resource("urn:altinn:resource", "ttd-begge")
        .resource("urn:altinn:organization:identifier-no", FIRM)
        .action("paint")
        .build();
    let why = pdp.explain_at(&write, now);
    assert_eq!(why.ruling.decision(), Decision::NotApplicable);
    assert_eq!(why.valid_until, None, "{why}");
    assert!(!why.to_string().contains("may change"), "{why}");
}

#[test]
fn a_list_of_holders_says_until_when_each_has_it() {
    let (pdp, now) = (pdp(), instant("2026-03-02T09:00:00+01:00"));
    let firm = PartyKey::organisation(FIRM);
    let held = pdp.holders(&ResourceId::new("ttd-begge"), &"read".into(), &firm, now);
    let held = held.expect("is answered");
    let until = held.holders.iter();
    let until: Vec<(&str, bool)> = until
        .map(|holder| (&*holder.party.name, holder.valid_until.is_some()))
        .collect();
    let expected = [
        ("BEATE BEGGE", false),
        ("LIV LEDER", false),
        ("PETTER PAKKE", false),
        ("UNNI UTFYLLER", true),
    ];
    assert_eq!(until, expected);
    let told = held.to_string();
    let told = told
        .lines()
        .filter(|line| line.ends_with(", until 1 January 2027 at 00:00"));
    assert_eq!(told.count(), 1);
}
