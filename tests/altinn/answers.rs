//! Answers about whole services against single decisions: for every scenario, and for random
//! registers, every party of the register is asked for every other.

use std::collections::BTreeSet;
use std::path::Path;

use vedtak::altinn::answers::{ChangeOutcome, ChangeReport, PolicyRight};
use vedtak::altinn::delegation::Right;
use vedtak::altinn::register::{ClientDelegationOrder, DelegationOrder};
use vedtak::altinn::resource::ResourceId;
use vedtak::altinn::{Party, PartyKey, Pdp, Register};
use vedtak::value::DateTime;
use vedtak::{Decision, Request};

use crate::honest::{ROLE, firm, now, pdp, person, rule, service, world};
use crate::host::Host;
use crate::scenario;

/// The request of a party for a right of another.
fn request(who: &Party, of: &Party, resource: &ResourceId, right: &Right) -> Option<Request> {
    let (who, of) = (
        who.keys().next()?.to_string(),
        of.keys().next()?.to_string(),
    );
    let (who, of) = (who.rsplit_once(':')?, of.rsplit_once(':')?);
    let mut request = Request::builder()
        .subject(who.0, who.1)
        .resource(of.0, of.1)
        .resource("urn:altinn:resource", resource.as_str())
        .action(&*right.action);
    for (id, value) in &right.part {
        request = request.resource(&**id, &**value);
    }
    Some(request.build())
}

/// The parties of a register, and those of them that are permitted a right of one.
struct Everybody {
    parties: Vec<std::sync::Arc<Party>>,
}

impl Everybody {
    fn permitted(
        &self,
        pdp: &Pdp,
        of: &Party,
        resource: &ResourceId,
        right: &Right,
        at: DateTime,
    ) -> BTreeSet<usize> {
        let asked = self.parties.iter().enumerate();
        let asked: Vec<(usize, Request)> = asked
            .filter_map(|(place, who)| Some((place, request(who, of, resource, right)?)))
            .collect();
        let rulings = pdp.decide_all_at(asked.iter().map(|(_, request)| request), at);
        let permitted = asked.iter().zip(rulings);
        permitted
            .filter(|(_, ruling)| ruling.decision() == Decision::Permit)
            .map(|((place, _), _)| *place)
            .collect()
    }

    fn place(&self, party: &Party) -> usize {
        let place = self.parties.iter().position(|known| known.is(party));
        place.expect("is in the register")
    }
}

#[derive(Default)]
struct Tally {
    holders: usize,
    lost: usize,
    given: usize,
}

/// Compares all answers about the services of a PDP.
fn compare(
    name: &str,
    register: &Register,
    pdp: &Pdp,
    resources: &[ResourceId],
    at: DateTime,
    tally: &mut Tally,
) {
    let everybody = Everybody {
        parties: register.snapshot().parties(),
    };
    let later: DateTime = "2027-06-01T12:00:00+02:00".parse().expect("is an instant");
    let keys: Vec<PartyKey> = everybody
        .parties
        .iter()
        .filter_map(|party| party.keys().next())
        .collect();
    let report = ChangeReport::between((pdp, at), (pdp, later), resources, &keys);
    let report = report.unwrap_or_else(|error| panic!("{name}: {error}"));
    for (resource, change) in resources.iter().zip(&report.services) {
        let answers = pdp
            .answers(resource, at)
            .expect("a source")
            .expect("a policy");
        let rights = answers.rights().expect("is within the budget");
        // The first rights of each service will do.
        for right in rights.rights.iter().filter_map(PolicyRight::right).take(4) {
            if right.part.iter().any(|(id, _)| {
                id.contains("instance") || id.contains("party") || id.contains("organization")
            }) {
                continue;
            }
            for of in &everybody.parties {
                let Some(key) = of.keys().next() else {
                    continue;
                };
                let before = everybody.permitted(pdp, of, resource, &right, at);
                let after = everybody.permitted(pdp, of, resource, &right, later);
                let what = || format!("{name}: {right} on {resource} for {of}");
                let told = pdp.holders(resource, &right, &key, at);
                let told = told.unwrap_or_else(|error| panic!("{}: {error}", what()));
                let holders: BTreeSet<usize> = told
                    .holders
                    .iter()
                    .map(|one| everybody.place(&one.party))
                    .collect();
                tally.holders += holders.len();
                match told.others.is_empty() {
                    true => assert_eq!(holders, before, "{}", what()),
                    false => assert!(holders.is_subset(&before), "{}", what()),
                }
                for holder in &told.holders {
                    assert!(!holder.ways().is_empty(), "{}: {holder}", what());
                }
                let people = change.people.iter().filter(|person| person.party.is(of));
                let lost: BTreeSet<usize> = people
                    .filter(|person| {
                        person.lost.contains(&right) || person.expired.contains(&right)
                    })
                    .map(|person| everybody.place(&person.who))
                    .collect();
                tally.lost += lost.len();
                let expected: BTreeSet<usize> = before.difference(&after).copied().collect();
                match told.others.is_empty() {
                    true => assert_eq!(lost, expected, "{}", what()),
                    false => assert!(lost.is_subset(&expected), "{}", what()),
                }
            }
        }
    }
}

