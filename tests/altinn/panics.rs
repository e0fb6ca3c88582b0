//! Sources that panic: each call of each costs the decision that needs it, by name, and no more.

use std::sync::Arc;

use vedtak::altinn::facts::{
    AccessGroups, AccessListConnection, AccessLists, AccessPackages, Answer, Asked, Delegations,
    Fact, FactKind, FactQuery, FactReplies, Facts, Instances, Parties, ResourceRight,
    ResourceRights, Resources, Roles,
};
use vedtak::altinn::policy::{PolicySource, ResourcePolicy};
use vedtak::altinn::resource::{Instance, InstanceId, Resource, ResourceId};
use vedtak::altinn::{Party, PartyKey, Pdp, PdpBuilder, Register};
use vedtak::attribute::category::{ACCESS_SUBJECT, ACTION};
use vedtak::attribute::id::ACTION_ID;
use vedtak::combining::rule::DENY_OVERRIDES;
use vedtak::decision::StatusCode;
use vedtak::function::id::STRING_EQUAL;
use vedtak::syntax::{AttributeDesignator, Document, Match, Policy, Rule, Target};
use vedtak::value::{DataType, DateTime};
use vedtak::{Decision, Request};

const REGISTER: &str = r#"{"format": "vedtak-register", "version": 1,
  "parties": [
    {"kind": "organisation", "name": "FJELL AS", "number": "910000001", "id": 50001, "legal_form": "AS"},
    {"kind": "person", "name": "KARI NORDMANN", "number": "01017012345", "user": 1}
  ],
  "resources": [{"id": "brev", "owner": "skd", "access_list": true, "resource_rights": true}],
  "access_lists": [{"list": "skd:firms", "members": ["FJELL AS"], "resources": ["brev"]}],
  "resource_rights": [{"resource": "brev", "party": "FJELL AS", "type": "urn:resourceright:action", "value": "x"}],
  "instances": [{"id": "a3b1f0de-5c0b-4f0e-9a8d-0d8f1d3e6c11", "resource": "brev", "party": "FJELL AS"}]
}"#;

struct Panics;

fn panics<T>() -> T {
    panic!("out of luck")
}

type Names = Answer<Vec<Fact<Arc<str>>>>;

impl Roles for Panics {
    fn roles(&self, _: &Asked<'_>) -> Names {
        panics()
    }
}

impl AccessPackages for Panics {
    fn access_packages(&self, _: &Asked<'_>) -> Names {
        panics()
    }
}

impl AccessGroups for Panics {
    fn access_groups(&self, _: &Asked<'_>) -> Names {
        panics()
    }
}

impl ResourceRights for Panics {
    fn resource_rights(
        &self,
        _: &ResourceId,
        _: &Party,
        _: DateTime,
    ) -> Answer<Vec<ResourceRight>> {
        panics()
    }
}

impl AccessLists for Panics {
    fn access_lists(&self, _: &Party, _: DateTime) -> Names {
        panics()
    }

    fn connections(
        &self,
        _: &ResourceId,
        _: &Party,
        _: DateTime,
    ) -> Answer<Vec<Fact<AccessListConnection>>> {
        panics()
    }
}

impl Delegations for Panics {
    fn delegations(
        &self,
        _: &Asked<'_>,
        _: &ResourceId,
        _: Option<&InstanceId>,
    ) -> Answer<Vec<vedtak::altinn::delegation::Delegation>> {
        panics()
    }
}

impl Parties for Panics {
    fn party(&self, _: &PartyKey) -> Answer<Option<Arc<Party>>> {
        panics()
    }
}

impl Instances for Panics {
    fn instance(&self, _: &InstanceId) -> Answer<Option<Instance>> {
        panics()
    }
}

impl Resources for Panics {
    fn resource(&self, _: &ResourceId) -> Answer<Option<Arc<Resource>>> {
        panics()
    }
}

impl PolicySource for Panics {
    fn policy(&self, _: &ResourceId) -> Answer<Option<Arc<ResourcePolicy>>> {
        panics()
    }
}

/// A source of one kind of fact, many in one call.
struct ManyPanic(FactKind);

impl Facts for ManyPanic {
    fn supplies(&self, kind: FactKind) -> bool {
        kind == self.0
    }

    fn facts(&self, _: &[FactQuery], _: DateTime) -> FactReplies {
        panics()
    }
}

/// A kind of fact: its name in messages, an action that needs it, and its source in three forms.
type Row = (
    &'static str,
    &'static str,
    [fn(PdpBuilder) -> PdpBuilder; 3],
);

macro_rules! forms {
    ($kind:ident, $now:ident, $later:ident($($ask:expr),*)) => {
        [
            |builder| builder.$now(Panics),
            |builder| builder.$later($($ask),*),
            |builder| builder.facts(ManyPanic(FactKind::$kind)),
        ]
    };
}

const ROWS: [Row; 10] = [
    (
        "roles",
        "by role",
        forms!(Roles, roles, roles_async(|_, _| async { panics() })),
    ),
    (
        "access packages",
        "by package",
        forms!(
            AccessPackages,
            packages,
            packages_async(|_, _| async { panics() })
        ),
    ),
    (
        "access groups",
        "by group",
        forms!(
            AccessGroups,
            groups,
            groups_async(|_, _| async { panics() })
        ),
    ),
    (
        "access lists",
        "by list",
        forms!(
            AccessLists,
            lists,
            lists_async(|_, _| async { panics() }, |_, _, _| async { panics() })
        ),
    ),
    (
        "access lists",
        "by anybody",
        forms!(
            AccessLists,
            lists,
            lists_async(|_, _| async { panics() }, |_, _, _| async { panics() })
        ),
    ),
    (
        "resource rights",
        "by anybody",
        forms!(
            ResourceRights,
            rights,
            rights_async(|_, _, _| async { panics() })
        ),
    ),
    (
        "delegations",
        "by nobody",
        forms!(
            Delegations,
            delegations,
            delegations_async(|_, _, _, _| async { panics() })
        ),
    ),
    (
        "parties",
        "by anybody",
        forms!(Parties, parties, parties_async(|_| async { panics() })),
    ),
    (
        "instances",
        "by anybody",
        forms!(
            Instances,
            instances,
            instances_async(|_| async { panics() })
        ),
    ),
    (
        "resources",
        "by anybody",
        forms!(
            Resources,
            resources,
            resources_async(|_| async { panics() })
        ),
    ),
];

