//! What a decision through the whole Altinn flow costs, with the register in memory; and what a
//! register of 100,000 parties and a million facts costs to look things up in.
//!
//! Its memory is printed at the start, as the growth of what the process has allocated.

mod support;
mod workload;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use vedtak::altinn::catalogue::EntityType;
use vedtak::altinn::facts::{Asked, Parties, Roles, Window};
use vedtak::altinn::register::DelegationOrder;
use vedtak::altinn::resource::{Resource, ResourceId};
use vedtak::altinn::{Party, PartyKey, PartyKind, Pdp, Register, Ruling};
use vedtak::request::Matrix;
use vedtak::value::DateTime;
use vedtak::{Context, Decision, Request};
use workload::names::{PACKAGE, ROLE};

const BREV: &str = "bench-brev";

fn now() -> DateTime {
    "2026-03-01T12:00:00+01:00".parse().expect("is a dateTime")
}

fn organisation(i: u32) -> PartyKey {
    PartyKey::organisation(format!("{:09}", 910_000_000 + i))
}

fn person(i: u32) -> PartyKey {
    PartyKey::User(20_000_000 + i)
}

/// Organisations, each with a managing director; the first with what the benches ask about.
fn register(organisations: u32) -> Register {
    let register = Register::new();
    let filled = register.update(|change| {
        change.resource(Resource::new(ResourceId::new(BREV), "ttd"))?;
        for i in 0..organisations {
            let party = Party::new(organisation(i), format!("ORG {i} AS")).legal_form("AS");
            change.party(party.key(PartyKey::Id(50_000_000 + i)))?;
            let manager = Party::new(person(i), format!("PERSON {i}")).of_kind(PartyKind::Person);
            change.party(manager.key(PartyKey::Id(60_000_000 + i)))?;
            change.register_role(&organisation(i), &person(i), "dagl", Window::ALWAYS)?;
        }
        Ok(())
    });
    filled.expect("nothing is refused");
    register
}

fn request(user: u32, resource: &str, action: &str) -> Request {
    Request::builder()
        .subject("urn:altinn:userid", i64::from(20_000_000 + user))
        .resource("urn:altinn:resource", resource)
        .resource("urn:altinn:partyid", "50000000")
        .action(action)
        .build()
}

fn policy(resource: &str) -> String {
    let mut policy = workload::service::policy(resource, 10, 1);
    policy.ignores_case = true;
    // The last of ten rules is for the managing director, by package and by role.
    let last = policy.rules.last_mut().expect("there are ten");
    last.subjects = vec![(ROLE, "dagl".to_owned()), (PACKAGE, "jordbruk".to_owned())];
    policy.xml()
}

/// The actions that the last rule opens.
fn action(resource: &str, register: &Register) -> &'static str {
    let pdp = Pdp::builder()
        .policy(resource, policy(resource))
        .register(register)
        .build();
    let pdp = pdp.expect("compiles");
    ["read", "write", "sign", "confirm", "delete", "list"]
        .into_iter()
        .find(|action| {
            pdp.decide_at(&request(0, resource, action), now())
                .decision()
                == Decision::Permit
        })
        .expect("the manager may do something")
}

