//! Small policies over small domains: every answer about them against every request there is.

use std::collections::BTreeSet;
use std::fmt::Write;

use vedtak::analysis::{
    Analysis, Answer, Between, Change, Costs, DecisionChange, Idleness, Question, Reply,
    Requirement, Residual, ResidualPolicyError, Sufficient,
};
use vedtak::attribute::{Designator, category};
use vedtak::decision::ExtendedDecision;
use vedtak::value::{DataType, Value};
use vedtak::{Context, Decision, Pdp, Request};

use crate::choices::Noise;
use crate::searched::{self, Searched};

/// Each policy is asked all requests, some two hundred.
const POLICIES: u64 = 80;

#[test]
fn answers_hold_for_every_request() {
    let cases = crate::setting("VEDTAK_SMALL_POLICIES").unwrap_or(POLICIES);
    let seed = crate::setting("VEDTAK_ORACLE_SEED").unwrap_or(1);
    let requests = requests();
    let mut seen = Seen::default();
    for number in 0..cases {
        let mut dice = Dice(Noise(
            seed.wrapping_mul(0x1_0000_0001).wrapping_add(number << 16),
        ));
        let rules = rules(&mut dice);
        let head = head(&mut dice);
        let text = policy(&head, &rules);
        let pdp = Pdp::from_xml(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let is_single = dice.roll(2) == 0;
        let check = Check {
            pdp: &pdp,
            text: &text,
            requests: &requests,
            is_single,
        };
        check.residual(&mut seen);
        check.permitted(&mut seen);
        check.alternatives(&mut seen);
        searched::check(&pdp, &text, &mut seen.searched);
        check.enough(&mut dice, &mut seen);
        let mut changed = rules.clone();
        let place = dice.roll(changed.len());
        changed[place] = rule(&mut dice, place);
        check.difference(&policy(&head, &changed), &mut seen);
        check.idle_rules(&head, &rules, &mut seen);
    }
    println!("{seen:?}");
    assert!(
        seen.sets > cases / 2 && seen.changes > cases / 2 && seen.idle > cases / 20,
        "{seen:?}"
    );
    assert!(seen.policies > cases / 3, "{seen:?}");
    assert!(
        seen.always > 0 && seen.sometimes > 0 && seen.never > 0 && seen.classes > 0,
        "{seen:?}"
    );
    let Searched {
        results,
        finite,
        not_finite,
    } = seen.searched;
    assert!(results > 0 && finite > 0 && not_finite > 0, "{seen:?}");
}

#[derive(Debug, Default)]
struct Seen {
    sets: u64,
    classes: u64,
    changes: u64,
    idle: u64,
    policies: u64,
    always: u64,
    sometimes: u64,
    never: u64,
    searched: Searched,
}

struct Dice(Noise);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        u32::from_le_bytes(bytes) as usize % sides
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.roll(from.len())]
    }
}

const NAMESPACE: &str = "urn:oasis:names:tc:xacml:3.0:core:schema:wd-17";
const STRING: &str = "http://www.w3.org/2001/XMLSchema#string";
const INTEGER: &str = "http://www.w3.org/2001/XMLSchema#integer";

fn attribute(name: &str) -> Designator {
    match name {
        "role" => Designator::new(category::ACCESS_SUBJECT, "role", DataType::String),
        "action" => Designator::new(category::ACTION, "action", DataType::String),
        _ => Designator::new(category::ENVIRONMENT, "level", DataType::Integer),
    }
}

/// Every request of the domain.
fn requests() -> Vec<Request> {
    let roles: [&[&str]; 12] = [
        &[],
        &["a"],
        &["b"],
        &["A"],
        &["other"],
        &["a", "b"],
        &["a", "A"],
        &["a", "a"],
        &["b", "other"],
        &["other", "other"],
        &["A", "other"],
        &["a", "b", "other"],
    ];
    let actions: [&[&str]; 6] = [&[], &["r"], &["w"], &["x"], &["R"], &["r", "w"]];
    let levels: [&[i64]; 6] = [&[], &[0], &[1], &[2], &[5], &[0, 3]];
    let mut all = Vec::new();
    for roles in roles {
        for actions in actions {
            for levels in levels {
                let mut builder = Request::builder();
                for role in roles {
                    builder = builder.attribute(category::ACCESS_SUBJECT, "role", *role);
                }
                for action in actions {
                    builder = builder.attribute(category::ACTION, "action", *action);
                }
                for level in levels {
                    builder = builder.attribute(category::ENVIRONMENT, "level", *level);
                }
                all.push(builder.build());
            }
        }
    }
    all
}

