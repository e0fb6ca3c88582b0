//! The documents that a condition of SQL finds are those that are permitted, for random policies, in
//! SQLite and in PostgreSQL.

mod postgres;

use std::fmt::Write;

use postgres::Server;
use vedtak::analysis::SqlError;
use vedtak::attribute::category;
use vedtak::{Pdp, Request};
use vedtak_sql::documents::{Documents, POLICY, attribute, permitted};

const USER: &str = "user-17";

/// A number of the environment.
fn setting(name: &str, usual: i64) -> i64 {
    let set = std::env::var(name).ok();
    set.map_or(usual, |set| set.parse().expect("is a number"))
}

/// A million with `VEDTAK_SQL_ROWS=1000000`.
#[tokio::test]
async fn sqlite_finds_what_the_decisions_permit() {
    find_what_is_permitted("sqlite::memory:", 120).await;
}

#[tokio::test]
async fn postgresql_finds_what_the_decisions_permit() {
    if let Some(server) = Server::start() {
        find_what_is_permitted(&server.url(), 40).await;
    }
}

async fn find_what_is_permitted(url: &str, policies: i64) {
    let rows = setting("VEDTAK_SQL_ROWS", 20_000);
    let documents = Documents::make(url, rows).await.expect("they are made");
    let requests = documents.requests(USER).await.expect("they are read");
    assert_eq!(requests.len() as i64, rows);
    let count = compare(&documents, &requests, POLICY, true)
        .await
        .expect("is said");
    assert!(count > 0 && count < requests.len(), "{count}");

    // All that the rows tell apart is among the first, whose columns have no common period.
    let some = 2_000.min(rows);
    let documents = Documents::make(url, some).await.expect("they are made");
    let requests = documents.requests(USER).await.expect("they are read");
    let policies = setting("VEDTAK_SQL_POLICIES", policies);
    let (mut said, mut mixed) = (0, 0);
    for seed in 1..=policies {
        let mut dice = Dice(seed as u64);
        let policy = policy(&mut dice);
        let is_single = dice.roll(2) == 0;
        let count = compare(&documents, &requests, &policy, is_single).await;
        if let Some(count) = count {
            said += 1;
            mixed += i64::from(count > 0 && count < requests.len());
        }
    }
    println!("{said} policies are conditions, {mixed} of which permit some");
    assert!(
        said > policies / 2 && mixed > policies / 8,
        "{said} {mixed}"
    );
}

/// Compares what a database finds with the decisions, and returns how many are permitted; none if
/// it tests more than one attribute at once, or its condition would be too large.
async fn compare(
    documents: &Documents,
    requests: &[(i64, Request)],
    policy: &str,
    is_single: bool,
) -> Option<usize> {
    let pdp = Pdp::from_xml(policy).unwrap_or_else(|error| panic!("{error}\n{policy}"));
    let known = Request::builder()
        .subject("user", USER)
        .action("read")
        .build();
    let analysis = pdp.analysis(&known).open_category(category::RESOURCE);
    let analysis = match is_single {
        true => analysis.single_valued(|attribute| &*attribute.id != "label"),
        false => analysis,
    };
    let residual = analysis.residual().expect("is small");
    let condition = match residual.to_sql(&documents.mapping(), 5_000) {
        Ok(condition) => condition,
        Err(SqlError::Whole { .. } | SqlError::TooLarge) => return None,
        Err(error) => panic!("{error}\n{policy}"),
    };
    let expected = permitted(&pdp, requests);
    let text = &condition.text;
    let found = documents.matching(&condition).await;
    let found = found.unwrap_or_else(|error| panic!("{error}\n{text}"));
    let wrong = found.iter().find(|id| !expected.contains(id));
    assert!(
        found == expected,
        "{wrong:?}\n{policy}\n{condition:#?}\n{residual:#?}"
    );
    // It is False where it is not True, and never NULL.
    let mut opposite = condition.clone();
    opposite.text = format!("NOT {text}");
    let others = documents.matching(&opposite).await;
    let others = others.unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(
        found.len() + others.len(),
        requests.len(),
        "{policy}\n{condition:#?}"
    );
    Some(found.len())
}

/// Numbers that depend on a seed alone.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        // The generator splitmix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) as usize % sides
    }

    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        from[self.roll(from.len())]
    }
}

fn function(name: &str) -> String {
    let version = match name {
        "string-equal-ignore-case"
        | "string-starts-with"
        | "string-ends-with"
        | "string-contains"
        | "any-of"
        | "all-of" => "3.0",
        _ => "1.0",
    };
    format!("urn:oasis:names:tc:xacml:{version}:function:{name}")
}

fn name(dice: &mut Dice) -> &'static str {
    dice.pick(&[
        "owner", "state", "state", "level", "level", "public", "label", "label", "label", "folder",
    ])
}

fn literal(dice: &mut Dice, name: &str) -> String {
    let value = match name {
        "level" => dice.pick(&["-4", "-2", "-1", "0", "1", "3", "7"]),
        "public" => dice.pick(&["true", "false"]),
        "owner" => dice.pick(&["user-17", "user-1", "user-5", "USER-17"]),
        "state" => dice.pick(&[
            "final",
            "FINAL",
            "sketch",
            "",
            "draft",
            "fi\u{f1}al",
            "etch",
        ]),
        "label" => dice.pick(&["secret", "Secret", "old", "oslo", "o"]),
        _ => "anything",
    };
    value_of(name, value)
}

