//! The functions of values and bags (A.3.1 to A.3.11, A.3.13, A.3.14).

use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::HashMap;

use num_bigint::BigInt;
use regex::Regex;
use vedtak::value::{DataType, Zone};

use super::Failure;
use super::datum::{Datum, Operand, from_string, take};
use super::expression::one_of;
use super::temporal;

/// The last part of a function's identifier; versions of XACML changed identifiers, not meanings.
pub(crate) fn name(id: &str) -> &str {
    id.rsplit(':')
        .next()
        .expect("splitting gives at least one part")
}

/// Applies a function to arguments that have values.
pub(crate) fn call(id: &str, arguments: &[Operand], zone: Zone) -> Result<Operand, Failure> {
    let name = name(id);
    if let Some(result) = of_bags(name, arguments, zone) {
        return result;
    }
    if let Some(result) = comparison(name, arguments, zone) {
        return Ok(Operand::boolean(result));
    }
    if name.starts_with("integer-") && matches!(arguments, [Operand::One(Datum::Integer(_)), ..])
        || name == "double-to-integer"
    {
        return of_integers(name, arguments);
    }
    if matches!(arguments, [Operand::One(Datum::Double(_)), ..]) && name != "string-from-double" {
        return of_doubles(name, arguments);
    }
    if let Some(result) = of_times(name, arguments, zone) {
        return result;
    }
    of_strings(name, arguments)
}

/// A.3.1, A.3.6 and A.3.8.
fn comparison(name: &str, arguments: &[Operand], zone: Zone) -> Option<bool> {
    let [Operand::One(a), Operand::One(b)] = arguments else {
        return None;
    };
    if name.ends_with("-equal-ignore-case") {
        take!(arguments => String a, String b);
        return Some(a.to_lowercase() == b.to_lowercase());
    }
    let holds: fn(Ordering) -> bool = if name.ends_with("-greater-than") {
        Ordering::is_gt
    } else if name.ends_with("-greater-than-or-equal") {
        Ordering::is_ge
    } else if name.ends_with("-less-than") {
        Ordering::is_lt
    } else if name.ends_with("-less-than-or-equal") {
        Ordering::is_le
    } else if name.ends_with("-equal") {
        return Some(a.equal(b, zone));
    } else {
        return None;
    };
    Some(a.order(b, zone).is_some_and(holds))
}

/// A.3.2 and A.3.4.
fn of_integers(name: &str, arguments: &[Operand]) -> Result<Operand, Failure> {
    let integers: Vec<&BigInt> = arguments
        .iter()
        .filter_map(|argument| match argument {
            Operand::One(Datum::Integer(value)) => Some(value),
            _ => None,
        })
        .collect();
    let result = match (name, integers.as_slice()) {
        ("integer-add", all) => all.iter().copied().sum(),
        ("integer-multiply", all) => all.iter().copied().product(),
        ("integer-subtract", [a, b]) => *a - *b,
        ("integer-divide" | "integer-mod", [_, b]) if **b == BigInt::ZERO => {
            return Err(Failure::Processing);
        }
        // Cut off towards zero; the remainder is what is then left of the dividend.
        ("integer-divide", [a, b]) => *a / *b,
        ("integer-mod", [a, b]) => *a - (*a / *b) * *b,
        ("integer-abs", [a]) => BigInt::from(a.magnitude().clone()),
        ("integer-to-double", [a]) => {
            let double: f64 = a.to_string().parse().expect("digits are a double");
            return if double.is_finite() {
                Ok(Datum::Double(double).into())
            } else {
                Err(Failure::Processing)
            };
        }
        ("double-to-integer", []) => {
            take!(arguments => Double double);
            if !double.is_finite() {
                return Err(Failure::Processing);
            }
            // Written without an exponent, a double is exact.
            let digits = format!("{:.0}", double.trunc());
            digits.parse().expect("a whole double is written in digits")
        }
        _ => panic!("unknown function {name}"),
    };
    Ok(Datum::Integer(result).into())
}

/// A.3.2, by IEEE 754 with the context of §7.5.
fn of_doubles(name: &str, arguments: &[Operand]) -> Result<Operand, Failure> {
    let doubles: Vec<f64> = arguments
        .iter()
        .map(|argument| match argument {
            Operand::One(Datum::Double(value)) => *value,
            _ => panic!("{name} takes doubles"),
        })
        .collect();
    let result = match (name, doubles.as_slice()) {
        ("double-add", [first, rest @ ..]) => rest.iter().fold(*first, |sum, next| sum + next),
        ("double-multiply", [first, rest @ ..]) => rest.iter().fold(*first, |a, next| a * next),
        ("double-subtract", [a, b]) => a - b,
        ("double-divide", [_, 0.0]) => return Err(Failure::Processing),
        ("double-divide", [a, b]) => a / b,
        ("double-abs", [a]) => a.abs(),
        ("round", [a]) => a.round_ties_even(),
        ("floor", [a]) => a.floor(),
        _ => panic!("unknown function {name}"),
    };
    Ok(Datum::Double(result).into())
}

