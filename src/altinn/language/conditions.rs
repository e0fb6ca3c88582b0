//! Requirements that the analysis of a policy leaves → words in a language.

use std::fmt;

use super::{Language, Say, Words, texts};
use crate::altinn::clock::told;
use crate::altinn::id;
use crate::analysis::{Answer, Between, Question, Reply, Requirement};
use crate::attribute::{Designator, category};
use crate::report::{Visible, cut, last_part, without_long_numbers};
use crate::value::{DataType, Value};

impl Say for Requirement {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        let said = match said(self, words) {
            Some(said) if words.language() == Language::Bokmal => said,
            // In English, the engine says it. What it will say in time to come has no words here.
            None if words.language() == Language::Bokmal => format!("«{}»", Visible(self)),
            _ => Visible(self).to_string(),
        };
        // The policy may name a person by her number.
        match is_of_numbers(&self.question) {
            true => f.write_str(&said),
            false => f.write_str(&without_long_numbers(&said)),
        }
    }
}

/// Whether a question is about numbers that are nobody's, such as a sum.
fn is_of_numbers(question: &Question) -> bool {
    let is_number = |of: &Designator| {
        matches!(of.data_type, DataType::Integer | DataType::Double)
            && id::kind(&of.category, &of.id).is_none()
    };
    let of = attributes_of(question);
    matches!(question, Question::Count(_)) || !of.is_empty() && of.iter().all(is_number)
}

/// The attributes that a question is about.
pub(in crate::altinn) fn attributes_of(question: &Question) -> &[Designator] {
    use Question::{Count, Has, HasBetween, HasIgnoringCase, HasOneOf, HasPassing, Value};
    if let Question::Whole { attributes, .. } = question {
        return attributes;
    }
    match question {
        Value(of)
        | Count(of)
        | Has(of, _)
        | HasIgnoringCase(of, _)
        | HasBetween(of, _)
        | HasOneOf(of, _)
        | HasPassing(of, _) => std::slice::from_ref(of),
        _ => &[],
    }
}

/// The requirement in bokmål; none if it is of a kind that has no words here.
fn said(of: &Requirement, words: Words) -> Option<String> {
    let is_yes = of.reply == Reply::Is(Answer::Yes);
    let has = if is_yes { "har" } else { "har ikke" };
    let value = |value: &Value| quoted(value, words);
    Some(match (&of.question, &of.reply) {
        (Question::Value(of) | Question::Count(of), Reply::Is(answer)) => {
            format!("{} {}", named(of), is(answer, words)?)
        }
        (Question::Value(of) | Question::Count(of), Reply::IsOneOf(answers)) => {
            let answers: Option<Vec<String>> = answers.iter().map(|one| is(one, words)).collect();
            format!("{} {}", named(of), answers?.join(" eller "))
        }
        (Question::Value(of) | Question::Count(of), Reply::IsNot(answers)) => {
            let is_there = answers.contains(&Answer::None);
            let is_one = answers.contains(&Answer::Several);
            let others = answers.iter();
            let others = others.filter(|one| !matches!(one, Answer::None | Answer::Several));
            let others: Option<Vec<String>> = others.map(|one| answer(one, words)).collect();
            let others = others?.join(" eller ");
            let count = match (is_there, is_one) {
                (true, true) => "har én verdi",
                (true, false) => "finnes",
                (false, true) => "har høyst én verdi",
                (false, false) if others.is_empty() => "kan være hva som helst",
                (false, false) => return Some(format!("{} er ikke {others}", named(of))),
            };
            match others.is_empty() {
                true => format!("{} {count}", named(of)),
                false => format!("{} {count}, som ikke er {others}", named(of)),
            }
        }
        (Question::Has(of, one), _) => format!("{} {has} verdien {}", named(of), value(one)),
        (Question::HasIgnoringCase(of, one), _) => format!(
            "{} {has} verdien {}, uansett store og små bokstaver",
            named(of),
            value(one)
        ),
        (Question::HasBetween(of, between), _) => match between {
            Between {
                after: None,
                before: None,
                ..
            } => format!("{} {has} en annen verdi", named(of)),
            bounds => format!(
                "{} {has} en verdi som er {}",
                named(of),
                within(bounds, words)
            ),
        },
        (Question::HasOneOf(of, answers), _) => {
            let answers: Option<Vec<String>> =
                answers.iter().map(|one| answer(one, words)).collect();
            format!(
                "{} {has} en verdi som er {}",
                named(of),
                answers?.join(" eller ")
            )
        }
        (Question::HasPassing(of, test), reply) => {
            let (function, literal) = (cut(last_part(&test.function)), value(&test.literal));
            if *reply == Reply::Is(Answer::Indeterminate) {
                return Some(format!(
                    "`{function}` med {literal} er Indeterminate for en verdi av {}",
                    named(of)
                ));
            }
            let is_total =
                matches!(reply, Reply::IsNot(others) if others.contains(&Answer::Indeterminate));
            let or = if is_total {
                " eller er Indeterminate"
            } else {
                ""
            };
            let holds = if test.fails {
                "slår feil"
            } else {
                "slår til"
            };
            format!(
                "{} {has} en verdi der `{function}` med {literal} {holds}{or}",
                named(of)
            )
        }
        (question, _) => {
            // Of an expression that is taken whole, the engine says the outcome in the standard's words.
            let Question::Whole { text, .. } = question else {
                return None;
            };
            let (text, all) = (Visible(text).to_string(), Visible(of).to_string());
            let outcome = all.strip_prefix(&text)?.strip_prefix(" is ")?;
            let outcome = match outcome.strip_prefix("not ") {
                Some(outcome) => format!("ikke {outcome}"),
                None if outcome == "anything" => "hva som helst".to_owned(),
                None => outcome.to_owned(),
            };
            let text = text.replace("` of the ", "` i kategorien ");
            format!("{text} er {outcome}")
        }
    })
}

