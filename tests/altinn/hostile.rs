//! Sources that answer what was not asked, and keys under which two decisions must not meet.

use std::sync::Arc;

use vedtak::altinn::delegation::Delegation;
use vedtak::altinn::facts::{Answer, Asked, Delegations, ResourceRight, Resources, Window};
use vedtak::altinn::resource::{InstanceId, Resource, ResourceId};
use vedtak::altinn::{Party, PartyKey, Pdp, PdpBuilder, Register};
use vedtak::attribute::category;
use vedtak::request::{AttributeBuilder, RequestBuilder};
use vedtak::value::DateTime;
use vedtak::{Decision, Request};

const SUBJECT: &str = "urn:oasis:names:tc:xacml:1.0:subject-category:access-subject";
const ACTION_ID: &str = "urn:oasis:names:tc:xacml:1.0:action:action-id";

/// A policy of one rule for who has an attribute, and one for whoever reads as service owner.
fn policy(attribute: &str, value: &str) -> String {
    let matching = |value: &str, category: &str, id: &str| {
        format!(
            r#"<AnyOf><AllOf><Match MatchId="urn:oasis:names:tc:xacml:1.0:function:string-equal">
            <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#string">{value}</AttributeValue>
            <AttributeDesignator Category="{category}" AttributeId="{id}" MustBePresent="false"
                DataType="http://www.w3.org/2001/XMLSchema#string"/></Match></AllOf></AnyOf>"#
        )
    };
    let rule = |name: &str, subject: String| {
        let read = matching("read", category::ACTION, ACTION_ID);
        format!(r#"<Rule RuleId="{name}" Effect="Permit"><Target>{subject}{read}</Target></Rule>"#)
    };
    format!(
        r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="p" Version="1.0"
        RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides">
        <Target/>{}{}</Policy>"#,
        rule("people", matching(value, SUBJECT, attribute)),
        rule("owner", matching("ttd", SUBJECT, "urn:altinn:org")),
    )
}

fn now() -> DateTime {
    "2026-03-02T09:00:00+01:00".parse().expect("is an instant")
}

fn fjell() -> Party {
    let key = PartyKey::organisation("310009901");
    Party::new(key, "FJELL AS").key(PartyKey::Id(49901))
}

fn kari() -> Party {
    Party::new(PartyKey::User(9901), "KARI").key(PartyKey::Id(39901))
}

fn register(parties: &[Party]) -> Register {
    let register = Register::new();
    let filled = register.update(|change| {
        for party in parties {
            change.party(party.clone())?;
        }
        Ok(())
    });
    filled.expect("nothing is refused");
    register
}

fn pdp(resource: &str, with: impl FnOnce(PdpBuilder) -> PdpBuilder) -> Pdp {
    let builder = Pdp::builder().policy(resource, policy("urn:altinn:rolecode", "dagl"));
    with(builder).build().expect("compiles")
}

fn of_kari(resource: &str) -> RequestBuilder {
    Request::builder()
        .subject("urn:altinn:userid", "9901")
        .resource("urn:altinn:resource", resource)
        .resource("urn:altinn:partyid", "49901")
        .action("read")
}

/// A source that has this delegation for everybody.
struct Delegated(PartyKey);

impl Delegations for Delegated {
    fn delegations(
        &self,
        _: &Asked<'_>,
        resource: &ResourceId,
        _: Option<&InstanceId>,
    ) -> Answer<Vec<Delegation>> {
        let (from, to) = (self.0.clone(), PartyKey::User(9901));
        Ok(vec![
            Delegation::new("d1", resource.clone(), from, to).right("read"),
        ])
    }
}

#[test]
fn nothing_is_delegated_by_who_is_no_more() {
    let sub_unit = Party::new(PartyKey::organisation("310009902"), "FJELL AVD NORD");
    let sub_unit = sub_unit.key(PartyKey::Id(49902));
    let sub_unit = sub_unit.part_of(PartyKey::organisation("310009901"));
    let decide = |fjell: Party, party: &str| {
        let from = PartyKey::Id(49901);
        let register = register(&[fjell, sub_unit.clone(), kari()]);
        register
            .update(|change| {
                change.resource(Resource::new(ResourceId::new("ttd-brev"), "ttd"))?;
                Ok(())
            })
            .expect("is no refusal");
        let pdp = pdp("ttd-brev", |builder| {
            builder.register(&register).delegations(Delegated(from))
        });
        let request = Request::builder()
            .subject("urn:altinn:userid", "9901")
            .resource("urn:altinn:resource", "ttd-brev")
            .resource("urn:altinn:partyid", party)
            .action("read")
            .build();
        pdp.decide_at(&request, now()).decision()
    };
    for party in ["49901", "49902"] {
        assert_eq!(decide(fjell(), party), Decision::Permit, "{party}");
        let gone = fjell().deleted();
        assert_eq!(decide(gone, party), Decision::NotApplicable, "{party}");
    }
}

/// A registry that answers about another resource than the one asked for.
struct Elsewhere;

impl Resources for Elsewhere {
    fn resource(&self, _: &ResourceId) -> Answer<Option<Arc<Resource>>> {
        let form = Resource::new(ResourceId::new("app_ttd_form"), "ttd").with_resource_rights();
        Ok(Some(Arc::new(form)))
    }
}

#[test]
fn a_registry_that_answers_about_something_else_opens_nothing() {
    for resource in ["app_ttd_Form", "ttd-brev"] {
        let register = register(&[fjell(), kari()]);
        register
            .update(|change| {
                let (of, to) = (PartyKey::Id(49901), PartyKey::User(9901));
                change.register_role(&of, &to, "dagl", Window::ALWAYS)
            })
            .expect("is no refusal");
        let pdp = pdp(resource, |builder| {
            builder.register(&register).resources(Elsewhere)
        });
        let ruling = pdp.decide_at(&of_kari(resource).build(), now());
        assert_eq!(ruling.decision(), Decision::Indeterminate, "{resource}");
    }
}

/// Decisions that differ must differ in their keys.
#[test]
fn a_key_covers_all_that_made_the_difference() {
    let with_right = |fjell: Party| {
        let register = register(&[fjell, kari()]);
        let resource = ResourceId::new("ttd-kvote");
        let right = ResourceRight::new(
            resource.clone(),
            PartyKey::Id(49901),
            "urn:resourceright:action",
            "read",
        );
        register
            .update(|change| {
                change.resource(Resource::new(resource, "ttd").with_resource_rights())?;
                change.add_resource_right("ttd", right).map(drop)
            })
            .expect("is no refusal");
        register
    };
    let owner = || {
        Request::builder()
            .subject("urn:altinn:org", "ttd")
            .resource("urn:altinn:resource", "ttd-kvote")
            .resource("urn:altinn:partyid", "49901")
            .action("read")
    };
    let alive = with_right(fjell());
    let gone = Register::new();
    let file = alive.snapshot().to_json();
    let file = file.replace(
        r#""name": "FJELL AS""#,
        r#""name": "FJELL AS", "deleted": true"#,
    );
    gone.replace_from_json("register.json", file.as_bytes())
        .expect("is valid");
    let pdp_of = |register: &Register| pdp("ttd-kvote", |builder| builder.register(register));

    let mut seen: Vec<(String, String)> = Vec::new();
    let mut add = |pdp: &Pdp, request: Request| {
        let (ruling, record) = pdp.decide_recorded(&request, now());
        let (key, answer) = (record.cache_key(), format!("{ruling:?}"));
        for (known, other) in &seen {
            assert!(
                *known != key || *other == answer,
                "one key {key}\nfor {other}\nand {answer}"
            );
        }
        seen.push((key, answer));
        ruling.decision()
    };
    assert_eq!(add(&pdp_of(&alive), owner().build()), Decision::Permit);
    assert_eq!(add(&pdp_of(&gone), owner().build()), Decision::Deny);

    // What the response repeats and names is part of the answer.
    let told = |value: &str| {
        let told = AttributeBuilder::new(category::ENVIRONMENT, "urn:case").value(value);
        owner().with(told.include_in_result()).build()
    };
    add(&pdp_of(&alive), told("1"));
    add(&pdp_of(&alive), told("2"));
    add(&pdp_of(&alive), owner().return_policy_id_list().build());

    // Questions that are not understood are understood in different ways.
    let unknown = Request::builder().subject("urn:altinn:userid", "1");
    add(&pdp_of(&alive), unknown.build());
    add(&pdp_of(&alive), of_kari("ttd-ukjent").build());
    add(&pdp_of(&alive), Request::builder().build());
}
