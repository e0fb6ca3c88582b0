//! The names that every file knows: those of the standard's data types, categories, attributes,
//! functions, operators and combining algorithms.
//!
//! A function is named by the end of its identifier in camel case, as an algorithm is: `string-equal` is
//! `stringEqual`. Of several identifiers that end alike the latest has the name.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::attribute::{category, id};
use crate::combining::{Algorithm, Combined};
use crate::error::last_part;
use crate::function::{Type, standard, standard_ids};
use crate::value::DataType;

use super::scope::Sort;

/// The namespace of everything but attributes, and that of these; both are known without an import.
pub(super) const SYSTEM: &str = "System";
pub(super) const ATTRIBUTES: &str = "Attributes";

/// An attribute of the standard: its name, category, identifier and data type.
pub(super) type Standard = (&'static str, &'static str, &'static str, DataType);

const SUBJECT: &str = category::ACCESS_SUBJECT;
const RESOURCE: &str = category::RESOURCE;
const ACTION: &str = category::ACTION;
const ENVIRONMENT: &str = category::ENVIRONMENT;

#[rustfmt::skip]
const STANDARD: &[Standard] = &[
    ("subjectId", SUBJECT, id::SUBJECT_ID, DataType::String),
    ("subjectIdQualifier", SUBJECT, "urn:oasis:names:tc:xacml:1.0:subject:subject-id-qualifier", DataType::String),
    ("keyInfo", SUBJECT, "urn:oasis:names:tc:xacml:1.0:subject:key-info", DataType::String),
    ("authenticationTime", SUBJECT, "urn:oasis:names:tc:xacml:1.0:subject:authentication-time", DataType::DateTime),
    ("authenticationMethod", SUBJECT, "urn:oasis:names:tc:xacml:1.0:subject:authentication-method", DataType::String),
    ("requestTime", SUBJECT, "urn:oasis:names:tc:xacml:1.0:subject:request-time", DataType::DateTime),
    ("sessionStartTime", SUBJECT, "urn:oasis:names:tc:xacml:1.0:subject:session-start-time", DataType::DateTime),
    ("ipAddress", SUBJECT, "urn:oasis:names:tc:xacml:3.0:subject:authn-locality:ip-address", DataType::IpAddress),
    ("dnsName", SUBJECT, "urn:oasis:names:tc:xacml:3.0:subject:authn-locality:dns-name", DataType::DnsName),
    ("role", SUBJECT, "urn:oasis:names:tc:xacml:2.0:subject:role", DataType::AnyUri),
    ("resourceId", RESOURCE, id::RESOURCE_ID, DataType::String),
    ("resourceLocation", RESOURCE, "urn:oasis:names:tc:xacml:1.0:resource:resource-location", DataType::AnyUri),
    ("targetNamespace", RESOURCE, "urn:oasis:names:tc:xacml:2.0:resource:target-namespace", DataType::AnyUri),
    ("actionId", ACTION, id::ACTION_ID, DataType::String),
    ("impliedAction", ACTION, "urn:oasis:names:tc:xacml:1.0:action:implied-action", DataType::String),
    ("actionNamespace", ACTION, "urn:oasis:names:tc:xacml:1.0:action:action-namespace", DataType::AnyUri),
    ("currentTime", ENVIRONMENT, id::CURRENT_TIME, DataType::Time),
    ("currentDate", ENVIRONMENT, id::CURRENT_DATE, DataType::Date),
    ("currentDateTime", ENVIRONMENT, id::CURRENT_DATE_TIME, DataType::DateTime),
];

const CATEGORIES: [(&str, &str); 8] = [
    ("subjectCat", SUBJECT),
    ("resourceCat", RESOURCE),
    ("actionCat", ACTION),
    ("environmentCat", ENVIRONMENT),
    (
        "recipientSubjectCat",
        "urn:oasis:names:tc:xacml:1.0:subject-category:recipient-subject",
    ),
    (
        "intermediarySubjectCat",
        "urn:oasis:names:tc:xacml:1.0:subject-category:intermediary-subject",
    ),
    (
        "codebaseCat",
        "urn:oasis:names:tc:xacml:1.0:subject-category:codebase",
    ),
    (
        "requestingMachineCat",
        "urn:oasis:names:tc:xacml:1.0:subject-category:requesting-machine",
    ),
];

/// An operator for two values of certain types.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operator {
    pub(super) symbol: &'static str,
    pub(super) left: &'static str,
    pub(super) right: &'static str,
    pub(super) function: &'static str,
    pub(super) returns: Type,
}

