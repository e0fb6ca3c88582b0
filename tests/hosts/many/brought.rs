//! Attributes that an answer brings along: where they count, and where they are errors.

use std::time::Duration;

use vedtak::attribute::category;
use vedtak::provider::{Answers, CacheStatistics, Cached, Fetched, Query, single_answer};
use vedtak::value::DateTime;
use vedtak::{Context, Decision};

use super::{
    Answer, PACKAGE, ROLE, Table, Wrong, builder, decide_all, is_because, message, of_user,
    request, requests, roles, staged, string,
};

/// The stage is closed, and with it comes the role.
fn stage_and_role(queries: &[Query<'_>]) -> Answers {
    let answers = roles(queries)?.into_iter().zip(queries);
    let answer = |(answer, query): (Answer, &Query<'_>)| {
        if &*query.wanted.id == ROLE {
            return answer;
        }
        let as_role = Query {
            wanted: &string(ROLE),
            ..*query
        };
        let role = single_answer(roles(&[as_role]))?;
        let until = "2026-12-31T23:59:59Z".parse().ok();
        let never_asked = Fetched::from(vec![1.into()]);
        let closed = Fetched::from(vec!["closed".into()]);
        Ok(closed
            .with_attribute(string(ROLE), role.with_valid_until(until))
            .with_attribute(string(PACKAGE), never_asked))
    };
    Ok(answers.map(answer).collect())
}

fn bringing() -> Table {
    Table {
        supplies: &["urn:stage", ROLE, PACKAGE],
        ..Table::new(stage_and_role)
    }
}

#[test]
fn an_answer_may_bring_other_attributes_along() {
    let table = bringing();
    let at_once = staged(|builder| builder.provider(table.clone()));
    let later = staged(|builder| builder.async_provider(table.clone()));
    let request = request(2, "read");
    let mut context = Context::new();
    let outcome = at_once.decide_with(&mut context, &request);
    assert_eq!(outcome.decision(), Decision::Permit);
    let until: DateTime = "2026-12-31T23:59:59Z".parse().expect("is a dateTime");
    assert_eq!(outcome.valid_until(), Some(until));
    assert_eq!(table.sizes(), [1], "in one decision");
    let response = pollster::block_on(later.decide_async(&request));
    assert_eq!(response.decision(), Decision::Permit);
    assert_eq!(table.sizes(), [1], "in one that waits");
    let responses = decide_all(&[at_once, later], &requests(10));
    assert_eq!(responses[0], responses[1]);
    let permits = responses[0]
        .iter()
        .filter(|r| r.decision() == Decision::Permit);
    assert_eq!(permits.count(), 5);
    assert_eq!(table.sizes(), [10, 10], "in a batch, to each its own");
}

#[test]
fn what_is_brought_along_counts_only_where_the_same_is_shown() {
    // The role depends on the resource, too; the stage's answer saw the user alone.
    let table = Table {
        inputs: |wanted| match &*wanted.id {
            ROLE => of_user(wanted).category(category::RESOURCE),
            _ => of_user(wanted),
        },
        ..bringing()
    };
    let pdp = staged(|builder| builder.provider(table.clone()));
    assert_eq!(pdp.decide(&request(2, "read")).decision(), Decision::Permit);
    assert_eq!(table.sizes(), [1, 1]);

    // An earlier provider supplies it: that one is asked.
    let nobody = Table {
        supplies: &[ROLE],
        ..Table::new(|queries| Ok(queries.iter().map(|_| Ok(vec![].into())).collect()))
    };
    let table = bringing();
    let pdp = staged(|builder| builder.provider(nobody.clone()).provider(table.clone()));
    let response = pdp.decide(&request(2, "read"));
    assert_eq!(response.decision(), Decision::NotApplicable);
    assert_eq!((nobody.sizes(), table.sizes()), (vec![1], vec![1]));
}

#[test]
fn what_a_provider_does_not_supply_is_an_error_and_so_is_what_it_says_twice() {
    let wrong: [(Wrong, &str); 3] = [
        (
            |queries| {
                let other = string("urn:another");
                let answer = |_| {
                    Ok(Fetched::from(vec!["open".into()]).with_attribute(other.clone(), vec![]))
                };
                Ok(queries.iter().map(answer).collect())
            },
            "it answered for the attribute `urn:another`, which it does not supply",
        ),
        (
            |queries| {
                let answer = |_: &Query<'_>| {
                    let open = Fetched::from(vec!["open".into()]);
                    Ok(open
                        .with_attribute(string(ROLE), vec![])
                        .with_attribute(string(ROLE), vec![]))
                };
                Ok(queries.iter().map(answer).collect())
            },
            "it answered for the attribute `urn:altinn:rolecode`, twice in one answer",
        ),
        (
            |queries| {
                let open = || Fetched::from(vec!["open".into()]);
                let answer =
                    |query: &Query<'_>| Ok(open().with_attribute(query.wanted.clone(), vec![]));
                Ok(queries.iter().map(answer).collect())
            },
            "it answered for the attribute `urn:stage`, twice in one answer",
        ),
    ];
    for (answer, why) in wrong {
        let table = Table {
            answer,
            ..bringing()
        };
        let clock = || "2026-06-01T12:00:00Z".parse().expect("is a dateTime");
        let cached = Cached::with_clock(table.clone(), Duration::from_secs(10), clock);
        let pdps = [
            staged(|builder| builder.provider(table.clone())),
            staged(|builder| builder.async_provider(table.clone())),
        ];
        let remembering = staged(|builder| builder.provider(cached));
        let mut responses = decide_all(&pdps, &requests(2)).concat();
        responses.extend(remembering.decide_all(&requests(2)));
        responses.extend(remembering.decide_all(&requests(1)));
        for response in &responses {
            assert!(is_because(response, why), "{}", message(response));
        }
    }
}