/// An attribute by its id, and its category if that is not the subject's.
fn named(of: &Designator) -> String {
    let id = cut(&of.id);
    match &*of.category {
        category::ACCESS_SUBJECT => format!("`{id}`"),
        other => format!("`{id}` i kategorien {}", cut(last_part(other))),
    }
}

/// An answer with its verb.
fn is(one: &Answer, words: Words) -> Option<String> {
    Some(match one {
        Answer::None => "mangler".to_owned(),
        Answer::Several => "har flere verdier".to_owned(),
        one => format!("er {}", answer(one, words)?),
    })
}

/// An answer behind `er`.
fn answer(one: &Answer, words: Words) -> Option<String> {
    Some(match one {
        Answer::Value(value) => quoted(value, words),
        Answer::ValueIgnoringCase(value) => {
            format!("{}, uansett store og små bokstaver", quoted(value, words))
        }
        Answer::Between(between) => within(between, words),
        Answer::Indeterminate => "Indeterminate".to_owned(),
        _ => return None,
    })
}

/// `større enn 1 og mindre enn 9`; of times and texts, `etter` and `før`.
fn within(between: &Between, words: Words) -> String {
    let is_number = |value: &Value| value.as_integer().is_some() || value.as_double().is_some();
    let after = between.after.as_ref().map(|bound| {
        let value = quoted(bound, words);
        match (is_number(bound), between.with_after) {
            (true, false) => format!("større enn {value}"),
            (true, true) => format!("minst {value}"),
            (false, false) => format!("etter {value}"),
            (false, true) => format!("{value} eller senere"),
        }
    });
    let before = between.before.as_ref().map(|bound| {
        let value = quoted(bound, words);
        match (is_number(bound), between.with_before) {
            (true, false) => format!("mindre enn {value}"),
            (true, true) => format!("høyst {value}"),
            (false, false) => format!("før {value}"),
            (false, true) => format!("{value} eller tidligere"),
        }
    });
    match (after, before) {
        (None, None) => "en annen verdi".to_owned(),
        (Some(only), None) | (None, Some(only)) => only,
        (Some(after), Some(before)) => format!("{after}{}{before}", words.say(texts::AND)),
    }
}