fn designator(name: &str, must_be_present: bool) -> String {
    let attribute = attribute(name);
    let data_type = if name == "level" { INTEGER } else { STRING };
    format!(
        "<AttributeDesignator Category='{}' AttributeId='{name}' DataType='{data_type}' \
         MustBePresent='{must_be_present}'/>",
        attribute.category
    )
}

fn literal(name: &str, value: &str) -> String {
    let data_type = if name == "level" { INTEGER } else { STRING };
    format!("<AttributeValue DataType='{data_type}'>{value}</AttributeValue>")
}

fn of_1(name: &str) -> String {
    format!("urn:oasis:names:tc:xacml:1.0:function:{name}")
}

fn of_3(name: &str) -> String {
    format!("urn:oasis:names:tc:xacml:3.0:function:{name}")
}

fn value(dice: &mut Dice, name: &str) -> &'static str {
    match name {
        "role" => dice.pick(&["a", "b", "A"]),
        "action" => dice.pick(&["r", "w"]),
        _ => dice.pick(&["1", "2"]),
    }
}

fn a_match(dice: &mut Dice) -> String {
    let name = dice.pick(&["role", "role", "action", "level"]);
    let value = value(dice, name);
    let function = match name {
        "level" => of_1(dice.pick(&[
            "integer-equal",
            "integer-greater-than",
            "integer-less-than-or-equal",
        ])),
        _ => match dice.roll(6) {
            0 => of_3("string-equal-ignore-case"),
            1 => of_3("string-starts-with"),
            2 => of_1("string-regexp-match"),
            _ => of_1("string-equal"),
        },
    };
    let must_be_present = dice.roll(5) == 0;
    format!(
        "<Match MatchId='{function}'>{}{}</Match>",
        literal(name, value),
        designator(name, must_be_present)
    )
}

fn target(dice: &mut Dice) -> String {
    let mut text = "<Target>".to_owned();
    for _ in 0..dice.roll(3) {
        text.push_str("<AnyOf>");
        for _ in 0..=dice.roll(2) {
            text.push_str("<AllOf>");
            for _ in 0..=dice.roll(2) {
                text.push_str(&a_match(dice));
            }
            text.push_str("</AllOf>");
        }
        text.push_str("</AnyOf>");
    }
    text + "</Target>"
}

fn only(dice: &mut Dice, name: &str) -> String {
    let data_type = if name == "level" { "integer" } else { "string" };
    let must_be_present = dice.roll(2) == 0;
    format!(
        "<Apply FunctionId='{}'>{}</Apply>",
        of_1(&format!("{data_type}-one-and-only")),
        designator(name, must_be_present)
    )
}