struct Names {
    /// By sort: name → identifier, and identifier → name.
    ids: HashMap<Sort, HashMap<String, &'static str>>,
    names: HashMap<Sort, HashMap<&'static str, String>>,
    operators: Vec<Operator>,
}

static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let mut names = Names {
        ids: HashMap::new(),
        names: HashMap::new(),
        operators: Vec::new(),
    };
    names.latest(Sort::Function, standard_ids());
    names.latest(
        Sort::RuleCombinator,
        Algorithm::standard_ids(Combined::Rules),
    );
    names.latest(
        Sort::PolicyCombinator,
        Algorithm::standard_ids(Combined::Policies),
    );
    for data_type in DataType::ALL {
        names.add(
            Sort::Type,
            data_type.short_name().to_owned(),
            data_type.uri(),
        );
    }
    for (name, id) in CATEGORIES {
        names.add(Sort::Category, name.to_owned(), id);
    }
    let functions = names.names.get(&Sort::Function).into_iter().flatten();
    names.operators = functions.filter_map(|(id, _)| operator(id)).collect();
    // Maps have no order, and nothing may depend on it.
    names
        .operators
        .sort_by_key(|operator| (operator.symbol, operator.function));
    names
});

impl Names {
    fn add(&mut self, sort: Sort, name: String, id: &'static str) {
        let names = self.names.entry(sort).or_default();
        if let Some(before) = self.ids.entry(sort).or_default().insert(name.clone(), id) {
            names.remove(before);
        }
        names.insert(id, name);
    }

    fn latest(&mut self, sort: Sort, ids: impl Iterator<Item = &'static str>) {
        for id in ids {
            let name = camel_case(last_part(id));
            let known = self.ids.get(&sort).and_then(|ids| ids.get(&name));
            // `…:xacml:1.0:…` is before `…:xacml:3.0:…`.
            if known.is_none_or(|known| *known < id) {
                self.add(sort, name, id);
            }
        }
    }
}

fn camel_case(id: &str) -> String {
    let mut name = String::with_capacity(id.len());
    for (at, word) in id.split('-').enumerate() {
        let first = word.chars().next().filter(|_| at > 0);
        name.extend(first.map(|first| first.to_ascii_uppercase()));
        name.push_str(&word[first.map_or(0, char::len_utf8)..]);
    }
    name
}

/// The operator that a function is written with, if it has one.
fn operator(function: &'static str) -> Option<Operator> {
    let signature = &standard(function)?.signature;
    let [Type::One(left), Type::One(right)] = signature.parameters[..] else {
        return None;
    };
    let name = last_part(function);
    let rest = name.strip_prefix(left.short_name())?;
    let symbol = match rest {
        "-equal" => "==",
        "-greater-than" => ">",
        "-greater-than-or-equal" => ">=",
        "-less-than" => "<",
        "-less-than-or-equal" => "<=",
        "-add" | "-concatenate" => "+",
        "-subtract" => "-",
        "-multiply" => "*",
        "-divide" => "/",
        "-mod" => "%",
        _ if rest.strip_prefix("-add-") == Some(right.short_name()) => "+",
        _ if rest.strip_prefix("-subtract-") == Some(right.short_name()) => "-",
        _ => return None,
    };
    Some(Operator {
        symbol,
        left: left.uri(),
        right: right.uri(),
        function,
        returns: signature.returns,
    })
}

/// The identifier of a name of the standard, attributes aside.
pub(super) fn standard_id(sort: Sort, name: &str) -> Option<&'static str> {
    NAMES.ids.get(&sort)?.get(name).copied()
}

/// The name of an identifier of the standard, attributes aside.
pub(super) fn standard_name(sort: Sort, id: &str) -> Option<&'static str> {
    NAMES.names.get(&sort)?.get(id).map(String::as_str)
}

/// The names of a sort.
pub(super) fn standard_names(sort: Sort) -> impl Iterator<Item = &'static str> {
    let attributes = STANDARD.iter().map(|(name, ..)| *name);
    let others = NAMES.ids.get(&sort).into_iter().flatten();
    let mut others: Vec<&'static str> = others.map(|(name, _)| name.as_str()).collect();
    others.sort_unstable();
    attributes
        .filter(move |_| sort == Sort::Attribute)
        .chain(others)
}

