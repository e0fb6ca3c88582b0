//! What answers about a service in Altinn take grows in proportion to the people, the parties and the
//! alternatives of its policy: allocations are counted at n, 2n and 4n.

use vedtak::altinn::answers::ChangeReport;
use vedtak::altinn::catalogue::Catalogue;
use vedtak::altinn::facts::Window;
use vedtak::altinn::resource::{Resource, ResourceId};
use vedtak::altinn::{Party, PartyKey, Pdp, Register};
use vedtak::value::DateTime;

use crate::allocations;

const PACKAGE: &str = "urn:altinn:accesspackage";
const ROLE: &str = "urn:altinn:rolecode";

fn matching(of: &str, id: &str, value: &str) -> String {
    format!(
        r#"<Match MatchId="urn:oasis:names:tc:xacml:1.0:function:string-equal">
  <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#string">{value}</AttributeValue>
  <AttributeDesignator Category="urn:oasis:names:tc:xacml:{of}" AttributeId="{id}"
      MustBePresent="false" DataType="http://www.w3.org/2001/XMLSchema#string"/></Match>"#
    )
}

/// A policy that lets n packages read, and the role `utinn`.
fn policy(n: usize) -> String {
    let catalogue = Catalogue::standard();
    let packages = catalogue.packages();
    let packages = packages.filter(|(_, package)| package.is_assignable && package.is_delegable);
    let codes = packages.map(|(_, package)| (PACKAGE, package.code.to_string()));
    let all = std::iter::once((ROLE, "utinn".to_owned())).chain(codes.take(n));
    let subject = "1.0:subject-category:access-subject";
    let all_of = all.map(|(id, value)| format!("<AllOf>{}</AllOf>", matching(subject, id, &value)));
    let action = matching(
        "3.0:attribute-category:action",
        "urn:oasis:names:tc:xacml:1.0:action:action-id",
        "read",
    );
    format!(
        r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="p" Version="1"
  RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides"><Target/>
  <Rule RuleId="r" Effect="Permit"><Target><AnyOf>{}</AnyOf><AnyOf><AllOf>{action}</AllOf></AnyOf></Target></Rule>
  </Policy>"#,
        all_of.collect::<String>()
    )
}

fn firm(number: usize) -> PartyKey {
    PartyKey::organisation(format!("{}", 910_000_000 + number))
}

fn person(number: usize) -> PartyKey {
    PartyKey::person(format!("{}", 10_000_000_000_usize + number))
}

/// Firms, each run by the person of its number, who have given `utinn` to some others each.
fn register(firms: usize, others: usize) -> Register {
    let register = Register::new();
    let filled = register.update(|change| {
        change.resource(Resource::new(service(), "ttd"))?;
        for number in 0..firms.max(1) * (others + 1) {
            change.party(Party::new(person(number), format!("PERSON {number}")))?;
        }
        for number in 0..firms {
            let firm = firm(number);
            change
                .party(Party::new(firm.clone(), format!("FIRMA {number} AS")).legal_form("AS"))?;
            change.register_role(&firm, &person(number), "dagl", Window::ALWAYS)?;
            for other in 0..others {
                let receiver = person(firms + number * others + other);
                change.import_role(&firm, &receiver, "utinn", Window::ALWAYS)?;
            }
        }
        Ok(())
    });
    filled.expect("nothing is refused");
    register
}

fn at(text: &str) -> DateTime {
    text.parse().expect("is an instant")
}

fn now() -> DateTime {
    at("2026-03-02T09:00:00+01:00")
}

fn service() -> ResourceId {
    ResourceId::new("svc")
}

fn pdp(alternatives: usize, register: &Register) -> Pdp {
    let pdp = Pdp::builder().policy("svc", policy(alternatives));
    pdp.register(register).build().expect("compiles")
}

/// That what is allocated for twice as much is at most some more than twice as much.
fn in_proportion(what: &str, few: usize, work: impl Fn(usize) -> usize) {
    grows(what, few, 22, work);
}

/// That what is allocated for twice as much is at most so many tenths.
fn grows(what: &str, few: usize, tenths: usize, work: impl Fn(usize) -> usize) {
    let taken = [few, 2 * few, 4 * few].map(&work);
    println!("{what}: {taken:?}");
    for two in taken.windows(2) {
        assert!(two[1] * 10 < two[0] * tenths, "{what}: {taken:?}");
    }
}

/// Of alternatives, each is searched past those before it.
const OF_ALTERNATIVES: usize = 26;

fn compared(pdp: &Pdp, firms: usize) -> usize {
    let parties: Vec<PartyKey> = (0..firms).map(firm).collect();
    let later = at("2027-01-01T09:00:00+01:00");
    let services = [service()];
    // What is compiled once is not counted.
    let compare = || ChangeReport::between((pdp, now()), (pdp, later), &services, &parties);
    compare().expect("is answered");
    allocations(|| {
        let report = compare().expect("is answered");
        assert!(
            report.is_complete() && report.is_something_lost(),
            "{report}"
        );
    })
}

#[test]
fn reports_grow_with_parties_people_and_alternatives() {
    in_proportion("parties of a report", 10, |n| {
        compared(&pdp(1, &register(n, 2)), n)
    });
    in_proportion("people of a report", 20, |n| {
        compared(&pdp(1, &register(1, n)), 1)
    });
    grows("alternatives of a report", 15, OF_ALTERNATIVES, |n| {
        compared(&pdp(n, &register(1, 2)), 1)
    });
}

fn needed(pdp: &Pdp, who: usize) -> usize {
    let ask = || pdp.needed(&person(who), &service(), &"read".into(), &firm(0), now());
    let needed = ask().expect("is answered");
    assert!(needed.ways.len() > 1, "{needed}");
    allocations(|| drop(ask().expect("is answered")))
}

#[test]
fn what_is_needed_grows_with_people_parties_and_alternatives() {
    // The last person is nobody's.
    let asked = |alternatives: usize, firms: usize, others: usize| {
        let register = register(firms, others);
        let nobody = firms * (others + 1);
        let known = register.update(|change| change.party(Party::new(person(nobody), "INGEN")));
        known.expect("is no refusal");
        needed(&pdp(alternatives, &register), nobody)
    };
    in_proportion("people at a party", 20, |n| asked(1, 1, n));
    in_proportion("parties of the register", 20, |n| asked(1, n, 1));
    grows("alternatives of what is needed", 15, OF_ALTERNATIVES, |n| {
        asked(n, 1, 2)
    });
}