#[test]
fn a_value_of_another_type_that_is_brought_along_is_an_error_where_it_is_needed() {
    let table = Table {
        answer: |queries| {
            let answer = |_| {
                let closed = Fetched::from(vec!["closed".into()]);
                Ok(closed.with_attribute(string(ROLE), vec![1.into()]))
            };
            Ok(queries.iter().map(answer).collect())
        },
        ..bringing()
    };
    let pdp = staged(|builder| builder.provider(table));
    let response = pdp.decide(&request(2, "read"));
    assert!(message(&response).contains("a value of type integer, asked for string"));
}

#[test]
fn a_cache_takes_what_is_missing_in_one_call_and_keeps_what_comes_along() {
    let clock = || "2026-06-01T12:00:00Z".parse().expect("is a dateTime");
    let live = Duration::from_secs(10);
    let table = Table::new(roles);
    let at_once = Cached::with_clock(table.clone(), live, clock);
    let later = Cached::with_clock(table.clone(), live, clock);
    let pdps = [
        builder()
            .provider(at_once.clone())
            .build()
            .expect("compiles"),
        builder()
            .async_provider(later.clone())
            .build()
            .expect("compiles"),
    ];
    let fresh = decide_all(&pdps, &requests(10));
    assert_eq!(table.sizes(), [20, 20]);
    assert_eq!(decide_all(&pdps, &requests(10)), fresh);
    assert_eq!(table.sizes(), [0; 0]);
    decide_all(&pdps, &requests(15));
    assert_eq!(table.sizes(), [10, 10]);
    for statistics in [at_once.statistics(), later.statistics()] {
        let CacheStatistics {
            hits,
            misses,
            joined,
            ..
        } = statistics;
        assert_eq!((hits, misses, joined), (40, 30, 0));
    }

    let table = bringing();
    let cached = Cached::with_clock(table.clone(), live, clock);
    let pdp = staged(|builder| builder.provider(cached.clone()));
    assert_eq!(pdp.decide(&request(2, "read")).decision(), Decision::Permit);
    // The stage and the role; the package is of another type than it should be.
    assert_eq!((table.sizes(), cached.len()), (vec![1], 2));
    let response = pdp.decide(&request(2, "read"));
    assert_eq!(response.decision(), Decision::Permit);
    assert_eq!(table.sizes(), [0; 0]);
    assert_eq!(cached.statistics().hits, 2);
}