fn condition(dice: &mut Dice, depth: usize) -> String {
    let apply = |function: String, arguments: String| {
        format!("<Apply FunctionId='{function}'>{arguments}</Apply>")
    };
    match dice.roll(if depth == 0 { 6 } else { 10 }) {
        0 => {
            let name = dice.pick(&["role", "action"]);
            let value = literal(name, value(dice, name));
            let only = match dice.roll(3) {
                0 => apply(of_1("string-normalize-to-lower-case"), only(dice, name)),
                _ => only(dice, name),
            };
            apply(of_1("string-equal"), only + &value)
        }
        1 => {
            let function = dice.pick(&[
                "integer-greater-than",
                "integer-less-than",
                "integer-greater-than-or-equal",
                "integer-equal",
            ]);
            let (level, value) = (only(dice, "level"), literal("level", value(dice, "level")));
            let arguments = if dice.roll(2) == 0 {
                level + &value
            } else {
                value + &level
            };
            apply(of_1(function), arguments)
        }
        2 => {
            let name = dice.pick(&["role", "action"]);
            let value = literal(name, value(dice, name));
            let must_be_present = dice.roll(4) == 0;
            apply(
                of_1("string-is-in"),
                value + &designator(name, must_be_present),
            )
        }
        3 => {
            let function =
                dice.pick(&["integer-equal", "integer-greater-than", "integer-less-than"]);
            let name = dice.pick(&["role", "action"]);
            let size = apply(of_1("string-bag-size"), designator(name, dice.roll(4) == 0));
            let value = literal("level", dice.pick(&["0", "1", "2"]));
            apply(of_1(function), size + &value)
        }
        4 => {
            let form = dice.pick(&["any-of", "all-of"]);
            let equal = dice
                .pick(&[of_1("string-equal"), of_3("string-starts-with")].each_ref())
                .clone();
            let function = format!("<Function FunctionId='{equal}'/>");
            let name = dice.pick(&["role", "action"]);
            let value = literal(name, value(dice, name));
            apply(
                of_3(form),
                function + &value + &designator(name, dice.roll(4) == 0),
            )
        }
        // No test of one attribute.
        5 => {
            let both = only(dice, "role") + &only(dice, "action");
            apply(of_1("string-equal"), both)
        }
        6 => apply(of_1("not"), condition(dice, depth - 1)),
        7 => {
            let parts = condition(dice, depth - 1) + &condition(dice, depth - 1);
            apply(of_1("and"), parts)
        }
        8 => {
            let parts = condition(dice, depth - 1) + &condition(dice, depth - 1);
            apply(of_1("or"), parts)
        }
        _ => {
            let parts = [(); 3].map(|()| condition(dice, depth - 1)).concat();
            apply(of_1("n-of"), literal("level", "2") + &parts)
        }
    }
}

fn rule(dice: &mut Dice, number: usize) -> String {
    let effect = dice.pick(&["Permit", "Permit", "Deny"]);
    let mut text = format!(
        "<Rule RuleId='rule{number}' Effect='{effect}'>{}",
        target(dice)
    );
    if dice.roll(2) == 0 {
        let _ = write!(text, "<Condition>{}</Condition>", condition(dice, 2));
    }
    if dice.roll(6) == 0 {
        let assignment = match dice.roll(2) {
            0 => String::new(),
            _ => format!(
                "<AttributeAssignmentExpression AttributeId='of'>{}</AttributeAssignmentExpression>",
                designator("role", dice.roll(2) == 0)
            ),
        };
        let _ = write!(
            text,
            "<ObligationExpressions><ObligationExpression ObligationId='duty{}' FulfillOn='{effect}'>\
             {assignment}</ObligationExpression></ObligationExpressions>",
            dice.roll(2),
        );
    }
    text + "</Rule>"
}

fn rules(dice: &mut Dice) -> Vec<String> {
    let count = 1 + dice.roll(4);
    (0..count).map(|number| rule(dice, number)).collect()
}

/// The algorithm and the target around the rules.
fn head(dice: &mut Dice) -> (String, String) {
    let algorithm = dice.pick(&[
        "3.0:rule-combining-algorithm:deny-overrides",
        "3.0:rule-combining-algorithm:permit-overrides",
        "3.0:rule-combining-algorithm:deny-unless-permit",
        "3.0:rule-combining-algorithm:permit-unless-deny",
        "1.0:rule-combining-algorithm:first-applicable",
        "1.0:rule-combining-algorithm:deny-overrides",
        "1.0:rule-combining-algorithm:permit-overrides",
    ]);
    let target = match dice.roll(3) {
        0 => target(dice),
        _ => "<Target/>".to_owned(),
    };
    (algorithm.to_owned(), target)
}

fn policy((algorithm, target): &(String, String), rules: &[String]) -> String {
    format!(
        "<Policy xmlns='{NAMESPACE}' PolicyId='small' Version='1.0' \
         RuleCombiningAlgId='urn:oasis:names:tc:xacml:{algorithm}'>{target}{}</Policy>",
        rules.concat()
    )
}

