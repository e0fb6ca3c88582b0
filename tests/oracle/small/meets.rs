//! Whether a request is in a class of an answer, and what changes make of a request: said again,
//! without the analysis.

use vedtak::Request;
use vedtak::analysis::{
    Answer, Between, Change, DecisionChange, Question, Reply, Requirement, Sufficient, ValueTest,
};
use vedtak::attribute::Designator;
use vedtak::value::Value;

use super::{NAMES, attribute};

/// Whether an answer in JSON is the answer to a question; none if that is not found out here.
pub(super) fn is_answer(
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

pub(super) fn told(sets: &[Sufficient]) -> String {
    let sets = sets.iter().map(|set| {
        let changes = set.changes.iter().map(ToString::to_string);
        let rests_on = set.rests_on.iter().map(|of| format!("if {of}"));
        let all: Vec<String> = changes.chain(rests_on).collect();
        format!("{}: {}\n", set.cost, all.join("; "))
    });
    sets.collect()
}

/// The values that changes add and remove, one by one.
pub(super) fn items(changes: &[Change]) -> Vec<(&Designator, &Value, bool)> {
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
pub(super) fn with(request: &Request, changes: &[Change], subset: u32) -> Request {
    let mut builder = Request::builder();
    for name in NAMES {
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

/// The request with some of its attributes.
pub(super) fn only(request: &Request, is_kept: impl Fn(&Designator) -> bool) -> Request {
    let mut builder = Request::builder();
    for name in NAMES {
        let of = attribute(name);
        if is_kept(&of) {
            for value in request.values(&of.category, &of.id) {
                builder = builder.attribute(of.category.clone(), of.id.clone(), value.clone());
            }
        }
    }
    builder.build()
}

/// Checks that a requirement that a request meets says in words that there may be several values, or none,
/// where there are. Whether there are.
pub(super) fn check_words(requirement: &Requirement, request: &Request) -> bool {
    let Question::Value(of) = &requirement.question else {
        return false;
    };
    let text = requirement.to_string();
    let said: &[&str] = match request.values(&of.category, &of.id).count() {
        0 => &["absent", "if it is there", "one value at most"],
        1 => return false,
        _ => &["several values"],
    };
    let is_said = text.ends_with(" is there") || said.iter().any(|part| text.contains(part));
    assert!(is_said, "{text}\n{}", request.to_xml());
    true
}

/// How many values must be added or removed.
pub(super) fn distance(from: &Request, to: &Request) -> u64 {
    let count = NAMES.map(|name| {
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
pub(super) fn meets(change: &DecisionChange, request: &Request) -> Option<bool> {
    are_met(&change.requirements, request)
}

pub(super) fn are_met(requirements: &[Requirement], request: &Request) -> Option<bool> {
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
        Question::HasPassing(of, test) => {
            let found = values(of);
            let passes: Option<Vec<bool>> = found.iter().map(|value| passes(test, value)).collect();
            passes?.contains(&true)
        }
        Question::HasBetween(_, between) if *between == Between::default() => return None,
        Question::HasBetween(of, between) => {
            values(of).iter().any(|found| is_between(between, found))
        }
        _ => return None,
    };
    Some(holds == (requirement.reply == Reply::Is(Answer::Yes)))
}

/// Whether a value passes a test; none if the test is of another function.
fn passes(test: &ValueTest, value: &Value) -> Option<bool> {
    let (literal, value) = (test.literal.as_str()?, value.as_str()?);
    let (first, second) = match test.is_literal_first {
        true => (literal, value),
        false => (value, literal),
    };
    match test.function.rsplit(':').next()? {
        "string-starts-with" => Some(second.starts_with(first) != test.fails),
        _ => None,
    }
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