/// Every giver that is told can give what is told, and it is enough.
fn give(
    name: &str,
    register: &Register,
    pdp: &Pdp,
    resource: &ResourceId,
    at: DateTime,
    tally: &mut Tally,
    rebuild: &dyn Fn(&Register) -> Pdp,
) {
    let parties = register.snapshot().parties();
    let answers = pdp
        .answers(resource, at)
        .expect("a source")
        .expect("a policy");
    let rights = answers.rights().expect("is within the budget");
    let Some(right) = rights
        .rights
        .iter()
        .find_map(|right| right.right().filter(|right| right.part.is_empty()))
    else {
        return;
    };
    for of in parties.iter().take(3) {
        for who in parties.iter().rev().take(3) {
            let (Some(to), Some(from)) = (who.keys().next(), of.keys().next()) else {
                continue;
            };
            let needed = pdp.needed(&to, resource, &right, &from, at);
            let needed = needed.unwrap_or_else(|error| panic!("{name}: {error}"));
            let unchanged = register.snapshot().to_json();
            for way in &needed.ways {
                let Some(giver) = way.givers.first() else {
                    continue;
                };
                let copy =
                    Register::from_json("copy.json", unchanged.as_bytes()).expect("reads back");
                let by = giver.keys().next().expect("has a key");
                let order = DelegationOrder::new(&by, &from, &to, at);
                let before = rebuild(&copy);
                let may = before.who_may(at);
                copy.update(|change| {
                    change.who_may(&may);
                    if let Some(provider) = &way.provider {
                        let provider = provider.keys().next().expect("has a key");
                        let mut order = ClientDelegationOrder::new(&by, &provider, &from, &to, at);
                        for need in &way.missing {
                            order = order.package(&need.urn());
                        }
                        if way.alternative.is_none() {
                            order = order.resource(resource.clone(), [right.clone()]);
                        }
                        return change.delegate_client(&order).map(drop);
                    }
                    for need in &way.missing {
                        match need.id.ends_with("accesspackage") {
                            true => change.delegate_package(&order, &need.urn())?,
                            false => change.delegate_role(&order, &need.urn())?,
                        };
                    }
                    if way.alternative.is_none() {
                        change.delegate_resource(
                            &order,
                            resource,
                            None,
                            std::slice::from_ref(&right),
                        )?;
                    }
                    Ok(())
                })
                .unwrap_or_else(|refusal| panic!("{name}: {giver} cannot give {way}: {refusal}"));
                tally.given += 1;
                let ruling = rebuild(&copy)
                    .decide_at(&request(who, of, resource, &right).expect("has keys"), at);
                let may_be_refused = way
                    .alternative
                    .as_ref()
                    .is_some_and(|one| one.may_be_refused);
                let is_vetoed = matches!(ruling.basis, vedtak::altinn::ruling::Basis::Veto(_));
                assert!(
                    ruling.decision() == Decision::Permit || may_be_refused || is_vetoed,
                    "{name}: {needed}: {way} gives {:?}",
                    ruling.decision()
                );
            }
            assert_eq!(
                register.snapshot().to_json(),
                unchanged,
                "{name}: asking changes nothing"
            );
        }
    }
}

#[test]
fn answers_are_those_of_single_decisions() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/altinn/scenarios");
    let mut tally = Tally::default();
    for (name, scenario) in scenario::all(&folder, None) {
        let scenario = scenario.expect("is read");
        let host = Host::of(&scenario).expect("is built");
        let resources: Vec<ResourceId> = host
            .policies
            .iter()
            .map(|name| ResourceId::new(&**name))
            .collect();
        let at = host.default;
        compare(&name, &host.register, &host.pdp, &resources, at, &mut tally);
        for resource in &resources {
            let rebuild = |register: &Register| {
                let file = scenario
                    .folder
                    .join("policies")
                    .join(format!("{}.xml", resource.as_str()));
                let text = std::fs::read(file).expect("is there");
                let builder = Pdp::builder()
                    .policy(resource.as_str(), text)
                    .register(register);
                builder.build().expect("is built")
            };
            if scenario.reading.is_none() && scenario.altinn2_roles_end.is_none() {
                give(
                    &name,
                    &host.register,
                    &host.pdp,
                    resource,
                    at,
                    &mut tally,
                    &rebuild,
                );
            }
        }
    }
    println!(
        "{} holders, {} lost, {} given",
        tally.holders, tally.lost, tally.given
    );
    assert!(tally.holders > 200 && tally.lost > 50 && tally.given > 50);
}