/// The ids of the obligations and the advice of a decision.
fn duties(pdp: &Pdp, request: &Request) -> [Vec<String>; 2] {
    let response = pdp.decide(request);
    let result = &response.results[0];
    let obligations = result.obligations.iter().map(|one| one.id.to_string());
    let advice = result.advice.iter().map(|one| one.id.to_string());
    let (mut obligations, mut advice): (Vec<_>, Vec<_>) = (obligations.collect(), advice.collect());
    obligations.sort_unstable();
    advice.sort_unstable();
    [obligations, advice]
}

/// Whether an answer in JSON is the answer to a question; none if that is not found out here.
fn is_answer(
    question: &serde_json::Value,
    answer: &serde_json::Value,
    request: &Request,
) -> Option<bool> {
    let attribute = &question["Attribute"];
    let values = request.values(
        attribute["Category"].as_str()?,
        attribute["AttributeId"].as_str()?,
    );
    let values: Vec<String> = values.map(Value::lexical).collect();
    let text = |of: &serde_json::Value, name: &str| of[name].as_str().map(str::to_owned);
    let is_between = |of: &serde_json::Value, value: &str| {
        let number = |text: String| text.parse::<i64>().expect("is a number");
        let value = number(value.to_owned());
        let after = text(of, "After").is_none_or(|bound| number(bound) < value);
        after && text(of, "Before").is_none_or(|bound| value < number(bound))
    };
    let is_bounded =
        |of: &serde_json::Value| text(of, "After").is_some() || text(of, "Before").is_some();
    let lower = |text: String| text.to_lowercase();
    Some(
        match (question["Kind"].as_str()?, answer["Kind"].as_str()?) {
            ("Value" | "Count", "None") => values.is_empty(),
            ("Value" | "Count", "Several") => values.len() > 1,
            ("Value", "Value") => values == [text(answer, "Value")?],
            ("Value", "ValueIgnoringCase") => match &values[..] {
                [only] => only.to_lowercase() == lower(text(answer, "Value")?),
                _ => false,
            },
            ("Value", "Between") if is_bounded(answer) => match &values[..] {
                [only] => is_between(answer, only),
                _ => false,
            },
            ("Has", "Yes") => values.contains(&text(question, "Value")?),
            ("HasIgnoringCase", "Yes") => {
                let wanted = lower(text(question, "Value")?);
                values.iter().any(|value| value.to_lowercase() == wanted)
            }
            ("HasBetween", "Yes") if is_bounded(question) => {
                values.iter().any(|value| is_between(question, value))
            }
            _ => return None,
        },
    )
}

struct Check<'c> {
    pdp: &'c Pdp,
    text: &'c str,
    requests: &'c [Request],
    /// The action is declared to have one value at most.
    is_single: bool,
}

fn has_one(request: &Request) -> bool {
    request.values(category::ACTION, "action").count() < 2
}

fn decided(pdp: &Pdp, request: &Request) -> ExtendedDecision {
    let mut context = Context::new();
    pdp.decide_with(&mut context, request).extended_decision()
}