/// A.3.7 and `time-in-range`.
fn of_times(name: &str, arguments: &[Operand], zone: Zone) -> Option<Result<Operand, Failure>> {
    if name == "time-in-range" {
        take!(arguments => Time time, Time first, Time last);
        return Some(Ok(Operand::boolean(temporal::in_range(
            time, first, last, zone,
        ))));
    }
    let sign = if name.contains("-subtract-") { -1 } else { 1 };
    let [Operand::One(moment), Operand::One(duration)] = arguments else {
        return None;
    };
    let result = match (moment, duration) {
        (Datum::DateTime(moment), Datum::DayTimeDuration(duration)) => {
            Datum::DateTime(moment.add(sign * duration))
        }
        (Datum::DateTime(moment), Datum::YearMonthDuration(months)) => {
            Datum::DateTime(moment.add_months(sign * months))
        }
        (Datum::Date(date), Datum::YearMonthDuration(months)) => {
            Datum::Date(date.add_months(sign * months))
        }
        _ => return None,
    };
    Some(Ok(result.into()))
}

/// A.3.3, A.3.5, A.3.9, A.3.13 and A.3.14.
fn of_strings(name: &str, arguments: &[Operand]) -> Result<Operand, Failure> {
    if let Some(data_type) = name.strip_suffix("-from-string") {
        take!(arguments => String text);
        return from_string(by_short_name(data_type), text).map(Operand::One);
    }
    if name.starts_with("string-from-")
        && let [Operand::One(value)] = arguments
    {
        return Ok(Datum::String(value.canonical().into()).into());
    }
    // Most take text, be it a string or what string-from-* makes of another type.
    let text = |at: usize| match &arguments[at] {
        Operand::One(value) => value.canonical(),
        Operand::Bag(_) => panic!("{name} takes no bag"),
    };
    let value = match name {
        "string-normalize-space" => {
            let white = [' ', '\t', '\r', '\n'];
            Datum::String(text(0).trim_matches(white).into())
        }
        "string-normalize-to-lower-case" => Datum::String(text(0).to_lowercase().into()),
        "string-concatenate" => {
            let parts: String = (0..arguments.len()).map(text).collect();
            Datum::String(parts.into())
        }
        "uri-string-concatenate" => {
            let parts: String = (0..arguments.len()).map(text).collect();
            // No URI has white space at its ends: it is read as any anyURI is.
            from_string(DataType::AnyUri, &parts)?
        }
        "string-substring" => Datum::String(substring(arguments)?.into()),
        "anyURI-substring" => {
            let part = substring(arguments)?;
            Datum::parse(DataType::AnyUri, &part).ok_or(Failure::Processing)?;
            Datum::String(part.into())
        }
        "not" => Datum::Boolean(!arguments[0].as_boolean()),
        "string-starts-with" | "anyURI-starts-with" => {
            Datum::Boolean(text(1).starts_with(&text(0)))
        }
        "string-ends-with" | "anyURI-ends-with" => Datum::Boolean(text(1).ends_with(&text(0))),
        "string-contains" | "anyURI-contains" => Datum::Boolean(text(1).contains(&text(0))),
        "x500Name-match" => Datum::Boolean(directory_match(&text(0), &text(1))),
        "rfc822Name-match" => Datum::Boolean(mailbox_match(&text(0), &text(1))),
        // As functions named in another they are given values, and there is nothing to stop for.
        "or" => return one_of(true, arguments.iter().cloned().map(Ok)),
        "and" => return one_of(false, arguments.iter().cloned().map(Ok)),
        "n-of" => {
            let trues = arguments[1..]
                .iter()
                .filter(|value| value.as_boolean())
                .count();
            match &arguments[0] {
                Operand::One(Datum::Integer(n))
                    if *n >= BigInt::ZERO && *n <= BigInt::from(arguments.len() - 1) =>
                {
                    Datum::Boolean(BigInt::from(trues) >= *n)
                }
                _ => return Err(Failure::Processing),
            }
        }
        _ if name.ends_with("-regexp-match") => Datum::Boolean(matches(&text(0), &text(1))?),
        _ => panic!("unknown function {name}"),
    };
    Ok(value.into())
}

/// Characters from a position on, up to another (-1: the end), counted from 0.
fn substring(arguments: &[Operand]) -> Result<String, Failure> {
    let [Operand::One(text), Operand::One(from), Operand::One(to)] = arguments else {
        panic!("substring takes three values");
    };
    let characters: Vec<char> = text.canonical().chars().collect();
    let position = |value: &Datum| match value {
        Datum::Integer(value) => i64::try_from(value).map_err(|_| Failure::Processing),
        _ => panic!("substring takes positions"),
    };
    let (from, mut to) = (position(from)?, position(to)?);
    if to == -1 {
        to = i64::try_from(characters.len()).expect("texts are short");
    }
    let at = |position: i64| usize::try_from(position).map_err(|_| Failure::Processing);
    let part = characters
        .get(at(from)?..at(to)?)
        .ok_or(Failure::Processing)?;
    Ok(part.iter().collect())
}