fn value_of(name: &str, value: &str) -> String {
    let data_type = attribute(name).data_type.uri();
    format!("<AttributeValue DataType='{data_type}'>{value}</AttributeValue>")
}

fn designator(dice: &mut Dice, name: &str) -> String {
    let attribute = attribute(name);
    format!(
        "<AttributeDesignator Category='{}' AttributeId='{name}' DataType='{}' \
         MustBePresent='{}'/>",
        attribute.category,
        attribute.data_type.uri(),
        dice.roll(4) == 0
    )
}

fn type_of(name: &str) -> &'static str {
    match name {
        "level" => "integer",
        "public" => "boolean",
        _ => "string",
    }
}

/// A function of a literal and a value.
fn test(dice: &mut Dice, name: &str) -> (String, String) {
    let (chosen, value) = match name {
        "level" => (
            dice.pick(&[
                "integer-equal",
                "integer-greater-than",
                "integer-less-than-or-equal",
                "integer-less-than",
                "integer-greater-than-or-equal",
            ]),
            literal(dice, name),
        ),
        "public" => ("boolean-equal", literal(dice, name)),
        _ => {
            let chosen = dice.pick(&[
                "string-equal",
                "string-equal",
                "string-equal-ignore-case",
                "string-equal-ignore-case",
                "string-starts-with",
                "string-ends-with",
                "string-contains",
                "string-greater-than",
            ]);
            let value = match chosen {
                // What is not of ASCII cannot be said.
                "string-equal-ignore-case" => {
                    let value = dice.pick(&["final", "sKetch", "secret", "OLD", "User-17"]);
                    value_of(name, value)
                }
                _ => literal(dice, name),
            };
            (chosen, value)
        }
    };
    (function(chosen), value)
}

fn target(dice: &mut Dice) -> String {
    let mut text = "<Target>".to_owned();
    for _ in 0..dice.roll(3) {
        text.push_str("<AnyOf>");
        for _ in 0..=dice.roll(2) {
            text.push_str("<AllOf>");
            for _ in 0..=dice.roll(2) {
                let name = name(dice);
                let (function, value) = test(dice, name);
                let designator = designator(dice, name);
                let _ = write!(
                    text,
                    "<Match MatchId='{function}'>{value}{designator}</Match>"
                );
            }
            text.push_str("</AllOf>");
        }
        text.push_str("</AnyOf>");
    }
    text + "</Target>"
}

fn apply(name: &str, arguments: &str) -> String {
    let id = function(name);
    format!("<Apply FunctionId='{id}'>{arguments}</Apply>")
}

fn condition(dice: &mut Dice, depth: usize) -> String {
    let name = name(dice);
    let data_type = type_of(name);
    let bag = designator(dice, name);
    match dice.roll(if depth == 0 { 5 } else { 8 }) {
        0 | 1 => {
            let (id, value) = test(dice, name);
            let only = apply(&format!("{data_type}-one-and-only"), &bag);
            format!("<Apply FunctionId='{id}'>{value}{only}</Apply>")
        }
        2 => {
            let value = literal(dice, name);
            apply(&format!("{data_type}-is-in"), &(value + &bag))
        }
        3 => {
            let size = apply(&format!("{data_type}-bag-size"), &bag);
            let compare =
                dice.pick(&["integer-equal", "integer-greater-than", "integer-less-than"]);
            let number = dice.pick(&["0", "1", "2"]);
            apply(compare, &(size + &value_of("level", number)))
        }
        4 => {
            let form = dice.pick(&["any-of", "all-of"]);
            let (id, value) = test(dice, name);
            let function = format!("<Function FunctionId='{id}'/>");
            apply(form, &(function + &value + &bag))
        }
        5 => apply("not", &condition(dice, depth - 1)),
        6 => {
            let both = condition(dice, depth - 1) + &condition(dice, depth - 1);
            apply("and", &both)
        }
        _ => {
            let both = condition(dice, depth - 1) + &condition(dice, depth - 1);
            apply("or", &both)
        }
    }
}

fn policy(dice: &mut Dice) -> String {
    let algorithm = dice.pick(&[
        "deny-overrides",
        "permit-overrides",
        "deny-unless-permit",
        "permit-unless-deny",
    ]);
    let mut text = format!(
        "<Policy xmlns='urn:oasis:names:tc:xacml:3.0:core:schema:wd-17' PolicyId='random' \
         Version='1.0' RuleCombiningAlgId='urn:oasis:names:tc:xacml:3.0:\
         rule-combining-algorithm:{algorithm}'>{}",
        target(dice)
    );
    for number in 0..=dice.roll(4) {
        let effect = dice.pick(&["Permit", "Permit", "Deny"]);
        let _ = write!(
            text,
            "<Rule RuleId='rule{number}' Effect='{effect}'>{}",
            target(dice)
        );
        if dice.roll(2) == 0 {
            let _ = write!(text, "<Condition>{}</Condition>", condition(dice, 2));
        }
        text.push_str("</Rule>");
    }
    text + "</Policy>"
}