impl Check<'_> {
    fn analysis<'p>(&self, pdp: &'p Pdp, request: &'p Request) -> Analysis<'p> {
        let is_single = self.is_single;
        let analysis = pdp.analysis(request).open(|_| true);
        analysis.single_valued(move |attribute| is_single && &*attribute.id == "action")
    }

    /// The requests that the declarations allow.
    fn allowed(&self) -> impl Iterator<Item = &Request> {
        let requests = self.requests.iter();
        requests.filter(|request| !self.is_single || has_one(request))
    }

    fn residual(&self, seen: &mut Seen) {
        let nothing = Request::default();
        let residual = self
            .analysis(self.pdp, &nothing)
            .residual()
            .expect("is small");
        for request in self.allowed() {
            let decided = decided(self.pdp, request);
            if let Some(followed) = residual.decide(request) {
                assert_eq!(
                    followed, decided,
                    "{}\n{request:?}\n{residual:#?}",
                    self.text
                );
            }
            // What is known earlier makes no difference.
            let known = residual.given(request, |attribute| &*attribute.id == "role");
            if let Some(followed) = known.decide(request) {
                assert_eq!(followed, decided, "{}\n{request:?}\n{known:#?}", self.text);
            }
        }
        self.residual_as_policy(&residual, seen);
        self.residual_as_json(&residual);
    }

    /// The residual as a policy decides as the policies do, with their obligations.
    fn residual_as_policy(&self, residual: &Residual, seen: &mut Seen) {
        let policy = match residual.to_policy("rest", 100_000) {
            Ok(policy) => policy,
            Err(ResidualPolicyError::Whole { .. } | ResidualPolicyError::Assignments(_)) => return,
            Err(error) => panic!("{error}\n{}", self.text),
        };
        let shown = || format!("{}\n{}", self.text, policy.to_xml());
        let rest = Pdp::builder().document(policy.clone()).build();
        let rest = rest.unwrap_or_else(|error| panic!("{error}\n{}", shown()));
        seen.policies += 1;
        for request in self.allowed() {
            let told = decided(&rest, request);
            assert_eq!(told, decided(self.pdp, request), "{request:?}\n{}", shown());
            let duties = [self.pdp, &rest].map(|pdp| duties(pdp, request));
            assert_eq!(duties[0], duties[1], "{request:?}\n{}", shown());
        }
    }

    /// Whoever follows the residual as JSON comes to the decision.
    fn residual_as_json(&self, residual: &Residual) {
        let json: serde_json::Value = serde_json::from_str(&residual.to_json()).expect("is JSON");
        let nodes = json["Nodes"].as_array().expect("is an array");
        assert_eq!(nodes.len(), residual.size());
        for request in self.allowed() {
            let mut node = nodes.last().expect("is there");
            let followed = loop {
                let Some(otherwise) = node["Otherwise"].as_u64() else {
                    break Some(node["Decision"].as_str().expect("is an end"));
                };
                let answers = node["Answers"].as_array().expect("is an array").iter();
                let mut to = otherwise;
                let mut is_known = true;
                for answer in answers {
                    match is_answer(&node["Question"], answer, request) {
                        Some(true) => to = answer["To"].as_u64().expect("is a place"),
                        Some(false) => {}
                        None => is_known = false,
                    }
                }
                if !is_known {
                    break None;
                }
                node = &nodes[to as usize];
            };
            let decided = match decided(self.pdp, request) {
                ExtendedDecision::IndeterminateP => "Indeterminate{P}",
                ExtendedDecision::IndeterminateD => "Indeterminate{D}",
                ExtendedDecision::IndeterminateDP => "Indeterminate{DP}",
                ExtendedDecision::Permit => "Permit",
                ExtendedDecision::Deny => "Deny",
                ExtendedDecision::NotApplicable => "NotApplicable",
            };
            if let Some(followed) = followed {
                assert_eq!(followed, decided, "{request:?}\n{json:#}\n{}", self.text);
            }
        }
    }

    fn permitted(&self, seen: &mut Seen) {
        let nothing = Request::default();
        let residual = self
            .analysis(self.pdp, &nothing)
            .residual()
            .expect("is small");
        let permitted = residual
            .permitted(&attribute("action"), 1_000_000)
            .expect("is small");
        seen.always += permitted.always.len() as u64;
        seen.sometimes += permitted.sometimes.len() as u64;
        seen.never += permitted.never.len() as u64;
        let named = |action: &str| {
            let is = |answer: &Answer| {
                *answer == Answer::Value(action.into())
                    || matches!(answer, Answer::ValueIgnoringCase(value)
                        if value.as_str().is_some_and(|text| text.eq_ignore_ascii_case(action)))
            };
            let any = |answer: &Answer| matches!(answer, Answer::Between(_));
            let sometimes: Vec<Answer> = permitted
                .sometimes
                .iter()
                .map(|(answer, _)| answer.clone())
                .collect();
            let all = [&permitted.always, &sometimes, &permitted.never];
            let found = all.iter().position(|answers| answers.iter().any(is));
            found.or_else(|| all.iter().position(|answers| answers.iter().any(any)))
        };
        for action in ["r", "w", "x"] {
            let of_action = self.requests.iter().filter(|request| {
                let values: Vec<&Value> = request.values(category::ACTION, "action").collect();
                values == [&Value::from(action)]
            });
            let permits: Vec<bool> = of_action
                .map(|request| decided(self.pdp, request) == ExtendedDecision::Permit)
                .collect();
            let (all, some) = (permits.iter().all(|p| *p), permits.iter().any(|p| *p));
            match named(action) {
                Some(0) => assert!(all, "{action} is not always permitted\n{}", self.text),
                Some(1) => {}
                _ => assert!(!some, "{action} is permitted sometimes\n{}", self.text),
            }
        }
    }

    /// The classes are all requests that get a decision, and no others.
    fn alternatives(&self, seen: &mut Seen) {
        let nothing = Request::default();
        let residual = self.analysis(self.pdp, &nothing).residual();
        let residual = residual.expect("is small");
        for decision in [Decision::Permit, Decision::Deny] {
            let classes = residual.alternatives(decision, usize::MAX, 1_000_000);
            let classes = classes.expect("is small");
            for request in self.allowed() {
                let met: Vec<Option<bool>> = classes
                    .iter()
                    .map(|class| are_met(class, request))
                    .collect();
                let is = match met.contains(&Some(true)) {
                    true => true,
                    false if met.contains(&None) => continue,
                    false => false,
                };
                seen.classes += 1;
                let decided = self.pdp.decide(request).decision();
                assert_eq!(
                    decided == decision,
                    is,
                    "{decision}\n{}\n{}\n{classes:#?}",
                    self.text,
                    request.to_xml()
                );
            }
        }
    }

    fn enough(&self, dice: &mut Dice, seen: &mut Seen) {
        for _ in 0..6 {
            let request = &self.requests[dice.roll(self.requests.len())];
            if self.is_single && !has_one(request) {
                continue;
            }
            let analysis = self.analysis(self.pdp, request);
            let enough = analysis.enough(Costs::default(), 20).expect("is small");
            assert_eq!(enough.decision, self.pdp.decide(request).decision());
            let certain = enough.sets.iter().filter(|set| set.rests_on.is_empty());
            for set in certain.clone() {
                seen.sets += 1;
                let subsets = 1_u32 << items(&set.changes).len();
                for subset in 0..subsets {
                    let changed = with(request, &set.changes, subset);
                    if self.is_single && !has_one(&changed) {
                        continue;
                    }
                    let permits = self.pdp.decide(&changed).decision() == Decision::Permit;
                    assert_eq!(
                        permits,
                        subset == subsets - 1,
                        "{}\n{}\n{}{}",
                        self.text,
                        request.to_xml(),
                        told(&enough.sets),
                        changed.to_xml()
                    );
                }
            }
            // A Permit of the domain that costs less than the first set was not found.
            let cheapest = certain.clone().map(|set| set.cost).min();
            let rests =
                !enough.is_complete || enough.sets.iter().any(|set| !set.rests_on.is_empty());
            for other in self.allowed() {
                if rests || self.pdp.decide(other).decision() != Decision::Permit {
                    continue;
                }
                let cost = distance(request, other);
                let is_found = cheapest.is_some_and(|cheapest| cheapest <= cost);
                assert!(
                    is_found,
                    "{}\n{request:?}\nis nearer: {other:?} costs {cost}\n{enough:#?}",
                    self.text
                );
            }
        }
    }

    fn difference(&self, changed: &str, seen: &mut Seen) {
        let after = Pdp::from_xml(changed).unwrap_or_else(|error| panic!("{error}\n{changed}"));
        let nothing = Request::default();
        let before = self.analysis(self.pdp, &nothing);
        let difference = before.difference(&self.analysis(&after, &nothing), 100_000);
        let difference = difference.expect("is small");
        assert!(difference.is_complete);
        seen.changes += difference.changes.len() as u64;
        let show = || {
            let changes = difference
                .changes
                .iter()
                .map(|change| format!("{change}\n"));
            format!("{}\n{changed}\n{}", self.text, changes.collect::<String>())
        };
        for change in &difference.changes {
            let Some(witness) = &change.witness else {
                let is_whole = |of: &Requirement| {
                    matches!(
                        of.question,
                        Question::Whole { .. } | Question::HasPassing(..)
                    )
                };
                assert!(
                    change.requirements.iter().any(is_whole),
                    "no witness\n{change:#?}{}",
                    show()
                );
                continue;
            };
            let decisions = [self.pdp, &after].map(|pdp| pdp.decide(witness).decision());
            assert_eq!(
                decisions,
                [change.before.decision, change.after.decision],
                "{}",
                show()
            );
            assert_ne!(
                meets(change, witness),
                Some(false),
                "{change:#?}\n{}",
                show()
            );
        }
        for request in self.allowed() {
            let [first, second] = [self.pdp, &after].map(|pdp| pdp.decide(request));
            let differs = first.decision() != second.decision();
            let met = difference
                .changes
                .iter()
                .map(|change| (change, meets(change, request)));
            let met: Vec<_> = met.filter(|(_, met)| *met != Some(false)).collect();
            let is_uncertain = met.iter().any(|(_, met)| met.is_none());
            if differs && !is_uncertain {
                let decisions = (first.decision(), second.decision());
                assert_eq!(
                    met.len(),
                    1,
                    "{decisions:?} {}\n{}",
                    request.to_xml(),
                    show()
                );
            }
            for (change, met) in met {
                if met == Some(true) {
                    let decisions = [first.decision(), second.decision()];
                    let told = [change.before.decision, change.after.decision];
                    assert_eq!(decisions, told, "{request:?}\n{}", show());
                }
            }
        }
    }

    fn idle_rules(&self, head: &(String, String), rules: &[String], seen: &mut Seen) {
        let nothing = Request::default();
        let idle = self
            .analysis(self.pdp, &nothing)
            .idle_rules()
            .expect("is small");
        assert!(idle.left_out.is_empty());
        for found in &idle.rules {
            seen.idle += 1;
            let place = rules
                .iter()
                .position(|rule| rule.contains(&format!("'{}'", found.rule)));
            let mut fewer = rules.to_vec();
            fewer.remove(place.expect("is one of them"));
            let without = Pdp::from_xml(policy(head, &fewer)).expect("is a policy");
            for request in self.allowed() {
                let mut contexts = [Context::new(), Context::new()];
                let [first, second] = &mut contexts;
                let with = self.pdp.decide_with(first, request);
                let outcome = without.decide_with(second, request);
                assert_eq!(
                    with.decision(),
                    outcome.decision(),
                    "{found:?}\n{}",
                    self.text
                );
                let decides = with.rules().any(|rule| *rule.rule == *found.rule);
                assert!(
                    !decides || found.why == Idleness::Redundant,
                    "{found:?} decides {request:?}\n{}",
                    self.text
                );
            }
        }
    }
}

