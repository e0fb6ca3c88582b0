//! However many questions are asked in one, each is answered as if it were asked alone.

use vedtak::attribute::category;
use vedtak::request::{AttributeBuilder, IndividualRequestError, Matrix};
use vedtak::{Decision, Pdp, Request};

use crate::generate::{Dice, Failing, Groups, REQUESTED, attribute, document, node};
use crate::keys::Later;
use crate::version::Version;

const POLICIES: u64 = 300;
const QUESTIONS: usize = 6;

/// What a part of a question says: few attributes of few categories.
fn said(dice: &mut Dice, most: usize) -> Vec<AttributeBuilder> {
    let count = dice.below(most + 1);
    (0..count)
        .map(|_| {
            let which = dice.below(REQUESTED);
            let attribute = attribute(dice, which);
            match dice.below(6) {
                0 => attribute.include_in_result(),
                _ => attribute,
            }
        })
        .collect()
}

fn built(attributes: &[AttributeBuilder]) -> Request {
    let attributes = attributes.iter().cloned();
    attributes
        .fold(Request::builder(), |builder, one| builder.with(one))
        .build()
}

fn pdps(dice: &mut Dice) -> (String, Pdp, Pdp) {
    let mut text = String::new();
    let sets = dice.below(3);
    node(dice, &mut text, sets, &mut 0, true);
    let document = document(dice, &text);
    let builder = || {
        let builder = Pdp::builder().data_type::<Version>();
        builder.document(document.clone())
    };
    let now = builder().provider(Groups).provider(Failing).build();
    let later = builder()
        .async_provider(Later(Groups))
        .async_provider(Later(Failing))
        .build();
    let (now, later) = (now.expect("compiles"), later.expect("compiles"));
    (text, now, later)
}

#[test]
fn a_cell_is_decided_as_if_alone() {
    let mut seen = [0; 4];
    for number in 0..POLICIES {
        let mut dice = Dice(number << 24 | 13);
        let (text, pdp, later) = pdps(&mut dice);
        for _ in 0..QUESTIONS {
            let base = said(&mut dice, 5);
            let axes = dice.below(4);
            let axes: Vec<Vec<Vec<AttributeBuilder>>> = (0..axes)
                .map(|_| {
                    let length = [1, 2, 3, 5][dice.below(4)];
                    (0..length).map(|_| said(&mut dice, 3)).collect()
                })
                .collect();
            let matrix = axes.iter().fold(Matrix::new(built(&base)), |matrix, axis| {
                matrix.axis(axis.iter().map(|said| built(said)))
            });
            let grid = pdp.decide_matrix(&matrix);
            let brief = pdp.call().brief().decide_matrix(&matrix);
            assert_eq!(grid, pollster::block_on(later.decide_matrix_async(&matrix)));
            assert!(grid.is_complete() && grid.cells().len() == matrix.len());
            for cell in 0..matrix.len() {
                let mut rest = cell;
                let mut place: Vec<usize> = axes
                    .iter()
                    .rev()
                    .map(|axis| {
                        let at = rest % axis.len();
                        rest /= axis.len();
                        at
                    })
                    .collect();
                place.reverse();
                // Put together by other means.
                let mut all = base.clone();
                for (axis, at) in axes.iter().zip(&place) {
                    all.extend(axis[*at].iter().cloned());
                }
                let alone = pdp.decide(&built(&all));
                let result = grid.at(&place).expect("is inside");
                let asked = matrix.request(&place).expect("is inside");
                let same = |a: &vedtak::response::ResponseResult| {
                    // Categories are repeated in the order of the request, which is another.
                    let mut a = a.clone();
                    a.attributes.sort_by(|a, b| a.category.cmp(&b.category));
                    a
                };
                assert_eq!(
                    same(result),
                    same(&alone.results[0]),
                    "{place:?}\n{text}\n{}",
                    asked.to_xml()
                );
                assert_eq!(Some(result), pdp.decide(&asked).results.first());
                let brief = brief.at(&place).expect("is inside");
                assert_eq!(brief.decision, result.decision);
                assert_eq!(brief.has_obligations, !result.obligations.is_empty());
                assert_eq!(brief.has_troubles, !result.troubles.is_empty());
                assert_eq!(result.troubles, alone.results[0].troubles);
                seen[match result.decision {
                    Decision::Permit => 0,
                    Decision::Deny => 1,
                    Decision::NotApplicable => 2,
                    Decision::Indeterminate => 3,
                }] += 1;
            }
        }
    }
    assert!(seen.iter().all(|count| *count > 500), "{seen:?}");
}

#[test]
fn a_part_is_decided_as_if_alone() {
    for number in 0..POLICIES {
        let mut dice = Dice(number << 24 | 17);
        let (text, pdp, later) = pdps(&mut dice);
        for _ in 0..QUESTIONS {
            let sections: Vec<Request> = (0..1 + dice.below(4))
                .map(|_| built(&said(&mut dice, 5)))
                .collect();
            let all = sections.iter().flat_map(Request::categories);
            let builder = all.fold(Request::builder(), |builder, section| {
                builder.category(section.clone())
            });
            let whole = builder.build();
            let response = pdp.decide(&whole);
            let parts = pdp.individual_requests(&whole);
            assert_eq!(parts.len(), response.results.len());
            for (part, result) in parts.iter().zip(&response.results) {
                let part = part.as_ref().expect("makes sense");
                let alone = part.categories().iter();
                let alone = alone.fold(Request::builder(), |builder, section| {
                    builder.category(section.clone())
                });
                let alone = pdp.decide(&alone.build());
                assert_eq!(
                    alone.results,
                    std::slice::from_ref(result),
                    "{text}\n{}",
                    part.to_xml()
                );
            }
            assert_eq!(response, pdp.decide(&whole), "asked again");
            let later = pollster::block_on(later.decide_async(&whole));
            assert_eq!(response, later, "{text}");
        }
    }
}