fn flow(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("altinn");
    let register = register(100);
    let action = action(BREV, &register);
    let pdp = Pdp::builder()
        .policy(BREV, policy(BREV))
        .register(&register)
        .build()
        .expect("compiles");
    let mut context = Context::new();
    let manager = request(0, BREV, action);
    let at = now();
    assert_eq!(pdp.decide_at(&manager, at).decision(), Decision::Permit);
    group.bench_function("a manager, no delegation", |bencher| {
        bencher.iter(|| black_box(pdp.decide_with(&mut context, &manager, at).decision()));
    });
    let stranger = request(1, BREV, action);
    assert_eq!(
        pdp.decide_at(&stranger, at).decision(),
        Decision::NotApplicable
    );
    group.bench_function("a stranger, no delegation", |bencher| {
        bencher.iter(|| black_box(pdp.decide_with(&mut context, &stranger, at).decision()));
    });

    // Fifty delegations of the resource, the asker's last.
    let delegated = register.update(|change| {
        for i in (1..=50).rev() {
            let giving = DelegationOrder::new(&person(0), &organisation(0), &person(i), now());
            change.delegate_resource(&giving, &ResourceId::new(BREV), None, &[action.into()])?;
        }
        Ok(())
    });
    delegated.expect("nothing is refused");
    assert_eq!(pdp.decide_at(&stranger, at).decision(), Decision::Permit);
    group.bench_function("by one of fifty delegations", |bencher| {
        bencher.iter(|| black_box(pdp.decide_with(&mut context, &stranger, at).decision()));
    });

    // Five hundred resources for one manager and one party.
    let names: Vec<String> = (0..500).map(|i| format!("bench-{i}")).collect();
    let mut builder = Pdp::builder().register(&register);
    let known = register.update(|change| {
        for name in &names {
            change.resource(Resource::new(ResourceId::new(name.as_str()), "ttd"))?;
        }
        Ok(())
    });
    known.expect("nothing is refused");
    for name in &names {
        builder = builder.policy(name, policy(name));
    }
    let pdp = builder.build().expect("compiles");
    let requests: Vec<Request> = names.iter().map(|name| request(0, name, action)).collect();
    let permits = pdp.decide_all(&requests);
    assert!(
        permits
            .iter()
            .all(|ruling| ruling.decision() == Decision::Permit)
    );
    group.bench_function("500 resources for one manager and party", |bencher| {
        bencher.iter(|| black_box(pdp.decide_all(&requests).len()));
    });
    let base = Request::builder()
        .subject("urn:altinn:userid", 20_000_000_i64)
        .resource("urn:altinn:partyid", "50000000");
    let matrix = Matrix::new(base.build())
        .resources("urn:altinn:resource", names.iter().map(String::as_str))
        .actions([action]);
    let grid = pdp.decide_matrix_at(&matrix, at);
    let is_permit = |ruling: &Ruling| ruling.decision() == Decision::Permit;
    assert!(grid.is_complete() && grid.cells().iter().all(is_permit));
    group.bench_function(
        "500 resources for one manager and party, in a matrix",
        |bencher| {
            bencher.iter(|| black_box(pdp.decide_matrix(&matrix).cells().len()));
        },
    );
    group.finish();
}

/// How many packages each manager gives away.
const PACKAGES: usize = 19;

/// A register in which the manager of each organisation has given packages to another.
fn filled(organisations: u32) -> Register {
    let register = register(organisations);
    let packages: Vec<String> = register
        .snapshot()
        .catalogue()
        .packages()
        .filter(|(_, p)| {
            p.is_assignable && p.is_delegable && p.entity_type == EntityType::Organisation
        })
        .map(|(_, package)| package.code.to_string())
        .take(PACKAGES)
        .collect();
    assert_eq!(packages.len(), PACKAGES);
    let filled = register.update(|change| {
        for i in 0..organisations {
            let to = person((i + 1) % organisations);
            let giving = DelegationOrder::new(&person(i), &organisation(i), &to, now());
            for package in &packages {
                change.delegate_package(&giving, package)?;
            }
        }
        Ok(())
    });
    filled.expect("nothing is refused");
    register
}

fn look_up(criterion: &mut Criterion) {
    // 50,000 organisations, their 50,000 managers, and 20 delegated packages of each.
    const ORGANISATIONS: u32 = 50_000;
    let (bytes, register) = support::bytes_kept(|| filled(ORGANISATIONS));
    let facts = ORGANISATIONS as usize * (PACKAGES + 1);
    println!(
        "register: {} parties, {facts} facts, {} MiB",
        2 * ORGANISATIONS,
        bytes >> 20
    );
    let mut group = criterion.benchmark_group("register");
    let snapshot = register.snapshot();
    let mut next = 0;
    group.bench_function("a party by its key", |bencher| {
        bencher.iter(|| {
            next = (next + 7919) % ORGANISATIONS;
            black_box(snapshot.party(&organisation(next)))
        });
    });
    let parties: Vec<_> = (0..ORGANISATIONS)
        .map(|i| {
            let find = |key| snapshot.party(&key).ok().flatten().expect("is there");
            (find(person(i)), find(organisation(i)))
        })
        .collect();
    group.bench_function("the roles of a manager", |bencher| {
        bencher.iter(|| {
            next = (next + 7919) % ORGANISATIONS;
            let (manager, party) = &parties[next as usize];
            black_box(snapshot.roles(&Asked::new(manager, party, now())))
        });
    });
    group.bench_function("a snapshot", |bencher| {
        bencher.iter(|| black_box(register.snapshot()));
    });
    group.bench_function("a change", |bencher| {
        bencher.iter(|| {
            next = (next + 7919) % (ORGANISATIONS - 1);
            let changed = register.update(|change| {
                change.register_role(
                    &organisation(next),
                    &person(next + 1),
                    "styreleder",
                    Window::ALWAYS,
                )
            });
            changed.expect("nothing is refused");
        });
    });
    group.finish();
}

criterion_group!(benches, flow, look_up);
criterion_main!(benches);