fn told(sets: &[Sufficient]) -> String {
    let sets = sets.iter().map(|set| {
        let changes = set.changes.iter().map(ToString::to_string);
        let rests_on = set.rests_on.iter().map(|of| format!("if {of}"));
        let all: Vec<String> = changes.chain(rests_on).collect();
        format!("{}: {}\n", set.cost, all.join("; "))
    });
    sets.collect()
}

/// The values that changes add and remove, one by one.
fn items(changes: &[Change]) -> Vec<(&Designator, &Value, bool)> {
    let all = changes.iter();
    let all = all.flat_map(|change| {
        let add = change
            .add
            .iter()
            .map(|value| (&change.attribute, value, true));
        let remove = change
            .remove
            .iter()
            .map(|value| (&change.attribute, value, false));
        add.chain(remove)
    });
    all.collect()
}

/// The request with some of the changes, by their bits.
fn with(request: &Request, changes: &[Change], subset: u32) -> Request {
    let mut builder = Request::builder();
    for name in ["role", "action", "level"] {
        let attribute = attribute(name);
        let values = request.values(&attribute.category, &attribute.id);
        let mut values: Vec<Value> = values.cloned().collect();
        for (place, (of, value, is_added)) in items(changes).into_iter().enumerate() {
            if *of != attribute || subset & (1 << place) == 0 {
                continue;
            }
            match is_added {
                true => values.push(value.clone()),
                false => {
                    let at = values.iter().position(|other| other == value);
                    values.remove(at.expect("is there to be removed"));
                }
            }
        }
        for value in values {
            builder = builder.attribute(attribute.category.clone(), attribute.id.clone(), value);
        }
    }
    builder.build()
}