/// A rule for each action that the rows name, with what it asks of the subject.
fn policy() -> String {
    let is = |value: &str, category: &str, id: &str| {
        let attribute = AttributeDesignator::new(category, id, DataType::String);
        Match::new(STRING_EQUAL, value, attribute)
    };
    let mut policy = Policy::new("brev", DENY_OVERRIDES);
    for (action, of_subject) in [
        ("by role", Some(("urn:altinn:rolecode", "dagl"))),
        ("by package", Some(("urn:altinn:accesspackage", "jordbruk"))),
        ("by group", Some(("urn:altinn:accessgroup", "g"))),
        ("by list", Some(("urn:altinn:access-list", "skd:firms"))),
        ("by anybody", None),
    ] {
        let mut target = Target::new().any_of([is(action, ACTION, ACTION_ID)]);
        if let Some((id, value)) = of_subject {
            target = target.any_of([is(value, ACCESS_SUBJECT, id)]);
        }
        policy = policy.rule(Rule::permit(action).target(target));
    }
    Document::Policy(policy).to_xml()
}

fn request(action: &str) -> Request {
    Request::builder()
        .subject("urn:altinn:userid", "1")
        .resource("urn:altinn:resource", "brev")
        .resource("urn:altinn:organization:identifier-no", "910000001")
        .resource(
            "urn:altinn:resource:instance-id",
            "a3b1f0de-5c0b-4f0e-9a8d-0d8f1d3e6c11",
        )
        .action(action)
        .build()
}

fn register() -> Register {
    Register::from_json("register.json", REGISTER.as_bytes()).expect("is a register")
}

#[test]
fn a_source_that_panics_makes_decisions_indeterminate_in_every_form() {
    let build = |add: fn(PdpBuilder) -> PdpBuilder| {
        let builder = Pdp::builder()
            .policy("brev", policy())
            .register(&register());
        add(builder).build().expect("compiles")
    };
    let whole = build(|builder| builder);
    let at = "2026-03-02T09:00:00Z".parse().expect("is an instant");
    assert_eq!(
        whole.decide_at(&request("by anybody"), at).decision(),
        Decision::Permit
    );
    for (name, action, forms) in ROWS {
        let request = request(action);
        let [now, later, many] = forms.map(build);
        let ruling = now.decide(&request);
        let message = format!("the source of {name}: it panicked");
        assert_eq!(
            ruling.decision(),
            Decision::Indeterminate,
            "{name}, {action}"
        );
        let status = ruling.result.status.as_ref().expect("has a status");
        assert_eq!(status.code, StatusCode::ProcessingError, "{name}, {action}");
        assert!(
            status
                .message
                .as_ref()
                .is_some_and(|text| text.contains(&message)),
            "{status:?}"
        );
        assert_eq!(
            pollster::block_on(now.decide_async(&request)),
            ruling,
            "{name}, {action}"
        );
        assert_eq!(
            pollster::block_on(later.decide_async(&request)),
            ruling,
            "{name}, {action}"
        );
        assert_eq!(many.decide(&request), ruling, "{name}, {action}");
        assert_eq!(many.decide_all([&request]), [ruling], "{name}, {action}");
        for pdp in [now, later, many] {
            assert_eq!(
                pdp.explain(&request).ruling.decision(),
                Decision::Indeterminate
            );
        }
    }
}

/// Those who wait for nothing of it are answered.
#[test]
fn a_source_that_panics_costs_no_decision_that_needs_none_of_it() {
    let builder = Pdp::builder()
        .policy("brev", policy())
        .register(&register());
    let pdp = builder
        .roles(Panics)
        .packages(Panics)
        .build()
        .expect("compiles");
    let requests = ["by role", "by anybody", "by package"].map(request);
    let decisions = pdp
        .decide_all(&requests)
        .into_iter()
        .map(|ruling| ruling.decision());
    let expected = [
        Decision::Indeterminate,
        Decision::Permit,
        Decision::Indeterminate,
    ];
    assert!(decisions.eq(expected));
    // The explanation of a Permit asks for the roles that it may rest on.
    assert_eq!(
        pdp.explain(&request("by anybody")).ruling.decision(),
        Decision::Permit
    );
}

#[test]
fn a_source_of_policies_that_panics_makes_decisions_indeterminate() {
    let pdp = Pdp::builder()
        .policies(Panics)
        .register(&register())
        .build()
        .expect("compiles");
    let request = request("by anybody");
    let ruling = pdp.decide(&request);
    let status = ruling.result.status.as_ref().expect("has a status");
    assert_eq!(ruling.decision(), Decision::Indeterminate);
    assert_eq!(status.code, StatusCode::ProcessingError);
    assert_eq!(
        status.message.as_deref(),
        Some("the source of policies: it panicked")
    );
    assert_eq!(pollster::block_on(pdp.decide_async(&request)), ruling);
}