/// A value as it is written; an instant in Norwegian time.
fn quoted(value: &Value, words: Words) -> String {
    match value {
        Value::DateTime(instant) => told(*instant, words),
        value => format!("`{}`", cut(&value.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Request;
    use crate::decision::Decision;
    use crate::value::DataType;

    fn apply(function: &str, arguments: &[&str]) -> String {
        let arguments = arguments.concat();
        format!("<Apply FunctionId='urn:oasis:names:tc:xacml:{function}'>{arguments}</Apply>")
    }

    fn bag(name: &str, data_type: DataType) -> String {
        format!(
            "<AttributeDesignator Category='{}' AttributeId='{name}' DataType='{}' MustBePresent='false'/>",
            category::RESOURCE,
            data_type.uri()
        )
    }

    fn literal(data_type: DataType, text: &str) -> String {
        let uri = data_type.uri();
        format!("<AttributeValue DataType='{uri}'>{text}</AttributeValue>")
    }

    /// The classes of requests that a condition permits, in bokmål.
    fn permits(condition: &str) -> Vec<String> {
        let policy = format!(
            "<Policy xmlns='urn:oasis:names:tc:xacml:3.0:core:schema:wd-17' PolicyId='p' Version='1.0' \
             RuleCombiningAlgId='urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides'>\
             <Target/><Rule RuleId='r' Effect='Permit'><Condition>{condition}</Condition></Rule></Policy>"
        );
        let pdp = crate::Pdp::from_xml(policy).expect("compiles");
        let nothing = Request::default();
        let residual = pdp.analysis(&nothing).open(|_| true).residual();
        let residual = residual.expect("is small");
        let classes = residual.alternatives(Decision::Permit, 10, 10_000);
        let words = Words::from(Language::Bokmal);
        let classes = classes.expect("is small").into_iter();
        classes.map(|class| words.all_of(&class)).collect()
    }

    #[test]
    fn each_kind_of_requirement_has_words() {
        let (text, number, instant) = (DataType::String, DataType::Integer, DataType::DateTime);
        let only = |name: &str, of: DataType| {
            let kind = of.short_name();
            apply(
                &format!("1.0:function:{kind}-one-and-only"),
                &[&bag(name, of)],
            )
        };
        let has = apply(
            "1.0:function:string-is-in",
            &[&literal(text, "a"), &bag("task", text)],
        );
        let less = |limit: &str| {
            let limit = literal(number, limit);
            apply(
                "1.0:function:integer-less-than",
                &[&only("sum", number), &limit],
            )
        };
        let until = literal(instant, "2027-01-01T00:00:00+01:00");
        let size = apply("1.0:function:string-bag-size", &[&bag("task", text)]);
        let begins =
            "<Function FunctionId='urn:oasis:names:tc:xacml:3.0:function:string-starts-with'/>";
        let sum = apply(
            "1.0:function:integer-add",
            &[&only("sum", number), &only("fee", number)],
        );
        let not = |condition: &str| apply("1.0:function:not", &[condition]);
        for (condition, expected) in [
            (has.clone(), "`task` i kategorien resource har verdien `a`"),
            (
                not(&has),
                "`task` i kategorien resource har ikke verdien `a`",
            ),
            (
                less("9"),
                "har én verdi, som ikke er `9` eller større enn `9`",
            ),
            (not(&less("9")), "`9`"),
            (
                apply(
                    "1.0:function:dateTime-less-than",
                    &[&only("due", instant), &until],
                ),
                "1. januar 2027 kl. 00.00",
            ),
            (
                apply(
                    "1.0:function:integer-greater-than",
                    &[&size, &literal(number, "1")],
                ),
                "har flere verdier",
            ),
            (
                apply(
                    "1.0:function:any-of",
                    &[begins, &literal(text, "a/"), &bag("path", text)],
                ),
                "har en verdi der `string-starts-with` med `a/` slår til",
            ),
            (
                apply(
                    "1.0:function:integer-less-than",
                    &[&sum, &literal(number, "9")],
                ),
                "er True",
            ),
        ] {
            let told = permits(&condition);
            assert!(
                told.iter().any(|one| one.contains(expected)),
                "{expected}: {told:#?}"
            );
            for one in &told {
                let english = [" is ", " has ", " of the ", "«"];
                assert!(!english.iter().any(|word| one.contains(word)), "{one}");
            }
        }
    }
}
