//! Tests that random delegations survive being written, and decide as a naive reading does.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::{Decision, Pdp, Request};

fn any_key() -> impl Strategy<Value = PartyKey> {
    prop_oneof![
        (1..3_u32).prop_map(PartyKey::User),
        (1..3_u32).prop_map(PartyKey::Id),
        (0..2_u128).prop_map(|number| PartyKey::Uuid(Uuid::from_u128(number))),
    ]
}

fn any_kind() -> impl Strategy<Value = Option<PartyKind>> {
    prop::option::of(prop_oneof![
        Just(PartyKind::Person),
        Just(PartyKind::Organisation),
        Just(PartyKind::SystemUser),
        Just(PartyKind::EnterpriseUser),
    ])
}

fn any_resource() -> impl Strategy<Value = ResourceId> {
    prop_oneof![
        Just(ResourceId::new("ttd-brev")),
        Just(ResourceId::new("app_ttd_form_2")),
        Just(ResourceId::new("app_ttd")),
    ]
}

fn any_instance() -> impl Strategy<Value = Option<InstanceId>> {
    prop::option::of(prop_oneof![
        Just(InstanceId::new("a3b1f0de-5c0b-4f0e-9a8d-0d8f1d3e6c11")),
        Just(InstanceId::new("letter <7>")),
    ])
}

fn any_right() -> impl Strategy<Value = Right> {
    let part = (
        0..2_usize,
        prop::sample::select(vec!["one", "Two & a half"]),
    );
    let parts = prop::collection::vec(part, 0..3);
    (prop::sample::select(vec!["read", "write"]), parts).prop_map(|(action, parts)| {
        let ids = [resource::TASK, resource::END_EVENT];
        let on = |right: Right, (id, value): (usize, &str)| right.on(ids[id], value);
        parts.into_iter().fold(Right::from(action), on)
    })
}

fn any_delegation() -> impl Strategy<Value = Delegation> {
    let rights = prop::collection::vec(any_right(), 1..4);
    (any_key(), any_resource(), any_instance(), rights).prop_map(|(to, of, instance, rights)| {
        let mut delegation = Delegation::new("d", of, FROM, to);
        delegation.instance = instance;
        delegation.rights = rights;
        delegation
    })
}

/// The attributes of a request: subject (in one of its spellings), resource, instance, task and end
/// event, action.
type Ask = (
    (PartyKey, Option<PartyKind>),
    ResourceId,
    Option<InstanceId>,
    Vec<(usize, &'static str)>,
    &'static str,
);

fn any_ask() -> impl Strategy<Value = Ask> {
    let part = (
        0..2_usize,
        prop::sample::select(vec!["one", "Two & a half", "three"]),
    );
    (
        (any_key(), any_kind()),
        any_resource(),
        any_instance(),
        prop::collection::vec(part, 0..4),
        prop::sample::select(vec!["read", "write", "READ"]),
    )
}

fn request(ask: &Ask) -> Request {
    let ((who, kind), of, instance, parts, action) = ask;
    let (id, value) = receiver(who, *kind).unwrap();
    let mut request = Request::builder().subject(id, &*value).action(*action);
    request = match of.as_app() {
        Some((org, app)) => request
            .resource(resource::ORG, org)
            .resource(resource::APP, app),
        None => request.resource(resource::RESOURCE, of.as_str()),
    };
    if let Some(instance) = instance {
        request = request.resource(resource::RESOURCE_INSTANCE_ID, instance.as_str());
    }
    for (id, value) in parts {
        request = request.resource([resource::TASK, resource::END_EVENT][*id], *value);
    }
    request.build()
}

/// Whether the delegation, read naively, permits the request.
fn naive(delegation: &Delegation, kind: Option<PartyKind>, ask: &Ask) -> bool {
    let ((who, asked_kind), of, instance, parts, action) = ask;
    let same = |a: &str, b: &str| match delegation.instance {
        Some(_) => a.to_lowercase() == b.to_lowercase(),
        None => a == b,
    };
    let is_uuid = matches!(who, PartyKey::Uuid(_));
    let holds = |(id, value): &(Arc<str>, Arc<str>)| {
        let ids = [resource::TASK, resource::END_EVENT];
        let mut parts = parts.iter();
        parts.any(|(asked, with)| ids[*asked] == &**id && same(with, value))
    };
    *who == delegation.to
        && (!is_uuid || *asked_kind == kind)
        && *of == delegation.resource
        && delegation
            .instance
            .iter()
            .all(|named| instance.as_ref() == Some(named))
        && delegation
            .rights
            .iter()
            .any(|right| same(&right.action, action) && right.part.iter().all(holds))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn what_is_written_reads_back(delegation in any_delegation(), kind in any_kind()) {
        let details = PolicyDetails {
            to: kind,
            ..PolicyDetails::default().by(PartyKey::User(9))
        };
        let text = delegation.to_policy(&details).unwrap().to_xml();
        prop_assert_eq!(read(&text).unwrap(), [delegation]);
    }

    #[test]
    fn a_written_policy_permits_what_the_delegation_does(
        delegation in any_delegation(),
        kind in any_kind(),
        asks in prop::collection::vec(any_ask(), 0..20),
        keep in prop::collection::vec(prop::bool::weighted(0.8), 20 * 3),
    ) {
        let details = PolicyDetails {
            to: kind,
            ..PolicyDetails::default()
        };
        let policy = delegation.to_policy(&details).unwrap();
        let pdp = Pdp::builder().document(policy).build().unwrap();
        for (i, mut ask) in asks.into_iter().enumerate() {
            // Mostly about the delegation, or nothing would ever be permitted.
            if keep[i * 3] {
                ask.0 = (delegation.to.clone(), kind);
            }
            if keep[i * 3 + 1] {
                ask.1 = delegation.resource.clone();
            }
            if keep[i * 3 + 2] {
                ask.2 = delegation.instance.clone();
            }
            let expected = match naive(&delegation, kind, &ask) {
                true => Decision::Permit,
                false => Decision::NotApplicable,
            };
            prop_assert_eq!(pdp.decide(&request(&ask)).decision(), expected, "{:?}", ask);
        }
    }
}