/// The name of a sort that one from another language most likely means.
pub(super) fn of_other_languages(sort: Sort, name: &str) -> Option<&'static str> {
    Some(match (sort, name) {
        (Sort::Type, "int" | "long" | "number") => "integer",
        (Sort::Type, "bool") => "boolean",
        (Sort::Type, "float" | "decimal") => "double",
        (Sort::Type, "str" | "text") => "string",
        (Sort::Type, "uri" | "url" | "URI") => "anyURI",
        (Sort::Type, "datetime" | "timestamp") => "dateTime",
        (Sort::Category, "subject") => "subjectCat",
        (Sort::Category, "resource") => "resourceCat",
        (Sort::Category, "action") => "actionCat",
        (Sort::Category, "environment") => "environmentCat",
        _ => return None,
    })
}

/// The attribute of a name of the standard.
pub(super) fn standard_attribute(name: &str) -> Option<&'static Standard> {
    STANDARD.iter().find(|(known, ..)| *known == name)
}

/// The name of an attribute of the standard.
pub(super) fn attribute_name(category: &str, id: &str, data_type: &str) -> Option<&'static str> {
    let is = |(_, of, known, data): &&Standard| {
        *of == category && *known == id && data.uri() == data_type
    };
    STANDARD.iter().find(is).map(|(name, ..)| *name)
}

/// The operator between values of two data types.
pub(super) fn operator_between(symbol: &str, left: &str, right: &str) -> Option<Operator> {
    let is = |one: &&Operator| one.symbol == symbol && one.left == left && one.right == right;
    NAMES.operators.iter().find(is).copied()
}

/// The operator of a function.
pub(super) fn operator_of(function: &str) -> Option<Operator> {
    NAMES
        .operators
        .iter()
        .find(|one| one.function == function)
        .copied()
}

/// Whether the standard has an operator of this symbol.
pub(super) fn is_operator(symbol: &str) -> bool {
    NAMES.operators.iter().any(|one| one.symbol == symbol)
}

/// The symbol of the operator that compares its values the other way round.
pub(super) fn inverse_symbol(symbol: &str) -> Option<&'static str> {
    Some(match symbol {
        "==" => "==",
        "<" => ">",
        ">" => "<",
        "<=" => ">=",
        ">=" => "<=",
        _ => return None,
    })
}

/// The function of the standard that gives the same for its two values the other way round.
pub(super) fn inverse_function(function: &str) -> Option<&'static str> {
    if function == crate::function::id::STRING_EQUAL_IGNORE_CASE {
        return Some(crate::function::id::STRING_EQUAL_IGNORE_CASE);
    }
    let of = operator_of(function)?;
    let inverse = operator_between(inverse_symbol(of.symbol)?, of.right, of.left)?;
    Some(inverse.function)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_have_the_names_that_authors_know_them_by() {
        for (name, id) in [
            (
                "stringEqual",
                "urn:oasis:names:tc:xacml:1.0:function:string-equal",
            ),
            (
                "anyURIBagSize",
                "urn:oasis:names:tc:xacml:1.0:function:anyURI-bag-size",
            ),
            ("anyOf", "urn:oasis:names:tc:xacml:3.0:function:any-of"),
            ("nOf", "urn:oasis:names:tc:xacml:1.0:function:n-of"),
            (
                "dateTimeAddDayTimeDuration",
                "urn:oasis:names:tc:xacml:3.0:function:dateTime-add-dayTimeDuration",
            ),
        ] {
            assert_eq!(standard_id(Sort::Function, name), Some(id));
            assert_eq!(standard_name(Sort::Function, id), Some(name));
        }
        let old = "urn:oasis:names:tc:xacml:1.0:function:any-of";
        assert_eq!(standard_name(Sort::Function, old), None);
    }

    #[test]
    fn operators_belong_to_functions_of_two_values() {
        let (integer, string) = (DataType::Integer.uri(), DataType::String.uri());
        let less = operator_between("<", integer, integer).expect("is there");
        assert!(less.function.ends_with(":integer-less-than"));
        let greater = inverse_function(less.function).expect("is there");
        assert!(greater.ends_with(":integer-greater-than"));
        assert!(operator_between("-", string, string).is_none());
        let (date, months) = (DataType::Date.uri(), DataType::YearMonthDuration.uri());
        assert!(operator_between("+", date, months).is_some());
        for operator in &NAMES.operators {
            let same = operator_between(operator.symbol, operator.left, operator.right);
            assert_eq!(same.map(|same| same.function), Some(operator.function));
        }
    }
}