#[test]
fn answers_about_random_registers_are_those_of_single_decisions() {
    let mut seed = 7_u64;
    let mut below = move |end: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % end as u64).expect("is small")
    };
    let policy = include_str!(
        "../../fixtures/altinn/scenarios/04-roles-and-packages/policies/ttd-begge.xml"
    );
    let mut tally = Tally::default();
    for round in 0..8 {
        let mut parties = Vec::new();
        for (place, form) in ["AS", "AS", "AS", "ENK", "BEDR"].into_iter().enumerate() {
            let id = place + 1;
            let part = if form == "BEDR" {
                r#", "part_of": "P1""#
            } else {
                ""
            };
            parties.push(format!(
                r#"{{"kind": "organisation", "name": "P{id}", "id": {id}, "legal_form": "{form}"{part}}}"#
            ));
        }
        for id in 6..11 {
            parties.push(format!(
                r#"{{"kind": "person", "name": "P{id}", "id": {id}, "user": {id}}}"#
            ));
        }
        let mut roles = BTreeSet::new();
        let mut packages = BTreeSet::new();
        let mut delegations = BTreeSet::new();
        for _ in 0..12 {
            let role = ["dagl", "lede", "innh", "regn", "revi", "utinn", "hadm"][below(7)];
            let (to, from) = (1 + below(10), 1 + below(5));
            if to != from {
                roles.insert(format!(
                    r#"{{"to": "P{to}", "from": "P{from}", "role": "{role}"}}"#
                ));
            }
            let package = [
                "skatt-naering",
                "tilgangsstyrer",
                "hovedadministrator",
                "lonn",
            ][below(4)];
            let (to, from) = (1 + below(10), 1 + below(5));
            if to != from {
                packages.insert(format!(
                    r#"{{"to": "P{to}", "from": "P{from}", "package": "{package}"}}"#
                ));
            }
        }
        for _ in 0..2 {
            let (to, from) = (1 + below(10), 1 + below(10));
            if to != from {
                delegations.insert(format!(
                    r#"{{"resource": "ttd-begge", "from": "P{from}", "to": "P{to}", "rights": ["read"]}}"#
                ));
            }
        }
        let joined = |all: BTreeSet<String>| all.into_iter().collect::<Vec<_>>().join(",\n");
        let text = format!(
            r#"{{"format": "vedtak-register", "version": 1, "parties": [{}], "roles": [{}],
            "packages": [{}], "delegations": [{}], "resources": [{{"id": "ttd-begge", "owner": "ttd"}}]}}"#,
            parties.join(",\n"),
            joined(roles),
            joined(packages),
            joined(delegations)
        );
        let register = Register::from_json("register.json", text.as_bytes());
        let register = register.unwrap_or_else(|error| panic!("{error}\n{text}"));
        let rebuild = |register: &Register| {
            let builder = Pdp::builder()
                .policy("ttd-begge", policy)
                .register(register);
            builder.build().expect("is built")
        };
        let pdp = rebuild(&register);
        let resource = ResourceId::new("ttd-begge");
        let at = "2026-03-02T09:00:00+01:00".parse().expect("is an instant");
        let name = format!("round {round}: {text}");
        compare(
            &name,
            &register,
            &pdp,
            std::slice::from_ref(&resource),
            at,
            &mut tally,
        );
        give(&name, &register, &pdp, &resource, at, &mut tally, &rebuild);
    }
    println!(
        "{} holders, {} lost, {} given",
        tally.holders, tally.lost, tally.given
    );
    assert!(tally.holders > 100 && tally.lost > 50 && tally.given > 50);
}