#[test]
fn a_cell_that_asks_for_several_decisions_is_indeterminate_alone() {
    let action = |name: &str| Request::builder().action(name).build();
    let both = [action("read"), action("write")];
    let both = both.iter().flat_map(Request::categories);
    let both = both.fold(Request::builder(), |builder, section| {
        builder.category(section.clone())
    });
    let matrix = Matrix::default().axis([action("read"), both.build(), action("write")]);
    let policy = r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="p" Version="1" RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides"><Target/><Rule RuleId="r" Effect="Permit"/></Policy>"#;
    let pdp = Pdp::from_xml(policy).expect("compiles");
    let grid = pdp.call().brief().decide_matrix(&matrix);
    let decisions: Vec<Decision> = grid.cells().iter().map(|cell| cell.decision).collect();
    let expected = [Decision::Permit, Decision::Indeterminate, Decision::Permit];
    assert_eq!(decisions, expected);
    // The same where the base has the category, too.
    let base = Request::builder().attribute(category::ACTION, "urn:of", "letters");
    let matrix = Matrix::new(base.build()).axis([action("read"), both_actions(), action("write")]);
    let grid = pdp.call().brief().decide_matrix(&matrix);
    let decisions: Vec<Decision> = grid.cells().iter().map(|cell| cell.decision).collect();
    assert_eq!(decisions, expected);
}

fn both_actions() -> Request {
    let [read, write] = ["read", "write"].map(|name| Request::builder().action(name).build());
    let builder = Request::builder().category(read.categories()[0].clone());
    builder.category(write.categories()[0].clone()).build()
}

#[test]
fn beyond_the_limit_nothing_is_decided() {
    let mut limits = vedtak::Limits::default();
    limits.decisions = 5;
    let policy = r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="p" Version="1" RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides"><Target/><Rule RuleId="r" Effect="Permit"/></Policy>"#;
    let pdp = Pdp::builder().limits(limits).policy("p.xml", policy);
    let pdp = pdp.build().expect("compiles");
    let numbers = |count: i64| (0..count).map(vedtak::value::Value::from);
    let matrix = Matrix::default()
        .subjects("urn:a", numbers(3))
        .resources("urn:b", numbers(2));
    let grid = pdp.decide_matrix(&matrix);
    assert!(!grid.is_complete());
    assert!(grid.cells().is_empty());
    let decision = |place: [usize; 2]| grid.at(place).expect("is inside").decision;
    assert_eq!(decision([0, 0]), Decision::Indeterminate);
    assert_eq!(decision([2, 1]), Decision::Indeterminate);
    assert_eq!(grid.refusal(), Some(&IndividualRequestError::TooMany(5)));
    let said = grid.at([2, 1]).and_then(|cell| cell.status.clone());
    let said = said.and_then(|status| status.message).unwrap_or_default();
    assert!(said.contains("more than 5 decisions"), "{said}");
    assert!(grid.at([3, 0]).is_none() && grid.at([0, 2]).is_none() && grid.at([0]).is_none());
    assert_eq!(grid, pollster::block_on(pdp.decide_matrix_async(&matrix)));

    // More cells than there are numbers.
    let huge = (0..9).fold(Matrix::default(), |matrix, axis| {
        matrix.resources(format!("urn:{axis}"), numbers(300))
    });
    assert_eq!(huge.len(), usize::MAX);
    let grid = pdp.call().brief().decide_matrix(&huge);
    assert!(grid.cells().is_empty());
    assert!(!grid.is_complete());
    let last = grid.at([299; 9]).expect("is inside");
    assert_eq!(last.decision, Decision::Indeterminate);

    let none = Matrix::default()
        .actions::<&str>([])
        .subjects("urn:a", ["a"]);
    assert!(none.is_empty());
    assert!(pdp.decide_matrix(&none).is_complete());
    let only = pdp.decide_matrix(&Matrix::default());
    assert_eq!(
        only.at([]).map(|cell| cell.decision),
        Some(Decision::Permit)
    );
}

/// What the base says of a category is put together with what an axis says of it for each cell, and
/// kept: not without end.
#[test]
fn cells_of_many_values_are_not_put_together_without_end() {
    let policy = r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="p" Version="1" RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides"><Target/><Rule RuleId="r" Effect="Permit"/></Policy>"#;
    let pdp = Pdp::from_xml(policy).expect("compiles");
    let many = AttributeBuilder::new(category::RESOURCE, "urn:many");
    let many = many.values((0..100_000).map(vedtak::value::Value::from));
    let matrix = Matrix::new(Request::builder().with(many).build());
    let ids = || (0..100).map(vedtak::value::Value::from);

    let grid = pdp.decide_matrix(&matrix.clone().resources("urn:id", ids()));
    assert!(!grid.is_complete());
    assert!(grid.cells().is_empty());
    let decision = |at| grid.at([at]).map(|cell| cell.decision);
    assert_eq!(decision(0), Some(Decision::Indeterminate));
    let few = (0..9).map(vedtak::value::Value::from);
    assert!(
        pdp.decide_matrix(&matrix.clone().resources("urn:id", few))
            .is_complete()
    );
    let said = grid.at([99]).and_then(|cell| cell.status.clone());
    let said = said.and_then(|status| status.message).unwrap_or_default();
    assert!(said.contains("more than 1000000 values"), "{said}");
    let later = pdp.decide_matrix_async(&matrix.clone().resources("urn:id", ids()));
    assert_eq!(grid, pollster::block_on(later));

    // What cells have in common is not put together.
    let others = matrix.subjects("urn:id", ids());
    assert!(pdp.decide_matrix(&others).is_complete());
}
