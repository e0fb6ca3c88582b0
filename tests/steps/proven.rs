//! Rules whose targets are nothing but texts of which one suffices: the index knows that they match,
//! and they decide as rules do whose targets are evaluated.

use std::fmt::Write as _;

use crate::generate::Dice;
use crate::{Told, told};
use vedtak::attribute::{Designator, category};
use vedtak::decision::ExtendedDecision;
use vedtak::provider::{AttributeProvider, Fetched, ProviderError, SharedValues};
use vedtak::request::AttributeBuilder;
use vedtak::value::Value;
use vedtak::{Context, Pdp, Request};

const ATTRIBUTES: [(&str, &str); 4] = [
    ("role", category::ACCESS_SUBJECT),
    ("package", category::ACCESS_SUBJECT),
    ("resource", category::RESOURCE),
    ("action", category::ACTION),
];
const ALGORITHMS: [&str; 4] = [
    "3.0:rule-combining-algorithm:deny-overrides",
    "3.0:rule-combining-algorithm:permit-overrides",
    "3.0:rule-combining-algorithm:deny-unless-permit",
    "1.0:rule-combining-algorithm:first-applicable",
];
/// The texts of each attribute, in two spellings.
const TEXTS: usize = 8;

fn text(dice: &mut Dice, attribute: &str) -> String {
    let number = dice.below(TEXTS);
    match dice.below(4) {
        0 => format!("{}-{number}", attribute.to_uppercase()),
        _ => format!("{attribute}-{number}"),
    }
}

/// A test of one of these attributes.
fn test(dice: &mut Dice, of: &[usize]) -> String {
    let (id, category) = ATTRIBUTES[of[dice.below(of.len())]];
    let function = match dice.below(30) {
        0 => "1.0:function:string-greater-than",
        1..=4 => "1.0:function:string-equal",
        _ => "3.0:function:string-equal-ignore-case",
    };
    let must_be_present = dice.below(60) == 0;
    let text = text(dice, id);
    format!(
        r#"<Match MatchId="urn:oasis:names:tc:xacml:{function}">
        <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#string">{text}</AttributeValue>
        <AttributeDesignator Category="{category}" AttributeId="{id}" MustBePresent="{must_be_present}"
            DataType="http://www.w3.org/2001/XMLSchema#string"/></Match>"#
    )
}

/// That an attribute has a text, for the index to find the rule by.
fn condition(dice: &mut Dice) -> String {
    let (id, category) = ATTRIBUTES[dice.below(4)];
    let text = text(dice, id);
    format!(
        r#"<Condition><Apply FunctionId="urn:oasis:names:tc:xacml:1.0:function:string-is-in">
        <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#string">{text}</AttributeValue>
        <AttributeDesignator Category="{category}" AttributeId="{id}" MustBePresent="false"
            DataType="http://www.w3.org/2001/XMLSchema#string"/></Apply></Condition>"#
    )
}

fn policy(dice: &mut Dice) -> String {
    let algorithm = ALGORITHMS[dice.below(4)];
    let mut rules = String::new();
    for rule in 0..3 + dice.below(12) {
        let effect = if dice.below(5) == 0 { "Deny" } else { "Permit" };
        let _ = write!(
            rules,
            r#"<Rule RuleId="r{rule}" Effect="{effect}"><Target>"#
        );
        for asked in 0..3 {
            // Mostly who asks, the resource and the action, each by itself.
            let of: &[usize] = match (dice.below(12), asked) {
                (0, _) => &[0, 1, 2, 3],
                (1..=3, _) => continue,
                (_, 0) => &[0, 1],
                (_, 1) => &[2],
                (_, _) => &[3],
            };
            rules += "<AnyOf>";
            for _ in 0..1 + dice.below(6) {
                let both = if dice.below(25) == 0 {
                    test(dice, of)
                } else {
                    String::new()
                };
                let _ = write!(rules, "<AllOf>{}{both}</AllOf>", test(dice, of));
            }
            rules += "</AnyOf>";
        }
        rules += "</Target>";
        if dice.below(6) == 0 {
            rules += &condition(dice);
        }
        let _ = write!(
            rules,
            r#"<ObligationExpressions><ObligationExpression ObligationId="o{rule}"
            FulfillOn="{effect}"/></ObligationExpressions></Rule>"#
        );
    }
    format!(
        r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="p" Version="1"
        RuleCombiningAlgId="urn:oasis:names:tc:xacml:{algorithm}"><Target/>{rules}</Policy>"#
    )
}

/// Supplies the roles, perhaps many, perhaps with an index of their own.
struct Roles {
    values: Vec<Value>,
    are_shared: bool,
    fails: bool,
}

impl AttributeProvider for Roles {
    fn name(&self) -> &str {
        "roles"
    }

    fn supplies(&self, wanted: &Designator) -> bool {
        &*wanted.id == "role"
    }

    fn fetch(&self, _: &Designator, _: &Request) -> Result<Fetched, ProviderError> {
        match (self.fails, self.are_shared) {
            (true, _) => Err(ProviderError::new("it is out of order")),
            (_, true) => Ok(SharedValues::new(self.values.iter().cloned()).into()),
            (_, false) => Ok(self.values.clone().into()),
        }
    }
}

fn request(dice: &mut Dice) -> Request {
    let mut builder = Request::builder();
    for (id, category) in ATTRIBUTES {
        let count = match id {
            "role" if dice.below(3) > 0 => 0,
            "role" | "package" => dice.below(14),
            _ => dice.below(6) / 2,
        };
        if count > 0 {
            let values = (0..count).map(|_| text(dice, id));
            builder = builder.with(AttributeBuilder::new(category, id).values(values));
        }
    }
    builder.build()
}

#[test]
fn targets_that_are_known_to_match_need_no_evaluation() {
    let mut permits = 0;
    let mut context = Context::new();
    for number in 0..1_500 {
        let dice = &mut Dice(number << 20 | 77);
        let written = policy(dice);
        let (count, are_shared, fails) = (dice.below(24), dice.below(2) == 0, dice.below(12) == 0);
        let values: Vec<Value> = (0..count).map(|_| text(dice, "role").into()).collect();
        let pdps = [false, true].map(|index| {
            let values = values.clone();
            let roles = Roles {
                values,
                are_shared,
                fails,
            };
            let builder = Pdp::builder().policy("p.xml", &written).provider(roles);
            builder
                .optimizations(true, index)
                .build()
                .expect("it compiles")
        });
        for _ in 0..12 {
            let request = request(dice);
            let [plain, indexed]: [Told; 2] = pdps
                .each_ref()
                .map(|pdp| told(&pdp.decide_with(&mut context, &request)));
            assert_eq!(plain, indexed, "{number}\n{written}\n{}", request.to_xml());
            permits += usize::from(plain.0 == ExtendedDecision::Permit && plain.2.len() > 1);
        }
    }
    assert!(permits > 500, "several rules apply often: {permits}");
}