/// A.3.14: the last parts of a name. The tests' few names have nothing quoted, and escape blanks only.
fn directory_match(ending: &str, name: &str) -> bool {
    let parts = |name: &str| -> Vec<String> {
        name.replace("\\ ", " ")
            .split(',')
            .map(|part| part.trim().to_lowercase())
            .collect()
    };
    parts(name).ends_with(&parts(ending))
}

/// A.3.14: a mailbox, a domain, or a domain with all below it.
fn mailbox_match(pattern: &str, name: &str) -> bool {
    let (local, domain) = name.rsplit_once('@').expect("a mailbox has a domain");
    let domain = domain.to_lowercase();
    match pattern.rsplit_once('@') {
        Some((wanted, at)) => wanted == local && at.to_lowercase() == domain,
        // `.east.sun.com` takes in `east.sun.com` itself, as the standard's example has it.
        None if pattern.starts_with('.') => format!(".{domain}").ends_with(&pattern.to_lowercase()),
        None => pattern.to_lowercase() == domain,
    }
}

/// The tests' few expressions mean the same in XPath and in the regex crate, which alone repeats
/// what is repeated already, has more escapes, and takes a bracket or brace that closes nothing as
/// itself.
fn matches(expression: &str, text: &str) -> Result<bool, Failure> {
    thread_local! {
        static COMPILED: RefCell<HashMap<String, Option<Regex>>> = RefCell::default();
    }
    COMPILED.with_borrow_mut(|compiled| {
        if compiled.len() > 10_000 {
            compiled.clear();
        }
        let regex = compiled.entry(expression.to_owned()).or_insert_with(|| {
            let repeats_twice = expression.contains("*+");
            let mut characters = expression.chars();
            let mut has_other_escape = false;
            let (mut is_in_class, mut is_in_count, mut closes_nothing) = (false, false, false);
            while let Some(character) = characters.next() {
                if character == '\\' {
                    // XML Schema part 2, appendix F.1.1; `$` is XPath's.
                    let escaped = characters.next();
                    let is_known = |c| r"nrt\|.-^?*+{}()[]$sSiIcCdDwWpP".contains(c);
                    has_other_escape |= !escaped.is_some_and(is_known);
                    continue;
                }
                match character {
                    '[' => is_in_class = true,
                    ']' => closes_nothing |= !std::mem::take(&mut is_in_class),
                    '{' if !is_in_class => is_in_count = true,
                    '}' if !is_in_class => closes_nothing |= !std::mem::take(&mut is_in_count),
                    _ => {}
                }
            }
            let is_other = repeats_twice || has_other_escape || closes_nothing;
            Regex::new(expression).ok().filter(|_| !is_other)
        });
        let regex = regex.as_ref().ok_or(Failure::Processing)?;
        Ok(regex.is_match(text))
    })
}

/// A.3.10 and A.3.11.
fn of_bags(name: &str, arguments: &[Operand], zone: Zone) -> Option<Result<Operand, Failure>> {
    let contains = |bag: &[Datum], value: &Datum| bag.iter().any(|b| value.equal(b, zone));
    let subset = |a: &[Datum], b: &[Datum]| a.iter().all(|value| contains(b, value));
    let without_duplicates = |values: &mut dyn Iterator<Item = &Datum>| {
        let mut set: Vec<Datum> = Vec::new();
        for value in values {
            if !contains(&set, value) {
                set.push(value.clone());
            }
        }
        Operand::Bag(set)
    };
    let bag = |at: usize| arguments[at].values();
    Some(Ok(if name.ends_with("-one-and-only") {
        match bag(0) {
            [only] => only.clone().into(),
            _ => return Some(Err(Failure::Processing)),
        }
    } else if name.ends_with("-bag-size") {
        Datum::Integer(bag(0).len().into()).into()
    } else if name.ends_with("-is-in") {
        let [value] = bag(0) else {
            panic!("{name} looks for one value");
        };
        Operand::boolean(contains(bag(1), value))
    } else if name.ends_with("-bag") {
        Operand::Bag(
            arguments
                .iter()
                .flat_map(|one| one.values().to_vec())
                .collect(),
        )
    } else if name.ends_with("-intersection") {
        without_duplicates(&mut bag(0).iter().filter(|value| contains(bag(1), value)))
    } else if name.ends_with("-union") {
        without_duplicates(&mut arguments.iter().flat_map(Operand::values))
    } else if name.ends_with("-at-least-one-member-of") {
        Operand::boolean(bag(0).iter().any(|value| contains(bag(1), value)))
    } else if name.ends_with("-subset") {
        Operand::boolean(subset(bag(0), bag(1)))
    } else if name.ends_with("-set-equals") {
        Operand::boolean(subset(bag(0), bag(1)) && subset(bag(1), bag(0)))
    } else {
        return None;
    }))
}

fn by_short_name(name: &str) -> DataType {
    let mut all = DataType::ALL.iter().copied();
    all.find(|data_type| data_type.short_name() == name)
        .expect("there is such a data type")
}