#[test]
fn a_report_escapes_names_and_hides_numbers_of_persons() {
    let evil = "<script>alert('x')</script> | \\\"`*";
    let register = format!(
        r#"{{"format": "vedtak-register", "version": 1,
        "parties": [
          {{"kind": "organisation", "name": "FJELL AS", "number": "310000401", "legal_form": "AS"}},
          {{"kind": "person", "name": "{evil}", "number": "22847318547"}}
        ],
        "roles": [{{"to": "urn:altinn:person:identifier-no:22847318547", "from": "FJELL AS", "role": "utinn"}}],
        "resources": [{{"id": "ttd-kun-rolle", "owner": "ttd"}}]}}"#
    );
    let register = Register::from_json("register.json", register.as_bytes()).expect("is read");
    let policy = include_str!(
        "../../fixtures/altinn/scenarios/04-roles-and-packages/policies/ttd-kun-rolle.xml"
    );
    let pdp = Pdp::builder()
        .policy("ttd-kun-rolle", policy)
        .register(&register);
    let pdp = pdp.build().expect("is built");
    let [before, after] = ["2026-03-02T09:00:00+01:00", "2027-01-01T00:00:00+01:00"]
        .map(|text| text.parse().expect("is an instant"));
    let resources = [ResourceId::new("ttd-kun-rolle")];
    let parties = [PartyKey::organisation("310000401")];
    let report = ChangeReport::between((&pdp, before), (&pdp, after), &resources, &parties);
    let report = report.expect("is answered");
    assert_eq!(report.outcome(), ChangeOutcome::Nobody);
    assert!(report.is_something_lost());
    assert_eq!(report.services[0].people.len(), 1);
    let (html, markdown, json) = (report.to_html(), report.to_markdown(), report.to_json());
    for text in [&html, &markdown, &json] {
        assert!(!text.contains("22847318547"), "{text}");
        assert!(text.contains("ttd") && text.contains("FJELL AS"), "{text}");
    }
    assert!(
        !html.contains("<script") && !markdown.contains("<script"),
        "{html}{markdown}"
    );
    assert!(
        html.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; | &quot;`*"),
        "{html}"
    );
    assert!(
        markdown.contains("&lt;script&gt;alert('x')&lt;/script&gt; \\| \"\\`\\*"),
        "{markdown}"
    );
    let read: serde_json::Value = serde_json::from_str(&json).expect("is JSON");
    assert_eq!(read["services"][0]["people"][0]["lost"][0], "read");
    assert_eq!(read["services"][0]["rights"][0]["outcome"], "nobody");
    assert_eq!(read["is_something_lost"], true);
    // Nothing changes between an instant and itself.
    let report = ChangeReport::between((&pdp, before), (&pdp, before), &resources, &parties);
    let report = report.expect("is answered");
    assert!(!report.is_something_lost() && report.services[0].policy.rights.is_empty());
}

/// An instance is in a task: a right to it is what the policy opens there, for the party that it belongs to.
#[test]
fn a_right_to_an_instance_is_one_in_its_task() {
    let folder = "fixtures/altinn/scenarios/46-a-right-to-a-whole-app";
    let read = |file| std::fs::read_to_string(Path::new(folder).join(file)).expect("can be read");
    let register = Register::from_json("register.json", read("register.json").as_bytes());
    let register = register.expect("can be read");
    let app = ResourceId::new("app_ttd_byggemelding");
    let pdp = Pdp::builder().policy(app.as_str(), read("policies/app_ttd_byggemelding.xml"));
    let pdp = pdp.register(&register).build().expect("compiles");
    let now: DateTime = "2026-03-02T09:00:00+01:00".parse().expect("is an instant");
    let instance = "7c004601-51c7-4d0e-8a57-2f9b60c1d601";
    let of_instance = Right::from("write").on("urn:altinn:resource:instance-id", instance);
    let in_task = Right::from("write").on("urn:altinn:task", "Task_1");
    let firm = PartyKey::organisation("310004601");

    let answers = pdp.answers(&app, now).expect("is there").expect("is there");
    let [one, other] =
        [&of_instance, &in_task].map(|right| answers.who_may(right).expect("is small"));
    assert_eq!(one.alternatives, other.alternatives);
    assert!(one.part.contains(&in_task.part[0]), "{one}");

    let needed = |right| pdp.needed(&PartyKey::User(4603), &app, right, &firm, now);
    let [one, other] = [&of_instance, &in_task].map(|right| needed(right).expect("is there"));
    assert_eq!(one.ways, other.ways);
    assert!(
        one.ways.iter().any(|way| way.alternative.is_none()),
        "{one}"
    );

    // For another party it would be no instance of that.
    let query = vedtak::altinn::register::PartyQuery::new();
    let found = pdp.authorized_parties(&PartyKey::User(4602), &app, &of_instance, &query, now);
    let names: Vec<&str> = found.parties.iter().map(|one| &*one.party.name).collect();
    assert_eq!((names, found.troubles), (vec!["NYBYGG AS"], vec![]));
}