/// How many values must be added or removed.
fn distance(from: &Request, to: &Request) -> u64 {
    let names = ["role", "action", "level"];
    let count = names.map(|name| {
        let attribute = attribute(name);
        let values = |of: &Request| -> Vec<Value> {
            of.values(&attribute.category, &attribute.id)
                .cloned()
                .collect()
        };
        let (mut before, mut after) = (values(from), values(to));
        before.retain(
            |value| match after.iter().position(|other| other == value) {
                Some(place) => {
                    after.remove(place);
                    false
                }
                None => true,
            },
        );
        before.len() + after.len()
    });
    count.iter().sum::<usize>() as u64
}

/// Whether a request meets the requirements of a class; none if that depends on a test that is not
/// carried out here.
fn meets(change: &DecisionChange, request: &Request) -> Option<bool> {
    are_met(&change.requirements, request)
}

fn are_met(requirements: &[Requirement], request: &Request) -> Option<bool> {
    let met: Vec<Option<bool>> = requirements
        .iter()
        .map(|requirement| is_met(requirement, request))
        .collect();
    match met.contains(&Some(false)) {
        true => Some(false),
        false => met.into_iter().collect::<Option<Vec<bool>>>().map(|_| true),
    }
}

fn is_met(requirement: &Requirement, request: &Request) -> Option<bool> {
    let values =
        |of: &Designator| -> Vec<Value> { request.values(&of.category, &of.id).cloned().collect() };
    let answers = |values: &[Value], answer: &Answer| match (answer, values) {
        (Answer::None, values) => values.is_empty(),
        (Answer::Several, values) => values.len() > 1,
        (Answer::Value(value), [only]) => value == only,
        (Answer::ValueIgnoringCase(value), [only]) => is_folded(value, only),
        (Answer::Between(between), [only]) => is_between(between, only),
        _ => false,
    };
    let holds = match &requirement.question {
        Question::Value(of) | Question::Count(of) => {
            let values = values(of);
            return Some(match &requirement.reply {
                Reply::Is(answer) => answers(&values, answer),
                Reply::IsOneOf(some) => some.iter().any(|answer| answers(&values, answer)),
                Reply::IsNot(others) => !others.iter().any(|answer| answers(&values, answer)),
            });
        }
        Question::Has(of, value) => values(of).contains(value),
        Question::HasIgnoringCase(of, value) => {
            values(of).iter().any(|found| is_folded(value, found))
        }
        Question::HasOneOf(of, some) => {
            let rest = Answer::Between(Between::default());
            if some.contains(&rest) {
                return None;
            }
            let found = values(of);
            let mut found = found.iter();
            found.any(|found| {
                some.iter()
                    .any(|answer| answers(std::slice::from_ref(found), answer))
            })
        }
        Question::HasBetween(_, between) if *between == Between::default() => return None,
        Question::HasBetween(of, between) => {
            values(of).iter().any(|found| is_between(between, found))
        }
        _ => return None,
    };
    Some(holds == (requirement.reply == Reply::Is(Answer::Yes)))
}

fn is_folded(value: &Value, found: &Value) -> bool {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_lowercase();
    text(value) == text(found)
}

fn is_between(between: &Between, found: &Value) -> bool {
    let number = |value: &Value| value.as_integer().and_then(|number| number.as_i64());
    let after = between.after.as_ref().is_none_or(|after| {
        number(after) < number(found) || between.with_after && number(after) == number(found)
    });
    after
        && between.before.as_ref().is_none_or(|before| {
            number(found) < number(before) || between.with_before && number(found) == number(before)
        })
}

/// Every attribute is in the domain.
#[test]
fn the_domain_has_every_class() {
    let levels: BTreeSet<usize> = requests()
        .iter()
        .map(|request| request.values(category::ENVIRONMENT, "level").count())
        .collect();
    assert_eq!(levels, BTreeSet::from([0, 1, 2]));
}