/// The words of random values that the analysis tries are in no answer, and a package that comes with a role is
/// nothing that is needed beside it.
#[test]
fn a_value_that_nobody_names_is_not_needed() {
    let register = world();
    let packages = r#"<AttributeDesignator Category="urn:oasis:names:tc:xacml:1.0:subject-category:access-subject"
        AttributeId="urn:altinn:accesspackage" DataType="http://www.w3.org/2001/XMLSchema#string" MustBePresent="false"/>"#;
    let some = format!(
        r#"<Condition><Apply FunctionId="urn:oasis:names:tc:xacml:1.0:function:integer-greater-than-or-equal">
        <Apply FunctionId="urn:oasis:names:tc:xacml:1.0:function:string-bag-size">{packages}</Apply>
        <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#integer">1</AttributeValue></Apply></Condition>"#
    );
    let one = format!(
        r#"<Condition><Apply FunctionId="urn:oasis:names:tc:xacml:1.0:function:string-is-in">
        <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#string">toll</AttributeValue>{packages}</Apply>
        </Condition>"#
    );
    let permit = rule("Permit", &[&[(ROLE, "dagl")]], Some("read"), &[]);
    for condition in [some, one] {
        let rules = permit.replace("</Rule>", &format!("{condition}</Rule>"));
        let pdp = pdp(&register, &rules);
        let needed = pdp.needed(&person(3), &service(), &"read".into(), &firm(1), now());
        let needed = needed.expect("is there");
        let told = needed.to_string();
        assert!(!told.contains("another"), "{told}");
        let [way] = &needed.ways[..] else {
            panic!("the role is enough: {told}");
        };
        let missing: Vec<String> = way.missing.iter().map(ToString::to_string).collect();
        assert_eq!(missing, ["the role daglig leder (dagl)"], "{told}");
        let answers = pdp.answers(&service(), now()).expect("is there");
        let told = answers.expect("has a policy").who_may(&"read".into());
        let told = told.expect("is small").to_string();
        assert!(!told.contains("another"), "{told}");
    }
}

/// A right that rests on the clock holds at this instant, and not until 1970.
#[test]
fn a_right_by_the_clock_holds_now() {
    let register = world();
    let permit = rule("Permit", &[&[(ROLE, "dagl")]], Some("read"), &[]);
    let condition = r#"<Condition><Apply FunctionId="urn:oasis:names:tc:xacml:1.0:function:dateTime-less-than">
        <Apply FunctionId="urn:oasis:names:tc:xacml:1.0:function:dateTime-one-and-only"><AttributeDesignator
        AttributeId="urn:oasis:names:tc:xacml:1.0:environment:current-dateTime"
        Category="urn:oasis:names:tc:xacml:3.0:attribute-category:environment"
        DataType="http://www.w3.org/2001/XMLSchema#dateTime" MustBePresent="true"/></Apply>
        <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#dateTime">2099-06-01T00:00:00+02:00</AttributeValue>
        </Apply></Condition></Rule>"#;
    let pdp = pdp(&register, &permit.replace("</Rule>", condition));
    let found = pdp.holders(&service(), &"read".into(), &firm(1), now());
    let found = found.expect("is there").holders;
    assert!(!found.is_empty());
    for holder in found {
        assert_eq!(holder.valid_until, Some(now()));
        assert!(
            holder.to_string().ends_with(", holds at this instant"),
            "{holder}"
        );
    }
}

/// Rules about other tasks of an app are not examined for a question about one.
#[test]
fn a_question_about_one_task_costs_nothing_for_the_others() {
    let register = world();
    let rules = (0..1200).map(|task| {
        let part = [("urn:altinn:task", &*format!("T{task}"))];
        rule("Permit", &[&[(ROLE, "utinn")]], Some("read"), &part)
    });
    let pdp = pdp(&register, &rules.collect::<String>());
    let party = |key: PartyKey| {
        let parties = register.snapshot().parties();
        let found = parties.into_iter().find(|party| party.has_key(&key));
        found.expect("is there")
    };
    let right = Right::from("read").on("urn:altinn:task", "T7");
    let request = request(&party(person(3)), &party(firm(1)), &service(), &right);
    let request = request.expect("both have keys");
    let told = pdp.explain_at(&request, now());
    assert_eq!(told.openings.len(), 1, "{told}");
    assert!(told.is_complete, "{told}");
}
